"""Colourways: the same kit in other papers, by turning the hue of its colours and moving their strength and lightness."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from storymaker.images.paper.view import Palette

Tone = tuple[float, float, float]
"""Degrees that the hue turns, a factor for its strength, and what is added to the lightness (0 to 1)."""

AS_DRAWN = "as-drawn"
"""The colourway that every kit has: its colours as they stand in its file."""

_TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929],
                    [0.2119034982, 0.6806995451, 0.1073969566],
                    [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468],
                    [1.9779984951, -2.4285922050, 0.4505937099],
                    [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


def toned(palette: Palette, tones: Mapping[str, Tone]) -> Palette:
    """Return a palette in a colourway.

    Args:
        palette: As drawn.
        tones: What happens to which colours. A name means the colour and those it begins ("sky" also sky2, sky3); the
            longest that fits counts, and "*" is for all others.
    """
    return replace(
        palette, colours={name: _turned(colour, _of(name, tones)) for name, colour in palette.colours.items()}
    )


def tone(row: Sequence[float]) -> Tone:
    """Return the tone of three numbers of a file."""
    hue, strength, lightness = map(float, row)
    return hue, strength, lightness


def _of(name: str, tones: Mapping[str, Tone]) -> Tone | None:
    fitting = [key for key in tones if name == key or name.rstrip("0123456789") == key]
    return tones[max(fitting, key=len)] if fitting else tones.get("*")


def _turned(colour: str, by: Tone | None) -> str:
    if by is None:
        return colour
    hue, strength, lightness = by
    light, a, b = _oklab(colour)
    turn, size = np.arctan2(b, a) + np.radians(hue), np.hypot(a, b) * strength
    return _hex(np.array([np.clip(light + lightness, 0, 1), size * np.cos(turn), size * np.sin(turn)]))


def _oklab(colour: str) -> npt.NDArray[np.float64]:
    """Return '#rrggbb' in OKLab, where equal steps look equal (Ottosson 2020, bottosson.github.io/posts/oklab)."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    lab: npt.NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return lab


def _hex(lab: npt.NDArray[np.float64]) -> str:
    """Return a colour of OKLab as '#rrggbb'; what no screen can show is clipped."""
    linear = np.clip(np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3), 0, 1)
    rgb = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, linear * 12.92)
    red, green, blue = np.rint(rgb * 255).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
