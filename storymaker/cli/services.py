"""The commands that keep something running, and the one that looks whether it can."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from storymaker.cli.terminal import EXIT_USAGE, AsJson, Books, say, tell
from storymaker.errors import SetupError

if TYPE_CHECKING:
    from storymaker.workshop import Workshop

_STUCK_SECONDS: Final = 30 * 60
"""Jobs that stand still for so long wait for something that this worker cannot do."""

app = typer.Typer()


@app.command()
def studio(
    port: Annotated[int, typer.Option(help="Where the page is.", min=0, max=65535)] = 8866,
    host: Annotated[str, typer.Option(help="Who can reach it; 127.0.0.1 is this machine alone.")] = "127.0.0.1",
    books: Books = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    certfile: Annotated[Path | None, typer.Option(help="Certificate for TLS, with its chain, as PEM.")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="Its private key.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A reverse proxy with TLS stands in front of it.")
    ] = False,
) -> None:
    """Open the Story Studio in the browser, and run its jobs, until it is stopped with Ctrl-C."""
    _import_nothing_from_here()
    from storymaker.server.address import Address
    from storymaker.server.launch import launch
    from storymaker.settings import load_settings

    settings = load_settings(books=books)
    address = Address(host, port, certfile, keyfile, behind_proxy, settings.proxy_header)
    launch(settings, address, browser=not no_browser, announce=_announce)


def _announce(sentence: str) -> None:
    """On standard output and at once, for whoever reads it in a pipe."""
    typer.echo(sentence)
    sys.stdout.flush()


def _import_nothing_from_here() -> None:
    """With ``python -m``, the working folder comes first when modules are looked for: a file voila.py there would be Voila."""
    if sys.path and not sys.flags.safe_path and sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]


@app.command()
def worker(
    name: Annotated[str | None, typer.Argument(help="A stable name, with PostgreSQL.")] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Run jobs until it is stopped with Ctrl-C."""
    from storymaker.workshop import Workshop

    with Workshop(worker_poll=0.25, worker_name=name) as workshop:
        if not workshop.start_worker():
            raise SetupError("A worker runs on this machine already. It does the work of this one too.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        if until_eof:
            _serve_studio(workshop, stop)
        else:
            say("The worker is up. Ctrl-C stops it; what runs then is taken up again later.")
        while not stop.wait(0.5):
            pass


def _serve_studio(workshop: Workshop, stop: threading.Event) -> None:
    """Work for the studio that holds the other end of our standard input.

    When it says stop, or we are told to, stop at once. When it just falls silent it is gone, perhaps killed: then finish
    what was asked for.
    """
    from storymaker.server.worker import STOP, UP

    alone = threading.Event()

    def listen() -> None:
        told = any(line.strip() == STOP for line in sys.stdin)
        (stop if told else alone).set()

    threading.Thread(target=listen, daemon=True).start()
    _announce(UP)
    while not alone.wait(0.25):
        if stop.is_set():
            return
    seen, since = None, time.monotonic()
    while (live := workshop.queue.jobs(live=True)) and not stop.wait(1):
        state = {(job.id, job.state, job.progress) for job in live}
        if state != seen:
            seen, since = state, time.monotonic()
        elif time.monotonic() - since > _STUCK_SECONDS:
            break
    stop.set()


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
            tell(f"{ {'ok': '✓', 'note': '·', 'bad': '✗'}[finding.state] } {finding.what}: {finding.says}")
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(EXIT_USAGE)
