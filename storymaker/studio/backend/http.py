"""The studio over HTTP: what a page's kernel uses under the studio's server; its calls are made from the route table."""

from __future__ import annotations

import functools
import inspect
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from storymaker.contract.routes import ROUTES, Route
from storymaker.contract.values import BookOut, PageSession, StoryRequest, Wire
from storymaker.studio.backend import Backend
from storymaker.studio.backend.line import Line
from storymaker.studio.backend.messages import Body, address, encoded, understood

_QUICK_SECONDS: Final = 20.0
_SLOW_SECONDS: Final = 120.0
_SLOW: Final = frozenset(
    {
        "generate_story",
        "copy_book",
        "patch_about",
        "add_character",
        "add_photo",
        "recut",
        "put_script",
        "preview",
        "export",
        "download",
    }
)
"""Calls that send or fetch much, or for which something is drawn or set while we wait."""
_BOOKS_KEPT: Final = 8


class Http:
    """A :class:`~storymaker.studio.backend.Backend` on the other side of HTTP.

    Each route that ``Backend`` has a method for becomes that method here. Of what is answered, only the latest books are
    kept, to be told in a few bytes that nothing changed.

    Args:
        server: Address of the server.
        session: The token, and the ticket that brings the next one; without a ticket, the token is all there is.
        clock: Tells seconds.
    """

    if TYPE_CHECKING:  # the methods are added below, where mypy does not see them

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, server: str, session: PageSession, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = Line(server, session, clock)
        self._books: OrderedDict[str, tuple[str, BookOut]] = OrderedDict()

    async def close(self) -> None:
        """Let the connections go."""
        self._line.close()

    async def _send(
        self, route: Route, path: tuple[str, ...], body: Body, query: dict[str, str | int | None]
    ) -> Wire | None:
        """Make one call of the route table.

        Raises:
            StorymakerError: What the studio answered instead, as the error it was there; or that it did not answer.
        """
        headers, data = encoded(route, body)
        known = self._books.get(path[0]) if route.versioned and route.method == "GET" else None
        if known is not None:
            headers["If-None-Match"] = known[0]
        seconds = _SLOW_SECONDS if route.name in _SLOW else _QUICK_SECONDS
        keyed = isinstance(body, StoryRequest) and body.key != ""
        answer = await self._line.send(
            route.method, address(route, path, query), headers, data, seconds, repeatable=keyed or route.method == "GET"
        )
        value = known[1] if known is not None and answer.code == 304 else understood(route, answer)
        if isinstance(value, BookOut):
            self._keep(value, answer.headers.get("ETag", ""))
        return value

    def _keep(self, book: BookOut, etag: str) -> None:
        """Remember a book as of this ETag, and forget the one that was asked for longest ago."""
        self._books[book.id] = (etag, book)
        self._books.move_to_end(book.id)
        if len(self._books) > _BOOKS_KEPT:
            self._books.popitem(last=False)


def _method_for(route: Route, declared: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Make the method that sends a route's request, with the parameters that ``Backend`` declares for it.

    First what varies in the path, then the body, then the query; what goes without saying is not sent.
    """
    signature = inspect.signature(declared)
    names = tuple(signature.parameters)[1:]
    on_path, rest = names[: len(route.parameters)], names[len(route.parameters) :]
    in_body = rest[:1] if route.takes is not None else ()

    @functools.wraps(declared)
    async def call(self: Http, *args: Any, **kwargs: Any) -> Any:
        given = signature.bind(self, *args, **kwargs).arguments
        path = tuple(given[name] for name in on_path)
        body = given[in_body[0]] if in_body else None
        return await self._send(
            route, path, body, {name: given[name] for name in rest[len(in_body) :] if name in given}
        )

    return call


for _route in ROUTES:
    if (_declared := getattr(Backend, _route.name, None)) is not None:
        setattr(Http, _route.name, _method_for(_route, _declared))
