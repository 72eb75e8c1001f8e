"""What a file is that is no photo we open, by its first bytes, and what to do with it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from storymaker.errors import PhotoError

HEAD_BYTES: Final = 4096
"""How much of a file tells what it is."""

CODE: Final = "photo-not-a-picture"

_JPEG: Final = "Please save it as a JPEG and choose that."
_PNG: Final = "Please export it as a PNG and choose that."
_RAW: Final = f"is a camera's raw picture, which cannot be opened. {_JPEG}"
_SVG: Final = f"is a drawing (SVG), not a photo. {_PNG}"
_VIDEO: Final = "seems to be a video. Please choose a photo, or a screenshot of it."
_MOVES: Final = (
    "is a moving picture (a HEIC sequence), which cannot be opened. Please choose a photo, or a screenshot of it."
)
_PACKED: Final = "is a packed file or a document. Please choose the picture in it."

_RAW_SUFFIXES: Final = tuple(
    f".{suffix}"
    for suffix in (
        "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos", "mrw", "nef", "nrw", "orf", "pef", "raf",
        "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
    )
)  # fmt: skip

_SIGNS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\x0a", f"is a JPEG XL picture, which cannot be opened. {_JPEG}"),
    (4, b"JXL \r\n\x87\n", f"is a JPEG XL picture, which cannot be opened. {_JPEG}"),
    (0, b"II\xbc\x01", f"is a JPEG XR picture, which cannot be opened. {_JPEG}"),
    (4, b"ftypavi", "is an AVIF picture, which cannot be opened. Please save it as a JPEG."),
    (8, b"CR", _RAW),
    (4, b"ftypcrx", _RAW),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"MMOR", _RAW),
    (0, b"IIU\0", _RAW),
    (0, b"FOVb", _RAW),
    (0, b"\0MRM", _RAW),
    *((4, b"ftyp" + brand, _MOVES) for brand in (b"msf1", b"hevc", b"hevx", b"hevm", b"hevs")),
    (0, b"8BPS", f"is a Photoshop document. {_PNG}"),
    (0, b"gimp xcf", f"is a GIMP document. {_PNG}"),
    (0, b"%PDF", "is a PDF. Please save the picture in it as a JPEG or PNG."),
    (0, b"%!PS", f"is a PostScript drawing, and not a picture that can be opened. {_PNG}"),
    (0, b"\xc5\xd0\xd3\xc6", f"is a PostScript drawing, and not a picture that can be opened. {_PNG}"),
    (40, b" EMF", f"is a drawing (EMF), not a photo. {_PNG}"),
    (0, b"\xd7\xcd\xc6\x9a", f"is a drawing (WMF), not a photo. {_PNG}"),
    (0, b"\0\0\1\0", f"is an icon. {_PNG}"),
    (0, b"icns", f"is an icon. {_PNG}"),
    (0, b"v/1\x01", f"is an OpenEXR picture, which cannot be opened. {_JPEG}"),
    (0, b"#?RADIANCE", f"is a Radiance picture, which cannot be opened. {_JPEG}"),
    (0, b"DDS ", f"is a texture (DDS), which cannot be opened. {_PNG}"),
    (0, b"qoif", f"is a QOI picture, which cannot be opened. {_PNG}"),
    (0, b"\0\5\x16\7", "is what a Mac notes beside a picture, not the picture. Please choose the file whose name lacks the “._”."),
    (0, b"PK\3\4", _PACKED),
    (0, b"Rar!", _PACKED),
    (0, b"7z\xbc\xaf", _PACKED),
    (0, b"\x1f\x8b", _PACKED),
    (0, b"\xd0\xcf\x11\xe0", _PACKED),
    (0, b"\x1aE\xdf\xa3", _VIDEO),
    (0, b"\0\0\1\xba", _VIDEO),
    (0, b"\0\0\1\xb3", _VIDEO),
    (0, b"FLV\1", _VIDEO),
    (0, b"OggS", _VIDEO),
    (0, b"\x30\x26\xb2\x75", _VIDEO),
    (8, b"AVI ", _VIDEO),
)  # fmt: skip

_MANIFOLD: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"BM", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
"""TIFF, BMP and JPEG 2000 have kinds that hardly anybody reads."""
_OPENED: Final = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", *_MANIFOLD)
_STILL: Final = (b"heic", b"heix", b"heim", b"heis", b"mif1")


def refusal(name: str, head: bytes, otherwise: str) -> PhotoError | None:
    """Say of a file that did not open what it is; None where it is of a kind that does, and so is damaged.

    Args:
        name: The file's name, safe to show.
        head: Its first bytes.
        otherwise: What to choose instead of a file that nobody can tell.
    """
    sentence = _RAW if is_raw(name, head) else _by_signs(name, head)
    if sentence is None and (head.startswith(_OPENED) or head[8:12] in _STILL):
        return None
    return _refused(name, sentence or _by_text(head) or f"is not a picture, whatever its name says. {otherwise}")


def _by_signs(name: str, head: bytes) -> str | None:
    for place, sign, sentence in _SIGNS:
        if head.startswith(sign, place):
            return _SVG if PurePath(name).suffix.lower() == ".svgz" else sentence  # one that is packed
    return _VIDEO if head[4:8] == b"ftyp" and head[8:12] not in _STILL else None


def _by_text(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture. Please open it, and save the picture that it shows."
    return _SVG if b"<svg" in text or text.startswith((b"<?xml", b"<!doctype svg")) else None


def is_raw(name: str, head: bytes) -> bool:
    """Whether a file is what a camera's sensor saw: a TIFF by its form, with a small preview as its picture.

    Args:
        name: The file's name.
        head: Its first bytes.
    """
    return head.startswith((b"II*\0", b"MM\0*")) and (
        head[8:10] == b"CR" or PurePath(name).suffix.lower() in _RAW_SUFFIXES
    )


def damaged(name: str, head: bytes = b"") -> PhotoError:
    """The refusal of a file of a kind that opens, and that does not.

    Args:
        name: The file's name, safe to show.
        head: Its first bytes.
    """
    if head.startswith(_MANIFOLD):
        return PhotoError(
            f"“{name}” is damaged, or of a rare kind that cannot be opened. Please save it as a JPEG or PNG.",
            code="photo-damaged",
        )
    return PhotoError(
        f"“{name}” is damaged or cut short. Please copy it from the phone or camera again.", code="photo-damaged"
    )


def measured(name: str) -> PhotoError:
    """The refusal of numbers that are no colours: 32 bits a pixel, as laboratories and maps have them."""
    return _refused(name, f"holds measurements (32 bits a pixel), not colours. {_JPEG}")


def raw(name: str) -> PhotoError:
    """The refusal of a camera's raw picture."""
    return _refused(name, _RAW)


def _refused(name: str, sentence: str) -> PhotoError:
    return PhotoError(f"“{name}” {sentence}", code=CODE)
