"""What is measured of a result, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from storymaker.lab.results import Result

MEASURES: Final[Mapping[str, str]] = {
    "words_a_page": "words a page",
    "sentences_a_page": "sentences a page",
    "rare_words_a_page": "rare words a page",
    "grade": "reading grade",
    "likeness": "likeness, 0–1",
    "cost_usd": "cost, US dollars",
    "seconds": "seconds",
    "rating": "rating, 1–5",
}
"""What is measured of each result, and how people read it."""


def measured(result: Result) -> dict[str, float | None]:
    """The measures of a result; all None where it failed."""
    if not result.done:
        return dict.fromkeys(MEASURES)
    stars = {"rating": result.rating.stars if result.rating else None}
    return {name: getattr(result, name) for name in MEASURES if name != "rating"} | stars
