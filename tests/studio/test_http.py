"""The line to the server, against one that drops, delays, refuses and forgets as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from storymaker.contract.problems import problem_of
from storymaker.contract.values import BookPatch, ChapterPatch, Health, PageSession, StoryRequest, Upload
from storymaker.errors import (
    AccessError,
    InvalidInputError,
    NotFoundError,
    PhotoError,
    ScriptError,
    StorageError,
    StorymakerError,
    UnreachableError,
)
from storymaker.studio.backend import http, line
from storymaker.studio.backend.http import Http
from tests.loops import in_loop

SESSION = {"access_token": "t", "expires_in": 900, "ticket": "", "query": "", "user": ""}

Answer = Callable[[web.RequestHandler], None]

HEALTH = {"status": "ok", "worker": "up", "version": "1"}
BRIEF = {"title": "", "chapters": 1}
PAGE = {
    "title": "", "text": "", "image_prompt": "", "alt": "", "scene": "", "locked": False, "state": "missing", "picture": None,
}  # fmt: skip


def book(book_id: str, version: int = 1) -> dict[str, Any]:
    """A small book as JSON."""
    day = "2026-01-01T00:00:00Z"
    return {
        "id": book_id, "version": version, "created": day, "updated": day, "title": f"Version {version}", "dedication": "",
        "summary": "", "brief": BRIEF, "heroes": [], "friend": None, "cover": PAGE | {"id": f"{book_id}.cover", "n": 0},
        "chapters": [], "drafted": False, "complete": False, "spent_usd": 0,
    }  # fmt: skip


class Server:
    """Answers as scripted, by method and path, and writes down what came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.answers: dict[tuple[str, str], list[Answer]] = {}
        self.tickets: list[str] = []
        self.url = ""

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Give these answers one after the other, the last one for ever."""
        self.answers[method, path] = list(answers)

    def serve(self, handler: web.RequestHandler) -> None:
        """Write down a request and answer it."""
        request = handler.request
        where = (str(request.method), str(request.uri))
        if request.path == "/studio/session":
            self.tickets.append(json.loads(request.body)["ticket"])
        else:
            self.came.append(where)
            self.headers.append(dict(request.headers))
            self.bodies.append(request.body)
        answers = self.answers[where]
        (answers.pop(0) if len(answers) > 1 else answers[0])(handler)


def says(value: Any, **headers: str) -> Answer:
    """JSON."""

    def answer(handler: web.RequestHandler) -> None:
        for name, text in headers.items():
            handler.set_header(name.replace("_", "-"), text)
        handler.finish(json.dumps(value))

    return answer


def refuses(error: StorymakerError) -> Answer:
    """A problem document."""

    def answer(handler: web.RequestHandler) -> None:
        problem = problem_of(error)
        handler.set_status(problem.status)
        handler.set_header("Content-Type", "application/problem+json")
        handler.finish(problem.model_dump_json())

    return answer


def unchanged(handler: web.RequestHandler) -> None:
    """The caller's copy is still true."""
    handler.set_status(304)
    handler.finish()


def drops(handler: web.RequestHandler) -> None:
    """No answer at all: the connection ends."""
    handler.request.connection.stream.close()  # type: ignore[union-attr]


def gives_session(n: int, seconds: int = 900) -> Answer:
    """The n-th token, with the next ticket."""
    return says(
        {"access_token": f"token-{n}", "expires_in": seconds, "ticket": f"ticket-{n}", "query": "", "user": "Kim"}
    )


