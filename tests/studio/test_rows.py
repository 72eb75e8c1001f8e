"""Rows: what the storyboard shows of a book and its jobs, what changed since, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storymaker.books.model import Brief
from storymaker.contract.values import BookOut, ChapterOut, CharacterOut, JobOut, PictureOut
from storymaker.studio.storyboard.rows import Row, changed_fields, progress_of, rows_of, show_news

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def picture(minutes: int = 0) -> PictureOut:
    """A picture that was drawn so many minutes after noon."""
    return PictureOut(
        file="a" * 32 + ".png", illustrator="plain", width=8, height=8, cost_usd=0, notes=("A note.",),
        created=NOON + timedelta(minutes=minutes),
    )  # fmt: skip


def page(n: int, state: str = "done", **more: Any) -> ChapterOut:
    """A page of the book."""
    words = {"title": f"Part {n}", "text": f"Text {n}.", "image_prompt": "", "alt": "", "scene": ""}
    drawn = None if state == "missing" else picture()
    return ChapterOut.model_validate(
        {"id": f"b.{n}", "n": n, "locked": False, "state": state, "picture": drawn} | words | more
    )


def book(*states: str, drafted: bool = True, spent: float = 0.0, chapters: int | None = None, **more: Any) -> BookOut:
    """A book whose cover and chapters have these states."""
    pages = [page(n, state) for n, state in enumerate(states)]
    hero = CharacterOut(id="hero", name="Pip", kind="", pronouns="they", trait="", look="", figure="hero", poses=())
    told: dict[str, Any] = {
        "id": "b", "version": 1, "created": NOON, "updated": NOON, "title": "T", "dedication": "", "summary": "",
        "brief": Brief(chapters=chapters or len(states) - 1), "heroes": (hero,), "friend": None, "cover": pages[0],
        "chapters": tuple(pages[1:]), "drafted": drafted, "complete": drafted and set(states) == {"done"}, "spent_usd": spent,
    }  # fmt: skip
    return BookOut.model_validate(told | more)


def job(n: int | None, state: str, kind: str = "picture", **more: Any) -> JobOut:
    """A job of a page, or of the whole story."""
    told = {
        "id": f"b.{n}.1", "book_id": "b", "chapter_id": None if n is None else f"b.{n}", "kind": kind, "state": state,
        "progress": 0, "reason": None, "code": None, "cost_usd": 0, "created": NOON, "started": None, "finished": None,
    }  # fmt: skip
    return JobOut.model_validate(told | more)


@pytest.mark.parametrize(
    ("state", "jobs", "expected"),
    [
        ("done", [], "done"),
        ("stale", [], "stale"),
        ("missing", [], "missing"),
        ("missing", [job(1, "queued")], "waiting"),
        ("done", [job(1, "running")], "drawing"),
        ("done", [job(1, "running", "chapter")], "writing"),
        ("done", [job(1, "running"), job(1, "running", "chapter")], "writing"),
        ("missing", [job(1, "failed", reason="No paper.")], "failed"),
        ("missing", [job(1, "failed"), job(1, "queued")], "waiting"),
        ("missing", [job(1, "cancelled")], "missing"),
        ("done", [job(1, "done")], "done"),
        ("done", [job(1, "failed", finished=NOON - timedelta(minutes=1))], "done"),
        ("done", [job(1, "failed", finished=NOON + timedelta(minutes=1))], "failed"),
        ("missing", [job(2, "running"), job(None, "running", "story")], "missing"),
    ],
)
def test_a_row_tells_how_its_page_stands(state: str, jobs: list[JobOut], expected: str) -> None:
    """By the page, by what is under way for it, and by what failed since its picture came."""
    row = rows_of(book("done", state), jobs)[1]
    assert row.state == expected
    assert bool(row.reason) == (expected == "failed")
    assert row.busy == (expected in ("waiting", "drawing", "writing"))


def test_a_row_carries_words_picture_and_reason() -> None:
    """As they are, with the job that can be tried again."""
    cover, row = rows_of(
        book("done", "done"), [job(1, "failed", reason="No paper.", finished=NOON + timedelta(hours=1))]
    )
    assert (cover.n, row.title, row.text) == (0, "Part 1", "Text 1.")
    assert (row.picture, row.notes, row.reason, row.job) == ("a" * 32 + ".png", "A note.", "No paper.", "b.1.1")


class Recorded:
    """A view that writes down what it is told."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def show(self, rows: Sequence[Row]) -> None:
        self.seen.append([row.id for row in rows])

    def patch(self, row: Row, changed: Iterable[str]) -> None:
        self.seen.append((row.id, tuple(changed)))

    def select(self, row_id: str) -> None:
        """Nothing."""


