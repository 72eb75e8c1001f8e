"""A server proves itself with a book's first picture: an answer that cannot be used is bought once, and not for every page."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final
from weakref import WeakValueDictionary

from storymaker.books.model import Chapter
from storymaker.books.shelf import Shelf
from storymaker.errors import ProviderError
from storymaker.export.plan import chapter_name
from storymaker.images.illustrator import Illustrator
from storymaker.jobs.worker import Task

_FOR_EVERY_PAGE: Final = frozenset({"key", "model", "quota", "environment", "address"})
"""Codes of failures that no page of a book would escape."""
_UNPROVEN: Final = frozenset({"answer", "request"})
"""Those that none is likely to escape, as long as nothing has ever come well."""
_REMEMBERED: Final = 100


class Proving:
    """Lets the pictures of a batch begin: one alone, until one has come, where their illustrator has yet to prove itself."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._failed: dict[str, ProviderError] = {}

    @contextlib.asynccontextmanager
    async def turn(
        self, shelf: Shelf, book_id: str, page: Chapter, task: Task, maker: Illustrator
    ) -> AsyncIterator[None]:
        """Wait for the turn of a picture.

        Args:
            shelf: Where its book stands.
            book_id: Which book.
            page: Which page.
            task: Its job; those of one batch bear its name.
            maker: Who draws. With ``proves_itself`` it asks a server that nobody knows yet.

        Raises:
            ProviderError: Code "stopped" if another of its batch failed by what this one would fail by, too: nothing is asked for.
        """
        batch = str(task.details.get("batch", ""))
        async with contextlib.AsyncExitStack() as alone:
            unproven = await self._unproven(shelf, book_id, maker)
            if unproven and batch:
                await alone.enter_async_context(self._turns.setdefault(book_id, asyncio.Lock()))
                unproven = await self._unproven(shelf, book_id, maker)
                if not unproven:
                    await alone.aclose()
            if batch in self._failed:
                raise ProviderError(
                    f"{chapter_name(page)[:1].upper()}{chapter_name(page)[1:]} was not ordered, since the same would have come of "
                    f"it. {self._failed[batch].message}",
                    code="stopped",
                )
            try:
                yield
            except ProviderError as error:
                if batch and (error.code in _FOR_EVERY_PAGE or (unproven and error.code in _UNPROVEN)):
                    self._failed = dict([*self._failed.items()][1 - _REMEMBERED :]) | {batch: error}
                raise

    async def _unproven(self, shelf: Shelf, book_id: str, maker: Illustrator) -> bool:
        """Whether nothing in the book shows that this illustrator's server can paint."""
        if not getattr(maker, "proves_itself", False):
            return False
        book = await asyncio.to_thread(shelf.open, book_id)
        name = book.brief.illustrator
        return not any(page.picture is not None and page.picture.illustrator == name for page in book.pages)
