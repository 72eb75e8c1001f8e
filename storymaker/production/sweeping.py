"""Sweeping what jobs leave in a book's drawing folder: everything there is named after its job, and goes when that has ended."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from storymaker.books import leftovers
from storymaker.books.files import make_folder
from storymaker.books.shelf import Shelf
from storymaker.errors import NotFoundError
from storymaker.jobs.queue import JobQueue
from storymaker.production.answers import PART, SUFFIX
from storymaker.production.billing import MARK, let_go, settle, take

_SKETCH: Final = ".sketch.jpg"


@contextlib.asynccontextmanager
async def own_folder(shelf: Shelf, book_id: str, job_id: str) -> AsyncIterator[Path]:
    """Make a folder for the unfinished drawings of a job; while it is in use the job's lock is held.

    Args:
        shelf: Where the book stands.
        book_id: Which book.
        job_id: Whose it is.
    """
    folder = shelf.workdir(book_id) / job_id
    lock = shelf.lock(job_id)
    await asyncio.to_thread(take, lock)
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of this very job, before a crash
        make_folder(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        let_go(lock)


def sweep_ended(queue: JobQueue, shelf: Shelf, book_id: str, own: str = "") -> None:
    """Charge what jobs that ended had asked for, and remove what they left.

    What is in use is asked, not how old it looks: a job is under way when the queue says so or its lock is held.

    Args:
        queue: Knows which jobs are under way.
        shelf: Where the book stands.
        book_id: Which book.
        own: Id of the job that looks, which sees to its own things.
    """
    if not _has_left_overs(shelf, book_id):
        return
    others = {job.id for job in queue.jobs(book_id, live=True)} - {own}
    live = others | {own}
    with contextlib.suppress(NotFoundError):
        settle(shelf, book_id, live)
        sweep(shelf, book_id, live, alone=not others)
    # Those of the job that looks as well: it has taken none yet, and not each is taken again by a job that is done again.
    shelf.drop_locks(book_id, lambda name: not any(f"{name}.".startswith(f"{job}.") for job in others))


def sweep(shelf: Shelf, book_id: str, live: Collection[str], *, alone: bool) -> None:
    """Remove what belongs to no live job; paid requests that nobody has charged yet stay.

    Args:
        shelf: Where the book stands.
        book_id: Which book.
        live: Ids of the jobs that are under way.
        alone: Whether the job that sweeps is the only one, so that what no name tells to be anybody's goes too.
    """
    folder = shelf.workdir(book_id)
    leftovers.sweep(folder)  # half-written files, which no name tells to be anybody's: their writers hold them
    for entry in sorted(folder.iterdir()):
        owner = _owner(entry, live)
        if owner in live or entry.suffix in (MARK, SUFFIX):
            continue
        if owner:
            _remove(entry, shelf.lock(owner))
        elif alone and not _anybody(shelf, book_id):
            _remove(entry, None)


def _owner(entry: Path, live: Collection[str]) -> str:
    """The job that a file or folder is named after; empty where its name does not say."""
    if entry.name.endswith(_SKETCH):  # named after its page, whatever the job
        page = entry.name.removesuffix(_SKETCH)
        return next((job for job in live if job.startswith(f"{page}.")), f"{page}.sketch")
    if entry.is_dir():
        return entry.name
    name = entry.name.removesuffix(PART)
    for suffix, words in ((MARK, 1), (SUFFIX, 2), (".json", 0)):
        if name.endswith(suffix):
            return name.removesuffix(suffix).rsplit(".", words)[0] if words else name.removesuffix(suffix)
    return ""


def _anybody(shelf: Shelf, book_id: str) -> bool:
    """Whether a job of the book holds its lock, in whichever studio."""
    return any(_held(FileLock(path, thread_local=False)) for path in shelf.locks_of(book_id))


def _held(lock: FileLock) -> bool:
    try:
        lock.acquire(0.0)
    except Timeout:
        return True
    lock.release()
    return False


def _remove(entry: Path, lock: FileLock | None) -> None:
    if lock is not None:
        try:
            lock.acquire(0.0)
        except Timeout:
            return
    try:
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    finally:
        if lock is not None:
            let_go(lock)


def _has_left_overs(shelf: Shelf, book_id: str) -> bool:
    return any(shelf.workdir(book_id).iterdir()) or bool(shelf.locks_of(book_id))
