"""The guard at the page's outermost edge: every callback ends here, so that no fault passes in silence."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final

from storymaker.errors import StorymakerError
from storymaker.text import short_id

log = logging.getLogger(__name__)

Work = Coroutine[Any, Any, None]
Told = Callable[[StorymakerError], None]

APOLOGY: Final = (
    "Something went wrong here, and we are sorry. Your book is safe. Please reload the page; "
    "the log says more under {number}."
)
_BURST_S: Final = 0.5
"""Seconds within which a second click is the same click: a double-click, or somebody in a hurry."""


class Guard:
    """Does what a click began, on the page's own event loop; what goes wrong is told to the parent.

    To be made where an event loop runs: JupyterLab hands clicks to another thread, with a loop of its own.

    Args:
        tell: Shows what went wrong; it gets our own errors as they are, and anything else as an apology.
        clock: Tells seconds.
    """

    def __init__(self, tell: Told, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._loop = asyncio.get_running_loop()
        self._under_way: set[Hashable] = set()
        self._done: tuple[Hashable, float] = (None, 0.0)

    def do(self, work: Work, tell: Told | None = None) -> None:
        """Begin something that goes on by itself.

        Args:
            work: What is to be done.
            tell: Where its trouble is shown, when that is nearer than everybody's place.
        """
        asyncio.run_coroutine_threadsafe(self._guarded(work, tell or self._tell), self._loop)

    def do_once(
        self, what: Hashable, work: Callable[[], Work], tell: Told | None = None, *, settles: bool = True
    ) -> None:
        """Begin something that a burst of clicks asks for once: an order, or what can only be done once.

        While it is under way, another click for the same thing does nothing; neither does one right after it was done,
        unless something else was done since. What failed may be asked for again at once.

        Args:
            what: Names the thing.
            work: Makes what is to be done.
            tell: Where its trouble is shown, when that is nearer than everybody's place.
            settles: Whether a click right after it was done is still the same click.
        """

        async def once() -> None:
            done, at = self._done
            if what in self._under_way or (what == done and self._clock() < at + _BURST_S):
                return
            self._under_way.add(what)
            try:
                await work()
                if settles:
                    self._done = (what, self._clock())
            finally:
                self._under_way.discard(what)

        self.do(once(), tell)

    def call(self, work: Callable[[], None]) -> None:
        """Do something that does not wait, on the page's own loop."""

        async def called() -> None:
            work()

        self.do(called())

    async def _guarded(self, work: Work, tell: Told) -> None:
        try:
            await work
        except StorymakerError as error:
            tell(error)
        except Exception:
            # Whoever reads the log finds what the parent saw by its number.
            number = short_id(6)
            log.exception("%s: the page broke", number)
            tell(StorymakerError(APOLOGY.format(number=number)))
