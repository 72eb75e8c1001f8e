"""The web server's own limits, on a small server in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado import web
from tornado.httputil import HTTPServerRequest

from storymaker.contract.routes import BY_NAME
from storymaker.server.connections import (
    CONNECTIONS_MAX,
    BoundedServer,
    _neighbourhood,
    bound_upload,
    connections_possible,
)
from tests.loops import in_loop

LARGE = 64 * 2**20
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Echo(web.RequestHandler):
    async def get(self) -> None:
        if self.request.path == "/large":
            self.write(bytes(LARGE))
            await self.flush()
        self.finish("here")

    def post(self) -> None:
        self.finish(str(len(self.request.body)))


class _Uploads(web.Application):
    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        bound_upload(request, BY_NAME["put_script"] if request.path == "/script" else None)
        return super().find_handler(request, **kwargs)


class Callers:
    """Whoever connects to a port.

    Args:
        server: Whom they call.
        port: Where it is, on this machine.
    """

    def __init__(self, server: BoundedServer, port: int) -> None:
        self.server = server
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def wire(self, text: bytes = b"", address: str = "127.0.0.1") -> Wire:
        """A connection that has sent something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(address, 0))
        self._writers.append(writer)
        writer.write(text)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        return reader, writer

    async def close(self) -> None:
        """Hang up."""
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(**limits: Any) -> AsyncIterator[Callers]:
    """A server with these limits, and who calls it."""
    server = BoundedServer(_Uploads([(".*", _Echo)]), **limits)
    server.listen(0, "127.0.0.1")
    (listener, *_) = server._sockets.values()
    callers = Callers(server, listener.getsockname()[1])
    try:
        yield callers
    finally:
        await callers.close()
        server.stop()
        await server.close_all_connections()


async def answer_of(wire: Wire) -> bytes:
    """All that comes until the server closes the connection, and then nothing more."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(wire[0].read(), 10)
    return b""


@in_loop
async def test_who_takes_nothing_of_an_answer_is_let_go() -> None:
    """After a minute in which nothing was taken; who takes it slowly is served."""
    async with serving() as callers:
        stuck, slow = [await callers.wire(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(2)]
        await slow[0].readexactly(1000)
        await asyncio.sleep(0)
        callers.server.drop_stalled(1000.0)
        await slow[0].readexactly(8 * 2**20)
        callers.server.drop_stalled(1030.0)
        await slow[0].readexactly(8 * 2**20)
        callers.server.drop_stalled(1061.0)
        assert len(await slow[0].read(2**20)) > 0
        assert len(await answer_of(stuck)) < LARGE  # what the system had taken, and then the end
        assert len(callers.server._open) >= 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
     ("::ffff:10.0.0.1", "10.0.0.1", True), ("10.0.0.1", "10.0.0.2", False), ("fe80::1%eth0", "fe80::2%eth0", True),
     ("", "", True)],
)  # fmt: skip
def test_an_address_is_counted_as_the_household_it_is(one: str, other: str, same: bool) -> None:
    """Of the newer kind each has 2⁶⁴ at hand."""
    assert (_neighbourhood(one) == _neighbourhood(other)) is same


def test_there_is_room_for_no_more_connections_than_files() -> None:
    """Where the system allows few, some are left for kernels."""
    resource = pytest.importorskip("resource")
    assert 32 <= connections_possible() <= CONNECTIONS_MAX
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        assert connections_possible() == 128
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: x\r\n"


@in_loop
@pytest.mark.parametrize("held", [b"", HALF, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"])
async def test_who_holds_connections_keeps_nobody_out(held: bytes) -> None:
    """Of those that only wait, the oldest gives way, also where both come from one address."""
    async with serving(connections_max=20, connections_each=10) as callers:
        waiting = [await callers.wire(held) for _ in range(30)]
        for _ in range(5):
            assert (await answer_of(await callers.wire(WHOLE))).endswith(b"here")
        assert await answer_of(waiting[0]) == b""  # closed


@in_loop
async def test_the_server_has_room_for_so_many_in_all() -> None:
    """Also where each comes from an address of its own."""
    async with serving(connections_max=5, connections_each=3) as callers:
        waiting = [await callers.wire(HALF, f"127.0.0.{n}") for n in range(2, 12)]
        assert (await answer_of(await callers.wire(WHOLE))).endswith(b"here")
        ended = [await answer_of(wire) for wire in waiting[:5]]
        assert ended == [b""] * 5


@in_loop
@pytest.mark.parametrize(
    "begun", [b"", HALF, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab",
              b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"],
)  # fmt: skip
async def test_what_never_comes_is_not_waited_for(begun: bytes) -> None:
    """Neither headers nor bodies; tornado's own clock, here with a tenth of a second."""
    async with serving(idle_connection_timeout=0.1, body_timeout=0.1) as callers:
        assert await answer_of(await callers.wire(begun)) == b""


@in_loop
@pytest.mark.parametrize(
    ("path", "size", "taken"),
    [("/", 64 * 1024, True), ("/", 64 * 1024 + 1, False), ("/script", 5 * 2**20, True), ("/script", 17 * 2**20, False)],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_is_refused_before_it_is_read(path: str, size: int, taken: bool, chunked: bool) -> None:
    """A form of a page may be small, an upload large, whatever way its length is told."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    async with serving() as callers:
        if not chunked:
            wire = await callers.wire(f"{head}Content-Length: {size}\r\n\r\n".encode() + bytes(size if taken else 0))
        else:
            wire = await callers.wire(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            with contextlib.suppress(ConnectionError):
                for at in range(0, size, 60_000):
                    part = bytes(min(60_000, size - at))
                    wire[1].write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                    await wire[1].drain()
                wire[1].write(b"0\r\n\r\n")
        answer = await answer_of(wire)
    assert answer.endswith(str(size).encode()) if taken else b"200" not in answer
