"""What the command line shows while it works: a bar on a terminal, quiet lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from storymaker.text import show_controls

if TYPE_CHECKING:
    from rich.progress import Progress

    from storymaker.books.model import Book
    from storymaker.jobs.queue import Job

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_STOPPED: Final = 130

_WRITTEN: Final = "\n\u200c\u200d"
"""Line ends, and what joins letters of some scripts and parts of emoji, or keeps them apart."""

Books = Annotated[Path | None, typer.Option("--books", help="Folder of the shelf.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object last.")]


def say(sentence: str) -> None:
    """Tell the person at the terminal something, on standard error: standard output is for results."""
    typer.echo(show_controls(sentence, keep=_WRITTEN), err=True)


def tell(line: str) -> None:
    """Print a result that has words of a book in it, on standard output: a terminal obeys none of them."""
    typer.echo(show_controls(line, keep=_WRITTEN))


def progress() -> AbstractContextManager[Callable[[Book, tuple[Job, ...]], None]]:
    """A bar on a terminal, quiet lines in a pipe; both on standard error."""
    return _Bar() if sys.stderr.isatty() else nullcontext(_quiet_lines())


def _quiet_lines() -> Callable[[Book, tuple[Job, ...]], None]:
    said: set[str] = set()

    def on_change(book: Book, _: tuple[Job, ...]) -> None:
        drawn = sum(page.picture is not None for page in book.pages)
        lines = [f"{book.title}: written"] if book.drafted else []
        lines += [f"{book.title}: {drawn} of {len(book.pages)} pictures"] if drawn and drawn == len(book.pages) else []
        for line in lines:
            if line not in said:
                said.add(line)
                say(line)

    return on_change


class _Bar:
    """A progress bar of the pictures drawn."""

    def __enter__(self) -> Callable[[Book, tuple[Job, ...]], None]:
        from rich.console import Console
        from rich.progress import Progress

        self._bar: Progress = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("Cutting out the hero", total=None)
        self._bar.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _show(self, book: Book, _: tuple[Job, ...]) -> None:
        drawn = sum(page.picture is not None for page in book.pages)
        doing = "Drawing" if book.drafted else "Writing"
        total = max(book.brief.chapters, len(book.chapters)) + 1
        self._bar.update(self._task, description=f"{doing} “{book.title}”", completed=drawn, total=total)
