"""What the README and the pages name exists: commands, options, settings, targets, files; and nothing is left out."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from storymaker.books.model import Brief
from storymaker.cli import app
from storymaker.settings import Settings
from storymaker.story.arcs import arc_ids
from tests.docs.pages import FRONT, PAGES, ROOT, Page, all_pages, page

EVERYWHERE = {"--help", "--version", "--verbose"}
"""Options that stand before any command, or behind every one."""
NO_SETTINGS = {"text_key", "image_key", "loopback_only"}
"""Read from the environment alone: keys, because settings may stand in a file; and what tests say."""
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@cache
def commands() -> Mapping[str, frozenset[str]]:
    """Each command and its options."""
    found: dict[str, frozenset[str]] = {}

    def walk(command: Any, path: str) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}")
        if not hasattr(command, "commands"):
            options = (one for one in command.params if one.param_type_name == "option" and not one.hidden)
            found[path] = frozenset(opt for one in options for opt in one.opts if opt.startswith("--"))

    walk(typer.main.get_command(app), "storymaker")
    return found


def told_commands(told: Page) -> Iterator[list[str]]:
    """Every command line of ours in a page, as words: within sentences, and in blocks."""
    spans = CODE.findall(told.text)
    lines = [line for block in told.blocks if block.language == "sh" for line in joined(block.code).splitlines()]
    for code in (*spans, *lines):
        for part in re.split(r"[|;&()]|\s#", code):
            before, found, after = part.partition("storymaker ")
            if found and (not before or before.endswith(("/", " "))):
                yield ["storymaker", *re.findall(r"[^\s\[\]…]+", after)]


def joined(code: str) -> str:
    """Lines that go on in the next as one."""
    return re.sub(r"\\\n\s*", "", code)


@pytest.mark.parametrize("told", all_pages(), ids=lambda told: told.name)
def test_commands_and_options_exist(told: Page) -> None:
    """Each that is named, in a sentence or in a block."""
    groups = {command.rpartition(" ")[0] for command in commands()}
    for words in told_commands(told):
        options = {word.partition("=")[0] for word in words if word.startswith("--")} - EVERYWHERE
        names = [word for word in words if not word.startswith("-")]
        known = [name for name in (" ".join(names[:3]), " ".join(names[:2])) if name in commands() or name in groups]
        assert known, f"{told.name}: {shlex.join(words)}"
        assert options <= commands().get(known[0], frozenset()), f"{told.name}: {shlex.join(words)}"


def test_the_command_line_page_has_every_command_and_option() -> None:
    """A section for each command, with all options that it has."""
    sections = re.split(r"^## `", page("docs/command-line.md").text, flags=re.MULTILINE)[1:]
    told = {}
    for section in sections:
        heading, _, text = section.partition("`\n")
        told[re.sub(r" [A-Z ]+$", "", heading)] = frozenset(re.findall(r"`(--[a-z-]+)", text))
    assert told == dict(commands())


def test_the_stories_are_these() -> None:
    """The page on the command line lists every built-in story."""
    (line,) = re.findall(r"^\| `--arc STORY`.*$", page("docs/command-line.md").text, re.MULTILINE)
    assert re.findall(r"`(\w+)`", line.partition("stories:")[2]) == list(arc_ids())


def test_the_settings_are_these() -> None:
    """The README names no more and no fewer than the program reads; no page names another."""
    readme = set(re.findall(r"`STORYMAKER_(\w+)`", page("README.md").text))
    assert {name.lower() for name in readme} == set(Settings.model_fields)
    for told in all_pages():
        named = {name.lower() for name in re.findall(r"STORYMAKER_([A-Z_]*[A-Z])", told.text)}
        assert named <= set(Settings.model_fields) | NO_SETTINGS, told.name


@pytest.mark.parametrize("told", all_pages(), ids=lambda told: told.name)
def test_targets_exist(told: Page) -> None:
    """Each ``make …`` that is named is in the Makefile, and ``make help`` tells of it."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    code = [*CODE.findall(told.text), *(line for block in told.blocks for line in block.code.splitlines())]
    for target in {found[1] for line in code if (found := re.match(r"\s*make ([a-z]+)\b", line))}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
        assert f'"make {target} ' in makefile, target


@pytest.mark.parametrize("file", FRONT, ids=lambda file: file.name)
def test_links_of_the_front_pages_lead_somewhere(file: Path) -> None:
    """To files that are there; those between pages of the site are looked at when it is built."""
    for link in re.findall(r"\]\(([^)\s]+)\)", file.read_text("utf-8")):
        if not link.startswith("http"):
            assert (ROOT / link.partition("#")[0]).is_file(), link


def test_the_public_workflow_runs_what_we_run() -> None:
    """The same script, on the three systems that we promise, with the Python that we promise."""
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]["check"]
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    systems, pythons = job["strategy"]["matrix"]["os"], job["strategy"]["matrix"]["python"]
    assert {name.partition("-")[0] for name in systems} == {"ubuntu", "macos", "windows"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={pythons[0]}"


def test_every_page_is_in_the_navigation() -> None:
    """And every page of the navigation is there."""
    project = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    named = set(re.findall(r"[\w/-]+\.md", str(project["nav"])))
    assert named == {file.relative_to(ROOT / "docs").as_posix() for file in PAGES if file not in FRONT}


def test_pictures_are_modest() -> None:
    """Nobody waits for a page of the documentation."""
    for picture in (ROOT / "docs").rglob("*.jpg"):
        assert picture.stat().st_size < 150_000, picture.name


def test_files_that_pages_name_exist() -> None:
    """A module, test or data file in a sentence is one that is there."""
    kept = ("storymaker/", "tests/", "docs/", "notebooks/", "books/README")
    for told in all_pages():
        for name in CODE.findall(told.text):
            if name.startswith(kept) and re.fullmatch(r"[\w./-]+\.(?:py|toml|md|ipynb)", name):
                assert (ROOT / name).is_file(), f"{told.name}: {name}"


def test_make_knows_each_target() -> None:
    """``make help`` says the targets that there are."""
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"make (\w+)", said)) >= {"studio", "book", "test", "check", "docs", "pictures"}


def test_the_brief_names_every_story() -> None:
    """Its docstring is where a programmer looks for what ``arc`` may be."""
    assert not [arc for arc in arc_ids() if f'"{arc}"' not in (Brief.__doc__ or "")]
