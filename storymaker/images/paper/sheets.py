"""Contact sheets: many pictures side by side in one file, for looking at them cold. Runs in a drawing child."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from storymaker.images.png import write_png


def assemble(files: Sequence[str], target: str, columns: int, cell: int) -> None:
    """Write a contact sheet.

    Args:
        files: Pictures, in the order of reading.
        target: The PNG to write.
        columns: How many side by side.
        cell: Width and height of each, in pixels.

    Raises:
        StorageError: If ``target`` cannot be written.
    """
    rows = -(-len(files) // columns)
    sheet = np.full((rows * cell, columns * cell, 3), 255, np.uint8)
    for n, file in enumerate(files):
        picture = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
        if picture is not None:
            y, x = n // columns * cell, n % columns * cell
            sheet[y : y + cell, x : x + cell] = cv2.resize(picture, (cell, cell), interpolation=cv2.INTER_AREA)
    write_png(sheet, Path(target), "sheet")
