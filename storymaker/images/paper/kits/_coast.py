"""Things of the coast: a boat, a palm, a sea pine, rocks with marram. z is how large."""

import numpy as np

from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import Points, Polygon, blade, line, oval, puff, smooth, star
from storymaker.images.paper.stage import Stage


def rough(scene: Scene) -> bool:
    """Whether there are waves."""
    return scene.weather in ("storm", "wind")


def boat(stage: Stage, scene: Scene, x: float, y: float, z: float) -> None:
    """Draw the boat with its patched sail; its keel is at (x, y). The sail hangs limp when the air is still."""
    heel = 0.10 if rough(scene) else -0.035
    c, s = np.cos(heel), np.sin(heel)

    def put(points: Points) -> Polygon:
        p = np.asarray(points, np.float32)
        turned = np.c_[p[:, 0] * c - p[:, 1] * s, p[:, 0] * s + p[:, 1] * c].astype(np.float32)
        placed: Polygon = turned * np.float32(z) + np.array([x, y], np.float32)
        return placed

    full = scene.weather != "clear" or scene.light == "day"
    stage.sheet(put([[-9, -120], [-9, -700], [11, -700], [11, -120]]), "mast", 12)
    stage.sheet(put([[10, -700], [92, -676], [10, -646]]), "red", 8)
    stage.sheet(put(smooth([[-250, -170], [0, -196], [262, -176], [216, -70], [-200, -70]])), "hull2", 14)
    if full:
        sail = put(
            np.vstack([smooth([[-14, -668], [-70, -500], [-150, -330], [-262, -236]], closed=False), [[-14, -224]]])
        )
    else:
        sail = put(smooth([[-12, -668], [-52, -560], [-66, -430], [-96, -330], [-84, -232], [-44, -252], [-14, -226]]))
    stage.sheet(sail, "sail", 18, shade=12)
    patch = (
        [[-96, -380], [-34, -392], [-26, -326], [-88, -314]]
        if full
        else [[-70, -420], [-22, -428], [-18, -364], [-64, -356]]
    )
    stage.sheet(put(patch), "blue", 6, clip=sail)
    stage.sheet(
        put(line([[-270, -222], [-8, -222]], 10)) if full else put(line([[-150, -222], [-8, -222]], 10)), "mast", 6
    )
    hull = [
        [-300, -196],
        [-180, -158],
        [0, -146],
        [190, -160],
        [318, -208],
        [280, -96],
        [196, -14],
        [60, 6],
        [-150, 4],
        [-246, -60],
    ]
    outline = put(smooth(hull))
    stage.sheet(outline, "red", 24, shade=14)
    rim = [
        [-300, -196],
        [-180, -158],
        [0, -146],
        [190, -160],
        [318, -208],
        [312, -176],
        [190, -124],
        [0, -108],
        [-180, -122],
        [-292, -166],
    ]
    stage.sheet(put(smooth(rim)), "sail", 9)
    stage.sheet(
        [put(line([[-300, b], [0, b + 22], [310, b - 4]], 5)) for b in (-88, -44)], "hull2", 0, bevel=20, clip=outline
    )
    stage.sheet(put(star(-170, -74, 32)), "sail", 5)


def waterline(stage: Stage, x: float, y: float, z: float) -> None:
    """Draw the water that the hull sits in."""
    t = np.linspace(-1, 1, 40)
    top = np.c_[x + 350 * z * t, y - 26 * z + 7 * z * np.sin(t * 14)]
    water = np.vstack([top, np.c_[x + 350 * z * t, y + 34 * z * np.sqrt(1 - t**2)][::-1]])
    stage.sheet(water, "w4", 6, 0.3)
    stage.sheet(
        [oval(x + a * z, y + b * z, w * z, 5 * z) for a, b, w in ((-180, -4, 90), (120, 4, 120), (0, -16, 70))],
        "w1",
        2,
        0.2,
    )


