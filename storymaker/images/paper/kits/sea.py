"""The sea: rings of light low over the water, a boat with one patched sail, waves before its hull; or the beach."""

import functools
from collections.abc import Callable, Sequence

import numpy as np

from storymaker.images.paper import weather
from storymaker.images.paper.players import Players, Spot
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import (
    PAGE,
    Polygon,
    bird,
    blade,
    box,
    cloud,
    ground,
    hill,
    oval,
    page,
    smooth,
    star,
    turned,
    waves,
)  # fmt: skip
from storymaker.images.paper.stage import Stage

Place = Callable[[Sequence[tuple[float, float]]], Polygon]
"""Brings points of the boat, as drawn about its own middle, to where it lies."""

INSIDE = ((-590, -102), (-20, -152), (570, -112), (480, 88), (-480, 88))
SHORE = ("on the sand", "beach", "on the shore", "seaside", "in the sand", "island", "dune")


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the sea from a boat, or from the beach."""
    if scene.mentions(*SHORE):
        _shore(stage, scene, players)
    else:
        _afloat(stage, scene, players)


def _afloat(stage: Stage, scene: Scene, players: Players) -> None:
    rng, storm = stage.rng, scene.weather == "storm"
    hero = players.settle(stage, 430, 1330, rng.uniform(1222, 1240))
    z = float(np.clip(players.group.width / 800, 0.62, 1.6))
    place = functools.partial(
        _moored, x=players.group.left + 275 * z, y=hero.bottom, z=z, roll=rng.uniform(3, 5) if storm else 0
    )
    horizon = players.clear_of_neck(rng.uniform(820, 930), 100)
    lamp = _sky(stage, scene, horizon, float(np.clip(hero.x + rng.uniform(150, 420), 640, 1180)))
    players.keep_clear(*lamp, 130)
    players.keep_clear(players.group.left - 165 * z, hero.bottom - 540 * z, 240 * z)  # the sail
    players.props(stage, "sky", [(330, 420), (1290, 430), (620, 330), (1000, 300)])
    _far_land(stage, scene, players, horizon)
    high = 2.3 if storm else 0.45 if scene.mentions("calm", "still", "flat") else 1.0
    _swell(stage, ((horizon, 22 * high, 9, "w1"),), 16)
    weather.fog(stage, scene, horizon + 30)
    _swell(stage, ((horizon + 105, 32 * high, 7, "w2"),), 16)
    if not storm and scene.weather not in ("rain", "fog"):
        _path_of_light(stage, lamp, horizon)
    players.props(stage, "low", ())
    _sail(stage, place, furled=scene.mentions("furled", "limp"))
    stage.sheet(smooth(place(INSIDE)), "boat2", 20)
    deck = [place_spot(place, at) for at in ((420, -30), (300, -20), (-400, -30), (500, -38))]
    players.props(stage, "ground", deck, high=0.25, only=True)
    players.props(stage, "front", deck)
    players.draw(stage, contact=0.35, tilt=-3 if storm else 0)
    _hull(stage, place)
    _swell(stage, ((1410, 40 * min(high, 1.5), 6, "w3"), (1490, 42 * min(high, 1.5), 5, "w4")), 24)
    if storm:
        _spray(stage, place)
    weather.front(stage, scene, players)
    stage.relight([(*lamp, 620, 1.0, None), (hero.x, hero.top + hero.height * 0.4, 520, 0.7, None), *players.lights])


def _moored(points: Sequence[tuple[float, float]], x: float, y: float, z: float, roll: float) -> Polygon:
    """Bring points about the middle of the boat's deck to the kit's page."""
    return turned(np.asarray(points, np.float32) * z + np.array([x, y], np.float32), x, y, roll)


def place_spot(place: Place, at: tuple[float, float]) -> Spot:
    """Return a spot on the deck."""
    x, y = place([at])[0]
    return float(x), float(y)


def _sky(stage: Stage, scene: Scene, horizon: float, x: float) -> tuple[float, float]:
    """Draw the sky; return where sun or moon is."""
    rng = stage.rng
    veiled = scene.weather in ("storm", "rain", "fog")
    stage.sheet(page(), weather.veil(scene) or "sky", 0, shade=22)
    if scene.night:
        y = rng.uniform(300, 400) if not scene.mentions("low moon") else horizon - 170
        rings = ((430, "sky2"), (300, "ring2"), (205, "ring"), (118, "sun"))
    else:
        y = horizon - rng.uniform(200, 300) if scene.light == "dusk" else rng.uniform(330, 470)
        rings = ((520, "sky2"), (390, "ring2"), (275, "ring"), (170, "sun"))
    for r, colour in rings if not veiled else rings[:1] if scene.night else ():
        stage.sheet(oval(x, y, r), colour, 14, 0.22)
    if scene.night and not veiled:
        stage.glow(x, y, 190, "sun", 0.4)
    weather.sky(stage, scene, "cloud", bottom=min(horizon - 150, 640), star="sun", lamp=(x, y))
    if scene.light == "dusk" and not veiled:
        for a, b, w in ((rng.uniform(100, 420), 240.0, 170.0), (rng.uniform(1180, 1400), 190.0, 140.0)):
            stage.sheet(cloud(rng, a, b, w), "cloud", 20, 0.3)
    if not scene.night and not veiled:
        left, top = rng.uniform(120, 420), rng.uniform(400, 520)
        flock = ((0, 0, 46), (110, -60, 32), (-90, -90, 26))
        stage.sheet([bird(left + p, top + q, r) for p, q, r in flock], "gull", 8, 0.3)
    return x, y


def _far_land(stage: Stage, scene: Scene, players: Players, horizon: float) -> None:
    """Draw far islands, and what stands on them."""
    rng = stage.rng
    side = rng.uniform(0, 1)
    x = float(rng.uniform(120, 300) if side < 0.5 else rng.uniform(1180, 1350))
    if players.waits("far"):
        players.props(stage, "far", [(x, horizon + 12), (1380, horizon + 12), (170, horizon + 12)])
        if players.placed.get("lighthouse") is not None:
            x = players.placed["lighthouse"].x + 40
    w, h = rng.uniform(230, 330), rng.uniform(100, 170)
    land = [(-w, 40), (-w * 0.6, -h * 0.45), (-w * 0.1, -h * 0.62), (w * 0.4, -h * 0.5), (w, 40)]
    stage.sheet(smooth([[x + a, horizon + b] for a, b in land]), "far", 16, 0.3)
    if scene.mentions("lit window", "one small lit window", "lights of", "village"):
        stage.sheet(box(x - 30, horizon - h * 0.32, 18, 22), "#ffd479", 3, 0.3)
        stage.glow(x - 21, horizon - h * 0.28, 46, "#ffd479", 0.7)


def _swell(stage: Stage, rows: Sequence[tuple[float, float, float, str]], lift: float) -> None:
    """Draw rows of waves, each with its line of foam."""
    for y, amp, n, colour in rows:
        phase, many = stage.rng.uniform(0, 1), n + stage.rng.uniform(-0.8, 0.8)
        stage.sheet(waves(y - 10, amp, many, phase), "foam", lift, 0.4)
        stage.sheet(waves(y, amp, many, phase), colour, 3, 0.3, shade=16)


def _path_of_light(stage: Stage, lamp: tuple[float, float], horizon: float) -> None:
    """Draw slips of light on the water below sun or moon."""
    rng = stage.rng
    slips = []
    for i in range(7):
        w = 120 - 9 * i + rng.uniform(-20, 20)
        slips.append(oval(lamp[0] + rng.uniform(-30, 30), horizon + 34 + i * 27, w, 5.5))
    stage.sheet(slips, "sun", 3, 0.15, bevel=20)


def _sail(stage: Stage, place: Place, *, furled: bool) -> None:
    """Draw mast, flag and the patched sail, full or furled."""
    mast = [(-302, -902), (-276, -902), (-276, 0), (-302, 0)]
    stage.sheet(place(mast), "mast", 12)
    if furled:
        stage.sheet(
            smooth(place([(-300, -640), (-268, -520), (-270, -330), (-300, -210), (-330, -330), (-334, -520)])),
            "sail",
            18,
        )
        bands = [[(-336, y), (-266, y - 8), (-266, y + 14), (-336, y + 22)] for y in (-560, -430, -300)]
        stage.sheet([place(b) for b in bands], "sail2", 4, 0.25)
    else:
        right, low = stage.rng.uniform(-0.06, 0.1), [(-690, -282), (-490, -247), (-314, -272)]
        edge = [(-314, -860), (-360 - 120 * right, -672), (-490 - 160 * right, -442)]
        stage.sheet(_sail_shape(place, [*edge, *low]), "sail", 24, shade=12)
        cloth = _sail_shape(place, [*edge, *low])
        for y in stage.rng.permutation([-672, -472, -560])[:2]:
            band = [(-780, y + 130), (-260, y), (-260, y + 86), (-780, y + 216)]
            stage.sheet(place(band), "sail2", 4, 0.2, clip=cloth)
        patch = place([(-430, -420), (-350, -436), (-340, -362), (-420, -346)])
        stage.sheet(patch, "boat", 5, 0.3, clip=cloth)
    stage.sheet(place([(-276, -902), (-140, -860), (-276, -818)]), "boat", 10)


def _sail_shape(place: Place, points: Sequence[tuple[float, float]]) -> Polygon:
    """Return the sail: straight at the mast, curved at its leech."""
    leech, foot = smooth(place(points[:4]), closed=False), smooth(place(points[3:]), closed=False)
    return np.vstack([leech, foot])


def _hull(stage: Stage, place: Place) -> None:
    """Draw the hull with its trim, a star and portholes."""
    top = [(-650, -142), (-540, -82), (-280, -46), (20, -42), (320, -56), (530, -92), (650, -152)]
    keel = [(610, 8), (460, 168), (220, 228), (-260, 228), (-480, 168), (-610, 18)]
    stage.sheet(smooth(place([*top, *keel])), "boat", 30, shade=16)
    under = [(645, -114), (530, -46), (320, -10), (20, 6), (-280, 0), (-540, -36), (-646, -102)]
    stage.sheet(smooth(place([*top, *under])), "trim", 12)
    z = float(np.ptp(place(top)[:, 0])) / 1300
    x, y = place_spot(place, (-450, 64))[:2]
    stage.sheet(star(x, y, 54 * z), "trim", 6)
    holes = [place_spot(place, (a, 86))[:2] for a in (-120, 80, 280)]
    stage.sheet([oval(a, b, 34 * z) for a, b in holes], "boat2", 0)
    stage.sheet([[oval(a, b, 40 * z), oval(a, b, 26 * z)] for a, b in holes], "trim", 6)


def _spray(stage: Stage, place: Place) -> None:
    """Draw drops thrown up at the bow."""
    rng = stage.rng
    x, y = place_spot(place, (610, 0))[:2]
    drops = [oval(x + rng.uniform(-60, 90), y + rng.uniform(-170, 120), rng.uniform(5, 15)) for _ in range(16)]
    stage.sheet(drops, "foam", 8, 0.3)


def _shore(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the beach: water behind, the boat drawn up, sand under the feet."""
    rng = stage.rng
    hero = players.settle(stage, 200, 1180, rng.uniform(1325, 1345))
    horizon = players.clear_of_neck(rng.uniform(760, 840), 100)
    lamp = _sky(stage, scene, horizon, float(np.clip(hero.x + rng.uniform(200, 500), 560, 1200)))
    players.keep_clear(*lamp, 130)
    players.props(stage, "sky", [(330, 420), (1290, 430), (620, 330), (1000, 300)])
    _far_land(stage, scene, players, horizon)
    _swell(stage, ((horizon, 14, 9, "w1"), (horizon + 70, 20, 7, "w2")), 14)
    if scene.weather in ("clear", "wind", "snow"):
        _path_of_light(stage, lamp, horizon - 20)
    weather.fog(stage, scene, horizon + 40)
    _swell(stage, ((horizon + 150, 24, 6, "w3"),), 18)
    x = float(np.clip(players.group.right + 60, 900, 1260))
    if scene.mentions("boat"):
        beached = functools.partial(_moored, x=x, y=1140, z=0.62, roll=-5)
        _sail(stage, beached, furled=scene.mentions("furled", "limp"))
        stage.sheet(smooth(beached(INSIDE)), "boat2", 16)
        _hull(stage, beached)
    _sand(stage, players)
    players.props(stage, "low", ())
    players.props(stage, "ground", [(1280, 1330), (230, 1330), (1130, 1260, 0.9), (360, 1270, 0.9)])
    players.draw(stage)
    stage.sheet(hill(rng, hero.bottom + 4, 11, 5), "sand", 18, 0.34, shade=12)
    players.props(stage, "front", [(1060, 1470), (500, 1476), (780, 1484), (1200, 1466), (330, 1470)])
    _dunes(stage)
    weather.front(stage, scene, players)
    stage.relight([(*lamp, 620, 1.0, None), (hero.x, hero.top + hero.height * 0.4, 520, 0.7, None), *players.lights])


