"""Values of the library as values of the contract."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Final

from storymaker.books.cards import CardPage
from storymaker.books.checkup import Fault, told
from storymaker.books.folder import BookCard
from storymaker.books.model import Book, Character
from storymaker.books.values import Value
from storymaker.contract.routes import PDF, WIDTHS
from storymaker.contract.values import (
    WIDTH_MAX,
    BookOut,
    CardOut,
    ChapterOut,
    CharacterOut,
    File,
    JobOut,
    JobsOut,
    MakerOut,
    PhotoTaken,
    ShelfOut,
    Trouble,
)
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.images.illustrator import Illustrator
from storymaker.jobs.queue import Job
from storymaker.production import sends
from storymaker.story.author import Author

_PROBLEMS_MAX: Final = 50
"""Folders without a readable book that an answer names, at most."""


def book_out(book: Book, faults: Mapping[str, Fault], retellable: Container[str]) -> BookOut:
    """A book; pages whose picture is missing or damaged are still to be drawn, and say why.

    Args:
        book: The book.
        faults: What is wrong with its pictures, by page.
        retellable: Which chapters its author can write anew.
    """
    out = BookOut.model_validate(book)

    def page(old: ChapterOut) -> ChapterOut:
        lost = {"state": "missing", "picture": None, "trouble": told(faults[old.id])} if old.id in faults else {}
        return old.model_copy(update={"retellable": old.id in retellable} | lost)

    whole = out.complete and not faults
    return out.model_copy(
        update={"cover": page(out.cover), "chapters": tuple(map(page, out.chapters)), "complete": whole}
    )


def shelf_out(page: CardPage, problems: Sequence[tuple[str, str]] = ()) -> ShelfOut:
    """A part of a shelf, with the first of its problems: folder and reason."""
    named = [Trouble(folder=folder, reason=reason) for folder, reason in problems[:_PROBLEMS_MAX]]
    if rest := len(problems) - len(named):
        named.append(
            Trouble(folder="", reason=f"{rest} more folders hold no readable book. “storymaker list” names them.")
        )
    return ShelfOut(
        books=tuple(map(_card_out, page.cards)), problems=tuple(named), total=page.total, next=page.following
    )


def _card_out(card: BookCard) -> CardOut:
    shown = {name: getattr(card, name) for name in CardOut.model_fields}
    return CardOut(**shown | {"cover": card.cover and card.cover.name})


def character_out(character: Value) -> CharacterOut:
    """A character."""
    return CharacterOut.model_validate(character)


def taken_out(taken: tuple[Character, tuple[str, ...]]) -> PhotoTaken:
    """A character that a photo came to, and what is to be said of it."""
    character, remarks = taken
    return PhotoTaken(character=character_out(character), remarks=remarks)


def job_out(job: Job) -> JobOut:
    """A job."""
    return JobOut.model_validate(job)


def jobs_out(jobs: Sequence[Job]) -> JobsOut:
    """Jobs."""
    return JobsOut(jobs=tuple(map(job_out, jobs)))


def maker_out(name: str, maker: Author | Illustrator, estimate_usd: float) -> MakerOut:
    """A maker by the name that it is installed, and asked for, under."""
    return MakerOut(
        name=name,
        credit=maker.credit,
        estimate_usd=estimate_usd,
        follows_wishes=maker.follows_wishes,
        sends=sends(maker),
    )


def file_out(path: Path, media_type: str) -> File:
    """A file's bytes.

    Raises:
        NotFoundError: If it is not there any more.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("This file is not there any more. Please have it made again.") from None
    return File(media_type=media_type, data=data, name=path.name if media_type == PDF else "")


def book_of(chapter_id: str) -> str:
    """The id of the book that a chapter is in."""
    return chapter_id.partition(".")[0]


def offered_width(asked: int) -> int:
    """The width in pixels that is given to whoever asks for this one.

    Raises:
        InvalidInputError: If no picture is that wide.
    """
    if not 1 <= asked <= WIDTH_MAX:
        raise InvalidInputError(f"The width cannot be used: it is a number of pixels from 1 to {WIDTH_MAX}.")
    return next((width for width in WIDTHS if width >= asked), WIDTHS[-1])
