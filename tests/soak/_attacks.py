"""Slow, silent and half-open clients, in a process of their own and from addresses of their own: only ever against our own server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_ADDRESSES: Final = 8
_AT_ONCE: Final = 100
_HEAD: Final = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def silent(_: int, pair: Pair) -> None:
    """Connects, and says nothing."""


async def slow_head(n: int, pair: Pair) -> None:
    """Sends a header, a letter a second."""
    pair[1].write(_HEAD + b"X-Slow: ")
    while True:
        pair[1].write(b"a")
        await pair[1].drain()
        await asyncio.sleep(1)


async def unfinished_body(n: int, pair: Pair) -> None:
    """Promises a body of 60 MB, sends a part of it, and then next to nothing."""
    path = ("/login", "/api/books", "/api/characters/x/photos")[n % 3]
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000000\r\nContent-Type: application/json\r\n\r\n"
    )
    pair[1].write(head.encode())
    for _ in range(4):  # with a thousand of them: what would be kept in memory is felt
        pair[1].write(b"a" * 65536)
        await pair[1].drain()
    while True:
        pair[1].write(b"a")
        await pair[1].drain()
        await asyncio.sleep(1)


async def never_reads(n: int, pair: Pair) -> None:
    """Asks now and then, each time for more than a socket holds, and reads no answer."""
    pair[1].transport.pause_reading()  # type: ignore[attr-defined]
    while True:
        pair[1].write(b"GET /voila/static/voila.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await pair[1].drain()
        await asyncio.sleep(5)


async def half_open(n: int, pair: Pair) -> None:
    """Asks, says that it will say no more, and stays."""
    pair[1].write(_HEAD + b"Connection: keep-alive\r\n\r\n")
    pair[1].write_eof()


async def kept_alive(n: int, pair: Pair) -> None:
    """Asks once, and keeps the connection for later."""
    pair[1].write(_HEAD + b"Connection: keep-alive\r\n\r\n")


async def garbage(n: int, pair: Pair) -> None:
    """Sends what is no request, once the socket of a kernel too."""
    pair[1].write((b"\x16\x03\x01" + b"\xff" * 500, b"GET /\xff HTTP/9.9\r\n\r\n", b"\r\n" * 500)[n % 3])


KINDS: Final[dict[str, Callable[[int, Pair], Awaitable[None]]]] = {
    kind.__name__.replace("_", " "): kind
    for kind in (silent, slow_head, unfinished_body, never_reads, half_open, kept_alive, garbage)
}


async def attack(kind: str, url: str, count: int, seconds: float) -> dict[str, int]:
    """Open so many connections of a kind and keep them for so many seconds.

    Returns:
        How many were made, how many refused, and how many were still open at the end.
    """
    gate, at = asyncio.Semaphore(_AT_ONCE), urlsplit(url)
    counts = {"made": 0, "refused": 0, "open": 0}
    end = asyncio.get_running_loop().time() + seconds

    async def one(n: int) -> None:
        try:
            async with gate, asyncio.timeout_at(end):
                pair = await asyncio.open_connection(
                    at.hostname, at.port, local_addr=(f"127.0.0.{2 + n % _ADDRESSES}", 0)
                )
        except (OSError, TimeoutError):
            counts["refused"] += 1
            return
        counts["made"] += 1
        try:
            async with asyncio.timeout_at(end):
                with contextlib.suppress(OSError):
                    await KINDS[kind](n, pair)
                    await _closed(pair)
        except TimeoutError:
            counts["open"] += 1
        finally:
            pair[1].transport.abort()

    await asyncio.gather(*(one(n) for n in range(count)))
    return counts


async def _closed(pair: Pair) -> None:
    """Wait until the other side has closed; what it says until then is of no interest."""
    pair[1].transport.resume_reading()  # type: ignore[attr-defined]
    while await pair[0].read(65536):
        pass


if __name__ == "__main__":
    print(json.dumps(asyncio.run(attack(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
