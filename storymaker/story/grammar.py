"""Slots: the places in a story where names, kinds and pronouns go, with all their agreement.

A slot is ``{word}``, ``{word's}``, ``{a word}`` or ``{word.part}``; a capital first letter asks for a capital. The head
of ``arcs/yawn.toml`` explains each. There are no conditions and no nesting: what a slot may be called is the set of
keys of :func:`slot_values`, and a text is filled in one pass, so a name that looks like a slot stays a name.

Why not inflect 7.6 (tried on 90 words and 110 kinds): it says "a Élodie", "a 8-legged" and "monarches", knows no
possessives, and takes 2.4 s to import, which is many times what a whole story takes here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from storymaker.books.model import Pronouns
from storymaker.books.values import Value
from storymaker.errors import InvalidInputError
from storymaker.text import capital, possessive

_PRONOUNS: Mapping[Pronouns, tuple[str, ...]] = {
    "he": ("he", "him", "his", "his", "himself"),
    "she": ("she", "her", "her", "hers", "herself"),
    "they": ("they", "them", "their", "theirs", "themself"),
    "it": ("it", "it", "its", "its", "itself"),
}
_VERBS = {"were": "was", "weren’t": "wasn’t", "are": "is", "have": "has", "do": "does", "don’t": "doesn’t"}

_PLURALS = {
    "bison": "bison", "buffalo": "buffaloes", "caiman": "caimans", "calf": "calves", "caribou": "caribou",
    "child": "children", "deer": "deer", "dwarf": "dwarves", "elf": "elves", "foot": "feet", "goose": "geese",
    "hero": "heroes", "human": "humans", "leaf": "leaves", "monarch": "monarchs", "moose": "moose",
    "mosquito": "mosquitoes", "ox": "oxen", "person": "people", "potato": "potatoes", "reindeer": "reindeer",
    "salmon": "salmon", "sheep": "sheep", "squid": "squid", "stomach": "stomachs", "thief": "thieves",
    "tomato": "tomatoes", "trout": "trout",
}  # fmt: skip
_PLURAL_ENDINGS = (("mouse", "mice"), ("louse", "lice"), ("fish", "fish"), ("man", "men"), ("wolf", "wolves"))
_TAIL = re.compile(r"[ -](?:in|with|of|on|from|at|without|who|that)[ -]")
"""Where the noun ends in "bear in a hat" or "bird of paradise"."""

_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "ı": "i"})
_CONSONANT_SOUND = re.compile(
    r"one(?![a-z])|once(?![a-z])|onesie|ouija|eu|ewe|ufo"
    r"|uni(?!dent|m|n|ll)|us(?=[aeiu])|ut(?=[aeio])|uk|ur(?=[aiu])|uga|ubi|uly|u(?![a-z])"
)
"""A vowel on paper, a consonant in the mouth: a one-eyed bear, a unicorn, a ukulele."""
_VOWEL_SOUND = re.compile(
    r"[aeiou]|hour|honest|honou?r|heir|y(?=[bcdfghjklmnpqrstvwxz])|[fhlmnrsx](?![a-z])|8\d*(?!\d)|1[18](?!\d)"
)
"""An hour, an X-ray, an 8-legged octopus."""

_SLOT = re.compile(r"\{([^{}\n]+)\}")


class HeroPart(Value):
    """What the slots of the hero say.

    Attributes:
        name: As typed.
        kind: What animal or thing: "bear".
        pronouns: Which words stand for it.
        trait: An adjective.
        look: One fixed description, for pictures.
    """

    name: str
    kind: str
    pronouns: Pronouns
    trait: str
    look: str


class FriendPart(Value):
    """What the slots of the friend say.

    Attributes:
        name: As typed.
        kind: What animal or thing: "hedgehog".
        desc: The kind with one thing to see: "hedgehog in a red scarf".
        pronouns: Which words stand for it.
        went: How it moves, in the past tense: "trotted".
        look: One fixed description, for pictures.
    """

    name: str
    kind: str
    desc: str
    pronouns: Pronouns
    went: str
    look: str


def fold(text: str) -> str:
    """The text in small letters without accents: for comparing, never for showing."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(c for c in plain if not unicodedata.combining(c))


