"""A real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from tests.browser.wizard import finish_book, photos_of_one_plushie
from tests.server.real import Studio, studio


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; ``make test`` says where it is, or installs it."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "There is no Chromium. Please run .ci/chromium, which installs it or says how."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def two_photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two photos of one plushie, real ones where they are."""
    return photos_of_one_plushie(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="session")
def finished_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a studio with a finished book leaves on the disk, made once for all workers of the test run."""
    base = tmp_path_factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished-house"
    with FileLock(made.with_suffix(".lock")):  # tests run in several processes
        if not made.is_dir():
            folder = tmp_path_factory.mktemp("builder")
            with studio(folder) as running:
                finish_book(running)
            folder.rename(made)
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, finished_house: Path) -> Iterator[Studio]:
    """A studio of one family with a finished book on its shelf."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(finished_house, folder, dirs_exist_ok=True)
    with studio(folder) as running:
        yield running
