"""The whole command: three photos in, ten chapters and a PDF out."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import PHOTOS, Figure, command


def figures() -> list[Figure]:
    """Wall time and peak memory of ``storymaker make``, for a new toy and again with its cut-outs at hand."""
    with tempfile.TemporaryDirectory() as folder:
        photos = _photos(Path(folder))
        environment = {"STORYMAKER_HOME": f"{folder}/home", "STORYMAKER_BOOKS": f"{folder}/books"}
        arguments = [
            sys.executable,
            "-m",
            "storymaker",
            "make",
            "--name",
            "Bramble",
            "--kind",
            "bear",
            "--json",
            "--seed",
            "1",
        ]
        for photo in photos:
            arguments += ["--photo", str(photo)]
        rows = []
        for name in ("make, three photos, all in", "make, cut-outs at hand"):
            wall, peak, out = command(arguments, environment)
            result = json.loads(out.splitlines()[-1])
            if result["failed"] or not result["pdf"]:
                raise RuntimeError(f"the book is not complete: {result}")
            rows += [Figure(name, wall, 8), Figure(f"{name}: peak memory", peak, 900, "MB")]
        return rows


def _photos(folder: Path) -> list[Path]:
    real = sorted((PHOTOS / "bear_plushie").glob("*.jpg"))[1:4]
    if real:
        return real
    from storymaker.testing.photos import plushie_photo

    return [plushie_photo(folder / f"{n}.jpg", seed=n) for n in range(3)]
