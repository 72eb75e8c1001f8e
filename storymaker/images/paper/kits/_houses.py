"""Paper houses of the town with their roofs, doors, shop windows and chimneys, each about its own foot."""

from dataclasses import dataclass

import numpy as np

from storymaker.images.paper.kits._buildings import Put, arched, smoke, windows
from storymaker.images.paper.kits._furniture import mirrored
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import Polygon, box, oval, smooth
from storymaker.images.paper.stage import Stage

STOREY = 122.0
"""From one row of windows to the next."""


@dataclass(frozen=True)
class House:
    """One house front.

    Attributes:
        w: its width.
        h: its height up to the eaves.
        wall: colour of its wall.
        roof: colour of its roof.
        gable: point, step, bell or hip.
        door: colour of door and shutters.
        shop: whether its ground floor is a shop.
        frame: colour of its window frames.
        pane: colour of its panes.
    """

    w: float
    h: float
    wall: str
    roof: str
    gable: str
    door: str
    shop: bool = False
    frame: str = "frame"
    pane: str = "pane"


def gable(kind: str, w: float, h: float, grown: float = 0.0) -> list[list[float]]:
    """Return the outline of a front whose eaves are at -h; grown widens it to the coping behind it."""
    a, g = w / 2, grown
    if kind == "step":
        at = ((0.14, 0.56), (0.14, 0.40), (0.28, 0.40), (0.28, 0.22), (0.40, 0.22), (0.40, 0.06), (0.5, 0.06))
        half = [[w * u + g, -h - w * v - g] for u, v in at]
    elif kind == "bell":
        curve = ((0.0, 0.62), (0.12, 0.57), (0.19, 0.36), (0.35, 0.20), (0.42, 0.06), (0.5, 0.0))
        points = smooth([[w * u + (g if u else 0), -h - w * v - g] for u, v in curve], closed=False, steps=6)
        half = [[float(x), float(y)] for x, y in points]
    elif kind == "point":
        half = [[0.0, -h - w * 0.66 - g * 1.6], [a + g * 1.3, -h + g * 0.3]]
    else:
        half = [[a, -h]]
    foot = [] if grown else [[a, 50.0]]
    return mirrored([*half, *foot] if foot else [*half, [half[-1][0], half[-1][1] + 22]])


def house(stage: Stage, scene: Scene, put: Put, of: House) -> list[tuple[float, float]]:
    """Draw a house; return where its lit windows are."""
    snowy = scene.weather == "snow"
    side = float(stage.rng.choice([-1, 1]))
    chimney(stage, scene, put, side * of.w * 0.27, -of.h - of.w * (0.34 if of.gable == "hip" else 0.3))
    if of.gable == "hip":
        stage.sheet(put(box(-of.w / 2, -of.h, of.w, of.h + 50)), of.wall, 16, shade=10)
        _hip(stage, put, of, snowy)
    else:
        stage.sheet(put(gable(of.gable, of.w, of.h, 15)), "snow" if snowy else of.roof, 18)
        stage.sheet(put(gable(of.gable, of.w, of.h)), of.wall, 5, 0.3, shade=10)
    spots = _windows_of(of)
    lit = windows(stage, scene, put, spots, of.door, of.frame, of.pane)
    if of.shop:
        shop_front(stage, scene, put, of.w, of.door)
    else:
        _door(stage, put, side * of.w * 0.24, of.door)
    return lit


def _hip(stage: Stage, put: Put, of: House, snowy: bool) -> None:
    """Draw a broad tiled roof; in snow its upper part is white."""
    w, h, top = of.w, of.h, of.w * 0.40
    roof = put([[-w / 2 - 22, -h + 12], [-w / 2 + 40, -h - top], [w / 2 - 40, -h - top], [w / 2 + 22, -h + 12]])
    stage.sheet(roof, of.roof, 18, shade=12)
    rows = [put(box(-w, -h - top + b, 2 * w, 7)) for b in np.arange(0.3, 1, 0.23) * top]
    stage.sheet(rows, "tile", 0, bevel=20, clip=roof)
    if snowy:
        u = np.linspace(-w / 2 - 40, w / 2 + 40, 40)
        edge = np.c_[u, -h - top * 0.42 + 12 * np.sin(u / 23) + 8 * np.sin(u / 11)]
        stage.sheet(put(np.vstack([edge, [[w, -h - top - 30], [-w, -h - top - 30]]])), "snow", 5, clip=roof)


