"""The job API's near side: submit, look, cancel; the database is where callers and workers meet."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from storymaker.errors import NotFoundError, SetupError

if TYPE_CHECKING:
    from dbos import DBOSClient
    from dbos._sys_db import WorkflowStatus

T = TypeVar("T")

log = logging.getLogger(__name__)

APPLICATION: Final = "storymaker"
WORKFLOW: Final = "storymaker.job"
URGENT: Final = 1
"""Priority of a single redraw: somebody is waiting for just this page."""
USUAL: Final = 10

State = Literal["queued", "running", "done", "failed", "cancelled"]

_STATES: Final[dict[str, State]] = {
    "DELAYED": "queued",
    "ENQUEUED": "queued",
    "PENDING": "running",
    "SUCCESS": "done",
    "ERROR": "failed",
    "CANCELLED": "cancelled",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
}
_NO_REASON: Final = "This was begun several times and never ended. Please try again."


@dataclass(frozen=True, repr=False)
class Job:
    """One piece of work and how it stands.

    Attributes:
        id: ``<page>.<attempt>`` of a picture, ``<book>.story.<n>`` of a story, ``<page>.words.<n>`` of new words.
        kind: What is done: one of the kinds that the worker was given.
        shelf: Folder of the shelf that the book stands on.
        state: How it stands.
        progress: 0 to 1.
        reason: When failed: a sentence for a parent.
        code: When failed: a short word for programs.
        cost_usd: What it cost, in US dollars.
        details: What else its order said.
    """

    id: str
    kind: str
    shelf: str
    book_id: str
    chapter_id: str | None
    state: State
    progress: float = 0.0
    reason: str | None = None
    code: str | None = None
    cost_usd: float = 0.0
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")

    def __repr__(self) -> str:
        return f"Job(id={self.id!r}, kind={self.kind!r}, state={self.state!r}, progress={self.progress:.2f})"

    def __str__(self) -> str:
        from storymaker.display.words import in_words

        return in_words(self)

    def _repr_html_(self) -> str:
        from storymaker.display.html import as_html

        return as_html(self)


@dataclass(frozen=True)
class Order:
    """A job as it is submitted.

    Attributes:
        id: ``<chapter>.<attempt>``; submitting the same id again is the same job.
        kind: Which of the worker's kinds.
        lane: Which of the worker's lanes; each lets only so many run at once.
        shelf: Folder of the shelf.
        timeout: Seconds of work after which it is stopped.
        urgent: Before everything that is not.
        details: What else the worker should know; plain JSON, no secrets.
    """

    id: str
    kind: str
    lane: str
    shelf: str
    book_id: str
    chapter_id: str | None = None
    timeout: float = 300.0
    urgent: bool = False
    details: Mapping[str, Any] | None = None


class JobQueue:
    """The jobs database, seen by whoever submits and watches.

    Args:
        url: SQLAlchemy URL: ``sqlite:///…`` or ``postgresql://…``; the code is the same.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._made: DBOSClient | None = None
        # DBOS refuses its synchronous calls where an event loop runs (a notebook); in this thread none does.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storymaker-jobs")

    def submit(self, order: Order) -> Job:
        """Hand in a job; one of this id that is there already is returned as it stands.

        Raises:
            SetupError: If the jobs database cannot be used.
        """
        about = {
            "kind": order.kind,
            "shelf": order.shelf,
            "book_id": order.book_id,
            "chapter_id": order.chapter_id,
            "progress": 0.0,
            "details": dict(order.details or {}),
        }
        details = {
            **(order.details or {}),
            "shelf": order.shelf,
            "book_id": order.book_id,
            "chapter_id": order.chapter_id,
        }

        def enqueue(client: DBOSClient) -> Job:
            client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": order.lane,
                    "workflow_id": order.id,
                    "priority": URGENT if order.urgent else USUAL,
                    "attributes": about,
                },
                order.kind,
                order.timeout,
                details,
            )
            return _job(client.list_workflows(workflow_ids=[order.id], load_input=False, load_output=False)[0])

        return self._with_client(enqueue)

    def find(self, job_id: str) -> Job | None:
        """The job of this id, if it was ever submitted."""
        found = self._list(workflow_ids=[job_id])
        return found[0] if found else None

    def job(self, job_id: str) -> Job:
        """One job.

        Raises:
            NotFoundError: If there is none of this id.
        """
        found = self.find(job_id)
        if found is None:
            raise NotFoundError("There is no such job. It may have been cleared away.")
        return found

    def jobs(
        self, book_id: str | None = None, *, ids: tuple[str, ...] | None = None, live: bool = False
    ) -> tuple[Job, ...]:
        """Jobs in the order they were submitted.

        Args:
            book_id: Only of this book.
            ids: Only these.
            live: Only those that are queued or running.
        """
        chosen: dict[str, Any] = {"name": WORKFLOW}
        if book_id is not None:
            chosen["workflow_id_prefix"] = f"{book_id}."
        if ids is not None:
            chosen["workflow_ids"] = list(ids)
        if live:
            chosen["status"] = [status for status, state in _STATES.items() if state in ("queued", "running")]
        return self._list(**chosen)

    def cancel(self, *job_ids: str) -> None:
        """Stop jobs: one that waits never starts, one that runs is stopped within about a second."""
        if job_ids:
            self._with_client(lambda client: client.cancel_workflows(list(job_ids)))

    def note(self, job_id: str, **about: object) -> None:
        """Write down progress, cost or the reason of a failure."""
        self._with_client(lambda client: client.update_workflow_attributes(job_id, dict(about), merge=True))

    def open_lanes(self, lanes: Mapping[str, int], poll: float) -> None:
        """Set how many jobs of each lane a worker may run at once.

        Before a worker is launched: DBOS looks for new lanes only once a second, but finds these at once.

        Args:
            lanes: Name to number.
            poll: Seconds between two looks of the worker into a lane.

        Raises:
            SetupError: If the jobs database cannot be used.
        """

        def register(client: DBOSClient) -> None:
            for lane, at_once in lanes.items():
                client.register_queue(lane, worker_concurrency=at_once, polling_interval_sec=poll)

        self._with_client(register)

    def close(self) -> None:
        """Let the database go."""
        if self._made is not None:
            self._thread.submit(self._made.destroy).result()
            self._made = None
        self._thread.shutdown()

    def _list(self, **chosen: Any) -> tuple[Job, ...]:
        return self._with_client(
            lambda client: tuple(
                _job(status) for status in client.list_workflows(**chosen, load_input=False, load_output=False)
            )
        )

    def _with_client(self, call: Callable[[DBOSClient], T]) -> T:
        def run() -> T:
            if self._made is None:
                self._made = _connect(self.url)
            return call(self._made)

        return self._thread.submit(run).result()


