"""Weather in paper: stars, clouds and a flash behind, banks of fog between, rain and snow in front."""

import numpy as np

from storymaker.images.paper.layout import Box
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import BLEED, PAGE, Polygon, box, cloud, drop, oval, puff, star
from storymaker.images.paper.stage import Stage

_STORM = ("#4a5270", "#5c6684", "#717c99")
_GREY = ("#aab4c2", "#bcc5d0", "#cdd4dc")
_RAIN = {"day": "#8fb2cf", "dusk": "#c3b3d6", "night": "#9fb8e6"}
_FOG = {"day": "#f1f4f3", "dusk": "#f3dfe0", "night": "#8d9cc4"}
_FLAKE = {"day": "#ffffff", "dusk": "#fff6fa", "night": "#e6ecff"}


_VEIL = {
    "storm": {"day": "#93a3b8", "dusk": "#8d839f"},
    "rain": {"day": "#c3d2da", "dusk": "#c4b2bf"},
    "fog": {"day": "#dfe6e6", "dusk": "#e8d3d2"},
}


def veil(scene: Scene) -> str | None:
    """Return the colour of a sky without sun; None when the palette's own sky will do."""
    return _VEIL.get(scene.weather, {}).get(scene.light)


def stars(
    stage: Stage, colour: str, n: int, bottom: float, *, points: int = 5, lamp: tuple[float, float] | None = None
) -> None:
    """Scatter n stars between the top of the page and bottom, none near another or on the moon."""
    rng = stage.rng
    seen: list[tuple[float, float, float]] = []
    mx, my = lamp or (-999.0, -999.0)
    for _ in range(n * 6):
        x, y = rng.uniform(30, PAGE - 30), 30 + (bottom - 30) * rng.uniform(0, 1) ** 1.3
        if (
            len(seen) < n
            and all((x - a) ** 2 + (y - b) ** 2 > 85**2 for a, b, _ in seen)
            and np.hypot(x - mx, y - my) > 190
        ):
            seen.append((x, y, rng.choice([6.0, 8.0, 10.0, 14.0], p=[0.4, 0.3, 0.2, 0.1])))
    waist = 0.42 if points == 5 else 0.3
    stage.sheet([star(x, y, r, points, waist) for x, y, r in seen], colour, 4, 0.3)


def sky(
    stage: Stage,
    scene: Scene,
    light: str,
    *,
    bottom: float = 520,
    star: str | None = None,
    lamp: tuple[float, float] | None = None,
) -> None:
    """Draw what the weather does to the sky: call after the sky's own sheets and the moon.

    Args:
        stage: the stage.
        scene: whose weather it is.
        light: colour of a fair-weather cloud.
        bottom: down to where stars and clouds may reach.
        star: colour of the stars; none in daylight or under clouds.
        lamp: where the moon is; no star comes near it.
    """
    rng = stage.rng
    if scene.weather in ("clear", "wind", "snow") and scene.night and star:
        stars(stage, star, 26, bottom, lamp=lamp)
    if scene.weather in ("storm", "rain"):
        papers = _STORM if scene.weather == "storm" or scene.night else _GREY
        if scene.weather == "storm":
            flash(stage, bottom)
        for paper, y, n in zip(papers, (20, -30, -80), (5, 5, 4), strict=True):
            x = np.linspace(-40, PAGE + 40, n) + rng.uniform(-70, 70, n)
            tops = [puff(rng, a, y + rng.uniform(-30, 30) + bottom * 0.28, 260, 120, 9) for a in x]
            stage.sheet([p for q in tops for p in q], paper, 24, 0.4, shade=-6)
    elif scene.light == "day" and scene.weather in ("clear", "wind", "snow"):
        for _ in range(3):
            w = rng.uniform(95, 170)
            stage.sheet(cloud(rng, rng.uniform(60, PAGE - 60), rng.uniform(0.18, 0.62) * bottom, w), light, 18, 0.26)


