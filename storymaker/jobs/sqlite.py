"""SQLite as the platform has it: what an older one lacks is provided, and one that is too old is refused."""

from __future__ import annotations

import functools
import sqlite3
import time
from typing import Final

from storymaker.errors import SetupError

_OLDEST: Final = (3, 35)
"""The first with RETURNING, which DBOS needs."""
_SUBSECONDS: Final = (3, 42)
"""The first whose ``unixepoch`` knows 'subsec'; before it, it answers NULL (https://sqlite.org/lang_datefunc.html)."""


@functools.cache
def fit_sqlite() -> None:
    """Have every connection of this process know the clock that DBOS asks for, on Python 3.12 or newer.

    Debian 12 has SQLite 3.40: there, DBOS's rows would be without their times, and no job would ever begin.

    Raises:
        SetupError: If SQLite is too old for the jobs database.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise SetupError(
            f"Python's SQLite is {sqlite3.sqlite_version}, and the jobs database needs {'.'.join(map(str, _OLDEST))} or newer. "
            "Please install a newer SQLite, or a Python that comes with one; or name a PostgreSQL in STORYMAKER_JOBS_DB."
        )
    if sqlite3.sqlite_version_info >= _SUBSECONDS:
        return
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "connect", _provide_clock)


def _provide_clock(connection: object, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("unixepoch", 1, _seconds)


def _seconds(how: object) -> float | None:
    """The seconds since 1970, for the one form that DBOS asks for."""
    return round(time.time(), 3) if how in ("subsec", "subsecond") else None
