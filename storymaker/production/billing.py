"""What is paid for while it is under way: whatever becomes of it, it is counted once, on the book and in the job."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import threading
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from filelock import FileLock, Timeout

from storymaker.books.files import sync_folder
from storymaker.books.shelf import Shelf
from storymaker.errors import JobError, NotFoundError, ProviderError, StorageError
from storymaker.jobs.worker import Task
from storymaker.production.answers import (
    PART,
    SUFFIX,
    answers_of,
    new_id,
    read_answer,
    write_answer,
    write_durably,
)
from storymaker.production.commission import charged
from storymaker.production.room import Room, require_room, undisturbed

T = TypeVar("T")
MARK: Final = ".asked"
_PATIENCE_S: Final = 30.0
"""Seconds for whoever counts what a killed process left behind: a save takes milliseconds."""


@dataclass(frozen=True)
class Mark:
    """What a file says that was asked for and has not come yet.

    Attributes:
        id: Names its cost in the book's journal; empty in files of earlier versions.
        price: What it is expected to cost, in US dollars.
    """

    id: str
    price: float


class Way:
    """Something paid, from when it is asked for until the book has it: files mark it, which outlive this process.

    This is the `PaidCall` that a maker is given.

    Args:
        shelf: Where the book stands.
        book_id: Which book.
        mark: The file that stands for what was asked for and has not come.
        price: What it is expected to cost, in US dollars; what costs nothing is not marked.
        spent: What the job has cost by now.
        room: Waits where the disk is full.
        again: Whether a process that is gone had asked for it, and nothing came.
    """

    def __init__(
        self, shelf: Shelf, book_id: str, mark: Path, price: float, spent: float, room: Room, *, again: bool
    ) -> None:
        self._shelf, self._book_id = shelf, book_id
        self._mark, self._price, self.spent, self.room, self.again = mark, price, spent, room, again
        self._marking = threading.Lock()
        self._ended = False
        self._answers = {answer.path: answer for answer in answers_of(mark.parent, mark.stem)}
        charged_before = paid_for(shelf, book_id) if self._answers else frozenset()
        self._charged = sum(answer.cost_usd for answer in self._answers.values() if answer.id in charged_before)

    def sent(self, out: bool) -> None:
        """Mark it durably before its request goes out; no more when that came back with nothing to pay.

        Raises:
            StorageError: If the disk refuses, or has no room for the answer; then nothing may go out.
        """
        with self._marking:
            if out and self._price and not self._ended:
                self._write_mark(self._price)
            else:
                self._unmark()

    async def ask(self, price_usd: float | None = None) -> None:
        """Mark it durably before its request goes out, and wait where there is no room for its answer."""
        price = self._price if price_usd is None else price_usd

        def mark() -> None:
            with self._marking:
                if price and not self._ended:
                    self._write_mark(price)

        await self.room.until_written(mark)

    @property
    def safe_to_repeat(self) -> bool:
        """Whether the work may be begun again without being paid again: its answer is kept, or it costs nothing."""
        return bool(self._answers) or not self._price

    def free(self) -> None:
        """Take the mark away: the request came back with nothing to pay."""
        self.sent(False)

    def kept(self, name: str) -> bytes | None:
        """Return the answer that this very job had kept before a crash."""
        answer = self._answers.get(self._answer_file(name))
        return answer.data if answer else None

    async def keep(self, name: str, answer: bytes, cost_usd: float) -> None:
        """Keep an answer until the book has what it brought; from then on it stands for its cost, and not the mark."""

        def write() -> None:
            path, mark = self._answer_file(name), read_mark(self._mark)
            self._answers[path] = write_answer(path, answer, cost_usd, mark.id if mark else "")
            with self._marking:
                self._unmark()

        await self.room.until_written(write)

    @property
    def pays(self) -> tuple[str, ...]:
        """Ids of all that the book's next save pays for."""
        mark = read_mark(self._mark)
        return tuple(one for one in (mark.id if mark else "", *(a.id for a in self._answers.values())) if one)

    def owed(self, cost: float) -> float:
        """Take what earlier saves have charged to the book off a cost that comes now, in US dollars."""
        less = min(cost, self._charged)
        self._charged -= less
        return cost - less

    async def to_the_end(self, keep: Callable[[], T], cost: float, *, more: bool = False) -> T:
        """Let the book have what is here and paid for, also where somebody stops its job just now, or the disk is full.

        Args:
            keep: Puts it into the book, with its cost; runs in a thread, and again where it found no room.
            cost: What it really cost, in US dollars.
            more: It was a part: the rest of the price is still under way.
        """

        def kept() -> T:
            result = keep()
            self.spent, self._price = self.spent + cost, max(0.0, self._price - cost)
            with self._marking:
                if not (more and self._price):
                    self._unmark()
                elif cost and self._mark.exists():
                    with contextlib.suppress(StorageError):  # what was kept is not kept again for a smaller mark
                        self._write_mark(self._price, checked=False)
            return result

        return await self.room.until_written(kept)

    def settle(self) -> float:
        """End it: count what was asked for and never reached the book. In US dollars."""
        with self._marking:
            self._ended = True
        return _settled(self._shelf, self._book_id, self._mark)

    def end(self) -> None:
        """End it: the book has everything."""
        with self._marking:
            self._ended = True
            self._unmark()
        for path in self._answers:
            path.unlink(missing_ok=True)

    def _answer_file(self, name: str) -> Path:
        return self._mark.with_name(f"{self._mark.stem}.{name}{SUFFIX}")

    def _write_mark(self, price: float, *, checked: bool = True) -> None:
        folder = self._mark.parent
        if checked:
            require_room(folder, 1 + len({*folder.glob(f"*{MARK}")} - {self._mark}))
        told = {"id": new_id(self._mark), "price": price}
        write_durably(self._mark, json.dumps(told).encode())

    def _unmark(self) -> None:
        self._mark.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def under_way(
    shelf: Shelf, book_id: str, task: Task, name: str, price: float, spent: float = 0.0
) -> AsyncIterator[Way]:
    """The way of something paid; what ends between request and answer is billed all the same, and that is counted.

    At its end the job says what it has cost. When the studio is closed, marks and answers stay for whoever does the job again.

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
    await asyncio.to_thread(take, lock)
    try:
        left = await asyncio.to_thread(_counted, shelf, book_id, mark)
        room = Room(task)
        way = await asyncio.to_thread(lambda: Way(shelf, book_id, mark, price, spent + left, room, again=left > 0))
        try:
            yield way
            await asyncio.to_thread(way.end)
        except ProviderError as error:  # says itself what it cost
            cost = way.owed(error.cost_usd)
            await way.to_the_end(functools.partial(charge, shelf, book_id, cost, way.pays), cost)
            await asyncio.to_thread(way.end)
            raise
        except BaseException:
            if not task.closing():
                with contextlib.suppress(NotFoundError):  # a book that was deleted meanwhile counts nothing
                    way.spent += await undisturbed(way.settle)
            raise
        finally:
            if way.spent:
                await task.report(cost_usd=way.spent)
    finally:
        let_go(lock)


def charge(shelf: Shelf, book_id: str, cost: float, pays: tuple[str, ...] = ()) -> None:
    """Add to what was spent on a book: US dollars.

    Args:
        shelf: Where the book stands.
        book_id: Which book.
        cost: How much.
        pays: Ids of what it is for.

    Raises:
        NotFoundError: If the book is gone.
        StorageError: If the disk refuses.
    """
    if cost:
        shelf.update(book_id, functools.partial(charged, cost=cost), what="story", pays=pays)


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
    for mark in _ways(shelf, book_id):
        if _job_of(mark) in live:
            continue
        lock = shelf.lock(mark.stem)
        with contextlib.suppress(Timeout):
            lock.acquire(0.0)
            try:
                found += _settled(shelf, book_id, mark)
            finally:
                let_go(lock)
    return found


def settle_own(shelf: Shelf, book_id: str, task: Task) -> None:
    """Charge what a process that is gone had asked for in this very job, and nobody will take up any more."""
    others = {_job_of(mark) for mark in _ways(shelf, book_id)} - {task.id}
    settle(shelf, book_id, others)


def forget(shelf: Shelf, book_id: str, task: Task, name: str) -> None:
    """Drop the mark and the answers of what the book has already, with its cost: its process was killed before it could."""
    mark = _mark_of(shelf, book_id, task, name)
    for file in (mark, *mark.parent.glob(f"{mark.stem}.*{SUFFIX}")):
        file.unlink(missing_ok=True)


def paid_for(shelf: Shelf, book_id: str) -> frozenset[str]:
    """Read from the book's journal which requests were charged to it."""
    return frozenset(one for entry in shelf.history(book_id) for one in entry.pays)


