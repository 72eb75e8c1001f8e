"""What is missing or damaged of a book's files: by their first and last bytes, or byte for byte."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from storymaker.books.model import Book, Character

PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG_ENDS: Final = b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"

Fault = Literal["", "missing", "damaged"]


def png_ends(file: Path) -> tuple[bytes, bytes]:
    """The first bytes of a PNG file, its size in pixels with them, and the last."""
    with open(file, "rb", buffering=0) as data:
        head = data.read(len(PNG_BEGINS) + 8)
        data.seek(max(0, data.seek(0, os.SEEK_END) - len(PNG_ENDS)))
        return head, data.read()


def png_fault(file: Path, *, whole: bool = False) -> Fault:
    """What is wrong with a PNG file; nothing is said of one that cannot be read just now.

    Args:
        file: The file.
        whole: Check every byte of it, which takes some milliseconds; else only its beginning and end.
    """
    try:
        head, tail = png_ends(file)
        if len(head) < len(PNG_BEGINS) + 8 or not head.startswith(PNG_BEGINS) or tail != PNG_ENDS:
            return "damaged"
        return "damaged" if whole and not _is_sound(file.read_bytes()) else ""
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except IsADirectoryError:
        return "damaged"
    except OSError:
        return ""


def _is_sound(data: bytes) -> bool:
    """Whether each part of a PNG file has the checksum that it says."""
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("!I", data, at)
        end = at + 8 + length
        if data[end : end + 4] != struct.pack("!I", zlib.crc32(data[at + 4 : end])):
            return False
        at = end + 4
    return at == len(data)


def picture_faults(folder: Path, book: Book, *, whole: bool = False) -> dict[str, Fault]:
    """What is wrong with the pictures of a book, by the id of their page; of a page without any, nothing.

    Args:
        folder: The book's folder.
        book: The book.
        whole: See `png_fault`.
    """
    looked = {
        page.id: png_fault(folder / "images" / page.picture.file, whole=whole) for page in book.pages if page.picture
    }
    return {page_id: fault for page_id, fault in looked.items() if fault}


def told(fault: Fault) -> str:
    """What is wrong with the picture of a page, for a parent."""
    return f"Its picture is {fault} in the book's folder. Please have it drawn again."


def cutout_faults(folder: Path, book: Book, *, whole: bool = False) -> Iterator[tuple[Character, Path, Fault]]:
    """Each cut-out of a book's heroes and friend that is missing or damaged in its folder.

    Args:
        folder: The book's folder.
        book: The book.
        whole: See `png_fault`.
    """
    for character in (*book.heroes, *((book.friend,) if book.friend else ())):
        home = folder / "characters" / character.id
        for pose in character.poses:
            if fault := png_fault(home / pose.cutout, whole=whole):
                yield character, home / pose.cutout, fault
