"""Waits that say what they wait for: no start, and no save, hangs without a word."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from filelock import BaseFileLock, Timeout

from storymaker.errors import StorageError

log = logging.getLogger(__name__)
"""What is said here is for people: the command line prints it, the studio logs it."""

PATIENCE_S: Final = 30.0
"""Seconds that a wait may take before it is announced."""


@contextlib.contextmanager
def announced(sentence: str, after: float = PATIENCE_S) -> Iterator[None]:
    """Log a sentence, once, if the block takes longer than ``after`` seconds."""
    timer = threading.Timer(after, log.warning, ("%s", sentence))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def acquire(lock: BaseFileLock, sentence: str, after: float = PATIENCE_S) -> None:
    """Acquire a lock however long it takes; log a sentence, once, if that is longer than ``after`` seconds.

    Raises:
        StorageError: If a folder that is not empty stands in the lock file's place.
    """
    try:
        acquire_within(lock, after)
    except Timeout:
        log.warning("%s", sentence)
        lock.acquire(timeout=-1)


def acquire_within(lock: BaseFileLock, seconds: float) -> None:
    """Acquire a lock; an empty folder in the place of its file is removed first.

    Raises:
        Timeout: If somebody else holds it that long.
        StorageError: If a folder that is not empty stands in the lock file's place.
    """
    try:
        lock.acquire(timeout=seconds)
    except OSError:
        path = Path(lock.lock_file)
        if not path.is_dir():
            raise
        try:
            path.rmdir()
        except OSError as error:
            raise StorageError(
                f"{path} is a folder, and Storymaker keeps a lock file there. Please move it elsewhere, with what is in it."
            ) from error
        lock.acquire(timeout=seconds)


class Announcer:
    """Logs the same trouble once an episode, however many threads meet it, and when it is over.

    Args:
        calm: Seconds without trouble after which the next is a new episode.
        clock: Tells seconds; a fake in tests.
    """

    def __init__(self, calm: float = 120.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._calm, self._clock = calm, clock
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def say(self, sentence: str) -> None:
        """Log a sentence unless its episode has been announced."""
        with self._lock:
            last, now = self._last.get(sentence), self._clock()
            self._last[sentence] = now
        if last is None or now - last > self._calm:
            log.warning("%s", sentence)

    def end(self, relief: str) -> None:
        """Log ``relief`` if any trouble was announced, and end its episode."""
        with self._lock:
            met, self._last = self._last, {}
        if met:
            log.warning("%s", relief)
