"""Looks again and again at a book, quickly while something is being made, so that the page shows what is true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from storymaker.contract.values import BookOut, JobOut
from storymaker.errors import NotFoundError, StorymakerError, UnreachableError
from storymaker.studio.backend import Backend

log = logging.getLogger(__name__)

LIVE_SECONDS: Final = 0.25
IDLE_SECONDS: Final = 2.0
AWAY_SECONDS: Final = 2.0
QUIET_SECONDS: Final = 20.0
"""After so long without a beat of the browser's heart nobody looks on, and nothing is asked until somebody does."""

News = Callable[[BookOut, Sequence[JobOut]], Awaitable[None]]


class Watch:
    """Follows one book.

    Args:
        backend: Whom to ask.
        book_id: Which book.
        on_news: Told the book and its jobs whenever either changed.
        on_away: Told whether the studio stopped answering (True) or answers again (False).
        wait: Waits until an event is set, or so many seconds.
        clock: Tells seconds.
    """

    def __init__(
        self,
        backend: Backend,
        book_id: str,
        on_news: News,
        on_away: Callable[[bool], None],
        *,
        wait: Callable[[asyncio.Event, float], Awaitable[None]] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._backend, self.book_id, self._on_news, self._on_away = backend, book_id, on_news, on_away
        self._wait = wait or _wait
        self._clock = clock or asyncio.get_running_loop().time
        self._poked = asyncio.Event()
        self._closed = False
        self._heard = self._clock()
        self._seen: object = None
        self._away = False

    def beat(self) -> None:
        """Somebody looks on."""
        quiet = self._is_quiet
        self._heard = self._clock()
        if quiet:
            self.poke()

    def poke(self) -> None:
        """Look at once: something was just asked for."""
        self._poked.set()

    def close(self) -> None:
        """Look no more."""
        self._closed = True
        self.poke()

    @property
    def _is_quiet(self) -> bool:
        return self._clock() - self._heard > QUIET_SECONDS

    async def run(self) -> None:
        """Follow the book until closed."""
        while not self._closed:
            self._poked.clear()
            pause = await self._look()
            await self._wait(self._poked, float("inf") if self._is_quiet else pause)

    async def _look(self) -> float:
        try:
            return await self._show()
        except UnreachableError:
            self._turn(away=True)
        except NotFoundError:  # the book went into the trash, elsewhere: there is nothing to follow any more
            self._closed = True
            raise
        except StorymakerError as error:
            log.warning("a book could not be looked at: %s", error.message)
        return AWAY_SECONDS

    async def _show(self) -> float:
        jobs = (await self._backend.jobs(self.book_id)).jobs
        book = await self._backend.book(self.book_id)
        if self._closed:
            return 0.0
        self._turn(away=False)
        seen = (book.version, jobs)
        if seen != self._seen:
            await self._on_news(book, jobs)
            self._seen = seen  # only now: news that could not be shown are told again
        return IDLE_SECONDS if all(job.ended for job in jobs) else LIVE_SECONDS

    def _turn(self, *, away: bool) -> None:
        if away != self._away:
            self._away = away
            self._on_away(away)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(None if seconds == float("inf") else seconds):
            await event.wait()
    except TimeoutError:
        pass
