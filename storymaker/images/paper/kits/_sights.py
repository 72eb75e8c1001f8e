"""Sights of the town: station, market, school, bus stop, bridge, church, and a red bus, each standing at (x, y)."""

import numpy as np

from storymaker.images.paper.kits._buildings import WARM, arched, lamp, placed, smoke, windows
from storymaker.images.paper.kits._furniture import rounded
from storymaker.images.paper.kits._houses import House, awning, gable, house
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import PAGE, Polygon, box, oval, star, turned, waves
from storymaker.images.paper.stage import Light, Stage


def _glow(stage: Stage, scene: Scene, x: float, y: float, r: float) -> list[Light]:
    """Let a lit window shine after sunset; return its light."""
    if scene.light == "day":
        return []
    stage.glow(x, y, r, "lit", 0.5 if scene.night else 0.32)
    return [(x, y, r * 1.8, 0.3 if scene.night else 0.18, WARM)]


def dial(stage: Stage, x: float, y: float, r: float) -> None:
    """A clock face; its hands by the seed."""
    stage.sheet(oval(x, y, r * 1.22), "iron", 8)
    stage.sheet(oval(x, y, r), "frame", 0)
    marks = [turned(box(x - r * 0.04, y - r * 0.9, r * 0.08, r * 0.16), x, y, 30 * i) for i in range(12)]
    at = stage.rng.uniform(0, 12)
    hands = [turned(box(x - r * 0.05, y - r * 0.55, r * 0.10, r * 0.62), x, y, at * 30)]
    hands.append(turned(box(x - r * 0.035, y - r * 0.8, r * 0.07, r * 0.88), x, y, at * 360))
    stage.sheet([*marks, *hands, oval(x, y, r * 0.1)], "iron", 3, 0.3)


