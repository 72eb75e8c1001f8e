"""Fair queueing: where in its lane a job goes, so that families take turns.

Start-time fair queueing over DBOS's priorities. Each job gets a tag when it is submitted, and a worker takes the smallest first.
A family's jobs have tags in a row; a family that comes later begins at the tag that is next, not behind everybody else's jobs. So
forty books of one family and one of another alternate, picture by picture, in every worker and process, whoever submitted them.

Why not DBOS's partitioned queues: a partition is emptied before the next is looked at, in random order, unless each may only have
so many slots, which then stand idle when one family is alone; and within partitions nothing can be urgent for the whole lane.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

URGENT_BAND: Final = 1
"""The first tag of what goes before bulk: somebody looks at just this page."""
USUAL_BAND: Final = 2**30
BAND_SIZE: Final = 2**30 - 2
"""Tags of a band. They grow while a lane is never empty: by one a job of its busiest family."""
URGENT_AT_ONCE: Final = 4
"""Urgent jobs that a family may have under way in a lane; more of them go with its bulk, or pressing often would pass everybody."""


@dataclass(frozen=True)
class Standing:
    """A band of a lane as somebody finds it who submits a job.

    Attributes:
        next_tag: The smallest tag that waits; None if nothing does.
        running_tag: The largest tag that runs; None if nothing does.
        own_tag: The largest tag of the family's own jobs, waiting or running; None if it has none.
    """

    next_tag: int | None = None
    running_tag: int | None = None
    own_tag: int | None = None


def tag_of(band: int, standing: Standing) -> int:
    """The tag of a family's next job: behind its own, and never before what is next for everybody."""
    now = standing.next_tag if standing.next_tag is not None else standing.running_tag
    own = band if standing.own_tag is None else standing.own_tag + 1
    return min(max(band, now or band, own), band + BAND_SIZE)
