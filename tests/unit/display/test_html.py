"""Values as a notebook shows them: their pictures are inside, their words are text, and showing changes nothing."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import storymaker.display.html  # noqa: F401  (registers what is tried here)
from storymaker.books.checking import replace
from storymaker.books.edits import require_page
from storymaker.books.model import Book, Brief, Chapter, Character, Picture, Pose
from storymaker.books.shelf import Shelf
from storymaker.display.pictures import ELSEWHERE, NOT_DRAWN, VEILED
from storymaker.jobs.queue import Job
from storymaker.testing import drawn_file, flat_png
from storymaker.text import clean_text

HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='alert(1)", "</style></div><h1>",
    "{0}{title}%s$x", "\u202eevil\u2066", "שלום <b>עולם", "🧸" * 60, "W" * 80, "&lt;i&gt;",
)  # fmt: skip
TAGS = {"div", "style", "p", "img", "ol", "li", "bdi", "code", "span", "progress"}
ATTRIBUTES = {"class", "src", "alt", "dir", "value", "max", "aria-label"}


class Seen(HTMLParser):
    """What a browser would make of it: elements, attributes, text, images."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.images: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(value._repr_html_())  # type: ignore[attr-defined]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        """Text between elements."""
        self.text += data

    @property
    def pictures(self) -> list[Any]:
        """The images, opened."""
        return [Image.open(io.BytesIO(base64.b64decode(str(one["src"]).partition(",")[2]))) for one in self.images]


def values_with(words: str) -> tuple[object, ...]:
    """One of each kind, with these words wherever words can be."""
    page = Chapter(id="lost.p1", n=1, title=words, text=words, image_prompt=words, alt=words, scene=words)
    picture = Picture(file="0" * 32 + ".png", illustrator=words, seed=1, width=8, height=8, notes=(words,))
    hero = Character(name=words, kind=words, trait=words, look=words, poses=(Pose(cutout=f"cutout-{'0' * 16}.png"),))
    book = Book(
        id="lost", title=words, summary=words, dedication=words, brief=Brief(title=words), heroes=(hero,),
        cover=replace(page, n=0), chapters=(page, replace(page, picture=picture)),
    )  # fmt: skip
    job = Job(id=words, kind=words, shelf="", book_id="", chapter_id=None, state="failed", reason=words)
    return book, page, picture, hero, job


def hang(shelf: Shelf, page_id: str, number: int, data: bytes | None = None, **fields: Any) -> Picture:
    """Give a page a picture."""
    book_id = page_id.partition(".")[0]
    drawing = drawn_file(shelf.workdir(book_id), number)
    if data is not None:
        drawing.write_bytes(data)
    told = require_page(shelf.open(book_id), page_id).fingerprint
    picture = Picture(
        file=f"{number:032x}.png", illustrator="plain", seed=number, width=8, height=8, tells=told, **fields
    )
    shelf.attach(book_id, page_id, drawing, picture)
    return picture


@pytest.fixture
def drawn(shelf: Shelf, book: Book) -> Book:
    """A book of three pages with their pictures and its cover."""
    for number, page in enumerate(book.pages, start=1):
        hang(shelf, page.id, number)
    return shelf.open(book.id)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_text(words: str) -> None:
    """Of every kind of value, in every field: no element and no attribute comes of them."""
    for value, plain in zip(values_with(words), values_with("plain"), strict=True):
        seen = Seen(value)
        assert seen.tags == Seen(plain).tags
        assert seen.attributes <= ATTRIBUTES
        assert clean_text(words) in seen.text
        assert "\u202e" not in seen.text


@settings(deadline=None)  # the first also reads what the others find read
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_words_are_text(words: str) -> None:
    """Whatever was typed or answered."""
    for value in values_with(words):
        seen = Seen(value)
        assert set(seen.tags) <= TAGS
        assert seen.attributes <= ATTRIBUTES
        assert "\u202e" not in seen.text


def test_a_book_is_its_cover_and_a_contact_sheet(drawn: Book) -> None:
    """With the pictures inside, and each told to who cannot see it; then the names of its pages."""
    seen = Seen(drawn)
    assert [picture.format for picture in seen.pictures] == ["JPEG"] * 4
    assert [image["alt"] for image in seen.images][1:] == ["Prompt 1", "Prompt 2", "Prompt 3"]
    assert seen.images[0]["alt"]
    assert seen.text.index("Bramble and the Sea") < seen.text.index("1. Part 1") < seen.text.index("3. Part 3")


def test_a_page_that_changed_says_so(shelf: Shelf, drawn: Book) -> None:
    """Below its picture."""
    changed = replace(drawn.chapters[1], text="Another text.")
    assert "Another text." in Seen(changed).text
    assert "changed since it was drawn" in Seen(changed).text
    assert "changed since" not in Seen(drawn).text
    assert "changed since it was drawn" in Seen(replace(drawn, chapters=(changed,))).text


def test_a_picture_is_told_by_the_page_it_hangs_on(shelf: Shelf, drawn: Book) -> None:
    """One that hangs nowhere any more is still shown."""
    picture = drawn.chapters[0].picture
    assert [image["alt"] for image in Seen(picture).images] == ["Prompt 1"]
    hang(shelf, drawn.chapters[0].id, 9)
    assert [image["alt"] for image in Seen(picture).images] == ["A picture drawn by plain"]


def test_a_veiled_picture_is_not_shown(shelf: Shelf, book: Book) -> None:
    """On no page, on no sheet, and not by itself."""
    picture = hang(shelf, book.chapters[0].id, 1, veiled=True)
    now = shelf.open(book.id)
    for value in (now, now.chapters[0], picture):
        assert not Seen(value).images
        assert VEILED in Seen(value).text


@pytest.mark.parametrize("data", [b"", b"no picture", flat_png(8, 1)[:40]])
def test_a_damaged_picture_says_so(shelf: Shelf, book: Book, data: bytes) -> None:
    """And the rest is shown as ever."""
    hang(shelf, book.chapters[0].id, 1, data)
    hang(shelf, book.chapters[1].id, 2)
    seen = Seen(shelf.open(book.id))
    assert len(seen.images) == 1
    assert "Please draw it again." in seen.text
    assert NOT_DRAWN in seen.text


def test_a_book_from_elsewhere_shows_its_words(drawn: Book) -> None:
    """Where no shelf was opened that has it."""
    strange = replace(drawn, id="elsewhere", chapters=(), cover=replace(drawn.cover, picture=None))
    page = drawn.chapters[0]
    assert page.picture is not None
    stray = replace(page, id="elsewhere.p1", picture=replace(page.picture, file="f" * 32 + ".png"))
    assert "Bramble and the Sea" in Seen(strange).text
    for value in (stray, stray.picture, Character(name="Bramble", poses=(Pose(cutout=f"cutout-{'0' * 16}.png"),))):
        assert not Seen(value).images
        assert ELSEWHERE in Seen(value).text


def test_a_damaged_book_still_shows_a_picture(shelf: Shelf, drawn: Book) -> None:
    """Nobody can say then on which page it hangs."""
    (shelf.folder(drawn.id) / "book.json").write_text("{")
    assert len(Seen(drawn.chapters[0].picture).images) == 1


def test_a_plushie_is_shown_with_its_cut_outs(shelf: Shelf) -> None:
    """From the cast, see-through; when the cast has it no more, from a book that has a copy; a broken one says so."""
    cutout = shelf.root / "cutout.png"
    hero = shelf.cast.save(Character(name="Bramble", kind="bear"))
    Image.new("RGBA", (400, 200), (200, 30, 20, 90)).save(cutout)
    hero = shelf.cast.add_pose(hero.id, Pose(cutout=f"cutout-{'1' * 16}.png"), cutout)
    book = shelf.create(Brief(title="B"), (hero,))
    for _ in range(2):
        (picture,) = Seen(hero).pictures
        assert (picture.format, picture.mode, picture.width) == ("PNG", "RGBA", 160)
        if hero in shelf.cast.list():
            shelf.cast.delete(hero.id)
    copy = shelf.folder(book.id) / "characters" / hero.id / hero.poses[0].cutout
    (shelf.folder(book.id) / ".state" / "thumbnails" / f"{copy.stem}-160.png").unlink()
    copy.write_bytes(b"")
    assert "Please draw it again." in Seen(hero).text


def test_a_job_is_shown_with_its_progress() -> None:
    """As a bar that is also a number, with the reason when it failed."""
    job = Job("b.p1.1", "picture", "/s", "b", "b.p1", "running", 0.4)
    seen = Seen(job)
    assert "progress" in seen.tags
    assert "40%" in seen.text
    assert "It is full." in Seen(Job("b.p1.1", "picture", "/s", "b", "b.p1", "failed", reason="It is full.")).text


def test_showing_writes_nothing_but_what_is_derived(shelf: Shelf, drawn: Book) -> None:
    """In a book's folder only ``.state`` is touched, and the second time nothing is made."""
    folder = shelf.folder(drawn.id)

    def files() -> dict[Path, tuple[int, int]]:
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*") if path.is_file()}

    before = files()
    first = [value._repr_html_() for value in (drawn, *drawn.pages)]
    after = files()
    assert {path: after[path] for path in before} == before
    assert all(path.relative_to(folder).parts[0] == ".state" for path in after.keys() - before.keys())
    assert [value._repr_html_() for value in (drawn, *drawn.pages)] == first
    assert files() == after
