"""The cover: a light box of holed sheets, darkest in front, a moon behind the hero, and the title above."""

import functools
import tomllib
from collections.abc import Callable
from importlib import resources

import numpy as np

from storymaker.images.paper import lettering
from storymaker.images.paper.kits import palette
from storymaker.images.paper.layout import Layout, seeded
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    box,
    fern,
    hill,
    oval,
    page,
    pine,
    puff,
    smooth,
    star,
    tuft,
    waves,
)  # fmt: skip
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.view import Palette, View

TOP, ROOM = 44.0, 400.0
"""Where the title begins, and how high it may be."""


@functools.lru_cache(1)
def palettes() -> tuple[Palette, ...]:
    """Return the palettes of the cover."""
    text = (resources.files("storymaker.images.paper") / "cover.toml").read_text("utf-8")
    return tuple(palette(row) for row in tomllib.loads(text).values() if isinstance(row, dict))


def open_stage(seed: int) -> Stage:
    """Return the stage of a cover: palette by the seed, never mirrored."""
    choice = np.random.default_rng([seed, 15]).integers(len(palettes()))
    return Stage(palettes()[(int(choice) + seed) % len(palettes())], seed, View())


def spread(seed: int, friend: float) -> Layout:
    """Return who stands where: hero large, the two in the middle."""
    rng = np.random.default_rng([seed, 16])
    middle = seeded(seed, "middle")
    return Layout(False, rng.uniform(0.53, 0.565), friend, rng.uniform(-0.04, 0.02), middle.step, 0.5, 1.0)


def draw(stage: Stage, scene: Scene, players: Players, title: str) -> None:
    """Draw the cover."""
    rng = stage.rng
    lines = lettering.fit(title, TOP, ROOM)
    foot = rng.uniform(1365, 1382)
    hero = players.settle(stage, 190, 1346, foot)
    x, y = PAGE / 2 + rng.uniform(-20, 20), rng.uniform(800, 850)
    stage.sheet(page(), "ring", 0)
    r = rng.uniform(430, 475)
    stage.sheet(oval(x, y, r), "moon", 26, 0.2)
    craters = [(a, rng.uniform(0.5, 0.85), rng.uniform(24, 58)) for a in np.arange(5) * 1.26 + rng.uniform(0, 6)]
    stage.sheet([oval(x + r * d * np.cos(a), y + r * d * np.sin(a), z) for a, d, z in craters], "crater", 0, bevel=0)
    _rings(stage, scene, y)
    _stars(stage)
    stage.glow(x, y, 460, "moon", 0.22)
    players.draw(stage)
    _front(stage, scene)
    stage.relight([(x, y, 640, 1.0, None), (hero.x, hero.top + hero.height * 0.4, 420, 0.3, None)])
    lettering.letter(stage, lines, ("title", "title2"), "l6")


def _rings(stage: Stage, scene: Scene, y: float) -> None:
    """Draw four sheets with a hole each, and on each a row of firs, hills, roofs or waves."""
    rng = stage.rng
    row = _motif(scene)
    for i, (colour, rx, ry) in enumerate((("l1", 590, 560), ("l2", 650, 640), ("l3", 710, 720), ("l4", 780, 800))):
        a = np.linspace(0, 2 * np.pi, 15)[:-1]
        k = 1 + rng.uniform(-0.055, 0.055, 14)
        low = np.minimum(y + ry * k * np.sin(a), 1130 + i * 62)
        hole = smooth(np.stack([PAGE / 2 + rx * k * np.cos(a), low], 1), steps=10)
        stage.sheet([[page(), hole]], colour, 34, 0.5, shade=8)
        shapes = row(stage, 1150 + i * 64, rx, i)
        stage.sheet(shapes, colour, 16, 0.35)


def _motif(scene: Scene) -> Callable[[Stage, float, float, int], list[Polygon]]:
    """Return what stands at the rim of the holes: it hints at where the story goes."""
    if scene.kit in ("sea", "island", "underwater"):
        return _row_of_waves
    if scene.kit in ("garden", "meadow", "kitchen"):
        return _row_of_bushes
    if scene.kit in ("bedroom", "town", "castle"):
        return _row_of_roofs
    return _row_of_firs


