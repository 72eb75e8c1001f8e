"""Values in words: short, harmless to a terminal, and nothing in them that nobody asked for."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storymaker.books.checking import replace
from storymaker.books.model import Book, Chapter, Character, Picture, Pose
from storymaker.jobs.queue import Job
from storymaker.rich_repr import html_of

PICTURE = Picture(file="0" * 32 + ".png", illustrator="plain", seed=7, width=8, height=9, cost_usd=0.004)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_page(n: int = 1, text: str = "Bramble waited.") -> Chapter:
    """A page without a picture."""
    return Chapter(id=f"bear.p{n}", n=n, title="A Door", text=text, image_prompt=text, scene="sea, night")


def a_book(text: str = "Bramble waited.") -> Book:
    """Ten pages with these words."""
    cover = Chapter(id="bear.cover", n=0, title="The Door")
    pages = tuple(a_page(n, text) for n in range(1, 11))
    hero = Character(name="Bramble", kind="bear", look=text)
    return Book(id="bear", title="The Door", heroes=(hero,), cover=cover, chapters=pages, spent_usd=0.5)


def a_job(**fields: object) -> Job:
    """A picture's job."""
    told = {
        "id": "bear.p1.2",
        "kind": "picture",
        "shelf": "/home/ada/books",
        "book_id": "bear",
        "chapter_id": "bear.p1",
    }
    return Job(**{**told, "state": "running", **fields})  # type: ignore[arg-type]


def test_a_book_is_its_title_and_one_line() -> None:
    """Who is in it, for whom, how far it is, what it cost, and how to call it."""
    assert str(a_book()) == (
        "The Door\nBramble the bear · ages 5–6 · 10 chapters so far · 0 of 11 drawn · version 1 · $0.50 · bear"
    )
    assert str(replace(a_book(), title="", drafted=True)).startswith("A book without a title yet\n")


def test_a_page_is_its_words_and_how_its_picture_stands() -> None:
    """A long one is cut; of a cover that has no words, nothing is left out."""
    assert str(a_page()) == "1. A Door\nBramble waited.\nsea, night · not drawn yet · bear.p1"
    assert str(replace(a_page(), picture=PICTURE, locked=True)).endswith(
        "changed since it was drawn · locked · bear.p1"
    )
    assert len(str(a_page(text="word " * 1000))) < 500
    assert str(a_book().cover) == "Cover: The Door\nnot drawn yet · bear.cover"
    assert str(Chapter(id="bear.cover", n=0)).startswith("Cover\n")


def test_a_picture_tells_where_it_came_from() -> None:
    """A price below a cent is not nothing; what a parent should know comes below."""
    noted = replace(PICTURE, notes=("There was no boat.",), veiled=True)
    assert str(noted) == (
        f"{noted.file} · by plain · 8 × 9 px · seed 7 · less than a cent · hidden until a parent has looked at it\n"
        "There was no boat."
    )


def test_a_character_tells_what_it_is() -> None:
    """A friend that we drew has no cut-outs."""
    pose = Pose(cutout=f"cutout-{'0' * 16}.png")
    assert (
        str(Character(id="bear", name="Bramble", trait="brave", poses=(pose, pose)))
        == "Bramble · brave · 2 cut-outs · bear"
    )
    assert (
        str(Character(id="mouse", name="Nutmeg", kind="mouse", figure="mouse"))
        == "Nutmeg the mouse · drawn by us · mouse"
    )


def test_a_job_tells_how_it_stands() -> None:
    """While it runs how far it is, at its end how long it took and what it cost, and why it failed."""
    assert str(a_job(progress=0.4)) == "picture bear.p1.2 · running, 40%"
    done = a_job(state="done", cost_usd=0.04, started=NOON, finished=NOON + timedelta(seconds=12.34))
    assert str(done) == "picture bear.p1.2 · done · 12.3 s · $0.04"
    assert str(a_job(state="failed", reason="It is full.")) == "picture bear.p1.2 · failed\nIt is full."


def test_in_code_a_value_is_one_short_line() -> None:
    """However much is in it, and without what an order's details or a shelf's path would tell."""
    book = a_book("word " * 1000)
    job = a_job(details={"wish": "for Philine"}, reason="word " * 1000)
    for value in (book, book.chapters[0], book.heroes[0], PICTURE, job):
        assert len(repr(value)) < 160
        assert "\n" not in repr(value)
        assert not {"word", "Philine", "/home"} & set(repr(value).split("'"))
    assert repr(book) == "Book(id='bear', version=1, title='The Door', done=0, total=11, complete=False)"
    assert repr(job) == "Job(id='bear.p1.2', kind='picture', state='running', progress=0.00)"


@given(st.text(st.characters(), max_size=60))
def test_no_words_steer_a_terminal(words: str) -> None:
    """No escape, no bell and no turn of direction comes through, from whatever a job was told."""
    told = str(a_job(state="failed", reason=words, kind=words))
    assert not [one for one in told if unicodedata.category(one) == "Cc" and one not in "\n\t"]
    assert "\u202e" not in told


def test_what_nobody_registered_has_no_html() -> None:
    """A notebook then shows its lines."""
    assert html_of(7) is None


def test_a_value_that_nobody_looks_at_costs_nothing() -> None:
    """What values look like is imported when one is shown."""
    code = "import sys; from storymaker import Book, Job; print(*[m for m in sys.modules if 'storymaker.display' in m])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
