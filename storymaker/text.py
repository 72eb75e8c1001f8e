"""Text as we keep and show it: cleaned, named, counted, and safe in a terminal or a log; and new ids."""

from __future__ import annotations

import difflib
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from storymaker.errors import InvalidInputError

NAME_MAX: Final = 80
"""Characters of a name."""

_SHORT_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
# Zero-width (non-)joiners and variation selectors shape emoji and many scripts: they stay.
_KEPT_FORMAT: Final = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}


def show_controls(text: str, *, keep: str = "") -> str:
    r"""Replace control and direction-override characters by visible escapes, such as ``\n`` and ``\x1b``.

    A terminal obeys escape sequences, and a newline begins a line that may look like one of ours.

    Args:
        text: Any text.
        keep: Control characters to leave as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in _UNSEEN else _escaped(c) for c in text)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def short_id(length: int = 8) -> str:
    """A new random identifier, safe in addresses and file names.

    Args:
        length: Characters; 8 give about 10^12 possibilities.
    """
    return "".join(secrets.choice(_SHORT_ALPHABET) for _ in range(length))


def keyed_id(*parts: str) -> str:
    """An identifier of the same form that is the same for the same parts, and for no others."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest(), "big")
    base = len(_SHORT_ALPHABET)
    return "".join(_SHORT_ALPHABET[number // base**place % base] for place in range(8))


def clean_text(text: str) -> str:
    """Text as we keep it: NFC, line ends as newline, no control or direction-override characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(c for c in text if c in "\n\t" or c in _KEPT_FORMAT or unicodedata.category(c)[0] != "C").strip()


def clean_name(text: str, *, limit: int = NAME_MAX, what: str = "name") -> str:
    """One line of text as we keep it.

    Args:
        text: What was typed.
        limit: The longest allowed, in characters.
        what: What it is called in the message.

    Raises:
        InvalidInputError: If it is longer than ``limit``.
    """
    line = " ".join(clean_text(text).split())
    if len(line) > limit:
        raise InvalidInputError(f"The {what} has {len(line)} characters, and {limit} fit. Please shorten it.")
    return line


def slug(title: str) -> str:
    """The readable half of a book's folder name: plain letters, digits and hyphens, 40 at most."""
    ascii_ = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")[:40].strip("-") or "book"


def now() -> datetime:
    """The time of day with its zone."""
    return datetime.now(UTC)


def counted(number: int, thing: str) -> str:
    """So many of a thing, in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def dollars(usd: float) -> str:
    """A price in US dollars; one below a cent is not told as nothing."""
    return f"${usd:.2f}" if usd >= 0.01 or usd == 0 else "less than a cent"


def capital(text: str) -> str:
    """The text with a capital first letter, where that letter has one."""
    first = text[:1].title()
    return first + text[1:] if len(first) == 1 else text


def possessive(name: str) -> str:
    """The name as an owner, as it is said: Otis’s and Jess’s, but Boots’ and Mr Whiskers’."""
    silent = re.search(r"(?i)[b-df-hj-np-rt-vwxyze]s$", name) and not re.search(r"(?i)[aiou]s$", name)
    return f"{name}’" if silent else f"{name}’s"


def nearest(name: str, known: Collection[str]) -> str | None:
    """What somebody who typed this may have meant, if anything is near.

    Args:
        name: What was typed.
        known: What there is.
    """
    longer = [one for one in known if one.startswith(f"{name}_")]
    return next(iter(longer or difflib.get_close_matches(name, known, n=1, cutoff=0.5)), None)


def meant(name: str, known: Collection[str]) -> str:
    """The same as a sentence; where nothing is near, all that there is.

    Args:
        name: What was typed.
        known: What there is.
    """
    near = nearest(name, known)
    return f"Did you mean “{near}”?" if near else f"There is: {', '.join(sorted(known))}."


def shortened(text: str, length: int) -> str:
    """The beginning of a text, so many characters at most."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
