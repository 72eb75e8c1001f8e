"""What the hero may be behind: the rim of a bag, a basket, a blanket, a bush, a cloud, a rock or a window sill.

Each is one or a few sheets before the lowest fifth of the hero, a little wider than it, and never before its face.
"""

from collections.abc import Callable

import numpy as np

from storymaker.images.paper.layout import Box
from storymaker.images.paper.shapes import Polygon, box, cloud, line, oval, puff, smooth
from storymaker.images.paper.stage import Stage

HIDES = 0.2
"""Part of the hero's height that a rim hides."""

_DEEP = 90.0
"""How far a rim reaches below the feet, in pixels."""


def draw(stage: Stage, rim: str, hero: Box, face: Box) -> None:
    """Draw a rim before the hero.

    Args:
        stage: the stage.
        rim: its name in `staging.RIMS`.
        hero: where the hero stands.
        face: where its face is; the rim stays below.
    """
    top = max(hero.bottom - HIDES * hero.height, face.bottom + 8)
    _RIMS[rim](stage, Box(hero.left - 0.09 * hero.width, top, hero.right + 0.09 * hero.width, hero.bottom + _DEEP))


def _bag(stage: Stage, b: Box) -> None:
    """Draw the front of a school bag with its hem, its straps and its pocket."""
    front = [[b.left, b.top], [b.x, b.top + 26], [b.right, b.top], [b.right + 16, b.bottom], [b.left - 16, b.bottom]]
    stage.sheet(_rounded(front), "#d9503f", 24, shade=12)
    hem = np.array([[b.left, b.top], [b.x, b.top + 26], [b.right, b.top]], np.float32)
    stage.sheet(line(smooth(hem, closed=False), 24), "#ea7763", 8, 0.3)
    for x in (b.left + 0.14 * b.width, b.right - 0.14 * b.width - 34):
        stage.sheet(box(x, b.top + 8, 34, b.height), "#fff1d8", 8, 0.3)
    stage.sheet(oval(b.x, b.top + 92, 26, 22), "#dca945", 8, 0.3)


def _basket(stage: Stage, b: Box) -> None:
    """Draw a wicker basket with its plaited rim."""
    side = [[b.left, b.top + 10], [b.right, b.top + 10], [b.right - 26, b.bottom], [b.left + 26, b.bottom]]
    outline = np.array(side, np.float32)
    stage.sheet(outline, "#c08a4e", 24, shade=12)
    rows = [
        box(x + (i % 2) * 27, b.top + 34 + i * 24, 40, 15) for i in range(8) for x in np.arange(b.left, b.right, 54)
    ]
    stage.sheet(rows, "#dcab6c", 4, 0.3, clip=outline)
    stage.sheet(line([[b.left - 18, b.top], [b.right + 18, b.top]], 32), "#a8713a", 14)
    stage.sheet([oval(x, b.top + 16, 17, 9, -0.5) for x in np.arange(b.left, b.right + 1, 38)], "#cf9a5c", 4, 0.3)


def _blanket(stage: Stage, b: Box) -> None:
    """Draw a striped blanket that hangs in soft folds."""
    x = np.linspace(b.left - 40, b.right + 40, 9)
    edge = smooth(np.c_[x, b.top + 16 + 16 * np.sin(np.arange(9) * 1.6)], closed=False)
    cloth = np.vstack([edge, [[b.right + 60, b.bottom], [b.left - 60, b.bottom]]]).astype(np.float32)
    stage.sheet(cloth, "#6f9fb5", 24, shade=12)
    for i, colour in enumerate(("#f6ecd6", "#e2a25c", "#f6ecd6")):
        stage.sheet(line(edge + np.array([0, 30 + 34 * i]), 14), colour, 3, 0.2, clip=cloth)
    stage.sheet(line(edge, 16), "#f6ecd6", 8, 0.3)


def _bush(stage: Stage, b: Box) -> None:
    """Draw a round bush with a few berries."""
    n = max(4, round(b.width / 120))
    at = np.linspace(b.left, b.right, n)
    high = 0.5 * (b.bottom - b.top)
    tops = [puff(stage.rng, float(x), b.top + 1.25 * high, b.width / n * 0.95, high, 8) for x in at]
    stage.sheet([p for top in tops for p in top], "#4f8a54", 24, shade=10)
    low = [puff(stage.rng, float(x), b.bottom, b.width / n * 0.9, high * 0.8, 8) for x in at[:-1] + b.width / n / 2]
    stage.sheet([p for top in low for p in top], "#3c7048", 16, shade=8)
    berries = [oval(float(x), b.top + high + stage.rng.uniform(0, 50), 9) for x in np.linspace(b.left, b.right, 7)]
    stage.sheet(berries, "#e0604c", 5, 0.3)


def _cloud(stage: Stage, b: Box) -> None:
    """Draw a soft white cloud."""
    wide = 0.5 * b.width + 30
    parts = [cloud(stage.rng, b.x + dx * wide, b.top + 0.46 * wide * k + dy, wide * k) for dx, dy, k in _CLOUDS]
    stage.sheet([p for part in parts for p in part], "#ffffff", 26, 0.34, shade=8)


_CLOUDS = ((-0.6, 24, 0.62), (0.6, 24, 0.62), (0.0, 0, 0.8))


def _rock(stage: Stage, b: Box) -> None:
    """Draw grey rocks that lean on one another."""
    for u, v, k, colour in ((0.12, 0.10, 0.34, "#8d8d9c"), (0.88, 0.06, 0.36, "#8d8d9c"), (0.5, 0.0, 0.5, "#a3a3b1")):
        x, w, top = b.left + u * b.width, k * b.width, b.top + v * b.height
        stage.sheet(
            smooth([[x - w, b.bottom], [x - 0.8 * w, top + 50], [x - 0.2 * w, top], [x + 0.6 * w, top + 22], [x + w, b.bottom]]),
            colour, 20, 0.4, shade=12,
        )  # fmt: skip


def _sill(stage: Stage, b: Box) -> None:
    """Draw a wooden window sill with a board below."""
    stage.sheet(box(b.left - 50, b.top + 34, b.width + 100, b.height), "#e7d8bd", 14, shade=8)
    stage.sheet(box(b.left - 90, b.top, b.width + 180, 52), "#f6ecd6", 26, 0.5, shade=10)


def _rounded(points: list[list[float]]) -> Polygon:
    """Return an outline whose straight sides stay straight and whose corners are a little round."""
    p = np.asarray(points, np.float32)
    before, after = np.roll(p, 1, 0), np.roll(p, -1, 0)
    return smooth(np.stack([p + 0.1 * (before - p), p + 0.1 * (after - p)], 1).reshape(-1, 2), steps=4)


_RIMS: dict[str, Callable[[Stage, Box], None]] = {
    "bag": _bag, "basket": _basket, "blanket": _blanket, "bush": _bush, "cloud": _cloud, "rock": _rock, "sill": _sill,
}  # fmt: skip
