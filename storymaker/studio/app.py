"""The Story Studio: the page's parts put together, and the way from one to the next."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import ipywidgets as widgets

from storymaker.errors import NotFoundError, StorymakerError
from storymaker.studio.backend import Visit, connect
from storymaker.studio.control import module
from storymaker.studio.guard import Guard
from storymaker.studio.home.view import Home
from storymaker.studio.markup import fault, heading
from storymaker.studio.metadata.view import Metadata
from storymaker.studio.pictures import Pictures
from storymaker.studio.shell import Begin, Shell
from storymaker.studio.storyboard.view import PAGES, Storyboard

_STEP: Final = {"step": "new"}
"""The address's query in step 1."""


def show() -> widgets.Widget:
    """The page, as the last word of a notebook's cell."""
    try:
        visit = connect()
    except StorymakerError as error:
        ready = '<div id="storymaker-ready" data-state="ready"></div>'
        style = "".join(("<style>", module("page.css"), "</style>"))
        return _boxed(widgets.HTML(style + heading("") + fault(error.message) + ready))
    if visit.served:
        # Voila's front end says goodbye to a line that both ends have closed by then: nothing for the studio's log.
        logging.getLogger("Comm").setLevel(logging.ERROR)
    return Studio(visit).box


class Studio:
    """Home, step 1 and step 2, one of them at a time; to be made where an event loop runs.

    Args:
        visit: Who came, and whom to ask.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.guard = Guard(self._say_trouble)
        self.shell = Shell(self.guard, visit.user, self._begin, self._visited, self._beat)
        self._narrow = False
        self._address: Mapping[str, str] = {}
        self._pictures = Pictures(visit)
        self.home = Home(visit.backend, self._pictures, self.shell, self.guard, self.go_new, self.go_book)
        self._metadata: Metadata | None = None
        self._storyboard: Storyboard | None = None
        self.place = widgets.VBox([])
        self.place.add_class("sm-place")
        self.box = _boxed(self.shell, widgets.HTML(heading(visit.user)), self.place)

    @property
    def metadata(self) -> Metadata:
        """Step 1, made when it is first needed."""
        if self._metadata is None:
            backend, shell = self._visit.backend, self.shell
            self._metadata = Metadata(
                backend, self._pictures, shell, self.guard, self.go_book, self.go_home, served=self._visit.served
            )
        return self._metadata

    @property
    def storyboard(self) -> Storyboard:
        """Step 2, made when it is first needed."""
        if self._storyboard is None:
            self._storyboard = Storyboard(
                self._visit, self._pictures, self.shell, self.guard, self.go_home, self._named
            )
        return self._storyboard

    def _say_trouble(self, error: StorymakerError) -> None:
        self.shell.say_trouble(error)

    # What the frame says

    def _begin(self, begin: Begin) -> None:
        self._narrow = begin.narrow
        self.guard.do(self._open(begin))

    async def _open(self, begin: Begin) -> None:
        """Show what the address says; a page that is shown anew in JupyterLab stays where it is."""
        try:
            if not self.place.children:
                query = begin.query or self._visit.query
                await self._show(query, begin.kept)
        finally:
            self.shell.ready()

    def _visited(self, query: Mapping[str, str]) -> None:
        self.guard.do(self._show(query))

    def _beat(self) -> None:
        if self._storyboard is not None:
            self._storyboard.beat()

    # The way

    async def _show(self, query: Mapping[str, str], kept: Mapping[str, str] | None = None) -> None:
        """Show what an address says; one that says nothing that there is becomes home's."""
        try:
            if book_id := query.get("book"):
                await self._show_book(book_id, query.get("view", ""))
            elif query.get("step") == _STEP["step"]:
                await self._show_new(kept)
            else:
                await self._show_home()
        except NotFoundError as error:
            await self._show_home(replace=True)
            self.shell.say_trouble(error)

    async def go_home(self) -> None:
        """Go to the shelf."""
        await self._show_home()
        self.shell.lead_to(".sm-home h2")

    async def go_new(self) -> None:
        """Go to step 1."""
        await self._show_new()
        self.shell.lead_to(".sm-step-metadata h2")

    async def go_book(self, book_id: str) -> None:
        """Go to a book."""
        await self._show_book(book_id)
        self.shell.lead_to(".sm-step-storyboard h2")

    async def _show_home(self, *, replace: bool = False) -> None:
        self._leave()
        self.place.children = (self.home.box,)
        self.shell.go({}, "", replace=replace)
        await self.home.show()

    async def _show_new(self, kept: Mapping[str, str] | None = None) -> None:
        self._leave()
        self.place.children = (self.metadata.box,)
        self.shell.go(_STEP, "A new book")
        await self.metadata.show(kept)

    async def _show_book(self, book_id: str, view: str = "") -> None:
        await self.storyboard.show(book_id, narrow=self._narrow, view=view)
        self.place.children = (self.storyboard.box,)

    def _leave(self) -> None:
        self._address = {}
        if self._storyboard is not None:
            self._storyboard.leave()

    def _named(self, title: str) -> None:
        """A book's title goes into the address's title; where it was opened, its address becomes the page's."""
        view = {"view": PAGES} if self.storyboard.view.value == PAGES and not self._narrow else {}
        address = {"book": self.storyboard.board.book.id} | view
        # Another view of the same book is no other place: Back leads to where the book was opened.
        self.shell.go(address, title, replace=self._address.get("book") == address["book"])
        self._address = address


def _boxed(*children: widgets.Widget) -> widgets.VBox:
    box = widgets.VBox(list(children))
    box.add_class("sm-studio")
    return box
