"""A stranger's photo, opened: runs in a child process with limits, and hands on nothing but pixels."""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError

from storymaker.books.files import write_file
from storymaker.errors import PhotoError
from storymaker.images import unopened
from storymaker.images.jpeg import jpeg
from storymaker.images.photo import (
    CHOOSE,
    LONGEST_SIDE,
    MAX_PIXELS,
    MIN_SIDE,
    PhotoInfo,
    Source,
    check_file,
    opened,
    shown_name,
)
from storymaker.images.png import write_png

# MPO is left out: a phone's JPEG with a second picture inside (MPF) opens as JPEG, and only its first is read.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "TIFF", "BMP", "JPEG2000")
_PAINTED = _FORMATS[:5]
"""What services send."""
_NARROWEST = 100
_DARK = 45
SKETCH_PX = 320
_BLURRED = 5.0
_HAZE = 8
"""What tools that cut out leave of a background, as alpha, 0–255."""
_FAINTEST = 32
"""A picture whose alpha is nowhere more than this shows nothing."""
_SAYS_NOTHING = 0.005
"""With a smaller part of it see-through, a picture's alpha was not cut by anybody."""
_REDUCED, _SUB_PICTURES, _DNG, _COLOURS, _BITS = 254, 330, 50706, 262, 258
"""Tags of TIFF."""
_SENSOR = (32803, 34892)
"""What a camera's sensor saw, among the kinds of colours of TIFF."""
# What broken files make Pillow raise, beside OSError.
_BROKEN = (SyntaxError, ValueError, TypeError, KeyError, IndexError, ZeroDivisionError, struct.error)

pillow_heif.register_heif_opener()
pillow_heif.options.DECODE_THREADS = 1
# Our own limit is checked on the header, with a sentence that gives the size.
Image.MAX_IMAGE_PIXELS = None


def open_photo(source: Source, target: Path) -> PhotoInfo:
    """Open a photo by its content and write it upright, in sRGB, without any metadata.

    Call it through :func:`storymaker.images.photo.clean_photo`, never in a process that must live on.

    Args:
        source: PNG, JPEG, WEBP, GIF, HEIC, TIFF, BMP or JPEG 2000; of several pages and of an animation the first.
        target: The PNG to write, longest side at most 2048 pixels: RGB; with alpha where the picture is cut out already.

    Raises:
        PhotoError: If it is not such a picture, is damaged, too large or too small.
        StorageError: If ``target`` cannot be written.
    """
    check_file(source)
    name = shown_name(source)
    try:
        # the path is not given to Pillow: it would appear in its messages, and plugins could look beside the file
        quiet = warnings.catch_warnings(action="ignore")
        with quiet, opened(source) as file, Image.open(file, formats=_FORMATS) as photo:
            kind = photo.format or ""
            _refuse_unfit(name, source, photo)
            _check_size(name, photo.size)
            picture, size = _pixels(photo)
    except UnidentifiedImageError:
        head = _head(source)
        raise unopened.refusal(name, head, CHOOSE) or unopened.damaged(name, head) from None
    except (OSError, EOFError, RuntimeError, Image.DecompressionBombError, *_BROKEN):
        raise unopened.damaged(name, _head(source)) from None
    picture = _cut_free(name, picture, kind)
    if min(picture.size) < _NARROWEST:
        raise PhotoError(f"“{name}” is too narrow to print. Please choose an ordinary photo.", code="photo-too-small")
    _write(picture, target)
    return PhotoInfo(*picture.size, *size, "JPEG" if kind == "MPO" else kind, _remarks(_on_white(picture)))


