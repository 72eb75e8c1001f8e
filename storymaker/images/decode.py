"""A stranger's photo, opened: runs in a child process with limits, and hands on nothing but pixels."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError

from storymaker.books.files import write_file
from storymaker.errors import PhotoError
from storymaker.images.jpeg import jpeg
from storymaker.images.photo import (
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
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
_CHOOSE = "Please choose a JPEG, PNG, WEBP, GIF or HEIC picture."
_NARROWEST = 100
_DARK = 45
SKETCH_PX = 320
_BLURRED = 5.0
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
        source: PNG, JPEG, WEBP, GIF or HEIC; of an animation the first frame.
        target: The PNG to write: RGB, longest side at most 2048 pixels.

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
            _check_size(name, photo.size)
            picture, size = _pixels(photo)
    except UnidentifiedImageError:
        raise _not_a_picture(name, source) from None
    except (OSError, EOFError, RuntimeError, Image.DecompressionBombError, *_BROKEN):
        raise _damaged(name) from None
    if min(picture.size) < _NARROWEST:
        raise PhotoError(f"“{name}” is too narrow to print. Please choose an ordinary photo.", code="photo-too-small")
    _write(picture, target)
    return PhotoInfo(*picture.size, *size, "JPEG" if kind == "MPO" else kind, _remarks(picture))


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
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check_size("the picture", picture.size)
            plain = picture.mode == "RGB" and "icc_profile" not in picture.info and max(picture.size) <= LONGEST_SIDE
            if plain and "transparency" not in picture.info and "exif" not in picture.info:
                painted = picture.convert("RGB")
            else:
                painted, _ = _pixels(picture)
    except (OSError, EOFError, RuntimeError, Image.DecompressionBombError, *_BROKEN):
        raise _damaged("the picture") from None
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
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check_size("the sketch", picture.size)
            picture.draft("RGB", (SKETCH_PX, SKETCH_PX))
            small = _plain(picture).convert("RGB")
    except (OSError, EOFError, RuntimeError, Image.DecompressionBombError, *_BROKEN):
        raise _damaged("the sketch") from None
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


def _pixels(photo: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """The first frame on a canvas of its own, and the upright size it came in."""
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
    plain = _plain(upright)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=3)
    alpha = plain.getchannel("A") if plain.mode == "RGBA" else None
    colours = _in_srgb(plain if alpha is None else plain.convert("RGB"), profile)
    canvas = Image.new("RGB", plain.size, "white")
    canvas.paste(colours, mask=alpha)
    return canvas, size


def _plain(picture: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB, RGBA, L or CMYK with eight bits."""
    if picture.mode in ("RGB", "RGBA", "L", "CMYK") and "transparency" not in picture.info:
        return picture.copy()
    if picture.mode.startswith("I"):
        return Image.fromarray((np.asarray(picture, np.float32) / 257).clip(0, 255).astype(np.uint8))
    has_alpha = "transparency" in picture.info or picture.mode in ("LA", "La", "PA", "RGBa")
    return picture.convert("RGBA" if has_alpha else "RGB")


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

    write_png(np.ascontiguousarray(np.asarray(picture)[..., ::-1]), target, "photo")


def _not_a_picture(name: str, source: Source) -> PhotoError:
    """Say what the file is instead, where its first bytes tell."""
    with opened(source) as file:
        head = file.read(512)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    code = "photo-not-a-picture"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"):
        return PhotoError(f"“{name}” is an AVIF picture, which cannot be opened. Please save it as a JPEG.", code=code)
    if head[4:8] == b"ftyp" or head[:4] in (b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba") or head[8:12] == b"AVI ":
        return PhotoError(f"“{name}” seems to be a video. Please choose a photo, or a screenshot of it.", code=code)
    if head.startswith(b"%PDF"):
        return PhotoError(f"“{name}” is a PDF. Please save the picture in it as a JPEG or PNG.", code=code)
    if text.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        return PhotoError(f"“{name}” is a drawing (SVG), not a photo. Please export it as a PNG.", code=code)
    if head.startswith((b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF")):
        return _damaged(name)
    return PhotoError(f"“{name}” is not a picture, whatever its name says. {_CHOOSE}", code=code)


def _damaged(name: str) -> PhotoError:
    return PhotoError(
        f"“{name}” is damaged or cut short. Please copy it from the phone or camera again.", code="photo-damaged"
    )


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
