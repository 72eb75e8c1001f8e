"""A disk that is full, read-only or taken away at any moment: a sentence, and nothing lost."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from storymaker.books import files
from storymaker.books.edits import Edit
from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.errors import StorageError

CALLS = ("fsync", "replace")


class Disk:
    """Lets the file system fail at its n-th flush or rename.

    Args:
        monkeypatch: Puts it in place.
        error: What it raises.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
        self.error = error
        self.left: int | None = None
        for name in CALLS:
            monkeypatch.setattr(os, name, self._failing(getattr(os, name)))

    def _failing(self, real: Any) -> Any:
        def call(*args: Any) -> Any:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    raise self.error
            return real(*args)

        return call


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk that can fill up."""
    return Disk(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file and its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_full_disk_at_any_step_of_an_edit_loses_nothing(shelf: Shelf, book: Book, full_disk: Disk) -> None:
    """Whichever flush or rename fails: the sentence says so, the book reads as before or as after, and no scrap stays."""
    folder = shelf.folder(book.id)
    failures = 0
    for step in range(12):
        before = shelf.open(book.id)
        full_disk.left = step
        try:
            shelf.edit(book.id, Edit("text", f"Attempt {step}.", book.chapters[0].id))
        except StorageError as error:
            failures += 1
            assert "disk is full" in error.message
            full_disk.left = None
            assert shelf.open(book.id).chapters[0].text in (before.chapters[0].text, f"Attempt {step}.")
        full_disk.left = None
        assert [path for path in folder.rglob("*") if path.name.startswith(".new-")] == []
    assert failures >= 4
    assert shelf.edit(book.id, Edit("text", "After.", book.chapters[0].id)).chapters[0].text == "After."
    assert len(shelf.history(book.id)) == shelf.open(book.id).version


def test_a_book_that_does_not_fit_is_not_begun(shelf: Shelf, full_disk: Disk) -> None:
    """A shelf with a full disk holds as many books as before."""
    hero = shelf.cast.save(Character(name="Bramble"))
    before = snapshot(shelf.root)
    full_disk.left = 0
    with pytest.raises(StorageError, match="full"):
        shelf.create(Brief(title="Too much"), (hero,))
    full_disk.left = None
    assert {name for name in snapshot(shelf.root) if not name.startswith(".locks")} == set(before)


def test_a_book_that_cannot_even_be_tidied_away_is_still_a_sentence(
    shelf: Shelf, full_disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trouble while tidying up does not hide the first trouble."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "rmdir", refuse)
    full_disk.left = 0
    with pytest.raises(StorageError, match="full"):
        shelf.create(Brief(title="Too much"), ())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.EROFS, "only be read"),
        (errno.EACCES, "may not write"),
        (errno.EIO, "could not be used"),
        (errno.ENAMETOOLONG, "too long"),
    ],
)
def test_each_complaint_of_the_disk_has_its_sentence(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    """What the system says in numbers, we say in words."""
    disk = Disk(monkeypatch, OSError(code, os.strerror(code)))
    disk.left = 0
    with pytest.raises(StorageError, match=says):
        shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id))


def test_a_shelf_that_is_a_file_says_so(tmp_path: Path) -> None:
    """``--books notes.txt`` is answered with what to choose instead."""
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    with pytest.raises(StorageError, match=r"--books"):
        Shelf(file).create(Brief(title="x"), ())
    assert file.read_text() == "mine"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows may write anywhere")
def test_a_shelf_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    """A folder of somebody else's is refused in words."""
    folder = tmp_path / "theirs"
    folder.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StorageError, match="may not write"):
        Shelf(folder / "books").create(Brief(title="x"), ())


def test_a_locked_trash_note_does_not_stop_a_purge(shelf: Shelf, book: Book) -> None:
    """Purging twice, or with the note already gone, is fine."""
    shelf.delete(book.id)
    next((shelf.root / ".trash").glob("*.json")).unlink()
    assert len(shelf.purge(book.id)) == 1


def test_folders_are_not_flushed_where_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no folder fsync; saving works all the same."""
    monkeypatch.setattr(os, "name", "nt")
    files.sync_folder(tmp_path / "not-even-there")
    assert not (tmp_path / "not-even-there").exists()
