"""Before a book: who can make it, what it costs, and the order itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from storymaker.books.model import AgeBand, Line, Text
from storymaker.contract.values.wire import Wire


class MakerOut(Wire):
    """An author or an illustrator that is installed.

    Attributes:
        name: What it is ordered by.
        credit: How a colophon names it.
        estimate_usd: What one page by it is expected to cost, in US dollars; by an author, the tenth part of a whole story. An older
            studio calls it ``page_usd``.
        follows_wishes: Whether it can follow a wish in own words: an author for a story and a rewrite, an illustrator for a drawing.
        sends: What leaves the house with it and where to, in a sentence; empty for nothing.
    """

    name: str
    credit: str
    estimate_usd: float = Field(validation_alias=AliasChoices("estimate_usd", "page_usd"))
    follows_wishes: bool
    sends: str = ""


class ArcOut(Wire):
    """A built-in story as a picker shows it."""

    id: str
    theme: str
    title: str
    summary: str
    bands: tuple[AgeBand, ...]


KeyState = Literal["none", "environment", "keyring", "closed"]
"""Where the OpenAI key comes from; "closed" to a family that may not see to it."""


class KeyIn(Wire):
    """An OpenAI key to keep."""

    key: Annotated[str, Field(max_length=400, repr=False)]


class KeyOut(Wire):
    """Where the key comes from now; never the key."""

    key: KeyState


class StudioOut(Wire):
    """What there is to choose from.

    Attributes:
        author: Who writes unless told otherwise.
        illustrator: Who draws unless told otherwise.
        arcs: The built-in stories.
        friends: Animals that can come along without a photo.
        budget_usd: What a book may cost at most, in US dollars.
        notices: Who was set to write or draw and cannot just now, a sentence each: the paper studio stands in.
        key: Where the OpenAI key comes from, for whoever may see to it.
    """

    authors: tuple[MakerOut, ...]
    illustrators: tuple[MakerOut, ...]
    author: str
    illustrator: str
    arcs: tuple[ArcOut, ...]
    friends: tuple[str, ...]
    budget_usd: float
    notices: tuple[str, ...] = ()
    key: KeyState = "closed"


class NamesQuery(Wire):
    """Names to fill into the stories' titles and summaries."""

    hero: Line = ""
    child: Line = ""


class StoryRequest(Wire):
    """What a book shall be.

    Attributes:
        heroes: Ids of characters of the cast; empty is our own paper plushie.
        hero_name: What our own plushie is called, where it plays the hero.
        friend: Id of the character that comes along; empty lets the story choose.
        wish: A story wish in own words, for an author that can follow one.
        draw: Also draw each page as soon as it is written.
        seed: The same seed makes the same book; None is drawn by lot.
        key: Made by whoever asks; asking again with the same key finds the book instead of beginning another.
    """

    title: Line = ""
    heroes: Annotated[tuple[str, ...], Field(max_length=4)] = ()
    hero_name: Line = "Pip"
    friend: str = ""
    age_band: AgeBand = "5-6"
    arc: Line = ""
    wish: Text = ""
    child: Line = ""
    dedication: Line = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    chapters: Annotated[int, Field(ge=1, le=40)] = 10
    author: Line = ""
    illustrator: Line = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    draw: bool = False
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""


class Estimate(Wire):
    """What a book is expected to cost, in US dollars."""

    words_usd: float
    pictures_usd: float
    total_usd: float


class StoryOrdered(Wire):
    """A story that is being written.

    Attributes:
        script: With ``Prefer: wait``, the finished chapters as CSV text; None while they are being written.
    """

    job_id: str
    book_id: str
    script: str | None = None
