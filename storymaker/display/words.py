"""Values in words: what a terminal prints, and the facts beneath a picture."""

from __future__ import annotations

from typing import Any, Final

from storymaker.books.model import Book, Chapter, Character, Picture, clean_text
from storymaker.jobs.queue import Job

SEPARATOR: Final = " · "
_STATES: Final = {"done": "", "stale": "changed since it was drawn", "missing": "not drawn yet"}
_PRINTED: Final = 400
"""Characters of a page's words that a terminal is given."""


def in_words(value: object) -> str:
    """A value in a few lines, for a terminal: nothing in them steers it.

    Args:
        value: One of those that show themselves.
    """
    match value:
        case Book():
            lines: tuple[str, ...] = (name_of(value), SEPARATOR.join((*book_facts(value), value.id)))
        case Chapter():
            lines = (name_of(value), shortened(value.text, _PRINTED), SEPARATOR.join((*page_facts(value), value.id)))
        case Picture():
            lines = (SEPARATOR.join((value.file, *picture_facts(value))), *value.notes)
        case Character():
            lines = (SEPARATOR.join((name_of(value), *character_facts(value), value.id)),)
        case Job():
            lines = (SEPARATOR.join((name_of(value), *job_facts(value))), value.reason or "")
        case _:
            raise TypeError(f"{type(value).__name__} has no words of its own")
    return "\n".join(clean_text(line) for line in lines if line)


def name_of(value: Book | Chapter | Character | Job) -> str:
    """What a value is called."""
    match value:
        case Book():
            return value.title or "A book without a title yet"
        case Chapter(n=0):
            return f"Cover: {value.title}" if value.title else "Cover"
        case Chapter():
            return f"{value.n}. {value.title}".rstrip()
        case Character():
            return f"{value.name} the {value.kind}" if value.kind else value.name
        case Job():
            return f"{value.kind} {value.id}"


def book_facts(book: Book) -> tuple[str, ...]:
    """Whom it is about and for, how far it is, and what it cost."""
    chapters = len(book.chapters)
    return _those_there_are(
        " and ".join(name_of(hero) for hero in book.heroes),
        f"ages {book.brief.age_band.replace('-', '–')}",
        counted(chapters, "chapter") if book.drafted else f"{counted(chapters, 'chapter')} so far",
        "all drawn" if book.complete else f"{book.done} drawn",
        f"version {book.version}",
        dollars(book.spent_usd),
    )


def page_facts(page: Chapter) -> tuple[str, ...]:
    """Where it plays, how its picture stands, and whether it is locked."""
    return _those_there_are(page.scene, _STATES[page.state], "locked" if page.locked else "")


def picture_facts(picture: Picture) -> tuple[str, ...]:
    """Who drew it, how large, from what, and what it cost."""
    return _those_there_are(
        f"by {picture.illustrator}",
        f"{picture.width} × {picture.height} px",
        f"seed {picture.seed}",
        dollars(picture.cost_usd),
        "hidden until a parent has looked at it" if picture.veiled else "",
    )


def character_facts(character: Character) -> tuple[str, ...]:
    """What it is like, and how many cut-outs there are of it."""
    drawn = "drawn by us" if character.figure else ""
    return _those_there_are(character.trait, counted(len(character.poses), "cut-out") if character.poses else "", drawn)


def job_facts(job: Job) -> tuple[str, ...]:
    """How it stands, how long it took, and what it cost."""
    seconds = (job.finished - job.started).total_seconds() if job.finished and job.started else None
    return _those_there_are(
        f"{job.state}, {job.progress:.0%}" if job.state == "running" else job.state,
        f"{seconds:.1f} s" if seconds is not None and job.ended else "",
        dollars(job.cost_usd) if job.cost_usd else "",
    )


def counted(number: int, thing: str) -> str:
    """So many of a thing, in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def dollars(usd: float) -> str:
    """A price in US dollars; one below a cent is not told as nothing."""
    return f"${usd:.2f}" if usd >= 0.01 or usd == 0 else "less than a cent"


def shortened(text: str, length: int) -> str:
    """The beginning of a text, so many characters at most."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _those_there_are(*facts: Any) -> tuple[str, ...]:
    return tuple(fact for fact in facts if fact)
