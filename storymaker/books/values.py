"""What every value is: frozen, lenient with names in files, strict with names in code; a wrong one is a sentence."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, ValidationError

from storymaker.errors import InvalidInputError
from storymaker.text import meant

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass as _ModelMetaclass
else:
    _ModelMetaclass = type(BaseModel)


class _Checked(_ModelMetaclass):
    """Checks what code makes by a call; what is read from a file goes through ``model_validate``, and comes by no call."""

    def __call__(self, *args: Any, **fields: Any) -> Any:
        refuse_unknown(self, fields)
        try:
            return super().__call__(*args, **fields)
        except ValidationError as error:
            raise refusal(self.__name__, error) from None


class Value(BaseModel, metaclass=_Checked):
    """A frozen value; unknown keys of a hand-edited file are passed over, unknown names in code are refused.

    Raises:
        InvalidInputError: When made by a call: if there is no such field, or it cannot be that.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


def refuse_unknown(kind: type, names: Collection[str], *, also: Collection[str] = ()) -> None:
    """Refuse names of fields that a value does not have: in a file they are passed over, in code they are slips.

    Args:
        kind: The class of the value.
        names: What was named.
        also: Other names that are good there.

    Raises:
        InvalidInputError: With the name, and the nearest one that there is.
    """
    shown, known = _names(kind)
    for name in names:
        if name not in known and name not in also:
            raise InvalidInputError(
                f"There is no “{name}” to be asked for. {meant(name, (*shown, *also))}", code="unknown"
            )


@functools.cache
def _names(kind: type[BaseModel]) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the fields of a class; and those, and all others that are understood."""
    understood = {*kind.model_fields, *kind.model_computed_fields}
    for field in kind.model_fields.values():
        alias = field.validation_alias
        understood |= set(alias.choices if isinstance(alias, AliasChoices) else [alias]) - {None}  # type: ignore[arg-type]
    return frozenset(kind.model_fields), frozenset(understood)


def refusal(what: str, error: ValidationError) -> InvalidInputError:
    """What a check found, in a sentence that names the field.

    Args:
        what: Name of the value, where no field is to blame.
        error: All that was found; the first is told.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    where = (".".join(str(part) for part in first["loc"]) or what).replace("_", " ")
    if first["type"] == "string_too_long":
        limit = first["ctx"]["max_length"]
        return InvalidInputError(f"The {where} is longer than the {limit:,} characters that fit. Please shorten it.")
    if first["type"] == "missing" or (
        first["type"] in ("too_short", "string_too_short") and not first["ctx"]["actual_length"]
    ):
        return InvalidInputError(f"The {where} is missing. Please give one.")
    return InvalidInputError(f"The {where} cannot be used: {said(first)}.")


def said(fault: Mapping[str, Any]) -> str:
    """What a check found, without pydantic's own “Value error”.

    Args:
        fault: One of the errors of a ``ValidationError``.
    """
    return str(fault["msg"]).removeprefix("Value error, ")