def _sand(stage: Stage, players: Players) -> None:
    """Draw the wet edge and the dry sand, its line away from the hero's neck."""
    rng = stage.rng
    y = players.clear_of_neck(1150, 90)
    x = np.linspace(-90, PAGE + 90, 8)
    edge = y + rng.uniform(-24, 24, 8) + 40 * np.sin(np.arange(8) * 1.3)
    stage.sheet(ground(smooth(np.c_[x, edge - 26], closed=False)), "foam", 12, 0.3)
    stage.sheet(ground(smooth(np.c_[x, edge], closed=False)), "sand2", 8, 0.3, shade=8)
    stage.sheet(hill(rng, y + 95, 22, 4), "sand", 16, 0.3, shade=12)


def _dunes(stage: Stage) -> None:
    """Draw grass on dark dunes in both near corners."""
    rng = stage.rng
    for x, lean in ((110, 50), (1430, -50)):
        reeds = [
            blade(x + a, 1520, rng.uniform(150, 330), lean * rng.uniform(0.2, 1.6), 9) for a in range(-150, 160, 28)
        ]
        stage.sheet(reeds, "grass", 18)
    left = smooth([[-120, 1430], [60, 1440], [260, 1500], [420, 1640], [-120, 1640]])
    right = smooth([[1656, 1420], [1470, 1436], [1290, 1500], [1120, 1640], [1656, 1640]])
    stage.sheet([left, right], "sand2", 28, shade=8)
