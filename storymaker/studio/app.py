"""The plain page: the shelf as a list, and one button that makes a book."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Coroutine
from importlib.resources import files
from typing import Any, Final, TypeVar
from urllib.parse import quote

import ipywidgets as widgets

from storymaker.books.model import clean_name, short_id
from storymaker.contract.values import ExportRequest, StoryRequest
from storymaker.errors import InvalidInputError, StorymakerError, UnreachableError
from storymaker.studio.backend import Visit, connect
from storymaker.studio.markup import LOADING, READY, alert, book_panel, heading, shelf_list

T = TypeVar("T")

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.4
_PATIENCE: Final = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two tries while the studio does not answer, for it may be starting anew."""


def show() -> widgets.Widget:
    """The page, as the last word of a notebook's cell."""
    try:
        visit = connect()
    except StorymakerError as error:
        return _boxed(widgets.HTML(heading("")), widgets.HTML(alert(error.message)), widgets.HTML(READY))
    page = Page(visit)
    page.open()
    return page.box


class Page:
    """What a visitor sees, and what happens when they do something; to be made where an event loop runs.

    Args:
        visit: Who came, and whom to ask.
        pause: Waits so many seconds.
    """

    def __init__(self, visit: Visit, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._visit, self._backend, self._pause = visit, visit.backend, pause
        # JupyterLab hands clicks to another thread, with a loop of its own: all work is done on this one.
        self._loop = asyncio.get_running_loop()
        self._ordering, self._followed = False, ""
        self.ready = widgets.HTML(LOADING)
        self.alert = widgets.HTML(alert(""))
        self.name = widgets.Text(description="Who is the hero?", placeholder="for example, Bramble")
        self.make = widgets.Button(description="Make a book", button_style="primary")
        self.book = widgets.HTML()
        self.shelf = widgets.HTML()
        self.make.on_click(lambda _: self._do(self._make()))
        form = widgets.Box([self.name, self.make])
        form.add_class("sm-form")
        self.box = _boxed(
            widgets.HTML(heading(visit.user)), self.alert, form, self.book, widgets.HTML("<h2>On the shelf</h2>"),
            self.shelf, self.ready,
        )  # fmt: skip

    def open(self) -> None:
        """Begin to show what there is."""
        self._do(self._open())

    # What happens

    async def _open(self) -> None:
        try:
            await self._show_shelf()
        finally:
            self.ready.value = READY
        if book_id := self._visit.query.get("book"):
            await self._follow(book_id)

    async def _make(self) -> None:
        if self._ordering:  # a browser may send what nobody could click, and say that the button is on
            return
        self._ordering = self.make.disabled = True
        try:
            hero = clean_name(self.name.value, what="hero's name")
            if not hero:
                raise InvalidInputError("The hero needs a name. Please type one.")
            ordered = await self._backend.generate_story(StoryRequest(hero_name=hero, draw=True))
            self.alert.value = alert("")
            self.name.value = ""
        finally:
            self._ordering = self.make.disabled = False
        await self._follow(ordered.book_id)

    async def _show_shelf(self) -> None:
        shelf = await self._patiently(self._backend.shelf)
        self.shelf.value = shelf_list(shelf, linked=self._visit.served)

    async def _follow(self, book_id: str) -> None:
        """Show a book while it is being made, then stop: a page that goes on asking would never be cleared away."""
        self._followed = book_id
        while True:
            jobs = (await self._patiently(lambda: self._backend.jobs(book_id))).jobs
            book = await self._patiently(lambda: self._backend.book(book_id))
            ended = all(job.ended for job in jobs)
            await self._show_book(book_id, book_panel(book, jobs))
            if ended and book.complete:
                await self._show_book(book_id, book_panel(book, jobs, await self._printed(book_id)))
            if ended or self._followed != book_id:
                return
            await self._pause(_LOOK_SECONDS)

    async def _show_book(self, book_id: str, panel: str) -> None:
        """Show how far a book is, unless another was begun meanwhile; the shelf counts along."""
        if self._followed == book_id and panel != self.book.value:
            self.book.value = panel
            await self._show_shelf()

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again for a while when the studio does not answer; what is being made there goes on."""
        for seconds in _PATIENCE:
            try:
                answer = await ask()
            except UnreachableError as error:
                self.alert.value = alert(error.message)
                await self._pause(seconds)
            else:
                if seconds != _PATIENCE[0]:
                    self.alert.value = alert("")
                return answer
        return await ask()

    async def _printed(self, book_id: str) -> str:
        """Have the book's file made; its address, or under no server all of it."""
        await self._backend.export(book_id, "pdf", ExportRequest())
        if self._visit.served:
            return f"/api/books/{quote(book_id, safe='')}/exports/pdf"
        file = await self._backend.download(book_id, "pdf")
        return f"data:{file.media_type};base64,{base64.b64encode(file.data).decode()}"

    # The guard

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin something that goes on by itself: every callback ends here, so that no fault passes in silence."""
        asyncio.run_coroutine_threadsafe(self._guarded(work), self._loop)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except StorymakerError as error:
            self.alert.value = alert(error.message)
        except Exception:
            # The outermost edge of the page: whoever reads the log finds what the parent saw by its number.
            number = short_id(6)
            log.exception("%s: the page broke", number)
            self.alert.value = alert(
                f"Something went wrong here, and we are sorry. Please reload the page; the log says more under {number}."
            )


def _boxed(*children: widgets.Widget) -> widgets.VBox:
    """The page as one box, with its style."""
    style = files("storymaker.studio").joinpath("static/page.css").read_text(encoding="utf-8")
    box = widgets.VBox([widgets.HTML(f"<style>{style}</style>"), *children])
    box.add_class("sm-studio")
    return box
