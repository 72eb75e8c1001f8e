"""A castle: its courtyard with towers, banners and a gate, or its hall with arches, a long window and a carpet."""

import numpy as np

from storymaker.images.paper import weather
from storymaker.images.paper.kits import _hall as hall
from storymaker.images.paper.kits._buildings import (
    FESTIVE,
    Put,
    arched,
    banner,
    garland,
    merlons,
    placed,
    sky,
    stones,
    torch,
    tower,
    white,
)
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import BLEED, PAGE, Polygon, blade, box, ground, hill, oval, peaks, puff, smooth
from storymaker.images.paper.stage import Light, Stage

INSIDE = (
    "hall",
    "inside",
    "indoors",
    "throne",
    "throne room",
    "ballroom",
    "banquet",
    "feast",
    "fireplace",
    "hearth",
    "carpet",
)
FLAGS = ("banner", "banner2", "frame", "banner3")


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the castle, from its courtyard or in its hall."""
    if scene.mentions(*INSIDE):
        hall.draw(stage, scene, players)
    else:
        _courtyard(stage, scene, players)


def _courtyard(stage: Stage, scene: Scene, players: Players) -> None:
    rng = stage.rng
    hero = players.settle(stage, 270, 1060, rng.uniform(1320, 1340))
    x, y = float(np.clip(hero.x + rng.uniform(0, 200), 470, 860)), float(rng.uniform(310, 390))
    sky(stage, scene, x, y)
    players.keep_clear(x, y, 110)
    players.props(stage, "sky", [(840, 430), (620, 330), (720, 400, 0.85), (950, 560, 0.8)])
    _far(stage, scene)
    players.props(stage, "far", [(900, 1000, 0.7), (560, 1000, 0.7)])
    top = players.clear_of_neck(rng.uniform(985, 1010), 60)
    weather.fog(stage, scene, top - 60)
    _curtain_wall(stage, scene, top)
    if scene.mentions(*FESTIVE):
        garland(stage, (190, 600), (1180, 640), 70, FLAGS)
    players.props(stage, "wall", [(640, 700), (880, 720), (520, 640)])
    lights = _towers(stage, scene)
    _yard(stage, scene, players)
    weather.fog(stage, scene, 1110)
    players.props(stage, "ground", [(1180, 1316), (1290, 1320), (120, 1316), (1060, 1250, 0.9), (330, 1236, 0.85)])
    players.draw(stage)
    players.props(stage, "low", [(1250, 900), (1120, 760), (200, 860), (1170, 1405), (330, 1410), (768, 1416)])
    players.props(stage, "ground", [(1150, 1432, 0.9), (380, 1432, 0.9)])
    _parapet(stage, scene)
    weather.front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.62 if scene.night else 0.25, None)
    stage.relight([(x, y, 760, 0.8, None), pool, *lights, *players.lights])


def _far(stage: Stage, scene: Scene) -> None:
    """Draw far peaks, hills, and slender towers in one pale colour before them."""
    rng = stage.rng
    stage.sheet(peaks(rng, 940, 250, 9), "hill", 14, 0.24, shade=10)
    shapes, panes = [], []
    for x, w, h in ((300, 70, 420), (470, 54, 250), (980, 60, 300), (1110, 78, 440)):
        a, high = x + rng.uniform(-24, 24), h * rng.uniform(0.85, 1.12)
        shapes += [box(a - w / 2, 1030 - high, w, high + 90), box(a - w * 0.62, 1030 - high, w * 1.24, 26)]
        shapes.append(np.array([[a - w * 0.7, 1034 - high], [a, 1030 - high - w * 2.1], [a + w * 0.7, 1034 - high]]))
        panes.append(arched(a, 1096 - high, 16, 38))
    stage.sheet(shapes, "far", 12, 0.28)
    stage.sheet(panes, "lit" if scene.light != "day" else "hill", 0, bevel=0)


def _curtain_wall(stage: Stage, scene: Scene, top: float) -> None:
    """Draw the far wall with its battlements and an arcade at its foot."""
    line = merlons(-BLEED, PAGE + BLEED, top, 40)
    if scene.weather == "snow":
        stage.sheet(ground(np.array(line) - [0, 9]), "snow", 14, 0.3)
    stage.sheet(ground(line), "stone3", 4 if scene.weather == "snow" else 14, 0.3, shade=10)
    stones(stage, placed(0, 0), 0, top + 34, PAGE, 1110, 26)


def _towers(stage: Stage, scene: Scene) -> list[Light]:
    """Draw a great tower at the left and the gatehouse at the right; return their light."""
    rng = stage.rng
    heights = rng.uniform(0.92, 1.08, 4)
    tower(stage, scene, placed(398, 1120), 150, 430 * heights[0], cone=True)
    tower(stage, scene, placed(1410, 1110), 220, 760 * heights[1], cone=True)
    grand = placed(120, 1170)
    tower(stage, scene, grand, 300, 760 * heights[2], cone=bool(rng.integers(2)))
    banner(stage, grand, 0, -560 * heights[2], 130, 330, "banner", int(rng.integers(3)))
    return _gatehouse(stage, scene, placed(1190, 1140), 400 * heights[3])


def _gatehouse(stage: Stage, scene: Scene, put: Put, h: float) -> list[Light]:
    """Draw the gate between two small towers, its portcullis drawn up, a torch at either side; return their light."""
    hole = arched(0, 70, 210, 300, 1.25)
    wall = np.array([*merlons(-130, 130, -h, 30), [130, 70], [-130, 70]])
    stage.sheet(put(wall), "stone3", 18, shade=8)
    stage.sheet(put((hole - [0, 70]) * [1.2, 1.08] + [0, 70]), "stone2", 6)
    stage.sheet(put(hole), "gate", 0, bevel=0)
    stage.sheet(put(hill(stage.rng, 0, 14, 9) * [0.4, 1] - [300, 24]), "leaf", 6, clip=put(hole))
    bars = [box(a, -300, 9, 168) for a in range(-96, 100, 32)] + [box(-120, b, 240, 9) for b in (-230, -180)]
    tips = [np.array([[a - 4, -134], [a + 13, -134], [a + 4.5, -112]]) for a in range(-96, 100, 32)]
    stage.sheet([put(p) for p in (*bars, *tips)], "iron", 8, clip=put(hole))
    x, y = put([[0, 0]])[0]
    for s in (-1, 1):
        tower(stage, scene, placed(float(x) + s * 182, float(y) + 18), 138, h + 30, cone=False)
        banner(stage, put, s * 182, -h + 90, 62, 170, "banner3", 0)
    banner(stage, put, 0, -h + 16, 70, 96, "banner", 0) if h > 430 else None
    spots = [(float(x) + s * 118, float(y) - 130) for s in (-1, 1)]
    return [light for a, b in spots for light in torch(stage, scene, a, b)]


def _yard(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the courtyard, a path from the gate to the feet, and round trees in tubs beside it."""
    rng = stage.rng
    stage.sheet(hill(rng, players.clear_of_neck(1160, 50), 10, 5), white(scene, "ground"), 14, 0.32, shade=14)
    d = rng.uniform(-60, 60)
    right: list[list[float]] = [[1290, 1168], [1300, 1210], [1230 + d, 1290], [1260, 1420], [1330, 1620]]
    left: list[list[float]] = [[280, 1620], [420, 1400], [760 + d, 1280], [1050 + d, 1224], [1094, 1168]]
    way = smooth([*right, *left])
    stage.sheet(way, white(scene, "path"), 7, 0.28, shade=8)
    if scene.weather != "snow":
        _stones(stage, way)
    for x, y in ((322 + rng.uniform(-30, 20), 1210), (1010, 1190)):
        _bush(stage, scene, x, y)


