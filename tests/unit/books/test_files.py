"""Files: whole or not at all, for their owner alone, and nothing left over of writers that were killed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storymaker.books import files, leftovers
from storymaker.books.files import (
    adopt_file,
    append_line,
    copy_file,
    make_folder,
    read_errors,
    scratch_folder,
    write_file,
)
from storymaker.books.leftovers import sweep, unfinished_name
from storymaker.errors import StorageError

posix = pytest.mark.skipif(
    os.name == "nt", reason="Windows has no such modes: whoever may read the folder may read the file"
)


def mode(path: Path) -> int:
    """Who may do what with it."""
    return path.stat().st_mode & 0o7777


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a system takes from new files unless it is told otherwise."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_a_private_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where it takes the place of one that everybody could read, in a folder that is shared."""
    if os.name != "nt":
        tmp_path.chmod(0o2770)
    file = tmp_path / "secret"
    file.write_bytes(b"open")
    file.chmod(0o644)
    write_file(file, b"secret", private=True)
    assert file.read_bytes() == b"secret"
    assert os.name == "nt" or mode(file) == 0o600


@posix
@pytest.mark.usefixtures("umask")
def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Whatever the umask: new folders and those above them, files written, moved in, copied and begun line by line."""
    folder = make_folder(tmp_path / "books" / "one")
    write_file(folder / "a", b"a")
    append_line(folder / "b", b"b")
    (tmp_path / "c").write_bytes(b"c")
    (tmp_path / "c").chmod(0o666)
    adopt_file(tmp_path / "c", folder / "c")
    copy_file(folder / "c", folder / "d")
    assert {mode(path) for path in (folder, folder.parent)} == {0o700}
    assert {mode(path) for path in folder.iterdir()} == {0o600}


@posix
@pytest.mark.usefixtures("umask")
def test_a_folder_that_is_shared_on_purpose_stays_so(tmp_path: Path) -> None:
    """With its set-group-ID bit; what is made in it is for its group too."""
    (tmp_path / "books").mkdir()
    (tmp_path / "books").chmod(0o2770)
    folder = make_folder(tmp_path / "books" / "one")
    write_file(folder / "a", b"a")
    append_line(folder / "b", b"b")
    assert mode(folder) == 0o2770
    assert {mode(path) for path in folder.iterdir()} == {0o660}


def test_a_folder_that_another_process_makes_at_the_same_moment_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was first."""
    make, real = Path.mkdir, tmp_path / "books"

    def twice(path: Path, *args: Any, **named: Any) -> None:
        make(path)
        make(path, *args, **named)

    monkeypatch.setattr(Path, "mkdir", twice)
    assert make_folder(real).is_dir()


def test_left_over_files_go_with_the_next_save(tmp_path: Path) -> None:
    """Of a killed writer, new as they are; those of others, and ones at work, stay."""
    (tmp_path / unfinished_name()).write_bytes(b"half")
    left = tmp_path / unfinished_name()
    left.mkdir()
    (left / "picture.png").write_bytes(b"half")
    (tmp_path / ".new-something").write_bytes(b"another program's")
    with scratch_folder(tmp_path) as working, open(tmp_path / unfinished_name(), "xb") as at_work:
        leftovers.hold(at_work)
        (working / "x").write_bytes(b"x")
        write_file(tmp_path / "book.json", b"{}")
        assert {path.name for path in tmp_path.iterdir()} == {
            "book.json", ".new-something", working.name, Path(at_work.name).name,
        }  # fmt: skip
    assert sweep(tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"book.json", ".new-something"}


def test_a_process_that_was_killed_leaves_nothing_for_long(tmp_path: Path) -> None:
    """A real one, killed while it held a file and a folder: they stay while it lives, and go after that."""
    code = (
        "import sys, pathlib; from storymaker.books.files import scratch_folder; from storymaker.books.leftovers import *\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "with scratch_folder(home), open(home / unfinished_name(), 'xb') as file:\n"
        "    hold(file); print('held', flush=True); sys.stdin.read()\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None and writer.stdin is not None
    with writer.stdin, writer.stdout:
        assert writer.stdout.readline().strip() == b"held"
        assert sweep(tmp_path) == 0
        writer.kill()
        writer.wait()
    assert sweep(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_swept_before_it_is_held_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice; the third time the disk is at fault."""
    lost = [True, True]

    def lose(file: Any) -> bool:
        if lost and lost.pop():
            Path(file.name).unlink()
        return True

    monkeypatch.setattr(files, "hold", lose)
    write_file(tmp_path / "a", b"a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    lost.extend([True] * 3)
    with pytest.raises(StorageError):
        write_file(tmp_path / "a", b"b")
    assert (tmp_path / "a").read_bytes() == b"a"


def test_a_folder_that_is_swept_before_it_is_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file may be gone, or held by whoever sweeps; a disk that knows no locks is used all the same."""
    answers = iter([False, False, False])
    monkeypatch.setattr(files, "hold", lambda _: next(answers))
    with scratch_folder(tmp_path) as folder:
        assert folder.is_dir()
    real = files._make

    def gone(folder: Path) -> None:
        real(folder)
        if folder != tmp_path:
            folder.rmdir()

    monkeypatch.setattr(files, "_make", gone)
    with pytest.raises(StorageError), scratch_folder(tmp_path):
        pass


def test_where_nothing_can_be_locked_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better a scrap than the file of somebody at work."""
    fcntl = pytest.importorskip("fcntl")

    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unknown)
    (tmp_path / unfinished_name()).write_bytes(b"half")
    assert sweep(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_what_cannot_be_removed_stays_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's in a shared folder, or on a disk that refuses."""
    (tmp_path / unfinished_name()).write_bytes(b"half")

    def refuse(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(leftovers, "_remove", refuse)
    assert sweep(tmp_path) == 0
    write_file(tmp_path / "a", b"a")
    assert (tmp_path / "a").read_bytes() == b"a"


def test_all_of_it_works_where_there_are_no_modes_and_no_open_file_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: written, begun line by line, moved in, and swept."""
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        folder = make_folder(tmp_path / "books" / "one")
        (folder / unfinished_name()).write_bytes(b"half")
        (folder / unfinished_name()).mkdir()
        write_file(folder / "a", b"a")
        append_line(folder / "b", b"b")
        (tmp_path / "c").write_bytes(b"c")
        adopt_file(tmp_path / "c", folder / "c")
    assert {path.name for path in folder.iterdir()} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.EIO, "Input/output error"), r"could not be read just now \(Input/output error\).*try again"),
        (OSError(errno.EMFILE, "Too many open files"), "just now"),
        (PermissionError(errno.EACCES, "Permission denied"), "just now"),
        (IsADirectoryError(errno.EISDIR, "Is a directory"), "is a folder where a file should be"),
    ],
)
def test_what_cannot_be_read_just_now_is_not_called_damaged(error: OSError, says: str) -> None:
    """A virus scanner, a worn cable or too many files pass; advice that loses work does not."""
    with pytest.raises(StorageError, match=says), read_errors("book.json"):
        raise error
