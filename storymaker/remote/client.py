"""Asking a service: one guarded call, paced and timed, that is sent again only where it was surely not done."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from storymaker.errors import ProviderError, StorymakerError
from storymaker.remote.faults import busy, fault_of
from storymaker.remote.pace import Pace
from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.reach import open_async
from storymaker.remote.replies import Secrets, keep_reply
from storymaker.remote.service import Service
from storymaker.remote.transport import Heard
from storymaker.settings import Settings, private_folder

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

T = TypeVar("T")
log = logging.getLogger(__name__)

CALL_SECONDS: Final = 240.0
"""What one request may take from beginning to end, however slowly it trickles."""
_TRIES: Final = 3
_TRIES_WHEN_TOLD: Final = 10
"""Who is told how long to wait may be turned away again and again: others wait for the same key."""
_UNEXPLAINED: Final = frozenset({"answer", "request", "service", "short"})
"""Codes of failures of which the answer itself tells more than a sentence can."""
_TOLD_MAX: Final = 100
"""Characters of a service's header that are looked at."""
_BACKOFF: Final = (2.0, 8.0)
_LONGEST_WAIT: Final = {"words": 600.0, "pictures": 3300.0, "moderation": 600.0}
"""Seconds that are waited where a service asks for them: up to the deadline of the job, less what the work takes then. Who asks to
wait longer is not waited for: the parent is told instead."""


@dataclass(frozen=True)
class Line:
    """A line to a service.

    Attributes:
        service: To whom.
        pace: Shared by everybody who uses its key.
        seconds: What one request may take.
        sleep: Waits so many seconds.
        heard: The last answer.
        home: Where what is learned of a server is remembered, and its answer to a call that failed is kept; None does neither.
        child: The child's name, which is kept nowhere with an answer.
    """

    service: Service
    pace: Pace
    seconds: float = CALL_SECONDS
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    heard: Heard = field(default_factory=Heard, repr=False, compare=False)
    home: Path | None = None
    child: str = field(default="", repr=False)

    def dial(self) -> httpx2.AsyncClient:
        """The bare client, with our guard in its line.

        Raises:
            ProviderError: Code "environment" if a variable here is in the way.
        """
        return open_async(self.service.base_url, self.seconds, self.heard)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncOpenAI]:
        """The client, with our guard in its line; it sends nothing twice by itself.

        Raises:
            ProviderError: Code "environment" if a variable here is in the way.
        """
        from openai import AsyncOpenAI

        http = self.dial()
        key = self.service.key.get_secret_value() or "none"
        async with AsyncOpenAI(base_url=self.service.base_url, api_key=key, max_retries=0, http_client=http) as client:
            yield client

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep what was answered to a call that fails, and say where: a tinkerer may want to look."""
        try:
            yield
        except ProviderError as error:
            if self.home is not None and self.heard.status and not error.reply:
                secrets = Secrets(self.service.key.get_secret_value(), self.service.base_url, self.child)
                error.reply = keep_reply(self.home, self.heard, self.service, error, secrets)
                if error.reply and error.code in _UNEXPLAINED:
                    error.message += f" What was answered is kept in {error.reply}, in STORYMAKER_HOME."
                    error.args = (error.message,)
            raise

    async def ask(self, what: str, call: Callable[[AsyncOpenAI], Awaitable[T]], paid: PaidCall = UNPAID) -> T:
        """Make a call; it is made again only where the service surely did nothing.

        Args:
            what: What is asked for, as a parent reads it: "Page 3 was not drawn".
            call: The call.
            paid: Told when it goes out, and when it came back with nothing to pay.

        Raises:
            ProviderError: With what went wrong and what to do.
        """
        async with self.open() as client:
            for attempt in itertools.count():
                try:
                    async with self.turn(what):
                        await paid.ask()
                        async with asyncio.timeout(self.seconds):
                            return await call(client)
                except StorymakerError:
                    raise
                except Exception as error:  # noqa: BLE001 - fault_of raises again what it does not know
                    await self.recover(error, what, attempt, paid)
        raise AssertionError("the last try returns or raises")

    @asynccontextmanager
    async def turn(self, what: str) -> AsyncIterator[None]:
        """A turn at the pace of the key.

        Raises:
            ProviderError: Code "busy" if the service asked for a longer wait than anybody would sit through.
        """
        if (held := self.pace.held) > _LONGEST_WAIT[self.service.role]:
            raise busy(what, self.service, held)
        async with self.pace.turn():
            yield

    async def recover(self, error: Exception, what: str, attempt: int, paid: PaidCall = UNPAID) -> None:
        """Wait as the service asked, before the next try; or give up with a sentence.

        Args:
            error: What went wrong.
            what: What was asked for.
            attempt: How many tries went before it.
            paid: Told where there is nothing to pay.

        Raises:
            ProviderError: If it is not to be tried again.
        """
        fault = fault_of(error, self.service, what)
        if not fault.error.paid:
            paid.free()
        log.warning("%s: %s (%s)", self.service.where, fault.error.code, type(error).__name__)
        wait = fault.wait
        if fault.error.code == "busy":
            headers_told(self.pace, error.response.headers)  # type: ignore[attr-defined] # only an answer says so
            self.pace.hold(wait or 0.0)
        last = attempt + 1 >= (_TRIES if wait is None else _TRIES_WHEN_TOLD)
        if not fault.again or last or (wait or 0) > _LONGEST_WAIT[self.service.role]:
            raise fault.error from None
        await self.sleep(wait if wait is not None else _BACKOFF[attempt])


Dial = Callable[[Service, Settings], Line]
"""Makes the line to a service."""


def dialled(dial: Dial, service: Service, settings: Settings, child: str = "") -> Line:
    """A line that remembers what its server can do, and keeps the answers to calls that fail.

    Args:
        dial: Makes it.
        service: To whom.
        settings: Where ``home`` is.
        child: The child's name.
    """
    return replace(dial(service, settings), home=settings.home.expanduser(), child=child)


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
    return Line(
        service, pace, min(CALL_SECONDS, settings.picture_timeout) if service.role == "pictures" else CALL_SECONDS
    )


def headers_told(pace: Pace, headers: Any) -> None:
    """Learn the pace from what a service says beside its answer, where it says it; no answer is lost for it on a full disk."""
    with contextlib.suppress(ValueError, OSError):
        pace.learn(int(headers.get("x-ratelimit-limit-requests", "0")))
        if int(headers.get("x-ratelimit-remaining-requests", "1")) <= 0:
            pace.hold(_seconds(headers.get("x-ratelimit-reset-requests", "")))


def _seconds(text: str) -> float:
    """Seconds of "1m12s", "20s" or "300ms"."""
    import re

    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
    return sum(
        float(number) * units[unit]
        for number, unit in re.findall(r"(?<![\d.])(\d{1,9}+(?:\.\d{1,9}+)?)(ms|h|m|s)", text[:_TOLD_MAX])
    )