def _stones(stage: Stage, way: Polygon) -> None:
    """Draw flat stones on a path."""
    rng = stage.rng
    spots = [(rng.uniform(340, 1300), y) for y in range(1200, 1440, 17) for _ in range(2)]
    sizes = [(y - 1120) / 10 for _, y in spots]
    stones = [oval(x, y, r * 1.3, r * 0.34) for (x, y), r in zip(spots, sizes, strict=True)]
    stage.sheet(stones, "cobble", 0, bevel=34, clip=way)


def _bush(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw a clipped round tree in a tub."""
    stage.sheet(box(x - 7, y - 130, 14, 90), "wood", 8)
    stage.sheet(puff(stage.rng, x, y - 176, 72, 70, 11), white(scene, "leaf2"), 14, 0.4, shade=8)
    blooms = stage.rng.uniform((x - 44, y - 222), (x + 44, y - 136), (7, 2))
    stage.sheet([oval(a, b, 9) for a, b in blooms], "flower", 5)
    stage.sheet(box(x + 34, y - 56, -68, 60, 8), "wood", 12, shade=6)
    stage.sheet(box(x - 42, y - 62, 84, 14), "stone2", 6)


def _parapet(stage: Stage, scene: Scene) -> None:
    """Draw grass before the feet, roses in the corners, and a dark battlement along the edge of the page."""
    rng = stage.rng
    tufts = [blade(a, 1440, rng.uniform(36, 74), rng.uniform(-24, 24), 10) for a in np.linspace(30, 1510, 40)]
    stage.sheet([*tufts, hill(rng, 1420, 8, 6)], white(scene, "leaf"), 24, shade=8)
    for x in (80 + rng.uniform(-30, 20), 1456 + rng.uniform(-20, 30)):
        stage.sheet([p for a in (-90, 0, 90) for p in puff(rng, x + a, 1420 - 50 * (a == 0), 92, 84, 9)], "leaf2", 20)
        blooms = [(x + rng.uniform(-130, 130), 1400 + rng.uniform(-90, 30)) for _ in range(8)]
        stage.sheet([p for a, b in blooms for p in puff(rng, a, b, 26, 24, 6)], "flower", 8)
        stage.sheet([oval(a, b, 8) for a, b in blooms], "banner2", 3)
    edge = merlons(-BLEED, PAGE + BLEED, 1506, 62)
    if scene.weather == "snow":
        stage.sheet(ground(np.array(edge) - [0, 10]), "snow", 20)
    stage.sheet(ground(edge), "dark", 26, shade=6)
