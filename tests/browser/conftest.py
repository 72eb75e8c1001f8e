"""A real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
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


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio of one family with a finished book on its shelf."""
    with studio(tmp_path_factory.mktemp("house")) as running:
        finish_book(running)
        yield running
