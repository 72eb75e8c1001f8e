"""The commands that make, show and change books."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from storymaker.cli.terminal import EXIT_FAILED, EXIT_STOPPED, AsJson, Books, progress, say, tell
from storymaker.errors import InvalidInputError, NotFoundError, StorymakerError

if TYPE_CHECKING:
    from storymaker.books.model import Book, Chapter
    from storymaker.jobs.queue import Job
    from storymaker.workshop import Workshop

app = typer.Typer()
script = typer.Typer(help="The book's words as a CSV file for spreadsheets.", no_args_is_help=True)
app.add_typer(script, name="script")

Ref = Annotated[str, typer.Argument(metavar="BOOK", help="Short id of a book, or its folder's name.")]


@app.command()
def make(
    name: Annotated[str, typer.Option(help="The hero's name.")],
    photo: Annotated[
        list[Path] | None, typer.Option(help="A photo of the plushie; give several for several poses.")
    ] = None,
    kind: Annotated[str, typer.Option(help="What it is: bear, sloth, …")] = "",
    title: Annotated[str, typer.Option(help="The book's title; the story has one of its own.")] = "",
    age: Annotated[str, typer.Option(help="3-4, 5-6 or 7-8.")] = "5-6",
    arc: Annotated[str, typer.Option(help="Which of the built-in stories.")] = "",
    child: Annotated[str, typer.Option(help="The child's name; it stays on this machine.")] = "",
    dedication: Annotated[str, typer.Option(help="For whom the book is.")] = "",
    language: Annotated[str, typer.Option(help="en-GB or en-US: whose spelling.")] = "en-GB",
    chapters: Annotated[int, typer.Option(help="How many chapters.")] = 10,
    author: Annotated[str | None, typer.Option(help="Who writes.")] = None,
    illustrator: Annotated[str | None, typer.Option(help="Who draws.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same book.")] = None,
    format_: Annotated[str, typer.Option("--format", help="pdf.")] = "pdf",
    budget: Annotated[float | None, typer.Option(help="US dollars it may cost at most.", metavar="USD")] = None,
    books: Books = None,
    as_json: AsJson = False,
) -> None:
    """Make one book, unattended: photos in, pictures and a PDF out."""
    began = time.monotonic()
    _require_format(format_, ("pdf",))
    asked: dict[str, Any] = {
        "title": title,
        "age_band": age,
        "arc": arc,
        "child": child,
        "dedication": dedication,
        "language": language,
        "chapters": chapters,
    }
    if seed is not None:
        asked["seed"] = seed
    with _workshop(books) as workshop, progress() as on_change:
        workshop.casting.on_remark = say
        asked |= {
            "author": author or workshop.settings.author,
            "illustrator": illustrator or workshop.settings.illustrator,
        }
        if not photo:
            say(
                f"No photo was given, so {name} is played by our own paper plushie, a rabbit. Add --photo to star yours."
            )
        for told in workshop.sends(asked["author"], asked["illustrator"]):
            say(told)
        book = _stoppable(
            lambda: workshop.make(name, photo or (), kind=kind, budget_usd=budget, on_change=on_change, **asked),
            workshop,
        )
        _finish(workshop, book, as_json=as_json, began=began)


@app.command("list")
def list_books(books: Books = None, as_json: AsJson = False) -> None:
    """Show the books on the shelf."""
    with _workshop(books) as workshop:
        listing = workshop.shelf.list()
        if as_json:
            rows = [
                {
                    "book": b.id,
                    "path": str(b.folder),
                    "title": b.title,
                    "chapters": b.chapters,
                    "done": b.done,
                    "total": b.total,
                }
                for b in listing.books
            ]
            typer.echo(
                json.dumps({"books": rows, "problems": [{"folder": f, "reason": r} for f, r in listing.problems]})
            )
            return
        if not listing.books and not listing.problems:
            typer.echo(f"No books in {workshop.shelf.root} yet. “storymaker make --name …” makes one.")
        for card in listing.books:
            tell(f"{card.id}  {card.done:>2}/{card.total:<2}  {card.title or card.hero}")
        for _, reason in listing.problems:
            say(reason)


@app.command()
def show(ref: Ref, books: Books = None, as_json: AsJson = False) -> None:
    """Show one book: its chapters, what is drawn, what it cost."""
    from storymaker.books.checkup import cutout_faults, picture_faults, told

    with _workshop(books) as workshop:
        book, folder = workshop.shelf.open(ref), workshop.shelf.folder(ref)
        lost = picture_faults(folder, book)
        if as_json:
            typer.echo(json.dumps(book.model_dump(mode="json", by_alias=True) | {"faults": lost}))
        else:
            tell(f"{book.title}  ({book.id}, version {book.version}, ${book.cost_usd:.2f})\n{folder}")
            for page in book.pages:
                tell(f"{page.n:>3}  {lost.get(page.id) or page.state:<7}  {page.id}  {page.title}")
        for page in book.pages:
            if page.id in lost:
                say(f"{_page_name(page)}: {told(lost[page.id])}")
        for character, file, fault in cutout_faults(folder, book):
            say(f"A cut-out of {character.name} ({file.name}) is {fault} in the book's folder.")
            lost[character.id] = fault
        if lost:
            raise typer.Exit(EXIT_FAILED)


@app.command()
def rescue(ref: Ref, books: Books = None) -> None:
    """Make a book whose book.json is lost or damaged again, from its history, heroes and pictures."""
    with _workshop(books) as workshop:
        book = workshop.shelf.rescue(ref)
        say(f"“{book.title}” is a book again, with {len(book.chapters)} chapters. Please look it through.")
        typer.echo(workshop.shelf.folder(book.id))


@app.command()
def copy(ref: Ref, books: Books = None) -> None:
    """Put a copy of a book on the shelf, as a book of its own, and print where it is."""
    with _workshop(books) as workshop:
        typer.echo(workshop.shelf.folder(workshop.shelf.copy(ref).id))


@app.command()
def draft(ref: Ref, again: Annotated[bool, typer.Option("--again", help="Write anew what is written.")] = False,
          books: Books = None, as_json: AsJson = False) -> None:  # fmt: skip
    """Have the story written, where that was not done or broke off."""
    began = time.monotonic()
    with _workshop(books) as workshop, progress() as on_change:

        def work() -> Book:
            workshop.draft(ref, again=again)
            return _waited(workshop, ref, on_change)

        book = _stoppable(work, workshop, ref)
        _report(workshop, book, None, as_json=as_json, began=began, complete=book.drafted)


@app.command()
def illustrate(
    ref: Ref,
    chapter: Annotated[
        list[int] | None, typer.Option(help="Draw just this chapter, anew if need be; 0 is the cover.")
    ] = None,
    books: Books = None,
    as_json: AsJson = False,
) -> None:
    """Draw every picture that is missing, damaged or tells other words; finished ones are kept."""
    began = time.monotonic()
    with _workshop(books) as workshop, progress() as on_change:
        book = workshop.shelf.open(ref)
        pages = {page.n: page.id for page in book.pages}
        unknown = [n for n in chapter or () if n not in pages]
        if unknown:
            raise NotFoundError(f"“{book.title}” has no chapter {unknown[0]}; it has {len(book.chapters)}.")

        def work() -> Book:
            if not book.drafted:
                workshop.draft(ref, draw=True)
                _waited(workshop, ref, on_change)
            workshop.illustrate(ref, [pages[n] for n in chapter] if chapter else None)
            return _waited(workshop, ref, on_change)

        book = _stoppable(work, workshop, ref)
        complete = book.complete and not workshop.shelf.faults(book)
        _report(workshop, book, None, as_json=as_json, began=began, complete=complete)


@app.command()
def export(
    ref: Ref,
    format_: Annotated[
        str, typer.Option("--format", help="pdf, or cover: back, spine and front for a printer.")
    ] = "pdf",
    easy_reading: Annotated[
        bool, typer.Option("--easy-reading", help="Set it in a face made for easy reading.")
    ] = False,
    draft_: Annotated[bool, typer.Option("--draft", help="Allow pages whose picture is missing.")] = False,
    books: Books = None,
) -> None:
    """Make the book's PDF and print where it is."""
    _require_format(format_, ("pdf", "cover"))
    with _workshop(books) as workshop:
        made = (
            workshop.export_cover(ref)
            if format_ == "cover"
            else workshop.export(ref, easy_reading=easy_reading, draft=draft_)
        )
        for remark in made.remarks:
            say(remark)
        typer.echo(made.path)


