"""Which pages a printed book has and what stands on each: plain data for the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from storymaker.books.bands import LIMITS
from storymaker.books.model import AgeBand, Book, Chapter
from storymaker.export.fonts import ABEEZEE, FREDOKA, LEXEND, LITERATA, Typefaces
from storymaker.export.runs import LONGEST_WORD, Run, clusters, direction, plain, runs
from storymaker.story.reading import words

Page = dict[str, Any]
"""One page as the template reads it; always ``n`` (from 1) and ``kind``."""

FRONT_PAGES = 3
SMALLEST_PT = 14.0
BODY_PT: dict[AgeBand, float] = {"3-4": 25.0, "5-6": 21.0, "7-8": 17.5}
"""Points by age band; a page with too many words goes down from here to ``SMALLEST_PT``."""

THE_END = {
    "cs": "Konec",
    "de": "Ende",
    "en": "The End",
    "es": "Fin",
    "fr": "Fin",
    "it": "Fine",
    "nl": "Einde",
    "pl": "Koniec",
}

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_MOTIFS = {
    "waves": "sea ocean storm underwater boat ship harbour lake river island beach",
    "pines": "forest wood woods tree snow mountain winter",
    "flowers": "garden meadow park field spring farm orchard",
    "roofs": "town city castle street school village house shop",
    "quilt": "bedroom kitchen bed room bath bathroom attic nursery indoors",
    "stars": "space sky moon stars rocket planet clouds",
}
"""What is cut out at the foot of a page of words, by the first word of the scene that is listed."""

_MOTIF_OF = {word: motif for motif, words in _MOTIFS.items() for word in words.split()}


@dataclass(frozen=True)
class PdfOptions:
    """How a PDF is to be made.

    Attributes:
        easy_reading: Set the words in Lexend, which many readers with dyslexia like.
        draft: Print a book with missing pictures or words, visibly unfinished, instead of refusing.
        lettered: Whether the cover picture carries the title already; None asks the illustrator's name.
        writer: How the colophon names who wrote; empty for the name in the brief.
        artists: Pairs of an illustrator's registered name and how the colophon names it.
    """

    easy_reading: bool = False
    draft: bool = False
    lettered: bool | None = None
    writer: str = ""
    artists: tuple[tuple[str, str], ...] = ()


@dataclass
class Typesetter:
    """Chooses typefaces and remembers, page by page, what none of them can set.

    Attributes:
        faces: What is installed.
        face: The family of the running text.
        missing: ``(page, characters)`` for every line with characters that cannot be set.
        drew_emoji: An emoji drawing was used, and wants its credit.
    """

    faces: Typefaces
    face: str
    missing: list[tuple[int, list[str]]]
    drew_emoji: bool = False

    def line(self, page: int, text: str, family: str | None = None) -> list[Run]:
        """One line as runs; see :func:`storymaker.export.runs.runs`."""
        made, missing = runs(plain(text).replace("\n", " "), family or self.face, self.faces)
        if missing:
            self.missing.append((page, missing))
        self.drew_emoji |= any("svg" in run for run in made)
        return made


def body_face(band: AgeBand, *, easy_reading: bool) -> str:
    """The family of the running text: single-storey letters for those who learn to read."""
    if easy_reading:
        return LEXEND
    return LITERATA if band == "7-8" else ABEEZEE


def page_count(book: Book) -> int:
    """Pages of the whole book."""
    return FRONT_PAGES + 2 * len(book.chapters) + 1


def picture_page(index: int) -> int:
    """The page of a chapter's picture; its words stand on the next.

    Args:
        index: The chapter's place in the book, from 0.
    """
    return FRONT_PAGES + 1 + 2 * index


def page_name(book: Book, n: int) -> str:
    """What stands on a printed page, in words, for messages: pages are counted as the studio counts them.

    Args:
        book: The book.
        n: The printed page, from 1.
    """
    index = (n - picture_page(0)) // 2
    if n >= picture_page(0) and index < len(book.chapters):
        return chapter_name(book.chapters[index])
    return {1: "the cover", 2: "the imprint", 3: "the dedication"}.get(n, "the last page")


def chapter_name(page: Chapter) -> str:
    """A page of the studio in words, for messages."""
    if page.n == 0:
        return "the cover"
    return f"page {page.n} (“{page.title}”)" if page.title else f"page {page.n}"


def alt_text(chapter: Chapter, n: int) -> tuple[str, bool]:
    """The picture in words, and whether something else had to stand in for its description."""
    given = plain(chapter.alt).strip()
    if given:
        return given, False
    return plain(chapter.image_prompt).strip()[:400] or chapter.title or f"The picture on page {n}", True


def pages(book: Book, setter: Typesetter, options: PdfOptions) -> list[Page]:
    """Every page of the book, in order. Pictures are named, not yet made.

    Args:
        book: The book.
        setter: Collects what cannot be set.
        options: How it is to be made.
    """
    title = book.title or "Untitled"
    cover: Page = {"n": 1, "kind": "cover", "picture": _shown(book.cover)}
    cover |= {
        "alt": alt_text(book.cover, 1)[0],
        "title": title_runs(setter, 1, title),
        "lettered": is_lettered(book, options),
    }
    dedication = setter.line(3, book.dedication, FREDOKA)
    made = [cover, {"n": 3, "kind": "dedication", "words": dedication, "dir": direction(book.dedication)}]
    for index, chapter in enumerate(book.chapters):
        n = picture_page(index)
        picture = _shown(chapter)
        made.append(
            {"n": n, "kind": "picture", "picture": picture, "alt": alt_text(chapter, n)[0], "motif": motif(chapter)}
        )
        made.append(_words_page(chapter, n + 1, setter))
    last = page_count(book)
    hero = next((hero for hero in book.heroes if hero.poses), None)
    the_end = setter.line(last, THE_END.get(book.brief.language[:2], THE_END["en"]), FREDOKA)
    alt = " the ".join(part for part in (hero.name, hero.kind) if part) if hero else ""
    made.append({"n": last, "kind": "end", "words": the_end, "hero": None, "alt": alt or "The hero of this book"})
    made.insert(
        1,
        {"n": 2, "kind": "imprint", "title": setter.line(2, title, FREDOKA), "lines": _imprint(book, setter, options)},
    )
    return made


def _shown(page: Chapter) -> str | None:
    """The file of a page's picture, unless a parent should look at it first."""
    return page.picture.file if page.picture and not page.picture.veiled else None


