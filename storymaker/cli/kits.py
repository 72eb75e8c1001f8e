"""The command that shows, or says, what the paper studio can draw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storymaker.cli.terminal import say
from storymaker.errors import InvalidInputError

app = typer.Typer()


@app.command()
def kits(
    sheet: Annotated[Path | None, typer.Option(help="The PNG file to write.")] = None,
    kit: Annotated[str, typer.Option(help="Only this place, for example “town”.")] = "",
    cell: Annotated[int, typer.Option(help="Pixels of one picture's side.", min=64, max=1536)] = 320,
    things: Annotated[
        bool, typer.Option("--things", help="Say which things and friends there are, and draw none.")
    ] = False,
) -> None:
    """Draw every place of the paper studio, in its papers and lights, on one sheet."""
    from storymaker.child import studio_pool
    from storymaker.images.paper.gallery import draw_gallery
    from storymaker.images.paper.studio import builtin_friends, builtin_things

    if things:
        typer.echo(f"Things: {'; '.join(builtin_things())}.\nFriends: {'; '.join(builtin_friends())}.")
        return
    if sheet is None:
        raise InvalidInputError(
            "Please say where the sheet goes (--sheet FILE), or ask for the words alone (--things)."
        )

    places = draw_gallery(studio_pool(), sheet, kit, cell)
    say(f"Drawn from above: {', '.join(places)}.")
    typer.echo(str(sheet))
