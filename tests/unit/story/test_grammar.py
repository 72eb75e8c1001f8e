"""Slots and their agreement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storymaker.books.model import Pronouns
from storymaker.errors import InvalidInputError
from storymaker.story.grammar import (
    FriendPart,
    HeroPart,
    faults,
    fill,
    plural,
    slot_values,
    with_article,
)
from storymaker.text import capital, possessive

PIM = FriendPart(
    name="Pim",
    kind="hedgehog",
    desc="old hedgehog in a scarf",
    pronouns="he",
    went="trotted",
    look="a small hedgehog",
)


def values(name: str = "Otis", kind: str = "otter", pronouns: Pronouns = "they", child: str = "Mina") -> dict[str, str]:
    """What stands in the slots, for a hero told in a few words."""
    hero = HeroPart(name=name, kind=kind, pronouns=pronouns, trait="adventurous", look="a small plush otter")
    return slot_values(hero, PIM, "acorn cup", child)


@pytest.mark.parametrize(
    "right",
    [
        "an otter", "an elephant", "an owl", "an acorn cup", "an adventurous bear", "an hour", "an heir",
        "an honest mouse", "an Élodie", "an Ursula", "an Øyvind", "an Œdipe", "an Yves", "an X-ray",
        "an umbrella", "an unknown bird", "an unimportant toad", "an unidentified bird", "an urchin",
        "an usher", "an ugly duckling", "an utter joy", "an 8-legged octopus", "an 11-year-old",
        "an 80-piece puzzle", "an onerous task", "an aye-aye", "a bear", "a unicorn", "a uniform", "a union",
        "a Eugene", "a eucalyptus", "a ewe", "a one-eyed bear", "a one", "a once-brave toy", "a useful mouse",
        "a utensil", "a ukulele", "a Uganda kob", "a UFO", "a U-turn", "a Ulysses", "a yak", "a hedgehog",
        "a honey bear", "a historic clock", "a T. rex", "a 7-legged octopus", "a 110-piece puzzle",
        "a platypus", "a guinea pig", "a 龍",
    ],
)  # fmt: skip
def test_a_or_an_goes_by_sound(right: str) -> None:
    """An hour, a unicorn."""
    assert with_article(right.partition(" ")[2]) == right


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("bear", "bears"), ("guinea pig", "guinea pigs"), ("mouse", "mice"), ("dormouse", "dormice"),
        ("goose", "geese"), ("mongoose", "mongooses"), ("wolf", "wolves"), ("sheep", "sheep"), ("fish", "fish"),
        ("jellyfish", "jellyfish"), ("deer", "deer"), ("moose", "moose"), ("ox", "oxen"), ("fox", "foxes"),
        ("platypus", "platypuses"), ("octopus", "octopuses"), ("pony", "ponies"), ("monkey", "monkeys"),
        ("toy", "toys"), ("finch", "finches"), ("snowman", "snowmen"), ("human", "humans"),
        ("caiman", "caimans"), ("monarch", "monarchs"), ("hippo", "hippos"), ("flamingo", "flamingos"),
        ("unicorn", "unicorns"), ("bear in a hat", "bears in a hat"), ("giraffe", "giraffes"),
        ("bird of paradise", "birds of paradise"), ("mouse with wings", "mice with wings"),
        ("T. rex", "T. rexes"), ("jack-in-the-box", "jacks-in-the-box"), ("polar bear cub", "polar bear cubs"),
        ("Sheep", "Sheep"),
    ],
)  # fmt: skip
def test_more_than_one(one: str, many: str) -> None:
    """Mice, sheep, and bears in a hat."""
    assert plural(one) == many


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Bramble", "Bramble’s"), ("Otis", "Otis’s"), ("Jess", "Jess’s"), ("Max", "Max’s"), ("Boots", "Boots’"),
        ("Mr Whiskers", "Mr Whiskers’"), ("Bubbles", "Bubbles’"), ("Andrés", "Andrés’s"), ("someone", "someone’s"),
        ("S", "S’s"), ("Gus", "Gus’s"), ("BOOTS", "BOOTS’"), ("🐻", "🐻’s"),
    ],
)  # fmt: skip
def test_owners_as_they_are_said(name: str, owner: str) -> None:
    """Otis’s, but Boots’."""
    assert possessive(name) == owner


def test_a_capital_only_where_a_letter_has_one() -> None:
    """Names that begin with a sign, an emoji or ß stay as they are."""
    assert [capital(name) for name in ("élodie", "ßeta", "🐻 bear", "", "龍", "3 bears")] == [
        "Élodie", "ßeta", "🐻 bear", "", "龍", "3 bears",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pronouns", "sentence"),
    [
        ("she", "She was out and she wasn’t in; her own, hers, by herself. I saw her. She has, she does, she doesn’t."),
        ("he", "He was out and he wasn’t in; his own, his, by himself. I saw him. He has, he does, he doesn’t."),
        ("it", "It was out and it wasn’t in; its own, its, by itself. I saw it. It has, it does, it doesn’t."),
        (
            "they",
            "They were out and they weren’t in; their own, theirs, by themself. I saw them. "
            "They have, they do, they don’t.",
        ),
    ],
)
def test_a_verb_agrees_with_its_pronoun(pronouns: Pronouns, sentence: str) -> None:
    """She was, they were."""
    text = (
        "{They.were} out and {they.weren't} in; {their} own, {theirs}, by {themself}. I saw {them}. "
        "{They.have}, {they.do}, {they.don’t}."
    )
    assert fill(text, values(pronouns=pronouns)) == sentence


def test_the_friends_slots() -> None:
    """The friend has pronouns of its own."""
    text = "{Friend} was {a friend}, {a kind} was not. {Friend.they} {friend.went}; {friend.they.were} {friend's}."
    assert fill(text, values()) == "Pim was an old hedgehog in a scarf, an otter was not. He trotted; he was Pim’s."


def test_a_capital_slot_asks_for_a_capital() -> None:
    """{A treasure}, {Child’s}, {Kinds}."""
    assert fill("{A treasure}. {Child’s}. {Kinds}. {A trait}.", values(child="someone")) == (
        "An acorn cup. Someone’s. Otters. An adventurous."
    )


def test_an_unknown_slot_is_named() -> None:
    """A writer's slip is found before a family sees it."""
    assert faults("{Hero} {heros} {friend.tail} {", values()) == (
        "no slot is called {heros}",
        "no slot is called {friend.tail}",
        "a brace stands alone",
    )
    with pytest.raises(InvalidInputError, match=r"\{heros\}"):
        fill("{heros}", values())


