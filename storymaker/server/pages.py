"""The open pages: whose each kernel is, the ticket by which it learns that, and how many there may be."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from storymaker.errors import AccessError, BusyError

_EXPIRED: Final = "This page has expired. Please reload it."
_FULL: Final = (
    "Too many pages of the Story Studio are open. Please close one that you do not need, or try again in a moment."
)
_LEFT_FOR_GOOD: Final = 20.0
"""Seconds after which a page that nobody has open may be ended at once if its place is needed."""


@dataclass(frozen=True)
class Visitor:
    """Who has a page open.

    Attributes:
        user_id: Whose page it is.
        name: How the visitor is called.
        session: The sign-in that it was opened with.
        query: Of its address, without question mark.
    """

    user_id: str
    name: str
    session: str
    query: str


@dataclass(frozen=True)
class Claim:
    """What a kernel is told when its ticket was good.

    Attributes:
        ticket: The next one.
    """

    kernel_id: str
    visitor: Visitor
    ticket: str


@dataclass
class _Page:
    ticket: str
    alone_since: float
    visitor: Visitor | None = None
    sockets: int = 0
    known: asyncio.Event = field(default_factory=asyncio.Event)


class OpenPages:
    """Every kernel of a page, from its start to its end, whatever ends it.

    Args:
        end: Ends a kernel.
        stands: Tells whether a user's sign-in still stands.
        at_once: How many pages may be open at once.
        idle_seconds: How long a page is kept that nobody has open any more.
        clock: Tells seconds.
    """

    def __init__(
        self,
        end: Callable[[str], Awaitable[None]],
        stands: Callable[[str, str], bool],
        *,
        at_once: int,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._end = end
        self._stands = stands
        self._at_once = at_once
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._pages: dict[str, _Page] = {}
        self._tickets: dict[str, str] = {}
        self._coming = 0

    # Of a kernel

    def expect(self, kernel_id: str) -> str:
        """Make a ticket for a kernel that is about to start; nobody owns it until somebody opens its page."""
        ticket = self._new_ticket(kernel_id)
        self._pages[kernel_id] = _Page(_hash(ticket), self._clock())
        return ticket

    def forget(self, kernel_id: str) -> None:
        """A kernel is gone; nothing of it stays, and who waits for its visitor is told."""
        page = self._pages.pop(kernel_id, None)
        if page is not None:
            self._tickets.pop(page.ticket, None)
            page.known.set()

    async def show(self, ticket: str, patience: float) -> Claim | None:
        """A kernel shows its ticket and waits for a visitor.

        Args:
            ticket: As the kernel was given it.
            patience: Seconds to wait at most.

        Returns:
            Whom the page belongs to, or None if nobody came; then the ticket is still good.

        Raises:
            AccessError: If it is no ticket, or was used.
        """
        hashed = _hash(ticket)
        page = self._pages.get(self._tickets.get(hashed, ""))
        if page is None:
            raise AccessError(_EXPIRED)
        try:
            async with asyncio.timeout(patience):
                await page.known.wait()
        except TimeoutError:
            return None
        kernel_id = self._tickets.pop(hashed, None)
        if kernel_id is None or page.visitor is None:
            raise AccessError(_EXPIRED)
        following = self._new_ticket(kernel_id)
        page.ticket = _hash(following)
        return Claim(kernel_id, page.visitor, following)

    def _new_ticket(self, kernel_id: str) -> str:
        # Only the hash is kept: what leaks of this process's memory or log opens nothing.
        ticket = secrets.token_urlsafe(32)
        self._tickets[_hash(ticket)] = kernel_id
        return ticket

    # Of a visitor

    @contextmanager
    def room(self) -> Iterator[None]:
        """Keep a place for one page more while it is made ready.

        Raises:
            BusyError: If there is none.
        """
        if self.count + self._coming >= self._at_once:
            raise BusyError(_FULL)
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    async def make_room(self) -> None:
        """When all places are taken, end the page that was left longest ago: some browsers never say goodbye."""
        if self.count + self._coming < self._at_once:
            return
        left = [(since, kernel_id) for kernel_id, since in self._left().items()]
        if left and self._clock() - min(left)[0] > _LEFT_FOR_GOOD:
            await self._end(min(left)[1])

    def claim(self, kernel_id: str, visitor: Visitor) -> None:
        """Give a waiting kernel to a visitor.

        Raises:
            AccessError: If it is gone, or somebody's already.
        """
        page = self._pages.get(kernel_id)
        if page is None or page.visitor is not None:
            raise AccessError(_EXPIRED)
        page.visitor = visitor
        page.alone_since = self._clock()
        page.known.set()

    def owner(self, kernel_id: str) -> str | None:
        """Whose kernel this is; None if it is nobody's, or there is none."""
        page = self._pages.get(kernel_id)
        return page.visitor.user_id if page and page.visitor else None

    @property
    def count(self) -> int:
        """How many pages are somebody's."""
        return sum(page.visitor is not None for page in self._pages.values())

    async def close(self, kernel_id: str) -> None:
        """End one page."""
        await self._end(kernel_id)

    async def close_session(self, session: str) -> None:
        """Somebody signed out: end the pages that were opened with this sign-in."""
        theirs = [
            kernel_id
            for kernel_id, page in self._pages.items()
            if page.visitor is not None and page.visitor.session == session
        ]
        await asyncio.gather(*(self._end(kernel_id) for kernel_id in theirs))

    # Of a browser

    @contextmanager
    def connected(self, kernel_id: str) -> Iterator[None]:
        """As long as a browser loads a page, or has it open."""
        page = self._pages.get(kernel_id)
        if page is None:
            yield
            return
        page.sockets += 1
        try:
            yield
        finally:
            page.sockets -= 1
            page.alone_since = self._clock()

    def deserted(self) -> tuple[str, ...]:
        """Pages that nobody has open for longer than they are kept, or whose sign-in is over, whatever their kernels do.

        A kernel that still waits for its first visitor is none of them.
        """
        now = self._clock()
        left = [kernel_id for kernel_id, since in self._left().items() if now - since > self._idle_seconds]
        over = [
            kernel_id
            for kernel_id, page in self._pages.items()
            if page.visitor is not None and not self._stands(page.visitor.user_id, page.visitor.session)
        ]
        return tuple({*left, *over})

    def _left(self) -> dict[str, float]:
        """Somebody's pages that no browser is connected to, and since when."""
        return {
            kernel_id: page.alone_since
            for kernel_id, page in self._pages.items()
            if page.visitor is not None and page.sockets == 0
        }


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
