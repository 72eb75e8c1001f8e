"""Printing on bad days: a full disk, a damaged picture, a missing typesetter: a sentence, and never half a PDF."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.files import make_folder, scratch_folder
from storymaker.books.leftovers import unfinished_name
from storymaker.errors import ExportError, SetupError, StorageError
from storymaker.export import pdf
from tests.unit.export.conftest import Press


@pytest.fixture
def small_press(tmp_path: Path) -> Press:
    """A finished book of two chapters."""
    return Press(tmp_path, chapters=2)


class FailingDisk:
    """Refuses the n-th flush or rename from now on.

    Args:
        monkeypatch: Puts it in place.
        number: The error's number.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.number, self.left = number, 10**9
        for name in ("fsync", "replace"):
            monkeypatch.setattr(os, name, self._failing(getattr(os, name)))

    def _failing(self, real: Any) -> Any:
        def call(*args: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise OSError(self.number, os.strerror(self.number))
            return real(*args)

        return call


def test_a_full_disk_at_any_step_is_a_sentence_and_leaves_no_scrap(
    small_press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever write fails, what stands at the target is a whole PDF or nothing, and the next try succeeds."""
    disk = FailingDisk(monkeypatch, errno.ENOSPC)
    failures = 0
    for step in range(30):
        disk.left = step
        try:
            small_press.print()
            break
        except StorageError as error:
            failures += 1
            assert "disk is full" in error.message
        assert not small_press.target.exists()
        left = [path.name for path in small_press.folder.rglob("*") if path.name.startswith(".new-")]
        assert left == []
    assert failures >= 4
    assert len(small_press.read().pages) == 8


def test_a_read_only_disk_is_a_sentence(small_press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that the disk can only be read."""
    FailingDisk(monkeypatch, errno.EROFS).left = 0
    with pytest.raises(StorageError, match="only be read"):
        small_press.print()


def test_a_file_where_a_folder_should_be_is_a_sentence(small_press: Press) -> None:
    """``.state`` is not a folder."""
    (small_press.folder / ".state").write_text("")
    with pytest.raises(StorageError):
        small_press.print()


def test_a_target_in_a_folder_that_is_not_there_is_a_sentence(small_press: Press) -> None:
    """Nothing is made up; the PDF is kept and delivered when the folder is there."""
    small_press.target = small_press.folder / "nowhere" / "book.pdf"
    with pytest.raises(StorageError):
        small_press.print()
    small_press.target.parent.mkdir()
    assert small_press.print().pages == 8


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_damaged_picture_is_named_with_its_page(small_press: Press, content: bytes) -> None:
    """The page, and what to do."""
    picture = small_press.book.chapters[1].picture
    assert picture is not None
    (small_press.folder / "images" / picture.file).write_bytes(content)
    with pytest.raises(ExportError, match=r"Page 2 \(“Part 2”\): Its picture is damaged"):
        small_press.print()


def test_a_spoiled_cache_heals(small_press: Press) -> None:
    """A JPEG of ours that is broken inside fails once, in a sentence, and is made anew the next time."""
    small_press.print()
    exports = small_press.folder / ".state" / "exports"
    for file in exports.iterdir():
        file.unlink()
    for jpeg in (small_press.folder / ".state" / "pages").glob("*.jpg"):
        jpeg.write_bytes(b"\xff\xd8" + bytes(200) + b"\xff\xd9")
    with pytest.raises(ExportError, match="Please try again"):
        small_press.print()
    assert list(exports.iterdir()) == []
    assert small_press.print().pages == 8


@pytest.mark.parametrize("spoiled", ["", "{", "[]", '{"pages": 8}', '{"pages": 8, "bytes": 1, "remarks": []}'])
def test_a_spoiled_note_about_a_finished_pdf_is_not_believed(small_press: Press, spoiled: str) -> None:
    """The book is printed again."""
    first = small_press.print()
    (note,) = (small_press.folder / ".state" / "exports").glob("*.json")
    note.write_text(spoiled)
    assert small_press.print() == first


def test_without_typesetter_there_is_a_sentence(small_press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(SetupError, match="pip install typst"):
        small_press.print()


def test_a_template_that_breaks_is_our_fault_and_said_so(
    small_press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No foreign error comes through, and nothing is left on the desk."""
    broken = tmp_path / "templates"
    broken.mkdir()
    (broken / "book.typ").write_text("#panic()")
    monkeypatch.setattr(pdf, "_TEMPLATES", broken)
    with pytest.raises(ExportError) as caught:
        small_press.print()
    assert caught.value.code == "typst"
    assert list((small_press.folder / ".state" / "exports").iterdir()) == []


def test_what_a_killed_child_left_is_swept(small_press: Press) -> None:
    """Its half-written page and its desk go with the next print, new as they are; a desk in use stays."""
    exports = make_folder(small_press.folder / ".state" / "exports")
    (exports / unfinished_name()).write_bytes(b"half")
    (exports / unfinished_name()).mkdir()
    with scratch_folder(exports) as in_use:
        small_press.print()
        assert [path for path in exports.iterdir() if path.name.startswith(".new-")] == [in_use]
