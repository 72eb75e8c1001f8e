"""The book's pictures as a PDF wants them: JPEG pages and the hero's cut-out, each made once and kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from storymaker.books.files import disk_errors, make_folder, write_file
from storymaker.errors import ExportError
from storymaker.images.jpeg import jpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VIGNETTE_PX = 900
"""Longest side of the cut-out on the last page: 3 in at 300 pixels an inch."""

_RIM_PX = 7
_JPEG_END = b"\xff\xd9"
_PNG_END = b"IEND\xaeB`\x82"
_PAPER = (244, 250, 253)  # BGR, the cream of a scissor edge


def jpeg_file(folder: Path, name: str) -> Path:
    """Where the JPEG of a PNG master is, or will be."""
    return folder / ".state" / "pages" / f"{Path(name).stem}.jpg"


def page_jpeg(folder: Path, name: str, page: str) -> Path:
    """A page's picture as JPEG, made from its PNG master the first time.

    Args:
        folder: The book's.
        name: The master's file name, ``<sha>.png``.
        page: The page in words, for the message.

    Raises:
        ExportError: If the master is not a picture.
        StorageError: If it cannot be read or written.
    """
    made = jpeg_file(folder, name)
    make_folder(made.parent)
    if _is_whole(made, _JPEG_END):
        return made
    with disk_errors(folder / "images"):
        data = (folder / "images" / name).read_bytes()
    picture = _decode(data)
    if picture is None:
        raise ExportError(f"The picture of {page} is damaged. Please draw it again.")
    write_file(made, jpeg(_on_paper(picture)), durable=False)
    return made


def vignette(folder: Path, character_id: str, cutout: str) -> Path | None:
    """The hero's cut-out with a scissor edge, small; None when there is none that can be read.

    The last page is a present, not a promise: without a cut-out it stands without one.
    """
    made = make_folder(folder / ".state" / "pages") / f"end-{Path(cutout).stem}.png"
    if _is_whole(made, _PNG_END):
        return made
    source = folder / "characters" / character_id / cutout
    if not source.is_file():
        return None
    import cv2

    with disk_errors(source.parent):
        picture = _decode(source.read_bytes())
    if picture is None or picture.ndim != 3 or picture.shape[2] != 4 or not picture[..., 3].any():
        return None
    _, png = cv2.imencode(".png", _cut(picture), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    write_file(made, png.tobytes(), durable=False)
    return made


def _is_whole(file: Path, end: bytes) -> bool:
    """Whether it is there to its last byte: these files are not flushed, and a power cut may have left a stump."""
    try:
        with file.open("rb") as made:
            made.seek(-len(end), 2)
            return made.read() == end
    except OSError:
        return False


def _decode(data: bytes) -> NDArray[np.uint8] | None:
    """The picture, 8 bits a channel, or None. Read in Python: OpenCV opens no path with an umlaut on Windows."""
    import cv2
    import numpy as np

    if not data:
        return None
    try:
        picture: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if picture is not None and picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    return picture if picture is not None and picture.dtype == np.uint8 else None


def _on_paper(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without alpha, for JPEG has none."""
    import numpy as np

    if picture.ndim == 2 or picture.shape[2] < 4:
        return picture
    alpha = picture[..., 3:].astype(np.float32) / 255
    return (picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _cut(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Trimmed, scaled, and with a rim of paper, as the paper studio cuts."""
    import cv2
    import numpy as np

    x, y, width, height = cv2.boundingRect((picture[..., 3] > 8).astype(np.uint8))
    figure: Any = picture[y : y + height, x : x + width]
    scale = min(1.0, (VIGNETTE_PX - 4 * _RIM_PX) / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Colours times alpha before scaling, or the colour of transparent pixels bleeds into the edge.
    solid = cv2.multiply(figure[..., :3], cv2.merge([figure[..., 3]] * 3), scale=1 / 255)
    figure = cv2.resize(np.dstack([solid, figure[..., 3]]), size, interpolation=cv2.INTER_AREA)
    figure = figure.reshape(size[1], size[0], 4).astype(np.float32)
    edge = 2 * _RIM_PX
    figure = cv2.copyMakeBorder(figure, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RIM_PX + 1, 2 * _RIM_PX + 1))
    rim = cv2.GaussianBlur(cv2.dilate(figure[..., 3], disc), (0, 0), 1.2)[..., None]
    alpha = figure[..., 3:] / 255
    colour = figure[..., :3] + np.array(_PAPER, np.float32) * (1 - alpha)
    return np.clip(np.concatenate([colour, rim], axis=2) + 0.5, 0, 255).astype(np.uint8)
