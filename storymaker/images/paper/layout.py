"""Who stands where: decided by the seed alone, so that a seed repeats and another seed is another picture."""

from dataclasses import dataclass

import numpy as np

from storymaker.images.paper.shapes import PAGE

HEIGHTS = {"wide": (0.345, 0.40), "middle": (0.44, 0.50), "close": (0.525, 0.575)}
"""Height of the hero by shot, as a part of the page."""

ZOOMS = {"wide": (1.0, 1.0), "middle": (1.0, 1.07), "close": (1.13, 1.22)}
SHORTEST, BROAD = 0.305, 0.85


@dataclass(frozen=True)
class Box:
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def x(self) -> float:
        """Its middle."""
        return (self.left + self.right) / 2

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def shared(self, other: "Box") -> float:
        """Return the area that both cover."""
        w = min(self.right, other.right) - max(self.left, other.left)
        h = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, w) * max(0.0, h)

    def grown(self, by: float) -> "Box":
        """Return it larger by so much on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


@dataclass(frozen=True)
class Layout:
    """The choices of one seed.

    Attributes:
        mirror: the hero stands on the right, and the scene is seen from the other side.
        height: of the hero, as a part of the page.
        friend: height of the friend: as drawn a variation of its own, in `stand` a part of the hero's.
        gap: between hero and friend, as a part of the hero's width; less than 0 overlaps.
        step: how far before the hero the friend stands, in pixels.
        drift: where the two stand in the room they have, 0 left to 1 right.
        zoom: how close the camera is.
    """

    mirror: bool
    height: float
    friend: float
    gap: float
    step: float
    drift: float
    zoom: float


def seeded(seed: int, shot: str) -> Layout:
    """Return the layout of a seed; neighbouring seeds stand on opposite sides."""
    rng = np.random.default_rng([seed, 13])
    return Layout(
        mirror=bool(seed % 2),
        height=rng.uniform(*HEIGHTS[shot]),
        friend=rng.uniform(0.94, 1.04),
        gap=rng.uniform(-0.05, 0.05),
        step=rng.uniform(8, 22),
        drift=rng.uniform(0.0, 1.0),
        zoom=rng.uniform(*ZOOMS[shot]),
    )


def stand(
    layout: Layout, hero: float, friend: float | None, *, left: float, right: float, foot: float
) -> tuple[Box, Box | None]:
    """Place hero and friend on the ground between left and right, in kit pixels.

    Both shrink together until they fit, the hero not below SHORTEST; then the two stand closer.

    Args:
        layout: the choices of the seed.
        hero: width of the hero by its height.
        friend: width of the friend by its height; None when there is none.
        left: of the free ground.
        right: of the free ground.
        foot: where the hero's feet are.
    """
    room = right - left
    h = layout.height * PAGE / layout.zoom
    if hero > BROAD:  # a broad toy is as large to the eye as a tall one at this height
        h = max(h * (BROAD / hero) ** 0.5, SHORTEST * PAGE / layout.zoom)
    wide = friend * layout.friend if friend else 0.0
    gap = layout.gap * hero if friend else 0.0
    fit = room / (hero + gap + wide)
    if fit < h:
        h = max(fit, SHORTEST * PAGE / layout.zoom)
        gap = min(gap, room / h - hero - wide) if friend else 0.0
        gap = max(gap, -0.45 * hero - 0.2 * wide)
    group = (hero + gap + wide) * h
    share = 0.15 + 0.7 * layout.drift if friend else 0.22 + 0.36 * layout.drift
    x = left + (room - group) * share
    if hero * h > PAGE / layout.zoom - 40:
        h = (PAGE / layout.zoom - 40) / hero
        x = left + (room - hero * h) / 2
    first = Box(x, foot - h, x + hero * h, foot)
    if not friend:
        return first, None
    end = min(first.right + gap * h + wide * h, right)
    tall = layout.friend * h
    low = foot + layout.step / layout.zoom
    return first, Box(end - wide * h, low - tall, end, low)
