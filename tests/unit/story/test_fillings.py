"""Every page of every built-in story, in every combination of the slots that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import get_args

import pytest

from storymaker.books.bands import LIMITS
from storymaker.books.model import AgeBand, Pronouns
from storymaker.story.arcs import Arc, ArcChapter, arc_ids, load_arc
from storymaker.story.grammar import HeroPart, fill, key, slots
from storymaker.story.reading import words

NAMES = ("Bramble", "Otis", "Élodie", "Mr Whiskers", "Boots")
KINDS = ("bear", "otter", "elephant", "owl", "guinea pig", "mouse", "unicorn", "toy")
CHILDREN = ("", "Mina", "Otis", "Boots")
MORE_TRAITS = ("adventurous",)
ALT_MAX = 220

LINTS = {
    "a slot is left": r"[{}]",
    "a double space": r"  ",
    "a doubled word": r"\b(?P<twice>\w+) (?P=twice)\b",
    "a before a vowel": r"\b[Aa] (?=[aeioAEIOÉé])(?!one\b)",
    "an before a consonant": r"\b[Aa]n (?![aeiouAEIOUÉé]|hour)",
    "a small letter after a stop": r"(?:[.!?]|\.”) [a-zé]",
    "agreement": r"\b(?:[Tt]hey (?:was|is|has|does)|(?:[Ss]he|[Hh]e|[Ii]t) (?:were|are|have|do))\b",
    "two apostrophes": r"’s’|’’",
    "a straight quote": r"['\"]",
    "a line that starts small": r"(?<![^\n])“?[a-zé]",
    "no stop at the end": r"[^.!?…:”](?![\s\S])",
}
LINT = re.compile("|".join(f"(?P<l{n}>{pattern})" for n, pattern in enumerate(LINTS.values())))


@cache
def lint(text: str) -> tuple[str, ...]:
    """What is wrong with a filled text, each with its surroundings."""
    reasons = list(LINTS)
    return tuple(
        f"{reasons[int(str(slip.lastgroup)[1:])]}: …{text[max(0, slip.start() - 25) : slip.end() + 25]}…"
        for slip in LINT.finditer(text)
    )


def named(arc: Arc, text: str) -> tuple[bool, ...]:
    """Which choices a text names: name, kind, pronouns, trait, friend, treasure, child."""
    whole = text
    refrains = {"refrain": arc.refrain.call, "refrain.low": arc.refrain.low, "refrain.turn": arc.refrain.turn}
    own = refrains | {f"{name}.look": look for name, look in arc.look.items()}
    for slot in slots(text):
        whole += own.get(key(slot), "")
    found = {key(slot) for slot in slots(whole)}
    pronouns = any(slot.split(".")[0] in {"they", "them", "their", "theirs", "themself"} for slot in found)
    return (
        bool(found & {"hero", "hero's", "hero.look"}),
        bool(found & {"kind", "kinds", "a kind", "hero.look"}),
        pronouns,
        bool(found & {"trait", "a trait"}),
        any("friend" in slot for slot in found),
        bool(found & {"treasure", "a treasure"}),
        bool(found & {"child", "child's"}),
    )


@cache
def values_of(arc_id: str, choice: tuple[int, ...]) -> Mapping[str, str] | None:
    """What stands in the slots for one choice; None where two of them would be taken for one another."""
    arc = load_arc(arc_id)
    name, kind, pronouns = NAMES[choice[0]], KINDS[choice[1]], get_args(Pronouns)[choice[2]]
    trait = (*arc.defaults.traits, *MORE_TRAITS)[choice[3]]
    friend, treasure, child = arc.friends[choice[4]], arc.defaults.treasures[choice[5]], CHILDREN[choice[6]]
    if friend.kind == kind or name in (friend.name, child):
        return None
    hero = HeroPart(name=name, kind=kind, pronouns=pronouns, trait=trait, look=f"{name} (a small plush {kind})")
    look = f"{friend.name} ({friend.look})"
    return arc.slots(hero, friend.model_copy(update={"look": look}), treasure, child)


def fillings(arc: Arc, text: str) -> Iterator[str]:
    """The text in every combination of what it names; what it does not name stays as it is."""
    sizes = (len(NAMES), len(KINDS), len(get_args(Pronouns)), len(arc.defaults.traits) + len(MORE_TRAITS),
             len(arc.friends), len(arc.defaults.treasures), len(CHILDREN))  # fmt: skip
    ranges = [range(size) if used else range(1) for size, used in zip(sizes, named(arc, text), strict=True)]
    choices = product(*ranges)
    values = (values_of(arc.id, choice) for choice in choices)
    yield from (fill(text, value) for value in values if value is not None)


def slips(texts: Iterator[str]) -> set[str]:
    """What the lints find in texts; a paragraph that comes again is looked at once."""
    return {slip for text in texts for paragraph in text.split("\n\n") for slip in lint(paragraph)}


PAGES = [
    pytest.param(load_arc(arc_id), page, id=f"{arc_id}-{n}-{page.id}")
    for arc_id in arc_ids()
    for n, page in enumerate(load_arc(arc_id).chapters, 1)
]


@pytest.mark.parametrize(("arc", "page"), PAGES)
def test_every_filling_of_a_page_keeps_its_words_and_reads_without_slips(arc: Arc, page: ArcChapter) -> None:
    """In the longest filling a page keeps to its band, and no filling trips the lints."""
    for telling, band in product(page.text, get_args(AgeBand)):
        filled = set(fillings(arc, telling[band]))
        longest = max(filled, key=words)
        assert words(longest) <= LIMITS[band].words, f"{band}: {longest}"
        assert not slips(iter(filled)), band


@pytest.mark.parametrize(("arc", "page"), PAGES)
def test_every_filling_of_a_picture_and_its_alt_reads_without_slips(arc: Arc, page: ArcChapter) -> None:
    """Alt texts fit, and neither they nor the pictures nor the props trip the lints."""
    alts = set(fillings(arc, page.alt))
    assert max(map(len, alts)) <= ALT_MAX, max(alts, key=len)
    assert not slips(iter(alts))
    # A picture's description is for machines: "A child's bedroom" with a straight apostrophe may stay.
    assert not slips(filled.replace("'", "’") for filled in fillings(arc, page.picture))
    for prop in page.props:
        assert all("{" not in filled for filled in fillings(arc, prop))


@pytest.mark.parametrize("arc_id", arc_ids())
def test_title_and_summary_read_without_slips_in_every_filling(arc_id: str) -> None:
    """Whatever the names, the title page reads well."""
    arc = load_arc(arc_id)
    for text in (arc.title + ".", arc.summary, arc.dedication):
        assert not slips(fillings(arc, text))


def test_the_lints_find_what_they_look_for() -> None:
    """Each lint fires on a text made to trip it, so a silent lint is no comfort."""
    bad = ("a {slot}", "two  spaces", "the the", "A otter", "An bear", "Stop. then go", "They was", "Boots’s’", "it's",
           "small.", "No end")  # fmt: skip
    for reason, text in zip(LINTS, bad, strict=True):
        assert any(slip.startswith(reason) for slip in lint(text)), reason
