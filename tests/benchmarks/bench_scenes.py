"""One scene on one core, and where its time goes; ten pictures on two."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median

from storymaker.child import ChildPool
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
        rows = [Figure(f"scene {kit}", took, 0.4) for kit, (took, _) in found.items()]
        rows.append(Figure("scene, median of all kits", median(took for took, _ in found.values()), 0.4))
        rows += [Figure(f"  of {slowest}: {step}", took) for step, took in found[slowest][1].items()]
        return [*rows, *_ten(heroes, folder)]


def _ten(heroes: tuple[str, ...], folder: str) -> list[Figure]:
    """Ten pictures by two children that are up, with friends and things at hand; and one of them drawn anew."""
    pool = ChildPool(2)
    pages = [
        Page(
            scene=kit,
            description="a kite, a lantern",
            poses=heroes,
            pose=n,
            friend="fox",
            seed=n,
            title=None,
            cache=folder,
        )
        for n, kit in enumerate(list(registry())[:10])
    ]

    def draw(n: int, page: Page) -> None:
        pool.call("storymaker.images.paper.compose:draw_file", page, str(Path(folder) / f"ten-{n}.png"), timeout=60)

    def all_ten() -> None:
        with ThreadPoolExecutor(2) as at_once:
            list(at_once.map(draw, range(10), pages))

    all_ten()
    again = replace(pages[0], before=str(Path(folder) / "ten-0.png"))
    rows = [
        Figure("ten pictures, two cores, cut-outs at hand", seconds(all_ten, 3), 3),
        Figure("a picture drawn anew: the best of four", seconds(lambda: draw(0, again), 2)),
    ]
    pool.close()
    return rows
