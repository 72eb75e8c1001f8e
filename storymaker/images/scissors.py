"""From a mask to a cut-out: a smooth contour as scissors make it, and no rim of the old background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from storymaker.images.segment import Image, Segment, ellipse, spread

LONGEST_SIDE = 1400
"""Pixels."""
_SHORTEST_SIDE = 400


def _round(contour: NDArray[np.int32], spread: float) -> NDArray[np.float32]:
    """Smooth a closed contour along its length: scissors, not fur."""
    points = contour[:, 0].astype(np.float32)
    kernel = cv2.getGaussianKernel(int(6 * spread) | 1, spread).ravel()
    reach = min(len(kernel) // 2, len(points) - 1)
    ring = np.vstack([points[-reach:], points, points[:reach]]) if reach else points
    if len(ring) < len(kernel):
        return points
    return np.stack([np.convolve(ring[:, axis], kernel, "valid") for axis in (0, 1)], 1).astype(np.float32)


def _outline(solid: Image, shape: tuple[int, int]) -> Image:
    """The mask at full size with smooth, anti-aliased contours."""
    side = max(shape)
    # a border of ground, so that a toy cut by the photo's edge is not rounded off there
    large = cv2.resize(solid, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    soft = (cv2.GaussianBlur(large, (0, 0), side * 0.0035, borderType=cv2.BORDER_REPLICATE) > 140).astype(np.uint8)
    alpha = np.zeros(shape, np.uint8)
    contours, _ = cv2.findContours(soft, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    least = (side * 0.016) ** 2
    lines = [np.rint(_round(line, side * 0.005) * 16).astype(np.int32) for line in contours if cv2.contourArea(line) > least]
    cv2.fillPoly(alpha, lines, (255,), cv2.LINE_AA, 4)
    return alpha


def cut(photo: Image, toy: Segment) -> Image:
    """The toy as blue, green, red, alpha, cropped to it; at most ``LONGEST_SIDE`` pixels."""
    left, top, wide, high = cv2.boundingRect(toy.solid)
    height, width = toy.solid.shape
    rim = round(0.02 * max(wide, high))
    x0, y0, x1, y1 = max(0, left - rim), max(0, top - rim), min(width, left + wide + rim), min(height, top + high + rim)
    solid, sure = toy.solid[y0:y1, x0:x1], toy.sure[y0:y1, x0:x1]
    part = toy.box.of(photo)
    fy, fx = part.shape[0] / height, part.shape[1] / width
    part = part[round(y0 * fy) : max(round(y1 * fy), round(y0 * fy) + 1), round(x0 * fx) : max(round(x1 * fx), round(x0 * fx) + 1)]
    side = min(LONGEST_SIDE, max(_SHORTEST_SIDE, max(part.shape[:2])))
    factor = side / max(part.shape[:2])
    shape = max(1, round(part.shape[0] * factor)), max(1, round(part.shape[1] * factor))
    picture = cv2.resize(part, shape[::-1], interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    alpha = _outline(solid, shape)
    coarse = cv2.resize(picture, sure.shape[::-1], interpolation=cv2.INTER_AREA)
    core = cv2.erode(sure, ellipse(max(sure.shape) * 0.014), borderValue=255)
    paint = cv2.resize(spread(coarse, core), shape[::-1], interpolation=cv2.INTER_LINEAR)
    kept = cv2.resize(core, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    blended = cv2.blendLinear(picture, paint, kept, 1 - kept)
    x, y, w, h = cv2.boundingRect(alpha)
    return np.dstack([blended, alpha])[y : y + h, x : x + w]


def axis(cutout: Image) -> tuple[float, float]:
    """The main axis of a cut-out: degrees clockwise from upright, −90 to 90, and how many times the other it is."""
    moments = cv2.moments(cutout[..., 3])
    area = moments["m00"] or 1.0
    xx, yy, xy = moments["mu20"] / area, moments["mu02"] / area, moments["mu11"] / area
    spread_ = float(np.hypot(xx - yy, 2 * xy))
    angle = 90 + np.degrees(0.5 * np.arctan2(2 * xy, xx - yy))
    return float((angle + 90) % 180 - 90), float(np.sqrt((xx + yy + spread_) / max(xx + yy - spread_, 1e-6)))
