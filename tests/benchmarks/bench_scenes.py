"""One scene on one core, and where its time goes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from storymaker.images.paper.compose import builtin_hero, draw_file
from storymaker.images.paper.kits import registry
from storymaker.images.paper.page import Page
from tests.benchmarks.measure import Figure, seconds


def figures() -> list[Figure]:
    """Every kit, warm, best of three; the median of all; the steps of the slowest."""
    with tempfile.TemporaryDirectory() as folder:
        heroes = builtin_hero(folder)
        found: dict[str, tuple[float, dict[str, float]]] = {}
        for kit in registry():
            page = Page(
                scene=kit, description="", poses=heroes, pose=0, friend="hedgehog", seed=1, title=None, cache=folder
            )
            out = Path(folder) / "page.png"
            steps = draw_file(page, str(out)).seconds
            found[kit] = (seconds(lambda page=page, out=out: draw_file(page, str(out)), 3), steps)  # type: ignore[misc]
        slowest = max(found, key=lambda kit: found[kit][0])
        rows = [Figure(f"scene {kit}", took, 0.5) for kit, (took, _) in found.items()]
        rows.append(Figure("scene, median of all kits", median(took for took, _ in found.values()), 0.5))
        rows += [Figure(f"  of {slowest}: {step}", took) for step, took in found[slowest][1].items()]
        return rows
