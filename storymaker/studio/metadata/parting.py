"""Somebody leaves the cast for good: asked once more, since no trash keeps a photo."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from storymaker.studio.markup import note
from storymaker.studio.step import row


class Parting:
    """A button that asks before it does anything.

    Args:
        on_sure: Called when the parent is sure.
        lead_to: Leads the keyboard to what a selector names: the button that was pressed is gone.
    """

    def __init__(self, on_sure: Callable[[], None], lead_to: Callable[[str], None]) -> None:
        self._name, self._lead_to = "", lead_to
        self.button = widgets.Button(description="Delete this plushie")
        self.sure = widgets.Button(description="Delete for good", button_style="danger")
        self.keep = widgets.Button(description="Keep it")
        self.question = widgets.HTML()
        self._asking = widgets.VBox([self.question, row(self.sure, self.keep)])
        self.button.on_click(lambda _: self._led(True))
        self.keep.on_click(lambda _: self._led(False))
        self.sure.on_click(lambda _: on_sure())
        self.box = widgets.VBox([row(self.button), self._asking])
        self.box.add_class("sm-parting")

    def offer(self, name: str) -> None:
        """Offer it for somebody of this name; for nobody where there is none."""
        self._name = name
        self.box.layout.display = "" if name else "none"
        self._ask(False)

    def _led(self, asking: bool) -> None:
        self._ask(asking)
        self._lead_to(".sm-parting .mod-danger" if asking else ".sm-parting button")

    def _ask(self, asking: bool) -> None:
        question = (
            f"All photos of {self._name} will be gone from this computer. Books that were made keep their pictures, and the cut-outs "
            "to draw new ones, until you delete the book."
        )
        self.question.value = note(question)
        self._asking.layout.display = "" if asking else "none"
        self.button.layout.display = "none" if asking else ""
