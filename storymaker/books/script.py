"""The CSV script: a book's chapters as rows, for people and spreadsheets; out after every save, in as an explicit act."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from storymaker.books.checking import replace
from storymaker.books.edits import WORDS, renumbered
from storymaker.books.model import Book, Chapter
from storymaker.books.sheet import Cells, Sheet, read_sheet
from storymaker.books.values import Value
from storymaker.errors import InvalidInputError, ScriptError
from storymaker.text import clean_text

COLUMNS: Final = ("id", "n", "title", "text", "image_prompt", "alt", "scene", "image", "state")
_READ: Final = ("id", "n", *WORDS)
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
        words: Title, text, picture description, alt text and scene, by field name; only those that the script has a column for.
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
        data: The file. Comma, semicolon, tab, or what a line ``sep=`` says, between the columns; in Unicode, or in Windows-1252
            where it can only be that. A column that is not there leaves the book's own words.

    Raises:
        ScriptError: With the row, the column and what to do.
    """
    if len(data) > MAX_BYTES:
        raise ScriptError("The script is larger than 2 MB, which no book needs. Is it the right file?")
    sheet = read_sheet(data, _is_header)
    _require_columns(sheet)
    moved = [row for row in sheet.above if _is_moved(row, sheet.columns)]
    rows = []
    for number, cells in enumerate((*moved, *sheet.rows), start=1):
        named = _by_column(number, cells, sheet.columns)
        if any(named.get(name, "").strip() for name in ("id", *WORDS)):  # else it is numbered ahead, and no more
            rows.append(_row(number, named))
    return tuple(rows)


def _is_header(names: Collection[str]) -> bool:
    return "text" in names and ("id" in names or "n" in names)


def _require_columns(sheet: Sheet) -> None:
    columns = sheet.columns
    missing = "id" if "id" not in columns and "n" not in columns else "text" if "text" not in columns else ""
    if missing:
        raise ScriptError(
            f"The script has no column “{missing}”. Its first row must name the columns: {', '.join(COLUMNS)}. "
            "Please export the script and edit that."
        )
    strange = [
        name
        for place, name in enumerate(columns)
        if name and name not in COLUMNS and any(cell.strip() for row in sheet.rows for cell in row[place : place + 1])
    ]
    lacking = [name for name in _READ if name not in columns]
    if strange and lacking:  # whose words are in it, under another name?
        raise ScriptError(
            f"The script has no column “{lacking[0]}”, and nobody knows “{strange[0]}”. Please name the columns as they were "
            "exported, or take out the one that does not belong."
        )
    twice = [name for name, count in Counter(columns).items() if count > 1 and name in _READ]
    if twice:
        raise ScriptError(f"The script has two columns “{twice[0]}”. Please leave the one that counts.")


def _is_moved(cells: Cells, columns: Cells) -> bool:
    """Whether what stands above the header is a chapter that was sorted there, and not a title."""
    named = dict(zip(columns, cells, strict=False))
    return bool(named.get("text", "").strip()) and ("n" not in columns or _number(named["n"]) is not None)


def _by_column(number: int, cells: Cells, columns: Cells) -> dict[str, str]:
    """The cells of a row by their columns; only cells with nothing in them may be too many, or that nobody reads too few."""
    lost = [name for name in columns[len(cells) :] if name in _READ]
    if lost or any(cell.strip() for cell in cells[len(columns) :]):
        raise ScriptError(
            f"Row {number} has {len(cells)} columns and the first row has {len(columns)}. "
            f"Perhaps a text with commas lost its quotation marks. Please save it again as CSV.{_also_missing(columns)}"
        )
    return dict(zip(columns, cells, strict=False))


def _also_missing(columns: Cells) -> str:
    """Where a row is odd, the header may be: what it lacks is no fault by itself."""
    names = [name for name in _READ if name not in columns]
    return f" (There is no column “{names[0]}” either.)" if names else ""


def _row(number: int, cells: dict[str, str]) -> Row:
    name, n = cells.get("id", "").strip(), cells.get("n", "").strip()
    place = number if name and not n else _number(n)
    if place is None:
        raise ScriptError(f"Row {number}: “{n[:20]}” is no number. Column “n” counts 1, 2, 3, …")
    words = {column: clean_text(_unguard(cells[column], number, column)) for column in WORDS if column in cells}
    if not words["text"]:
        raise ScriptError(f"Row {number} has no text. Please write what is read aloud on that page.")
    return Row(id=name, n=place, words=words)


def _number(cell: str) -> int | None:
    """A whole number as spreadsheets write it: 1, 1.0 or 1,0."""
    try:
        value = float(cell.strip().removeprefix("'").replace(",", "."))
    except ValueError:
        return None
    return int(value) if value.is_integer() else None


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
                f"Row “{row.words.get('title', '')}” ({row.id or row.n}) is no chapter of this book, or stands there twice. "
                "Please leave the column “id” as it was exported."
            )
        try:
            found[old.id] = replace(old, **row.words)
        except InvalidInputError as error:
            raise ScriptError(f"Row {row.n}: {error.message}") from None
    return renumbered(book, tuple(found.values()))
