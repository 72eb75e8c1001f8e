"""What every author owes: add another to ``AUTHORS`` and it is held to the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

import pytest

from storymaker.books.model import Brief, Chapter, Character
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.story.author import Assignment, Author, ChapterDraft, StoryOpening
from storymaker.story.paper import PaperAuthor

AUTHORS: dict[str, Callable[[], Author]] = {"paper": PaperAuthor}

BRAMBLE = Character(name="Bramble", kind="bear", pronouns="she", look="a small plush bear with a patched ear")
OTIS = Character(name="Otis", kind="otter", pronouns="they")


@pytest.fixture(params=list(AUTHORS))
def author(request: pytest.FixtureRequest) -> Author:
    """Each author in turn."""
    return AUTHORS[request.param]()


def assignment(*heroes: Character, friend: Character | None = None, seed: int = 7, child: str = "Mina") -> Assignment:
    """A brief as a parent would give it."""
    return Assignment(brief=Brief(seed=seed, child=child), heroes=heroes or (BRAMBLE,), friend=friend)


def told(author: Author, given: Assignment) -> list[StoryOpening | ChapterDraft]:
    """The whole story."""

    async def listen() -> list[StoryOpening | ChapterDraft]:
        return [piece async for piece in author.write(given)]

    return asyncio.run(listen())


def book_of(story: list[StoryOpening | ChapterDraft]) -> tuple[Chapter, ...]:
    """The chapters as a book keeps them."""
    return tuple(
        Chapter(id=f"book.{n}", n=n, title=draft.title, text=draft.text, image_prompt=draft.image_prompt)
        for n, draft in enumerate(story[1:], 1)
        if isinstance(draft, ChapterDraft)
    )


def test_it_says_who_it_is(author: Author) -> None:
    """The register, the colophon and the queue know what to call it and how much it takes on."""
    assert author.name == author.name.lower().strip()
    assert author.credit
    assert author.at_once >= 1


def test_it_says_whether_it_follows_wishes(author: Author) -> None:
    """Who says no refuses each of them in a sentence, before a word is written; who says yes takes them."""
    given = assignment()
    wished = replace(given, brief=given.brief.model_copy(update={"wish": "with a dragon"}))
    if author.follows_wishes:
        author.check(wished)
        return
    with pytest.raises(InvalidInputError, match="wish"):
        author.check(wished)
    chapters = book_of(told(author, given))
    with pytest.raises(InvalidInputError, match="wish"):
        asyncio.run(author.rewrite(given, chapters, chapters[0].id, "funnier", 1))


def test_it_can_say_what_a_story_would_cost(author: Author) -> None:
    """An estimate is a number of dollars, also for no money at all."""
    assert author.estimate_usd(assignment()) >= 0


def test_the_opening_comes_first_and_then_exactly_the_chapters_asked_for(author: Author) -> None:
    """Opening, ten chapters, nothing else."""
    given = assignment()
    opening, *chapters = told(author, given)
    assert isinstance(opening, StoryOpening)
    assert opening.chapters == len(chapters) == given.brief.chapters
    assert all(isinstance(chapter, ChapterDraft) for chapter in chapters)


def test_every_chapter_has_its_words_its_picture_and_its_place(author: Author) -> None:
    """Nothing is empty, and nothing is left of how it was made."""
    opening, *chapters = told(author, assignment())
    assert isinstance(opening, StoryOpening)
    texts = [opening.title, opening.summary]
    for chapter in chapters:
        assert isinstance(chapter, ChapterDraft)
        texts += [chapter.title, chapter.text, chapter.image_prompt, chapter.alt, chapter.scene]
        assert chapter.cost_usd >= 0
    assert all(text.strip() == text != "" for text in texts)
    assert not any(mark in text for text in texts for mark in "{}")


def test_what_it_writes_fits_a_book(author: Author) -> None:
    """Every field passes the book's own checks unchanged."""
    opening, *chapters = told(author, assignment())
    for n, draft in enumerate(chapters, 1):
        assert isinstance(draft, ChapterDraft)
        kept = Chapter(id=f"book.{n}", n=n, title=draft.title, text=draft.text, alt=draft.alt, scene=draft.scene)
        assert (kept.title, kept.text, kept.alt, kept.scene) == (draft.title, draft.text, draft.alt, draft.scene)
    assert isinstance(opening, StoryOpening)
    assert opening.friend is None or Character.model_validate(opening.friend.model_dump()) == opening.friend


def test_the_hero_is_in_the_story_by_name(author: Author) -> None:
    """A book about Bramble says Bramble, in the title or in the words."""
    opening, *chapters = told(author, assignment())
    assert isinstance(opening, StoryOpening)
    assert sum("Bramble" in chapter.text for chapter in chapters if isinstance(chapter, ChapterDraft)) >= 5


