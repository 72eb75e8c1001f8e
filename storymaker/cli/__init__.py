"""The command line: parse, call what does it, print."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from storymaker._version import __version__
from storymaker.cli import about, books, key, kits, services, user
from storymaker.cli.terminal import EXIT_FAILED, EXIT_USAGE, say
from storymaker.errors import InvalidInputError, NotFoundError, SetupError, StorageError, StorymakerError

app = typer.Typer(
    help="Make a picture book with a child's own plushie as its hero.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(books.app)
app.add_typer(about.app)
app.add_typer(services.app)
app.add_typer(kits.app)
app.add_typer(user.app, name="user")
app.add_typer(key.app, name="key")


def main() -> None:
    """Run the command line; every error is a sentence on standard error and an exit status."""
    try:
        app(standalone_mode=True)
    except StorymakerError as error:
        say(error.message)
        usage = isinstance(error, (InvalidInputError, NotFoundError, SetupError, StorageError))
        sys.exit(EXIT_USAGE if usage else EXIT_FAILED)


@app.callback(invoke_without_command=True)
def common(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
) -> None:
    """Settings that all commands share."""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    for notices in ("waiting", "settings"):  # what is waited for, and a slip in a setting, is said, asked or not
        logging.getLogger(f"storymaker.{notices}").setLevel(logging.WARNING)
    if version:
        typer.echo(__version__)
        raise typer.Exit
