"""JPEGs of pages for screen and print, derived from the PNG masters."""

from __future__ import annotations

from typing import Any, Final

QUALITY: Final = 92
"""PNG masters make a PDF nine times slower and ten times bigger; below 92 paper grain begins to smear."""


def jpeg(pixels: Any) -> bytes:
    """A picture as JPEG.

    Args:
        pixels: Array of height × width × 3 bytes: blue, green, red.
    """
    import cv2

    # Full colour resolution: lettering on a coloured ground frays at the usual half.
    options = [
        cv2.IMWRITE_JPEG_QUALITY, QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]  # fmt: skip
    done, coded = cv2.imencode(".jpg", pixels, options)
    if not done:
        raise ValueError("a picture could not be coded as JPEG")
    return bytes(coded.tobytes())
