"""Which pixels are the toy: two looks by a small network, then colours decide near the edge.

The network (U²-Net-p) looks twice: at the whole photo, small, to find the toy, and at the toy alone, large. The second look
opens the gaps between arms and body that one look at the whole photo paints over. GrabCut learns the colours of toy and
ground from it; those colour models are then asked again at a higher resolution in a band along the edge.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("weights") / "u2netp.onnx"

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

_FIRST_LOOK = 160
_SECOND_LOOK = 320
_FINEST_OUTPUT = "1959"  # the fused map; the other outputs of the network are coarser
_LEARN_SIDE = 420
_EDGE_SIDE = 760
_MEAN, _SPREAD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


@dataclass(frozen=True)
class Marks:
    """What the parent painted, as masks of the photo's size; 0 or 255."""

    keep: Image
    remove: Image

    def seen(self, box: Box, shape: tuple[int, int]) -> Marks:
        """The same within a box, scaled to ``(height, width)``; thin lines survive."""
        return Marks(*((_resize(box.of(mask), shape) > 0).astype(np.uint8) * 255 for mask in (self.keep, self.remove)))


@dataclass(frozen=True)
class Box:
    """A part of the photo, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, picture: NDArray[Any]) -> NDArray[Any]:
        """That part of a picture."""
        return picture[self.top : self.bottom, self.left : self.right]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Segment:
    """The toy in the photo.

    Attributes:
        box: Where ``solid``, ``sure`` and ``odds`` lie in the photo.
        solid: 0 or 255: what is cut out, small blemishes filled.
        sure: 0 or 255: where the pixels really show the toy; its colours may be trusted.
        odds: The network's second look, 0–1.
        first: The network's first look at the whole photo, in the same box, 0–1.
    """

    box: Box
    solid: Image
    sure: Image
    odds: Floats
    first: Floats


def ellipse(size: float) -> Image:
    """A round brush for morphology, about ``size`` pixels wide."""
    side = max(1, int(size)) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))  # type: ignore[return-value]


def scaled(shape: tuple[int, int], side: float) -> tuple[int, int]:
    """Height and width of the same proportions with the longer one ``side``."""
    factor = side / max(shape)
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def _resize(picture: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    shrinks = shape[0] * shape[1] < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(picture, (shape[1], shape[0]), interpolation=how)


@functools.cache
def _network() -> Any:
    return cv2.dnn.readNetFromONNX(str(WEIGHTS))


def _look(picture: Image, side: int) -> Floats:
    """How likely each pixel belongs to what the picture is about, 0–1, as a map of ``side`` × ``side``."""
    small = _resize(picture, (side, side))[..., ::-1].astype(np.float32)
    normal = (small / max(float(small.max()), 1.0) - _MEAN) / _SPREAD
    network = _network()
    network.setInput(np.ascontiguousarray(normal.transpose(2, 0, 1)[None]))
    return np.asarray(network.forward(_FINEST_OUTPUT)[0, 0], np.float32)


def _toy_box(first: Floats, shape: tuple[int, int], keep: Image) -> Box:
    """Where to look again: the main blob with what faintly belongs to it (an antenna), the strokes, and a margin."""
    height, width = shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats((first > 0.12).astype(np.uint8))
    weights = np.bincount(labels.ravel(), first.ravel(), minlength=count)
    weights[0] = 0
    chosen = np.isin(labels, np.flatnonzero((weights > 0.15 * weights.max()) & (weights > 0)))
    there = _resize(chosen.astype(np.uint8) * 255, (height, width)) | keep
    if not there.any():
        return Box(0, 0, width, height)
    left, top, wide, high = cv2.boundingRect(there)
    margin = round(0.16 * max(wide, high)) + 2
    return Box(
        max(0, left - margin), max(0, top - margin), min(width, left + wide + margin), min(height, top + high + margin)
    )


def _within(first: Floats, box: Box, photo: tuple[int, ...], shape: tuple[int, int]) -> Floats:
    """The part of the first look that lies in the box, enlarged to ``shape``."""
    along, down = first.shape[1] / photo[1], first.shape[0] / photo[0]
    (high, wide), (rows, columns) = box.shape, shape
    across = [[wide / columns * along, 0, box.left * along], [0, high / rows * down, box.top * down]]
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(first, np.float32(across), (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE)


def confidence(toy: Segment) -> float:
    """How sure the network is that this is a toy, 0–1: sure of it at both looks, and of the same thing.

    The network answers every picture with something; on walls and textures the two looks differ.
    """
    solid = toy.solid > 0
    if not solid.any():
        return 0.0
    agreement = np.minimum(toy.first, toy.odds).sum() / (np.maximum(toy.first, toy.odds).sum() + 1e-6)
    return float(agreement * toy.odds[solid].mean() * toy.first[solid].mean())


def _learn(small: Image, odds: Floats, marks: Marks) -> tuple[Image, NDArray[np.float64], NDArray[np.float64]]:
    """GrabCut: a first mask (0 or 1) and the colour models of ground and toy."""
    side = max(odds.shape)
    mask = np.where(odds > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[cv2.erode((odds > 0.93).astype(np.uint8), ellipse(side * 0.03), borderValue=1) > 0] = cv2.GC_FGD
    mask[cv2.dilate((odds > 0.08).astype(np.uint8), ellipse(side * 0.045)) == 0] = cv2.GC_BGD
    mask[marks.keep > 0] = cv2.GC_FGD
    mask[marks.remove > 0] = cv2.GC_BGD
    ground, toy = np.zeros((1, 65)), np.zeros((1, 65))
    inside = mask & 1
    if inside.all() or not inside.any():
        return inside, ground, toy
    cv2.setRNGSeed(1)  # GrabCut's first clusters are drawn at random: the same photo gives the same cut-out
    cv2.grabCut(small, mask, None, ground, toy, 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return mask & 1, ground, toy


def _likelihood(colours: Floats, model: NDArray[np.float64]) -> Floats:
    """The log-likelihood of colours under GrabCut's mixture of five Gaussians."""
    weights, means, spreads = model[0, :5], model[0, 5:20].reshape(5, 3), model[0, 20:].reshape(5, 3, 3)
    best = np.full(len(colours), -1e9, np.float32)
    for weight, mean, spread in zip(weights, means, spreads, strict=True):
        if weight > 1e-4:
            spread = spread + np.eye(3) * 12  # a flat colour still has the camera's noise
            root = np.linalg.cholesky(np.linalg.inv(spread)).astype(np.float32)
            away = (colours - mean.astype(np.float32)) @ root
            best = np.maximum(best, np.float32(np.log(weight) - 0.5 * np.log(np.linalg.det(spread))) - 0.5 * (away**2).sum(1))
    return best