def read_mark(mark: Path) -> Mark | None:
    """Read what a mark stands for; None where there is none."""
    try:
        told = json.loads(mark.read_text("ascii") or "0")  # empty: killed before anything went out
    except (FileNotFoundError, ValueError):
        return None
    return Mark(str(told["id"]), float(told["price"])) if isinstance(told, dict) else Mark("", float(told))


def marks(shelf: Shelf, book_id: str) -> list[Path]:
    """The marks of what was asked for and has not come yet."""
    return sorted(shelf.workdir(book_id).glob(f"*{MARK}"))


def asked_for(shelf: Shelf, book_id: str) -> set[str]:
    """Ids of the jobs that have asked for something that has not come yet."""
    return set(map(_job_of, marks(shelf, book_id)))


def place_of(task: Task) -> tuple[Shelf, str]:
    """The shelf and the id of a job's book."""
    return Shelf(Path(str(task.details["shelf"]))), str(task.details["book_id"])


def _mark_of(shelf: Shelf, book_id: str, task: Task, name: str) -> Path:
    return shelf.workdir(book_id) / f"{task.id}.{name}{MARK}"


def _job_of(mark: Path) -> str:
    return mark.name.rsplit(".", 2)[0]  # <job>.<name of the way>.asked


def take(lock: FileLock) -> None:
    """Take the lock of a piece of work.

    Raises:
        JobError: If another process holds it for longer than one that is ending does.
    """
    try:
        lock.acquire(_PATIENCE_S)
    except Timeout:
        raise JobError("Another program does this already. Please wait until it is done, and look again.") from None


