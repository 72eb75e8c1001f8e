"""Kitchen furniture: stove, table, shelf, dresser and what stands on them, each drawn about its own foot at (x, y)."""

from collections.abc import Sequence

import numpy as np

from storymaker.images.paper.shapes import Points, Polygon, blade, box, line, oval, smooth
from storymaker.images.paper.stage import Stage

DISHES = ("red", "blue", "green", "yellow", "cream")


def at(points: Points, x: float, y: float, z: float = 1.0) -> Polygon:
    """Bring a shape drawn about the origin to (x, y), z times as large."""
    return np.asarray(points, np.float32) * np.float32(z) + np.array([x, y], np.float32)


def mirrored(half: Sequence[Sequence[float]]) -> list[list[float]]:
    """Complete the right half of an outline, listed from above downward, with its left half."""
    right = [list(p) for p in half]
    return right + [[-x, y] for x, y in reversed(right)]


def rounded(x: float, y: float, w: float, h: float, r: float) -> Polygon:
    """Return a rectangle with round corners."""
    t = np.linspace(0, np.pi / 2, 6)
    quarters = []
    for cx, cy, turn in ((x + w - r, y + h - r, 0), (x + r, y + h - r, 1), (x + r, y + r, 2), (x + w - r, y + r, 3)):
        a = t + turn * np.pi / 2
        quarters.append(np.c_[cx + r * np.cos(a), cy + r * np.sin(a)])
    return np.vstack(quarters)


def stove(stage: Stage, x: float, y: float) -> None:
    """An iron range with an arched fire door, kettle and pan on top, its pipe to the ceiling."""
    stage.sheet(at(box(96, -1900, 66, 1510), x, y), "iron2", 18, shade=8)
    stage.sheet([at(box(86, b, 86, 22), x, y) for b in (-520, -800, -1080)], "iron", 7)
    stage.sheet([at(box(a, -40, 40, 44), x, y) for a in (-190, 150)], "iron", 12)
    t = np.linspace(np.pi, 2 * np.pi, 16)
    arch = np.vstack([[[-172, -186]], np.c_[-86 + 86 * np.cos(t), -266 + 82 * np.sin(t)], [[0, -186]]])
    stage.sheet(at(rounded(-190, -370, 220, 210, 10), x, y), "fire", 0, shade=-20)
    for n, height, w, colour in ((5, 120, 24, "fire2"), (4, 66, 14, "cream")):
        roots = np.linspace(-150, -22, n) + stage.rng.uniform(-8, 8, n)
        tongues = [
            blade(x + a, y - 190, height * stage.rng.uniform(0.65, 1.05), stage.rng.uniform(-14, 14), w) for a in roots
        ]
        stage.sheet(tongues, colour, 4, 0.25)
    stage.sheet([[at(rounded(-205, -372, 410, 336, 18), x, y), at(arch, x, y)]], "iron", 26, shade=12)
    ring = (arch - [-86, -250]) * 1.18 + [-86, -250]
    stage.sheet([[at(ring, x, y), at(arch, x, y)]], "iron2", 9)
    stage.sheet([at(box(-90 + a, -350, 9, 164), x, y) for a in (-44, 0, 44)], "iron", 4)
    doors = [rounded(34, -330, 140, 190, 14), rounded(-178, -140, 352, 80, 12)]
    stage.sheet([at(q, x, y) for q in doors], "iron2", 9)
    stage.sheet([at(rounded(a, b, 100, 12, 6), x, y) for a, b in ((54, -300), (-52, -116))], "brass", 7)
    stage.sheet(at(rounded(-228, -404, 456, 42, 10), x, y), "iron2", 16)
    kettle(stage, x - 100, y - 402)
    stage.sheet(at(smooth(mirrored([[56, -84], [48, 0]]), steps=4), x + 70, y - 402), "red", 12)
    stage.sheet([at(rounded(-66, -92, 132, 18, 8), x + 70, y - 402), oval(x + 70, y - 500, 13)], "cream", 6)


def kettle(stage: Stage, x: float, y: float) -> None:
    """A singing kettle with two curls of steam."""
    curl = [[0, -120], [-24, -170], [16, -220], [-16, -290], [10, -296], [40, -222], [2, -172], [22, -122]]
    stage.sheet([at(smooth(curl), x - 116, y + 10, 0.8), at(smooth(curl), x - 84, y - 20, 0.6)], "rail", 6, 0.25)
    stage.sheet([[oval(x, y - 104, 64, 62), oval(x, y - 104, 48)]], "dark", 7)
    stage.sheet(at(smooth([[-60, -40], [-120, -96], [-104, -106], [-52, -74]]), x, y), "blue", 10)
    body = mirrored([[0, -108], [56, -96], [92, -44], [84, 0]])
    stage.sheet(at(smooth(body), x, y), "blue", 14, shade=10)
    stage.sheet(oval(x, y - 108, 15), "dark", 6)
    stage.sheet(oval(x - 34, y - 58, 14, 26, 0.5), "frame", 0, bevel=0)


