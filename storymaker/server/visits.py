"""What a page's visitor and a page's kernel ask of the server, besides the API."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import logging
from http.client import responses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from pydantic import ValidationError
from tornado import web
from tornado.iostream import StreamClosedError
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from storymaker.contract.problems import problem_of
from storymaker.contract.routes import JSON, PROBLEM
from storymaker.contract.values import PageSession, Ticket
from storymaker.errors import BusyError, InvalidInputError, StorymakerError
from storymaker.server.frames import FrameError, check_frame, read_part
from storymaker.server.login import enter_by_link
from storymaker.server.notices import FriendlyErrors, Link, StaticFiles, show_notice
from storymaker.server.pages import Visitor

if TYPE_CHECKING:
    from storymaker.server.parts import Parts
    from storymaker.server.rendering import ReadyPage, ReadyPages

log = logging.getLogger(__name__)

_PATIENCE_SECONDS: Final = 25.0
_RETRY_SECONDS: Final = 30
_PACKED: Final = (".js", ".css", ".json")
_YEAR: Final = 365 * 24 * 3600
_AGAIN: Final = Link("", "Try again")
_ONE_CLICK: Final = "Another page led you here. Your books are one click away."
_SAID_MAX: Final = 8_000
_SAID_LINES: Final = 40
_PROTOCOL_ERROR: Final = 1002
_NOT_SHOWN: Final = frozenset({"execute_input", "stream"})
"""What a kernel says that is for the log, not for a browser."""


def parts_of(handler: web.RequestHandler) -> Parts:
    """What the studio is made of."""
    parts: Parts = handler.settings["storymaker"]
    return parts


class StudioPage(FriendlyErrors, JupyterHandler):
    """The page: one for each visit, with a kernel of its own."""

    def initialize(self, ready: ReadyPages) -> None:
        """Take the pages that wait."""
        self._ready = ready

    @allow_unauthenticated
    async def get(self) -> None:
        """Let in who comes by a link; show the page to who is in; send everybody else to the login page."""
        if not self._is_visit():
            raise web.HTTPError(403)
        if await enter_by_link(self):
            return
        if self.current_user is None:
            self._send_to_login()
        elif self._is_own_wish():
            await self._show()
        else:
            self.set_header("Cache-Control", "no-store")
            following = f"?{self.request.query}" if self.request.query else ""
            show_notice(self, 200, "The Story Studio", _ONE_CLICK, Link(following, "Open the studio"))

    def _send_to_login(self) -> None:
        following = self.request.path + (f"?{self.request.query}" if self.request.query else "")
        self.redirect(f"{self.get_login_url()}?{urlencode({'next': following})}")

    def _is_own_wish(self) -> bool:
        """Whether the visitor typed the address, came by a bookmark, or from one of our pages.

        A page of another site could otherwise send its visitors' browsers here, and each would be given a kernel. Where that page
        is a mail or a chat with a good link in it, one click more does no harm. Old browsers do not say where a visit comes from.
        """
        return self.request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")

    def _is_visit(self) -> bool:
        """Whether a person asks for it: a page within a page, a picture's address or a look ahead gets no kernel."""
        headers = self.request.headers
        purpose = headers.get("Sec-Purpose", "") + headers.get("Purpose", "")
        return headers.get("Sec-Fetch-Dest", "document") == "document" and "prefetch" not in purpose

    async def _show(self) -> None:
        pages, visitor = parts_of(self).pages, self._visitor()
        await pages.make_room(visitor.user_id)
        try:
            with pages.room(visitor.user_id):
                page = await self._ready.take()
                pages.claim(page.kernel_id, visitor)
        except BusyError as error:
            self._turn_away("The studio is full", error.message)
            return
        except Exception:
            # Whatever keeps a kernel from starting: the visitor can only come again, the log says what it was.
            log.exception("no kernel for a page")
            self._turn_away("One moment, please", "The studio could not open this page. Please try again in a moment.")
            return
        with pages.connected(page.kernel_id):
            await self._send(page)

    async def _send(self, page: ReadyPage) -> None:
        _ = self.xsrf_token  # sets the cookie that the page's own requests prove themselves with
        self.set_header("Cache-Control", "no-store")
        try:
            async for piece in page.pieces():
                self.write(piece)
                await self.flush()
            if not page.whole:
                self.write(_APOLOGY)
            await self.finish()
        except StreamClosedError:  # the visitor left before it was there
            await page.drop()

    def _visitor(self) -> Visitor:
        identity = self.identity  # type: ignore[attr-defined]
        return Visitor(identity.user_id, identity.name, identity.session, self.request.query)

    def _turn_away(self, heading: str, sentence: str) -> None:
        self.set_header("Retry-After", str(_RETRY_SECONDS))
        show_notice(self, 503, heading, sentence, _AGAIN)


