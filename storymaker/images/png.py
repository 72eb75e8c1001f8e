"""PNG files of pixels: fast, whole or not there; only pixels, so that no metadata can travel with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from storymaker.books.files import write_file
from storymaker.errors import StorageError


def write_png(pixels: Any, target: Path, what: str) -> None:
    """Write a picture.

    Huffman coding alone on rows told from the row above takes a third of the time of Pillow's fastest setting on photos and
    grained paper, for a tenth more bytes (measured on 2048 × 2048 pixels).

    Args:
        pixels: Array of height × width × 3 (blue, green, red) or 4 (and alpha) bytes.
        target: The file; another process sees all of it or nothing.
        what: What it is, for the message: "photo".

    Raises:
        StorageError: If the disk refuses.
    """
    import cv2

    done, coded = cv2.imencode(
        ".png",
        pixels,
        [
            cv2.IMWRITE_PNG_COMPRESSION, 1,
            cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP,
            cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY,
        ],
    )  # fmt: skip
    if not done:
        raise ValueError(f"the {what} could not be coded as PNG")
    try:
        write_file(target, coded.tobytes(), durable=False)
    except StorageError as error:
        raise StorageError(f"The {what} could not be saved. {error.message}", code=error.code) from error