def _windows_of(of: House) -> list[Polygon]:
    """Return the panes of a house, storey by storey, and one in its gable."""
    n = max(2, round(of.w / 112))
    across = (np.arange(n) - (n - 1) / 2) * of.w / (n + 0.1)
    out = [box(x - 25, y, 50, 72) for y in np.arange(-of.h + 34, -205, STOREY) for x in across]
    if of.gable == "bell":
        out.append(oval(0, -of.h - of.w * 0.17, 28))
    elif of.gable != "hip":
        out.append(arched(0, -of.h - of.w * 0.06, 48, 74))
    return out


def _door(stage: Stage, put: Put, x: float, colour: str) -> None:
    """Draw a door with a round head, its fanlight and step, and a window beside it."""
    stage.sheet(put(arched(x, 20, 92, 176)), "frame", 6)
    stage.sheet(put(arched(x, 20, 72, 164)), colour, 0)
    stage.sheet(put(arched(x, -96, 50, 34)), "lit", 0, bevel=0)
    stage.sheet(put(oval(x + 22, -48, 6)), "frame", 3)
    stage.sheet(put(box(x - 62, 6, 124, 40)), "kerb", 8)
    stage.sheet(put(box(-x - 44, -134, 88, 82)), "frame", 6)
    stage.sheet(put(box(-x - 34, -125, 68, 64)), "pane", 0, bevel=0)
    stage.sheet([put(box(-x - 34, -96, 68, 6)), put(box(-x - 3, -125, 6, 64))], "frame", 2)
    blooms = [put(oval(-x + a, -52 - b, 12)) for a, b in ((-36, 0), (-16, 8), (4, 0), (24, 8), (40, 0))]
    stage.sheet(put(box(-x - 52, -50, 104, 26)), colour, 8)
    stage.sheet(blooms, "flower", 5)


def shop_front(stage: Stage, scene: Scene, put: Put, w: float, colour: str) -> None:
    """Draw a shop window with goods behind it, a door, and a striped awning."""
    a = w / 2 - 18
    stage.sheet(put(box(-a, -158, 2 * a, 200)), colour, 6, shade=6)
    glass, door = box(-a + 18, -128, 2 * a - 132, 112), box(a - 96, -128, 78, 170)
    stage.sheet([put(glass), put(door)], "lit" if scene.light != "day" else "glass", 0, bevel=0)
    left, room = -a + 44, 2 * a - 184
    goods = np.linspace(left, left + room, 4)
    for x, paper in zip(goods, stage.rng.permutation(["red", "yellow", "leaf", "door"]), strict=True):
        r = stage.rng.uniform(17, 25)
        stage.sheet([put(oval(x, -20 - r, r)), put(box(x - r * 0.5, -20 - r * 2.6, r, r))], str(paper), 4)
    stage.sheet([put(box(-a + 10, -22, 2 * a - 116, 14)), put(box(a - 64, -128, 7, 170))], "frame", 4)
    awning(stage, put, -a - 16, -188, 2 * a + 32, 74, "red")


def awning(stage: Stage, put: Put, x: float, y: float, w: float, h: float, colour: str) -> None:
    """Draw a striped awning with a scalloped edge, its upper left corner at (x, y)."""
    n = max(5, round(w / 44) // 2 * 2 + 1)
    s = w / n
    t = np.linspace(0, np.pi, 9)
    strips = []
    for i in range(n):
        low = np.c_[x + (i + 0.5) * s + s / 2 * np.cos(t), y + h + s * 0.42 * np.sin(t)]
        strips.append(put(np.vstack([[[x + i * s, y], [x + (i + 1) * s, y]], low])))
    stage.sheet(strips, "frame", 16, 0.5)
    stage.sheet(strips[::2], colour, 2, 0.25)


def chimney(stage: Stage, scene: Scene, put: Put, x: float, y: float) -> None:
    """Draw a chimney whose foot is at (x, y) of the house, and its smoke, which leans with the wind."""
    windy = scene.weather in ("wind", "storm")
    if stage.rng.integers(3) and scene.weather not in ("rain", "storm"):
        top, z = put([[x, y - 150]])[0], float(np.ptp(put(box(0, 0, 1, 1))[:, 0]))
        smoke(stage, float(top[0]), float(top[1]), 150 if windy else 46, z)
    stage.sheet(put(box(x - 26, y - 116, 52, 190)), "brick", 10)
    stage.sheet(put(box(x - 34, y - 130, 68, 24)), "snow" if scene.weather == "snow" else "tile", 6)
