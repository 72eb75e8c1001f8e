"""Things of the sea floor: kelp, corals, fish, jellies, bubbles, an arch, a sunken boat, a chest. z is how large."""

from collections.abc import Sequence

import numpy as np

from storymaker.images.paper.kits._heavens import Put
from storymaker.images.paper.shapes import Points, Polygon, box, line, oval, puff, smooth, star
from storymaker.images.paper.stage import Stage


def kelp(x: float, y: float, h: float, w: float, sway: float, phase: float) -> Polygon:
    """Return one ribbon of kelp with a crimped edge, rooted at (x, y); sway is how far its tip drifts."""
    u = np.linspace(0, 1, 44)
    bend = sway * u**1.5 + 0.055 * h * np.sin(u * 7 + phase) * u
    wide = w * np.sin(np.pi * (0.14 + 0.86 * u)) ** 0.7 * (1 + 0.2 * np.sin(u * 34 + phase))
    middle, up = x + bend, y + 30 - (h + 30) * u
    return np.vstack([np.c_[middle - wide, up], np.c_[middle + wide, up + h * 0.012][::-1]])


def weed(x: float, y: float, h: float, sway: float) -> list[Polygon]:
    """Return a stem with pairs of round leaves, rooted at (x, y)."""
    u = np.linspace(0, 1, 16)
    px, py = x + sway * u**1.6, y - h * u
    out = [np.vstack([np.c_[px - 5, py + 20], np.c_[px + 5, py + 20][::-1]])]
    for i in range(3, 16):
        leaf, s = h * 0.12 * (1.1 - 0.55 * u[i]), 1 if i % 2 else -1
        out.append(oval(px[i] + s * leaf * 0.9, py[i] - leaf * 0.4, leaf, leaf * 0.42, s * -0.55))
    return out


def staghorn(rng: np.random.Generator, x: float, y: float, h: float) -> list[Polygon]:
    """Return a coral of round fingers that fork, rooted at (x, y)."""
    out: list[Polygon] = []
    _fork(rng, out, x, y + 20, -np.pi / 2, h * 0.42, h * 0.085, 3)
    return out


def _fork(
    rng: np.random.Generator, out: list[Polygon], x: float, y: float, a: float, r: float, w: float, more: int
) -> None:
    ex, ey = x + r * np.cos(a), y + r * np.sin(a)
    nx, ny = -np.sin(a) * w, np.cos(a) * w
    out.append(
        np.array([[x - nx, y - ny], [ex - nx * 0.8, ey - ny * 0.8], [ex + nx * 0.8, ey + ny * 0.8], [x + nx, y + ny]])
    )
    out.append(oval(ex, ey, w * 0.92))
    turns = ((-0.62, -0.05, 0.55) if more == 3 else (-0.42, 0.4)) if more else ()
    for turn in turns:
        _fork(rng, out, ex, ey, a + turn + rng.uniform(-0.12, 0.12), r * rng.uniform(0.66, 0.86), w * 0.82, more - 1)


def fan(stage: Stage, x: float, y: float, r: float, papers: Sequence[str]) -> None:
    """Draw a fan coral of radius r that stands at (x, y): scalloped, with its ribs cut in."""
    a = np.linspace(np.pi * 1.06, np.pi * 1.94, 60)
    k = r * (1 + 0.035 * np.abs(np.sin(np.linspace(0, 9 * np.pi, 60))))
    leaf = np.vstack([[[x - 12, y + 20]], np.c_[x + k * np.cos(a), y + k * np.sin(a)], [[x + 12, y + 20]]])
    stage.sheet(leaf, papers[0], 14, 0.36, shade=10)
    ribs = []
    for t in np.linspace(np.pi * 1.12, np.pi * 1.88, 8):
        c, s = np.cos(t), np.sin(t)
        n = np.array([-s, c]) * r * 0.016
        p, q = np.array([x + 0.2 * r * c, y + 0.2 * r * s]), np.array([x + 0.88 * r * c, y + 0.88 * r * s])
        ribs.append(np.array([p - n * 0.4, q - n, q + n, p + n * 0.4]))
    stage.sheet(ribs, papers[1], 0, bevel=-40)


