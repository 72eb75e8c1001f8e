"""The whole command: three photos in, ten chapters and a PDF out."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from storymaker.testing.photos import plushie_photo
from tests.benchmarks.measure import PHOTOS, Figure, command


def figures() -> list[Figure]:
    """Wall time of ``storymaker make`` for a new toy and again with its cut-outs at hand; memory in runs of their own."""
    with tempfile.TemporaryDirectory() as folder:
        photos = _photos(Path(folder))
        rows = []
        for home, watched in (("timed", False), ("watched", True)):
            for name in ("make, three photos, all in", "make, cut-outs at hand"):
                wall, peak = _make(photos, Path(folder) / home, watched=watched)
                rows.append(Figure(f"{name}: peak memory", peak, 900, "MB") if watched else Figure(name, wall, 8))
        return rows


def _make(photos: list[Path], home: Path, *, watched: bool) -> tuple[float, float]:
    environment = {"STORYMAKER_HOME": str(home), "STORYMAKER_BOOKS": str(home / "books")}
    given = [part for photo in photos for part in ("--photo", str(photo))]
    arguments = [sys.executable, "-m", "storymaker", "make", "--name", "Bramble", *given, "--json", "--seed", "1"]
    wall, peak, out = command(arguments, environment, watched=watched)
    result = json.loads(out.splitlines()[-1])
    if result["failed"] or not result["pdf"]:
        raise RuntimeError(f"the book is not complete: {result}")
    return wall, peak


def _photos(folder: Path) -> list[Path]:
    real = sorted((PHOTOS / "bear_plushie").glob("*.jpg"))[1:4]
    return real or [plushie_photo(folder / f"{n}.jpg", seed=n) for n in range(3)]
