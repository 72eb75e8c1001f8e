"""Every way to change a book, as pure functions: a book in, a book out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from storymaker.books.checking import replace
from storymaker.books.model import TITLE_MAX, Book, Chapter, Picture
from storymaker.errors import ConflictError, InvalidInputError, NotFoundError
from storymaker.text import clean_name, clean_text, short_id

WORDS: Final = ("title", "text", "image_prompt", "alt", "scene")
"""The fields of a chapter that are words."""

BOOK_FIELDS: Final = ("title", "dedication")
CHAPTER_FIELDS: Final = (*WORDS, "locked", "n")

_UNSET: Final = object()


@dataclass(frozen=True)
class Edit:
    """One field given a new value.

    Attributes:
        field: Name of the field.
        value: What it shall be.
        chapter_id: Which page; None is the book itself.
        base: The value the edit started from; when given and no longer true, the edit conflicts.
    """

    field: str
    value: object
    chapter_id: str | None = None
    base: object = _UNSET


def require_page(book: Book, chapter_id: str) -> Chapter:
    """The chapter (or cover) of this id.

    Raises:
        NotFoundError: If the book has none.
    """
    page = book.page(chapter_id)
    if page is None:
        raise NotFoundError(f"“{book.title}” has no chapter {chapter_id}. It may have been deleted.")
    return page


def with_page(book: Book, page: Chapter) -> Book:
    """The book with this page in the place of the one with its id."""
    if page.id == book.cover.id:
        return replace(book, cover=page)
    return replace(book, chapters=tuple(page if old.id == page.id else old for old in book.chapters))


def apply_edit(book: Book, edit: Edit) -> Book:
    """Change one field.

    Raises:
        ConflictError: If the field was changed since ``edit.base``.
        InvalidInputError: If there is no such field or it cannot be that.
        NotFoundError: If there is no such chapter.
    """
    target: Book | Chapter = book if edit.chapter_id is None else require_page(book, edit.chapter_id)
    allowed = BOOK_FIELDS if edit.chapter_id is None else CHAPTER_FIELDS
    if edit.field not in allowed:
        raise InvalidInputError(f"“{edit.field}” cannot be changed; what can be is: {', '.join(allowed)}.")
    current = getattr(target, edit.field)
    value = clean_text(edit.value) if isinstance(edit.value, str) else edit.value
    if edit.base is not _UNSET and current not in (edit.base, value):
        raise ConflictError(
            f"The {edit.field.replace('_', ' ')} was changed elsewhere in the meantime. Please choose which to keep.",
            field=edit.field,
            mine=value,
            theirs=current,
        )
    if isinstance(target, Book):
        return _edit_book(target, edit.field, value)
    if edit.field == "n":
        return move_chapter(book, target.id, value)
    return with_page(book, replace(target, **{edit.field: value}))


def _edit_book(book: Book, field: str, value: object) -> Book:
    """A new title goes onto the cover as well."""
    if field == "title":
        title = clean_name(str(value), limit=TITLE_MAX, what="title")
        if not title:
            raise InvalidInputError("The book needs a title. Please type one.")
        return replace(book, title=title, cover=replace(book.cover, title=title))
    return replace(book, **{field: value})


def renumbered(book: Book, chapters: tuple[Chapter, ...]) -> Book:
    """The book with these chapters, numbered from 1 in this order."""
    return replace(book, chapters=tuple(replace(chapter, n=n) for n, chapter in enumerate(chapters, start=1)))


def add_chapter(book: Book, *, n: int | None = None, **fields: object) -> Book:
    """Add a chapter.

    Args:
        book: The book.
        n: Its place, from 1; None is the end.
        fields: Its words.

    Raises:
        InvalidInputError: If a field cannot be that, or the book is full.
    """
    if len(book.chapters) >= 40:
        raise InvalidInputError("A book has at most 40 chapters. Please delete one first.")
    chapter = replace(Chapter(id=f"{book.id}.{short_id(4)}", n=1), **fields)
    at = len(book.chapters) if n is None else max(0, min(len(book.chapters), n - 1))
    return renumbered(book, (*book.chapters[:at], chapter, *book.chapters[at:]))


def delete_chapter(book: Book, chapter_id: str) -> Book:
    """Take a chapter out; history can put it back.

    Raises:
        NotFoundError: If there is none.
        InvalidInputError: If it is the cover.
    """
    if require_page(book, chapter_id).n == 0:
        raise InvalidInputError("The cover cannot be deleted. It can be drawn anew.")
    return renumbered(book, tuple(chapter for chapter in book.chapters if chapter.id != chapter_id))


def move_chapter(book: Book, chapter_id: str, n: object) -> Book:
    """Put a chapter at another place.

    Raises:
        NotFoundError: If there is none.
        InvalidInputError: If the place is none, or it is the cover.
    """
    chapter = require_page(book, chapter_id)
    if chapter.n == 0 or isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= len(book.chapters):
        raise InvalidInputError(f"A chapter's place is a number from 1 to {len(book.chapters)}.")
    others = tuple(other for other in book.chapters if other.id != chapter_id)
    return renumbered(book, (*others[: n - 1], chapter, *others[n - 1 :]))


def attach_picture(book: Book, chapter_id: str, picture: Picture) -> Book:
    """Hang a finished picture on its page, whatever happened to the words meanwhile; its price is counted.

    Raises:
        NotFoundError: If the page is gone.
    """
    page = require_page(book, chapter_id)
    return replace(with_page(book, replace(page, picture=picture)), cost_usd=round(book.cost_usd + picture.cost_usd, 6))
