"""Other names in words that are written: whole words, with the possessives and full stops that go with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from storymaker.text import capital, possessive

_APOSTROPHES: Final = "'’"
_SENTENCE_END: Final = re.compile(r"[\"”’)]*(?:\s*$|\s+[\"“‘(]?(?=[^\W\d_])(?![a-zß-öø-ÿ]))")
"""What follows a full stop that ends a sentence."""
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?…][\"”’)]*\s+|\n|[“\"])$")


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with other names in it, all at once: two who change names do so.

    "Bramble’s hat" becomes "Hazel’s hat" and "Boots’ hat"; "BRAMBLE!" becomes "HAZEL!"; "brambles" stays as it is.

    Args:
        text: The words.
        names: New names by old ones. Whoever keeps a name is named with it, so that no part of it is taken for another's.
    """
    spelled = {form: (old, new) for old, new in names.items() if old for form in _forms(old)}
    if not spelled or all(old == new for old, new in names.items()):
        return text
    known = {_key(form): pair for form, pair in spelled.items()}
    each = "|".join(_pattern(form) for form in sorted(spelled, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?P<name>{each})(?P<owner>[{_APOSTROPHES}](?:[sS](?!\w))?)?(?!\w)")

    def answer(found: re.Match[str]) -> str:
        old, new = known[_key(found["name"])]
        return found[0] if old == new else _answer(found, old, new)

    return pattern.sub(answer, text)


def _answer(found: re.Match[str], old: str, new: str) -> str:
    """A new name in the place of an old one, as that stood there."""
    text, owner = found.string, found["owner"] or ""
    rest = text[found.end() :]
    shouted = found["name"] == old.upper() != old
    if shouted:
        new = new.upper()
    elif found["name"] != old or _SENTENCE_START.search(text[max(0, found.start() - 12) : found.start()]):
        new = capital(new)
    if owner and (len(owner) > 1 or (possessive(old).endswith("’") and re.match(r"\s+\w", rest))):
        owned = possessive(new).replace("’", owner[0])
        return owned[:-1] + owned[-1].upper() if shouted else owned
    if owner:  # the end of what is quoted
        return new + owner
    if old.endswith(".") and not new.endswith(".") and _SENTENCE_END.match(rest):
        return f"{new}."  # one stop stood for both
    if new.endswith(".") and rest.startswith(".") and not rest.startswith(".."):
        return new[:-1]
    return new


def _forms(name: str) -> set[str]:
    """The ways that a name stands in a text."""
    return {name, capital(name), name.upper()}


def _key(form: str) -> str:
    return " ".join(form.replace("’", "'").split())


def _pattern(form: str) -> str:
    """A name with any apostrophe, and gaps of any width."""
    words = (re.escape(word).replace("'", "’").replace("’", f"[{_APOSTROPHES}]") for word in form.split())
    return r"\s+".join(words)
