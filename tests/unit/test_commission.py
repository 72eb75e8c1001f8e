"""What becomes of a book with what its makers bring."""

from __future__ import annotations

from storymaker.books.model import Book, Brief, Chapter
from storymaker.commission import written
from storymaker.story.author import ChapterDraft

DRAFT = ChapterDraft("Another Door", "Bramble went on.", "A door.", "A door.", "meadow", cost_usd=0.02)


def a_book(*, locked: bool) -> Book:
    """A book of one page that was written and drawn."""
    page = Chapter(id="bear.1", n=1, title="A Door", text="Bramble waited.", attempt=1, locked=locked)
    return Book(id="bear", brief=Brief(chapters=1), cover=Chapter(id="bear.0", n=0), chapters=(page,), spent_usd=0.5)


def test_a_locked_page_keeps_its_words_and_the_draft_is_paid_all_the_same() -> None:
    """Nobody writes over what a parent approved; what was spent stands in the bill."""
    book = written(a_book(locked=True), n=1, draft=DRAFT, draw=True)
    assert (book.chapters[0].text, book.chapters[0].attempt) == ("Bramble waited.", 1)
    assert book.spent_usd == 0.52


def test_a_page_with_new_words_is_drawn_anew() -> None:
    """Once: its attempt grows, and the words' price is counted."""
    book = written(a_book(locked=False), n=1, draft=DRAFT, draw=True)
    assert (book.chapters[0].text, book.chapters[0].attempt) == ("Bramble went on.", 2)
    assert book.spent_usd == 0.52
