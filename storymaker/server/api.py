"""The HTTP API: one handler, driven by the route table, thin over the service of whoever asks."""

from __future__ import annotations

import asyncio
import functools
import http
import json
import logging
import math
import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import uuid4

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.httputil import HTTPInputError, parse_body_arguments

from storymaker.contract.openapi import document
from storymaker.contract.problems import problem_of
from storymaker.contract.routes import CSV, JSON, MULTIPART, PROBLEM, ROUTES, Route
from storymaker.contract.values import Credentials, File, JobOut, PicturesRequest, StoryOrdered, Token, Upload, Wire
from storymaker.errors import AccessError, InvalidInputError, NotFoundError, StorymakerError
from storymaker.server.bodies import check_query, parse_body

if TYPE_CHECKING:
    from storymaker.server.parts import Parts
    from storymaker.service import StudioService

log = logging.getLogger(__name__)

_LONGEST_WAIT: Final = 60.0
_LOOK_SECONDS: Final = 0.1
_LOOK_AGAIN_SECONDS: Final = 1
"""What a caller is told to wait before it looks how something comes on."""
_NOT_CACHED: Final = "private, no-cache"
_FOR_EVER: Final = "private, max-age=86400, immutable"
"""Pictures and cut-outs are named by their content; a day, so that a shared computer forgets them."""
_PASSING: Final = frozenset({"preview", "sketch"})
_DROPPED: Final = frozenset({"token", "add_photo", "recut", "export"})
"""Besides all that is only read: what is not done for somebody who hung up while it waited for its turn."""
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
_REFUSALS: Final = {
    401: ("Please sign in again.", "access"),
    403: ("This page is out of date. Please reload it and try again.", "xsrf"),
    404: ("There is nothing here.", "not-found"),
    405: ("This cannot be done here.", "method"),
}


def handlers() -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Every path of the API with its handler, and what answers for all others under ``/api``."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.pattern, {})[route.method] = route
    found = [(pattern, ApiHandler, {"routes": routes}) for pattern, routes in by_path.items()]
    return [*found, (r"/api(?:/.*)?", ApiHandler, {"routes": {}})]


