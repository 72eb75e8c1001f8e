"""Jobs on a real engine: states, reasons, limits, cancelling, one worker a machine, and kill -9."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from storymaker.errors import NotFoundError, SetupError, StorymakerError
from storymaker.jobs.database import prepare_database
from storymaker.jobs.queue import JobQueue, _job
from storymaker.jobs.worker import Task, Worker, _is_cancellation
from tests.unit.jobs.conftest import Bench


def test_a_job_waits_for_a_worker_and_is_done(bench: Bench) -> None:
    """Queued without a worker, done with one; times, cost and progress are known."""
    queued = bench.submit("book1.aa.1")
    assert (queued.state, queued.progress, queued.started, queued.ended) == ("queued", 0.0, None, False)
    assert bench.worker.start() and bench.worker.start()
    job = bench.until("book1.aa.1", "done")
    assert (job.kind, job.shelf, job.book_id, job.chapter_id) == ("work", "/shelf", "book1", "book1.aa")
    assert (job.progress, job.cost_usd, job.reason, job.code) == (1.0, 0.25, None, None)
    assert job.created is not None and job.started is not None and job.finished is not None
    assert job.created <= job.finished


def test_a_double_click_is_one_job(bench: Bench) -> None:
    """The same id submitted again is the same job, done once, also when it is done already."""
    bench.submit("book1.aa.1")
    bench.submit("book1.aa.1")
    bench.worker.start()
    bench.until("book1.aa.1", "done")
    assert bench.submit("book1.aa.1").state == "done"
    assert bench.began == ["book1.aa.1"]


def test_a_failure_is_a_sentence_and_harms_no_other(bench: Bench) -> None:
    """The reason and its code are kept; the job beside it is done."""

    def fail(task: Task) -> None:
        if task.id == "book1.aa.1":
            raise StorymakerError("The sea was too wet. Please try again.", code="wet")

    bench.does = fail
    bench.worker.start()
    bench.submit("book1.aa.1")
    bench.submit("book1.bb.1")
    failed = bench.until("book1.aa.1", "failed")
    assert (failed.reason, failed.code) == ("The sea was too wet. Please try again.", "wet")
    assert bench.until("book1.bb.1", "done").reason is None


def test_what_nobody_expected_is_an_apology_and_a_log_entry(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """No traceback and no value of it reaches the parent."""

    def crash(task: Task) -> None:
        raise ZeroDivisionError("sk-secret")

    bench.does = crash
    bench.worker.start()
    bench.submit("book1.aa.1")
    job = bench.until("book1.aa.1", "failed")
    assert job.code == "broken"
    assert job.reason is not None and "sk-secret" not in job.reason
    assert "ZeroDivisionError" in caplog.text


def test_a_job_that_takes_too_long_is_stopped(bench: Bench) -> None:
    """It fails with the reason "timeout", and its work does not go on."""
    bench.worker.start()
    bench.submit("book1.aa.1", "wait", timeout=0.2)
    job = bench.until("book1.aa.1", "failed")
    assert job.code == "timeout"
    assert job.reason is not None and "0.2 seconds" in job.reason
    bench.gate.set()
    bench.submit("book1.bb.1")
    bench.until("book1.bb.1", "done")
    assert bench.ended == ["book1.bb.1"]


def test_a_running_job_is_cancelled(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Its work is stopped and it never counts as done; nobody logs a traceback for what was asked for."""
    bench.worker.start()
    bench.submit("book1.aa.1", "wait", lane="one")
    bench.until("book1.aa.1", "running")
    bench.queue.cancel("book1.aa.1")
    assert bench.queue.job("book1.aa.1").state == "cancelled"
    bench.submit("book1.bb.1", lane="one")
    bench.until("book1.bb.1", "done")
    bench.gate.set()
    assert bench.queue.job("book1.aa.1").state == "cancelled"
    assert "book1.aa.1" not in bench.ended
    assert "Traceback" not in caplog.text


def test_only_cancelling_is_kept_out_of_the_log() -> None:
    """What the engine calls an error and was asked for is dropped; every real error stays."""
    from dbos._error import DBOSWorkflowCancelledError

    def record(error: BaseException | None) -> logging.LogRecord:
        trace = (type(error), error, None) if error is not None else None
        return logging.LogRecord("dbos", logging.ERROR, __file__, 1, "a job ended", None, trace)

    assert _is_cancellation(record(DBOSWorkflowCancelledError("book1.aa.1")))
    assert not _is_cancellation(record(ValueError("real")))
    assert not _is_cancellation(record(None))


def test_a_waiting_job_is_cancelled(bench: Bench) -> None:
    """It never starts; cancelling nothing is fine."""
    bench.submit("book1.aa.1")
    bench.queue.cancel("book1.aa.1")
    bench.queue.cancel()
    bench.worker.start()
    bench.submit("book1.bb.1")
    bench.until("book1.bb.1", "done")
    assert bench.began == ["book1.bb.1"]


def test_an_urgent_job_goes_first(bench: Bench) -> None:
    """A single redraw does not wait behind a whole book."""
    for name in ("aa", "bb", "cc"):
        bench.submit(f"book1.{name}.1", lane="one")
    bench.submit("book1.now.1", lane="one", urgent=True)
    bench.worker.start()
    bench.until("book1.cc.1", "done")
    assert bench.began[0] == "book1.now.1"


def test_a_lane_lets_only_so_many_run(bench: Bench) -> None:
    """In a lane of one the second waits; other lanes do not."""
    bench.worker.start()
    bench.submit("book1.aa.1", "wait", lane="one")
    bench.until("book1.aa.1", "running")
    bench.submit("book1.bb.1", lane="one")
    bench.submit("book1.cc.1", lane="many")
    bench.until("book1.cc.1", "done")
    assert bench.queue.job("book1.bb.1").state == "queued"
    bench.gate.set()
    bench.until("book1.bb.1", "done")


