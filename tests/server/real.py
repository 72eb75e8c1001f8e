"""The whole studio as a parent starts it: a process with its worker, its kernels, and whoever visits."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
from argon2 import PasswordHasher
from websockets.sync.client import ClientConnection, connect

from storymaker.server.users import User, UserStore

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Passwords in tests are no secret."""
PASSWORD = "a-password-of-tests"
_KERNEL = re.compile(r'"kernelId": "([0-9a-f-]{36})"')


def until(holds: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Look again and again until something holds; what it is then.

    Raises:
        AssertionError: If it does not within so many seconds.
    """
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds} seconds: {holds}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Visit:
    """A page somebody opened.

    Attributes:
        session: The browser's cookies.
        html: The page.
        kernel: Its kernel.
    """

    session: requests.Session
    html: str
    kernel: str


@dataclass
class Studio:
    """A studio that runs.

    Attributes:
        process: Its process.
        folder: Where ``home``, ``books`` and its output are.
        link: As it printed it.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    link: str = ""
    _sessions: dict[str, requests.Session] = field(default_factory=dict)
    _wires: dict[str, ClientConnection] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it is, without slash."""
        return self.link.partition("/?")[0].rstrip("/")

    @property
    def printed(self) -> list[str]:
        """What it told the person at the terminal."""
        return (self.folder / "out.txt").read_text().splitlines()

    @property
    def log(self) -> str:
        """What it complained of."""
        return (self.folder / "err.txt").read_text()

    # Visitors

    def local(self) -> requests.Session:
        """The browser of the one family of a studio without users; the same each time."""
        if "" not in self._sessions:
            session = requests.Session()
            session.get(self.fresh_link(), timeout=20, allow_redirects=False)
            self._sessions[""] = session
        return self._sessions[""]

    def fresh_link(self) -> str:
        """The latest link that it printed."""
        return next(line.partition(": ")[2] for line in reversed(self.printed) if "token=" in line)

    def add_user(self, name: str) -> User:
        """Let a family sign in."""
        return UserStore(self.folder / "home", hasher=CHEAP).add(name, PASSWORD)

    def remove_user(self, name: str) -> None:
        """Let a family sign in no more."""
        UserStore(self.folder / "home", hasher=CHEAP).remove(name)

    def family(self, name: str) -> requests.Session:
        """The browser of a family that signed in; a new one each time."""
        session = requests.Session()
        form = session.get(f"{self.url}/login", timeout=20).text
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', form)
        assert xsrf
        session.post(
            f"{self.url}/login", data={"username": name, "password": PASSWORD, "_xsrf": xsrf[1]}, timeout=20,
            allow_redirects=False,
        )  # fmt: skip
        return session

    def get(self, path: str, session: requests.Session | None = None, **more: Any) -> requests.Response:
        """Ask without following redirects."""
        asker = session or requests.Session()
        return asker.get(self.url + path, allow_redirects=False, timeout=60, **more)

    def visit(self, session: requests.Session, query: str = "") -> Visit:
        """Open the page."""
        answer = self.get(f"/{query}", session)
        assert answer.status_code == 200, answer.text
        kernel = _KERNEL.search(answer.text)
        assert kernel
        return Visit(session, answer.text, kernel[1])

    def leave(self, visit: Visit) -> requests.Response:
        """Close the page as a browser does, with its goodbye."""
        return visit.session.post(
            f"{self.url}/voila/api/shutdown/{visit.kernel}",
            data={"_xsrf": visit.session.cookies.get("_xsrf", "")},
            timeout=20,
        )

    def lives(self, visit: Visit) -> bool:
        """Whether the page's kernel is still there."""
        return self.get(f"/api/kernels/{visit.kernel}", visit.session).status_code == 200

    def connect(
        self, session: requests.Session, kernel: str, *, origin: str | None = None, name: str = "test", **headers: str
    ) -> ClientConnection:
        """Connect to a kernel as a page's scripts do; of two connections of one name, the second takes the first's place."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
        return connect(
            f"{self.url.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels?session_id={name}",
            origin=origin,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies, **headers},
            max_size=None,
            max_queue=None,  # a queue that is full would keep it from hearing the goodbye
            open_timeout=30,
        )

    @contextmanager
    def tab(self, session: requests.Session) -> Iterator[Visit]:
        """A page with its scripts connected, which says goodbye at the end of the block."""
        opened = self.visit(session)
        with self.connect(session, opened.kernel) as self._wires[opened.kernel]:
            try:
                yield opened
            finally:
                self.leave(opened)

    def lose(self, visit: Visit) -> None:
        """A tab's browser is gone without a word."""
        self._wires[visit.kernel].socket.shutdown(socket.SHUT_RDWR)

    # Books

    @property
    def shelf(self) -> Path:
        """Where its books are."""
        return self.folder / "books"

    def begin_book(self) -> str:
        """Begin a book of eleven pictures with the paper studio, without the page; its id."""
        family = self.local()
        if "_xsrf" not in family.cookies:  # the cookie that changes need comes with a visit
            self.leave(self.visit(family))
        made = family.post(
            f"{self.url}/api/studio/generate_story",
            json={"arc": "yawn", "seed": 7, "draw": True},
            headers={"X-XSRFToken": str(family.cookies["_xsrf"])},
            timeout=60,
        )
        assert made.status_code == 202, made.text
        return str(made.json()["book_id"])

    # Processes

    def children(self) -> list[psutil.Process]:
        """All processes that it started, and those that they started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return [child for child in psutil.Process(self.process.pid).children(recursive=True) if _runs(child)]
        return []

    def kernels(self) -> dict[str, psutil.Process]:
        """The processes of kernels, by kernel."""
        found = {}
        for child in self.children():
            with contextlib.suppress(psutil.Error):
                named = re.search(r"kernel-([0-9a-f-]{36})\.json", " ".join(child.cmdline()))
                if named:
                    found[named[1]] = child
        return found

    def worker(self) -> psutil.Process | None:
        """The process that runs jobs, if it is there."""
        for child in self.children():
            with contextlib.suppress(psutil.Error):
                if "--until-eof" in child.cmdline():
                    return child
        return None

    def health(self) -> dict[str, str]:
        """What it says of itself."""
        told: dict[str, str] = self.get("/api/health").json()
        return told

    def stop(self) -> None:
        """As the system stops it, if it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
                raise


@contextmanager
def studio(folder: Path, *options: str, **settings: str) -> Iterator[Studio]:
    """Start one, on a free port; stop it at the end of the block.

    Args:
        folder: For all its files; a test that ran before may have filled it.
        options: For the command line.
        settings: For its environment.
    """
    started = start(folder, *options, **settings)
    try:
        yield started
    finally:
        started.stop()


def start(folder: Path, *options: str, **settings: str) -> Studio:
    """Start one and wait for its link."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("STORYMAKER_", "COV"))}
    environment |= {"STORYMAKER_HOME": str(folder / "home"), "STORYMAKER_BOOKS": str(folder / "books")} | settings
    with (folder / "out.txt").open("wb") as out, (folder / "err.txt").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "storymaker", "studio", "--port", "0", "--no-browser", *options],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder, env=environment,
        )  # fmt: skip
    made = Studio(process, folder)
    until(lambda: made.printed or process.poll() is not None, 60)
    assert process.poll() is None, made.log
    made.link = made.printed[0].partition(": ")[2]
    return made


def settled_files(started: Studio) -> int:
    """How many files the studio holds open when one kernel waits, and for a second nothing has changed."""
    seen: list[tuple[int, ...]] = []

    def look() -> int | None:
        seen.append((len(started.kernels()), psutil.Process(started.process.pid).num_fds()))
        time.sleep(0.1)
        return seen[-1][1] if len(seen) > 10 and set(seen[-10:]) == {(1, seen[-1][1])} else None

    return int(until(look, 60))


def _runs(process: psutil.Process) -> bool:
    return bool(process.status() != psutil.STATUS_ZOMBIE)


def kill(process: psutil.Process) -> None:
    """As hard as the system can."""
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
