"""What variants are tried on: one of our sample briefs, or a book of the family's."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import tomllib
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from storymaker.books.checking import replace
from storymaker.books.files import copy_file, make_folder
from storymaker.books.model import AgeBand, Book, Brief, Chapter, Character, Line, Text
from storymaker.books.shelf import Shelf
from storymaker.books.values import Value
from storymaker.casting import Casting
from storymaker.errors import InvalidInputError
from storymaker.production.commission import Placing, opened
from storymaker.story.author import Assignment, StoryOpening
from storymaker.story.paper import PaperAuthor

_OURS: Final = "Pip"


class Sample(Value):
    """A brief to try variants on, with our own plushie as its hero.

    Attributes:
        name: What it is called in the grid.
        hero: The plushie's name.
        trait: An adjective for it.
        age_band: For which ages.
        arc: Which built-in story; the words that pictures are drawn for.
        wish: In its place for an author that follows wishes.
        chapters: How many; the paper author tells ten.
        seed: What it grows from, unless the variant says otherwise.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1)]
    hero: Annotated[Line, Field(min_length=1)] = "Pip"
    trait: Line = ""
    age_band: AgeBand = "5-6"
    arc: Line = ""
    wish: Text = ""
    chapters: Annotated[int, Field(ge=1, le=40)] = 10
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1


SAMPLES: Final = tuple(
    Sample.model_validate(told)
    for told in tomllib.loads(files("storymaker.lab").joinpath("samples.toml").read_text("utf-8"))["samples"]
)
"""Ours, for ages 3 to 8."""


@dataclass(frozen=True)
class Subject:
    """A sample or a book, made ready: who is in it, where their cut-outs are, and the words there are.

    Attributes:
        name: What it is called in the grid.
        brief: What was asked for.
        heroes: Who it is about.
        friend: Who goes along, where the parent chose or the words say so.
        homes: Folder of each character's files, by its id.
        story: The book whose words are drawn; None for a sample that was not told yet.
        liked: The book's pictures, by page, those that a parent approved first.
        sample: Whether it is one of ours.
    """

    name: str
    brief: Brief
    heroes: tuple[Character, ...]
    friend: Character | None
    homes: Mapping[str, Path]
    story: Book | None = None
    liked: tuple[tuple[int, Path], ...] = ()
    sample: bool = False

    @property
    def cutouts(self) -> tuple[Path, ...]:
        """The first hero's, in order."""
        hero = self.heroes[0]
        return tuple(self.homes[hero.id] / pose.cutout for pose in hero.poses)

    def page_to_like(self, drawn: Collection[int]) -> Path | None:
        """A finished picture that is none of those to be drawn."""
        return next((path for n, path in self.liked if n not in drawn), None)

    def told(self) -> Subject:
        """The same with a story to draw: the paper studio tells a sample's, for nothing and always alike."""
        if self.story is not None:
            return self
        book = Book(id="sample", brief=self.brief, heroes=self.heroes, cover=Chapter(id="sample.cover", n=0))
        with ThreadPoolExecutor(1) as outside_any_loop:  # a notebook's own loop runs in this thread
            story = outside_any_loop.submit(lambda: asyncio.run(_told(book))).result()
        return dataclasses.replace(self, friend=story.friend, story=story)


def samples_or_books(asked: Sample | Book | Iterable[Sample | Book]) -> tuple[Sample | Book, ...]:
    """What the variants of one run are tried on.

    Args:
        asked: One, or several.

    Raises:
        InvalidInputError: If one of them is neither.
    """
    alone = isinstance(asked, Sample | Book | str) or not isinstance(asked, Iterable)
    given: tuple[Any, ...] = (asked,) if alone else tuple(asked)  # a person may have given anything
    if not given or not all(isinstance(one, Sample | Book) for one in given):
        raise InvalidInputError("Give a Sample or a Book to try it on: SAMPLES[0], or Workshop().shelf.open(…).")
    return given


def subject_of(on: Sample | Book, books: Shelf, lab: Shelf) -> Subject:
    """Make a sample or a book ready.

    Args:
        on: Which.
        books: Where the family's books stand.
        lab: The lab's own shelf, whose cast our own plushie joins.

    Raises:
        NotFoundError: If the book does not stand on the shelf.
        StorageError: If the disk refuses.
    """
    if isinstance(on, Book):
        return _of_book(on, books.folder(on.id))
    hero = Casting(lab).hero(_OURS)  # drawn once, and called as each sample calls it
    brief = Brief(age_band=on.age_band, arc=on.arc, wish=on.wish, chapters=on.chapters, seed=on.seed)
    homes = {hero.id: lab.cast.folder(hero.id)}
    return Subject(on.name, brief, (replace(hero, name=on.hero, trait=on.trait),), None, homes, sample=True)


def _of_book(book: Book, folder: Path) -> Subject:
    if not book.heroes:
        raise InvalidInputError(f"The book “{book.title}” has no hero. Please choose another.")
    people = (*book.heroes, *((book.friend,) if book.friend else ()))
    pages = sorted((page for page in book.chapters if page.state == "done"), key=lambda page: not page.locked)
    return Subject(
        name=book.title or folder.name,
        brief=book.brief,
        heroes=book.heroes,
        friend=book.friend,
        homes={person.id: folder / "characters" / person.id for person in people},
        story=book,
        liked=tuple((page.n, folder / "images" / page.picture.file) for page in pages if page.picture),
    )


async def _told(book: Book) -> Book:
    """The book as the paper studio tells it."""
    brief = replace(book.brief, wish="", chapters=10)
    placing = Placing(())
    async with contextlib.aclosing(PaperAuthor().write(Assignment(brief, book.heroes))) as pieces:
        async for piece in pieces:
            if isinstance(piece, StoryOpening):
                book = opened(book, opening=piece, draw=False)
                continue
            book = placing.put(book, draft=piece, draw=False)
    return book


def cast_into(shelf: Shelf, character: Character, home: Path) -> Character:
    """Lend a character to the lab's cast: its cut-outs alone, never its photos.

    Args:
        shelf: The lab's.
        character: Who, with the poses that shall be seen.
        home: Where its files are.

    Raises:
        StorageError: If the disk refuses.
    """
    lent = replace(character, poses=tuple(replace(pose, photo=None) for pose in character.poses))
    folder = make_folder(shelf.cast.folder(lent.id))
    for pose in lent.poses:
        if folder != home and not (folder / pose.cutout).exists():
            copy_file(home / pose.cutout, folder / pose.cutout)
    return lent
