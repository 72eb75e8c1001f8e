"""Kill the studio, with all its processes, while pictures are painted, and count what is lost, stuck or paid twice."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.remote.stand_in import Request, StandIn
from tests.soak._studio import Studio, painted, service, within
from tests.soak._verdict import FAULTS, judged

COUNT = 200
TWICE = "pictures paid twice beyond those whose answer never came"
BARS = {TWICE: 0} | FAULTS
_PAINTING_S = 0.4
_SPAN_S = 2.0
"""The pictures are asked for at once: the last answer has come a second before this has gone since the first request."""
_ON_THE_WAY_S = 0.05
"""An answer that was sent so long before the kill has come."""
_PATIENCE_S = 60.0

Came = list[tuple[Request, float]]


def run(count: int) -> dict[str, int]:
    """Kill the studio so often, each time with its books as they were before."""
    counts: Counter[str] = Counter({"kills": count, "acknowledged saves": 0, "pictures paid": 0} | BARS)
    lot = random.Random(9)
    came: Came = []
    with TemporaryDirectory() as given, service(_PAINTING_S, came) as up:
        notes = Path(given)
        fresh, folder = notes / "fresh", notes / "disk"
        book_id = prepared(folder, notes, up)
        folder.rename(fresh)
        for n in range(count):
            shutil.copytree(fresh, folder)
            counts.update(killed_once(folder, notes, up, came, book_id, lot.uniform(0.0, _SPAN_S)))
            shutil.rmtree(folder)
            if (n + 1) % 10 == 0:
                print(f"{n + 1} of {count} kills: { {name: counts[name] for name in BARS} }", flush=True)
    return counts


def prepared(folder: Path, notes: Path, up: StandIn) -> str:
    """Make the book, and shut down properly; its id."""
    studio = Studio(folder, up.url, "prepare", notes / "prepare")
    assert studio.finish() == 0, studio.complaints
    ((_, book_id),) = studio.told()
    return str(book_id)


def killed_once(folder: Path, notes: Path, up: StandIn, came: Came, book_id: str, seconds: float) -> dict[str, int]:
    """Kill the studio so long after its first request, let it go on, and count."""
    up.requests.clear()
    came.clear()
    studio = Studio(folder, up.url, "paint", notes / "paint", book_id)
    try:
        assert within(lambda: painted(up) > 0, _PATIENCE_S), studio.complaints
        time.sleep(seconds)
        at = time.monotonic()
    finally:
        studio.kill()
    before = len(up.requests)
    answered = {page_of(request) for request, sent in came.copy() if sent <= at - _ON_THE_WAY_S}
    counts = Counter(judged(folder, notes, up, book_id, studio.told()))
    again = [page for request in up.requests[before:] if (page := page_of(request)) in answered]
    counts["of those answered before it was stopped"] = len(answered)
    counts["of those painted again, whose answer never came"] = (
        painted(up) - len(again) - len({page_of(request) for request in up.requests})
    )
    counts[TWICE] = len(again)
    if again:
        print(f"killed {seconds:.2f} s after the first request: {again} paid again", flush=True)
    return counts


def page_of(request: Request) -> str:
    """The page that a picture is painted for, by what is to be seen on it."""
    found = re.search(r"Prompt \d+", str(request.body["prompt"]))
    assert found is not None, request.body
    return found[0]
