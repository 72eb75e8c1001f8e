"""A small island, or a beach: flat water to the horizon, a sandy shore and a boat with one patched sail beside it.

Wide, it is seen from high above: the sea fills the page and the island lies in the middle of it.
"""

from dataclasses import dataclass

import numpy as np

from storymaker.images.paper import life, weather
from storymaker.images.paper.kits._coast import boat, growth, rough, waterline
from storymaker.images.paper.players import Players, Spot
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    blade,
    ground,
    hill,
    line,
    oval,
    page,
    smooth,
    star,
    waves,
)  # fmt: skip
from storymaker.images.paper.stage import Stage

ISLE = ("island", "islet", "lagoon")


@dataclass(frozen=True)
class Lie:
    """How the land lies: the horizon, the shore line, and whether water is all round."""

    horizon: float
    shore: float
    isle: bool
    above: bool


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the island."""
    rng = stage.rng
    lie = _lie(scene)
    right = 1010 if lie.above else (1040 if players.left_over() else 1110)
    hero = players.settle(stage, 330 if lie.above else 230, right, 1120 if lie.above else rng.uniform(1318, 1340))
    x, y = float(np.clip(hero.x + rng.uniform(20, 260), 460, 1090)), lie.horizon * rng.uniform(0.46, 0.6)
    _sky(stage, scene, lie, x, y)
    _headland(stage, scene, players, lie, x)
    players.props(stage, "sky", [(1200, 400), (420, 300), (860, 210), (300, 430)])
    _sea(stage, scene, lie, x)
    edge = _from_above(stage) if lie.above else _shore(stage, lie)
    _moor(stage, scene, lie)
    growth(stage, scene, *((300.0, 1085.0, 0.62) if lie.above else (110 + rng.uniform(-30, 40), 1245.0, 1.0)))
    beside: list[Spot] = [(1110, 1180, 0.8), (420, 1170, 0.8)]
    before: list[Spot] = []
    air: list[Spot] = [(1180, 560), (300, 600), (900, 470)]
    if not lie.above:
        beside = [(1160, 1306), (150, 1306), (1010, 1200, 0.8)]
        before = [(980, 1446), (430, 1446), (700, 1450)]
        air = [(1010, 700), (190, 800), (1340, 560)]
    life.birds(stage, scene, players, (180, 0.8 * lie.horizon))
    players.props(stage, "ground", beside)
    players.draw(stage)
    _sand_before(stage, lie, edge, players)
    players.props(stage, "ground", before)
    players.props(stage, "low", [*air, (1130, 1430), (420, 1436), (768, 1440)])
    _near(stage, scene, lie)
    weather.front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 520, 0.7 if scene.night else 0.2, None)
    stage.relight([(x, y, 700, 0.9, None), pool, *players.lights])


def _lie(scene: Scene) -> Lie:
    """Choose the land from the words: an island all round, or a shore across the page."""
    above = scene.shot == "wide" and scene.mentions("above", *ISLE)
    isle = above or scene.mentions(*ISLE)
    if above:
        return Lie(330.0, 900.0, True, True)
    return Lie(500.0 if scene.shot == "close" else 540.0, 1035.0, isle, False)


def _sky(stage: Stage, scene: Scene, lie: Lie, x: float, y: float) -> None:
    """Draw the sky with its lamp low over the water."""
    stage.sheet(page(), "gloom" if scene.weather == "storm" else "sky", 0, shade=16)
    overcast = scene.weather in ("rain", "storm", "fog")
    shown = {"storm": 0, "rain": 1, "fog": 2}.get(scene.weather, 3)
    for r, colour in ((400, "ring3"), (280, "ring2"), (180, "ring"))[:shown]:
        stage.sheet(oval(x, y, r), colour, 12, 0.18)
    if not overcast:
        stage.sheet(oval(x, y, 96), "sun", 12, 0.22)
        stage.glow(x, y, 190, "sun", 0.35)
    weather.sky(stage, scene, "cloud", bottom=lie.horizon, star="star")


def _headland(stage: Stage, scene: Scene, players: Players, lie: Lie, x: float) -> None:
    """Draw far land at the side the lamp leaves free; a lighthouse would stand on it."""
    a = 190.0 if x > 700 else 1340.0
    near = scene.mentions("lighthouse")
    for w, h, colour in ((330, 84, "far"), (190, 50, "w4")) if near else ((320, 74, "far"),):
        y = lie.horizon + 26
        land = [[a - w, y + 10], [a - w * 0.5, y - h * 0.7], [a, y - h], [a + w * 0.5, y - h * 0.55], [a + w, y + 10]]
        stage.sheet(smooth(land), colour, 8, 0.24)
    players.props(stage, "far", [(a, lie.horizon - 6)])


def _moor(stage: Stage, scene: Scene, lie: Lie) -> None:
    """Draw the boat: drawn up on the sand, or afloat by the shore."""
    rng = stage.rng
    if lie.above:
        boat(stage, scene, 1185 + rng.uniform(-20, 50), 1120 + rng.uniform(-30, 40), 0.62)
    elif rng.integers(2):
        boat(stage, scene, 1310 + rng.uniform(-30, 30), 1262, rng.uniform(0.86, 0.98))
    else:
        x, y = 1230 + rng.uniform(-60, 60), lie.shore + (30 if lie.isle else -10)
        boat(stage, scene, x, y, 0.66)
        waterline(stage, x, y, 0.66)


def _sea(stage: Stage, scene: Scene, lie: Lie, x: float) -> None:
    """Draw the water in bands; calm, it holds the stars and the lamp's path."""
    rng = stage.rng
    bottom = PAGE if lie.above else lie.shore + 60
    papers = ("w3", "w4", "storm", "storm2") if scene.weather == "storm" else ("w1", "w2", "w3", "w4")
    tops = lie.horizon + (bottom - lie.horizon) * np.array([0.0, 0.2, 0.46, 0.74])
    for i, (top, colour) in enumerate(zip(tops, papers, strict=True)):
        if i == 1:
            weather.fog(stage, scene, lie.horizon + 40)
        if rough(scene) and i:
            amp, phase = (26 + 14 * i) * (1.5 if scene.weather == "storm" else 1.0), rng.uniform(0, 1)
            stage.sheet(waves(top - 5 - 4 * i, amp * 1.12, 9 - 2 * i, phase), "foam", 14, 0.4)
            stage.sheet(waves(top, amp, 9 - 2 * i, phase - 0.03), colour, 3, 0.3, shade=20)
        else:
            stage.sheet(hill(rng, top, 2 + 4 * i, 3 + i), colour, 10 if i else 6, 0.26, shade=10)
    if not rough(scene) and scene.weather not in ("rain", "fog"):
        _glitter(stage, scene, lie, x, bottom)


