"""The page for tinkerers is true: its program runs without a key, and its table is what the makers heed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from storymaker.lab.trials import installed
from storymaker.lab.variants import Role

GUIDE = (Path(__file__).parents[3] / "docs" / "tinkering.md").read_text("utf-8")


def test_the_program_of_the_page_runs(tmp_path: Path) -> None:
    """From its first line to its last, in an empty home, and says what the page says."""
    program = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "STORYMAKER"))}
    environment |= {
        "STORYMAKER_HOME": str(tmp_path / "home"),
        "STORYMAKER_BOOKS": str(tmp_path / "books"),
        "STORYMAKER_LOOPBACK_ONLY": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for said in (
        "There is no OpenAI key.",
        "True 4 0.0",
        "words a page: paper",
        "── system ──\nYou write picture books",
        "In use: story → “quieter nights”\nKept: “quieter nights”",
    ):
        assert said in done.stdout, said
    assert (tmp_path / "compared.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "home" / "prompts" / "story" / "quieter-nights.toml").is_file()


def row(name: str) -> list[str]:
    """The cells of a row of the table."""
    (line,) = re.findall(rf"^\| `{name}`[^|]*\|(.*)\|$", GUIDE, re.MULTILINE)
    return [cell.strip() for cell in line.split("|")]


@pytest.mark.parametrize(("what", "attribute"), [("prompts", "tunes_prompts"), ("settings", "tunes_settings")])
def test_the_table_says_what_each_maker_heeds(what: str, attribute: str) -> None:
    """No more and no less."""
    (head,) = re.findall(r"^\| what \|(.*)\|$", GUIDE, re.MULTILINE)
    makers: list[tuple[Role, str]] = re.findall(r"`(words|pictures)`: `([\w-]+)`", head)
    there = installed()
    assert set(makers) == {(role, name) for role, kinds in there.items() for name in kinds}
    told = [tuple(re.findall(r"`(\w+)`", cell)) for cell in row(what)]
    assert told == [getattr(there[role][name], attribute, ()) for role, name in makers]


def test_only_who_looks_at_other_pages_is_said_to() -> None:
    """The last row of the table."""
    looks = [getattr(kind, "tunes_page", False) for kinds in installed().values() for kind in kinds.values()]
    assert row("liked").count("yes") == sum(looks) == 1
