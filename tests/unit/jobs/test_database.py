"""A jobs database that is damaged, newer, locked or in the way is named, and moved aside where that loses nothing."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from filelock import FileLock

from storymaker.errors import SetupError, StorageError
from storymaker.jobs import database
from storymaker.jobs.database import is_broken, mend, prepare_database, refusal, wait_for_room, wrong_with
from storymaker.jobs.queue import JobQueue
from storymaker.waiting import Announcer
from tests.unit.jobs.conftest import Bench


def change(path: Path, *statements: str) -> None:
    """Change a database by hand."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def no_database(path: Path) -> None:
    """Write something else over it."""
    path.write_bytes(b"Once upon a time there was a plushie. " * 100)


def torn(path: Path) -> None:
    """Lose all but its first page."""
    path.write_bytes(path.read_bytes()[:4096])


def newer(path: Path) -> None:
    """Let a program of the future have made it."""
    change(path, "UPDATE dbos_migrations SET version = 9999")


def odd(path: Path) -> None:
    """Put words where a number belongs."""
    change(
        path, "DROP TABLE dbos_migrations", "CREATE TABLE dbos_migrations (version)",
        "INSERT INTO dbos_migrations VALUES ('blue')",
    )  # fmt: skip


def half_made(path: Path) -> None:
    """Lose the note of its version."""
    change(path, "DROP TABLE dbos_migrations")


def emptied(path: Path) -> None:
    """Lose its tables, and keep the version."""
    change(path, "DROP TABLE workflow_status")


def contradictory(path: Path) -> None:
    """Let its tables hold what they may not."""
    change(
        path, "CREATE TABLE odd (x)", "INSERT INTO odd VALUES (NULL)", "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE TABLE odd (x NOT NULL)' WHERE name = 'odd'",
    )  # fmt: skip


def folder(path: Path) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()
    (path / "mine.txt").write_text("mine")


