"""What is paid for while it is under way: whatever becomes of it, it is counted once, on the book and in the job."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from storymaker.books.shelf import Shelf
from storymaker.commission import charged
from storymaker.errors import NotFoundError, ProviderError
from storymaker.jobs.worker import Task

T = TypeVar("T")


class Way:
    """Something paid, from when it is asked for until the book has it: a file marks it, which outlives this process.

    Args:
        mark: The file.
        price: What it is expected to cost, in US dollars; what costs nothing is not marked.
        again: Whether a killed process had sent it already.
    """

    def __init__(self, mark: Path, price: float, *, again: bool) -> None:
        self._mark, self._price, self.again = mark, price, again

    def sent(self, out: bool) -> None:
        """Mark it when its request goes out; no more when that came back without a picture."""
        if out and self._price:
            self._mark.touch()
        else:
            self._mark.unlink(missing_ok=True)

    async def to_the_end(self, keeping: Coroutine[Any, Any, T]) -> T:
        """Let the book have what is here and paid for, also where somebody stops its job just now."""
        task = asyncio.create_task(keeping)
        try:
            return await asyncio.shield(task)
        finally:
            await task
            self.sent(False)


@contextlib.asynccontextmanager
async def under_way(
    shelf: Shelf, book_id: str, task: Task, name: str, price: float, spent: float = 0.0
) -> AsyncIterator[Way]:
    """The way of something paid; what ends between request and answer is billed all the same, and that is counted.

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
    mark = await asyncio.to_thread(shelf.workdir, book_id) / f"{task.id}.{name}"
    way = Way(mark, price, again=await settle(shelf, book_id, mark, price))
    try:
        yield way
    except ProviderError as error:  # says itself what it cost
        if error.cost_usd:
            await charge(shelf, book_id, error.cost_usd)
            await task.report(cost_usd=spent + error.cost_usd)
        raise
    except BaseException:
        with contextlib.suppress(NotFoundError):  # a book that was deleted meanwhile counts nothing
            if await settle(shelf, book_id, mark, price):
                await task.report(cost_usd=spent + price)
        raise
    finally:
        mark.unlink(missing_ok=True)


async def settle(shelf: Shelf, book_id: str, mark: Path, price: float) -> bool:
    """Count what was sent and never came, if it left this mark; whether it did."""
    if not mark.exists():
        return False
    await charge(shelf, book_id, price)
    mark.unlink(missing_ok=True)
    return True


async def charge(shelf: Shelf, book_id: str, cost: float) -> None:
    """Add to what was spent on a book: US dollars.

    Raises:
        NotFoundError: If the book is gone.
    """
    await asyncio.to_thread(shelf.update, book_id, functools.partial(charged, cost=cost), what="story")
