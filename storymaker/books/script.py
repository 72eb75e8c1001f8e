"""The CSV script: a book's chapters as rows, for people and spreadsheets; out after every save, in as an explicit act."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

from storymaker.books.checking import replace
from storymaker.books.edits import WORDS, renumbered
from storymaker.books.model import Book, Chapter, Value
from storymaker.errors import InvalidInputError, ScriptError
from storymaker.text import clean_text

COLUMNS: Final = ("id", "n", "title", "text", "image_prompt", "alt", "scene", "image", "state")
_NEEDED: Final = ("id", "n", *WORDS)
MAX_BYTES: Final = 2_000_000

# What a spreadsheet would run as a formula, full-width signs too, behind what it shows nothing of.
_UNSEEN: Final = (
    " \u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202a-\u202f\u205f-\u206f"
    "\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
_RUNS: Final = f"'*[{_UNSEEN}]*(?:[{_SIGNS}]|[\\t\\r])"
# Where a cell begins: at the start; and in the sheets of many countries, which part cells there, after each of these.
_BEGINS: Final = r"(?:\A|(?<=[;\t\r\n]))"
_OPEN = re.compile(rf"{_BEGINS}(?={_RUNS})")
_GUARDED = re.compile(rf"{_BEGINS}'(?={_RUNS})")


class Row(Value):
    """One row of a script: a chapter's words.

    Attributes:
        id: The chapter's id; empty when the row is known by its place.
        n: Its place, from 1.
        words: Title, text, picture description, alt text and scene, by field name.
    """

    id: str
    n: int
    words: dict[str, str]


def write_script(chapters: Iterable[Chapter]) -> bytes:
    """The chapters as CSV: UTF-8 with BOM, so that spreadsheets read it right, formulas guarded by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for chapter in chapters:
        image = f"images/{chapter.picture.file}" if chapter.picture else ""
        words = (_guard(getattr(chapter, name)) for name in WORDS)
        writer.writerow((chapter.id, chapter.n, *words, image, chapter.state))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _guard(cell: str) -> str:
    """Put an apostrophe before all that would run; taking one off there gives back the same text."""
    return _OPEN.sub("'", cell)


def _unguard(cell: str, row: int, column: str) -> str:
    if cell[:1] in ("=", "@"):
        raise ScriptError(
            f"Row {row}, column “{column}” begins with “{cell[0]}”, which spreadsheets run as a formula. "
            "Please put an apostrophe before it, or begin with a word."
        )
    return _GUARDED.sub("", cell)


def parse_script(data: bytes) -> tuple[Row, ...]:
    """Read a script that people or spreadsheets wrote.

    Args:
        data: The file. Comma, semicolon or tab between the columns.

    Raises:
        ScriptError: With the row, the column and what to do.
    """
    lines = _decoded(data)
    header = [name.strip().lower() for name in (lines[0] if lines else [])]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise ScriptError(
            f"The script has no column “{missing[0]}”. Its first row must name the columns: {', '.join(COLUMNS)}. "
            "“storymaker script export” writes one to start from."
        )
    rows = []
    for number, cells in enumerate(lines[1:], start=1):
        if len(cells) != len(header):
            raise ScriptError(
                f"Row {number} has {len(cells)} columns and the first row has {len(header)}. "
                "Perhaps a text with commas lost its quotation marks. Please save it again as CSV."
            )
        rows.append(_row(number, dict(zip(header, cells, strict=True))))
    return tuple(rows)


def _decoded(data: bytes) -> list[list[str]]:
    if len(data) > MAX_BYTES:
        raise ScriptError("The script is larger than 2 MB, which no book needs. Is it the right file?")
    if b"\0" in data:
        raise ScriptError("This is not a script: it holds binary data. Please save the sheet as “CSV UTF-8”.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ScriptError("The script is not in UTF-8. Please save the sheet as “CSV UTF-8” and try again.") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [cells for cells in found if any(cells)]
    except csv.Error as error:
        raise ScriptError(f"The script cannot be read as CSV ({error}). Please save it again as CSV.") from None


def _row(number: int, cells: dict[str, str]) -> Row:
    try:
        n = int(cells["n"])
    except ValueError:
        raise ScriptError(f"Row {number}: “{cells['n'][:20]}” is no number. Column “n” counts 1, 2, 3, …") from None
    words = {name: clean_text(_unguard(cells[name], number, name)) for name in WORDS}
    if not words["text"]:
        raise ScriptError(f"Row {number} has no text. Please write what is read aloud on that page.")
    return Row(id=cells["id"].strip(), n=n, words=words)


def apply_script(book: Book, rows: tuple[Row, ...]) -> Book:
    """The book with its words, and the order of its chapters, taken from a script. Pictures stay where they are.

    Raises:
        ScriptError: If the rows are not the chapters of this book.
    """
    if len(rows) != len(book.chapters):
        raise ScriptError(
            f"The script has {len(rows)} rows and “{book.title}” has {len(book.chapters)} chapters. "
            "Each chapter needs its row; please export the script again and edit that."
        )
    by_id = {chapter.id: chapter for chapter in book.chapters}
    by_place = {chapter.n: chapter for chapter in book.chapters}
    found: dict[str, Chapter] = {}
    for row in sorted(rows, key=lambda row: row.n):
        old = by_id.get(row.id) if row.id else by_place.get(row.n)
        if old is None or old.id in found:
            raise ScriptError(
                f"Row “{row.words['title']}” ({row.id or row.n}) is no chapter of this book, or stands there twice. "
                "Please leave the column “id” as it was exported."
            )
        try:
            found[old.id] = replace(old, **row.words)
        except InvalidInputError as error:
            raise ScriptError(f"Row {row.n}: {error.message}") from None
    return renumbered(book, tuple(found.values()))
