"""Text from outside, made safe to show in a terminal or a log."""

from __future__ import annotations

import unicodedata


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
