"""A picture that is cut out already: its own alpha is the cut-out, unless that is but a frame around a photo."""

from __future__ import annotations

import cv2
import numpy as np

from storymaker.errors import PhotoError
from storymaker.images.masks import Pixels, scaled, spread
from storymaker.images.scissors import LONGEST_SIDE, SHORTEST_SIDE
from storymaker.images.segment import Box, Marks

_SEEN = 127
"""Above this alpha a pixel is rather there than not, and its colour believed: fainter ones often have that of the old ground."""
_SMALLEST = 48
"""Pixels: the longer side of a toy that can be printed at all."""
_STRAIGHT, _ROUND = 0.95, 0.985
"""How much of its smallest rectangle, and of an ellipse in it, a photo on nothing covers; rounded corners are let pass."""


def flat(picture: Pixels) -> Pixels:
    """The picture (blue, green, red, alpha) without its alpha: the colours of what is there, spread over the nothing."""
    return spread(picture[..., :3], _mask(picture[..., 3] > _SEEN))


def frame(picture: Pixels) -> Box | None:
    """Where a whole photo lies on nothing: a rectangle, turned or with rounded corners, or an ellipse; None of a cut-out.

    Args:
        picture: Blue, green, red, alpha.
    """
    solid = _mask(picture[..., 3] > _SEEN)
    contours, _ = cv2.findContours(solid, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    if len(contours) != 1:
        return None
    (centre, (wide, high), angle), area = cv2.minAreaRect(contours[0]), cv2.contourArea(contours[0])
    if area < _STRAIGHT * wide * high:
        ellipse = np.zeros_like(solid)
        cv2.ellipse(ellipse, (centre, (wide, high), angle), (255,), -1)
        if np.count_nonzero(solid & ellipse) < _ROUND * np.count_nonzero(solid | ellipse):
            return None
    left, top, across, down = cv2.boundingRect(contours[0])
    return Box(left, top, left + across, top + down)


def cut(picture: Pixels, marks: Marks) -> Pixels:
    """The toy along its own alpha and the parent's strokes, cropped to it; at most ``LONGEST_SIDE`` pixels.

    Empty if nothing is left.

    Args:
        picture: Blue, green, red, alpha.
        marks: What the parent painted.

    Raises:
        PhotoError: If it is too small to print.
    """
    alpha = shape_of(picture, marks)
    x, y, wide, high = cv2.boundingRect(alpha)
    if not (alpha > _SEEN).any():
        return alpha[:0]
    side = max(cv2.boundingRect(_mask(alpha > _SEEN))[2:])
    if side < _SMALLEST:
        raise PhotoError(
            f"The toy in this picture is only {side} pixels large, which is too small to print. Please choose a larger picture.",
            code="photo-too-small",
        )
    toy = np.dstack([flat(picture), alpha])[y : y + high, x : x + wide]
    shape = scaled(toy.shape, min(LONGEST_SIDE, max(SHORTEST_SIDE, wide, high)))
    if shape == toy.shape[:2]:
        return toy
    return cv2.resize(toy, shape[::-1], interpolation=cv2.INTER_AREA if shape[0] < high else cv2.INTER_CUBIC)


def shape_of(picture: Pixels, marks: Marks) -> Pixels:
    """The picture's alpha with the parent's strokes."""
    alpha: Pixels = np.where(marks.keep > 0, 255, picture[..., 3])
    alpha[marks.remove > 0] = 0
    return alpha.astype(np.uint8)


def cut_by_edge(alpha: Pixels) -> dict[str, float]:
    """How much of the toy lies along each side of the picture, in pixels; nothing where it was cropped just to the toy."""
    solid = alpha > _SEEN
    along = {"left": solid[:, 0], "top": solid[0], "right": solid[:, -1], "bottom": solid[-1]}
    lengths = {side: float(line.sum()) for side, line in along.items()}
    return dict.fromkeys(lengths, 0.0) if all(lengths.values()) else lengths


def _mask(where: Pixels) -> Pixels:
    return where.astype(np.uint8) * np.uint8(255)