def tubes(stage: Stage, x: float, y: float, z: float, papers: Sequence[str]) -> None:
    """Draw a bunch of tube sponges with open mouths."""
    for dx, h, w, lean in (
        (-50, 150, 26, -26),
        (46, 190, 28, 24),
        (-4, 250, 32, -6),
        (84, 110, 22, 34),
        (-88, 96, 20, -30),
    ):
        a, b, r = x + dx * z, x + (dx + lean) * z, w * z
        tube = [[a - r * 0.8, y + 20], [b - r, y - h * z], [b + r, y - h * z], [a + r * 0.8, y + 20]]
        stage.sheet([np.array(tube), oval(b, y - h * z, r, r * 0.4)], papers[0], 12, 0.36, shade=8)
        stage.sheet(oval(b, y - h * z, r * 0.66, r * 0.22), papers[1], 0, bevel=-60)


def brain(stage: Stage, x: float, y: float, r: float, papers: Sequence[str]) -> None:
    """Draw a round coral with winding grooves."""
    dome = oval(x, y, r, r * 0.78)
    stage.sheet(dome, papers[0], 16, 0.36, shade=12)
    t = np.linspace(-1, 1, 40)
    grooves = [
        line(np.c_[x + r * t, y + r * (b + 0.07 * np.sin(t * 13 + b * 20))], r * 0.07)
        for b in (-0.56, -0.3, -0.04, 0.22)
    ]
    stage.sheet(grooves, papers[1], 0, bevel=-40, clip=oval(x, y, r * 0.86, r * 0.64))


def fish(x: float, y: float, z: float, way: float = 1.0) -> list[Polygon]:
    """Return a small far fish of half-length z that swims to the right, or to the left when way is -1."""
    body = smooth(
        [
            [x + way * a * z, y + b * z]
            for a, b in ((1, 0.02), (0.4, -0.42), (-0.5, -0.2), (-0.8, 0), (-0.5, 0.2), (0.4, 0.42))
        ],
        steps=6,
    )
    tail = np.array([[x + way * a * z, y + b * z] for a, b in ((-0.55, 0), (-1.3, -0.46), (-1.1, 0), (-1.3, 0.46))])
    return [body, tail]


def painted(stage: Stage, x: float, y: float, z: float, way: float, papers: Sequence[str]) -> None:
    """Draw a nearer fish with two stripes, a fin and an eye."""
    body, tail = fish(x, y, z, way)
    fin = smooth(
        [[x + way * a * z, y + b * z] for a, b in ((0.3, -0.34), (-0.15, -0.72), (-0.5, -0.5), (-0.4, -0.1))], steps=6
    )
    stage.sheet([tail, fin], papers[1], 8, 0.34)
    stage.sheet(body, papers[0], 12, 0.36)
    stripes = [
        [[x + way * (a + b) * z, y + c * z] for b, c in ((0, -1), (0.17, -1), (0.1, 1), (-0.07, 1))]
        for a in (0.16, -0.3)
    ]
    stage.sheet([np.array(s) for s in stripes], papers[1], 0, bevel=0, clip=body)
    stage.sheet(oval(x + way * 0.66 * z, y - 0.08 * z, 0.085 * z), papers[2], 0, bevel=0)


def shoal(rng: np.random.Generator, x: float, y: float, z: float, n: int, way: float) -> list[Polygon]:
    """Return n small fish that swim together about (x, y)."""
    out: list[Polygon] = []
    seen: list[tuple[float, float]] = []
    for _ in range(n * 6):
        a, b = x + rng.normal(0, 78) * z, y + rng.normal(0, 38) * z
        if len(seen) < n and all(np.hypot(a - c, (b - d) * 1.8) > 50 * z for c, d in seen):
            seen.append((a, b))
            out += fish(a, b, rng.uniform(15, 22) * z, way)
    return out


