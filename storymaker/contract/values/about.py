"""What a book is about, changed after it was made: the change, and what it would redo and cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from storymaker.books.model import AgeBand, Line, Pronouns
from storymaker.contract.values.wire import Wire


class AboutPatch(Wire):
    """What shall be different about a book; what is left out, or null, stays.

    Attributes:
        dedication: For whom it is, in a line; empty for none.
        child: The child's name; empty leaves the child unnamed.
        heroes: Ids of characters of the cast, instead of those it is about; an empty list is our own paper plushie.
        hero_name: What our own plushie is called, where it plays the hero.
        friend: Id of the character that goes along instead; empty lets the story choose.
        names: Other names, by the id of whoever is in the book.
        pronouns: Other pronouns, likewise.
        author: Who writes this book from now on, by name.
        illustrator: Who draws this book from now on, by name.
        words: What becomes of the words that are there: other names are put into them ("names"), the whole story is written anew
            ("again"), or they stay as they are ("keep").
        draw: Whether pictures that will not be true any more are drawn anew at once.
    """

    dedication: Line | None = None
    child: Line | None = None
    age_band: AgeBand | None = None
    heroes: Annotated[tuple[str, ...], Field(max_length=4)] | None = None
    hero_name: Line = "Pip"
    friend: str | None = None
    names: Annotated[dict[str, Line], Field(max_length=5)] = Field(default_factory=dict)
    pronouns: Annotated[dict[str, Pronouns], Field(max_length=5)] = Field(default_factory=dict)
    author: Line | None = None
    illustrator: Line | None = None
    words: Literal["names", "again", "keep"] = "names"
    draw: bool = False


class AboutPlan(Wire):
    """What a change would redo and cost; nothing is done yet.

    Attributes:
        renamed: How many pages get other names in their words.
        unsaid: What the words that are there do not say: only a story written anew does.
        pictures: How many pictures will not be true any more, or may be drawn anew by another illustrator.
        stale: Whether those pictures are not true any more.
        locked: How many locked pages would have changed, and stay.
        words_usd: What a story written anew is expected to cost, in US dollars, whether it is asked for or not.
        pictures_usd: What those pictures are expected to cost, in US dollars, whether they are asked for or not.
        total_usd: What is asked for is expected to cost, in US dollars.
        sentences: All of this for a parent.
    """

    renamed: int
    unsaid: tuple[str, ...]
    pictures: int
    stale: bool
    locked: int
    words_usd: float
    pictures_usd: float
    total_usd: float
    sentences: tuple[str, ...]


class RoleOut(Wire):
    """A book that a character of the cast is in.

    Attributes:
        book_id: Which book.
        title: Its title.
        name: What the character is called there.
    """

    book_id: str
    title: str
    name: str


class RolesOut(Wire):
    """The books that a character of the cast is in, the latest first."""

    books: tuple[RoleOut, ...]
