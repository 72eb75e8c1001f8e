"""A book by a service with set latency on loopback: how near to the floor it comes, and how soon the first chapter is seen."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storymaker.books.model import Brief, Character
from storymaker.images.openai import OpenAIIllustrator
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft
from storymaker.story.openai import OpenAIAuthor
from storymaker.workshop import Workshop
from tests.benchmarks.measure import Figure
from tests.remote.stand_in import Handler, Request, stand_in, story

_PICTURE_S, _MINUTE_S = 10.0, 60.0


def figures() -> list[Figure]:
    """Ten pictures at once; ten at five a minute; a book without latency, with and without moderation; the first chapter."""
    os.environ |= {"OPENAI_API_KEY": "sk-for-nobody-at-all", "STORYMAKER_LOOPBACK_ONLY": "1"}
    quick, looked_over = _book(0.0, moderation=False), _book(0.0, moderation=True)
    return [
        Figure("book, no latency, process up", quick, 0.8),
        Figure("… with moderation of words and pictures", looked_over),
        Figure("first chapter after its last token", _first_chapter(), 0.3),
        Figure("ten pictures of 10 s, all at once", _book(_PICTURE_S, moderation=False), 1.1 * (_PICTURE_S + quick)),
        Figure("ten pictures of 10 s, five a minute", _book(_PICTURE_S, moderation=False, pictures_a_minute=5),
               1.1 * (_MINUTE_S + _PICTURE_S)),
    ]  # fmt: skip


def _book(seconds: float, **given: Any) -> float:
    """Seconds for a whole book of ten chapters by a worker that is up; its hero is known by words, so nothing is compared."""
    with tempfile.TemporaryDirectory() as folder, stand_in(words=story(10), seconds=seconds) as service:
        settings = Settings(books=Path(folder) / "books", home=Path(folder) / "home", base_url=service.url, **given)
        with Workshop(
            settings=settings,
            authors={"openai": OpenAIAuthor(settings)},
            illustrators={"openai": OpenAIIllustrator(settings)},
        ) as workshop:
            service.seconds = 0.0
            _ordered(workshop, 1)  # everything is imported and up
            service.seconds = seconds
            for kept in (Path(folder) / "home" / "pace").glob("*.json"):
                kept.unlink()  # the minute begins now
            began = time.perf_counter()
            _ordered(workshop, 10)
            return time.perf_counter() - began


def _ordered(workshop: Workshop, chapters: int) -> None:
    hero = Character(name="Bramble", kind="bear", look="a brown bear")
    book = workshop.begin(Brief(author="openai", illustrator="openai", chapters=chapters), (hero,))
    workshop.draft(book.id, draw=True)
    workshop.wait(book.id)
    if not workshop.shelf.open(book.id).complete:
        raise RuntimeError([job.reason for job in workshop.jobs(book.id)])


def _first_chapter() -> float:
    """Seconds from the token that ends chapter 1 to the chapter, while the service goes on with the next for two seconds."""
    sent: list[float] = []

    def slowly(handler: Handler, _: Request) -> None:
        text = json.dumps(story(3))
        end = text.index('"Door 2"')

        def parts() -> Iterator[str]:
            sent.append(time.perf_counter())
            yield text[:end]
            time.sleep(2)
            yield text[end:]

        handler.stream(parts())

    async def listen(settings: Settings) -> float:
        given = Assignment(Brief(author="openai", chapters=3), (Character(name="Bramble", kind="bear"),))
        async for piece in OpenAIAuthor(settings).write(given):
            if isinstance(piece, ChapterDraft):
                return time.perf_counter() - sent[0]
        raise RuntimeError("no chapter came")

    with tempfile.TemporaryDirectory() as folder, stand_in() as service:
        service.next("/chat/completions", slowly)
        return asyncio.run(listen(Settings(home=Path(folder), base_url=service.url, moderation=False)))
