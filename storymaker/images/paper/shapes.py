"""Polygons to cut paper with: pure functions from a few numbers to closed outlines.

All lengths are pixels of the 1536-pixel page, y grows downward, and a polygon is a float array of shape (n, 2).
A function that returns a list returns several polygons that belong to one sheet.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

PAGE = 1536
"""Width and height of every picture."""

BLEED = 90
"""How far ground and water reach beyond the page, so that no edge shows."""

_ROUND = np.linspace(0, 2 * np.pi, 72)
_COS, _SIN = np.cos(_ROUND), np.sin(_ROUND)

Polygon = npt.NDArray[np.floating[Any]]
Points = Polygon | Sequence[Sequence[float]]


def smooth(points: Points, *, closed: bool = True, steps: int = 12) -> Polygon:
    """Return a Catmull-Rom curve through the points: every curve of the studio."""
    p = np.asarray(points, np.float32)
    n = len(p)
    ends = (p[-1:], p, p[:2]) if closed else (p[:1], p, p[-1:])
    q = np.vstack(ends)
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[:, None]
    pieces = []
    for i in range(n if closed else n - 1):
        a, b, c, d = q[i : i + 4]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack(pieces if closed else [*pieces, p[-1:]])


def ground(top: Points) -> Polygon:
    """Close an outline that runs from left to right with everything below it."""
    corners = [[PAGE + BLEED, PAGE + BLEED], [-BLEED, PAGE + BLEED]]
    return np.vstack([np.asarray(top, np.float32), np.array(corners, np.float32)])


def hill(rng: np.random.Generator, y: float, amp: float, n: int = 5, tilt: float = 0) -> Polygon:
    """Return a rolling ground line at height y: n swells of up to amp, the right end lower by tilt."""
    x = np.linspace(-BLEED, PAGE + BLEED, n + 1)
    heights = y + rng.uniform(-amp, amp, n + 1) + tilt * (x / PAGE - 0.5)
    return ground(smooth(np.c_[x, heights], closed=False))


def peaks(rng: np.random.Generator, y: float, height: float, n: int = 8) -> Polygon:
    """Return a jagged mountain line that stands on y, n points alternately high and low."""
    x = np.linspace(-BLEED, PAGE + BLEED, n) + rng.uniform(-40, 40, n)
    tall = np.where(np.arange(n) % 2, rng.uniform(0.65, 1.0, n), rng.uniform(0.0, 0.35, n))
    x[0], x[-1] = -BLEED, PAGE + BLEED
    return ground(np.c_[x, y - height * tall])


def waves(y: float, amp: float, n: float, phase: float = 0.0) -> Polygon:
    """Return water with n pointed crests of height amp; phase moves them along."""
    x = np.linspace(-BLEED, PAGE + BLEED, 400)
    u = (x / PAGE * n + phase) % 1
    crest = amp * (1 - np.abs(2 * u - 1) ** 1.6)
    return ground(np.c_[x, y - crest + amp * 0.4 * np.sin(x / PAGE * 5 + phase * 9)])


def line(points: Points, width: float) -> Polygon:
    """Return a ribbon of even thickness that hangs below an open line."""
    p = np.asarray(points, np.float32)
    return np.vstack([p, p[::-1] + np.array([0, width], np.float32)])


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Polygon:
    """Return a circle, or an ellipse turned by so many radians."""
    a, b = _COS * rx, _SIN * (rx if ry is None else ry)
    c, s = math.cos(turn), math.sin(turn)
    return np.stack([x + a * c - b * s, y + a * s + b * c], 1)


def box(x: float, y: float, w: float, h: float, skew: float = 0) -> Polygon:
    """Return a rectangle from its upper left corner; skew widens its foot on both sides."""
    return np.array([[x, y], [x + w, y], [x + w + skew, y + h], [x - skew, y + h]], np.float32)


def page(margin: float = BLEED) -> Polygon:
    """Return a sheet that covers the whole page."""
    return box(-margin, -margin, PAGE + 2 * margin, PAGE + 2 * margin)


def star(x: float, y: float, r: float, n: int = 5, waist: float = 0.45) -> Polygon:
    """Return a star of n points; waist is the inner radius as a part of r."""
    t = np.arange(2 * n) * np.pi / n - np.pi / 2
    k = np.where(np.arange(2 * n) % 2, r * waist, r)
    return np.stack([x + k * np.cos(t), y + k * np.sin(t)], 1)


def crescent(x: float, y: float, r: float) -> Polygon:
    """Return a waning moon, open to the right."""
    t = np.linspace(np.pi * 0.32, np.pi * 1.68, 48)
    outer = np.c_[x + r * np.cos(t), y + r * np.sin(t)]
    tip = outer[0] - [x, y]
    shift = r * 0.42
    reach = math.hypot(tip[0] - shift, tip[1])
    start = math.atan2(tip[1], tip[0] - shift)
    u = np.linspace(2 * np.pi - start, start, 48)
    return np.vstack([outer, np.c_[x + shift + reach * np.cos(u), y + reach * np.sin(u)]])


def puff(rng: np.random.Generator, x: float, y: float, w: float, h: float, n: int = 9) -> list[Polygon]:
    """Return a scalloped bush, tree crown or cloud: n round bumps along an oval of half-width w, half-height h."""
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False) + rng.uniform(0, 1)
    r = 1.1 * math.pi / n
    bumps = [
        oval(
            x + w * 0.66 * math.cos(a),
            y + h * 0.66 * math.sin(a),
            w * r * rng.uniform(0.9, 1.15),
            h * r * rng.uniform(0.9, 1.15),
        )
        for a in turn
    ]
    return [oval(x, y, w * 0.8, h * 0.8), *bumps]


def cloud(rng: np.random.Generator, x: float, y: float, w: float) -> list[Polygon]:
    """Return a flat-bottomed cloud of half-width w."""
    return [oval(x, y + w * 0.16, w, w * 0.2), *puff(rng, x, y, w * 0.62, w * 0.36, 7)]


def pine(x: float, y: float, h: float, tiers: int = 3) -> list[Polygon]:
    """Return the tiers of a fir that stands at (x, y), lowest first; each is best its own sheet."""
    out = []
    for i in range(tiers):
        b, w = y - h * 0.12 - i * h * 0.24, h * (0.30 - 0.07 * i)
        t = b - h * 0.42
        right = [[x + w * 0.45, b - h * 0.16], [x + w, b], [x + w * 0.4, b + h * 0.03]]
        left = [[2 * x - px, py] for px, py in reversed(right)]
        out.append(smooth([[x, t], *right, [x, b + h * 0.012], *left], steps=6))
    return out


def blade(x: float, y: float, h: float, lean: float, w: float) -> Polygon:
    """Return one blade of grass, or a reed, rooted at (x, y)."""
    waist, half = w * 0.6, lean * 0.35
    return smooth(
        [
            [x - w, y + 30],
            [x - waist + half, y - h * 0.5],
            [x + lean, y - h],
            [x + waist + half, y - h * 0.5],
            [x + w, y + 30],
        ],
        steps=6,
    )


def tuft(rng: np.random.Generator, x0: float, x1: float, y: float, n: int, tall: tuple[float, float]) -> list[Polygon]:
    """Return n blades of grass between x0 and x1, their heights within tall."""
    return [blade(x, y, rng.uniform(*tall), rng.uniform(-30, 30), 11) for x in np.linspace(x0, x1, n)]


def fern(x: float, y: float, h: float, lean: float) -> list[Polygon]:
    """Return a fern frond rooted at (x, y), its tip at lean to the side."""
    out = [blade(x, y, h, lean, 5)]
    for i in range(3, 13):
        u = i / 13
        px, py, leaf = x + lean * u * u, y - h * u, h * 0.30 * (1 - u * 0.72)
        out += [oval(px + s * leaf * 0.5, py - leaf * 0.22, leaf * 0.56, leaf * 0.19, s * -0.5) for s in (-1, 1)]
    return out


def bird(x: float, y: float, z: float) -> Polygon:
    """Return a far gull of half-span z."""
    right = [(0.45, -0.45), (1.0, -0.34), (0.45, -0.2)]
    around = [(-1.0, -0.34), (-0.45, -0.45), (0.0, 0.0), *right, (0.0, 0.22), (-0.45, -0.2)]
    return smooth([[x + a * z, y + b * z] for a, b in around])


def drop(x: float, y: float, length: float, slant: float, width: float) -> Polygon:
    """Return a slip of paper for one falling drop: pointed above, rounded below."""
    return smooth(
        [[x - slant, y - length], [x + width, y - length * 0.1], [x, y + width], [x - width, y - length * 0.1]], steps=5
    )


def turned(polygon: Points, x: float, y: float, degrees: float) -> Polygon:
    """Return a polygon turned clockwise about (x, y)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    p = np.asarray(polygon, np.float32) - np.array([x, y], np.float32)
    return np.stack([x + p[:, 0] * c - p[:, 1] * s, y + p[:, 0] * s + p[:, 1] * c], 1)