def test_every_slot_of_the_notation_is_known() -> None:
    """The list in the head of yawn.toml, in both spellings of the apostrophe."""
    notation = (
        "{hero} {hero's} {hero’s} {kind} {kinds} {a kind} {trait} {a trait} {they} {them} {their} {theirs} {themself} "
        "{they.were} {they.weren't} {they.weren’t} {they.are} {they.have} {they.do} {friend} {friend's} {a friend} "
        "{friend.kind} {friend.went} {friend.they} {friend.them} {friend.their} {treasure} {a treasure} {child} "
        "{child's} {hero.look} {friend.look}"
    )
    assert faults(notation, values()) == ()
    assert "{" not in fill(notation, values())


@settings(deadline=None)
@given(name=st.text(min_size=1, max_size=80))
def test_any_name_stands_in_the_text_as_typed(name: str) -> None:
    """Braces, dollars and backslashes included: what is filled in is never read again."""
    filled = fill("x{hero}x {hero's} {Hero} {child}, {a kind}, {kinds}", values(name=name, kind=name, child=name))
    assert f"x{name}x" in filled
    assert filled.count(name) >= 4


@settings(deadline=None)
@given(name=st.sampled_from(["{child}", "{hero}", "{", "}{", "{hero.look}", r"\g<1>", "$hero", "%s", "{0}"]))
def test_a_name_that_looks_like_a_slot_stays_a_name(name: str) -> None:
    """A child may call a bear {child}."""
    assert fill("{hero} and {child}", values(name=name)) == f"{name} and Mina"
