"""What the disk of the jobs refuses at odd moments: it is passed on, or left to whoever comes next."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from storymaker.errors import StorageError
from storymaker.jobs import database
from storymaker.jobs.database import open_client, wait_for_room
from storymaker.jobs.queue import JobQueue
from storymaker.jobs.worker import Task, Worker
from tests.unit.jobs.conftest import Bench

FULL = OperationalError("", {}, sqlite3.OperationalError("database or disk is full"))


class Refusing(JobQueue):
    """A jobs database whose disk has no room for a note, and never will."""

    def note(self, job_id: str, patience: float | None = None, **about: object) -> None:
        """Refuse."""
        raise StorageError("No room.", code="full")


def test_what_passes_is_left_to_whoever_waits_for_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is there and cannot be written just now is not called unusable."""

    def refuse(url: str) -> None:
        raise FULL

    monkeypatch.setattr(database, "_connect", refuse)
    with pytest.raises(OperationalError):
        open_client(f"sqlite:///{home / 'jobs.sqlite'}", home)


def test_what_is_refused_once_is_done_at_the_second_try(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears of it but the log."""
    monkeypatch.setattr("storymaker.jobs.queue._TRY_AGAIN_SECONDS", 0.0)
    refusals = [FULL]

    def read(client: object) -> str:
        if refusals:
            raise refusals.pop()
        return "read"

    assert queue._with_client(read, patience=3600) == "read"


def test_a_worker_that_cannot_start_for_want_of_room_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence; and it can be started when there is some."""
    from dbos import DBOS

    with monkeypatch.context() as full:
        full.setattr(DBOS, "launch", lambda: (_ for _ in ()).throw(FULL))
        with pytest.raises(StorageError, match="disk is full"):
            bench.worker.start()
    assert bench.worker.start()


def test_a_failure_that_cannot_be_written_leaves_the_job_to_the_next_worker(tmp_path: Path) -> None:
    """It counts as not done: who stops while the disk is full loses no job."""

    async def work(task: Task) -> None:
        raise StorageError("The books' disk is full, too.")

    worker = Worker(Refusing(f"sqlite:///{tmp_path / 'jobs.sqlite'}"), tmp_path, {"work": work}, {})
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(worker.perform("job", "work", 60.0, {}))


@pytest.mark.parametrize("closing", [False, True])
def test_an_engine_hears_of_room_and_of_nothing_else(closing: bool) -> None:
    """Other errors are what they are; and while a worker stops, a full disk is no reason to wait either."""
    engine, ending = create_engine("sqlite://"), threading.Event()
    wait_for_room(engine, ending)
    if closing:
        ending.set()
    with engine.connect() as connection, pytest.raises(OperationalError, match="no such table"):
        connection.execute(text("SELECT * FROM nowhere"))
    engine.dispose()


class Told:
    """A connection whose database has its tables, and says of itself what SQLite says of a damaged one."""

    def execute(self, statement: str) -> Any:
        """Answer."""
        return Rows([("row 3 missing from index",)] if "quick_check" in statement else [("dbos_migrations",)])


class Rows(list[tuple[str]]):
    """What came."""

    def fetchone(self) -> tuple[str]:
        """The first of it."""
        return self[0]


def test_damage_that_sqlite_itself_finds_is_damage() -> None:
    """Where every page can be read, and they do not belong together."""
    assert database._wrong_inside(Told(), whole=True) == "it is damaged"  # type: ignore[arg-type]


@pytest.fixture
def elsewhere() -> Iterator[JobQueue]:
    """A jobs database that is no file."""
    queue = JobQueue("postgresql://nobody@127.0.0.1:1/jobs")
    yield queue
    queue.close()


def test_a_database_that_is_no_file_is_moved_nowhere(elsewhere: JobQueue) -> None:
    """Nobody even connects to it."""
    elsewhere.mend()
    assert elsewhere._made is None