def let_go(lock: FileLock) -> None:
    """End a way: only who holds its lock counts what its mark stands for, and a process that is gone holds none."""
    lock.release()
    with contextlib.suppress(OSError):  # Windows: somebody looks at it just now
        Path(lock.lock_file).unlink(missing_ok=True)


def _ways(shelf: Shelf, book_id: str) -> list[Path]:
    """The marks of all that was begun and not ended, whether they are still there or an answer came in their place."""
    folder = shelf.workdir(book_id)
    works = {mark.stem for mark in folder.glob(f"*{MARK}")}
    works |= {answer.stem.rpartition(".")[0] for answer in folder.glob(f"*{SUFFIX}")}
    return [folder / f"{work}{MARK}" for work in sorted(works)]


def _settled(shelf: Shelf, book_id: str, mark: Path) -> float:
    """Count what was asked for and what came and is not in the book; its files go when the book has the cost."""
    found = _counted(shelf, book_id, mark)
    for path in sorted(mark.parent.glob(f"{mark.stem}.*{SUFFIX}")):
        if answer := read_answer(path):
            found += _charged_once(shelf, book_id, answer.id, answer.cost_usd)
        path.unlink(missing_ok=True)
    for part in mark.parent.glob(f"{mark.stem}.*{PART}"):
        part.unlink(missing_ok=True)
    return found


def _counted(shelf: Shelf, book_id: str, mark: Path) -> float:
    """Count what a mark stands for, if it is there, in US dollars; it goes when the book has it."""
    told = read_mark(mark)
    came = told is not None and told.id in {answer.id for answer in answers_of(mark.parent, mark.stem)}
    found = 0.0 if told is None or came else _charged_once(shelf, book_id, told.id, told.price)
    if mark.exists():
        mark.unlink(missing_ok=True)
        sync_folder(mark.parent)
    return found


def _charged_once(shelf: Shelf, book_id: str, paid: str, cost: float) -> float:
    """Charge a request to the book, unless a save before a crash did; what that adds, in US dollars."""
    if paid and paid in paid_for(shelf, book_id):
        return 0.0
    charge(shelf, book_id, cost, (paid,) if paid else ())
    return cost