def article(noun: str) -> str:
    """Give "a" or "an", by the sound that the noun begins with."""
    sound = fold(noun).lstrip("“‘\"'(")
    return "an" if _VOWEL_SOUND.match(sound) and not _CONSONANT_SOUND.match(sound) else "a"


def with_article(noun: str) -> str:
    """The noun with its "a" or "an" before it."""
    return f"{article(noun)} {noun}"


def plural(noun: str) -> str:
    """More than one of it; in "bear in a hat" the bears are more than one, not the hats."""
    if tail := _TAIL.search(noun):
        return plural(noun[: tail.start()]) + noun[tail.start() :]
    head, space, last = noun.rpartition(" ")
    low = last.lower()
    if low in _PLURALS:
        return head + space + last[:1] + _PLURALS[low][1:]
    for ending, several in _PLURAL_ENDINGS:
        if low.endswith(ending):
            return head + space + last[: len(last) - len(ending)] + several
    if re.search(r"(s|x|z|ch|sh)$", low):
        return noun + "es"
    return noun[:-1] + "ies" if re.search(r"[^aeiou]y$", low) else noun + "s"


def _pronoun_slots(owner: str, pronouns: Pronouns) -> dict[str, str]:
    forms = _PRONOUNS[pronouns]
    slots = {owner + slot: form for slot, form in zip(_PRONOUNS["they"], forms, strict=True)}
    for several, single in _VERBS.items():
        slots[f"{owner}they.{several}"] = f"{forms[0]} {several if pronouns == 'they' else single}"
    return slots


def slot_values(hero: HeroPart, friend: FriendPart, treasure: str, child: str) -> dict[str, str]:
    """Every slot a story may name, with what stands there.

    Args:
        hero: Who the story is about.
        friend: Who goes along.
        treasure: A noun: "brass button".
        child: The child's name, or a word that works as one: "someone".
    """
    return {
        "hero": hero.name,
        "hero's": possessive(hero.name),
        "hero.look": hero.look,
        "kind": hero.kind,
        "kinds": plural(hero.kind),
        "a kind": with_article(hero.kind),
        "trait": hero.trait,
        "a trait": with_article(hero.trait),
        **_pronoun_slots("", hero.pronouns),
        "friend": friend.name,
        "friend's": possessive(friend.name),
        "a friend": with_article(friend.desc),
        "friend.kind": friend.kind,
        "friend.went": friend.went,
        "friend.look": friend.look,
        **_pronoun_slots("friend.", friend.pronouns),
        "treasure": treasure,
        "a treasure": with_article(treasure),
        "child": child,
        "child's": possessive(child),
    }


def key(slot: str) -> str:
    """The slot as :func:`slot_values` spells it: small first letter, and an apostrophe of either kind."""
    slot = slot[:1].lower() + slot[1:]
    return slot.replace("’", "'") if slot.endswith("’s") else slot.replace("n't", "n’t")


def slots(text: str) -> tuple[str, ...]:
    """The slots that a text names, as it spells them."""
    return tuple(_SLOT.findall(text))


def faults(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """What is wrong with the slots of a text, in words; nothing when all is well.

    Args:
        text: What a writer wrote.
        known: The slots that will have a value.
    """
    names = frozenset(known)
    unknown = tuple(f"no slot is called {{{slot}}}" for slot in slots(text) if key(slot) not in names)
    stray = ("a brace stands alone",) if re.search(r"[{}]", _SLOT.sub("", text)) else ()
    return unknown + stray


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its slots filled, in one pass: what is filled in is never read again.

    Args:
        text: What a writer wrote.
        values: From :func:`slot_values`, and more.

    Raises:
        InvalidInputError: If the text names a slot that has no value.
    """

    def answer(slot: re.Match[str]) -> str:
        name = slot[1]
        if (value := values.get(key(name))) is None:
            raise InvalidInputError(f"No slot is called {{{name}}}. The head of yawn.toml lists the slots there are.")
        return capital(value) if name[0].isupper() else value

    return _SLOT.sub(answer, text).strip()
