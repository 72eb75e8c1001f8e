"""What every part of the service works with: a family's shelf, its workshop, and threads that wait in the event loop's place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

from storymaker.books.cards import Stamp
from storymaker.books.model import Book
from storymaker.contract.values import BookOut
from storymaker.fair_queue import Caller, FairExecutor, FairQueue, Urgency
from storymaker.service.told import book_out
from storymaker.workshop import Workshop

T = TypeVar("T")
WorkerState = Literal["up", "starting", "down"]

_QUICK: Final = 8
_QUICK_EACH: Final = 6
_SLOW: Final = 16
_SLOW_EACH: Final = 4
"""Threads of one family; they mostly wait for children, of which there are fewer."""
_SLOW_SPARE: Final = 8


def _threads(many: int, each: int, name: str, spare: int = 0) -> FairExecutor:
    return FairExecutor(FairQueue(many, each, spare=spare), ThreadPoolExecutor(many, thread_name_prefix=name))


@dataclass(frozen=True)
class Hands:
    """Threads that wait in the event loop's place: those that wait long must not keep the quick ones from their work.

    Families take turns, so that none keeps the others waiting, however much it asks for.

    Attributes:
        quick: For files and the jobs database.
        slow: For thumbnails, previews and exports, which children make.
    """

    quick: FairExecutor = field(default_factory=lambda: _threads(_QUICK, _QUICK_EACH, "storymaker-quick"))
    slow: FairExecutor = field(default_factory=lambda: _threads(_SLOW, _SLOW_EACH, "storymaker-slow", _SLOW_SPARE))

    def close(self) -> None:
        """Let them go when they are done."""
        self.quick.close()
        self.slow.close()


_BOOKS_KNOWN: Final = 64


class Desk:
    """A part of the service: the methods of one room of the route table.

    Args:
        workshop: Over the family's shelf.
        hands: Threads, shared by all families.
        worker: Tells how the worker is.
        keeps_key: Whether this family sees to the OpenAI key: it is one for all, so of several families none does.
    """

    def __init__(
        self,
        workshop: Workshop,
        hands: Hands | None = None,
        worker: Callable[[], WorkerState] = lambda: "up",
        *,
        keeps_key: bool = True,
    ) -> None:
        self._workshop = workshop
        self._shelf = workshop.shelf
        self._hands = hands or Hands()
        self._tellings: dict[str, tuple[int, frozenset[str]]] = {}
        self._worker = worker
        self._keeps_key = keeps_key
        self._beginning = threading.Lock()
        self._photos = 0
        self._versions: dict[str, tuple[Path, Stamp, int]] = {}

    @property
    def _family(self) -> str:
        return str(self._shelf.root)

    def expecting(self, versions: Collection[int]) -> Self:
        """The same service for a change that is meant for these versions of its book; see ``Shelf.expecting``."""
        other = copy(self)
        other._shelf = self._shelf.expecting(versions)
        return other

    async def _quick(self, call: Callable[..., T], *args: Any) -> T:
        return await self._hands.quick.run(Caller(self._family), call, *args)

    async def _slow(self, call: Callable[..., T], *args: Any, urgency: Urgency = Urgency.AT_ONCE) -> T:
        return await self._hands.slow.run(Caller(self._family, urgency), call, *args)

    async def _book(self, call: Callable[..., Book], *args: Any) -> BookOut:
        """Do something that gives a book, and tell how that stands."""

        def told() -> BookOut:
            return self._told(call(*args))

        return await self._quick(told)

    def _told(self, book: Book) -> BookOut:
        """A book as it stands, with what its files and its author say of its pages."""
        return book_out(book, self._shelf.faults(book), self._retellable(book))

    def _retellable(self, book: Book) -> frozenset[str]:
        """Which chapters can be told anew, found once for each version of a book: a page asks several times a second."""
        known = self._tellings.get(book.id)
        if known is None or known[0] != book.version:
            if len(self._tellings) >= _BOOKS_KNOWN:
                self._tellings.clear()
            known = self._tellings[book.id] = (book.version, self._workshop.retellable(book))
        return known[1]
