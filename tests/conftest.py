"""What all tests share: a shelf on a temporary disk, settings that point nowhere else, real photos where they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.settings import Settings
from storymaker.testing import FakeClock, PlainIllustrator, ScriptedAuthor

if TYPE_CHECKING:
    from storymaker.workshop import Workshop

# From the very first: also for fixtures of a whole module or session, and for every process that a test starts.
os.environ["STORYMAKER_LOOPBACK_ONLY"] = "1"

SHARED_PHOTOS = Path(__file__).parents[2] / "shared" / "photos"
SHARED_CASES = SHARED_PHOTOS.with_name("cases")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that only moves when told to."""
    return FakeClock()


@pytest.fixture
def shelf(tmp_path: Path, clock: FakeClock) -> Shelf:
    """An empty shelf."""
    return Shelf(tmp_path / "shelf", clock=clock)


@pytest.fixture
def book(shelf: Shelf) -> Book:
    """A book of three written chapters."""
    from storymaker.books.edits import add_chapter

    hero = shelf.cast.save(Character(name="Bramble", kind="bear"))
    begun = shelf.create(Brief(title="Bramble and the Sea"), (hero,))

    def write(book: Book) -> Book:
        for n in (1, 2, 3):
            book = add_chapter(book, title=f"Part {n}", text=f"Text {n}.", image_prompt=f"Prompt {n}", scene="sea")
        return book

    return shelf.update(begun.id, write, what="story")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings under a temporary folder, in the environment too."""
    monkeypatch.setenv("STORYMAKER_BOOKS", str(tmp_path / "books"))
    monkeypatch.setenv("STORYMAKER_HOME", str(tmp_path / "home"))
    return Settings()


@pytest.fixture
def workshop(settings: Settings) -> Iterator[Workshop]:
    """A workshop with a scripted author and a plain illustrator."""
    from storymaker.workshop import Workshop

    with Workshop(
        settings=settings,
        authors={"scripted": ScriptedAuthor()},
        illustrators={"plain": PlainIllustrator(cost_usd=0.25)},
    ) as made:
        yield made


@pytest.fixture
def photos() -> Path:
    """The real photos, for those who have them."""
    if not SHARED_PHOTOS.is_dir():
        pytest.skip("the real photos (../shared/photos) are not here; synthetic ones are tested elsewhere")
    return SHARED_PHOTOS


@pytest.fixture
def cases() -> Path:
    """What failed in real hands, for those who have it."""
    if not SHARED_CASES.is_dir():
        pytest.skip("the cases (../shared/cases) are not here; ones of their kind are made in the tests")
    return SHARED_CASES


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB, where the system lets us have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip(
            "only root on Linux can make a small disk; a disk that refuses is tested with every system call below"
        )
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], check=False).returncode:
        pytest.skip("no disk may be mounted here; a disk that refuses is tested with every system call below")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
