"""Pages that others serve than our server: our notebook under plain Voila, and whatever else is served by a command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from storymaker.server.app import notebook_path
from tests.server.real import until


@contextmanager
def plain_voila(folder: Path) -> Iterator[str]:
    """Serve our notebook by Voila alone; its address.

    Args:
        folder: For ``home``, ``books`` and the log; none of the settings of whoever runs this holds there.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYMAKER_")}
    environment |= {"STORYMAKER_HOME": str(folder / "home"), "STORYMAKER_BOOKS": str(folder / "books")}
    options = [str(notebook_path()), "--no-browser", "--port=0", "--Voila.ip=127.0.0.1"]
    with served([sys.executable, "-P", "-m", "voila", *options], folder, environment) as address:
        yield address


@contextmanager
def served(command: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run a command that serves pages on a port of its choice; its address.

    Args:
        command: And its options.
        folder: Where it runs, and where its log is.
        environment: Ours if None.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=folder
        )
    try:
        told = psutil.Process(process.pid)
        port = until(lambda: [at.laddr.port for at in told.net_connections() if at.status == "LISTEN"], 60)[0]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