def test_only_what_changed_is_shown() -> None:
    """One field of one page; nothing where nothing changed; all anew where a page came, went or moved."""
    view = Recorded()
    old = rows_of(book("done", "done", "missing"), [])
    show_news([view], old, old)
    assert view.seen == []
    show_news([view], old, rows_of(book("done", "done", "missing"), [job(2, "running")]))
    assert view.seen == [("b.2", ("state", "job"))]
    show_news([view], old, old[:2])
    show_news([view], old, (old[0], old[2], old[1]))
    assert view.seen[1:] == [["b.0", "b.1"], ["b.0", "b.2", "b.1"]]
    assert changed_fields(old[1], old[2]) == ("id", "n", "title", "text", "picture", "notes", "state")


def test_progress_is_told_in_words_and_numbers() -> None:
    """While it is written, drawn, broken off, out of date, finished."""
    writing = progress_of(book("missing", "done", drafted=False, chapters=10), [job(None, "running", "story")], NOON)
    assert writing.sentence == "The story is being written: 1 of 10 chapters so far."
    assert (writing.of, writing.live) == (11, True)
    drawing = progress_of(book("missing", "done", "missing"), [job(2, "running"), job(0, "queued")], NOON)
    assert drawing.sentence == "The pictures are being drawn: 1 of 3 are there."
    assert (drawing.done, drawing.missing, drawing.live) == (1, 0, True)
    broken = progress_of(
        book("missing", drafted=False, chapters=3), [job(None, "failed", "story", reason="No words.")], NOON
    )
    assert (broken.sentence, broken.live) == ("No words.", False)
    assert (
        progress_of(book("missing", drafted=False, chapters=3), [], NOON).sentence
        == "The story was not written to its end."
    )
    stale = progress_of(book("done", "stale", "done"), [], NOON)
    assert (stale.sentence, stale.missing) == ("2 of 3 pictures are there; 1 no longer matches the words.", 1)
    done = progress_of(book("done", "done", spent=1.25), [], NOON)
    assert (done.sentence, done.rest, done.missing) == ("The book is finished.", "$1.25 spent", 0)


def test_locked_pages_are_not_missing() -> None:
    """They are left alone when all that is missing is drawn."""
    chapters = (page(1, "missing", locked=True), page(2, "missing"))
    assert progress_of(book("done", "done", "done").model_copy(update={"chapters": chapters}), [], NOON).missing == 1


@pytest.mark.parametrize(
    ("done", "left", "elapsed", "words"),
    [
        (0, 3, 60, ""),
        (2, 1, 8, "a few seconds left"),
        (5, 5, 40, "about 40 seconds left"),
        (2, 8, 120, "about 8 minutes left"),
    ],
)
def test_the_time_left_goes_by_the_pictures_of_the_same_batch(done: int, left: int, elapsed: int, words: str) -> None:
    """Nothing before the first is there; then as long for each as for those that are done."""
    jobs = [job(n, "done", finished=NOON + timedelta(seconds=1)) for n in range(done)]
    jobs += [job(done + n, "queued") for n in range(left)]
    told = progress_of(book(*["missing"] * (done + left)), jobs, NOON + timedelta(seconds=elapsed))
    assert told.rest == words


def test_what_is_under_way_hides_what_failed() -> None:
    """A page that is written anew does not say that its picture failed before."""
    failed = job(1, "failed", reason="No paper.", finished=NOON + timedelta(hours=1))
    writing = job(1, "running", "chapter", id="w")
    row = rows_of(book("done", "done"), [failed, writing])[1]
    assert (row.state, row.reason, row.job) == ("writing", "", "w")


@pytest.mark.parametrize("state", ["done", "stale", "missing"])
def test_a_rewrite_that_failed_leaves_the_page_as_it_is(state: str) -> None:
    """Its words are there still, and so is its picture, or the reason why there is none."""
    broken = job(1, "failed", "chapter", id="w", reason="No words.", finished=NOON + timedelta(hours=1))
    row = rows_of(book("done", state), [broken])[1]
    assert (row.state, row.reason, row.job) == (state, "", "")
    undrawn = job(1, "failed", reason="No paper.", finished=NOON + timedelta(hours=1))
    row = rows_of(book("done", state), [undrawn, broken])[1]
    assert (row.state, row.reason, row.job) == ("failed", "No paper.", "b.1.1")


