"""The wizard without a browser: what it sends is written down, and what a browser would send can be said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipywidgets import Widget

from storymaker.contract.values import BookOut
from storymaker.settings import Settings
from storymaker.studio.app import Studio
from storymaker.studio.backend import Visit
from storymaker.studio.backend.in_process import InProcess
from storymaker.studio.control import Control
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop


class Line(BaseComm):
    """A kernel's end of a line to a browser that is not there: it keeps what is said."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.said: list[dict[str, Any]] = []
        super().__init__(*args, **more)

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        """Keep a message."""
        self.said.append(data or {})


comm.create_comm = Line


def told(widget: Widget, kind: str | None = None) -> list[dict[str, Any]]:
    """The messages of a control to its browser, perhaps only of one type."""
    messages = [data["content"] for data in widget.comm.said if data.get("method") == "custom"]
    return [message for message in messages if kind in (None, message.get("type"))]


def say(widget: Widget, content: Any, *buffers: bytes) -> None:
    """Say something to a control as a browser does."""
    data = {"method": "custom", "content": content}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": [memoryview(part) for part in buffers]})


class Screen:
    """A studio in this process with a scripted author and a plain illustrator.

    Args:
        settings: Where its books are.
        author: Who writes.
        illustrator: Who draws.
        served: As if our server served the page.
    """

    def __init__(
        self, settings: Settings, author: ScriptedAuthor, illustrator: PlainIllustrator, *, served: bool = True
    ) -> None:
        self.author, self.illustrator = author, illustrator
        self.backend = InProcess(
            Workshop(settings=settings, authors={"scripted": author}, illustrators={"plain": illustrator})
        )
        self.visit = Visit(self.backend, served=served)
        self.studio = Studio(self.visit)
        self.shell = self.studio.shell

    def begin(self, kept: dict[str, str] | None = None, *, narrow: bool = True, **query: str) -> None:
        """A browser shows the page."""
        say(self.shell, {"type": "begin", "query": query, "kept": kept or {}, "narrow": narrow})

    @property
    def toasts(self) -> list[str]:
        """What was said in messages."""
        return [message["text"] for message in told(self.shell, "toast")]

    @property
    def book(self) -> BookOut:
        """The book in step 2, as the page knows it."""
        return self.studio.storyboard.board.book

    @property
    def cards(self) -> Control[Any]:
        """The cards of step 2."""
        return self.studio.storyboard.board.cards

    async def to_book(self, chapters: int = 3, *, draw: bool = True) -> None:
        """Make a book and open it."""
        from storymaker.contract.values import StoryRequest

        ordered = await self.backend.generate_story(StoryRequest(chapters=chapters, draw=draw))
        self.begin(book=ordered.book_id)
        await until(lambda: self.shell.state == "ready")
        say(self.cards, {"type": "mounted"})
        await until(lambda: self.book.complete if draw else self.book.drafted)

    def event(self, type_: str, n: int, **more: Any) -> None:
        """A parent does something to a page's card."""
        say(self.cards, {"type": type_, "id": self.book.pages[n].id, **more})


@asynccontextmanager
async def screen(settings: Settings, **more: Any) -> AsyncIterator[Screen]:
    """A studio for a test."""
    author, illustrator = (
        more.pop("author", None) or ScriptedAuthor(),
        more.pop("illustrator", None) or PlainIllustrator(),
    )
    shown = Screen(settings, author, illustrator, **more)
    try:
        yield shown
    finally:
        shown.studio.storyboard.leave()
        await shown.backend.close()


async def until(holds: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Let the page go on until something holds; what it is then.

    Raises:
        AssertionError: If it does not within so many seconds.
    """
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {seconds} seconds: {holds}"
        await asyncio.sleep(0.01)
    return found
