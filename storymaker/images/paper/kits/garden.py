"""A cottage garden: house, fence and wood behind, a path to the feet, beds of flowers at both sides."""

from collections.abc import Callable

import numpy as np

from storymaker.images.paper import life, weather
from storymaker.images.paper.kits._flowers import bloom, foxglove, hollyhock, rose, sunflower
from storymaker.images.paper.players import Players, Spot
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Points,
    Polygon,
    blade,
    box,
    hill,
    line,
    oval,
    page,
    puff,
    smooth,
    tuft,
)  # fmt: skip
from storymaker.images.paper.stage import Light, Stage

FENCE = 1128.0
PETALS = ("red", "pink", "yellow", "violet", "cream")


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the garden."""
    rng = stage.rng
    gated = scene.mentions("gate")
    left, right = (200, 985) if gated else (250, 1130 if players.left_over() else 1250)
    hero = players.settle(stage, left, right, rng.uniform(1325, 1345))
    near_house = not gated and (bool(rng.integers(2)) or scene.mentions("window", "house"))
    x, y = _lamp_at(stage, near_house)
    _sky(stage, scene, x, y)
    players.props(stage, "sky", [(900, 430), (600, 380), (1010, 520), (740, 330, 0.85)])
    _wood(stage, players)
    lit = _houses(stage, scene, near_house, gated)
    weather.fog(stage, scene, 930)
    gate = 1205.0 if gated else 930 + rng.uniform(-60, 40)
    _lawn(stage, players, gate)
    players.props(stage, "far", [(1010, 1062, 0.7), (330, 1062, 0.7)])
    _fence(stage, gate, 178 if gated else 112, posts=not gated)
    if gated:
        players.props(stage, "ground", [(gate, FENCE + 18, 0.52)])
    _beds(stage, scene)
    _tree(stage)
    ground: list[Spot] = [
        (1300, 1300),
        (1215, 1296),
        (120, 1300),
        (1120, 1240, 0.9),
        (300, 1200, 0.85),
        (760, 1170, 0.75),
    ]
    players.props(stage, "ground", ground)
    life.fireflies(stage, scene, players, "lit")
    life.butterflies(stage, scene, players, ("yellow", "violet"))
    players.draw(stage)
    players.props(stage, "low", [(1270, 900), (1130, 760), (190, 860), (1180, 1410), (330, 1414), (768, 1424)])
    players.props(stage, "ground", [(1170, 1428, 0.9), (340, 1428, 0.9)])
    _foreground(stage)
    weather.front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.6 if scene.night else 0.25, None)
    stage.relight([(x, y, 760, 0.9, None), pool, *lit, *players.lights])


def _lamp_at(stage: Stage, near_house: bool) -> tuple[float, float]:
    """Choose where sun or moon stands: away from the roof."""
    right = 800 if near_house else 980
    return float(stage.rng.uniform(430, right)), float(stage.rng.uniform(230, 330))


def _sky(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw the sky with its lamp and a pale ring of paper behind the heads."""
    stage.sheet(page(), "gloom" if scene.weather == "storm" else "sky", 0, shade=14)
    overcast = scene.weather in ("rain", "storm", "fog")
    for r, colour in ((560, "ring2"), (400, "ring"))[: 1 if overcast else 2]:
        stage.sheet(oval(x + 20, y + 130, r), colour, 12, 0.16)
    if not overcast:
        stage.sheet(oval(x, y, 96 if scene.night else 130), "sun", 12, 0.22)
        stage.glow(x, y, 190, "sun", 0.4 if scene.night else 0.25)
    weather.sky(stage, scene, "cloud", bottom=560, star="sun")


