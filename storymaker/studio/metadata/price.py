"""What the book will cost and what leaves the house, before the click; nothing is ordered whose price was not there."""

from __future__ import annotations

from typing import Final

import ipywidgets as widgets

from storymaker.contract.values import Estimate, StudioOut
from storymaker.errors import StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.markup import note
from storymaker.studio.metadata.model import Choices
from storymaker.studio.step import dollars

_MAKE: Final = "Make the book"


class Price:
    """The button with the price on it, and the sentences above.

    Args:
        backend: Whom to ask.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._of: tuple[str, str] | None = None
        self.line, self.notice = widgets.HTML(), widgets.HTML()
        self.button = widgets.Button(description=_MAKE, button_style="primary")
        self.button.add_class("sm-big")

    async def show(self, choices: Choices, studio: StudioOut | None) -> None:
        """Show the price of these makers, whatever else is still missing."""
        try:
            self._tell(choices, studio, await self._backend.estimate(choices.priced()))
        except StorymakerError as error:
            # What cannot be ordered has no price; the order itself says why, beside its field.
            self._of = None
            self.line.value = note(error.message if error.code in ("budget", "unreachable") else "")

    async def was_seen(self, choices: Choices, studio: StudioOut | None) -> bool:
        """Whether the price of just these makers stood on the button when it was pressed, or there is none.

        Raises:
            StorymakerError: If nobody can tell.
        """
        if self._of == _makers(choices):
            return True
        estimate = await self._backend.estimate(choices.priced())
        self._tell(choices, studio, estimate)
        return estimate.total_usd == 0

    def _tell(self, choices: Choices, studio: StudioOut | None, estimate: Estimate) -> None:
        self.notice.value = note(" ".join(studio.notices) if studio else "")
        self.line.value = note(price_line(estimate, draw=choices.draw, sends=_sends(choices, studio)))
        self.button.description = _MAKE if estimate.total_usd == 0 else f"{_MAKE} (${estimate.total_usd:.2f})"
        self._of = _makers(choices)


def _makers(choices: Choices) -> tuple[str, str]:
    return choices.author, choices.illustrator


def _sends(choices: Choices, studio: StudioOut | None) -> str:
    """What leaves the house with the makers that are chosen."""
    if studio is None:
        return ""
    chosen = [one for one in studio.authors if one.name == choices.author]
    chosen += [one for one in studio.illustrators if one.name == choices.illustrator]
    return " ".join(one.sends for one in chosen if one.sends)


def price_line(estimate: Estimate, *, draw: bool, sends: str = "") -> str:
    """What the book will cost, before the click, and what leaves the house with it.

    Args:
        estimate: What it is expected to cost.
        draw: Whether pictures are ordered too.
        sends: What the makers send, in sentences.
    """
    return " ".join(part for part in (_costs(estimate, draw=draw, quiet=not sends), sends) if part)


def _costs(estimate: Estimate, *, draw: bool, quiet: bool) -> str:
    if estimate.total_usd == 0:
        return "This costs nothing, and nothing leaves this computer." if quiet else "This costs nothing."
    words = f"The story costs {dollars(estimate.words_usd)}"
    pictures = f"the pictures {dollars(estimate.pictures_usd)}"
    if draw:
        return f"{words}, {pictures}: {dollars(estimate.total_usd)} in all. It is an estimate."
    return f"{words} now; {pictures}, when you ask for them. It is an estimate."
