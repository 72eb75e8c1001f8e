"""Files that are either whole or not there: atomic, durable writes, with the disk's complaints put into words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from storymaker.books.leftovers import HELD, hold, sweep, unfinished_name
from storymaker.errors import StorageError

_TRIES: Final = 3

_SENTENCES = {
    errno.ENOSPC: "The disk is full. Please free some space and try again; what was saved before is safe.",
    errno.EDQUOT: "Your space on this disk is used up. Please free some and try again; what was saved before is safe.",
    errno.EROFS: "The folder {folder} is on a disk that can only be read. Please choose another with --books.",
    errno.EACCES: "Storymaker may not write in {folder}. Please choose another folder with --books, or allow it.",
    errno.EPERM: "Storymaker may not write in {folder}. Please choose another folder with --books, or allow it.",
    errno.ENOTDIR: "{folder} is not a folder. Please choose a folder for your books with --books.",
    errno.EEXIST: "{folder} is not a folder. Please choose a folder for your books with --books.",
    errno.ENAMETOOLONG: "The path {folder} is too long for this disk. Please choose a shorter one with --books.",
    errno.EMFILE: "Too many files are open at once. Please try again in a moment; what was saved before is safe.",
    errno.ENFILE: "Too many files are open at once. Please try again in a moment; what was saved before is safe.",
}


def is_full(error: OSError) -> bool:
    """Whether an error passes when somebody frees some space; as a StorageError it has the code "full"."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Translate what the operating system says about a folder.

    Raises:
        StorageError: With a sentence that says what to do.
    """
    try:
        yield
    except OSError as error:
        known = _SENTENCES.get(
            error.errno or 0, "The folder {folder} could not be used ({reason}). Please check the disk."
        )
        code = "full" if is_full(error) else None
        raise StorageError(
            known.format(folder=folder, reason=error.strerror or type(error).__name__), code=code
        ) from error


@contextlib.contextmanager
def read_errors(what: str) -> Iterator[None]:
    """Translate what the operating system says about reading a file that is there.

    Args:
        what: The file, for the message: "history.jsonl of bramble-abcd2345".

    Raises:
        StorageError: Code "unread": nothing is lost, and another try may do.
    """
    try:
        yield
    except OSError as error:
        raise unread(what, error) from error


def unread(what: str, error: OSError) -> StorageError:
    """The error of a file that is there and cannot be read: most such troubles pass, and nothing is lost.

    Args:
        what: The file, for the message.
        error: What the operating system says.
    """
    if isinstance(error, IsADirectoryError):
        return StorageError(f"{what} is a folder where a file should be. Please move that folder elsewhere.")
    reason = error.strerror or type(error).__name__
    return StorageError(
        f"{what} could not be read just now ({reason}). Nothing of it is lost: please try again in a moment.",
        code="unread",
    )


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut, where the platform can (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes, *, durable: bool = True, private: bool = False) -> None:
    """Put a whole file in place: temporary file beside it, write, flush to disk, rename.

    Left-over temporary files of killed processes in that folder are removed on the way.

    Args:
        path: Where.
        data: The whole content.
        durable: Whether it must survive a power cut; a view that can be made again need not.
        private: Nobody but the owner may read it, also where its folder is shared with a group (see `make_folder`).

    Raises:
        StorageError: If the disk refuses; the file that was there before is untouched.
    """
    with disk_errors(path.parent):
        sweep(path.parent)
        mode = 0o600 if private else _mode_in(path.parent)
        left = _TRIES
        while True:
            left -= 1
            try:
                _put(path, data, mode, durable=durable)
                break
            except FileNotFoundError:  # swept between its creation and our lock on it; see leftovers.py
                if not left or not path.parent.is_dir():
                    raise
        if durable:
            sync_folder(path.parent)


def _put(path: Path, data: bytes, mode: int, *, durable: bool) -> None:
    temporary = path.parent / unfinished_name()
    try:
        with open(temporary, "xb", opener=_for_owner) as file:
            hold(file)
            _grant(file, mode)
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            if os.name != "nt":  # renamed while we hold it, so that nobody sweeps it
                os.replace(temporary, path)
        if os.name == "nt":  # which renames no open file
            os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _grant(file: IO[bytes], mode: int) -> None:
    """Give an open file its mode, whatever the umask says (Windows: those of its folder hold)."""
    if os.name != "nt":
        os.fchmod(file.fileno(), mode)


def is_shared(folder: Path) -> bool:
    """Whether a folder is meant for a whole group, which its set-group-ID bit says."""
    return os.name != "nt" and bool(folder.stat().st_mode & stat.S_ISGID)


def _mode_in(folder: Path) -> int:
    return 0o660 if is_shared(folder) else 0o600


def adopt_file(source: Path, target: Path) -> None:
    """Move a finished file on the same disk to its place, durably.

    Raises:
        StorageError: If the disk refuses.
    """
    with disk_errors(target.parent):
        with open(source, "rb+") as file:
            _grant(file, _mode_in(target.parent))
            os.fsync(file.fileno())
        os.replace(source, target)
        sync_folder(target.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file durably; nothing half-copied is ever seen under the target's name."""
    with read_errors(source.name):
        data = source.read_bytes()
    write_file(target, data)


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a journal, durably.

    Raises:
        StorageError: If the disk refuses.
    """
    with disk_errors(path.parent), open(path, "ab", opener=_for_owner) as file:
        if not file.tell():
            _grant(file, _mode_in(path.parent))
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def make_folder(folder: Path) -> Path:
    """The folder, made if need be, with those above it: for its owner alone, whatever the umask says.

    A folder inside one that is shared with a group (``chmod 2770 books``) is shared with that group, and so are its files.

    Raises:
        StorageError: If it cannot be made.
    """
    with disk_errors(folder):
        _make(folder)
    return folder


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    for one in reversed((folder, *folder.parents)):
        if one.is_dir():
            continue
        try:
            one.mkdir(mode=0o700)
        except FileExistsError:
            if not one.is_dir():
                raise
            continue  # another process was quicker
        if os.name != "nt":
            one.chmod(0o2770 if is_shared(one.parent) else 0o700)


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder for unfinished work, which goes at the end with what is still in it; what killed processes left goes first.

    Args:
        parent: Where it is made.

    Raises:
        StorageError: If it cannot be made.
    """
    make_folder(parent)
    with disk_errors(parent):
        sweep(parent)
        folder, mark = _claimed_folder(parent)
    try:
        yield folder
    finally:
        mark.close()
        shutil.rmtree(folder, ignore_errors=True)


def _claimed_folder(parent: Path) -> tuple[Path, IO[bytes]]:
    """A new folder and the file in it that we hold; one that was swept before we held it is made once more."""
    for left in reversed(range(_TRIES)):
        folder = parent / unfinished_name()
        _make(folder)
        with contextlib.suppress(FileNotFoundError):
            mark = open(folder / HELD, "ab")  # noqa: SIM115 - held until the work is done
            # The last is taken unheld: a disk that knows no locks is not swept either.
            if (hold(mark) and os.fstat(mark.fileno()).st_nlink) or not left:
                return folder, mark
            mark.close()
    raise FileNotFoundError(errno.ENOENT, "it was removed while it was made", str(parent))


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it; one that is gone already is fine.

    Raises:
        StorageError: If something in it cannot be removed.
    """
    with disk_errors(folder), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
