"""First steps with the library: what is set is obeyed, slips are named, and what goes wrong is a StorymakerError."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import storymaker
from storymaker.books.checking import replace
from storymaker.books.history import Journal
from storymaker.books.model import Book, Brief, Chapter, Character
from storymaker.books.shelf import Shelf
from storymaker.contract.values import BookOut, MakerOut
from storymaker.doctor import examine
from storymaker.errors import InvalidInputError, SetupError, StorymakerError
from storymaker.lab import Sample, Variant
from storymaker.production.commission import charged
from storymaker.service.told import book_out
from storymaker.settings import Settings, load_settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop

# What is set


@pytest.fixture
def chosen(settings: Settings) -> Settings:
    """Settings that name other makers than the paper studio."""
    return settings.model_copy(update={"author": "scripted", "illustrator": "plain"})


def shop(settings: Settings) -> Workshop:
    """A workshop with two authors and two illustrators."""
    return Workshop(
        settings=settings,
        authors={"scripted": ScriptedAuthor(), "other": ScriptedAuthor()},
        illustrators={"plain": PlainIllustrator(cost_usd=0.25), "other": PlainIllustrator()},
    )


def test_a_workshop_takes_the_makers_that_are_set(chosen: Settings) -> None:
    """As the command line does, in one call and in steps; what a brief names itself is left alone."""
    with shop(chosen) as workshop:
        made = workshop.make("Bramble", chapters=2)
        assert (made.brief.author, made.brief.illustrator) == ("scripted", "plain")
        assert {page.picture.illustrator for page in made.pages if page.picture} == {"plain"}
        hero = workshop.casting.hero("Pip")
        begun = workshop.begin(Brief(chapters=2), [hero])
        assert (begun.brief.author, begun.brief.illustrator) == ("scripted", "plain")
        assert workshop.estimate_usd(Brief(chapters=2), [hero])[1] == pytest.approx(3 * 0.25)
        other = workshop.begin(Brief(chapters=2, author="other"), [hero])
        assert (other.brief.author, other.brief.illustrator) == ("other", "plain")


# Slips

BOOK = Book(id="book1", cover=Chapter(id="book1.cover", n=0))

SLIPS: dict[str, tuple[Callable[[], object], str]] = {
    "a setting": (lambda: Settings(ilustrator="paper"), "illustrator"),
    "a setting that is read": (lambda: load_settings(auther="paper"), "author"),
    "a brief": (lambda: Brief(**{"titel": "Sea"}), "title"),
    "a character": (lambda: Character(**{"name": "Pip", "knd": "bear"}), "kind"),
    "a chapter": (lambda: Chapter(**{"id": "book1.aa11", "n": 1, "txt": "Words."}), "text"),
    "a sample": (lambda: Sample(**{"name": "short", "chapter": 2}), "chapters"),
    "a variant": (lambda: Variant(**{"name": "a", "role": "words", "sed": 2}), "seed"),
    "a copy": (lambda: replace(BOOK, titel="Sea"), "title"),
    "a copy of a part": (lambda: replace(BOOK.cover, lockd=True), "locked"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_name_that_is_none_is_refused_with_the_one_that_was_meant(slip: str) -> None:
    """Nothing that was asked for is passed over in silence."""
    call, meant = SLIPS[slip]
    with pytest.raises(StorymakerError, match=f"Did you mean “{meant}”"):
        call()


def test_files_may_hold_more_than_we_know() -> None:
    """A file of a later Storymaker, or one that was edited by hand, is read all the same."""
    assert Brief.model_validate({"title": "Sea", "mood": "calm"}).title == "Sea"
    assert Chapter.model_validate(BOOK.cover.model_dump()) == BOOK.cover == Chapter(**BOOK.cover.model_dump())


def test_a_variable_that_no_setting_has_is_warned_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With the one that was meant; keys, and what a studio tells its processes, are no settings and no slips."""
    monkeypatch.setenv("STORYMAKER_PICTURE_TIMEOT", "9")
    monkeypatch.setenv("STORYMAKER_TEXT_KEY", "secret")
    for _ in range(2):
        Settings()
    (told,) = (record.getMessage() for record in caplog.records)
    assert told.endswith("“STORYMAKER_PICTURE_TIMEOT”. Did you mean “STORYMAKER_PICTURE_TIMEOUT”?")


