"""A town: a street of small paper houses with lamps and smoke, one landmark; or the same street from the upper deck of a bus."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from storymaker.images.paper import weather
from storymaker.images.paper.kits import _sights as sights
from storymaker.images.paper.kits._buildings import FESTIVE, WARM, Put, garland, lamp, paving, placed, sky, white
from storymaker.images.paper.kits._furniture import rounded
from storymaker.images.paper.kits._houses import House, house
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import PAGE, Polygon, box, hill, oval, puff, smooth, star
from storymaker.images.paper.stage import Light, Stage

UPPER = ("open-top", "open top", "upper deck", "top deck", "on top of the bus", "top of a bus", "top of the bus")
FLAGS = ("red", "frame", "yellow", "door")
WALLS, ROOFS, DOORS = ("w1", "w2", "w3", "w4", "w5"), ("r1", "r2", "r3"), ("door", "door2", "r2")
GABLES = ("point", "step", "bell", "hip")

Sight = Callable[[Stage, Scene, float, float], list[Light]]
SIGHTS: dict[str, tuple[Sight, tuple[str, ...]]] = {
    "school": (sights.school, ("school gate", "school", "schoolyard", "gate")),
    "station": (sights.station, ("station", "train", "platform", "clock")),
    "market": (sights.market, ("market", "stall")),
    "bus stop": (sights.bus_stop, ("bus stop",)),
    "bridge": (sights.bridge, ("bridge", "canal")),
    "corner": (sights.corner, ("shop", "corner")),
}


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the town, from the street or from the upper deck of a bus."""
    if scene.mentions(*UPPER):
        _ride(stage, scene, players)
    else:
        _street(stage, scene, players)


def _street(stage: Stage, scene: Scene, players: Players) -> None:
    rng = stage.rng
    hero = players.settle(stage, 250, 1060, rng.uniform(1325, 1345))
    x, y = float(np.clip(hero.x + rng.uniform(20, 200), 440, 860)), float(rng.uniform(310, 390))
    sky(stage, scene, x, y)
    players.keep_clear(x, y, 110)
    players.props(stage, "sky", [(930, 430), (640, 330), (760, 400, 0.85), (1000, 560, 0.8)])
    _far(stage, scene, x)
    players.props(stage, "far", [(860, 1000, 0.7), (540, 1000, 0.7), (980, 1000, 0.6)])
    _row(stage, scene, hero.x, 1050)
    weather.fog(stage, scene, 960)
    stage.sheet(hill(rng, players.clear_of_neck(1092, 50), 4, 4), white(scene, "pave"), 12, 0.3, shade=8)
    lights = _near(stage, scene)
    _road(stage, scene)
    weather.fog(stage, scene, 1130)
    lights += _lamps(stage, scene, players)
    _garlands(stage, scene)
    _pigeons(stage)
    players.props(stage, "ground", [(1290, 1320), (1190, 1316), (130, 1316), (1100, 1250, 0.9), (300, 1240, 0.85)])
    players.draw(stage)
    players.props(stage, "low", [(1250, 900), (1120, 760), (200, 860), (1170, 1405), (330, 1410), (768, 1416)])
    players.props(stage, "ground", [(1150, 1432, 0.9), (380, 1432, 0.9)])
    _kerb(stage, scene)
    weather.front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.62 if scene.night else 0.25, None)
    stage.relight([(x, y, 760, 0.8, None), pool, *lights, *players.lights])


def _far(stage: Stage, scene: Scene, x: float) -> None:
    """Draw a hill beyond the roofs with a church on it, and far roofs before it."""
    rng = stage.rng
    lit = "lit" if scene.light != "day" else "far"
    stage.sheet(hill(rng, 800, 40, 4, float(rng.uniform(-120, 120))), "hill", 14, 0.24, shade=10)
    if scene.mentions("church") or rng.integers(3):
        sights.church(stage, x + float(rng.choice([-250, 220])), 850, "far", lit)
    roofs: list[Polygon] = []
    for a in np.arange(-40, 1600, 92) + rng.uniform(-18, 18, 18):
        w, h = rng.uniform(48, 66), rng.uniform(90, 170)
        roofs += [box(a - w, 960 - h, 2 * w, 300), np.array([[a - w - 8, 962 - h], [a, 900 - h], [a + w + 8, 962 - h]])]
        roofs.append(box(a + w * 0.3, 890 - h, 16, 60))
    stage.sheet(roofs, "far", 12, 0.26)