def flash(stage: Stage, bottom: float) -> None:
    """Draw one far flash of lightning that comes down to bottom."""
    rng = stage.rng
    x, y0 = rng.choice([rng.uniform(170, 420), rng.uniform(1120, 1380)]), bottom * 0.34
    step = (bottom * 1.12 - y0) / 5
    sway = np.array([0, 46, -14, 40, -30, 16]) * rng.choice([-1, 1])
    down = np.c_[x + sway, y0 + step * np.arange(6)]
    wide = np.array([26, 24, 20, 16, 11, 1])
    stage.glow(x, (y0 + bottom) / 2, 330, "#cdd9ff", 0.55)
    stage.sheet(np.vstack([down - np.c_[wide, wide * 0], (down + np.c_[wide, wide * 0])[::-1]]), "#fff6cf", 8, 0.2)


def fog(stage: Stage, scene: Scene, y: float) -> None:
    """Draw one pale bank of fog whose middle is at y: call between far and middle layers."""
    if scene.weather != "fog":
        return
    rng = stage.rng
    x = np.linspace(-60, PAGE + 60, 7) + rng.uniform(-60, 60, 7)
    bank = [p for a in x for p in puff(rng, a, y + rng.uniform(-14, 14), rng.uniform(130, 210), rng.uniform(46, 64), 8)]
    stage.sheet([*bank, box(-BLEED, y - 30, PAGE + 2 * BLEED, 70)], _FOG[scene.light], 14, 0.16, shade=10, bevel=20)


def front(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw what falls, over everything but the players: call last before relight."""
    if scene.weather in ("rain", "storm"):
        _rain(stage, scene, players)
    elif scene.weather == "snow":
        _snow(stage, scene, players)
    elif scene.weather == "wind":
        _leaves(stage, scene, players)


def _scattered(stage: Stage, players: Players, n: int, size: float) -> list[tuple[float, float]]:
    """Return up to n points of the page, evenly spread and clear of hero and friend."""
    rng = stage.rng
    keep = [b.grown(size) for b in (players.hero, players.friend) if b is not None]
    side = int(np.ceil(np.sqrt(n * 1.25)))
    cell = (PAGE + BLEED) / side
    out = []
    for i in range(side * side):
        x, y = (i % side + rng.uniform(0.1, 0.9)) * cell, (i // side + rng.uniform(0.1, 0.9)) * cell
        if not any(Box(x - 1, y - 1, x + 1, y + 1).shared(b) for b in keep):
            out.append((x, y))
    return out


def _rain(stage: Stage, scene: Scene, players: Players) -> None:
    storm = scene.weather == "storm"
    slant, length = (70, 150) if storm else (26, 95)
    spots = _scattered(stage, players, 110 if storm else 90, length * 0.6)
    strips: list[Polygon] = [drop(x, y, length * stage.rng.uniform(0.6, 1), slant, 4.5) for x, y in spots]
    stage.sheet(strips, _RAIN[scene.light], 6, 0.25, bevel=0)


def _snow(stage: Stage, scene: Scene, players: Players) -> None:
    rng = stage.rng
    flakes = [oval(x, y, rng.uniform(4, 12)) for x, y in _scattered(stage, players, 110, 12)]
    stage.sheet(flakes, _FLAKE[scene.light], 9, 0.3)


def _leaves(stage: Stage, scene: Scene, players: Players) -> None:
    """Draw a few blown leaves; they fly the way the shadows fall."""
    rng = stage.rng
    papers = ("#e0a04a", "#c9683f", "#8fae5a") if scene.light != "night" else ("#8d7a5a", "#7d5a5a", "#5f7a6a")
    spots = _scattered(stage, players, 26, 30)
    for i, paper in enumerate(papers):
        leaves = [oval(x, y, rng.uniform(13, 19), rng.uniform(5, 8), rng.uniform(-0.9, 0.3)) for x, y in spots[i::3]]
        if leaves:
            stage.sheet(leaves, paper, 9, 0.34)