def _toyness(picture: Image, ground: NDArray[np.float64], toy: NDArray[np.float64]) -> Floats:
    """For each pixel, by its colour alone: above 0 rather toy, below 0 rather ground, within ±6."""
    steps = (np.arange(32, dtype=np.float32) * 8) + 4
    colours = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    table = np.clip(_likelihood(colours, toy) - _likelihood(colours, ground), -6, 6)
    index = (picture >> 3).astype(np.uint16)
    found: Floats = table[(index[..., 0] << 10) | (index[..., 1] << 5) | index[..., 2]]
    return found


def _decide(picture: Image, guess: Image, odds: Floats, colour: Floats, marks: Marks) -> Image:
    """Weigh GrabCut's guess, the network and the colours in a band along the edge; 0 or 1."""
    side = max(guess.shape)
    soft = cv2.GaussianBlur(guess, (0, 0), 1.5).astype(np.float32) / 127.5 - 1
    log_odds = np.clip(np.log((odds + 0.02) / (1.02 - odds)), -3, 3)
    score = 0.55 * cv2.GaussianBlur(colour, (0, 0), side * 0.002) + 1.6 * soft + 0.75 * log_odds
    body = ((guess > 127) & (odds > 0.85)).astype(np.uint8)
    heart = cv2.erode(body, ellipse(side * 0.09), borderValue=1) > 0
    beyond = cv2.dilate(guess, ellipse(side * 0.03)) == 0
    mask = np.where(heart, 1, np.where(beyond, 0, score > 0)).astype(np.uint8)
    mask[marks.keep > 0] = 1
    mask[marks.remove > 0] = 0
    return mask


def _components(mask: Image, odds: Floats, keep: Image) -> Image:
    """The component with most of the toy in it, and every one that a keep stroke touches."""
    count, labels = cv2.connectedComponents(mask)
    if count < 2:
        return mask
    weights = np.bincount(labels.ravel(), odds.ravel() + 1e-3, minlength=count)
    weights[0] = -1
    chosen = set(np.unique(labels[keep > 0])) - {0} | {int(weights.argmax())}
    return np.isin(labels, list(chosen)).astype(np.uint8)


