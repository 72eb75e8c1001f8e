"""A table as spreadsheet programs save it: its rows, whatever its bytes, delimiters, line ends and further lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from storymaker.errors import ScriptError

Cells = tuple[str, ...]

_DELIMITERS: Final = ",;\t|"
_DECLARED: Final = re.compile(r"\s*\"?sep=(?P<mark>[^\"\w\r\n])\"?[^\w\r\n]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)
_MARKS: Final = re.compile("(?:\ufeff|ï»¿)+")
"""Byte order marks, also one that was read as Windows-1252 and saved again."""
_KEPT: Final = "\ufdd0"
"""Stands for a line end within a cell; no character, so no text has it."""
_OTHER_ENDS: Final = {"\r": "\n", "\n": "\r(?!\n)", "\r\n": "\r(?!\n)|(?<!\r)\n"}
_MARKED: Final = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_STRANGE: Final = r"[^\W\d_a-zA-Z]"
_LETTER: Final = r"[^\W\d_]"
_CAPITAL: Final = "[À-ÖØ-ÞŒŠŽŸ]"
_FOREIGN: Final = re.compile(
    rf"[a-zß-öø-ÿœšž]{_CAPITAL}"  # a capital behind a small letter: saved on a Mac, or UTF-8 in part
    r"|[ß-öø-ÿœšž][A-Z]"
    rf"|{_CAPITAL}[A-Z][a-z]|[.!?,][ÒÓÔÕ](?!\w)|(?<!\w)[ÉÐÑ](?!\w)"  # quotation marks and dashes of a Mac
    rf"|{_STRANGE}{{3}}"  # three strange letters in a row: another script
    r"|[ÐÝÞðýþ]"  # letters of Iceland, which stand where Turkish ones do
    rf"|{_LETTER}[‚„‹€¡¢£¥§©®°¹³¿¼½¾×÷]|[£¥]{_LETTER}"  # signs in a word: the middle of Europe, or UTF-8 in part
    r"|[ˆ‰†‡¤¦¨¬¯µ¶¸]"  # what nobody writes
)
"""What reads as if it were another encoding, where bytes are taken for Windows-1252."""
_SAVE: Final = "Please save the sheet as “CSV UTF-8” and try again."


@dataclass(frozen=True)
class Sheet:
    """A table with a header; rows that are blank are left out.

    Attributes:
        columns: The names in the header, in small letters, with underscores for what is between words.
        above: What stands above the header: a title, or rows that were sorted there.
        rows: What stands below it.
    """

    columns: Cells
    above: tuple[Cells, ...]
    rows: tuple[Cells, ...]


def read_sheet(data: bytes, is_header: Callable[[Collection[str]], bool]) -> Sheet:
    """Read a table: Unicode of every kind, or Windows-1252 where it can only be that; parted by what shows its header.

    Args:
        data: The file.
        is_header: Whether these are the names of its columns.

    Returns:
        The table; if it has no such header, its first row is taken for that, and there are no others.

    Raises:
        ScriptError: If it is no text, or no table.
    """
    text = _MARKS.sub("", re.sub("\r+\n", "\r\n", _decoded(data).rstrip("\x1a")), count=1)
    declared = _DECLARED.match(text)
    text = text[declared.end() :] if declared else text
    first = re.split("[\r\n]", text, maxsplit=1)[0]
    delimiters = ([declared["mark"]] if declared else []) + sorted(_DELIMITERS, key=first.count, reverse=True)
    tried = [_parted(reading, each) for each in delimiters for reading in _readings(text)]
    found = [table for table in tried if any(map(is_header, map(_named, table.rows)))]
    table = next((table for table in found if table.fits(is_header)), (found or tried)[0])
    if table.fault:
        raise ScriptError(f"The script cannot be read as CSV ({table.fault}). Please save it again as CSV.")
    return table.sheet(is_header)


def _readings(text: str) -> tuple[str, ...]:
    """The text with what ends its first line as the end of every line, other line ends kept within cells; and as it is."""
    end = re.search("\r\n|\r|\n", text)
    if end is None:
        return (text,)
    kept = re.sub(_OTHER_ENDS[end[0]], _KEPT, text)
    return (kept, text) if end[0] == "\r" else (text, kept)


@dataclass(frozen=True)
class _Table:
    """Rows that are not blank, as far as they could be read, and why not further."""

    rows: tuple[Cells, ...]
    fault: str

    def sheet(self, is_header: Callable[[Collection[str]], bool]) -> Sheet:
        """The rows around the header; without one, the first as if it were that."""
        names = [_named(row) for row in self.rows]
        place = next((place for place, each in enumerate(names) if is_header(each)), None)
        if place is None:
            return Sheet(names[0] if names else (), (), ())
        below = (
            row for row, each in zip(self.rows[place + 1 :], names[place + 1 :], strict=True) if each != names[place]
        )
        return Sheet(names[place], self.rows[:place], tuple(below))

    def fits(self, is_header: Callable[[Collection[str]], bool]) -> bool:
        """Whether each row has a cell for each column, and no more with something in them."""
        sheet = self.sheet(is_header)
        width = len(sheet.columns)
        return not self.fault and all(len(row) >= width and not any(map(str.strip, row[width:])) for row in sheet.rows)


def _named(row: Cells) -> Cells:
    names = [re.sub(r"\W+", "_", cell.strip().lower().replace("\ufeff", "")).strip("_") for cell in row]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _parted(text: str, delimiter: str) -> _Table:
    rows: list[Cells] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if any(cell.strip() for cell in cells):
                rows.append(tuple(cell.replace(_KEPT, "\n") for cell in cells))
    except csv.Error as error:
        return _Table(tuple(rows), str(error))
    return _Table(tuple(rows), "")


def _decoded(data: bytes) -> str:
    try:
        text = data.decode(_unicode(data))
    except UnicodeDecodeError:
        text = _windows(data)
    if "\0" in text:
        raise ScriptError(f"This is not a script: it holds binary data. {_SAVE}")
    return text


def _unicode(data: bytes) -> str:
    """Which form of Unicode it is, if it is any."""
    for mark, encoding in _MARKED.items():
        if data.startswith(mark):
            return encoding
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) * 20 > len(data) and not min(even, odd):
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8"


def _windows(data: bytes) -> str:
    """Bytes that are no Unicode, as a spreadsheet program's plain CSV has them."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = None
    if text is None or _FOREIGN.search(text):
        raise ScriptError(f"The script is not in UTF-8, and its letters cannot be told for certain. {_SAVE}")
    return text