def _row_of_firs(stage: Stage, base: float, rx: float, i: int) -> list[Polygon]:
    rng = stage.rng
    at = [(s, q) for s in (-1, 1) for q in (0.62, 0.8, 0.97)]
    size = [(330 - 170 * q) * (1 + 0.2 * i) * rng.uniform(0.75, 1.15) for _, q in at]
    x = [PAGE / 2 + s * (rx * q + 30) + rng.uniform(-24, 24) for s, q in at]
    return [p for a, h in zip(x, size, strict=True) for p in pine(a, base + 30, h)]


def _row_of_waves(stage: Stage, base: float, _rx: float, i: int) -> list[Polygon]:
    return [waves(base + 6, 30 + 6 * i, 9 - i + stage.rng.uniform(-0.5, 0.5), stage.rng.uniform(0, 1))]


def _row_of_bushes(stage: Stage, base: float, rx: float, i: int) -> list[Polygon]:
    rng = stage.rng
    x = [PAGE / 2 + s * rx * q + rng.uniform(-30, 30) for s in (-1, 1) for q in (0.6, 0.78, 0.97)]
    tall = 1 + 0.12 * i
    return [p for a in x for p in puff(rng, a, base + 10, rng.uniform(90, 150), rng.uniform(60, 110) * tall, 8)]


def _row_of_roofs(stage: Stage, base: float, rx: float, i: int) -> list[Polygon]:
    rng, out = stage.rng, []
    for s in (-1, 1):
        for q in (0.62, 0.78, 0.95):
            x, w, h = PAGE / 2 + s * rx * q, rng.uniform(70, 100), rng.uniform(110, 190) * (1 + 0.15 * i)
            out += [box(x - w * 0.8, base - h * 0.6, w * 1.6, h), box(x + w * 0.3, base - h * 1.15, 26, h * 0.5)]
            out.append(np.array([[x - w, base - h * 0.55], [x, base - h * 1.15], [x + w, base - h * 0.55]]))
    return out


def _stars(stage: Stage) -> None:
    """Draw stars on the near sheets, at both sides of the hole."""
    rng = stage.rng
    spots = [(s * rng.uniform(570, 715), rng.uniform(500, 880), rng.uniform(13, 34)) for s in (-1, 1) for _ in range(5)]
    kept: list[tuple[float, float, float]] = []
    for a, b, r in spots:
        if all(np.hypot(a - c, b - d) > 90 for c, d, _ in kept):
            kept.append((a, b, r))
    stage.sheet([star(PAGE / 2 + a, b, r, 5, 0.42) for a, b, r in kept], "star", 12)


def _front(stage: Stage, scene: Scene) -> None:
    """Draw what stands before the feet: grass and fronds, or waves and a beach."""
    rng = stage.rng
    stage.sheet([*tuft(rng, 20, 1516, 1420, 44, (50, 115)), hill(rng, 1400, 14, 6)], "leaf", 26)
    fronds = ((90, 360, -60), (230, 270, 90), (1310, 280, -90), (1450, 380, 60))
    ferns = [fern(x + rng.uniform(-30, 30), 1580, h * rng.uniform(0.85, 1.1), lean) for x, h, lean in fronds]
    stage.sheet([p for f in ferns for p in f], "grass", 24)
    if scene.kit in ("sea", "island"):
        stage.sheet(waves(1476, 26, 8, rng.uniform(0, 1)), "wave", 24, shade=10)
        stage.sheet(waves(1512, 24, 7, rng.uniform(0, 1)), "l6", 20)
        return
    flowers = [(x, rng.uniform(1428, 1462), rng.uniform(8, 13)) for x in rng.uniform(380, 1180, 9)]
    stage.sheet([oval(a, b, r) for a, b, r in flowers], "star", 6, 0.35)
    stage.sheet(hill(rng, 1490, 18, 5), "l6", 26)
