"""Which pixels are the toy: two looks by a small network, then colours decide near the edge.

The network (U²-Net-p) looks twice: at the whole photo, small, to find the toy, and at the toy alone, large. The second
look opens the gaps between arms and body that one look at the whole photo paints over. GrabCut learns the colours of
toy and ground from it; these colours are then asked again, at a higher resolution, in a band along the edge.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from storymaker.images.masks import Pixels, blades, close_holes, ellipse, main_component, resize, scaled

WEIGHTS = Path(__file__).with_name("weights") / "u2netp.onnx"

_FIRST_LOOK = 160
_SECOND_LOOK = 288
_FUSED = "1959"  # the output that unites the six coarser ones
_LEARN_SIDE = 380
_EDGE_SIDE = 760
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True)
class Box:
    """A part of the photo, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, picture: Pixels) -> Pixels:
        """That part of a picture."""
        return picture[self.top : self.bottom, self.left : self.right]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Marks:
    """What the parent painted, as masks of the photo's size; 0 or 255."""

    keep: Pixels
    remove: Pixels

    def within(self, box: Box, shape: tuple[int, int]) -> Marks:
        """The same in a box, scaled to ``(height, width)``; thin lines survive."""
        keep, remove = ((resize(box.of(mask), shape) > 0).astype(np.uint8) * 255 for mask in (self.keep, self.remove))
        return Marks(keep, remove)


@dataclass(frozen=True)
class Segment:
    """The toy in the photo. All maps have one shape, and lie in ``box``.

    Attributes:
        box: Where in the photo.
        solid: 0 or 255: what is cut out, small blemishes filled.
        sure: 0 or 255: where the pixels really show the toy; its colours may be trusted.
        odds: What the network says, 0–1.
        first: Its first look alone, at the whole photo, 0–1.
    """

    box: Box
    solid: Pixels
    sure: Pixels
    odds: Pixels
    first: Pixels


@functools.cache
def _network() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(str(WEIGHTS))


def forget_network() -> None:
    """Let the network go: it holds 150 MB between two cut-outs and is read again in a tenth of a second."""
    _network.cache_clear()


def _look(picture: Pixels, side: int) -> Pixels:
    """How likely each pixel belongs to what the picture is about, 0–1, as a map of ``side`` × ``side``."""
    small = resize(picture, (side, side))[..., ::-1].astype(np.float32)
    normal = (small / max(float(small.max()), 1.0) - _MEAN) / _SPREAD
    network = _network()
    network.setInput(np.ascontiguousarray(normal.transpose(2, 0, 1)[None]))
    odds: Pixels = np.asarray(network.forward(_FUSED), np.float32)[0, 0]
    return odds


def salience(picture: Pixels) -> Pixels:
    """How likely each part of a picture belongs to what it is about, 0–1, as a small square map."""
    return _look(picture, _FIRST_LOOK)


def _toy_box(first: Pixels, photo: Pixels, keep: Pixels) -> Box:
    """Where to look again: the main blobs with what faintly hangs on them (an antenna), the strokes, and a margin."""
    height, width = photo.shape[:2]
    count, labels = cv2.connectedComponents((first > 0.12).astype(np.uint8))
    weights = np.bincount(labels.ravel(), first.ravel(), minlength=count)
    weights[0] = 0
    blobs = np.isin(labels, np.flatnonzero((weights > 0.15 * weights.max()) & (weights > 0)))
    there = np.maximum(resize(blobs.astype(np.uint8) * np.uint8(255), (height, width)), keep)
    if not there.any():
        return Box(0, 0, width, height)
    left, top, wide, high = cv2.boundingRect(there)
    margin = round(0.16 * max(wide, high)) + 2
    right, bottom = left + wide + margin, top + high + margin
    return Box(max(0, left - margin), max(0, top - margin), min(width, right), min(height, bottom))


