"""Home: the shelf with its covers, and the way to a new book."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import ipywidgets as widgets

from storymaker.books.cards import matches_search
from storymaker.contract.values import CardOut, ShelfOut
from storymaker.display.markup import markup
from storymaker.studio.backend import Backend
from storymaker.studio.guard import Guard, Work
from storymaker.studio.home.shelf import (
    Copied,
    Deleted,
    Happening,
    More,
    Opened,
    Purged,
    Restored,
    Searched,
    Shelf,
    card_of,
    title_of,
)
from storymaker.studio.pictures import COVER_PX, Pictures
from storymaker.studio.shell import Shell

BOOKS_AT_ONCE: Final = 30
"""Two screens of a large window: most families' whole shelf."""


class Home:
    """What a visitor sees first.

    Args:
        backend: Whom to ask.
        pictures: Where covers are.
        shell: Where to say what was done.
        guard: Where clicks are done.
        on_new: Called when a new book is wanted.
        on_open: Called with the id of a book.
    """

    def __init__(
        self,
        backend: Backend,
        pictures: Pictures,
        shell: Shell,
        guard: Guard,
        on_new: Callable[[], Work],
        on_open: Callable[[str], Work],
    ) -> None:
        self._backend, self._pictures, self._shell, self._guard = backend, pictures, shell, guard
        self._on_open = on_open
        self._titles: dict[str, str] = {}
        self._search = ""
        self._looks = 0
        self.shelf = Shelf(guard, self._happened)
        self.new = widgets.Button(description="Make a new book", button_style="primary")
        self.new.add_class("sm-big")
        self.new.on_click(lambda _: guard.do(on_new()))
        self.empty = widgets.HTML()
        top = widgets.Box([widgets.HTML('<h2 tabindex="-1">Your books</h2>'), self.new])
        top.add_class("sm-top")
        self.box = widgets.VBox([top, self.empty, self.shelf])
        self.box.add_class("sm-home")

    async def show(self) -> None:
        """Show the shelf as it is now, from its beginning."""
        self._search = ""
        self._titles = {}
        await self._look()

    async def _look(self) -> None:
        """Look at the shelf anew; of several looks at once, the one that began last counts."""
        self._looks += 1
        look, search = self._looks, self._search
        shelf, trash = await asyncio.gather(
            self._backend.shelf(BOOKS_AT_ONCE, search=search), self._backend.trash(BOOKS_AT_ONCE)
        )
        covers = await self._covers(shelf)
        if look == self._looks:
            self.shelf.show(shelf, covers, trash, search)
            self.empty.value = "" if shelf.books or search else _WELCOME

    async def _show_more(self, more: More) -> None:
        if more.of == "trash":
            self.shelf.show_more_trash(more, await self._backend.trash(BOOKS_AT_ONCE, more.after))
            return
        shelf = await self._backend.shelf(BOOKS_AT_ONCE, more.after, more.search)
        self.shelf.show_more(more, shelf, await self._covers(shelf))

    async def _covers(self, shelf: ShelfOut) -> list[str]:
        self._titles |= {card.id: title_of(card) for card in shelf.books}
        return list(await asyncio.gather(*map(self._cover, shelf.books)))

    async def _cover(self, card: CardOut) -> str:
        return await self._pictures.of_book(card.id, card.cover, COVER_PX) if card.cover else ""

    def _happened(self, event: Happening) -> None:
        match event:
            case Opened():
                self._guard.do(self._on_open(event.id))
            case Copied():
                self._guard.do_once(event, lambda: self._copy(event.id))
            case Deleted():
                self._guard.do_once(event, lambda: self._delete(event.id))
            case Restored():
                self._guard.do_once(event, lambda: self._restore(event.id))
            case Purged():
                self._guard.do_once(event, lambda: self._purge(event.id))
            case Searched():
                self._search = event.text.strip()
                self._guard.do(self._look())
            case More():
                self._guard.do(self._show_more(event))

    async def _copy(self, book_id: str) -> None:
        copy = await self._backend.copy_book(book_id)
        await self._look()
        self._shell.say(f"A copy of “{copy.title or 'the book'}” stands on the shelf, as a book of its own.", "success")

    async def _delete(self, book_id: str) -> None:
        title = self._titles.get(book_id, "The book")
        gone = await self._backend.delete_book(book_id)
        self.shelf.take_away(book_id)
        await self._look()

        def restore() -> None:
            self._guard.do_once(("restore", book_id), lambda: self._restore(book_id))

        self._shell.say(
            f"“{title}” is in the trash, where it stays for {gone.days} days.", "success", action="Undo", do=restore
        )

    async def _restore(self, book_id: str) -> None:
        book = await self._backend.restore_book(book_id)
        card = card_of(book)
        if matches_search(self._search, card.title, card.hero):
            self.shelf.put_back(card, await self._cover(card))
        await self._look()
        self._shell.say(f"“{book.title or 'The book'}” is back on the shelf.", "success")

    async def _purge(self, book_id: str) -> None:
        await self._backend.purge_book(book_id)
        await self._look()
        self._shell.say("It is gone for good.", "success")


_WELCOME = markup(
    '<div class="sm-welcome"><p class="sm-lead">{lead}</p><p>{how}</p></div>',
    lead="No book yet. The first takes a few minutes.",
    how="Take two or three photos of the plushie, give it a name, and choose a kind of story. "
    "Everything stays on this computer.",
)
