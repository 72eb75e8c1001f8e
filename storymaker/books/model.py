"""What a book is: frozen values; every edit returns a copy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, AliasChoices, ConfigDict, Field, computed_field

from storymaker.books.values import Value
from storymaker.rich_repr import SEPARATOR, RichRepr
from storymaker.text import clean_text, counted, dollars, now, short_id, shortened

SCHEMA = 1
"""Version of the form of book.json; a newer one is refused, never half read."""

TITLE_MAX = 80
LINE_MAX = 400
TEXT_MAX = 6_000

AgeBand = Literal["3-4", "5-6", "7-8"]
Pronouns = Literal["she", "he", "they", "it"]

_STATES: Final = {"done": "", "stale": "changed since it was drawn", "missing": "not drawn yet"}
_PRINTED: Final = 400
"""Characters of a page's words that a terminal is given."""

# Checked twice: as it came, since that is what the API promises; and cleaned, since normal forms can be longer.
Text = Annotated[str, Field(max_length=TEXT_MAX), AfterValidator(clean_text), Field(max_length=TEXT_MAX)]
Line = Annotated[
    str,
    Field(max_length=LINE_MAX),
    AfterValidator(lambda text: " ".join(clean_text(text).split())),
    Field(max_length=LINE_MAX),
]


Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a width or height."""


class Shown(RichRepr, Value):
    """A value that shows itself: shortly in code, as lines on a terminal, as HTML in a notebook."""

    _named: ClassVar[tuple[str, ...]]

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        return ((name, getattr(self, name)) for name in self._named)


class Picture(Shown):
    """A finished picture: an immutable file in the book's ``images`` folder, and where it came from.

    Attributes:
        file: ``<sha256, 32 hex digits>.png``: the name is the content.
        illustrator: Who drew it, by its registered name.
        seed: What the drawing grew from; the same seed repeats a built-in picture exactly.
        width: Pixels.
        height: Pixels.
        cost_usd: What it cost, in US dollars.
        notes: Sentences for the parent, such as a scene that another stood in for.
        tells: Fingerprint of the words it was drawn for; see ``Chapter.fingerprint``. Empty is none: it shows somebody who is not in
            the book any more.
        job: The job that drew it: a job that is run again after a crash finds what it had finished.
        veiled: Something in it should be looked at by a parent first: until then nobody is shown it.
    """

    file: Annotated[str, Field(pattern=r"^[0-9a-f]{32}\.png$")]
    illustrator: str
    seed: int
    width: int
    height: int
    cost_usd: float = 0.0
    created: datetime = Field(default_factory=now)
    notes: tuple[str, ...] = ()
    tells: str = ""
    job: str = ""
    veiled: bool = False

    _named = ("file", "illustrator", "seed")

    @property
    def label(self) -> str:
        """Its file's name."""
        return self.file

    @property
    def facts(self) -> tuple[str, ...]:
        """Who drew it, how large, from what, and what it cost."""
        return (
            f"by {self.illustrator}",
            f"{self.width} × {self.height} px",
            f"seed {self.seed}",
            dollars(self.cost_usd),
            *(("hidden until a parent has looked at it",) if self.veiled else ()),
        )

    def _lines(self) -> tuple[str, ...]:
        return (*super()._lines(), *self.notes)


class Pose(Value):
    """One photo of a character and what was cut out of it; both are PNG files in its folder.

    Attributes:
        cutout: ``cutout-<sha>.png``, with alpha.
        photo: ``photo-<sha>.png``, the cleaned photo; None where there is none (a hero drawn by us).
        face: The middle of the face in the cut-out, 0–1 from left and top, where the parent said; nothing is laid before
            it. None is the upper part, the whole width.
        lying: Whether the toy lies, by the long axis of its cut-out.
        lightness: How light the cut-out is, 0–100; None where nobody measured it.
    """

    cutout: Annotated[str, Field(pattern=r"^cutout-[0-9a-f]{16,64}\.png$")]
    photo: Annotated[str, Field(pattern=r"^photo-[0-9a-f]{16,64}\.png$")] | None = None
    face: tuple[Share, Share] | None = None
    lying: bool = False
    lightness: Annotated[float, Field(ge=0, le=100)] | None = None


