"""The string of the kite story: it is drawn when the words name it, and crosses no face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storymaker.images.paper.compose import builtin_hero, compose, wanted
from storymaker.images.paper.page import Page


@pytest.fixture(scope="module")
def hero(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The built-in plushie."""
    return builtin_hero(str(tmp_path_factory.mktemp("hero")))


def picture(hero: tuple[str, ...], description: str) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A day in the meadow, and where the hero is in it."""
    image, drawn = compose(Page("meadow, day, clear", description, hero, 0, None, 4))
    return image, drawn.hero_box


def test_a_string_is_drawn_when_the_words_name_it(hero: tuple[str, ...], tmp_path: Path) -> None:
    """Held, it changes the picture beside the hero; the face stays as it was."""
    plain, (x, y, wide, high) = picture(hero, "A meadow.")
    strung, _ = picture(hero, "A meadow with a thin white string.")
    changed = np.abs(plain.astype(int) - strung).max(2) > 40
    assert changed.sum() > 1500
    face = changed[y : y + int(high * 0.5), x + wide // 4 : x + 3 * wide // 4]
    assert face.mean() < 0.01


def test_a_loose_string_hangs_from_the_kite(hero: tuple[str, ...]) -> None:
    """Held and loose strings take different ways, and both begin at the kite."""
    held, _ = picture(hero, "A meadow, a kite on a string.")
    loose, _ = picture(hero, "A meadow, a kite, its string trailing free.")
    assert (np.abs(held.astype(int) - loose).max(2) > 40).sum() > 1500


def test_looks_call_for_no_props() -> None:
    """Button eyes are no button, and a cake brings its own candle."""
    places = frozenset({"ground", "front", "sky", "far", "wall", "low"})
    assert [prop.name for prop in wanted("Pip (a rabbit with button eyes) and a kite", places, ())] == ["kite"]
    assert [prop.name for prop in wanted("A cake with one candle", places, ())] == ["cake"]