def open_painting(data: bytes, target: Path) -> tuple[int, int]:
    """Open a picture that a service painted and write it as PNG, and as the JPEG of its page beside that.

    Args:
        data: The picture as it came, whatever it is.
        target: The PNG to write; the JPEG has the same name.

    Returns:
        Width and height in pixels.

    Raises:
        PhotoError: If it is not a picture, or not one that can be printed.
        StorageError: If it cannot be written.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=_PAINTED) as picture:
            _check_size("the picture", picture.size)
            plain = picture.mode == "RGB" and "icc_profile" not in picture.info and max(picture.size) <= LONGEST_SIDE
            if plain and "transparency" not in picture.info and "exif" not in picture.info:
                painted = picture.convert("RGB")
            else:
                painted = _on_white(_pixels(picture)[0])
    except (OSError, EOFError, RuntimeError, Image.DecompressionBombError, *_BROKEN):
        raise unopened.damaged("the picture") from None
    if min(painted.size) < _NARROWEST:
        raise PhotoError("The picture is too narrow to print.", code="photo-too-small")
    pixels = np.ascontiguousarray(np.asarray(painted)[..., ::-1])
    write_png(pixels, target, "picture")
    write_file(target.with_suffix(".jpg"), jpeg(pixels), durable=False)
    return painted.size


def write_sketch(data: bytes, target: Path) -> None:
    """Write an unfinished picture small and out of focus: nobody has looked it over, so only its shapes are shown.

    Args:
        data: The picture as a service sent it.
        target: The JPEG to write, 320 pixels long at most; it is replaced whole.

    Raises:
        PhotoError: If it is not a picture.
        StorageError: If ``target`` cannot be written.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=_PAINTED) as picture:
            _check_size("the sketch", picture.size)
            picture.draft("RGB", (SKETCH_PX, SKETCH_PX))
            small = _plain(picture).convert("RGB")
    except (OSError, EOFError, RuntimeError, Image.DecompressionBombError, *_BROKEN):
        raise unopened.damaged("the sketch") from None
    small.thumbnail((SKETCH_PX, SKETCH_PX))
    blurred = small.filter(ImageFilter.GaussianBlur(SKETCH_PX / 50))
    write_file(target, jpeg(np.ascontiguousarray(np.asarray(blurred)[..., ::-1])), durable=False)