def test_a_picture_that_failed_without_a_word_has_a_sentence() -> None:
    """Which says what to do."""
    row = rows_of(book("done", "missing"), [job(1, "failed")])[1]
    assert (row.state, row.reason) == ("failed", "It could not be drawn. Please try again.")


def test_notes_stand_apart() -> None:
    """Two sentences are not run together."""
    drawn = picture().model_copy(update={"notes": ("One.", "Two.")})
    cover = page(0).model_copy(update={"picture": drawn})
    assert rows_of(book("done", "done").model_copy(update={"cover": cover}), [])[0].notes == "One. Two."


def test_a_story_is_told_by_its_latest_try() -> None:
    """Its own reason where it failed, and all the pages that there will be; one that was cancelled has no reason."""
    tries = [job(None, "failed", "story", reason="Old."), job(None, "failed", "story", reason="New.")]
    broken = progress_of(book("missing", drafted=False, chapters=3), tries, NOON)
    assert (broken.sentence, broken.of) == ("New.", 4)
    tries[1] = job(None, "cancelled", "story", reason="Not for parents.")
    stopped = progress_of(book("missing", drafted=False, chapters=3), tries, NOON)
    assert stopped.sentence == "The story was not written to its end."


def test_writing_comes_before_drawing() -> None:
    """While both go on, the words are what is told, and no time: more pages are to come."""
    jobs = [job(None, "running", "story"), job(0, "done", finished=NOON + timedelta(seconds=1)), job(1, "queued")]
    told = progress_of(book("done", "missing", drafted=False, chapters=5), jobs, NOON + timedelta(seconds=60))
    assert told.sentence == "The story is being written: 1 of 5 chapters so far."
    assert told.rest == ""


def test_what_is_there_is_counted_when_nothing_goes_on() -> None:
    """Neither finished nor out of date."""
    assert progress_of(book("done", "missing"), [], NOON).sentence == "1 of 2 pictures are there."


def test_time_and_money_are_told_together() -> None:
    """Only pictures of this batch that were drawn count: neither those of an earlier one, nor those that failed."""
    at = [NOON + timedelta(seconds=n) for n in (-60, 1, 2)]
    jobs = [
        job(0, "done", finished=at[0]), job(1, "done", finished=at[1]), job(2, "failed", finished=at[2]),
        job(3, "queued"), job(4, "queued", created=NOON + timedelta(seconds=30)),
    ]  # fmt: skip
    told = progress_of(book(*["missing"] * 5, spent=0.5), jobs, NOON + timedelta(seconds=40))
    assert told.rest == "about 80 seconds left · $0.50 spent"


def test_the_time_left_knows_the_queue_of_all_families() -> None:
    """What the studio foresees goes before what the batch shows; before its turn a book says how many go first."""
    first, last = (job(n, "queued").model_copy(update={"ahead": 3 + n, "seconds": 40.0 + 20 * n}) for n in range(2))
    assert progress_of(book("missing", "missing"), [first, last], NOON).rest == (
        "3 pictures of other books first · about 60 seconds left"
    )
    unknown = first.model_copy(update={"ahead": 1, "seconds": None})
    assert progress_of(book("missing", "missing"), [unknown], NOON).rest == "1 picture of other books first"
    running = last.model_copy(update={"state": "running", "ahead": 0})
    assert progress_of(book("missing", "missing"), [first, running], NOON).rest == "about 60 seconds left"


@pytest.mark.parametrize(
    ("elapsed", "words"),
    [(9, "a few seconds left"), (10, "about 10 seconds left"), (89, "about 90 seconds left"), (90, "about 2 minutes left")],
)  # fmt: skip
def test_time_is_rounded(elapsed: int, words: str) -> None:
    """To seconds by ten, then to minutes."""
    jobs = [job(0, "done", finished=NOON + timedelta(seconds=1)), job(1, "queued")]
    assert progress_of(book("missing", "missing"), jobs, NOON + timedelta(seconds=elapsed)).rest == words


def test_a_picture_that_was_lost_is_said_on_its_row() -> None:
    """As a page to be drawn, with the reason; a drawing under way takes the reason's place."""
    shown = book("done", "done")
    lost = shown.model_copy(update={"chapters": (page(1, "missing", trouble="Its picture is missing."),)})
    row = rows_of(lost, ())[1]
    assert (row.state, row.reason, row.job, row.picture) == ("missing", "Its picture is missing.", "", "")
    assert rows_of(lost, (job(1, "running"),))[1].reason == ""
    assert progress_of(lost, (), NOON).missing == 1
