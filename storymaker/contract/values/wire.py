"""The form of every value on the wire, and bytes that cross it as they are."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

WIDTH_MAX = 4096
"""Pixels of a picture's width that may be asked for."""


class Wire(BaseModel):
    """A value on the wire; an unknown key is a slip of the caller's, and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, from_attributes=True)


class File(Wire):
    """Bytes that cross the wire as they are.

    Attributes:
        media_type: What they are.
        data: The bytes.
        name: What a download is called; empty is shown in place.
    """

    media_type: str
    data: bytes
    name: str = ""


class Upload(Wire):
    """A file as a form sent it.

    Attributes:
        name: What it was called where it came from.
        data: Its bytes.
    """

    name: str
    data: bytes


class Deleted(Wire):
    """A book that went into the trash; it can be restored for so many days."""

    book_id: str
    days: int
