"""Looks a book over before it is printed: whatever a reader would stumble over is said with its page, and never printed silently."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storymaker.books.model import Book
from storymaker.errors import ExportError
from storymaker.export.fonts import advice
from storymaker.export.plan import SMALLEST_PT, PdfOptions, alt_text, page_count, page_name, picture_page


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
    problems, remarks = [*_whole(book)], []
    if book.cover.picture is None or not _there(folder, book.cover.picture.file):
        problems.append("Page 1, the cover, has no picture yet.")
    elif book.cover.picture.veiled:
        problems.append("Page 1, the cover, has a picture that you should look at first.")
    for index, chapter in enumerate(book.chapters):
        n = picture_page(index)
        if chapter.picture is None or not _there(folder, chapter.picture.file):
            problems.append(f"{_named(n, chapter.title)} has no picture yet.")
        elif chapter.picture.veiled:
            problems.append(f"{_named(n, chapter.title)} has a picture that you should look at first.")
        elif chapter.picture_stale:
            remarks.append(f"{_named(n, chapter.title)}: the words have changed since this picture was drawn.")
        if not chapter.text.strip():
            problems.append(f"{_named(n + 1, chapter.title)} has no words yet.")
    for n, page in ((1, book.cover), *((picture_page(i), chapter) for i, chapter in enumerate(book.chapters))):
        if page.picture is not None and alt_text(page, n)[1]:
            remarks.append(
                f"{_named(n, page.title)}: the picture has no description, so what was asked for is read aloud instead."
            )
    if options.draft:
        return [*problems, *remarks]
    _refuse(problems, "Finish it first, or print a draft.")
    return remarks


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
            f"{_named(page, _title(book, page))} has {what}, which no installed typeface has: {advice(character, name)}."
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
        f"{_named(page['n'], _title(book, page['n']))} has more words than fit, even in letters of {SMALLEST_PT:g} points. "
        "Please shorten it, or make two chapters of it."
        for page in answers
        if not page["fits"]
    ]
    _refuse(over, "")
    return [
        f"{_named(page['n'], _title(book, page['n']))} is set in smaller letters ({page['size']:g} points), so that its words fit."
        for page in answers
        if page["size"] < wanted - 2
    ]


def _whole(book: Book) -> list[str]:
    """What the book as a whole lacks."""
    problems = []
    if not book.title:
        problems.append("Page 1 has no title yet.")
    if not book.chapters:
        problems.append("The book has no chapters yet.")
    elif not book.drafted:
        problems.append(f"The story is not written to its end: page {page_count(book)} would say The End too early.")
    return problems


def _there(folder: Path, name: str) -> bool:
    return (folder / "images" / name).is_file()


def _named(n: int, title: str) -> str:
    name = page_name(n, title)
    return name[0].upper() + name[1:]


def _title(book: Book, page: int) -> str:
    index = (page - picture_page(0)) // 2
    return book.chapters[index].title if page >= picture_page(0) and index < len(book.chapters) else ""


def _refuse(problems: Sequence[str], advice: str) -> None:
    if not problems:
        return
    more = len(problems) - 1
    others = {0: "", 1: "One more thing is not ready either."}.get(more, f"{more} more things are not ready either.")
    raise ExportError(" ".join(part for part in (problems[0], others, advice) if part))
