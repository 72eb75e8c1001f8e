"""The command that shows what the paper studio can draw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storymaker.cli.terminal import say

app = typer.Typer()


@app.command()
def kits(
    sheet: Annotated[Path, typer.Option(help="The PNG file to write.")],
    kit: Annotated[str, typer.Option(help="Only this place, for example “town”.")] = "",
    cell: Annotated[int, typer.Option(help="Pixels of one picture's side.", min=64, max=1536)] = 320,
) -> None:
    """Draw every place of the paper studio, in its papers and lights, on one sheet."""
    from storymaker.child import studio_pool
    from storymaker.images.paper.gallery import draw_gallery

    places = draw_gallery(studio_pool(), sheet, kit, cell)
    say(f"Drawn from above: {', '.join(places)}.")
    typer.echo(str(sheet))
