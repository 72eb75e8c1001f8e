"""From a mask to a cut-out: a smooth contour as scissors make it, and no rim of the old background."""

from __future__ import annotations

import cv2
import numpy as np

from storymaker.images.masks import Pixels, ellipse, resize, scaled, spread
from storymaker.images.segment import Box, Segment

LONGEST_SIDE = 1400
"""Pixels."""
SHORTEST_SIDE = 400
"""What a smaller toy is enlarged to, in pixels."""


def _round(contour: Pixels, reach: float) -> Pixels:
    """Smooth a closed contour along its length: scissors, not fur."""
    points = contour[:, 0].astype(np.float32)
    kernel = cv2.getGaussianKernel(int(6 * reach) | 1, reach).ravel()
    half = len(kernel) // 2
    if len(points) <= half:
        return points
    ring = np.vstack([points[-half:], points, points[:half]])
    return np.stack([np.convolve(ring[:, axis], kernel, "valid") for axis in (0, 1)], 1)


def _outline(solid: Pixels, shape: tuple[int, int]) -> Pixels:
    """The mask at full size with smooth, anti-aliased contours."""
    side = max(shape)
    large = cv2.resize(solid, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    # replicated at the border, so that a toy cut by the photo's edge is not rounded off there
    soft = cv2.GaussianBlur(large, (0, 0), side * 0.0035, borderType=cv2.BORDER_REPLICATE) > 140
    contours, _ = cv2.findContours(soft.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    least = (side * 0.016) ** 2
    lines = [_round(line, side * 0.005) for line in contours if cv2.contourArea(line) > least]
    alpha = np.zeros(shape, np.uint8)
    cv2.fillPoly(alpha, [np.rint(line * 16).astype(np.int32) for line in lines], (255,), cv2.LINE_AA, 4)
    return alpha


def _frame(toy: Segment) -> tuple[Box, Box]:
    """The toy with a little air, in the segment's maps and in the photo."""
    left, top, wide, high = cv2.boundingRect(toy.solid)
    height, width = toy.solid.shape
    air = round(0.02 * max(wide, high))
    right, bottom = min(width, left + wide + air), min(height, top + high + air)
    left, top = max(0, left - air), max(0, top - air)
    down, along = toy.box.shape[0] / height, toy.box.shape[1] / width
    x, y = toy.box.left + round(left * along), toy.box.top + round(top * down)
    x_end, y_end = toy.box.left + round(right * along), toy.box.top + round(bottom * down)
    return Box(left, top, right, bottom), Box(x, y, max(x + 1, x_end), max(y + 1, y_end))


def cut(photo: Pixels, toy: Segment) -> Pixels:
    """The toy as blue, green, red, alpha, cropped to it; at most ``LONGEST_SIDE`` pixels. Empty if nothing is left.

    Args:
        photo: Blue, green, red.
        toy: Where it is.
    """
    in_maps, in_photo = _frame(toy)
    solid, sure, part = in_maps.of(toy.solid), in_maps.of(toy.sure), in_photo.of(photo)
    shape = scaled(part.shape, min(LONGEST_SIDE, max(SHORTEST_SIDE, *part.shape[:2])))
    shrinks = shape[0] < part.shape[0]
    picture = cv2.resize(part, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    alpha = _outline(solid, shape)
    core = cv2.erode(sure, ellipse(max(sure.shape) * 0.014), borderValue=255)
    paint = resize(spread(resize(picture, (sure.shape[0], sure.shape[1])), core), shape)
    kept = resize(core, shape).astype(np.float32) / 255
    x, y, wide, high = cv2.boundingRect(alpha)
    return np.dstack([cv2.blendLinear(picture, paint, kept, 1 - kept), alpha])[y : y + high, x : x + wide]


def lightness(cutout: Pixels) -> float:
    """How light the lighter parts of a cut-out are: the 80th percentile of L* (CIE 1976), 0–100."""
    shape = scaled(cutout.shape[:2], 200)
    small = cv2.resize(cutout, shape[::-1], interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(np.ascontiguousarray(small[..., :3]).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    inside = lab[..., 0][small[..., 3] > 127]
    return float(np.percentile(inside, 80)) if inside.size else 0.0


def axis(cutout: Pixels) -> tuple[float, float]:
    """The main axis of a cut-out: degrees clockwise from upright, −90 to 90, and how many times the other it is."""
    moments = cv2.moments(cutout[..., 3])
    area = moments["m00"] or 1.0
    xx, yy, xy = moments["mu20"] / area, moments["mu02"] / area, moments["mu11"] / area
    apart = float(np.hypot(xx - yy, 2 * xy))
    angle = float(np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)))  # from the x axis, clockwise as y grows downwards
    return angle % 180 - 90, float(np.sqrt((xx + yy + apart) / max(xx + yy - apart, 1e-6)))
