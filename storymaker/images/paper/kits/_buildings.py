"""What town and castle share: sky, towers, windows, banners, lamps and paving, each about its own foot."""

from collections.abc import Callable, Sequence

import numpy as np

from storymaker.images.paper import weather
from storymaker.images.paper.kits._furniture import rounded
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    Points,
    Polygon,
    bird,
    blade,
    box,
    crescent,
    line,
    oval,
    page,
    smooth,
    star,
    turned,
)
from storymaker.images.paper.stage import Light, Stage

Put = Callable[[Points], Polygon]
"""Brings points about the middle of a building's foot to where it stands."""

WARM = (1.0, 0.68, 0.28)
"""Light of a window, a lamp or a fire, as red-green-blue factors."""

FESTIVE = ("bunting", "flags on a string", "string of flags", "paper chain", "party", "festival", "parade", "birthday")


def placed(x: float, y: float, z: float = 1.0, lean: float = 0.0) -> Put:
    """Return what brings a shape about the origin to (x, y), z times as large, leaning by so many degrees."""

    def put(points: Points) -> Polygon:
        return turned(np.asarray(points, np.float32) * np.float32(z) + np.array([x, y], np.float32), x, y, lean)

    return put


def arched(x: float, y: float, w: float, h: float, pointed: float = 1.0) -> Polygon:
    """Return an opening with a round head that stands on y about the middle x; pointed above 1 draws the head up."""
    t = np.linspace(0, np.pi, 17 if w < 300 else 65)
    head = np.c_[x + w / 2 * np.cos(t), y - h + w / 2 * pointed - w / 2 * pointed * np.sin(t)]
    return np.vstack([[[x + w / 2, y]], head, [[x - w / 2, y]]]).astype(np.float32)


def white(scene: Scene, colour: str) -> str:
    """Return a colour of roof or ground, or snow when it snows."""
    return "snow" if scene.weather == "snow" else colour


