"""Thumbnails: small, made once, and see-through where the picture is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from storymaker.child import ChildPool
from storymaker.errors import NotFoundError
from storymaker.images.thumbnail import thumbnail


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    """One child."""
    made = ChildPool(1)
    yield made
    made.close()


def picture(path: Path, mode: str = "RGB") -> Path:
    """A master of 1536 × 768 pixels, red."""
    Image.new(mode, (1536, 768), (200, 30, 20, 90) if mode == "RGBA" else (200, 30, 20)).save(path)
    return path


def test_a_picture_is_made_small(pool: ChildPool, tmp_path: Path) -> None:
    """As a JPEG of the width that was asked for, in proportion, in its colours."""
    made = thumbnail(pool, picture(tmp_path / "m.png"), tmp_path / "new" / "t.jpg", 320)
    with Image.open(made) as small:
        assert (small.format, small.size) == ("JPEG", (320, 160))
        colour = small.convert("RGB").getpixel((100, 80))
    assert isinstance(colour, tuple)
    assert all(abs(got - wanted) < 6 for got, wanted in zip(colour, (200, 30, 20), strict=True))


def test_a_cut_out_stays_see_through(pool: ChildPool, tmp_path: Path) -> None:
    """As a PNG with its alpha."""
    made = thumbnail(pool, picture(tmp_path / "m.png", "RGBA"), tmp_path / "t.png", 160)
    with Image.open(made) as small:
        assert (small.format, small.mode, small.getpixel((5, 5))) == ("PNG", "RGBA", (200, 30, 20, 90))


def test_what_was_made_is_taken_again(pool: ChildPool, tmp_path: Path) -> None:
    """Without looking at the master."""
    made = thumbnail(pool, picture(tmp_path / "m.png"), tmp_path / "t.jpg", 160)
    before = made.stat().st_mtime_ns
    (tmp_path / "m.png").unlink()
    assert thumbnail(pool, tmp_path / "m.png", made, 160).stat().st_mtime_ns == before


def test_nothing_is_made_larger(pool: ChildPool, tmp_path: Path) -> None:
    """A narrow picture stays as it is."""
    Image.new("RGB", (100, 50)).save(tmp_path / "m.png")
    with Image.open(thumbnail(pool, tmp_path / "m.png", tmp_path / "t.jpg", 640)) as small:
        assert small.size == (100, 50)


@pytest.mark.parametrize("data", [None, b"", b"no picture"])
def test_a_lost_or_broken_master_is_said(pool: ChildPool, tmp_path: Path, data: bytes | None) -> None:
    """And nothing stands where its thumbnail would."""
    if data is not None:
        (tmp_path / "m.png").write_bytes(data)
    with pytest.raises(NotFoundError, match="draw it again"):
        thumbnail(pool, tmp_path / "m.png", tmp_path / "t.jpg", 160)
    assert not (tmp_path / "t.jpg").exists()
