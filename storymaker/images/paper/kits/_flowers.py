"""Flowers of garden and meadow, cut from paper; each kit has its colours by the same names."""

import numpy as np

from storymaker.images.paper.shapes import Polygon, blade, oval, puff, smooth
from storymaker.images.paper.stage import Stage


def hollyhock(stage: Stage, x: float, y: float, h: float, colour: str) -> None:
    """Draw a hollyhock rooted at (x, y), h high."""
    stage.sheet(blade(x, y, h, 8, 9), "leaf", 8)
    stage.sheet([oval(x + s * 34, y - h * 0.18 - k * 40, 32, 22, s * 0.4) for k, s in enumerate((-1, 1))], "leaf", 9)
    spots = [(x + 5 + s * 12, y - h * (0.36 + 0.15 * k), 30 - 5 * k) for k, s in enumerate((-1, 1, -1, 1, 0))]
    stage.sheet([p for a, b, r in spots for p in (oval(a, b, r), oval(a - r * 0.5, b + 4, r * 0.7))], colour, 10)
    stage.sheet([oval(a, b + 2, r * 0.3) for a, b, r in spots], "yellow", 3)


def sunflower(stage: Stage, x: float, y: float, h: float, _colour: str) -> None:
    """Draw a sunflower rooted at (x, y), h high; its petals are always yellow."""
    stage.sheet(blade(x, y, h, 10, 9), "leaf", 8)
    stage.sheet([oval(x + s * 38, y - h * b, 42, 17, s * -0.5) for s, b in ((-1, 0.35), (1, 0.5))], "leaf", 9)
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    cx, cy = x + 10, y - h
    stage.sheet([oval(cx + 42 * np.cos(t), cy + 42 * np.sin(t), 30, 14, t) for t in turn], "yellow", 12)
    stage.sheet(oval(cx, cy, 31), "brick", 7)


def foxglove(stage: Stage, x: float, y: float, h: float, colour: str) -> None:
    """Draw a foxglove rooted at (x, y), h high."""
    stage.sheet(blade(x, y, h, 6, 8), "leaf", 8)
    bells: list[Polygon] = []
    for k in range(7):
        b, w = y - h * (0.34 + 0.095 * k), 26 - 2.6 * k
        bells += [
            smooth([[x + s * 6, b - w], [x + s * w * 1.6, b + w * 0.5], [x + s * w * 0.4, b + w]], steps=6)
            for s in (-1, 1)
        ]
    stage.sheet(bells, colour, 9)
    stage.sheet([oval(x + s * 30, y - 26, 44, 16, s * 0.5) for s in (-1, 1)], "leaf", 9)


def rose(stage: Stage, x: float, y: float, w: float, colour: str) -> None:
    """Draw a rose bush with paper roses."""
    stage.sheet(puff(stage.rng, x, y - w * 0.55, w, w * 0.85, 9), "bush", 20, shade=10)
    for a, b in ((-0.55, -0.5), (0.05, -0.95), (0.55, -0.45), (-0.05, -0.25)):
        cx, cy = x + a * w, y + b * w
        stage.sheet(puff(stage.rng, cx, cy, 32, 30, 6), colour, 9)
        stage.sheet([[oval(cx + 2, cy, 16), oval(cx + 4, cy + 1, 9)]], "cream", 3)


def bloom(stage: Stage, x: float, y: float, r: float, colour: str) -> None:
    """Draw an open flower of radius r."""
    turn = np.linspace(0, 2 * np.pi, 7, endpoint=False) + stage.rng.uniform(0, 1)
    stage.sheet(
        [oval(x + r * 0.62 * np.cos(t), y + r * 0.62 * np.sin(t), r * 0.46, r * 0.3, t) for t in turn], colour, 14
    )
    stage.sheet(oval(x, y, r * 0.34), "yellow", 7)


def poppy(stage: Stage, x: float, y: float, r: float, colour: str) -> None:
    """Draw a poppy from the side: two petals behind, two before."""
    back = [
        oval(x - r * 0.45, y - r * 0.35, r * 0.62, r * 0.55, -0.4),
        oval(x + r * 0.45, y - r * 0.35, r * 0.62, r * 0.55, 0.4),
    ]
    stage.sheet(back, colour, 12, shade=-16)
    stage.sheet(oval(x, y - r * 0.3, r * 0.26), "dark", 4)
    front = smooth(
        [
            [x - r, y - r * 0.3],
            [x - r * 0.4, y - r * 0.05],
            [x, y - r * 0.2],
            [x + r * 0.4, y - r * 0.05],
            [x + r, y - r * 0.3],
            [x + r * 0.6, y + r * 0.55],
            [x, y + r * 0.72],
            [x - r * 0.6, y + r * 0.55],
        ]
    )
    stage.sheet(front, colour, 8)


def daisy(stage: Stage, x: float, y: float, r: float, colour: str) -> None:
    """Draw a daisy seen from above."""
    turn = np.linspace(0, 2 * np.pi, 11, endpoint=False) + stage.rng.uniform(0, 1)
    stage.sheet(
        [oval(x + r * 0.62 * np.cos(t), y + r * 0.62 * np.sin(t), r * 0.42, r * 0.17, t) for t in turn], colour, 12
    )
    stage.sheet(oval(x, y, r * 0.32), "yellow", 6)


def ear(x: float, y: float, h: float, lean: float) -> list[Polygon]:
    """Return an ear of wild grass."""
    out = [blade(x, y, h, lean, 6)]
    for k in range(7):
        u = 0.66 + 0.055 * k
        px, py = x + lean * u * u, y - h * u
        out += [oval(px + s * 13, py - 12, 22 - 1.6 * k, 8, s * -0.9) for s in (-1, 1)]
    return out
