"""Small life that makes a place a place: birds, butterflies, fireflies, smoke. None of it crosses a face."""

from collections.abc import Iterator

import numpy as np

from storymaker.images.paper.layout import Box
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import PAGE, bird, oval
from storymaker.images.paper.stage import Stage

_AIR = 46.0
"""How far all of it keeps from a face, in pixels."""
_QUIET = ("clear", "fog", "snow")


def birds(stage: Stage, scene: Scene, players: Players, y: tuple[float, float], colour: str = "#6d6a80") -> None:
    """Draw a small far flock by day and dusk, in dry weather, somewhere between two heights."""
    if scene.night or scene.weather in ("rain", "storm", "fog"):
        return
    rng = stage.rng
    x, top = rng.uniform(160, 1300), rng.uniform(*y)
    flock = ((0, 0, 34), (78, -44, 25), (-70, -62, 21), (140, 10, 19))
    free = [(x + a, top + b, r) for a, b, r in flock if _clear(players, x + a, top + b, r)]
    stage.sheet([bird(a, b, r) for a, b, r in free], colour, 7, 0.26)


def fireflies(stage: Stage, scene: Scene, players: Players, colour: str = "#ffe08a", n: int = 11) -> None:
    """Draw fireflies in a quiet night, above the ground and round the players: call before they stand there."""
    if not scene.night or scene.weather not in _QUIET[:2]:
        return
    rng = stage.rng
    spots = list(_spots(rng, players, n, (60, PAGE - 60), (780, 1280), 40))
    for x, y in spots:
        stage.glow(x, y, 34, colour, 0.5)
    if spots:
        stage.sheet([oval(x, y, 6) for x, y in spots], colour, 0, bevel=0)


def butterflies(stage: Stage, scene: Scene, players: Players, colours: tuple[str, ...]) -> None:
    """Draw two butterflies over flowers on a dry day."""
    if scene.light != "day" or scene.weather not in ("clear", "wind"):
        return
    rng = stage.rng
    for (x, y), colour in zip(_spots(rng, players, 2, (120, PAGE - 120), (900, 1180), 60), colours, strict=False):
        z, lean = rng.uniform(0.8, 1.1), rng.uniform(-0.5, 0.5)
        wings = [(s * 17, -9, 16, 12, s * 0.7) for s in (-1, 1)] + [(s * 13, 10, 11, 9, -s * 0.5) for s in (-1, 1)]
        stage.sheet([oval(x + a * z, y + b * z, p * z, q * z, t + lean) for a, b, p, q, t in wings], colour, 8, 0.3)
        stage.sheet(oval(x, y, 4 * z, 17 * z, lean), "#4a3a4a", 3, 0.2)


def smoke(stage: Stage, scene: Scene, x: float, y: float, z: float = 1.0) -> None:
    """Draw smoke that rises from a chimney at (x, y), and leans with the wind."""
    rng = stage.rng
    lean = 130 if scene.weather in ("wind", "storm") else 44
    u = np.linspace(0, 1, 9)
    sway = rng.uniform(0, 6)
    at = np.c_[x + (lean * u**1.4 + 12 * np.sin(u * 7 + sway) - 12 * np.sin(sway)) * z, y - 150 * u * z]
    stage.sheet(
        [oval(a, b, r, r * 0.92) for (a, b), r in zip(at, (9 + 20 * u**0.8) * z, strict=True)],
        "#8f97b5" if scene.night else "#ffffff", 7, 0.18,
    )  # fmt: skip


def _spots(
    rng: np.random.Generator, players: Players, n: int, across: tuple[float, float], down: tuple[float, float], r: float
) -> Iterator[tuple[float, float]]:
    for _ in range(n):
        x, y = float(rng.uniform(*across)), float(rng.uniform(*down))
        if _clear(players, x, y, r):
            yield x, y


def _clear(players: Players, x: float, y: float, r: float) -> bool:
    return not Box(x - r, y - r, x + r, y + r).shared(players.face.grown(_AIR))