def shelf(stage: Stage, x: float, y: float) -> None:
    """A shelf of crockery, with cups on hooks below."""
    stage.sheet([at([[a, 0], [a + 16, 0], [a + 16, 80]], x, y) for a in (-190, 160)], "wood", 8)
    left = x - 200
    while left < x + 130:
        colour = DISHES[int(stage.rng.integers(5))]
        kind = int(stage.rng.integers(3))
        if kind == 0:
            plate(stage, left + 48, y, 50, colour)
        elif kind == 1:
            jar(stage, left + 36, y, colour)
        else:
            stage.sheet(at(smooth(mirrored([[50, -66], [32, -14], [18, 0]]), steps=6), left + 48, y), colour, 10)
        left += (104, 84, 112)[kind]
    stage.sheet(at(box(-215, 0, 430, 22), x, y), "wood2", 16)
    for a, colour in zip((-145, -48, 48, 145), ("yellow", "red", "cream", "blue"), strict=True):
        cup = at(rounded(-26, 44, 48, 56, 12), x + a, y)
        stage.sheet([[oval(x + a + 26, y + 70, 17), oval(x + a + 26, y + 70, 9)], cup], colour, 9)


def plate(stage: Stage, x: float, y: float, r: float, colour: str) -> None:
    """A plate that leans on the wall."""
    stage.sheet(oval(x, y - r, r), "cream", 9)
    stage.sheet([[oval(x, y - r, r * 0.74), oval(x, y - r, r * 0.54)]], colour, 0)


def jar(stage: Stage, x: float, y: float, colour: str) -> None:
    """A jar with a wooden lid and a label."""
    stage.sheet(at(rounded(-33, -96, 66, 96, 10), x, y), colour, 10)
    stage.sheet(at(rounded(-37, -114, 74, 22, 5), x, y), "wood2", 5)
    stage.sheet(at(rounded(-21, -66, 42, 34, 4), x, y), "cream", 0)


def table(stage: Stage, x: float, y: float, accent: str) -> None:
    """A table under a gingham cloth, with bowl, loaf and flowers."""
    leg = smooth(mirrored([[22, -300], [14, -220], [26, -150], [12, -60], [16, 0]]))
    stage.sheet([at(leg, x + a, y) for a in (-230, 210)], "wood", 16)
    bowl(stage, x + 40, y - 332)
    stage.sheet(
        at(smooth(mirrored([[0, -76], [50, -82], [86, -46], [80, 0]])), x + 190, y - 332), "wood2", 12, shade=10
    )
    stage.sheet([oval(x + 190 + a, y - 388, 8, 20, 0.5) for a in (-36, 2, 40)], "yellow", 0)
    jug(stage, x - 120, y - 332)
    u = np.linspace(-460, 290, 240)
    cloth = at(np.vstack([np.c_[u, -220 + 14 * np.abs(np.sin(u / 37))], [[294, -336], [-465, -336]]]), x, y)
    stage.sheet(cloth, accent, 20, shade=10)
    checks = [at(box(a, -336, 20, 150), x, y) for a in range(-460, 290, 52)] + [
        at(box(-465, b, 760, 18), x, y) for b in (-316, -264)
    ]
    stage.sheet(checks, "curtain2", 0, bevel=16, clip=cloth)


def bowl(stage: Stage, x: float, y: float) -> None:
    """A bowl of apples."""
    for a, b, colour in ((-40, -74, "red"), (36, -78, "yellow"), (0, -98, "green")):
        stage.sheet(oval(x + a, y + b, 36), colour, 9)
    stage.sheet(at(smooth(mirrored([[92, -70], [70, -16], [40, 0]]), steps=6), x, y), "blue", 12)


def jug(stage: Stage, x: float, y: float) -> None:
    """A white jug of garden flowers."""
    heads = ((-52, -186, "yellow"), (-8, -218, "red"), (40, -196, "cream"))
    stage.sheet([blade(x + a * 0.3, y - 90, -b - 90, a * 0.7, 6) for a, b, _ in heads], "green", 5)
    for a, b, colour in heads:
        turn = np.arange(5) * 1.257
        stage.sheet([oval(x + a + 20 * np.cos(t), y + b + 20 * np.sin(t), 15) for t in turn], colour, 7)
        stage.sheet(oval(x + a, y + b, 12), "brass", 3)
    body = at(smooth(mirrored([[40, -124], [34, -92], [56, -40], [44, 0]]), steps=7), x, y)
    stage.sheet([[oval(x + 54, y - 66, 30, 34), oval(x + 54, y - 66, 18, 22)], body], "cream", 12)


