"""A bedroom: a bed with its headboard under a window, a lamp on a table, the quilt before the feet."""

import numpy as np

from storymaker.images.paper.layout import Box
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    box,
    cloud,
    drop,
    hill,
    line,
    oval,
    page,
    smooth,
    star,
)  # fmt: skip
from storymaker.images.paper.stage import Light, Stage

PATCHES = ("quilt", "quilt2", "sheet", "quilt3")

LAMP_OFF = ("lamp off", "lamp now off", "lamp is off", "lamp out", "lights out")


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the bedroom."""
    rng = stage.rng
    hero = players.settle(stage, 230, 1160, rng.uniform(1300, 1315))
    _wall(stage)
    x = float(np.clip(hero.x + rng.choice([-1, 1]) * rng.uniform(150, 260), 400, 760))
    x = 410.0 if hero.height > 640 else x
    pane = Box(x - 260, rng.uniform(110, 150), x + 260, rng.uniform(690, 750))
    light = _window(stage, scene, pane)
    players.props(stage, "ground", [(1120, 1170, 0.85)], low=0.26)
    players.props(stage, "wall", [(1180, 300), (1150, 420), (1010, 330)])
    _wall_things(stage, scene, players, pane)
    _bed(stage, players)
    _table(stage, scene)
    players.props(stage, "low", ())
    players.props(stage, "ground", [(1060, 1306), (1010, 1304), (190, 1304), (1440, 1098, 0.8)], high=0.25)
    if scene.mentions("shape under", "bump", "sleeping child", "somebody under"):
        _sleeper(stage, players)
    players.draw(stage, contact=0.35)
    _quilt(stage)
    players.props(stage, "front", [(1130, 1400), (420, 1404), (800, 1410), (990, 1404), (250, 1400)])
    on_hero: Light = (hero.x, hero.top + hero.height * 0.45, 480, 0.20, (1.0, 0.85, 0.7))
    lit = scene.night and not scene.mentions(*LAMP_OFF)
    lamp: list[Light] = [(1300, 800, 740, 0.88, None)] if lit else [(*light, 900, 1.0, None)]
    window: Light = (*light, 420, 0.24, (0.8, 0.85, 1.0))
    stage.relight([*lamp, window, *([on_hero] if scene.light != "day" else []), *players.lights])
    if lit:
        stage.glow(1345, 790, 260, "#ffc56e", 0.5)


def _wall(stage: Stage) -> None:
    """Draw the wall with one of three wallpapers."""
    rng = stage.rng
    stage.sheet(page(), "wall", 0, shade=20)
    pattern = rng.integers(3)
    if pattern == 0:
        stage.sheet([box(x, -90, 52, 1700) for x in range(-120, PAGE + 90, 150)], "wall2", 0, bevel=0)
    elif pattern == 1:
        dots = [oval(x + (i % 2) * 75, y, 13) for i, y in enumerate(range(0, 1300, 110)) for x in range(-60, 1600, 150)]
        stage.sheet(dots, "wall2", 0, bevel=0)
    else:
        stage.sheet(box(-90, 905, PAGE + 180, 800), "wall2", 8, 0.25)
        stage.sheet(box(-90, 888, PAGE + 180, 24), "sheet", 8, 0.3)


def _window(stage: Stage, scene: Scene, pane: Box) -> tuple[float, float]:
    """Draw the window, what is seen in it, and its curtains; return where its light is."""
    rng = stage.rng
    left, top, w, h = pane.left, pane.top, pane.width, pane.height
    glass = box(left, top, w, h)
    stage.sheet(glass, "sky", 0, shade=26)
    moon = (left + w * rng.uniform(0.25, 0.8), top + h * rng.uniform(0.2, 0.36))
    grey = scene.weather in ("rain", "storm", "snow")
    if not grey:
        stage.sheet(oval(*moon, 86 if scene.light != "day" else 70), "disc", 12, clip=glass)
    if scene.night and not grey:
        stage.glow(*moon, 120, "moon", 0.55)
    if scene.night and scene.weather != "storm":
        at = rng.uniform((left + 25, top + 25), (left + w - 25, top + h * 0.75), (9, 2))
        far = [(a, b) for a, b in at if np.hypot(a - moon[0], b - moon[1]) > 120]
        stage.sheet([star(a, b, rng.uniform(8, 15), 5, 0.42) for a, b in far], "moon", 5)
    _outdoors(stage, scene, pane, glass)
    stage.sheet(hill(rng, top + h * 0.82, 34, 9), "hill", 14, clip=glass)
    bars = [box(left + a * w, top + b * h, w * 0.465, h * 0.475) for a in (0, 0.535) for b in (0, 0.525)]
    stage.sheet([[box(left - 38, top - 38, w + 76, h + 76), *bars]], "sheet", 22)
    stage.sheet(box(left - 62, top + h + 30, w + 124, 34), "wood2", 16)
    _curtains(stage, pane)
    return moon


def _outdoors(stage: Stage, scene: Scene, pane: Box, glass: Polygon) -> None:
    """Draw the weather behind the glass."""
    rng = stage.rng
    x = rng.uniform(pane.left, pane.right, 60)
    y = rng.uniform(pane.top, pane.bottom, 60)
    if scene.weather in ("rain", "storm"):
        stage.sheet(cloud(rng, pane.x - 60, pane.top + 60, 220), "wall", 12, 0.3, clip=glass)
        strips = [drop(a, b, 60, 20, 3.5) for a, b in zip(x[:26], y[:26], strict=True)]
        stage.sheet(strips, "#9fb8e6", 5, 0.25, bevel=0, clip=glass)
    elif scene.weather == "snow":
        flakes = [oval(a, b, r) for a, b, r in zip(x[:34], y[:34], rng.uniform(4, 9, 34), strict=True)]
        stage.sheet(flakes, "#ffffff", 5, 0.25, clip=glass)
    elif scene.light == "day":
        stage.sheet(cloud(rng, pane.x + rng.uniform(-120, 120), pane.top + 190, 110), "#ffffff", 10, 0.25, clip=glass)


def _curtains(stage: Stage, pane: Box) -> None:
    """Draw both curtains and their rail."""
    top, low = pane.top - 70, pane.bottom + 80
    for s, x in ((1, pane.left - 80), (-1, pane.right + 80)):
        out = ((-50, 0), (170, 0), (150, 240), (60, 460), (90, low - top), (-60, low - top + 10), (-70, 340))
        stage.sheet(smooth([[x + s * a, top + b] for a, b in out]), "curtain", 20, shade=14)
        for u in (0.0, 46.0):
            right = ((u + 34, 6), (u * 0.5 + 22, 440), (u * 0.6 + 24, low - top))
            fold = ((u + 10, 6), *right, (u * 0.5, low - top), (u * 0.5, 440))
            stage.sheet(smooth([[x + s * a, top + b] for a, b in fold]), "curtain2", 7, 0.3)
    stage.sheet(box(pane.left - 150, top - 16, pane.width + 300, 26), "wood", 14)


def _wall_things(stage: Stage, scene: Scene, players: Players, pane: Box) -> None:
    """Draw what hangs on the free wall: bunting and a picture, a shelf of books, or stars on strings."""
    rng = stage.rng
    x0 = pane.right + 190
    kind = 0 if scene.mentions("bunting", "paper chain", "flags on a string") else rng.integers(3)
    busy = [b for b in players.placed.values() if b.top < 700]
    if kind == 0 and not busy:
        u = np.linspace(0, 1, 40)
        sag = 120 + 300 * u * (1 - u)
        stage.sheet(line(np.c_[x0 + (PAGE + 60 - x0) * u, sag], 7), "sheet", 6)
        for i, t in enumerate(np.linspace(0.05, 0.95, 7)):
            a, b = x0 + (PAGE + 60 - x0) * t, 120 + 300 * t * (1 - t)
            stage.sheet(np.array([[a - 40, b + 2], [a + 40, b + 4], [a, b + 96]]), PATCHES[i % 4], 10)
    elif kind == 2 and not busy:
        for i, a in enumerate(np.linspace(x0 + 60, PAGE - 70, 4)):
            b = 190 + 90 * ((i * 2 + int(x0)) % 3)
            stage.sheet(box(a - 2, -90, 4, b + 60), "sheet", 4, 0.3, bevel=0)
            stage.sheet(star(a, b, 44, 5, 0.48), ("quilt2", "quilt3", "quilt")[i % 3], 12)
    if kind == 1 and not busy:
        _shelf(stage, x0 + 20, rng.uniform(360, 430))
    elif not any(b.bottom > 340 for b in busy) and not players.waits("low"):
        _picture(stage, x0 + rng.uniform(40, 120), rng.uniform(370, 420))


def _shelf(stage: Stage, x: float, y: float) -> None:
    """Draw a shelf of books at (x, y)."""
    rng = stage.rng
    a = x + 24
    for i in range(7):
        w, h = rng.uniform(30, 56), rng.uniform(110, 170)
        if a + w > PAGE - 40:
            break
        stage.sheet(box(a, y - h, w, h), (*PATCHES, "curtain2", "rug")[(i * 5 + int(h)) % 6], 8)
        a += w + 4
    stage.sheet(box(x, y, PAGE - 10 - x, 26), "wood2", 16)


def _picture(stage: Stage, x: float, y: float) -> None:
    """Draw a framed picture of a hill and a sun."""
    stage.sheet(box(x, y, 190, 230), "wood2", 18)
    stage.sheet(box(x + 20, y + 20, 150, 190), "sheet", 0)
    stage.sheet(oval(x + 95, y + 90, 36), "quilt2", 4)
    mount = box(x + 26, y + 26, 138, 178)
    stage.sheet(hill(stage.rng, y + 150, 16, 14), "quilt3", 5, clip=mount)


def _bed(stage: Stage, players: Players) -> None:
    """Draw headboard and pillows, the headboard's edge away from the hero's neck."""
    rng = stage.rng
    y = players.clear_of_neck(rng.uniform(840, 900), 90)
    arch = rng.uniform(10, 46)
    sides = ((90, 1500), (100, y + 160), (150, y + 60))
    top = ((380, y + 10 - arch * 0.5), (620, y - arch), (860, y + 10 - arch * 0.5))
    right = tuple((1230 - a, b) for a, b in reversed(sides))
    stage.sheet(smooth([*sides, *top, *right]), "wood2", 26, shade=12)
    stage.sheet([oval(130, y + 40, 34), oval(1100, y + 40, 34)], "wood", 14)
    for x, a in ((330, -24), (900, 24)):
        puffed = ((-230, -a), (0, -25), (230, a), (245, 140), (220, 260), (0, 280), (-220, 260), (-245, 140))
        stage.sheet(smooth([[x + p, 1010 + q] for p, q in puffed]), "sheet", 20, shade=16)


def _table(stage: Stage, scene: Scene) -> None:
    """Draw the bedside table with its lamp."""
    stage.sheet(box(1170, 1130, 520, 500), "wood", 24, shade=12)
    stage.sheet(box(1146, 1096, 540, 40), "wood2", 16)
    foot = [[1300, 1104], [1282, 1020], [1316, 950], [1318, 860], [1372, 860], [1374, 950], [1408, 1020], [1390, 1104]]
    stage.sheet(smooth(foot), "quilt3", 14)
    if scene.night:
        stage.glow(1345, 790, 300, "#ffc56e", 0.35)
    stage.sheet(np.array([[1262, 640], [1428, 640], [1512, 890], [1178, 890]]), "lamp", 18, shade=-14)


def _sleeper(stage: Stage, players: Players) -> None:
    """Draw the shape of somebody under the quilt, beyond hero and friend."""
    x = float(np.clip(players.group.right + 60, 900, 1120))
    mound = [[-330, 420], [-250, 90], [-110, 0], [80, -16], [230, 70], [330, 420]]
    stage.sheet(smooth([[x + a, 1130 + b] for a, b in mound]), "quilt3", 22, shade=16)


def _quilt(stage: Stage) -> None:
    """Draw the turned sheet and the quilt over the feet: patches, stripes or scallops."""
    rng = stage.rng
    stage.sheet(hill(rng, 1275, 20, 4), "sheet", 26, shade=8)
    cover = hill(rng, 1340, 18, 4)
    stage.sheet(cover, "quilt", 16)
    pattern, first = rng.integers(3), int(rng.integers(4))
    for j in range(2):
        for i in range(11):
            colour = PATCHES[(i + j * 2 + first) % 4]
            if pattern == 0:
                stage.sheet(box(-170 + i * 190 + j * 60, 1300 + j * 132, 190, 132), colour, 5, 0.3, clip=cover)
            elif pattern == 1 and j == 0:
                stage.sheet(box(-130 + i * 170, 1290, 85, 340), colour, 5, 0.3, clip=cover)
            elif pattern == 2:
                bow = oval(-100 + i * 180 + j * 90, 1310 + (1 - j) * 130, 112, 92)
                stage.sheet(bow, PATCHES[(i + 2 * j + first) % 4], 7, 0.3, clip=cover)
    if pattern == 0:
        seams = [box(x, y, 26, 5) for y in (1419, 1445) for x in range(-90, PAGE + 90, 48)]
        stage.sheet(seams, "moon", 0, bevel=0)
