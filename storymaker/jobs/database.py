"""The jobs database itself: opened, kept writable, and moved aside when it is broken; never lost, never waited for in silence."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from storymaker.errors import SetupError, StorymakerError
from storymaker.jobs.sqlite import fit_sqlite
from storymaker.waiting import Announcer, acquire_within, announced
from storymaker.waiting import log as notices

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine
    from sqlalchemy.engine import ExceptionContext

log = logging.getLogger(__name__)

APPLICATION: Final = "storymaker"
LOCK: Final = "worker.lock"
_LOCK_SECONDS: Final = 30.0
_ENGINE_SAYS: Final = "Database connection failed"
"""How DBOS's warning begins when it tries a write or read again, without limit."""

_REFUSALS: Final = {
    "disk is full": "its disk is full",
    "disk I/O error": "its disk reports errors",
    "readonly database": "it may only be read",
    "unable to open database file": "its file cannot be opened",
}
"""What SQLite says when a write is refused that may well succeed later, and that in words."""
_BROKEN: Final = ("malformed", "not a database")
_LOCKED: Final = "is locked"
_HELD: Final = (
    "Another program holds the jobs database (jobs.sqlite in STORYMAKER_HOME). Please close that program, "
    "or let it finish, and try again; nothing is lost."
)
_ANSWERS: Final = (
    "The jobs database answers with an error ({said}). If that comes again, please stop Storymaker, move jobs.sqlite in "
    "STORYMAKER_HOME elsewhere (or look after the database that STORYMAKER_JOBS_DB names), and start again. Your books are safe."
)

_ENGINE_MEETS: Final = "Exception"
"""How its warnings begin that are about an error met while it looked for work."""
_ENGINE_UNLAUNCHED: Final = "DBOS failed to launch"
"""How its error begins that it raises as well: then whoever started it tells."""
_ENGINE_FAILS: Final = (
    "The jobs database answers with an error at every try, so that no job begins ({warning}). "
    "Please run “storymaker doctor”; if that finds nothing, move jobs.sqlite in STORYMAKER_HOME elsewhere and start again. "
    "Your books are safe."
)
_LASTS_S: Final = 10.0
_WARNING_MAX: Final = 200

trouble = Announcer()
"""One for all threads of this process: ten jobs that wait for the same disk are one piece of news."""
faults = Announcer()
"""The same for errors that no room mends: a write that succeeds meanwhile is no relief."""
RELIEF: Final = "The jobs database can be written again. The work goes on."
_SILENT: Final = "The jobs database does not answer, or another program holds it. Storymaker keeps trying; nothing is lost meanwhile."


def refusal(error: BaseException) -> str | None:
    """A sentence for an error of SQLite that passes when there is room again; None for every other."""
    said = str(_original(error))
    reason = next((words for sign, words in _REFUSALS.items() if sign in said), None)
    if reason is None or not isinstance(_original(error), sqlite3.Error):
        return None
    return (
        f"The jobs database cannot be written: {reason}. Please make room there, or allow it; "
        "nothing is lost, and the work goes on by itself."
    )


def unusable(error: BaseException | None) -> SetupError | None:
    """A sentence for whatever else the database or its engine answers; None for an error that is not theirs."""
    from dbos._error import DBOSException
    from sqlalchemy.exc import SQLAlchemyError

    if not isinstance(error, SQLAlchemyError | sqlite3.Error | DBOSException):
        return None
    log.info("jobs database: %s", type(error).__name__, exc_info=error)
    original = _original(error)
    if _LOCKED in str(original):
        return SetupError(_HELD)
    # What drivers say names no password; what is said above them may show the whole URL.
    told = str(original) if original is not error or isinstance(error, sqlite3.Error) else type(error).__name__
    return SetupError(_ANSWERS.format(said=_shortened(told)))


def _shortened(said: str) -> str:
    """Its first line: below it are the statement and its values, which differ from try to try."""
    return said.partition("\n")[0].strip()[:_WARNING_MAX]


def is_broken(error: BaseException) -> bool:
    """Whether an error says that the file is no database, or a damaged one."""
    return isinstance(_original(error), sqlite3.Error) and any(sign in str(_original(error)) for sign in _BROKEN)


def _original(error: BaseException) -> BaseException:
    """What SQLite said, without SQLAlchemy's wrapping."""
    return getattr(error, "orig", None) or error


