"""The built-in stories: TOML files in ``arcs``, checked to the last slot when they are read."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Annotated, Self, get_args

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator

from storymaker.books.model import AgeBand
from storymaker.books.values import Value
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.story.grammar import FriendPart, HeroPart, faults, fill, slot_values

PAGES = 10
"""How many chapters a built-in story has."""

_NOBODY = HeroPart(name="Your Plushie", kind="toy", pronouns="they", trait="brave", look="a small plush toy")
_SOMEBODY = FriendPart(name="a friend", kind="toy", desc="friend", pronouns="they", went="went", look="a small toy")

Filled = Annotated[str, Field(min_length=1)]
"""Text that may not be empty."""


def _every_band(telling: dict[AgeBand, Filled]) -> Mapping[AgeBand, str]:
    if missing := [band for band in get_args(AgeBand) if not telling.get(band, "").strip()]:
        raise ValueError(f"the telling lacks the words for {', '.join(missing)}")
    return MappingProxyType(telling)


Telling = Annotated[dict[AgeBand, Filled], AfterValidator(_every_band)]
"""The same facts in the words of each band."""


class _Part(Value):
    """A part of an arc's file: a key that is not known is a slip, and stops the load."""

    model_config = ConfigDict(extra="forbid")


class Friend(FriendPart):
    """Somebody the story may bring along; the file says the same as the slots."""

    model_config = ConfigDict(extra="forbid")


class Refrain(_Part):
    """The lines a child joins in.

    Attributes:
        call: As it goes on most pages.
        low: At the low point.
        turn: Changed once, at the turn.
    """

    call: Filled
    low: Filled
    turn: Filled


class Unnamed(_Part):
    """What stands for the child where no name was given.

    Attributes:
        none: A word that works as a name: "someone".
    """

    none: Filled


class Defaults(_Part):
    """What the seed chooses from.

    Attributes:
        treasures: Nouns, small enough to leave behind.
        traits: Adjectives, for a hero that has none.
    """

    treasures: Annotated[tuple[Filled, ...], Field(min_length=1)]
    traits: Annotated[tuple[Filled, ...], Field(min_length=1)]


