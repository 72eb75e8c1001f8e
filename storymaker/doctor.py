"""What works on this machine, and what to do about what does not."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module, resources
from pathlib import Path
from typing import Final, Literal

from storymaker.books.checkup import cutout_faults, picture_faults, told
from storymaker.books.folder import read_book
from storymaker.books.history import Journal
from storymaker.books.leftovers import sweep_all
from storymaker.books.locating import shown_name
from storymaker.books.shelf import Shelf
from storymaker.errors import SetupError, StorageError, StorymakerError
from storymaker.export.plan import chapter_name
from storymaker.plugins import ROLES, installed
from storymaker.remote.probe import lacking
from storymaker.remote.reach import trouble_on_the_way
from storymaker.remote.replies import DAYS, sweep_replies
from storymaker.remote.service import OPENAI, Role, key_source
from storymaker.settings import Settings, private_folder

WEIGHTS_MD5: Final = "8e83ca70e441ab06c318d82300c84806"
_ROOM_BYTES: Final = 500_000_000
"""A book with a few redraws takes about 100 MB."""
_REHEARSAL_S: Final = 60.0

_LIBRARIES: Final = {
    "cut-out and pictures": ("cv2", "numpy", "PIL", "pillow_heif", "resvg_py"),
    "PDF": ("typst",),
    "jobs": ("dbos",),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: Its name.
        state: ``ok``; ``note``: works, but worth knowing; ``bad``: must be mended.
        says: What was found, and what to do about it.
    """

    what: str
    state: Literal["ok", "note", "bad"]
    says: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding after the other.

    Args:
        settings: Whose folders and database are looked at.
    """
    yield _python()
    for what, modules in _LIBRARIES.items():
        yield _checked(what, lambda modules=modules: ", ".join(map(_version, modules)))  # type: ignore[misc]
    yield _checked("model weights", _weights)
    yield _checked("fonts", _fonts)
    yield _checked("authors and illustrators", lambda: _makers(settings))
    yield _checked("shelf", lambda: _writable(settings.books.expanduser(), "STORYMAKER_BOOKS"))
    yield from _books(settings.books.expanduser(), settings.home.expanduser())
    yield _checked("home", lambda: _writable(private_folder(settings.home.expanduser()), "STORYMAKER_HOME"))
    yield _checked("jobs database", lambda: _jobs(settings.jobs_url))
    yield _disk(settings.books.expanduser())
    yield _key()
    yield from _way(settings)
    yield from _replies(settings.home.expanduser())


def _checked(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "ok", look())
    except StorymakerError as error:
        return Finding(what, "bad", error.message)
    except (ImportError, OSError) as error:
        return Finding(what, "bad", f"{error}. Please install Storymaker again: “pip install -e .”")


def _python() -> Finding:
    state: Literal["ok", "bad"] = "ok" if sys.version_info >= (3, 11) else "bad"
    hint = "" if state == "ok" else ". Please use Python 3.11 or newer."
    return Finding("Python", state, f"{platform.python_version()} on {platform.system()}{hint}")


def _version(module: str) -> str:
    loaded = import_module(module)
    return f"{module} {getattr(loaded, '__version__', '')}".strip()


def _weights() -> str:
    data = resources.files("storymaker.images").joinpath("weights/u2netp.onnx").read_bytes()
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != WEIGHTS_MD5:
        raise OSError("weights/u2netp.onnx is damaged")
    return "u2netp, complete"


def _fonts() -> str:
    from storymaker.export.fonts import find_typefaces

    return f"from {len(find_typefaces().folders)} packages"


def _makers(settings: Settings) -> str:
    """Loads each, as work would; and looks whether those that are set are among them."""
    there = {role: installed(role) for role in ROLES}
    troubles = [sentence for makers in there.values() for sentence in makers.broken.values()]
    for role, makers in there.items():
        name = getattr(settings, role)
        if name not in makers and name not in makers.broken:
            troubles.append(
                f"The setting STORYMAKER_{role.upper()} names “{name}”, and there is no such {role}. "
                f"There is: {', '.join(sorted(makers))}."
            )
    if troubles:
        raise SetupError(" ".join(troubles))
    return "; ".join(f"{role}s: {', '.join(sorted(makers))}" for role, makers in there.items())


def _writable(folder: Path, setting: str) -> str:
    """Tries it: permission bits lie on network disks. What does not exist yet is tried where it would be made."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            return str(folder)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written ({error.strerror or type(error).__name__}). Please allow it there, or choose another folder: "
            f"{setting}, or “{setting.removeprefix('STORYMAKER_').lower()}” in storymaker.toml."
        ) from None


