"""The shelf, and every change to a book."""

from __future__ import annotations

from storymaker.books import edits
from storymaker.books.cards import PAGE_MAX, file_stamp, select_page
from storymaker.books.edits import Edit
from storymaker.books.model import Book
from storymaker.books.script import apply_script, parse_script, write_script
from storymaker.books.shelf import TRASH_DAYS
from storymaker.contract.routes import CSV
from storymaker.contract.values import (
    BookOut,
    BookPatch,
    ChapterPatch,
    Deleted,
    File,
    HistoryOut,
    JobOut,
    NewChapter,
    PictureChoice,
    PictureOut,
    PicturesOut,
    RewriteRequest,
    ShelfOut,
    UndoRequest,
    WordingOut,
    WordingsOut,
)
from storymaker.errors import InvalidInputError
from storymaker.service.desk import Desk
from storymaker.service.told import book_of, job_out, shelf_out
from storymaker.text import slug


class Books(Desk):
    """Books, their chapters and their words."""

    # The shelf

    async def shelf(self, limit: int = PAGE_MAX, after: str = "", search: str = "") -> ShelfOut:
        """List the books on the shelf, page by page."""

        def look() -> ShelfOut:
            listing = self._shelf.list()
            page = select_page(listing.books, limit, after, search)
            return shelf_out(page, () if after or search else listing.problems)

        return await self._quick(look)

    async def book(self, book_id: str) -> BookOut:
        """Give a whole book."""
        return await self._book(self._shelf.open, book_id)

    async def version(self, book_id: str) -> int:
        """A book's version, without reading it again while its file is the same: what polls ask for."""
        return await self._quick(self._version, book_id)

    def _version(self, book_id: str) -> int:
        known = self._versions.get(book_id)
        if known is not None and known[1] == file_stamp(known[0]):
            return known[2]
        file = self._shelf.folder(book_id) / "book.json"
        stamp = file_stamp(file)
        version = self._shelf.open(book_id).version
        if stamp is not None:
            self._versions[book_id] = (file, stamp, version)
        return version

    async def patch_book(self, book_id: str, patch: BookPatch) -> BookOut:
        """Change a book's title or dedication."""
        return await self._book(self._shelf.edit, book_id, *_edits(patch, None))

    async def copy_book(self, book_id: str) -> BookOut:
        """Put a copy of a book on the shelf, as a book of its own."""
        return await self._slow(self._copied, book_id)

    def _copied(self, book_id: str) -> BookOut:
        copy = self._shelf.copy(book_id)
        return self._told(copy)

    async def delete_book(self, book_id: str) -> Deleted:
        """Put a book into the trash."""
        await self._quick(self._workshop.delete, book_id)
        return Deleted(book_id=book_id, days=TRASH_DAYS)

    async def trash(self, limit: int = PAGE_MAX, after: str = "", search: str = "") -> ShelfOut:
        """List the books in the trash, page by page."""
        return await self._quick(lambda: shelf_out(select_page(self._shelf.trash(), limit, after, search)))

    async def restore_book(self, book_id: str) -> BookOut:
        """Take a book out of the trash."""
        return await self._book(self._shelf.restore, book_id)

    async def purge_book(self, book_id: str) -> None:
        """Remove a book from the trash for good, with every file."""
        await self._quick(self._shelf.purge, book_id)

    async def history(self, book_id: str) -> HistoryOut:
        """List every save of a book."""
        return HistoryOut(entries=await self._quick(self._shelf.history, book_id))

    async def undo(self, book_id: str, request: UndoRequest) -> BookOut:
        """Take the latest change back."""
        undo = self._workshop.over(self._shelf).undo
        return await self._book(undo, book_id, request.chapter_id, request.scope, request.version)

    # Chapters

    async def add_chapter(self, book_id: str, chapter: NewChapter) -> BookOut:
        """Add a chapter."""
        fields = chapter.model_dump()
        return await self._book(self._shelf.update, book_id, lambda book: edits.add_chapter(book, **fields))

    async def patch_chapter(self, chapter_id: str, patch: ChapterPatch) -> BookOut:
        """Change a chapter or the cover, or its place."""
        return await self._book(self._shelf.edit, book_of(chapter_id), *_edits(patch, chapter_id))

    async def delete_chapter(self, chapter_id: str) -> BookOut:
        """Delete a chapter; undo brings it back."""
        book_id = book_of(chapter_id)

        def delete() -> Book:
            book = self._shelf.update(book_id, lambda book: edits.delete_chapter(book, chapter_id))
            live = [job.id for job in self._workshop.jobs(book_id) if job.chapter_id == chapter_id and not job.ended]
            self._workshop.cancel(*live)
            return book

        return await self._book(delete)

    async def rewrite(self, chapter_id: str, request: RewriteRequest) -> JobOut:
        """Have a chapter written anew."""
        return job_out(await self._quick(self._workshop.rewrite, book_of(chapter_id), chapter_id, request.wish))

    async def wordings(self, chapter_id: str) -> WordingsOut:
        """List all words that a page ever had."""
        found = await self._quick(self._shelf.wordings, book_of(chapter_id), chapter_id)
        return WordingsOut(wordings=tuple(WordingOut.model_validate(wording) for wording in found))

    async def pictures(self, chapter_id: str) -> PicturesOut:
        """List every picture that a page ever had."""
        found = await self._quick(self._shelf.pictures, book_of(chapter_id), chapter_id)
        return PicturesOut(pictures=tuple(PictureOut.model_validate(picture) for picture in found))

    async def use_picture(self, chapter_id: str, choice: PictureChoice) -> BookOut:
        """Hang an earlier picture again."""
        return await self._book(self._shelf.use_picture, book_of(chapter_id), chapter_id, choice.file)

    # The script

    async def script(self, book_id: str) -> File:
        """Give the words as CSV."""
        book = await self._quick(self._shelf.open, book_id)
        return File(media_type=CSV, data=write_script(book.chapters), name=f"{slug(book.title)}.csv")

    async def put_script(self, book_id: str, data: bytes) -> BookOut:
        """Take the words from a CSV script."""

        def take() -> Book:
            self._shelf.folder(book_id)
            rows = parse_script(data)
            return self._shelf.update(book_id, lambda book: apply_script(book, rows), what="script")

        return await self._book(take)


def _edits(patch: BookPatch | ChapterPatch, chapter_id: str | None) -> list[Edit]:
    """A patch as edits, in the order of its fields."""
    changed = patch.model_dump(exclude_unset=True, exclude={"base"})
    if not changed:
        raise InvalidInputError("Nothing was given to change.", code="nothing")
    for name, value in changed.items():
        if value is None:
            raise InvalidInputError(f"The {name.replace('_', ' ')} cannot be nothing. Please leave it out instead.")
    return [
        Edit(name, value, chapter_id, patch.base[name]) if name in patch.base else Edit(name, value, chapter_id)
        for name, value in changed.items()
    ]
