"""A tiny photo maker: a plushie on a plain table, with everything a phone writes into its files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any


def plushie(width: int = 900, height: int = 700, *, seed: int = 1, scale: float = 1.0) -> Any:
    """A brown bear on a pale table, drawn with blobs and a little fur.

    Args:
        width: Pixels.
        height: Pixels.
        seed: What the fur grows from.
        scale: How large the bear is; 1 fills most of the height.

    Returns:
        A ``PIL.Image.Image`` in RGB.
    """
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    table = np.linspace((226, 222, 214), (196, 188, 176), height).repeat(width, 0).reshape(height, width, 3)
    photo = Image.fromarray(table.astype(np.uint8))
    bear = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(bear)
    unit = min(width, height) * 0.42 * scale

    def blob(x: float, y: float, rx: float, ry: float, colour: tuple[int, int, int]) -> None:
        x, y = width / 2 + x * unit, height / 2 + y * unit
        draw.ellipse((x - rx * unit, y - ry * unit, x + rx * unit, y + ry * unit), fill=colour)

    fur, dark, pale, black = (150, 84, 48), (122, 66, 38), (226, 196, 158), (24, 18, 18)
    for side in (-1, 1):
        blob(0.42 * side, -0.80, 0.19, 0.19, dark)
        blob(0.58 * side, 0.28, 0.17, 0.36, dark)
        blob(0.40 * side, 0.80, 0.30, 0.20, fur)
    blob(0, 0.36, 0.52, 0.56, fur)
    blob(0, 0.40, 0.30, 0.34, pale)
    blob(0, -0.42, 0.52, 0.46, fur)
    blob(0, -0.28, 0.24, 0.18, pale)
    for side in (-1, 1):
        blob(0.20 * side, -0.52, 0.055, 0.065, black)
    blob(0, -0.36, 0.08, 0.06, black)
    shadow = bear.getchannel("A").filter(ImageFilter.GaussianBlur(unit * 0.06)).point(lambda a: a // 4)
    photo.paste((70, 60, 50), (0, round(unit * 0.05)), shadow)
    photo.paste(bear, mask=bear.getchannel("A"))
    grain = np.random.default_rng(seed).normal(0, 7, (height, width, 1))
    return Image.fromarray((np.asarray(photo) + grain).clip(0, 255).astype(np.uint8))


def cut_out_toy(width: int = 500, height: int = 600, colour: tuple[int, int, int] = (252, 252, 252)) -> Any:
    """A toy that comes cut out: a ring of an arm with a gap in it, on nothing; white unless said.

    Args:
        width: Pixels.
        height: Pixels.
        colour: Red, green, blue.

    Returns:
        A ``PIL.Image.Image`` in RGBA.
    """
    from PIL import Image, ImageDraw

    toy = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(toy)
    draw.ellipse((width * 0.3, height * 0.1, width * 0.7, height * 0.45), fill=colour)
    draw.rectangle((width * 0.2, height * 0.4, width * 0.8, height * 0.9), fill=colour)
    draw.ellipse((width * 0.4, height * 0.5, width * 0.6, height * 0.8), fill=(0, 0, 0, 0))
    draw.ellipse((width * 0.42, height * 0.2, width * 0.46, height * 0.24), fill=(30, 30, 30))
    return toy


def phone_tags() -> Any:
    """EXIF as a phone writes it: maker, model, time, place, and "turn me by 90 degrees"; a ``PIL.Image.Exif``."""
    from PIL import Image

    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0132] = "Apple", "iPhone 99", "2026:11:22 10:00:00"
    tags[0x0112] = 6
    place = tags.get_ifd(0x8825)
    place.update({1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2)})
    return tags


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,51N"/></x:xmpmeta>'


def plushie_photo(path: Path, width: int = 900, height: int = 700, *, seed: int = 1) -> Path:
    """Write such a photo as a JPEG with EXIF, a place, XMP, a colour profile and a comment in it.

    Args:
        path: The file to write.
        width: Pixels as stored; the EXIF says that it is to be turned by 90 degrees.
        height: Pixels as stored.
        seed: See ``plushie``.

    Returns:
        The path.
    """
    from PIL import Image, ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = plushie(height, width, seed=seed).transpose(Image.Transpose.ROTATE_90)
    file = io.BytesIO()
    stored.save(file, "JPEG", quality=88, exif=phone_tags(), xmp=XMP, icc_profile=profile, comment=b"made at home")
    path.write_bytes(file.getvalue())
    return path
