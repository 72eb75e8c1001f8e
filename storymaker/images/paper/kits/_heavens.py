"""Things of space: planets, a comet, a rocket, a flag, a moon house, craters, crystals. z is how large."""

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np

from storymaker.images.paper.shapes import Points, Polygon, box, line, oval, smooth, star, turned
from storymaker.images.paper.stage import Stage

Put = Callable[[Points], Polygon]
"""Brings points of a thing, as drawn upright about its own foot, to where it stands or flies."""


def put(x: float, y: float, z: float, turn: float = 0.0) -> Put:
    """Return how a thing of size z, turned clockwise by so many degrees, comes to (x, y)."""
    return functools.partial(_put, x=x, y=y, z=z, turn=turn)


def _put(points: Points, x: float, y: float, z: float, turn: float) -> Polygon:
    return turned(np.asarray(points, np.float32) * z + np.array([x, y], np.float32), x, y, turn)


def ringed(stage: Stage, x: float, y: float, r: float, lean: float) -> None:
    """Draw a banded planet with its ring, which passes behind it and before it."""
    hoop = [oval(x, y, 2.02 * r, 0.5 * r, lean), oval(x, y, 1.38 * r, 0.27 * r, lean)]
    thin = [oval(x, y, 1.86 * r, 0.44 * r, lean), oval(x, y, 1.66 * r, 0.37 * r, lean)]
    stage.sheet([hoop], "ring", 12, 0.3)
    stage.sheet([thin], "ring2", 0, bevel=-20)
    disc = oval(x, y, r)
    stage.sheet(disc, "planet", 20, 0.36, shade=12)
    t = np.linspace(-1.1, 1.1, 30)
    bands = []
    for at, wide in ((-0.62, 0.16), (-0.2, 0.24), (0.34, 0.18), (0.72, 0.2)):
        top = np.c_[x + r * t, y + r * (at + 0.035 * np.sin(t * 5 + at * 9))]
        bands.append(turned(line(top, wide * r), x, y, math.degrees(lean)))
    stage.sheet(bands, "planet2", 3, 0.2, clip=disc)
    before = turned(box(x - 2.2 * r, y, 4.4 * r, r), x, y, math.degrees(lean))
    stage.sheet([hoop], "ring", 10, 0.3, clip=before)
    stage.sheet([thin], "ring2", 0, bevel=-20, clip=before)


def earth(stage: Stage, x: float, y: float, r: float) -> None:
    """Draw a far earth: blue paper, two lands, three slips of cloud."""
    rng = stage.rng
    disc = oval(x, y, r)
    stage.sheet(disc, "sea", 16, 0.34, shade=10)
    lands = []
    for a, b, w in ((-0.5, -0.28, 0.62), (0.46, 0.36, 0.56), (0.6, -0.62, 0.3)):
        turn = np.arange(8) * np.pi / 4
        k = w * r * rng.uniform(0.6, 1.15, 8)
        lands.append(smooth(np.c_[x + a * r + k * np.cos(turn), y + b * r + 0.85 * k * np.sin(turn)], steps=6))
    stage.sheet(lands, "land", 4, 0.25, clip=disc)
    slips = []
    for a, b, w in ((-0.34, 0.34, 0.42), (0.3, -0.2, 0.36)):
        slips += [
            oval(x + (a + d) * r, y + (b - 0.3 * d) * r, k * r, 0.085 * r, -0.2) for d, k in ((0, w), (0.2, w * 0.6))
        ]
    stage.sheet(slips, "cloud", 3, 0.25, clip=disc)


def moonlet(stage: Stage, x: float, y: float, r: float) -> None:
    """Draw a small far moon with three craters."""
    stage.sheet(oval(x, y, r), "m2", 12, 0.3)
    pits = [oval(x + a * r, y + b * r, w * r) for a, b, w in ((-0.3, -0.25, 0.26), (0.36, 0.1, 0.18), (-0.1, 0.5, 0.2))]
    stage.sheet(pits, "m1", 0, bevel=-46)


def comet(stage: Stage, x: float, y: float, z: float, turn: float) -> None:
    """Draw a star with a tail of three strips; without a turn it flies to the left."""
    at = put(x, y, z, turn)
    tails = (((0, -14), (210, -44), (96, -2)), ((0, 14), (190, 34), (90, 6)), ((0, -13), (320, -6), (0, 13)))
    for strip, colour in zip(tails, ("tail", "tail", "tail2"), strict=True):
        stage.sheet(at(strip), colour, 4, 0.2, bevel=20)
    stage.glow(x, y, 70 * z, "star", 0.5)
    stage.sheet(at(star(0, 0, 30)), "star", 8, 0.3)


