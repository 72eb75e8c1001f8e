"""One page in, one picture out: the boundary of the paper studio, made to run in a child process."""

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from storymaker.images.jpeg import jpeg
from storymaker.images.paper import cover, figures
from storymaker.images.paper.kits import find_kit, registry
from storymaker.images.paper.layout import Box, Layout, seeded
from storymaker.images.paper.page import Drawn, Marks, Page
from storymaker.images.paper.players import OVER, Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.score import Shown, mark
from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.staging import RIMS
from storymaker.images.paper.texture import Image, grain
from storymaker.images.paper.view import View
from storymaker.images.png import write_png

__all__ = ["Drawn", "Page", "builtin_hero", "compose", "draw_file"]

log = logging.getLogger(__name__)

MOST_PROPS = 5
FIRST_FROM, REDRAWN_FROM = 3, 4
"""How many layouts may be tried for a first picture, and for one that replaces another."""
PLUSH_FRIEND, MOST_FRIEND = 0.8, 0.8
"""Heights beside the hero's: of a friend that is a plushie, and of any friend at most."""
_FALLBACK = {
    "wall": ("far", "sky"), "low": ("sky", "ground"), "far": ("ground",), "sky": ("wall", "low"),
    "front": ("ground",), "ground": ("front",), "over": ("low", "ground"),
}  # fmt: skip
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_WEATHER_DRAWS = {"fog": ("fog",), "storm": ("cloud", "clouds"), "rain": ("cloud", "clouds")}


def compose(page: Page) -> tuple[Image, Drawn]:
    """Draw a page: 1536 by 1536 pixels, blue-green-red bytes.

    The first layout that is sound is taken; where a picture is to be replaced, the best of a few that differ from it.
    `score.py` says what is good.
    """
    cv2.setNumThreads(1)
    clock = _Clock()
    grain()
    clock.lap("grain")
    scene = find_kit(page.scene, page.description, page.wish)
    cast = _cast(page)
    before = _picture(page.before) if page.before else None
    clock.lap("figures")
    best: _Candidate | None = None
    for asked in _candidates(page):
        candidate = _candidate(asked, scene, cast, before, clock)
        if best is None or candidate.marks.total > best.marks.total:
            best = candidate
        if before is None and best.marks.sound:
            break
    assert best is not None
    notes = (*scene.notes, *_not_on_covers(page, scene), *cast.notes, *best.notes)
    height, width = best.image.shape[:2]
    return best.image, Drawn((width, height), notes, clock.seconds, best.box, best.page.seed, best.marks)


def draw_file(page: Page, path: str) -> Drawn:
    """Draw a page into a PNG file, and beside it a JPEG for the screen: coding it now saves decoding the PNG later."""
    image, drawn = compose(page)
    clock = _Clock()
    write_png(image, Path(path), "picture")
    Path(path).with_suffix(".jpg").write_bytes(jpeg(image))
    clock.lap("write")
    return replace(drawn, seconds={**drawn.seconds, **clock.seconds})


def builtin_hero(folder: str) -> tuple[str, ...]:
    """Write the built-in plushie's poses into a folder as cut-outs and return their paths."""
    return figures.heroes(folder)


class _Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + now - self._since, 4)
        self._since = now


@dataclass(frozen=True)
class _Cast:
    """Who is in the picture, as pixels.

    Attributes:
        hero: the hero's cut-out.
        friend: the friend's cut-out; None where there is none.
        height: of the friend, as a part of the hero's.
        looks_left: whether the friend, if it is one of ours, looks to the left.
        company: further heroes by their names.
        notes: sentences for people.
    """

    hero: Image
    friend: Image | None
    height: float
    looks_left: bool
    company: Mapping[str, Image]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    page: Page
    image: Image
    marks: Marks
    box: tuple[int, int, int, int]
    notes: tuple[str, ...]


def _candidates(page: Page) -> Iterator[Page]:
    """Yield the layouts that may be tried, in one colourway as the whole book is: neighbouring seeds stand on opposite sides."""
    for i in range(REDRAWN_FROM if page.before else FIRST_FROM):
        yield replace(page, seed=page.seed + i)


