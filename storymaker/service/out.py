"""What is looked at and handed out: pictures, pages, files."""

from __future__ import annotations

import os
import re
from typing import Final

from storymaker.books import edits
from storymaker.books.files import disk_errors
from storymaker.contract.routes import JPEG, PDF, PNG
from storymaker.contract.values import ExportOut, ExportRequest, File
from storymaker.display.pictures import picture_thumbnail
from storymaker.errors import NotFoundError
from storymaker.fair_queue import Urgency
from storymaker.service.desk import Desk
from storymaker.service.told import book_of, file_out, offered_width
from storymaker.text import slug

_PICTURE: Final = re.compile(r"[0-9a-f]{32}\.png")
_PREVIEW_PX: Final = 960
_FORMATS: Final = {"pdf": ".pdf", "cover": "-cover.pdf"}
"""How a book's file ends: the book itself, and the cover for a printer."""


class Out(Desk):
    """Bytes out of a book."""

    async def picture(self, book_id: str, name: str, w: int | None = None) -> File:
        """Give a picture, or a thumbnail of it."""
        return await (self._quick if w is None else self._slow)(self._picture, book_id, name, w)

    def _picture(self, book_id: str, name: str, w: int | None) -> File:
        folder = self._shelf.folder(book_id)
        if not _PICTURE.fullmatch(name) or not (folder / "images" / name).is_file():
            raise NotFoundError("There is no such picture in this book.")
        master = folder / "images" / name
        if w is None:
            return file_out(master, PNG)
        return file_out(picture_thumbnail(folder, name, offered_width(w)), JPEG)

    async def sketch(self, chapter_id: str, v: str = "") -> File:
        """Give a page's unfinished picture, small and blurred, while it is painted."""

        def give() -> File:
            book = self._shelf.open(book_of(chapter_id))
            file = self._shelf.sketch(book.id, edits.require_page(book, chapter_id).id)
            if not file.is_file():
                raise NotFoundError("There is nothing of this picture to show yet.")
            return file_out(file, JPEG)

        return await self._quick(give)

    async def preview(self, book_id: str, page: str, w: int | None = None, v: int | None = None) -> File:
        """Give a page of the printed book as a picture, as the book is now."""
        if not re.fullmatch(r"[0-9]{1,3}", page):
            raise NotFoundError("The book has no such page.")
        width = offered_width(w or _PREVIEW_PX)
        return file_out(await self._slow(self._workshop.preview, book_id, int(page), width), PNG)

    async def export(self, book_id: str, format_: str, request: ExportRequest) -> ExportOut:
        """Make the book's file."""
        _require_format(format_)

        def make() -> ExportOut:
            if format_ == "cover":
                made = self._workshop.export_cover(book_id)
            else:
                made = self._workshop.export(book_id, easy_reading=request.easy_reading, draft=request.draft)
            with disk_errors(made.path):
                os.utime(made.path)  # as new as the book is now: see download
            return ExportOut(name=made.path.name, pages=made.pages, remarks=made.remarks)

        return await self._slow(make, urgency=Urgency.BULK)

    async def download(self, book_id: str, format_: str) -> File:
        """Give the book's file, made before.

        Raises:
            NotFoundError: If it was not made, or the book was changed since.
        """
        _require_format(format_)

        def give() -> File:
            folder, book = self._shelf.folder(book_id), self._shelf.open(book_id)
            file = folder / f"{slug(book.title)}{_FORMATS[format_]}"
            if not file.is_file() or file.stat().st_mtime_ns < (folder / "book.json").stat().st_mtime_ns:
                raise NotFoundError(
                    "The book's file was not made yet, or the book was changed since. Please make it.", code="not-made"
                )
            return file_out(file, PDF)

        return await self._quick(give)


def _require_format(name: str) -> None:
    if name not in _FORMATS:
        raise NotFoundError(f"The format is not known; there is: {', '.join(_FORMATS)}.", code="format")
