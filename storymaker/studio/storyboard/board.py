"""The book at hand: its pages as rows, kept true in every view, and everything that can be done to a page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from storymaker.contract.values import (
    BookOut,
    BookPatch,
    ChapterPatch,
    JobOut,
    NewChapter,
    PictureChoice,
    PicturesRequest,
    RewriteRequest,
    UndoRequest,
)
from storymaker.errors import ConflictError, NotFoundError, StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.guard import Guard, Work
from storymaker.studio.pictures import CARD_PX, COVER_PX, THUMBNAIL_PX, Pictures
from storymaker.studio.shell import Shell
from storymaker.studio.storyboard.cards import Cards
from storymaker.studio.storyboard.events import (
    Add,
    Cancel,
    Delete,
    Edit,
    Lock,
    Move,
    PageEvent,
    Redraw,
    Retry,
    Rewrite,
    Select,
    UsePicture,
    UseWords,
)
from storymaker.studio.storyboard.rows import Row, View, rows_of, show_news

_ORDERS: Final = (Redraw, Rewrite, Retry, Cancel, Add, Delete, UsePicture, UseWords)
"""What a burst of clicks asks for once."""


class Board:
    """One book's pages.

    Args:
        backend: Whom to ask.
        pictures: Where pictures are.
        shell: Where to say what was done.
        guard: Where what happens is done.
        on_news: Called after the rows were brought to what the book says.
    """

    def __init__(
        self, backend: Backend, pictures: Pictures, shell: Shell, guard: Guard, on_news: Callable[[], None]
    ) -> None:
        self._backend, self._pictures, self._shell, self._guard = backend, pictures, shell, guard
        self._on_news = on_news
        self._book: BookOut | None = None
        self._opened = ""
        self.jobs: Sequence[JobOut] = ()
        self.rows: tuple[Row, ...] = ()
        self.selected = ""
        self._addresses: dict[tuple[str, int], str] = {}
        self._news = asyncio.Lock()
        self.poke: Callable[[], None] = lambda: None
        self.cards = Cards(guard, lambda event: self.happened(event, self.cards), self.picture_of)
        self.views: list[View] = [self.cards]

    @property
    def book(self) -> BookOut:
        """The book as it was last seen.

        Raises:
            NotFoundError: If none is open.
        """
        if self._book is None:
            raise NotFoundError("No book is open. Please go back to the shelf.")
        return self._book

    # What is shown

    def leave(self) -> None:
        """Show no book."""
        self._opened = ""
        self._book, self.jobs, self.rows, self.selected = None, (), (), ""
        self._addresses.clear()

    async def open(self, book: BookOut, jobs: Sequence[JobOut]) -> None:
        """Show this book from now on."""
        self._opened = book.id
        await self.take(book, jobs)

    def picture_of(self, row: Row, width: int = CARD_PX) -> str:
        """Where the picture of a row is, as far as that is known; on a card, its unfinished one while it is painted."""
        if row.sketch and width == CARD_PX:
            return self._addresses.get((row.sketch, width), "")
        return "" if row.veiled else self._addresses.get((row.picture, width), "")

    def thumbnail_of(self, row: Row) -> str:
        """Where the thumbnail of a row is."""
        return self.picture_of(row, THUMBNAIL_PX)

    async def take(self, book: BookOut, jobs: Sequence[JobOut] | None = None) -> bool:
        """Show what the book and its jobs are now.

        Returns:
            False if the answer was overtaken on its way, or the book was left.
        """
        async with self._news:
            rows = rows_of(book, self.jobs if jobs is None else jobs)
            await self._find_pictures(book.id, rows)
            if book.id != self._opened or (self._book is not None and book.version < self._book.version):
                return False
            old, self.rows = self.rows, rows
            self._book, self.jobs = book, self.jobs if jobs is None else jobs
            show_news(self.views, old, rows)
            if self.selected not in {row.id for row in rows} and rows:
                self.select(rows[0].id)
            self._on_news()
            return True

    async def add_view(self, view: View) -> None:
        """Show the rows in one view more."""
        self.views.append(view)
        if self._book is not None:
            await self._find_pictures(self._book.id, self.rows)
        view.show(self.rows)
        if self.selected:
            view.select(self.selected)

    async def _find_pictures(self, book_id: str, rows: Sequence[Row]) -> None:
        widths = (CARD_PX,) if len(self.views) == 1 else (CARD_PX, THUMBNAIL_PX)
        wanted = [
            (row.picture, width)
            for row in rows
            for width in widths
            if row.picture and (row.picture, width) not in self._addresses
        ]
        found = await asyncio.gather(*(self._pictures.of_book(book_id, name, width) for name, width in wanted))
        self._addresses.update(zip(wanted, found, strict=True))
        for row in rows:
            if row.sketch and (key := (row.sketch, CARD_PX)) not in self._addresses:
                self._addresses[key] = await self._pictures.of_sketch(row.id, row.sketch)

    def select(self, row_id: str, source: View | None = None) -> None:
        """Look at a page, in every view."""
        self.selected = row_id
        for view in self.views:
            if view is not source:
                view.select(row_id)

    def row(self, row_id: str) -> Row:
        """A row by its id.

        Raises:
            NotFoundError: If there is none.
        """
        for row in self.rows:
            if row.id == row_id:
                return row
        raise NotFoundError("This page is not in the book any more.")

    # What the parent does

    def happened(self, event: PageEvent, source: View) -> None:
        """Do what was asked for in a view; which page is looked at is told to the others alone."""
        row = self.row(event.id)
        if isinstance(event, Select):
            self.select(row.id, source)
        elif isinstance(event, _ORDERS):
            self._guard.do_once((type(event), row.id), lambda: self._work(row, event))
        else:
            self._guard.do(self._work(row, event))

    def _work(self, row: Row, event: PageEvent) -> Work:  # noqa: PLR0911 - a line for each thing to do
        match event:
            case Edit():
                return self._edit(row, event)
            case Redraw():
                return self._redraw(row, event.wish)
            case Rewrite():
                return self._rewrite(row, event.wish)
            case Retry():
                return self._retry(row)
            case Cancel():
                return self._cancel(row)
            case Lock():
                return self._patch(row, locked=event.locked)
            case Move():
                return self._patch(row, n=row.n + event.by)
            case Add():
                return self._add(row)
            case Delete():
                return self._delete(row)
            case UsePicture():
                return self._use_picture(row, event.file)
            case UseWords():
                return self._patch(row, title=event.title, text=event.text)
        return self._versions(row)

    async def _edit(self, row: Row, edit: Edit) -> None:
        """Save a field; whatever goes wrong stands beside it, and what was typed stays in it."""
        try:
            if row.n == 0 and edit.field == "title":
                patch = BookPatch(title=edit.value, base={"title": edit.base})
                book = await self._backend.patch_book(self.book.id, patch)
            else:
                change = {edit.field: edit.value, "base": {edit.field: edit.base}}
                book = await self._backend.patch_chapter(row.id, ChapterPatch.model_validate(change))
        except ConflictError as error:
            self.cards.conflict(row.id, edit.field, str(error.theirs))
            return
        except StorymakerError as error:
            self.cards.failed(row.id, edit.field, error.message)
            return
        except Exception:
            self.cards.failed(row.id, edit.field, "This is not saved yet. Please change it once more.")
            raise
        await self.take(book)
        (page,) = (page for page in book.pages if page.id == row.id)
        self.cards.saved(row.id, edit.field, getattr(page, edit.field))

    async def _patch(self, row: Row, **changes: object) -> None:
        await self.take(await self._backend.patch_chapter(row.id, ChapterPatch.model_validate(changes)))
        self.select(row.id)

    async def _redraw(self, row: Row, wish: str) -> None:
        await self._backend.generate_image(PicturesRequest(book_id=self.book.id, chapter_ids=(row.id,), wish=wish))
        self.poke()

    async def _rewrite(self, row: Row, wish: str) -> None:
        await self._backend.rewrite(row.id, RewriteRequest(wish=wish))
        self.poke()

    async def _retry(self, row: Row) -> None:
        await self._backend.retry(row.job)
        self.poke()

    async def _cancel(self, row: Row) -> None:
        await self._backend.cancel(row.job)
        self.poke()

    async def _add(self, row: Row) -> None:
        known = {other.id for other in self.rows}
        await self.take(await self._backend.add_chapter(self.book.id, NewChapter(n=row.n + 1)))
        new = next(other for other in self.rows if other.id not in known)
        self.select(new.id)
        self._shell.lead_to(f'.sm-card[data-chapter="{new.id}"] input')

    async def _delete(self, row: Row) -> None:
        await self.take(await self._backend.delete_chapter(row.id))
        self._shell.say(f"Page {row.n} is out of the book.", "success", action="Undo", do=self.undoing(row.id))

    async def _use_picture(self, row: Row, file: str) -> None:
        await self.take(await self._backend.use_picture(row.id, PictureChoice(file=file)))

    def undoing(
        self, page_id: str | None = None, scope: Literal["words", "picture"] | None = None, version: int | None = None
    ) -> Callable[[], None]:
        """What a message's button does that takes a change of this book back, whichever book is open by then."""
        book_id, request = self.book.id, UndoRequest(chapter_id=page_id, scope=scope, version=version)

        async def take_back() -> None:
            await self.take(await self._backend.undo(book_id, request))
            self._shell.say("Taken back.", "success")

        return lambda: self._guard.do_once(("undo", book_id, request), take_back)

    async def _versions(self, row: Row) -> None:
        """Show what a page was, the latest first."""
        book_id = self.book.id
        pictures = (await self._backend.pictures(row.id)).pictures
        wordings = (await self._backend.wordings(row.id)).wordings
        addresses = await asyncio.gather(
            *(self._pictures.of_book(book_id, picture.file, COVER_PX) for picture in pictures)
        )
        self.cards.show_versions(
            row.id,
            [
                {"file": picture.file, "address": address, "when": _when(picture.created)}
                for picture, address in zip(pictures, addresses, strict=True)
            ][::-1],
            [
                {"title": words.title, "text": words.text, "when": _when(words.at),
                 "present": (words.title, words.text) == (row.title, row.text)}
                for words in wordings
            ][::-1],
        )  # fmt: skip


def _when(time: datetime) -> str:
    """A time as people say it, here."""
    here = time.astimezone()
    return f"{here.day} {here:%B, %H:%M}"
