"""The line to a service: no answer without a limit, and under test none that leaves this machine."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import AsyncIterator
from typing import Final

import httpx2

BODY_MAX: Final = 48 * 1024 * 1024
"""Bytes of an answer at most: a picture of 1536 × 1536 as base64 has ten million at most."""

LOOPBACK_ONLY: Final = "STORYMAKER_LOOPBACK_ONLY"
"""Set in our tests: whoever would be spoken to by accident is not."""


class TooLargeError(Exception):
    """An answer is larger than any that we asked for, or packed, so that nobody knows."""


class BeyondLoopbackError(Exception):
    """A test would have spoken to the world."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """HTTP as httpx2 does it, with a cap on every body.

    Args:
        inner: What really speaks.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport | None = None) -> None:
        self._inner = inner or httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its answer is counted as it is read."""
        if os.environ.get(LOOPBACK_ONLY) and not is_loopback(request.url.host):
            raise BeyondLoopbackError(request.url.host)
        request.headers["accept-encoding"] = "identity"  # what is packed has no size that could be counted here
        response = await self._inner.handle_async_request(request)
        packed = response.headers.get("content-encoding", "identity") != "identity"
        if packed or int(response.headers.get("content-length") or 0) > BODY_MAX:
            await response.aclose()
            raise TooLargeError
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Capped(response.stream)
        return response

    async def aclose(self) -> None:
        """Hang up."""
        await self._inner.aclose()


class _Capped(httpx2.AsyncByteStream):
    """A body that ends with an error where it grows too large."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._body:
            size += len(part)
            if size > BODY_MAX:
                raise TooLargeError
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
