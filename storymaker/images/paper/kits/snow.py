"""Snow: bands of sky, far peaks, a village with lit windows or only firs, drifts before the feet."""

from dataclasses import replace

import numpy as np

from storymaker.images.paper import life, weather
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import box, fern, hill, oval, page, peaks, pine, smooth
from storymaker.images.paper.stage import Stage

WILD = ("mountain", "north pole", "ice", "igloo", "glacier", "forest", "wood", "nobody", "no house")
BARE = ("without a mark", "nothing but snow", "flat white")


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the snow."""
    rng = stage.rng
    hero = players.settle(stage, 230, 1300, rng.uniform(1318, 1338))
    moon = _sky(stage, scene)
    players.keep_clear(*moon, 100)
    players.props(stage, "sky", [(1180, 430), (360, 400), (760, 330), (1330, 380)])
    _far(stage, players)
    weather.fog(stage, scene, 780)
    y = players.clear_of_neck(rng.uniform(915, 955), 80)
    village = bool(rng.uniform() < 0.75) and not scene.mentions(*WILD)
    x = float(np.clip(players.group.right + 40, 960, 1180)) + rng.uniform(-40, 60)
    if village:
        _village(stage, scene, x, y - 85)
        life.smoke(stage, scene, x + 96, y - 290)
    life.birds(stage, scene, players, (300, 560))
    players.props(stage, "far", [(x - 470, y + 20, 0.9), (x + 330, y + 20, 0.9), (300, y + 20, 0.9)])
    stage.sheet(hill(rng, y, 26, 4, -60), "hill", 20, shade=12)
    if not scene.mentions(*BARE):
        _firs(stage, players, y, village=village)
    base = players.clear_of_neck(1130, 80)
    stage.sheet(hill(rng, base, 26, 3, 50), "near", 26, shade=14)
    if scene.mentions(*BARE):
        pass
    elif rng.uniform() < 0.6:
        _fence(stage, base + rng.uniform(0, 24))
    else:
        _tracks(stage, players, base)
    players.props(stage, "low", ())
    players.props(stage, "ground", [(1330, 1322), (210, 1325), (1180, 1260, 0.9), (330, 1270, 0.9)])
    players.draw(stage)
    _drifts(stage, players)
    weather.front(stage, replace(scene, weather="snow") if scene.weather == "storm" else scene, players)
    glow = (1180.0, 780.0) if village else moon
    stage.relight([(*glow, 560, 1.0, None), (hero.x, hero.top + hero.height * 0.4, 520, 0.55, None), *players.lights])


def _sky(stage: Stage, scene: Scene) -> tuple[float, float]:
    """Draw the bands of the sky and one sun or moon; return where it is."""
    rng = stage.rng
    veil = weather.veil(scene)
    stage.sheet(page(), veil or "sky", 0)
    x, y = float(rng.uniform(240, 1300)), float(rng.uniform(200, 300))
    if scene.light == "dusk":
        y = float(rng.uniform(520, 600))
    bands = ((230, "sky2"), (430, "sky3"), (600, "sky4"))
    tilt = rng.uniform(-80, 80)
    for i, (at, colour) in enumerate(bands if veil is None else ()):
        if (i == 1 and scene.light != "dusk") or (i == 2 and scene.light == "dusk"):
            _disc(stage, scene, x, y)
        stage.sheet(hill(rng, at, 46, 4, tilt), colour, 16, 0.22)
    calm = replace(scene, weather="snow") if scene.weather == "storm" else scene
    weather.sky(stage, calm, "cloud", bottom=460, star="star", lamp=(x, y))
    if scene.light == "dusk" and veil is None:
        weather.stars(stage, "star", 14, 250, points=4)
    return x, y


def _disc(stage: Stage, scene: Scene, x: float, y: float) -> None:
    if scene.weather in ("storm", "fog"):
        return
    stage.sheet(oval(x, y, 150), "sky3", 10, 0.18)
    stage.sheet(oval(x, y, 96), "disc", 12, 0.22)
    if scene.night:
        stage.glow(x, y, 170, "disc", 0.45)


def _far(stage: Stage, players: Players) -> None:
    """Draw peaks and the first slope."""
    rng = stage.rng
    stage.sheet(peaks(rng, 830, rng.uniform(260, 350), int(rng.integers(9, 13))), "far", 18, 0.35, shade=10)
    stage.sheet(hill(rng, players.clear_of_neck(800, 80), 30, 4), "mid", 18, 0.4, shade=10)


def _village(stage: Stage, scene: Scene, x: float, y: float) -> None:
    """Draw four small houses about x, their windows lit."""
    rng = stage.rng
    windows = []
    for a, b, size in ((-220, -4, 0.9), (190, -40, 1.0), (-80, -18, 1.1), (80, 10, 1.3)):
        hx, hy, z = x + a + rng.uniform(-25, 25), y + b, size * rng.uniform(0.9, 1.12)
        stage.sheet(box(hx - 60 * z, hy - 90 * z, 120 * z, 150 * z), "wall2" if z > 1 else "wall", 8)
        stage.sheet(np.array([[hx - 82 * z, hy - 78 * z], [hx, hy - 172 * z], [hx + 82 * z, hy - 78 * z]]), "near", 9)
        stage.sheet([box(hx + d * z, hy - 56 * z, 30 * z, 40 * z) for d in (-40, 10)], "win", 0, bevel=0)
        windows.append((hx, hy - 40 * z, z))
    for hx, hy, z in windows if scene.light != "day" else ():
        stage.glow(hx, hy, 85 * z, "win", 0.7)


def _firs(stage: Stage, players: Players, y: float, *, village: bool) -> None:
    """Draw firs with snow on them at both sides, fewer where the village is."""
    rng = stage.rng
    firs: list[tuple[float, float, float]] = [(90, 1150, 560), (290, 1080, 380), (1470, 1150, 520), (1330, 1080, 300)]
    if not village:
        firs = [
            (700, y + 40, 200),
            (1080, y + 60, 260),
            (870, y + 50, 170),
            (470, y + 40, 230),
            *firs,
            (1210, 1100, 420),
        ]
    for x, foot, h in firs:
        fx, fh = x + rng.uniform(-50, 50), h * rng.uniform(0.85, 1.15)
        if abs(fx - players.hero.x) < players.hero.width * 0.42 and foot > 1000:
            continue
        _fir(stage, fx, foot, fh)


def _fir(stage: Stage, x: float, y: float, h: float) -> None:
    stage.sheet(box(x - h * 0.03, y - h * 0.15, h * 0.06, h * 0.2), "pine2", 8)
    for i, tier in enumerate(pine(x, y, h)):
        stage.sheet(tier, "pine" if i else "pine2", 14)
        tip, w = float(tier[:, 1].min()), h * (0.085 - 0.012 * i)
        cap = ((0, -4), (w, h * 0.15), (h * 0.03, h * 0.12), (0, h * 0.17), (-h * 0.04, h * 0.12), (-w, h * 0.16))
        stage.sheet(smooth([[x + a, tip + b] for a, b in cap]), "near", 5, 0.3)


def _fence(stage: Stage, y: float) -> None:
    """Draw a low fence with snow on its posts, from the left edge."""
    for x in range(-64, 360, 84):
        stage.sheet(box(x, y, 30, 150), "fence", 10)
        cap = ((-10, 10), (-2, -12), (15, -20), (32, -12), (40, 10), (15, 16))
        stage.sheet(smooth([[x + a, y + b] for a, b in cap]), "front", 5)
    stage.sheet([box(-90, y + 38, 440, 20), box(-90, y + 92, 440, 20)], "fence", 8)


def _tracks(stage: Stage, players: Players, y: float) -> None:
    """Draw a line of small footprints that leads to the hero."""
    x0, x1 = players.group.right + 250, players.hero.x
    t = np.linspace(0, 0.8, 9)
    steps = [oval(x0 + (x1 - x0) * u, y + 40 + 170 * u + 12 * (i % 2), 17, 8, -0.2) for i, u in enumerate(t)]
    stage.sheet(steps, "hill", 0, bevel=-40)


def _drifts(stage: Stage, players: Players) -> None:
    """Draw the drifts before the feet, and fronds in the corners."""
    rng = stage.rng
    stage.sheet(hill(rng, players.hero.bottom + 2, 13, 5), "front", 30, 0.5, shade=22)
    mounds = [oval(x + rng.uniform(-60, 60), 1400, rng.uniform(70, 150), rng.uniform(26, 44)) for x in (260, 980, 1300)]
    stage.sheet(mounds, "front", 12, 0.22, shade=12)
    players.props(stage, "front", [(1060, 1470), (480, 1476), (760, 1484), (1200, 1462), (330, 1470)])
    stage.sheet(hill(rng, 1462, 22, 4), "near", 30, 0.5, shade=24)
    fronds = ((60, 300, -40), (190, 230, 90), (1330, 220, -90), (1470, 330, 50))
    ferns = [fern(x + rng.uniform(-30, 30), 1560, h * rng.uniform(0.8, 1.1), lean) for x, h, lean in fronds]
    stage.sheet([p for f in ferns for p in f], "pine2", 24)