def jelly(stage: Stage, x: float, y: float, z: float, papers: Sequence[str], glow: float) -> None:
    """Draw a jellyfish: arms that wave, a scalloped bell, a pale cap; it shines when glow is above 0."""
    rng = stage.rng
    if glow:
        stage.glow(x, y, 150 * z, papers[0], glow)
    u, phase = np.linspace(0, 1, 20), rng.uniform(0, 6)
    arms = []
    for i, dx in enumerate((-52, -26, 0, 26, 52)):
        mid = np.c_[x + (dx * (1 - 0.25 * u) + 13 * np.sin(u * 7 + phase + i)) * z, y + (150 + 40 * (i % 2)) * u * z]
        w = np.c_[6 * z * (1.1 - u), u * 0]
        arms.append(np.vstack([mid - w, (mid + w)[::-1]]))
    stage.sheet(arms, papers[1], 6, 0.25)
    a = np.linspace(np.pi, 2 * np.pi, 30)
    rim = [
        [x + (78 - 26 * (i + 0.5) * 1.0) * z, y + 15 * z] if k else [x + (78 - 26 * i) * z, y + 1 * z]
        for i in range(6)
        for k in (0, 1)
    ]
    bell = np.vstack([np.c_[x + 82 * z * np.cos(a), y + 88 * z * np.sin(a)], smooth(rim, closed=False, steps=4)])
    stage.sheet(bell, papers[0], 14, 0.34, shade=10)
    stage.sheet([oval(x + d * z, y - 34 * z, 9 * z, 13 * z) for d in (-34, 0, 34)], papers[1], 0, bevel=-20)


def bubbles(rng: np.random.Generator, x: float, y: float, n: int, rise: float) -> list[list[Polygon]]:
    """Return n bubbles that rise from (x, y), rings that shrink toward their source."""
    out = []
    for i in range(n):
        u = (i + rng.uniform(0.2, 0.8)) / n
        r = 6 + 17 * u * rng.uniform(0.6, 1.1)
        a, b = x + rng.uniform(-1, 1) * (16 + 34 * u), y - rise * u
        out.append([oval(a, b, r), oval(a, b, r * 0.72)])
    return out


def arch(stage: Stage, put: Put, papers: Sequence[str]) -> None:
    """Draw an arch of rock with weed on its top."""
    rng = stage.rng
    crown = [(-270, 60), (-262, -120), (-220, -300), (-90, -394), (80, -404), (210, -320), (262, -140), (280, 60)]
    hole = [(-130, 70), (-142, -90), (-96, -220), (10, -266), (104, -214), (146, -70), (140, 70)]
    stage.sheet(
        [[put(smooth(np.array(crown) + rng.uniform(-14, 14, (8, 2)))), put(smooth(hole))]],
        papers[0],
        20,
        0.38,
        shade=14,
    )
    x, y = put([(0, -380)])[0]
    stage.sheet(
        [p for d in (-50, 0, 50) for p in weed(float(x) + d, float(y) + 10, 70 + abs(d), d * 0.5)], papers[1], 8
    )


