"""Pictures for the page: made once, whatever the master looks like."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from storymaker.export.page_images import page_jpeg, vignette
from tests.unit.export.conftest import Press

SHAPES = {"grey": (8, 8), "colour": (8, 8, 3), "alpha": (8, 8, 4)}


def master(folder: Path, pixels: np.ndarray) -> str:
    """Write a master."""
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images" / f"{'0' * 32}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    return f"{'0' * 32}.png"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_any_kind_of_png_becomes_a_jpeg(tmp_path: Path, shape: str, depth: type) -> None:
    """Grey, colour, with alpha, 16 bits: the same light picture."""
    full = np.iinfo(depth).max
    made = cv2.imread(str(page_jpeg(tmp_path, master(tmp_path, np.full(SHAPES[shape], full, depth)), "page 4")))
    assert made is not None and made.shape == (8, 8, 3) and made.min() > 250


def test_what_is_transparent_becomes_paper_and_not_black(tmp_path: Path) -> None:
    """JPEG has no alpha."""
    made = cv2.imread(str(page_jpeg(tmp_path, master(tmp_path, np.zeros((8, 8, 4), np.uint8)), "page 4")))
    assert made is not None and made.min() > 250


def test_a_jpeg_is_made_once(tmp_path: Path) -> None:
    """The second time the master is not even needed."""
    name = master(tmp_path, np.zeros((8, 8, 3), np.uint8))
    made = page_jpeg(tmp_path, name, "page 4")
    (tmp_path / "images" / name).unlink()
    assert page_jpeg(tmp_path, name, "page 4") == made


def test_a_stump_left_by_a_power_cut_is_made_again(tmp_path: Path) -> None:
    """An empty or cut-off JPEG is not taken for a picture."""
    name = master(tmp_path, np.zeros((8, 8, 3), np.uint8))
    whole = page_jpeg(tmp_path, name, "page 4").read_bytes()
    for stump in (b"", whole[:40]):
        page_jpeg(tmp_path, name, "page 4").write_bytes(stump)
        assert page_jpeg(tmp_path, name, "page 4").read_bytes() == whole


def test_the_hero_gets_a_paper_rim(small_press: Press) -> None:
    """Cut to its outline, with cream around it and nothing beyond."""
    hero = small_press.book.heroes[0]
    made = vignette(small_press.folder, hero.id, hero.poses[0].cutout)
    assert made is not None
    pixels = cv2.imread(str(made), cv2.IMREAD_UNCHANGED)
    assert pixels is not None and pixels.shape[2] == 4
    assert pixels[0, 0, 3] == 0
    rim = pixels[pixels.shape[0] // 2, 9]
    assert rim[3] > 200 and rim[:3].min() > 230


def test_a_book_whose_hero_has_no_cutout_still_ends(small_press: Press) -> None:
    """Gone, damaged or empty: The End stands without a figure, and nothing fails."""
    hero = small_press.book.heroes[0]
    file = small_press.folder / "characters" / hero.id / hero.poses[0].cutout
    for content in (cv2.imencode(".png", np.zeros((9, 9, 4), np.uint8))[1].tobytes(), b"no picture", b""):
        file.write_bytes(content)
        assert vignette(small_press.folder, hero.id, hero.poses[0].cutout) is None
    file.unlink()
    small_press.print()
    assert small_press.text(8) == "TheEnd"
    assert not re.search(r"end-", " ".join(path.name for path in (small_press.folder / ".state").rglob("*")))
