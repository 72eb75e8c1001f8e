"""Changing a book: pure, checked, and honest about conflicts."""

from __future__ import annotations

import pytest

from storymaker.books.edits import Edit, add_chapter, apply_edit, attach_picture, delete_chapter, move_chapter
from storymaker.books.model import Book, Picture
from storymaker.errors import ConflictError, InvalidInputError, NotFoundError


def titles(book: Book) -> list[str]:
    """The chapters' titles in order, after checking that they are numbered 1, 2, 3, …"""
    assert [chapter.n for chapter in book.chapters] == list(range(1, len(book.chapters) + 1))
    return [chapter.title for chapter in book.chapters]


def test_an_edit_leaves_the_old_book_alone(book: Book) -> None:
    """A book in, another book out."""
    after = apply_edit(book, Edit("text", "  New.\x00 ", book.chapters[1].id))
    assert after.chapters[1].text == "New."
    assert book.chapters[1].text == "Text 2."


def test_a_new_title_goes_onto_the_cover(book: Book) -> None:
    """The cover letters the book's title."""
    after = apply_edit(book, Edit("title", "The Sea"))
    assert (after.title, after.cover.title) == ("The Sea", "The Sea")
    assert apply_edit(book, Edit("dedication", "For Mina")).dedication == "For Mina"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("title", " ", "needs a title"),
        ("title", "x" * 81, "80 fit"),
        ("id", "x", "cannot be changed"),
        ("dedication", 7, "dedication"),
    ],
)
def test_what_a_book_cannot_be_is_said(book: Book, field: str, value: object, says: str) -> None:
    """Each refusal is a sentence about the field."""
    with pytest.raises(InvalidInputError, match=says):
        apply_edit(book, Edit(field, value))


@pytest.mark.parametrize(
    ("field", "value"), [("picture", None), ("text", 7), ("text", "x" * 6001), ("locked", "maybe")]
)
def test_what_a_chapter_cannot_be_is_said(book: Book, field: str, value: object) -> None:
    """Unknown fields, wrong types and endless texts are refused."""
    with pytest.raises(InvalidInputError):
        apply_edit(book, Edit(field, value, book.chapters[0].id))


def test_a_conflict_carries_both_sides(book: Book) -> None:
    """An edit that began from a value that is no longer there names both."""
    chapter = book.chapters[0]
    book = apply_edit(book, Edit("text", "Theirs.", chapter.id, base="Text 1."))
    with pytest.raises(ConflictError) as caught:
        apply_edit(book, Edit("text", "Mine.", chapter.id, base="Text 1."))
    assert (caught.value.field, caught.value.mine, caught.value.theirs) == ("text", "Mine.", "Theirs.")
    assert apply_edit(book, Edit("text", "Theirs.", chapter.id, base="Text 1.")) == book
    assert (
        apply_edit(book, Edit("title", "Other field.", chapter.id, base="Part 1")).chapters[0].title == "Other field."
    )


def test_chapters_are_added_moved_and_deleted(book: Book) -> None:
    """Numbers always count 1, 2, 3, whatever happens."""
    assert titles(add_chapter(book, title="New", n=2)) == ["Part 1", "New", "Part 2", "Part 3"]
    assert titles(add_chapter(book, title="Far", n=99))[-1] == "Far"
    assert titles(add_chapter(book))[-1] == ""
    assert titles(move_chapter(book, book.chapters[2].id, 1)) == ["Part 3", "Part 1", "Part 2"]
    assert titles(apply_edit(book, Edit("n", 3, book.chapters[0].id))) == ["Part 2", "Part 3", "Part 1"]
    assert titles(delete_chapter(book, book.chapters[1].id)) == ["Part 1", "Part 3"]


@pytest.mark.parametrize("place", [0, 4, "2", True, None])
def test_a_place_is_a_number_within_the_book(book: Book, place: object) -> None:
    """Nothing moves before the first or behind the last."""
    with pytest.raises(InvalidInputError, match="from 1 to 3"):
        move_chapter(book, book.chapters[0].id, place)


def test_the_cover_neither_moves_nor_goes(book: Book) -> None:
    """The cover is a page, but not a chapter."""
    with pytest.raises(InvalidInputError):
        delete_chapter(book, book.cover.id)
    with pytest.raises(InvalidInputError):
        move_chapter(book, book.cover.id, 1)


def test_unknown_chapters_are_not_found(book: Book) -> None:
    """A chapter that was deleted elsewhere is said to be gone."""
    with pytest.raises(NotFoundError, match="may have been deleted"):
        apply_edit(book, Edit("text", "x", f"{book.id}.gone"))


def test_a_book_holds_forty_chapters(book: Book) -> None:
    """The forty-first is refused."""
    while len(book.chapters) < 40:
        book = add_chapter(book)
    with pytest.raises(InvalidInputError, match="at most 40"):
        add_chapter(book)


def test_a_picture_is_attached_though_the_words_changed(book: Book) -> None:
    """Attaching never conflicts with words, and its price is counted."""
    picture = Picture(
        file="a" * 32 + ".png", illustrator="plain", seed=1, width=8, height=8, cost_usd=0.25, tells="old"
    )
    after = attach_picture(book, book.chapters[0].id, picture)
    assert after.chapters[0].state == "stale"
    assert attach_picture(after, book.cover.id, picture).spent_usd == 0.5
