"""Under the sea: sand between reefs, sheets of light from above, kelp that sways, and one find on the sea floor."""

import numpy as np

from storymaker.images.paper.kits import _reef as reef
from storymaker.images.paper.kits._heavens import put
from storymaker.images.paper.layout import Box
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import BLEED, PAGE, Polygon, ground, hill, oval, page, smooth, star, turned
from storymaker.images.paper.stage import Light, Stage

LANDMARKS = {
    "wreck": ("boat", "ship", "wreck", "shipwreck", "sunken"),
    "chest": ("chest", "treasure"),
    "arch": ("arch", "cave", "rock"),
    "garden": ("coral", "reef", "anemone"),
}


def draw(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the sea floor."""
    rng = stage.rng
    hero = players.settle(stage, 260, 1150 if players.left_over() else 1230, rng.uniform(1318, 1336))
    x = float(np.clip(players.group.x + rng.uniform(-60, 160), 440, 1100))
    _water(stage, scene, players, x)
    jellies = _far(stage, scene, players)
    players.props(stage, "sky", [(430, 620), (1270, 700, 0.85), (700, 480), (300, 620, 0.85), (980, 470, 0.8)])
    name = next((n for n, words in LANDMARKS.items() if scene.mentions(*words)), str(rng.choice(list(LANDMARKS))))
    _reefs(stage, scene, players, name)
    _floor(stage, players, name)
    _passers(stage, players, jellies)
    players.props(stage, "low", ())
    players.props(stage, "ground", [(1290, 1345), (190, 1345), (1160, 1290, 0.9), (340, 1285, 0.9)])
    players.draw(stage)
    _front(stage, scene, players)
    pool = (hero.x, hero.top + hero.height * 0.4, 540, 0.62 if scene.night else 0.3, None)
    lights: list[Light] = [(j.x, j.top + 60, 1.1 * j.width, 0.45, (0.5, 0.4, 0.55)) for j in jellies if scene.night]
    stage.relight([(x, 420, 760, 0.8, None), pool, *lights, *players.lights])


def current(scene: Scene) -> float:
    """Return how far the water carries what sways: to the right in a current."""
    return {"storm": 130.0, "wind": 100.0}.get(scene.weather, 0.0)


def _water(stage: Stage, scene: Scene, players: Players, x: float) -> None:
    """Draw the water: a pale paper under darker sheets with holes, rays of light on each, and the surface above."""
    rng = stage.rng
    y = players.hero.top + 0.12 * players.hero.height
    rays = _rays(stage, x + rng.uniform(-160, 160))
    lit = scene.weather not in ("storm", "fog")
    papers = ("w1", "w2", "far") if scene.weather == "storm" else ("w0", "w1", "w2")
    stage.sheet(page(), papers[0], 0, shade=10)
    if lit:
        stage.sheet(rays, "r0", 3, 0.12, bevel=16)
    for i, (rx, ry) in enumerate(((500, 470), (700, 690))):
        a = np.linspace(0, 2 * np.pi, 15)[:-1]
        k = 1 + rng.uniform(-0.07, 0.07, 14)
        edge = smooth(np.c_[x + rx * k * np.cos(a), y + ry * k * np.sin(a)], steps=8)
        stage.sheet([[page(), edge]], papers[i + 1], 20, 0.24, shade=12)
        if lit:
            stage.sheet(rays, f"r{i + 1}", 3, 0.1, bevel=16, clip=[[page(), edge]])
    if scene.weather == "fog":
        _haze(stage)
    rough = scene.weather == "storm"
    for down, colour in ((150, "surf2"), (70, "surf")):
        stage.sheet(_surface(stage, down + 20, 46 if rough else 20, 5 if rough else 7), colour, 16, 0.24)


def _haze(stage: Stage) -> None:
    """Draw two banks of pale drift that cloud the water."""
    rng = stage.rng
    for y, colour in ((520, "r1"), (760, "r0")):
        x = np.linspace(-60, PAGE + 60, 6) + rng.uniform(-70, 70, 6)
        bank = [oval(a, y + rng.uniform(-40, 40), rng.uniform(190, 270), rng.uniform(50, 80)) for a in x]
        stage.sheet(bank, colour, 12, 0.16, shade=8, bevel=20)


def _rays(stage: Stage, x: float) -> list[Polygon]:
    """Return four sheets of light that fan out from above the water at x."""
    rng = stage.rng
    out = []
    for lean in (-0.52, -0.2, 0.1, 0.42):
        a, w = lean + rng.uniform(-0.06, 0.06), rng.uniform(0.045, 0.085)
        top, foot = 360 * a, 1750 * a
        out.append(
            np.array(
                [[x + top - 36, -90], [x + top + 36, -90], [x + foot + 1500 * w, 1330], [x + foot - 1500 * w, 1330]]
            )
        )
    return out


def _surface(stage: Stage, y: float, amp: float, n: float) -> Polygon:
    """Return the underside of the waves, their troughs hanging down to y."""
    x = np.linspace(-BLEED, PAGE + BLEED, 240)
    u = (x / PAGE * n + stage.rng.uniform(0, 1)) % 1
    edge = y - amp * (1 - np.abs(2 * u - 1) ** 1.7) + 8 * np.sin(x / 210)
    return np.vstack([np.c_[x, edge], [[PAGE + BLEED, -BLEED], [-BLEED, -BLEED]]])


def _valley(stage: Stage, left: float, middle: float, right: float, x: float) -> Polygon:
    """Return ground that is low about x and rises to both sides."""
    at = [-BLEED, 0.2 * x, 0.62 * x, x, x + 0.4 * (PAGE - x), x + 0.78 * (PAGE - x), PAGE + BLEED]
    y = [left, 0.75 * left + 0.25 * middle, 0.2 * left + 0.8 * middle, middle]
    y += [0.2 * right + 0.8 * middle, 0.75 * right + 0.25 * middle, right]
    return ground(smooth(np.c_[at, np.array(y) + stage.rng.uniform(-16, 16, 7)], closed=False))


def _far(stage: Stage, scene: Scene, players: Players) -> list[Box]:
    """Draw far reefs, shoals and jellies; return where the jellies are."""
    rng = stage.rng
    g = players.group
    low = players.clear_of_neck(1010, 90)
    stage.sheet(_valley(stage, rng.uniform(600, 720), low, rng.uniform(560, 680), g.x), "far", 14, 0.24, shade=12)
    way = float(rng.choice([-1, 1]))
    over = min(players.group.top, 620)
    stage.sheet(reef.shoal(rng, rng.uniform(430, 560), over - rng.uniform(150, 210), 1.0, 9, way), "shoal", 6, 0.25)
    stage.sheet(reef.shoal(rng, rng.uniform(1150, 1280), rng.uniform(690, 780), 0.8, 6, -way), "shoal", 6, 0.25)
    jellies = []
    more = [(980.0, 330.0, 0.5), (280.0, 470.0, 0.65), (860.0, 270.0, 0.55), (740.0, 250.0, 0.4)]
    spots = [(1210.0, 400.0, 0.85), *(more[i] for i in rng.permutation(4)[:2])]
    for i, (a, b, z) in enumerate(spots if scene.night else spots[: int(rng.integers(1, 3))]):
        x, y = a + rng.uniform(-50, 50), b + rng.uniform(-50, 50)
        papers = (("jelly", "jelly2"), ("jelly2", "jelly"))[i % 2]
        reef.jelly(stage, x, y, z * rng.uniform(0.9, 1.1), papers, 0.42 if scene.night else 0.0)
        players.keep_clear(x, y + 30, 110 * z)
        jellies.append(Box(x - 100 * z, y - 110 * z, x + 100 * z, y + 220 * z))
    return jellies


def _reefs(stage: Stage, scene: Scene, players: Players, name: str) -> None:
    """Draw the nearer reefs with kelp behind them, and the find between."""
    rng = stage.rng
    g, sway = players.group, current(scene)
    stalks = [(x, rng.uniform(420, 700)) for x in (60, 150, 235, 1290, 1390, 1480)]
    kelp = [reef.kelp(x, 1080, h, 24, sway + rng.uniform(-50, 50), rng.uniform(0, 6)) for x, h in stalks]
    stage.sheet(kelp, "kelp2", 12, 0.3)
    left, right = rng.uniform(800, 880), rng.uniform(800, 900)
    low = players.clear_of_neck(1085, 110)
    if name == "arch":
        reef.arch(
            stage, put(float(np.clip(g.right + 170, 1060, 1260)), 1080, rng.uniform(0.95, 1.1)), ("reef2", "kelp2")
        )
    stage.sheet(_valley(stage, left, low, right, g.x), "reef2", 18, 0.34, shade=12)
    players.props(stage, "far", [(1180, 1090, 0.8), (330, 1090, 0.8), (960, 1100, 0.7)])
    if name == "wreck":
        reef.wreck(
            stage, put(float(np.clip(g.right + 170, 1050, 1230)), 1090, rng.uniform(0.72, 0.8), rng.uniform(8, 13))
        )
    if name == "garden":
        a = float(np.clip(g.right + 130, 1040, 1240))
        stage.sheet(reef.staghorn(rng, a + 90, 1040, rng.uniform(380, 430)), "coral2", 14, 0.34, shade=10)
        reef.fan(stage, a - 40, 1110, rng.uniform(190, 230), ("coral", "coral2"))
        reef.tubes(stage, 250, 1060, 1.1, ("sponge", "sponge2"))
    sizes = [(x, rng.uniform(90, 150), rng.uniform(120, 230)) for x in (20, 190, 1340, 1500)]
    stage.sheet([reef.boulder(rng, x, 1190, w, h) for x, w, h in sizes], "reef", 18, 0.36, shade=12)


def _floor(stage: Stage, players: Players, name: str) -> None:
    """Draw the sand with its ripples, and corals at both sides of hero and friend."""
    rng = stage.rng
    g = players.group
    y = players.clear_of_neck(1130, 80)
    stage.sheet(hill(rng, y, 20, 4, float(rng.uniform(-40, 40))), "sand2", 16, 0.32, shade=10)
    stage.sheet(hill(rng, y + 92, 16, 4, float(rng.uniform(-30, 30))), "sand", 18, 0.3, shade=12)
    ripples = [oval(rng.uniform(80, 1450), y + rng.uniform(120, 190), rng.uniform(40, 90), 4) for _ in range(8)]
    stage.sheet(ripples, "sand2", 0, bevel=-40)
    right, left = float(np.clip(g.right + 150, 1080, 1330)), float(np.clip(g.left - 140, 160, 420))
    if name == "chest" or (name == "arch" and rng.uniform() < 0.4):
        reef.chest(stage, put(right - 10, y + 150, 0.78, rng.uniform(-6, 6)))
        right += 150
    for x, foot in ((right, y + 120), (left, y + 110), (right + 130, y + 150), (left - 130, y + 150)):
        _coral(stage, int(rng.integers(5)), x + rng.uniform(-20, 20), foot)


def _passers(stage: Stage, players: Players, jellies: list[Box]) -> None:
    """Draw two striped fish that swim by beside or above hero and friend."""
    rng = stage.rng
    g, h = players.group, players.hero
    x, y = g.right + rng.uniform(170, 220), h.top + rng.uniform(0.0, 0.16) * h.height
    if x > 1300:  # no room beside the two: over their heads
        x, y = g.x + rng.uniform(-60, 200), g.top - rng.uniform(100, 130)
    for a, b, z in (
        (x, y, rng.uniform(50, 60)),
        (x + rng.uniform(40, 80), y - rng.uniform(90, 110), rng.uniform(32, 40)),
    ):
        room = Box(a - 1.3 * z, b - 0.8 * z, a + 1.3 * z, b + 0.5 * z)
        if not any(room.shared(other) for other in (players.face.grown(20), *jellies, *players.placed.values())):
            reef.painted(stage, a, b, z, -1.0, ("sponge", "coral", "hollow"))
            players.keep_clear(a, b, z)


def _coral(stage: Stage, kind: int, x: float, y: float) -> None:
    """Draw one of five corals."""
    rng = stage.rng
    if kind == 0:
        reef.fan(stage, x, y, rng.uniform(140, 180), ("coral", "coral2"))
    elif kind == 1:
        reef.tubes(stage, x, y, rng.uniform(0.7, 0.85), ("sponge", "sponge2"))
    elif kind == 2:
        stage.sheet(reef.staghorn(rng, x, y, rng.uniform(200, 250)), "coral", 14, 0.36, shade=8)
    elif kind == 3:
        reef.brain(stage, x, y - 30, rng.uniform(80, 105), ("sponge", "sponge2"))
    else:
        reef.anemone(stage, x, y, rng.uniform(0.8, 1.0), ("coral", "coral2"))


def _front(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw the sand before the feet, bubbles, and dark weeds and corals in the near corners."""
    rng = stage.rng
    g, sway = players.group, current(scene)
    at = [-BLEED, g.left - 330, g.left - 60, g.x, g.right + 60, g.right + 330, max(g.right + 420, PAGE + BLEED)]
    lip = players.hero.bottom + np.array([-46, -30, 4, 10, 6, -26, -50]) + rng.uniform(-8, 8, 7)
    stage.sheet(ground(smooth(np.c_[np.sort(at), lip], closed=False)), "sand3", 22, 0.34, shade=14)
    stones = [(x, rng.uniform(1400, 1440), rng.uniform(12, 30)) for x in rng.uniform(200, 1330, 9)]
    stage.sheet([oval(x, y, r, r * 0.62) for x, y, r in stones], "sand2", 7, 0.3)
    x, y = (float(rng.choice([420, 640, 980, 1120])) + rng.uniform(-40, 40)), rng.uniform(1408, 1430)
    shape = turned(star(x, y, 44, 5, 0.46), x, y, rng.uniform(-30, 30)) - np.array([x, y])
    stage.sheet(smooth(shape * [1, 0.7] + [x, y], steps=6), "coral", 9, 0.34)
    players.props(stage, "front", [(1060, 1470), (480, 1476), (760, 1484), (1200, 1462)])
    for x, n, rise in ((float(np.clip(g.right + 90, 700, 1330)), 7, 620), (g.left - 80, 5, 420)):
        stage.sheet(reef.bubbles(rng, x, 1150, n, rise), "bubble", 6, 0.25)
    lush = [
        p
        for x in (250, 330, 1210, 1300)
        for p in reef.weed(x + rng.uniform(-30, 30), 1500, rng.uniform(90, 170), sway * 0.5 + rng.uniform(-40, 40))
    ]
    stage.sheet(lush, "kelp", 14, 0.36)
    tall = [
        reef.kelp(x + rng.uniform(-16, 16), 1540, h * rng.uniform(0.85, 1.1), 36, sway + lean, rng.uniform(0, 6))
        for x, h, lean in ((30, 980, 60), (130, 640, -40), (1410, 600, 50), (1500, 940, -60))
    ]
    stage.sheet(tall, "dark2", 22, 0.4)
    for colour, y, rise, h in (("dark2", 1490, 150, 0), ("dark", 1516, 110, 225)):
        edge = hill(rng, y, 10, 6)
        edge[:-2, 1] -= rise * np.clip(np.abs(edge[:-2, 0] / PAGE - 0.5) * 2 - 0.5, 0, 1) ** 1.3 * 2
        stage.sheet([*(_corner(stage, h) if h else ()), edge], colour, 26, 0.42, shade=6)


def _corner(stage: Stage, h: float) -> list[Polygon]:
    """Return what grows dark in the near corners: corals or weeds, larger on one side."""
    rng = stage.rng
    out: list[Polygon] = []
    big = int(rng.integers(2))
    for i, x in enumerate((200.0, 1345.0)):
        a, tall = x + rng.uniform(-40, 40), h * (1.08 if i == big else 0.8)
        if rng.uniform() < 0.6:
            out += reef.staghorn(rng, a, 1500, tall)
        else:
            out += [p for d in (-70, -10, 50) for p in reef.weed(a + d, 1520, tall * rng.uniform(0.7, 1.1), d * 0.8)]
    return out
