"""Where each book stands: by the id in its book.json, whatever its folder is called."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Final

from pydantic_core import from_json

from storymaker.books.files import disk_errors
from storymaker.errors import DamagedBookError, NotFoundError
from storymaker.text import clean_text

_NOT_BOOKS: Final = {"families"}
_ID: Final = re.compile(r"[a-z0-9]{4,32}")
_HEAD: Final = re.compile(rb'\s*\{\s*"schema"\s*:\s*[^",]{1,40},\s*"id"\s*:\s*"([a-z0-9]{4,32})"')
"""How each book.json begins that we wrote; any other is read whole."""
_HEAD_BYTES: Final = 256


def shown_name(folder: Path) -> str:
    """A folder's name as it can be said: one from another system may not even be text."""
    return clean_text(folder.name.encode("utf-8", "replace").decode()) or "(a folder without a name)"


def id_in(folder: Path | str) -> str | None:
    """The id that a folder's book.json says; None where it cannot be read."""
    try:
        # A thousand are read at the first look of a process: this takes half the time of Python's own files.
        file = os.open(f"{folder}{os.sep}book.json", os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            head = os.read(file, _HEAD_BYTES)
            if found := _HEAD.match(head):
                return found[1].decode()
            with open(file, "rb", closefd=False) as rest:
                data = from_json(head + rest.read())
        finally:
            os.close(file)
    except (OSError, ValueError):
        return None
    named = data.get("id") if isinstance(data, dict) else None
    return named if isinstance(named, str) and _ID.fullmatch(named) else None


def id_of(folder: Path) -> str:
    """The id of the book in a folder; of one that cannot be read, what its name ends in, as we named it."""
    named = shown_name(folder).rpartition("-")[2]
    return id_in(folder) or (named if _ID.fullmatch(named) else "unnamed")


class Locations:
    """Which folders hold which book.

    What a folder holds is remembered, for as long as it is that folder: a look then costs no more than their names. What is
    found is read again, and what is not found is looked for in all of them once more.

    Args:
        root: The folder that they stand in.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, tuple[int, str]] = {}

    def names(self) -> dict[str, int]:
        """The names of all folders that may hold a book, and their numbers on the disk."""
        with disk_errors(self._root):
            if not self._root.exists():
                return {}
            with os.scandir(self._root) as entries:
                return {
                    entry.name: entry.inode() if os.name != "nt" else 0  # which would open each for it
                    for entry in entries
                    if entry.is_dir() and not entry.name.startswith(".") and entry.name not in _NOT_BOOKS
                }

    def folders(self) -> tuple[Path, ...]:
        """All folders that may hold a book, in order of their names."""
        return tuple(self._root / name for name in sorted(self.names()))

    def folder(self, ref: str, *, sole: bool = False) -> Path:
        """The folder of a book.

        Args:
            ref: The book's id, or the folder's name. It is compared with what is there, and is never a path.
            sole: Refuse a folder that is named, too, if another holds the same book.

        Raises:
            NotFoundError: If there is none.
            DamagedBookError: Code "twice": if several folders hold the book of this id.
        """
        names = self.names()
        found = self._holding(ref, names) or self._holding(ref, names, again=True)
        if not found and ref in names:
            if sole and (book_id := id_in(self._root / ref)) is not None:
                return self.folder(book_id)
            return self._root / ref
        if not found:  # a book that cannot be read is known by the name that we gave its folder
            found = [name for name in names.keys() - self._known.keys() if name.endswith(f"-{ref}")]
        if not found or not _ID.fullmatch(ref):
            missing = NotFoundError("There is no such book on this shelf. It may have been deleted.")
            # A note is for whoever reads the traceback: the sentence goes to browsers too, and a path of ours must not.
            missing.add_note(f"The shelf is {self._root}; the setting STORYMAKER_BOOKS names another.")
            raise missing
        if len(found) > 1:
            raise twice([self._root / name for name in sorted(found)])
        return self._root / found[0]

    def ids(self) -> set[str]:
        """The ids of all books that can be read."""
        self._holding("none", self.names())
        return {book_id for _, book_id in self._known.values()}

    def _holding(self, ref: str, names: dict[str, int], *, again: bool = False) -> list[str]:
        """The names of the folders whose book.json says this id."""
        if not _ID.fullmatch(ref):
            return []
        known = {} if again else self._known
        root, found, now = str(self._root), [], {}
        for name, number in names.items():
            before = known.get(name)
            if before is None or before[0] != number or before[1] == ref:
                held = id_in(f"{root}{os.sep}{name}")
                if held is None:  # perhaps just now: it is looked at again the next time
                    continue
                before = (number, held)
            now[name] = before
            if before[1] == ref:
                found.append(name)
        self._known = now
        return found


def twice(folders: list[Path]) -> DamagedBookError:
    """The error of a book that stands in several folders; it names them."""
    names = " and ".join(f"“{shown_name(folder)}”" for folder in folders)
    return DamagedBookError(
        f"The folders {names} hold the same book, so nothing is changed in either. Please move one of them elsewhere, or "
        "make a book of its own of it (“storymaker copy” with its name) and delete it then.",
        code="twice",
    )


@functools.cache
def locations_in(root: Path) -> Locations:
    """What this process knows of the folders in a root."""
    return Locations(root)
