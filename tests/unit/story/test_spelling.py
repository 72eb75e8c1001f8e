"""British stories for American families, and nothing else changed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest

from storymaker.books.model import Brief, Chapter, Character
from storymaker.story.arcs import arc_ids, load_arc
from storymaker.story.author import Assignment, ChapterDraft
from storymaker.story.paper import PaperAuthor
from storymaker.story.spelling import spelled, table

BRITISH = re.compile(
    r"\b(?:\w{2,}our(?:ed|ing|s|ful|ite|hood)?|\w+[iy]s(?:e|ed|ing)|\w*[aeiou]ll(?:ed|ing|er|en)|\w+[bct]re|grey\w*|pyjamas?"
    r"|kerbs?|tyres?|torch(?:es)?|pavements?|biscuits?|lorr(?:y|ies)|autumn|mum(?:my)?|\w+wards|whilst)\b",
    re.IGNORECASE,
)
BOTH = re.compile(
    "(?:f|h|t|s|fl|y)ours?|pour(?:ed|ing)?|(?:ca|pu|ro|fi|fa|sme)ll(?:ed|ing|en)|(?:sma|ta)ller|(?:ra|r)is(?:e|ed|ing)"
    "|noise|wise|surprise|promised?"
)
"""What only looks British."""


def told(arc_id: str) -> Iterator[str]:
    """Everything of a story that people read."""
    arc = load_arc(arc_id)
    yield from (arc.title, arc.summary, arc.dedication)
    for page in arc.chapters:
        yield from (page.title, page.alt)
        yield from (words for telling in page.text for words in telling.values())


@pytest.mark.parametrize("arc_id", arc_ids())
def test_no_british_word_of_a_story_is_forgotten(arc_id: str) -> None:
    """What looks British is in the table, or is spelled so on both sides of the sea."""
    found = {hit[0].lower() for text in told(arc_id) for hit in BRITISH.finditer(re.sub(r"\{[^}]*\}", "", text))}
    assert {word for word in found - set(table()) if not BOTH.fullmatch(word)} == set()


@pytest.mark.parametrize("arc_id", arc_ids())
def test_what_stands_in_slots_needs_no_other_spelling(arc_id: str) -> None:
    """Refrains, friends and treasures are filled in as they are."""
    arc = load_arc(arc_id)
    texts = [
        arc.refrain.call,
        arc.refrain.low,
        arc.refrain.turn,
        arc.child.none,
        *arc.defaults.treasures,
        *arc.defaults.traits,
    ]
    texts += [part for friend in arc.friends for part in (friend.desc, friend.went)]
    assert [text for text in texts if spelled(text, "en-US") != text] == []


def test_words_are_spelled_and_slots_are_not() -> None:
    """Capitals stay, also all of them; a word within another is left alone."""
    text = "Grey pyjamas, GREY towards {grey}'s greyhound on the pavement."
    assert spelled(text, "en-US") == "Gray pajamas, GRAY toward {grey}'s greyhound on the sidewalk."
    for language in ("en", "en-GB"):
        assert spelled(text, language) == text


def test_a_hero_called_grey_stays_grey() -> None:
    """In a story told for Americans, whose own words are spelled as theirs; what an illustrator reads is the same."""
    hero = Character(name="Grey", kind="bear", pronouns="she")

    def tell(language: str) -> list[ChapterDraft]:
        async def listen() -> list[ChapterDraft]:
            brief = Brief(arc="bus", language=language, age_band="7-8", seed=3)
            return [d async for d in PaperAuthor().write(Assignment(brief, (hero,))) if isinstance(d, ChapterDraft)]

        return asyncio.run(listen())

    british, american = tell("en-GB"), tell("en-US")
    assert any("pavement" in draft.text for draft in british)
    assert not any("pavement" in draft.text + draft.alt for draft in american)
    assert sum("Grey" in draft.text for draft in american) == 10
    assert [draft.image_prompt for draft in american] == [draft.image_prompt for draft in british]


def test_a_story_told_for_americans_is_told_anew_so_too() -> None:
    """The other telling is found, and spelled likewise."""
    brief = Brief(arc="birthday", language="en-US", age_band="7-8", seed=1)
    hero = Character(name="Bramble", kind="bear", pronouns="she")

    async def both() -> tuple[list[str], set[str]]:
        author, given = PaperAuthor(), Assignment(brief, (hero,))
        drafts = [d async for d in author.write(given) if isinstance(d, ChapterDraft)]
        chapters = tuple(Chapter(id=f"book.c{n}", n=n, title=d.title, text=d.text) for n, d in enumerate(drafts, 1))
        anew = {(await author.rewrite(given, chapters, "book.c4", "", seed)).text for seed in range(6)}
        return [d.text for d in drafts], anew

    standing, anew = asyncio.run(both())
    assert anew and standing[3] not in anew
    assert not any("shovelled" in text for text in [*standing, *anew])
