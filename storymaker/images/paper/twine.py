"""A string through the picture: from the hero to a kite, away over the land, or blowing free."""

import numpy as np

from storymaker.images.paper.layout import Box
from storymaker.images.paper.shapes import Points, Polygon, smooth
from storymaker.images.paper.stage import Stage

_COLOUR = "#fff8e8"
_WIDTH = 7.0
"""Pixels of the page: thinner is lost in print."""


def draw(stage: Stage, hero: Box, kite: Box | None, *, free: bool) -> None:
    """Lay the string before the hero is set in, so that its near end is behind the toy and crosses no face.

    Args:
        stage: the stage.
        hero: where the hero stands.
        kite: where a kite flies; None lets the string run out of the picture.
        free: whether nobody holds it.
    """
    hand = (hero.x, hero.top + 0.66 * hero.height)
    if kite is None:
        path = _away(stage, hand, hero)
    elif free:
        path = _loose(kite, 1 if hero.x > kite.x else -1)
    else:
        tail = (kite.x, kite.bottom - 0.3 * kite.height)
        belly = ((hand[0] + tail[0]) / 2 + 0.12 * (tail[0] - hand[0]) + 60, (hand[1] + tail[1]) / 2 + 70)
        path = [hand, belly, tail]
    stage.sheet(_ribbon(smooth(path, closed=False), _WIDTH), _COLOUR, 7, k=0.4)


def _away(stage: Stage, hand: tuple[float, float], hero: Box) -> Points:
    """Over the ground and out of the picture, on the side with more room, in slow waves."""
    left, right = stage.view.edges()
    side = 1 if right - hero.right > hero.left - left else -1
    end = right + 60 if side > 0 else left - 60
    x = np.linspace(hand[0], end, 6)
    y = np.linspace(hand[1] + 0.08 * hero.height, hand[1] - 0.24 * hero.height, 6) + np.array([0, 34, -22, 26, -18, 0])
    return list(zip(x, y, strict=True))


def _loose(kite: Box, side: int) -> Points:
    """Down from the kite and off to the side away from the hero, its end curling up."""
    x, y, far = kite.x, kite.bottom - 0.3 * kite.height, kite.height * 1.3
    steps = [(0.0, 0.0), (0.16, 0.3), (0.05, 0.62), (0.36, 0.85), (0.62, 0.66), (0.78, 0.78)]
    return [(x - side * a * far, y + b * far) for a, b in steps]


def _ribbon(path: Polygon, width: float) -> Polygon:
    """A line of even width, whichever way it runs."""
    along = np.gradient(path, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    return np.vstack([path + across * width / 2, (path - across * width / 2)[::-1]])
