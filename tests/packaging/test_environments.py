"""Other ways to the same environment: conda's file and Binder's."""

from __future__ import annotations

import os
import subprocess
import tomllib

from packaging.specifiers import SpecifierSet

from tests.docs.pages import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_condas_file_asks_for_what_we_ask_for() -> None:
    """Our Python, and this checkout with what its tests need."""
    told = (ROOT / "environment.yml").read_text("utf-8")
    assert f"\nname: {PROJECT['name']}\n" in told
    listed = [line.strip().removeprefix("- ") for line in told.partition("dependencies:\n")[2].splitlines()]
    assert listed == [f"python{PROJECT['requires-python']}", "pip", "pip:", "-e .[dev]"]


def test_binders_files_are_those_it_reads() -> None:
    """A Python that will do, this checkout with extras that exist, and a script that can be run."""
    folder = ROOT / ".binder"
    version = (folder / "runtime.txt").read_text("utf-8").strip().removeprefix("python-")
    assert version in SpecifierSet(PROJECT["requires-python"])
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    (wanted,) = (line for line in lines if not line.startswith("#"))
    extras = wanted.removeprefix(".[").removesuffix("]").split(",")
    assert wanted == f".[{','.join(extras)}]"
    assert set(extras) >= {"lab"}, "its notebooks plot"
    assert set(extras) <= PROJECT["optional-dependencies"].keys()
    assert os.access(folder / "postBuild", os.X_OK)
    subprocess.run(["bash", "-n", folder / "postBuild"], check=True)
