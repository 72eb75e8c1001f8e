"""What our own controls share: a module of JavaScript each, and messages that are checked before they are believed."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, ClassVar, Final, Generic, TypeVar

import anywidget
import traitlets
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from storymaker.errors import InvalidInputError
from storymaker.studio.guard import Guard

log = logging.getLogger(__name__)

E = TypeVar("E", bound="Event")

_FORGED: Final = "The page sent something that does not fit, and nothing was changed. Please reload it."


class Event(BaseModel):
    """Something that happened in the browser; its class's ``type`` names it. A browser may send anything: all is checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@functools.cache
def module(*names: str) -> str:
    """The files of ``static`` as one module: browsers get each control whole, since it cannot ask for more."""
    folder = files("storymaker.studio").joinpath("static")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


class Scripted(anywidget.AnyWidget):
    """A widget with a script of ours.

    Args:
        script: File in ``static``.
        traits: What it begins with.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    def __init__(self, script: str, **traits: Any) -> None:
        super().__init__(_esm=module("dom.js", script), **traits)


class Control(Scripted, Generic[E]):
    """A control of ours; a subclass names its script, and what it may be told.

    A browser that shows it says ``mounted``; whatever it has to know from then on is sent, so that a second view of
    the same control, or one that is shown again, is never behind.

    Args:
        guard: Where what happens is done; a message that nobody here could have meant is told there as trouble.
        on_event: Called with what happened, once it is checked.
        traits: What else a control begins with.

    Attributes:
        seen: Set once a browser shows it.
    """

    script: ClassVar[str]
    events: ClassVar[TypeAdapter[Any]]

    def __init__(self, guard: Guard, on_event: Callable[[E], None], **traits: Any) -> None:
        self._guard = guard
        self._on_event = on_event
        self.seen = asyncio.Event()
        super().__init__(self.script, **traits)
        self.on_msg(lambda _, content, buffers: guard.call(lambda: self._heard(content, buffers)))

    def greet(self) -> None:
        """Tell a view that was just shown all that it has to know."""

    def tell(self, type_: str, /, **what: Any) -> None:
        """Send something to the browser."""
        self.send({"type": type_, **what})

    def with_bytes(self, event: E, buffers: Sequence[memoryview]) -> E:
        """An event with the bytes that came beside it; most have none."""
        return event

    def _heard(self, content: object, buffers: Sequence[memoryview]) -> None:
        if content == {"type": "mounted"}:
            self.seen.set()
            self.greet()
            return
        try:
            event = self.events.validate_python(content)
        except ValidationError as error:
            kind = content.get("type") if isinstance(content, Mapping) else None
            log.info("a message of a page was refused: %.40r, %d faults", kind, error.error_count())
            raise InvalidInputError(_FORGED, code="forged") from None
        self._on_event(self.with_bytes(event, buffers))