def _glitter(stage: Stage, scene: Scene, lie: Lie, x: float, bottom: float) -> None:
    """Draw the lamp's path on the water, and by night the stars in it."""
    rng = stage.rng
    deep = bottom - lie.horizon
    u = np.linspace(0.04, 0.72, 10)
    path = [
        oval(x + rng.uniform(-16, 16), lie.horizon + d * deep, 40 + 120 * d + rng.uniform(-14, 14), 6 + 9 * d)
        for d in u
    ]
    stage.sheet(path, "path", 3, 0.2)
    if not scene.night:
        dashes = zip(rng.uniform(0, PAGE, 22), lie.horizon + deep * rng.uniform(0.06, 0.95, 22), strict=True)
        stage.sheet([oval(a, b, rng.uniform(30, 70), 4) for a, b in dashes], "foam", 2, 0.2)
        return
    spots: list[tuple[float, float]] = []
    for _ in range(260):
        a, b = rng.uniform(30, PAGE - 30), lie.horizon + 26 + (deep - 30) * rng.uniform(0, 1)
        if len(spots) < (80 if lie.above else 38) and all((a - c) ** 2 + 4 * (b - d) ** 2 > 82**2 for c, d in spots):
            spots.append((a, b))
    stage.sheet([oval(a, b + 2, 26 + 12 * (b - lie.horizon) / deep, 6) for a, b in spots], "w1", 2, 0.16, bevel=20)
    size = [8 + 8 * (b - lie.horizon) / deep + rng.uniform(-2, 4) for _, b in spots]
    stage.sheet([star(a, b, r, 5, 0.42) for (a, b), r in zip(spots, size, strict=True)], "star", 4, 0.3)


def _shore(stage: Stage, lie: Lie) -> Polygon:
    """Draw foam, wet sand and dry sand, and return its edge; an island falls away at both sides."""
    rng = stage.rng
    dip = 175.0 if lie.isle else rng.uniform(-26, 26)
    xs = np.array([-90, 130, 430, 768, 1110, 1400, PAGE + 90])
    fall = np.array([1.5, 0.9, 0.26, 0.0, 0.22, 0.8, 1.4]) * dip + rng.uniform(-8, 8, 7)
    for down, colour, lift in ((-34, "w1", 6), (-14, "foam", 8), (4, "wet", 5), (44, "sand", 12)):
        edge = smooth(np.c_[xs, lie.shore + down + fall + rng.uniform(-6, 6, 7)], closed=False)
        stage.sheet(ground(edge), colour, lift, 0.3, shade=14 if colour == "sand" else 0)
    stage.sheet(_pebbles(stage, 1090, 1230), "rock", 3, 0.3)
    ripples = [
        line(_ripple(a, b, w), 5)
        for a, b, w in zip(rng.uniform(200, 1250, 8), rng.uniform(1160, 1300, 8), rng.uniform(70, 130, 8), strict=True)
    ]
    stage.sheet(ripples, "sand2", 0, bevel=24)
    return edge


def _pebbles(stage: Stage, top: float, bottom: float) -> list[Polygon]:
    rng = stage.rng
    return [oval(rng.uniform(240, 1300), rng.uniform(top, bottom), r, r * 0.6) for r in rng.uniform(6, 14, 9)]


