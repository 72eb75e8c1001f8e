"""Space: the hero on a small moon whose curve is the ground, before a bright cloud of stars that opens in dark sheets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from storymaker.images.paper.kits import _heavens as heavens
from storymaker.images.paper.layout import Box
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import BLEED, PAGE, Polygon, ground, oval, page, smooth, star
from storymaker.images.paper.stage import Stage

LANDMARKS = {
    "flight": ("flying", "flies", "flew", "take off", "takes off", "blast off", "blasts off"),
    "rocket": ("rocket", "spaceship", "spacecraft", "landed"),
    "flag": ("flag", "pennant"),
    "house": ("moon house", "dome", "moon base", "space station"),
}
BARE = ("bare", "nothing else", "nobody", "nobody else")


@dataclass(frozen=True)
class Ball:
    """A round ground: the middle of the ball, its highest point and its radius."""

    x: float
    top: float
    r: float

    def at(self, x: float) -> float:
        """Return the height of its edge at x."""
        return float(self.top + self.r - np.sqrt(max(self.r**2 - (x - self.x) ** 2, 0.0)))

    def turn(self, x: float) -> float:
        """Return how much the ground leans at x, in radians."""
        return (x - self.x) / self.r

    def outline(self, bumps: tuple[tuple[float, float, float], ...] = ()) -> Polygon:
        """Return the ground below its edge; bumps (x, width, height) are rims of craters seen from the side."""
        x = np.linspace(-BLEED, PAGE + BLEED, 220)
        y = np.array([self.at(v) for v in x])
        for at, w, h in bumps:
            d = ((x - at) / w) ** 2
            y -= h * (np.exp(-d) - 0.85 * np.exp(-d * 4.5))
        return ground(np.c_[x, y])


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw space."""
    rng = stage.rng
    hero = players.settle(stage, 250, 1150 if players.left_over() else 1230, rng.uniform(1318, 1336))
    ridge = Ball(rng.uniform(640, 900), players.clear_of_neck(rng.uniform(1075, 1110), 120), 1060)
    x, y = float(np.clip(players.group.x + rng.uniform(-30, 110), 420, 1120)), hero.top + 0.16 * hero.height
    _nebula(stage, x, y)
    spot = _bodies(stage, scene, players, ridge, (x, y))
    players.props(stage, "sky", [(430, 560), (1290, 700, 0.85), (700, 470), (300, 620, 0.85), (980, 470, 0.8)])
    _land(stage, scene, players, ridge, spot)
    players.props(stage, "low", ())
    players.props(stage, "ground", [(1290, 1345), (190, 1345), (1160, 1290, 0.9), (340, 1285, 0.9)])
    players.draw(stage)
    _front(stage, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 540, 0.6 if scene.night else 0.35, None)
    stage.relight([(x, y, 700, 0.9, None), pool, *players.lights])


def _nebula(stage: Stage, x: float, y: float) -> None:
    """Draw the cloud: a pale paper, and over it darker sheets, each with a wider hole."""
    rng = stage.rng
    lean = rng.uniform(-0.6, -0.35)
    stage.sheet(page(), "n0", 0)
    for i, (rx, ry) in enumerate(((440, 310), (600, 430), (770, 570), (960, 730))):
        a = np.linspace(0, 2 * np.pi, 17)[:-1]
        k = 1 + rng.uniform(-0.07, 0.07, 16) + 0.05 * np.cos(a * 5 + i)
        u, v = rx * k * np.cos(a), ry * k * np.sin(a)
        c, s = np.cos(lean), np.sin(lean)
        edge = smooth(np.c_[x + u * c - v * s, y + u * s + v * c], steps=8)
        stage.sheet([[page(), edge]], f"n{i + 1}", 24, 0.3, shade=6)


def _stars(stage: Stage, keep: list[Box], middle: tuple[float, float], n: int) -> None:
    """Cut stars into the dark of the sky, each with the shadow of its own edge in it, and pinholes among them."""
    rng = stage.rng
    seen: list[tuple[float, float, float]] = []
    for _ in range(n * 8):
        x, y, r = rng.uniform(20, PAGE - 20), rng.uniform(20, 1080), float(rng.choice([4, 7, 10, 15, 22]))
        near = any(np.hypot(x - a, y - b) < 60 + r for a, b, _ in seen)
        dark = np.hypot((x - middle[0]) / 520, (y - middle[1]) / 400) > 1
        if len(seen) < n and dark and not near and not any(Box(x - r, y - r, x + r, y + r).shared(b) for b in keep):
            seen.append((x, y, r))
    cut = [star(x, y, r, 5, 0.44) for x, y, r in seen if r > 4]
    holes = [oval(x, y, r) for x, y, r in seen if r == 4]
    stage.sheet(cut, "star2", 0, bevel=-60)
    dx, dy = np.array(stage.palette.sun_from) * 2.5
    stage.sheet([star(x - dx, y - dy, r, 5, 0.44) for x, y, r in seen if r > 4], "star", 0, bevel=0, clip=cut)
    stage.sheet(holes, "star", 0, bevel=-40)


