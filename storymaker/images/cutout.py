"""From a cleaned photo to a cut-out with alpha: what goes in, what comes out, and the task a drawing child runs.

The values are light, so that the parent process can make and read them; OpenCV is imported when a child cuts.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from storymaker.errors import InvalidInputError, PhotoError
from storymaker.images.png import write_png

if TYPE_CHECKING:
    from storymaker.images.masks import Pixels
    from storymaker.images.segment import Marks

Side = Literal["left", "top", "right", "bottom"]
SIDES: tuple[Side, ...] = get_args(Side)
Line = tuple[tuple[float, float], ...]

_SURE_ENOUGH = 0.25
"""Below this confidence there is nothing to cut out. Measured: 24 real photos of toys 0.71 and more, the same made hard
(grey, cropped, filling the photo) 0.33 and more; sheets, noise, gradients, grass, 20 brick walls 0.19 and less."""
_RATHER_SURE = 0.5
_LEAST_SHARE = 0.002
_SOFT_BELOW = 480
_SLIVER = 0.015
_MOST_POINTS = 20_000
_WITH_ALPHA = b"\x08\x06"
"""Bits and colours in the head of a PNG as :func:`storymaker.images.decode.open_photo` writes it."""


@dataclass(frozen=True)
class Strokes:
    """What the parent painted over the photo.

    Attributes:
        keep: Lines that run over the toy; each a tuple of points ``(x, y)``, 0–1 from left and top.
        remove: Lines that run over what must go.
        radius: Half the width of the brush, as a share of the photo's longer side.
    """

    keep: tuple[Line, ...] = ()
    remove: tuple[Line, ...] = ()
    radius: float = 0.02

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        points = [point for line in (*self.keep, *self.remove) for point in line]
        numbers = [self.radius, *(number for point in points for number in point)]
        if not all(map(math.isfinite, numbers)) or not 0.002 <= self.radius <= 0.25 or len(points) > _MOST_POINTS:
            raise InvalidInputError(
                "The brush strokes cannot be read. Please clear them and paint again.", code="strokes"
            )


@dataclass(frozen=True)
class CutoutInfo:
    """A cut-out, and what to know about it.

    Attributes:
        width: Of the cut-out, in pixels.
        height: The same.
        angle: How the toy's long axis leans, in degrees clockwise from upright, −90 to 90.
        elongation: How long that axis is beside the other; near 1 the angle says nothing.
        upright: Whether it stands or sits, by that axis; round shapes count as upright.
        share: How much of the photo the toy covers, 0–1.
        touches_border: Sides of the photo that cut the toy off.
        lightness: How light the lighter parts are: the 80th percentile of L*, 0–100.
        confidence: How sure the network is, 0–1; strokes are not counted.
        remarks: Sentences for the parent.
    """

    width: int
    height: int
    angle: float
    elongation: float
    upright: bool
    share: float
    touches_border: tuple[Side, ...]
    lightness: float
    confidence: float
    remarks: tuple[str, ...] = ()


def cut_out(photo: str, target: str, strokes: Strokes | None = None) -> CutoutInfo:
    """Cut the toy out of a photo. Runs in a drawing child.

    Args:
        photo: A cleaned photo, see :mod:`storymaker.images.photo`.
        target: The PNG to write: blue, green, red, alpha, cropped to the toy, longest side at most 1400 pixels.
        strokes: What the parent painted; kept and removed for certain.

    Raises:
        PhotoError: Code "nothing-to-cut-out" if there is no toy to be seen; "photo-missing" if there is no photo;
            "photo-too-small" if it was cut out already, and is too small to print.
        StorageError: If ``target`` cannot be written.
    """
    import cv2

    from storymaker.images import scissors

    cv2.setNumThreads(1)  # the pool of children is the parallelism
    strokes = strokes or Strokes()
    picture = _read(Path(photo))
    marks = _marks(strokes, picture.shape[:2])
    if picture.shape[2] == 4:
        found = _found_by_alpha(picture, marks, asked=any(strokes.keep))
    else:
        found = _found(picture, marks, asked=any(strokes.keep))
    if not found.pixels.size:
        raise _nothing()
    result = found.pixels
    write_png(result, Path(target), "cut-out")
    angle, elongation = scissors.axis(result)
    return CutoutInfo(
        width=result.shape[1],
        height=result.shape[0],
        angle=round(angle, 1),
        elongation=round(elongation, 2),
        upright=elongation < 1.3 or abs(angle) <= 40,
        share=round(found.share, 4),
        touches_border=found.border,
        lightness=round(scissors.lightness(result), 1),
        confidence=round(found.confidence, 3),
        remarks=_remarks(max(result.shape), found.border, found.confidence),
    )


@dataclass(frozen=True)
class _Found:
    """A cut-out: blue, green, red, alpha, and empty if nothing is left; and what to know about it, see ``CutoutInfo``."""

    pixels: Pixels
    share: float
    border: tuple[Side, ...]
    confidence: float


def _found(picture: Pixels, marks: Marks, *, asked: bool) -> _Found:
    """The toy in a photo, as the network sees it; what it is not sure of counts only if the parent ``asked`` for it."""
    from storymaker.images import scissors, segment

    try:
        toy = segment.find_toy(picture, marks)
    finally:
        segment.forget_network()
    confidence = segment.confidence(toy, picture)
    share = float((toy.solid > 0).mean()) * math.prod(toy.box.shape) / math.prod(picture.shape[:2])
    if not asked and (confidence < _SURE_ENOUGH or share < _LEAST_SHARE):
        raise _nothing()
    if not toy.solid.any():
        raise _nothing()
    border = _touched(segment.cut_by_photo(toy, picture), max(toy.box.shape))
    return _Found(scissors.cut(picture, toy), share, border, confidence)


def _found_by_alpha(picture: Pixels, marks: Marks, *, asked: bool) -> _Found:
    """The toy as it was cut out by whoever made the picture; of a photo on nothing, the toy in the photo if it is seen well."""
    from storymaker.images import transparency

    frame = transparency.frame(picture)
    if frame is not None:
        with contextlib.suppress(PhotoError):
            within = marks.within(frame, frame.shape)
            found = _found(frame.of(transparency.flat(picture)), within, asked=asked)
            if found.confidence >= _RATHER_SURE and not found.border:
                return found
    alpha = transparency.shape_of(picture, marks)
    border = _touched(transparency.cut_by_edge(alpha), max(alpha.shape))
    return _Found(transparency.cut(picture, marks), float((alpha > 127).mean()), border, 1.0)


def _touched(lengths: dict[str, float], side: int) -> tuple[Side, ...]:
    return tuple(each for each in SIDES if lengths[each] > _SLIVER * side)


def _read(photo: Path) -> Pixels:
    """The pixels: blue, green, red, and alpha where the picture came with its own."""
    import cv2
    import numpy as np

    try:
        # not cv2.imread: it cannot open names with letters beyond ASCII on Windows
        data = photo.read_bytes()
        how = cv2.IMREAD_UNCHANGED if data[24:26] == _WITH_ALPHA else cv2.IMREAD_COLOR
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    except (OSError, cv2.error):
        picture = None
    if picture is None:
        raise PhotoError("The photo is not there any more, or is damaged. Please add it again.", code="photo-missing")
    return picture.astype(np.uint8, copy=False)


def _marks(strokes: Strokes, shape: tuple[int, ...]) -> Marks:
    """The strokes as masks of the photo's size; where both were painted, the later word, remove, counts."""
    import cv2
    import numpy as np

    from storymaker.images.segment import Marks

    height, width = shape[:2]
    thickness = max(1, round(2 * strokes.radius * max(height, width)))
    masks = [np.zeros((height, width), np.uint8) for _ in range(2)]
    for mask, lines in zip(masks, (strokes.keep, strokes.remove), strict=True):
        for line in filter(None, lines):
            scale = (width - 1, height - 1)
            points = np.rint(np.clip(np.array(line, np.float64).reshape(-1, 2), 0, 1) * scale).astype(np.int32)
            cv2.polylines(mask, [np.vstack([points, points[-1:]])], False, (255,), thickness)
    masks[0][masks[1] > 0] = 0
    return Marks(*masks)


def _nothing() -> PhotoError:
    return PhotoError(
        "No toy to cut out was found in this photo. A photo of the toy alone on a plain ground works best; "
        "you can also paint over the toy with the keep brush, or take the built-in hero.",
        code="nothing-to-cut-out",
    )


def _remarks(side: int, border: tuple[Side, ...], confidence: float) -> tuple[str, ...]:
    remarks = []
    if border:
        sides = " and ".join([", ".join(border[:-1]), border[-1]] if len(border) > 1 else border)
        remarks.append(f"The photo's edge cuts the toy off ({sides}). A photo with room all around shows it whole.")
    if side < _SOFT_BELOW:
        remarks.append(f"The toy is only {side} pixels large here and will look soft in print. Please go closer.")
    if confidence < _RATHER_SURE:
        remarks.append("The edge is a guess here. Please look at it, and help with the keep and remove brushes.")
    return tuple(remarks)
