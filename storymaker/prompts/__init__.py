"""Every prompt, as data with a name and a version: TOML files beside this module, read here.

What a family typed can only land in the user role: :func:`messages` fills the system role from a number, an age band
and the prompt's own file, and any other placeholder there is refused when the file is read.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StrictInt, ValidationError, model_validator

from storymaker.books.bands import LIMITS
from storymaker.books.model import AgeBand
from storymaker.books.values import Value, said
from storymaker.errors import InvalidInputError, NotFoundError

Role = Literal["system", "user"]

SETTINGS = frozenset({"chapters", "ages", "words", "rare", "band"})
"""Placeholders that we fill: how many chapters, which ages, words and rare words a page, the manner of the band."""


@dataclass(frozen=True)
class Message:
    """One message to a model.

    Attributes:
        role: Whose voice it is.
        content: What it says.
    """

    role: Role
    content: str


class Prompt(Value):
    """A prompt with its placeholders (``$name``) open.

    Attributes:
        name: The file's name.
        version: Grows with every change of the words.
        purpose: What it is for, for people.
        settings: The placeholders of either role that we fill, each with what it means.
        data: The placeholders of the user role that hold what a family typed, each with what it means.
        bands: How to write for each age band, in a sentence or two; fills ``$band``.
        system: The rules; empty for a model that has no such role.
        user: The task, with its data.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    version: Annotated[StrictInt, Field(ge=1)]
    purpose: str
    settings: Mapping[str, str] = Field(default_factory=dict)
    data: Mapping[str, str] = Field(default_factory=dict)
    bands: Mapping[AgeBand, str] = Field(default_factory=dict)
    system: str = ""
    user: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _placeholders_agree(self) -> Self:
        if slips := list(self._slips()):
            raise ValueError("; ".join(slips))
        return self

    def __str__(self) -> str:
        """All its words, part by part, as a person reads them."""
        manners = [f"$band for ages {band}: {text.strip()}" for band, text in self.bands.items()]
        parts = {"system": self.system.strip(), "user": self.user.strip(), "bands": "\n".join(manners)}
        return "\n\n".join(f"── {name} ──\n{text}" for name, text in parts.items() if text)

    def _slips(self) -> Iterator[str]:
        for role, text in (("system", self.system), ("user", self.user)):
            if not Template(text).is_valid():
                yield f"the {role} role has a $ that begins no placeholder; write $$ for a dollar"
        if strange := self.settings.keys() - SETTINGS:
            yield f"nobody fills the settings {', '.join(sorted(strange))}"
        if both := self.data.keys() & SETTINGS:
            yield f"{', '.join(sorted(both))} is a setting and not data"
        in_system, in_user = placeholders(self.system), placeholders(self.user)
        if open_ := in_system - self.settings.keys():
            yield f"the system role may not hold {_dollared(open_)}, only {_dollared(self.settings)}"
        if undeclared := in_user - self.settings.keys() - self.data.keys():
            ours = _dollared(self.settings.keys() | self.data.keys())
            yield f"the user role holds {_dollared(undeclared)}, which nobody fills; it may hold {ours}"
        if idle := (self.settings.keys() | self.data.keys()) - in_system - in_user:
            yield f"{_dollared(idle)} is missing; it must stay in the prompt"
        if "band" in self.settings and self.bands.keys() != LIMITS.keys():
            yield "the bands lack one"


def placeholders(text: str) -> frozenset[str]:
    """The names that a text leaves open."""
    return frozenset(Template(text).get_identifiers())


def _dollared(names: Iterable[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(names)) or "no placeholder"


def prompt_names() -> tuple[str, ...]:
    """The prompts there are, in order."""
    folder = files("storymaker.prompts")
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


@cache
def built_in(name: str) -> Prompt:
    """A prompt of ours by its name; makers take the one in use, from :func:`storymaker.prompts.kept.load_prompt`.

    Args:
        name: "story", "rewrite", "picture" or "character-card".

    Raises:
        NotFoundError: If there is none of that name; says which there are.
        InvalidInputError: If its file has a slip.
    """
    if name not in prompt_names():
        raise NotFoundError(f"There is no prompt called “{name}”. There are: {', '.join(prompt_names())}.")
    return parse_prompt((files("storymaker.prompts") / f"{name}.toml").read_text("utf-8"), name)


def parse_prompt(source: str, name: str) -> Prompt:
    """A prompt from the text of its file.

    Args:
        source: TOML.
        name: The file's name without its ending; the prompt must call itself the same.

    Raises:
        InvalidInputError: With the prompt and what is wrong.
    """
    try:
        prompt = Prompt.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"The prompt “{name}” cannot be read: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        told = " ".join([*map(str, first["loc"]), said(first)])
        raise InvalidInputError(f"The prompt “{name}” cannot be used: {told}.") from None
    if prompt.name != name:
        raise InvalidInputError(
            f"The prompt “{name}” calls itself “{prompt.name}”. Give the file and the prompt one name."
        )
    return prompt


def messages(
    prompt: Prompt, data: Mapping[str, object], *, band: AgeBand = "5-6", chapters: int = 10
) -> tuple[Message, ...]:
    """A prompt made ready to send.

    Args:
        prompt: A built-in one, or a changed copy of it.
        data: For each placeholder of its data, a text that stands as it is, or anything else, which becomes JSON.
        band: For which ages.
        chapters: How many chapters.

    Raises:
        InvalidInputError: If data is missing or not asked for.
    """
    if wrong := data.keys() ^ prompt.data.keys():
        raise InvalidInputError(
            f"The prompt “{prompt.name}” asks for {', '.join(prompt.data)}; see to {', '.join(wrong)}."
        )
    limits = LIMITS[band]
    ours = {
        "chapters": str(chapters),
        "ages": band.replace("-", " to "),
        "words": str(limits.words),
        "rare": str(limits.rare),
        "band": prompt.bands.get(band, "").strip(),
    }
    theirs = {name: value if isinstance(value, str) else as_json(value) for name, value in data.items()}
    parts: tuple[tuple[Role, str], ...] = (
        ("system", Template(prompt.system).substitute(ours)),
        ("user", Template(prompt.user).substitute(theirs | ours)),
    )
    return tuple(Message(role, text.strip()) for role, text in parts if text.strip())


def as_json(value: object) -> str:
    """JSON that cannot close the tags it stands between.

    Args:
        value: Plain data: dicts, lists, strings, numbers.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
