"""The look of the paper studio, guarded: a change that alters a picture is seen, and has to be meant.

``python tests/unit/images/test_looks.py`` writes the looks anew, after somebody has looked at ``storymaker kits --sheet``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from storymaker.images.paper import compose as studio
from storymaker.images.paper.gallery import PLACES
from storymaker.images.paper.page import Page

LOOKS = Path(__file__).with_name("looks.json")
MOST_BITS, MOST_COLOUR = 22, 9.0
"""How much may differ: of 240 bits of a difference hash, and levels of the mean colour of a sixteenth of the page."""

PHRASES = {f"{place} {n}": phrase for place, pair in PLACES.items() for n, phrase in enumerate(pair, 1)}


def look(image: Any) -> dict[str, Any]:
    """What is kept of a picture: which of two neighbouring parts is lighter, and the colours of a coarse grid."""
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (16, 16), interpolation=cv2.INTER_AREA).astype(int)
    bits = (grey[:, 1:] > grey[:, :-1]).ravel()
    colours = cv2.resize(image, (4, 4), interpolation=cv2.INTER_AREA)
    return {"bits": np.packbits(bits).tobytes().hex(), "colours": colours.reshape(-1, 3).tolist()}


def apart(one: dict[str, Any], other: dict[str, Any]) -> tuple[int, float]:
    """How many bits differ, and by how much the worst colour of the grid does."""
    bits = int(one["bits"], 16) ^ int(other["bits"], 16)
    colours = np.abs(np.array(one["colours"], float) - np.array(other["colours"], float))
    return bits.bit_count(), float(colours.mean(1).max())


def drawn(phrase: str, heroes: tuple[str, ...], seed: int = 3) -> Any:
    """A page as the gallery has it."""
    page = Page(scene=phrase, description="", poses=heroes, pose=0, friend="hedgehog", seed=seed, colourway=seed)
    return studio.compose(page)[0]


@pytest.fixture(scope="module")
def heroes(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Return the cut-outs of our own plushie."""
    return studio.builtin_hero(str(tmp_path_factory.mktemp("heroes")))


@pytest.mark.parametrize("name", PHRASES)
def test_a_place_looks_as_it_was_found_good(name: str, heroes: tuple[str, ...]) -> None:
    """Within the tolerance of what was looked at; else look at the sheet, and write the looks anew."""
    bits, colour = apart(look(drawn(PHRASES[name], heroes)), json.loads(LOOKS.read_text("utf-8"))[name])
    assert bits <= MOST_BITS, f"{bits} bits of 240 differ"
    assert colour <= MOST_COLOUR, f"a part of the page differs by {colour:.0f} levels"


def test_another_look_is_told_apart(heroes: tuple[str, ...]) -> None:
    """Another place, other papers or another layout are beyond the tolerance, so the guard is no comfort without cause."""
    kept = look(drawn("meadow, morning", heroes))
    for other in (drawn("garden, morning", heroes), drawn("meadow, morning", heroes, 4), drawn("meadow, dusk", heroes)):
        bits, colour = apart(look(other), kept)
        assert bits > MOST_BITS or colour > MOST_COLOUR


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        ours = studio.builtin_hero(folder)
        LOOKS.write_text(
            json.dumps({name: look(drawn(phrase, ours)) for name, phrase in PHRASES.items()}, indent=0) + "\n"
        )
