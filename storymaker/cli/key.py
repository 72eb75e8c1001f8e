"""The commands that keep the OpenAI key where the system keeps secrets."""

from __future__ import annotations

import typer

from storymaker.cli.terminal import say

app = typer.Typer(help="The OpenAI key, kept in the system's keyring.", no_args_is_help=True)


@app.command("set")
def set_key() -> None:
    """Ask for the key, unseen, and keep it in the system's keyring."""
    from pydantic import SecretStr

    from storymaker.remote.service import keep_key

    keep_key(SecretStr(typer.prompt("OpenAI key", hide_input=True)))
    say(
        "The key is kept in this system's keyring. OpenAI can be chosen now, in the page and with --author, --illustrator."
    )


@app.command()
def remove() -> None:
    """Take the key out of the system's keyring."""
    from storymaker.remote.service import forget_key

    forget_key()
    say("There is no key in this system's keyring any more.")


@app.command()
def where() -> None:
    """Tell where the key that is used comes from; the key itself is never shown."""
    from storymaker.remote.service import key_source

    typer.echo(key_source() or "nowhere: there is no key")
