"""The child's name never leaves the house: a token goes out in its place, and the name is put back in what comes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TOKEN: Final = "CHILD"  # noqa: S105 - a word that stands for another


@dataclass(frozen=True)
class Veil:
    """Hides a name in everything that goes out.

    Attributes:
        child: The name; empty hides nothing.
    """

    child: str

    def hide(self, value: object) -> object:
        """The same text, list or table with the token in the place of the name, whatever its case."""
        if not self.child:
            return value
        if isinstance(value, str):
            return re.sub(rf"(?<!\w){re.escape(self.child)}(?!\w)", TOKEN, value, flags=re.IGNORECASE)
        if isinstance(value, dict):
            return {key: self.hide(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.hide(one) for one in value]
        return value

    def hidden(self, text: str) -> str:
        """The same text with the token."""
        return str(self.hide(text))

    def shown(self, text: str) -> str:
        """A text that came back, with the name in its place; "someone" where there is none."""
        name = self.child
        if name:
            return re.sub(rf"(?<!\w){TOKEN}(?!\w)", lambda _: name, text)
        text = re.sub(rf"(^|[.!?…]\s+|\n|“)(?:{TOKEN})(?!\w)", r"\1Someone", text)
        return re.sub(rf"(?<!\w){TOKEN}(?!\w)", "someone", text)
