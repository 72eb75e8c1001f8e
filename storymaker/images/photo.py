"""A stranger's photo, seen from the outside: what may be opened, and the call that has a child process open it."""

from __future__ import annotations

import hashlib
import io
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from storymaker.child import ChildPool
from storymaker.errors import JobCancelledError, JobError, JobTimeoutError, PhotoError

MAX_BYTES = 15 * 1024 * 1024
"""The largest file that is opened."""
MAX_PIXELS = 40_000_000
"""The largest picture, width times height as its header says."""
MIN_SIDE = 200
"""The shortest side that is worth printing, in pixels."""
LONGEST_SIDE = 2048
"""What a cleaned photo is scaled down to, in pixels."""
SECONDS = 10.0
"""What opening may take."""
MEMORY_BYTES = 1_500_000_000
"""Address space for the child that opens photos; for ``ChildPool(1, memory_bytes=...)``."""

_NAME_MAX = 80
CHOOSE = "Please choose a JPEG, PNG, WEBP, HEIC, TIFF, BMP, JPEG 2000 or GIF picture."
"""What to do about a file that is none."""
# Zero-width joiners and variation selectors shape emoji and many scripts: they may stay in a message.
_KEPT = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}


@dataclass(frozen=True)
class PhotoInfo:
    """A photo that was opened and cleaned.

    Attributes:
        width: Of the cleaned picture, in pixels.
        height: The same.
        original_width: Of the file as it came, upright, in pixels.
        original_height: The same.
        format: What the file's content is: "JPEG", "PNG", "WEBP", "GIF", "HEIF", "TIFF", "BMP" or "JPEG2000".
        remarks: Sentences for the parent, such as that the photo is very dark.
    """

    width: int
    height: int
    original_width: int
    original_height: int
    format: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhotoBytes:
    """A photo as a form sent it. It is never a file here: as it came, it would leave its place and time on the disk.

    Attributes:
        name: What it was called where it came from.
        data: Its bytes.
    """

    name: str
    data: bytes


Source = Path | PhotoBytes
"""A photo, wherever it is."""


def opened(source: Source) -> io.BytesIO | io.BufferedReader:
    """A photo's bytes, to read once."""
    return io.BytesIO(source.data) if isinstance(source, PhotoBytes) else source.open("rb")


def shown_name(source: Source) -> str:
    """The file's own name for a message: no folder, control characters escaped, 80 characters at most."""
    name = "".join(
        c if c in _KEPT or unicodedata.category(c)[0] != "C" else c.encode("unicode_escape").decode()
        for c in source.name
    )
    return name if len(name) <= _NAME_MAX else name[: _NAME_MAX - 1] + "…"


def check_file(source: Source) -> None:
    """Look at a file from the outside, without reading what is in it.

    Args:
        source: The file as it was given.

    Raises:
        PhotoError: If it is missing, no file, empty, too large or not ours to read.
    """
    name = shown_name(source)
    size = len(source.data) if isinstance(source, PhotoBytes) else _size_on_disk(source, name)
    if size == 0:
        raise PhotoError(f"“{name}” is empty. Please copy the picture again.", code="photo-empty")
    if size > MAX_BYTES:
        raise PhotoError(
            f"“{name}” has {size / 2**20:.0f} MB, and {MAX_BYTES // 2**20} MB is the most. "
            "Please save it smaller and try again.",
            code="photo-too-large",
        )


def _size_on_disk(source: Path, name: str) -> int:
    try:
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PhotoError(f"“{name}” is a folder. Please choose one picture in it.", code="photo-folder")
        if not stat.S_ISREG(status.st_mode):
            raise PhotoError(f"“{name}” is not a file with a picture in it. {CHOOSE}", code="photo-not-a-picture")
        with source.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise _unreachable(name, error) from None
    return status.st_size


def _unreachable(name: str, error: OSError | ValueError) -> PhotoError:
    if isinstance(error, PermissionError):
        return PhotoError(f"“{name}” may not be read. Please allow it, or copy it elsewhere.", code="photo-forbidden")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return PhotoError(f"There is no file “{name}” there. Please check where the picture is.", code="photo-missing")
    return PhotoError(f"“{name}” cannot be read. Please copy it elsewhere and try again.", code="photo-unreadable")


def photo_key(source: Source) -> str:
    """What a file's bytes are called: 32 hexadecimal digits of their SHA-256; the same photo has the same key.

    Args:
        source: The file as it was given.

    Raises:
        PhotoError: See :func:`check_file`.
    """
    check_file(source)
    try:
        with opened(source) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:32]
    except OSError as error:
        raise _unreachable(shown_name(source), error) from None


def clean_photo(pool: ChildPool, source: Source, target: Path) -> PhotoInfo:
    """Have a child process open a photo and write it upright, in sRGB, at most 2048 pixels long, as nothing but pixels.

    Args:
        pool: Children with a memory limit: ``ChildPool(1, memory_bytes=MEMORY_BYTES)``.
        source: The file as it was given.
        target: The PNG to write.

    Raises:
        PhotoError: If it is not a picture we open; the sentence names the file and says what to do.
        StorageError: If ``target`` cannot be written.
        JobCancelledError: If the pool was closed.
    """
    check_file(source)
    name = shown_name(source)
    try:
        whole = source.absolute() if isinstance(source, Path) else source
        info = pool.call("storymaker.images.decode:open_photo", whole, target.absolute(), timeout=SECONDS)
    except JobCancelledError:
        raise
    except JobTimeoutError:
        raise PhotoError(
            f"“{name}” takes too long to open. Please save it as a JPEG and try again.", code="photo-too-slow"
        ) from None
    except JobError as error:
        if error.code == "memory":
            raise PhotoError(
                f"“{name}” needs too much memory to open. Please save it smaller, as a JPEG.", code="photo-too-large"
            ) from None
        raise PhotoError(f"“{name}” cannot be opened; it may be damaged. {CHOOSE}", code="photo-damaged") from None
    assert isinstance(info, PhotoInfo)
    return info