def _wood(stage: Stage, players: Players) -> None:
    """Draw the wood beyond the fence and the field before it."""
    rng = stage.rng
    for colour, base, w, n in (("far", 880, 120, 9), ("mid", 960, 105, 8)):
        crowns: list[Polygon] = []
        for x in np.linspace(-40, PAGE + 40, n) + rng.uniform(-50, 50, n):
            dip = 1 - 0.62 * np.exp(-(((x - players.hero.x - 60) / 330) ** 2))
            tall = w * dip * rng.uniform(0.9, 1.5)
            crowns += puff(rng, x, base - tall * 0.8, w * rng.uniform(0.8, 1.15), tall, 8)
        stage.sheet([*crowns, hill(rng, base, 16)], colour, 14, 0.3, shade=10)


def _houses(stage: Stage, scene: Scene, near: bool, gated: bool) -> list[Light]:
    """Draw the house near, or far with a washing line beside it, or between hero and gate; return its light."""
    if near:
        return _house(stage, scene, 1205 + stage.rng.uniform(-25, 35), 1040, 1.0)
    if gated:
        return _house(stage, scene, 850, 1010, 0.68)
    lit = _house(stage, scene, 1300, 990, 0.6)
    _washing(stage, scene)
    return lit


def _house(stage: Stage, scene: Scene, x: float, y: float, z: float) -> list[Light]:
    """Draw the house with one lit window; its door step is at (x, y). Return the light it gives."""

    def put(points: Points) -> Polygon:
        return np.asarray(points, np.float32) * np.float32(z) + np.array([x, y], np.float32)

    stage.sheet(put(box(84, -690, 62, 180)), "brick", 12)
    stage.sheet(put(box(74, -702, 82, 24)), "roof2", 6)
    stage.sheet(put(box(-190, -380, 380, 420)), "wall", 16, shade=10)
    roof = put([[-246, -356], [-150, -610], [150, -610], [246, -356]])
    stage.sheet(roof, "roof", 20, shade=12)
    rows = [(a + j % 2 * 26, -590 + j * 50) for j in range(5) for a in range(-250, 260, 52)]
    stage.sheet([put(oval(a, b, 25, 22)) for a, b in rows], "roof2", 4, 0.3, clip=roof)
    panes = [put(box(a, -300, 96, 118)) for a in (-150, 54)]
    attic = put(oval(0, -470, 44))
    dark = scene.light != "day"
    stage.sheet([put(oval(0, -470, 58)), *(put(box(a - 14, -314, 124, 146)) for a in (-150, 54))], "frame", 8)
    stage.sheet([attic, *panes], "pane", 0, bevel=0)
    if dark:
        stage.sheet(panes[0], "lit", 0, bevel=0)
    bars = [put(box(a + 44, -300, 9, 118)) for a in (-150, 54)] + [put(box(a, -246, 96, 9)) for a in (-150, 54)]
    stage.sheet([*bars, put(box(-4, -514, 9, 88)), put(box(-44, -474, 88, 9))], "frame", 3)
    stage.sheet([put(box(a - 22, -170, 140, 26)) for a in (-150, 54)], "roof2", 8)
    blooms = [put(oval(a + d, -176, 13)) for a in (-150, 54) for d in range(-10, 120, 22)]
    stage.sheet(blooms, "pink", 5)
    stage.sheet(put(smooth([[-52, 40], [-52, -100], [0, -140], [52, -100], [52, 40]], steps=8)), "violet", 12)
    stage.sheet(put(oval(32, -40, 9)), "yellow", 4)
    vine = [
        p for a, b in ((-178, -40), (-186, -120), (-172, -200), (178, -30)) for p in puff(stage.rng, a, b, 46, 44, 7)
    ]
    stage.sheet([put(p) for p in vine], "near", 12)
    if not dark:
        return []
    wx, wy = x - 102 * z, y - 241 * z
    stage.glow(wx, wy, 150 * z, "lit", 0.75 if scene.night else 0.45)
    return [(wx, wy, 330 * z, 0.5, (1.0, 0.66, 0.25))]


