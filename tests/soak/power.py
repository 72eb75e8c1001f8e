"""Cut the power of a disk while books are saved and pictures are paid, and count what is lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.remote.stand_in import StandIn
from tests.soak._disks import LoopDisk, loop_disk
from tests.soak._studio import Studio, painted, service, within
from tests.soak._verdict import FAULTS, judged

COUNT = 100
BARS = FAULTS
_PATIENCE_S = 60.0


def run(count: int) -> dict[str, int]:
    """Cut the power so often, each time on a disk as it was before."""
    counts: Counter[str] = Counter({"power cuts": count, "acknowledged saves": 0, "pictures paid": 0} | BARS)
    lot = random.Random(7)
    with loop_disk(80) as disk, TemporaryDirectory() as given, service(0.4) as up:
        notes = Path(given)
        book_id = prepared(disk, notes, up)
        fresh = disk.image.read_bytes()
        for n in range(count):
            disk.image.write_bytes(fresh)
            up.requests.clear()
            done = cut(disk, notes, up, book_id, lot)
            with disk.mounted() as folder:
                counts.update(judged(folder, notes, up, book_id, done))
            if (n + 1) % 10 == 0:
                print(f"{n + 1} of {count} power cuts: { {name: counts[name] for name in BARS} }", flush=True)
    return counts


def prepared(disk: LoopDisk, notes: Path, up: StandIn) -> str:
    """Put the book on the disk, and shut down properly; its id."""
    with disk.mounted() as folder:
        studio = Studio(folder, up.url, "prepare", notes / "prepare")
        assert studio.finish() == 0, studio.complaints
        ((_, book_id),) = studio.told()
    return str(book_id)


def cut(disk: LoopDisk, notes: Path, up: StandIn, book_id: str, lot: random.Random) -> list[Any]:
    """Let the studio work until some moment, and make the disk what it was then; what had been acknowledged by then."""
    platter = disk.image.with_suffix(".cut")
    with disk.mounted(f"commit={lot.choice((1, 5))}") as folder:
        studio = Studio(folder, up.url, "work", notes / "work", book_id)
        try:
            assert within(lambda: painted(up) > 0, _PATIENCE_S), studio.complaints
            time.sleep(lot.uniform(0.0, 1.5))
            studio.stop()
            disk.snapshot(platter)
            done = studio.told()
        finally:
            studio.kill()
    platter.replace(disk.image)
    return done
