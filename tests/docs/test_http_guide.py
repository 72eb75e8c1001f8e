"""The page on the HTTP API is true: its session by curl does what it says, and its table is the route table."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storymaker.contract.routes import ROUTES
from storymaker.settings import Settings
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.docs.pages import page
from tests.docs.test_examples import environment
from tests.server.served import served

GUIDE = page("docs/http-api.md")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_the_session_by_curl_does_what_the_page_says(settings: Settings, tmp_path: Path) -> None:
    """A token, ten rows, a poll that is a 304, an edit that conflicts, and the words as CSV; and in Python a book."""
    with Workshop(settings=settings) as workshop, served(workshop, tmp_path / "home") as server:
        workshop.start_worker()
        server.users.add("anna", "a-good-password")
        done = ran(["bash", "-euo", "pipefail", "-c", code("sh", server.url)], tmp_path)
        plushie_photo(tmp_path / "bear.jpg")
        program = ran([sys.executable, "-c", code("python", server.url)], tmp_path)
    title, _, chapters = program.stdout.partition(" [")
    assert (title, len(ast.literal_eval(f"[{chapters}"))) == ("Bramble and the Other End of the String", 10)
    assert (tmp_path / "bramble.pdf").read_bytes().startswith(b"%PDF")
    assert "\n304\n" in done.stdout.replace("}304", "}\n304")
    assert len(json.loads((tmp_path / "book.json").read_bytes())["chapters"]) == 10
    assert '"code":"conflict"' in done.stdout.replace(" ", "")
    assert (tmp_path / "words.csv").read_text("utf-8-sig").startswith("id,n,title,text")


def code(language: str, url: str) -> str:
    """What the page has in a language, for this server."""
    told = "".join(block.code for block in GUIDE.blocks if block.language == language)
    return told.replace("http://localhost:8866", url)


def ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command, run to its end as a newcomer would."""
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment(folder), timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_table_is_the_route_table() -> None:
    """Every call, with its sentence, in its order."""
    told = re.findall(r"^\| `(\w+) (/api[^`]*)` \| (.*) \|$", GUIDE.text, re.MULTILINE)
    assert told == [(route.method, route.path, route.does) for route in ROUTES]
