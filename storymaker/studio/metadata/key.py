"""The masked field for an OpenAI key, which goes from the browser to the server and never through a page's kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from storymaker.contract.routes import BY_NAME
from storymaker.contract.values import KeyState
from storymaker.studio.control import Control, Event
from storymaker.studio.guard import Guard

_ADDRESS: Final = BY_NAME["keep_key"].path


class KeyChanged(Event):
    """A key was kept or forgotten; which one, nobody here is told."""

    type: Literal["changed"]


class KeyField(Control[KeyChanged]):
    """Asks for a key where there is none, and tells where it comes from where there is one.

    Args:
        guard: Where what happens is done.
        on_changed: Called when a key was kept or forgotten.
    """

    script = "key.js"
    events = TypeAdapter(Annotated[KeyChanged, Field()])

    def __init__(self, guard: Guard, on_changed: Callable[[KeyChanged], None]) -> None:
        self._state: KeyState = "closed"
        super().__init__(guard, on_changed)

    def show(self, state: KeyState) -> None:
        """Show the field as it fits: "closed" shows nothing."""
        self._state = state
        self.greet()

    def greet(self) -> None:
        """Tell a view how it stands."""
        self.tell("state", state=self._state, address=_ADDRESS)