def wreck(stage: Stage, put: Put) -> None:
    """Draw a small sunken boat that leans on the sand: planks, a broken mast, a round window."""
    stage.sheet(put([(-26, -420), (-4, -436), (14, -404), (16, -120), (-20, -120)]), "wood2", 12)
    stage.sheet(put([(-120, -344), (130, -330), (130, -314), (-120, -328)]), "wood2", 8)
    rag = smooth(
        [(-100, -326), (96, -314), (70, -240), (96, -190), (30, -214), (-20, -176), (-54, -220), (-104, -190)], steps=6
    )
    stage.sheet(put(rag), "cloth", 12, 0.36, shade=8)
    side = smooth(
        [
            (-330, -190),
            (-180, -140),
            (20, -128),
            (210, -146),
            (340, -214),
            (300, -60),
            (210, 60),
            (-210, 60),
            (-290, -50),
        ]
    )
    stage.sheet(put(smooth([(-320, -186), (0, -206), (330, -206), (210, -110), (-200, -110)])), "wood2", 10)
    hull = put(side)
    stage.sheet(hull, "wood", 20, 0.4, shade=14)
    seams = [put(line([(-360, b), (-150, b + 40), (40, b + 50), (220, b + 34), (360, b - 24)], 9)) for b in (-128, -74)]
    stage.sheet(seams, "wood2", 0, bevel=-30, clip=hull)
    stage.sheet(put(smooth([(100, -60), (150, -84), (196, -50), (176, 0), (120, 0)], steps=6)), "hollow", 0, bevel=-60)
    stage.sheet([[put(oval(-120, -44, 40)), put(oval(-120, -44, 27))]], "wood2", 6)
    stage.sheet(put(oval(-120, -44, 27)), "hollow", 0, bevel=-60)


def chest(stage: Stage, put: Put) -> None:
    """Draw an open chest with gold paper in it."""
    lid = smooth([(-136, -128), (-128, -216), (-60, -258), (60, -258), (128, -216), (136, -128)], closed=False)
    stage.sheet(put(lid), "wood2", 14, 0.38)
    stage.sheet(put(np.asarray(lid) * [0.86, 0.9] + [0, -14]), "hollow", 0, bevel=-50)
    coins = [
        put(oval(a, b, 30, 24)) for a, b in ((-84, -120), (-34, -138), (20, -142), (70, -126), (-6, -116), (104, -112))
    ]
    for coin in coins:
        stage.sheet(coin, "gold", 6, 0.3)
    x, y = put([(40, -164)])[0]
    stage.sheet(star(float(x), float(y), 26), "gold", 6, 0.3)
    stage.sheet(put(box(-140, -118, 280, 150)), "wood", 18, 0.4, shade=12)
    stage.sheet(
        [put(box(-140, -118, 280, 18)), put(box(-112, -118, 16, 150)), put(box(96, -118, 16, 150))], "gold", 4, 0.25
    )
    stage.sheet(put(smooth([(-24, -112), (24, -112), (20, -66), (0, -52), (-20, -66)], steps=6)), "gold", 6, 0.3)
    stage.sheet(put(oval(0, -86, 8, 10)), "wood2", 0, bevel=0)


def boulder(rng: np.random.Generator, x: float, y: float, w: float, h: float) -> Polygon:
    """Return a round rock of half-width w and height h whose foot is at (x, y)."""
    k = rng.uniform(0.85, 1.15, 5)
    top: Points = [
        (-w, 50),
        (-w * 0.86, -h * 0.45 * k[0]),
        (-w * 0.3, -h * k[1]),
        (w * 0.4, -h * 0.9 * k[2]),
        (w * 0.9, -h * 0.4 * k[3]),
        (w, 50),
    ]
    return smooth([[x + a, y + b] for a, b in top], steps=8)


def anemone(stage: Stage, x: float, y: float, z: float, papers: Sequence[str]) -> None:
    """Draw an anemone with a crown of arms."""
    for i, t in enumerate(np.linspace(-1.1, 1.1, 9)):
        tip = [x + 92 * z * np.sin(t), y - (60 + 56 * np.cos(t)) * z]
        arm = [
            [x + 30 * t * z - 9 * z, y - 40 * z],
            [tip[0] - 9 * z, tip[1]],
            [tip[0] + 9 * z, tip[1]],
            [x + 30 * t * z + 9 * z, y - 40 * z],
        ]
        stage.sheet([np.array(arm), oval(tip[0], tip[1], 11 * z)], papers[i % 2], 6, 0.3)
    stage.sheet([*puff(stage.rng, x, y - 14 * z, 60 * z, 40 * z, 7)], papers[0], 12, 0.36)
