"""What becomes of a book with what its makers bring."""

from __future__ import annotations

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import add_chapter, delete_chapter, with_page
from storymaker.books.model import Book, Brief, Chapter, Picture
from storymaker.production.commission import Placing, liked, whole
from storymaker.story.author import ChapterDraft

DRAFT = ChapterDraft("Another Door", "Bramble went on.", "A door.", "A door.", "meadow", cost_usd=0.02)


def a_book(*, locked: bool) -> Book:
    """A book of one page that was written and drawn."""
    page = Chapter(id="bear.1", n=1, title="A Door", text="Bramble waited.", attempt=1, locked=locked)
    return Book(id="bear", brief=Brief(chapters=1), cover=Chapter(id="bear.0", n=0), chapters=(page,), spent_usd=0.5)


def test_a_locked_page_keeps_its_words_and_the_draft_is_paid_all_the_same() -> None:
    """Nobody writes over what a parent approved; what was spent stands in the bill."""
    book = Placing(("bear.1",)).put(a_book(locked=True), draft=DRAFT, draw=True)
    assert (book.chapters[0].text, book.chapters[0].attempt) == ("Bramble waited.", 1)
    assert book.spent_usd == 0.52


def test_a_page_with_new_words_is_drawn_anew() -> None:
    """Once: its attempt grows, and the words' price is counted."""
    book = Placing(("bear.1",)).put(a_book(locked=False), draft=DRAFT, draw=True)
    assert (book.chapters[0].text, book.chapters[0].attempt) == ("Bramble went on.", 2)
    assert book.spent_usd == 0.52


def test_what_a_parent_adds_deletes_and_moves_while_a_story_is_written_stays_so() -> None:
    """New chapters follow each other, the parent's own page stands behind them, and a page that is gone stays gone."""
    placing = Placing(())
    book = replace(a_book(locked=False), chapters=())
    for _ in range(3):
        book = placing.put(book, draft=DRAFT, draw=True)
    first, second, third = placing.placed
    book = delete_chapter(add_chapter(book, title="MINE"), second)
    mine = book.chapters[-1].id
    book = placing.put(book, draft=DRAFT, draw=True)
    book = whole(book, left=placing.left)
    assert [page.id for page in book.chapters] == [first, third, placing.placed[3], mine]
    assert [page.n for page in book.chapters] == [1, 2, 3, 4]
    assert (book.drafted, book.chapters[-1].title) == (True, "MINE")
    assert book.spent_usd == pytest.approx(0.58)


def test_a_story_that_is_written_again_takes_the_pages_there_are() -> None:
    """By their ids: one that was deleted meanwhile takes no other's words, and those of a longer story go."""
    book = a_book(locked=False)
    for n in (2, 3, 4):
        book = add_chapter(book, title=f"Old {n}")
    ids = [page.id for page in book.chapters]
    placing = Placing(tuple(ids))
    book = placing.put(book, draft=DRAFT, draw=False)
    book = delete_chapter(book, ids[1])
    for _ in range(2):
        book = placing.put(book, draft=DRAFT, draw=False)
    book = whole(book, left=placing.left)
    assert [(page.id, page.text) for page in book.chapters] == [(one, "Bramble went on.") for one in (ids[0], ids[2])]
    assert book.spent_usd == pytest.approx(0.56)


def test_what_somebody_must_look_at_first_is_shown_to_nobody() -> None:
    """Neither as the cover nor to a service for its style."""
    book = a_book(locked=False)
    page = book.chapters[0]
    seen = Picture(file=f"{0:032x}.png", illustrator="x", seed=1, width=8, height=8, tells=page.fingerprint)
    for veiled, shown in ((False, (seen,)), (True, ())):
        picture = replace(seen, veiled=veiled)
        assert liked(with_page(book, replace(page, picture=picture)), book.cover) == shown
