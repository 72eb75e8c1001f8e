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
from tests.soak._studio import Studio, left_over, painted, price, service, settings_on, unreadable, within

COUNT = 100
BARS = dict.fromkeys(
    (
        "books unreadable",
        "books never begun that look damaged",
        "acknowledged saves lost",
        "acknowledged orders lost",
        "books that say less than was charged",
        "stuck jobs",
        "pages without a picture in the end",
        "left-over files",
        "starts that broke",
    ),
    0,
)
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
            counts.update(judged(disk, notes, up, book_id, done))
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


def judged(disk: LoopDisk, notes: Path, up: StandIn, book_id: str, done: list[Any]) -> dict[str, int]:
    """Start again after the cut, and hold what is there against what was acknowledged and charged."""
    counts: Counter[str] = Counter()
    before = painted(up)
    with disk.mounted() as folder:
        looking = Studio(folder, up.url, "look", notes / "look", book_id)
        going_on = Studio(folder, up.url, "recover", notes / "recover", book_id) if looking.finish() == 0 else None
        if going_on is None or going_on.finish() != 0 or not going_on.told():
            print((going_on or looking).complaints[-2000:], flush=True)
            return {"starts that broke": 1}
        ((_, found),) = looking.told()
        ((_, recovered),) = going_on.told()
        left = left_over(folder)
        cost = price(settings_on(folder))
    told = {kind: [value for what, value in done if what == kind] for kind in ("text", "picture", "book", "orders")}
    counts["acknowledged saves"] = sum(len(values) for values in told.values())
    counts["pictures paid"] = painted(up)
    counts["of those asked before the cut"] = before
    counts.update(unreadable(found, book_id, *told["book"]))
    lost = [*(set(told["book"]) - set(found["books"])), *(set(told["picture"]) - set(found.get("images", ())))]
    lost += [*(set(told["picture"]) - set(found.get("pictures", ())))]
    counts["acknowledged saves lost"] = len(lost) + max(0, max(told["text"], default=0) - found.get("text", 0))
    orders = {order for several in told["orders"] for order in several}
    counts["acknowledged orders lost"] = len(orders - set(recovered["jobs"]))
    said = round(recovered["spent"] / cost)
    counts["books that say less than was charged"] = int(said < painted(up))
    counts["pictures said to be paid and never asked for"] = max(0, said - painted(up))
    counts["stuck jobs"] = int(recovered["stuck"])
    counts["pages without a picture in the end"] = len(recovered["missing"])
    counts["left-over files"] = len(left)
    for name in BARS:
        if counts[name]:
            print(f"{name}: {counts[name]}; {found['unreadable']} {lost} {recovered} {left}", flush=True)
    return counts
