"""The guard at the page's outermost edge: every callback ends here, so that no fault passes in silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
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


class Guard:
    """Does what a click began, on the page's own event loop; what goes wrong is told to the parent.

    To be made where an event loop runs: JupyterLab hands clicks to another thread, with a loop of its own.

    Args:
        tell: Shows what went wrong; it gets our own errors as they are, and anything else as an apology.
    """

    def __init__(self, tell: Told) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()

    def do(self, work: Work, tell: Told | None = None) -> None:
        """Begin something that goes on by itself.

        Args:
            work: What is to be done.
            tell: Where its trouble is shown, when that is nearer than everybody's place.
        """
        asyncio.run_coroutine_threadsafe(self._guarded(work, tell or self._tell), self._loop)

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
