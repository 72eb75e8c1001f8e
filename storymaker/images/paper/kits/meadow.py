"""A meadow: hills that open on the sky, one landmark, flowers of every size and tall grass that leans with the wind."""

import numpy as np

from storymaker.images.paper import life, weather
from storymaker.images.paper.kits._flowers import daisy, ear, poppy
from storymaker.images.paper.kits._landmarks import farm, haystack, mill, nothing, tree, windy
from storymaker.images.paper.players import Players, Spot
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    blade,
    ground,
    hill,
    oval,
    page,
    puff,
    smooth,
)  # fmt: skip
from storymaker.images.paper.stage import Stage

FLOWERS = ("red", "cream", "yellow", "blue")
LANDMARKS = {"tree": ("tree",), "mill": ("mill", "windmill"), "hay": ("hay", "haystack"), "farm": ("farm", "farmhouse")}


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the meadow."""
    rng = stage.rng
    hero = players.settle(stage, 250, 1130 if players.left_over() else 1260, rng.uniform(1325, 1345))
    x, y = float(np.clip(hero.x + rng.uniform(-40, 330), 420, 1130)), float(rng.uniform(300, 430))
    _sky(stage, scene, x, y)
    side = 1 if rng.integers(3) else -1
    kites: list[Spot] = (
        [(430, 470), (700, 380), (330, 560, 0.85)] if side > 0 else [(1150, 520), (880, 380), (1240, 600, 0.85)]
    )
    players.props(stage, "sky", [*kites, (980, 380, 0.8), (560, 360, 0.8)])
    _hills(stage, scene, side)
    players.props(stage, "far", [(1010, 1035, 0.7), (420, 1030, 0.7), (820, 1030, 0.6)])
    life.birds(stage, scene, players, (260, 620))
    _near(stage, scene, players)
    life.butterflies(stage, scene, players, ("yellow", "blue"))
    life.fireflies(stage, scene, players)
    beside: list[Spot] = [(1300, 1304), (1215, 1300), (120, 1306), (1120, 1240, 0.9), (300, 1195, 0.85)]
    players.props(stage, "ground", [*beside, (820, 1160, 0.7)])
    players.draw(stage)
    players.props(stage, "low", [(1250, 880), (1120, 740), (200, 840), (1170, 1405), (330, 1410), (768, 1416)])
    players.props(stage, "ground", [(1170, 1428, 0.9), (340, 1428, 0.9)])
    _foreground(stage, scene)
    weather.front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.6 if scene.night else 0.25, None)
    stage.relight([(x, y, 760, 1.0, None), pool, *players.lights])


def _sky(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw the sky: strata of paper at sunset, rings round the lamp, curls of wind."""
    rng = stage.rng
    stage.sheet(page(), "gloom" if scene.weather == "storm" else "sky", 0, shade=14)
    if scene.light == "dusk" and scene.weather != "storm":
        for top, colour in ((210, "sky2"), (410, "sky3"), (590, "sky4")):
            stage.sheet(hill(rng, top, 44, 4), colour, 16, 0.2)
        y += 170
    overcast = scene.weather in ("rain", "storm", "fog")
    rings = (
        ((430, "ring3"), (310, "ring2"), (205, "ring")) if scene.light != "day" else ((470, "ring3"), (330, "ring2"))
    )
    for r, colour in rings[: {"storm": 0, "rain": 1, "fog": 2}.get(scene.weather, 3)]:
        stage.sheet(oval(x, y, r), colour, 12, 0.18)
    if not overcast:
        stage.sheet(oval(x, y, 110 if scene.night else 140), "sun", 12, 0.22)
        stage.glow(x, y, 200, "sun", 0.35)
    weather.sky(stage, scene, "cloud", bottom=600, star="sun")
    if scene.weather == "wind":
        for a, b, w in ((330, 270, 240), (1120, 210, 210), (760, 520, 150)):
            stage.sheet(_curl(a + rng.uniform(-60, 60), b + rng.uniform(-40, 40), w), "cloud", 9, 0.26)


def _curl(x: float, y: float, w: float) -> Polygon:
    """Return a ribbon of wind that runs to the right and rolls itself up."""
    t = np.linspace(0, 1, 24)
    run = np.c_[x + (t - 1) * w * 1.7, y + w * 0.10 * np.sin(t * 5) * (1 - t)]
    a = np.linspace(np.pi / 2, -2.9 * np.pi / 2, 50)
    r = np.linspace(w * 0.30, w * 0.10, 50)
    roll = np.c_[x + r * np.cos(a), y - w * 0.30 + r * np.sin(a)]
    path = np.vstack([run, roll])
    along = np.gradient(path, axis=0)
    across = np.c_[-along[:, 1], along[:, 0]] / (np.linalg.norm(along, axis=1)[:, None] + 1e-6)
    width = (w * 0.055 * np.sin(np.linspace(0.05, np.pi - 0.05, len(path))) ** 0.6)[:, None]
    return np.vstack([path + across * width, (path - across * width)[::-1]])


def _slope(left: float, middle: float, right: float, rng: np.random.Generator) -> Polygon:
    """Return ground that is low in the middle: a valley that frames the sky."""
    y = np.array([left, left * 0.6 + middle * 0.4, middle, right * 0.5 + middle * 0.5, right]) + rng.uniform(-14, 14, 5)
    return ground(smooth(np.c_[[-90, 330, 760, 1200, PAGE + 90], y], closed=False))