def _bodies(stage: Stage, scene: Scene, players: Players, ridge: Ball, middle: tuple[float, float]) -> float:
    """Draw planets, stars and what flies among them, beside and above the heads; return where a landmark may stand."""
    rng = stage.rng
    g, low = players.group, float(min(players.group.top - 90, 480))
    right, left = float(np.clip(g.right + 130, 1010, 1215)), float(np.clip(g.left - 40, 250, 430))
    rising = bool(rng.uniform() < 0.36) and g.right < 1080
    r, er = (rng.uniform(76, 92), rng.uniform(165, 200)) if rising else (rng.uniform(96, 122), rng.uniform(64, 88))
    planet, globe = (right, low * rng.uniform(0.86, 1), r), (left, low * rng.uniform(0.78, 1), er)
    if rising:  # an earthrise: the earth large at the edge of the moon, the planet small on the other side
        x = float(np.clip(g.right + 0.7 * er, 1060, 1250))
        planet, globe = (left, planet[1], r), (x, ridge.at(x) - 0.42 * er, er)
    around = [b.grown(46) for b in (players.hero, players.friend) if b is not None]
    px, py, _ = planet
    taken = [*around, Box(px - 2.1 * r, py - 1.3 * r, px + 2.1 * r, py + 1.3 * r), _round(globe).grown(20)]
    small = (float(rng.uniform(620, 900)), float(rng.uniform(215, 270)), float(rng.uniform(24, 34)))
    taken.append(_round(small).grown(20))
    falls = scene.weather in ("storm", "rain")
    flight = _shower(stage, taken, 15 if scene.weather == "storm" else 8) if falls else _comet(stage, scene, taken)
    _stars(stage, [*taken, *flight], middle, 44)
    heavens.ringed(stage, *planet, rng.uniform(-0.5, -0.28))
    heavens.earth(stage, *globe)
    heavens.moonlet(stage, *small)
    players.keep_clear(px, py, r * 1.3)
    players.keep_clear(*globe)
    a, b = (edge + inset for edge, inset in zip(stage.view.edges(), (130, -130), strict=True))
    return (
        max(a, 250.0) if rising or g.left - a > b - g.right + 60 else float(np.clip(g.right + 150, 1000, min(b, 1250)))
    )


def _round(body: tuple[float, float, float]) -> Box:
    x, y, r = body
    return Box(x - r, y - r, x + r, y + r)


def _comet(stage: Stage, scene: Scene, keep: list[Box]) -> list[Box]:
    """Draw one comet, unless the seed has none; return the room it takes."""
    rng = stage.rng
    if rng.uniform() > 0.7 and not scene.mentions("comet", "shooting star", "falling star"):
        return []
    for _ in range(12):
        x, y = rng.uniform(200, 1200), rng.uniform(200, 620)
        z, turn = rng.uniform(0.7, 0.95), rng.uniform(-34, -20)
        room = Box(x - 40 * z, y - 190 * z, x + 300 * z, y + 40 * z)
        if not any(room.shared(b) for b in keep):
            heavens.comet(stage, x, y, z, turn)
            return [room]
    return []


