"""Clocks for waiting without waiting."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Coroutine
from typing import Any

START = 1_800_000_000.0


class Hurried:
    """A clock for one sleeper: whoever sleeps finds the time gone by at once.

    Attributes:
        at: Its time, in seconds; a test may set it back.
        slept: How long, each time.
    """

    def __init__(self) -> None:
        self.at, self.slept = START, list[float]()
        self._back = 0.0

    def now(self) -> float:
        """The time."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Let time go by."""
        self.slept.append(seconds)
        self.at += seconds - self._back
        self._back = 0.0

    def set_back_at_first(self, seconds: float) -> None:
        """Be set back while the next one sleeps."""
        self._back = seconds


class Stage:
    """A clock for many sleepers: it moves to the next one who wakes when all of them sleep.

    Attributes:
        at: Its time, in seconds.
    """

    def __init__(self) -> None:
        self.at = START
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def now(self) -> float:
        """The time."""
        return self.at

    @property
    def gone(self) -> float:
        """Seconds since the beginning."""
        return self.at - START

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved so far."""
        wakes = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.at + seconds, next(self._count), wakes))
        await wakes

    async def play(self, *parts: Coroutine[Any, Any, Any]) -> list[Any]:
        """Run all of them to their end; none may wait for anything but this clock."""
        tasks = [asyncio.create_task(part) for part in parts]
        while not all(task.done() for task in tasks):
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers and not all(task.done() for task in tasks):
                self.at, _, wakes = heapq.heappop(self._sleepers)
                if not wakes.done():
                    wakes.set_result(None)
        return await asyncio.gather(*tasks)
