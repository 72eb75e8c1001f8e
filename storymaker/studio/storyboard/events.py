"""What a parent does to a page of the storyboard, whichever view it is done in."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from storymaker.studio.control import Event

TEXT_MAX: Final = 20_000
"""Characters that a field may send: far more than a page holds, so that the answer can say by how much it is too long."""

Id = Annotated[str, Field(max_length=64)]
Words = Annotated[str, Field(max_length=TEXT_MAX)]


class OfPage(Event):
    """What is done to a page.

    Attributes:
        id: The page's.
    """

    id: Id


class Edit(OfPage):
    """A field has new words.

    Attributes:
        base: The words that the edit started from.
    """

    type: Literal["edit"] = "edit"
    field: Literal["title", "text", "image_prompt", "alt", "scene"]
    value: Words
    base: Words


class Select(OfPage):
    """A page is looked at."""

    type: Literal["select"] = "select"


class Redraw(OfPage):
    """A page is to be drawn, or drawn anew."""

    type: Literal["redraw"] = "redraw"
    wish: Words = ""


class Rewrite(OfPage):
    """A page is to be written anew."""

    type: Literal["rewrite"] = "rewrite"
    wish: Words = ""


class Retry(OfPage):
    """What failed for a page is to be tried again."""

    type: Literal["retry"] = "retry"


class Cancel(OfPage):
    """What is being made for a page is to be stopped."""

    type: Literal["cancel"] = "cancel"


class Lock(OfPage):
    """A page is to be left alone, or not any more."""

    type: Literal["lock"] = "lock"
    locked: bool


class Move(OfPage):
    """A page goes one place up or down."""

    type: Literal["move"] = "move"
    by: Literal[-1, 1]


class Add(OfPage):
    """A page is wanted after this one."""

    type: Literal["add"] = "add"


class Delete(OfPage):
    """A page is not wanted."""

    type: Literal["delete"] = "delete"


class Versions(OfPage):
    """What a page was before is to be shown."""

    type: Literal["versions"] = "versions"


class UsePicture(OfPage):
    """An earlier picture is to hang there again."""

    type: Literal["use_picture"] = "use_picture"
    file: Id


class UseWords(OfPage):
    """Earlier words are to stand there again."""

    type: Literal["use_words"] = "use_words"
    title: Words
    text: Words


PageEvent = (
    Edit | Select | Redraw | Rewrite | Retry | Cancel | Lock | Move | Add | Delete | Versions | UsePicture | UseWords
)
PAGE_EVENTS: Final[TypeAdapter[PageEvent]] = TypeAdapter(Annotated[PageEvent, Field(discriminator="type")])
