"""A drawing as an illustrator hands it over, looked at before it is taken in: by its first and last bytes, without opening it."""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from storymaker.books.checkup import PNG_BEGINS, PNG_ENDS, png_ends
from storymaker.errors import ProviderError
from storymaker.images.illustrator import PictureFile


def received(drawing: PictureFile, illustrator: str) -> PictureFile:
    """Take a drawing under a name that no other drawing has, once it is a whole PNG file of the size that is told.

    Args:
        drawing: What was handed over.
        illustrator: By whom.

    Raises:
        ProviderError: If it is not there or no such picture; with what it cost.
    """
    path = drawing.path.with_name(f"{uuid4().hex}.png")
    try:
        os.replace(drawing.path, path)
    except FileNotFoundError:
        raise _refusal(
            drawing,
            f"“{drawing.path.name}”, which the illustrator “{illustrator}” handed over, is not there. Perhaps another page took "
            "it: several pages share a folder, so it must give each file a name of its own.",
        ) from None
    trouble = _trouble(path, drawing)
    if trouble:
        path.unlink()
        raise _refusal(
            drawing,
            f"The illustrator “{illustrator}” handed over something that {trouble}. Please try again, or choose another.",
        )
    return replace(drawing, path=path)


def _trouble(path: Path, drawing: PictureFile) -> str:
    """What is wrong with a file, as the end of a sentence; empty where nothing is."""
    head, tail = png_ends(path)
    if len(head) < len(PNG_BEGINS) + 8 or not head.startswith(PNG_BEGINS):
        return "is no PNG picture"
    if tail != PNG_ENDS:
        return "breaks off before its end"
    width, height = struct.unpack("!II", head[len(PNG_BEGINS) :])
    if (width, height) != (drawing.width, drawing.height):
        return f"has {width} × {height} pixels, and not {drawing.width} × {drawing.height} as it says"
    return ""


def _refusal(drawing: PictureFile, sentence: str) -> ProviderError:
    return ProviderError(sentence, code="no-picture", paid=bool(drawing.cost_usd), cost_usd=drawing.cost_usd)