@app.command()
def delete(
    ref: Ref,
    purge: Annotated[bool, typer.Option("--purge", help="Remove it for good, from shelf and trash.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take it back out of the trash.")] = False,
    books: Books = None,
) -> None:
    """Put a book into the trash, where it can be restored for 30 days."""
    with _workshop(books) as workshop:
        if restore:
            tell(f"“{workshop.shelf.restore(ref).title}” is back on the shelf.")
            return
        in_trash = any(ref in (card.id, card.folder.name) for card in workshop.shelf.trash())
        if not (purge and in_trash):
            workshop.delete(ref)
        if purge:
            workshop.shelf.purge(ref)
            typer.echo("The book is gone for good.")
        else:
            back = _hint(workshop, "delete", "--restore", ref)
            typer.echo(f"The book is in the trash. {back} brings it back within 30 days.")


@script.command("export")
def script_export(ref: Ref, file: Annotated[Path, typer.Argument(metavar="FILE")], books: Books = None) -> None:
    """Write the book's words to a CSV file."""
    with _workshop(books) as workshop:
        workshop.shelf.export_script(ref, file)
        typer.echo(file)


@script.command("import")
def script_import(ref: Ref, file: Annotated[Path, typer.Argument(metavar="FILE")], books: Books = None) -> None:
    """Take the words of a CSV file into the book."""
    with _workshop(books) as workshop:
        book = workshop.shelf.import_script(ref, file)
        stale = sum(chapter.state == "stale" for chapter in book.chapters)
        tell(f"“{book.title}” has the words of {file.name}.")
        if stale:
            typer.echo(
                f"{stale} pictures show what stood there before. {_hint(workshop, 'illustrate', book.id)} draws them anew."
            )


