"""A forest: a clearing with a light behind the hero, near trunks as a frame, grass before the feet."""

import numpy as np

from storymaker.images.paper import life, weather
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    blade,
    box,
    fern,
    hill,
    oval,
    page,
    puff,
    smooth,
    tuft,
)  # fmt: skip
from storymaker.images.paper.stage import Stage


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the forest."""
    rng = stage.rng
    hero = players.settle(stage, 270, 1290, rng.uniform(1325, 1350))
    x = float(np.clip(hero.x + rng.uniform(-20, 260), 420, 1120))
    y = rng.uniform(330, 430)
    stage.sheet(page(), weather.veil(scene) or "sky", 0, shade=12)
    _lamp(stage, scene, x, y)
    players.keep_clear(x, y, 110)
    weather.sky(stage, scene, "cream", bottom=640, star="star", lamp=(x, y))
    _woods(stage, scene, players, x)
    _clearing(stage, scene, players)
    players.props(stage, "far", [(1120, 1010, 0.8), (330, 1000, 0.8), (880, 985, 0.7)])
    life.birds(stage, scene, players, (420, 640))
    life.fireflies(stage, scene, players)
    _frame(stage)
    players.props(stage, "sky", [(1080, 520), (430, 470), (930, 400), (600, 420)])
    players.props(stage, "low", ())
    players.props(
        stage, "ground", [(1210, 1300), (300, 1310), (1120, 1180, 0.85), (380, 1190, 0.85), (1010, 1140, 0.8)]
    )
    players.draw(stage)
    _foreground(stage, scene, players)
    weather.front(stage, scene, players)
    stage.relight([(x, y, 720, 1.0, None), (hero.x, hero.top + hero.height * 0.4, 520, 0.7, None), *players.lights])


def _lamp(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw sun or moon with its halo of paper."""
    if scene.weather in ("rain", "storm", "fog"):
        return  # a pale clearing is enough
    stage.sheet(oval(x, y, 330), "sun2", 10, 0.18)
    r = 120 if scene.night else 225
    stage.sheet(oval(x, y, r), "sun", 10, 0.18)
    if scene.night:
        stage.glow(x, y, 210, "sun", 0.45)


def _woods(stage: Stage, scene: Scene, players: Players, x: float) -> None:
    """Draw two depths of trees that leave a clearing round x."""
    rng = stage.rng
    depths = (("far", 800, 9, 560, 26, 0.30, 190), ("mid", 880, 7, 660, 40, 0.38, 300))
    for colour, y, n, h, w, k, open_ in depths:
        base = players.clear_of_neck(y + rng.uniform(-25, 25))
        crowns: list[Polygon] = []
        for at in np.linspace(-40, PAGE + 40, n) + rng.uniform(-45, 45, n):
            if abs(at - x) < open_:
                continue
            tall = h * rng.uniform(0.8, 1.15) * (0.72 + 0.35 * abs(at / PAGE - 0.42)) + (base - y)
            crowns += [box(at - w / 2, base - tall, w, tall + 60, 6), *puff(rng, at, base - tall, w * 4.2, w * 5.0)]
        stage.sheet(crowns, colour, 18, k, shade=14)
        stage.sheet(hill(rng, base, 30), colour, 14, k * 0.8)
        weather.fog(stage, scene, base - 60)


