"""Tables that a model fills in, read as they were meant: with words around them, a field too many, or one that is null."""

from __future__ import annotations

import itertools
import json
import re
import types
from collections.abc import Iterator
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, model_validator

_OPENS: Final = re.compile(r'\{(?=\s*["}])')
_TAG: Final = "(?:think|thinking|thought|thoughts|reasoning|reflection)"
_THOUGHT: Final = re.compile(rf"<{_TAG}\b[^>]*>", re.IGNORECASE)
_THOUGHT_ENDS: Final = re.compile(rf"</{_TAG}\s*>", re.IGNORECASE)
_COMMA_TOO_MANY: Final = re.compile(r",(\s*[}\]])")
_PLACES_MAX: Final = 50
_WHOLE: Final = json.JSONDecoder(strict=False)
"""A line break within a text is no reason to lose a story."""


class Table(BaseModel):
    """A table that a model fills in: asked for strictly, and read leniently."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _as_meant(cls, told: Any) -> Any:
        """Leave out what nobody asked for; words that are null or missing are empty, and so is a list."""
        if not isinstance(told, dict):
            return told
        read = {name: _meant(field.annotation, told.get(name)) for name, field in cls.model_fields.items()}
        return {name: value for name, value in read.items() if value is not None or name in told}


def plain(value: object) -> str:
    """Words as a model wrote them: a list is taken for paragraphs, a number for its digits, and nothing for no words."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n\n".join(filter(None, map(plain, value)))
    return str(value) if isinstance(value, (int, float)) else ""


def _meant(kind: Any, value: Any) -> Any:
    if kind is str:
        return plain(value)
    if get_origin(kind) is list:
        listed = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        if get_args(kind) == (str,):
            return [plain(one) for one in listed] or list(filter(None, [plain(value)]))
        return [one for one in listed if isinstance(one, dict)]
    return value


class Reader:
    """Finds a table in an answer while that is still being written.

    What a model thinks before it answers, the fences around its code and its sentences before and after are passed over.

    Args:
        schema: What the table looks like: it has at least one of these fields, and those with rows of their own.
    """

    def __init__(self, schema: type[BaseModel]) -> None:
        fields = schema.model_fields
        self._fields = set(fields)
        self._needed = {name for name, one in fields.items() if _has_rows(one.annotation)}
        self._rows: dict[str, Any] = {}
        self.text = ""

    def take(self, part: str) -> bool:
        """Hear more; whether that can have changed the table."""
        self.text += part
        return '"' in part or "}" in part

    def so_far(self) -> dict[str, Any]:
        """The table as far as it is written; what comes last is whole or missing. What was read once is not lost again."""
        spoken = _spoken(self.text)
        for at in _places(spoken):
            told = _partly(spoken[at:])
            if told.keys() & self._fields:
                if self._needed <= told.keys() or not self._needed <= self._rows.keys():
                    self._rows = told
                break
        return self._rows

    def whole(self) -> dict[str, Any] | None:
        """The table, once its last brace is there."""
        spoken, best, behind = _spoken(self.text), None, 0
        for at in _places(spoken):
            if at < behind:  # within one that was read
                continue
            told, length = _wholly(spoken[at:])
            if told is None and _partly(spoken[at:]).keys() & self._fields:
                return None  # it has begun, and not ended
            if told is not None and told.keys() & self._fields and self._needed <= told.keys():
                best = max(best or {}, told, key=lambda one: len(one.keys() & self._fields))
                behind = at + length
        return best


def _has_rows(kind: Any) -> bool:
    of = get_args(kind)
    return get_origin(kind) is list and isinstance(of[0], type) and issubclass(of[0], BaseModel)


def _places(text: str) -> Iterator[int]:
    """Where a table may begin, in order."""
    return (found.start() for found in itertools.islice(_OPENS.finditer(text), _PLACES_MAX))


def _spoken(text: str) -> str:
    """An answer without the thoughts before it."""
    ends = [found.end() for found in _THOUGHT_ENDS.finditer(text)]
    if ends:
        return text[ends[-1] :]
    begins = _THOUGHT.search(text)
    return text[: begins.start()] if begins else text


def _partly(text: str) -> dict[str, Any]:
    from jiter import from_json

    try:
        told = from_json(text.encode(), partial_mode=True)
    except ValueError:  # it has ended, and something follows; or it is no such table
        return _wholly(text)[0] or {}
    return told if isinstance(told, dict) else {}


def _wholly(text: str) -> tuple[dict[str, Any] | None, int]:
    """A table that has ended, and how long it is."""
    for spelled in (text, _COMMA_TOO_MANY.sub(r"\1", text)):
        try:
            told, length = _WHOLE.raw_decode(spelled)
        except ValueError:
            continue
        if isinstance(told, dict):
            return told, length
    return None, 0


def form_of(schema: type[BaseModel]) -> str:
    """A table as words can ask for it, where a server takes no schema."""
    return json.dumps(_example(schema), ensure_ascii=False)


def _example(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: _example(field.annotation) for name, field in kind.model_fields.items()}
    of, origin = get_args(kind), get_origin(kind)
    if origin is list:
        return [_example(of[0])]
    if origin is Literal:
        return " or ".join(map(str, of))
    if origin in (Union, types.UnionType):
        return _example(of[0])
    return kind is bool if kind is bool else "…"