class Seconds:
    """Seconds that only pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@asynccontextmanager
async def talking(
    *, ticket: str = "ticket-0", clock: Callable[[], float] | None = None
) -> AsyncIterator[tuple[Http, Server]]:
    """A backend and the server it talks to."""
    server = Server()

    class Handler(web.RequestHandler):
        def prepare(self) -> None:
            server.serve(self)
            self._auto_finish = False

        def get(self) -> None:
            """Answered."""

        post = put = patch = delete = get

        def compute_etag(self) -> None:
            return None

    listener, port = bind_unused_port()
    served = HTTPServer(web.Application([(".*", Handler)], log_function=lambda _: None))
    served.add_socket(listener)
    server.url = f"http://127.0.0.1:{port}"
    session = PageSession(access_token="token-0", expires_in=900, ticket=ticket, query="", user="Kim")
    backend = Http(server.url, session, **({"clock": clock} if clock else {}))
    try:
        yield backend, server
    finally:
        await backend.close()
        served.stop()
        await served.close_all_connections()


@in_loop
async def test_a_token_is_renewed_before_it_ends() -> None:
    """The rotating ticket brings the next token, and with it comes the next ticket; each is shown once."""
    clock = Seconds()
    async with talking(clock=clock) as (backend, server):
        server.on("POST", "/studio/session", gives_session(1), gives_session(2))
        server.on("GET", "/api/health", says(HEALTH))
        for now in (0, 839, 841, 1000, 1690):
            clock.now = now
            await backend.health()
        assert [headers["Authorization"] for headers in server.headers] == [
            "Bearer token-0", "Bearer token-0", "Bearer token-1", "Bearer token-1", "Bearer token-2",
        ]  # fmt: skip
        assert server.tickets == ["ticket-0", "ticket-1"]


@in_loop
async def test_without_a_ticket_the_token_is_all_there_is() -> None:
    """A program that brought its own token is not renewed behind its back."""
    clock = Seconds()
    async with talking(ticket="", clock=clock) as (backend, server):
        server.on("GET", "/api/health", says(HEALTH))
        clock.now = 10_000
        await backend.health()
        assert server.headers[0]["Authorization"] == "Bearer token-0"
        assert server.tickets == []


@in_loop
async def test_a_refused_token_is_renewed_once_for_all_who_wait() -> None:
    """Whatever was refused is sent again with the new token: nothing had been done for the old one."""
    async with talking() as (backend, server):
        server.on("POST", "/studio/session", gives_session(1))
        refused = refuses(AccessError("Please sign in again."))

        def answer(handler: web.RequestHandler) -> None:
            fresh = handler.request.headers["Authorization"] == "Bearer token-1"
            (says(book("b1")) if fresh else refused)(handler)

        server.on("PATCH", "/api/books/b1", answer)
        patches = [backend.patch_book("b1", BookPatch(title=str(n))) for n in range(3)]
        assert {answer.id for answer in await asyncio.gather(*patches)} == {"b1"}
        assert server.tickets == ["ticket-0"]
        assert len(server.came) == 6


@in_loop
async def test_who_stays_refused_is_told_so() -> None:
    """A new token that is refused too, a ticket that is not known, and no ticket at all end in the same error."""
    for ticket, session, sent in (
        ("ticket-0", gives_session(1), 2),
        ("ticket-0", refuses(AccessError("This page has expired.")), 1),
        ("", drops, 1),
    ):
        async with talking(ticket=ticket) as (backend, server):
            server.on("POST", "/studio/session", session)
            server.on("GET", "/api/books", refuses(AccessError("Please sign in again.")))
            with pytest.raises(AccessError):
                await backend.shelf()
            assert len(server.came) == sent


@in_loop
async def test_only_reading_is_repeated_when_the_connection_drops() -> None:
    """A GET is asked once more; what changes something is sent once, for it may have been done."""
    async with talking() as (backend, server):
        server.on("GET", "/api/health", drops, says(HEALTH))
        assert await backend.health() == Health.model_validate(HEALTH)
        server.on("GET", "/api/books", drops)
        with pytest.raises(UnreachableError, match="does not answer"):
            await backend.shelf()
        server.on("POST", "/api/studio/generate_story", drops)
        with pytest.raises(UnreachableError):
            await backend.generate_story(StoryRequest())
        assert [where[1] for where in server.came] == [
            "/api/health", "/api/health", "/api/books", "/api/books", "/api/studio/generate_story",
        ]  # fmt: skip


@in_loop
async def test_an_order_with_a_key_is_repeated_once() -> None:
    """The key makes the second a question after the first; what is dropped twice is not asked a third time."""
    ordered = {"job_id": "b1.story.1", "book_id": "b1"}
    async with talking() as (backend, server):
        server.on("POST", "/api/studio/generate_story", drops, says(ordered))
        assert (await backend.generate_story(StoryRequest(key="k1"))).book_id == "b1"
        assert [json.loads(body) for body in server.bodies] == [{"key": "k1"}] * 2
        server.on("POST", "/api/studio/generate_story", drops)
        with pytest.raises(UnreachableError):
            await backend.generate_story(StoryRequest(key="k1"))
        assert len(server.came) == 4


@in_loop
async def test_nobody_there_is_a_sentence() -> None:
    """A refused connection is no traceback."""
    async with talking() as (backend, server):
        listener, port = bind_unused_port()
        listener.close()
        nowhere = Http(f"http://127.0.0.1:{port}", PageSession.model_validate(SESSION))
        with pytest.raises(UnreachableError, match="Your work is saved"):
            await nowhere.shelf()
        await nowhere.close()
        assert server.came == [] and backend is not None


@in_loop
async def test_an_answer_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a call ends, and it is not sent again."""
    monkeypatch.setattr(http, "_QUICK_SECONDS", 0.2)
    async with talking() as (backend, server):
        server.on("GET", "/api/books", lambda handler: None)
        with pytest.raises(UnreachableError):
            await backend.shelf()
        assert len(server.came) == 1


