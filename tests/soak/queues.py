"""Families order jobs in any mixture; count turns that were passed over, jobs done twice and jobs that stay."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from storymaker.jobs.fairness import URGENT_AT_ONCE
from storymaker.jobs.queue import JobQueue, Order
from storymaker.jobs.worker import Task, Worker

COUNT = 20
_FAMILIES: Final = "abcde"
_JOBS: Final = 60
_PATIENCE_S: Final = 120.0


def run(count: int) -> dict[str, int]:
    """Let five families order sixty jobs so often, some urgent, and have one worker do them one by one.

    Args:
        count: How many times.

    Returns:
        Faults by name.
    """
    counts = Counter({"jobs done": 0, "turns passed over": 0, "urgent after bulk": 0, "done twice": 0, "stuck jobs": 0})
    with TemporaryDirectory() as given:
        home = Path(given)
        queue = JobQueue(f"sqlite:///{home / 'jobs.sqlite'}")
        began: list[str] = []

        async def work(task: Task) -> None:
            began.append(task.id)

        worker = Worker(queue, home, {"work": work}, {"one": 1}, poll=0.005)
        for n in range(count):
            began.clear()
            urgent = _order(queue, random.Random(n), n)
            worker.start()
            counts["stuck jobs"] += _wait(queue)
            worker.stop()
            counts["jobs done"] += len(set(began))
            counts["done twice"] += len(began) - len(set(began))
            bulk = [job_id for job_id in began if job_id not in urgent]
            counts["turns passed over"] += _passed_over([job_id for job_id in began if job_id in urgent])
            counts["turns passed over"] += _passed_over(bulk)
            counts["urgent after bulk"] += sum(job_id in urgent for job_id in began[len(urgent) :])
        queue.close()
    return dict(counts)


def _order(queue: JobQueue, dice: random.Random, n: int) -> set[str]:
    """Order jobs in a mixture of this round; the ids of those that go first."""
    urgent: dict[str, set[str]] = {family: set() for family in _FAMILIES}
    for number in range(_JOBS):
        # The first family orders most: it is the one that others must not wait for.
        family = dice.choice(_FAMILIES + _FAMILIES[0] * 10)
        job_id, first = f"{family}{n}.{number}.1", dice.random() < 0.1
        queue.submit(Order(job_id, "work", "one", f"/{family}", f"{family}{n}", urgent=first))
        if first and len(urgent[family]) < URGENT_AT_ONCE:
            urgent[family].add(job_id)
    return set().union(*urgent.values())


def _wait(queue: JobQueue) -> int:
    """Wait until nothing is under way; how many jobs are even so."""
    until = time.monotonic() + _PATIENCE_S
    while (live := queue.jobs(live=True)) and time.monotonic() < until:
        time.sleep(0.05)
    return len(live)


def _passed_over(began: list[str]) -> int:
    """How often a family with jobs left had two turns fewer than another."""
    left = Counter(job_id[0] for job_id in began)
    had: Counter[str] = Counter()
    passed = 0
    for job_id in began:
        had[job_id[0]] += 1
        left[job_id[0]] -= 1
        passed += sum(left[family] > 0 and had[job_id[0]] - had[family] > 1 for family in left)
    return passed
