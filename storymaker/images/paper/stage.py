"""The stage: sheets of coloured paper laid on one another, cut-outs among them, and one lamp over everything.

A sheet is a set of polygons in one colour. The stage gives each its soft shadow (all shadows of a page fall the same
way), a bevelled edge and paper grain. `relight` comes last and lights sheets, toy and friends alike, which is what
makes a photograph belong to a paper scene.
"""

import functools
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from storymaker.images.paper import scissors
from storymaker.images.paper.shapes import PAGE, Polygon
from storymaker.images.paper.texture import TILE, Image, bgr, grain, ramp
from storymaker.images.paper.view import Palette, View

Sheet = Polygon | Sequence["Polygon | Sequence[Polygon]"]
"""One polygon, or several; a sequence of polygons among them is one outline with its windows."""

Light = tuple[float, float, float, float, tuple[float, float, float] | None]
"""A pool of light: x, y, radius, strength, red-green-blue factors (None: the palette's own light)."""

Window = tuple[slice, slice]
"""Rows and columns of a picture."""


class Stage:
    """One picture in the making. All coordinates and lengths are the kit's; the view brings them to the page."""

    def __init__(self, palette: Palette, seed: int = 1, view: View | None = None) -> None:
        self.palette = palette
        self.p = palette.colours
        self.view = view or View()
        self.rng = np.random.default_rng([seed, 11])
        self.im: Image = np.zeros((PAGE, PAGE, 3), np.uint8)
        sx, sy = palette.sun_from
        self.sun = (-sx, sy) if self.view.mirror else (sx, sy)
        self._dark = _page_of(palette.shadow)
        self._grain_at = np.random.default_rng([seed, 12])
        self.land: Image = np.zeros((PAGE // 4, PAGE // 4), np.uint8)
        """Where there is ground: sheets that begin below the top of the page and reach its foot, on a map at a quarter."""
        self.over: Image | None = None
        """What was laid since `watch`, 0-255, on the same map."""

    def watch(self) -> None:
        """Keep a map of everything that is laid from now on: what may come to cover the hero."""
        self.over = np.zeros((PAGE // 4, PAGE // 4), np.uint8)

    def sheet(
        self,
        polygons: Sheet,
        colour: str,
        lift: float = 14,
        k: float = 0.46,
        *,
        shade: float = 0,
        bevel: float = 46,
        clip: Sheet | None = None,
    ) -> None:
        """Lay one sheet of paper.

        Args:
            polygons: its outline or outlines.
            colour: '#rrggbb', or a name of the palette.
            lift: how far it stands off what is below; 0 casts no shadow.
            k: how dark the shadow is.
            shade: lighter above and darker below, by so many grain steps.
            bevel: how strongly its cut edge catches the light.
            clip: only what lies inside these polygons is laid.
        """
        outlines = self._outlines(polygons)
        if not outlines:
            return
        every = np.vstack([c for outline in outlines for c in outline])
        lift *= self.view.zoom
        gap = int(lift * 2) + 6
        x0, y0 = (max(0, int(v) - gap) for v in every.min(0))
        x1, y1 = (min(PAGE, int(v) + gap) for v in every.max(0))
        if x1 <= x0 or y1 <= y0:
            return
        mask = _fill(outlines, x0, y0, x1, y1)
        if clip is not None:
            mask = cv2.min(mask, _fill(self._outlines(clip), x0, y0, x1, y1))
        self.lay(mask, x0, y0, colour, lift, k, shade=shade, bevel=bevel)

    def lay(
        self, mask: Image, x0: int, y0: int, colour: str, lift: float, k: float, *, shade: float = 0, bevel: float = 46
    ) -> None:
        """Lay a sheet given as a mask in page pixels whose upper left corner is at (x0, y0)."""
        h, w = mask.shape
        self._note(mask, x0, y0)
        solid = _solid_from(mask)
        if lift and solid:
            self._shadow(mask[: min(h, solid + int(lift * 2) + 8)], lift, k, x0, y0)
        ox, oy = self._grain_at.integers(0, TILE, 2)
        paper = grain()[oy + y0 : oy + y0 + h, ox + x0 : ox + x0 + w]
        fall = np.rint(np.linspace(shade, -shade, h)).astype(np.int16)
        tones, roi = ramp(self.colour(colour)), self.im[y0 : y0 + h, x0 : x0 + w]
        for at in _filled(mask[:solid]):
            part = _shaded(paper[at], fall[at[0]]) if shade else paper[at]
            if bevel:
                part = cv2.addWeighted(part, 1, self._rim(mask, at), bevel / 128, 0, dtype=cv2.CV_8U)
            _mix(roi[at], cv2.applyColorMap(part, tones), mask[at])
        if solid < h:
            part = _shaded(paper[solid:], fall[solid:]) if shade else paper[solid:]
            roi[solid:] = cv2.applyColorMap(part, tones)

    def cut(
        self,
        bgra: Image,
        x: float,
        foot: float,
        h: float,
        *,
        flip: bool = False,
        lift: float = 20,
        edge: int = 6,
        contact: float = 0.55,
        tilt: float = 0.0,
    ) -> None:
        """Stand a cut-out (toy, friend or prop) with its feet at (x, foot).

        Args:
            bgra: the cut-out.
            x: its middle.
            foot: its lowest edge.
            h: its height.
            flip: mirror it; never for a toy that may carry lettering.
            lift: how far it stands off what is behind it.
            edge: width of the scissor edge; 0 leaves none.
            contact: how dark the ground is below it; 0 for what hangs or flies.
            tilt: degrees it leans, anticlockwise, about its foot.
        """
        z = self.view.zoom
        (x, foot), h, lift = self.view.point(x, foot), h * z, lift * z
        cut, left, top = scissors.window(bgra[:, ::-1] if flip else bgra, x, foot, h, tilt)
        if not cut.size:
            return
        alpha = np.ascontiguousarray(cut[..., 3])
        outer = scissors.outline(alpha, edge) if edge else alpha
        self._note(outer, left, top)
        if contact:
            self._contact(x, foot, h * bgra.shape[1] / bgra.shape[0], contact)
        self._shadow(outer, lift, 0.5, left, top)
        roi = self.im[top : top + cut.shape[0], left : left + cut.shape[1]]
        if edge:
            _blend(roi, np.full(roi.shape, scissors.CREAM, np.uint8), outer)
        _blend(roi, scissors.lit(cut, h, self.sun, self.palette.form), alpha)

    def relight(self, lights: Sequence[Light], vignette: float = 0.20) -> None:
        """Multiply by the ambient colour plus pools of light, and darken the corners: one map at 1/8 size."""
        n = PAGE // 8
        yy, xx = np.mgrid[0:n, 0:n].astype(np.float32) * 8
        glow = np.ones((n, n, 3), np.float32) * np.array(self.palette.ambient[::-1], np.float32)
        for px, py, radius, k, colour in lights:
            (x, y), r = self.view.point(px, py), radius * self.view.zoom
            pool = np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (r * r))[..., None] * k
            glow += pool * np.array((colour or self.palette.light)[::-1], np.float32)
        far = np.clip(np.hypot(xx / PAGE - 0.5, yy / PAGE - 0.5) * 1.5 - 0.42, 0, 1)
        glow *= (1 - vignette * far)[..., None]
        self.im = cv2.multiply(self.im, cv2.resize(glow, (PAGE, PAGE)), dtype=cv2.CV_8U)

    def glow(self, x: float, y: float, r: float, colour: str, k: float) -> None:
        """Screen-blend a halo round a lamp, a window or the moon; before the toy, or it washes out."""
        (x, y), r = self.view.point(x, y), r * self.view.zoom
        reach = int(r * 2)
        x0, y0, x1, y1 = (
            max(0, int(x) - reach), max(0, int(y) - reach), min(PAGE, int(x) + reach), min(PAGE, int(y) + reach)
        )  # fmt: skip
        if x1 <= x0 or y1 <= y0:
            return
        yy, xx = np.mgrid[y0:y1:8, x0:x1:8].astype(np.float32)
        fall = np.clip(np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (r * r)) - 0.018, 0, 1)[..., None]
        halo = cv2.resize(fall * k * bgr(self.colour(colour)), (x1 - x0, y1 - y0))
        roi = self.im[y0:y1, x0:x1]
        roi[:] = cv2.add(roi, cv2.multiply(255 - roi, halo, scale=1 / 255.0, dtype=cv2.CV_8U))

    def colour(self, name: str) -> str:
        """Return '#rrggbb' for a name of the palette; a colour is returned as it is."""
        return name if name.startswith("#") else self.p[name]

    def _rim(self, mask: Image, at: Window) -> Image:
        """Return how much lighter or darker the cut edge makes a part of a mask."""
        rows, columns = at
        y, x = max(0, rows.start - 6), max(0, columns.start - 6)
        edge = cv2.GaussianBlur(mask[y : rows.stop + 6, x : columns.stop + 6], (5, 5), 0)
        dx, dy = (int(np.sign(v)) * 2 for v in self.sun)
        rim = cv2.subtract(edge, _moved(edge, -dx, -dy), dtype=cv2.CV_16S)
        return rim[rows.start - y :, columns.start - x :][: rows.stop - rows.start, : columns.stop - columns.start]

    def _note(self, mask: Image, x0: int, y0: int) -> None:
        """Mark on the maps what a mask covers."""
        land = y0 > 0 and y0 + mask.shape[0] >= PAGE and bool(mask[-1].any())
        maps = [*([self.land] if land else []), *([self.over] if self.over is not None else [])]
        if not maps:
            return
        size = (max(1, mask.shape[1] // 4), max(1, mask.shape[0] // 4))
        small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        for one in maps:
            part = one[y0 // 4 : y0 // 4 + size[1], x0 // 4 : x0 // 4 + size[0]]
            np.maximum(part, small[: part.shape[0], : part.shape[1]], out=part)

    def _outlines(self, polygons: Sheet) -> list[list[Polygon]]:
        several = [polygons] if isinstance(polygons, np.ndarray) else polygons
        return [[self.view.points(c) for c in ([q] if isinstance(q, np.ndarray) else q)] for q in several]

    def _shadow(self, mask: Image, lift: float, k: float, x0: int, y0: int) -> None:
        """Darken what is below a mask; blurred at a quarter of the size."""
        h, w = mask.shape
        small = cv2.resize(mask, (max(1, w // 4), max(1, h // 4)), interpolation=cv2.INTER_AREA)
        small = _moved(small, -self.sun[0] * lift * 0.55 / 4, -self.sun[1] * lift * 0.75 / 4)
        small = cv2.GaussianBlur(small, (0, 0), max(0.6, lift * 0.5 / 4))
        roi = self.im[y0 : y0 + h, x0 : x0 + w]
        _blend(roi, self._dark[:h, :w], cv2.resize(small, (w, h)), k)

    def _contact(self, x: float, foot: float, w: float, k: float) -> None:
        """Darken the ground under a cut-out of width w with a flat soft ellipse."""
        rx, ry = w * 0.40, max(14.0, w * 0.055)
        small = np.zeros((max(4, int(ry * 2)), max(4, int(rx * 0.75))), np.uint8)
        middle = (small.shape[1] // 2, small.shape[0] // 2)
        cv2.ellipse(small, middle, (max(1, int(rx / 4)), max(1, int(ry / 4))), 0, 0, 360, 255, -1)
        soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), ry * 0.22), (small.shape[1] * 4, small.shape[0] * 4))
        left = int(x - soft.shape[1] / 2 - self.sun[0] * 14)
        top = int(foot - ry * 0.55 - soft.shape[0] / 2)
        x0, y0 = max(0, left), max(0, top)
        soft = soft[y0 - top : PAGE - top, x0 - left : PAGE - left]
        roi = self.im[y0 : y0 + soft.shape[0], x0 : x0 + soft.shape[1]]
        if roi.size:
            _blend(roi, self._dark[: roi.shape[0], : roi.shape[1]], soft, k)


BAND = 128
"""Rows that are blended at once."""


@functools.lru_cache(2)
def _page_of(colour: str) -> Image:
    return np.full((PAGE, PAGE, 3), bgr(colour).astype(np.uint8), np.uint8)


def _fill(outlines: Sequence[Sequence[Polygon]], x0: int, y0: int, x1: int, y1: int) -> Image:
    """Return the mask of the outlines inside a window; windows within one outline are left open."""
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.round((c - (x0, y0)) * 16).astype(np.int32) for c in outline], 255, cv2.LINE_AA, 4)
    return mask


def _moved(mask: Image, dx: float, dy: float) -> Image:
    """Return a mask shifted by (dx, dy), its border repeated."""
    shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(mask, shift, mask.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def _filled(mask: Image) -> Iterator[Window]:
    """Yield the windows of a mask that hold anything, band by band: most of a mask is empty."""
    for y in range(0, mask.shape[0], BAND):
        x, top, w, h = cv2.boundingRect(mask[y : y + BAND])
        if w:
            yield slice(y + top, y + top + h), slice(x, x + w)


def _shaded(paper: Image, fall: Image) -> Image:
    """Return grain made lighter or darker row by row."""
    return cv2.add(paper, np.repeat(fall[:, None], paper.shape[1], 1), dtype=cv2.CV_8U)


def _blend(roi: Image, over: Image, mask: Image, k: float = 1.0) -> None:
    """Blend over into roi, in place, by a byte mask times k."""
    for at in _filled(mask):
        _mix(roi[at], over[at], mask[at], k)


def _mix(roi: Image, over: Image, mask: Image, k: float = 1.0) -> None:
    """Blend one window into roi, in place."""
    share = np.multiply(mask, np.float32(k / 255), dtype=np.float32)
    cv2.blendLinear(over, roi, share, 1 - share, dst=roi)


def _solid_from(mask: Image) -> int:
    """Return the first row from which on a mask has no gap: there it casts no shadow and needs no blending."""
    open_ = np.flatnonzero(mask.min(1) < 255)
    return int(open_[-1]) + 1 if len(open_) else 0