class ArcChapter(_Part):
    """One page of a built-in story, with its slots open.

    Attributes:
        id: Short, and only once in the arc.
        title: A short heading.
        beat: What it does in the arc: want, friend, turn.
        scene: Which place: "forest night".
        time: Time of day.
        weather: Weather and light.
        shot: Where we look from.
        pose: How the plushie is placed, as a hint.
        props: What else is to be seen.
        alt: The picture for those who cannot see it.
        picture: What the picture shows.
        text: Its tellings; each tells the same facts for the same picture.
    """

    id: Filled
    title: Filled
    beat: Filled
    scene: Filled
    time: Filled
    weather: Filled
    shot: Filled
    pose: Filled
    props: tuple[Filled, ...]
    alt: Filled
    picture: Filled
    text: Annotated[tuple[Telling, ...], Field(min_length=1)]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Everything on the page that may hold slots, each with the place it stands."""
        yield "title", self.title
        yield from (("props", prop) for prop in self.props)
        yield from (("pose", self.pose), ("alt", self.alt), ("picture", self.picture))
        for number, telling in enumerate(self.text, 1):
            yield from ((f"telling {number}, {band}", words) for band, words in telling.items())


class Arc(_Part):
    """A built-in story, whole.

    Attributes:
        id: The file's name.
        theme: What it is for: "bedtime".
        title: The book's title, with slots.
        summary: What happens, with slots.
        dedication: For a book without one of its own.
        bands: For which ages it is told.
        needs: Which parts it cannot do without.
        optional: Which parts it can.
        reading: A word to whoever reads aloud.
        refrain: The lines a child joins in.
        look: Fixed descriptions of what returns in the pictures; ``rules`` holds for all of them.
        child: What stands for an unnamed child.
        friends: Who may go along.
        defaults: What the seed chooses from.
        chapters: Ten of them; ``chapter`` in the file.
    """

    model_config = ConfigDict(populate_by_name=True)

    id: Filled
    theme: Filled
    title: Filled
    summary: Filled
    dedication: str = ""
    bands: tuple[AgeBand, ...]
    needs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    reading: str = ""
    refrain: Refrain
    look: Mapping[str, Filled] = Field(default_factory=dict)
    child: Unnamed
    friends: Annotated[tuple[Friend, ...], Field(min_length=2)]
    defaults: Defaults
    chapters: Annotated[tuple[ArcChapter, ...], Field(alias="chapter")]

    def slots(self, hero: HeroPart, friend: FriendPart, treasure: str, child: str) -> Mapping[str, str]:
        """Every slot this story may name, with what stands there.

        Args:
            hero: Who the story is about.
            friend: Who goes along.
            treasure: One of its treasures.
            child: The child's name, or empty.
        """
        values = slot_values(hero, friend, treasure, child or self.child.none)
        own = {name: fill(text, values) for name, text in self._own_slots().items()}
        return values | own

    def _own_slots(self) -> dict[str, str]:
        looks = {f"{name}.look": text for name, text in self.look.items() if name != "rules"}
        refrain = {"refrain": self.refrain.call, "refrain.low": self.refrain.low, "refrain.turn": self.refrain.turn}
        return looks | refrain

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        slips = [*self._shape(), *self._slots()]
        if slips:
            raise ValueError("; ".join(slips))
        return self

    def _shape(self) -> Iterator[str]:
        if len(self.chapters) != PAGES:
            yield f"it has {len(self.chapters)} chapters instead of {PAGES}"
        if twice := [id_ for id_, times in Counter(page.id for page in self.chapters).items() if times > 1]:
            yield f"more than one chapter is called {', '.join(twice)}"
        if missing := [band for band in get_args(AgeBand) if band not in self.bands]:
            yield f"the bands lack {', '.join(missing)}"
        if len({friend.kind for friend in self.friends}) < len(self.friends):
            yield "two friends are of one kind"
        if taken := slot_values(_NOBODY, _SOMEBODY, "", "").keys() & self._own_slots().keys():
            yield f"the look of {', '.join(sorted(taken))} is somebody else's"

    def _slots(self) -> Iterator[str]:
        common = slot_values(_NOBODY, _SOMEBODY, "treasure", "someone").keys()
        own = self._own_slots()
        fixed = [("title", self.title), ("summary", self.summary), ("dedication", self.dedication), *own.items()]
        yield from (f"{place}: {fault}" for place, text in fixed for fault in faults(text, common))
        known = common | own.keys()
        fixed = [("reading", self.reading), ("the rules of the look", self.look.get("rules", ""))]
        yield from (f"{place}: {fault}" for place, text in fixed for fault in faults(text, known))
        for n, page in enumerate(self.chapters, 1):
            here = f"page {n} ({page.id})"
            yield from (f"{here}, {place}: {fault}" for place, text in page.texts() for fault in faults(text, known))


class ArcCard(Value):
    """A built-in story as a picker shows it.

    Attributes:
        id: For :func:`load_arc` and the brief.
        theme: What it is for.
        title: The book's title, filled.
        summary: What happens, filled.
        bands: For which ages it is told.
    """

    id: str
    theme: str
    title: str
    summary: str
    bands: tuple[AgeBand, ...]


def parse_arc(source: str, arc_id: str) -> Arc:
    """An arc from the text of its file.

    Args:
        source: TOML.
        arc_id: The file's name without its ending; the arc must call itself the same.

    Raises:
        InvalidInputError: With the arc, the page and what is wrong there.
    """
    try:
        arc = Arc.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"The story “{arc_id}” cannot be read: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = _place(first["loc"])
        raise InvalidInputError(f"The story “{arc_id}” cannot be told: {where}{first['msg']}.") from None
    if arc.id != arc_id:
        raise InvalidInputError(f"The story “{arc_id}” calls itself “{arc.id}”. Give the file and the story one name.")
    return arc


def _place(path: tuple[int | str, ...]) -> str:
    """Where in the file, counted as people count: "chapter 3, title: "."""
    words = [str(part + 1) if isinstance(part, int) else part for part in path]
    return ", ".join(words).replace("chapter, ", "page ") + ": " if words else ""


def _sources() -> dict[str, Traversable]:
    folder = files("storymaker.story") / "arcs"
    found = {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
    return dict(sorted(found.items()))


def arc_ids() -> tuple[str, ...]:
    """The names of the built-in stories, in order."""
    return tuple(_sources())


@cache
def load_arc(arc_id: str) -> Arc:
    """A built-in story, whole and checked.

    Args:
        arc_id: Its name.

    Raises:
        NotFoundError: If there is none of that name; says which there are.
        InvalidInputError: If its file has a slip.
    """
    sources = _sources()
    if arc_id not in sources:
        raise NotFoundError(f"There is no story called “{arc_id}”. The paper studio has: {', '.join(sources)}.")
    return parse_arc(sources[arc_id].read_text("utf-8"), arc_id)


def list_arcs(hero: str = "", child: str = "") -> tuple[ArcCard, ...]:
    """The built-in stories for a picker; reads only the head of each file.

    Args:
        hero: The plushie's name for the titles; empty says "Your Plushie".
        child: The child's name for the summaries; empty says "someone".
    """
    lead = _NOBODY.model_copy(update={"name": hero}) if hero else _NOBODY
    values = slot_values(lead, _SOMEBODY, "treasure", child or "someone")
    cards = []
    for file in _sources().values():
        head = _head(file.read_text("utf-8"))
        filled = {name: fill(head[name], values) for name in ("title", "summary")}
        cards.append(ArcCard.model_validate(head | filled))
    return tuple(cards)


def _head(source: str) -> dict[str, str]:
    """The keys above the first table: some lines instead of six hundred."""
    lines = source.splitlines(keepends=True)
    end = next((n for n, line in enumerate(lines) if line.startswith("[")), len(lines))
    return tomllib.loads("".join(lines[:end]))