def _clearing(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the lit ground, a path that winds to the feet, and bushes at its edge."""
    rng = stage.rng
    y = players.clear_of_neck(960)
    snowed = scene.weather == "snow"
    stage.sheet(hill(rng, y, 26, 4), "snow" if snowed else "ground", 20, shade=10)
    d = rng.uniform(-130, 120)
    path = [
        [850 + d, y + 6],
        [905 + d, y + 2],
        [980 + d * 0.8, y + 70],
        [950 + d * 0.6, y + 160],
        [1040 + d * 0.3, 1230],
    ]
    path += [[1200, 1400], [1270, 1600], [330, 1600], [480, 1400]]
    path += [[730 + d * 0.3, 1240], [850 + d * 0.6, y + 160], [880 + d * 0.8, y + 70]]
    stage.sheet(smooth(path), "cream" if snowed else "path", 8, 0.28, shade=8)
    at = [(a + rng.uniform(-30, 30), y + b, w * rng.uniform(0.85, 1.15)) for a, b, w in (
        (330, 80, 100), (470, 70, 70), (1190, 80, 110), (1080, 60, 60))]  # fmt: skip
    stage.sheet([p for a, b, w in at for p in puff(rng, a, b, w, w * 0.6, 8)], "near", 16)
    berries = [(a + dx * w, b + dy * w) for a, b, w in at for dx, dy in ((-0.4, -0.1), (0.1, 0.2), (0.45, -0.15))]
    stage.sheet([oval(a, b, 11) for a, b in berries], "cream", 5)


def _frame(stage: Stage) -> None:
    """Draw two near trunks and the leaves that hang above."""
    rng = stage.rng
    for side, width, lean in ((110, 120, 20), (1420, 140, -30)):
        x, w = side + rng.uniform(-25, 25), width * rng.uniform(0.85, 1.12)
        right = [[x + w * 0.42, -90], [x + w * 0.40 + lean, 600], [x + w * 0.55, 1150], [x + w * 0.95, 1290]]
        left = [[x - w * 0.95, 1290], [x - w * 0.55, 1150], [x - w * 0.42 + lean, 600], [x - w * 0.42, -90]]
        stage.sheet(smooth([*right, [x, 1260], *left]), "trunk", 30, shade=12)
        bark = [blade(x + d * w, 1100 - abs(d) * 200, 560, lean * 0.5, 7) for d in (-0.24, 0.02, 0.26)]
        stage.sheet(bark, "trunk2", 4, 0.3)
    high = ((-20, 10), (330, -60), (660, -90), (960, -80), (1270, -40), (1560, 30))
    stage.sheet([p for a, b in high for p in puff(rng, a, b, 250, 150)], "near", 26, shade=-10)
    low = ((-30, 110), (150, -40), (1400, -30), (1580, 130), (1130, -110), (480, -120))
    stage.sheet([p for a, b in low for p in puff(rng, a, b, 200, 120, 8)], "deep", 28)
    n = 34
    across = np.linspace(20, 1510, n)
    down = 120 + 60 * np.sin(np.arange(n) * 1.7) + rng.uniform(-60, 20, n) + 90 * np.linspace(-1, 1, n) ** 2
    stage.sheet(
        [oval(a, b, 34, 13, t) for a, b, t in zip(across, down, rng.uniform(0.3, 2.7, n), strict=True)], "fern", 10
    )


def _foreground(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw toadstools, ferns and the grass before the feet."""
    rng = stage.rng
    shift = rng.uniform(-30, 40)
    for x, y, z in ((205 + shift, 1395, 1.0), (120 + shift, 1420, 0.7)):
        _toadstool(stage, x, y, z)
    fronds = ((120, 330, -90), (220, 300, 70), (1290, 320, -60), (1420, 380, 60), (1500, 300, 100))
    ferns = [fern(x + rng.uniform(-25, 25), 1500, h * rng.uniform(0.8, 1.1), lean) for x, h, lean in fronds]
    stage.sheet([p for f in ferns for p in f], "fern", 16)
    stage.sheet([*tuft(rng, 380, 1150, 1420, 26, (60, 120)), hill(rng, 1405, 14, 6)], "bush", 24, shade=8)
    if scene.weather == "snow":
        stage.sheet(hill(rng, 1425, 16, 6), "snow", 14, 0.3, shade=14)
    players.props(stage, "front", [(1080, 1480), (470, 1480), (760, 1490), (930, 1484), (610, 1486)])
    round_ = ((30, 1500, 190), (330, 1560, 170), (1180, 1570, 190), (1500, 1500, 200), (760, 1610, 220))
    stage.sheet([p for x, y, w in round_ for p in puff(rng, x, y, w, w * 0.62, 10)], "dark", 30, shade=6)


def _toadstool(stage: Stage, x: float, y: float, z: float) -> None:
    stem = [[x - 22 * z, y], [x - 17 * z, y - 80 * z], [x + 17 * z, y - 80 * z], [x + 22 * z, y]]
    stage.sheet(smooth(stem), "cream", 9)
    cap = ((-72, -66), (-60, -120), (0, -150), (60, -120), (72, -66), (0, -52))
    stage.sheet(smooth([[x + a * z, y + b * z] for a, b in cap]), "red", 10)
    dots = ((-30, -96, 12), (8, -118, 14), (38, -88, 10))
    stage.sheet([oval(x + a * z, y + b * z, c * z, c * z * 0.8) for a, b, c in dots], "cream", 0)
