"""What the page shows, as HTML: pure functions; whatever a person or a model wrote is escaped in one place."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import quote

from storymaker.contract.values import BookOut, CardOut, JobOut, ShelfOut

READY: Final = '<div id="storymaker-ready" data-state="ready"></div>'
LOADING: Final = '<div id="storymaker-ready" data-state="loading"></div>'


def markup(template: str, /, **texts: object) -> str:
    """A template with texts filled in, each escaped: the only way that text gets into the page."""
    return template.format(**{name: escape(str(text)) for name, text in texts.items()})


def heading(user: str) -> str:
    """The page's title, and who is signed in."""
    greeting = markup('<p class="sm-user">Hello, {user}!</p>', user=user) if user else ""
    return f"<header><h1>Story Studio</h1>{greeting}</header>"


def alert(sentence: str) -> str:
    """Something that went wrong, said aloud by screen readers."""
    said = markup('<p role="alert">{sentence}</p>', sentence=sentence) if sentence else ""
    return f'<div class="sm-toasts">{said}</div>'


def shelf_list(shelf: ShelfOut, *, linked: bool) -> str:
    """The books on the shelf.

    Args:
        shelf: What stands there.
        linked: Whether a book's title opens it, by the page's address.
    """
    if not shelf.books and not shelf.problems:
        return '<p class="sm-empty">No book yet. Give your hero a name, and the first is made.</p>'
    books = "".join(_card(card, linked=linked) for card in shelf.books)
    problems = "".join(markup("<li>{reason}</li>", reason=trouble.reason) for trouble in shelf.problems)
    return f'<ul class="sm-shelf">{books}{problems}</ul>'


def _card(card: CardOut, *, linked: bool) -> str:
    title = "<strong>{title}</strong>"
    if linked:
        title = f'<a href="?book={quote(card.id, safe="")}">{title}</a>'
    return markup(
        f"<li>{title}<span>{{state}}</span></li>",
        title=card.title or f"A story about {card.hero}",
        state=f"{card.done} of {card.chapters} pictures" if card.chapters else "just begun",
    )


def book_panel(book: BookOut, jobs: Sequence[JobOut], download: str = "") -> str:
    """The book at hand: how far it is, what went wrong, and its file once it is there.

    Args:
        book: The book.
        jobs: Its jobs.
        download: Address of its file; empty until there is one.
    """
    heroes = " and ".join(hero.name for hero in book.heroes)
    done, pages = sum(page.state == "done" for page in book.pages), book.brief.chapters + 1
    link = (
        markup(
            '<p><a class="sm-download" href="{address}" download="{name}">Download the book (PDF)</a></p>',
            address=download,
            name=f"{book.title}.pdf",
        )
        if download
        else ""
    )
    return markup(
        '<section class="sm-book"><h2>{title}</h2><p role="status">{state}</p>'
        f'<progress class="sm-progress" aria-label="Pictures" max="{pages}" value="{min(done, pages)}"></progress>',
        title=book.title or f"A story about {heroes}",
        state=_state(book, jobs, done),
    ) + (f"{_reasons(jobs)}{link}</section>")


def _state(book: BookOut, jobs: Sequence[JobOut], done: int) -> str:
    live = {job.kind for job in jobs if not job.ended}
    if "story" in live:
        return f"The story is being written: {len(book.chapters)} of {book.brief.chapters} chapters, {done} pictures."
    if live:
        return f"The pictures are being drawn: {done} of {len(book.pages)}."
    if book.complete:
        return "The book is finished."
    return f"{done} of {len(book.pages)} pictures are there; nothing is being made now."


def _reasons(jobs: Sequence[JobOut]) -> str:
    """Why pages are missing, each sentence once; a page that was tried again has only its latest to say."""
    latest = {job.chapter_id or job.kind: job for job in jobs}
    reasons = dict.fromkeys(job.reason for job in latest.values() if job.state == "failed" and job.reason)
    said = "".join(markup("<li>{reason}</li>", reason=reason) for reason in reasons)
    return f'<ul class="sm-reasons">{said}</ul>' if said else ""
