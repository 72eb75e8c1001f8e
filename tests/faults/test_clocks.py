"""Clocks that differ: that of the disk from that of the machine, by hours, as on a disk that several machines share."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest

from storymaker.books.model import Brief, Character
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop
from tests.soak._studio import with_pages


class Elsewhere(PlainIllustrator):
    """Draws on a disk whose clock differs; page 1 is handed over only when page 2 has begun, and looked around.

    Args:
        hours: By how much.
    """

    def __init__(self, hours: float) -> None:
        super().__init__()
        self.hours, self.second = hours, threading.Event()

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Draw, and let the file have the disk's time."""
        drawing = await super().draw(request)
        then = time.time() + self.hours * 3600
        os.utime(drawing.path, (then, then))
        if request.n == 2:
            self.second.set()
        assert await asyncio.to_thread(self.second.wait, 20)
        return drawing


@pytest.mark.parametrize("hours", [-30, 30])
def test_the_file_of_a_drawing_at_work_is_left_whatever_its_age(settings: Settings, hours: float) -> None:
    """What another drawing needs is known by who holds it: both pictures hang, drawn once each."""
    illustrator = Elsewhere(hours)
    with Workshop(
        settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"plain": illustrator}
    ) as workshop:
        hero = workshop.shelf.cast.save(Character(name="Bramble"))
        book = workshop.begin(Brief(title="B", author="scripted", illustrator="plain"), (hero,))
        book = workshop.shelf.update(book.id, with_pages)
        first = workshop.illustrate(book.id, book.chapters[0].id)
        while not illustrator.drawn:
            assert not workshop.queue.job(first[0].id).ended
        workshop.illustrate(book.id, book.chapters[1].id)
        assert [(job.state, job.reason) for job in workshop.wait(book.id)] == [("done", None)] * 2
    assert illustrator.drawn == [1, 2]