def sky(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw the sky with its lamp and pale rings of paper behind the heads."""
    stage.sheet(page(), weather.veil(scene) or ("gloom" if scene.weather == "storm" else "sky"), 0, shade=14)
    overcast = scene.weather in ("rain", "storm", "fog")
    for r, colour in ((570, "ring2"), (400, "ring"))[: (1 if scene.night else 0) if overcast else 2]:
        stage.sheet(oval(x, y + 120, r), colour, 12, 0.16)
    if not overcast:
        stage.sheet(oval(x, y, 92 if scene.night else 118), "sun", 12, 0.22)
        stage.glow(x, y, 180, "sun", 0.4 if scene.night else 0.25)
    weather.sky(stage, scene, "cloud", bottom=520, star="sun", lamp=(x, y))
    if not overcast and not scene.night:
        a, b = stage.rng.uniform(500, 880), stage.rng.uniform(450, 540)
        stage.sheet([bird(a + p, b + q, r) for p, q, r in ((0, 0, 30), (70, -40, 22), (-60, -52, 18))], "bird", 6, 0.25)


def windows(
    stage: Stage,
    scene: Scene,
    put: Put,
    panes: Sequence[Polygon],
    colour: str,
    frame: str = "frame",
    pane: str = "pane",
) -> list[tuple[float, float]]:
    """Draw windows, most of them lit after sunset; return where the lit ones are."""
    rng = stage.rng
    share = {"day": 0.0, "dusk": 0.5, "night": 0.72}[scene.light]
    lit = [p for p in panes if rng.uniform() < share]
    mid = [(p.min(0) + p.max(0)) / 2 for p in panes]
    half = [(p.max(0) - p.min(0)) / 2 for p in panes]
    if rng.integers(2):
        wings = [
            put(box(x + s * (a + 22) - 12, y - b - 4, 24, 2 * b + 8))
            for (x, y), (a, b) in zip(mid, half, strict=True)
            for s in (-1, 1)
            if b > 34 and a < 26
        ]
        stage.sheet(wings, colour, 5)
    stage.sheet([put((p - m) * 1.28 + m) for p, m in zip(panes, mid, strict=True)], frame, 5)
    stage.sheet([put(p) for p in panes], pane, 0, bevel=0)
    if lit:
        stage.sheet([put(p) for p in lit], "lit", 0, bevel=0)
    bars = [box(x - 3, y - b, 6, 2 * b) for (x, y), (_, b) in zip(mid, half, strict=True)]
    bars += [box(x - a, y - 4, 2 * a, 6) for (x, y), (a, _) in zip(mid, half, strict=True)]
    stage.sheet([put(b) for b in bars], frame, 2, 0.3)
    sills = [put(box(x - a - 14, y + b + 4, 2 * a + 28, 12)) for (x, y), (a, b) in zip(mid, half, strict=True)]
    stage.sheet(sills, frame, 6)
    spots = [put([(p.min(0) + p.max(0)) / 2])[0] for p in lit]
    return [(float(x), float(y)) for x, y in spots]


def smoke(stage: Stage, x: float, y: float, drift: float, z: float = 1.0) -> None:
    """Draw a curl of smoke that rises from (x, y)."""
    u = np.linspace(0, 1, 10)
    sway = stage.rng.uniform(0, 6)
    at = np.c_[x + (drift * u**1.4 + 15 * np.sin(u * 7 + sway) - 15 * np.sin(sway)) * z, y - 168 * u * z]
    r = (11 + 24 * u**0.8) * z
    stage.sheet([oval(a, b, c, c * 0.92) for (a, b), c in zip(at, r, strict=True)], "smoke", 8, 0.2)


def lamp(stage: Stage, scene: Scene, x: float, y: float, z: float) -> list[Light]:
    """Draw a street lamp that stands at (x, y); return its light."""
    put = placed(x, y, z)
    stage.sheet(
        [put(box(-6, -372, 12, 372, 3)), put(box(-18, -30, 36, 34, 6)), put(box(-12, -210, 24, 10))], "iron", 14
    )
    stage.sheet(put([[-34, -462], [34, -462], [22, -372], [-22, -372]]), "lit" if scene.light != "day" else "glass", 6)
    cap = [[-42, -458], [-16, -492], [-6, -512], [6, -512], [16, -492], [42, -458]]
    stage.sheet([put(cap), put(box(-28, -378, 56, 12)), put(box(-3, -462, 6, 90))], "iron", 8)
    if scene.light == "day":
        return []
    stage.glow(x, y - 418 * z, 120 * z, "lit", 0.6 if scene.night else 0.45)
    return [(x, y - 400 * z, 280 * z, 0.26 if scene.night else 0.2, WARM)]


def paving(stage: Stage, top: float, bottom: float, colour: str, share: float = 0.55) -> None:
    """Draw paving stones in rows that grow toward the feet; only a share of them shows."""
    stones, y, h = [], top, 15.0
    while y < bottom:
        w = h * 2.5
        for x in np.arange(-60 + stage.rng.uniform(0, w), 1600, w):
            if stage.rng.uniform() < share:
                stones.append(rounded(x, y, w * stage.rng.uniform(0.78, 0.9), h * 0.78, h * 0.3))
        y, h = y + h, h * 1.19
    stage.sheet(stones, colour, 0, bevel=34)


def pennant(stage: Stage, x: float, y: float, z: float, colour: str, wind: float) -> None:
    """Draw a pole that stands at (x, y) with a pennant; wind from 0 to 1 stretches it."""
    stage.sheet(box(x - 4 * z, y - 132 * z, 8 * z, 134 * z), "iron", 8)
    u = np.linspace(0, 1, 14)
    reach, sag = 110 + 60 * wind, 46 * (1 - wind)
    mid = np.c_[x + u * reach * z, y - (104 - sag * u * u - 9 * np.sin(u * 7)) * z]
    half = (26 * (1 - u) + 1.5)[:, None] * np.array([[0, 1.0]]) * z
    stage.sheet(np.vstack([mid - half, (mid + half)[::-1]]), colour, 9)


def garland(stage: Stage, a: tuple[float, float], b: tuple[float, float], sag: float, colours: Sequence[str]) -> None:
    """Draw a string of little flags from a to b."""
    u = np.linspace(0, 1, 40)
    y = a[1] + (b[1] - a[1]) * u + sag * 4 * u * (1 - u)
    x = a[0] + (b[0] - a[0]) * u
    stage.sheet(line(np.c_[x, y], 5), "iron", 5)
    n = int((b[0] - a[0]) / 62)
    for i, colour in enumerate(colours):
        spots = [
            (float(np.interp(v, u, x)), float(np.interp(v, u, y))) for v in (np.arange(n) + 0.5)[i :: len(colours)] / n
        ]
        stage.sheet([np.array([[p - 23, q], [p + 23, q + 2], [p, q + 56]]) for p, q in spots], colour, 8)


def merlons(a: float, b: float, y: float, tooth: float) -> list[list[float]]:
    """Return a battlement line from a to b: teeth and gaps as wide as tooth, the gaps at y."""
    n = max(1, round((b - a) / tooth / 2))
    s = (b - a) / (2 * n + 1)
    out: list[list[float]] = []
    for i in range(2 * n + 1):
        level = y if i % 2 else y - tooth * 0.8
        out += [[a + i * s, level], [a + (i + 1) * s, level]]
    return out


def stones(stage: Stage, put: Put, left: float, top: float, right: float, bottom: float, n: int) -> None:
    """Draw a few stones that show in a wall."""
    rng = stage.rng
    spots = [(rng.uniform(left, right - 40), top + 34 * int(rng.uniform(0, (bottom - top) / 34))) for _ in range(n)]
    stage.sheet([put(rounded(x, y, rng.uniform(34, 56), 22, 7)) for x, y in spots], "stone4", 0, bevel=34)


def tower(stage: Stage, scene: Scene, put: Put, w: float, h: float, *, cone: bool) -> None:
    """Draw a round tower with a pointed roof and a pennant, or with battlements."""
    body = put(box(-w / 2, -h, w, h + 60, w * 0.05))
    stage.sheet(body, "stone", 22, shade=8)
    stage.sheet(put(box(w * 0.2, -h, w, h + 60)), "stone2", 0, bevel=0, clip=body)
    stones(stage, put, -w * 0.46, -h + 60, w * 0.46, 10, int(h / 60))
    lit = "lit" if scene.light != "day" else "pane"
    slits = [
        arched(stage.rng.uniform(-0.2, 0.2) * w, y, w * 0.17, w * 0.38) for y in np.arange(-h + w * 0.75, -120, 215)
    ]
    slits = slits if w < 280 else slits[-1:]
    stage.sheet([put((p - p.mean(0)) * [1.5, 1.22] + p.mean(0)) for p in slits], "stone3", 5)
    stage.sheet([put(p) for p in slits], lit, 0, bevel=0)
    windy = 1.0 if scene.weather in ("wind", "storm") else float(stage.rng.uniform(0.2, 0.6))
    top = np.array([*merlons(-w * 0.6, w * 0.6, -h, w * 0.15), [w * 0.6, -h + w * 0.24], [-w * 0.6, -h + w * 0.24]])
    if cone:
        x, y = put([[0, -h - w * 1.62]])[0]
        pennant(stage, float(x), float(y) + 16, w / 190 + 0.2, "banner", windy)
        half = ((0.0, -1.66), (0.1, -1.25), (0.36, -0.5), (0.68, -0.08))
        right = smooth([[w * a, -h + w * b] for a, b in half], closed=False, steps=8)
        shape = put(np.vstack([right, (right * [-1, 1])[::-1]]))
        stage.sheet(shape, white(scene, "cone"), 18, shade=8)
        stage.sheet(put(np.vstack([right, [[w * 0.2, -h], [0, -h - w * 1.66]]])), white(scene, "cone2"), 0, clip=shape)
        top = box(-w * 0.58, -h - w * 0.1, w * 1.16, w * 0.26)
    stage.sheet(put(top), "stone", 12, shade=6)
    arches = [arched(a, -h + w * 0.24, w * 0.13, w * 0.13) for a in np.linspace(-0.48, 0.48, 6) * w]
    stage.sheet([put(p) for p in arches], "stone2", 0, bevel=0)


def banner(stage: Stage, put: Put, x: float, y: float, w: float, h: float, colour: str, sign: int) -> None:
    """Draw a cloth that hangs from a rod, with a border and a star, a moon or a heart."""
    a = w / 2
    cloth = [[x - a, y], [x + a, y], [x + a, y + h], [x, y + h - w * 0.42], [x - a, y + h]]
    stage.sheet(put(cloth), colour, 14, shade=10)
    inner = np.array([[x - a, y + h - 30], [x, y + h - w * 0.42 - 30], [x + a, y + h - 30]])
    stage.sheet(put(np.vstack([inner, (inner - [0, 14])[::-1]])), "banner2", 0)
    stage.sheet([put(box(x - a + 8, y, 9, h - 44)), put(box(x + a - 17, y, 9, h - 44))], "banner2", 0)
    r, mid = w * 0.27, y + h * 0.36
    if sign == 2:
        shape = [
            [0, 0.95],
            [0.95, -0.1],
            [0.9, -0.7],
            [0.45, -0.9],
            [0, -0.45],
            [-0.45, -0.9],
            [-0.9, -0.7],
            [-0.95, -0.1],
        ]
        stage.sheet(put(smooth([[x + r * p, mid + r * q] for p, q in shape], steps=6)), "banner2", 5)
    else:
        stage.sheet(put(crescent(x, mid, r) if sign else star(x, mid, r * 1.2)), "banner2", 5)
    stage.sheet(
        [put(box(x - a - 18, y - 10, w + 36, 14)), put(oval(x - a - 18, y - 3, 11)), put(oval(x + a + 18, y - 3, 11))],
        "wood",
        8,
    )


def torch(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """Draw a torch on a wall; return its light after sunset."""
    stage.sheet(np.array([[x - 13, y], [x + 13, y], [x + 5, y + 62], [x - 5, y + 62]]), "wood", 8)
    if scene.light == "day" or scene.weather in ("rain", "storm"):
        return []
    stage.glow(x, y - 26, 84, "flame", 0.5)
    stage.sheet(
        [blade(x + a, y - 22, h, lean, 12) for a, h, lean in ((-8, 40, -8), (8, 46, 6), (0, 62, 2))], "flame", 4
    )
    stage.sheet(blade(x, y - 18, 30, 0, 9), "lit", 0, bevel=0)
    return [(x, y - 20, 240, 0.3 if scene.night else 0.2, WARM)]
