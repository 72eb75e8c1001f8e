"""How good a drawn page is, so that of a few candidates the best is taken.

Six things are measured:

- *face*: how much of the hero's face is covered by what was laid after it;
- *contrast*: how far the colours just inside the hero's outline are from those just outside, in CIE 1976 ΔE*ab
  (CIE 15:2018), at the outline's weaker quarter: what lets a toy drown is its worst side;
- *centre*: how far the hero's middle is from the page's middle third;
- *neck*: how strong a level line runs behind the hero's neck, beside the strongest one behind it anywhere;
- *likeness*: structure and colour of the cut-out found again at its place (:mod:`storymaker.images.likeness`);
- *change*: how far the page is from the picture it is to replace, as the mean difference of two thumbnails.

What is good enough, and how the six become one number, stands with :class:`storymaker.images.paper.page.Marks`.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from storymaker.images import likeness
from storymaker.images.paper.layout import Box
from storymaker.images.paper.page import Marks
from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.texture import Image

_BAND = 12
_SECTORS = 16
_SIDE = 512


@dataclass(frozen=True)
class Shown:
    """A drawn page, as the marks are given for.

    Attributes:
        image: the page.
        hero: the cut-out, blue, green, red, alpha.
        box: where it stands, in pixels of the page.
        face: where its face is.
        over: what was laid after it, 0–255 on a map of the page.
        land: where there is ground, likewise.
        before: the picture it is to replace.
        compare: whether to look for the likeness, which costs the most.
    """

    image: Image
    hero: Image
    box: Box
    face: Box
    over: Image
    land: Image
    before: Image | None = None
    compare: bool = False


def mark(shown: Shown) -> Marks:
    """Return the marks of a page."""
    alpha = _alpha(shown.hero, shown.box, _SIDE)
    small = cv2.resize(shown.image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    over = cv2.resize(shown.over, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    b = shown.box
    return Marks(
        face=_covered(alpha, over, shown.face),
        contrast=_contrast(small, alpha),
        centre=max(0.0, abs(b.x / PAGE - 0.5) - 1 / 6) * 3,
        neck=_line_at_neck(small, alpha, b),
        likeness=_alike(shown) if shown.compare else 1.0,
        change=None if shown.before is None else _change(shown.image, shown.before),
        inside=b.left >= 0 and b.top >= 0 and b.right <= PAGE and b.bottom <= PAGE,
        grounded=_grounded(over, shown.land, b),
    )


def _alpha(hero: Image, box: Box, side: int) -> Image:
    """Return the hero's mask on a map of the page."""
    k = side / PAGE
    w, h = max(1, round(box.width * k)), max(1, round(box.height * k))
    small = cv2.resize(np.ascontiguousarray(hero[..., 3]), (w, h), interpolation=cv2.INTER_AREA)
    shift = np.array([[1, 0, box.left * k], [0, 1, box.top * k]], np.float32)
    return cv2.warpAffine(small, shift, (side, side))


def _covered(alpha: Image, over: Image, face: Box) -> float:
    k = _SIDE / PAGE
    at = np.s_[
        max(0, int(face.top * k)) : int(face.bottom * k) + 1, max(0, int(face.left * k)) : int(face.right * k) + 1
    ]
    toy = alpha[at] > 127
    return float((over[at][toy] > 64).mean()) if toy.any() else 0.0


def _contrast(small: Image, alpha: Image) -> float:
    """Return the ΔE at the outline's weaker quarter, by sectors round the hero's middle; its foot is not counted."""
    solid = (alpha > 127).astype(np.uint8)
    if not solid.any():
        return 0.0
    inner = solid - cv2.erode(solid, np.ones((_BAND, _BAND), np.uint8))
    gap = cv2.dilate(solid, np.ones((7, 7), np.uint8))  # the cream edge lies in it
    outer = cv2.dilate(solid, np.ones((_BAND + 9, _BAND + 9), np.uint8)) - gap
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    rows, columns = np.nonzero(solid)
    yy, xx = np.mgrid[0:_SIDE, 0:_SIDE]
    turn = np.arctan2(yy - rows.mean(), xx - columns.mean())
    sector = ((turn + np.pi) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS
    above = yy < rows.max() - 0.12 * (rows.max() - rows.min())
    apart = [_apart(lab, (inner > 0) & at, (outer > 0) & at) for at in ((sector == i) & above for i in range(_SECTORS))]
    found = [value for value in apart if value is not None]
    return float(np.percentile(found, 25)) if found else 0.0


def _apart(lab: Image, inside: Image, outside: Image) -> float | None:
    if inside.sum() < 8 or outside.sum() < 8:
        return None
    return float(np.linalg.norm(np.median(lab[inside], 0) - np.median(lab[outside], 0)))


def _line_at_neck(small: Image, alpha: Image, box: Box) -> float:
    """Return the level line at the neck beside the strongest one behind the hero, both in the ground right and left."""
    k = _SIDE / PAGE
    left, right = (int(np.clip(v * k, 0, _SIDE)) for v in (box.left - 260, box.right + 260))
    top, bottom = max(2, int(box.top * k)), min(_SIDE - 2, int(box.bottom * k))
    if bottom - top < 12 or right - left < 12:
        return 0.0
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    step = np.abs(cv2.blur(grey[top + 2 : bottom], (1, 3)) - cv2.blur(grey[top - 2 : bottom - 4], (1, 3)))
    ground = cv2.dilate(alpha, np.ones((9, 9), np.uint8))[top:bottom][: len(step), left:right] < 8
    rows = (step[:, left:right] * ground).sum(1) / np.maximum(ground.sum(1), 1)
    neck = int(0.46 * (bottom - top))
    here = float(rows[max(0, neck - 8) : neck + 8].max(initial=0))
    return min(1.0, here / 40.0)


def _grounded(over: Image, land: Image, box: Box) -> bool:
    """Return whether something stands before the feet, or ground lies under them."""
    k = _SIDE / PAGE
    middle = np.s_[max(0, int((box.x - 0.3 * box.width) * k)) : int((box.x + 0.3 * box.width) * k) + 1]
    before = over[int((box.bottom - 0.10 * box.height) * k) : int((box.bottom + 0.14 * box.height) * k) + 1, middle]
    under = cv2.resize(land, (_SIDE, _SIDE))[min(_SIDE - 1, int((box.bottom - 4) * k)), middle]
    return _most(before.max(0, initial=0)) or _most(under)


def _most(row: Image) -> bool:
    return bool(row.size) and float((row > 64).mean()) > 0.5


def _alike(shown: Shown) -> float:
    b = shown.box.grown(0.06 * shown.box.height)
    y0, y1, x0, x1 = (int(np.clip(v, 0, PAGE)) for v in (b.top, b.bottom, b.left, b.right))
    return likeness.score(likeness.toy_of(shown.hero), likeness.sight_of(shown.image[y0:y1, x0:x1]))


def _change(image: Image, before: Image) -> float:
    new, old = (cv2.resize(one, (24, 24), interpolation=cv2.INTER_AREA).astype(np.float32) for one in (image, before))
    return float(np.abs(new - old).mean())
