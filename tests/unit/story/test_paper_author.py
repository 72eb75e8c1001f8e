"""The built-in author."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storymaker.books.model import Brief, Chapter, Character, Pose
from storymaker.errors import InvalidInputError
from storymaker.story.arcs import arc_ids, load_arc
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.paper import PaperAuthor

BRAMBLE = Character(name="Bramble", kind="bear", pronouns="she")
CUTOUT = Pose(cutout="cutout-0123456789abcdef.png")


def tell(assignment: Assignment) -> tuple[StoryOpening, list[ChapterDraft]]:
    """The story, opening and chapters apart."""

    async def listen() -> list[StoryOpening | ChapterDraft]:
        return [piece async for piece in PaperAuthor().write(assignment)]

    opening, *chapters = asyncio.run(listen())
    assert isinstance(opening, StoryOpening)
    return opening, [chapter for chapter in chapters if isinstance(chapter, ChapterDraft)]


def yawn(
    hero: Character = BRAMBLE, friend: Character | None = None, *, seed: int = 0, child: str = ""
) -> tuple[StoryOpening, list[ChapterDraft]]:
    """The yawn's story."""
    return tell(Assignment(brief=Brief(arc="yawn", seed=seed, child=child), heroes=(hero,), friend=friend))


def chapters_of(drafts: Sequence[ChapterDraft]) -> tuple[Chapter, ...]:
    """The book as it stands after writing."""
    return tuple(Chapter(id=f"book.c{n}", n=n, title=d.title, text=d.text) for n, d in enumerate(drafts, 1))


def rewrite(
    brief: Brief, chapters: tuple[Chapter, ...], chapter_id: str, wish: str = "", seed: int = 1
) -> ChapterDraft:
    """One chapter anew."""
    return asyncio.run(PaperAuthor().rewrite(Assignment(brief, (BRAMBLE,)), chapters, chapter_id, wish, seed))


REFUSALS = {
    "twelve chapters": (Brief(chapters=12), "ten chapters.*another author"),
    "a wish": (Brief(wish="with a dragon"), "wish.*another author"),
    "another language": (Brief(language="de"), "English"),
    "an unknown story": (Brief(arc="nope"), "nope.*yawn"),
}


