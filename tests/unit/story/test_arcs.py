"""Loading the built-in stories, and refusing those with a slip."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.images.paper.kits import find_kit
from storymaker.story.arcs import arc_ids, list_arcs, load_arc, parse_arc

YAWN = (files("storymaker.story") / "arcs" / "yawn.toml").read_text("utf-8")


@pytest.mark.parametrize("arc_id", arc_ids())
def test_every_built_in_story_loads_whole(arc_id: str) -> None:
    """Ten chapters, three bands, friends to choose from, slots all known."""
    arc = load_arc(arc_id)
    assert arc.id == arc_id
    assert len(arc.chapters) == 10
    assert {frozenset(telling) for page in arc.chapters for telling in page.text} == {frozenset(arc.bands)}
    assert any(len(page.text) > 1 for page in arc.chapters)


@pytest.mark.parametrize("arc_id", arc_ids())
def test_no_picture_names_the_child(arc_id: str) -> None:
    """Prompts may leave the house, and a child's name may not."""
    for page in load_arc(arc_id).chapters:
        assert not any("{child" in text.lower() for text in (page.picture, *page.props))


@pytest.mark.parametrize("arc_id", arc_ids())
def test_every_place_is_one_that_is_cut(arc_id: str) -> None:
    """A place that no kit knows would be drawn as another, with a remark on the page."""
    for page in load_arc(arc_id).chapters:
        assert find_kit(page.scene).notes == (), page.id


def test_an_unknown_story_is_refused_with_those_there_are() -> None:
    """The message is the list to choose from; a path is just an unknown name."""
    for name in ("nope", "../arcs/yawn", ""):
        with pytest.raises(NotFoundError, match="yawn"):
            load_arc(name)


def test_the_picker_has_titles_with_the_heros_name() -> None:
    """A parent sees the book's title, not its slots."""
    cards = {card.id: card for card in list_arcs("Otis", "Mina")}
    assert tuple(cards) == arc_ids()
    assert cards["yawn"].title == "Otis and the Yawn That Got Away"
    assert cards["yawn"].summary.startswith("Mina said")


def test_the_picker_can_do_without_names() -> None:
    """Before the plushie is named there are titles too."""
    assert {card.id: card.title for card in list_arcs()}["yawn"] == "Your Plushie and the Yawn That Got Away"
    assert not any("{" in card.title + card.summary for card in list_arcs())


SLIPS = {
    "an unknown slot": ("{Hero} had", "{Heroine} had", r"yawn.*page 1 \(not-tired\), telling 1, 3-4.*Heroine"),
    "a lone brace": ("{Hero} had none", "{Hero had none", r"page 1 \(not-tired\), telling 1, 3-4: a brace"),
    "a look of nobody": ("{Yawn.look} drifts out", "{Fog.look} drifts", r"page 2 \(tick-tock\), picture.*{Fog.look}"),
    "a slot in a prop": ('"{treasure} on the pillow", "y', '"{tresure}", "y', "page 1.*props.*{tresure}"),
    "a slot in the title": ('title = "{Hero} and', 'title = "{Heros} and', "title: .*{Heros}"),
    "a refrain in a refrain": ('call = "', 'call = "{refrain} ', "refrain: .*{refrain}"),
    "an id twice": ('id = "tick-tock"', 'id = "not-tired"', "more than one chapter is called not-tired"),
    "a band missing": ('"5-6" = """\n“I am not tired,”', '"5-7" = """\n“I am not tired,”', "page 1, text, 1.*5-7"),
    "no friends": ("[[friends]]", "[[enemies]]", "friends"),
    "a key that is not known": ('theme = "bedtime"', 'theme = "bedtime"\nmood = "soft"', "mood"),
    "two friends of a kind": ('kind = "mouse"', 'kind = "hedgehog"', "two friends are of one kind"),
    "a look called hero": ("\nyawn = ", "\nhero = ", "hero.look"),
    "bands not told": ('bands = ["3-4", "5-6", "7-8"]', 'bands = ["3-4", "5-6"]', "the bands lack 7-8"),
    "no TOML": ("[refrain]", "[refrain", "cannot be read"),
    "another name": ('id = "yawn"', 'id = "sigh"', "calls itself “sigh”"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "message"), SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_refused_with_its_place(right: str, wrong: str, message: str) -> None:
    """The writer is told which story, which page and what."""
    assert right in YAWN
    with pytest.raises(InvalidInputError, match=message):
        parse_arc(YAWN.replace(right, wrong), "yawn")


def test_a_story_of_nine_chapters_is_refused() -> None:
    """Ten pages are printed."""
    nine = YAWN[: YAWN.rindex("[[chapter]]")]
    with pytest.raises(InvalidInputError, match="9 chapters instead of 10"):
        parse_arc(nine, "yawn")


def test_a_band_without_words_is_refused() -> None:
    """Each telling is told for every age."""
    blank = re.sub(r'"3-4" = """\nUp! Down!.*?"""', '"3-4" = " "', YAWN, flags=re.DOTALL)
    with pytest.raises(InvalidInputError, match=r"page 6, text, 2: .*lacks the words for 3-4"):
        parse_arc(blank, "yawn")