def _check_size(name: str, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise PhotoError(
            f"“{name}” has {width * height / 1e6:.0f} megapixels, and {MAX_PIXELS // 1_000_000} are the most. "
            "Please save it smaller.",
            code="photo-too-large",
        )
    if min(size) < MIN_SIDE:
        raise PhotoError(
            f"“{name}” is too small to print: {width} × {height} pixels, and the shorter side needs {MIN_SIDE}. "
            "Please choose the original photo.",
            code="photo-too-small",
        )


def _head(source: Source) -> bytes:
    with opened(source) as file:
        return file.read(unopened.HEAD_BYTES)


def _refuse_unfit(name: str, source: Source, photo: Image.Image) -> None:
    """Refuse measurements, and the raw pictures of cameras: as TIFF they open, and show their thumbnail.

    Of a TIFF with several pages, the first that is whole is gone to.
    """
    if photo.format != "TIFF":
        return
    if photo.mode in ("I", "F"):
        raise unopened.measured(name)
    tags = photo.tag_v2  # type: ignore[attr-defined]
    small = tags.get(_REDUCED, 0) & 1
    if (
        unopened.is_raw(name, _head(source))
        or _DNG in tags
        or tags.get(_COLOURS) in _SENSOR
        or (small and _SUB_PICTURES in tags)
    ):
        raise unopened.raw(name)
    if small:
        with contextlib.suppress(EOFError):
            photo.seek(1)


def _pixels(photo: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """The first frame in sRGB, with alpha where it has some, and the upright size it came in."""
    size = photo.size
    profile = photo.info.get("icc_profile")
    if photo.mode in ("RGB", "L"):
        photo.draft(photo.mode, (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is decoded smaller
    photo.load()
    try:
        upright = ImageOps.exif_transpose(photo)
    except _BROKEN:
        upright = photo.copy()  # broken tags; the picture itself may be fine
    if (upright.width > upright.height) != (photo.width > photo.height):
        size = size[::-1]
    plain = _plain(upright, getattr(photo, "tag_v2", {}))
    if plain.mode != "RGBA":
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
        return _in_srgb(plain, profile), size
    if max(plain.size) > LONGEST_SIDE:  # what is cut out is not made smaller for the nothing around it
        plain = plain.crop(plain.getchannel("A").point(lambda value: 255 * (value > _HAZE)).getbbox())
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    colours = _in_srgb(plain.convert("RGB"), profile)
    colours.putalpha(plain.getchannel("A"))
    return colours, size


def _plain(picture: Image.Image, tags: Mapping[int, Any] = MappingProxyType({})) -> Image.Image:
    """Any of Pillow's modes as RGB, RGBA, L or CMYK with eight bits; ``tags`` are those of a TIFF."""
    if picture.mode in ("RGB", "RGBA", "L", "CMYK") and "transparency" not in picture.info:
        return picture.copy()
    if picture.mode.startswith("I;16"):
        return _from_deep_grey(picture, tags)
    if picture.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB") or picture.convert("RGB")
    key = picture.info.get("transparency")
    if picture.mode == "RGB" and isinstance(key, tuple) and max(key) > 255:
        picture.info["transparency"] = tuple(part >> 8 for part in key)  # of 16 bits, as the file had
    has_alpha = key is not None or picture.mode in ("RGBA", "LA", "La", "PA", "RGBa")
    return picture.convert("RGBA" if has_alpha else "RGB")


def _from_deep_grey(picture: Image.Image, tags: Mapping[int, Any]) -> Image.Image:
    """Grey of more than eight bits; TIFF has also twelve, and white as 0."""
    deep = np.asarray(picture, np.float32)
    grey = (deep * (255 / (2 ** tags.get(_BITS, (16,))[0] - 1))).clip(0, 255).astype(np.uint8)
    plain = Image.fromarray(255 - grey if tags.get(_COLOURS) == 0 else grey)
    key = picture.info.get("transparency")
    if isinstance(key, int):
        plain = plain.convert("RGB")
        plain.putalpha(Image.fromarray(np.where(deep == key, 0, 255).astype(np.uint8)))
    return plain


def _cut_free(name: str, picture: Image.Image, kind: str) -> Image.Image:
    """The picture with the alpha that somebody cut, haze and all beneath nothing gone; flat, if its alpha says nothing."""
    if picture.mode != "RGBA":
        return picture
    alpha = np.asarray(picture.getchannel("A"))
    most = int(alpha.max())
    if most < _FAINTEST and kind == "BMP":
        return picture.convert("RGB")  # many programs leave zeros where no alpha is meant
    if most < _FAINTEST:
        raise PhotoError(
            f"“{name}” is see-through all over: there is nothing in it. Please save it again with the toy in it.",
            code="nothing-to-cut-out",
        )
    clear = np.where(alpha <= _HAZE, 0, np.rint(alpha * (255 / most))).astype(np.uint8)
    picture.putalpha(Image.fromarray(clear))
    flat = _on_white(picture)
    if (clear < 128).mean() < _SAYS_NOTHING:
        return flat
    # what was cut away is gone: it may have been cut away for a reason
    picture.paste((255, 255, 255, 0), mask=Image.fromarray(np.where(clear == 0, 255, 0).astype(np.uint8)))
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture as it lies on white paper."""
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """The colours as a screen shows them; without a usable profile they are taken for sRGB."""
    if isinstance(profile, bytes) and profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile, or one for another kind of picture: the pixels still are a photo
    return picture.convert("RGB")


def _write(picture: Image.Image, target: Path) -> None:
    import numpy as np  # late, with OpenCV: a photo that is refused needs neither

    order = [2, 1, 0] if picture.mode == "RGB" else [2, 1, 0, 3]
    write_png(np.ascontiguousarray(np.asarray(picture)[..., order]), target, "photo")


def sharpness(picture: Image.Image) -> float:
    """How crisp the crispest parts are: the standard deviation of the Laplacian in the best of 8 × 8 tiles."""
    small = picture.convert("L")
    small.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
    grey = np.asarray(small, np.float32)
    edges = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    rows, columns = max(1, edges.shape[0] // 8), max(1, edges.shape[1] // 8)
    deviations = [
        edges[y : y + rows, x : x + columns].std()
        for y in range(0, edges.shape[0] - rows + 1, rows)
        for x in range(0, edges.shape[1] - columns + 1, columns)
    ]
    return float(np.percentile(deviations, 95))


def brightness(picture: Image.Image) -> float:
    """How bright the brighter parts are: the 90th percentile of lightness, 0–255."""
    small = picture.convert("L")
    small.thumbnail((256, 256))
    return float(np.percentile(np.asarray(small), 90))


def _remarks(picture: Image.Image) -> tuple[str, ...]:
    remarks = []
    if brightness(picture) < _DARK:
        remarks.append("The photo is very dark. One by a window, in daylight, will look nicer in the book.")
    if sharpness(picture) < _BLURRED:
        remarks.append("The photo looks blurred. One with a steady hand will look nicer in the book.")
    return tuple(remarks)
