"""The line to a service: no answer without a limit, and under test none that leaves this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import httpx2

from storymaker.remote.hosts import LOOPBACK_ONLY, is_loopback

BODY_MAX: Final = 48 * 1024 * 1024
"""Bytes of an answer at most: a picture of 1536 × 1536 as base64 has ten million at most."""


HEARD_MAX: Final = 1024 * 1024
"""Bytes of an answer that are remembered, for whoever wants to see why it could not be used."""


@dataclass
class Heard:
    """What a server answered last, as it came.

    Attributes:
        status: The HTTP status; 0 while nothing came.
        kind: Its content type.
        body: Its beginning.
        size: How many bytes came in all.
    """

    status: int = 0
    kind: str = ""
    body: bytearray = field(default_factory=bytearray, repr=False)
    size: int = 0

    def begin(self, status: int = 0, kind: str = "") -> None:
        """Forget what was heard before: another answer begins."""
        self.status, self.kind, self.size = status, kind, 0
        self.body.clear()

    def take(self, part: bytes) -> None:
        """Hear more of it."""
        self.size += len(part)
        self.body += part[: HEARD_MAX - len(self.body)]


class TooLargeError(Exception):
    """An answer is larger than any that we asked for, or packed, so that nobody knows."""


class BeyondLoopbackError(Exception):
    """A test would have spoken to the world."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """HTTP as httpx2 does it, with a cap on every body.

    Args:
        inner: What really speaks.
        heard: Remembers the last answer.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, heard: Heard) -> None:
        self._inner, self._heard = inner, heard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its answer is counted as it is read."""
        if os.environ.get(LOOPBACK_ONLY) and not is_loopback(request.url.host):
            raise BeyondLoopbackError(request.url.host)
        self._heard.begin()
        request.headers["accept-encoding"] = "identity"  # what is packed has no size that could be counted here
        response = await self._inner.handle_async_request(request)
        self._heard.begin(response.status_code, response.headers.get("content-type", ""))
        packed = response.headers.get("content-encoding", "identity") != "identity"
        if packed or int(response.headers.get("content-length") or 0) > BODY_MAX:
            await response.aclose()
            raise TooLargeError
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Capped(response.stream, self._heard)
        return response

    async def aclose(self) -> None:
        """Hang up."""
        await self._inner.aclose()


class _Capped(httpx2.AsyncByteStream):
    """A body that ends with an error where it grows too large."""

    def __init__(self, body: httpx2.AsyncByteStream, heard: Heard) -> None:
        self._body, self._heard = body, heard

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._body:
            size += len(part)
            self._heard.take(part)
            if size > BODY_MAX:
                raise TooLargeError
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()
