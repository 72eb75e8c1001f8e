"""What makes a flat colour look like paper: one tile of grain a process, and a ramp of tones a colour."""

import functools
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from storymaker.images.paper.shapes import PAGE

Image = npt.NDArray[Any]

TILE = 1024
MEAN = 128
"""The grain value at which a colour is itself."""


def bgr(colour: str) -> npt.NDArray[np.float32]:
    """Return '#rrggbb' as blue, green, red."""
    return np.array([int(colour[i : i + 2], 16) for i in (5, 3, 1)], np.float32)


def _soften(noise: Image, sigma: tuple[float, float]) -> Image:
    """Blur a tile so that it still meets itself at its edges."""
    pad = int(4 * max(sigma)) + 1
    wide = cv2.copyMakeBorder(noise, pad, pad, pad, pad, cv2.BORDER_WRAP)
    return cv2.GaussianBlur(wide, (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])[pad:-pad, pad:-pad]


@functools.lru_cache(1)
def grain() -> Image:
    """Return the paper grain as bytes around MEAN, wide enough for a page at any offset below TILE.

    Fine tooth, fibres both ways, and slow clouds drawn at an eighth of the size, because a wide blur is what costs.
    """
    rng = np.random.default_rng(7)
    noise = rng.standard_normal((TILE, TILE), dtype=np.float32)
    across, along = np.roll(noise, 311, 0), noise.T.copy()
    slow = _soften(rng.standard_normal((TILE // 8, TILE // 8), dtype=np.float32), (3.75, 3.75)) * 16
    slow = cv2.resize(cv2.copyMakeBorder(slow, 1, 1, 1, 1, cv2.BORDER_WRAP), (TILE + 16, TILE + 16))[8:-8, 8:-8]
    tile = MEAN + _soften(noise, (0.8, 0.8)) * 5 + _soften(across, (9, 0.8)) * 10 + _soften(along, (0.8, 9)) * 10 + slow
    tile = np.clip(tile, 60, 200).astype(np.uint8)
    times = -(-(PAGE + TILE) // TILE)
    return np.tile(tile, (times, times))


@functools.lru_cache(512)
def ramp(colour: str) -> Image:
    """Return 256 tones of a colour, darker below MEAN and lighter above, for cv2.applyColorMap."""
    c, t = bgr(colour), ((np.arange(256) - MEAN) / 127.0)[:, None]
    tones = np.where(t < 0, c * (1 + 0.5 * t), c + (255 - c) * 0.5 * t)
    return np.clip(tones, 0, 255).astype(np.uint8)[:, None]
