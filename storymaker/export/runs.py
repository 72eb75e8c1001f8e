"""Turns a line of anybody's text into runs that the installed typefaces can set, and says which characters none can."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from storymaker.export.fonts import Typeface, Typefaces

Run = dict[str, str]
"""``{"t": text}`` in the page's own face, ``{"t": text, "f": family}`` in another, ``{"svg": drawing, "alt": words}``."""

LONGEST_WORD = 24
"""Characters; a longer "word" may break anywhere, or an 80-letter Waaaaaah would run off the page."""

_SHOWN_AS_EMOJI = "\ufe0f"
_UNSEEN = {_SHOWN_AS_EMOJI, "\ufe0e", "\u200b"}
_JOINERS = {"\u200c", "\u200d"}


def plain(text: str) -> str:
    """The text with only spaces, no-break spaces and newlines for white space; what a typeface need not have."""
    text = re.sub("\r\n|[\r\v\f\x85\u2028\u2029]", "\n", text)
    return "".join(c if c in "\n\u00a0" or not c.isspace() else " " for c in text)


def direction(text: str) -> str:
    """``rtl`` when the first letter with a direction runs from right to left, else ``ltr``."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return "rtl" if next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def clusters(word: str) -> list[str]:
    """The word in what a reader calls characters: accents, emoji joined by a joiner, flags stay whole."""
    found: list[str] = []
    for c in word:
        if found and (_extends(c) or _joined(found[-1], c)):
            found[-1] += c
        else:
            found.append(c)
    return found


def _extends(c: str) -> bool:
    return c in _UNSEEN or c in _JOINERS or unicodedata.category(c)[0] == "M" or 0x1F3FB <= ord(c) <= 0x1F3FF


def _joined(before: str, c: str) -> bool:
    if before[-1] == "\u200d":
        return ord(c) >= 0x2190 and ord(before[0]) >= 0xA9
    return _is_flag_half(before) and _is_flag_half(c)


def _is_flag_half(text: str) -> bool:
    return len(text) == 1 and 0x1F1E6 <= ord(text) <= 0x1F1FF


def runs(text: str, first: str, faces: Typefaces) -> tuple[list[Run], list[str]]:
    """Choose a typeface for every word.

    A word keeps one face: one strange letter in the middle of a name would look like a printer's error.

    Args:
        text: One line, as :func:`plain` leaves it.
        first: The family it should stand in.
        faces: What is installed.

    Returns:
        The runs, and every character that cannot be set.
    """
    chain = faces.chain(first)
    made: list[Run] = []
    missing: list[str] = []
    for word in re.findall(r"[ \u00a0]+|[^ \u00a0]+", text):
        for run in _word(word, chain, faces.emoji, missing):
            _append(made, run, first)
    return made, missing


def _append(made: list[Run], run: Run, first: str) -> None:
    if run.get("f") == first:
        run = {"t": run["t"]}
    if made and "t" in run and "t" in made[-1] and made[-1].get("f") == run.get("f"):
        made[-1] = {**run, "t": made[-1]["t"] + run["t"]}
    else:
        made.append(run)


def _word(word: str, chain: tuple[Typeface, ...], emoji: Path | None, missing: list[str]) -> list[Run]:
    parts = clusters(word)
    whole = _face(word, chain)
    if whole is not None and not any(_SHOWN_AS_EMOJI in part for part in parts):
        return [{"t": _breakable(parts), "f": whole}]
    made: list[Run] = []
    for is_drawn, group in groupby(parts, key=lambda part: _drawn(part, chain, emoji)):
        together = list(group)
        if is_drawn and emoji is not None:
            made += [{"svg": _drawing(part, emoji), "alt": _name(part)} for part in together]
            continue
        face = _face("".join(together), chain)
        for piece in [_breakable(together)] if face is not None else together:
            family = face or _face(piece, chain)
            if family is None:
                missing += [c for c in piece if _face(c, chain) is None and c not in missing]
            else:
                made.append({"t": piece, "f": family})
    return made


def _face(text: str, chain: tuple[Typeface, ...]) -> str | None:
    """The first family that has every character."""
    needed = [c for c in text if c not in _UNSEEN and c not in _JOINERS]
    return next((face.family for face in chain if all(face.has(c) for c in needed)), None)


def _breakable(parts: list[str]) -> str:
    """Scripts written without spaces are left to typst, which knows where their words end."""
    spaced = parts[0][0].upper() != parts[0][0].lower() or (len(parts[0]) == 1 and ord(parts[0]) < 0x0E00)
    joint = "\u200b" if len(parts) > LONGEST_WORD and spaced else ""
    return joint.join("".join(c for c in part if c not in _UNSEEN) for part in parts)


def _drawn(part: str, chain: tuple[Typeface, ...], emoji: Path | None) -> bool:
    """Whether this is to be an emoji drawing rather than a letter."""
    if emoji is None or (_face(part, chain) is not None and _SHOWN_AS_EMOJI not in part):
        return False
    return _file(part, emoji) is not None


@lru_cache(maxsize=512)
def _file(part: str, emoji: Path) -> Path | None:
    """Twemoji names a file by code points, with FE0F only inside some joined sequences."""
    if len(part) == 1 and ord(part) < 0x80:
        return None
    for codes in (part, part.replace(_SHOWN_AS_EMOJI, "")):
        file = emoji / ("-".join(f"{ord(c):x}" for c in codes) + ".svg")
        if file.is_file():
            return file
    return None


def _drawing(part: str, emoji: Path) -> str:
    file = _file(part, emoji)
    assert file is not None
    return file.read_text("utf-8")


def _name(part: str) -> str:
    return unicodedata.name(part[0], "emoji").lower()
