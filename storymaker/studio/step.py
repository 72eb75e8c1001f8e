"""What the two steps of the wizard share: a state that shows, rows of things that wrap, and amounts."""

from __future__ import annotations

from typing import Final, Literal

import ipywidgets as widgets

State = Literal["configured", "active", "success", "fail"]

_STATES: Final[tuple[State, ...]] = ("configured", "active", "success", "fail")


def become(box: widgets.Box, state: State) -> None:
    """Show a step's state as a class, for the style sheet and for whoever drives the page."""
    for other in _STATES:
        if other != state:
            box.remove_class(f"sm-{other}")
    box.add_class(f"sm-{state}")


def row(*children: widgets.Widget) -> widgets.Box:
    """Things side by side, which wrap where there is no room."""
    box = widgets.Box(list(children))
    box.add_class("sm-row")
    return box


def dollars(usd: float) -> str:
    """An amount as the page says it."""
    if usd == 0:
        return "nothing"
    return f"about ${usd:.2f}" if usd >= 0.005 else "less than a cent"