def growth(stage: Stage, scene: Scene, x: float, y: float, z: float) -> None:
    """Draw what grows at (x, y): a palm, a bent pine, or only marram on a rock."""
    kind = int(stage.rng.integers(3))
    if kind == 0:
        palm(stage, scene, x, y, z)
    elif kind == 1:
        pine(stage, scene, x, y, z)
    for dx, w, h in ((-70, 120, 80), (60, 84, 56)):
        rock = [
            [x + dx * z - w * z, y + 20 * z],
            [x + (dx - w * 0.7) * z, y - h * 0.8 * z],
            [x + dx * z, y - h * 1.3 * z],
            [x + (dx + w * 0.75) * z, y - h * 0.6 * z],
            [x + (dx + w) * z, y + 20 * z],
        ]
        stage.sheet(smooth(rock), "rock", 16, shade=14)
    reeds = [
        blade(x + d * z, y + 10 * z, h * z, lean * z, 8 * z)
        for d, h, lean in (
            (-40, 190, -50),
            (-10, 240, 20),
            (20, 200, 70),
            (50, 150, 90),
            (90, 110, 40),
            (-80, 140, -70),
        )
    ]
    stage.sheet(reeds, "reed", 14)


def palm(stage: Stage, scene: Scene, x: float, y: float, z: float) -> None:
    """Draw a palm; the wind bends it and combs its fronds."""
    lean = 150 if rough(scene) else 70
    u = np.linspace(0, 1, 14)
    spine = np.c_[x + lean * z * u**1.7, y - 640 * z * u]
    w = ((34 - 16 * u) * z)[:, None] * [1, 0]
    stem = np.vstack([spine - w, (spine + w)[::-1]])
    stage.sheet(stem, "trunk", 20, shade=10)
    stage.sheet(
        [line(np.array([[a - 40 * z, b], [a, b + 9 * z], [a + 40 * z, b]]), 5 * z) for a, b in spine[1:-1]],
        "trunk2",
        0,
        bevel=20,
        clip=stem,
    )
    cx, cy = spine[-1]
    angles = np.array([-2.95, -2.35, -1.75, -1.1, -0.5, 0.05]) + (0.35 if rough(scene) else 0)
    for i, a in enumerate(angles):
        stage.sheet(frond(cx, cy, 290 * z * (1 - 0.08 * (i % 2)), a), "leaf2" if i % 2 else "leaf", 16)
    stage.sheet([oval(cx + d * z, cy + 22 * z, 22 * z) for d in (-22, 20)], "trunk2", 8)


def frond(x: float, y: float, r: float, a: float) -> Polygon:
    """Return a palm leaf that leaves (x, y) at an angle and bows down, its lower edge cut in strips."""
    u = np.linspace(0, 1, 19)
    px, py = x + r * u * np.cos(a), y + r * u * np.sin(a) + r * 0.55 * u**2
    comb = np.where(np.arange(19) % 2, 0.30, 0.16) * np.sin(np.pi * np.clip(u * 0.92 + 0.06, 0, 1)) * r
    top = np.c_[px, py - r * 0.05 * np.sin(np.pi * u)]
    return np.vstack([top, np.c_[px - 0.2 * comb * np.sign(np.cos(a)), py + comb][::-1]])


def pine(stage: Stage, scene: Scene, x: float, y: float, z: float) -> None:
    """Draw a sea pine, bent by the weather."""
    lean = 120 if rough(scene) else 60
    trunk = [
        [x - 34 * z, y],
        [x - 20 * z, y - 220 * z],
        [x + (lean - 40) * z, y - 440 * z],
        [x + (lean - 12) * z, y - 440 * z],
        [x + 20 * z, y - 220 * z],
        [x + 36 * z, y],
    ]
    stage.sheet(smooth(trunk), "trunk", 18)
    for a, b, w, colour in ((-60, -470, 190, "leaf2"), (110, -520, 150, "leaf"), (-20, -590, 150, "leaf")):
        stage.sheet(puff(stage.rng, x + (lean + a) * z, y + b * z, w * z, w * 0.42 * z, 9), colour, 18)
