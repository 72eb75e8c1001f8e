"""How often somebody tried a password; after five wrong ones they have to wait."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storymaker.errors import BusyError

FAILURES: Final = 5
LOCKED: Final = timedelta(minutes=15)
_KEPT: Final = 10_000


@dataclass(frozen=True)
class _Tried:
    count: int
    forget: datetime


class Tries:
    """Counts tries by whoever makes them; at most ten thousand of those are kept in mind.

    Args:
        clock: Tells the time.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tried: OrderedDict[tuple[str, str], _Tried] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, address: str, name: str) -> None:
        """Count a try as wrong until it proves right, so that many at once are no more than five either.

        Raises:
            BusyError: If there were five wrong ones lately; says how long to wait.
        """
        key, time = (address, name), self._clock()
        with self._lock:
            tried = self._tried.get(key)
            if tried is None or tried.forget <= time:
                tried = _Tried(0, time)
            elif tried.count >= FAILURES:
                raise BusyError(_wait(tried.forget - time), code="too-many")
            self._tried[key] = _Tried(tried.count + 1, time + LOCKED)
            self._tried.move_to_end(key)
            while len(self._tried) > _KEPT:
                self._tried.popitem(last=False)

    def succeeded(self, address: str, name: str) -> None:
        """The try was right: all is forgotten."""
        with self._lock:
            self._tried.pop((address, name), None)


def _wait(left: timedelta) -> str:
    minutes = math.ceil(left / timedelta(minutes=1))
    return (
        f"The password was wrong {FAILURES} times. For safety, please wait "
        f"{minutes} minute{'s' if minutes > 1 else ''}, then try again."
    )