def _washing(stage: Stage, scene: Scene) -> None:
    """Draw a washing line between two posts; in wind everything on it flies."""
    fly = 46 if scene.weather in ("wind", "storm") else stage.rng.uniform(-4, 6)
    stage.sheet([box(x, 770, 14, 330) for x in (760, 1170)], "wood", 8)
    x = np.linspace(767, 1177, 30)
    sag = 784 + 36 * np.sin((x - 767) / 410 * np.pi)
    stage.sheet(line(np.c_[x, sag], 5), "cream", 4)
    for i, colour in enumerate(stage.rng.permutation(["red", "cream", "yellow", "violet", "pink"])[:3]):
        a = 806 + i * 124
        b = float(np.interp(a, x, sag))
        w, h = ((74, 96), (46, 120), (84, 74))[i]
        cloth = [
            [a, b],
            [a + w, b + 2],
            [a + w + fly * 0.7, b + h * 0.5],
            [a + w + fly, b + h],
            [a + fly * 0.8, b + h + 6],
        ]
        stage.sheet(smooth(cloth, steps=5), str(colour), 10, shade=8)
        stage.sheet([box(a + d, b - 12, 7, 26) for d in (8, w - 16)], "wood", 3)


def _lawn(stage: Stage, players: Players, gate: float) -> None:
    """Draw the hedge, the lawn, and a path from the gate to the feet."""
    rng = stage.rng
    y = players.clear_of_neck(1046, 60)
    stage.sheet(hill(rng, y, 14, 6), "hedge", 14, 0.35, shade=10)
    stage.sheet(hill(rng, 1102, 10, 4), "lawn", 14, 0.32, shade=14)
    bend = rng.uniform(-150, 110)
    right: list[list[float]] = [
        [gate + 66, 1112],
        [gate + 90 + bend * 0.4, 1180],
        [1010 + bend, 1270],
        [1240, 1400],
        [1330, 1620],
    ]
    left: list[list[float]] = [
        [330, 1620],
        [470, 1400],
        [690 + bend, 1270],
        [gate - 110 + bend * 0.4, 1180],
        [gate - 66, 1112],
    ]
    stage.sheet(smooth([*right, *left]), "path", 7, 0.3, shade=8)
    stones = [(rng.uniform(0.2, 0.8), 1165 + i * 26) for i in range(9)]
    across = [
        (gate - 100 + (i * 12 - 100) * 0.3 + u * (200 + i * 60), y, 26 + i * 4) for i, (u, y) in enumerate(stones)
    ]
    stage.sheet([oval(a, b, r, r * 0.3) for a, b, r in across], "stone", 0, bevel=30)


def _fence(stage: Stage, gate: float, gap: float, *, posts: bool) -> None:
    """Draw a picket fence with a gap to either side of the gate's middle."""
    pales: list[Polygon] = []
    for x in range(-40, PAGE + 40, 54):
        if abs(x + 17 - gate) > gap:
            tip = FENCE - 132
            pales.append(
                np.array([[x, tip + 22], [x + 17, tip], [x + 34, tip + 22], [x + 34, FENCE], [x, FENCE]], np.float32)
            )
    ends = (-60, gate - gap + 16, gate + gap - 16, PAGE + 60)
    rails = [box(a, y, b - a, 16) for a, b in (ends[:2], ends[2:]) for y in (FENCE - 96, FENCE - 44)]
    stage.sheet(rails, "fence2", 10)
    stage.sheet(pales, "fence", 12)
    if posts:
        stage.sheet([box(gate + s * 104 - 22, FENCE - 158, 44, 176) for s in (-1, 1)], "fence", 16, shade=8)
        stage.sheet([oval(gate + s * 104, FENCE - 168, 26, 20) for s in (-1, 1)], "fence2", 8)