def _candidate(page: Page, scene: Scene, cast: _Cast, before: Image | None, clock: _Clock) -> _Candidate:
    stage, players = _scene(page, scene, cast)
    clock.lap("scene")
    box, face = (_seen(b, stage.view) for b in (players.hero, players.face))
    over = np.zeros((1, 1), np.uint8) if stage.over is None else stage.over
    shown = Shown(stage.im, cast.hero, box, face, over, stage.land, before, compare=before is not None)
    left_over = tuple(_no_room(name, cast) for name in players.left_over())
    at = (round(box.left), round(box.top), round(box.width), round(box.height))
    marks = mark(shown)
    clock.lap("score")
    return _Candidate(page, stage.im, marks, at, left_over)


def _no_room(name: str, cast: _Cast) -> str:
    called = name if name in cast.company else f"the {name.replace('-', ' ')}"
    return f"There was no room for {called}."


def _scene(page: Page, scene: Scene, cast: _Cast) -> tuple[Stage, Players]:
    kit = registry()[scene.kit]
    layout = seeded(page.seed, scene.shot)
    if cast.friend is not None:
        layout = replace(layout, friend=min(MOST_FRIEND, cast.height * layout.friend))
    if page.title is not None:
        stage = cover.open_stage(page.seed)
        spread = cover.spread(page.seed, layout.friend)
        players = Players(spread, cast.hero, cast.friend, seed=page.seed, face=page.face, company=cast.company)
        cover.draw(stage, scene, players, page.title)
        return stage, players
    if page.background:
        return _set_into(page, cast, layout)
    stage = Stage(kit.palette(scene.light, page.colourway), page.seed, View(layout.mirror, layout.zoom))
    places = kit.places | ({OVER} if cast.friend is not None else set())
    props = wanted(
        page.description, places, (*kit.draws, *_WEATHER_DRAWS.get(scene.weather, ()), *RIMS.get(page.rim or "", ()))
    )
    players = Players(
        layout, cast.hero, cast.friend, props, load=lambda name: figures.prop_cut(name, page.cache), seed=page.seed,
        flip_friend=cast.looks_left and layout.mirror, face=page.face, company=cast.company, rim=page.rim,
        string=_string(scene), dark={"day": 0.25, "dusk": 0.6, "night": 1.0}[scene.light],
    )  # fmt: skip
    kit.draw(stage, scene, players)
    return stage, players


