"""A copy of a book, as a book of its own: new ids in the book and its journal, the same words, heroes and pictures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from storymaker.books.checking import replace
from storymaker.books.files import copy_file, disk_errors, make_folder, scratch_folder, sync_folder, write_file
from storymaker.books.folder import read_book, write_book
from storymaker.books.history import Change, Entry, Journal
from storymaker.books.model import Book, Chapter
from storymaker.text import short_id, slug


def copy_book(source: Path, root: Path, time: datetime) -> Path:
    """Put a copy of a book beside it; it is there whole or not at all.

    Earlier pictures and wordings come with it and can be taken back. Nothing was spent on it, and no job was ever its own.

    Args:
        source: The book's folder; nobody may change it meanwhile.
        root: Where the copy goes.
        time: The time of day.

    Returns:
        The copy's folder.

    Raises:
        DamagedBookError: If there is no book that can be read.
        StorageError: If the disk refuses; then nothing of the copy is left behind.
    """
    book = read_book(source)
    copy = _renamed(book, short_id(), time)
    target = root / f"{slug(copy.title or ' and '.join(hero.name for hero in copy.heroes))}-{copy.id}"
    with scratch_folder(root) as scratch:
        folder = make_folder(scratch / "book")
        for name in ("images", "characters"):
            _copy_files(source / name, folder / name)
        entries = Journal(source / "history.jsonl").entries(book.version)
        write_file(folder / "history.jsonl", _lines(entries, copy.id))
        write_book(folder, copy, Entry(version=copy.version, at=time, what="created"))
        with disk_errors(root):
            os.replace(folder, target)
            sync_folder(root)
    return target


def _renamed(book: Book, book_id: str, time: datetime) -> Book:
    def page(old: Chapter) -> Chapter:
        return replace(old, id=_id(old.id, book_id))

    return replace(
        book,
        id=book_id,
        cover=page(book.cover),
        chapters=tuple(map(page, book.chapters)),
        version=book.version + 1,
        updated=time,
        cost_usd=0.0,
        drafts=0,
    )


def _id(page_id: str, book_id: str) -> str:
    return f"{book_id}.{page_id.partition('.')[2]}"


def _lines(entries: Iterable[Entry], book_id: str) -> bytes:
    """Entries of a journal as those of the copy."""

    def renamed(change: Change) -> Change:
        if change.page is None:
            return change
        sides = {name: _with_id(getattr(change, name), book_id) for name in ("before", "after")}
        return replace(change, page=_id(change.page, book_id), **(sides if change.field == "chapter" else {}))

    made = (replace(entry, changes=tuple(map(renamed, entry.changes))) for entry in entries)
    return b"".join(entry.model_dump_json().encode() + b"\n" for entry in made)


def _with_id(chapter: Any, book_id: str) -> Any:
    return chapter | {"id": _id(str(chapter.get("id")), book_id)} if isinstance(chapter, dict) else chapter


def _copy_files(source: Path, target: Path) -> None:
    make_folder(target)
    with disk_errors(source):
        files = sorted(path for path in source.rglob("*") if path.is_file() and not path.name.startswith("."))
    for file in files:
        make_folder((target / file.relative_to(source)).parent)
        copy_file(file, target / file.relative_to(source))