def test_jobs_are_listed_by_book_and_by_life(bench: Bench) -> None:
    """In the order they came; a book whose id begins alike is another."""
    bench.submit("book1.aa.1")
    bench.submit("book1.bb.1")
    bench.submit("book12.aa.1")
    assert [job.id for job in bench.queue.jobs("book1")] == ["book1.aa.1", "book1.bb.1"]
    assert [job.id for job in bench.queue.jobs(ids=("book1.bb.1",))] == ["book1.bb.1"]
    bench.queue.cancel("book1.aa.1")
    assert [job.id for job in bench.queue.jobs("book1", live=True)] == ["book1.bb.1"]
    assert bench.queue.find("book1.zz.1") is None
    with pytest.raises(NotFoundError):
        bench.queue.job("book1.zz.1")


def test_it_works_where_an_event_loop_runs(bench: Bench) -> None:
    """As in a notebook, whose kernel is one."""

    async def in_a_notebook() -> None:
        bench.worker.start()
        bench.submit("book1.aa.1")
        bench.until("book1.aa.1", "done")
        bench.worker.stop()

    asyncio.run(in_a_notebook())
    assert bench.ended == ["book1.aa.1"]


def test_one_worker_a_machine(bench: Bench, queue: JobQueue, home: Path) -> None:
    """A second one stands back, takes over when the first is gone, and stopping twice is fine."""
    other = Worker(queue, home, {}, {"one": 1})
    assert bench.worker.start()
    assert not other.start()
    bench.worker.stop()
    bench.worker.stop()
    assert other.start()
    other.stop()


def test_one_worker_a_program(bench: Bench, empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A second one, over another database, is refused with what to do, and free to start when the first has stopped."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    other = JobQueue(f"sqlite:///{shutil.copy(empty_database, elsewhere)}")
    second = Worker(other, elsewhere, {}, {"one": 1}, poll=0.02)
    bench.worker.start()
    with pytest.raises(SetupError, match="close it first"):
        second.start()
    bench.worker.stop()
    assert second.start()
    second.stop()
    other.close()


def test_stopping_leaves_work_for_the_next(bench: Bench) -> None:
    """What runs when a worker stops is begun again by the next one."""
    bench.worker.start()
    bench.submit("book1.aa.1", "wait")
    bench.until("book1.aa.1", "running")
    bench.worker.stop()
    bench.gate.set()
    bench.worker.start()
    bench.until("book1.aa.1", "done")
    assert bench.ended == ["book1.aa.1"]


KILLED = """
import asyncio, pathlib, sys, time
from storymaker.jobs.queue import JobQueue, Order
from storymaker.jobs.worker import Worker
home = pathlib.Path(sys.argv[1])
queue = JobQueue(f"sqlite:///{home / 'jobs.sqlite'}")
async def wait(task):
    (home / task.id).touch()
    await asyncio.sleep(600)
worker = Worker(queue, home, {"work": wait}, {"many": 10}, poll=0.02)
assert worker.start()
for n in range(3):
    queue.submit(Order(f"book1.{n}.1", "work", "many", "/shelf", "book1"))
while len(list(home.glob("book1.*"))) < 3:
    time.sleep(0.02)
print("running", flush=True)
time.sleep(600)
"""


def test_kill_nine_loses_no_job(bench: Bench, home: Path) -> None:
    """Jobs that ran when their worker was killed are done by the next one, each once."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(home)], stdout=subprocess.PIPE, env=environment)
    assert child.stdout is not None
    with child.stdout as said:
        assert said.readline() == b"running\n"
        assert not bench.worker.start()
        child.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        child.wait()
    assert {job.state for job in bench.queue.jobs("book1")} == {"running"}
    assert bench.worker.start()
    for n in range(3):
        bench.until(f"book1.{n}.1", "done")
    assert sorted(bench.began) == ["book1.0.1", "book1.1.1", "book1.2.1"]


def test_the_database_survives_power_cuts(queue: JobQueue, home: Path) -> None:
    """SQLite keeps a write-ahead log and flushes it at every commit."""
    queue.jobs()
    connection = sqlite3.connect(home / "jobs.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_a_database_that_cannot_be_made_says_what_to_set(tmp_path: Path) -> None:
    """A home that is a file, and a server that is not there."""
    (tmp_path / "home").write_text("a file")
    for url in (f"sqlite:///{tmp_path}/home/jobs.sqlite", "postgresql+psycopg://nobody@127.0.0.1:1/none"):
        queue = JobQueue(url)
        with pytest.raises(SetupError, match="STORYMAKER_JOBS_DB"):
            Worker(queue, tmp_path, {}, {"one": 1}).start()
        queue.close()


def test_only_sqlite_files_are_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other databases are left alone."""
    monkeypatch.chdir(tmp_path)
    prepare_database("postgresql://localhost/none")
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_was_begun_too_often_says_so() -> None:
    """What kills its worker again and again is given up with a sentence."""
    about: dict[str, Any] = {
        "workflow_id": "book1.aa.1",
        "status": "MAX_RECOVERY_ATTEMPTS_EXCEEDED",
        "attributes": None,
    }
    times = {"created_at": None, "dequeued_at": None, "completed_at": None}
    job = _job(cast(Any, SimpleNamespace(**about, **times)))
    assert job.state == "failed"
    assert job.reason is not None and "begun several times" in job.reason
