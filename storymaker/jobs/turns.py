"""Turns of families in the jobs database: the next one, how many jobs of theirs wait, and how long that may take."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from storymaker.jobs.fairness import BAND_SIZE, URGENT_AT_ONCE, URGENT_BAND, USUAL_BAND, Standing, tag_of

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import ColumnElement, FromClause

    from storymaker.jobs.queue import Job

_MEASURED: Final = 20
"""The latest jobs of a lane that say how long one takes."""


@dataclass(frozen=True)
class Outlook:
    """What a job that waits or runs may expect.

    Attributes:
        ahead: How many jobs of all families go before it in its lane.
        seconds: In how many seconds it should be done; None while nothing of its lane was done yet.
    """

    ahead: int
    seconds: float | None


def _live(jobs: FromClause, *states: str) -> ColumnElement[bool]:
    """Jobs in these states; as literals, for SQLite takes DBOS's index of what waits and runs only by those."""
    import sqlalchemy as sa

    return jobs.c.status.in_([sa.literal_column(f"'{state}'") for state in states or ("ENQUEUED", "PENDING")])


def turn(client: DBOSClient, lane: str, family: str, *, urgent: bool) -> int:
    """The priority that gives a job its family's next turn in its lane."""
    import sqlalchemy as sa

    jobs = client._sys_db.tables.workflow_status
    own = jobs.c.authenticated_user == family
    band = USUAL_BAND
    with client._sys_db.engine.connect() as connection:
        if urgent:
            mine = sa.select(sa.func.count()).where(
                jobs.c.queue_name == lane, _live(jobs), own, jobs.c.priority < USUAL_BAND
            )
            band = URGENT_BAND if (connection.execute(mine).scalar() or 0) < URGENT_AT_ONCE else USUAL_BAND
        within = sa.and_(jobs.c.queue_name == lane, _live(jobs), jobs.c.priority.between(band, band + BAND_SIZE))
        tag = jobs.c.priority
        found = sa.select(
            sa.select(sa.func.min(tag)).where(within, _live(jobs, "ENQUEUED")).scalar_subquery(),
            sa.select(sa.func.max(tag)).where(within, _live(jobs, "PENDING")).scalar_subquery(),
            sa.select(sa.func.max(tag)).where(within, own).scalar_subquery(),
        )
        return tag_of(band, Standing(*connection.execute(found).one()))


def waiting(client: DBOSClient, family: str, words_lane: str) -> int:
    """How many jobs of a family wait, with those that its stories under way are still to order."""
    import sqlalchemy as sa

    jobs = client._sys_db.tables.workflow_status
    own = sa.and_(jobs.c.authenticated_user == family, _live(jobs))
    queued = sa.select(sa.func.count()).where(own, _live(jobs, "ENQUEUED"))
    stories = sa.select(jobs.c.attributes).where(own, jobs.c.queue_name == words_lane)
    with client._sys_db.engine.connect() as connection:
        there = connection.execute(queued).scalar() or 0
        return there + sum(_still_to_order(about) for about in connection.execute(stories).scalars())


def _still_to_order(about: Mapping[str, Any] | str | None) -> int:
    """How many jobs a story that is under way has yet to order: one a chapter, and the cover."""
    about = json.loads(about) if isinstance(about, str) else about or {}
    return math.ceil(int(about.get("orders", 0)) * (1.0 - float(about.get("progress", 0.0))))


def outlook(client: DBOSClient, live: Sequence[Job]) -> dict[str, Outlook]:
    """What each of these jobs may expect."""
    import sqlalchemy as sa

    jobs = client._sys_db.tables.workflow_status
    mine = sa.select(jobs.c.workflow_uuid, jobs.c.queue_name).where(
        _live(jobs), jobs.c.workflow_uuid.in_([job.id for job in live])
    )
    found: dict[str, Outlook] = {}
    with client._sys_db.engine.connect() as connection:
        lane_of: dict[str, str] = {row.workflow_uuid: row.queue_name for row in connection.execute(mine)}
        for lane in set(lane_of.values()):
            queued = sa.select(jobs.c.workflow_uuid).where(jobs.c.queue_name == lane, _live(jobs, "ENQUEUED"))
            running = sa.select(sa.func.count()).where(jobs.c.queue_name == lane, _live(jobs, "PENDING"))
            order = connection.execute(queued.order_by(jobs.c.priority, jobs.c.created_at)).scalars().all()
            slots = max(1, connection.execute(running).scalar() or 0)
            lasted = connection.execute(_durations(jobs, lane)).scalars().all()
            each = sum(lasted) / len(lasted) / 1000 if lasted else None
            places = {job_id: n for n, job_id in enumerate(order)}
            for job_id in (job_id for job_id, its in lane_of.items() if its == lane):
                ahead = places.get(job_id, 0)
                rounds = ahead // slots + 1 + (job_id in places)  # those that run end first
                found[job_id] = Outlook(ahead, None if each is None else rounds * each)
    return found


def _durations(jobs: FromClause, lane: str) -> Any:
    """Milliseconds that the latest jobs of a lane took."""
    import sqlalchemy as sa

    return (
        sa.select(jobs.c.completed_at - jobs.c.started_at_epoch_ms)
        .where(jobs.c.queue_name == lane, jobs.c.status == "SUCCESS", jobs.c.completed_at.is_not(None))
        .order_by(jobs.c.completed_at.desc())
        .limit(_MEASURED)
    )
