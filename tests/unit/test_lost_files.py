"""Pictures and cut-outs that were lost or damaged: noticed, drawn again when asked, and never a traceback or success."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storymaker.books.checkup import png_fault
from storymaker.books.edits import Edit
from storymaker.books.model import Book, Brief, Character
from storymaker.cli import app
from storymaker.doctor import Finding, examine
from storymaker.errors import ExportError, StorageError
from storymaker.production.commission import player
from storymaker.service import StudioService
from storymaker.settings import Settings
from storymaker.workshop import Workshop
from tests.loops import in_loop

DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: file.unlink(),
    "empty": lambda file: file.write_bytes(b""),
    "torn": lambda file: file.write_bytes(file.read_bytes()[:-20]),
    "no picture": lambda file: file.write_bytes(b"x" * 500),
    "a folder": lambda file: file.rename(file.with_suffix(".old")) and file.mkdir(),  # type: ignore[func-returns-value]
}


@pytest.fixture
def made(workshop: Workshop) -> Book:
    """A finished book of two chapters."""
    hero = workshop.shelf.cast.save(Character(name="Bramble"))
    book = workshop.begin(Brief(title="Lost", author="scripted", illustrator="plain", chapters=2), (hero,))
    workshop.draft(book.id, draw=True)
    workshop.wait(book.id)
    return workshop.shelf.open(book.id)


def picture_file(workshop: Workshop, book: Book, n: int) -> Path:
    """Where a page's picture is."""
    picture = workshop.shelf.open(book.id).pages[n].picture
    assert picture is not None
    return workshop.shelf.picture_path(book, picture)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_picture_that_is_lost_is_noticed_and_drawn_again(workshop: Workshop, made: Book, damage: str) -> None:
    """By ``show``, the page, the print and the doctor, with the studio's own number; without a word it is drawn anew."""
    for n in (0, 2):
        file = picture_file(workshop, made, n)
        DAMAGE[damage](file)
    kind = "missing" if damage == "missing" else "damaged"
    assert workshop.shelf.faults(made) == {page.id: kind for page in (made.cover, made.chapters[1])}
    shown = CliRunner().invoke(app, ["show", made.id])
    assert shown.exit_code == 1
    assert f"The cover: Its picture is {kind}" in shown.stderr and f"Chapter 2: Its picture is {kind}" in shown.stderr
    assert json.loads(CliRunner().invoke(app, ["show", "--json", made.id]).stdout)["faults"]
    with pytest.raises(ExportError, match=rf"^The cover: Its picture is {kind} .* One more thing"):
        workshop.export(made.id)
    with pytest.raises(ExportError, match=f"The cover: Its picture is {kind}"):
        workshop.export_cover(made.id)
    assert workshop.export(made.id, draft=True).pages == 8
    assert workshop.preview(made.id, 1, 64).exists()
    assert [found.what.rpartition(", ")[2] for found in bad(workshop.settings)] == [
        "the cover",
        f"page 2 (“{made.chapters[1].title}”)",
    ]
    if damage == "a folder":
        return  # nothing is put in the place of what somebody put there
    jobs = workshop.illustrate(made.id)
    workshop.wait(made.id)
    assert {job.chapter_id for job in jobs} == {made.cover.id, made.chapters[1].id}
    book = workshop.shelf.open(made.id)
    assert workshop.shelf.faults(book) == {} and book.complete
    assert CliRunner().invoke(app, ["show", made.id]).exit_code == 0
    assert bad(workshop.settings) == []


def bad(settings: Settings) -> list[Finding]:
    """What the doctor says must be mended of books."""
    return [
        found for found in examine(settings) if found.state == "bad" and found.what not in ("authors and illustrators",)
    ]


@in_loop
async def test_the_page_shows_a_lost_picture_as_still_to_be_drawn(workshop: Workshop, made: Book) -> None:
    """With the reason, and in every answer that gives the book."""
    picture_file(workshop, made, 1).unlink()
    service = StudioService(workshop)
    for book in (await service.book(made.id), await service.copy_book(made.id)):
        page = book.chapters[0]
        assert (page.state, page.picture, book.complete) == ("missing", None, False)
        assert page.trouble == "Its picture is missing in the book's folder. Please have it drawn again."
        assert book.chapters[1].trouble == ""


