"""Values made of what somebody gave: what cannot be is refused in a sentence that names the field."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from storymaker.books.values import Value, refusal, refuse_unknown

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
        raise refusal(kind.__name__, error) from None


def replace(value: V, /, **fields: object) -> V:
    """A copy with some fields changed, checked like any other value.

    Raises:
        InvalidInputError: If there is no such field, or it cannot be that.
    """
    refuse_unknown(type(value), fields)
    return checked(type(value), **(dict(value) | fields))