class Character(Shown):
    """Somebody in the book: a plushie with its poses, or a friend drawn by us.

    Attributes:
        id: Short and URL-safe.
        name: As typed: "Bramble".
        kind: What animal or thing: "bear".
        pronouns: Which words stand for it.
        trait: An adjective: "brave".
        look: One fixed description for every picture prompt.
        poses: Its cut-outs; several photos are several poses.
        figure: Name of a built-in drawing, where there is no photo.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}$")] = Field(default_factory=short_id)
    name: Line
    kind: Line = ""
    pronouns: Pronouns = "they"
    trait: Line = ""
    look: Text = ""
    poses: tuple[Pose, ...] = ()
    figure: str | None = None

    _named = ("id", "name", "kind")

    @property
    def label(self) -> str:
        """What it is called, and what it is."""
        return f"{self.name} the {self.kind}" if self.kind else self.name

    @property
    def facts(self) -> tuple[str, ...]:
        """What it is like, and how many cut-outs there are of it."""
        cutouts = counted(len(self.poses), "cut-out") if self.poses else ""
        return _without_gaps(self.trait, cutouts, "drawn by us" if self.figure else "")

    def _lines(self) -> tuple[str, ...]:
        return (SEPARATOR.join((self.label, *self.facts, self.id)),)


class Chapter(Shown):
    """One spread: words, and the picture beside them.

    Attributes:
        id: ``<book>.<short>``.
        n: Its place, from 1; the cover is 0.
        scene: Place, time of day, weather and shot in plain words: "sea, night, storm, wide".
        image_prompt: What the picture shows.
        alt: What somebody who cannot see the picture should know.
        locked: The parent is content: nothing rewrites or redraws it unasked.
        attempt: How many drawings were asked for: the last part of the job's id.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}\.[a-z0-9]{1,32}$")]
    n: Annotated[int, Field(ge=0, le=999)]
    title: Line = ""
    text: Text = ""
    image_prompt: Text = ""
    alt: Text = ""
    scene: Line = ""
    picture: Picture | None = None
    locked: bool = False
    attempt: Annotated[int, Field(ge=0)] = 0

    _named = ("id", "n", "title", "state")

    @property
    def label(self) -> str:
        """Its number and title; the cover is not counted."""
        if self.n == 0:
            return f"Cover: {self.title}" if self.title else "Cover"
        return f"{self.n}. {self.title}".rstrip()

    @property
    def facts(self) -> tuple[str, ...]:
        """Where it plays, how its picture stands, and whether it is locked."""
        return _without_gaps(self.scene, _STATES[self.state], "locked" if self.locked else "")

    def _lines(self) -> tuple[str, ...]:
        return (self.label, shortened(self.text, _PRINTED), SEPARATOR.join((*self.facts, self.id)))

    @property
    def fingerprint(self) -> str:
        """What a picture of this page must tell, in 16 hex digits: words, prompt and scene; of a cover also the title."""
        told = (self.title if self.n == 0 else "", self.text, self.image_prompt, self.scene)
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def picture_stale(self) -> bool:
        """Words, prompt or scene changed since the picture was drawn."""
        return self.picture is not None and self.picture.tells != self.fingerprint

    @property
    def state(self) -> Literal["done", "stale", "missing"]:
        """Whether its picture is there and still tells these words."""
        if self.picture is None:
            return "missing"
        return "stale" if self.picture_stale else "done"


