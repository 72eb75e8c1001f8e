"""The HTTP API on a port of its own, in a thread: everything real but the page, its kernels and the worker's process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import requests
from argon2 import PasswordHasher
from tornado.httpserver import HTTPServer
from tornado.web import Application

from storymaker.server import api
from storymaker.server.access import Access
from storymaker.server.families import Families
from storymaker.server.identity import FamilyIdentity
from storymaker.server.pages import OpenPages
from storymaker.server.parts import Parts
from storymaker.server.tokens import Signer
from storymaker.server.users import UserStore
from storymaker.server.worker import WorkerProcess
from storymaker.workshop import Workshop

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Passwords in tests are no secret."""


@dataclass(frozen=True)
class Served:
    """A server that runs.

    Attributes:
        url: Where.
        access: Its rules.
        users: Its users.
        workshop: Its workshop, over the root shelf.
    """

    url: str
    access: Access
    users: UserStore
    workshop: Workshop

    def local(self) -> str:
        """A token for the one family of a studio without users."""
        return self.access.redeem(self.access.new_link()).token

    def family(self, name: str) -> str:
        """A token for a family that is added if need be."""
        if self.users.find(name) is None:
            self.users.add(name, f"{name}-password")
        answer = requests.post(
            f"{self.url}/api/token", json={"username": name, "password": f"{name}-password"}, timeout=20
        )
        return str(answer.json()["access_token"])

    def caller(self, token: str | None) -> requests.Session:
        """Somebody who shows this token with every call."""
        session = requests.Session()
        if token is not None:
            session.headers["Authorization"] = f"Bearer {token}"
        return session


@contextmanager
def served(workshop: Workshop, home: Path) -> Iterator[Served]:
    """Serve a workshop until the end of the block."""
    users = UserStore(home, hasher=CHEAP)
    access = Access(users, Signer(home))
    families = Families(workshop, lambda: "up")
    parts = Parts(access, families, cast(OpenPages, NoPages()), cast(WorkerProcess, None))
    ready, box = threading.Event(), dict[str, Any]()

    async def main() -> None:
        app = Application(api.handlers(), **settings(parts))
        server = HTTPServer(app, max_body_size=100 * 1024 * 1024)
        server.listen(0, "127.0.0.1")
        (listener, *_) = server._sockets.values()
        stop = asyncio.Event()
        box.update(loop=asyncio.get_running_loop(), stop=stop, port=listener.getsockname()[1])
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        assert ready.wait(20)
        yield Served(f"http://127.0.0.1:{box['port']}", access, users, workshop)
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join(20)
        access.close()


class NoPages:
    """No page is open."""

    def owner(self, kernel_id: str) -> str | None:
        """Nobody's."""
        return None


def settings(parts: Parts) -> dict[str, Any]:
    """What the web application is told, as the studio does it."""
    return {
        "storymaker": parts,
        "identity_provider": FamilyIdentity(),
        "base_url": "/",
        "allow_unauthenticated_access": False,
        "xsrf_cookies": True,
        "cookie_secret": b"in tests, no secret at all" * 2,
        "log_function": lambda handler: None,
    }
