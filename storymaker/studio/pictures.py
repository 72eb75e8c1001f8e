"""Where the page finds pictures: under the studio's server by address, elsewhere as the bytes themselves."""

from __future__ import annotations

import base64
from collections import OrderedDict
from typing import Final
from urllib.parse import quote

from storymaker.contract.routes import BY_NAME
from storymaker.contract.values import File
from storymaker.errors import NotFoundError
from storymaker.studio.backend import Visit

THUMBNAIL_PX: Final = 160
COVER_PX: Final = 320
CARD_PX: Final = 640
PAGE_PX: Final = 960

_KEPT: Final = 64
"""Pictures kept as bytes: two views of a book, and the shelf."""


class Pictures:
    """Finds the address of any picture for an ``img`` element.

    Args:
        visit: Who came: a page that our server serves may use its addresses, which browsers keep.
    """

    def __init__(self, visit: Visit) -> None:
        self._backend, self._served = visit.backend, visit.served
        self._kept: OrderedDict[tuple[str, ...], str] = OrderedDict()

    async def of_book(self, book_id: str, name: str, width: int) -> str:
        """A picture of a book, about ``width`` pixels wide."""
        if self._served:
            return _address("picture", book_id, name, w=width)
        key = ("book", book_id, name, str(width))
        return self._known(key) or self._keep(key, await self._backend.picture(book_id, name, width))

    async def of_character(self, character_id: str, name: str, width: int) -> str:
        """A photo or cut-out of somebody in the cast, about ``width`` pixels wide."""
        if self._served:
            return _address("character_image", character_id, name, w=width)
        key = ("cast", character_id, name, str(width))
        return self._known(key) or self._keep(key, await self._backend.character_image(character_id, name, width))

    async def of_page(self, book_id: str, page: int, width: int, version: int) -> str:
        """A page of the printed book; the version keeps a browser from showing what it was."""
        if self._served:
            return _address("preview", book_id, str(page), w=width, v=version)
        key = ("page", book_id, str(page), str(width), str(version))
        return self._known(key) or self._keep(key, await self._backend.preview(book_id, str(page), width))

    async def of_sketch(self, chapter_id: str, sketch: str) -> str:
        """The unfinished picture of a page; empty where it went meanwhile."""
        if self._served:
            return _address("sketch", chapter_id, v=sketch)
        try:
            return inline(await self._backend.sketch(chapter_id))
        except NotFoundError:
            return ""

    def _known(self, key: tuple[str, ...]) -> str | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: tuple[str, ...], file: File) -> str:
        self._kept[key] = inline(file)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


def inline(file: File) -> str:
    """A file as an address that holds all of it."""
    return f"data:{file.media_type};base64,{base64.b64encode(file.data).decode()}"


def download_address(book_id: str, what: str, *rest: str) -> str:
    """Where the server hands a file of a book out."""
    return _address(what, book_id, *rest)


def _address(route: str, *path: str, **query: int | str) -> str:
    names = BY_NAME[route].parameters
    address = BY_NAME[route].path.format(**{name: quote(part, safe="") for name, part in zip(names, path, strict=True)})
    return address + (
        "?" + "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items()) if query else ""
    )
