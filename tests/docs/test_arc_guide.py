"""The guide for a new story is true: its file loads, reads as well as the built-in ones, and a book is written from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from storymaker.books.model import AgeBand, Brief, Character
from storymaker.images.paper import kits
from storymaker.images.paper.compose import wanted
from storymaker.story import arcs
from storymaker.story.arcs import Arc, list_arcs, load_arc
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.paper import PaperAuthor
from tests.docs.pages import page
from tests.unit.story import test_arcs, test_fillings


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arc]:
    """The guide's story, beside ours."""
    (block,) = (block for block in page("docs/arcs.md").blocks if block.language == "toml")
    file = tmp_path / "post.toml"
    file.write_text(block.code, "utf-8")
    ours = arcs._sources()
    monkeypatch.setattr(arcs, "_sources", lambda: ours | {"post": file})
    load_arc.cache_clear()
    test_fillings.values_of.cache_clear()
    yield load_arc("post")
    load_arc.cache_clear()
    test_fillings.values_of.cache_clear()


def test_it_passes_what_the_built_in_stories_pass(post: Arc) -> None:
    """The very same checks: whole, no child in a picture, and no slip in any filling of any page."""
    test_arcs.test_every_built_in_story_loads_whole("post")
    test_arcs.test_no_picture_names_the_child("post")
    test_arcs.test_every_place_is_one_that_is_cut("post")
    test_fillings.test_title_and_summary_read_without_slips_in_every_filling("post")
    for chapter in post.chapters:
        test_fillings.test_every_filling_of_a_page_keeps_its_words_and_reads_without_slips(post, chapter)
        test_fillings.test_every_filling_of_a_picture_and_its_alt_reads_without_slips(post, chapter)


def test_a_book_is_written_from_it(post: Arc) -> None:
    """The picker shows it, and the paper author tells it for each age, in places that the paper studio has."""
    assert {card.id: card.title for card in list_arcs("Boots")}["post"] == "Boots and the Letter for Nobody"
    for band in get_args(AgeBand):
        opening, *chapters = asyncio.run(_told(Brief(arc="post", age_band=band, seed=1, child="Mina")))
        assert isinstance(opening, StoryOpening)
        assert opening.friend is not None
        drafts = [chapter for chapter in chapters if isinstance(chapter, ChapterDraft)]
        assert [draft.title for draft in drafts] == [chapter.title for chapter in post.chapters]
        assert "Mina" in drafts[-1].text
        assert all(kits.find_kit(draft.scene).kit == draft.scene.partition(",")[0] for draft in drafts)


def test_what_its_words_tell_of_is_drawn(post: Arc) -> None:
    """The letter, which every page's alternative text or words name, lies on every page."""
    _, *drafts = asyncio.run(_told(Brief(arc="post", seed=1)))
    for draft in drafts:
        assert isinstance(draft, ChapterDraft)
        kit = kits.registry()[kits.find_kit(draft.scene, draft.image_prompt).kit]
        assert "envelope" in [thing.name for thing in wanted(draft.image_prompt, kit.places, kit.draws)]


async def _told(brief: Brief) -> list[StoryOpening | ChapterDraft]:
    hero = Character(name="Boots", kind="otter")
    return [piece async for piece in PaperAuthor().write(Assignment(brief, (hero,)))]