def is_lettered(book: Book, options: PdfOptions) -> bool:
    """Whether the cover picture carries the title: the paper studio letters its covers, others may not."""
    if options.lettered is not None:
        return options.lettered
    return book.cover.picture is not None and book.cover.picture.illustrator == "paper"


def title_runs(setter: Typesetter, page: int, title: str) -> Page:
    """A title, its direction, and its longest word, by which its size is chosen."""
    longest = max((len(clusters(word)) for word in title.split()), default=0)
    return {
        "runs": setter.line(page, title, FREDOKA),
        "dir": direction(title),
        "longest": longest if longest <= LONGEST_WORD else 8,
    }


def motif(chapter: Chapter) -> str:
    """What is cut out at the foot of the page."""
    return next((_MOTIF_OF[word] for word in re.findall(r"\w+", chapter.scene.lower()) if word in _MOTIF_OF), "hills")


def _words_page(chapter: Chapter, n: int, setter: Typesetter) -> Page:
    text = plain(chapter.text).strip()
    paragraphs = [_paragraph(part, n, setter) for part in re.split(r"\n\s*\n", text) if part.strip()]
    if paragraphs and paragraphs[0]["kind"] == "prose":
        _raise_initial(paragraphs[0])
    title = title_runs(setter, n, chapter.title)
    return {
        "n": n,
        "kind": "words",
        "title": title,
        "paragraphs": paragraphs,
        "dir": direction(text),
        "motif": motif(chapter),
    }


def _paragraph(text: str, n: int, setter: Typesetter) -> Page:
    """Prose, or lines that keep their breaks: a verse to join in, or a sign in capitals."""
    lines = [line.strip() for line in text.strip().split("\n")]
    capitals = text == text.upper() != text.lower()
    kind = "prose" if len(lines) == 1 else "sign" if capitals else "verse"
    return {"kind": kind, "lines": [setter.line(n, line, FREDOKA if kind == "sign" else None) for line in lines]}