def _connect(url: str) -> DBOSClient:
    from dbos import DBOS, DBOSClient
    from sqlalchemy.exc import SQLAlchemyError

    try:
        prepare_database(url)
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS.migrate(url)
        return DBOSClient(system_database_url=url, application_name=APPLICATION)
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        log.warning("jobs database: %s", type(error).__name__)
        raise SetupError(
            "The jobs database cannot be used. Please check STORYMAKER_HOME (a folder you may write in, with free space) "
            "or STORYMAKER_JOBS_DB."
        ) from error


def prepare_database(url: str) -> None:
    """Give a SQLite file its write-ahead log, once.

    With it, SQLite's default ``synchronous=FULL`` loses nothing in a power cut, and readers do not wait for writers.
    """
    if not url.startswith("sqlite:///"):
        return
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _job(status: WorkflowStatus) -> Job:
    about = status.attributes or {}
    state = _STATES[status.status]
    if state == "done" and about.get("reason"):  # DBOS ran it to its end; the end was a failure
        state = "failed"
    failed = state == "failed"
    return Job(
        id=status.workflow_id,
        kind=str(about.get("kind", "")),
        shelf=str(about.get("shelf", "")),
        book_id=str(about.get("book_id", "")),
        chapter_id=about.get("chapter_id"),
        state=state,
        progress=1.0 if state == "done" else float(about.get("progress", 0.0)),
        reason=str(about.get("reason") or _NO_REASON) if failed else None,
        code=str(about.get("code") or "job") if failed else None,
        cost_usd=float(about.get("cost_usd", 0.0)),
        created=_time(status.created_at),
        started=_time(status.dequeued_at),
        finished=_time(status.completed_at),
        details=about.get("details") or {},
    )
