"""Files that are either whole or not there: atomic, durable writes, with the disk's complaints put into words."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from storymaker.errors import StorageError

_SENTENCES = {
    errno.ENOSPC: "The disk is full. Please free some space and try again; what was saved before is safe.",
    errno.EDQUOT: "Your space on this disk is used up. Please free some and try again; what was saved before is safe.",
    errno.EROFS: "The folder {folder} is on a disk that can only be read. Please choose another with --books.",
    errno.EACCES: "Storymaker may not write in {folder}. Please choose another folder with --books, or allow it.",
    errno.EPERM: "Storymaker may not write in {folder}. Please choose another folder with --books, or allow it.",
    errno.ENOTDIR: "{folder} is not a folder. Please choose a folder for your books with --books.",
    errno.EEXIST: "{folder} is not a folder. Please choose a folder for your books with --books.",
    errno.ENAMETOOLONG: "The path {folder} is too long for this disk. Please choose a shorter one with --books.",
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

    Args:
        path: Where.
        data: The whole content.
        durable: Whether it must survive a power cut; a view that can be made again need not.
        private: Nobody but the owner may read it, from its first byte on (Windows: whoever may read the folder).

    Raises:
        StorageError: If the disk refuses; the file that was there before is untouched.
    """
    with disk_errors(path.parent):
        # Not tempfile: its files are for the owner alone, and a finished book is for whoever shares the folder.
        temporary = path.parent / f".new-{secrets.token_hex(8)}"
        try:
            with open(temporary, "xb", opener=_for_owner if private else None) as file:
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        if durable:
            sync_folder(path.parent)


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def adopt_file(source: Path, target: Path) -> None:
    """Move a finished file on the same disk to its place, durably.

    Raises:
        StorageError: If the disk refuses.
    """
    with disk_errors(target.parent):
        with open(source, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(source, target)
        sync_folder(target.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file durably; nothing half-copied is ever seen under the target's name."""
    with disk_errors(source.parent):
        data = source.read_bytes()
    write_file(target, data)


def append_line(path: Path, line: bytes) -> None:
    """Add one line to a journal, durably.

    Raises:
        StorageError: If the disk refuses.
    """
    with disk_errors(path.parent), open(path, "ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def make_folder(folder: Path) -> Path:
    """The folder, made if need be.

    Raises:
        StorageError: If it cannot be made.
    """
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it; one that is gone already is fine.

    Raises:
        StorageError: If something in it cannot be removed.
    """
    with disk_errors(folder), contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
