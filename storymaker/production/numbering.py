"""The numbers in job ids: never one that the jobs database or the book has had, whichever of them was lost or put back."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from storymaker.jobs.queue import Job


def live_number(series: str, jobs: Iterable[Job]) -> int | None:
    """The number of the job of a series that is under way; None if none is."""
    return max((number for number, ended in _numbers(series, jobs).items() if not ended), default=None)


def next_number(series: str, counted: int, jobs: Iterable[Job], had: Collection[str] = ()) -> int:
    """The number of a series' next job.

    A number that the book counted, and that neither the database nor the book has anything of, is taken again: a crash came
    between the count and the order, somebody else clicks at this moment, or the database was lost. So what such a job has been
    paid for already is found under its id.

    Args:
        series: What stands before the number in the ids: a page, or ``<book>.story``.
        counted: The number that the book counts; 0 is none yet.
        jobs: The jobs that the database knows, of this series and of others.
        had: Ids of jobs whose results the book has, or had.
    """
    live = live_number(series, jobs)
    if live is not None:
        return live
    known = {*_numbers(series, jobs), *(number for one in had if (number := _number(series, one)) is not None)}
    if counted and counted not in known:
        return counted
    return max(counted, *known, 0) + 1


def _numbers(series: str, jobs: Iterable[Job]) -> dict[int, bool]:
    """The numbers of a series, and whether each job has ended."""
    return {number: job.ended for job in jobs if (number := _number(series, job.id)) is not None}


def _number(series: str, job_id: str) -> int | None:
    before, _, number = job_id.rpartition(".")
    return int(number) if before == series and number.isdecimal() else None
