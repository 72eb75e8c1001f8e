"""Friends and props: our own small SVGs, rasterised into cut-outs with the look of layered paper.

Every top-level group of an SVG is one sheet and gets a bevel, grain and a shadow on the sheets below it.
`figures/figures.toml` and `props/props.toml` say what there is and which words mean it.
"""

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import resvg_py

from storymaker.images.paper.texture import MEAN, Image, grain
from storymaker.images.png import write_png

_SVG = "http://www.w3.org/2000/svg"
_UNDER = np.array([52, 30, 30], np.float32)
_PEEK = 120
"""Width in pixels of the small picture that tells where a sheet is."""
_VERSION = 2
"""Part of the name of a cached cut-out; goes up with any change to how one is rasterised."""


@dataclass(frozen=True)
class Prop:
    """A thing that a page may show because its words name it.

    Attributes:
        name: of its SVG.
        words: what in a description means it.
        place: where it belongs: sky, low (in the air beside the hero), far, wall, ground, or front (before the feet).
        height: of the page's height.
        glow: the colour of the light it gives, or nothing.
        at: the middle of that light in the drawing, from left and from top, 0 to 1.
        holds: other props that this drawing shows already.
    """

    name: str
    words: tuple[str, ...]
    place: str
    height: float
    glow: str | None = None
    at: tuple[float, float] = (0.5, 0.5)
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Friend:
    """A friend that can be drawn: name of its SVG, height by the hero's, and whether it looks to the left."""

    name: str
    height: float
    looks_left: bool


SMALL = 0.105
"""Ground props up to this height lie before the feet, where they can be seen."""


@functools.lru_cache(1)
def friends() -> Mapping[str, Friend]:
    """Return which friend each kind, or name of an SVG, means."""
    table = tomllib.loads((_data("figures") / "figures.toml").read_text("utf-8"))
    return {
        key: Friend(name, float(row["height"]), row.get("faces") == "left")
        for name, row in _rows(table)
        for key in (name, str(row.get("kind", name)).casefold())
    }


@functools.lru_cache(1)
def props() -> tuple[Prop, ...]:
    """Return every prop there is."""
    table = tomllib.loads((_data("props") / "props.toml").read_text("utf-8"))
    return tuple(_prop(name, row) for name, row in _rows(table))


def _prop(name: str, row: Mapping[str, Any]) -> Prop:
    place, height = row["place"], float(row["height"])
    if place == "ground" and height <= SMALL:
        place = "front"
    words = tuple(w.casefold() for w in row["words"])
    return Prop(
        name,
        words,
        place,
        height,
        row.get("glow") or None,
        tuple(row.get("at", (0.5, 0.5))),
        tuple(row.get("holds", ())),
    )


def _data(folder: str) -> Path:
    return Path(str(resources.files("storymaker.images.paper") / folder))


def _rows(table: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, row) for name, row in table.items() if isinstance(row, Mapping)]


def friend_cut(name: str, cache: str | None = None) -> Image:
    """Return the cut-out of a friend by the name of its SVG."""
    return _cut_out(_data("figures") / f"{name}.svg", 640, cache)


def prop_cut(name: str, cache: str | None = None) -> Image:
    """Return the cut-out of a prop by the name of its SVG."""
    return _cut_out(_data("props") / f"{name}.svg", 480, cache)


def heroes(folder: str) -> tuple[str, ...]:
    """Write the poses of the built-in plushie as cut-outs 1100 pixels high and return their paths."""
    out = []
    for svg in sorted(_data("figures").glob("hero*.svg"), key=lambda p: (len(p.stem), p.stem)):
        cut = _raster(svg.read_text("utf-8"), 1240)
        cut = cv2.resize(cut, (max(1, round(cut.shape[1] * 1100 / cut.shape[0])), 1100), interpolation=cv2.INTER_AREA)
        path = Path(folder) / f"{svg.stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_png(cut, path, "figure")
        out.append(str(path))
    return tuple(out)