def _hills(stage: Stage, scene: Scene, side: int) -> None:
    """Draw three depths of hills with a landmark on the middle one: right of the middle when side is 1."""
    rng = stage.rng
    stage.sheet(_slope(720 + rng.uniform(-60, 40), 850, 700 + rng.uniform(-60, 60), rng), "far", 14, 0.26, shade=10)
    spots = np.arange(-60, 1600, 62) + rng.uniform(-30, 30, 27)
    sizes = rng.uniform(0.5, 1.0, 27) ** 2 * 74
    hedge = [p for x, w in zip(spots, sizes, strict=True) if w > 24 for p in puff(rng, x, 892 - w * 0.4, w, w * 0.8, 7)]
    stage.sheet([*hedge, hill(rng, 900, 8)], "hedge", 10, 0.28, shade=8)
    weather.fog(stage, scene, 850)
    high, low = rng.uniform(770, 830), rng.uniform(900, 940)
    mid = _slope(low, 985, high, rng) if side > 0 else _slope(high, 985, low, rng)
    x = 1190.0 if side > 0 else 190.0
    foot = float(np.interp(x, mid[:40, 0], mid[:40, 1])) + 26
    name = next((n for n, words in LANDMARKS.items() if scene.mentions(*words)), str(rng.choice(list(LANDMARKS))))
    {"tree": tree, "mill": mill, "hay": nothing, "farm": farm}[name](stage, scene, x, foot)
    stage.sheet(mid, "mid", 18, 0.34, shade=14)
    if name == "hay":
        for dx, dy, z in ((-150, 110, 0.8), (90, 90, 1.0), (-20, 190, 1.3)):
            haystack(stage, x + dx, foot + dy, z)
    weather.fog(stage, scene, 1000)


def _near(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the near meadow with flowers that grow larger toward the feet."""
    rng = stage.rng
    y = players.clear_of_neck(1070, 60)
    stage.sheet(hill(rng, y, 22, 4, float(rng.uniform(-50, 50))), "near", 20, 0.36, shade=16)
    way = int(rng.integers(3))
    if way == 0:
        _path(stage, y, "path")
    for row, (top, n, r) in enumerate(((y + 50, 26, 7), (y + 100, 22, 10), (y + 165, 16, 14))):
        lean = 12 if windy(scene) else 0
        spots = np.c_[rng.uniform(-20, PAGE + 20, n), top + rng.uniform(-18, 18, n)]
        stage.sheet([blade(a, b + 8, r * 3, lean + rng.uniform(-6, 6), r * 0.24) for a, b in spots], "grass", 4, 0.3)
        for i, colour in enumerate(FLOWERS):
            heads = [oval(a + lean, b - r * 2.4, r, r * 0.9) for a, b in spots[i::4]]
            stage.sheet(heads, colour, 5 + row * 2, 0.36)


def _path(stage: Stage, y: float, colour: str) -> None:
    """Draw a path that winds over the meadow."""
    d = stage.rng.uniform(-160, 160)
    right: list[list[float]] = [
        [910 + d, y + 14],
        [990 + d, y + 70],
        [900 + d * 0.5, y + 140],
        [1060, 1290],
        [1290, 1600],
    ]
    left: list[list[float]] = [[420, 1600], [600, 1330], [760 + d * 0.5, y + 150], [900 + d, y + 66], [868 + d, y + 16]]
    stage.sheet(smooth([*right, *left]), colour, 7, 0.28, shade=8)


def _foreground(stage: Stage, scene: Scene) -> None:
    """Draw grass before the feet, tall flowers and dark blades in the corners."""
    rng = stage.rng
    lean = 74.0 if windy(scene) else 0.0
    feet = [
        blade(x, 1430, rng.uniform(60, 125), lean * 0.5 + rng.uniform(-30, 30), 11) for x in np.linspace(150, 1390, 42)
    ]
    stage.sheet([*feet, hill(rng, 1412, 12, 6)], "grass", 24, shade=8)
    stems = [
        (x + rng.uniform(-24, 24), h * rng.uniform(0.85, 1.1))
        for x, h in ((50, 380), (140, 270), (235, 200), (1320, 190), (1400, 290), (1490, 400))
    ]
    stage.sheet([blade(x, 1540, h, lean, 7) for x, h in stems], "grass2", 12)
    for i, (x, h) in enumerate(stems):
        bloom, colour, r = ((poppy, "red", 58), (daisy, "cream", 50), (daisy, "blue", 40))[
            (i + int(rng.integers(3))) % 3
        ]
        bloom(stage, x + lean, 1540 - h, r, colour)
    ears = ((90, 430, 30), (20, 330, -30), (1450, 360, 20), (1530, 440, -30))
    stage.sheet([p for x, h, d in ears for p in ear(x, 1550, h, lean + d)], "dark", 22)
    dark = [
        blade(
            x,
            1560,
            rng.uniform(70, 150) * (1 + 0.9 * abs(x / PAGE - 0.5) ** 2 * 4),
            lean * 0.7 + rng.uniform(-36, 36),
            20,
        )
        for x in range(-10, 1560, 46)
    ]
    stage.sheet([*dark, hill(rng, 1500, 12, 7)], "dark", 28, shade=6)
