"""A real job engine on a SQLite file, made once and copied for each test."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storymaker.jobs.queue import Job, JobQueue, Order
from storymaker.jobs.worker import Task, Worker


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A jobs database without jobs."""
    path = tmp_path_factory.mktemp("jobs") / "jobs.sqlite"
    queue = JobQueue(f"sqlite:///{path}")
    queue.jobs()
    queue.close()
    return path


@pytest.fixture
def home(tmp_path: Path, empty_database: Path) -> Path:
    """A home with an empty jobs database."""
    shutil.copy(empty_database, tmp_path / "jobs.sqlite")
    return tmp_path


@pytest.fixture
def queue(home: Path) -> Iterator[JobQueue]:
    """The jobs database."""
    made = JobQueue(f"sqlite:///{home / 'jobs.sqlite'}")
    yield made
    made.close()


class Bench:
    """A worker whose jobs do what a test tells them.

    Args:
        queue: The jobs database.
        home: Where the lock is.
    """

    def __init__(self, queue: JobQueue, home: Path) -> None:
        self.queue = queue
        self.began: list[str] = []
        self.ended: list[str] = []
        self.gate = threading.Event()
        self.does: Callable[[Task], None] = lambda task: None
        self.worker = Worker(queue, home, {"work": self._work, "wait": self._wait}, {"one": 1, "many": 10}, poll=0.02)

    async def _work(self, task: Task) -> None:
        self.began.append(task.id)
        self.does(task)
        await task.report(progress=0.5, cost_usd=0.25)
        self.ended.append(task.id)

    async def _wait(self, task: Task) -> None:
        self.began.append(task.id)
        while not self.gate.is_set():
            await asyncio.sleep(0.01)
        self.ended.append(task.id)

    def submit(
        self, job_id: str, kind: str = "work", lane: str = "many", timeout: float = 60, *, urgent: bool = False
    ) -> Job:
        """Hand in a job of book ``book1``."""
        return self.queue.submit(
            Order(job_id, kind, lane, "/shelf", "book1", job_id.rpartition(".")[0], timeout=timeout, urgent=urgent)
        )

    def until(self, job_id: str, *states: str) -> Job:
        """Wait until a job is in one of these states, or ended."""
        wanted = set(states)
        deadline = time.monotonic() + 30
        while (job := self.queue.job(job_id)).state not in wanted and not (job.ended and not wanted):
            assert time.monotonic() < deadline, job
            assert not (job.ended and wanted), job
            time.sleep(0.01)
        return job


@pytest.fixture
def bench(queue: JobQueue, home: Path) -> Iterator[Bench]:
    """A worker that is not started yet."""
    made = Bench(queue, home)
    yield made
    made.gate.set()
    made.worker.stop()
