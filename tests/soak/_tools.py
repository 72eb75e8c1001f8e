"""Programs of other people that spoil a process: fetched from Debian, unpacked beside the tests, and never installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from filelock import FileLock

from tests.soak import Skipped

_SECONDS: Final = 120.0


def libfiu() -> dict[str, str]:
    """What lets a process's calls of the system fail when it asks for that: its environment.

    Raises:
        Skipped: Where it cannot be had.
    """
    lib = _unpacked("libfiu0", "fiu-utils") / "usr" / "lib"
    preloads = " ".join(str(lib / "fiu" / f"fiu_{name}_preload.so") for name in ("run", "posix"))
    return {"LD_LIBRARY_PATH": str(lib), "LD_PRELOAD": preloads}


def libfaketime(offset: Path) -> dict[str, str]:
    """What gives a process a clock of its own, but for the times of files: its environment.

    Args:
        offset: A file that says by how much it differs, such as "+3h"; it is read again each second.

    Raises:
        Skipped: Where it cannot be had.
    """
    (library,) = _unpacked("libfaketime").glob("usr/lib/*/faketime/libfaketimeMT.so.1")
    return {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
    }  # fmt: skip


def _unpacked(*packages: str) -> Path:
    """A folder with what is in these packages, in this environment's own place; fetched once."""
    if sys.platform != "linux" or not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Skipped(f"{packages[0]} comes from Debian, and there is no apt-get here.")
    folder = Path(sys.prefix) / "share" / f"storymaker-{packages[0]}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not (folder / "usr").is_dir():
            _fetch(folder, packages)
    return folder


def _fetch(folder: Path, packages: tuple[str, ...]) -> None:
    for command in (
        ["apt-get", "download", *packages],
        ["apt-get", "update", "-qq"],
        ["apt-get", "download", *packages],
    ):
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise Skipped(f"{packages[0]} could not be fetched in {_SECONDS:.0f} seconds.") from None
        if done.returncode == 0 and "download" in command:
            break
    else:
        raise Skipped(f"{packages[0]} could not be fetched: {done.stderr.strip()[-200:]}")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True, timeout=_SECONDS)
