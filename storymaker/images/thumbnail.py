"""Thumbnails: a picture made small, once, by a child process."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from storymaker.books.files import make_folder, write_file
from storymaker.child import ChildPool
from storymaker.errors import NotFoundError

QUALITY: Final = 85
"""Of the JPEG: on a screen, at a tenth of the size, 92 looks the same and weighs half as much again."""
SECONDS: Final = 30.0


def thumbnail(pool: ChildPool, source: Path, target: Path, width: int) -> Path:
    """A picture made small; one that was made before is taken again.

    Args:
        pool: Children that may import OpenCV.
        source: PNG or JPEG.
        target: ``.jpg``, or ``.png`` to keep what is see-through.
        width: Pixels; a narrower picture stays as it is.

    Raises:
        NotFoundError: If the source is no picture any more.
        StorageError: If the disk refuses.
    """
    if not target.exists():
        make_folder(target.parent)
        pool.call("storymaker.images.thumbnail:make", str(source), str(target), width, timeout=SECONDS)
    return target


def make(source: str, target: str, width: int) -> None:
    """Write the thumbnail; runs in a child."""
    import cv2
    import numpy as np

    try:
        data = np.fromfile(source, np.uint8)
    except OSError:
        data = np.empty(0, np.uint8)
    see_through = target.endswith(".png")
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED if see_through else cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise NotFoundError("This picture is not there any more, or damaged. Please draw it again.")
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    if width < picture.shape[1]:
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    options = [] if see_through else [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    done, coded = cv2.imencode(Path(target).suffix, picture, options)
    assert done
    write_file(Path(target), coded.tobytes(), durable=False)
