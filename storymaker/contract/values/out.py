"""What is looked at and handed out: pictures by their width, pages, exports."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from storymaker.contract.values.wire import WIDTH_MAX, Wire


class WidthQuery(Wire):
    """How wide a picture is wanted, in pixels; nothing is the master."""

    w: Annotated[int, Field(ge=1, le=WIDTH_MAX)] | None = None


class PreviewQuery(WidthQuery):
    """How wide a printed page is wanted, and of which version of the book, so that no browser shows an older one."""

    v: Annotated[int, Field(ge=1)] | None = None


class SketchQuery(Wire):
    """Which unfinished picture, so that no browser shows an older one."""

    v: Annotated[str, Field(max_length=40)] = ""


class ExportRequest(Wire):
    """How to print a book.

    Attributes:
        easy_reading: Set it in a face made for easy reading.
        draft: Allow pages without a picture; they say so.
    """

    easy_reading: bool = False
    draft: bool = False


class ExportOut(Wire):
    """A book that is ready to download.

    Attributes:
        name: What the file is called.
        pages: How many pages.
        remarks: Sentences for the parent.
    """

    name: str
    pages: int
    remarks: tuple[str, ...]
