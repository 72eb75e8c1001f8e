"""Waiting for room on a full disk: what is paid is written when there is some, and the job says what it waits for."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

from storymaker.errors import StorageError, StorymakerError
from storymaker.jobs.worker import Task
from storymaker.waiting import log

T = TypeVar("T")

ANSWER_BYTES: Final = 6 * 1024 * 1024
"""Room that a picture takes: its answer, then the book's PNG and JPEG."""
PATIENCE_S = 600.0
"""Seconds that a full disk is waited for; then the job fails, and says what was paid."""
LOOK_S = 1.0
WAITS: Final = (
    "The disk with your books is full. Please free some space: then this goes on by itself, and nothing paid is lost."
)


class Room:
    """Writes what must not be lost, and waits while there is no room for it.

    Args:
        task: Whose job it is; it says what it waits for.
    """

    def __init__(self, task: Task) -> None:
        self._task, self._said = task, False

    async def until_written(self, write: Callable[[], T]) -> T:
        """Write in a thread, again and again while the disk is full, and to its end where the job is stopped meanwhile.

        Args:
            write: What may be begun again when it failed.

        Raises:
            StorageError: See `until_done`.
        """
        return await self.until_done(lambda: undisturbed(write))

    async def until_done(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something again and again while the disk is full.

        Args:
            work: What may be begun again when it failed.

        Raises:
            StorageError: If the disk refuses for another reason, or is full for longer than anybody waits.
        """
        waited = 0.0
        try:
            while True:
                try:
                    return await work()
                except StorageError as error:
                    if error.code != "full" or waited >= PATIENCE_S:
                        raise
                await self._say(WAITS)
                await asyncio.sleep(LOOK_S)
                waited += max(LOOK_S, 0.01)
        finally:
            await self._say("")

    async def _say(self, sentence: str) -> None:
        """Say on the job what it waits for; where even that cannot be written, the log has it."""
        if bool(sentence) == self._said:
            return
        self._said = bool(sentence)
        if sentence:
            log.warning("%s", sentence)
        with contextlib.suppress(StorymakerError, OSError):
            await self._task.report(waiting=sentence)


def require_room(folder: Path, answers: int) -> None:
    """Refuse to go on where so many answers would find no room.

    Raises:
        StorageError: Code "full".
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # whoever writes is told
    if free < answers * ANSWER_BYTES:
        raise StorageError(
            "The disk is too full for another picture. Please free some space and try again; what was saved before is safe.",
            code="full",
        )


async def undisturbed(work: Callable[[], T]) -> T:
    """Run in a thread and finish even if the job is cancelled, repeatedly."""
    done = asyncio.get_running_loop().run_in_executor(None, work)  # no task: those are stopped with the job
    stopped: asyncio.CancelledError | None = None
    while not done.done():
        try:
            await asyncio.wait([done])
        except asyncio.CancelledError as error:
            stopped = error
    result = done.result()
    if stopped is not None:
        raise stopped
    return result
