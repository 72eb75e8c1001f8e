"""The command that changes what a book is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from storymaker.cli.books import _hint
from storymaker.cli.terminal import EXIT_FAILED, Books, progress, say, tell
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.text import dollars

if TYPE_CHECKING:
    from storymaker.books.about import AboutChange
    from storymaker.books.model import Book, Character
    from storymaker.books.shelf import Shelf
    from storymaker.workshop import Workshop

app = typer.Typer()


@app.command()
def about(
    ref: Annotated[str, typer.Argument(metavar="BOOK", help="Short id of a book, or its folder's name.")],
    dedication: Annotated[str | None, typer.Option(help="For whom the book is.")] = None,
    child: Annotated[str | None, typer.Option(help="The child's name; it stays on this machine.")] = None,
    age: Annotated[str | None, typer.Option(help="3-4, 5-6 or 7-8.")] = None,
    name: Annotated[str | None, typer.Option(help="The hero's name in this book.")] = None,
    pronouns: Annotated[str | None, typer.Option(help="The hero's: she, he, they or it.")] = None,
    hero: Annotated[str | None, typer.Option(help="Somebody else of the cast, by name or id, as the hero.")] = None,
    friend: Annotated[
        str | None, typer.Option(help="Who goes along, by name or id; empty lets the story choose.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Who writes this book from now on.")] = None,
    illustrator: Annotated[str | None, typer.Option(help="Who draws this book from now on.")] = None,
    words: Annotated[
        str, typer.Option(help="names: put other names into the words; again: write the story anew; keep: leave them.")
    ] = "names",
    draw: Annotated[bool, typer.Option("--draw", help="Draw the pictures anew that are not true any more.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would redo, and what that costs.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the latest change made here.")] = False,
    books: Books = None,
) -> None:
    """Change for whom a book is, who is in it, or who makes it; without options, say how that stands."""
    from storymaker.workshop import Workshop

    asked = {"dedication": dedication, "child": child, "age_band": age, "author": author, "illustrator": illustrator}
    with Workshop(books) as workshop, progress() as on_change:
        book = workshop.shelf.open(ref)
        if undo:
            _tell(workshop, workshop.undo(ref, version=_latest(workshop.shelf, book)))
            return
        change = _change(workshop.shelf, book, asked, name, pronouns, hero, friend, words, draw=draw)
        if change is None:
            _tell(workshop, book)
            return
        plan = workshop.plan_about(ref, change)
        for sentence in plan.sentences:
            say(sentence)
        if dry_run:
            typer.echo(f"It would cost {dollars(plan.total_usd)}.")
            return
        book = workshop.change_about(ref, change)
        if change.words == "again" or change.draw:
            workshop.wait(ref, on_change)
            book = workshop.shelf.open(ref)
        _tell(workshop, book)
        if change.words == "again" and not book.drafted:
            raise typer.Exit(EXIT_FAILED)


def _change(
    shelf: Shelf,
    book: Book,
    asked: dict[str, Any],
    name: str | None,
    pronouns: str | None,
    hero: str | None,
    friend: str | None,
    words: str,
    *,
    draw: bool,
) -> AboutChange | None:
    """What was asked for, as a change; None where nothing was."""
    from storymaker.books.about import AboutChange

    if words not in ("names", "again", "keep"):
        raise InvalidInputError(f"The words can be “names”, “again” or “keep”, and not “{words}”.")
    if pronouns not in (None, "she", "he", "they", "it"):
        raise InvalidInputError(f"The pronouns can be “she”, “he”, “they” or “it”, and not “{pronouns}”.")
    heroes = (_somebody(shelf, hero), *book.heroes[1:]) if hero else None
    first = (heroes or book.heroes)[0].id
    change = AboutChange(
        **asked,
        heroes=heroes,
        friend=_somebody(shelf, friend) if friend else None,
        story_friend=friend == "",
        names={first: name} if name is not None else {},
        pronouns={first: pronouns} if pronouns else {},  # type: ignore[dict-item]
        words=words,  # type: ignore[arg-type]
        draw=draw,
    )
    return None if change == AboutChange() else change


def _somebody(shelf: Shelf, who: str) -> Character:
    """The one of this name or id in the cast.

    Raises:
        NotFoundError: If there is none.
        InvalidInputError: If there are several.
    """
    found = [one for one in shelf.cast.list() if who == one.id or who.casefold() == one.name.casefold()]
    if not found:
        names = ", ".join(one.name for one in shelf.cast.list())
        raise NotFoundError(f"There is no {who} in the cast; there is: {names or 'nobody yet'}.")
    if len(found) > 1:
        raise InvalidInputError(
            f"Several are called {who}: please give one of these ids: {', '.join(one.id for one in found)}."
        )
    return found[0]


def _latest(shelf: Shelf, book: Book) -> int:
    """The version that the latest standing change of this kind made.

    Raises:
        InvalidInputError: If there is none.
    """
    entries = shelf.history(book.id)
    undone = {entry.undoes for entry in entries}
    for entry in reversed(entries):
        if entry.what == "about" and entry.version not in undone:
            return entry.version
    raise InvalidInputError("Nothing was changed about this book that could be taken back.")


def _tell(workshop: Workshop, book: Book) -> None:
    heroes = ", ".join(f"{hero.label} ({hero.pronouns}, {hero.id})" for hero in book.heroes)
    friend = f"{book.friend.label} ({book.friend.id})" if book.friend else "-"
    stale = sum(page.state == "stale" for page in book.pages)
    tell(
        f"{book.title}  ({book.id}, version {book.version})\n"
        f"hero         {heroes}\nfriend       {friend}\nchild        {book.brief.child or '-'}\n"
        f"dedication   {book.dedication or '-'}\nage          {book.brief.age_band}\n"
        f"author       {book.brief.author}\nillustrator  {book.brief.illustrator}"
    )
    if stale:
        say(f"{stale} pictures do not match any more. {_hint(workshop, 'illustrate', book.id)} draws them anew.")
