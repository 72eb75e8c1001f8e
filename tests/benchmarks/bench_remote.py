"""A book by a service with set latency on loopback: how near to the floor it comes, and how soon the first chapter is seen."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
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
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.benchmarks.measure import Figure
from tests.remote.stand_in import Handler, Request, picture, stand_in, story

_WORDS_S, _PICTURE_S, _MINUTE_S = 1.0, 10.0, 60.0
_PHOTOS = Path(__file__).parents[3] / "shared" / "photos" / "bear_plushie"


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
        *_commands(),
    ]  # fmt: skip


def _commands() -> list[Figure]:
    """The whole command: start, story, pictures of the book's own size, PDF; the plushie's cut-outs are at hand."""
    with tempfile.TemporaryDirectory() as folder:
        house = Path(folder)
        photos = sorted(_PHOTOS.glob("*.jpg"))[:2] or [plushie_photo(house / "photo.jpg")]
        environment = os.environ | {"STORYMAKER_HOME": str(house / "home"), "STORYMAKER_BOOKS": str(house / "books")}
        given = [part for photo in photos for part in ("--photo", str(photo))]
        _timed(environment, "--name", "Bramble", "--chapters", "10", *given)
        painted = max((house / "books").glob("*/images/*.png"), key=lambda file: file.stat().st_size).read_bytes()
        floor = _WORDS_S + _PICTURE_S
        return [
            Figure("make by a service without latency", _by_service(environment, painted, 0.0, 0.0), 4.5),
            Figure("make by a service: 1 s a story, 10 s a picture", _by_service(environment, painted, _WORDS_S, _PICTURE_S),
                   1.4 * floor),
        ]  # fmt: skip


def _by_service(environment: dict[str, str], painted: bytes, words_s: float, picture_s: float) -> float:
    def paint(handler: Handler, _: Request) -> None:
        time.sleep(picture_s)
        handler.send(200, picture(painted))

    def tell(handler: Handler, request: Request) -> None:
        time.sleep(words_s)
        text = json.dumps(story(10))
        handler.stream(text[at : at + 400] for at in range(0, len(text), 400))

    with stand_in(words=story(10)) as service:
        service.lacks = ("/moderations",)
        service.next("/images/edits", *[paint] * 100)
        service.next("/chat/completions", tell)
        asked = {"STORYMAKER_BASE_URL": service.url, "STORYMAKER_IMAGE_SKETCHES": "0", "STORYMAKER_MODERATION": "0"}
        return _timed(environment | asked, "--name", "Bramble", "--author", "openai", "--illustrator", "openai")


def _timed(environment: dict[str, str], *arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "storymaker", "make", *arguments], env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - began


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
