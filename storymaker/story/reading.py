"""What reads well at which age: words a page, common words, minutes; advice for a badge, never a bar.

The limits are by words a page and by common words, not by a formula on single sentences: a long rolling sentence is
fine read aloud. The Flesch-Kincaid grade of a whole book is there for information.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from storymaker.books.bands import LIMITS
from storymaker.books.model import AgeBand

RARE_ZIPF = 3.0
"""Words below this are rare: less than once in a million words, low-frequency on the Zipf scale (van Heuven et al.,
2014, doi:10.1080/17470218.2013.850521). Looked at on the built-in stories: 3.0 names thump, toadstools, trundled and
washable; 3.5 would name slipper, quilt, puddle and loaf too, and cry wolf on every page. The corpus is adults', so
luminous and ominous pass: a badge, not a judge."""

_EVERYDAY_ZIPF = 5.0
"""A sentence without a single word this common ("Tick, tock, aaah-hooom") is a noise and not speech."""

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"[.!?…:;“”\n]+")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++(?=[\s”’\"')]|$)|\n\s*\n")


@dataclass(frozen=True)
class Remark:
    """Advice on a page.

    Attributes:
        code: A short stable word: "long" or "rare".
        sentence: For the parent.
    """

    code: str
    sentence: str


@dataclass(frozen=True)
class Reading:
    """What a whole book takes to read.

    Attributes:
        words: All its words.
        minutes: Read aloud.
        grade: Flesch-Kincaid grade, for information.
    """

    words: int
    minutes: float
    grade: float


def words(text: str) -> int:
    """How many words a text has; a dash between spaces or a number is none."""
    return sum(1 for part in text.split() if _LETTER.search(part))


def sentences(text: str) -> int:
    """How many sentences a text has; a noise without a letter is none."""
    return sum(1 for part in _SENTENCE_END.split(text) if _WORD.search(part))


def syllables(word: str) -> int:
    """About how many syllables an English word has.

    Groups of vowels, less the silent ``e`` of "stone", "rocked" and "someone", plus the split vowels of "radio" and
    "saying". Right on 95 % of the 5,872 commonest words that the CMU dictionary has (pyphen 85 %, syllables 1.1 79 %).
    """
    low = word.lower().replace("’", "").replace("'", "")
    low = re.sub(r"(?<=[^aeiou])e(?=(?:ly|ments?|ful|less|ness)$)|(?<=^som)e", "", low)
    count = len(re.findall(r"[aeiouy]+", low))
    if re.search(r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$|(?:[^aeiouyscxzgh]|th)(?<![^aeiouy]l)es$", low):
        count -= 1
    if re.search(r"(?<![tcsxg])i[ao](?!n)|[aeiouy]ing|[^qg]ua|eo(?!p)", low):
        count += 1
    return max(1, count)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text, for information.

    0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid, Fishburne, Rogers and Chissom, 1975, Research Branch
    Report 8-75). Meant for prose of a hundred words and more, so give it the whole book.
    """
    found = _WORD.findall(text)
    if not found:
        return 0.0
    return 0.39 * len(found) / max(1, sentences(text)) + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


def read_book(texts: Iterable[str], band: AgeBand) -> Reading:
    """What a book takes to read.

    Args:
        texts: Its pages.
        band: For which ages.
    """
    pages = tuple(texts)
    count = sum(map(words, pages))
    return Reading(count, round(count / LIMITS[band].pace, 1), round(grade("\n\n".join(pages)), 1))


def rare_words(text: str, ignore: Iterable[str] = ()) -> tuple[str, ...]:
    """The words of a text that a child may not know, each once, in the order they come.

    Noises are left out: what is shouted in capitals within quotation marks, what holds one letter three times in a row
    ("aaah-hooom"), and a few words that make no sentence with any everyday word in it ("Tick, tock").

    Args:
        text: A page.
        ignore: Names and kinds, which are known whatever they are.
    """
    known = {part.casefold() for name in ignore for part in _WORD.findall(name)}
    rare: dict[str, None] = {}
    text = re.sub(r"“[^”]*”", lambda quote: re.sub(r"\b[A-Z]{2,}\b", "", quote[0]), text)
    for sentence in _SENTENCE.split(text):
        found = [_base(word) for word in _WORD.findall(sentence) if not re.search(r"(?i)(\w)\1\1", word)]
        if not any(_frequency(word) >= _EVERYDAY_ZIPF for word in found):
            continue
        rare |= dict.fromkeys(word for word in found if word not in known and _frequency(word) < RARE_ZIPF)
    return tuple(rare)


def check_page(text: str, band: AgeBand, names: Iterable[str] = ()) -> tuple[Remark, ...]:
    """What to tell the parent about a page; empty when it reads well.

    Args:
        text: The page's words.
        band: For which ages.
        names: Names and kinds that the family knows.
    """
    limits, ages = LIMITS[band], band.replace("-", "–")
    remarks = []
    if (count := words(text)) > limits.words:
        remarks.append(Remark("long", f"{count} words: for ages {ages} up to {limits.words} on a page read best."))
    if len(rare := rare_words(text, names)) > limits.rare:
        few = ("one rare word", "two rare words", "three rare words")[limits.rare - 1]
        remarks.append(Remark("rare", f"For ages {ages} {few} a page is plenty; here are {', '.join(rare)}."))
    return tuple(remarks)


def _base(word: str) -> str:
    return re.sub(r"[’']s?$", "", word.casefold())


@cache
def _frequency(word: str) -> float:
    """How common a word is on the Zipf scale, or the word it comes from: who knows "birch" knows "birches"."""
    # Half a second and its word list, which nobody should pay who only counts words.
    from wordfreq import zipf_frequency

    return max(zipf_frequency(form, "en") for form in {word, *_stems(word)})


def _stems(word: str) -> Iterable[str]:
    for ending in ("s", "es", "ed", "d", "ing", "ings", "er", "ly"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3:
            yield stem
            yield stem + "e"
            if stem[-1] == stem[-2]:
                yield stem[:-1]
            if stem.endswith("i"):
                yield stem[:-1] + "y"
