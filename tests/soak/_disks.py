"""Small disks of our own: one whose power can be cut, one that can be full."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak import Skipped

_LOOKS = 400
"""How often a disk is looked at until nobody writes on it: some milliseconds each."""


@dataclass(frozen=True)
class LoopDisk:
    """A file system in a file: what is in the file is what would be on the platter.

    Attributes:
        image: The file.
        folder: Where it is mounted.
    """

    image: Path
    folder: Path

    @contextlib.contextmanager
    def mounted(self, *options: str) -> Iterator[Path]:
        """The folder, with the disk in it; at the end of the block what is only in memory is written, as on a proper shutdown.

        This file system does not make good what a program forgot: by itself ext4 writes a file that is moved over another.
        """
        _run("mount", "-o", ",".join(["loop", "noauto_da_alloc", *options]), self.image, self.folder)
        try:
            yield self.folder
        finally:
            _run("umount", self.folder)

    def snapshot(self, target: Path) -> None:
        """Copy what is on the platter now, while whoever writes is stopped.

        The copy takes a moment, and a file system writes by itself too: it counts only when not one write fell into it.
        """
        device = _run("losetup", "-n", "-O", "NAME", "-j", self.image).strip()
        stat = Path("/sys/block") / Path(device).name / "stat"
        for _ in range(_LOOKS):
            before = _writes(stat)
            shutil.copyfile(self.image, target)
            if _writes(stat) == before and before[-1] == "0":
                return
        raise AssertionError("the disk never came to rest")


def _writes(stat: Path) -> list[str]:
    """Writes done, sectors written, and how many are under way."""
    fields = stat.read_text().split()
    return [fields[4], fields[6], fields[8]]


@contextlib.contextmanager
def loop_disk(megabytes: int) -> Iterator[LoopDisk]:
    """A fresh disk of so many megabytes, in memory where there is room for such: nothing here asks how fast it is.

    Raises:
        Skipped: Where none can be had.
    """
    _needs_root("losetup", "mkfs.ext4")
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as given:
        folder = Path(given)
        disk = LoopDisk(folder / "disk.img", folder / "disk")
        disk.folder.mkdir()
        with disk.image.open("wb") as file:
            file.truncate(megabytes << 20)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", disk.image)
        try:
            with disk.mounted():
                pass
        except OSError as error:
            raise Skipped(f"no loop device can be mounted here ({error}).") from None
        yield disk


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes in a folder.

    Raises:
        Skipped: Where none can be had.
    """
    _needs_root()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
    except OSError as error:
        raise Skipped(f"no disk can be mounted here ({error}).") from None
    try:
        yield folder
    finally:
        _run("umount", "--lazy", folder)


def fill(disk: Path, leave: int) -> Path:
    """Fill a disk until so many bytes are left; removing the file that is returned makes room."""
    room = os.statvfs(disk)
    ballast = disk / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - leave))
    return ballast


def _needs_root(*tools: str) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Skipped("only root on Linux can make a disk of its own.")
    for tool in tools:
        if shutil.which(tool) is None:
            raise Skipped(f"there is no {tool} here.")


def _run(*command: str | Path) -> str:
    """Run a tool.

    Raises:
        OSError: With what it says, if it fails.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip() or f"{command[0]} failed")
    return done.stdout
