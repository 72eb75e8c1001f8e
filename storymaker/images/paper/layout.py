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
    layout: Layout,
    aspect: float,
    friend: float | None,
    ground: tuple[float, float],
    frame: tuple[float, float],
    foot: float,
) -> tuple[Box, Box | None]:
    """Place hero and friend on the ground, in kit pixels.

    Both shrink together until they fit, the hero not below SHORTEST; then the two stand closer. Whoever is wider than
    the ground may reach beyond it, but not out of the frame.

    Args:
        layout: the choices of the seed.
        aspect: width of the hero by its height.
        friend: width of the friend by its height; None when there is none.
        ground: left and right end of the free ground.
        frame: left and right end of what can be seen, less a margin.
        foot: where the hero's feet are.
    """
    left, right = ground
    shortest = SHORTEST * PAGE / layout.zoom
    h = layout.height * PAGE / layout.zoom
    if aspect > BROAD:  # a broad toy is as large to the eye as a tall one at this height
        h = max(h * (BROAD / aspect) ** 0.5, shortest)
    wide = friend * layout.friend if friend else 0.0
    gap = layout.gap * aspect if friend else 0.0
    fit = (right - left) / (aspect + gap + wide)
    if fit < h:
        h = max(fit, shortest)
        gap = max(min(gap, (right - left) / h - aspect - wide), -0.45 * aspect - 0.2 * wide) if friend else 0.0
    h = min(h, (frame[1] - frame[0]) / aspect)
    group = (aspect + gap + wide) * h
    share = 0.15 + 0.7 * layout.drift if friend else 0.22 + 0.36 * layout.drift
    x = left + (right - left - group) * share
    x = min(max(x, frame[0]), frame[1] - aspect * h)
    hero = Box(x, foot - h, x + aspect * h, foot)
    if not friend:
        return hero, None
    end = min(hero.right + gap * h + wide * h, frame[1])
    low = foot + layout.step / layout.zoom
    return hero, Box(end - wide * h, low - layout.friend * h, end, low)