def ran(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, with a home and a shelf in a folder."""
    home = {"STORYMAKER_HOME": str(folder / "home"), "STORYMAKER_BOOKS": str(folder / "books")}
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | home | paths | environment
    )


def test_the_plain_command_line_shows_the_slip(tmp_path: Path) -> None:
    """Without --verbose."""
    command = (sys.executable, "-m", "storymaker", "list")
    done = ran(tmp_path, *command, STORYMAKER_ILUSTRATOR="paper")
    assert done.returncode == 0
    assert done.stderr.count("Did you mean “STORYMAKER_ILLUSTRATOR”?") == 1


# What goes wrong

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a brief": (lambda: Brief(chapters=99), "The chapters cannot be used"),
    "a brief of another form": (lambda: Brief(**{"seed": "soon"}), "The seed cannot be used"),
    "a long title": (lambda: Brief(title="x" * 500), "longer than the 400 characters"),
    "a character": (lambda: Character(**{}), "The name is missing"),
    "a sample without a name": (lambda: Sample(name=""), "The name is missing"),
    "a sample without a hero": (lambda: Sample(name="a", hero=""), "The hero is missing"),
    "a sample of no chapters": (lambda: Sample(name="a", chapters=0), "The chapters cannot be used"),
    "a setting": (lambda: Settings(book_budget=-1.0), "STORYMAKER_BOOK_BUDGET"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_value_that_cannot_be_is_a_storymaker_error(wrong: str) -> None:
    """In a sentence; nobody needs to know which library checks it."""
    call, says = WRONG[wrong]
    with pytest.raises(StorymakerError, match=says):
        call()


def test_nobody_goes_without_a_name(workshop: Workshop) -> None:
    """Neither into a book, with whatever author, nor into the cast."""
    nobody, brief = Character(name=" "), Brief(author="scripted", illustrator="plain")
    for call in (
        lambda: workshop.make("", author="scripted", illustrator="plain"),
        lambda: workshop.casting.hero(" "),
        lambda: workshop.begin(brief, [nobody]),
        lambda: workshop.begin(brief, [Character(name="Pip")], nobody),
        lambda: workshop.shelf.cast.save(nobody),
    ):
        with pytest.raises(InvalidInputError, match="name"):
            call()
    assert workshop.shelf.list().books == ()


def test_a_closed_workshop_says_so(settings: Settings) -> None:
    """Whatever is asked of it; closing it once more is no fault."""
    with shop(settings) as workshop:
        book = workshop.begin(Brief(author="scripted", illustrator="plain"), [workshop.casting.hero("Pip")])
    workshop.close()
    for call in (
        lambda: workshop.draft(book.id),
        lambda: workshop.illustrate(book.id),
        lambda: workshop.jobs(book.id),
        lambda: workshop.wait(book.id),
        lambda: workshop.retry("any.1"),
        lambda: workshop.delete(book.id),
        lambda: workshop.make("Pip", author="scripted", illustrator="plain"),
        workshop.start_worker,
    ):
        with pytest.raises(InvalidInputError, match="was closed") as raised:
            call()
        assert raised.value.code == "closed"


def test_a_working_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the command line and in a program, not a file in it that nobody has."""
    gone = tmp_path / "gone"
    program = f"import os, sys; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); "
    for does in (
        "sys.argv = ['storymaker', 'list']; from storymaker.cli import main; main()",
        "from storymaker import Settings, StorymakerError\ntry: Settings()\nexcept StorymakerError as e: sys.exit(e.message)",
    ):
        gone.mkdir()
        done = ran(tmp_path, sys.executable, "-c", program + does)
        if gone.exists():
            pytest.skip("this system keeps a folder that somebody works in")
        assert done.returncode != 0
        assert "started in is gone" in done.stderr
        assert "Traceback" not in done.stderr


def test_doctor_says_what_to_do_about_a_shelf_that_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    """Not to install Storymaker again."""
    (tmp_path / "file").write_text("")
    unwritable = settings.model_copy(update={"books": tmp_path / "file" / "books"})
    (found,) = (finding for finding in examine(unwritable) if finding.what == "shelf")
    assert found.state == "bad"
    assert "STORYMAKER_BOOKS" in found.says
    assert "install" not in found.says


# Counting and money


def test_edit_is_public(shelf: Shelf, book: Book) -> None:
    """Whoever changes a book needs no other import."""
    assert shelf.edit(book.id, storymaker.Edit("dedication", "For Mia")).dedication == "For Mia"


def test_pages_are_counted_with_the_cover(workshop: Workshop) -> None:
    """While they come and at the end: so many of so many, in the book and on the shelf alike."""
    seen: list[tuple[int, int]] = []
    book = workshop.make(
        "Pip", chapters=2, author="scripted", illustrator="plain",
        on_change=lambda book, _: seen.append((book.done, book.total)),
    )  # fmt: skip
    assert (book.done, book.total) == (3, 3) == seen[-1]
    assert {total for _, total in seen} == {3}
    (card,) = workshop.shelf.list().books
    assert (card.chapters, card.done, card.total) == (2, 3, 3)


def test_what_a_book_cost_has_one_name_and_the_old_one_is_read(shelf: Shelf, book: Book) -> None:
    """In files and journals of before, and in the answers of an older studio."""
    told = json.loads(shelf.update(book.id, lambda one: charged(one, cost=0.5)).model_dump_json())
    assert told["cost_usd"] == 0.5
    old = {name: value for name, value in told.items() if name != "cost_usd"} | {"spent_usd": 0.7}
    before = Book.model_validate(old)
    assert (before.cost_usd, before.spent_usd) == (0.7, 0.7)
    assert replace(before, spent_usd=0.9).cost_usd == 0.9
    assert replace(before, cost_usd=0.9).cost_usd == 0.9
    journal = Journal(shelf.folder(book.id) / "history.jsonl")
    assert "cost_usd" in {change.field for entry in journal.entries(99) for change in entry.changes}
    answer = book_out(before, {}, ()).model_dump(mode="json")
    answer["spent_usd"] = answer.pop("cost_usd")
    assert BookOut.model_validate(answer).cost_usd == 0.7
    maker = {"name": "paper", "credit": "", "follows_wishes": False}
    assert MakerOut.model_validate({**maker, "page_usd": 0.1}).estimate_usd == 0.1


def test_a_book_of_before_is_rescued_with_what_it_cost(shelf: Shelf, book: Book) -> None:
    """Its journal calls it by the old name."""
    shelf.update(book.id, lambda one: charged(one, cost=0.5))
    folder = shelf.folder(book.id)
    history = (folder / "history.jsonl").read_text("utf-8").replace('"cost_usd"', '"spent_usd"')
    (folder / "history.jsonl").write_text(history, "utf-8")
    (folder / "book.json").unlink()
    assert shelf.rescue(folder.name).cost_usd == 0.5


def test_a_file_that_cannot_be_settings_is_still_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by whoever makes Settings without our help."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "storymaker.toml").write_text("author = \n")
    with pytest.raises(SetupError, match="cannot be read"):
        Settings()
