"""A book whose book.json is lost or damaged, made again from its history, its heroes and its pictures."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from pathlib import Path

from pydantic_core import from_json

from storymaker.books.checking import replace
from storymaker.books.edits import renumbered, with_page
from storymaker.books.files import disk_errors
from storymaker.books.folder import read_book, write_book
from storymaker.books.history import Change, Entry, Journal
from storymaker.books.locating import id_of, shown_name
from storymaker.books.model import Book, Chapter, Character
from storymaker.errors import DamagedBookError, InvalidInputError

_EVERY = 2**62


def rescue_book(folder: Path, time: datetime) -> Book:
    """Make a book's book.json again, by doing once more all that its history says was done.

    What was asked for at the very beginning (its title, if nobody changed that, who writes and draws, the age) is in the
    history of books that were begun since that is written down; older books get what is usual.

    Args:
        folder: The book's folder; a damaged book.json is kept beside the new one, as ``book.json.damaged``.
        time: The time of day.

    Raises:
        InvalidInputError: If the book can be read.
        DamagedBookError: If its history cannot, or a newer Storymaker wrote it (code "newer").
        StorageError: If the disk refuses.
    """
    try:
        read_book(folder)
    except DamagedBookError as error:
        if error.code == "newer":
            raise
    else:
        raise InvalidInputError("This book can be read, so there is nothing to rescue.")
    entries = Journal(folder / "history.jsonl").entries(_EVERY)
    if not entries:
        raise DamagedBookError(
            f"The history of {shown_name(folder)} is lost too. Please put the book back from a backup."
        )
    book = _replayed(_blank(folder, entries[0].at), entries)
    book = replace(book, version=entries[-1].version + 1, updated=time)
    with disk_errors(folder):
        if (folder / "book.json").exists():
            os.replace(folder / "book.json", folder / "book.json.damaged")
    write_book(folder, book, Entry(version=book.version, at=time, what="edit"))
    return book


def _blank(folder: Path, time: datetime) -> Book:
    """The book before anything was done, with those whose cut-outs it holds."""
    book_id, heroes = id_of(folder), []
    for card in sorted(folder.glob("characters/*/character.json")):
        with contextlib.suppress(OSError, ValueError):
            heroes.append(Character.model_validate(from_json(card.read_bytes())))
    cover = Chapter(id=f"{book_id}.cover", n=0)
    return Book(id=book_id, heroes=tuple(heroes), cover=cover, created=time, updated=time)


def _replayed(book: Book, entries: tuple[Entry, ...]) -> Book:
    for entry in entries:
        for change in entry.changes:
            with contextlib.suppress(InvalidInputError):  # of a damaged line
                book = _done(book, change)
        book = renumbered(book, tuple(sorted(book.chapters, key=lambda chapter: chapter.n)))
    return book


def _done(book: Book, change: Change) -> Book:
    if change.page is None:
        return replace(book, **{change.field: change.after})
    if change.field == "chapter":
        others = tuple(chapter for chapter in book.chapters if chapter.id != change.page)
        return replace(book, chapters=(*others, *([change.after] if change.after else [])))
    page = book.page(change.page)
    return book if page is None else with_page(book, replace(page, **{change.field: change.after}))
