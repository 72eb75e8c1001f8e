"""A real studio for the tests of a worker of the test run: started once, and left as it was found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.real import Studio, studio


@pytest.fixture(scope="session")
def local_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio of one family, without users."""
    with studio(tmp_path_factory.mktemp("local-studio")) as started:
        yield started


@pytest.fixture(scope="session")
def small_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio of two families with room for three pages, which forgets a page after some seconds."""
    folder = tmp_path_factory.mktemp("small-studio")
    room = {"STORYMAKER_PAGES_AT_ONCE": "3", "STORYMAKER_PAGE_IDLE_SECONDS": "3"}
    with studio(folder, **room) as started:
        for name in ("Ada", "Ben"):
            started.add_user(name)
        yield started
