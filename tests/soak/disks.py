"""Fill a disk to ten levels while books are saved and pictures are paid, with and without room later, and count what is lost."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.remote.stand_in import StandIn
from tests.soak._disks import fill, small_disk
from tests.soak._studio import PAGES, Studio, painted, price, service, settings_on, within
from tests.soak._verdict import left_over, unreadable

COUNT = 10
BARS = dict.fromkeys(
    (
        "books unreadable",
        "books never begun that look damaged",
        "acknowledged saves lost",
        "pictures paid twice",
        "books that say less than was charged",
        "jobs that did not go on by themselves",
        "stuck jobs",
        "full disks without a word",
        "pages without a picture in the end",
        "left-over files",
        "starts that broke",
    ),
    0,
)
_LEVELS: Final = (0, 1 << 20, 4 << 10, 512 << 10, 64 << 10, 16 << 10, 256 << 10, 2 << 20, 128 << 10, 4 << 20)
"""Bytes that are left free, the one after the other: fewer levels are the most different ones."""
_MEGABYTES: Final = 96
_FULL_SECONDS: Final = 10.0
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True)
class Case:
    """One full disk.

    Attributes:
        what: Which folder is on it: "books" or "home".
        leave: Bytes that are left free.
        room: Whether there is room again after some seconds; else the studio is killed, and started again with room.
    """

    what: str
    leave: int
    room: bool


def run(count: int) -> dict[str, int]:
    """Fill the disk to so many levels, the books' and the home's, with and without room later."""
    cases = [
        Case(what, leave, room) for leave in _LEVELS[:count] for what in ("books", "home") for room in (True, False)
    ]
    counts: Counter[str] = Counter({"full disks": len(cases), "acknowledged saves": 0, "pictures paid": 0} | BARS)
    with TemporaryDirectory() as given, service(1.0) as up:
        folder = Path(given)
        studio = Studio(folder / "fresh", up.url, "prepare", folder / "prepare")
        assert studio.finish() == 0, studio.complaints
        ((_, book_id),) = studio.told()
        for case in cases:
            up.requests.clear()
            found = Counter(filled(folder, up, str(book_id), case))
            counts.update(found)
            if broken := {name: found[name] for name in BARS if found[name]}:
                print(f"{case}: {broken}", flush=True)
    return counts


def filled(folder: Path, up: StandIn, book_id: str, case: Case) -> dict[str, int]:
    """One full disk, while four pages are painted."""
    house = folder / "house"
    with small_disk(house / case.what, _MEGABYTES) as disk:
        try:
            shutil.copytree(folder / "fresh", house, dirs_exist_ok=True)
            studio = Studio(house, up.url, "paint", folder / "paint", book_id)
            try:
                counts = Counter(_painting(studio, disk, up, case))
            finally:
                studio.kill()
            counts.update(_afterwards(house, folder, up, book_id, studio.told(), case))
        finally:
            for part in house.iterdir():
                shutil.rmtree(part, ignore_errors=True)
    return counts


def _painting(studio: Studio, disk: Path, up: StandIn, case: Case) -> dict[str, int]:
    """Fill the disk once all pages are asked for; make room again, or do not."""
    assert within(lambda: painted(up) >= PAGES or not studio.running(), _PATIENCE_S), studio.complaints
    ballast = fill(disk, case.leave)
    ended = within(lambda: not studio.running(), _FULL_SECONDS)
    said = bool(ended or studio.complaints or any(what == "refused" for what, _ in studio.told()))
    counts = {"full disks without a word": int(not said)}
    if not case.room:
        studio.kill()
    ballast.unlink()
    if case.room:
        went_on = within(lambda: not studio.running(), _PATIENCE_S)
        failed = next((reasons for what, reasons in studio.told() if what == "ended"), None)
        counts["jobs that did not go on by themselves"] = len(failed) if went_on and failed is not None else 1
        if failed or not went_on or failed is None:
            print(f"{case}: {failed} {studio.complaints[-600:]}", flush=True)
    return counts


def _afterwards(house: Path, folder: Path, up: StandIn, book_id: str, done: list[Any], case: Case) -> dict[str, int]:
    """Start again with room, and hold what is there against what was acknowledged and charged."""
    looking = Studio(house, up.url, "look", folder / "look", book_id)
    going_on = Studio(house, up.url, "recover", folder / "recover", book_id) if looking.finish() == 0 else None
    if going_on is None or going_on.finish() != 0 or not going_on.told():
        print((going_on or looking).complaints[-2000:], flush=True)
        return {"starts that broke": 1}
    ((_, found),) = looking.told()
    ((_, recovered),) = going_on.told()
    kept = {"book": found["books"], "picture": found.get("pictures", []), "text": range(found.get("text", 0) + 1)}
    lost = [(what, value) for what, value in done if value not in kept.get(what, [value])]
    said, left = round(recovered["spent"] / price(settings_on(house))), left_over(house)
    more = max(0, painted(up) - PAGES)
    # An answer that came while the books' disk had no room, to a studio that was killed before it had, was written nowhere.
    nowhere = min(more, PAGES) if case.what == "books" and not case.room else 0
    if lost or left or recovered["missing"]:
        print(lost, left, recovered, flush=True)
    return unreadable(found, book_id, *(value for what, value in done if what == "book")) | {
        "acknowledged saves": sum(what in kept for what, _ in done),
        "pictures paid": painted(up),
        "acknowledged saves lost": len(lost),
        "pictures paid again whose answer had no room": nowhere,
        "pictures paid twice": more - nowhere,
        "books that say less than was charged": int(said < painted(up)),
        "stuck jobs": int(recovered["stuck"]),
        "pages without a picture in the end": len(recovered["missing"]),
        "left-over files": len(left),
    }
