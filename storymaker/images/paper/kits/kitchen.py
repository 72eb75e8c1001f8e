"""The kitchen: stove, window, dresser or back door over a tiled floor, seen from where a toy would stand.

Things are drawn about their own foot or sill at (x, y). The stove's fire is the lamp of the night.
"""

from typing import Literal, get_args

import numpy as np

from storymaker.images.paper.kits._furniture import (
    at,
    basket,
    dresser,
    mirrored,
    mixing,
    pot,
    pumpkin,
    shelf,
    stove,
    table,
)
from storymaker.images.paper.players import Players, Spot
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    blade,
    box,
    line,
    oval,
    page,
    puff,
    smooth,
    star,
)  # fmt: skip
from storymaker.images.paper.stage import Light, Stage

FLOOR = 1110.0
RAIL = 985.0
STOVE = 1280.0
Layout = Literal["table", "door", "dresser", "hall"]


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the kitchen."""
    layout, clock = _layout(stage, scene), scene.mentions("clock")
    right = 1180 if clock else 1110 if players.left_over() else 1240
    hero = players.settle(stage, 300 if clock else 250, right, stage.rng.uniform(1322, 1342))
    _wall(stage)
    _floor(stage)
    accent, second = (str(c) for c in stage.rng.permutation(["red", "blue", "green"])[:2])
    on_table = _furniture(stage, scene, layout, clock, accent)
    if scene.light != "night":
        _sunpatch(stage)
    round_ = bool(stage.rng.integers(2))
    _rug(stage, round_, hero.bottom, accent, second)
    players.props(stage, "wall", [(1010, 300), (560, 290), (768, 200)])
    players.props(stage, "sky", [(1010, 560), (470, 470), (700, 420, 0.8), (1180, 420, 0.8)])
    first: list[Spot] = [(165, 1216)] if clock else on_table
    players.props(stage, "ground", [*first, (1300, 1294), (1215, 1290), (120, 1290), (1060, 1200, 0.9)])
    players.draw(stage, contact=0.45)
    air = {"hall": (890.0, 640.0), "door": (215.0, 540.0)}.get(layout, (1060.0, 640.0))
    players.props(stage, "low", [air, (640, 520), (1020, 600), (1090, 1450), (470, 1456), (768, 1462)])
    _hem(stage, round_, hero.bottom, accent)
    players.props(stage, "ground", [(1400, 1490), (150, 1490)])
    _corners(stage, players)
    _beam(stage, players, 560 if layout == "hall" else 1170)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.5 if scene.night else 0.2, None)
    stage.relight([*_lights(scene), pool, *players.lights])


def _layout(stage: Stage, scene: Scene) -> Layout:
    """Choose the furniture: what the words name, else by the seed."""
    choice: Layout = get_args(Layout)[int(stage.rng.integers(4))]
    if scene.mentions("clock"):
        return "hall"
    if scene.mentions("table", "cake") and choice not in ("table", "hall"):
        return "table"
    if scene.mentions("door") and choice not in ("door", "hall"):
        return "door"
    return choice


def _furniture(stage: Stage, scene: Scene, layout: Layout, clock: bool, accent: str) -> list[Spot]:
    """Draw what stands along the wall; return the places for a prop on the table, if there is one."""
    x = STOVE + stage.rng.uniform(-25, 20)
    if layout == "table":
        _window(stage, scene, 340, 690, accent)
        shelf(stage, 800, 430)
    elif layout == "door":
        _door(stage, scene, 215, FLOOR + 4, accent)
        _window(stage, scene, 765, 560, accent)
    elif layout == "dresser":
        dresser(stage, 235, FLOOR + 24)
        _window(stage, scene, 800, 560, accent)
    else:
        _door(stage, scene, 860, FLOOR + 4, accent)
        if not clock:
            shelf(stage, 330, 440)
    stove(stage, x, FLOOR + 34)
    laid = layout == "table" or (layout == "hall" and not clock)
    if laid:
        table(stage, 130, FLOOR + 80, accent)
    if scene.light != "day":
        stage.glow(x - 84, FLOOR - 220, 190, "fire", 0.6 if scene.night else 0.35)
    return [(290, FLOOR - 250, 0.9)] if laid else []


def _lights(scene: Scene) -> list[Light]:
    """Return the pools of light: the fire and the moon by night, the window by day."""
    if scene.night:
        return [(STOVE - 84, FLOOR - 210, 620, 0.8, None), (600, 300, 460, 0.25, (0.8, 0.85, 1.0))]
    if scene.light == "dusk":
        return [(440, 420, 700, 0.9, None), (STOVE - 84, FLOOR - 210, 460, 0.8, None)]
    return [(440, 420, 760, 1.0, None)]


def _corners(stage: Stage, players: Players) -> None:
    """Draw two different things in the near corners that no prop has taken."""
    things = (basket, mixing, pumpkin)
    first, second = stage.rng.permutation(3)[:2]
    taken = [b.x for b in players.placed.values() if b.bottom > 1380]
    for thing, x in ((first, 100), (second, 1436)):
        if all(abs(x - t) > 330 for t in taken):
            things[thing](stage, x, 1520)


def _wall(stage: Stage) -> None:
    """Draw the papered wall, its panelling and skirting."""
    stage.sheet(page(), "wall", 0, shade=18)
    pattern, shift = int(stage.rng.integers(3)), int(stage.rng.integers(60))
    if pattern == 0:
        paper = [box(x + shift, -90, 56, 1080) for x in range(-150, PAGE + 90, 150)]
    else:
        spots = [
            (x + shift + j % 2 * 62, y) for j, y in enumerate(range(-40, 970, 100)) for x in range(-180, PAGE, 124)
        ]
        paper = [oval(x, y, 13) if pattern == 1 else star(x, y, 18, 4, 0.4) for x, y in spots]
    stage.sheet(paper, "wall2", 0, bevel=0)
    stage.sheet(box(-90, RAIL, PAGE + 180, FLOOR - RAIL), "wains", 12, 0.3, shade=10)
    stage.sheet([box(x, RAIL + 26, 92, FLOOR - RAIL - 54) for x in range(-80, PAGE + 90, 116)], "wains2", 5, 0.3)
    stage.sheet([box(-90, y, PAGE + 180, 28) for y in (RAIL - 12, FLOOR - 24)], "rail", 9)


def _floor(stage: Stage) -> None:
    """Draw tiles or boards that run to a vanishing point behind the hero."""
    eye = FLOOR - 560

    def across(u: float, y: float) -> list[float]:
        return [768 + u * (y - eye) / 560, y]

    def patch(u: float, w: float, top: float, bottom: float) -> Polygon:
        return np.array([across(u, top), across(u + w, top), across(u + w, bottom), across(u, bottom)], np.float32)

    stage.sheet(box(-90, FLOOR, PAGE + 180, 520), "floor", 10, 0.3, shade=16)
    rows = FLOOR + 520 * np.linspace(0, 1, 6) ** 1.5
    if stage.rng.integers(2):
        tiles = [(u + i % 2 * 140, i) for i in range(5) for u in range(-980, 900, 280)]
        stage.sheet([patch(u, 140, rows[i], rows[i + 1]) for u, i in tiles], "floor2", 0, bevel=26)
        return
    gaps = [patch(u, 7, FLOOR, rows[-1]) for u in range(-896, 900, 112)]
    gaps += [patch(u, 112, rows[1 + i % 3], rows[1 + i % 3] + 5) for i, u in enumerate(range(-896, 800, 112))]
    stage.sheet(gaps, "floor2", 0, bevel=20)


def _window(stage: Stage, scene: Scene, x: float, y: float, accent: str) -> None:
    """A window with hills outside and striped curtains; its sill is at (x, y)."""
    glass = at(box(-220, -430, 440, 430), x, y)
    stage.sheet(glass, "sky", 0, shade=24)
    _outside(stage, scene, x, y, glass)
    panes = [box(a, b, 202, 198) for a in (-214, 12) for b in (-424, -206)]
    stage.sheet([[at(box(-252, -462, 504, 494), x, y), *(at(q, x, y) for q in panes)]], "frame", 20)
    stage.sheet(at(box(-270, 0, 540, 30), x, y), "wood2", 14)
    for s in (-1, 1):
        drape = [[10, -490], [262, -490], [276, -250], [250, -40], [218, -44], [190, -200], [120, -330]]
        cloth = at(smooth([[s * a, b] for a, b in drape]), x, y)
        stage.sheet(cloth, accent, 18, shade=12)
        stage.sheet(
            [at(box(s * u - 8, -500, 15, 490), x, y) for u in (52, 100, 148, 196, 240)], "curtain2", 0, clip=cloth
        )
    stage.sheet([oval(x + a, y - 474, 33, 24) for a in np.linspace(-250, 250, 10)], "curtain2", 11)
    stage.sheet(at(box(-290, -502, 580, 20), x, y), "wood", 10)
    if y > 600:
        for a, colour in ((-150, "red"), (-10, "yellow"), (130, "blue")):
            pot(stage, x + a, y, colour)


def _outside(stage: Stage, scene: Scene, x: float, y: float, glass: Polygon) -> None:
    """What the glass shows: moon or sun, hills, rain."""
    if scene.night:
        sky = ((-170, -380, 13), (-60, -300, 9), (-120, -200, 8), (40, -385, 8), (180, -210, 9), (-20, -190, 7))
        stage.sheet([star(x + a, y + b, c) for a, b, c in sky], "moon", 4, clip=glass)
        stage.sheet(oval(x + 90, y - 290, 66), "moon", 10, clip=glass)
        stage.glow(x + 90, y - 290, 110, "moon", 0.4)
    else:
        stage.sheet(oval(x - 80, y - 320, 58), "moon", 6, 0.2, clip=glass)
        stage.sheet(puff(stage.rng, x + 95, y - 260, 80, 40, 7), "frame", 8, 0.25, clip=glass)
    for top, colour in ((130, "hill"), (64, "hill2")):
        r = stage.rng.uniform(-26, 26, 5)
        ridge = smooth(np.c_[np.linspace(-240, 240, 5), r - top], closed=False)
        stage.sheet(at(np.vstack([ridge, [[240, 20], [-240, 20]]]), x, y), colour, 9, 0.35, clip=glass)
    if scene.weather in ("rain", "storm"):
        falls = zip(stage.rng.uniform(-220, 230, 26), stage.rng.uniform(-430, -50, 26), strict=True)
        stage.sheet([at(line([[a, b], [a - 14, b + 52]], 5), x, y) for a, b in falls], "frame", 0, bevel=0, clip=glass)


def _door(stage: Stage, scene: Scene, x: float, y: float, accent: str) -> None:
    """The back door, ajar on the garden path."""
    way = at(box(-165, -760, 330, 760), x, y)
    stage.sheet(way, "sky", 0, shade=22)
    if scene.night:
        sky = ((20, -650, 13), (90, -540, 9), (10, -500, 8), (130, -690, 8), (60, -420, 10))
        stage.sheet([star(x + a, y + b, c) for a, b, c in sky], "moon", 4, clip=way)
    else:
        stage.sheet(puff(stage.rng, x + 60, y - 560, 70, 36, 7), "frame", 8, 0.25, clip=way)
    for top, colour in ((320, "hill"), (190, "hill2")):
        stage.sheet(
            at(smooth([[-190, 30], [-190, -top], [30, -top - 40], [190, -top], [190, 30]]), x, y), colour, 8, clip=way
        )
    stage.sheet([[at(box(-201, -796, 402, 796), x, y), way]], "frame", 18)
    leaf = [[-165, -760], [-20, -722], [-20, 26], [-165, 0]]
    pane = [[-140, -690], [-46, -664], [-46, -440], [-140, -450]]
    stage.sheet([[at(leaf, x, y), at(pane, x, y)]], accent, 24, shade=10)
    stage.sheet([at(line([[-140, -570], [-46, -552]], 10), x, y), at(box(-98, -690, 10, 246), x, y)], accent, 6)
    stage.sheet(at([[-140, -400], [-46, -388], [-46, -60], [-140, -80]], x, y), accent, 6)
    stage.sheet(oval(x - 40, y - 400, 13), "brass", 7)


def _sunpatch(stage: Stage) -> None:
    """Morning light on the floor, in the shape of the window."""
    patches = [np.array([[a, FLOOR + 30], [a + 150, FLOOR + 30], [a + 420, 1800], [a + 200, 1800]]) for a in (380, 575)]
    stage.sheet(patches, "floor3", 0, bevel=0)


def _rug(stage: Stage, round_: bool, foot: float, accent: str, second: str) -> None:
    """Draw a round rag rug, or a striped one."""
    if round_:
        for i, colour in enumerate((accent, "cream", second, "yellow", accent)):
            k = 1 - i * 0.17
            stage.sheet(oval(768, foot - 66, 790 * k, 122 * k), colour, 3 if i else 10, 0.35, bevel=34)
        return
    edge = [np.linspace(768 - w, 768 + w, 10) for w in (630, 760)]
    stripes = (accent, "cream", second, "cream", "yellow", "cream", second, "cream", accent)
    for i, colour in enumerate(stripes):
        (a, b), (d, c) = edge[0][i : i + 2], edge[1][i : i + 2]
        stage.sheet(np.array([[a, foot - 130], [b, foot - 130], [c, foot + 14], [d, foot + 14]]), colour, 3, 0.35)


def _hem(stage: Stage, round_: bool, foot: float, accent: str) -> None:
    """Draw the rug's near rim, which curls up before the feet."""
    if round_:
        t = np.linspace(0.1, np.pi - 0.1, 60)
        c, s = np.cos(t), np.sin(t)
        lip = np.vstack([np.c_[768 + 800 * c, foot - 66 + 128 * s], np.c_[768 + 760 * c, foot - 72 + 70 * s][::-1]])
        stage.sheet(lip, accent, 16, 0.4, shade=14)
        twist = [
            oval(768 + 782 * np.cos(a), foot - 68 + 99 * np.sin(a), 30, 7, -0.6) for a in np.linspace(0.2, 2.94, 40)
        ]
        stage.sheet(twist, "cream", 3, 0.3, clip=lip)
        return
    x = np.linspace(-10, 1546, 40)
    top = foot - 12 + 6 * np.sin(x / 120)
    stage.sheet([blade(a, foot + 36, -54, 6, 7) for a in range(10, 1540, 34)], "cream", 8)
    stage.sheet(np.vstack([np.c_[x, top], np.c_[x, top + 44][::-1]]), accent, 16, shade=12)
    stage.sheet(np.vstack([np.c_[x, top + 16], np.c_[x, top + 24][::-1]]), "cream", 0)


def _beam(stage: Stage, players: Players, x: float) -> None:
    """Draw a ceiling beam with a pan and, unless a prop hangs there, a string of garlic at x."""
    stage.sheet(box(-90, -90, PAGE + 180, 140), "beam", 24, shade=6)
    a, y = 110 + stage.rng.uniform(-30, 10), 50.0
    stage.sheet([at(box(-5, -10, 10, 120), a, y), oval(a, y + 165, 62)], "brass", 16)
    stage.sheet([[oval(a, y + 165, r) for r in (52, 45)]], "wood", 0)
    if any(abs(b.x - x) < b.width / 2 + 60 and b.top < 260 for b in players.placed.values()):
        return
    stage.sheet(at(box(-3, -10, 6, 60), x, y), "cream", 4)
    clove = smooth(mirrored([[0, -38], [26, -4], [22, 24], [0, 32]]))
    for a, b in ((-24, 60), (22, 72), (-20, 116), (24, 130), (0, 170)):
        stage.sheet(at(clove, x + a, y + b), "cream", 8)
