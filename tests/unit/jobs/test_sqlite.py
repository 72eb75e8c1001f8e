"""An older SQLite does what DBOS asks of it, or is named; and an engine that gives no job out does not do so in silence."""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from storymaker.errors import SetupError
from storymaker.jobs import database, sqlite
from storymaker.jobs.database import LastingTrouble, listen_to_engine
from storymaker.jobs.queue import JobQueue
from storymaker.jobs.rehearsal import rehearse
from storymaker.jobs.sqlite import fit_sqlite
from storymaker.waiting import Announcer, announced
from tests.unit.jobs.conftest import Bench


def version(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Let the platform have this SQLite."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", numbers)
    monkeypatch.setattr(sqlite3, "sqlite_version", ".".join(map(str, numbers)))


@pytest.fixture
def unfitted() -> None:
    """Nothing is provided yet."""
    if event.contains(Engine, "connect", sqlite._provide_clock):
        event.remove(Engine, "connect", sqlite._provide_clock)


@pytest.mark.usefixtures("unfitted")
def test_an_older_one_knows_the_time_to_the_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it answers NULL to by itself; other questions it is not asked."""
    version(monkeypatch, 3, 40, 1)
    fit_sqlite.__wrapped__()
    with sa.create_engine("sqlite://").connect() as connection:
        told, other = connection.execute(sa.text("SELECT unixepoch('subsec'), unixepoch('now')")).one()
    assert abs(told - time.time()) < 60 and round(told, 3) == told
    assert other is None
    event.remove(Engine, "connect", sqlite._provide_clock)
    sqlite._provide_clock(object(), None)  # another database's connection is left alone
    fit_sqlite.cache_clear()
    fit_sqlite()


@pytest.mark.usefixtures("unfitted")
def test_a_newer_one_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows the time by itself."""
    version(monkeypatch, 3, 42, 0)
    fit_sqlite.__wrapped__()
    assert not event.contains(Engine, "connect", sqlite._provide_clock)
    monkeypatch.undo()
    fit_sqlite.cache_clear()
    fit_sqlite()


def test_one_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is needed, and what else would do."""
    version(monkeypatch, 3, 34, 1)
    with pytest.raises(SetupError, match=r"SQLite is 3\.34\.1, .* needs 3\.35 .* PostgreSQL"):
        fit_sqlite.__wrapped__()


def test_what_the_engine_meets_at_every_try_is_said_when_it_lasts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a lane, after ten seconds; each try is about other values. What passes is no news, and a write is no relief."""
    now, tries = 100.0, itertools.count()
    monkeypatch.setattr(database, "faults", Announcer())
    monkeypatch.setattr(database, "_lasting", LastingTrouble(lambda: now))
    listen_to_engine()
    engine = logging.getLogger("dbos")

    def meet() -> None:
        for lane in ("words", "pictures"):
            values = f"[SQL: UPDATE …]\n[parameters: ({next(tries)})]"
            engine.warning("Exception encountered in queue thread for %s: no such column\n%s", lane, values)

    meet()
    now += 9
    meet()
    now += 60  # it had passed
    meet()
    now += 9
    meet()
    assert not caplog.messages
    for _ in range(3):
        now += 2
        meet()
        database.trouble.end(database.RELIEF)
    words, pictures = caplog.messages
    assert "for words: no such column)" in words and "storymaker doctor" in words
    assert "for pictures" in pictures


def spoil(home: Path, script: str) -> None:
    """Change a jobs database by hand."""
    with contextlib.closing(sqlite3.connect(home / "jobs.sqlite")) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("ALTER TABLE workflow_status RENAME COLUMN attributes TO others", "attributes"),
        ("DROP TABLE application_versions", "no such table: main.application_versions"),
        ("UPDATE dbos_migrations SET version = 0", "DBOSInitializationError"),
        (
            "CREATE TRIGGER no BEFORE INSERT ON workflow_status BEGIN SELECT RAISE(ABORT, 'NOT NULL constraint failed: time'); END",
            "NOT NULL constraint failed: time",
        ),
    ],
    ids=["column", "table", "version", "row"],
)
def test_what_the_database_says_is_never_a_traceback(
    bench: Bench, home: Path, caplog: pytest.LogCaptureFixture, script: str, says: str
) -> None:
    """Whoever asks is told in a sentence with what to do: who starts a worker, orders or looks."""
    bench.queue.jobs()
    spoil(home, script)

    def make_a_book() -> None:
        bench.worker.start()
        bench.submit("book1.aa.1")

    with pytest.raises(SetupError) as told:
        make_a_book()
    assert says in told.value.message and "jobs.sqlite" in told.value.message and "SELECT" not in told.value.message
    assert "Traceback" not in caplog.text


def test_what_the_engine_cannot_write_down_of_a_job_is_a_sentence(
    bench: Bench, home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the engine's traceback, whether it met the error itself or a job of ours did."""
    monkeypatch.setattr(database, "faults", Announcer())
    bench.worker.start()
    spoil(
        home,
        "CREATE TRIGGER no BEFORE INSERT ON operation_outputs BEGIN SELECT RAISE(ABORT, 'this row'); END;"
        "CREATE TRIGGER not_either BEFORE UPDATE ON workflow_status WHEN NEW.attributes != OLD.attributes "
        "BEGIN SELECT RAISE(ABORT, 'that row'); END",
    )
    bench.submit("book1.aa.1")
    assert bench.until("book1.aa.1").state == "failed"
    assert "an error (this row)" in caplog.text and "Traceback" not in caplog.text
    record = logging.LogRecord("dbos", logging.ERROR, __file__, 1, "Exception", None, (OSError, OSError(), None))
    assert database._heard(record)  # nobody knows it


def test_a_start_that_takes_long_says_what_it_waits_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also while the database is only looked over."""
    said = threading.Event()
    listener = logging.Handler()
    listener.emit = lambda record: said.set()  # type: ignore[method-assign]
    logging.getLogger().addHandler(listener)  # after that of caplog, which has heard by then
    monkeypatch.setattr("storymaker.jobs.worker.announced", functools.partial(announced, after=0.01))
    heard: list[bool] = []
    monkeypatch.setattr(bench.queue, "mend", lambda: heard.append(said.wait(20)))
    try:
        assert bench.worker.start()
    finally:
        logging.getLogger().removeHandler(listener)
    assert heard == [True] and "The worker waits for the jobs database" in caplog.text


def test_a_job_is_rehearsed(tmp_path: Path) -> None:
    """As often as asked; one that nobody takes up is no success, and takes no longer than it may."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert rehearse(tmp_path / "a") and rehearse(tmp_path / "a")
    queue = JobQueue(f"sqlite:///{tmp_path / 'a' / 'jobs.sqlite'}")
    assert len(queue.jobs()) == 2
    queue.close()
    assert not rehearse(tmp_path / "b", lane="nobody's", patience=0.2)
