"""An older SQLite does what DBOS asks of it, or is named; and an engine that gives no job out does not do so in silence."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from storymaker.errors import SetupError
from storymaker.jobs import database, sqlite
from storymaker.jobs.database import LastingTrouble, listen_to_engine
from storymaker.jobs.rehearsal import rehearse
from storymaker.jobs.sqlite import fit_sqlite
from storymaker.waiting import Announcer


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
    """Once, after ten seconds; what passes is no news."""
    now = 100.0
    monkeypatch.setattr(database, "trouble", Announcer())
    monkeypatch.setattr(database, "_lasting", LastingTrouble(lambda: now))
    listen_to_engine()
    engine = logging.getLogger("dbos")

    def meet(name: str) -> None:
        engine.warning("Exception encountered in queue thread for %s: no such column", name)

    meet("words")
    now += 9
    meet("words")
    now += 60  # it had passed
    meet("words")
    now += 9
    meet("words")
    assert not caplog.messages
    for _ in range(3):
        now += 2
        meet("words")
    (said,) = caplog.messages
    assert "no such column" in said and "storymaker doctor" in said


def test_a_job_is_rehearsed(tmp_path: Path) -> None:
    """One that nobody takes up is no success, and takes no longer than it may."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert rehearse(tmp_path / "a")
    assert not rehearse(tmp_path / "b", lane="nobody's", patience=0.2)
