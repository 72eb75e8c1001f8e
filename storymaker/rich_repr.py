"""How values show themselves: as lines on a terminal, and as HTML in a notebook."""

from __future__ import annotations

import functools
from typing import Final

from storymaker.text import clean_text

SEPARATOR: Final = " · "


@functools.singledispatch
def html_of(value: object) -> str | None:  # noqa: ARG001  (by its type alone)
    """Render a value as HTML; whoever knows how registers a function for its type here.

    Args:
        value: Any value.

    Returns:
        HTML that stands by itself; None where nothing is registered, so that a notebook shows the value's lines.
    """
    return None


class RichRepr:
    """A mixin for values that print as a few lines and that a notebook shows as HTML."""

    @property
    def label(self) -> str:
        """What it is called."""
        raise NotImplementedError

    @property
    def facts(self) -> tuple[str, ...]:
        """What is worth knowing of it, a few words each."""
        raise NotImplementedError

    def _lines(self) -> tuple[str, ...]:
        return (SEPARATOR.join((self.label, *self.facts)),)

    def __str__(self) -> str:
        # Nothing in the lines steers a terminal.
        return "\n".join(clean_text(line) for line in self._lines() if line)

    def _repr_html_(self) -> str | None:
        return html_of(self)
