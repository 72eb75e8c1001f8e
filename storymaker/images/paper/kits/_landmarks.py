"""Landmarks of the meadow: a tree, a windmill, a farm, a haystack, each standing at (x, y)."""

import numpy as np

from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import box, line, oval, puff, smooth
from storymaker.images.paper.stage import Stage


def windy(scene: Scene) -> bool:
    """Whether grass and trees lean."""
    return scene.weather in ("wind", "storm")


def nothing(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Leave the ridge free."""


def tree(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw one round tree on the ridge; the wind leans on it."""
    lean = 46 if windy(scene) else 0
    trunk = [
        [x - 26, y + 20],
        [x - 14, y - 120],
        [x - 10 + lean, y - 250],
        [x + 14 + lean, y - 250],
        [x + 16, y - 120],
        [x + 30, y + 20],
    ]
    stage.sheet(smooth(trunk), "trunk", 14)
    for a, b, w, colour in ((0, -330, 165, "leaf2"), (-40, -290, 112, "leaf"), (72, -350, 84, "leaf")):
        stage.sheet(puff(stage.rng, x + lean + a, y + b, w, w * 0.86, 10), colour, 16, 0.36)


def mill(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw a windmill with paper sails."""
    stage.sheet(
        np.array([[x - 82, y + 20], [x - 50, y - 290], [x + 50, y - 290], [x + 82, y + 20]]), "wall", 16, shade=10
    )
    stage.sheet(
        smooth([[x - 66, y - 284], [x - 46, y - 350], [x, y - 376], [x + 46, y - 350], [x + 66, y - 284]], steps=6),
        "red",
        10,
    )
    lit = "sun" if scene.light != "day" else "blue"
    stage.sheet([box(x - 16, y - 210, 32, 44), box(x - 16, y - 120, 32, 44)], lit, 0)
    turn = stage.rng.uniform(0.2, 1.2) + np.arange(4) * np.pi / 2
    arms, cloth = [], []
    for a in turn:
        u, v = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
        hub = np.array([x, y - 320])
        arms.append(np.array([hub - v * 6, hub + u * 215 - v * 5, hub + u * 215 + v * 5, hub + v * 6]))
        cloth.append(
            np.array([hub + u * 50 + v * 6, hub + u * 208 + v * 6, hub + u * 208 + v * 58, hub + u * 50 + v * 46])
        )
    stage.sheet(cloth, "cream", 12)
    stage.sheet([*arms, oval(x, y - 320, 18)], "trunk", 9)


def farm(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw a small farm with a poplar on either side."""
    for dx, h in ((-190, 250), (-140, 310), (170, 290)):
        top = smooth(
            [
                [x + dx, y - h],
                [x + dx + 34, y - h * 0.5],
                [x + dx + 26, y],
                [x + dx - 26, y],
                [x + dx - 34, y - h * 0.5],
            ]
        )
        stage.sheet(top, "leaf2", 12)
    for dx, w, h, colour in ((60, 130, 110, "cream"), (-40, 150, 150, "wall")):
        stage.sheet(box(x + dx - w / 2, y - h, w, h + 30), colour, 12, shade=8)
        roof = [
            [x + dx - w * 0.62, y - h + 8],
            [x + dx - w * 0.3, y - h - 78],
            [x + dx + w * 0.3, y - h - 78],
            [x + dx + w * 0.62, y - h + 8],
        ]
        stage.sheet(np.array(roof), "red", 12, shade=8)
    lit = "sun" if scene.light != "day" else "blue"
    panes = [box(x - 84, y - 110, 30, 38), box(x - 24, y - 110, 30, 38), box(x + 52, y - 76, 26, 32)]
    stage.sheet(panes, lit, 0, bevel=0)
    if scene.light != "day":
        stage.glow(x - 40, y - 92, 80, "sun", 0.6)


def haystack(stage: Stage, x: float, y: float, z: float) -> None:
    """Draw a round haystack with its band."""
    dome = [
        [x - 78 * z, y],
        [x - 84 * z, y - 60 * z],
        [x - 40 * z, y - 128 * z],
        [x, y - 146 * z],
        [x + 40 * z, y - 128 * z],
        [x + 84 * z, y - 60 * z],
        [x + 78 * z, y],
    ]
    shape = smooth(dome)
    stage.sheet(shape, "hay", 16, shade=14)
    stage.sheet(
        [line([[x - 100 * z, y - b * z], [x, y - (b - 14) * z], [x + 100 * z, y - b * z]], 8 * z) for b in (44, 92)],
        "hay2",
        0,
        clip=shape,
    )
