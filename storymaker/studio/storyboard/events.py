"""What a parent does to a page of the storyboard, whichever view it is done in."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from storymaker.studio.control import Event

TEXT_MAX: Final = 20_000
"""Characters that a field may send: far more than a page holds, so that the answer can say by how much it is too long."""

Id = Annotated[str, Field(max_length=64)]
Words = Annotated[str, Field(max_length=TEXT_MAX)]


class Edit(Event):
    """A field has new words.

    Attributes:
        base: The words that the edit started from.
    """

    type: Literal["edit"] = "edit"
    id: Id
    field: Literal["title", "text", "image_prompt", "alt", "scene"]
    value: Words
    base: Words


class Select(Event):
    """A page is looked at."""

    type: Literal["select"] = "select"
    id: Id


class Redraw(Event):
    """A page is to be drawn, or drawn anew."""

    type: Literal["redraw"] = "redraw"
    id: Id
    wish: Words = ""


class Rewrite(Event):
    """A page is to be written anew."""

    type: Literal["rewrite"] = "rewrite"
    id: Id
    wish: Words = ""


class Retry(Event):
    """What failed for a page is to be tried again."""

    type: Literal["retry"] = "retry"
    id: Id


class Cancel(Event):
    """What is being made for a page is to be stopped."""

    type: Literal["cancel"] = "cancel"
    id: Id


class Lock(Event):
    """A page is to be left alone, or not any more."""

    type: Literal["lock"] = "lock"
    id: Id
    locked: bool


class Move(Event):
    """A page goes one place up or down."""

    type: Literal["move"] = "move"
    id: Id
    by: Literal[-1, 1]


class Add(Event):
    """A page is wanted after this one."""

    type: Literal["add"] = "add"
    id: Id


class Delete(Event):
    """A page is not wanted."""

    type: Literal["delete"] = "delete"
    id: Id


class Versions(Event):
    """What a page was before is to be shown."""

    type: Literal["versions"] = "versions"
    id: Id


class UsePicture(Event):
    """An earlier picture is to hang there again."""

    type: Literal["use_picture"] = "use_picture"
    id: Id
    file: Id


class UseWords(Event):
    """Earlier words are to stand there again."""

    type: Literal["use_words"] = "use_words"
    id: Id
    title: Words
    text: Words


PageEvent = (
    Edit | Select | Redraw | Rewrite | Retry | Cancel | Lock | Move | Add | Delete | Versions | UsePicture | UseWords
)
PAGE_EVENTS: Final[TypeAdapter[PageEvent]] = TypeAdapter(Annotated[PageEvent, Field(discriminator="type")])