@pytest.mark.parametrize(("brief", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_it_refuses_what_it_cannot_tell_and_says_what_to_do(brief: Brief, sentence: str) -> None:
    """Before writing, and also when nobody checked."""
    given = Assignment(brief=brief, heroes=(BRAMBLE,))
    with pytest.raises(InvalidInputError, match=sentence):
        PaperAuthor().check(given)
    with pytest.raises(InvalidInputError, match=sentence):
        tell(given)


def test_any_english_will_do() -> None:
    """British, American."""
    for language in ("en", "en-GB", "en-US"):
        given = Assignment(brief=Brief(language=language), heroes=(BRAMBLE,))
        PaperAuthor().check(given)
        assert len(tell(given)[1]) == 10


def test_a_friend_without_a_name_is_refused() -> None:
    """With what to do."""
    with pytest.raises(InvalidInputError, match="friend"):
        yawn(friend=Character(name="", kind="fox"))


def test_it_costs_nothing() -> None:
    """Free, offline."""
    assert PaperAuthor().estimate_usd(Assignment(Brief(), (BRAMBLE,))) == 0


def test_the_story_asked_for_is_told() -> None:
    """The brief names it."""
    for arc_id in arc_ids():
        _, chapters = tell(Assignment(brief=Brief(arc=arc_id), heroes=(BRAMBLE,)))
        assert [chapter.title for chapter in chapters] == [page.title for page in load_arc(arc_id).chapters]


def test_without_a_name_the_seed_chooses_the_story() -> None:
    """Every story comes up for some seed."""
    titles = {tell(Assignment(brief=Brief(seed=seed), heroes=(BRAMBLE,)))[0].title for seed in range(30)}
    assert len(titles) == len(arc_ids())


def test_the_seed_varies_treasure_friend_trait_and_telling() -> None:
    """Each on its own."""
    stories = [yawn(seed=seed) for seed in range(30)]
    assert len({opening.friend.name for opening, _ in stories if opening.friend}) == 4
    second = {chapters[1].text for _, chapters in stories}
    assert {t for t in load_arc("yawn").defaults.treasures if any(t in text for text in second)} == {
        *load_arc("yawn").defaults.treasures
    }
    assert sum(any(trait in text for text in second) for trait in load_arc("yawn").defaults.traits) == 6
    wood_and_storm = {("Luckily" in chapters[3].text, "barns" in chapters[5].text) for _, chapters in stories}
    assert len(wood_and_storm) == 4


def test_the_words_are_those_of_the_band() -> None:
    """Older listeners, longer pages."""
    lengths = [
        sum(len(chapter.text) for chapter in tell(Assignment(Brief(arc="yawn", age_band=band), (BRAMBLE,)))[1])
        for band in ("3-4", "5-6", "7-8")
    ]
    assert all(longer > 1.5 * shorter for shorter, longer in pairwise(lengths))


def test_the_heros_own_trait_and_look_are_kept() -> None:
    """What the parent wrote of the plushie comes before what we would choose."""
    hero = Character(name="Otis", kind="otter", trait="sleepy", look="A small plush otter with one eye.")
    _, chapters = yawn(hero)
    assert "a sleepy sort of otter" in chapters[1].text
    assert "Otis (a small plush otter with one eye) is upright" in chapters[0].image_prompt


def test_what_a_parent_types_reads_well_in_a_sentence() -> None:
    """From "A Guinea Pig." comes a guinea pig, "T. rex" stays, and no kind is a toy."""
    told = {
        kind: yawn(Character(name="Bo", kind=kind, trait="Brave"))[1][1].text
        for kind in ("Bear", "A Guinea Pig.", "T. rex", "the unicorn", "")
    }
    assert {kind: text.partition("a brave sort of ")[2].partition(".")[0] for kind, text in told.items()} == {
        "Bear": "bear", "A Guinea Pig.": "guinea pig", "T. rex": "T", "the unicorn": "unicorn", "": "toy",
    }  # fmt: skip


def test_a_look_that_is_only_a_list_gets_its_noun() -> None:
    """Brown fur alone is no hero."""
    prompt = yawn(Character(name="Bo", kind="bear", look="brown fur, one ear"))[1][0].image_prompt
    assert "Bo (a small plush bear, brown fur, one ear)" in prompt


def test_a_look_too_long_for_every_picture_is_cut() -> None:
    """A prompt has an end."""
    prompts = [chapter.image_prompt for chapter in yawn(Character(name="Bo", look="brown " * 900))[1]]
    assert max(map(len, prompts)) < 2000


def test_every_picture_names_who_is_in_it() -> None:
    """By name and look, so that nobody is forgotten or drawn where nobody is."""
    opening, chapters = yawn()
    assert opening.friend is not None
    assert all("Bramble (a small plush bear)" in chapter.image_prompt for chapter in chapters)
    with_friend = [f"{opening.friend.name} ({opening.friend.look})" in chapter.image_prompt for chapter in chapters]
    assert with_friend == ["friend.look}" in page.picture.lower() for page in load_arc("yawn").chapters]


def test_the_scene_is_place_time_weather_and_shot() -> None:
    """In plain words, the place first."""
    _, chapters = yawn()
    assert chapters[3].scene == "forest night, deep night, windless, close, low"


def test_the_storys_friend_is_a_figure_we_can_draw() -> None:
    """Its kind names the drawing."""
    opening, _ = yawn()
    assert opening.friend is not None
    assert opening.friend.figure == opening.friend.kind
    assert opening.friend.look


def test_the_storys_friend_given_back_changes_nothing() -> None:
    """A chapter rewritten later has the friend of the book."""
    opening, chapters = yawn(seed=5)
    again, same = yawn(friend=opening.friend, seed=5)
    assert again == opening
    assert same == chapters


def test_a_photographed_friend_keeps_its_own_look() -> None:
    """A real mouse need not have one white ear."""
    friend = Character(name="Crumpet", kind="mouse", pronouns="he", poses=(CUTOUT,))
    opening, chapters = yawn(friend=friend)
    assert opening.friend == friend.model_copy(update={"look": "a small plush mouse"})
    assert "Crumpet, a mouse, holding his breath" in chapters[2].text
    assert "Crumpet pattered all the way fast asleep" in chapters[8].text
    assert not any("white ear" in chapter.image_prompt + chapter.text for chapter in chapters)


def test_a_drawn_friend_of_a_known_kind_gets_the_storys_figure() -> None:
    """A mouse by any name."""
    opening, chapters = yawn(friend=Character(name="Crumpet", kind="Mouse"))
    assert opening.friend is not None
    assert opening.friend.figure == "mouse"
    assert "Crumpet, a mouse with one white ear" in chapters[2].text


def test_a_friend_of_another_kind_simply_goes() -> None:
    """No verb is right for every animal but one."""
    _, chapters = yawn(friend=Character(name="Plum", kind="unicorn", pronouns="she"))
    assert "Plum, a unicorn, holding her breath" in chapters[2].text
    assert "Plum went all the way fast asleep" in chapters[8].text


def test_the_child_is_never_a_pronoun_and_may_be_unnamed() -> None:
    """Someone will do."""
    assert yawn()[1][0].text.count("someone") >= 1
    assert yawn(child="Mina")[1][0].text.count("Mina") >= 2


def test_with_several_heroes_the_friend_is_none_of_them() -> None:
    """The second hero's name is taken too."""
    heroes = (BRAMBLE, *(Character(name=friend.name, kind="toy") for friend in load_arc("yawn").friends[:3]))
    opening, _ = tell(Assignment(Brief(arc="yawn"), heroes))
    assert opening.friend is not None
    assert opening.friend.name == "Olive"


def test_a_rewrite_is_the_other_telling_with_the_same_treasure() -> None:
    """Whichever stands, the other comes; the rest of the book still fits."""
    brief = Brief(arc="yawn", seed=3)
    chapters = chapters_of(yawn(seed=3)[1])
    draft = rewrite(brief, chapters, "book.c4")
    assert draft.text != chapters[3].text
    standing = tuple(c if c.n != 4 else c.model_copy(update={"text": draft.text}) for c in chapters)
    assert rewrite(brief, standing, "book.c4").text == chapters[3].text


def test_a_page_with_one_telling_says_so_and_what_to_do() -> None:
    """The words can be changed by hand."""
    brief = Brief(arc="yawn")
    with pytest.raises(InvalidInputError, match=r"one telling of “Not Tired”.*by hand"):
        rewrite(brief, chapters_of(yawn()[1]), "book.c1")


def test_words_changed_by_hand_can_be_told_anew() -> None:
    """Then the story's own words are another telling."""
    chapters = chapters_of(yawn()[1])
    edited = (chapters[0].model_copy(update={"text": "Mina cried."}), *chapters[1:])
    assert rewrite(Brief(arc="yawn"), edited, "book.c1").text == chapters[0].text


def test_a_wish_for_a_page_is_refused() -> None:
    """It cannot be followed here."""
    with pytest.raises(InvalidInputError, match="cannot follow a wish"):
        rewrite(Brief(arc="yawn"), chapters_of(yawn()[1]), "book.c4", wish="funnier")


def test_a_chapter_that_was_moved_is_known_by_its_title() -> None:
    """Page four in ninth place is still the wood."""
    chapters = chapters_of(yawn()[1])
    moved = tuple(c.model_copy(update={"n": {4: 9, 9: 4}.get(c.n, c.n)}) for c in chapters)
    assert rewrite(Brief(arc="yawn"), moved, "book.c4").title == "Swish"


def test_a_chapter_with_another_title_is_known_by_its_number() -> None:
    """A parent may rename a page."""
    chapters = chapters_of(yawn()[1])
    renamed = tuple(c.model_copy(update={"title": "The Wood"}) if c.n == 4 else c for c in chapters)
    assert rewrite(Brief(arc="yawn"), renamed, "book.c4").title == "Swish"


def test_a_chapter_that_a_parent_added_is_not_ours_to_rewrite() -> None:
    """There is no eleventh page in the story."""
    extra = Chapter(id="book.c11", n=11, title="And Then", text="They had cake.")
    with pytest.raises(InvalidInputError, match="no chapter 11"):
        rewrite(Brief(arc="yawn"), (*chapters_of(yawn()[1]), extra), "book.c11")


def test_a_book_knows_its_story_when_the_seed_would_choose_another() -> None:
    """A later version has more stories; a book told before stays what it was."""
    for seed in range(8):
        draft = rewrite(Brief(seed=seed), chapters_of(yawn(seed=seed)[1]), "book.c4")
        assert draft.title == "Swish"


names = st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=80)


@settings(deadline=None, max_examples=60)
@given(name=names, child=names, arc_id=st.sampled_from(arc_ids()))
def test_any_name_is_told_as_typed(name: str, child: str, arc_id: str) -> None:
    """Braces, emoji, any script: no name breaks a story, and no name is changed but for a capital."""
    hero = Character(name=name, kind="bear")
    _, chapters = tell(Assignment(Brief(arc=arc_id, child=child), (hero,)))
    whole = "\n".join(chapter.text for chapter in chapters)
    assert hero.name in whole or hero.name[:1].title() + hero.name[1:] in whole


def test_importing_it_stays_light() -> None:
    """The page is quick because this is."""
    code = "import sys, storymaker.story.paper as _; print(*({'numpy', 'wordfreq', 'inflect'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("arc", arc_ids())
def test_what_can_be_told_anew_is_known_ahead(arc: str) -> None:
    """Just those chapters that a rewrite finds other words for; a page that a parent added is none."""
    brief = Brief(arc=arc)
    chapters = chapters_of(tell(Assignment(brief, (BRAMBLE,)))[1])
    added = Chapter(id="book.added", n=11, title="A page of our own", text="We danced.")
    told = PaperAuthor().retellable(Assignment(brief, (BRAMBLE,)), (*chapters, added))
    for chapter in (*chapters, added):
        try:
            rewrite(brief, (*chapters, added), chapter.id)
        except InvalidInputError:
            assert chapter.id not in told
        else:
            assert chapter.id in told
    assert PaperAuthor().retellable(Assignment(Brief(wish="a dragon"), (BRAMBLE,)), chapters) == frozenset()
