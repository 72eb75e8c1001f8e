"""How often somebody tried a password; after some wrong ones they have to wait."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from storymaker.errors import BusyError

FAILURES: Final = 5
LOCKED: Final = timedelta(minutes=15)
_KEPT: Final = 10_000


class Tries:
    """Counts tries by whoever makes them; at most ten thousand of those are kept in mind.

    When there are more, whoever tried least often is forgotten first: many that tried once push out nobody who tried often.

    Args:
        clock: Tells the time.
        failures: How many wrong ones are too many.
        many: What the sentence calls them.
    """

    def __init__(
        self, clock: Callable[[], datetime], failures: int = FAILURES, many: str = f"{FAILURES} times"
    ) -> None:
        self._clock = clock
        self._many = many
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], int] = {}
        # By count, each in the order in which they are to be forgotten.
        self._by_count: list[OrderedDict[tuple[str, str], datetime]] = [OrderedDict() for _ in range(failures + 1)]

    def check(self, address: str, name: str) -> None:
        """Look whether there may be a try, and count none.

        Raises:
            BusyError: If there were too many wrong ones lately; says how long to wait.
        """
        with self._lock:
            self._check((address, name), self._clock())

    def begin(self, address: str, name: str) -> None:
        """Count a try as wrong until it proves right, so that many at once are no more than a few either.

        Raises:
            BusyError: If there were too many wrong ones lately; says how long to wait.
        """
        key, time = (address, name), self._clock()
        with self._lock:
            self._check(key, time)
            count = self._counts.get(key, 0) + 1
            self._forget(key)
            self._counts[key] = count
            self._by_count[count][key] = time + LOCKED
            while len(self._counts) > _KEPT:
                self._forget(next(iter(next(filter(None, self._by_count)))))

    def succeeded(self, address: str, name: str) -> None:
        """The try was right: all is forgotten."""
        with self._lock:
            self._forget((address, name))

    def _check(self, key: tuple[str, str], time: datetime) -> None:
        for same in self._by_count:
            while same and (first := next(iter(same))) and same[first] <= time:
                self._forget(first)
        until = self._by_count[-1].get(key)
        if until is not None:
            raise BusyError(_wait(self._many, until - time), code="too-many")

    def _forget(self, key: tuple[str, str]) -> None:
        count = self._counts.pop(key, None)
        if count is not None:
            del self._by_count[count][key]


def _wait(many: str, left: timedelta) -> str:
    minutes = math.ceil(left / timedelta(minutes=1))
    return (
        f"The password was wrong {many}. For safety, please wait "
        f"{minutes} minute{'s' if minutes > 1 else ''}, then try again."
    )
