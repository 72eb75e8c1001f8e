"""The site: built strictly, without anything from elsewhere, with every public name in its reference."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import storymaker
from tests.docs.pages import ROOT


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a folder, as ``make docs`` does."""
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the documentation, built."""
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copytree(ROOT / "docs", folder / "docs")
    config = (ROOT / "zensical.toml").read_text("utf-8").replace('paths = ["."]', f'paths = ["{ROOT.as_posix()}"]')
    (folder / "zensical.toml").write_text(config, "utf-8")
    done = build(folder)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert not re.search(r"\b(?:ERROR|WARNING)\b|Warning:", told), (
        told
    )  # what mkdocstrings complains of does not stop it
    return folder / "site"


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No script, style, typeface or picture: a page can be read without a network."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    for file in pages:
        html = file.read_text("utf-8")
        assert not re.search(r"""<(?:script|img|iframe)[^>]+src=["']?(?:https?:)?//""", html), file.name
        assert not re.search(r"""<link[^>]+href=["']?(?:https?:)?//""", html), file.name
    for style in site.rglob("*.css"):
        assert not re.search(r"""url\(["']?(?:https?:)?//|@import""", style.read_text("utf-8")), style.name


def test_the_reference_has_every_public_name(site: Path) -> None:
    """What ``import storymaker`` offers, and all errors, with their docstrings."""
    reference = "".join(file.read_text("utf-8") for file in (site / "reference").glob("*.html"))
    for name, module in storymaker._HOMES.items():
        assert f'id="{module}.{name}"' in reference, name
    assert "a missing seed is drawn by lot" in reference
    assert not re.search(r":(?:meth|class|func|attr|mod|data):", reference), "a role that Markdown does not know"
    assert 'id="storymaker.errors.ConflictError"' in reference


def test_a_dead_link_fails(site: Path) -> None:
    """A page that is not there, a heading that is not there."""
    index = site.parent / "docs" / "index.md"
    kept = index.read_text("utf-8")
    for link in ("nowhere.md", "operating.md#nowhere"):
        index.write_text(f"{kept}\n[a dead link]({link})\n", "utf-8")
        assert build(site.parent).returncode != 0, link
    index.write_text(kept, "utf-8")
