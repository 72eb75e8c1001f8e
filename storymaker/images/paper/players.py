"""The players of one picture: hero, friend and props, and where a kit may put them."""

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from storymaker.images.paper import rims, twine
from storymaker.images.paper.figures import Prop
from storymaker.images.paper.layout import Box, Layout, stand
from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.stage import Light, Stage
from storymaker.images.paper.texture import Image, bgr

log = logging.getLogger(__name__)

Spot = tuple[float, float] | tuple[float, float, float]
"""Where a prop may stand: the middle of its foot, and optionally how large (1 is its own size)."""

FACE = 0.56
"""The upper part of a toy that holds its face, whatever the toy is."""

SIZES = (1.0, 0.8, 0.64)
"""Of a prop: rather small than left out."""

MARGIN = 40
"""Room between a player and the edge of the picture, in pixels of the page."""

COMPANY, HIDDEN = (0.8, 0.68, 0.56), 0.3
"""Heights of further heroes beside the first one's, the best first; and how much of one the first may hide."""

OVER = "over"
"""The place of what the friend holds over its head."""

HANGING = frozenset({"sky", "wall", "low"})


class Players:
    """Hero, friend and props of one page.

    A kit calls `settle` first (it may then lay the scene around the boxes), `props` at each depth, `draw` where the
    two stand, and passes `lights` on to `relight`.

    Attributes:
        hero: box of the hero in kit pixels, after `settle`.
        friend: box of the friend, or None.
        lights: pools of light of the props that glow.
        dark: how strongly they glow: 1 at night, less by day.
    """

    def __init__(
        self,
        layout: Layout,
        hero: Image,
        friend: Image | None = None,
        props: Sequence[Prop] = (),
        *,
        load: Callable[[str], Image] | None = None,
        seed: int = 1,
        flip_friend: bool = False,
        string: str | None = None,
        dark: float = 1.0,
        face: tuple[float, float] | None = None,
        company: Mapping[str, Image] | None = None,
        rim: str | None = None,
    ) -> None:
        self.layout = layout
        self.hero = self.face = Box(0, 0, 0, 0)
        self.friend: Box | None = None
        self.lights: list[Light] = []
        self.dark = dark
        self.placed: dict[str, Box] = {}
        self._bgra, self._friend = hero, friend
        self._waiting = list(props)
        self._clear: list[Box] = []
        self._flip = flip_friend
        self._string = string
        self._face_at = face
        self._company = dict(company or {})
        self._rim = rim
        self._standing: list[tuple[Image, Box]] = []
        self._drawn = False
        self._load = load
        self._rng = np.random.default_rng([seed, 14])

    def settle(self, stage: Stage, left: float, right: float, foot: float) -> Box:
        """Decide where hero and friend stand, between left and right, feet at foot; return the hero's box."""
        a, b = stage.view.edges()
        a, b = a + MARGIN / stage.view.zoom, b - MARGIN / stage.view.zoom
        hero, friend = self._bgra, self._friend
        left = max(left, a) + self._reserved(stage, min(right, b) - max(left, a))
        self.hero, self.friend = stand(
            self.layout,
            hero.shape[1] / hero.shape[0],
            friend.shape[1] / friend.shape[0] if friend is not None else None,
            (max(left, a), min(right, b)),
            (a, b),
            foot,
        )
        self.face = _face(hero, self.hero, stage.view.mirror, self._face_at)
        self._place_company(stage)
        return self.hero

    @property
    def group(self) -> Box:
        """The box round hero, friend and company."""
        every = [self.hero, *([] if self.friend is None else [self.friend]), *(box for _, box in self._standing)]
        return Box(
            min(b.left for b in every), min(b.top for b in every),
            max(b.right for b in every), max(b.bottom for b in every),
        )  # fmt: skip

    def clear_of_neck(self, y: float, gap: float = 70) -> float:
        """Return y moved away from the hero's neck, for a horizon or another strong line behind the hero."""
        neck = self.hero.top + 0.46 * self.hero.height
        if abs(y - neck) >= gap:
            return y
        return neck + (gap if y >= neck else -gap)

    def draw(self, stage: Stage, *, contact: float = 0.55, lift: float = 20, tilt: float = 0.0) -> None:
        """Stand hero and friend on the stage, leaning by tilt degrees; afterwards lay a sheet before their feet."""
        h = self.hero
        self._drawn = True
        if self._string is not None:
            twine.draw(stage, h, self.placed.get("kite"), free=self._string == "free")
        tilt = -tilt if stage.view.mirror else tilt
        self._hold_over(stage)
        for bgra, box in self._standing:
            stage.cut(bgra, box.x, box.bottom, box.height, contact=contact, lift=lift, tilt=tilt)
        stage.cut(self._bgra, h.x, h.bottom, h.height, contact=contact, lift=lift, tilt=tilt)
        stage.watch()
        if self._friend is not None and self.friend is not None:
            f = self.friend
            stage.cut(self._friend, f.x, f.bottom, f.height, contact=contact, lift=lift, tilt=tilt, flip=self._flip)
        if self._rim is not None:
            rims.draw(stage, self._rim, self.hero, self.face)

    def _hold_over(self, stage: Stage) -> None:
        """Lay what the friend holds over its head, behind all who stand there."""
        a, b = stage.view.edges()
        for prop in [p for p in self._waiting if p.place == OVER]:
            if self.friend is None or self._load is None:
                return
            f, bgra = self.friend, self._load(prop.name)
            high = max(1.3 * f.height, prop.height * PAGE / stage.view.zoom)
            wide, foot = high * bgra.shape[1] / bgra.shape[0], f.bottom - 0.16 * f.height
            x = min(max(f.x, a + wide / 2), b - wide / 2)
            self._waiting.remove(prop)
            self._put(stage, prop, bgra, Box(x - wide / 2, foot - high, x + wide / 2, foot), 0.0)

    def _reserved(self, stage: Stage, room: float) -> float:
        """Return how much of the ground is kept for the first of the company."""
        if not self._company:
            return 0.0
        high, wide = next(iter(self._company.values())).shape[:2]
        tall = COMPANY[-1] * self.layout.height * PAGE / stage.view.zoom
        return float(min((1 - HIDDEN) * tall * wide / high, 0.36 * room))

    def _place_company(self, stage: Stage) -> None:
        """Find further heroes a place a step behind the first one; for whom there is none, `left_over` says so."""
        a, b = stage.view.edges()
        for name, bgra in list(self._company.items()):
            for part, side in itertools.product(COMPANY, (-1, 1)):
                box = self._beside_hero(bgra, part, side)
                if a + 8 <= box.left and box.right <= b - 8 and not self._taken(box):
                    self._standing.append((bgra, box))
                    self.placed[name] = box
                    del self._company[name]
                    break

    def _beside_hero(self, bgra: Image, part: float, side: int) -> Box:
        h = self.hero
        tall = part * h.height
        wide = tall * bgra.shape[1] / bgra.shape[0]
        left = h.left - (1 - HIDDEN) * wide if side < 0 else h.right - HIDDEN * wide
        return Box(left, h.bottom - 14 - tall, left + wide, h.bottom - 14)

    def _taken(self, box: Box) -> bool:
        """Whether the friend or a prop stands there."""
        others = [*self.placed.values(), *([self.friend] if self.friend is not None else [])]
        return any(
            box.shared(other) > 0.2 * min(box.width * box.height, other.width * other.height) for other in others
        )

    def props(
        self,
        stage: Stage,
        place: str,
        spots: Sequence[Spot],
        *,
        low: float = 0.0,
        high: float = 1.0,
        only: bool = False,
    ) -> None:
        """Put the waiting props of one place on free spots, at this depth.

        A spot is free when the prop there would cover no face, little of hero or friend, and no other prop.

        Args:
            stage: the stage.
            place: sky, low, far, wall, ground or front.
            spots: where, best first; the seed changes the order a little. "low" needs none: it is beside the heads.
            low: only props at least so high, as a part of the page.
            high: only props at most so high.
            only: these spots only; else ground props may also stand beside hero and friend.
        """
        if place == "low" and not spots:
            spots = self._beside()
        order = np.argsort(np.arange(len(spots)) + self._rng.uniform(0, 1.6, len(spots)))
        more = self._flanks() if place == "ground" and not low and not only else ()
        free = [*(spots[i] for i in order), *more]
        for prop in [p for p in self._waiting if p.place == place and low <= p.height <= high]:
            if self._load is None:
                return
            bgra = self._load(prop.name)
            for size, spot in itertools.product(SIZES, free):
                box, tilt = self._box(stage, prop, bgra, spot, size)
                if self._fits(stage, box, prop.place):
                    free.remove(spot)
                    self._waiting.remove(prop)
                    self._put(stage, prop, bgra, box, tilt)
                    break

    def keep_clear(self, x: float, y: float, r: float) -> None:
        """Let no prop come before sun, moon or another thing of radius r at (x, y)."""
        self._clear.append(Box(x - r, y - r, x + r, y + r))

    def waits(self, place: str) -> bool:
        """Whether a prop still waits for this place."""
        return any(p.place == place for p in self._waiting)

    def _beside(self) -> list[Spot]:
        """Return spots in the air on both sides of hero and friend."""
        g, h, f = self.group, self.hero, self.friend
        above = [(f.x + 40, f.top - 70), (f.x + 130, f.top - 190)] if f is not None else []
        side = h.top + 0.45 * h.height
        return [
            *above, (g.right + 130, side), (h.left - 130, side - 40), (g.right + 60, h.top - 20),
            (h.left - 90, h.top - 60), (h.right + 150, h.top - 60), (h.left - 210, side + 60),
            (g.right + 230, side + 60), (h.x + 260, h.top - 130),
        ]  # fmt: skip

    def _flanks(self) -> list[Spot]:
        """Return spots on the ground at both sides of hero and friend, a step behind them."""
        g, y = self.group, self.hero.bottom - 14
        return [(g.right + 100, y), (g.left - 100, y), (g.right + 220, y - 50, 0.9), (g.left - 220, y - 50, 0.9)]

    def left_over(self) -> list[str]:
        """Return the names of the props that found no place."""
        return [*self._company, *(p.name for p in self._waiting)]

    def _box(self, stage: Stage, prop: Prop, bgra: Image, spot: Spot, size: float) -> tuple[Box, float]:
        x, y, own = spot if len(spot) == 3 else (*spot, 1.0)
        h = prop.height * PAGE * size * own * float(self._rng.uniform(0.94, 1.06)) / stage.view.zoom**0.5
        w = h * bgra.shape[1] / bgra.shape[0]
        x += float(self._rng.uniform(-14, 14))
        tilt = float(self._rng.uniform(-5, 5)) if prop.place in ("sky", "low") else 0.0
        if prop.place in HANGING:  # what hangs or flies comes down into a close view rather than stay away
            a, b = stage.view.edges()
            y = max(y, stage.view.top() + 16 + h)
            x = min(max(x, a + 16 + w / 2), b - 16 - w / 2)
        return Box(x - w / 2, y - h, x + w / 2, y), tilt

    def _fits(self, stage: Stage, box: Box, place: str) -> bool:
        a, b = stage.view.edges()
        area = box.width * box.height
        if box.left < a + 8 or box.right > b - 8 or box.top < stage.view.top() + 12:
            return False
        if box.shared(self.face.grown(16)) or any(box.shared(o) > 0.04 * area for o in self._clear):
            return False
        if any(box.shared(o) > 0.12 * area for o in self.placed.values()):
            return False
        if self.friend is not None:
            f = self.friend
            face = replace(f, bottom=f.top + 0.7 * f.height)
            if box.shared(face.grown(8)) or box.shared(f) > 0.2 * area:
                return False
        if self._drawn and place != "front":  # what comes before the hero now would hide it
            return box.shared(self.hero) <= 0.06 * area
        return box.shared(self.hero) <= (0.38 if place == "ground" else 0.25) * area

    def _put(self, stage: Stage, prop: Prop, bgra: Image, box: Box, tilt: float) -> None:
        self.placed[prop.name] = box
        hanging = prop.place in HANGING or prop.place == OVER
        if prop.glow:
            across = 1 - prop.at[0] if stage.view.mirror else prop.at[0]
            x, y = box.left + across * box.width, box.top + prop.at[1] * box.height
            stage.glow(x, y, box.height * 0.75, prop.glow, 0.5 * self.dark)
            b, g, r = bgr(prop.glow) / 255
            self.lights.append((x, y, box.height * 0.9 + 90, 0.4 * self.dark, (float(r), float(g), float(b))))
        stage.cut(
            bgra, box.x, box.bottom, box.height, tilt=tilt, contact=0.0 if hanging else 0.5, edge=4,
            lift=12 if prop.place == "far" else 18,
        )  # fmt: skip


def _face(bgra: Image, hero: Box, mirror: bool, at: tuple[float, float] | None) -> Box:
    """Return the box of the face: round the point that the parent set, else as wide as the toy is in its upper part."""
    if at is not None:
        x = 1 - at[0] if mirror else at[0]  # the kit is mirrored, the toy is not
        x, y, reach = (
            hero.left + x * hero.width,
            hero.top + at[1] * hero.height,
            FACE / 2 * min(hero.width, hero.height),
        )
        return Box(x - reach, y - reach, x + reach, y + reach)
    high, wide = bgra.shape[:2]
    columns = np.flatnonzero((bgra[: int(high * FACE), :, 3] > 127).any(0))
    a, b = (columns[0] / wide, columns[-1] / wide) if len(columns) else (0.0, 1.0)
    if mirror:
        a, b = 1 - b, 1 - a
    return Box(hero.left + a * hero.width, hero.top, hero.left + b * hero.width, hero.top + FACE * hero.height)
