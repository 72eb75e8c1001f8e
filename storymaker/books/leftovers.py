"""Unfinished files and folders: while their maker works it holds a lock on them; what nobody holds, a killed one left."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import IO, Final

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where nobody can remove a file that another has open
    fcntl = None  # type: ignore[assignment]

_OURS: Final = re.compile(r"\.new-[0-9a-f]{16}([0-9a-f]{16})?")
HELD: Final = ".held"
"""The file in an unfinished folder that its maker holds."""


def unfinished_name() -> str:
    """A new name for what is not finished yet; hidden, and known by its form."""
    return f".new-{secrets.token_hex(8)}"


def hold(file: IO[bytes]) -> bool:
    """Lock a file until it is closed, so that `sweep` leaves it alone.

    Where a disk knows no locks nobody can take one, and so nothing is swept there.

    Returns:
        Whether it is locked.
    """
    if fcntl is None:  # pragma: no cover
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep(folder: Path) -> int:
    """Remove what killed processes left unfinished in a folder.

    Its age is not asked: the clock of a shared disk may be wrong. Between making and locking a file a maker can lose it to
    us; then it makes it once more.

    Returns:
        How many there were.
    """
    with os.scandir(folder) as entries:
        found = [folder / entry.name for entry in entries if _OURS.fullmatch(entry.name)]
    return sum(_is_removed(path) for path in found)


def sweep_all(root: Path) -> int:
    """Remove what killed processes left unfinished in a folder and those in it; of the families in it, each has its own.

    Returns:
        How many there were.
    """
    count = 0
    for folder, names, _ in os.walk(root):
        names[:] = [name for name in names if not _OURS.fullmatch(name) and name != "families"]
        with contextlib.suppress(OSError):
            count += sweep(Path(folder))
    return count


def _is_removed(path: Path) -> bool:
    """Remove it, unless its maker holds it."""
    with contextlib.suppress(OSError):
        mark = path / HELD if path.is_dir() else path
        with open(mark, "ab" if mark != path else "rb+") as file:
            free = hold(file)
            if free and os.name != "nt":
                _remove(path)
        if free and os.name == "nt":
            mark.unlink()  # Windows refuses this while its maker has it open
            _remove(path)
        return free
    return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