@pytest.mark.parametrize("spoil", [no_database, torn, newer, odd, half_made, emptied, contradictory, folder])
def test_a_broken_database_is_moved_aside_with_a_word(
    bench: Bench, home: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    """Nothing of it is lost, the sentence says where it is, and jobs are done with a new one."""
    path = home / "jobs.sqlite"
    spoil(path)
    kept = {file.name: file.stat().st_size for file in home.iterdir() if file.name.startswith("jobs.sqlite")}
    with caplog.at_level(logging.WARNING):
        assert bench.worker.start()
        bench.submit("book1.aa.1")
        bench.until("book1.aa.1", "done")
    (aside,) = [file for file in home.iterdir() if ".broken-" in file.name and not file.name.endswith(("-wal", "-shm"))]
    assert aside.stat().st_size == kept["jobs.sqlite"]
    assert str(aside) in caplog.text and "Your books are safe" in caplog.text


def test_damage_in_its_midst_is_found_by_the_worker(bench: Bench, home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A head that reads well does not hide pages that do not; the client that was open is let go first."""
    for n in range(40):
        bench.submit(f"book1.{n}.1")
    bench.queue._let_go()
    path = home / "jobs.sqlite"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\x55" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert bench.worker.start()
    bench.submit("book2.aa.1")
    bench.until("book2.aa.1", "done")
    assert "moved aside" in caplog.text


def test_while_jobs_run_on_it_nothing_is_moved(home: Path) -> None:
    """Whoever comes meanwhile is told to stop Storymaker and start it again: that mends it."""
    torn(home / "jobs.sqlite")
    queue = JobQueue(f"sqlite:///{home / 'jobs.sqlite'}")
    with FileLock(home / database.LOCK), pytest.raises(SetupError, match="moves the damaged file aside"):
        queue.jobs()
    assert not list(home.glob("*.broken-*"))
    assert queue.jobs() == ()
    queue.close()


def test_damage_that_is_met_under_way_is_a_sentence(queue: JobQueue, home: Path) -> None:
    """A client that is open meets it as an error of ours, and begins anew at its next call."""
    queue.jobs()

    def meet(client: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(StorageError, match="start it again"):
        queue._with_client(meet)
    assert queue.jobs() == ()


def test_two_broken_at_once_are_both_kept(home: Path) -> None:
    """Names never meet, and what is whole is left where it is."""
    path = home / "jobs.sqlite"
    for _ in range(2):
        no_database(path)
        (home / "jobs.sqlite-wal").write_bytes(b"the rest")
        assert mend(path)
    assert len(list(home.glob("*.broken-*-wal"))) == 2
    assert not path.exists() and not mend(path)
    prepare_database(f"sqlite:///{path}")
    assert not mend(path, whole=True) and wrong_with(path) is None


def test_a_database_that_another_program_holds_is_no_damage(
    home: Path, monkeypatch: pytest.MonkeyPatch, queue: JobQueue
) -> None:
    """It is named, and stays where it is."""
    monkeypatch.setattr(database, "_LOCK_SECONDS", 0.01)
    path = home / "jobs.sqlite"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    assert wrong_with(path) is None
    with pytest.raises(SetupError, match="close that program"):
        queue.jobs()
    holder.close()
    assert queue.jobs() == ()


def test_only_what_passes_is_waited_for() -> None:
    """A refused write has a sentence; whatever else is said, by SQLite or others, has none."""
    assert "disk is full" in (refusal(sqlite3.OperationalError("database or disk is full")) or "")
    assert refusal(sqlite3.OperationalError("no such table: disk")) is None
    assert refusal(ValueError("database or disk is full")) is None
    assert is_broken(sqlite3.DatabaseError("file is not a database"))
    assert not is_broken(ValueError("file is not a database"))


def test_other_errors_go_on_their_way(queue: JobQueue) -> None:
    """What is neither passing nor damage is not dressed up."""

    def break_(client: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        queue._with_client(break_)


def test_what_is_held_when_it_is_asked_is_a_sentence(queue: JobQueue) -> None:
    """The same as when it is opened."""

    def meet(client: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    with pytest.raises(SetupError, match="close that program"):
        queue._with_client(meet)


def test_what_the_engine_waits_for_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its endless tries become one sentence, its chatter nothing, its errors stay."""
    monkeypatch.setattr(database, "trouble", Announcer())

    def heard(level: int, message: str) -> bool:
        return database._heard(logging.LogRecord("dbos", level, __file__, 1, message, None, None))

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert not heard(logging.WARNING, "Database connection failed: locked. Retrying in 1.00s")
        assert not heard(logging.WARNING, "Database connection failed: its disk is full. Retrying in 1.00s")
        assert not heard(logging.WARNING, "Contention detected")
        assert heard(logging.ERROR, "Error executing workflow")
    assert caplog.text.count("does not answer") == 1


def full(*_: object, **__: object) -> None:
    """Answer as SQLite does on a full disk."""
    raise sqlite3.OperationalError("database or disk is full")


def test_a_disk_that_is_full_when_the_database_is_opened_is_waited_for(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the queue has patience; then a sentence, and with room again it opens."""
    queue._patience = 0
    with monkeypatch.context() as spoilt:
        spoilt.setattr(database, "_connect", full)
        with pytest.raises(StorageError, match="disk is full"):
            queue.jobs()
    assert queue.jobs() == ()


def test_an_engine_that_cannot_begin_is_put_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the midst of the start is a sentence, and the next start succeeds."""
    from dbos import DBOS

    with monkeypatch.context() as spoilt:
        spoilt.setattr(DBOS, "launch", full)
        with pytest.raises(StorageError, match="disk is full"):
            bench.worker.start()
    assert bench.worker.start()
    bench.submit("book1.aa.1")
    bench.until("book1.aa.1", "done")


def test_a_job_whose_last_word_cannot_be_written_is_left_for_the_next_worker(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts neither as done nor as failed."""

    def refuse(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(bench.queue, "note", refuse)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(bench.worker.perform("book1.aa.1", "work", 60, {}))
    assert bench.ended == ["book1.aa.1"]


def test_only_what_is_refused_is_told_to_the_engine_as_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong stays as it is; so does what is refused once the worker stops."""
    monkeypatch.setattr(database, "trouble", Announcer())
    engine, closing = sa.create_engine(f"sqlite:///{tmp_path / 'small.sqlite'}"), threading.Event()
    wait_for_room(engine, closing)
    with engine.connect() as connection:
        with pytest.raises(sa.exc.OperationalError, match="no such table"):
            connection.execute(sa.text("SELECT * FROM sea"))
        connection.rollback()
        connection.execute(sa.text("CREATE TABLE words (text)"))
        connection.execute(sa.text("PRAGMA max_page_count = 2"))  # SQLite's own small disk
        much = sa.text(f"INSERT INTO words VALUES ('{'word ' * 10_000}')")
        with pytest.raises(sa.exc.OperationalError, match=r"database is locked .*its disk is full"):
            connection.execute(much)
        connection.rollback()
        closing.set()
        with pytest.raises(sa.exc.OperationalError, match="database or disk is full"):
            connection.execute(much)
    engine.dispose()


def test_databases_that_are_no_files_are_left_to_their_servers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked over or moved aside, and several workers of a machine may run."""
    elsewhere = JobQueue("postgresql://localhost/none")
    elsewhere.mend()
    elsewhere.close()
    bench.worker._local = False
    assert bench.worker.start()
    bench.submit("book1.aa.1")
    bench.until("book1.aa.1", "done")


@pytest.mark.parametrize("full", [True, False])
def test_a_lock_file_that_is_a_folder_is_mended_or_named(bench: Bench, home: Path, full: bool) -> None:
    """An empty one goes; one with something in it is named, and left alone."""
    lock = home / database.LOCK
    lock.mkdir()
    if not full:
        assert bench.worker.start()
        return
    (lock / "mine.txt").write_text("mine")
    with pytest.raises(StorageError, match="move it elsewhere"):
        bench.worker.start()
    assert (lock / "mine.txt").read_text() == "mine"
