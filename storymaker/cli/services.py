"""The commands that keep something running, and the one that looks whether it can."""

from __future__ import annotations

import json
import signal
import threading
from typing import Annotated

import typer

from storymaker.cli.terminal import EXIT_USAGE, AsJson, say
from storymaker.errors import SetupError

app = typer.Typer()


@app.command()
def worker(name: Annotated[str | None, typer.Argument(help="A stable name, with PostgreSQL.")] = None) -> None:
    """Run jobs until it is stopped with Ctrl-C."""
    from storymaker.workshop import Workshop

    with Workshop(worker_poll=0.25, worker_name=name) as workshop:
        if not workshop.start_worker():
            raise SetupError("A worker runs on this machine already. It does the work of this one too.")
        say("The worker is up. Ctrl-C stops it; what runs then is taken up again later.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(0.5):
            pass


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look what works on this machine, and say what to do about what does not."""
    from storymaker.doctor import examine
    from storymaker.settings import load_settings

    findings = list(examine(load_settings()))
    if as_json:
        typer.echo(json.dumps([vars(finding) for finding in findings]))
    else:
        for finding in findings:
            typer.echo(f"{ {'ok': '✓', 'note': '·', 'bad': '✗'}[finding.state] } {finding.what}: {finding.says}")
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(EXIT_USAGE)
