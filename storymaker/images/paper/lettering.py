"""Title letters for the cover: cut singly, turned a little, on one dark backing; fitted, whatever the title."""

import functools
import itertools
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.texture import Image

WIDTH = 0.84 * PAGE
"""The safe width: no letter leaves it."""

LARGEST, LESSER = 216, 0.74
LEAD = 1.02
ARC = 40.0
_NOWHERE = "\U0010fffe"
_PROBE = 48


@dataclass(frozen=True)
class Line:
    """One line of a title: its letters, their size, and the middle of its baseline."""

    text: str
    size: int
    base: float


def font_file() -> Path:
    """Return the display face."""
    return next(Path(str(resources.files("fontpkg_fredoka") / "files")).glob("*.ttf"))


@functools.lru_cache(8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(font_file()), size)
    names = [a["name"] for a in font.get_variation_axes()]
    font.set_variation_by_axes([700 if name in (b"Weight", "Weight") else 100 for name in names])
    return font


@functools.lru_cache(256)
def _drawn(letter: str) -> bool:
    """Whether the font has a letter: a missing one looks like the one that is nowhere."""
    font = _font(_PROBE)
    mask, box = font.getmask(letter), font.getmask(_NOWHERE)
    return mask.size != box.size or bytes(mask) != bytes(box)


def drawable(title: str) -> str:
    """Return a title with what the font can draw; a letter it lacks loses its accent, or goes."""
    out = []
    for letter in unicodedata.normalize("NFC", " ".join(title.split())):
        plain = unicodedata.normalize("NFKD", letter)[0]
        kept = next((c for c in (letter, plain) if c == " " or (c.isprintable() and _drawn(c))), "")
        out.append("" if unicodedata.combining(letter) else kept)
    text = " ".join("".join(out).split())
    return text if any(c.isalnum() for c in text) else ""


def fit(title: str, top: float, height: float) -> list[Line]:
    """Break a title into one to three lines and size them to fill WIDTH and height, never more.

    The last line is the largest, as on a poster: "Bramble and the / Borrowed Moon".
    """
    words = drawable(title).split(" ")
    if words == [""]:
        return []
    best: list[tuple[str, int]] = []
    score = -math.inf
    for lines in _broken(words):
        sizes = _sizes(lines, height)
        short = 1 - _font(100).getlength(lines[-1]) / 100 * sizes[-1] / WIDTH  # a last line of one small word
        value = min(sizes) + 0.6 * sizes[-1] - 14 * len(lines) - (130 * short if len(lines) > 1 else 0)
        if value > score:
            score, best = value, list(zip(lines, sizes, strict=True))
    out, y = [], top
    used = sum(size * LEAD for _, size in best)
    y += max(0.0, (height - used) * 0.3)
    for text, size in best:
        y += size * LEAD
        out.append(Line(text, size, y - size * 0.22))
    return out


def _broken(words: list[str]) -> list[list[str]]:
    """Return the ways to break words into up to three lines; a single long word may be broken too."""
    pieces = [p for w in words for p in (_halves(w) if len(w) > 16 else [w])]
    out = []
    for n in (1, 2, 3):
        for cuts in itertools.combinations(range(1, len(pieces)), n - 1):
            ends = (0, *cuts, len(pieces))
            out.append([" ".join(pieces[a:b]) for a, b in itertools.pairwise(ends)])
    return out


def _halves(word: str) -> list[str]:
    parts = -(-len(word) // 16) if len(word) <= 48 else 3
    step = -(-len(word) // parts)
    return [word[i : i + step] + ("-" if i + step < len(word) else "") for i in range(0, len(word), step)]


def _sizes(lines: Sequence[str], height: float) -> list[int]:
    """Return the size of each line: as wide as may be, the last the largest, together no higher than height."""
    unit = [_font(100).getlength(text) / 100 for text in lines]
    room = [min(LARGEST, WIDTH / (u + 0.35)) for u in unit]
    last = room[-1]
    sizes = [min(r, last * LESSER) for r in room[:-1]] + [last]
    if len(sizes) > 1:
        sizes[-1] = min(last, min(sizes[:-1]) * 1.7)
    shrink = min(1.0, height / (sum(sizes) * LEAD))
    return [max(1, int(s * shrink)) for s in sizes]


def letter(stage: Stage, lines: Sequence[Line], colours: Sequence[str], backing: str) -> None:
    """Lay the letters of a title on the stage, the lines on a gentle arc."""
    cut = [(mask, x, y, i) for i, line in enumerate(lines) for mask, x, y in _letters(stage, line)]
    if not cut:
        return
    back: Image = np.zeros((PAGE, PAGE), np.uint8)
    for mask, x, y, _ in cut:
        part = back[y : y + mask.shape[0], x : x + mask.shape[1]]
        np.maximum(part, mask, out=part)
    rim = max(line.size for line in lines) // 10 | 1  # at half the size: a wide dilation is what costs
    half = cv2.resize(back, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    half = cv2.dilate(half, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim)))
    back = cv2.resize(half, (PAGE, PAGE), interpolation=cv2.INTER_CUBIC)
    x, y, w, h = cv2.boundingRect(back)
    x0, y0, x1, y1 = max(0, x - 60), max(0, y - 60), min(PAGE, x + w + 60), min(PAGE, y + h + 60)
    stage.lay(cv2.GaussianBlur(back[y0:y1, x0:x1], (5, 5), 0), x0, y0, backing, 26, 0.5)
    for mask, x, y, i in cut:
        last = i == len(lines) - 1
        stage.lay(mask, x, y, colours[1] if last and len(lines) > 1 else colours[0], 9, 0.6)


def _letters(stage: Stage, line: Line) -> list[tuple[Image, int, int]]:
    """Return the letters of a line as masks with their places on the page."""
    font, size = _font(line.size), line.size
    text = _visual(line.text)
    x0 = PAGE / 2 - font.getlength(text) / 2
    out = []
    for i, c in enumerate(text):
        if c == " ":
            continue
        end = x0 + font.getlength(text[: i + 1])
        x = end - font.getlength(c) / 2
        u = (x - PAGE / 2) / (PAGE / 2)
        tile = Pillow.new("L", (size * 2, size * 2))
        ImageDraw.Draw(tile).text((size, size * 1.4), c, 255, font, "ms")
        turn = cv2.getRotationMatrix2D((size, size), -u * 8 + float(stage.rng.uniform(-4, 4)), 1)
        whole = cv2.warpAffine(np.asarray(tile), turn, tile.size, flags=cv2.INTER_CUBIC)
        left, top = int(x - size), int(line.base + ARC * u * u - size * 1.4)
        a, b, w, h = cv2.boundingRect(whole)
        a, b, w, h = max(0, a - 24, -left), max(0, b - 24, -top), w + 48, h + 48  # with room for the shadow
        mask: Image = np.ascontiguousarray(whole[b : min(b + h, PAGE - top), a : min(a + w, PAGE - left)])
        if mask.any():
            out.append((mask, left + a, top + b))
    return out


def _visual(text: str) -> str:
    """Return letters in the order in which they stand from left to right, also for a title that runs from the right."""
    right = [unicodedata.bidirectional(c) in ("R", "AL") for c in text]
    if not any(right):
        return text
    runs = itertools.groupby(text, lambda c: unicodedata.bidirectional(c) in ("L", "EN"))
    parts = ["".join(run) if ltr else "".join(run)[::-1] for ltr, run in runs]
    return "".join(reversed(parts))
