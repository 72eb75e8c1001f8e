"""The web server's own limits: how many connections there may be, how long each may wait, how much each may send."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Awaitable
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.ioloop import PeriodicCallback
from tornado.iostream import IOStream

from storymaker.contract.routes import BODY_MAX, Route

CONNECTIONS_MAX: Final = 400
CONNECTIONS_EACH: Final = 120
"""Of one address: a class of thirty behind one router, with four connections each."""
HEADER_MAX: Final = 32 * 1024
HEADERS_SECONDS: Final = 60.0
"""What a connection may wait for its next request, to the end of that request's headers."""
BODY_SECONDS: Final = 30.0
UPLOAD_SECONDS: Final = 300.0
"""Fifteen megabytes from a telephone with half a megabit a second."""
STALLED_SECONDS: Final = 60.0
"""What an answer may wait for a caller who takes none of it."""
_LOOK_SECONDS: Final = 15.0
PAGE_BODY_MAX: Final = 64 * 1024
"""Bytes of a form, or of a ticket: what is sent to a page."""
_HEARD_OUT: Final = 4
"""How many times too much is read of an upload, and thrown away, so that a browser hears the answer: it listens when it has sent."""


def connections_possible() -> int:
    """Count the connections that this system has room for, beside the files and kernels of the studio: macOS allows 256 files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return CONNECTIONS_MAX
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return CONNECTIONS_MAX if files < 0 else max(32, min(CONNECTIONS_MAX, files // 2))


def bound_upload(request: HTTPServerRequest, route: Route | None) -> None:
    """Let a call's body be as large as its route takes, and take as long; what has no route is bounded as pages are.

    Args:
        request: Its headers are here, its body is not.
        route: Which call it is.
    """
    if route is not None:
        connection: Any = request.connection
        connection.set_max_body_size(_HEARD_OUT * route.body_max)
        connection.set_body_timeout(UPLOAD_SECONDS if route.body_max > BODY_MAX else BODY_SECONDS)


class BoundedServer(HTTPServer):
    """An HTTP server whose connections are bounded, in all and for each address.

    Where one too many comes, the one that has waited longest for the rest of its request gives way: whoever asks something is
    served, whoever only holds a connection is not. Connections that are being answered, and web sockets, stay, as long as their
    callers take what they are sent.

    Args of ``initialize``, besides tornado's:
        connections_max: How many there may be.
        connections_each: How many of one address; 0 counts no addresses, as behind a proxy, where all have one.
    """

    def initialize(
        self,
        *given: Any,
        connections_max: int | None = None,
        connections_each: int = CONNECTIONS_EACH,
        **named: Any,
    ) -> None:
        """Take tornado's arguments and ours."""
        self._most = connections_possible() if connections_max is None else connections_max
        self._each = connections_each
        self._open: dict[IOStream, str] = {}
        self._waiting: dict[IOStream, None] = {}
        self._sent: dict[IOStream, tuple[int, float]] = {}
        self._looking = PeriodicCallback(lambda: self.drop_stalled(time.monotonic()), _LOOK_SECONDS * 1000)
        super().initialize(
            *given,
            **{
                "max_header_size": HEADER_MAX,
                "idle_connection_timeout": HEADERS_SECONDS,
                "body_timeout": BODY_SECONDS,
                "max_body_size": PAGE_BODY_MAX,
            }
            | named,
        )

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Take a new connection, if there is room or can be made some."""
        caller = _neighbourhood(str(address[0])) if address else ""
        if not self._looking.is_running():
            self._looking.start()
        if self._make_room(caller):
            self._open[stream] = caller
            self._waiting[stream] = None
            super().handle_stream(stream, address)
        else:
            stream.close()

    def stop(self) -> None:
        """Take no more connections."""
        self._looking.stop()
        super().stop()

    def drop_stalled(self, now: float) -> None:
        """Close the connections whose callers have taken nothing of their answers for a minute.

        Args:
            now: Seconds, on any clock that is the same each time.
        """
        self._forget_closed()
        before, self._sent = self._sent, {}
        for stream in self._open:
            if not stream.writing():
                continue
            sent: int = stream._total_write_done_index
            known, since = before.get(stream, (-1, now))
            self._sent[stream] = (sent, since if sent == known else now)
            if now - self._sent[stream][1] >= STALLED_SECONDS:
                stream.close()

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Begin to wait for a request."""
        delegate = super().start_request(server_conn, request_conn)
        stream: IOStream = request_conn.stream  # type: ignore[attr-defined]
        self._waiting.pop(stream, None)
        self._waiting[stream] = None
        return _Heard(delegate, self._waiting, stream)

    def _make_room(self, caller: str) -> bool:
        if len(self._open) >= self._most:
            self._forget_closed()
        theirs = [stream for stream, whose in self._open.items() if whose == caller and not stream.closed()]
        if self._each and len(theirs) >= self._each:
            return self._drop_longest_waiting(set(theirs))
        return len(self._open) < self._most or self._drop_longest_waiting(None)

    def _drop_longest_waiting(self, among: set[IOStream] | None) -> bool:
        for stream in self._waiting:
            if among is None or stream in among:
                stream.close()
                self._forget_closed()
                return True
        return False

    def _forget_closed(self) -> None:
        for stream in [stream for stream in self._open if stream.closed()]:
            del self._open[stream]
            self._waiting.pop(stream, None)


def _neighbourhood(address: str) -> str:
    """An address as it is counted: of the newer kind, a household has 2⁶⁴."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))


class _Heard(HTTPMessageDelegate):
    """Takes a connection off those that wait once its request is here; all else is the inner delegate's."""

    def __init__(self, inner: HTTPMessageDelegate, waiting: dict[IOStream, None], stream: IOStream) -> None:
        self._inner, self._waiting, self._stream = inner, waiting, stream

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._waiting.pop(self._stream, None)
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()
