"""A book's journal: what each save changed, so that every change can be taken back and every cost is known."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError
from pydantic_core import from_json

from storymaker.books.checking import checked, replace
from storymaker.books.edits import WORDS, renumbered, with_page
from storymaker.books.files import append_line, unread, write_file
from storymaker.books.locating import shown_name
from storymaker.books.model import Book, Chapter, Picture
from storymaker.books.values import Value
from storymaker.errors import InvalidInputError
from storymaker.text import now

What = Literal["created", "story", "edit", "picture", "script", "about", "undo"]
Scope = Literal["words", "picture"]

_BOOK_FIELDS: Final = ("title", "dedication", "summary", "drafted", "drafts", "cost_usd", "heroes", "friend", "brief")
_PAGE_FIELDS: Final = (*WORDS, "n", "locked", "picture", "attempt")
_COUNTERS: Final = {"attempt", "drafts", "cost_usd", "spent_usd"}
_NOT_UNDONE: Final = {*_COUNTERS, "drafted"}
"""Counters only grow: taking a change back must not make a job's id or a cost come twice."""

_SCOPES: Final[dict[Scope, frozenset[str]]] = {"words": frozenset(WORDS), "picture": frozenset({"picture"})}


class Change(Value):
    """One field before and after.

    Attributes:
        page: Id of the chapter or cover; None is the book itself.
        field: Name of the field; ``chapter`` is a whole chapter that came or went.
        before: What it was, as JSON.
        after: What it became, as JSON.
    """

    page: str | None = None
    field: str
    before: Any = None
    after: Any = None


class Entry(Value):
    """One save.

    Attributes:
        version: The book's version after it.
        at: When.
        what: Why.
        changes: Every field that changed.
        undoes: The version whose change this entry took back.
        pays: Ids of the paid requests whose cost this save added to the book: each is charged once, whoever is killed meanwhile.
    """

    version: int
    at: datetime
    what: What
    changes: tuple[Change, ...] = ()
    undoes: int | None = None
    pays: tuple[str, ...] = ()


def _plain(value: object) -> Any:
    if isinstance(value, Value):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def changes_between(before: Book, after: Book) -> tuple[Change, ...]:
    """Every field that differs between two states of one book."""
    found = [
        Change(field=name, before=_plain(getattr(before, name)), after=_plain(getattr(after, name)))
        for name in _BOOK_FIELDS
        if getattr(before, name) != getattr(after, name)
    ]
    old, new = ({page.id: page for page in book.pages} for book in (before, after))
    for page_id in sorted(old.keys() | new.keys()):
        was, now = old.get(page_id), new.get(page_id)
        if was is None or now is None:
            found.append(Change(page=page_id, field="chapter", before=_plain(was), after=_plain(now)))
            continue
        found += [
            Change(page=page_id, field=name, before=_plain(getattr(was, name)), after=_plain(getattr(now, name)))
            for name in _PAGE_FIELDS
            if getattr(was, name) != getattr(now, name)
        ]
    return tuple(found)


