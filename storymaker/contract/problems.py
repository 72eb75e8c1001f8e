"""Errors as they cross the wire: RFC 9457 problem documents, and back into our own errors."""

from __future__ import annotations

from typing import Any, Final

from storymaker import errors
from storymaker.contract.values import Wire
from storymaker.errors import ConflictError, StorymakerError

STATUSES: Final = {
    "invalid": 422,
    "photo": 422,
    "script": 422,
    "export": 422,
    "json": 400,
    "access": 401,
    "xsrf": 403,
    "not-found": 404,
    "method": 405,
    "conflict": 409,
    "damaged": 409,
    "cancelled": 409,
    "outdated": 412,
    "too-large": 413,
    "media-type": 415,
    "too-many": 429,
    "queue-full": 429,
    "error": 500,
    "provider": 502,
    "setup": 503,
    "job": 503,
    "busy": 503,
    "unreachable": 503,
    "timeout": 504,
    "storage": 507,
}
"""The HTTP status for each code; one that is not here takes the status of its class."""


class Problem(Wire):
    """An error, as RFC 9457 has it.

    Attributes:
        type: A stable address-like name of the kind of error.
        title: The kind in words.
        status: The HTTP status.
        detail: A sentence for a parent: what went wrong and what to do.
        code: A short stable word for programs.
        field: Of a conflict: the field.
        mine: Of a conflict: what this edit wanted to set.
        theirs: Of a conflict: what stands there now.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    mine: Any = None
    theirs: Any = None


_KINDS: Final[dict[str, type[StorymakerError]]] = {
    kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type)
}


def status_of(error: StorymakerError) -> int:
    """The HTTP status that an error crosses the wire with."""
    return STATUSES.get(error.code) or STATUSES[type(error).code]


def problem_of(error: StorymakerError) -> Problem:
    """An error as a problem document."""
    sides = (
        {"field": error.field, "mine": error.mine, "theirs": error.theirs} if isinstance(error, ConflictError) else {}
    )
    return Problem(
        type=f"urn:storymaker:{type(error).__name__}",
        title=_title(type(error)),
        status=status_of(error),
        detail=error.message,
        code=error.code,
        **sides,
    )


def error_of(problem: Problem) -> StorymakerError:
    """A problem document as the error it was; one that this version does not know is the root of the tree."""
    kind = _KINDS.get(problem.type.rpartition(":")[2], StorymakerError)
    if kind is ConflictError:
        return ConflictError(problem.detail, field=problem.field or "", mine=problem.mine, theirs=problem.theirs)
    return kind(problem.detail, code=problem.code)


def _title(kind: type[StorymakerError]) -> str:
    """The first sentence of an error's docstring."""
    return (kind.__doc__ or "").strip().split("\n")[0].rstrip(".")
