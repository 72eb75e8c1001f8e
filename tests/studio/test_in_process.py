"""The backend in this process: it runs jobs here, and leaves its place when it is closed."""

from __future__ import annotations

import asyncio
from typing import Any

from storymaker.books.model import Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.settings import Settings
from storymaker.studio.backend.in_process import InProcess
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop
from tests.loops import in_loop


@in_loop
async def test_a_closed_workshop_leaves_its_place(settings: Settings) -> None:
    """The backend in this process runs jobs here until it is closed; then another may."""
    doubles: dict[str, Any] = {"authors": {"scripted": ScriptedAuthor()}, "illustrators": {"plain": PlainIllustrator()}}
    first = InProcess(Workshop(settings=settings, **doubles))
    with Workshop(settings=settings, **doubles) as second:
        assert not second.start_worker()
        await first.close()
        assert second.start_worker()


@in_loop
async def test_jobs_of_a_worker_that_is_gone_are_taken_over(settings: Settings) -> None:
    """Whoever looks at them in this process runs them."""
    doubles: dict[str, Any] = {"authors": {"scripted": ScriptedAuthor()}, "illustrators": {"plain": PlainIllustrator()}}
    gone = Workshop(settings=settings, **doubles)
    gone.start_worker()
    backend = InProcess(Workshop(settings=settings, **doubles))
    try:
        gone.close()
        shelf = Shelf(settings.books)
        hero = shelf.cast.save(Character(name="Bramble", figure="hero"))
        book = shelf.create(Brief(author="scripted", illustrator="plain", chapters=2), (hero,))
        orders = Workshop(settings=settings, runs_jobs=False, **doubles)
        orders.draft(book.id)
        orders.close()
        while not (job := (await backend.jobs(book.id)).jobs[0]).ended:
            await asyncio.sleep(0.02)
        assert job.state == "done"
    finally:
        await backend.close()
