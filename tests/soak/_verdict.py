"""What a studio left behind when its power or its life was cut, held against what it had acknowledged and what was charged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from tests.remote.stand_in import StandIn
from tests.soak._studio import OURS, Studio, painted, price, settings_on

FAULTS = dict.fromkeys(
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
"""How often each of what must not be is borne."""


def judged(folder: Path, notes: Path, up: StandIn, book_id: str, done: list[Any]) -> dict[str, int]:
    """Start again, and hold what is there against what was acknowledged and charged.

    Args:
        folder: Where the books and the home are.
        notes: Where the studios may write what they say.
        up: The service, with every request since the studio began.
        book_id: The book that was worked on.
        done: What the studio had acknowledged when it was stopped.
    """
    counts: Counter[str] = Counter()
    before = painted(up)
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
    counts["of those asked before it was stopped"] = before
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
    for name in FAULTS:
        if counts[name]:
            print(f"{name}: {counts[name]}; {found['unreadable']} {lost} {recovered} {left}", flush=True)
    return counts


def left_over(disk: Path) -> list[str]:
    """Files that only somebody at work needs, where nobody is: unfinished ones, marks, locks of single jobs."""

    def is_left(path: Path) -> bool:
        place, name = path.parent.name, path.name
        if name.startswith(OURS):
            return False
        return name.startswith(".new-") or place == "drawing" or (place == ".locks" and name.count(".") > 1)

    return [str(path.relative_to(disk)) for path in disk.rglob("*") if path.is_file() and is_left(path)]


def unreadable(found: dict[str, Any], *known: str) -> dict[str, int]:
    """Of what a look found: books that were acknowledged and cannot be read, and remains of ones that never were."""
    ids = {name.rpartition("-")[2] for name in found["unreadable"]}
    return {
        "books unreadable": len(ids & set(known)),
        "books never begun that look damaged": len(ids - set(known)),
    }
