"""The guide for a new place is true: its two files make a kit that is drawn like any other."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.images.paper import compose as studio
from storymaker.images.paper import kits
from storymaker.images.paper.page import Page

GUIDE = Path(__file__).parents[3] / "docs" / "scene-kits.md"


@pytest.fixture
def desert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kit of the guide, beside ours."""
    text = GUIDE.read_text("utf-8")
    for language, name in (("toml", "desert.toml"), ("python", "desert.py")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block, "utf-8")
    monkeypatch.setattr(kits, "__path__", [*kits.__path__, str(tmp_path)])
    kits.registry.cache_clear()
    yield
    kits.registry.cache_clear()
    kits._toned.cache_clear()
    sys.modules.pop("storymaker.images.paper.kits.desert", None)


def test_the_place_of_the_guide_is_drawn(desert: None, tmp_path: Path) -> None:
    """In each light, weather and colourway, sound, and without a note; its word is known."""
    hero = studio.builtin_hero(str(tmp_path / "heroes"))[0]
    for n, phrase in enumerate(("desert, midday", "dunes, night", "desert, midday, wind")):
        page = Page(scene=phrase, description="a kite", poses=(hero,), pose=0, friend="fox", seed=n, colourway=n)
        drawn = studio.compose(page)[1]
        assert drawn.notes == ()
        assert drawn.marks is not None
        assert drawn.marks.sound, drawn.marks
    assert kits.find_kit("desert").kit == "desert"
