"""The hall of the castle: a long window behind two arches, a carpet, a throne or a hearth, candles."""

import itertools

import numpy as np

from storymaker.images.paper import weather
from storymaker.images.paper.kits._buildings import FESTIVE, WARM, arched, banner, garland, placed, stones
from storymaker.images.paper.kits._furniture import rounded
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import PAGE, Polygon, blade, box, drop, hill, oval, page, peaks, smooth, star
from storymaker.images.paper.stage import Light, Stage

LANCETS = ((-176, 580), (0, 690), (176, 580))
"""Middle and height of the three lights of the window."""

FLAGS = ("banner", "banner2", "frame", "banner3")


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the hall."""
    rng = stage.rng
    hero = players.settle(stage, 290, 1000, rng.uniform(1315, 1335))
    x = float(np.clip(hero.x + rng.uniform(-20, 150), 560, 840))
    moon = _outside(stage, scene, x)
    _window_wall(stage, x)
    players.props(stage, "wall", [(x - 330, 470), (x + 340, 470)])
    _arch(stage, "arch", x, 470, 210)
    floor = players.clear_of_neck(1085, 50)
    _floor(stage, x, floor)
    lights = _seat(stage, scene, 1165, floor + 60)
    _arch(stage, "arch2", 768, 620, 90)
    for a, sign in ((104, 0), (1432, 1)):
        banner(stage, placed(a, 0), 0, 330, 150, 470, "banner" if sign else "banner3", int(rng.integers(3)))
    lights += _wheel(stage, scene, 768 + float(rng.uniform(-40, 40)), 190)
    players.props(stage, "sky", [(480, 520), (1060, 540), (400, 640, 0.85)])
    if scene.mentions(*FESTIVE):
        garland(stage, (180, 400), (1356, 400), 90, FLAGS)
    players.props(stage, "far", [(430, floor + 40, 0.7), (980, floor + 40, 0.7)])
    players.props(stage, "ground", [(1250, 1320), (1130, 1316), (200, 1316), (330, 1240, 0.85), (1050, 1250, 0.85)])
    players.draw(stage)
    players.props(stage, "low", ())
    players.props(stage, "ground", [(1150, 1432, 0.9), (380, 1432, 0.9)])
    _step(stage, scene, x)
    pool = (hero.x, hero.top + hero.height * 0.4, 540, 0.62 if scene.night else 0.3, None)
    stage.relight([(*moon, 700, 0.8, None), pool, *lights, *players.lights])


def _outside(stage: Stage, scene: Scene, x: float) -> tuple[float, float]:
    """Draw what the long window shows; return where its light is."""
    rng = stage.rng
    stage.sheet(page(), weather.veil(scene) or "sky", 0, shade=20)
    a, b = x + rng.uniform(-120, 120), rng.uniform(370, 440)
    if scene.weather not in ("rain", "storm", "fog"):
        for r, colour in ((330, "ring2"), (210, "ring"), (92, "sun")):
            stage.sheet(oval(a, b, r), colour, 10, 0.18)
    if scene.night:
        weather.stars(stage, "sun", 30, 800, lamp=(a, b))
    stage.sheet(peaks(rng, 940, 190, 17), "hill", 12, 0.25)
    stage.sheet(hill(rng, 900, 20, 9), "leaf", 12, 0.25)
    spots = np.c_[rng.uniform(x - 300, x + 300, 44), rng.uniform(200, 950, 44)]
    if scene.weather in ("rain", "storm"):
        stage.sheet([drop(p, q, 64, 22, 3.5) for p, q in spots], "#a9c1e6", 5, 0.25, bevel=0)
    elif scene.weather == "snow":
        stage.sheet([oval(p, q, rng.uniform(4, 9)) for p, q in spots], "#ffffff", 5, 0.25)
    return a, b


def _window_wall(stage: Stage, x: float) -> None:
    """Draw the far wall with three lancets, their leads and their stone frames."""
    lancets = [arched(x + a, 950, 150, h, 1.5) for a, h in LANCETS]
    leads: list[Polygon] = [box(x + a - 3, 180, 6, 780) for a in (-176, 0, 176)]
    leads += [box(x - 260, y, 520, 6) for y in range(300, 950, 108)]
    stage.sheet(leads, "iron", 6, 0.3)
    tint = [oval(x + a, 950 - h + 96, 46) for a, h in LANCETS]
    stage.sheet(tint, "banner", 3)
    stage.sheet([star(p[:, 0].mean(), p[:, 1].mean(), 34) for p in tint], "banner2", 2)
    stage.sheet([[page(), *lancets]], "wall", 22, shade=14)
    rims = [[(p - p.mean(0)) * [1.2, 1.05] + p.mean(0), p] for p in lancets]
    stage.sheet(rims, "arch", 8)
    stage.sheet(box(x - 290, 950, 580, 34), "arch", 14)
    stones(stage, placed(0, 0), x - 460, 200, x - 285, 1060, 5)
    stones(stage, placed(0, 0), x + 285, 200, x + 460, 1060, 5)


def _arch(stage: Stage, colour: str, x: float, half: float, top: float) -> None:
    """Draw a sheet with a pointed opening, and the capitals of its pillars."""
    opening = arched(x, PAGE + 200, 2 * half, PAGE + 200 - top, 1.05)
    stage.sheet([[page(), opening]], colour, 30, 0.5, shade=8)
    spring = top + half * 1.05
    caps = [box(x + s * half - 26, spring + b, 52, 22) for s in (-1, 1) for b in (-20, 16)]
    stage.sheet(caps, colour, 10)


def _floor(stage: Stage, x: float, y: float) -> None:
    """Draw the tiled floor, and the carpet that runs to the feet."""
    stage.sheet(hill(stage.rng, y, 2, 3), "floor", 10, 0.35, shade=12)
    rows = y + (np.arange(9) / 8) ** 1.5 * 460
    tiles = []
    for j, (a, b) in enumerate(itertools.pairwise(rows)):
        p, q = (0.5 + (v - y) / 300 for v in (a, b))
        tiles += [
            np.array(
                [[x + 110 * i * p, a], [x + 110 * (i + 1) * p, a], [x + 110 * (i + 1) * q, b], [x + 110 * i * q, b]]
            )
            for i in range(-16, 16)
            if (i + j) % 2
        ]
    stage.sheet(tiles, "floor2", 0, bevel=30)
    for w, colour in ((1.0, "banner2"), (0.9, "carpet")):
        stage.sheet(
            np.array([[x - 92 * w, y], [x + 92 * w, y], [x + 360 * w, 1600], [x - 360 * w, 1600]]), colour, 6, 0.3
        )


def _seat(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """Draw a hearth with a fire, or a throne on its step; return their light."""
    hearth = scene.mentions("fire", "fireplace", "hearth") or (
        not scene.mentions("throne") and not stage.rng.integers(2)
    )
    return _hearth(stage, scene, x, y) if hearth else _throne(stage, x, y)


def _throne(stage: Stage, x: float, y: float) -> list[Light]:
    put = placed(x, y)
    stage.sheet([put(box(-190, -30, 380, 50)), put(box(-160, -66, 320, 50))], "arch", 14)
    back = smooth([[-92, -60], [-96, -330], [-60, -420], [0, -470], [60, -420], [96, -330], [92, -60]], closed=False)
    stage.sheet(put(back), "banner2", 18, shade=8)
    stage.sheet(put((back - [0, -250]) * [0.76, 0.82] + [0, -250]), "carpet", 5, shade=8)
    stage.sheet(put(star(0, -340, 36)), "banner2", 5)
    stage.sheet([put(rounded(-130, -214, 44, 160, 14)), put(rounded(86, -214, 44, 160, 14))], "banner2", 14)
    stage.sheet(put(rounded(-92, -166, 184, 52, 22)), "carpet2", 10, shade=6)
    stage.sheet(put(box(-92, -124, 184, 66)), "banner2", 6)
    stage.sheet(
        [put(oval(a, b, 17)) for a, b in ((-94, -400), (94, -400), (0, -480), (-108, -216), (108, -216))], "banner2", 8
    )
    return []


def _hearth(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    put = placed(x, y)
    stage.sheet(put([[-110, -1400], [110, -1400], [150, -360], [-150, -360]]), "arch2", 20, shade=8)
    stage.sheet(put(box(-190, -340, 380, 360)), "arch2", 16, shade=8)
    stage.sheet(put(arched(0, 10, 250, 260)), "arch3", 0)
    flames = ((-64, 120, -14), (-22, 180, 10), (26, 150, -8), (70, 110, 12))
    stage.glow(x, y - 90, 170, "flame", 0.6 if scene.light != "day" else 0.35)
    stage.sheet([put(blade(a, -34, h, lean, 34)) for a, h, lean in flames], "flame", 5, 0.25)
    stage.sheet([put(blade(a, -30, h * 0.55, lean, 20)) for a, h, lean in flames], "lit", 2, 0.2)
    stage.sheet([put(rounded(-96, -40, 190, 30, 15)), put(rounded(-70, -16, 150, 28, 14))], "wood", 8)
    stage.sheet([put(rounded(-224, -372, 448, 44, 10)), put(box(-210, 4, 420, 26))], "stone", 14)
    return [(x, y - 90, 420, 0.5 if scene.light != "day" else 0.2, WARM)]


def _wheel(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """Draw a wheel of candles on its chain; return its light."""
    stage.sheet(
        [
            box(x - 4, -90, 8, y - 10),
            *(np.array([[x, y - 130], [x + s * 150, y], [x + s * 156, y], [x, y - 122]]) for s in (-1, 1)),
        ],
        "iron",
        10,
    )
    stage.sheet([box(x + a - 9, y - 52, 18, 52) for a in (-140, -70, 0, 70, 140)], "frame", 6)
    stage.sheet(rounded(x - 170, y - 8, 340, 26, 12), "wood", 14)
    stage.sheet([blade(x + a, y - 82, 26, 0, 8) for a in (-140, -70, 0, 70, 140)], "lit", 3)
    if scene.light == "day":
        return []
    stage.glow(x, y - 60, 230, "lit", 0.5)
    return [(x, y, 560, 0.4, WARM)]


def _step(stage: Stage, scene: Scene, x: float) -> None:
    """Draw the step before the feet with the carpet over it, and tall candles in the corners."""
    rng = stage.rng
    stage.sheet(hill(rng, 1420, 3, 4), "arch2", 24, shade=8)
    for w, colour in ((300, "banner2"), (270, "carpet2")):
        stage.sheet(box(x - w, 1418, 2 * w, 200, 14), colour, 5, 0.3)
    stage.sheet(hill(rng, 1500, 3, 4), "arch3", 22, shade=6)
    for w, colour in ((330, "banner2"), (298, "carpet2")):
        stage.sheet(box(x - w, 1498, 2 * w, 90, 10), colour, 5, 0.3)
    for a, h in ((84, 300), (1452, 340)):
        foot = [box(a - 10, 1560 - h, 20, h), rounded(a - 50, 1546 - h, 100, 20, 9), oval(a, 1560 - h * 0.5, 22)]
        stage.sheet(foot, "banner2", 18)
        stage.sheet(box(a - 20, 1450 - h, 40, 100), "frame", 10)
        if scene.light != "day":
            stage.glow(a, 1424 - h, 100, "lit", 0.6)
            stage.sheet(blade(a, 1420 - h, 50, 0, 13), "flame", 3)
