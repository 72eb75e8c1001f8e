"""What the command line says of a book, without a terminal."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout

import pytest
import typer

from storymaker.cli.books import _hint, _report, _require_format
from storymaker.cli.terminal import say, tell
from storymaker.errors import InvalidInputError
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop


def test_a_hint_names_a_shelf_that_is_not_the_one_that_is_set(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the command that is shown would look for the book elsewhere."""
    root = workshop.shelf.root
    monkeypatch.setenv("STORYMAKER_BOOKS", str(root / "other"))
    assert _hint(workshop, "illustrate", "abcd").endswith(f"--books {root}”")
    monkeypatch.setenv("STORYMAKER_BOOKS", str(root))
    assert _hint(workshop, "illustrate", "abcd") == "“storymaker illustrate abcd”"


def test_a_cover_that_failed_is_counted(settings: Settings) -> None:
    """A program that reads the JSON sees it, as the exit status says it."""
    with Workshop(
        settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"plain": PlainIllustrator(fails=[0])}
    ) as workshop:
        book = workshop.make("Bramble", author="scripted", illustrator="plain", chapters=2)
        with redirect_stdout(io.StringIO()) as out, pytest.raises(typer.Exit):
            _report(workshop, book, None, as_json=True, began=0.0, complete=book.complete)
    told = json.loads(out.getvalue().splitlines()[-1])
    assert (told["chapters"], told["done"], told["total"], told["failed"]) == (2, 2, 3, 1)


def test_a_format_that_is_not_known_is_said_with_all_that_are() -> None:
    """The cover is one of them, where it can be had."""
    with pytest.raises(InvalidInputError, match="there is: pdf, cover"):
        _require_format("epub", ("pdf", "cover"))


def test_a_terminal_obeys_no_words_of_a_book(capsys: pytest.CaptureFixture[str]) -> None:
    """Escapes are shown; what joins letters and emoji stays, and so do lines."""
    for show in (say, tell):
        show("“\x1b]0;title\x07\x9b2J\rMia\u202e” 👩\u200d👧\nand on")
    for shown in capsys.readouterr():
        assert shown == "“\\x1b]0;title\\x07\\x9b2J\\rMia\\u202e” 👩\u200d👧\nand on\n"
