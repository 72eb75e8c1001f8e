"""One book's folder: read it, write it, or take just what a shelf shows of it."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from storymaker.books.files import unread, write_file
from storymaker.books.history import Entry, Journal
from storymaker.books.locating import shown_name
from storymaker.books.model import SCHEMA, Book
from storymaker.books.script import write_script
from storymaker.errors import DamagedBookError, StorageError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BookCard:
    """What a shelf shows of a book without opening it.

    Attributes:
        folder: Its folder.
        cover: The cover picture's file, if it is drawn.
        chapters: How many chapters it has.
        done: How many pages have a picture, the cover counted.
        total: How many pages there are, or are expected to be; the cover counted.
    """

    id: str
    folder: Path
    title: str
    hero: str
    age_band: str
    version: int
    updated: str
    chapters: int
    done: int
    total: int
    cover: Path | None


def read_data(folder: Path) -> dict[str, Any]:
    """The book's file as plain data, checked for being one of ours.

    Raises:
        DamagedBookError: If it is not, or not any more.
        StorageError: If it could not be read just now (code "unread").
    """
    try:
        data = from_json((folder / "book.json").read_bytes(), allow_inf_nan=False)
    except OSError as error:
        raise _unread(folder, error) from error
    except ValueError as error:
        log.warning("book %s cannot be read: %s", shown_name(folder), type(error).__name__)
        raise _damaged(folder, "its book.json cannot be read") from None
    if not isinstance(data, dict) or not {"id", "version", "cover"} <= data.keys():
        raise DamagedBookError(f"The folder {shown_name(folder)} holds something else than a book. {salvage(folder)}")
    schema = data.get("schema")
    if type(schema) is not int or schema < 1:
        raise _damaged(folder, f"“schema” in its book.json should be {SCHEMA}, and is no number that Storymaker writes")
    if schema > SCHEMA:
        raise DamagedBookError(
            f"The book in {shown_name(folder)} was made by a newer Storymaker. Please update Storymaker.",
            code="newer",
        )
    return data


def _damaged(folder: Path, what: str) -> DamagedBookError:
    return DamagedBookError(f"The book in {shown_name(folder)} is damaged: {what}. {salvage(folder)}")


def _unread(folder: Path, error: OSError) -> StorageError:
    """Why there was nothing to read: what passes is told from what is gone."""
    name = shown_name(folder)
    if (folder / "book.json").is_dir():  # Windows says that this may not be read
        return DamagedBookError(f"In the folder {name}, book.json is itself a folder. Please move that one elsewhere.")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return DamagedBookError(f"The folder {name} holds no book. {salvage(folder)}")
    log.warning("book %s could not be read just now: %s", name, error.strerror)
    return unread(f"The book in {name}", error)


def salvage(folder: Path) -> str:
    """What is left of a book whose book.json cannot be used, and what to do."""
    with contextlib.suppress(OSError):
        pictures = len(list(folder.glob("images/*.png")))
        left = [
            *([f"{pictures} picture{'' if pictures == 1 else 's'}"] if pictures else []),
            *(["its words (script.csv)"] if (folder / "script.csv").is_file() else []),
            *(["its history (history.jsonl)"] if (folder / "history.jsonl").is_file() else []),
        ]
        if left:
            history = (folder / "history.jsonl").is_file()
            how = (
                "“storymaker rescue” with this folder's name makes it again from those"
                if history
                else "please keep the folder"
            )
            return f"Still there: {', '.join(left)}. Put book.json back from a backup; without one, {how}."
    return "Please move it elsewhere, or put its book.json back from a backup."


def read_book(folder: Path) -> Book:
    """The book in a folder.

    Raises:
        DamagedBookError: With the field that is not as it should be.
    """
    try:
        return Book.model_validate(read_data(folder))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"])
        raise _damaged(folder, f"“{where}” in its book.json is not as it should be") from None


def write_book(folder: Path, book: Book, entry: Entry) -> None:
    """History, then the book; the script is a view, and its failure is only logged.

    Raises:
        StorageError: If the disk refuses; then the book stands as before.
    """
    Journal(folder / "history.jsonl").append(entry)
    write_file(folder / "book.json", book.model_dump_json(by_alias=True, indent=1).encode())
    try:
        write_file(folder / "script.csv", write_script(book.chapters), durable=False)
    except StorageError as error:
        log.warning("script.csv of %s could not be written: %s", folder.name, error.message)


def card_of(folder: Path, data: dict[str, Any]) -> BookCard:
    """What the shelf shows, taken from plain data: validating a thousand whole books would take seconds.

    Raises:
        DamagedBookError: If the data is none of a book.
    """
    try:
        chapters, heroes, picture = data.get("chapters") or [], data.get("heroes") or [], data["cover"].get("picture")
        brief = data.get("brief") or {}
        expected = 0 if data.get("drafted") else int(brief.get("chapters", 0))
        return BookCard(
            id=str(data["id"]),
            folder=folder,
            title=str(data.get("title") or ""),
            hero=str(heroes[0].get("name", "")) if heroes else "",
            age_band=str(brief.get("age_band", "")),
            version=int(data["version"]),
            updated=str(data.get("updated", "")),
            chapters=len(chapters),
            done=bool(picture) + sum(bool(chapter.get("picture")) for chapter in chapters),
            total=1 + max(len(chapters), expected),
            cover=folder / "images" / str(picture["file"]) if picture and not picture.get("veiled") else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _damaged(folder, "its book.json is not as it should be") from None
