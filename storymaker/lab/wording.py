"""What differs between two wordings of a prompt, in a few words each: for people, who look at a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from storymaker.prompts import Prompt

_NEAR: Final = 3
"""Changes that are no further apart, in words, are told as one."""
_AROUND: Final = 2
"""How many words that stayed are told with a change, so that it can be found."""
_LONGEST: Final = 44
"""Of either side, in characters."""


def swaps(before: Prompt, after: Prompt) -> tuple[str, ...]:
    """What stands where what stood, as “Past tense…” → “Present tense…”.

    Args:
        before: One wording.
        after: The other.
    """
    parts = [(before.system, after.system), (before.user, after.user)]
    parts += [(before.bands.get(band, ""), sentence) for band, sentence in after.bands.items()]
    return tuple(swap for old, new in parts for swap in _of_part(old.split(), new.split()))


def _of_part(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for old_from, old_to, new_from, new_to in _changes(old, new):
        # Words that follow show the place; at the end of a part those before do.
        back = _AROUND if old_to == len(old) else 0
        told = (_told(old, old_from - back, old_to), _told(new, new_from - back, new_to))
        yield " → ".join(f"“{side}”" for side in told)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where words differ, in either text; what is close together as one."""
    same = [block for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks() if block.size]
    edges = [(0, 0, 0, 0), *((b.a, b.b, b.a + b.size, b.b + b.size) for b in same if b.size > _NEAR)]
    edges.append((len(old), len(new), len(old), len(new)))
    for (_, _, old_from, new_from), (old_to, new_to, _, _) in pairwise(edges):
        if old[old_from:old_to] != new[new_from:new_to]:
            yield old_from, old_to, new_from, new_to


def _told(text: Sequence[str], start: int, end: int) -> str:
    shown = text[max(0, start) : end + _AROUND]
    told = " ".join(shown)
    cut = told[:_LONGEST].rstrip()
    return f"{cut}…" if cut != told or end + _AROUND < len(text) else told
