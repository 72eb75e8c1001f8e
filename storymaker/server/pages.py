"""The open pages: whose each kernel is, the ticket by which it learns that, and how many there may be."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from storymaker.errors import AccessError, BusyError

_EXPIRED: Final = "This page has expired. Please reload it."
_FULL: Final = (
    "Too many pages of the Story Studio are open. Please close one that you do not need, or try again in a moment."
)
_TOO_MANY: Final = (
    "Your family has as many pages of the Story Studio open as there may be, and somebody looks at each of them. "
    "Please close one that you do not need."
)
GAVE_WAY: Final = (
    "This page was closed to make room for another one, since nobody was looking at it. "
    "Your books are safe, and what you typed is kept."
)
DIED: Final = "Something stopped this page unexpectedly. Your books are safe, and what you typed is kept."
LEFT: Final = (
    "This page was closed because nobody had it open for a while. Your books are safe, and what you typed is kept."
)
_UNATTENDED: Final = 20.0
"""Seconds without a word from its browser after which a page may give way: a page that is looked at says something every four."""
_ENDS_KEPT: Final = 1000


_SOCKETS_MAX: Final = 6
_COMMS_MAX: Final = 500


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
    comms: int = 0
    heard: float = 0.0
    known: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def owner(self) -> str:
        """Whose it is; empty if it still waits for a visitor."""
        return self.visitor.user_id if self.visitor else ""


class OpenPages:
    """Every kernel of a page, from its start to its end, whatever ends it.

    Args:
        end: Ends a kernel.
        stands: Tells whether a user's sign-in still stands.
        at_once: How many pages may be open at once.
        each: Tells how many of them one user may have.
        idle_seconds: How long a page is kept that nobody has open any more.
        clock: Tells seconds.
    """

    def __init__(
        self,
        end: Callable[[str], Awaitable[None]],
        stands: Callable[[str, str], bool],
        *,
        at_once: int,
        each: Callable[[], int] | None = None,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._end = end
        self._stands = stands
        self._at_once = at_once
        self._each = each or (lambda: at_once)
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._pages: dict[str, _Page] = {}
        self._tickets: dict[str, str] = {}
        self._coming: Counter[str] = Counter()
        self._ends: OrderedDict[str, tuple[str, str]] = OrderedDict()

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
    def room(self, user_id: str) -> Iterator[None]:
        """Keep a place for one page more while it is made ready.

        Args:
            user_id: Whose page it is to be.

        Raises:
            BusyError: If there is none.
        """
        if self._has_all(user_id):
            raise BusyError(_TOO_MANY)
        if self._is_full():
            raise BusyError(_FULL)
        self._coming[user_id] += 1
        try:
            yield
        finally:
            self._coming[user_id] -= 1
            self._coming += Counter()  # forgets whoever has none

    async def make_room(self, user_id: str) -> None:
        """When there is no place for a user's page more, have a page give way that nobody looks at.

        Where the user has all that they may have, it is one of theirs. Where the studio is full, it is one that nobody has
        open, or one of a user with more pages than they have: so everybody who waits has a page in the end, and a
        user's last page is taken by nobody.

        Args:
            user_id: Whose page it is to be.
        """
        found = None
        if self._has_all(user_id):
            found = self._unattended(lambda page: page.owner == user_id)
        elif self._is_full():
            found = self._to_give_way(user_id)
        if found is not None:
            self.tell_end(found, GAVE_WAY)
            await self._end(found)

    def _has_all(self, user_id: str) -> bool:
        return self._count_of(user_id) >= min(self._each(), self._at_once)

    def _is_full(self) -> bool:
        return self.count + self._coming.total() >= self._at_once

    def _count_of(self, user_id: str) -> int:
        return self._coming[user_id] + sum(page.owner == user_id for page in self._pages.values())

    def _to_give_way(self, user_id: str) -> str | None:
        """A page for the sake of one of this user's, in a full studio."""
        left = self._unattended(lambda page: page.sockets == 0)
        if left is not None:
            return left
        most = max((self._count_of(owner) for owner in self._owners()), default=0)
        if most <= self._count_of(user_id) + 1:
            return None
        theirs = {owner for owner in self._owners() if self._count_of(owner) == most}
        hidden = self._unattended(lambda page: page.owner in theirs)
        if hidden is not None or self._count_of(user_id):
            return hidden
        # Somebody who has none at all waits: even a page that is looked at gives way, of those who have several.
        return self._longest_unheard(lambda page: page.owner in theirs)

    def _owners(self) -> set[str]:
        return {page.owner for page in self._pages.values()} - {""}

    def _unattended(self, wanted: Callable[[_Page], bool]) -> str | None:
        """The page of these that nobody has looked at for the longest time; one that nobody even has open comes first."""
        return self._longest_unheard(lambda page: wanted(page) and self._clock() - page.heard > _UNATTENDED)

    def _longest_unheard(self, wanted: Callable[[_Page], bool]) -> str | None:
        found = [
            (page.sockets > 0, page.heard, kernel_id)
            for kernel_id, page in self._pages.items()
            if page.visitor is not None and wanted(page)
        ]
        return min(found)[-1] if found else None

    def claim(self, kernel_id: str, visitor: Visitor) -> None:
        """Give a waiting kernel to a visitor.

        Raises:
            AccessError: If it is gone, or somebody's already.
        """
        page = self._pages.get(kernel_id)
        if page is None or page.visitor is not None:
            raise AccessError(_EXPIRED)
        page.visitor = visitor
        page.alone_since = page.heard = self._clock()
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
        page.heard = self._clock()
        try:
            yield
        finally:
            page.sockets -= 1
            page.alone_since = page.heard = self._clock()

    def may_connect(self, kernel_id: str) -> bool:
        """Whether one more browser may connect to a page: after a cut a second socket comes before the first is known to be dead."""
        page = self._pages.get(kernel_id)
        return page is None or page.sockets < _SOCKETS_MAX

    def may_open_comm(self, kernel_id: str) -> bool:
        """Count a channel that a browser opens to a page's widgets; a page opens one for each of its connections."""
        page = self._pages.get(kernel_id)
        if page is None:
            return True
        page.comms += 1
        return page.comms <= _COMMS_MAX

    def hear(self, kernel_id: str) -> None:
        """A browser said something to this page's kernel: somebody looks at it, for a page in the background is silent."""
        page = self._pages.get(kernel_id)
        if page is not None:
            page.heard = self._clock()

    # Of an end

    def tell_end(self, kernel_id: str, why: str) -> None:
        """Keep in mind why a page ends, for when its visitor comes back to it; the first reason is the true one.

        Args:
            kernel_id: Its kernel.
            why: Sentences for the visitor.
        """
        page = self._pages.get(kernel_id)
        if page is None or page.visitor is None or kernel_id in self._ends:
            return
        self._ends[kernel_id] = page.owner, why
        while len(self._ends) > _ENDS_KEPT:
            self._ends.popitem(last=False)

    def end_of(self, kernel_id: str, user_id: str) -> str | None:
        """Tell why this user's page ended; None if it did not, or nothing is known of it."""
        owner, why = self._ends.get(kernel_id, ("", ""))
        return why if why and owner == user_id and kernel_id not in self._pages else None

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
