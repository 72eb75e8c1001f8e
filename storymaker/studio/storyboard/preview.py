"""The finished pages as they will be printed, two at a time, as an open book."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from storymaker.contract.values import BookOut
from storymaker.studio.control import Control, Event
from storymaker.studio.guard import Guard
from storymaker.studio.pictures import PAGE_PX, Pictures

_FRONT_AND_END = 4
"""Title, imprint and dedication before the story, The End after it; each chapter has a picture page and a page of words."""


class PageWanted(Event):
    """A page is to be seen."""

    type: Literal["page"]
    n: Annotated[int, Field(ge=1, le=999)]
    version: int


class Preview(Control[PageWanted]):
    """A book to leaf through.

    Args:
        guard: Where what happens is done.
        pictures: Where pages are.
        book: Gives the book that is shown.
    """

    script = "preview.js"
    events = TypeAdapter(PageWanted)

    def __init__(self, guard: Guard, pictures: Pictures, book: Callable[[], BookOut]) -> None:
        self._pictures, self._book = pictures, book
        super().__init__(guard, lambda event: guard.do(self._page(event)))

    def leaf_through(self) -> None:
        """Show the book from its first page."""
        book = self._book()
        self.tell("open", pages=2 * len(book.chapters) + _FRONT_AND_END, version=book.version)

    async def _page(self, wanted: PageWanted) -> None:
        address = await self._pictures.of_page(self._book().id, wanted.n, PAGE_PX, wanted.version)
        self.tell("page", n=wanted.n, address=address, version=wanted.version)
