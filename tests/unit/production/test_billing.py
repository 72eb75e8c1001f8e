"""What is paid for while it is under way is counted once, whatever becomes of it."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.errors import NotFoundError, ProviderError, StorageError
from storymaker.jobs.worker import Task
from storymaker.production.billing import Way, charge, settle, under_way
from tests.loops import in_loop

PRICE = 0.04


class Desk:
    """A shelf with one book, and a job that works on it."""

    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder)
        self.book: Book = self.shelf.create(Brief(), (Character(name="Pip"),))
        self.told: list[object] = []
        self.task = Task("job", {}, self.report)

    async def report(self, **about: object) -> None:
        """Write down what the job says."""
        self.told.append(about)

    @property
    def spent(self) -> float:
        """What stands on the book, in US dollars."""
        return self.shelf.open(self.book.id).spent_usd

    @property
    def marks(self) -> list[str]:
        """What is marked as under way."""
        return [file.name for file in self.shelf.workdir(self.book.id).iterdir()]

    async def begun(self, *sent: bool, spent: float = 0.0) -> asyncio.Task[None]:
        """Something on its way that does not come by itself."""
        there = asyncio.Event()

        async def during(way: Way) -> None:
            for out in sent:
                way.sent(out)
            there.set()
            await asyncio.Event().wait()

        working = asyncio.create_task(self.work(during, spent))
        await there.wait()
        return working

    async def work(self, during: Callable[[Way], Awaitable[None]], spent: float = 0.0) -> None:
        """Do something that is paid for."""
        async with under_way(self.shelf, self.book.id, self.task, "begun", PRICE, spent) as way:
            await during(way)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk of its own."""
    return Desk(tmp_path)


async def stop(working: asyncio.Task[None]) -> None:
    """Stop it, and wait until it has ended."""
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


@in_loop
async def test_what_comes_is_not_counted_here(desk: Desk) -> None:
    """Its real cost comes with it."""

    async def during(way: Way) -> None:
        way.sent(True)
        assert desk.marks == ["job.begun.asked"]
        assert await way.to_the_end(lambda: "here", 0.03) == "here"
        assert desk.marks == []

    await desk.work(during, spent=0.01)
    assert (desk.spent, desk.told) == (0.0, [{"cost_usd": pytest.approx(0.04)}])


@pytest.mark.parametrize(("sent", "cost"), [((True,), PRICE), ((True, False), 0.0), ((), 0.0)])
@in_loop
async def test_what_is_stopped_is_counted_from_its_request_on(desk: Desk, sent: tuple[bool, ...], cost: float) -> None:
    """Not before, and not when it came back with nothing; what the job had cost before stays in its bill."""
    await stop(await desk.begun(*sent, spent=0.01))
    assert (desk.spent, desk.marks) == (cost, [])
    assert desk.told == [{"cost_usd": pytest.approx(0.01 + cost)}]


@in_loop
async def test_what_is_stopped_when_it_is_here_is_kept_and_counted_once(desk: Desk) -> None:
    """Stopped twice, as when a program ends: the book has it, and the job says what it cost."""
    here, go_on = threading.Event(), threading.Event()

    def keep() -> None:
        here.set()
        go_on.wait(20)
        charge(desk.shelf, desk.book.id, 0.03)

    async def during(way: Way) -> None:
        way.sent(True)
        await way.to_the_end(keep, 0.03)

    working = asyncio.create_task(desk.work(during))
    await asyncio.to_thread(here.wait, 20)
    for _ in range(2):
        working.cancel()
        await asyncio.sleep(0)
    go_on.set()
    await stop(working)
    assert (desk.spent, desk.marks, desk.told) == (0.03, [], [{"cost_usd": 0.03}])


@in_loop
async def test_what_the_disk_refuses_is_counted(desk: Desk) -> None:
    """It was paid for, and there is no room for it."""

    def refused() -> None:
        raise StorageError("There is no room.")

    async def during(way: Way) -> None:
        way.sent(True)
        await way.to_the_end(refused, 0.03)

    with pytest.raises(StorageError):
        await desk.work(during)
    assert (desk.spent, desk.marks, desk.told) == (PRICE, [], [{"cost_usd": PRICE}])


