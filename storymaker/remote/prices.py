"""What a request is expected to cost, and what it did cost, from a dated file of prices."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

_MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Tokens:
    """What a request took, in tokens."""

    text_in: int = 0
    text_out: int = 0
    image_in: int = 0
    image_out: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        """Both together."""
        return Tokens(
            self.text_in + other.text_in, self.text_out + other.text_out,
            self.image_in + other.image_in, self.image_out + other.image_out,
        )  # fmt: skip


def counted(number: object) -> int:
    """A count of tokens as a service says it; whatever is no count is none."""
    return max(0, number) if isinstance(number, int) else 0


def cost_usd(tokens: Tokens, model: str, *, paid: bool = True) -> float:
    """What tokens cost, in US dollars.

    Args:
        tokens: How many of which kind.
        model: By which model; one that stands nowhere in the file is taken for a dear one.
        paid: Whether the service takes money at all.
    """
    if not paid:
        return 0.0
    table: Mapping[str, Mapping[str, float]] = _file()["models"]
    price = table.get(model, table["*"])
    return float(sum(count * price.get(kind, 0.0) for kind, count in vars(tokens).items()) / _MILLION)


def expected_story(chapters: int) -> Tokens:
    """What a story of so many chapters is expected to take."""
    expected = _file()["expected"]
    return Tokens(text_in=expected["prompt"], text_out=expected["chapter"] * chapters)


def expected_picture(quality: str, references: int, sketches: int = 0) -> Tokens:
    """What a picture with so many reference pictures, shown so often on its way, is expected to take."""
    expected = _file()["expected"]
    return Tokens(
        text_in=expected["picture_prompt"],
        image_in=expected["reference"] * references,
        image_out=expected["picture"].get(quality, expected["picture"]["high"]) + expected["sketch"] * sketches,
    )


def dated() -> str:
    """Of when the prices are."""
    return str(_file()["dated"])


@functools.cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files("storymaker.remote").joinpath("prices.toml").read_text("utf-8"))