def _row(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw a row of pale houses across the street, low behind the hero's head."""
    rng = stage.rng
    kinds = [str(k) for k in rng.permutation(["point", "hip", "step", "bell", "point", "step", "hip", "bell"])]
    for i, a in enumerate(np.linspace(330, 1120, 6) + rng.uniform(-14, 14, 6)):
        dip = 1 - 0.42 * np.exp(-(((a - x - 20) / 260) ** 2))
        h = 460 * dip * rng.uniform(0.88, 1.1)
        wall = ("mid", "mid2", "mid3")[i % 3]
        of = House(250, h, wall, "midroof", kinds[i], "midroof", frame="midframe", pane="midpane")
        house(stage, scene, placed(a, y, 0.6), of)


def _near(stage: Stage, scene: Scene) -> list[Light]:
    """Draw the near houses on one side and a sight on the other; return their light."""
    rng = stage.rng
    called = next((n for n, (_, words) in SIGHTS.items() if scene.mentions(*words)), None)
    name = called or str(rng.choice(list(SIGHTS)))
    sight = SIGHTS[name][0]
    houses = _houses(stage, 3)
    if name == "bridge":  # its canal runs behind the near houses
        lights = sight(stage, scene, 1090, 1092)
    else:
        house(stage, scene, placed(1480, 1110), replace(houses[2], w=290, h=houses[2].h + 130))
        lights = sight(stage, scene, 1220, 1126)
    lit: list[tuple[float, float]] = []
    for i, (x, h, w) in enumerate(((300, -30, 220), (70, 110, 290))):
        of = replace(houses[i], w=w, h=houses[i].h + h, shop=i == 1 and name != "corner")
        lit += house(stage, scene, placed(x, 1120 + 22 * i, 1, float(rng.uniform(-0.8, 0.8))), of)
    for a, b in lit[:3]:
        stage.glow(a, b, 76, "lit", 0.5 if scene.night else 0.3)
    if scene.mentions("bus", "double-decker") and not scene.mentions("bus stop"):
        lights += sights.bus(stage, scene, 1130, 1215, 0.86)
    return [*lights, (90, 900, 260, 0.25, WARM)] if scene.night else lights


def _houses(stage: Stage, n: int) -> list[House]:
    """Return n houses, each of its own paper and gable."""
    rng = stage.rng
    walls, roofs, kinds = ([str(v) for v in rng.permutation(of)] for of in (WALLS, ROOFS, GABLES))
    heights = 430 + rng.uniform(-40, 40, n)
    return [House(230, float(heights[i]), walls[i], roofs[i % 3], kinds[i], DOORS[i % 3]) for i in range(n)]


def _road(stage: Stage, scene: Scene) -> None:
    """Draw the kerb and the cobbled road, with puddles in rain."""
    rng = stage.rng
    top = 1186.0
    stage.sheet(hill(rng, top - 16, 2, 3), "kerb", 10, 0.3)
    stage.sheet(hill(rng, top, 2, 3), white(scene, "road"), 3, 0.3, shade=14)
    if scene.weather == "snow":
        tracks = [box(-90, b, PAGE + 180, h) for b, h in ((1214, 8), (1252, 12))]
        stage.sheet(tracks, "glass", 0, bevel=40)
        return
    paving(stage, top + 12, 1430, "cobble")
    if scene.weather in ("rain", "storm"):
        spots = [(rng.uniform(40, 1500), rng.uniform(1230, 1390), rng.uniform(50, 120)) for _ in range(6)]
        stage.sheet([oval(a, b, r, r * 0.2) for a, b, r in spots], "glass", 0, bevel=60)


def _lamps(stage: Stage, scene: Scene, players: Players) -> list[Light]:
    """Draw a street lamp at either side of hero and friend, none behind a head; return their light."""
    group, by = players.group, stage.rng.uniform(70, 110, 2)
    left, right = max(190.0, group.left - by[0]), min(1450.0, group.right + by[1])
    return [*lamp(stage, scene, left, 1190, 0.9), *lamp(stage, scene, right, 1190, 0.9)]


def _garlands(stage: Stage, scene: Scene) -> None:
    """Hang flags over the street when the words name a feast."""
    if scene.mentions(*FESTIVE):
        garland(stage, (150, 470), (1290, 520), 70, FLAGS)


def _pigeons(stage: Stage) -> None:
    """Draw a few pigeons on the cobbles, away from the feet."""
    rng = stage.rng
    for x, y in ((1130, 1272), (1236, 1262), (1180, 1300))[: int(rng.integers(1, 4))]:
        put: Put = placed(x + rng.uniform(-20, 20), y, 0.74)
        s = float(rng.choice([-1, 1]))
        tail = [[-s * 16, -34], [-s * 66, -16], [-s * 62, -4], [-s * 16, -10]]
        stage.sheet([put(box(a, -12, 4, 16)) for a in (-6, 6)], "red", 3)
        stage.sheet([put(tail), put(oval(0, -26, 36, 20)), put(oval(s * 26, -40, 17, 22, s * 0.5))], "kerb", 7)
        stage.sheet(put(oval(-s * 8, -30, 27, 12, s * 0.2)), "bird", 3)
        stage.sheet([put(oval(s * 36, -58, 14)), put(oval(s * 30, -48, 13))], "bird", 3)
        stage.sheet(put([[s * 48, -62], [s * 62, -55], [s * 48, -52]]), "yellow", 2)


def _kerb(stage: Stage, scene: Scene) -> None:
    """Draw the near pavement before the feet, tubs of flowers in the corners, and an edging of dark hoops."""
    rng = stage.rng
    stage.sheet(hill(rng, 1414, 4, 5), "kerb", 24, shade=6)
    stage.sheet(hill(rng, 1432, 4, 5), white(scene, "pave"), 3, shade=8)
    for x in (90 + rng.uniform(-30, 30), 1446 + rng.uniform(-30, 30)):
        _tub(stage, x, 1446)
    hoops = [[oval(x, 1530, 44, 64), oval(x, 1530, 34, 54)] for x in range(20, 1560, 62)]
    stage.sheet(hoops, "dark", 14)
    stage.sheet(hill(rng, 1516, 4, 6), "dark", 22, shade=6)


def _tub(stage: Stage, x: float, y: float) -> None:
    """Draw a dark tub of red flowers."""
    rng = stage.rng
    stage.sheet(
        [p for a, b in ((-80, 6), (0, -26), (80, 6)) for p in puff(rng, x + a, y - 54 + b, 78, 70, 8)], "leaf2", 18
    )
    blooms = rng.uniform((x - 124, y - 126), (x + 124, y - 24), (10, 2))
    stage.sheet([p for a, b in blooms for p in puff(rng, a, b, 22, 20, 5)], "flower", 7)
    stage.sheet([oval(a, b, 6) for a, b in blooms], "yellow", 2)
    stage.sheet(box(x - 136, y - 12, 272, 26), "dark", 16)
    stage.sheet(box(x + 122, y + 10, -244, 150, 14), "dark", 8, shade=8)


def _ride(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the upper deck of a bus: the street behind, the rail before."""
    rng = stage.rng
    hero = players.settle(stage, 300, 1230, rng.uniform(1262, 1280))
    x, y = float(np.clip(hero.x + rng.uniform(20, 200), 480, 980)), float(rng.uniform(300, 380))
    rim = hero.bottom - 0.19 * hero.height
    if players.friend is not None:
        f = players.friend
        rim = max(rim, f.bottom - 0.3 * f.height)
    sky(stage, scene, x, y)
    players.keep_clear(x, y, 110)
    players.props(stage, "sky", [(430, 430), (1130, 430), (700, 330), (980, 330, 0.85)])
    _far(stage, scene, x)
    players.props(stage, "far", [(1010, 1000, 0.7), (470, 1000, 0.7)])
    _row(stage, scene, hero.x, 1120)
    weather.fog(stage, scene, 1000)
    lights = _passing(stage, scene)
    _garlands(stage, scene)
    weather.fog(stage, scene, rim - 60)
    _seats(stage, rim)
    deck = [(float(players.group.right + 110), rim + 22), (float(players.group.left - 110), rim + 22)]
    players.props(stage, "ground", deck, only=True)
    players.draw(stage, contact=0)
    players.props(stage, "low", ())
    lights += _bus_side(stage, scene, rim)
    weather.front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.66 if scene.night else 0.25, None)
    stage.relight([(x, y, 760, 0.8, None), pool, *lights, *players.lights])


def _passing(stage: Stage, scene: Scene) -> list[Light]:
    """Draw the houses the bus goes by, large at both sides, with trees and the heads of the lamps before them."""
    rng = stage.rng
    sides = ((300, 0, 230), (1240, 10, 240), (60, 170, 300), (1490, 190, 310))
    for of, (x, h, w) in zip(_houses(stage, 4), sides, strict=True):
        for a, b in house(stage, scene, placed(x, 1220), replace(of, w=w, h=of.h + h))[:2]:
            stage.glow(a, b, 76, "lit", 0.5 if scene.night else 0.3)
    at = np.array([150, 420, 1150, 1390]) + rng.uniform(-30, 30, 4)
    crowns = [p for a in at for p in puff(rng, a, 1120, 110, rng.uniform(90, 130), 9)]
    stage.sheet(crowns, white(scene, "leaf2"), 16, shade=8)
    return [*lamp(stage, scene, 196, 1260, 1.0), *lamp(stage, scene, 1340, 1260, 1.0)]


def _seats(stage: Stage, rim: float) -> None:
    """Draw the far side of the deck with its rail, and the backs of the seats."""
    stage.sheet(box(40, rim - 34, 1420, 200), "red2", 16)
    posts = [box(x, rim - 100, 10, 110) for x in range(80, 1460, 170)]
    stage.sheet([*posts, box(40, rim - 108, 1420, 14)], "frame", 8)
    backs = [box(x, rim - 74, 92, 180) for x in (96, 330, 1130, 1340)]
    stage.sheet([*backs, *(oval(b[0, 0] + 46, rim - 74, 46, 24) for b in backs)], "door", 12, shade=8)


def _bus_side(stage: Stage, scene: Scene, rim: float) -> list[Light]:
    """Draw the near side of the bus before hero and friend: rail, panel, band and the windows of the lower deck."""
    rng = stage.rng
    edge: list[list[float]] = [
        [1390, rim],
        [1430, rim - 22],
        [1446, rim - 84],
        [1474, rim - 104],
        [1498, rim - 70],
        [1500, 1640],
    ]
    front = smooth(edge, closed=False)
    rear = np.array([1536, 0]) - front[::-1] * [1, -1]
    stage.sheet(np.vstack([rear, front]), "red", 30, shade=16)
    stage.sheet(rounded(140, rim + 2, 1240, 18, 9), "frame", 12)
    stage.sheet([[rounded(96, rim + 40, 1344, 84, 20), rounded(102, rim + 46, 1332, 72, 16)]], "yellow", 0)
    stage.sheet([star(x, rim + 82, 26) for x in (456, 768, 1080)], "yellow", 5)
    stage.sheet(box(40, rim + 146, 1460, 34), "frame", 5)
    panes = [rounded(x, rim + 214, 208, 400, 26) for x in range(84, 1300, 238)]
    stage.sheet([rounded(x - 12, rim + 202, 232, 420, 34) for x in range(84, 1300, 238)], "red2", 3)
    stage.sheet(panes, "lit" if scene.light != "day" else "glass", 0, bevel=0)
    seats = [rounded(x + 50, rim + 300, 108, 300, 40) for x in range(84, 1300, 238)]
    stage.sheet(seats, "door", 8, 0.3)
    stage.sheet(oval(1452, rim + 290, 30), "yellow", 8)
    for x in (30 + rng.uniform(-30, 30), 1500 + rng.uniform(-30, 30)):
        _tub(stage, x, 1490)
    stage.sheet(hill(rng, 1516, 4, 6), "dark", 26, shade=6)
    return [(700, 1440, 420, 0.25, WARM)] if scene.night else []
