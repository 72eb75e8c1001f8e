"""What a request says, as values of the contract; what cannot be used is refused in a sentence that helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError

from storymaker.contract.values import Wire
from storymaker.errors import InvalidInputError
from storymaker.text import clean_text, nearest


def parse_body(kind: type[Wire], body: bytes) -> Wire:
    """A JSON body as a value; strict, for a number in quotation marks is a slip of the caller's."""
    try:
        return kind.model_validate_json(body or b"{}", strict=True)
    except ValidationError as error:
        raise _unusable(error, kind) from None


def check_query(kind: type[Wire], given: dict[str, str]) -> Wire:
    """A query as a value."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _unusable(error, kind) from None


def _unusable(error: ValidationError, kind: type[Wire]) -> InvalidInputError:
    """The first thing that is wrong with what was sent, in words; of a name that is not known, the one that was meant.

    A name that is not known goes before one that is missing: it is what was meant for it.
    """
    errors = error.errors(include_url=False, include_input=False)
    unknown = (one for one in errors if one["type"] == "extra_forbidden")
    first = next(unknown, errors[0]) if errors[0]["type"] == "missing" else errors[0]
    where = clean_text(".".join(str(part) for part in first["loc"]))[:60] or "body"
    if first["type"] == "json_invalid":
        return InvalidInputError("The body is no JSON. Please check it.", code="json")
    if first["type"] == "extra_forbidden":
        name, near = (
            clean_text(str(first["loc"][-1])),
            nearest(str(first["loc"][-1]), _names_beside(kind, first["loc"])),
        )
        advice = f"Did you mean “{near}”?" if near and near != name else "Please leave it out."
        return InvalidInputError(f"“{where}” is not known here. {advice}", code="unknown-field")
    return InvalidInputError(f"The {where.replace('_', ' ')} cannot be used: {first['msg']}.")


def _names_beside(kind: Any, where: Sequence[int | str]) -> list[str]:
    """The names that there are in the place of the last one, following the others through the fields."""
    for step in where[:-1]:
        if isinstance(step, str) and step in getattr(kind, "model_fields", {}):
            kind = kind.model_fields[step].annotation
        while not hasattr(kind, "model_fields") and get_args(kind):
            kind = get_args(kind)[0]
    return list(getattr(kind, "model_fields", ()))