def _raise_initial(paragraph: Page) -> None:
    """Take the first letter off, where letters stand alone: not in Arabic, whose letters join, nor in Thai."""
    first: list[Run] = paragraph["lines"][0]
    if not first or "t" not in first[0] or "f" in first[0] or "\u200b" in first[0]["t"]:
        return
    match = re.match(r"([“”„‘‚«»\"'(¿¡]*)(.+)", first[0]["t"])
    letter = clusters(match[2])[0] if match else ""
    if match and letter.isalpha() and letter.lower() != letter.upper() and len(match[1]) <= 2:
        paragraph["initial"] = match[1] + letter
        paragraph["lines"] = [[{"t": match[2][len(letter) :]}, *first[1:]], *paragraph["lines"][1:]]


def _imprint(book: Book, setter: Typesetter, options: PdfOptions) -> list[list[Run]]:
    """The colophon, a paragraph a line: who made it, from what, how long it takes to read, when."""
    people = [*book.heroes, *([book.friend] if book.friend else [])]
    names = [" the ".join(part for part in (person.name, person.kind) if part) for person in people]
    face = body_face(book.brief.age_band, easy_reading=options.easy_reading)
    lines = [
        f"Starring {' and '.join(names)}." if names else "",
        _writer(book, options),
        *_artists(book, options),
        f"For reading aloud: {_minutes(book)}, ages {book.brief.age_band.replace('-', '–')}.",
        f"Set in {face} and Fredoka, under the SIL Open Font License.",
    ]
    set_lines = [setter.line(2, line) for line in lines if line]
    if setter.drew_emoji:
        set_lines.append(setter.line(2, "Emoji by Twemoji, under CC BY 4.0."))
    return [
        *set_lines,
        setter.line(2, f"Made at home with Storymaker, {_MONTHS[book.created.month - 1]} {book.created.year}."),
    ]


def _writer(book: Book, options: PdfOptions) -> str:
    known = {"paper": "Words from Storymaker’s own shelf of stories.", "openai": "Words by an AI model of OpenAI."}
    name = book.brief.author
    return (
        f"Words by {options.writer.rstrip('.')}."
        if options.writer
        else known.get(name, f"Words by {name}." if name else "")
    )


def _artists(book: Book, options: PdfOptions) -> list[str]:
    known = {"paper": "the paper studio of Storymaker", "openai": "an AI model of OpenAI"} | dict(options.artists)
    names = dict.fromkeys(page.picture.illustrator for page in book.pages if page.picture is not None)
    return [f"Pictures by {' and '.join(known.get(name, name).rstrip('.') for name in names)}."] if names else []


def _minutes(book: Book) -> str:
    minutes = max(1, round(sum(words(chapter.text) for chapter in book.chapters) / LIMITS[book.brief.age_band].pace))
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


_WIDTH_EM = {ABEEZEE: 0.479, LITERATA: 0.471, LEXEND: 0.485}
"""What a character of English prose takes on the average, spaces too."""

_LINE = 41.5
"""Characters a line on the average, so that hardly one has more than 45."""


def measures(band: AgeBand, face: str) -> dict[str, float]:
    """Sizes of the words by band.

    Points: ``size``, ``least``, ``title-size``, ``dedication-size``, ``widest`` (of a line) and ``give`` (how much smaller
    the whole book may be set for the sake of one size throughout). Ems: ``width`` of a line, ``leading``, ``gap`` between
    paragraphs, ``verse-gap``, ``indent``, ``title-gap``. ``balance``: paragraphs of so many lines get lines of one length.
    """
    by_band: dict[AgeBand, dict[str, float]] = {
        "3-4": {"title-size": 36, "title-gap": 1.45, "dedication-size": 26, "give": 1, "widest": 420, "leading": 0.86, "gap": 0.55,
                "verse-gap": 1.5, "indent": 0, "balance": 3},
        "5-6": {"title-size": 31, "title-gap": 1.55, "dedication-size": 24, "give": 1, "widest": 450, "leading": 0.78, "gap": 0.48,
                "verse-gap": 1.35, "indent": 0, "balance": 2},
        "7-8": {"title-size": 27, "title-gap": 1.4, "dedication-size": 22, "give": 0.5, "widest": 450, "leading": 0.68, "gap": 0.08,
                "verse-gap": 1.15, "indent": 1.2, "balance": 0},
    }  # fmt: skip
    return by_band[band] | {"size": BODY_PT[band], "least": SMALLEST_PT, "width": _WIDTH_EM[face] * _LINE}
