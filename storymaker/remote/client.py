"""Asking a service: one guarded call, paced and timed, that is sent again only where it was surely not done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from storymaker.errors import ProviderError
from storymaker.remote.faults import fault_of
from storymaker.remote.pace import Pace
from storymaker.remote.service import Service
from storymaker.settings import Settings, private_folder

if TYPE_CHECKING:
    from openai import AsyncOpenAI

T = TypeVar("T")
log = logging.getLogger(__name__)

CALL_SECONDS: Final = 240.0
"""What one request may take from beginning to end, however slowly it trickles."""
_TRIES: Final = 3
_BACKOFF: Final = (2.0, 8.0)
_LONGEST_WAIT: Final = 900.0
"""Who asks to wait longer is not waited for: the parent is told instead."""


@dataclass(frozen=True)
class Line:
    """A line to a service.

    Attributes:
        service: To whom.
        pace: Shared by everybody who uses its key.
        seconds: What one request may take.
    """

    service: Service
    pace: Pace
    seconds: float = CALL_SECONDS

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncOpenAI]:
        """The client, with our guard in its line; it sends nothing twice by itself."""
        import httpx2
        from openai import AsyncOpenAI

        from storymaker.remote.transport import GuardedTransport

        timeout = httpx2.Timeout(self.seconds, connect=10.0)
        http = httpx2.AsyncClient(transport=GuardedTransport(), timeout=timeout)
        key = self.service.key.get_secret_value() or "none"
        async with AsyncOpenAI(base_url=self.service.base_url, api_key=key, max_retries=0, http_client=http) as client:
            yield client

    async def ask(self, what: str, call: Callable[[AsyncOpenAI], Awaitable[T]]) -> T:
        """Make a call; it is made again only where the service surely did nothing.

        Args:
            what: What is asked for, as a parent reads it: "Page 3 was not drawn".
            call: The call.

        Raises:
            ProviderError: With what went wrong and what to do.
        """
        async with self.open() as client:
            for attempt in range(_TRIES):
                try:
                    async with self.pace.turn(), asyncio.timeout(self.seconds):
                        return await call(client)
                except asyncio.CancelledError:
                    raise
                except ProviderError:
                    raise
                except Exception as error:  # noqa: BLE001 - fault_of raises again what it does not know
                    await self._wait(error, what, last=attempt == _TRIES - 1)
        raise AssertionError("the last try returns or raises")

    async def _wait(self, error: Exception, what: str, *, last: bool) -> None:
        """Wait as the service asked, before the next try; or give up with a sentence."""
        fault = fault_of(error, self.service, what)
        log.warning("%s: %s (%s)", self.service.where, fault.error.code, type(error).__name__)
        wait = fault.wait
        if fault.wait is not None and fault.error.code == "busy":
            self.pace.hold(fault.wait)
        if not fault.again or last or (wait or 0) > _LONGEST_WAIT:
            raise fault.error from None
        await asyncio.sleep(wait if wait is not None else _BACKOFF[0])


def line_to(service: Service, settings: Settings) -> Line:
    """The line to a service, at the pace of its key.

    Args:
        service: To whom.
        settings: How many at once and a minute.
    """
    folder = private_folder(settings.home.expanduser()) / "pace"
    many = settings.pictures_at_once if service.role == "pictures" else 50
    a_minute = settings.pictures_a_minute if service.role == "pictures" else 0
    pace = Pace(folder, f"{service.role}-{service.account}", at_once=many, a_minute=a_minute)
    return Line(service, pace)


def headers_told(pace: Pace, headers: Any) -> None:
    """Learn the pace from what a service says beside its answer, where it says it."""
    try:
        if int(headers.get("x-ratelimit-remaining-requests", "1")) <= 0:
            pace.hold(_seconds(headers.get("x-ratelimit-reset-requests", "")))
    except ValueError:
        return


def _seconds(text: str) -> float:
    """Seconds of "1m12s", "20s" or "300ms"."""
    import re

    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text))
