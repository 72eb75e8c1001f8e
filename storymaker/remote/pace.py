"""The pace of one key: how many requests at once and a minute, shared by every job and process on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

_MINUTE: Final = 60.0
_LOOK_SECONDS: Final = 0.25
"""How often a free place is looked for, on this machine's disk; the service is not asked."""
_SLACK: Final = 0.02


class Pace:
    """The pace of one account, kept in a small file and in locks that the system drops when their holder dies.

    Args:
        folder: Where.
        account: Stands for the key; never the key itself.
        at_once: How many requests may be under way.
        a_minute: How many may begin within a minute; 0 is no limit, until the service names one.
        now: Seconds since 1970.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        folder: Path,
        account: str,
        *,
        at_once: int,
        a_minute: int = 0,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._folder, self._account = folder, account
        self._at_once, self._a_minute = at_once, a_minute
        self._now, self._sleep = now, sleep
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self._lock = folder / f"{account}.json", FileLock(folder / f"{account}.lock")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a place and for the pace; the place is free again at the end."""
        place = await self._place()
        try:
            while (wait := self._begin()) > 0:
                await self._sleep(wait)
            yield
        finally:
            place.release()

    def hold(self, seconds: float) -> None:
        """Let nobody begin before so many seconds have gone by: the service asked for it."""
        with self._lock:
            state = self._read()
            self._write(state | {"until": max(float(state["until"]), self._now() + seconds)})

    @property
    def held(self) -> float:
        """Seconds before which nobody may begin."""
        with self._lock:
            return max(0.0, float(self._read()["until"]) - self._now())

    def learn(self, a_minute: int) -> None:
        """The service named its limit a minute; a setting counts for more."""
        if a_minute > 0:
            with self._lock:
                self._write(self._read() | {"a_minute": a_minute})

    async def _place(self) -> FileLock:
        while True:
            for n in range(self._at_once):
                place = FileLock(self._folder / f"{self._account}-{n}.lock", thread_local=False)
                with contextlib.suppress(Timeout):
                    place.acquire(blocking=False)
                    return place
            await self._sleep(_LOOK_SECONDS)

    def _begin(self) -> float:
        """Count this one in; or tell how many seconds it is too early."""
        with self._lock:
            state, now = self._read(), self._now()
            limit = self._a_minute or int(state["a_minute"])
            begun = [at for at in state["begun"] if at > now - _MINUTE]
            wait = float(state["until"]) - now
            if limit and len(begun) >= limit:
                wait = max(wait, begun[-limit] + _MINUTE - now)
            if wait > 0:
                return wait + _SLACK
            self._write(state | {"begun": [*begun, now]})
            return 0.0

    def _read(self) -> dict[str, Any]:
        """What is known; all of it is set back with the clock, or a minute's wait would last an hour longer."""
        blank: dict[str, Any] = {"begun": [], "until": 0.0, "seen": 0.0, "a_minute": 0}
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return blank
        state = blank | found if isinstance(found, dict) else blank
        if (back := state["seen"] - self._now()) > 0:
            state |= {"until": state["until"] - back, "begun": [at - back for at in state["begun"]]}
            self._write(state)
        return state

    def _write(self, state: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(state | {"seen": self._now()}), "utf-8")
