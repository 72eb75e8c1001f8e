"""The pages of a book as rows: what each view shows, made of the book and its jobs, and what changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from storymaker.contract.values import BookOut, ChapterOut, JobOut, PictureOut

State = Literal["missing", "waiting", "drawing", "writing", "done", "stale", "look", "failed"]

LABELS: Final[Mapping[State, str]] = {
    "missing": "no picture yet",
    "waiting": "waiting",
    "drawing": "being drawn",
    "writing": "being written",
    "done": "done",
    "stale": "no longer matches the words",
    "look": "please look at it first",
    "failed": "not drawn",
}
"""Each state in words; a mark or a colour never stands alone."""
WORDS: Final = ("title", "text", "image_prompt", "alt", "scene")


@dataclass(frozen=True)
class Row:
    """A page of the book as the storyboard shows it.

    Attributes:
        id: Of the chapter, or of the cover.
        n: Its place; the cover is 0.
        picture: File name; empty while there is none.
        notes: Sentences about the picture.
        veiled: A parent should look at the picture first; it is not shown until then.
        state: Of its picture and its words.
        reason: Why the latest try failed, or what happened to the picture.
        job: The job that is under way, or that failed.
        sketch: Stands for the unfinished picture, while one is to be seen.
        retellable: Whether its words can be written anew.
    """

    id: str
    n: int
    title: str
    text: str
    image_prompt: str
    alt: str
    scene: str
    locked: bool
    picture: str = ""
    notes: str = ""
    veiled: bool = False
    state: State = "missing"
    reason: str = ""
    job: str = ""
    sketch: str = ""
    retellable: bool = False

    @property
    def busy(self) -> bool:
        """Whether something is being made for it."""
        return self.state in ("waiting", "drawing", "writing")


class View(Protocol):
    """One way to show the rows: the grid, or cards."""

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, in place of all that was shown."""

    def patch(self, row: Row, changed: Iterable[str]) -> None:
        """Show these fields of a row as they are now."""

    def select(self, row_id: str) -> None:
        """Show which row is meant."""


def rows_of(book: BookOut, jobs: Sequence[JobOut]) -> tuple[Row, ...]:
    """The rows of a book: the cover, then the chapters."""
    latest = {(job.chapter_id, job.kind): job for job in jobs if job.chapter_id}
    return tuple(_row(page, latest.get((page.id, "picture")), latest.get((page.id, "chapter"))) for page in book.pages)


def _row(page: ChapterOut, drawing: JobOut | None, writing: JobOut | None) -> Row:
    """A rewrite that failed leaves the page as it is, and is told once; a drawing that failed leaves it without."""
    picture = page.picture
    state: State = page.state
    reason, job = page.trouble, ""
    if picture is not None and picture.veiled:
        state = "look"
    if drawing is not None and _failed(drawing, picture):
        state, job, reason = "failed", drawing.id, drawing.reason or "It could not be drawn. Please try again."
    for task in (drawing, writing):
        if task is not None and not task.ended:
            state, job, reason = _live(task), task.id, ""
    return Row(
        **{name: getattr(page, name) for name in ("id", "n", "locked", *WORDS)},
        picture=picture.file if picture else "",
        notes=" ".join(picture.notes) if picture else "",
        veiled=picture is not None and picture.veiled,
        state=state,
        reason=reason,
        job=job,
        sketch=drawing.sketch if drawing is not None else "",
        retellable=page.retellable,
    )


def _live(job: JobOut) -> State:
    if job.kind == "chapter":
        return "writing"
    return "drawing" if job.state == "running" else "waiting"


def _failed(drawing: JobOut, picture: PictureOut | None) -> bool:
    """Whether a drawing failed and no picture came since."""
    came = picture is not None and drawing.finished is not None and picture.created > drawing.finished
    return drawing.state == "failed" and not came


def changed_fields(old: Row, new: Row) -> tuple[str, ...]:
    """The names of what is different."""
    return tuple(field.name for field in fields(Row) if getattr(old, field.name) != getattr(new, field.name))


