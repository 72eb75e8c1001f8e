"""Whether a story is in the language that was asked for, as far as that can be told: English or not."""

from __future__ import annotations

import re
from typing import Final

_COMMON: Final = frozenset({
    "the", "and", "of", "to", "was", "it", "his", "her", "she", "he", "they", "that", "with", "said", "you", "is", "for",
})  # fmt: skip
_MEASURABLE_CHARACTERS: Final = 300
_HARDLY: Final = 0.06
"""Below this share of common English words a text is not English: our own stories have 0.11 and more, the same page
in seven other languages 0.04 at most (tests/unit/story/test_language.py)."""
_PLAINLY: Final = 0.10
"""Above this one it is English."""


def speaks(text: str, language: str) -> bool:
    """Whether a text may be in a language; a short one always may.

    Args:
        text: All words of a story.
        language: As ``en-GB``. Of languages other than English only that they are not English can be told.
    """
    if len(text) < _MEASURABLE_CHARACTERS:
        return True
    share = english_share(text)
    return share >= _HARDLY if language.partition("-")[0] == "en" else share <= _PLAINLY


def english_share(text: str) -> float:
    """The share of a text's words that are among the most common of English, 0 to 1."""
    told = re.findall(r"[^\W\d_]+", text.casefold())
    return sum(word in _COMMON for word in told) / max(1, len(told))
