"""Let the clock jump while pictures are paid, so that it differs from that of the disk too, and count what is lost or stuck."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.remote.stand_in import StandIn
from tests.soak._studio import PAGES, Studio, painted, price, service, settings_on, within
from tests.soak._tools import libfaketime
from tests.soak._verdict import left_over

COUNT = 12
BARS = dict.fromkeys(
    (
        "jobs that failed",
        "stuck jobs",
        "pictures paid twice",
        "books that say less than was charged",
        "acknowledged saves lost",
        "pages without a picture in the end",
        "left-over files",
        "starts that broke",
    ),
    0,
)
_JUMPS: Final = ("+3h", "-3h", "+40d", "-40d", "+1y", "-1y", "+2m", "-2m", "+1d", "-1d", "+5y", "-5y")
_PATIENCE_S: Final = 60.0


def run(count: int) -> dict[str, int]:
    """Let the clock jump so often: half of the studios work to their end, half are killed and go on with the right time."""
    counts: Counter[str] = Counter({"jumps": count, "pictures paid": 0} | BARS)
    with TemporaryDirectory() as given, service(2.0) as up:
        folder = Path(given)
        offset = folder / "offset"
        environment = libfaketime(offset)
        studio = Studio(folder / "fresh", up.url, "prepare", folder / "prepare")
        assert studio.finish() == 0, studio.complaints
        ((_, book_id),) = studio.told()
        for n in range(count):
            up.requests.clear()
            offset.write_text("+0\n")
            jump, killed = _JUMPS[n % len(_JUMPS)], n // 2 % 2 == 1
            shutil.copytree(folder / "fresh", folder / "house")
            studio = Studio(folder / "house", up.url, "paint", folder / "paint", str(book_id), env=environment)
            try:
                found = Counter(_jumped(studio, offset, jump, up, killed=killed))
            finally:
                studio.kill()
            found.update(_afterwards(folder, up, str(book_id), studio, killed=killed))
            counts.update(found)
            if any(found[name] for name in BARS):
                print(f"{jump}{', killed' if killed else ''}: {dict(found)} {studio.complaints[-800:]}", flush=True)
            shutil.rmtree(folder / "house")
    return counts


def _jumped(studio: Studio, offset: Path, jump: str, up: StandIn, *, killed: bool) -> dict[str, int]:
    """Let the clock jump while all pages are being painted."""
    assert within(lambda: painted(up) >= PAGES or not studio.running(), _PATIENCE_S), studio.complaints
    offset.write_text(f"{jump}\n")
    if killed:
        within(lambda: not studio.running(), 1.0)  # it reads the clock once a second
        return {}
    if not within(lambda: not studio.running(), _PATIENCE_S):
        return {"stuck jobs": 1}
    return {"jobs that failed": sum(len(reasons) for what, reasons in studio.told() if what == "ended")}


def _afterwards(folder: Path, up: StandIn, book_id: str, studio: Studio, *, killed: bool) -> dict[str, int]:
    """Go on with the right time."""
    house = folder / "house"
    looking = Studio(house, up.url, "look", folder / "look", book_id)
    going_on = Studio(house, up.url, "recover", folder / "recover", book_id) if looking.finish() == 0 else None
    if going_on is None or going_on.finish() != 0 or not going_on.told():
        print((going_on or looking).complaints[-2000:], flush=True)
        return {"starts that broke": 1}
    ((_, found),) = looking.told()
    ((_, recovered),) = going_on.told()
    texts = [value for what, value in studio.told() if what == "text"]
    lost = {value for what, value in studio.told() if what == "picture"} - set(found["pictures"])
    return {
        "pictures paid": painted(up),
        "stuck jobs": int(recovered["stuck"]),
        # Those of a killed studio were asked for and never came: each may be asked for once more.
        "pictures paid twice": max(0, painted(up) - PAGES * (2 if killed else 1)),
        "books that say less than was charged": int(
            round(recovered["spent"] / price(settings_on(house))) < painted(up)
        ),
        "acknowledged saves lost": len(lost) + max(0, max(texts, default=0) - found["text"]),
        "pages without a picture in the end": len(recovered["missing"]),
        "left-over files": len(left_over(house)),
    }
