"""Doubles for our own tests and for those who build on Storymaker: authors, illustrators, photos, a clock."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncGenerator, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from storymaker.books.model import Chapter
from storymaker.errors import InvalidInputError, ProviderError
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening


class FakeClock:
    """Tells a time that only moves when told to.

    Args:
        start: The first time it tells.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.time = start

    def __call__(self) -> datetime:
        """The time."""
        return self.time

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.time += by


class ScriptedAuthor:
    """Writes the same plain story every time.

    Args:
        seconds: How long the whole story takes.
        stops_after: How many chapters it writes before it fails; None never fails.
    """

    name = "scripted"
    credit = "a scripted author"
    at_once = 10
    follows_wishes = True
    sends = ""

    def __init__(self, *, seconds: float = 0.0, stops_after: int | None = None) -> None:
        self.seconds = seconds
        self.stops_after = stops_after

    def check(self, assignment: Assignment) -> None:
        """Refuses only the wish "impossible"."""
        if assignment.brief.wish == "impossible":
            raise InvalidInputError("That cannot be written. Please wish for something else.")

    def estimate_usd(self, assignment: Assignment) -> float:
        """A cent a chapter."""
        return 0.01 * assignment.brief.chapters

    async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """An opening and as many chapters as asked for."""
        count = assignment.brief.chapters
        hero = assignment.heroes[0].name
        yield StoryOpening(f"{hero} counts", f"{hero} counts to {count}.", "For whoever counts along.", None, count)
        for n in range(1, count + 1):
            await asyncio.sleep(self.seconds / count)
            if self.stops_after is not None and n > self.stops_after:
                raise ProviderError("The author has no more words today. Please try again tomorrow.", code="scripted")
            yield ChapterDraft(
                f"Number {n}", f"{hero} counted to {n}.", f"{hero} and {n} stones", f"{hero}.", "meadow", 0.01
            )

    async def rewrite(
        self, assignment: Assignment, chapters: tuple[Chapter, ...], chapter_id: str, wish: str, seed: int
    ) -> ChapterDraft:
        """The same chapter with the wish at its end; the wish "impossible" fails."""
        if wish == "impossible":
            raise ProviderError("That cannot be written. Please wish for something else.", code="scripted")
        old = next(chapter for chapter in chapters if chapter.id == chapter_id)
        return ChapterDraft(old.title, f"{old.text} {wish}".strip(), old.image_prompt, old.alt, old.scene, 0.01)


class PlainIllustrator:
    """Draws one small flat colour a page.

    Args:
        seconds: How long a picture takes.
        fails: Numbers of the pages that fail.
        cost_usd: What a picture costs, in US dollars.
    """

    name = "plain"
    credit = "a plain illustrator"
    at_once = 10
    follows_wishes = True
    sends = ""

    def __init__(self, *, seconds: float = 0.0, fails: Collection[int] = (), cost_usd: float = 0.0) -> None:
        self.seconds = seconds
        self.fails = set(fails)
        self.cost_usd = cost_usd
        self.begun: list[int] = []
        self.wishes: list[str] = []
        self.drawn: list[int] = []

    def estimate_usd(self, request_count: int) -> float:
        """So many times the price of one."""
        return self.cost_usd * request_count

    async def draw(self, request: PictureRequest) -> PictureFile:
        """A picture of 8 × 8 pixels whose colour is the seed's."""
        self.begun.append(request.n)
        self.wishes.append(request.wish)
        request.sent(True)
        await asyncio.sleep(self.seconds)
        if request.n in self.fails:
            raise ProviderError(f"Page {request.n} will not be drawn. Please try again.", code="scripted")
        self.drawn.append(request.n)
        path = request.workdir / f"{uuid4().hex}.png"
        path.write_bytes(flat_png(8, request.seed))
        notes = (f"This is as “{request.wish}” as one colour can be.",) if request.wish else ()
        return PictureFile(path, 8, 8, self.cost_usd, notes)


def flat_png(size: int, seed: int) -> bytes:
    """A square PNG of one colour.

    Args:
        size: Pixels a side.
        seed: Chooses the colour.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    row = b"\0" + (seed & 0xFFFFFF).to_bytes(3, "big") * size
    header = struct.pack("!IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * size)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def drawn_file(folder: Path, seed: int = 0) -> Path:
    """A finished drawing as an illustrator leaves it in a folder."""
    path = folder / f"{uuid4().hex}.png"
    path.write_bytes(flat_png(8, seed))
    return path
