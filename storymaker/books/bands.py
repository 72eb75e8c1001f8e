"""What suits the listeners of each age: words a page, rare words, minutes, pace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storymaker.books.model import AgeBand


@dataclass(frozen=True)
class Limits:
    """What suits the listeners of a band.

    Attributes:
        words: Most words a page.
        rare: Most rare words a page.
        minutes: How long the whole book of ten pages may take, least and most.
        pace: Words a minute, read aloud with time for the pictures.
    """

    words: int
    rare: int
    minutes: tuple[int, int]
    pace: int


LIMITS: Mapping[AgeBand, Limits] = {
    "3-4": Limits(words=25, rare=1, minutes=(2, 3), pace=100),
    "5-6": Limits(words=60, rare=2, minutes=(4, 5), pace=133),
    "7-8": Limits(words=120, rare=3, minutes=(7, 9), pace=150),
}
