"""The doors of the studio on a port of their own: login, logout, link, and stand-ins for the page, the API and a kernel."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import requests
from argon2 import PasswordHasher
from jupyter_server.auth.decorator import allow_unauthenticated, authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.escape import url_escape
from tornado.httpserver import HTTPServer
from tornado.websocket import WebSocketHandler

from storymaker.server.access import Access
from storymaker.server.identity import SAME_SITE_SETTINGS, FamilyIdentity, KernelAuthorizer
from storymaker.server.login import enter_by_link
from storymaker.server.notices import SECURITY_HEADERS, NothingHere, show_error, static_handlers
from storymaker.server.tokens import Signer
from storymaker.server.users import UserStore
from storymaker.testing import FakeClock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Passwords in tests are no secret."""

KERNEL = "11111111-2222-3333-4444-555555555555"


@dataclass
class FakePages:
    """Knows whose each kernel is, and remembers the sessions it was told to close."""

    owners: dict[str, str] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    def owner(self, kernel_id: str) -> str | None:
        return self.owners.get(kernel_id)

    async def close_session(self, session: str) -> None:
        self.closed.append(session)


@dataclass(frozen=True)
class Doors:
    """A running server and what is behind it."""

    url: str
    home: Path
    clock: FakeClock
    users: UserStore
    signer: Signer
    access: Access
    pages: FakePages
    links_used: list[bool]
    failures: list[Any]

    @property
    def cookie(self) -> str:
        """How the session's cookie is called here."""
        return f"storymaker-session-{self.url.rpartition(':')[2]}"

    def get(self, path: str, session: requests.Session | None = None, **more: Any) -> requests.Response:
        """Ask without following redirects."""
        return (session or requests.Session()).get(self.url + path, allow_redirects=False, timeout=20, **more)

    def sign_in(
        self, name: str, password: str, *, session: requests.Session | None = None, following: str | None = None
    ) -> tuple[requests.Session, requests.Response]:
        """Fill in the form as a browser does."""
        session = session or requests.Session()
        form = {"username": name, "password": password, "_xsrf": self.xsrf(session)}
        if following is not None:
            form["next"] = following
        answer = session.post(f"{self.url}/login", data=form, allow_redirects=False, timeout=20)
        return session, answer

    def xsrf(self, session: requests.Session) -> str:
        """What the form proves itself with."""
        found = re.search(r'name="_xsrf" value="([^"]+)"', session.get(f"{self.url}/login?next=", timeout=20).text)
        return str(found[1] if found else session.cookies.get("_xsrf", "none"))

    def link(self, path: str = "/?token={}") -> tuple[requests.Session, requests.Response]:
        """Open a fresh link as a browser does."""
        session = requests.Session()
        return session, self.get(path.format(self.access.new_link()), session)


class _Page(JupyterHandler):
    @allow_unauthenticated
    async def get(self) -> None:
        if await enter_by_link(self):
            return
        if self.current_user is None:
            self.redirect(f"/login?next={url_escape(str(self.request.uri))}")
            return
        _ = self.xsrf_token
        self.finish(f"page of {self.current_user.username} called {self.identity.name!r}")  # type: ignore[attr-defined]


class _Api(JupyterHandler):
    takes_kernel_tokens = True

    @allow_unauthenticated
    def get(self) -> None:
        self.set_status(200 if self.current_user else 401)
        self.finish(self.current_user.username if self.current_user else "nobody")

    post = get


class _Kernel(JupyterHandler):
    auth_resource = "kernels"

    @web.authenticated
    @authorized
    def get(self, kernel_id: str) -> None:
        self.finish("kernel")

    @web.authenticated
    @authorized
    def delete(self, kernel_id: str) -> None:
        self.finish("gone")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish("refused")


class _Socket(WebSocketHandler, JupyterHandler):  # type: ignore[misc]
    takes_kernel_tokens = True  # a slip that must not matter

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare(_redirect_to_login=False)

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        await super().get(*args, **kwargs)

    def set_default_headers(self) -> None:
        pass


class _Broken(JupyterHandler):
    @allow_unauthenticated
    def get(self) -> None:
        from storymaker.errors import SetupError

        show_error(self, SetupError("The file /secret/place is damaged."))


@contextmanager
def opened(home: Path, clock: FakeClock, *families: str) -> Iterator[Doors]:
    """Open the doors, with families whose password is “<name>-password”."""
    users = UserStore(home, clock, CHEAP)
    for family in families:
        users.add(family, f"{family}-password")
    signer, pages, links_used, failures = Signer(home, clock), FakePages(), list[bool](), list[Any]()
    access = Access(users, signer, clock, on_link_used=lambda: links_used.append(True))
    parts = SimpleNamespace(access=access, pages=pages)
    ready, box = threading.Event(), dict[str, Any]()

    async def main() -> None:
        identity = FamilyIdentity()
        settings: dict[str, Any] = {
            "storymaker": parts,
            "identity_provider": identity,
            "authorizer": KernelAuthorizer(identity_provider=identity),
            "headers": SECURITY_HEADERS,
            "login_url": "/login",
            "xsrf_cookies": True,
            "allow_unauthenticated_access": False,
            "cookie_secret": "unused",
            "default_handler_class": NothingHere,
            "log_function": lambda handler: failures.extend([handler.request.path] * (handler.get_status() == 500)),
            **SAME_SITE_SETTINGS,
        }
        kernel = r"/api/kernels/(?P<kernel_id>[\w-]+)"
        handlers = [
            *identity.get_handlers(),
            *static_handlers(),
            (r"/", _Page),
            (r"/api/thing", _Api),
            (r"/broken", _Broken),
            (kernel, _Kernel),
            (kernel + "/channels", _Socket),
        ]
        server = HTTPServer(web.Application(cast(Any, handlers), **settings))
        server.listen(0, "127.0.0.1")
        (listener,) = cast(Any, server)._sockets.values()
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
        url = f"http://127.0.0.1:{box['port']}"
        yield Doors(url, home, clock, users, signer, access, pages, links_used, failures)
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join(20)
        access.close()
