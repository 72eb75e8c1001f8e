"""A book's pictures made small, and as addresses that hold the whole picture; what cannot be shown says why."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storymaker.books.files import disk_errors
from storymaker.books.folder import read_book
from storymaker.books.model import Chapter, Character, Picture
from storymaker.books.shelf import open_shelves
from storymaker.child import studio_pool
from storymaker.errors import NotFoundError, StorymakerError
from storymaker.export.page_images import jpeg_file
from storymaker.images.thumbnail import thumbnail

NOT_DRAWN: Final = "Not drawn yet."
VEILED: Final = "A parent should look at this picture first, so it is not shown here."
ELSEWHERE: Final = "The picture’s file is on no shelf that was opened here."


@dataclass(frozen=True)
class Inlined:
    """A picture as HTML can hold it.

    Attributes:
        address: ``data:`` and the whole of it; empty where it cannot be shown.
        instead: Why not, in a sentence.
    """

    address: str = ""
    instead: str = ""


def picture_thumbnail(folder: Path, name: str, width: int) -> Path:
    """A picture of a book made small, once, by a child; it is kept in ``.state``.

    Args:
        folder: The book's.
        name: The master's file name, ``<sha>.png``.
        width: Pixels.

    Raises:
        NotFoundError: If the picture is gone or damaged.
        StorageError: If the disk refuses.
    """
    master, quick = folder / "images" / name, jpeg_file(folder, name)
    target = folder / ".state" / "thumbnails" / f"{master.stem}-{width}.jpg"
    return thumbnail(studio_pool(), quick if quick.exists() else master, target, width)


def picture_address(file: Path, kind: str) -> str:
    """A small picture as an address that holds all of it.

    Args:
        file: Where it lies.
        kind: ``jpeg`` or ``png``.

    Raises:
        StorageError: If the disk refuses.
    """
    with disk_errors(file.parent):
        return f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def shown_pages(book_id: str, pages: Sequence[Chapter], widths: Sequence[int]) -> tuple[Inlined, ...]:
    """The pictures of pages, each as wide as is said.

    Args:
        book_id: Of which book.
        pages: The pages.
        widths: Pixels, one for each page.
    """
    folder = _folder_of(book_id)

    def one(page: Chapter, width: int) -> Inlined:
        return Inlined(instead=NOT_DRAWN) if page.picture is None else _shown(page.picture, folder, width)

    with ThreadPoolExecutor(studio_pool().size) as at_once:
        return tuple(at_once.map(one, pages, widths))


def shown_picture(picture: Picture, width: int) -> tuple[Inlined, str]:
    """A picture, wherever it stands, and what somebody who cannot see it should know.

    Args:
        picture: Which.
        width: Pixels.
    """
    for shelf in open_shelves():
        for file in shelf.root.glob(f"*/images/{picture.file}"):
            folder = file.parents[1]
            return _shown(picture, folder, width), _told_on_its_page(picture, folder)
    return _shown(picture, None, width), ""


def shown_cutouts(character: Character, width: int) -> tuple[Inlined, ...]:
    """A character's cut-outs, from the cast or from a book that has a snapshot of them.

    Args:
        character: Whose.
        width: Pixels.
    """
    return tuple(_cutout(character, pose.cutout, width) for pose in character.poses)


def _shown(picture: Picture, folder: Path | None, width: int) -> Inlined:
    if picture.veiled:
        return Inlined(instead=VEILED)
    if folder is None:
        return Inlined(instead=ELSEWHERE)
    try:
        return Inlined(picture_address(picture_thumbnail(folder, picture.file, width), "jpeg"))
    except StorymakerError as error:
        return Inlined(instead=error.message)


def _cutout(character: Character, name: str, width: int) -> Inlined:
    for shelf in open_shelves():
        with contextlib.suppress(NotFoundError):
            own, copies = shelf.cast.folder(character.id), shelf.root.glob(f"*/characters/{character.id}")
            for folder in (own, *copies):
                if (folder / name).is_file():
                    return _small_cutout(folder / name, width)
    return Inlined(instead=ELSEWHERE)


def _small_cutout(file: Path, width: int) -> Inlined:
    inside_a_book = file.parent.parent.name == "characters"
    state = file.parents[2] / ".state" / "thumbnails" if inside_a_book else file.parent / ".state"
    try:
        made = thumbnail(studio_pool(), file, state / f"{file.stem}-{width}.png", width)
        return Inlined(picture_address(made, "png"))
    except StorymakerError as error:
        return Inlined(instead=error.message)


def _folder_of(book_id: str) -> Path | None:
    for shelf in open_shelves():
        with contextlib.suppress(StorymakerError):
            return shelf.folder(book_id)
    return None


def _told_on_its_page(picture: Picture, folder: Path) -> str:
    """The words of the page that it hangs on now."""
    with contextlib.suppress(StorymakerError):
        for page in read_book(folder).pages:
            if page.picture is not None and page.picture.file == picture.file:
                return page.alt or page.image_prompt
    return ""