def _books(root: Path, home: Path) -> Iterator[Finding]:
    """Every book of every family, byte for byte; what killed processes left beside them goes."""
    count = pictures = 0
    swept = sweep_all(home)
    for shelf in (Shelf(root), *(Shelf(family) for family in sorted(root.glob("families/*")) if family.is_dir())):
        try:
            listing = shelf.list()
            swept += shelf.sweep()
        except StorageError as error:
            yield Finding("books", "bad", error.message)
            continue
        for _, sentence in listing.problems:
            yield Finding("book", "bad", sentence)
        for card in listing.books:
            count += 1
            for book, sentence in _faults(card.folder):
                yield Finding(book, "bad", sentence)
            pictures += card.done
    left = f"; {swept} left-over files removed" if swept else ""
    yield Finding("books", "ok", f"{count} books with {pictures} pictures looked over{left}")


def _faults(folder: Path) -> Iterator[tuple[str, str]]:
    """What is missing or damaged of one book."""
    try:
        book = read_book(folder)
        entries = Journal(folder / "history.jsonl").entries(book.version)
    except StorageError as error:
        yield shown_name(folder), error.message
        return
    lost = picture_faults(folder, book, whole=True)
    for page in book.pages:
        if page.id in lost:
            yield f"“{book.title}”, {chapter_name(page)}", f"{told(lost[page.id])} (storymaker illustrate {book.id})"
    for character, file, fault in cutout_faults(folder, book, whole=True):
        yield f"“{book.title}”", f"A cut-out of {character.name} ({file.name}) is {fault} in the book's folder."
    if len(entries) < book.version:
        yield (
            f"“{book.title}”",
            f"{book.version - len(entries)} of its {book.version} saves are missing in its history.jsonl: they cannot be taken "
            "back. What stands in the book is whole.",
        )


def _jobs(url: str) -> str:
    """Which database it is, and a job done on one like it: an engine that gives none out fails without a word."""
    from storymaker.jobs.queue import JobQueue

    queue = JobQueue(url)
    try:
        live = len(queue.jobs(live=True))
    finally:
        queue.close()
    if url.startswith("postgres"):
        return f"PostgreSQL, {live} jobs waiting or running"
    _rehearse_job()
    return f"SQLite {sqlite3.sqlite_version}, {live} jobs waiting or running; a job was rehearsed"


def _rehearse_job() -> None:
    """Do a job in a database of its own, in a process of its own: a process has one worker, and this one may have it.

    Raises:
        SetupError: If it is not done.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "storymaker.jobs.rehearsal", folder]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_REHEARSAL_S, check=False)
        except subprocess.TimeoutExpired:
            done = None
    if done is None or done.returncode:
        raise SetupError(
            f"A job that was rehearsed was not done (SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}). "
            "Please install Storymaker again with another Python: “make clean”, then “make studio PYTHON=python3.11”."
        )


def _disk(folder: Path) -> Finding:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < _ROOM_BYTES:
        return Finding(
            "disk", "note", f"only {free // 1_000_000} MB free; a book needs about 100. Please free some space."
        )
    return Finding("disk", "ok", f"{free / 1e9:.0f} GB free")


def _key() -> Finding:
    source = key_source()
    if source:
        return Finding("OpenAI key", "ok", f"from {source}; OpenAI can be chosen to write and paint.")
    return Finding("OpenAI key", "ok", "none, and none is needed: the paper studio writes and draws.")


def _way(settings: Settings) -> Iterator[Finding]:
    """Whether those who write and paint elsewhere can be reached; nobody is asked for anything."""
    parts: tuple[tuple[Role, str], ...] = (("words", settings.author), ("pictures", settings.illustrator))
    chosen = [role for role, name in parts if name.startswith("openai")]
    if not chosen:
        if trouble := trouble_on_the_way(OPENAI):
            yield Finding("way to the service", "note", f"{trouble} Nobody goes that way now: the paper studio is set.")
        return
    troubles = dict.fromkeys(filter(None, (lacking(settings, role) for role in chosen)))
    if troubles:
        yield Finding("way to the service", "bad", " ".join(troubles))
    else:
        yield Finding("way to the service", "ok", "nothing here is in the way.")


def _replies(home: Path) -> Iterator[Finding]:
    """Where the answers to failed calls are, if there are some."""
    if kept := sweep_replies(home):
        told = f"{len(kept)} kept for a look, for {DAYS} days at most; the newest is {kept[0]}"
        yield Finding("answers to failed calls", "note", told)
