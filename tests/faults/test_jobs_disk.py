"""The disk of the jobs database full for a while: everything waits, says so once, and goes on by itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storymaker.errors import StorageError
from storymaker.jobs import database
from storymaker.jobs.queue import JobQueue
from storymaker.waiting import Announcer
from tests.unit.jobs.conftest import Bench


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trouble was announced before."""
    monkeypatch.setattr(database, "trouble", Announcer())


def until(there: Callable[[], Any]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Filler:
    """A file that takes all the room of a disk.

    Args:
        disk: Its folder.
    """

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"

    def fill(self) -> None:
        """Leave not a byte."""
        with open(self._file, "wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 65536):
                    pass
            except OSError:
                return

    def empty(self) -> None:
        """Give the room back."""
        self._file.unlink(missing_ok=True)


@pytest.fixture
def bench(small_disk: Path, calm: None) -> Iterator[Bench]:
    """A worker whose jobs database is on a small disk."""
    queue = JobQueue(f"sqlite:///{small_disk / 'jobs.sqlite'}", patience=60)
    made = Bench(queue, small_disk)
    yield made
    made.gate.set()
    Filler(small_disk).empty()
    made.worker.stop()
    queue.close()


def test_jobs_that_end_on_a_full_disk_are_done_when_there_is_room(
    bench: Bench, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Their work is done once, their state is right in the end, and what is said is one sentence and no traceback."""
    bench.worker.start()
    jobs = [bench.submit(f"book1.{n}.1", "wait") for n in range(4)]
    for job in jobs:
        bench.until(job.id, "running")
    filler = Filler(small_disk)
    filler.fill()
    with caplog.at_level(logging.WARNING):
        bench.gate.set()
        until(lambda: "disk is full" in caplog.text)
        assert not any(bench.queue.job(job.id).ended for job in jobs)
        filler.empty()
        for job in jobs:
            bench.until(job.id, "done")
    assert sorted(bench.ended) == sorted(bench.began) == sorted(job.id for job in jobs)
    assert caplog.text.count("disk is full") == 1
    assert "Traceback" not in caplog.text


def test_a_failure_and_a_cost_outlive_a_full_disk(
    bench: Bench, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What a job reports on a full disk holds it up only at its end, and none of it is lost."""
    filler = Filler(small_disk)
    bench.does = lambda task: filler.fill()
    bench.worker.start()
    job = bench.submit("book1.1.1")
    with caplog.at_level(logging.WARNING):
        until(lambda: bench.ended)
        until(lambda: "disk is full" in caplog.text)
        filler.empty()
        done = bench.until(job.id, "done")
    assert done.cost_usd == 0.25
    bench.does = lambda task: None
    bench.submit("book1.2.1")
    bench.until("book1.2.1", "done")


def test_an_order_waits_for_room_and_is_refused_in_a_sentence_when_none_comes(
    bench: Bench, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Reading goes on meanwhile; an order that gives up can be made again."""
    bench.submit("book1.1.1")
    filler = Filler(small_disk)
    filler.fill()
    with pytest.raises(StorageError, match="disk is full"):
        bench.queue.note("book1.1.1", 0.0, progress=0.5)
    assert bench.queue.job("book1.1.1").state == "queued"
    filler.empty()
    with caplog.at_level(logging.WARNING):
        bench.queue.note("book1.1.1", progress=0.5)
    assert database.RELIEF in caplog.text


def test_a_worker_that_starts_on_a_full_disk_says_so(bench: Bench, small_disk: Path) -> None:
    """No traceback, no half-started worker: with room again it starts."""
    bench.queue.jobs()
    bench.queue._patience = 0
    filler = Filler(small_disk)
    filler.fill()
    with pytest.raises(StorageError, match="disk is full"):
        bench.worker.start()
    filler.empty()
    assert bench.worker.start()
    bench.submit("book1.1.1")
    bench.until("book1.1.1", "done")


def test_a_worker_stops_on_a_full_disk_and_the_next_finds_the_work(
    bench: Bench, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopping does not wait for room; the job counts as under way, and is done by the next worker."""
    bench.worker.start()
    bench.submit("book1.1.1", "wait")
    bench.until("book1.1.1", "running")
    filler = Filler(small_disk)
    filler.fill()
    bench.worker.stop()
    filler.empty()
    assert bench.queue.job("book1.1.1").state == "running"
    bench.gate.set()
    bench.worker.start()
    bench.until("book1.1.1", "done")
