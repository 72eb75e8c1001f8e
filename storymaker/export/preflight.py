"""Looks a book over before it is printed: whatever a reader would stumble over is said with its page, and never printed silently."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storymaker.books.checkup import Fault, picture_faults, told
from storymaker.books.model import Book, Chapter
from storymaker.errors import ExportError
from storymaker.export.fonts import advice
from storymaker.export.plan import SMALLEST_PT, PdfOptions, alt_text, chapter_name, page_name


def check_content(book: Book, folder: Path, options: PdfOptions) -> list[str]:
    """Look for words and pictures.

    Args:
        book: The book.
        folder: Its folder.
        options: With ``draft``, what is missing becomes a remark.

    Returns:
        Remarks for the parent.

    Raises:
        ExportError: If something is missing; it names the first page and counts the others.
    """
    problems, remarks, lost = [*_whole(book)], [], picture_faults(folder, book)
    for page in book.pages:
        name = _named(page)
        if page.picture is None:
            problems.append(f"{name} has no picture yet.")
        elif page.id in lost:
            problems.append(_lost(page, lost[page.id]))
        elif page.picture.veiled:
            problems.append(f"{name} has a picture that you should look at first.")
        elif page.picture_stale and page.n:
            remarks.append(f"{name}: the words have changed since this picture was drawn.")
        if page.n and not page.text.strip():
            problems.append(f"{name} has no words yet.")
    for page in book.pages:
        if page.picture is not None and alt_text(page, page.n)[1]:
            remarks.append(
                f"{_named(page)}: the picture has no description, so what was asked for is read aloud instead."
            )
    if options.draft:
        return [*problems, *remarks]
    _refuse(problems, "Finish it first, or print a draft.")
    return remarks


def check_pictures(book: Book, folder: Path) -> None:
    """Refuse a book that lost a picture, also where it was printed before.

    Raises:
        ExportError: With the page.
    """
    lost = picture_faults(folder, book)
    _refuse([_lost(page, lost[page.id]) for page in book.pages if page.id in lost], "")


def _lost(page: Chapter, fault: Fault) -> str:
    return f"{_named(page)}: {told(fault)}"


def check_glyphs(book: Book, missing: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Refuse characters that no installed typeface can draw: they would be printed as empty boxes.

    Args:
        book: For the pages' titles.
        missing: ``(page, characters)``.

    Raises:
        ExportError: With page and character.
    """
    first: dict[str, int] = {}
    for page, characters in missing:
        for character in characters:
            first[character] = min(page, first.get(character, page))
    problems = []
    for character, page in sorted(first.items(), key=lambda item: item[1]):
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        what = f"the character {character} ({name.lower()})"
        problems.append(
            f"{_capital(page_name(book, page))} has {what}, which no installed typeface has: {advice(character, name)}."
        )
    _refuse(problems, "")


def check_fit(book: Book, answers: Sequence[dict[str, Any]], wanted: float) -> list[str]:
    """Read what the template measured.

    Args:
        book: For the pages' titles.
        answers: One ``{"n", "size", "fits"}`` for every page of words; sizes in points.
        wanted: The band's size in points.

    Returns:
        A remark for every page in smaller letters.

    Raises:
        ExportError: If words do not fit even at the smallest size.
    """
    over = [
        f"{_capital(page_name(book, page['n']))} has more words than fit, even in letters of {SMALLEST_PT:g} points. "
        "Please shorten it, or make two chapters of it."
        for page in answers
        if not page["fits"]
    ]
    _refuse(over, "")
    return [
        f"{_capital(page_name(book, page['n']))} is set in smaller letters ({page['size']:g} points), so that its words fit."
        for page in answers
        if page["size"] < wanted - 2
    ]


def _whole(book: Book) -> list[str]:
    """What the book as a whole lacks."""
    problems = []
    if not book.title:
        problems.append("The book has no title yet.")
    if not book.chapters:
        problems.append("The book has no chapters yet.")
    elif not book.drafted:
        there, asked = len(book.chapters), book.brief.chapters
        told = f"Only {there} of {asked} chapters are there" if there < asked else "The story is not written to its end"
        problems.append(f"{told}: the last page would say The End too early.")
    return problems


def _named(page: Chapter) -> str:
    return _capital(chapter_name(page))


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _refuse(problems: Sequence[str], advice: str) -> None:
    if not problems:
        return
    more = len(problems) - 1
    others = {0: "", 1: "One more thing is not ready either."}.get(more, f"{more} more things are not ready either.")
    raise ExportError(" ".join(part for part in (problems[0], others, advice) if part))
