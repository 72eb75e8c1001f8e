"""The notebooks: thin, stripped, and every cell runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_and_stripped(notebook: Path) -> None:
    """No outputs, no counts, no definitions: those belong in the library."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert not cell.get("execution_count")
        assert not re.search(r"^\s*(def|class) ", "".join(cell["source"]), re.MULTILINE)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(notebook: Path, tmp_path: Path) -> None:
    """In a real kernel, on a shelf of its own."""
    environment = os.environ | {"STORYMAKER_BOOKS": str(tmp_path / "books"), "STORYMAKER_HOME": str(tmp_path / "home")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "default",
        "--nbval-lax",
        "--nbval-current-env",
        str(notebook),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=notebook.parent.parent, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    if notebook.stem == "library_tour":
        assert list((tmp_path / "books").glob("*/*.pdf"))