def test_the_parents_title_and_dedication_stand(author: Author) -> None:
    """What a parent typed is not improved upon."""
    brief = Brief(title="Bramble Goes Out", dedication="For Mina")
    opening = told(author, Assignment(brief=brief, heroes=(BRAMBLE,)))[0]
    assert isinstance(opening, StoryOpening)
    assert (opening.title, opening.dedication) == ("Bramble Goes Out", "For Mina")


def test_the_parents_friend_is_the_one_who_goes_along(author: Author) -> None:
    """A chosen friend stays the same character, and is in the words."""
    friend = Character(name="Plum", kind="rabbit", pronouns="he")
    opening, *chapters = told(author, assignment(friend=friend))
    assert isinstance(opening, StoryOpening)
    assert opening.friend is not None
    assert (opening.friend.id, opening.friend.name) == (friend.id, "Plum")
    assert any("Plum" in chapter.text for chapter in chapters if isinstance(chapter, ChapterDraft))


def test_the_friend_it_brings_is_nobody_who_is_there_already(author: Author) -> None:
    """Never of the hero's kind, never with the hero's or the child's name."""
    for kind, name in (("hedgehog", "Pim"), ("mouse", "Dot"), ("snail", "Crumb"), ("fox", "Olive"), ("toad", "Moss")):
        for seed in range(5):
            given = assignment(Character(name=name, kind=kind), seed=seed, child="Gus")
            opening = told(author, given)[0]
            assert isinstance(opening, StoryOpening)
            assert opening.friend is None or opening.friend.kind != kind
            assert opening.friend is None or opening.friend.name not in {name, "Gus"}


def test_several_heroes_are_welcome(author: Author) -> None:
    """The first leads the story."""
    _, *chapters = told(author, assignment(BRAMBLE, OTIS))
    assert len(chapters) == 10
    assert any("Bramble" in chapter.text for chapter in chapters if isinstance(chapter, ChapterDraft))


def test_the_same_seed_tells_the_same_story(author: Author) -> None:
    """A seed repeats a book exactly, friend and all."""
    assert told(author, assignment(seed=3)) == told(author, assignment(seed=3))


def test_some_other_seed_tells_another_story(author: Author) -> None:
    """A seed is not for nothing."""
    first = told(author, assignment(seed=0))
    assert any(told(author, assignment(seed=seed)) != first for seed in range(1, 6))


def test_cancelling_closes_the_story(author: Author) -> None:
    """Whoever stops listening stops the author, and nothing runs on."""

    async def stop_in_the_middle() -> None:
        pieces = author.write(assignment())
        heard: list[StoryOpening | ChapterDraft] = []
        enough = asyncio.Event()

        async def listen() -> None:
            async with aclosing(pieces):
                async for piece in pieces:
                    heard.append(piece)
                    if len(heard) == 2:
                        enough.set()

        listener = asyncio.create_task(listen())
        await enough.wait()
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listener
        assert 2 <= len(heard) < 11
        with pytest.raises(StopAsyncIteration):
            await anext(pieces)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(stop_in_the_middle())


def test_a_rewritten_chapter_is_whole_and_reads_otherwise(author: Author) -> None:
    """Another telling, or a sentence that says there is none; never the same words again."""
    given = assignment()
    book = book_of(told(author, given))
    again = 0
    for chapter in book:
        try:
            draft = asyncio.run(author.rewrite(given, book, chapter.id, "", seed=11))
        except InvalidInputError:
            continue
        again += 1
        assert draft.text != chapter.text
        assert all((draft.title, draft.text, draft.image_prompt, draft.alt, draft.scene))
        assert "{" not in draft.text
    assert again


def test_a_chapter_that_is_gone_is_not_rewritten(author: Author) -> None:
    """It was deleted in another window."""
    given = assignment()
    with pytest.raises(NotFoundError):
        asyncio.run(author.rewrite(given, book_of(told(author, given)), "book.gone", "", seed=1))


def test_a_hero_without_a_name_is_refused_at_once(author: Author) -> None:
    """Before anything is written or paid for, with what to do."""
    for heroes in ((), (Character(name="", kind="bear"),)):
        with pytest.raises(InvalidInputError, match="name"):
            author.check(Assignment(brief=Brief(), heroes=heroes))


def test_what_check_refuses_is_not_written_either(author: Author) -> None:
    """A caller who forgot to check is told the same."""
    with pytest.raises(InvalidInputError):
        told(author, Assignment(brief=Brief(), heroes=()))
