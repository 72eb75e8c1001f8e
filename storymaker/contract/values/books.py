"""Books, chapters and pictures as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from storymaker.books.cards import PAGE_MAX
from storymaker.books.history import Entry, What
from storymaker.books.model import Brief
from storymaker.contract.values.cast import CharacterOut
from storymaker.contract.values.wire import Wire


class PictureOut(Wire):
    """A finished picture.

    Attributes:
        file: Its name under ``/api/books/<id>/images/``.
        width: Pixels.
        height: Pixels.
        cost_usd: What it cost, in US dollars.
        notes: Sentences for the parent.
        veiled: A parent should look at it first; hanging it once more says that one did.
    """

    file: str
    illustrator: str
    width: int
    height: int
    cost_usd: float
    notes: tuple[str, ...]
    veiled: bool = False
    created: datetime


class ChapterOut(Wire):
    """A page of a book; the cover is number 0.

    Attributes:
        state: Whether its picture is there and tells these words.
        trouble: What happened to its picture, where that was lost or damaged; then it is to be drawn again.
        retellable: Whether the book's author can write it anew; the built-in stories tell most of their pages in one way.
    """

    id: str
    n: int
    title: str
    text: str
    image_prompt: str
    alt: str
    scene: str
    locked: bool
    state: Literal["done", "stale", "missing"]
    picture: PictureOut | None
    trouble: str = ""
    retellable: bool = False


class BookOut(Wire):
    """A whole book; its version is its ETag.

    Attributes:
        drafted: The whole story was written.
        complete: Written to the end, and every page has a picture that tells its words.
        cost_usd: All it has cost, in US dollars; an older studio calls it ``spent_usd``.
    """

    id: str
    version: int
    created: datetime
    updated: datetime
    title: str
    dedication: str
    summary: str
    brief: Brief
    heroes: tuple[CharacterOut, ...]
    friend: CharacterOut | None
    cover: ChapterOut
    chapters: tuple[ChapterOut, ...]
    drafted: bool
    complete: bool
    cost_usd: float = Field(validation_alias=AliasChoices("cost_usd", "spent_usd"))

    @property
    def pages(self) -> tuple[ChapterOut, ...]:
        """The cover, then the chapters."""
        return (self.cover, *self.chapters)

    @property
    def done(self) -> int:
        """How many pages have a picture, the cover counted."""
        return sum(page.picture is not None for page in self.pages)

    @property
    def total(self) -> int:
        """How many pages there are, or are expected to be while the story is being written; the cover counted."""
        return max(len(self.chapters), 0 if self.drafted else self.brief.chapters) + 1


class CardOut(Wire):
    """What a shelf shows of a book.

    Attributes:
        cover: File name of the cover picture; None until it is drawn.
        done: How many pages have a picture, the cover counted.
        total: How many pages there are, or are expected to be while the story is being written; the cover counted.
    """

    id: str
    title: str
    hero: str
    age_band: str
    version: int
    updated: str
    chapters: int
    done: int
    total: int
    cover: str | None


class Trouble(Wire):
    """A folder on the shelf that holds no readable book."""

    folder: str
    reason: str


class ShelfQuery(Wire):
    """Which part of a shelf.

    Attributes:
        limit: How many books at most.
        after: What the part before called ``next``; nothing begins with the latest book.
        search: Words that must all be in the title or the hero's name.
    """

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_MAX
    after: Annotated[str, Field(max_length=2000)] = ""
    search: Annotated[str, Field(max_length=200)] = ""


class ShelfOut(Wire):
    """A part of the shelf, the latest book first.

    Attributes:
        books: As many as were asked for.
        problems: What is wrong with the shelf, told with its beginning.
        total: How many books there are in all, or match the search.
        next: Where the next part begins; None after the last.
    """

    books: tuple[CardOut, ...]
    problems: tuple[Trouble, ...] = ()
    total: int = 0
    next: str | None = None


class HistoryOut(Wire):
    """Every save of a book, oldest first."""

    entries: tuple[Entry, ...]


class PicturesOut(Wire):
    """Every picture that a page ever had, oldest first."""

    pictures: tuple[PictureOut, ...]


class WordingOut(Wire):
    """Words that a page had, or has.

    Attributes:
        at: Since when.
        what: Why it got them: the book was ``created``, its ``story`` written, an ``edit``, a ``script`` taken in, an ``undo``.
    """

    title: str
    text: str
    at: datetime
    what: What


class WordingsOut(Wire):
    """All words that a page ever had, oldest first, each once; the last are those it has."""

    wordings: tuple[WordingOut, ...]
