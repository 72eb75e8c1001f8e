"""Against a real llama.cpp server with real weights: ``text_url`` is enough, and the schema is kept to by whoever writes.

What such a small model writes is nonsense, and a page is left empty now and then; that is not what is tested.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from storymaker.books.model import Brief, Chapter, Character
from storymaker.errors import ProviderError
from storymaker.prompts import built_in, messages
from storymaker.remote import words
from storymaker.remote.client import line_to
from storymaker.remote.service import service_for
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.manuscript import MoreChapters, table_of
from storymaker.story.openai import OpenAIAuthor

WISHES: Final = ("the sea", "a boat", "the moon")
SECONDS: Final = 150.0


@pytest.fixture
def settings(llama: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A family that has a server of its own for words, and no key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return Settings(books=tmp_path / "books", home=tmp_path / "home", text_url=llama)


def _assignment(wish: str) -> Assignment:
    brief = Brief(chapters=2, age_band="3-4", wish=wish)
    return Assignment(brief=brief, heroes=(Character(name="Bramble", kind="bear"),))


async def _first_whole(author: OpenAIAuthor) -> tuple[StoryOpening, list[ChapterDraft]]:
    """The first story without an empty page."""
    for wish in WISHES:
        pieces: list[Any] = []
        try:
            async for piece in author.write(_assignment(wish)):
                pieces.append(piece)
        except ProviderError as error:
            assert error.code in ("short", "answer"), error.message  # an empty page; a sentence without an end
            continue
        return pieces[0], pieces[1:]
    raise AssertionError("it left a page empty in each of its stories")


def test_it_writes_a_book_of_two_chapters(settings: Settings) -> None:
    """Without a key, for nothing, and exactly as many as were wished for: an opening and two whole chapters."""
    author = OpenAIAuthor(settings)
    author.check(_assignment(WISHES[0]))
    opening, chapters = asyncio.run(asyncio.wait_for(_first_whole(author), SECONDS))
    assert isinstance(opening, StoryOpening)
    assert opening.title
    assert opening.chapters == 2
    assert len(chapters) == 2
    assert all(isinstance(chapter, ChapterDraft) and chapter.text for chapter in chapters)
    assert author.estimate_usd(_assignment("")) == sum(chapter.cost_usd for chapter in chapters) == 0


def test_it_writes_as_many_chapters_as_the_schema_counts(settings: Settings) -> None:
    """Two, although the words ask for ten: nobody has to cut off a model that would write on and on."""
    line = line_to(service_for(settings, "words"), settings)
    asked = [{"role": "user", "content": "Write a book about a bear, in ten short chapters."}]
    written = words.ask(line, "It was not written", asked, table_of(MoreChapters, 2))
    more, _ = asyncio.run(asyncio.wait_for(written, SECONDS))
    assert len(more.chapters) == 2


def test_it_writes_a_chapter_anew(settings: Settings) -> None:
    """In one answer that is not streamed, which holds to its schema too."""
    standing = Chapter(id="book.one", n=1, title="A Boat", text="Bramble saw a boat.", scene="sea, day, clear, wide")
    rewritten = OpenAIAuthor(settings).rewrite(_assignment(""), (standing,), standing.id, "with the moon", 1)
    draft = asyncio.run(asyncio.wait_for(rewritten, SECONDS))
    assert draft.text
    assert draft.cost_usd == 0


def test_it_is_the_schema_that_makes_it_write_a_book(llama: str) -> None:
    """Asked in the same words without one, the same model writes anything but a table of ours."""
    asked = messages(built_in("story"), {"brief": {"wish": WISHES[0]}}, band="3-4", chapters=2)
    plain = [{"role": message.role, "content": message.content} for message in asked]
    answer = requests.post(
        f"{llama}/chat/completions", json={"model": "any", "messages": plain, "max_tokens": 120}, timeout=SECONDS
    )
    text = answer.json()["choices"][0]["message"]["content"]
    assert text
    assert not ('"title"' in text and '"summary"' in text and '"dedication"' in text)
