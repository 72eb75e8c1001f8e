"""Every code block of the README and of the pages is run, or says in the comment above it why not or where."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storymaker.testing.photos import plushie_photo
from tests.docs.pages import ROOT, Block, Page, all_pages

RUN = ("python", "sh")
NO_CODE = "text"
COMMAND = re.compile(r"^\s*(?:\$|storymaker |\.venv/|make |pip |python |import |curl )", re.MULTILINE)


def ours(block: Block) -> bool:
    """Whether it is run here."""
    return block.language in RUN and not block.marker


WITH_CODE = [told for told in all_pages() if any(ours(block) for block in told.blocks)]


@pytest.mark.parametrize("told", all_pages(), ids=lambda told: told.name)
def test_every_block_is_run_or_says_why_not(told: Page) -> None:
    """By a comment right above it: the reason, or the test that runs it; that test knows the page."""
    for block in told.blocks:
        kind, _, reason = block.marker.partition(": ")
        if kind == "not run":
            assert len(reason) > 10, f"{block.where}: why is it not run?"
        elif block.marker.startswith("run by "):
            test = ROOT / block.marker.removeprefix("run by ")
            assert test.is_file(), f"{block.where}: there is no {test}"
            assert Path(told.name).name in test.read_text("utf-8"), f"{block.where}: {test.name} does not know the page"
        elif block.language == NO_CODE:
            assert not COMMAND.search(block.code), f"{block.where}: a command in a block that is said to hold none"
        else:
            assert ours(block), f"{block.where}: nobody runs this “{block.language}”, and it does not say why"


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")
@pytest.mark.parametrize("told", WITH_CODE, ids=lambda told: told.name)
def test_the_examples_of_a_page_run(told: Page, tmp_path: Path) -> None:
    """Its commands as one session and then its Python as one program, in an empty folder that has just the photos they name."""
    blocks = [block for block in told.blocks if ours(block)]
    (tmp_path / "books").mkdir()
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for photo in {name for block in blocks for name in re.findall(r"[\w-]+\.jpg", block.code)}:
        plushie_photo(tmp_path / photo)
    commands = "".join(block.code for block in blocks if block.language == "sh")
    program = tmp_path / f"{Path(told.name).stem}.py"
    program.write_text(as_program([block for block in blocks if block.language == "python"]), "utf-8")
    for command in (["bash", "-euo", "pipefail", "-c", commands], [sys.executable, str(program)]):
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=120, check=False
        )
        assert done.returncode == 0, f"{told.name}\n{done.stdout}\n{done.stderr}"


def as_program(blocks: list[Block]) -> str:
    """The blocks at the very lines that they have in their page, so that a traceback names those."""
    lines: list[str] = []
    for block in blocks:
        lines += [""] * (block.line - len(lines))
        lines += block.code.splitlines()
    return "\n".join(lines) + "\n"


def environment(folder: Path) -> dict[str, str]:
    """What a newcomer's shell has: our program, an empty shelf and home, and neither key nor keyring of whoever tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STORYMAKER_", "OPENAI_"))}
    return kept | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "STORYMAKER_BOOKS": str(folder / "books"),
        "STORYMAKER_HOME": str(folder / "home"),
        "STORYMAKER_LOOPBACK_ONLY": "1",
    }