def _roundness(blob: Image) -> float:
    """1 for a circle, less for anything else; an eye is rounder than the gap between two legs."""
    contours, _ = cv2.findContours(blob, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outer = max(contours, key=cv2.contourArea)
    return float(4 * np.pi * cv2.contourArea(outer) / max(cv2.arcLength(outer, True), 1) ** 2)


def _fill(mask: Image, odds: Floats, colour: Floats, remove: Image) -> Image:
    """Close the holes that are no holes: eyes, highlights, labels; leave open what shows the ground behind the toy."""
    side = max(mask.shape)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    size = np.maximum(stats[:, cv2.CC_STAT_AREA], 1).astype(np.float32)
    odds, colour = (np.bincount(labels.ravel(), values.ravel(), minlength=count) / size for values in (odds, colour))
    # measured on 24 photos: gaps between limbs have odds up to 0.23 and roundness to 0.69, eyes from 0.49 and 0.78
    gap = (size > (side * 0.018) ** 2) & (odds < 0.36) & (colour < -0.5)
    for each in np.flatnonzero(gap):
        gap[each] = _roundness((labels == each).astype(np.uint8)) < 0.74
    gap[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1], labels[remove > 0]]))] = True
    return (mask | ~gap[labels]).astype(np.uint8)


def _blades(mask: Image, colour: Floats, distance: Floats) -> Image:
    """Thin things of the ground's colours that reach over the toy from outside, such as blades of grass; 0 or 1."""
    side = max(mask.shape)
    foreign = ((cv2.GaussianBlur(colour, (0, 0), 1.0) < -2) & (distance < 75) & (mask > 0)).astype(np.uint8)
    foreign &= 1 - cv2.morphologyEx(foreign, cv2.MORPH_OPEN, ellipse(side * 0.02))
    near = cv2.erode(mask, ellipse(side * 0.012), borderValue=1)
    count, labels = cv2.connectedComponents(foreign)
    reaching = np.zeros(count, bool)
    reaching[np.unique(labels[(near == 0) & (foreign > 0)])] = True
    reaching[0] = False
    return cv2.dilate(reaching[labels].astype(np.uint8), ellipse(3))


def _from_ground(picture: Image, mask: Image) -> Floats:
    """How far each colour is from that of the nearest ground around the toy, as a distance in 8-bit colours."""
    _, labels = cv2.connectedComponents(cv2.copyMakeBorder(1 - mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1))  # type: ignore[call-overload]
    mask = (labels[1:-1, 1:-1] != labels[0, 0]).astype(np.uint8)
    quarter = scaled((mask.shape[0], mask.shape[1]), max(mask.shape) / 4)
    ground = cv2.erode(1 - _resize(mask, quarter), ellipse(3), borderValue=1) * np.uint8(255)
    nearest = _resize(spread(_resize(picture, quarter), ground), (mask.shape[0], mask.shape[1]))
    away = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32) - nearest
    return np.sqrt((away * away).sum(-1))


def spread(picture: Image, core: Image) -> Image:
    """The picture with everything outside ``core`` painted in the nearest colours inside it, coarse to fine."""
    weight = core.astype(np.float32) / 255
    levels = [(picture.astype(np.float32) * weight[..., None], weight)]
    while min(levels[-1][1].shape) > 4:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    colour, weight = levels.pop()
    painted = colour / (weight[..., None] + 1e-4)
    for colour, weight in reversed(levels):
        painted = cv2.resize(painted, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        known = np.minimum(1, weight * 4)[..., None]
        painted = painted * (1 - known) + known * colour / np.maximum(weight, 1e-4)[..., None]
    return np.clip(painted, 0, 255).astype(np.uint8)


def find_toy(photo: Image, marks: Marks) -> Segment:
    """Find the toy in a photo (blue, green, red)."""
    first = _look(photo, _FIRST_LOOK)
    box = _toy_box(first, photo.shape[:2], marks.keep)
    part = box.of(photo)
    second = _look(part, _SECOND_LOOK)
    first = _within(first, box, photo.shape[:2], second.shape)
    # what the second look misses and the first one saw (a white paw on gravel) is undecided: colours will tell
    odds = np.maximum(second, 0.4 * first**4)
    learn_shape = scaled(box.shape, _LEARN_SIDE)
    guess, ground, toy = _learn(_resize(part, learn_shape), _resize(odds, learn_shape), marks.seen(box, learn_shape))
    shape = scaled(box.shape, _EDGE_SIDE)
    picture, odds, marks = _resize(part, shape), _resize(odds, shape), marks.seen(box, shape)
    colour = _toyness(picture, ground, toy) if toy.any() else np.zeros(shape, np.float32)
    mask = _decide(picture, _resize(guess * 255, shape), odds, colour, marks)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, ellipse(_EDGE_SIDE * 0.009)) | (marks.keep > 0)
    mask = _components(mask, odds, marks.keep)
    mask = _fill(mask, odds, colour, marks.remove)
    sure = mask & (1 - _blades(mask, colour, _from_ground(picture, mask))) | (marks.keep > 0)
    return Segment(box, mask * 255, sure.astype(np.uint8) * 255, odds, _resize(first, shape))