class _KernelDoor(APIHandler):
    """For what a page's scripts ask about its kernel."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """No more than the status: no person reads it."""
        self.finish(json.dumps({"message": responses.get(status_code, "")}))


class KernelModel(_KernelDoor):
    """Tells a browser about the kernel of its page."""

    @web.authenticated
    async def get(self, kernel_id: str) -> None:
        """What Voila's front end asks before it connects."""
        _require_owner(self, kernel_id)
        self.finish(json.dumps(self.kernel_manager.kernel_model(kernel_id)))  # type: ignore[no-untyped-call]


class KernelSocket(VoilaKernelWebsocketHandler):  # type: ignore[misc]
    """Connects a browser to the kernel of its page.

    Jupyter counts the intervals of its own pings in milliseconds, which tornado takes for seconds: only tornado pings here.
    """

    @property
    def ping_interval(self) -> float:
        """Seconds; a browser that has not answered one ping when the next is due is gone."""
        return float(self.settings["websocket_ping_interval"])

    ping_timeout = ping_interval

    async def open(self, kernel_id: str) -> None:
        """Connect the kernel's end; its answers come in several small messages, and none waits for the others to be acknowledged."""
        self.set_nodelay(True)
        await self.connection.connect()

    async def get(self, kernel_id: str) -> None:
        """Connect, if the page is theirs; if not, it is as if there were none."""
        _require_owner(self, kernel_id)
        if not parts_of(self).pages.may_connect(kernel_id):
            raise web.HTTPError(429)
        self._page_id = kernel_id
        with parts_of(self).pages.connected(kernel_id):  # as long as the connection, which this call lasts
            await super().get(kernel_id=kernel_id)

    def on_message(self, ws_message: str | bytes) -> None:
        """Pass on what the browser says, if it is a message; who sends another is cut off."""
        pages = parts_of(self).pages
        pages.hear(self._page_id)
        try:
            kind = check_frame(ws_message, self.selected_subprotocol)
            if kind == "comm_open" and not pages.may_open_comm(self._page_id):
                raise FrameError("too many comms")
        except FrameError as error:
            log.warning("a page's socket was closed: %s", error)
            self.close(_PROTOCOL_ERROR, "malformed")
            return
        super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        """Send what a browser needs, and nothing that was printed; what comes for a socket that closes is dropped."""
        if self.ws_connection is None or self.ws_connection.is_closing():
            return None
        kind = read_part(message, self.selected_subprotocol, "header").get("msg_type")
        if kind in _NOT_SHOWN:
            if kind == "stream":
                _log_stream(read_part(message, self.selected_subprotocol, "content"))
            return None
        # Not Voila's: it would read the header once more, and in the older form without end.
        return super(VoilaKernelWebsocketHandler, self).write_message(message, binary)


class PageEnd(_KernelDoor):
    """Tells a browser whose page does not answer any more why that is."""

    @web.authenticated
    async def get(self, kernel_id: str) -> None:
        """Give the sentences; none where nothing is known of an end."""
        self.set_header("Cache-Control", "no-store")
        why = parts_of(self).pages.end_of(kernel_id, self.identity.user_id)  # type: ignore[attr-defined]
        self.finish(json.dumps({"why": why or ""}))


