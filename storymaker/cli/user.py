"""The commands that say who may sign in to the Story Studio."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from storymaker.cli.terminal import AsJson, say

if TYPE_CHECKING:
    from pathlib import Path

    from storymaker.server.users import User, UserStore
    from storymaker.settings import Settings

app = typer.Typer(help="Who may sign in to the Story Studio.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="What they type to sign in; upper and lower case are the same.")
]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]

_MOST_READ: Final = 4096


@app.command()
def add(name: Name, password_stdin: FromStdin = False) -> None:
    """Let a family sign in; asks for their password."""
    settings, users = _opened()
    users.check_free(name)
    first = not users.all()
    user = users.add(name, _password(password_stdin))
    say(f"{user.name} may sign in now. Their books are kept in {_shelf(settings, user)}.")
    if first:
        _tell_about_first(settings)


@app.command()
def password(name: Name, password_stdin: FromStdin = False) -> None:
    """Give a family a new password; wherever they are signed in, they have to sign in again."""
    _, users = _opened()
    users.require(name)
    user = users.set_password(name, _password(password_stdin))
    say(f"{user.name} has a new password, and signs in with it from now on.")


@app.command()
def remove(name: Name) -> None:
    """Let a family sign in no more; their books stay."""
    settings, users = _opened()
    user = users.remove(name)
    say(f"{user.name} may not sign in any more. Their books stay in {_shelf(settings, user)}.")
    if not users.all():
        say("There are no users now: the studio opens by the link that it shows in its terminal, on this machine only.")


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List who may sign in."""
    settings, users = _opened()
    if as_json:
        rows = [
            {"id": user.id, "name": user.name, "since": user.since.isoformat(), "shelf": str(_shelf(settings, user))}
            for user in users.all()
        ]
        typer.echo(json.dumps({"users": rows}))
        return
    for user in users.all():
        typer.echo(f"{user.name}  {_shelf(settings, user)}")
    if not users.all():
        say("There are no users yet. To let somebody sign in, run: storymaker user add NAME")


def _opened() -> tuple[Settings, UserStore]:
    from storymaker.server.users import UserStore
    from storymaker.settings import load_settings

    settings = load_settings()
    return settings, UserStore(settings.home)


def _shelf(settings: Settings, user: User) -> Path:
    return settings.books.expanduser().absolute() / "families" / user.id


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
    # One line, without its end: echo writes one, printf does not.
    return sys.stdin.read(_MOST_READ).removesuffix("\n").removesuffix("\r")


def _tell_about_first(settings: Settings) -> None:
    """From the first user on, families see their own shelves only; who made books before wonders where those are."""
    from storymaker.books.shelf import Shelf

    count = len(Shelf(settings.books).list().books)
    if count:
        books = "1 book that was made before stays" if count == 1 else f"{count} books that were made before stay"
        say(
            f"The {books} in {settings.books.expanduser().absolute()}, for the command line; "
            "families who sign in do not see them."
        )
