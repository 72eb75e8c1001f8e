"""The job API's far side: a worker runs jobs, in the calling process or in one of its own."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import math
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from storymaker.errors import JobTimeoutError, SetupError, StorageError, StorymakerError
from storymaker.jobs.database import APPLICATION, LOCK, listen_to_engine, refusal, unusable, wait_for_room
from storymaker.jobs.queue import WORKFLOW, JobQueue
from storymaker.waiting import acquire_within, announced

log = logging.getLogger(__name__)

# One version for ever: a job that was submitted before an update is finished by the program after it.
_VERSION: Final = "1"
_MAX_RECOVERIES: Final = 5
_SLOW_START: Final = (
    "The worker waits for the jobs database, which does not answer or is held by another program. "
    "It goes on when that is free."
)


@dataclass(frozen=True)
class Task:
    """A job as its function sees it.

    Attributes:
        id: The job's id.
        details: What was submitted: shelf, book_id, chapter_id and the order's own details.
        report: Writes down progress (0 to 1) and cost (US dollars); does not block.
        closing: Whether the worker is being stopped: the job is left for the next one to begin again.
    """

    id: str
    details: Mapping[str, Any]
    report: Callable[..., Awaitable[None]]
    closing: Callable[[], bool] = lambda: False


Function = Callable[[Task], Awaitable[None]]


class Worker:
    """Runs jobs until it is stopped. DBOS is one a process, and so is this.

    Args:
        queue: The jobs database.
        home: Folder of the lock file that makes this the only worker of the machine on SQLite.
        kinds: What to do for each kind of job.
        lanes: How many jobs of each lane may run at once.
        name: Stable name of this worker among several, on PostgreSQL.
        poll: Seconds between two looks into the queue.
    """

    def __init__(
        self,
        queue: JobQueue,
        home: Path,
        kinds: Mapping[str, Function],
        lanes: Mapping[str, int],
        *,
        name: str | None = None,
        poll: float = 0.25,
    ) -> None:
        self._queue = queue
        self._kinds = kinds
        self._lanes = lanes
        self._local = queue.url.startswith("sqlite")
        self._name = "local" if self._local else name or socket.gethostname()
        self._poll = poll
        self._lock = FileLock(home / LOCK, thread_local=False)
        self._stopping = threading.Event()
        self.running = False

    def start(self) -> bool:
        """Begin to run jobs.

        Returns:
            False if another process of this machine does already (SQLite only): then nothing was started.

        Raises:
            SetupError: If another workshop of this process runs jobs of another database, or this one's cannot be used.
            StorageError: If its disk refuses.
        """
        if self.running:
            return True
        if self._local:
            try:
                acquire_within(self._lock, 0)
            except Timeout:
                return False
        if _active:
            self._lock.release()
            raise SetupError(
                "Another Workshop of this program runs its jobs already, and a program has room for one. "
                "Please close it first (workshop.close()), then try again."
            )
        try:
            with announced(_SLOW_START), ThreadPoolExecutor(1) as outside_any_loop:
                if self._local:
                    self._queue.mend()
                outside_any_loop.submit(self._launch).result()
        except BaseException as error:
            _active.clear()
            self._lock.release()
            if sentence := refusal(error):
                raise StorageError(sentence) from error
            if answered := unusable(error):
                raise answered from error
            raise
        self.running = True
        return True

    def stop(self) -> None:
        """Stop: what runs is left for the next worker to begin again."""
        if not self.running:
            return
        self.running = False
        self._stopping.set()
        from dbos import DBOS

        with ThreadPoolExecutor(1) as outside_any_loop:
            outside_any_loop.submit(lambda: DBOS.destroy(workflow_completion_timeout_sec=0)).result()
        _active.clear()
        self._lock.release()

    def _launch(self) -> None:
        from dbos import DBOS

        self._stopping.clear()
        self._queue.open_lanes(self._lanes, self._poll)
        _register()
        _active[:] = [self]
        engine = DBOS(
            config={
                "name": APPLICATION,
                "system_database_url": self._queue.url,
                "application_version": _VERSION,
                "executor_id": self._name,
                "log_level": "WARNING",
                "run_migrations": False,
                # Nobody is notified of anything, so the look costs nothing; but closing waits until the next one.
                "notification_listener_polling_interval_sec": self._poll,
            }
        )
        try:
            DBOS.listen_queues(list(self._lanes))
            DBOS.launch()
        except BaseException:
            DBOS.destroy(workflow_completion_timeout_sec=0)
            raise
        listen_to_engine()
        wait_for_room(engine._sys_db.engine, self._stopping)

    async def perform(self, job_id: str, kind: str, timeout: float, details: Mapping[str, Any]) -> None:
        """Do one job; what goes wrong is written down as a sentence: exceptions of providers do not unpickle elsewhere."""
        notes = _Notes(self._queue, job_id)
        try:
            async with asyncio.timeout(timeout):
                await self._kinds[kind](Task(job_id, details, notes.take, lambda: not self.running))
        except TimeoutError:
            notes.fail(JobTimeoutError(f"This took longer than {timeout:g} seconds and was stopped. Please try again."))
        except StorymakerError as error:
            notes.fail(error)
        except Exception:
            # The outermost edge of a job: nothing may escape but a sentence.
            log.exception("job %s broke", job_id)
            notes.fail(
                StorymakerError(
                    "Something broke while this was made. Please try again; the log says more.", code="broken"
                )
            )
        try:
            await notes.write(math.inf)
        except StorageError:  # this worker is being stopped: the next one does the job again, and finds what is made
            raise asyncio.CancelledError from None


class _Notes:
    """Writes down what a job reports. What the disk refuses holds up no work: it goes with the next, and the last waits.

    Args:
        queue: The jobs database.
        job_id: Of which job.
    """

    def __init__(self, queue: JobQueue, job_id: str) -> None:
        self._queue, self._job_id = queue, job_id
        self._left: dict[str, object] = {}

    async def take(self, **about: object) -> None:
        """Write down progress or cost, now or with the next."""
        self._left |= about
        with contextlib.suppress(StorageError):
            await self.write(0.0)

    def fail(self, error: StorymakerError) -> None:
        """Remember why the job failed."""
        self._left |= {"reason": error.message, "code": error.code}

    async def write(self, patience: float) -> None:
        """Write down what is left.

        Raises:
            StorageError: If the disk refuses for so many seconds.
        """
        about, self._left = self._left, {}
        if not about:
            return
        try:
            await asyncio.to_thread(self._queue.note, self._job_id, patience, **about)
        except StorageError:
            self._left = about | self._left
            raise


# DBOS keeps functions by name, once a process, and runs one worker a process: which one, its workflow finds here.
_active: list[Worker] = []


@functools.cache
def _register() -> None:
    """Make our one workflow known to DBOS."""
    from dbos import DBOS

    @DBOS.step(name="perform", preemptible=True)
    async def perform(job_id: str, kind: str, timeout: float, details: dict[str, Any]) -> None:
        await _active[-1].perform(job_id, kind, timeout, details)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)
    async def run(kind: str, timeout: float, details: dict[str, Any]) -> None:
        await perform(str(DBOS.workflow_id), kind, timeout, details)

    logging.getLogger("dbos").addFilter(lambda record: not _is_cancellation(record))


def _is_cancellation(record: logging.LogRecord) -> bool:
    """DBOS logs a job that somebody cancelled as an error with its traceback; to us it is what was asked for."""
    error = record.exc_info[1] if record.exc_info else None
    return type(error).__name__ in ("DBOSAwaitedWorkflowCancelledError", "DBOSWorkflowCancelledError")