@in_loop
async def test_what_cannot_be_counted_now_is_counted_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing at all: the mark stays, and the next job of the book that finds it counts it, once."""

    def full(*_: object, **__: object) -> None:
        raise StorageError("There is no room.")

    async def during(way: Way) -> None:
        way.sent(True)
        raise StorageError("There is no room.")

    with monkeypatch.context() as patched:
        patched.setattr(desk.shelf, "update", full)
        with pytest.raises(StorageError):
            await desk.work(during)
        assert desk.marks == ["job.begun.asked"]
    assert settle(desk.shelf, desk.book.id, {"job"}) == 0, "it will be begun again, and sees to it itself"
    assert settle(desk.shelf, desk.book.id, ()) == PRICE
    assert settle(desk.shelf, desk.book.id, ()) == 0
    assert (desk.spent, desk.marks) == (PRICE, [])


@in_loop
async def test_what_is_under_way_is_counted_by_nobody_else(desk: Desk) -> None:
    """A job that was stopped a moment ago may be on its way still; whoever comes next leaves it alone."""
    working = await desk.begun(True)
    assert await asyncio.to_thread(settle, desk.shelf, desk.book.id, ()) == 0
    await stop(working)
    assert (desk.spent, desk.told) == (PRICE, [{"cost_usd": PRICE}])
    assert not list((desk.shelf.root / ".locks").glob("job.*"))


@in_loop
async def test_a_studio_that_closes_leaves_the_mark_for_the_next(desk: Desk) -> None:
    """The job is begun again there, which is billed again, and both are in its bill."""

    async def again(way: Way) -> None:
        assert way.again
        way.sent(True)
        await way.to_the_end(lambda: charge(desk.shelf, desk.book.id, 0.03), 0.03)

    task, desk.task = desk.task, Task("job", {}, desk.report, lambda: True)
    await stop(await desk.begun(True))
    assert (desk.spent, desk.told, desk.marks) == (0.0, [], ["job.begun.asked"])
    desk.task = task
    await desk.work(again)
    assert desk.spent == pytest.approx(PRICE + 0.03)
    assert desk.told == [{"cost_usd": pytest.approx(PRICE + 0.03)}]


@in_loop
async def test_what_comes_in_parts_leaves_the_rest_of_its_price_on_the_way(desk: Desk) -> None:
    """An author who charges page by page, and is stopped between two."""
    begun = asyncio.Event()

    async def during(way: Way) -> None:
        way.sent(True)
        await way.to_the_end(lambda: charge(desk.shelf, desk.book.id, 0.01), 0.01, more=True)
        begun.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(desk.work(during))
    await begun.wait()
    await stop(working)
    assert desk.spent == pytest.approx(PRICE)
    assert desk.told == [{"cost_usd": pytest.approx(PRICE)}]


@in_loop
async def test_a_stop_while_a_fault_is_charged_counts_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that saves goes on; nothing is left for the next to count."""
    here, go_on, update = threading.Event(), threading.Event(), desk.shelf.update

    def slow(*about: Any, **more: Any) -> Book:
        here.set()
        go_on.wait(20)
        return update(*about, **more)

    async def during(way: Way) -> None:
        way.sent(True)
        raise ProviderError("It took too long.", paid=True, cost_usd=0.03)

    monkeypatch.setattr(desk.shelf, "update", slow)
    working = asyncio.create_task(desk.work(during))
    await asyncio.to_thread(here.wait, 20)
    working.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await stop(working)
    assert (desk.spent, desk.marks, desk.told) == (0.03, [], [{"cost_usd": 0.03}])


@in_loop
async def test_nothing_goes_out_that_cannot_be_marked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is said before it costs."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def during(way: Way) -> None:
        way.sent(True)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        await desk.work(during)
    assert (desk.spent, desk.told) == (0.0, [])


@in_loop
async def test_a_fault_says_itself_what_it_cost(desk: Desk) -> None:
    """The price that was expected is not counted on top."""

    async def during(way: Way) -> None:
        way.sent(True)
        raise ProviderError("It broke off. Please try again.", code="answer", paid=True, cost_usd=0.03)

    with pytest.raises(ProviderError):
        await desk.work(during, spent=0.01)
    assert (desk.spent, desk.marks, desk.told) == (0.03, [], [{"cost_usd": pytest.approx(0.04)}])


@in_loop
async def test_what_a_killed_process_had_sent_is_counted_and_told(desk: Desk) -> None:
    """Its mark is found by whoever begins again."""
    (desk.shelf.workdir(desk.book.id) / "job.begun.asked").write_text("0.05")

    async def during(way: Way) -> None:
        assert way.again

    await desk.work(during)
    assert (desk.spent, desk.marks, desk.told) == (0.05, [], [{"cost_usd": 0.05}])


@in_loop
async def test_a_book_that_is_gone_counts_nothing(desk: Desk) -> None:
    """It was deleted while something was made for it: the job ends as it was stopped."""
    working = await desk.begun(True)
    desk.shelf.delete(desk.book.id)
    await stop(working)
    with pytest.raises(NotFoundError):
        desk.shelf.open(desk.book.id)
