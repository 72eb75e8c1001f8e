"""Locks that the system drops when their holder dies: files beside the books, so that a locked book can be moved."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from storymaker.books.files import disk_errors, is_shared, make_folder
from storymaker.errors import StorageError
from storymaker.waiting import acquire

_HELD: Final = (
    "A book is being saved by another program, and that takes unusually long. This one waits, and goes on when it is done; "
    "if nothing else runs here, the disk may be slow."
)


def lock_in(folder: Path, name: str) -> FileLock:
    """A lock that is held by whoever acquires it, and by no process that is gone.

    Args:
        folder: Where lock files live.
        name: What it is for.

    Raises:
        StorageError: If something else stands in its place.
    """
    if folder.exists() and not folder.is_dir():
        raise StorageError(
            f"“{folder.name}” in your folder of books should be a folder for locks. Please remove that file."
        )
    file = make_folder(folder) / f"{name}.lock"
    if file.is_dir():
        try:
            file.rmdir()
        except OSError:
            raise StorageError(
                f"“{folder.name}/{file.name}” in your folder of books is a folder where a lock's file should be. "
                "Please move that folder elsewhere; nothing of a book is in it."
            ) from None
    return FileLock(file, thread_local=False, mode=0o660 if is_shared(folder) else 0o600)


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[FileLock]:
    """Wait for a lock, and hold it meanwhile.

    Args:
        folder: Where lock files live.
        name: What it is for.

    Raises:
        StorageError: If the disk refuses.
    """
    lock = lock_in(folder, name)
    with disk_errors(folder.parent):
        acquire(lock, _HELD)
    try:
        yield lock
    finally:
        lock.release()


def remove_locks(folder: Path, pattern: str, is_gone: Callable[[str], bool] = lambda _: True) -> int:
    """Remove the files of locks whose book or character is gone; one that somebody holds stays.

    It is removed while we hold it: who waits for it finds it gone, and makes a new one.

    Args:
        folder: Where lock files live.
        pattern: Which, as a glob without ``.lock``.
        is_gone: Asked with the name that a lock was made with.

    Returns:
        How many there were.
    """
    removed = 0
    for file in sorted(folder.glob(f"{pattern}.lock")):
        lock = FileLock(file, thread_local=False, timeout=0)
        with contextlib.suppress(OSError, Timeout):
            if is_gone(file.name.removesuffix(".lock")) and file.is_file():
                with lock:
                    file.unlink(missing_ok=True)
                removed += 1
    return removed
