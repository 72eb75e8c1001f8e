"""One of several, as cards: a title, a line, perhaps a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import traitlets

from storymaker.studio.control import Scripted


@dataclass(frozen=True)
class Option:
    """Something to choose.

    Attributes:
        value: What is meant by it.
        title: In a few words.
        line: What it is about.
        image: Address of a picture.
    """

    value: str
    title: str
    line: str = ""
    image: str = ""


class Choice(Scripted):
    """Radio buttons as cards.

    A browser may send anything, so what is chosen counts only if it was offered.

    Args:
        label: What is asked.
        options: What there is to choose.
        value: What is chosen to begin with.
    """

    label = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Dict()).tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, options: Sequence[Option], value: str = "") -> None:
        super().__init__(
            "choice.js",
            label=label,
            options=[asdict(option) for option in options],
            value=value or (options[0].value if options else ""),
        )

    @traitlets.validate("value")
    def _offered(self, proposal: traitlets.Bunch) -> str:
        offered = [option["value"] for option in self.options]
        return str(proposal["value"]) if proposal["value"] in offered or not offered else str(self.value)

    def offer(self, options: Sequence[Option], value: str = "") -> None:
        """Offer something else.

        Args:
            options: What there is to choose.
            value: What is chosen; empty keeps what is, where it is still offered.
        """
        offered = [asdict(option) for option in options]
        if offered != self.options:
            self.options = offered
        keep = value or self.value
        self.value = keep if any(option.value == keep for option in options) else options[0].value

    def on_choice(self, call: Callable[[str], None]) -> None:
        """Call something with each new choice."""
        self.observe(lambda change: call(str(change["new"])), names="value")
