"""HTML of values for a notebook: a cover with its contact sheet, a page, a picture, a job, a character.

Importing this module registers it all with ``rich_repr.html_of``; the workshop does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final

from storymaker.books.model import Book, Chapter, Character, Picture
from storymaker.display.markup import markup
from storymaker.display.pictures import Inlined, shown_cutouts, shown_pages, shown_picture
from storymaker.jobs.queue import Job
from storymaker.rich_repr import SEPARATOR, html_of
from storymaker.text import clean_text

COVER_PX: Final = 400
SHEET_PX: Final = 280
"""Sharp enough for a contact sheet; ten of them, with the cover, stay below 400 kB."""
PAGE_PX: Final = 640
CUTOUT_PX: Final = 160


def _book(book: Book) -> str:
    widths = (COVER_PX, *(SHEET_PX for _ in book.chapters))
    cover, *sheet = shown_pages(book.id, book.pages, widths)
    lines = (
        _text("sm-shown-title", book.label),
        _facts(book.facts, book.id),
        _text("sm-shown-words", book.summary),
        _text("sm-shown-dedication", book.dedication),
    )
    front = _beside(_framed(cover, _alt(book.cover)), "".join(lines))
    pages = "".join(_thumb(chapter, shown) for chapter, shown in zip(book.chapters, sheet, strict=True))
    return front + (f'<ol class="sm-shown-sheet">{pages}</ol>' if pages else "")


def _thumb(chapter: Chapter, shown: Inlined) -> str:
    stale = _text("sm-shown-quiet", "changed since it was drawn") if chapter.state == "stale" else ""
    return f"<li>{_framed(shown, _alt(chapter))}{_text('sm-shown-caption', chapter.label)}{stale}</li>"


def _page(page: Chapter) -> str:
    (shown,) = shown_pages(page.id.partition(".")[0], (page,), (PAGE_PX,))
    lines = (
        _text("sm-shown-title", page.label),
        _text("sm-shown-words", page.text),
        _facts(page.facts, page.id),
    )
    return _beside(_framed(shown, _alt(page)), "".join(lines), "sm-shown-page")


def _picture(picture: Picture) -> str:
    shown, told = shown_picture(picture, PAGE_PX)
    notes = "".join(_text("sm-shown-note", note) for note in picture.notes)
    alt = told or f"A picture drawn by {picture.illustrator}"
    return f'<div class="sm-shown-alone">{_framed(shown, alt)}{_facts(picture.facts)}{notes}</div>'


def _character(character: Character) -> str:
    cutouts = shown_cutouts(character, CUTOUT_PX)
    framed = (_framed(shown, f"Cut-out of {character.label}") for shown in cutouts)
    row = f'<div class="sm-shown-cutouts">{"".join(framed)}</div>' if cutouts else ""
    facts = _facts(character.facts, character.id)
    return _text("sm-shown-title", character.label) + row + facts + _text("sm-shown-words", character.look)


def _job(job: Job) -> str:
    bar = markup(
        '<progress class="sm-shown-bar" value="{value}" max="1" aria-label="Progress">{told}</progress>',
        value=job.progress,
        told=f"{job.progress:.0%}",
    )
    state = markup('<span class="sm-shown-state sm-shown-{state}">{state}</span>', state=job.state)
    share = _inline(f"{job.progress:.0%}") if job.state == "running" else ""
    head = f'<p class="sm-shown-job">{state}{_inline(job.kind)}{bar}{share}</p>'
    return head + _facts(job.facts[1:], job.id) + _text("sm-shown-note", job.reason or "")


def _framed(shown: Inlined, alt: str) -> str:
    if shown.address:
        return markup('<img class="sm-shown-picture" src="{src}" alt="{alt}">', src=shown.address, alt=clean_text(alt))
    return markup('<p class="sm-shown-picture sm-shown-instead">{instead}</p>', instead=shown.instead)


def _beside(picture: str, text: str, more: str = "") -> str:
    return f'<div class="sm-shown-front {more}"><div>{picture}</div><div>{text}</div></div>'


def _alt(page: Chapter) -> str:
    return page.alt or page.image_prompt or f"The picture of “{page.label}”"


def _facts(facts: tuple[str, ...], name: str = "") -> str:
    told = [_inline(fact) for fact in facts]
    if name:
        told.append(markup("<code>{name}</code>", name=clean_text(name)))
    return f'<p class="sm-shown-quiet">{SEPARATOR.join(told)}</p>'


def _inline(text: str) -> str:
    return markup("<bdi>{text}</bdi>", text=clean_text(text))


def _text(style: str, text: str) -> str:
    """A paragraph in the direction of its own script; none where there are no words."""
    cleaned = clean_text(text)
    return markup('<p class="{style}" dir="auto">{text}</p>', style=style, text=cleaned) if cleaned else ""


@functools.cache
def _style() -> str:
    return files("storymaker.display").joinpath("style.css").read_text("utf-8")


def _styled(body: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: f'<div class="sm-shown"><style>{_style()}</style>{body(value)}</div>'


html_of.register(Book, _styled(_book))
html_of.register(Chapter, _styled(_page))
html_of.register(Picture, _styled(_picture))
html_of.register(Character, _styled(_character))
html_of.register(Job, _styled(_job))