@web.stream_request_body
class ApiHandler(JupyterHandler):
    """Answers one path of the API: finds out who asks and what, has the service do it, writes the answer."""

    takes_kernel_tokens = True

    def initialize(self, routes: dict[str, Route]) -> None:
        """Take the routes of this path, by method."""
        self.routes = routes
        self._body = bytearray()
        self._length = 0
        self._refusal: StorymakerError | None = None
        self._answering: asyncio.Future[Wire | None] | None = None

    def set_default_headers(self) -> None:
        """An answer of the API is never a page."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", _NOT_CACHED)

    def set_cors_headers(self) -> None:
        """No other site may read an answer, token or not."""

    def check_xsrf_cookie(self) -> None:
        """Where nobody needs to be signed in, or is, no cookie counts, and so none can be abused."""
        public = self.route is not None and self.route.public
        anonymous = getattr(self, "_jupyter_current_user", self) is None  # not asked yet: the check comes again
        if not public and not anonymous:
            super().check_xsrf_cookie()

    @property
    def route(self) -> Route | None:
        """The route that is asked for."""
        method = "GET" if self.request.method == "HEAD" else str(self.request.method)
        return self.routes.get(method)

    @property
    def parts(self) -> Parts:
        """What the studio is made of."""
        parts: Parts = self.settings["storymaker"]
        return parts

    async def prepare(self) -> None:  # type: ignore[override]
        """Find out who asks. A refusal waits until the body was read: a browser hears no answer while it still sends."""
        try:
            await super().prepare()
        except web.HTTPError as error:
            broken = isinstance(error.__cause__, StorymakerError)
            self._refusal = error.__cause__ if broken else _refusal(error.status_code)  # type: ignore[assignment]

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body; what is too much, or from somebody who may not send it, is counted, not kept."""
        self._length += len(chunk)
        route = self.route
        if route is None or self._refusal is not None or (self._identity is None and not route.public):
            return
        if self._length <= route.body_max:
            self._body += chunk

    @allow_unauthenticated
    async def _serve(self, **path: str) -> None:
        self._answering = asyncio.ensure_future(self._answer(path))
        try:
            answer = await self._answering
        except asyncio.CancelledError:  # nobody is there to hear of it
            return
        except web.HTTPError as error:
            self._problem(_refusal(error.status_code))
        except StorymakerError as error:
            self._problem(error)
        except Exception:
            # The outermost edge of a request: nobody is shown a traceback.
            number = uuid4().hex[:8]
            log.exception("%s: %s broke", number, self.route.name if self.route else self.request.method)
            self._problem(StorymakerError(f"Something broke here. Please try again; the log says more under {number}."))
        else:
            self._write(answer)

    get = head = post = put = patch = delete = _serve

    def on_connection_close(self) -> None:
        """The client hung up: what waits for its turn is dropped. Changes that were asked for are made all the same."""
        super().on_connection_close()
        dropped = self.route is not None and (self.request.method in ("GET", "HEAD") or self.route.name in _DROPPED)
        if dropped and self._answering is not None:
            self._answering.cancel()

    async def _answer(self, path: dict[str, str]) -> Wire | None:
        route = self._admit()
        arguments = [*path.values(), *self._body_argument(route)]
        query = self._query(route)
        if route.name == "token":
            return await self._token(*arguments)
        if route.name == "openapi":
            return File(media_type=JSON, data=_openapi())
        if route.name == "health":
            return self.parts.families.health()
        service = self.parts.families.service(self._identity)
        if route.versioned and route.method == "GET" and await self._is_known(service, path["book_id"]):
            self.set_status(304)
            return None
        if route.takes_version and (versions := self._versions()) is not None:
            service = service.expecting(versions)
        answer: Wire | None = await getattr(service, route.name)(*arguments, **query)
        self.set_status(route.status)
        if route.name == "generate_story":
            assert isinstance(answer, StoryOrdered)
            answer = await self._waited(service, answer)
        if self.get_status() == http.HTTPStatus.ACCEPTED:
            self.set_header("Location", _progress_of(answer, arguments))
            self.set_header("Retry-After", str(_LOOK_AGAIN_SECONDS))
        return answer

    def _admit(self) -> Route:
        """The route, if there is one and the caller may use it."""
        if self._refusal is not None:
            raise self._refusal
        route = self.route
        if route is None and self.routes:
            self.set_header("Allow", ", ".join(sorted(self.routes)))
            raise _refusal(405)
        if self._identity is None and not (route and route.public):
            raise AccessError("Please sign in again.")
        if route is None:
            raise _refusal(404)
        if self._length > route.body_max:
            raise InvalidInputError(
                f"This is larger than {route.body_max_in_words}, which is the most. Please send something smaller.",
                code="too-large",
            )
        return route

    @property
    def _identity(self) -> Any:
        return getattr(self, "identity", None) if self.current_user else None

    # What is asked

    def _query(self, route: Route) -> dict[str, Any]:
        if route.query is None:
            return {}
        given = {name: self.get_query_arguments(name)[-1] for name in self.request.query_arguments}
        return dict(check_query(route.query, given))

    def _body_argument(self, route: Route) -> tuple[Any, ...]:
        if route.takes is None:
            return ()
        if not self._body.strip() and route.body_optional:
            assert isinstance(route.takes, type)
            return (route.takes(),)
        media_type = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        wanted = route.takes if isinstance(route.takes, str) else JSON
        if media_type != wanted:
            raise InvalidInputError(f"This call takes {wanted}. Please say so in its Content-Type.", code="media-type")
        if wanted == CSV:
            return (bytes(self._body),)
        if wanted == MULTIPART:
            return (self._upload(),)
        assert isinstance(route.takes, type)
        return (parse_body(route.takes, bytes(self._body)),)

    def _upload(self) -> Upload:
        files: dict[str, list[Any]] = {}
        try:
            parse_body_arguments(
                self.request.headers["Content-Type"], bytes(self._body), {}, files, self.request.headers
            )
        except HTTPInputError:
            files = {}
        if files and "photo" not in files:
            raise InvalidInputError(
                "A photo is sent as the form field “photo”, and this form has none. Please name it so.", code="upload"
            )
        photos = files.get("photo", [])
        if len(photos) != 1:
            raise InvalidInputError(
                "The photo did not arrive whole. Please choose it again, one at a time.", code="upload"
            )
        return Upload(name=str(photos[0].filename), data=photos[0].body)

    # Special answers

    async def _token(self, credentials: Credentials) -> Token:
        address = str(self.request.remote_ip)
        token, seconds = await self.parts.access.sign_in(credentials.username, credentials.password, address)
        return Token(access_token=token, expires_in=seconds)

    async def _is_known(self, service: StudioService, book_id: str) -> bool:
        known = re.findall(r'\*|"[^"]*"', self.request.headers.get("If-None-Match", ""))
        if not known:
            return False
        etag = f'"{await service.version(book_id)}"'
        self.set_header("ETag", etag)
        return etag in known or "*" in known

    def _versions(self) -> frozenset[int] | None:
        """The versions that a change is meant for, by its ``If-Match``; None is any. A weak or foreign tag matches none."""
        asked = ", ".join(self.request.headers.get_list("If-Match"))
        if not asked or asked.strip() == "*":
            return None
        return frozenset(int(tag) for tag in re.findall(r'(?<!W/)"(\d{1,18})"', asked))

    async def _waited(self, service: StudioService, ordered: StoryOrdered) -> StoryOrdered:
        """With ``Prefer: wait=<seconds>``, the finished story if it is ready by then."""
        asked = re.search(r"\bwait=(\d{1,6})\b", self.request.headers.get("Prefer", ""))
        if asked is None:
            return ordered
        until = time.monotonic() + min(float(asked[1]), _LONGEST_WAIT)
        self.set_header("Preference-Applied", f"wait={math.ceil(until - time.monotonic())}")
        while not (job := await service.job(ordered.job_id)).ended and time.monotonic() < until:  # noqa: ASYNC110 - it ends elsewhere
            await asyncio.sleep(_LOOK_SECONDS)
        if job.state != "done":
            return ordered
        self.set_status(200)
        script = await service.script(ordered.book_id)
        return ordered.model_copy(update={"script": script.data.decode("utf-8-sig")})

    # What is answered

    def _write(self, answer: Wire | None) -> None:
        if isinstance(answer, File):
            self._write_file(answer)
        elif answer is not None:
            if self.route is not None and self.route.versioned:
                self.set_header("ETag", f'"{answer.version}"')  # type: ignore[attr-defined]
            self.set_header("Content-Type", JSON)
            self.finish(answer.model_dump_json())

    def _write_file(self, file: File) -> None:
        self.set_header("Content-Type", file.media_type)
        if file.media_type.startswith("image/") and self.route is not None and self.route.name not in _PASSING:
            self.set_header("Cache-Control", _FOR_EVER)
        if file.name:
            self.set_attachment_header(file.name)
        self.finish(file.data)

    def _problem(self, error: StorymakerError) -> None:
        problem = problem_of(error)
        self.set_status(problem.status)
        if problem.status == 401:
            self.set_header("WWW-Authenticate", 'Bearer realm="Storymaker"')
        self.set_header("Content-Type", PROBLEM)
        self.finish(problem.model_dump_json(exclude_none=True))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """What tornado refuses by itself is a problem document too."""
        self._problem(_refusal(status_code))

    def compute_etag(self) -> str | None:
        """Only the shelf has an ETag of its content; a book's is its version."""
        return super().compute_etag() if self.route is not None and self.route.tagged else None


def _progress_of(answer: Wire | None, asked: Sequence[Any]) -> str:
    """Where to look how something that was only begun comes on: at its job, or at all jobs of the book that was asked for."""
    match answer, asked:
        case ((StoryOrdered(job_id=one) | JobOut(id=one)), _):
            return f"/api/jobs/{quote(one, safe='')}"
        case _, [PicturesRequest(book_id=book_id)]:
            return f"/api/jobs?book={quote(book_id, safe='')}"
    raise TypeError(f"It is not known where {type(answer).__name__} comes on.")


def _refusal(status: int) -> StorymakerError:
    """What the web server refuses, in a sentence."""
    sentence, code = _REFUSALS.get(status, ("This cannot be understood. Please reload the page and try again.", "json"))
    if status >= 500:
        return StorymakerError("Something broke here. Please try again.")
    kind = {401: AccessError, 404: NotFoundError}.get(status, InvalidInputError)
    return kind(sentence, code=code)


@functools.cache
def _openapi() -> bytes:
    return json.dumps(document()).encode()
