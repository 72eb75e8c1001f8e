"""A trial: one variant on one subject, with everything that enters it settled and named by its content."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import storymaker
from storymaker import plugins
from storymaker.books.checking import replace
from storymaker.books.files import disk_errors
from storymaker.books.model import Brief, Chapter, Character
from storymaker.errors import InvalidInputError
from storymaker.images.illustrator import Illustrator
from storymaker.lab.subjects import Subject
from storymaker.lab.variants import Role, Variant, check_variant
from storymaker.production import missing, sends
from storymaker.prompts import Prompt
from storymaker.prompts.kept import load_prompt
from storymaker.settings import Settings, load_settings
from storymaker.story.author import Assignment, Author
from storymaker.story.paper import arc_of

Makers = Mapping[Role, Mapping[str, Any]]
"""Classes of authors and illustrators, by role and name."""

_FORM: Final = 1
"""Of a key: another form makes all trials anew."""
_WHERE: Final = ("base_url", "text_url", "image_url")
_WRITTEN_IN: Final = {".py", ".toml", ".svg"}


@dataclass(frozen=True)
class Trial:
    """One variant on one subject.

    Attributes:
        variant: What is tried.
        subject: On what.
        maker: The author or illustrator, made as the variant says.
        brief: What it is asked for.
        heroes: Who it is about, with the cut-outs that are shown.
        pages: Which pages are drawn; none for words.
        liked: The picture that goes along.
        key: Hash of everything that enters: the same key, the same result.
    """

    variant: Variant
    subject: Subject
    maker: Any
    brief: Brief
    heroes: tuple[Character, ...]
    pages: tuple[Chapter, ...]
    liked: Path | None
    key: str

    @property
    def assignment(self) -> Assignment:
        """What an author is given."""
        return Assignment(self.brief, self.heroes, self.subject.friend)

    @property
    def estimate_usd(self) -> float:
        """What it is expected to cost, in US dollars."""
        if self.variant.role == "words":
            return float(cast(Author, self.maker).estimate_usd(self.assignment))
        return float(cast(Illustrator, self.maker).estimate_usd(len(self.pages)))

    @property
    def sends(self) -> str:
        """What leaves the house with it; empty for nothing."""
        return sends(self.maker)

    def check(self) -> None:
        """Refuse, in a sentence, what cannot be made here and now.

        Raises:
            InvalidInputError: If the author cannot write that, or there is no key.
        """
        if self.variant.role == "words":
            cast(Author, self.maker).check(self.assignment)
        if lacks := missing(self.maker):
            raise InvalidInputError(lacks, code="maker")


def installed() -> Makers:
    """The classes of all authors and illustrators of this machine; whoever cannot be loaded is left out."""
    found = {"words": plugins.installed("author"), "pictures": plugins.installed("illustrator")}
    return {role: {name: type(maker) for name, maker in found[role].items()} for role in ("words", "pictures")}


def trial_of(
    variant: Variant, subject: Subject, makers: Makers, settings: Settings, pages: Sequence[int] = ()
) -> Trial:
    """Settle everything that enters a trial.

    Args:
        variant: What is tried.
        subject: On what; for pictures it has its words.
        makers: Who can write and draw.
        settings: Those in force, which the variant changes.
        pages: Which pages are drawn, for pictures.

    Raises:
        InvalidInputError: If there is no such maker, or it cannot vary what the variant varies.
        SetupError: If a setting cannot be that.
    """
    classes = makers[variant.role]
    if variant.maker not in classes:
        what = "author" if variant.role == "words" else "illustrator"
        raise InvalidInputError(
            f"There is no {what} called “{variant.maker}” here. There is: {', '.join(sorted(classes))}.", code="maker"
        )
    kind = classes[variant.maker]
    liked = subject.page_to_like(pages)
    check_variant(variant, kind, len(subject.heroes[0].poses), liked=liked is not None)
    unseen = {"image_sketches": 0}  # nobody looks on while a trial is painted, and sketches cost
    tuned = load_settings(**(dict(settings) | unseen | dict(variant.settings)))
    names = getattr(kind, "tunes_prompts", ())
    prompts = {name: load_prompt(name, tuned) for name in names} | {prompt.name: prompt for prompt in variant.prompts}
    maker = kind(tuned, prompts=functools.partial(_prompt, prompts)) if names else kind()
    chapters = _chapters(subject, pages) if variant.role == "pictures" else ()
    brief = _brief(variant, subject, follows=bool(maker.follows_wishes))
    heroes = _heroes(variant, subject)
    title = subject.story.title if subject.story else ""
    liked = liked if variant.liked else None
    enters: dict[str, object] = {
        "form": _FORM,
        "role": variant.role,
        "maker": [variant.maker, kind.__module__, kind.__qualname__, _written(kind)],
        "prompts": {name: prompt.model_dump(mode="json") for name, prompt in prompts.items()},
        "settings": {name: str(getattr(tuned, name)) for name in (*getattr(kind, "tunes_settings", ()), *_WHERE)},
        "people": [_looks(one) for one in (*heroes, *((subject.friend,) if subject.friend else ()))],
        "seed": brief.seed,
        "liked": _hash(liked) if liked else "",
    }
    if variant.role == "words":
        enters["brief"] = brief.model_dump(mode="json")
    else:
        enters["child"] = brief.child
        enters["pages"] = [
            [page.n, page.title if page.n else title, page.image_prompt, page.scene] for page in chapters
        ]
        enters["cutouts"] = [
            _cutouts(one, subject) for one in (*heroes, *((subject.friend,) if subject.friend else ()))
        ]
    key = hashlib.sha256(json.dumps(enters, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
    return Trial(variant, subject, maker, brief, heroes, chapters, liked, key)


def _prompt(chosen: Mapping[str, Prompt], name: str, settings: Settings) -> Prompt:
    return chosen.get(name) or load_prompt(name, settings)


def _chapters(subject: Subject, pages: Sequence[int]) -> tuple[Chapter, ...]:
    assert subject.story is not None
    there = {page.n: page for page in subject.story.pages if page.image_prompt}
    if not pages or (strange := [n for n in pages if n not in there]):
        asked = f"no page {', '.join(map(str, strange))}" if pages else "no page to draw"
        have = ", ".join(map(str, there)) or "none that are written"
        raise InvalidInputError(f"“{subject.name}” has {asked}. Its pages are: {have}.")
    return tuple(there[n] for n in sorted(set(pages)))


def _brief(variant: Variant, subject: Subject, *, follows: bool) -> Brief:
    """What is asked for. A sample's wish is for those who can follow one; an arc that is tried takes a wish's place.

    A book keeps the story that its own seed chose, so that another seed is another telling of that.
    """
    brief = subject.brief
    story = subject.story if variant.role == "words" and not follows else None
    spare = variant.arc or (subject.sample and not follows)
    return replace(
        brief,
        author=variant.maker if variant.role == "words" else "paper",
        illustrator=variant.maker if variant.role == "pictures" else "paper",
        seed=brief.seed if variant.seed is None else variant.seed,
        arc=variant.arc or brief.arc or (arc_of(brief, story.chapters).id if story else ""),
        age_band=variant.age_band or brief.age_band,
        wish="" if spare else brief.wish,
    )


def _heroes(variant: Variant, subject: Subject) -> tuple[Character, ...]:
    hero, *others = subject.heroes
    if variant.cutouts:
        hero = replace(hero, poses=tuple(hero.poses[number - 1] for number in variant.cutouts))
    return (hero, *others)


def _looks(character: Character) -> list[str]:
    names = ("name", "kind", "pronouns", "trait", "look", "figure")
    return [str(getattr(character, name) or "") for name in names]


def _cutouts(character: Character, subject: Subject) -> list[list[object]]:
    home = subject.homes.get(character.id)
    return [[_hash(home / pose.cutout), pose.face, pose.lying, pose.lightness] for pose in character.poses if home]


def _hash(path: Path) -> str:
    with disk_errors(path.parent), open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def _written(kind: type) -> str:
    """What a maker is made of: whoever works here is known by their own files, whoever asks a service by our version."""
    if getattr(kind, "tunes_prompts", ()):
        return storymaker.__version__
    try:
        module = Path(inspect.getfile(kind))
    except (OSError, TypeError):  # written in the notebook itself: nobody can tell when it changes
        return f"{os.getpid()}.{id(kind)}"
    package = sys.modules[kind.__module__].__package__
    files = sorted(module.parent.rglob("*")) if package else [module]
    told = hashlib.sha256()
    for file in files:
        if file.suffix in _WRITTEN_IN:
            told.update(file.relative_to(module.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return told.hexdigest()