def dresser(stage: Stage, x: float, y: float) -> None:
    """A dresser with plates above and drawers below."""
    stage.sheet(at(box(-240, -880, 480, 560), x, y), "wood", 16, shade=8)
    crown = mirrored([[0, -948], [120, -926], [262, -908], [262, -872]])
    stage.sheet(at(smooth(crown, steps=6), x, y), "wood2", 14)
    for top in (-690, -510):
        for a in (-150, 0, 150):
            plate(stage, x + a, y + top, 62, DISHES[int(stage.rng.integers(4))])
        stage.sheet(at(box(-240, top, 480, 20), x, y), "wood2", 12)
    jug(stage, x - 120, y - 330)
    bowl(stage, x + 110, y - 330)
    stage.sheet(at(box(-262, -300, 524, 300), x, y), "wood", 20, shade=10)
    stage.sheet(at(box(-280, -334, 560, 38), x, y), "wood2", 14)
    fronts = [rounded(a, b, 226, h, 8) for a in (-238, 12) for b, h in ((-262, 62), (-178, 150))]
    stage.sheet([at(q, x, y) for q in fronts], "wood2", 8)
    stage.sheet([oval(x + a, y + b, 12) for a, b in ((-125, -231), (125, -231), (-36, -104), (36, -104))], "brass", 6)


def basket(stage: Stage, x: float, y: float) -> None:
    """A basket of apples in the near corner."""
    for a, b, colour in (
        (-80, -150, "red"),
        (0, -166, "yellow"),
        (76, -150, "red"),
        (-36, -190, "green"),
        (40, -196, "red"),
    ):
        stage.sheet(at(oval(a, b, 48, 46), x, y), colour, 10)
    weave = at(smooth([[-160, -130], [160, -130], [130, 60], [-130, 60]], steps=5), x, y)
    stage.sheet(weave, "wood", 26, shade=10)
    stage.sheet(
        [at(oval(a + j % 2 * 30, -108 + j * 34, 22, 10), x, y) for j in range(5) for a in range(-180, 190, 60)],
        "wood2",
        4,
        clip=weave,
    )
    stage.sheet(at(rounded(-172, -152, 344, 34, 16), x, y), "wood2", 12)


def mixing(stage: Stage, x: float, y: float) -> None:
    """A mixing bowl with its spoon."""
    stage.sheet([at(line([[40, -120], [130, -310]], 26), x, y), at(oval(136, -330, 30, 48, 0.5), x, y)], "wood2", 14)
    stage.sheet(at(oval(0, -120, 176, 36), x, y), "dark", 20)
    rim = [[180, -122], [150, 10], [90, 70]]
    cup = at(smooth([*mirrored(rim), [-90, -92], [0, -84], [90, -92]]), x, y)
    stage.sheet(cup, "yellow", 24, shade=12)
    stage.sheet([at(box(-200, b, 400, 16), x, y) for b in (-40, -6)], "cream", 0, clip=cup)


def pumpkin(stage: Stage, x: float, y: float) -> None:
    """Three onions and a pumpkin."""
    for a, w in ((-90, 70), (90, 70), (0, 92)):
        stage.sheet(at(oval(a, -70, w, 96), x, y), "pumpkin", 16, shade=14)
    stage.sheet(at(smooth([[-14, -150], [-26, -206], [10, -214], [14, -150]]), x, y), "green", 8)
    bulb = smooth(mirrored([[0, -120], [14, -92], [62, -40], [40, 10]]))
    for a, b in ((-170, 10), (170, 16)):
        stage.sheet(at(bulb, x + a, y + b), "cream", 14, shade=10)


def pot(stage: Stage, x: float, y: float, colour: str) -> None:
    """A kitchen herb on a sill."""
    leaves = ((-26, -92, -0.6), (0, -112, 0), (26, -92, 0.6), (-40, -72, -1.1), (40, -72, 1.1))
    stage.sheet([oval(x + a, y + b, 17, 34, t) for a, b, t in leaves], "green", 8)
    stage.sheet(at([[-38, -64], [38, -64], [28, 0], [-28, 0]], x, y), colour, 10)
    stage.sheet(at(box(-44, -74, 88, 20), x, y), colour, 5)
