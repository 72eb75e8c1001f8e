"""What may be changed about a book, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from storymaker.books.model import Line, Text
from storymaker.contract.values.wire import Wire


class BookPatch(Wire):
    """What to change about a book.

    Attributes:
        base: By field name, the value that the edit started from; when it is no longer true, the edit conflicts.
    """

    title: str | None = None
    dedication: str | None = None
    base: dict[str, JsonValue] = Field(default_factory=dict)


class ChapterPatch(Wire):
    """What to change about a chapter or the cover.

    Attributes:
        n: Its place, from 1.
        base: By field name, the value that the edit started from; when it is no longer true, the edit conflicts.
    """

    title: str | None = None
    text: str | None = None
    image_prompt: str | None = None
    alt: str | None = None
    scene: str | None = None
    locked: bool | None = None
    n: int | None = None
    base: dict[str, JsonValue] = Field(default_factory=dict)


class NewChapter(Wire):
    """A chapter to add.

    Attributes:
        n: Its place, from 1; None is the end.
    """

    n: Annotated[int, Field(ge=1, le=999)] | None = None
    title: Line = ""
    text: Text = ""
    image_prompt: Text = ""
    alt: Text = ""
    scene: Line = ""


class UndoRequest(Wire):
    """Which change to take back: the latest of the book, or of a page, or only of its words or its picture.

    Attributes:
        version: That of the save which made this version of the book, and no other.
    """

    chapter_id: str | None = None
    scope: Literal["words", "picture"] | None = None
    version: Annotated[int, Field(ge=1)] | None = None


class RewriteRequest(Wire):
    """What should be different, in own words; empty is just another telling."""

    wish: Text = ""


class DraftRequest(Wire):
    """Have the story of a book written.

    Attributes:
        again: Although it is written; the words there are stay in the history.
        draw: Also draw each page as soon as it is written.
    """

    again: bool = False
    draw: bool = False


class PictureChoice(Wire):
    """An earlier picture of the page, by file name."""

    file: str