def _within(first: Pixels, box: Box, photo: Pixels, shape: tuple[int, int]) -> Pixels:
    """The part of the first look that lies in the box, enlarged to ``shape``."""
    along, down = first.shape[1] / photo.shape[1], first.shape[0] / photo.shape[0]
    (high, wide), (rows, columns) = box.shape, shape
    across = np.array([[wide / columns * along, 0, box.left * along], [0, high / rows * down, box.top * down]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(first, across, (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE)


def _learn(small: Pixels, odds: Pixels, marks: Marks) -> tuple[Pixels, Pixels, Pixels]:
    """GrabCut: a first mask (0 or 1) and the colour models of ground and toy."""
    side = max(odds.shape)
    mask = np.where(odds > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[cv2.erode((odds > 0.93).astype(np.uint8), ellipse(side * 0.03), borderValue=1) > 0] = cv2.GC_FGD
    mask[cv2.dilate((odds > 0.08).astype(np.uint8), ellipse(side * 0.045)) == 0] = cv2.GC_BGD
    mask[marks.keep > 0] = cv2.GC_FGD
    mask[marks.remove > 0] = cv2.GC_BGD
    ground, toy = np.zeros((1, 65)), np.zeros((1, 65))
    inside = (mask & 1).astype(np.uint8)
    if inside.all() or not inside.any():
        return inside, ground, toy
    cv2.setRNGSeed(1)  # GrabCut's first clusters are drawn by lot: the same photo shall give the same cut-out
    cv2.grabCut(small, mask, (0, 0, 1, 1), ground, toy, 3, cv2.GC_INIT_WITH_MASK)
    return (mask & 1).astype(np.uint8), ground, toy


def _likelihood(colours: Pixels, model: Pixels) -> Pixels:
    """The log-likelihood of colours under GrabCut's mixture of five Gaussians."""
    weights, means, spreads = model[0, :5], model[0, 5:20].reshape(5, 3), model[0, 20:].reshape(5, 3, 3)
    best = np.full(len(colours), -1e9, np.float32)
    for weight, mean, spread in zip(weights, means, spreads, strict=True):
        if weight > 1e-4:
            noisy = spread + np.eye(3) * 12  # a flat colour still has the camera's noise
            root = np.linalg.cholesky(np.linalg.inv(noisy)).astype(np.float32)
            away = (colours - mean.astype(np.float32)) @ root
            peak = np.float32(np.log(weight) - 0.5 * np.log(np.linalg.det(noisy)))
            best = np.maximum(best, peak - 0.5 * (away**2).sum(1))
    return best


def _toyness(picture: Pixels, ground: Pixels, toy: Pixels) -> Pixels:
    """For each pixel, by its colour alone: above 0 rather toy, below 0 rather ground, within ±6; 32-bit."""
    if not toy.any():
        return np.zeros(picture.shape[:2], np.float32)
    steps = (np.arange(32, dtype=np.float32) * 8) + 4
    colours = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    table = np.clip(_likelihood(colours, toy) - _likelihood(colours, ground), -6, 6).astype(np.float32)
    index = (picture >> 3).astype(np.uint16)
    return np.take(table, (index[..., 0] << 10) | (index[..., 1] << 5) | index[..., 2])


def _decide(guess: Pixels, odds: Pixels, colour: Pixels, marks: Marks) -> Pixels:
    """Weigh GrabCut's guess (0 or 255), the network and the colours in a band along the edge; 0 or 1."""
    side = max(guess.shape)
    soft = cv2.GaussianBlur(guess, (0, 0), 1.5).astype(np.float32) / 127.5 - 1
    log_odds = np.clip(np.log((odds + 0.02) / (1.02 - odds)), -3, 3)
    score = 0.55 * cv2.GaussianBlur(colour, (0, 0), side * 0.002) + 1.6 * soft + 0.75 * log_odds
    body = ((guess > 127) & (odds > 0.85)).astype(np.uint8)
    heart = cv2.erode(body, ellipse(side * 0.09), borderValue=1) > 0
    beyond = cv2.dilate(guess, ellipse(side * 0.03)) == 0
    mask = np.where(heart, 1, np.where(beyond, 0, score > 0)).astype(np.uint8)
    mask[marks.remove > 0] = 0
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, ellipse(side * 0.009)).astype(np.uint8)
    opened[marks.keep > 0] = 1
    return opened


def find_toy(photo: Pixels, marks: Marks) -> Segment:
    """Find the toy in a photo.

    Args:
        photo: Blue, green, red.
        marks: What the parent painted; it counts for certain.
    """
    whole = _look(photo, _FIRST_LOOK)
    box = _toy_box(whole, photo, marks.keep)
    part = box.of(photo)
    second = _look(part, _SECOND_LOOK)
    first = _within(whole, box, photo, (_SECOND_LOOK, _SECOND_LOOK))
    # what the second look misses and the first one saw (a white paw on gravel) is undecided: colours will tell
    odds = np.maximum(second, 0.4 * first**4)
    rough = scaled(box.shape, _LEARN_SIDE)
    guess, ground, toy = _learn(resize(part, rough), resize(odds, rough), marks.within(box, rough))
    shape = scaled(box.shape, _EDGE_SIDE)
    picture, odds, marks = resize(part, shape), resize(odds, shape), marks.within(box, shape)
    colour = _toyness(picture, ground, toy)
    mask = main_component(_decide(resize(guess * np.uint8(255), shape), odds, colour, marks), odds, marks.keep)
    mask = close_holes(mask, odds, colour, marks.remove)
    sure = mask & (1 - blades(picture, mask, colour))
    sure[marks.keep > 0] = 1
    return Segment(box, mask * np.uint8(255), sure * np.uint8(255), odds, resize(first, shape))


def cut_by_photo(toy: Segment, photo: Pixels) -> dict[str, float]:
    """How much of the toy lies along each side of the photo: pixels of the photo for left, top, right and bottom."""
    solid, box = toy.solid > 0, toy.box
    down, along = box.shape[0] / solid.shape[0], box.shape[1] / solid.shape[1]
    height, width = photo.shape[:2]
    return {
        "left": float(solid[:, 0].sum() * down) if box.left == 0 else 0.0,
        "top": float(solid[0].sum() * along) if box.top == 0 else 0.0,
        "right": float(solid[:, -1].sum() * down) if box.right == width else 0.0,
        "bottom": float(solid[-1].sum() * along) if box.bottom == height else 0.0,
    }


def confidence(toy: Segment, photo: Pixels) -> float:
    """How sure it is that this is a toy, 0–1: the network is, at both looks, and of the same thing; and it ends in the photo.

    The network answers every picture with something: on textures the two looks differ, and a wall goes on beyond the edge.

    Args:
        toy: What was found.
        photo: In which photo.
    """
    solid = toy.solid > 0
    if not solid.any():
        return 0.0
    agreement = np.minimum(toy.first, toy.odds).sum() / (np.maximum(toy.first, toy.odds).sum() + 1e-6)
    beyond = sum(cut_by_photo(toy, photo).values()) / (2 * sum(photo.shape[:2]))
    return float(agreement * toy.odds[solid].mean() * toy.first[solid].mean() * (1 - beyond) ** 2)
