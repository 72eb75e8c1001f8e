"""The page's frame: messages to the parent, the address, the heartbeat, and files that are handed over."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

import traitlets
from pydantic import Field, TypeAdapter

from storymaker.errors import InvalidInputError
from storymaker.studio.control import Control, Event, module
from storymaker.studio.guard import Guard

Kind = Literal["success", "info", "error"]
Short = Annotated[str, Field(max_length=200)]
Query = Annotated[dict[Short, Short], Field(max_length=20)]

_SECONDS: Final[Mapping[Kind, int]] = {"success": 7, "info": 9, "error": 0}
"""How long a message stays; trouble stays until it is closed."""
_UNDO_SECONDS: Final = 14
_ACTIONS_KEPT: Final = 20


class Begin(Event):
    """A browser shows the page.

    Attributes:
        query: Of its address.
        kept: What was typed into fields, by their names, and never sent: the tab was reloaded.
        narrow: Whether it is a phone's.
    """

    type: Literal["begin"]
    query: Query
    kept: Annotated[dict[Short, Annotated[str, Field(max_length=20_000)]], Field(max_length=40)]
    narrow: bool


class Visited(Event):
    """The parent went back or forward in the browser's history."""

    type: Literal["visit"]
    query: Query


class Ping(Event):
    """Is anybody there?"""

    type: Literal["ping"]


class Action(Event):
    """The button of a toast was pressed."""

    type: Literal["action"]
    id: int


class Shell(Control[Begin | Visited | Ping | Action]):
    """Shows messages, and keeps the address true.

    Args:
        guard: Where what happens is done.
        user: Whose page it is: what one family typed is not shown to the next one in the same tab.
        on_begin: Called when a browser shows the page.
        on_visit: Called with the address's query when the parent goes back or forward.
        on_beat: Called at each beat of the browser's heart.
    """

    script = "shell.js"
    events = TypeAdapter(Annotated[Begin | Visited | Ping | Action, Field(discriminator="type")])
    state = traitlets.Unicode("loading").tag(sync=True)
    user = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        guard: Guard,
        user: str,
        on_begin: Callable[[Begin], None],
        on_visit: Callable[[Mapping[str, str]], None],
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_begin, self._on_visit, self._on_beat = on_begin, on_visit, on_beat
        self._numbers = itertools.count(1)
        self._actions: dict[int, Callable[[], None]] = {}
        super().__init__(guard, self._happened, _css=module("page.css"), user=user)
        self.add_class("sm-shell")

    def ready(self) -> None:
        """The page answers: whoever drives it may begin."""
        self.state = "ready"

    def say(self, text: str, kind: Kind = "info", *, action: str = "", do: Callable[[], None] | None = None) -> None:
        """Show a message.

        Args:
            text: A sentence.
            kind: What it is; trouble is read aloud at once, and stays.
            action: What its button says.
            do: What the button does, once.
        """
        number = next(self._numbers)
        if do is not None:
            self._actions[number] = do
            for old in list(self._actions)[:-_ACTIONS_KEPT]:
                del self._actions[old]
        seconds = _UNDO_SECONDS if do and kind != "error" else _SECONDS[kind]
        self.tell("toast", id=number, text=text, kind=kind, action=action if do else "", seconds=seconds)

    def say_trouble(self, error: Exception) -> None:
        """Show what went wrong."""
        self.say(str(error), "error")

    def go(self, to: Mapping[str, str], title: str, *, replace: bool = False) -> None:
        """Set the page's address and title, without loading anything.

        Args:
            to: The address's query.
            title: Of the page.
            replace: Instead of a new step in the browser's history.
        """
        self.tell("go", to=dict(to), title=f"{title} · Story Studio" if title else "Story Studio", replace=replace)

    def lead_to(self, selector: str) -> None:
        """Lead the keyboard and the screen reader to an element."""
        self.tell("focus", selector=selector)

    def hand_over(self, address: str, name: str) -> None:
        """Have the browser download a file."""
        self.tell("download", address=address, name=name)

    def forget(self) -> None:
        """What was typed has been sent: it need not survive a reload any more."""
        self.tell("forget")

    def _happened(self, event: Begin | Visited | Ping | Action) -> None:
        match event:
            case Begin():
                self._on_begin(event)
            case Visited():
                self._on_visit(event.query)
            case Ping():
                self.tell("pong")
                self._on_beat()
            case Action():
                act = self._actions.pop(event.id, None)
                if act is None:
                    raise InvalidInputError("This can only be done once.")
                act()