@functools.lru_cache(24)
def _cut_out(svg: Path, px: int, cache: str | None) -> Image:
    text = svg.read_text("utf-8")
    if not cache:
        return _raster(text, px)
    key = hashlib.sha256(f"{_VERSION} {px} {text}".encode()).hexdigest()[:20]
    path = Path(cache) / f"{svg.stem}-{key}.png"
    try:
        kept = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        kept = None
    if kept is not None and kept.ndim == 3 and kept.shape[2] == 4:
        return kept
    cut = _raster(text, px)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(cut, path, "figure")
    return cut


def _raster(text: str, px: int) -> Image:
    """Rasterise an SVG px wide, sheet by sheet, and crop it: blue, green, red, alpha."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(text)  # noqa: S314 - our own files, never a stranger's
    colour: Image | None = None
    for i, group in enumerate(list(root)):
        for other in list(root):
            root.remove(other)
        root.append(group)
        sheet = _sheet(root, px)
        if colour is None:
            colour, alpha = np.zeros((*sheet.shape[:2], 3), np.float32), np.zeros(sheet.shape[:2], np.float32)
        _add_sheet(colour, alpha, sheet, i)
    if colour is None:
        raise ValueError("an SVG without sheets")
    out = np.dstack([np.clip(colour, 0, 255), alpha * 255]).astype(np.uint8)
    x, y, w, h = cv2.boundingRect((out[..., 3] > 8).astype(np.uint8))
    return np.ascontiguousarray(out[y : y + h, x : x + w])


def _sheet(root: ElementTree.Element, px: int) -> Image:
    """Render an SVG px wide, but spend time only where it is: resvg's own PNG coding costs by the area."""
    left, top, wide, high = (float(v) for v in root.attrib["viewBox"].split())
    scale = px / wide
    out = np.zeros((round(high * scale), px, 4), np.uint8)
    peek = _render(root, _PEEK)
    x, y, w, h = cv2.boundingRect(peek[..., 3])
    if not w:
        return out
    step = px / _PEEK
    x0, y0 = max(0, int((x - 2) * step)), max(0, int((y - 2) * step))
    x1, y1 = min(px, int((x + w + 2) * step) + 1), min(out.shape[0], int((y + h + 2) * step) + 1)
    root.set("viewBox", f"{left + x0 / scale} {top + y0 / scale} {(x1 - x0) / scale} {(y1 - y0) / scale}")
    part = _render(root, x1 - x0)[: y1 - y0]
    root.set("viewBox", f"{left} {top} {wide} {high}")
    out[y0 : y0 + part.shape[0], x0:x1] = part
    return out


def _render(root: ElementTree.Element, px: int) -> Image:
    svg = ElementTree.tostring(root, "unicode")
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=px, skip_system_fonts=True))
    image: Image | None = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError("an SVG gave no picture")
    return image


def _add_sheet(colour: Image, alpha: Image, sheet: Image, i: int) -> None:
    """Lay one rendered sheet on the cut-out so far, in place, only where it is."""
    px = sheet.shape[1]
    x, y, w, h = cv2.boundingRect(sheet[..., 3])
    if not w:
        return
    gap = int(px * 0.045)
    y0, x0 = max(0, y - gap), max(0, x - gap)
    at = np.s_[y0 : y + h + gap, x0 : x + w + gap]
    part = sheet[at].astype(np.float32)
    a = part[..., 3] / 255
    size = a.shape[::-1]
    fall = cv2.warpAffine(a, np.array([[1, 0, px * 0.006], [0, 1, px * 0.011]], np.float32), size)
    fall = cv2.GaussianBlur(fall, (0, 0), px * 0.010)[..., None] * 0.42
    below = colour[at] * (1 - fall) + _UNDER * fall
    soft = cv2.GaussianBlur(a, (0, 0), 1.2)
    rim = (soft - cv2.warpAffine(soft, np.array([[1, 0, 2], [0, 1, 2.5]], np.float32), size)) * 38
    tooth = grain()[i * 37 % 1024 :, i * 91 % 1024 :][: size[1], : size[0]].astype(np.float32) - MEAN
    top = part[..., :3] + (rim + tooth * 0.35)[..., None]
    colour[at] = below * (1 - a[..., None]) + top * a[..., None]
    alpha[at] = np.maximum(alpha[at], a)