def path_of(url: str) -> Path | None:
    """The file of a SQLite database; None for every other database."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def prepare_database(url: str) -> None:
    """Give a SQLite file its write-ahead log, once.

    With it, SQLite's default ``synchronous=FULL`` loses nothing in a power cut, and readers do not wait for writers.
    """
    path = path_of(url)
    if path is None:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_LOCK_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def open_client(url: str, home: Path | None) -> DBOSClient:
    """Connect to the jobs database; one that is broken is moved aside, and a new one made.

    Args:
        url: SQLAlchemy URL.
        home: Folder of the worker's lock; None is the database's own.

    Raises:
        SetupError: If the database cannot be used.
        sqlite3.Error: If its disk refuses a write that may well succeed later (see ``refusal``).
    """
    from sqlalchemy.exc import SQLAlchemyError

    path = path_of(url)
    try:
        with announced(_SILENT):
            if path is not None and wrong_with(path):
                _mend_unlocked(path, home)
            return _connect(url)
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        if refusal(error) and path is not None and path.is_file():
            raise
        log.warning("jobs database: %s", type(error).__name__)
        if _LOCKED in str(_original(error)):
            raise SetupError(_HELD) from error
        raise SetupError(
            "The jobs database cannot be used. Please check STORYMAKER_HOME (a folder you may write in, with free space) "
            "or STORYMAKER_JOBS_DB."
        ) from error


def _connect(url: str) -> DBOSClient:
    from dbos import DBOS, DBOSClient

    if path_of(url) is not None:
        fit_sqlite()
    prepare_database(url)
    listen_to_engine()
    DBOS.migrate(url)
    return DBOSClient(system_database_url=url, application_name=APPLICATION)


def _mend_unlocked(path: Path, home: Path | None) -> None:
    """Move a broken database aside, unless a worker still runs on it.

    Raises:
        SetupError: If one does.
    """
    lock = FileLock((home or path.parent) / LOCK, thread_local=False)
    try:
        acquire_within(lock, 0)
    except Timeout:
        raise SetupError(
            "The jobs database is damaged, and jobs still run on it. Please stop Storymaker (the studio, and whoever makes books) "
            "and start it again: it moves the damaged file aside and begins a new one. Your books are safe."
        ) from None
    try:
        mend(path)
    finally:
        lock.release()


def mend(path: Path, *, whole: bool = False) -> bool:
    """Move the database aside if something is wrong with it. Only who holds the worker's lock may.

    Args:
        path: The file.
        whole: Look through all of it, not only at its head.

    Returns:
        Whether it was moved.
    """
    wrong = wrong_with(path, whole=whole)
    if wrong is None:
        return False
    aside = _free_name(path)
    os.replace(path, aside)
    for part in ("-wal", "-shm"):  # under the new name, so that whoever opens it there finds all of it
        if (beside := path.with_name(path.name + part)).exists():
            os.replace(beside, aside.with_name(aside.name + part))
    notices.warning(
        "The jobs database could not be used: %s. It was moved aside, to %s, and a new one is made. Your books are safe; "
        "what was under way can be asked for again.",
        wrong,
        aside,
    )
    return True


def _free_name(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{path.name}.broken-{stamp}{f'-{n}' if n else ''}" for n in range(1000))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def wrong_with(path: Path, *, whole: bool = False) -> str | None:
    """What is wrong with a database file, in words; None if nothing is, or nobody can tell just now.

    Args:
        path: The file.
        whole: Look through all of it, not only at its head.
    """
    if path.is_dir():
        return "it is a folder"
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        # Only to read: closing it may otherwise fold the write-ahead log of a damaged file into it, and remove it.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_LOCK_SECONDS, uri=True)
        try:
            return _wrong_inside(connection, whole=whole)
        finally:
            connection.close()
    except sqlite3.Error as error:
        return "it is damaged, or no database" if is_broken(error) else None


def _wrong_inside(connection: sqlite3.Connection, *, whole: bool) -> str | None:
    from dbos._migration import sqlite_migrations

    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if whole and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        return "it is damaged"
    if "dbos_migrations" not in tables:
        return "it is half made" if "workflow_status" in tables else None
    version = (connection.execute("SELECT version FROM dbos_migrations").fetchone() or (0,))[0]
    if not isinstance(version, int) or version > len(sqlite_migrations):
        return "it was made by a newer Storymaker, or changed by hand"
    return None if "workflow_status" in tables or not version else "its tables are gone"


def wait_for_room(engine: Engine, closing: threading.Event) -> None:
    """Have an engine's writes tried again while its disk refuses them, for as long as its worker runs.

    DBOS gives a refused write up, and its job stays "running" for ever; what is "locked" it tries again, without limit. So a
    refused one is told to it as locked.

    Args:
        engine: DBOS's.
        closing: Set when the worker stops: then nothing is tried again.
    """
    from sqlalchemy import event
    from sqlalchemy.exc import OperationalError

    def translate(context: ExceptionContext) -> BaseException | None:
        sentence = refusal(context.original_exception)
        if sentence is None or closing.is_set():
            return None
        trouble.say(sentence)
        return OperationalError(
            context.statement or "", {}, sqlite3.OperationalError(f"database is locked ({sentence})")
        )

    event.listen(engine, "handle_error", translate)


class LastingTrouble:
    """What the engine warns of at every try, told when it lasts: it tries again for ever, and says so only in its own log.

    Args:
        clock: Tells seconds; a fake in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._met: dict[str, tuple[float, float]] = {}

    def meet(self, warning: str) -> None:
        """Take a warning in; once it came for ten seconds on end, say it."""
        warning, now = _shortened(warning), self._clock()
        self._met = {told: (first, last) for told, (first, last) in self._met.items() if now - last < _LASTS_S}
        first, _ = self._met.get(warning, (now, now))
        self._met[warning] = first, now
        if now - first >= _LASTS_S:
            faults.say(_ENGINE_FAILS.format(warning=warning))


def listen_to_engine() -> None:
    """Keep DBOS's log to its errors, and put what it waits for into a sentence."""
    engine_log = logging.getLogger("dbos")
    engine_log.setLevel(logging.WARNING)
    if _heard not in engine_log.filters:
        engine_log.addFilter(_heard)


def _heard(record: logging.LogRecord) -> bool:
    """Let errors pass that nobody knows; announce those of the database, and a wait of the engine's own."""
    if record.levelno >= logging.ERROR:
        return not _said(record)
    if record.getMessage().startswith(_ENGINE_SAYS) and not any(
        sign in record.getMessage() for sign in _REFUSALS.values()
    ):
        trouble.say(_SILENT)
    elif record.getMessage().startswith(_ENGINE_MEETS):
        _lasting.meet(record.getMessage())
    return False


def _said(record: logging.LogRecord) -> bool:
    """Whether an error that the engine logs with its traceback is told in a sentence instead."""
    if record.getMessage().startswith(_ENGINE_UNLAUNCHED):
        return True
    error = record.exc_info[1] if record.exc_info else None
    known = error if isinstance(error, StorymakerError) else unusable(error)
    if known is not None:
        faults.say(known.message)
    return known is not None


_lasting = LastingTrouble()
