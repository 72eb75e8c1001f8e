"""Masks and colours of a cut-out: brushes and sizes, colours spread outwards, holes that are none, blades of grass."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
"""A picture (blue, green, red), a mask or a map; 8-bit unless it says otherwise."""


def ellipse(size: float) -> Pixels:
    """A round brush for morphology, about ``size`` pixels wide."""
    side = max(1, int(size)) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def resize(picture: Pixels, shape: tuple[int, int]) -> Pixels:
    """The picture at ``(height, width)``, averaged when it shrinks."""
    shrinks = shape[0] * shape[1] < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def scaled(shape: tuple[int, ...], side: float) -> tuple[int, int]:
    """Height and width of the same proportions with the longer one ``side``."""
    factor = side / max(shape[:2])
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def spread(picture: Pixels, core: Pixels) -> Pixels:
    """The picture with everything outside ``core`` painted in the nearest colours inside it, coarse to fine."""
    weight = core.astype(np.float32) / 255
    levels: list[tuple[Pixels, Pixels]] = [(picture.astype(np.float32) * weight[..., None], weight)]
    while min(levels[-1][1].shape) > 4:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    colour, weight = levels.pop()
    painted: Pixels = colour / (weight[..., None] + 1e-4)
    for colour, weight in reversed(levels):
        painted = cv2.resize(painted, (weight.shape[1], weight.shape[0]), interpolation=cv2.INTER_LINEAR)
        known = np.minimum(1, weight * 4)[..., None]
        painted = painted * (1 - known) + known * colour / np.maximum(weight, 1e-4)[..., None]
    return np.clip(painted, 0, 255).astype(np.uint8)


def main_component(mask: Pixels, odds: Pixels, keep: Pixels) -> Pixels:
    """The component with most of the toy in it, and every one that a keep stroke touches; masks of 0 and 1."""
    count, labels = cv2.connectedComponents(mask)
    if count < 2:
        return mask
    weights = np.bincount(labels.ravel(), odds.ravel() + 1e-3, minlength=count)
    weights[0] = -1
    chosen = {int(label) for label in np.unique(labels[keep > 0])} - {0} | {int(weights.argmax())}
    return np.isin(labels, list(chosen)).astype(np.uint8)


def _roundness(blob: Pixels) -> float:
    """1 for a circle, less for anything else; an eye is rounder than the gap between two legs."""
    contours, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outer = max(contours, key=cv2.contourArea)
    return float(4 * np.pi * cv2.contourArea(outer) / max(cv2.arcLength(outer, True), 1) ** 2)


def close_holes(mask: Pixels, odds: Pixels, colour: Pixels, remove: Pixels) -> Pixels:
    """Close the holes that are no holes: eyes, highlights, labels; leave open what shows the ground behind the toy.

    Args:
        mask: 0 or 1.
        odds: The network's opinion, 0–1.
        colour: Above 0 where the colour is rather the toy's, below where rather the ground's.
        remove: What the parent painted away; it stays open.
    """
    side = max(mask.shape)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    size = np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    mean_odds, mean_colour = (
        np.bincount(labels.ravel(), values.ravel(), minlength=count) / size for values in (odds, colour)
    )
    # measured on 24 photos: gaps between limbs have odds up to 0.23 and roundness to 0.69, eyes from 0.49 and 0.78
    gap = (size > (side * 0.018) ** 2) & (mean_odds < 0.36) & (mean_colour < -0.5)
    for each in np.flatnonzero(gap):
        gap[each] = _roundness((labels == each).astype(np.uint8)) < 0.74
    rim = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    gap[np.unique(np.concatenate([*rim, labels[remove > 0]]))] = True
    filled: Pixels = mask.copy()
    filled[~gap[labels]] = 1
    return filled


def blades(picture: Pixels, mask: Pixels, colour: Pixels) -> Pixels:
    """Thin things of the ground's colours that reach over the toy from outside, such as blades of grass; 0 or 1."""
    side = max(mask.shape)
    grounds = (cv2.GaussianBlur(colour, (0, 0), 1.0) < -2) & (_from_ground(picture, mask) < 75) & (mask > 0)
    foreign = grounds.astype(np.uint8)
    thin = np.where(cv2.morphologyEx(foreign, cv2.MORPH_OPEN, ellipse(side * 0.02)) > 0, 0, foreign).astype(np.uint8)
    deep = cv2.erode(mask, ellipse(side * 0.012), borderValue=1)
    count, labels = cv2.connectedComponents(thin)
    reaching = np.zeros(count, bool)
    reaching[np.unique(labels[(deep == 0) & (thin > 0)])] = True
    reaching[0] = False
    return cv2.dilate(reaching[labels].astype(np.uint8), ellipse(3))


def _from_ground(picture: Pixels, mask: Pixels) -> Pixels:
    """How far each colour is from that of the nearest ground around the toy, as a distance in 8-bit colours."""
    _, labels = cv2.connectedComponents(np.pad(1 - mask, 1, constant_values=1))
    inside = (labels[1:-1, 1:-1] != labels[0, 0]).astype(np.uint8)
    quarter = scaled(mask.shape, max(mask.shape) / 4)
    ground = cv2.erode(1 - resize(inside, quarter), ellipse(3), borderValue=1) * np.uint8(255)
    nearest = resize(spread(resize(picture, quarter), ground), (mask.shape[0], mask.shape[1]))
    away = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32) - nearest
    distance: Pixels = np.sqrt((away * away).sum(-1))
    return distance