class Brief(Value):
    """What the parent asked for.

    Attributes:
        title: The book's name; empty lets the story name it.
        age_band: Years of age of the listener: "3-4", "5-6" (unless said) or "7-8".
        arc: Which built-in story: "birthday", "bus", "dark", "kite", "peg", "puddle", "two" or "yawn"; empty lets the seed choose.
        wish: A story wish in own words, for an author that can follow one.
        child: The child's name; it stays in the house, and empty leaves the child unnamed.
        former_children: Names that the child had in this book before: what still says them keeps them in the house.
        dedication: For whom the book is, in a line; empty takes the story's.
        language: A code such as "en" (unless said), "en-GB" or "en-US"; the built-in stories are in English, and only "en-US" spells
            them as Americans do.
        chapters: How many chapters, 1 to 40; 10 unless said, and the built-in stories have 10.
        author: Who writes, by registered name; unless said, a Workshop takes the one that is set, which is "paper" at first.
        illustrator: Who draws, likewise.
        seed: What variants grow from, from 0 to 2³¹ - 1; the same seed repeats a book exactly.
    """

    title: Line = ""
    age_band: AgeBand = "5-6"
    arc: Line = ""
    wish: Text = ""
    child: Line = ""
    former_children: tuple[Line, ...] = ()
    dedication: Line = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    chapters: Annotated[int, Field(ge=1, le=40)] = 10
    author: Line = "paper"
    illustrator: Line = "paper"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


class Book(Shown):
    """A book: the truth about what exists.

    Attributes:
        schema_: Form of the file; ``schema`` in JSON.
        id: Short and URL-safe; the folder's name ends in it.
        version: Grows by one with every save.
        heroes: Who the book is about; a snapshot, so that a later change in the cast leaves this book alone.
        friend: Who goes along.
        chapters: In order.
        cover: The cover as a page of its own, number 0.
        drafted: The whole story was written.
        drafts: How often a story was asked for.
        cost_usd: All that this book has cost, in US dollars, kept pictures or not; ``spent_usd`` in files and programs of before.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{4,32}$")]
    version: Annotated[int, Field(ge=1)] = 1
    created: datetime = Field(default_factory=now)
    updated: datetime = Field(default_factory=now)
    title: Line = ""
    dedication: Line = ""
    summary: Text = ""
    brief: Brief = Brief()
    heroes: tuple[Character, ...] = ()
    friend: Character | None = None
    chapters: tuple[Chapter, ...] = ()
    cover: Chapter
    drafted: bool = False
    drafts: Annotated[int, Field(ge=0)] = 0
    cost_usd: float = Field(default=0.0, validation_alias=AliasChoices("spent_usd", "cost_usd"))

    model_config = ConfigDict(populate_by_name=True)

    _named = ("id", "version", "title", "done", "total", "complete")

    @property
    def label(self) -> str:
        """Its title."""
        return self.title or "A book without a title yet"

    @property
    def facts(self) -> tuple[str, ...]:
        """Whom it is about and for, how far it is, and what it cost."""
        chapters = counted(len(self.chapters), "chapter")
        return _without_gaps(
            " and ".join(hero.label for hero in self.heroes),
            f"ages {self.brief.age_band.replace('-', '–')}",
            chapters if self.drafted else f"{chapters} so far",
            "all drawn" if self.complete else f"{self.done} of {self.total} drawn",
            f"version {self.version}",
            dollars(self.cost_usd),
        )

    def _lines(self) -> tuple[str, ...]:
        return (self.label, SEPARATOR.join((*self.facts, self.id)))

    @property
    def pages(self) -> tuple[Chapter, ...]:
        """Everything that carries a picture: the cover first, then the chapters."""
        return (self.cover, *self.chapters)

    def page(self, chapter_id: str) -> Chapter | None:
        """The chapter (or cover) of this id, if it is there."""
        return next((page for page in self.pages if page.id == chapter_id), None)

    @property
    def done(self) -> int:
        """How many pages have a picture, the cover counted."""
        return sum(page.picture is not None for page in self.pages)

    @property
    def total(self) -> int:
        """How many pages there are, or are expected to be while the story is being written; the cover counted."""
        return max(len(self.chapters), 0 if self.drafted else self.brief.chapters) + 1

    @property
    def spent_usd(self) -> float:
        """``cost_usd``, as it was called before."""
        return self.cost_usd

    @property
    def complete(self) -> bool:
        """Written to the end, and every page has a picture that tells its words."""
        return self.drafted and all(page.state == "done" for page in self.pages)


def _without_gaps(*facts: str) -> tuple[str, ...]:
    return tuple(fact for fact in facts if fact)
