"""The child's name never leaves the house: a token goes out in its place, and the name is put back in what comes."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

TOKEN: Final = "CHILD"  # noqa: S105 - a word that stands for another

_LETTER: Final = r"[^\W\d_]"
_MARKS: Final = "\u0300-\u036f"
"""Accents that stand apart from their letters, as a Mac may send them."""
_ALIKE: Final = ("'’‘ʼ`´", "-‐‑–")
_JOINING: Final = frozenset(
    ["and", "und", "et", "da", "de", "del", "der", "den", "di", "du", "la", "le", "of", "van", "von"]
)
"""Words between names: no secret, and hidden everywhere they would spoil the story."""


@dataclass(frozen=True)
class Veil:
    """Hides a name in everything that goes out.

    Attributes:
        child: The name; empty hides nothing.
        former: Names that the child had before, and that words may still say.
    """

    child: str
    former: tuple[str, ...] = ()

    def hide(self, value: object) -> object:
        """The same text, list or table with the token in the place of the name.

        A parent in a hurry writes it in any case, with or without its accents, without an apostrophe before the s, or
        a part of it alone. That a word which only looks like the name is hidden too is the lesser evil.
        """
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, dict):
            return {key: self.hide(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.hide(one) for one in value]
        return value

    def hidden(self, text: str) -> str:
        """The same text with the token."""
        for name in (self.child, *self.former):
            text = _hidden(text, name)
        return text

    def shown(self, text: str) -> str:
        """A text that came back, with the name in its place; "someone" where there is none."""
        name = self.child
        if name:
            return re.sub(rf"(?<!{_LETTER}){TOKEN}(?!{_LETTER})", lambda _: name, text)
        text = re.sub(rf"(^|[.!?…]\s+|\n|“)(?:{TOKEN})(?!\w)", r"\1Someone", text)
        return re.sub(rf"(?<!\w){TOKEN}(?!\w)", "someone", text)


def _hidden(text: str, child: str) -> str:
    pattern = _pattern(child)
    if pattern is None:
        return text
    hidden, count = pattern.subn(
        lambda found: f"{TOKEN}’s" if found["s"] else TOKEN, unicodedata.normalize("NFD", text)
    )
    return unicodedata.normalize("NFC", hidden) if count else text


@functools.cache
def _pattern(child: str) -> re.Pattern[str] | None:
    """What finds the whole name, or a part of it: "Mia" of "Mia Sophie", and of "Mia and Tom"."""
    parts = [part for part in re.split(r"[\s,&+/–-]+", child) if sum(map(str.isalpha, part)) > 1]
    names = [child.strip(), *sorted((part for part in parts if part.casefold() not in _JOINING), key=len, reverse=True)]
    spelled = "|".join(_spelled(name) for name in names if any(map(str.isalnum, name)))
    if not spelled:
        return None
    # Where a script has no small and large letters, words may stand without a gap: there it is found in their midst.
    cased = all(letter.lower() != letter.upper() for letter in child if letter.isalpha())
    before, after = (rf"(?<!{_LETTER})", rf"(?!{_LETTER})") if cased else ("", "")
    return re.compile(rf"{before}(?:{spelled})(?P<s>s)?{after}", re.IGNORECASE)


def _spelled(name: str) -> str:
    """A name as a pattern: with and without its accents, gaps of any width, any apostrophe and hyphen."""
    parts: list[str] = []
    for letter in unicodedata.normalize("NFD", name):
        if letter.isspace():
            parts.append(r"\s+" if parts[-1:] != [r"\s+"] else "")
        elif same := next((same for same in _ALIKE if letter in same), ""):
            parts.append(f"[{re.escape(same)}]")
        elif not re.match(f"[{_MARKS}]", letter):
            parts.append(f"{re.escape(letter)}[{_MARKS}]*+")
    return "".join(parts)