class Journal:
    """``history.jsonl`` of one book.

    It is written just before ``book.json``: a line whose version the book never reached is a save that a power cut ended, and
    is passed over and cut off by the next one.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self, up_to: int) -> tuple[Entry, ...]:
        """All entries of a book that stands at version ``up_to``, oldest first; damaged lines are passed over."""
        found = map(_entry_in, self._raw().split(b"\n"))
        return tuple(entry for entry in found if entry is not None and entry.version <= up_to)

    def append(self, entry: Entry) -> None:
        """Add an entry, dropping what a crash left behind at or past its version; damaged lines stay as they are.

        Raises:
            StorageError: If the disk refuses.
        """
        raw = self._raw()
        *lines, torn = raw.split(b"\n")
        if torn and _data_in(torn) is not None:  # whole, but for its line end
            lines.append(torn)
        good = b"".join(line + b"\n" for line in lines if _version_in(line) < entry.version)
        if raw != good:
            write_file(self._path, good)
        append_line(self._path, json.dumps(entry.model_dump(mode="json"), ensure_ascii=False).encode())

    def _raw(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise unread(f"The history of {shown_name(self._path.parent)} ({self._path.name})", error) from error


def _data_in(line: bytes) -> Any:
    try:
        return from_json(line, allow_inf_nan=False)
    except ValueError:
        return None


def _version_in(line: bytes) -> int:
    """The version that a line says, unchecked: each save looks at every line. A damaged line has none, and stays."""
    data = _data_in(line)
    version = data.get("version") if isinstance(data, dict) else None
    return version if isinstance(version, int) else 0


def _entry_in(line: bytes) -> Entry | None:
    try:
        return Entry.model_validate(_data_in(line))
    except ValidationError:
        return None


def last_undoable(
    entries: tuple[Entry, ...], page: str | None, scope: Scope | None, version: int | None = None
) -> tuple[Entry, tuple[Change, ...]]:
    """The latest change that stands and can be taken back.

    Args:
        entries: The whole history, oldest first.
        page: Only changes of this page; None is any.
        scope: Only words or only pictures; None is everything in the entry.
        version: Only the entry of this version; None is any.

    A change of what the book is about is taken back as a whole, with the story and the pictures that it ordered.

    Returns:
        The entry and those of its changes that are meant.

    Raises:
        InvalidInputError: If there is nothing to take back.
    """
    undone = {entry.undoes for entry in entries if entry.undoes is not None}
    wakes = wakes_of(entries)
    ordered = {entry.version for wake in wakes.values() for entry in wake}
    whole = page is None and scope is None
    for entry in reversed(entries):
        if (
            entry.what in ("undo", "created", "story")
            or entry.version in undone
            or version not in (None, entry.version)
        ):
            continue
        if entry.what == "about":
            if whole:
                return entry, _with_wake(entry, wakes[entry.version])
            continue
        if whole and version is None and entry.version in ordered:
            continue
        meant = tuple(
            change
            for change in entry.changes
            if change.field not in _NOT_UNDONE
            and (page is None or change.page == page)
            and (scope is None or change.field in _SCOPES[scope])
            and not (change.field == "picture" and change.before is None)
        )
        if meant:
            return entry, meant
    if not entries or entries[0].version > 1:
        raise InvalidInputError(
            "There is nothing to take back here: the book's earlier history (its history.jsonl) is missing. What stands in the "
            "book is whole."
        )
    raise InvalidInputError("There is nothing to take back here: this is as it was first made.")


def wakes_of(entries: tuple[Entry, ...]) -> dict[int, tuple[Entry, ...]]:
    """The saves that each change of what the book is about had made: of the story and the pictures that it ordered.

    Args:
        entries: The whole history, oldest first.

    Returns:
        Those saves, oldest first, by the version of the change.
    """
    return {entry.version: _wake(entry, entries[at:]) for at, entry in enumerate(entries, 1) if entry.what == "about"}


def _wake(about: Entry, later: tuple[Entry, ...]) -> tuple[Entry, ...]:
    story = _story(later) if any(change.field == "drafts" for change in about.changes) else ()
    jobs = {job for entry in (about, *story) for change in entry.changes for job in _ordered_in(change)}
    pictures = [entry for entry in later if entry.what == "picture" and _jobs_in(entry) & jobs]
    return tuple(entry for entry in later if entry in story or entry in pictures)


def _story(later: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The saves of the story that was ordered just before, until it is whole or another is ordered."""
    found = []
    for entry in later:
        drafted = {change.after for change in entry.changes if change.field == "drafted"}
        if entry.what == "story":
            found.append(entry)
        if drafted and (entry.what == "story" or False in drafted or entry.undoes is not None):
            break
    return tuple(found)


def _ordered_in(change: Change) -> tuple[str, ...]:
    """Jobs, but for the book's id, that a change of a page counts; a copy of a book has jobs of another id in its journal."""
    attempt = change.after if change.field == "attempt" else None
    if change.field == "chapter" and isinstance(change.after, dict):
        attempt = change.after.get("attempt")
    return (f"{_local(change.page or '')}.{attempt}",) if attempt else ()


def _jobs_in(entry: Entry) -> set[str]:
    sides = [change.after for change in entry.changes if change.field == "picture" and isinstance(change.after, dict)]
    return {_local(str(side.get("job", ""))) for side in sides}


def _local(id_: str) -> str:
    return id_.partition(".")[2]


def _with_wake(about: Entry, wake: tuple[Entry, ...]) -> tuple[Change, ...]:
    """All that a change of what the book is about brought along, the latest first; counters stay."""
    meant = [change for entry in reversed(wake) for change in entry.changes if change.field not in _COUNTERS]
    meant = [change for change in meant if not (change.field == "picture" and change.before is None)]
    return (*meant, *(change for change in about.changes if change.field not in _COUNTERS))


def reverted(book: Book, changes: tuple[Change, ...]) -> Book:
    """The book with these changes taken back; what was changed otherwise since then stays."""
    for change in changes:
        if change.page is None:
            book = replace(book, **{change.field: change.before})
        elif change.field == "chapter":
            book = _bring_back(book, change)
        else:
            page = book.page(change.page)
            if page is not None and change.field != "n" and not _is_redrawn(page, change):
                book = with_page(book, replace(page, **{change.field: change.before}))
    return _reordered(
        book, {change.page: change.before for change in changes if change.field == "n" and type(change.before) is int}
    )


