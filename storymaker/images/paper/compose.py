"""One page in, one picture out: the boundary of the paper studio, made to run in a child process."""

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from storymaker.images.jpeg import jpeg
from storymaker.images.paper import cover, figures
from storymaker.images.paper.kits import find_kit, registry
from storymaker.images.paper.layout import Box, seeded
from storymaker.images.paper.page import Drawn, Page
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.texture import Image, grain
from storymaker.images.paper.view import View
from storymaker.images.png import write_png

__all__ = ["Drawn", "Page", "builtin_hero", "compose", "draw_file"]

log = logging.getLogger(__name__)

MOST_PROPS = 5
_FALLBACK = {
    "wall": ("far", "sky"), "low": ("sky", "ground"), "far": ("ground",), "sky": ("wall", "low"),
    "front": ("ground",), "ground": ("front",),
}  # fmt: skip
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_WEATHER_DRAWS = {"fog": ("fog",), "storm": ("cloud", "clouds"), "rain": ("cloud", "clouds")}


def compose(page: Page) -> tuple[Image, Drawn]:
    """Draw a page: 1536 by 1536 pixels, blue-green-red bytes."""
    cv2.setNumThreads(1)
    clock = _Clock()
    grain()
    clock.lap("grain")
    scene = find_kit(page.scene, page.description, page.wish)
    notes = [*scene.notes, *_not_on_covers(page, scene)]
    hero = _open(page.poses[page.pose % len(page.poses)])
    friend = _friend(page, notes)
    clock.lap("figures")
    stage, players = _scene(page, scene, hero, friend)
    clock.lap("scene")
    notes += [f"There was no room for the {name.replace('-', ' ')}." for name in players.left_over()]
    height, width = stage.im.shape[:2]
    return stage.im, Drawn((width, height), tuple(notes), clock.seconds, _on_page(players.hero, stage.view))


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


def _scene(page: Page, scene: Scene, hero: Image, friend: figures.Friend | None) -> tuple[Stage, Players]:
    kit = registry()[scene.kit]
    layout = seeded(page.seed, scene.shot)
    cut = figures.friend_cut(friend.name, page.cache) if friend else None
    if friend:
        layout = replace(layout, friend=min(0.56, friend.height * layout.friend))
    if page.title is not None:
        stage = cover.open_stage(page.seed)
        players = Players(cover.spread(page.seed, layout.friend), hero, cut, seed=page.seed)
        cover.draw(stage, scene, players, page.title)
        return stage, players
    flip = friend is not None and friend.looks_left and layout.mirror
    stage = Stage(kit.palettes[scene.light], page.seed, View(layout.mirror, layout.zoom))
    props = wanted(page.description, kit.places, (*kit.draws, *_WEATHER_DRAWS.get(scene.weather, ())))
    players = Players(
        layout, hero, cut, props, load=lambda name: figures.prop_cut(name, page.cache), seed=page.seed,
        flip_friend=flip, string=_string(scene), dark={"day": 0.25, "dusk": 0.6, "night": 1.0}[scene.light],
    )  # fmt: skip
    kit.draw(stage, scene, players)
    return stage, players


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


def _friend(page: Page, notes: list[str]) -> figures.Friend | None:
    friend = figures.friends().get(page.friend.casefold()) if page.friend else None
    if page.friend and friend is None:
        notes.append(f"No {page.friend} is cut yet, so the friend is not in this picture.")
        log.info("no figure for the friend %r", page.friend)
    return friend


def _open(path: str) -> Image:
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise ValueError(f"{Path(path).name} is not a cut-out (PNG with alpha)")
    return image


def _on_page(box: Box, view: View) -> tuple[int, int, int, int]:
    (x0, y0), (x1, y1) = view.point(box.left, box.top), view.point(box.right, box.bottom)
    return round(min(x0, x1)), round(y0), round(abs(x1 - x0)), round(y1 - y0)
