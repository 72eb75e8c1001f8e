"""British and American spelling: the stories are written in one, and read in the one that the family asks for."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from storymaker.text import capital

AMERICAN = "en-US"

_SLOT_OR_WORD = re.compile(r"\{[^{}]*\}|[^\W\d_]+")


def spelled(text: str, language: str) -> str:
    """A text whose slots are still open, in the spelling of a language.

    Args:
        text: As written, in British English.
        language: ``en-US``, or any other, which leaves it as it is.
    """
    if language != AMERICAN:
        return text
    return _SLOT_OR_WORD.sub(lambda found: _american(found[0]), text)


def _american(word: str) -> str:
    told = table().get(word.lower())
    if told is None:
        return word
    if word.isupper():
        return told.upper()
    return capital(told) if word[0].isupper() else told


@functools.cache
def table() -> Mapping[str, str]:
    """The words that differ, British to American."""
    source = files("storymaker.story").joinpath("spelling.toml").read_text("utf-8")
    return dict(tomllib.loads(source)["american"])
