"""The README tells the truth: its program runs, its targets and commands exist, its settings are the settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storymaker.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("program", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_program_runs(program: str, tmp_path: Path) -> None:
    """As it stands there, in an empty folder; it says that its book is complete."""
    environment = os.environ | {"STORYMAKER_HOME": str(tmp_path / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True)
    assert "True" in done.stdout
    assert list(tmp_path.glob("books/*/*.pdf"))


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (book|test|check|bench|soak|audit|studio)\b", README))))
def test_the_targets_exist(target: str) -> None:
    """``make -n`` knows each."""
    assert subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_the_commands_exist() -> None:
    """Each command of the table has its help."""
    named = set(re.findall(r"`storymaker (\w+)", README))
    assert named >= {
        "make",
        "list",
        "show",
        "draft",
        "illustrate",
        "export",
        "script",
        "delete",
        "kits",
        "worker",
        "doctor",
    }
    told = subprocess.run(
        [sys.executable, "-m", "storymaker", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert {name for name in named if not re.search(rf"\b{name}\b", told)} == set()


def test_the_settings_are_these() -> None:
    """No more and no fewer than the program reads."""
    named = {name.lower() for name in re.findall(r"`STORYMAKER_(\w+)`", README)}
    assert named == set(Settings.model_fields)