def corner(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """A corner shop under a broad roof, its awning out."""
    lit = house(stage, scene, placed(x + 10, y, 1.06), House(390, 400, "w3", "r1", "bell", "door2", shop=True))
    for a, b in lit[:2]:
        _glow(stage, scene, a, b, 70)
    return _glow(stage, scene, x - 60, y - 80, 150)


def station(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """A small station with a clock in its gable, arched doors, and a steam engine before it."""
    put = placed(x, y)
    snowy = scene.weather == "snow"
    stage.sheet(put(box(-270, -300, 620, 350)), "w5", 16, shade=10)
    stage.sheet(put([[-300, -290], [-250, -372], [400, -372], [400, -290]]), "snow" if snowy else "r2", 16, shade=8)
    stage.sheet(put(gable("point", 250, 410, 15)), "snow" if snowy else "r2", 18)
    stage.sheet(put(gable("point", 250, 410)), "w1", 5, shade=8)
    dial(stage, x, y - 448, 50)
    windows(stage, scene, put, [arched(a, -250, 58, 92) for a in (-60, 60)], "door")
    doors = [arched(a, 20, 84, 190) for a in (-190, 0, 190)]
    stage.sheet([put((p - [p[:, 0].mean(), 0]) * [1.22, 1.08] + [p[:, 0].mean(), 0]) for p in doors], "frame", 6)
    stage.sheet([put(p) for p in doors], "lit" if scene.light != "day" else "glass", 0, bevel=0)
    awning(stage, put, -292, -236, 660, 46, "door")
    glow = _glow(stage, scene, x - 40, y - 90, 170)
    _engine(stage, scene, x - 20, y + 58, 0.86)
    return glow


def _engine(stage: Stage, scene: Scene, x: float, y: float, z: float) -> None:
    """A little steam engine that faces left, its rail below."""
    put = placed(x, y, z)
    top = put([[-128, -250]])[0]
    smoke(stage, float(top[0]), float(top[1]), 130, 1.15)
    stage.sheet(put(box(-900, 2, 2200, 12)), "iron", 8)
    stage.sheet(
        [put(box(-150, -236, 44, 90, 4)), put(box(-164, -252, 72, 22)), put(oval(-30, -176, 26, 30))], "iron", 10
    )
    stage.sheet(put(rounded(-200, -166, 260, 112, 50)), "red", 14, shade=14)
    stage.sheet([put(box(a, -166, 12, 112)) for a in (-96, -18)], "yellow", 2)
    stage.sheet(put(box(40, -236, 140, 190)), "red", 12, shade=8)
    stage.sheet(put(rounded(66, -208, 84, 74, 12)), "lit" if scene.light != "day" else "glass", 0)
    stage.sheet([put(rounded(22, -256, 178, 28, 10)), put(box(-216, -60, 410, 26))], "door", 10)
    stage.sheet(put(rounded(210, -200, 330, 150, 16)), "yellow", 14, shade=8)
    stage.sheet(
        [put(rounded(a, -174, 66, 62, 10)) for a in (236, 330, 424)], "lit" if scene.light != "day" else "glass", 0
    )
    wheels = [(a, r) for a, r in ((-150, 34), (-70, 34), (100, 46), (270, 34), (480, 34))]
    stage.sheet([put(oval(a, 2 - r, r)) for a, r in wheels], "iron", 10)
    stage.sheet([put(oval(a, 2 - r, r * 0.45)) for a, r in wheels], "yellow", 4)


def market(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """Two stalls with striped awnings, crates of fruit before them, and a house behind."""
    lit = house(stage, scene, placed(x + 40, y - 20, 0.95), House(330, 420, "w4", "r2", "step", "door2"))
    for a, b in lit[:1]:
        _glow(stage, scene, a, b, 70)
    out: list[Light] = []
    for dx, dy, colour, fruit in ((190, 30, "door", ("yellow", "leaf")), (-80, 66, "red", ("flower", "yellow"))):
        put = placed(x + dx, y + dy)
        stage.sheet(put(box(-130, -300, 260, 220)), "r3", 10)
        stage.sheet([put(box(a, -310, 14, 330)) for a in (-146, 132)], "iron", 10)
        stage.sheet([put(oval(a, -112 - b, 24)) for a, b in _heap(-86)], fruit[0], 5)
        stage.sheet([put(oval(a, -112 - b, 24)) for a, b in _heap(66)], fruit[1], 5)
        stage.sheet(put(box(-156, -116, 312, 136)), "w1", 14, shade=8)
        stage.sheet([put(box(-156, b, 312, 8)) for b in (-74, -30)], "kerb", 0)
        awning(stage, put, -178, -330, 356, 84, colour)
        out += _glow(stage, scene, x + dx, y + dy - 170, 110)
    return out


def _heap(x: float) -> list[tuple[float, float]]:
    """Return where the fruit of a crate lies."""
    return [(x - 44, 10), (x, 12), (x + 44, 10), (x - 22, 44), (x + 22, 44)]


def school(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """A school with a bell in its turret, behind an open iron gate."""
    put = placed(x + 20, y)
    snowy = scene.weather == "snow"
    stage.sheet(put(box(-64, -640, 128, 200)), "frame", 12)
    stage.sheet(put(arched(0, -470, 76, 140)), "pane", 0)
    stage.sheet([put(arched(0, -520, 46, 56)), put(oval(0, -518, 11))], "yellow", 6)
    stage.sheet(put([[-86, -632], [0, -760], [86, -632]]), "snow" if snowy else "r1", 14)
    stage.sheet(put(box(-270, -330, 600, 380)), "w1", 16, shade=10)
    roof = put([[-300, -322], [-220, -470], [330, -470], [400, -322]])
    stage.sheet(roof, "snow" if snowy else "r1", 18, shade=12)
    tall = [box(a, -270, 70, 150) for a in (-220, -110, 90, 200)]
    lit = windows(stage, scene, put, tall, "door")
    stage.sheet(put(arched(0, 20, 110, 230)), "frame", 6)
    stage.sheet(put(arched(0, 20, 88, 214)), "door", 0)
    _railing(stage, x - 20, y + 74)
    for a, b in lit[:2]:
        _glow(stage, scene, a, b, 80)
    return _glow(stage, scene, x, y - 190, 150)


def _railing(stage: Stage, x: float, y: float) -> None:
    """Iron railings with two stone posts and a gate that stands open."""
    bars: list[Polygon] = [box(x + a, y - 150, 8, 150) for a in range(-330, 420, 30) if abs(a - 24) > 106]
    tips = [oval(b[0, 0] + 4, y - 156, 8, 12) for b in bars]
    rails = [box(x + a, y - b, w, 10) for b in (128, 24) for a, w in ((-340, 246), (142, 300))]
    stage.sheet([*bars, *tips, *rails], "iron", 8)
    leaves = [
        np.array([[a, y - 176], [a + d, y - 150], [a + d, y + 20], [a, y]]) for a, d in ((x - 68, -46), (x + 116, 46))
    ]
    stage.sheet([[p, (p - p.mean(0)) * [0.55, 0.86] + p.mean(0)] for p in leaves], "iron", 10)
    stage.sheet([box(x + a, y - 178, 44, 184) for a in (-96, 104)], "pave", 14, shade=8)
    stage.sheet(
        [box(x + a - 8, y - 192, 60, 20) for a in (-96, 104)] + [oval(x + a + 22, y - 208, 20) for a in (-96, 104)],
        "kerb",
        8,
    )


def bus_stop(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """A shelter with a bench, the round sign of the bus stop, and two houses behind."""
    house(stage, scene, placed(x + 170, y - 16, 0.95), House(300, 430, "w5", "r3", "bell", "door"))
    house(stage, scene, placed(x - 90, y - 20, 0.95), House(240, 360, "w1", "r2", "point", "door2"))
    put = placed(x - 40, y + 66)
    stage.sheet(put(box(-140, -290, 280, 260)), "glass", 6, 0.2)
    stage.sheet([put(box(a, -300, 12, 306)) for a in (-146, -6, 134)] + [put(box(-146, -40, 292, 10))], "iron", 10)
    stage.sheet([put(box(-116, -84, 232, 18)), *(put(box(a, -70, 14, 74)) for a in (-96, 82))], "r3", 10)
    stage.sheet(put([[-176, -296], [-156, -334], [156, -334], [176, -296]]), "red", 14)
    stage.sheet(put(box(204, -420, 12, 430)), "iron", 12)
    stage.sheet(put(oval(210, -420, 50)), "red", 10)
    stage.sheet(put(oval(210, -420, 37)), "frame", 3)
    mark = [rounded(186, -442, 48, 36, 8), oval(196, -405, 7), oval(224, -405, 7)]
    stage.sheet([put(p) for p in mark], "red", 0)
    stage.sheet([put(rounded(192, -436, 16, 14, 3)), put(rounded(213, -436, 16, 14, 3))], "frame", 0)
    return []


def bridge(stage: Stage, scene: Scene, x: float, y: float) -> list[Light]:
    """A canal with a stone bridge of two arches, a house on its far side."""
    house(stage, scene, placed(x + 190, y - 70, 0.95), House(290, 400, "w2", "r2", "step", "door"))
    stage.sheet(waves(y - 40, 7, 12, stage.rng.uniform(0, 1)), "frame", 12, 0.3)
    stage.sheet(waves(y - 32, 7, 12, stage.rng.uniform(0, 1)), "water", 3, shade=10)
    u = np.linspace(x - 420, PAGE + 90, 50)
    rise = y - 150 - 60 * np.cos(np.clip((u - x - 60) / 480, -1, 1) * np.pi / 2)
    deck = np.vstack([np.c_[u, rise], [[PAGE + 90, y + 30], [x - 420, y + 30]]])
    holes = [arched(x + a, y + 40, 200, 176) for a in (-140, 140)]
    stage.sheet([[deck, *holes]], "w1", 18, shade=12)
    cope = np.vstack([np.c_[u, rise - 22], np.c_[u, rise + 8][::-1]])
    rings = [[arched(x + a, y + 40, 232, 194), arched(x + a, y + 40, 200, 176)] for a in (-140, 140)]
    stage.sheet([cope, *rings], "kerb", 8)
    slips = [
        oval(a, y + b, w, 5) for a, b, w in ((x - 560, 10, 70), (x - 760, 34, 50), (x - 130, 26, 50), (x - 380, 44, 60))
    ]
    stage.sheet(slips, "glass", 0, bevel=0)
    return lamp(stage, scene, x, float(np.interp(x, u, rise)), 0.5)


def church(stage: Stage, x: float, y: float, colour: str, lit: str) -> None:
    """A far church with a spire, in one colour."""
    put = placed(x, y)
    tower = [
        box(-34, -190, 68, 260),
        np.array([[-44, -184], [0, -350], [44, -184]]),
        box(-3, -384, 6, 44),
        box(-14, -372, 28, 6),
    ]
    nave = [box(30, -90, 150, 160), np.array([[20, -84], [50, -150], [166, -150], [196, -84]])]
    stage.sheet([put(p) for p in (*tower, *nave)], colour, 12, 0.28)
    panes = [arched(0, -130, 18, 38), *(arched(a, -30, 16, 42) for a in (72, 106, 140))]
    stage.sheet([put(p) for p in panes], lit, 0, bevel=0)


def bus(stage: Stage, scene: Scene, x: float, y: float, z: float) -> list[Light]:
    """A red double-decker that drives to the left."""
    put = placed(x, y, z)
    lit = "lit" if scene.light != "day" else "glass"
    stage.sheet(put(rounded(-300, -420, 600, 390, 44)), "red", 20, shade=14)
    stage.sheet(put(box(-300, -236, 600, 26)), "frame", 3)
    stage.sheet([put(rounded(a, -388, 92, 112, 14)) for a in (-276, -164, -52, 60, 172)], lit, 0)
    stage.sheet([put(rounded(a, -188, w, 84, 14)) for a, w in ((-276, 80), (-176, 100), (-60, 100), (56, 100))], lit, 0)
    stage.sheet(put(rounded(176, -192, 84, 150, 12)), lit, 0)
    stage.sheet([put(box(-300, -80, 470, 10)), put(box(214, -192, 8, 150))], "frame", 3)
    stage.sheet([put(oval(a, -32, 50)) for a in (-170, 110)], "iron", 12)
    stage.sheet([put(oval(a, -32, 22)) for a in (-170, 110)], "frame", 4)
    stage.sheet([put(oval(-288, -70, 13, 18)), put(star(236, -256, 18))], "yellow", 4)
    return _glow(stage, scene, x - 100 * z, y - 300 * z, 170 * z)
