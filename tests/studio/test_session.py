"""How a kernel learns whom it serves, and which backend a page is given."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from storymaker.contract.page import SERVER_VARIABLE, TICKET_VARIABLE
from storymaker.contract.problems import problem_of
from storymaker.errors import AccessError, StorymakerError, UnreachableError
from storymaker.studio.backend import Visit, connect
from storymaker.studio.backend.http import Http
from storymaker.studio.backend.session import wait_for_visitor

SESSION = json.dumps(
    {"access_token": "t", "expires_in": 900, "ticket": "next", "query": "book=b1&x=%3Cb%3E", "user": "Kim & Co"}
).encode()
UNKNOWN = problem_of(AccessError("This page has expired. Please reload it.")).model_dump_json().encode()


@contextmanager
def server(*answers: tuple[int, bytes]) -> Iterator[tuple[str, list[str]]]:
    """A server that answers tickets like this, one after the other; 0 is no answer. Gives its address and what was shown."""
    left, shown = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/studio/session"
            shown.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["ticket"])
            status, body = left.pop(0)
            if status:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Quiet."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", shown
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


class Time:
    """Passes only while somebody pauses."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        """Seconds."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Let them pass."""
        self.now += seconds


def test_a_kernel_waits_until_somebody_comes() -> None:
    """The same ticket is shown again while nobody is there, also over a dropped connection."""
    time = Time()
    with server((204, b""), (0, b""), (204, b""), (200, SESSION)) as (url, shown):
        session = wait_for_visitor(url, "mine", clock=time.clock, pause=time.pause)
    assert (session.ticket, session.user) == ("next", "Kim & Co")
    assert shown == ["mine"] * 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, UNKNOWN), AccessError),
        ((401, b"<html>"), AccessError),
        ((500, b"<html>"), StorymakerError),
        ((200, b"{}"), StorymakerError),
    ],
)
def test_a_ticket_that_is_not_good_is_told(answer: tuple[int, bytes], error: type[StorymakerError]) -> None:
    """It is not shown again, and the page says what to do."""
    with server(answer) as (url, shown), pytest.raises(error, match="reload") as raised:
        wait_for_visitor(url, "stale")
    assert type(raised.value) is error
    assert shown == ["stale"]


def test_a_kernel_gives_up_when_the_server_is_gone() -> None:
    """A while after the last sign of life: one that just starts may take as long."""
    time = Time()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can answer here
        with pytest.raises(UnreachableError):
            wait_for_visitor(f"http://127.0.0.1:{taken.getsockname()[1]}", "mine", clock=time.clock, pause=time.pause)
    assert 20 < time.now < 25


def test_under_the_server_the_page_speaks_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticket and address leave the environment before anything else happens; the query is the visitor's own."""
    monkeypatch.setenv("QUERY_STRING", "book=of-somebody-else")
    with server((200, SESSION)) as (url, _):
        env = {SERVER_VARIABLE: url, TICKET_VARIABLE: "mine", "HOME": "/home/kim"}
        visit = connect(env)
    assert env == {"HOME": "/home/kim"}
    assert isinstance(visit.backend, Http) and visit.served
    assert (visit.query, visit.user) == ({"book": "b1", "x": "<b>"}, "Kim & Co")


def test_a_failed_visit_leaves_no_ticket_behind() -> None:
    """Also when the server does not know it."""
    with server((401, UNKNOWN)) as (url, _):
        env = {SERVER_VARIABLE: url, TICKET_VARIABLE: "mine"}
        with pytest.raises(AccessError):
            connect(env)
    assert env == {}


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Visit]:
    """Connects without a server, and without building a workshop."""
    from storymaker.studio.backend import in_process

    monkeypatch.setattr(in_process, "shared", lambda: "a workshop")
    return connect


def test_without_a_server_the_workshop_is_here(local: Callable[[dict[str, str]], Visit]) -> None:
    """Plain Voila passes the query on; in JupyterLab a variable of that name is none of ours."""
    voila = {"SERVER_SOFTWARE": "voila/0.5.13", "QUERY_STRING": "book=b1&book=b2"}
    assert local(dict(voila)) == Visit("a workshop", {"book": "b2"})  # type: ignore[arg-type]
    assert local({"QUERY_STRING": "book=b1"}).query == {}
    assert local(voila | {"QUERY_STRING": "&".join(f"a{n}=1" for n in range(99))}).query == {}
    assert not local({}).served


def test_an_address_without_a_ticket_is_no_server(local: Callable[[dict[str, str]], Visit]) -> None:
    """Half of what the server gives is not taken for the whole."""
    env = {SERVER_VARIABLE: "http://127.0.0.1:1"}
    assert not local(env).served
    assert env == {}


def test_a_page_loads_nothing_heavy(tmp_path: Path) -> None:
    """A kernel under the server holds no job engine, no provider, no drawing, no server, no data frames."""
    code = (
        "import sys; import storymaker.studio.app, storymaker.studio.backend.http, storymaker.studio.backend.session;"
        "heavy = {'dbos', 'sqlalchemy', 'openai', 'cv2', 'PIL', 'numpy', 'typst', 'voila', 'pandas', 'jupyter_server',"
        " 'storymaker.workshop', 'storymaker.service'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "[]"