def _ripple(x: float, y: float, w: float) -> Polygon:
    t = np.linspace(-1, 1, 16)
    ripple: Polygon = np.c_[x + w * t, y + 7 * np.cos(t * 4)]
    return ripple


def _from_above(stage: Stage) -> Polygon:
    """Draw the island as it lies in the sea, rings of shallow water and foam round the sand; return its outline."""
    rng = stage.rng
    t = np.linspace(0, 2 * np.pi, 13)[:-1]
    k = 1 + rng.uniform(-0.05, 0.05, 12)
    for grow, colour, lift in (
        (1.52, "w2", 8),
        (1.30, "w1", 8),
        (1.12, "foam", 8),
        (1.05, "wet", 5),
        (1.0, "sand", 12),
    ):
        ring = smooth(np.c_[770 + 560 * grow * k * np.cos(t), 1085 + 190 * grow * k * np.sin(t)], steps=10)
        stage.sheet(ring, colour, lift, 0.28, shade=10 if colour == "sand" else 0)
    ripples = [
        line(_ripple(a, b, w), 5)
        for a, b, w in zip(rng.uniform(400, 1080, 6), rng.uniform(1000, 1200, 6), rng.uniform(50, 90, 6), strict=True)
    ]
    stage.sheet(ripples, "sand2", 0, bevel=24)
    return ring


def _sand_before(stage: Stage, lie: Lie, edge: Polygon, players: Players) -> None:
    """Draw a low ridge of sand before the feet."""
    rng, foot = stage.rng, players.group.bottom - 8
    feet = [b for b in (players.hero, players.friend) if b]
    if lie.above:
        for b in feet:
            a, c, y = b.left + 0.04 * b.width, b.right - 0.04 * b.width, b.bottom
            dip = [[a, y + 2], [b.x - 0.2 * b.width, y - 9], [b.x + 0.2 * b.width, y - 7], [c, y + 2], [b.x, y + 26]]
            stage.sheet(smooth(dip), "sand", 4, 0.24, bevel=20, clip=edge)
        group = players.group
        tufts = np.linspace(group.left + 20, group.right - 20, 5) + rng.uniform(-30, 30, 5)
        stage.sheet(
            [blade(a + d, foot + 20, h, d * 1.4, 6) for a in tufts for d, h in ((-16, 40), (0, 58), (14, 46))],
            "reed",
            8,
        )
        stage.sheet(_pebbles(stage, foot + 40, foot + 90), "rock", 3, 0.3, clip=edge)
        return
    across = np.linspace(-90, PAGE + 90, 9)
    stage.sheet(
        ground(smooth(np.c_[across, foot - 10 + rng.uniform(-9, 9, 9)], closed=False)), "sand", 22, 0.4, shade=12
    )
    stage.sheet(star(rng.uniform(240, 620), foot + rng.uniform(62, 100), 24, 5, 0.5), "red", 7)
    stage.sheet([oval(rng.uniform(720, 1250), foot + rng.uniform(56, 100), 15, 11, 0.4) for _ in range(3)], "foam", 6)
    stage.sheet(
        [line(_ripple(a, foot + 56 + b, 90), 5) for a, b in ((300, 0), (620, 30), (930, 6), (1200, 34))],
        "sand2",
        0,
        bevel=24,
    )


def _near(stage: Stage, scene: Scene, lie: Lie) -> None:
    """Draw the near edge: water round an island, dark marram on a beach."""
    rng = stage.rng
    if lie.above:
        for y, colour in ((1400, "w3"), (1470, "w4")):
            if rough(scene):
                phase = rng.uniform(0, 1)
                stage.sheet(waves(y - 9, 40, 6, phase), "foam", 22)
                stage.sheet(waves(y, 40, 6, phase), colour, 3, 0.3, shade=12)
        _reeds(stage, scene, 0.8)
        return
    if lie.isle:
        for y, amp, colour in ((1446, 16, "foam"), (1456, 16, "w2"), (1500, 14, "w4")):
            x = np.linspace(-90, PAGE + 90, 60)
            stage.sheet(
                ground(np.c_[x, y + amp * np.sin(x / 95 + (y > 1470) * 2)]), colour, 16 if colour != "w2" else 3, 0.34
            )
    else:
        stage.sheet(hill(rng, 1450, 16, 5), "sand2", 22, shade=10)
    _reeds(stage, scene, 1.0)


def _reeds(stage: Stage, scene: Scene, z: float) -> None:
    """Draw dark marram in both corners."""
    rng = stage.rng
    bend = 70 if rough(scene) else 0
    for x0, s in ((-10, 1), (PAGE + 10, -1)):
        tall = [
            blade(x0 + s * d, 1570, h * z * rng.uniform(0.8, 1.1), s * lean + bend, 13)
            for d, h, lean in (
                (0, 400, 40),
                (40, 330, 90),
                (85, 260, 10),
                (120, 240, 100),
                (165, 170, 40),
                (200, 130, 80),
            )
        ]
        stage.sheet(tall, "dark", 26, shade=8)