def show_news(views: Iterable[View], old: Sequence[Row], new: Sequence[Row]) -> None:
    """Bring views from the old rows to the new: patches where the pages are the same ones, else all anew."""
    same = [row.id for row in old] == [row.id for row in new]
    changes = [(row, changed_fields(before, row)) for before, row in zip(old, new, strict=True)] if same else []
    for view in views:
        if not same:
            view.show(new)
        for row, names in changes:
            if names:
                view.patch(row, names)


@dataclass(frozen=True)
class Progress:
    """How far a book is.

    Attributes:
        done: Pages with a picture that tells their words.
        of: Pages there will be.
        sentence: That in words.
        rest: How long it may still take and what was spent; empty where nothing is to be said.
        live: Whether something is being made.
        missing: How many pages could be drawn now.
    """

    done: int
    of: int
    sentence: str
    rest: str
    live: bool
    missing: int


def progress_of(book: BookOut, jobs: Sequence[JobOut], now: datetime) -> Progress:
    """How far a book is, in numbers and in words.

    Args:
        book: The book.
        jobs: Its jobs.
        now: The time of day.
    """
    done = sum(page.state == "done" for page in book.pages)
    writing = any(job.kind == "story" and not job.ended for job in jobs)
    of = max(len(book.pages), book.brief.chapters + 1) if writing or not book.drafted else len(book.pages)
    live = [job for job in jobs if not job.ended]
    drawing = [job for job in live if job.kind == "picture"]
    busy_pages = {job.chapter_id for job in drawing}
    missing = sum(page.state != "done" and not page.locked and page.id not in busy_pages for page in book.pages)
    rest = [
        next((job.waiting for job in live if job.waiting), ""),
        _time_left(jobs, now) if drawing and not writing else "",
        f"${book.cost_usd:.2f} spent" if book.cost_usd else "",
    ]
    sentence = _sentence(book, jobs, writing, bool(drawing), done, of)
    return Progress(done, of, sentence, " · ".join(filter(None, rest)), bool(live), missing)


def _sentence(book: BookOut, jobs: Sequence[JobOut], writing: bool, drawing: bool, done: int, of: int) -> str:
    if writing:
        return f"The story is being written: {len(book.chapters)} of {book.brief.chapters} chapters so far."
    if drawing:
        return f"The pictures are being drawn: {done} of {of} are there."
    if not book.drafted:
        told = [job for job in jobs if job.kind == "story"]
        reason = told[-1].reason if told and told[-1].state == "failed" else None
        there, asked = len(book.chapters), book.brief.chapters
        short = there and there < asked
        return reason or (
            f"Only {there} of {asked} chapters are there." if short else "The story was not written to its end."
        )
    if book.complete:
        return "The book is finished."
    stale = sum(page.state == "stale" for page in book.pages)
    if stale:
        return f"{done} of {of} pictures are there; {stale} no longer match{'es' if stale == 1 else ''} the words."
    return f"{done} of {of} pictures are there."


def _time_left(jobs: Sequence[JobOut], now: datetime) -> str:
    """How long the drawings that wait may take, going by those of the same batch that are done."""
    live = [job for job in jobs if job.kind == "picture" and not job.ended]
    began = min((job.created for job in live if job.created), default=None)
    done = [
        job for job in jobs
        if job.kind == "picture" and job.state == "done" and began and job.finished and job.finished > began
    ]  # fmt: skip
    known = [job.seconds for job in live if job.seconds is not None]
    others = min((job.ahead for job in live), default=0) if all(job.state == "queued" for job in live) else 0
    turn = f"{others} picture{'s' if others != 1 else ''} of other books first" if others else ""
    if known:  # the studio knows its whole queue; the batch knows only itself
        return " · ".join(filter(None, (turn, _in_words(max(known)))))
    if not began or not done:
        return turn
    return _in_words((now - began).total_seconds() / len(done) * len(live))


def _in_words(seconds: float) -> str:
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10:.0f} seconds left"
    return f"about {round(seconds / 60):.0f} minutes left"


def plain(row: Row, names: Iterable[str]) -> dict[str, Any]:
    """Fields of a row as values that cross to a browser."""
    return {name: getattr(row, name) for name in names}
