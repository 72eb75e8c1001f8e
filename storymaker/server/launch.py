"""The studio from its start to its end, with as much as can be done at once done at once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from storymaker.server.access import Access
from storymaker.server.address import Address
from storymaker.server.logs import keep_secrets_out
from storymaker.server.tokens import Signer
from storymaker.server.users import UserStore
from storymaker.server.worker import WorkerProcess
from storymaker.settings import Settings, private_folder
from storymaker.waiting import announced

if TYPE_CHECKING:
    from storymaker.server.app import StoryStudio

_GRAMMAR: Final = "rfc3987_syntax"
_SLOW_START: Final = (
    "The Story Studio is not up yet: it loads what serves pages, which the first start, a slow disk or a virus scanner can make long. "
    "It goes on by itself."
)
_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def launch(settings: Settings, address: Address, *, browser: bool, announce: Callable[[str], None]) -> None:
    """Run the studio until it is stopped.

    Args:
        settings: Of the studio.
        address: Where it listens.
        browser: Whether to open its page.
        announce: Tells the person at the terminal something.

    Raises:
        SetupError: If it cannot start here.
    """
    keep_secrets_out()
    home = private_folder(settings.home.expanduser())
    users = UserStore(home)
    address.check(has_users=bool(users.all()))
    address.tls()
    access = Access(users, Signer(home))
    sockets = address.bind()
    try:
        asyncio.run(_run(settings, address, access, sockets, browser=browser, announce=announce))
    finally:
        for each in sockets:
            each.close()


async def _run(
    settings: Settings,
    address: Address,
    access: Access,
    sockets: list[socket.socket],
    *,
    browser: bool,
    announce: Callable[[str], None],
) -> None:
    stopped = _stop_signal()
    worker = WorkerProcess(settings)
    worker.start()  # it gets up while we import what serves pages
    try:
        with announced(_SLOW_START):
            studio_class = await asyncio.to_thread(_import_studio)
            studio = studio_class(settings, address, access, worker)
    except BaseException:
        await worker.stop()
        raise
    try:
        await studio.open(sockets)
        url = address.url(sockets[0].getsockname()[1])
        link = _link(access, url)
        announce(f"Story Studio: {link}")
        access.on_link_used = lambda: announce(f"For another browser: {_link(access, url)}")
        if browser and _has_display(os.environ):
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
        await stopped.wait()
    finally:
        await studio.close()


def _import_studio() -> type[StoryStudio]:
    """Voila and all it needs, in a thread: about a second.

    Without the grammar of international addresses, which jsonschema builds at import if it can and nobody here asks for,
    it is twice as quick.
    """
    modules: dict[str, Any] = sys.modules
    hidden = modules.setdefault(_GRAMMAR, None)  # a module that is None cannot be imported
    try:
        from storymaker.server.app import StoryStudio
    finally:
        if hidden is None:
            del modules[_GRAMMAR]
    return StoryStudio


def _link(access: Access, url: str) -> str:
    """The address to open; in a studio without users, with a token that is good once."""
    return f"{url}/?token={access.new_link()}" if access.open_house else f"{url}/"


def _stop_signal() -> asyncio.Event:
    """Set when the studio is asked to stop: by Ctrl-C, by the system, by a terminal that is closed."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
    return stopped


def _has_display(environ: Mapping[str, str]) -> bool:
    """Whether a browser that opens would be seen by somebody."""
    if environ.get("CI"):
        return False
    return sys.platform in ("win32", "darwin") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