def rocket(stage: Stage, at: Put) -> None:
    """Draw a small rocket on three fins, its foot where it is put."""
    side = smooth([[40, -40], [62, -120], [58, -210], [0, -330]], closed=False)
    hull = np.vstack([side, side[::-1] * [-1, 1]])
    fins = [[(s * 40, -130), (s * 108, -40), (s * 100, 0), (s * 76, -24), (s * 36, -36)] for s in (-1, 1)]
    stage.sheet([at(smooth(f, steps=5)) for f in fins], "accent2", 12)
    stage.sheet(at([(-30, -44), (30, -44), (38, -16), (-38, -16)]), "m1", 8)
    body = at(hull)
    stage.sheet(body, "hull", 16, shade=10)
    stage.sheet(at([(-90, -350), (90, -350), (90, -246), (0, -232), (-90, -246)]), "accent", 5, 0.25, clip=body)
    stage.sheet(at([(-90, -92), (0, -80), (90, -92), (90, -70), (0, -58), (-90, -70)]), "accent", 3, 0.2, clip=body)
    stage.sheet([[at(oval(0, -176, 36)), at(oval(0, -176, 23))]], "accent2", 6)
    stage.sheet(at(oval(0, -176, 23)), "glass", 0, bevel=-46)
    stage.sheet(at(smooth([(-11, -90), (11, -90), (13, -40), (0, -8), (-13, -40)], steps=5)), "accent2", 8)


def flame(stage: Stage, at: Put) -> None:
    """Draw the fire below a rocket and the puffs it leaves."""
    puffs = ((4, 110, 26), (-16, 150, 22), (14, 186, 18), (-4, 222, 13), (8, 252, 9))
    stage.sheet([at(oval(a, b, r)) for a, b, r in puffs], "cloud", 8, 0.26)
    stage.sheet(at(smooth([(-30, -20), (30, -20), (22, 40), (0, 96), (-22, 40)], steps=6)), "accent", 6)
    stage.sheet(at(smooth([(-15, -20), (15, -20), (10, 20), (0, 56), (-10, 20)], steps=6)), "star", 4)


def flag(stage: Stage, at: Put) -> None:
    """Draw a pennant with a star on a pole, and the little heap that holds it."""
    stage.sheet(at(box(-5, -300, 10, 310)), "hull", 10)
    cloth = at(smooth([(5, -292), (60, -304), (120, -286), (184, -262), (120, -226), (60, -206), (5, -192)], steps=6))
    stage.sheet(cloth, "accent", 14, shade=8)
    x, y = at([(66, -250)])[0]
    stage.sheet(star(float(x), float(y), 30), "hull", 4, 0.25, clip=cloth)
    stage.sheet(at(smooth([(-52, 16), (-30, -16), (0, -26), (34, -14), (56, 16)], steps=6)), "m1", 8)


def house(stage: Stage, at: Put, lit: str) -> None:
    """Draw a round moon house with a door, two windows and a dish on its roof."""
    stage.sheet(
        [at(box(52, -214, 8, 70)), at(smooth([(20, -236), (56, -204), (98, -214), (70, -190), (38, -194)]))], "hull", 8
    )
    t = np.linspace(np.pi, 2 * np.pi, 30)
    dome = at(np.c_[132 * np.cos(t), 20 + 190 * np.sin(t)])
    stage.sheet(dome, "hull", 16, shade=10)
    stage.sheet(at([(-140, -230), (140, -230), (140, -112), (0, -100), (-140, -112)]), "accent", 5, 0.25, clip=dome)
    seams = [at([(s * 52, -230), (s * 58, -230), (s * 92, 30), (s * 84, 30)]) for s in (-1, 1)]
    stage.sheet([*seams, at(box(-140, -2, 280, 9))], "m2", 0, bevel=-20, clip=dome)
    stage.sheet([at(oval(s * 78, -40, 20)) for s in (-1, 1)], lit, 0, bevel=-46)
    door = smooth([(-38, 24), (-38, -52), (0, -92), (38, -52), (38, 24)], steps=6)
    stage.sheet(at(door), "accent", 10)
    stage.sheet(at(door * [0.66, 0.76] + [0, 4]), "accent2", 0, bevel=-46)


def crater(stage: Stage, x: float, y: float, w: float, turn: float, papers: Sequence[str]) -> None:
    """Draw a crater of half-width w: a raised rim, a pit, and the light on the pit's far floor."""
    rim, pit, floor = papers
    stage.sheet(oval(x, y, w, w * 0.36, turn), rim, 7, 0.3)
    hole = oval(x, y + w * 0.02, w * 0.8, w * 0.26, turn)
    stage.sheet(hole, pit, 0, bevel=-60)
    stage.sheet(oval(x - w * 0.07, y + w * 0.13, w * 0.76, w * 0.22, turn), floor, 0, bevel=0, clip=hole)


def crystals(stage: Stage, x: float, y: float, z: float) -> None:
    """Draw a bunch of pointed crystals, each with a light and a dark side."""
    for dx, h, lean, w in (
        (-46, 150, -34, 22),
        (52, 130, 40, 20),
        (4, 220, 6, 30),
        (-16, 96, -18, 18),
        (30, 84, 20, 16),
    ):
        foot, tip = x + dx * z, [x + (dx + lean) * z, y - h * z]
        a, b = [x + (dx + lean * 0.8 - w) * z, y - h * 0.76 * z], [x + (dx + lean * 0.8 + w) * z, y - h * 0.72 * z]
        mid = [x + (dx + lean * 0.8) * z, y - h * 0.66 * z]
        left, right = [foot - w * 0.7 * z, y + 30], [foot + w * 0.7 * z, y + 30]
        stage.sheet(np.array([tip, b, right, left, a]), "gem", 12)
        stage.sheet(np.array([tip, b, right, [foot, y + 30], mid]), "gem2", 0, bevel=24)
