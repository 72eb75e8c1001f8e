"""The commands that say who may sign in to the Story Studio."""

from __future__ import annotations

import typer

app = typer.Typer(help="Who may sign in to the Story Studio.", no_args_is_help=True)