def _shower(stage: Stage, keep: list[Box], n: int) -> list[Box]:
    """Draw falling stars, all on the same way down, none behind a face; return the room they take."""
    rng = stage.rng
    turn = rng.uniform(-46, -36)
    rooms: list[Box] = []
    for i in range(n):
        x, y = (i % 4 + rng.uniform(0.15, 0.9)) * 390 - 20, (i // 4 + rng.uniform(0.1, 0.9)) * 250
        z = rng.uniform(0.45, 0.85)
        room = Box(x - 40 * z, y - 250 * z, x + 270 * z, y + 40 * z)
        if not any(room.shared(b) for b in (*keep, *rooms)):
            heavens.comet(stage, x, y, z, turn)
            rooms.append(room)
    return rooms


def _land(stage: Stage, scene: Scene, players: Players, ridge: Ball, spot: float) -> None:
    """Draw the moon: its far edge with a landmark, and nearer slopes with craters."""
    rng = stage.rng
    g = players.group
    x = spot + rng.uniform(-30, 30)
    players.props(stage, "far", [(a, ridge.at(a) + 20, 0.8) for a in (300, 1230, 560, 1000) if abs(a - x) > 230])
    name = next((n for n, words in LANDMARKS.items() if scene.mentions(*words)), str(rng.choice(list(LANDMARKS))))
    if not scene.mentions(*BARE):
        _landmark(stage, scene, name, x, ridge)
    small = [(float(rng.uniform(0, PAGE)), float(rng.uniform(24, 90)), float(rng.uniform(12, 22))) for _ in range(7)]
    bumps = ((g.left - 150, 80.0, 30.0), (x - 240, 60.0, 20.0), (60.0, 110.0, 34.0))
    stage.sheet(ridge.outline(bumps), "m2", 20, 0.4, shade=12)
    _craters(stage, ridge, ((g.right + 90, 60, 62), (x + 60, 78, 48), (g.left - 110, 78, 52)), ("m3", "m1", "m2"))
    _craters(stage, ridge, small, ("m2", "m1", "m1"))
    near = Ball(ridge.x + rng.uniform(-160, 160), ridge.top + 122, 1250)
    stage.sheet(near.outline(), "m3", 22, 0.36, shade=12)
    _craters(
        stage, near, ((x - 40, 60, 96), (g.left - 70, 74, 84), (g.right + 20, 40, 46), (90, 40, 60)), ("m4", "m2", "m3")
    )


def _craters(stage: Stage, ball: Ball, where: Sequence[tuple[float, float, float]], papers: Sequence[str]) -> None:
    rng = stage.rng
    for x, down, w in where:
        a = x + rng.uniform(-26, 26)
        heavens.crater(stage, a, ball.at(a) + down, w * rng.uniform(0.85, 1.15), ball.turn(a), papers)


def _landmark(stage: Stage, scene: Scene, name: str, x: float, ridge: Ball) -> None:
    """Draw what stands on the far edge of the moon or flies over it."""
    rng = stage.rng
    foot, lean = ridge.at(x) + 24, float(np.degrees(ridge.turn(x)))
    if name == "rocket":
        heavens.rocket(stage, heavens.put(x, foot, 0.95, lean * 0.6))
    elif name == "house":
        heavens.house(stage, heavens.put(x, foot + 4, 1.0, lean * 0.7), "glass")
        if scene.light != "day":
            stage.glow(x, foot - 40, 90, "glass", 0.5)
    elif name == "flag":
        heavens.flag(stage, heavens.put(x, foot, 0.86, lean * 0.6))
    else:
        at = heavens.put(x + 20, foot - rng.uniform(230, 270), 0.72, rng.uniform(28, 40))
        heavens.flame(stage, at)
        heavens.rocket(stage, at)


def _front(stage: Stage, players: Players) -> None:
    """Draw the ground before the feet, and dark rims, stones and crystals in the near corners."""
    rng = stage.rng
    g, foot = players.group, players.hero.bottom
    lip = Ball(g.x, foot + 4, 2000)
    stage.sheet(lip.outline(((g.left - 120, 90.0, 16.0), (g.right + 140, 100.0, 18.0))), "m4", 26, 0.42, shade=14)
    for x, w in ((g.x + rng.uniform(-160, 60), 70), (g.right + 150, 100), (g.left - 190, 80)):
        heavens.crater(stage, x, lip.at(x) + 66, w * rng.uniform(0.85, 1.1), lip.turn(x), ("m4", "m2", "m3"))
    players.props(stage, "front", [(1060, 1470), (480, 1476), (760, 1484), (1200, 1462)])
    heavens.crystals(stage, 1350 + rng.uniform(-40, 50), 1440, rng.uniform(0.85, 1.05))
    heavens.crystals(stage, 120 + rng.uniform(-30, 50), 1450, rng.uniform(0.6, 0.75))
    for colour, y, r, size in (("dark2", 1468, 7000, 1.0), ("dark", 1504, 9000, 0.8)):
        rim = Ball(PAGE / 2 + rng.uniform(-60, 60), y, r)
        outline = rim.outline(((rng.uniform(240, 420), 130.0, 34.0), (rng.uniform(1040, 1240), 150.0, 38.0)))
        outline[:-2, 1] -= _corners(outline[:-2, 0])
        stage.sheet([outline, *_stones(stage, size, y)], colour, 26, 0.44, shade=6)


def _corners(x: Polygon) -> Polygon:
    """Return how far the near ground rises at x: at both sides it frames the page."""
    rise: Polygon = 130 * np.clip(np.abs(x / PAGE - 0.5) * 2 - 0.52, 0, 1) ** 1.4 * 2
    return rise


def _stones(stage: Stage, size: float, y: float) -> list[Polygon]:
    """Return stones that lie on the near ground, two at each side."""
    rng, out = stage.rng, []
    for x, w, h in ((210, 74, 70), (330, 44, 40), (1270, 50, 46), (1380, 80, 76)):
        a, k = x + rng.uniform(-40, 40), rng.uniform(0.8, 1.15, 5)
        top = ((-w, 60), (-w * 0.8 * k[0], -h * 0.5), (-w * 0.2, -h * k[1]), (w * 0.6 * k[2], -h * 0.7 * k[3]), (w, 60))
        out.append(smooth([[a + p * size, y - 10 + q * size] for p, q in top], steps=8))
    return out
