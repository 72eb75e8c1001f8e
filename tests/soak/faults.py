"""Let single calls of the system fail, by libfiu, while a book is saved, read and painted, and count what is lost."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from storymaker.books.edits import Edit
from storymaker.books.model import Brief
from storymaker.books.shelf import Shelf
from storymaker.errors import DamagedBookError, StorymakerError
from storymaker.jobs.queue import JobQueue, Order
from tests.soak._studio import KEY, finished_drawing, prepare, settings_on
from tests.soak._tools import libfiu
from tests.soak._verdict import left_over

COUNT = 100
"""How often each call fails, by lot, with each errno."""
BARS = dict.fromkeys(
    (
        "books unreadable",
        "acknowledged saves lost",
        "acknowledged orders lost",
        "errors that are no sentence",
        "passing read errors told as damage",
        "left-over files",
    ),
    0,
)
_CALLS: Final = (
    "posix/io/oc/open", "posix/io/rw/write", "posix/io/rw/pwrite", "posix/io/sync/fsync", "posix/io/sync/fdatasync",
    "posix/io/dir/rename", "posix/io/rw/read", "posix/io/rw/pread",
)  # fmt: skip
_READS: Final = ("posix/io/rw/read", "posix/io/rw/pread")
_CHANCE: Final = 0.3
_ONCE: Final = 1
"""Of libfiu: what failed once does not fail again, so that whoever waits and tries again gets on."""


def run(count: int) -> dict[str, int]:
    """Let each call fail so often with each errno, in a process that libfiu is loaded into."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.soak.faults", folder, str(count)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | KEY | libfiu())
    *lines, counts = done.stdout.splitlines()
    print("\n".join(lines), flush=True)
    return dict(json.loads(counts))


class Fiu:
    """Lets a call fail for a moment."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL("libfiu.so.0")
        self._library.fiu_init(0)
        self._library.fiu_enable_random.argtypes = [
            ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_float,
        ]  # fmt: skip

    @contextmanager
    def failing(self, call: str, number: int) -> Iterator[None]:
        """Let a call fail once, by lot, in the whole process, before the end of the block."""
        self._library.fiu_enable_random(call.encode(), 1, number, _ONCE, _CHANCE)
        try:
            yield
        finally:
            self._library.fiu_disable(call.encode())


class Shaken:
    """A book that is worked on while calls fail.

    Args:
        disk: Where it is.
        book_id: Which.
        counts: Are counted on.
    """

    def __init__(self, disk: Path, book_id: str, counts: Counter[str]) -> None:
        self._disk, self._book_id, self.counts = disk, book_id, counts
        self._shelf, self._queue = Shelf(settings_on(disk).books), JobQueue(settings_on(disk).jobs_url)
        self._pages = [page.id for page in self._shelf.open(book_id).chapters]
        self._books: set[str] = {book_id}
        self._orders: set[str] = set()
        self._text, self._told = 0, set[str]()

    def work(self, fiu: Fiu, call: str, number: int, n: int) -> None:
        """One thing of each kind, in the middle of which a call may fail."""
        drawing, shown = finished_drawing(self._shelf, self._book_id, self._pages[1], n)
        reading: list[Callable[[], object]] = [
            lambda: self._shelf.open(self._book_id),
            self._shelf.list,
            lambda: self._queue.jobs(self._book_id),
        ]
        writing: list[Callable[[], object]] = [
            lambda: self._edit(n),
            lambda: self._shelf.attach(self._book_id, self._pages[1], drawing, shown),
            lambda: self._begin(n),
            lambda: self._order(n),
        ]
        for act in [*reading, *([] if call in _READS else writing)]:
            self.counts["tries"] += 1
            try:
                with fiu.failing(call, number):
                    act()
            except StorymakerError as error:
                self.counts["of them refused with a sentence"] += 1
                if isinstance(error, DamagedBookError):
                    self._count("passing read errors told as damage", f"{call}: {error.message}")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what this looks for
                self._count(
                    "errors that are no sentence",
                    f"{call}: {type(error).__name__} ({getattr(error, 'orig', error)}) in {_places(error)}",
                )

    def look(self, call: str) -> None:
        """Hold what is there against what was acknowledged."""
        listing = self._shelf.list()
        there = {card.id for card in listing.books}
        self.counts["books unreadable"] += len(listing.problems)
        page = self._shelf.open(self._book_id).chapters[0]
        lost = len(self._books - there) + int(page.text != "0" and int(page.text) < self._text)
        self.counts["acknowledged saves lost"] += lost
        self.counts["acknowledged orders lost"] += len(self._orders - {job.id for job in self._queue.jobs()})
        left = [
            name for name in left_over(self._disk) if Path(name).name.startswith(".new-")
        ]  # drawings wait to be tried again
        self.counts["left-over files"] += len(left)
        if lost or left or listing.problems:
            print(call, lost, left[:3], listing.problems[:3])
        for name in left:
            (self._disk / name).unlink()

    def _edit(self, n: int) -> None:
        self._shelf.edit(self._book_id, Edit("text", f"{n}", self._pages[0]))
        self._text = n

    def _begin(self, n: int) -> None:
        if n % 10 == 0:
            self._books.add(self._shelf.create(Brief(title=f"Other {n}"), ()).id)

    def _order(self, n: int) -> None:
        order = Order(id=f"{self._book_id}.order.{n}", kind="none", lane="none", shelf="", book_id=self._book_id)
        self._orders.add(self._queue.submit(order).id)

    def _count(self, fault: str, what: str) -> None:
        self.counts[fault] += 1
        if what not in self._told:
            self._told.add(what)
            print(f"{fault}: {what}")


def _places(error: BaseException) -> str:
    """Which functions of ours an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(frame.name for frame in frames if "storymaker" in Path(frame.filename).parts)


def main(disk: Path, count: int) -> None:
    """Shake a book, in this process."""
    counts: Counter[str] = Counter({"tries": 0, "of them refused with a sentence": 0} | BARS)
    with contextlib.redirect_stdout(sys.stderr):
        prepare(disk, "")
    (card,) = Shelf(settings_on(disk).books).list().books
    shaken, fiu, n = Shaken(disk, card.id, counts), Fiu(), 0
    for call in _CALLS:
        for number in (errno.EIO, errno.ENOSPC) if call not in _READS else (errno.EIO,):
            for _ in range(count):
                n += 1
                shaken.work(fiu, call, number, n)
            shaken.look(call)
    print(json.dumps(counts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
