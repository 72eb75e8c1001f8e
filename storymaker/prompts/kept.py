"""Prompts that a tinkerer kept, under names of their own, and which of them are in use: TOML files in ``STORYMAKER_HOME/prompts``.

::

    prompts/in-use.toml             story = "softer nights"
    prompts/story/softer-nights.toml

A version is never overwritten with other words. One that cannot be read any more, or no longer fits what its maker
fills in, does not stop a family that waits for a story: the built-in prompt stands in, and the log says why.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import tomli_w
from pydantic import ConfigDict, Field, ValidationError

from storymaker.books.files import disk_errors, make_folder, write_file
from storymaker.books.values import Value, said
from storymaker.errors import InvalidInputError, NotFoundError, StorageError
from storymaker.prompts import Prompt, built_in, prompt_names
from storymaker.settings import Settings, load_settings, private_folder
from storymaker.text import clean_name, now, slug

log = logging.getLogger(__name__)

BUILT_IN: Final = "built-in"
_FOLDER, _IN_USE = "prompts", "in-use.toml"

PromptSource = Callable[[str, Settings], Prompt]
"""Where a maker has its prompts from: by name, at each story or picture."""


class KeptPrompt(Value):
    """A named version of a prompt.

    Attributes:
        title: What its keeper calls it: "softer nights".
        base: Which prompt it stands in for.
        base_version: The version of that prompt that it grew from.
        kept: When.
        prompt: The words.
    """

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1)]
    base: str
    base_version: int
    kept: datetime
    prompt: Prompt

    def __repr__(self) -> str:
        return f"“{self.title}” of {self.kept:%Y-%m-%d}, from version {self.base_version} of the prompt “{self.base}”"


def load_prompt(name: str, settings: Settings) -> Prompt:
    """The prompt of this name that is in use: a kept version, where one was chosen and can be used, else the built-in one.

    Args:
        name: "story", "rewrite", "picture", "scene", "same-toy" or "character-card".
        settings: Whose home is looked in.

    Raises:
        NotFoundError: If there is no prompt of that name.
    """
    ours = built_in(name)
    try:
        title = in_use(settings).get(name)
        return ours if title is None else _read(_file(_home(settings), name, title)).prompt
    except (InvalidInputError, NotFoundError, StorageError) as error:
        log.warning("The built-in prompt “%s” stands in: %s", name, error.message)
        return ours


def keep(prompt: Prompt, title: str, settings: Settings | None = None) -> KeptPrompt:
    """Keep a prompt under a name; it is in use only when :func:`use` says so.

    Args:
        prompt: A changed copy of a built-in one.
        title: What to call it.
        settings: Whose home it is kept in; None reads environment and storymaker.toml.

    Raises:
        InvalidInputError: If the name cannot be used or stands for other words already, or the prompt does not fit.
        StorageError: If the disk refuses.
    """
    title = clean_name(title)
    if slug(title) == "book" or title == BUILT_IN:
        raise InvalidInputError(f"A version cannot be called “{title}”. Please give it a name with letters or digits.")
    _fits(prompt)
    folder = private_folder(_home(settings or load_settings()).parent) / _FOLDER
    file = _file(folder, prompt.name, title)
    if file.exists():
        there = _read(file)
        if there.prompt == prompt and there.title == title:
            return there
        raise InvalidInputError(
            f"“{there.title}” stands for another wording of the prompt “{prompt.name}”. Please choose another name."
        )
    kept = KeptPrompt(
        title=title, base=prompt.name, base_version=built_in(prompt.name).version, kept=now(), prompt=prompt
    )
    make_folder(file.parent)
    write_file(file, tomli_w.dumps(kept.model_dump(mode="json"), multiline_strings=True).encode())
    return kept


def kept_prompts(settings: Settings | None = None) -> tuple[KeptPrompt, ...]:
    """All kept versions that can be used, the latest last; what cannot be read is logged and passed over."""
    found = []
    for file in sorted(_home(settings or load_settings()).glob("*/*.toml")):
        try:
            found.append(_read(file))
        except (InvalidInputError, StorageError) as error:
            log.warning("%s", error.message)
    return tuple(sorted(found, key=lambda kept: (kept.kept, kept.base)))


def use(title: str, settings: Settings | None = None) -> Mapping[str, str]:
    """Say which version stories and pictures are made from, from now on; makers look each time.

    Args:
        title: A name that something was kept under, for each prompt it was kept for; "built-in" is ours, for all.
        settings: Whose home is meant.

    Returns:
        What is in use now: prompt to title; a prompt that is missing is the built-in one.

    Raises:
        NotFoundError: If nothing that can be used was kept under that name.
        StorageError: If the disk refuses.
    """
    settings = settings or load_settings()
    chosen: dict[str, str] = {}
    if title != BUILT_IN:
        kept = kept_prompts(settings)
        chosen = {one.base: one.title for one in kept if one.title == title}
        if not chosen:
            there = ", ".join(dict.fromkeys((BUILT_IN, *(one.title for one in kept))))
            raise NotFoundError(f"No prompt that can be used was kept as “{title}”. There is: {there}.")
        chosen = dict(in_use(settings)) | chosen
    folder = make_folder(private_folder(_home(settings).parent) / _FOLDER)
    write_file(folder / _IN_USE, tomli_w.dumps(chosen).encode())
    return chosen


def in_use(settings: Settings | None = None) -> Mapping[str, str]:
    """Which kept versions are in use: prompt to title; a prompt that is missing is the built-in one.

    Raises:
        InvalidInputError: If the file that says so cannot be read.
    """
    file = _home(settings or load_settings()) / _IN_USE
    told = _parsed(file) if file.exists() else {}
    return {name: title for name, title in told.items() if name in prompt_names() and isinstance(title, str)}


def _home(settings: Settings) -> Path:
    return settings.home.expanduser() / _FOLDER


def _file(folder: Path, name: str, title: str) -> Path:
    return folder / name / f"{slug(title)}.toml"


def _read(file: Path) -> KeptPrompt:
    """A kept version, checked against the prompt that it stands in for.

    Raises:
        NotFoundError: If it is gone.
        InvalidInputError: If it is damaged, or no longer fits.
    """
    if not file.exists():
        raise NotFoundError(f"The kept prompt {file} is gone. Please choose another, or keep it again.")
    try:
        kept = KeptPrompt.model_validate(_parsed(file))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInputError(f"The kept prompt {file} cannot be used: {where} {said(first)}.") from None
    if kept.base != kept.prompt.name or kept.base != file.parent.name:
        raise InvalidInputError(f"The kept prompt {file} stands in for another prompt than its folder says.")
    try:
        _fits(kept.prompt)
    except InvalidInputError as error:
        raise InvalidInputError(f"The kept prompt {file} no longer fits. {error.message}") from None
    return kept


def _parsed(file: Path) -> Mapping[str, object]:
    with disk_errors(file):
        data = file.read_bytes()
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:  # no TOML, or no UTF-8
        raise InvalidInputError(f"{file} cannot be read ({error}). Please mend or remove it.") from None


def _fits(prompt: Prompt) -> None:
    """Whether a maker can fill this prompt as it fills the built-in one.

    Raises:
        InvalidInputError: With what is missing or too much.
    """
    ours = built_in(prompt.name)
    if wrong := prompt.data.keys() ^ ours.data.keys():
        raise InvalidInputError(
            f"The prompt “{prompt.name}” is filled with {', '.join(ours.data)}; see to {', '.join(sorted(wrong))}."
        )
    if bool(prompt.system.strip()) != bool(ours.system.strip()):
        role = "needs words in" if ours.system.strip() else "goes to a model without"
        raise InvalidInputError(f"The prompt “{prompt.name}” {role} the system role. Please see to that.")
