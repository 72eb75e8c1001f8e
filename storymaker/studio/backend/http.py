"""The studio over HTTP: what a page's kernel uses under the studio's server, driven by the one route table."""
# ruff: noqa: D102 - what each call does is told once, in Backend

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from types import NoneType
from typing import Final, TypeVar

from storymaker.books.cards import PAGE_MAX
from storymaker.contract import values
from storymaker.contract import values as v
from storymaker.contract.routes import BY_NAME
from storymaker.studio.backend.line import Line
from storymaker.studio.backend.messages import Body, address, encoded, understood

T = TypeVar("T")

_QUICK_SECONDS: Final = 20.0
_SLOW_SECONDS: Final = 120.0
_SLOW: Final = frozenset(
    {
        "generate_story",
        "copy_book",
        "patch_about",
        "add_character",
        "add_photo",
        "recut",
        "put_script",
        "preview",
        "export",
        "download",
    }
)
"""Calls that send or fetch much, or for which something is drawn or set while we wait."""
_BOOKS_KEPT: Final = 8


class Http:
    """A :class:`~storymaker.studio.backend.Backend` on the other side of HTTP.

    Of what it answers, only the latest books are kept, to be told in a few bytes that nothing changed.

    Args:
        server: Address of the server.
        session: The token, and the ticket that brings the next one; without a ticket, the token is all there is.
        clock: Tells seconds.
    """

    def __init__(self, server: str, session: v.PageSession, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._line = Line(server, session, clock)
        self._books: OrderedDict[str, tuple[str, v.BookOut]] = OrderedDict()

    async def health(self) -> v.Health:
        return await self._call(v.Health, "health")

    async def close(self) -> None:
        self._line.close()

    # Before a book

    async def studio(self, hero: str = "", child: str = "") -> v.StudioOut:
        return await self._call(v.StudioOut, "studio", hero=hero, child=child)

    async def estimate(self, request: v.StoryRequest) -> v.Estimate:
        return await self._call(v.Estimate, "estimate", body=request)

    async def generate_story(self, request: v.StoryRequest) -> v.StoryOrdered:
        return await self._call(v.StoryOrdered, "generate_story", body=request)

    async def generate_image(self, request: v.PicturesRequest) -> v.JobsOut:
        return await self._call(v.JobsOut, "generate_image", body=request)

    # Jobs

    async def job(self, job_id: str) -> v.JobOut:
        return await self._call(v.JobOut, "job", job_id)

    async def jobs(self, book: str) -> v.JobsOut:
        return await self._call(v.JobsOut, "jobs", book=book)

    async def cancel(self, job_id: str) -> v.JobOut:
        return await self._call(v.JobOut, "cancel", job_id)

    async def retry(self, job_id: str) -> v.JobOut:
        return await self._call(v.JobOut, "retry", job_id)

    # The shelf

    async def shelf(self, limit: int = PAGE_MAX, after: str = "", search: str = "") -> v.ShelfOut:
        return await self._call(v.ShelfOut, "shelf", limit=_said(limit), after=after or None, search=search or None)

    async def book(self, book_id: str) -> v.BookOut:
        return await self._call(v.BookOut, "book", book_id)

    async def patch_book(self, book_id: str, patch: v.BookPatch) -> v.BookOut:
        return await self._call(v.BookOut, "patch_book", book_id, body=patch)

    async def plan_about(self, book_id: str, patch: v.AboutPatch) -> v.AboutPlan:
        return await self._call(v.AboutPlan, "plan_about", book_id, body=patch)

    async def patch_about(self, book_id: str, patch: v.AboutPatch) -> v.BookOut:
        return await self._call(v.BookOut, "patch_about", book_id, body=patch)

    async def copy_book(self, book_id: str) -> v.BookOut:
        return await self._call(v.BookOut, "copy_book", book_id)

    async def delete_book(self, book_id: str) -> v.Deleted:
        return await self._call(v.Deleted, "delete_book", book_id)

    async def trash(self, limit: int = PAGE_MAX, after: str = "", search: str = "") -> v.ShelfOut:
        return await self._call(v.ShelfOut, "trash", limit=_said(limit), after=after or None, search=search or None)

    async def restore_book(self, book_id: str) -> v.BookOut:
        return await self._call(v.BookOut, "restore_book", book_id)

    async def purge_book(self, book_id: str) -> None:
        await self._call(NoneType, "purge_book", book_id)

    async def draft(self, book_id: str, request: v.DraftRequest) -> v.JobOut:
        return await self._call(v.JobOut, "draft", book_id, body=request)

    async def history(self, book_id: str) -> v.HistoryOut:
        return await self._call(v.HistoryOut, "history", book_id)

    async def undo(self, book_id: str, request: v.UndoRequest) -> v.BookOut:
        return await self._call(v.BookOut, "undo", book_id, body=request)

    # Chapters

    async def add_chapter(self, book_id: str, chapter: v.NewChapter) -> v.BookOut:
        return await self._call(v.BookOut, "add_chapter", book_id, body=chapter)

    async def patch_chapter(self, chapter_id: str, patch: v.ChapterPatch) -> v.BookOut:
        return await self._call(v.BookOut, "patch_chapter", chapter_id, body=patch)

    async def delete_chapter(self, chapter_id: str) -> v.BookOut:
        return await self._call(v.BookOut, "delete_chapter", chapter_id)

    async def rewrite(self, chapter_id: str, request: v.RewriteRequest) -> v.JobOut:
        return await self._call(v.JobOut, "rewrite", chapter_id, body=request)

    async def wordings(self, chapter_id: str) -> v.WordingsOut:
        return await self._call(v.WordingsOut, "wordings", chapter_id)

    async def pictures(self, chapter_id: str) -> v.PicturesOut:
        return await self._call(v.PicturesOut, "pictures", chapter_id)

    async def use_picture(self, chapter_id: str, choice: v.PictureChoice) -> v.BookOut:
        return await self._call(v.BookOut, "use_picture", chapter_id, body=choice)

    # The script

    async def script(self, book_id: str) -> v.File:
        return await self._call(v.File, "script", book_id)

    async def put_script(self, book_id: str, data: bytes) -> v.BookOut:
        return await self._call(v.BookOut, "put_script", book_id, body=data)

    # The cast

    async def cast(self) -> v.CastOut:
        return await self._call(v.CastOut, "cast")

    async def add_character(self, new: v.NewCharacter) -> v.CharacterOut:
        return await self._call(v.CharacterOut, "add_character", body=new)

    async def patch_character(self, character_id: str, patch: v.CharacterPatch) -> v.CharacterOut:
        return await self._call(v.CharacterOut, "patch_character", character_id, body=patch)

    async def roles(self, character_id: str) -> v.RolesOut:
        return await self._call(v.RolesOut, "roles", character_id)

    async def delete_character(self, character_id: str) -> None:
        await self._call(NoneType, "delete_character", character_id)

    async def add_photo(self, character_id: str, upload: v.Upload) -> v.PhotoTaken:
        return await self._call(v.PhotoTaken, "add_photo", character_id, body=upload)

    async def delete_photo(self, character_id: str, photo: str) -> v.CharacterOut:
        return await self._call(v.CharacterOut, "delete_photo", character_id, photo)

    async def recut(self, character_id: str, photo: str, strokes: v.StrokesIn) -> v.PhotoTaken:
        return await self._call(v.PhotoTaken, "recut", character_id, photo, body=strokes)

    async def set_face(self, character_id: str, photo: str, face: v.FaceIn) -> v.CharacterOut:
        return await self._call(v.CharacterOut, "set_face", character_id, photo, body=face)

    async def character_image(self, character_id: str, name: str, w: int | None = None) -> v.File:
        return await self._call(v.File, "character_image", character_id, name, w=w)

    # Out

    async def sketch(self, chapter_id: str, v: str = "") -> values.File:
        return await self._call(values.File, "sketch", chapter_id, v=v)

    async def picture(self, book_id: str, name: str, w: int | None = None) -> v.File:
        return await self._call(v.File, "picture", book_id, name, w=w)

    async def preview(self, book_id: str, page: str, w: int | None = None, v: int | None = None) -> values.File:
        return await self._call(values.File, "preview", book_id, page, w=w, v=v)

    async def export(self, book_id: str, format_: str, request: v.ExportRequest) -> v.ExportOut:
        return await self._call(v.ExportOut, "export", book_id, format_, body=request)

    async def download(self, book_id: str, format_: str) -> v.File:
        return await self._call(v.File, "download", book_id, format_)

    # Inside

    async def _call(self, gives: type[T], name: str, *path: str, body: Body = None, **query: str | int | None) -> T:
        """Make one call of the route table.

        Raises:
            StorymakerError: What the studio answered instead, as the error it was there; or that it did not answer.
        """
        route = BY_NAME[name]
        headers, data = encoded(route, body)
        known = self._books.get(path[0]) if route.versioned and route.method == "GET" else None
        if known is not None:
            headers["If-None-Match"] = known[0]
        seconds = _SLOW_SECONDS if name in _SLOW else _QUICK_SECONDS
        keyed = isinstance(body, v.StoryRequest) and body.key != ""
        answer = await self._line.send(
            route.method, address(route, path, query), headers, data, seconds, repeatable=keyed or route.method == "GET"
        )
        value: object = known[1] if known is not None and answer.code == 304 else understood(route, answer)
        if isinstance(value, v.BookOut):
            self._keep(value, answer.headers.get("ETag", ""))
        assert isinstance(value, gives)
        return value

    def _keep(self, book: v.BookOut, etag: str) -> None:
        """Remember a book as of this ETag, and forget the one that was asked for longest ago."""
        self._books[book.id] = (etag, book)
        self._books.move_to_end(book.id)
        if len(self._books) > _BOOKS_KEPT:
            self._books.popitem(last=False)


def _said(limit: int) -> int | None:
    """How many books are asked for; the most go without saying."""
    return None if limit == PAGE_MAX else limit