def _set_into(page: Page, cast: _Cast, layout: Layout) -> tuple[Stage, Players]:
    """Set hero, friend and company into a finished scene: on its ground, with a shadow under the feet, in its light."""
    stage = Stage(registry()["meadow"].palette("day"), page.seed, View(layout.mirror))
    scene = _picture(page.background or "")
    if scene is None:
        raise ValueError("the scene to set somebody into is lost")
    stage.im = cv2.resize(scene, (PAGE, PAGE), interpolation=cv2.INTER_AREA)
    foot = float(np.random.default_rng([page.seed, 17]).uniform(1290, 1350))
    stage.land[int(foot) // 4 - 10 :] = 255  # the prompt asks for open ground there
    hero = _in_the_light_of(stage.im, cast.hero)
    friend = None if cast.friend is None else _in_the_light_of(stage.im, cast.friend)
    players = Players(
        replace(layout, zoom=1.0), hero, friend, seed=page.seed, face=page.face, company=cast.company,
        flip_friend=cast.looks_left and layout.mirror, rim=page.rim,
    )  # fmt: skip
    players.settle(stage, 200, PAGE - 200, foot)
    players.draw(stage, contact=0.6)
    return stage, players


def _in_the_light_of(scene: Image, cut: Image) -> Image:
    """Return a cut-out a little in the colour, and in the brightness, of the ground that it is to stand on."""
    mean = scene[PAGE // 2 :].reshape(-1, 3).mean(0) / 255
    light = float(np.clip(0.72 + 0.5 * mean.mean(), 0.78, 1.04))
    tint = light * (1 + 0.35 * (mean / max(float(mean.mean()), 1e-3) - 1))
    return np.dstack([np.clip(cut[..., :3] * tint, 0, 255).astype(np.uint8), cut[..., 3]])


def _not_on_covers(page: Page, scene: Scene) -> list[str]:
    """Return what to say of a wish that a cover, always the same box by moonlight, cannot follow."""
    if page.title is None or not page.wish.strip():
        return []
    plain = find_kit(page.scene, page.description)
    if (plain.light, plain.weather, plain.shot) == (scene.light, scene.weather, scene.shot):
        return []
    return ["The paper studio's covers are always paper boxes by moonlight: of a wish they take only the place."]


def _string(scene: Scene) -> str | None:
    """Whether the words name a string: "held", or "free" when nobody holds it."""
    if not scene.mentions("string"):
        return None
    return "free" if scene.mentions("loose", "free", "trailing") else "held"


def wanted(description: str, places: frozenset[str], drawn: Sequence[str]) -> list[figures.Prop]:
    """Return the props a description names, in its order; a place the kit does not offer becomes the next best."""
    text = _IN_BRACKETS.sub("", description.casefold())  # how somebody looks calls for nothing: "button eyes"
    found = []
    for prop in figures.props():
        words = [w for w in prop.words if w not in drawn]
        at = [m.start() for w in words if (m := re.search(rf"\b{re.escape(w)}\b", text))]
        place = next((p for p in (prop.place, *_FALLBACK[prop.place]) if p in places), None)
        if at and place:
            found.append((min(at), replace(prop, place=place)))
    held = {name for _, prop in found for name in prop.holds}
    return [prop for _, prop in sorted(found, key=lambda f: f[0]) if prop.name not in held][:MOST_PROPS]


def _cast(page: Page) -> _Cast:
    hero = _exposed(_open(page.poses[page.pose % len(page.poses)]), page.exposure)
    company = {name: _open(path) for name, path in page.company}
    if page.friend_cut:
        return _Cast(hero, _open(page.friend_cut), PLUSH_FRIEND, False, company, ())
    ours = figures.friends().get(page.friend.casefold()) if page.friend else None
    if ours is not None:
        return _Cast(hero, figures.friend_cut(ours.name, page.cache), ours.height, ours.looks_left, company, ())
    notes = (f"No {page.friend} is cut yet, so the friend is not in this picture.",) if page.friend else ()
    if page.friend:
        log.info("no figure for the friend %r", page.friend)
    return _Cast(hero, None, 0.0, False, company, notes)


def _open(path: str) -> Image:
    image = _pixels(path)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise ValueError(f"{Path(path).name} is not a cut-out (PNG with alpha)")
    return image


def _exposed(cut: Image, factor: float) -> Image:
    """Return a cut-out in more or less light: L* times a factor, its darkest and lightest parts less than the middle."""
    if factor == 1.0:
        return cut
    lab = cv2.cvtColor(np.ascontiguousarray(cut[..., :3]), cv2.COLOR_BGR2LAB)
    steps = np.arange(256) / 255
    power = np.log(min(0.95, 0.5 * factor)) / np.log(0.5)  # what lies in the middle is moved by just that factor
    lab[..., 0] = cv2.LUT(lab[..., 0], np.rint(255 * steps**power).astype(np.uint8))
    return np.dstack([cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), cut[..., 3]])


def _picture(path: str) -> Image | None:
    """The picture that is to be replaced, small; a lost file only means that anything differs from it."""
    image = _pixels(path) if Path(path).exists() else None
    return None if image is None else np.ascontiguousarray(image[..., :3])


def _pixels(path: str) -> Image | None:
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)


def _seen(box: Box, view: View) -> Box:
    """Return where a box of the kit is on the page."""
    (x0, y0), (x1, y1) = view.point(box.left, box.top), view.point(box.right, box.bottom)
    return Box(min(x0, x1), y0, max(x0, x1), y1)
