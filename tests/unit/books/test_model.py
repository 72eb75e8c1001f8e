"""Values: what is typed is cleaned, what cannot be is refused in words."""

from __future__ import annotations

import pytest

from storymaker.books.checking import checked, replace
from storymaker.books.model import Book, Brief, Chapter, Picture
from storymaker.errors import InvalidInputError
from storymaker.text import clean_name, clean_text, keyed_id, short_id, slug

PICTURE = Picture(file="0" * 32 + ".png", illustrator="plain", seed=1, width=8, height=8)


def test_text_keeps_emoji_and_loses_controls() -> None:
    """Joined emoji survive; NUL, escape and direction overrides do not."""
    family = "👨\u200d👩\u200d👧"
    assert clean_text(f" a\x00b\x1b[31m\u202ec\r\nd {family} ") == f"ab[31mc\nd {family}"


def test_composed_and_decomposed_letters_are_one() -> None:
    """A decomposed é is the é that fonts and searches know."""
    assert clean_name("E\u0301lodie") == "Élodie"


def test_long_name_is_refused_with_its_length() -> None:
    """A title of 300 emoji is refused with a sentence that says how many fit."""
    with pytest.raises(InvalidInputError, match=r"title has 300 characters, and 80 fit"):
        clean_name("🧸" * 300, limit=80, what="title")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Bramble & the Sea!", "bramble-the-sea"),
        ("../../x", "x"),
        ("Élodie", "elodie"),
        ("熊", "book"),
        ("a" * 99, "a" * 40),
    ],
)
def test_folder_names_are_ours(title: str, name: str) -> None:
    """Whatever the title, the folder's name is plain."""
    assert slug(title) == name


def test_an_id_by_key_is_that_key_s_alone() -> None:
    """The same for the same parts, another for any others, and of the form that random ones have."""
    parts = [
        ("/books", "k"),
        ("/books", "l"),
        ("/book", "sk"),
        ("/booksk", ""),
        ("/books/families/x", "k"),
        ("\ud800", ""),
    ]
    ids = [keyed_id(*each) for each in parts]
    assert ids == [keyed_id(*each) for each in parts]
    assert len(set(ids)) == len(parts)
    random = set("".join(short_id() for _ in range(200)))
    assert all(len(each) == 8 and set(each) <= random for each in ids)


def test_wrong_field_is_named() -> None:
    """A brief that cannot be is refused with the field's name in words."""
    with pytest.raises(InvalidInputError, match="age band"):
        checked(Brief, age_band="9-10")


def test_picture_is_stale_when_words_changed_and_fresh_again_when_they_return() -> None:
    """Staleness is a fact about words and picture, not a flag that can be wrong."""
    chapter = Chapter(id="book1.aa11", n=1, text="One.")
    drawn = replace(chapter, picture=replace(PICTURE, tells=chapter.fingerprint))
    assert chapter.state == "missing"
    assert drawn.state == "done"
    assert replace(drawn, text="Two.").state == "stale"
    assert replace(drawn, text="Two.", locked=True).picture_stale
    assert replace(replace(drawn, text="Two."), text="One.").state == "done"


def test_a_cover_is_stale_when_its_title_changed() -> None:
    """The title is lettered into the cover, but not into a chapter's picture."""
    cover, chapter = (Chapter(id=f"book1.{n}x", n=n, title="Old") for n in (0, 1))
    for page, state in ((cover, "stale"), (chapter, "done")):
        drawn = replace(page, picture=replace(PICTURE, tells=page.fingerprint))
        assert replace(drawn, title="New").state == state


def test_a_book_is_complete_only_with_story_and_all_pictures() -> None:
    """Missing words, a missing picture or a missing cover each keep it from being complete."""
    cover = Chapter(id="book1.cover", n=0)
    chapter = Chapter(id="book1.aa11", n=1, text="One.")

    def drawn(page: Chapter) -> Chapter:
        return replace(page, picture=replace(PICTURE, tells=page.fingerprint))

    whole = Book(id="book1", cover=drawn(cover), chapters=(drawn(chapter),), drafted=True)
    assert whole.complete and (whole.done, whole.total) == (2, 2)
    assert not replace(whole, drafted=False).complete
    assert not replace(whole, cover=cover).complete
    assert not replace(whole, chapters=(chapter,)).complete
    assert whole.page("book1.zz99") is None
    assert whole.page("book1.cover") == whole.cover