def _is_redrawn(page: Chapter, change: Change) -> bool:
    """Whether a change only noted anew what a picture tells, and another hangs there since."""
    sides = [side for side in (change.before, change.after) if isinstance(side, dict)]
    if change.field != "picture" or len(sides) < 2 or sides[0].get("file") != sides[1].get("file"):
        return False
    return bool(sides[1].get("tells")) and page.picture is not None and page.picture.file != sides[0].get("file")


def _bring_back(book: Book, change: Change) -> Book:
    """A chapter that went comes back at its place; one that came goes."""
    others = tuple(chapter for chapter in book.chapters if chapter.id != change.page)
    if change.before is None:
        return renumbered(book, others)
    chapter = checked(Chapter, **change.before) if isinstance(change.before, dict) else None
    if chapter is None or chapter.n < 1:
        raise InvalidInputError("This cannot be taken back: the book's history of it is damaged.")
    at = chapter.n - 1
    return renumbered(book, (*others[:at], chapter, *others[at:]))


def _reordered(book: Book, places: dict[str | None, Any]) -> Book:
    if not places:
        return book
    return renumbered(
        book, tuple(sorted(book.chapters, key=lambda chapter: (places.get(chapter.id, chapter.n), chapter.n)))
    )


class Wording(Value):
    """Words that a page had, or has.

    Attributes:
        at: Since when.
        what: Why it got them.
    """

    title: str
    text: str
    at: datetime
    what: What


def wordings_of(entries: tuple[Entry, ...], page: Chapter) -> tuple[Wording, ...]:
    """All words that a page ever had, oldest first, each once; the last are those it has.

    Args:
        entries: The whole history, oldest first.
        page: The page as it stands.
    """
    words: dict[str, str] | None = {"title": page.title, "text": page.text}
    found: list[Wording] = []
    for entry in reversed(entries):
        before = _before(words, entry, page.id)
        if words is not None and before != words:
            found.append(Wording(**words, at=entry.at, what=entry.what))
        words = before
    if entries and words is not None:
        # A cover is there from the first save on, and so, it seems, are words whose coming the journal lost.
        found.append(Wording(**words, at=entries[0].at, what=entries[0].what))
    return _each_once(found[::-1], page)


def _before(words: dict[str, str] | None, entry: Entry, page: str) -> dict[str, str] | None:
    """What a page's words were before a save; None where the page was not there."""
    for change in entry.changes:
        if change.page == page and change.field == "chapter":
            had = change.before if isinstance(change.before, dict) else None
            return had and {name: str(had.get(name, "")) for name in ("title", "text")}
        if words is not None and change.page == page and change.field in words:
            words = words | {change.field: str(change.before)}
    return words


def _each_once(found: list[Wording], page: Chapter) -> tuple[Wording, ...]:
    """Words that came back are told as of their first time, but for those that stand; no words at all are none."""
    *earlier, last = found or [Wording(title=page.title, text=page.text, at=now(), what="created")]
    each: dict[tuple[str, str], Wording] = {("", ""): last, (last.title, last.text): last}
    for wording in earlier:
        each.setdefault((wording.title, wording.text), wording)
    return (*(wording for wording in each.values() if wording is not last), last)


def pictures_of(entries: tuple[Entry, ...], page: str) -> tuple[Picture, ...]:
    """Every picture a page ever had, oldest first, each once; with the notes and costs that came since."""
    seen: dict[str, Picture] = {}
    for entry in entries:
        for change in entry.changes:
            if change.page == page and change.field == "picture" and change.after is not None:
                with contextlib.suppress(ValidationError):  # of a damaged line
                    picture = Picture.model_validate(change.after)
                    first = seen.get(picture.file, picture)
                    seen[picture.file] = replace(first, notes=picture.notes, cost_usd=picture.cost_usd)
    return tuple(seen.values())


def picture_jobs_of(entries: tuple[Entry, ...]) -> frozenset[str]:
    """Ids of all jobs whose pictures hung on any page, those of chapters that were deleted included."""
    sides = [side for entry in entries for change in entry.changes for side in _pictures_in(change)]
    return frozenset(str(side.get("job", "")) for side in sides if isinstance(side, dict))


def _pictures_in(change: Change) -> tuple[Any, ...]:
    """What a change says of pictures, before and after."""
    if change.field == "picture":
        return (change.before, change.after)
    if change.field == "chapter":
        return tuple(side.get("picture") for side in (change.before, change.after) if isinstance(side, dict))
    return ()
