"""What is paid for while it is under way: whatever becomes of it, it is counted once, on the book and in the job."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path
from typing import Final, TypeVar

from filelock import FileLock, Timeout

from storymaker.books.files import disk_errors
from storymaker.books.shelf import Shelf
from storymaker.errors import JobError, NotFoundError, ProviderError
from storymaker.jobs.queue import JobQueue
from storymaker.jobs.worker import Task
from storymaker.production.commission import charged

T = TypeVar("T")
_MARK: Final = ".asked"
_PATIENCE_S: Final = 30.0
"""Seconds for whoever counts what a killed process left behind: a save takes milliseconds."""


class Way:
    """Something paid, from when it is asked for until the book has it: a file marks it, which outlives this process.

    Args:
        mark: The file.
        price: What it is expected to cost, in US dollars; what costs nothing is not marked.
        spent: What the job has cost by now.
        again: Whether a process that is gone had asked for it already.
    """

    def __init__(self, mark: Path, price: float, spent: float, *, again: bool) -> None:
        self._mark, self._price, self.spent, self.again = mark, price, spent, again

    def sent(self, out: bool) -> None:
        """Mark it when its request goes out; no more when that came back with nothing to pay.

        Raises:
            StorageError: If the disk refuses; then nothing may go out.
        """
        if out and self._price:
            with disk_errors(self._mark.parent):
                self._mark.write_text(repr(self._price), "ascii")
        else:
            self._mark.unlink(missing_ok=True)

    async def to_the_end(self, keep: Callable[[], T], cost: float, *, more: bool = False) -> T:
        """Let the book have what is here and paid for, also where somebody stops its job just now.

        Args:
            keep: Puts it into the book, with its cost; runs in a thread.
            cost: What it really cost, in US dollars.
            more: It was a part: the rest of the price is still under way.
        """

        def kept() -> T:
            result = keep()
            self.spent, self._price = self.spent + cost, max(0.0, self._price - cost)
            self.sent(more and self._mark.exists())
            return result

        return await _undisturbed(kept)


@contextlib.asynccontextmanager
async def under_way(
    shelf: Shelf, book_id: str, task: Task, name: str, price: float, spent: float = 0.0
) -> AsyncIterator[Way]:
    """The way of something paid; what ends between request and answer is billed all the same, and that is counted.

    At its end the job says what it has cost. When the studio is closed the mark stays, for whoever does the job again.

    Args:
        shelf: Where the book stands.
        book_id: Which book.
        task: Whose job it is.
        name: Tells the job's ways apart.
        price: What it is expected to cost, in US dollars.
        spent: What the job has cost before.

    Raises:
        NotFoundError: If there is no such book.
    """
    mark = await asyncio.to_thread(_mark_of, shelf, book_id, task, name)
    lock = shelf.lock(mark.stem)
    try:
        await asyncio.to_thread(lock.acquire, _PATIENCE_S)
    except Timeout:
        raise JobError("Another program does this already. Please wait until it is done, and look again.") from None
    try:
        left = await asyncio.to_thread(_counted, shelf, book_id, mark)
        way = Way(mark, price, spent + left, again=left > 0)
        try:
            yield way
            mark.unlink(missing_ok=True)
        except ProviderError as error:  # says itself what it cost
            pay = functools.partial(charge, shelf, book_id, error.cost_usd)
            await way.to_the_end(pay, error.cost_usd)
            raise
        except BaseException:
            if not task.closing():
                with contextlib.suppress(NotFoundError):  # a book that was deleted meanwhile counts nothing
                    way.spent += await _undisturbed(functools.partial(_counted, shelf, book_id, mark))
            raise
        finally:
            if way.spent:
                await task.report(cost_usd=way.spent)
    finally:
        _let_go(lock)


def charge(shelf: Shelf, book_id: str, cost: float) -> None:
    """Add to what was spent on a book: US dollars.

    Raises:
        NotFoundError: If the book is gone.
        StorageError: If the disk refuses.
    """
    if cost:
        shelf.update(book_id, functools.partial(charged, cost=cost), what="story")


def settle(shelf: Shelf, book_id: str, live: Collection[str]) -> float:
    """Count what was asked for and never came, and that nobody is on the way of any more.

    Args:
        shelf: Where the book stands.
        book_id: Which book.
        live: Ids of the jobs that will be begun, or begun again: they see to it themselves.

    Returns:
        How much that was, in US dollars.

    Raises:
        NotFoundError: If the book is gone.
        StorageError: If the disk refuses; it is counted another time.
    """
    found = 0.0
    for mark in marks(shelf, book_id):
        if _job_of(mark) in live:
            continue
        lock = shelf.lock(mark.stem)
        with contextlib.suppress(Timeout):
            lock.acquire(0.0)
            try:
                found += _counted(shelf, book_id, mark)
            finally:
                _let_go(lock)
    return found


def settle_ended(queue: JobQueue, shelf: Shelf, book_id: str, task: Task, *, own: bool = False) -> None:
    """Count what jobs of a book had asked for that have ended since; and what a process that is gone had for this very one.

    Args:
        queue: Knows which jobs are under way.
        shelf: Where the book stands.
        book_id: Which book.
        task: Whose job it is that looks.
        own: Whether its own is counted too.
    """
    if marks(shelf, book_id):
        others = {job.id for job in queue.jobs(book_id) if not job.ended} - {task.id}
        settle(shelf, book_id, others if own else others | {task.id})


def forget(shelf: Shelf, book_id: str, task: Task, name: str) -> None:
    """Drop the mark of what the book has already, with its cost: its process was killed before it could."""
    _mark_of(shelf, book_id, task, name).unlink(missing_ok=True)


def marks(shelf: Shelf, book_id: str) -> list[Path]:
    """The marks of what was asked for and has not come yet."""
    return sorted(shelf.workdir(book_id).glob(f"*{_MARK}"))


def asked_for(shelf: Shelf, book_id: str) -> set[str]:
    """Ids of the jobs that have asked for something that has not come yet."""
    return set(map(_job_of, marks(shelf, book_id)))


def place_of(task: Task) -> tuple[Shelf, str]:
    """The shelf and the id of a job's book."""
    return Shelf(Path(str(task.details["shelf"]))), str(task.details["book_id"])


def _mark_of(shelf: Shelf, book_id: str, task: Task, name: str) -> Path:
    return shelf.workdir(book_id) / f"{task.id}.{name}{_MARK}"


def _job_of(mark: Path) -> str:
    return mark.name.rsplit(".", 2)[0]  # <job>.<name of the way>.asked


def _let_go(lock: FileLock) -> None:
    """End a way: only who holds its lock counts what its mark stands for, and a process that is gone holds none."""
    lock.release()
    with contextlib.suppress(OSError):  # Windows: somebody looks at it just now
        Path(lock.lock_file).unlink(missing_ok=True)


def _counted(shelf: Shelf, book_id: str, mark: Path) -> float:
    """Count what a mark stands for, if it is there, in US dollars; it goes when the book has it."""
    try:
        price = float(mark.read_text("ascii") or 0)  # empty: killed before anything went out
    except FileNotFoundError:
        return 0.0
    charge(shelf, book_id, price)
    mark.unlink(missing_ok=True)
    return price


async def _undisturbed(work: Callable[[], T]) -> T:
    """Do something in a thread, to its end, also where somebody stops this job meanwhile, and more than once."""
    done = asyncio.get_running_loop().run_in_executor(None, work)  # no task: those are stopped with the job
    stopped: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as error:
            stopped = error
    result = done.result()
    if stopped is not None:
        raise stopped
    return result
