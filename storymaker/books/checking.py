"""Values made of what somebody gave: what cannot be is refused in a sentence that names the field."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from storymaker.books.model import Value
from storymaker.errors import InvalidInputError

V = TypeVar("V", bound=Value)


def checked(kind: type[V], /, **fields: object) -> V:
    """Make a value from what a person typed.

    Args:
        kind: The class.
        fields: Its fields.

    Raises:
        InvalidInputError: With the field and what is wrong with it, in words.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or kind.__name__
        if first["type"] == "string_too_long":
            limit = first["ctx"]["max_length"]
            raise InvalidInputError(
                f"The {where.replace('_', ' ')} is longer than the {limit:,} characters that fit. Please shorten it."
            ) from None
        raise InvalidInputError(f"The {where.replace('_', ' ')} cannot be used: {said(first)}.") from None


def said(fault: Mapping[str, Any]) -> str:
    """What a check found, without pydantic's own “Value error”.

    Args:
        fault: One of the errors of a ``ValidationError``.
    """
    return str(fault["msg"]).removeprefix("Value error, ")


def refuse_unknown(kind: type[Value], names: Collection[str], *, also: Collection[str] = ()) -> None:
    """Refuse names of fields that a value does not have: in a file they are passed over, in code they are slips.

    Args:
        kind: The class of the value.
        names: What was named.
        also: Other names that are good there.

    Raises:
        InvalidInputError: With the name, and the nearest one that there is.
    """
    known = (*kind.model_fields, *also)
    for name in names:
        if name not in known:
            raise InvalidInputError(f"There is no “{name}” to be asked for. {_meant(name, known)}", code="unknown")


def nearest(name: str, known: Collection[str]) -> str | None:
    """What somebody who typed this may have meant, if anything is near.

    Args:
        name: What was typed.
        known: What there is.
    """
    longer = [one for one in known if one.startswith(f"{name}_")]
    return next(iter(longer or difflib.get_close_matches(name, known, n=1, cutoff=0.5)), None)


def _meant(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return f"Did you mean “{near}”?" if near else f"There is: {', '.join(sorted(known))}."


def replace(value: V, /, **fields: object) -> V:
    """A copy with some fields changed, checked like any other value.

    Raises:
        InvalidInputError: If a field cannot be that.
    """
    return checked(type(value), **(dict(value) | fields))
