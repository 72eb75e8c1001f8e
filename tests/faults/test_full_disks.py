"""A disk that is full while pictures are made, and has room again later: the work waits, says so, and goes on by itself."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.books.model import Brief, Character
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop
from tests.soak import Skipped
from tests.soak._disks import fill, small_disk
from tests.soak._studio import PAGES, with_pages


class Filling(PlainIllustrator):
    """Fills a disk when all are drawn and paid, and none is in its book yet.

    Args:
        disk: Which disk.
    """

    def __init__(self, disk: Path) -> None:
        super().__init__(cost_usd=0.25)
        self.disk, self.ballast, self._full = disk, Path(), asyncio.Event()

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Draw as always, and wait for the others."""
        drawing = await super().draw(request)
        if len(self.drawn) == PAGES:
            self.ballast = fill(self.disk, 0)
            self._full.set()
        await self._full.wait()
        return drawing


@pytest.fixture
def said() -> Iterator[threading.Event]:
    """Set when somebody is told of trouble."""
    event = threading.Event()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event.set()

    ear = Ear(logging.WARNING)
    logging.getLogger("storymaker").addHandler(ear)
    yield event
    logging.getLogger("storymaker").removeHandler(ear)


@pytest.mark.parametrize("full", ["books", "home"])
def test_a_full_disk_is_waited_for(full: str, tmp_path: Path, said: threading.Event) -> None:
    """The books', or that of the jobs database: it is said, and with room again each page gets its picture, paid once."""
    try:
        with small_disk(tmp_path / full, 64) as disk:
            illustrator = Filling(disk)
            settings = Settings(books=tmp_path / "books", home=tmp_path / "home")
            makers = {"scripted": ScriptedAuthor()}, {"plain": illustrator}
            with Workshop(settings=settings, authors=makers[0], illustrators=makers[1]) as workshop:
                hero = workshop.shelf.cast.save(Character(name="Bramble", kind="bear"))
                book = workshop.begin(Brief(title="B", author="scripted", illustrator="plain"), (hero,))
                book = workshop.shelf.update(book.id, with_pages)
                workshop.illustrate(book.id, [page.id for page in book.chapters[:PAGES]])
                assert said.wait(20), "nobody said anything"
                illustrator.ballast.unlink()
                assert [job.state for job in workshop.wait(book.id)] == ["done"] * PAGES
                assert sorted(illustrator.drawn) == list(range(1, PAGES + 1))
                assert workshop.shelf.open(book.id).spent_usd == pytest.approx(0.25 * PAGES)
    except Skipped as why:
        pytest.skip(f"{why} A disk that refuses is tested with every system call in test_storage.py.")
