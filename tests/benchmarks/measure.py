"""Measuring: a figure with what was wanted, seconds of a command, memory of a whole process tree."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PHOTOS = Path(__file__).parents[3] / "shared" / "photos"


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        what: Its name.
        value: Measured.
        wanted: At most this much; None is for information.
        unit: ``s``, ``ms`` or ``MB``.
        note: Where it goes.
    """

    what: str
    value: float
    wanted: float | None = None
    unit: str = "s"
    note: str = ""

    def line(self) -> str:
        """A row of a Markdown table."""
        wanted = f"≤ {self.wanted:g} {self.unit}" if self.wanted is not None else ""
        ratio = f"{self.value / self.wanted:.2f}" if self.wanted else ""
        return f"| {self.what}{f' ({self.note})' if self.note else ''} | {self.value:.3g} {self.unit} | {wanted} | {ratio} |"


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The least of several runs, which is the least disturbed."""

    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(once() for _ in range(times))


def python(code: str, *arguments: str) -> str:
    """What a fresh Python prints."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ).stdout


def command(arguments: Sequence[str], environment: dict[str, str], *, watched: bool) -> tuple[float, float, str]:
    """Run a command; watching its memory slows it down.

    Returns:
        Seconds of wall time, peak memory of the process tree in MB (proportional set size where the system knows it, so that
        shared pages count once), and what it printed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )
    peak = 0.0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.5):
            peak = max(peak, tree_megabytes(process.pid))

    watcher = threading.Thread(target=watch)
    if watched:
        watcher.start()
    out, err = process.communicate()
    ended.set()
    if watched:
        watcher.join()
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}: {err}")
    return time.perf_counter() - began, peak, out


def tree_megabytes(pid: int) -> float:
    """Memory of a process and all below it, in MB."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    except psutil.Error:
        return 0.0
    return total / 1e6
