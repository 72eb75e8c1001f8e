"""The job API's near side: submit, look, cancel; the database is where callers and workers meet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from storymaker.errors import BusyError, InvalidInputError, NotFoundError, StorageError, StorymakerError
from storymaker.jobs import database
from storymaker.jobs import turns as fair
from storymaker.jobs.turns import Outlook
from storymaker.rich_repr import RichRepr
from storymaker.text import dollars

if TYPE_CHECKING:
    from dbos import DBOSClient
    from dbos._sys_db import WorkflowStatus

T = TypeVar("T")

WORKFLOW: Final = "storymaker.job"
WORDS_LANE: Final = "words"
"""The lane of what is written; its jobs may order others."""
_PATIENCE_S: Final = 15.0
_FAMILY_LIMIT: Final = 1000
_TRY_AGAIN_SECONDS: Final = 0.25

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
_DAMAGED: Final = (
    "The jobs database is damaged. Please stop Storymaker and start it again: it moves the damaged file aside and begins a "
    "new one. Your books are safe."
)
_NO_REASON: Final = "This was begun several times and never ended. Please try again."


@dataclass(frozen=True, repr=False)
class Job(RichRepr):
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
        waiting: While it runs: a sentence, if it waits for something that a person has to do.
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
    waiting: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")

    def __repr__(self) -> str:
        return f"Job(id={self.id!r}, kind={self.kind!r}, state={self.state!r}, progress={self.progress:.2f})"

    @property
    def label(self) -> str:
        """Its kind and its id."""
        return f"{self.kind} {self.id}"

    @property
    def facts(self) -> tuple[str, ...]:
        """How it stands, how long it took, and what it cost."""
        seconds = (self.finished - self.started).total_seconds() if self.finished and self.started else None
        return (
            f"{self.state}, {self.progress:.0%}" if self.state == "running" else self.state,
            *((f"{seconds:.1f} s",) if seconds is not None and self.ended else ()),
            *((dollars(self.cost_usd),) if self.cost_usd else ()),
        )

    def _lines(self) -> tuple[str, ...]:
        return (*super()._lines(), self.reason or "")


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
        orders: How many more jobs it will order itself: they count as waiting from now on.
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
    orders: int = 0
    details: Mapping[str, Any] | None = None


class JobQueue:
    """The jobs database, seen by whoever submits and watches.

    Args:
        url: SQLAlchemy URL: ``sqlite:///…`` or ``postgresql://…``; the code is the same.
        home: Folder of the worker's lock; None is the database's own.
        patience: Seconds that a call waits while the disk of the database refuses it.
        limit: How many jobs of a family, which is a shelf, may wait at once.
    """

    def __init__(
        self, url: str, home: Path | None = None, *, patience: float = _PATIENCE_S, limit: int = _FAMILY_LIMIT
    ) -> None:
        self.url = url
        self.limit = limit
        self._home, self._patience = home, patience
        self._made: DBOSClient | None = None
        self._closing = threading.Event()
        # DBOS refuses its synchronous calls where an event loop runs (a notebook); in this thread none does.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storymaker-jobs")

    def submit(self, order: Order, patience: float | None = None) -> Job:
        """Hand in a job, at its family's next turn; one of this id that is there already is returned as it stands.

        Args:
            order: The job.
            patience: Seconds to wait while the disk refuses; None takes the queue's.

        Raises:
            SetupError: If the jobs database cannot be used.
            StorageError: If its disk refuses.
        """
        placed = {"shelf": order.shelf, "book_id": order.book_id, "chapter_id": order.chapter_id}
        about = {
            "kind": order.kind,
            **placed,
            "progress": 0.0,
            "orders": order.orders,
            "details": dict(order.details or {}),
        }

        def enqueue(client: DBOSClient) -> Job:
            client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": order.lane,
                    "workflow_id": order.id,
                    "priority": fair.turn(client, order.lane, order.shelf, urgent=order.urgent),
                    "authenticated_user": order.shelf,
                    "attributes": about,
                },
                order.kind,
                order.timeout,
                {**(order.details or {}), **placed},
            )
            return _job(client.list_workflows(workflow_ids=[order.id], load_input=False, load_output=False)[0])

        return self._with_client(enqueue, writes=True, patience=patience)

    def require_room(self, shelf: str, more: int) -> None:
        """Refuse jobs of a family that has too many waiting, before any of them is begun.

        Args:
            shelf: Folder of the family's shelf.
            more: How many are to come.

        Raises:
            BusyError: Code "queue-full".
        """
        waiting = self.waiting(shelf) if more else 0
        if waiting and waiting + more > self.limit:  # a first order is never too large
            raise BusyError(
                f"{waiting} pictures and stories of yours are waiting to be made already, and {self.limit} may wait at once. "
                "Please wait until some are done, or cancel some, and try again.",
                code="queue-full",
            )

    def waiting(self, shelf: str) -> int:
        """How many jobs of a family wait, with those that its stories under way are still to order."""
        return self._with_client(lambda client: fair.waiting(client, shelf, WORDS_LANE))

    def outlook(self, jobs: Sequence[Job]) -> dict[str, Outlook]:
        """What stands before jobs that wait or run, by id: the jobs of all families, not only of theirs."""
        live = [job for job in jobs if not job.ended]
        return self._with_client(lambda client: fair.outlook(client, live)) if live else {}

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
            self._with_client(lambda client: client.cancel_workflows(list(job_ids)), writes=True)

    def note(self, job_id: str, patience: float | None = None, **about: object) -> None:
        """Write down progress, cost or the reason of a failure.

        Args:
            job_id: Of which job.
            patience: Seconds to wait while the disk refuses; None takes the queue's.
            about: What to write down.

        Raises:
            StorageError: If the disk refuses longer.
        """
        self._with_client(
            lambda client: client.update_workflow_attributes(job_id, dict(about), merge=True),
            writes=True,
            patience=patience,
        )

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

        self._with_client(register, writes=True)

    def mend(self) -> None:
        """Look the whole database over and move it aside if it is broken. Only who holds the worker's lock may."""
        path = database.path_of(self.url)

        def look_over(path: Path) -> None:
            if database.wrong_with(path, whole=True):
                self._let_go()
                database.mend(path, whole=True)

        if path is not None:
            self._in_thread(lambda: look_over(path))

    def close(self) -> None:
        """Let the database go; whoever waits for room on its disk is told that it did not come."""
        self._closing.set()
        if self._made is not None:
            self._thread.submit(self._let_go).result()
        self._thread.shutdown()

    def _in_thread(self, work: Callable[[], T]) -> T:
        """Do it where no event loop runs.

        Raises:
            InvalidInputError: If the queue was closed.
        """
        try:
            doing = self._thread.submit(work)
        except RuntimeError:
            raise InvalidInputError("This Workshop was closed. Please open another one.", code="closed") from None
        return doing.result()

    def _let_go(self) -> None:
        if self._made is not None:
            self._made.destroy()
            self._made = None

    def _list(self, **chosen: Any) -> tuple[Job, ...]:
        return self._with_client(
            lambda client: tuple(
                _job(status) for status in client.list_workflows(**chosen, load_input=False, load_output=False)
            )
        )

    def _with_client(
        self, call: Callable[[DBOSClient], T], *, writes: bool = False, patience: float | None = None
    ) -> T:
        """Do something with the database; what its disk refuses is tried again for a while, and that is said."""

        def run() -> T:
            if self._made is None:
                self._made = database.open_client(self.url, self._home)
            return call(self._made)

        until = time.monotonic() + (self._patience if patience is None else patience)
        while True:
            try:
                result = self._in_thread(run)
            except StorymakerError:
                raise
            except Exception as error:
                sentence = self._met(error)
                # Waiting happens out here: meanwhile others may read.
                if time.monotonic() >= until or self._closing.wait(_TRY_AGAIN_SECONDS):
                    raise StorageError(sentence) from error
            else:
                if writes:
                    database.trouble.end(database.RELIEF)
                return result

    def _met(self, error: Exception) -> str:
        """The sentence for a refusal that may pass, announced; what is no answer of the database goes on its way.

        Raises:
            StorageError: If the database is damaged.
            SetupError: If it answers with another error.
        """
        if database.is_broken(error):
            self._in_thread(self._let_go)
            raise StorageError(_DAMAGED) from error
        sentence = database.refusal(error)
        if sentence is None:
            if answered := database.unusable(error):
                raise answered from error
            raise error
        database.trouble.say(sentence)
        return sentence


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
        waiting=str(about.get("waiting") or "") if state == "running" else "",
    )