class Goodbye(_KernelDoor):
    """A browser leaves its page: the kernel ends at once."""

    @web.authenticated
    async def post(self, kernel_id: str) -> None:
        """What Voila's front end sends when its page is closed."""
        _require_owner(self, kernel_id)
        await parts_of(self).pages.close(kernel_id)
        self.set_status(204)


class KernelSession(web.RequestHandler):
    """A page's kernel shows its ticket and learns whom it serves."""

    def set_default_headers(self) -> None:
        """An answer for one reader."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def check_xsrf_cookie(self) -> None:
        """The ticket in the body proves enough; no cookie counts here."""

    async def post(self) -> None:
        """Answer when there is a visitor; after a while that there is none yet."""
        self._waiting = asyncio.ensure_future(self._answer())
        try:
            session = await self._waiting
        except asyncio.CancelledError:  # the kernel is gone
            return
        except StorymakerError as error:
            problem = problem_of(error)
            self.set_status(problem.status)
            self.set_header("Content-Type", PROBLEM)
            self.finish(problem.model_dump_json(exclude_none=True))
            return
        if session is None:
            self.set_status(204)
            return
        self.set_header("Content-Type", JSON)
        self.finish(session.model_dump_json())

    def on_connection_close(self) -> None:
        """A ticket must not be used up for somebody who hung up."""
        self._waiting.cancel()

    async def _answer(self) -> PageSession | None:
        parts = parts_of(self)
        try:
            ticket = Ticket.model_validate_json(self.request.body).ticket
        except ValidationError:
            raise InvalidInputError("This is no ticket.", code="json") from None
        claim = await parts.pages.show(ticket, _PATIENCE_SECONDS)
        if claim is None:
            return None
        visitor = claim.visitor
        token, seconds = parts.access.mint_kernel_token(visitor.user_id, visitor.session, claim.kernel_id)
        return PageSession(
            access_token=token, expires_in=seconds, ticket=claim.ticket, query=visitor.query, user=visitor.name
        )

    def write_error(self, status_code: int, **_: Any) -> None:
        """No more than the status: kernels read problems, and this is none of theirs."""
        self.finish()


class VoilaFiles(StaticFiles):
    """Scripts and styles of Voila's front end; their address tells their version, so a browser fetches them once.

    Each is packed once, not for each visitor: a page needs some ninety of them, and the event loop would pack them.
    """

    async def get(self, path: str, include_body: bool = True) -> None:
        """Give a file, packed where the browser takes that."""
        if "gzip" not in self.request.headers.get("Accept-Encoding", "") or not path.endswith(_PACKED):
            await super().get(path, include_body)
            return
        self.path = self.parse_url_path(path)
        absolute = self.validate_absolute_path(self.root, self.get_absolute_path(self.root, self.path))
        if absolute is None:
            return
        self.absolute_path = absolute
        self.modified = self.get_modified_time()
        self.set_headers()
        self.set_header("Content-Encoding", "gzip")
        self.set_header("Vary", "Accept-Encoding")
        await self.finish(await asyncio.to_thread(packed, absolute))

    def set_extra_headers(self, path: str) -> None:
        """Say how long a file is good."""
        super().set_extra_headers(path)
        self.set_header("Cache-Control", f"public, max-age={_YEAR}, immutable")


@functools.cache
def packed(path: str) -> bytes:
    """A file of the front end, packed; they do not change while the studio runs."""
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)


def _log_stream(content: dict[str, Any]) -> None:
    """Write down what a page's kernel complained of: a parent is told a number that stands there."""
    if content.get("name") == "stderr":
        for line in str(content.get("text", ""))[:_SAID_MAX].rstrip().splitlines()[:_SAID_LINES]:
            log.warning("a page's kernel says: %s", line)


def _require_owner(handler: JupyterHandler, kernel_id: str) -> None:
    identity = getattr(handler, "identity", None)
    if identity is None or parts_of(handler).pages.owner(kernel_id) != identity.user_id:
        raise web.HTTPError(404)


_APOLOGY: Final = (
    '<p class="sm-apology" role="alert">Something broke while this page was made. Please reload it; '
    "if that does not help, the studio’s log says more.</p>"
)