def _workshop(books: Path | None) -> Workshop:
    from storymaker.workshop import Workshop

    return Workshop(books)


def _hint(workshop: Workshop, *command: str) -> str:
    """A command that goes on with a book; it names the shelf where that is not the one that is set."""
    from storymaker.books.shelf import Shelf
    from storymaker.settings import load_settings

    root = workshop.shelf.root
    where = () if Shelf(load_settings().books).root == root else ("--books", str(root))
    return f"“{shlex.join(('storymaker', *command, *where))}”"


def _require_format(name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise InvalidInputError(f"The format “{name}” is not known; there is: {', '.join(known)}.")


def _waited(workshop: Workshop, ref: str, on_change: Callable[[Book, tuple[Job, ...]], None]) -> Book:
    workshop.wait(ref, on_change)
    return workshop.shelf.open(ref)


def _stoppable(work: Callable[[], Book], workshop: Workshop, ref: str | None = None) -> Book:
    """Do it; Ctrl-C ends it with a sentence that says how to go on, with the book that was named or has just been begun."""
    before = {card.id for card in workshop.shelf.list().books}
    try:
        return work()
    except KeyboardInterrupt:
        begun = ref or next((card.id for card in workshop.shelf.list().books if card.id not in before), None)
        if begun is None:
            _stop("Stopped; no book was begun yet.")
        _stop(f"Stopped; nothing finished is lost. {_hint(workshop, 'illustrate', begun)} goes on.")


def _stop(sentence: str) -> NoReturn:
    say(sentence)
    raise typer.Exit(EXIT_STOPPED)


def _finish(workshop: Workshop, book: Book, *, as_json: bool, began: float) -> None:
    """Print the PDF if the book is whole, else what is missing and how to get it."""
    pdf, trouble = None, None
    short = not book.drafted and bool(book.chapters) and all(page.state == "done" for page in book.pages)
    if book.complete or short:
        try:
            made = workshop.export(book.id, draft=short)
            pdf, trouble = made.path, " ".join(made.remarks) if short else None
        except StorymakerError as error:
            trouble = error.message
    if trouble:
        say(trouble)
    _report(workshop, book, pdf, as_json=as_json, began=began, complete=book.complete and trouble is None)


def _report(workshop: Workshop, book: Book, pdf: Path | None, *, as_json: bool, began: float, complete: bool) -> None:
    """Print how the book stands; what failed is said with its reason, once a page."""
    from storymaker.books.checkup import told

    lost = workshop.shelf.faults(book)
    missing = [page for page in book.pages if page.state != "done" or page.id in lost]
    reasons = {job.chapter_id: job.reason for job in workshop.jobs(book.id) if job.reason}
    if not complete:
        for page in missing:
            why = reasons.get(page.id) or (told(lost[page.id]) if page.id in lost else "not drawn yet")
            say(f"{_page_name(page)}: {why}")
        for reason in (reasons[None],) if None in reasons else ():
            say(reason)
        if not book.drafted:  # the pictures of what is not written cannot be drawn
            again, draw = _hint(workshop, "draft", book.id), _hint(workshop, "illustrate", book.id)
            folder = workshop.shelf.folder(book.id)
            say(f"The book stands at {folder}; {again} has its story written again, and {draw} then draws what is new.")
        elif missing:
            folder = workshop.shelf.folder(book.id)
            say(f"The book stands at {folder}; {_hint(workshop, 'illustrate', book.id)} draws what is missing.")
    if as_json:
        result = {
            "book": book.id,
            "path": str(workshop.shelf.folder(book.id)),
            "pdf": str(pdf) if pdf else None,
            "chapters": len(book.chapters),
            "done": len(book.pages) - len(missing),
            "total": book.total,
            "failed": len(missing),
            "cost_usd": book.cost_usd,
            "seconds": round(time.monotonic() - began, 2),
        }
        typer.echo(json.dumps(result))
    else:
        typer.echo(pdf or workshop.shelf.folder(book.id))
    if not complete:
        raise typer.Exit(EXIT_FAILED)


def _page_name(page: Chapter) -> str:
    """A page by the number that ``--chapter`` takes."""
    return f"Chapter {page.n}" if page.n else "The cover"