def test_a_print_made_before_does_not_hide_a_lost_picture(workshop: Workshop, made: Book) -> None:
    """It is said, although the same PDF lies there."""
    workshop.export(made.id)
    picture_file(workshop, made, 1).unlink()
    with pytest.raises(ExportError, match=r"^Page 1"):
        workshop.export(made.id)


def test_a_locked_page_is_left_alone_and_said(workshop: Workshop, made: Book) -> None:
    """Nothing is drawn unasked; it is no success either."""
    workshop.shelf.edit(made.id, Edit("locked", True, made.chapters[0].id))
    picture_file(workshop, made, 1).unlink()
    assert workshop.illustrate(made.id) == ()
    assert workshop.shelf.faults(made)


def test_the_doctor_reads_every_byte(workshop: Workshop, made: Book) -> None:
    """Of what is rotten inside, beginning and end tell nothing."""
    file = picture_file(workshop, made, 1)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert png_fault(file) == "" and png_fault(file, whole=True) == "damaged"
    assert [found.what.rpartition(", ")[2] for found in bad(workshop.settings)] == [
        f"page 1 (“{made.chapters[0].title}”)"
    ]


def test_what_cannot_be_read_just_now_is_not_called_damaged(
    workshop: Workshop, made: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is drawn, and paid, again for an error that passes."""

    def fail(*_: object) -> tuple[bytes, bytes]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("storymaker.books.checkup.png_ends", fail)
    assert workshop.shelf.faults(made) == {}


def test_a_lost_cut_out_comes_back_from_the_cast(workshop: Workshop) -> None:
    """Where the family still has it; else its page says so, in a sentence."""
    made = workshop.make("Bramble", author="scripted", illustrator="plain", chapters=1)
    hero = made.heroes[0]
    file = workshop.shelf.folder(made.id) / "characters" / hero.id / hero.poses[0].cutout
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    shown = CliRunner().invoke(app, ["show", made.id])
    assert shown.exit_code == 1 and "A cut-out of Bramble" in shown.stderr
    assert "cut-out of Bramble" in bad(workshop.settings)[0].says
    workshop.illustrate(made.id, made.chapters[0].id)
    assert all(job.state == "done" for job in workshop.wait(made.id))
    assert file.read_bytes() == whole
    workshop.shelf.cast.delete(hero.id)
    for cutout in file.parent.glob("cutout-*"):
        cutout.unlink()
    with pytest.raises(StorageError, match="Every cut-out of Bramble is missing"):
        player(workshop.shelf.folder(made.id), hero)
    workshop.illustrate(made.id, made.chapters[0].id)
    failed = [job for job in workshop.wait(made.id) if job.state == "failed"]
    assert failed[0].code == "cutout" and "back from a backup" in (failed[0].reason or "")


def test_the_doctor_names_what_is_wrong_with_books(
    workshop: Workshop, made: Book, caplog: pytest.LogCaptureFixture
) -> None:
    """A lost history, a damaged book, one that stands there twice; families' too. What killed writers left, it removes."""
    caplog.set_level(logging.ERROR)
    folder = workshop.shelf.folder(made.id)
    left = folder / ".state" / ".new-0123456789abcdef"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half")
    (folder / "history.jsonl").write_text("")
    lock = workshop.shelf.root / ".locks" / "gone2222.lock"
    lock.write_text("")
    family = workshop.shelf.root / "families" / "anna2222"
    (family / "torn").mkdir(parents=True)
    (family / "torn" / "book.json").write_text("{")
    says = [found.says for found in bad(workshop.settings)]
    assert (
        len(says) == 2 and "saves are missing in its history.jsonl" in says[0] and "book.json cannot be read" in says[1]
    )
    assert not left.exists() and not lock.exists()
    (folder / "history.jsonl").unlink()
    (folder / "history.jsonl").mkdir()
    assert "is a folder where a file should be" in bad(workshop.settings)[0].says


def test_a_copy_is_made_from_the_command_line(workshop: Workshop, made: Book) -> None:
    """It prints the folder of the copy."""
    done = CliRunner().invoke(app, ["copy", made.id])
    assert done.exit_code == 0
    assert {card.folder for card in workshop.shelf.list().books} == {
        workshop.shelf.folder(made.id),
        Path(done.stdout.strip()),
    }
