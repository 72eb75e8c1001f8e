"""The page without the studio: the same notebook under plain Voila, for one family on its own machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import requests

from storymaker.server.app import notebook_path
from tests.server.real import until


def test_plain_voila_shows_the_page(tmp_path: Path) -> None:
    """In process, without server, ticket or token; the shelf is the one that the settings name."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STORYMAKER_")}
    environment |= {"STORYMAKER_HOME": str(tmp_path / "home"), "STORYMAKER_BOOKS": str(tmp_path / "books")}
    command = [
        sys.executable,
        "-P",
        "-m",
        "voila",
        str(notebook_path()),
        "--no-browser",
        "--port=0",
        "--Voila.ip=127.0.0.1",
    ]
    with (tmp_path / "log").open("wb") as log:
        voila = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=tmp_path
        )
    try:
        process = psutil.Process(voila.pid)
        port = until(lambda: [at.laddr.port for at in process.net_connections() if at.status == "LISTEN"], 60)[0]
        page = requests.get(f"http://127.0.0.1:{port}/", timeout=120).text
        assert re.search(r"application/vnd\.jupyter\.widget-view\+json", page), page[-2000:]
        assert "There was an error when executing cell" not in page
        assert (tmp_path / "home").is_dir()
    finally:
        voila.terminate()
        voila.wait(30)