@in_loop
async def test_an_answer_that_breaks_off_or_is_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a book and a flood end alike."""
    monkeypatch.setattr(line, "_ANSWER_MAX", 10_000)

    def half(handler: web.RequestHandler) -> None:
        handler.set_header("Content-Length", "1000")
        handler.write(b"{")
        handler.flush()
        handler.request.connection.stream.close()  # type: ignore[union-attr]

    async with talking() as (backend, server):
        for answer in (half, says("x" * 20_000)):
            server.on("GET", "/api/books", answer)
            with pytest.raises(UnreachableError):
                await backend.shelf()


@in_loop
async def test_a_book_that_did_not_change_is_not_sent_again() -> None:
    """The version that was seen is named, and 304 brings the copy; also the one that an edit brought."""
    async with talking() as (backend, server):
        server.on("GET", "/api/books/b1", says(book("b1", 1), ETag='"1"'), unchanged)
        first = await backend.book("b1")
        assert await backend.book("b1") is first
        server.on("PATCH", "/api/books/b1", says(book("b1", 2), ETag='"2"'))
        edited = await backend.patch_book("b1", BookPatch(title="New"))
        assert await backend.book("b1") is edited
        assert [headers.get("If-None-Match") for headers in server.headers] == [None, '"1"', None, '"2"']


@in_loop
async def test_only_a_few_books_are_kept() -> None:
    """The book that was asked for longest ago is forgotten first."""
    async with talking() as (backend, server):
        for n in range(9):
            server.on("GET", f"/api/books/b{n}", says(book(f"b{n}"), ETag='"1"'))
        for n in (0, 1, 2, 3, 4, 5, 6, 7, 0, 8, 0, 1):
            await backend.book(f"b{n}")
        assert server.headers[-2]["If-None-Match"] == '"1"'
        assert "If-None-Match" not in server.headers[-1]


@in_loop
async def test_an_id_stays_one_piece_of_the_path() -> None:
    """Whatever somebody puts into an id reaches no other route."""
    async with talking() as (backend, server):
        for text, quoted in (
            ("../trash", "..%2Ftrash"),
            ("a b?x=1#y", "a%20b%3Fx%3D1%23y"),
            ("ä\r\nHost: x", "%C3%A4%0D%0AHost%3A%20x"),
            ("\ud800", "%3F"),
        ):
            server.on("GET", f"/api/books/{quoted}", refuses(NotFoundError("There is no such book.")))
            with pytest.raises(NotFoundError):
                await backend.book(text)
        server.on("GET", "/api/studio?hero=Anna+%26+B%C3%A4r&child=", says({}))
        with pytest.raises(StorymakerError):
            await backend.studio(hero="Anna & Bär")


@in_loop
async def test_a_patch_says_only_what_was_set() -> None:
    """What is left out stays as it is; what is sent names what it started from."""
    async with talking() as (backend, server):
        server.on("PATCH", "/api/chapters/b1.c1", says(book("b1")))
        await backend.patch_chapter("b1.c1", ChapterPatch(text="New.", base={"text": "Old."}))
        assert json.loads(server.bodies[0]) == {"text": "New.", "base": {"text": "Old."}}
        assert server.headers[0]["Content-Type"] == "application/json"


@in_loop
async def test_what_is_too_large_is_not_even_sent() -> None:
    """A 40 MB photo and a script as large are refused in the words for them, and so is any other flood."""
    async with talking() as (backend, server):
        flood = b"x" * (40 * 2**20)
        with pytest.raises(PhotoError, match="40 MB") as photo:
            await backend.add_photo("c1", Upload(name="teddy.jpg", data=flood))
        assert photo.value.code == "photo-too-large"
        with pytest.raises(ScriptError):
            await backend.put_script("b1", flood)
        with pytest.raises(InvalidInputError, match="1 MB"):
            await backend.patch_chapter("b1.c1", ChapterPatch(text="x" * 2**21))
        assert server.came == []


@in_loop
async def test_answers_that_are_none_of_ours_are_a_sentence() -> None:
    """A page of HTML, a redirect, JSON of another kind, a broken problem document; no redirect is followed."""

    def page(status: int, **headers: str) -> Answer:
        def answer(handler: web.RequestHandler) -> None:
            handler.set_status(status)
            for name, text in headers.items():
                handler.set_header(name, text)
            handler.finish("<html><script>secret</script></html>")

        return answer

    async with talking() as (backend, server):
        for answer in (page(200), page(500), page(302, Location="/elsewhere"), page(304), says({"books": 1}), says([])):
            server.on("GET", "/api/books", answer)
            with pytest.raises(StorymakerError) as error:
                await backend.shelf()
            assert type(error.value) is StorymakerError and "secret" not in error.value.message
        server.on("DELETE", "/api/trash/b1", page(302, Location="/elsewhere"))
        with pytest.raises(StorymakerError):
            await backend.purge_book("b1")
        server.on("GET", "/api/books/b1/images/x.png", page(200))
        with pytest.raises(StorymakerError):
            await backend.picture("b1", "x.png")
        assert "/elsewhere" not in [uri for _, uri in server.came]


@in_loop
async def test_a_problem_keeps_its_kind() -> None:
    """A full disk over there is a full disk here, sentence and code and all."""
    async with talking() as (backend, server):
        server.on("PATCH", "/api/books/b1", refuses(StorageError("The disk is full.", code="full")))
        with pytest.raises(StorageError, match="The disk is full") as error:
            await backend.patch_book("b1", BookPatch(title="x"))
        assert error.value.code == "full"