def _beds(stage: Stage, scene: Scene) -> None:
    """Draw a bed of tall flowers at either side, each of its own kind."""
    kinds: list[Callable[[Stage, float, float, float, str], None]] = [hollyhock, sunflower, foxglove]
    order = stage.rng.permutation(3)
    colours = stage.rng.permutation(list(PETALS[:4]))
    for i, (x0, step) in enumerate(((1352, 86), (20, 92))):
        earth = 1200.0
        for j in range(3):
            h = stage.rng.uniform(0.8, 1.1) * (330 - 40 * j if i else 250 + 40 * j)
            kinds[order[i]](stage, x0 + j * step, earth, h, str(colours[i]))
        if scene.mentions("rose") or stage.rng.integers(2):
            rose(stage, x0 + (60 if i else 130), 1220, 120, str(colours[2]))
        else:
            low = [p for k in range(4) for p in puff(stage.rng, x0 - 30 + k * 80, 1216, 70, 46, 7)]
            stage.sheet(low, "bush", 18, shade=8)


def _tree(stage: Stage) -> None:
    """Draw a tree that frames the upper left: apples, pears or blossom."""
    rng = stage.rng
    x = 60 + rng.uniform(-30, 20)
    trunk = [[x - 70, 1260], [x - 40, 900], [x - 46, 400], [x + 10, 200], [x + 60, 420], [x + 44, 900], [x + 84, 1260]]
    stage.sheet(smooth(trunk), "wood", 26, shade=12)
    crown = ((-20, 150, 210), (190, 60, 190), (60, 330, 150), (400, -20, 170), (-60, 420, 130), (640, -70, 150))
    for colour, shift, lift in (("near", 0, 22), ("bush", 1, 26)):
        leaves = [p for a, b, w in crown for p in puff(rng, a - shift * 70, b - shift * 90, w, w * 0.72, 9)]
        stage.sheet(leaves, colour, lift, shade=-8)
    kind = int(rng.integers(3))
    fruit = [(a + rng.uniform(-0.5, 0.6) * w, b + rng.uniform(0.05, 0.5) * w) for a, b, w in crown for _ in range(2)]
    if kind == 2:
        stage.sheet([p for a, b in fruit for p in puff(rng, a, b, 40, 34, 6)], "pink", 12)
        stage.sheet([oval(a, b, 12) for a, b in fruit], "cream", 4)
        return
    pear = [[0, -34], [11, -14], [24, 12], [0, 30], [-24, 12], [-11, -14]]
    shapes = [oval(a, b, 24, 23) if kind else smooth([[a + dx, b + dy] for dx, dy in pear]) for a, b in fruit]
    stage.sheet(shapes, "red" if kind else "yellow", 12, shade=8)
    stage.sheet([oval(a + 13, b - 28, 15, 6, -0.5) for a, b in fruit], "leaf", 4)


def _foreground(stage: Stage) -> None:
    """Draw grass before the feet, dark leaves and big flowers in the corners."""
    rng = stage.rng
    stage.sheet([*tuft(rng, 250, 1300, 1430, 32, (55, 118)), hill(rng, 1412, 12, 6)], "leaf", 24, shade=8)
    colour = str(rng.permutation(list(PETALS[:4]))[0])
    for x, h in ((60, 300), (165, 215), (1376, 220), (1480, 310)):
        at, tall = x + rng.uniform(-20, 20), h * rng.uniform(0.85, 1.1)
        stage.sheet(blade(at, 1540, tall, 12, 10), "bush", 12)
        bloom(stage, at + 12, 1540 - tall, 46, colour if h > 250 else "cream")
    broad = ((0, 260, -60), (130, 190, 70), (250, 130, 60), (1290, 130, -60), (1410, 190, -70), (1530, 260, 70))
    stage.sheet([blade(x, 1560, h, lean, 46) for x, h, lean in broad], "dark", 26, shade=8)
    low = [(x + rng.uniform(-40, 40), rng.uniform(110, 170)) for x in range(-20, 1600, 180)]
    stage.sheet([p for x, w in low for p in puff(rng, x, 1568, w, w * 0.52, 9)], "dark", 28, shade=6)
