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
    """

    def __init__(self, on_sure: Callable[[], None]) -> None:
        self._name = ""
        self.button = widgets.Button(description="Delete this plushie")
        self.sure = widgets.Button(description="Delete for good", button_style="danger")
        self.keep = widgets.Button(description="Keep it")
        self.question = widgets.HTML()
        self._asking = widgets.VBox([self.question, row(self.sure, self.keep)])
        self.button.on_click(lambda _: self._ask(True))
        self.keep.on_click(lambda _: self._ask(False))
        self.sure.on_click(lambda _: on_sure())
        self.box = widgets.VBox([row(self.button), self._asking])

    def offer(self, name: str) -> None:
        """Offer it for somebody of this name; for nobody where there is none."""
        self._name = name
        self.box.layout.display = "" if name else "none"
        self._ask(False)

    def _ask(self, asking: bool) -> None:
        question = (
            f"All photos of {self._name} will be gone from this computer. Books that were made keep their pictures, and the cut-outs "
            "to draw new ones, until you delete the book."
        )
        self.question.value = note(question)
        self._asking.layout.display = "" if asking else "none"
        self.button.layout.display = "none" if asking else ""
