"""Paid answers on disk: each durable under its job's id, from when it came until the book has what it brought."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storymaker.books.files import disk_errors, sync_folder

SUFFIX: Final = ".answer"
PART: Final = ".part"


@dataclass(frozen=True)
class Answer:
    """An answer that was kept.

    Attributes:
        path: ``<job>.<piece of work>.<name>.answer``.
        id: Names its cost in the book's journal.
        cost_usd: What it cost, in US dollars.
        data: The answer as it came.
    """

    path: Path
    id: str
    cost_usd: float
    data: bytes


def new_id(path: Path) -> str:
    """Make an id for what a file stands for: the same request made twice is two."""
    return f"{path.name}.{secrets.token_hex(4)}"


def write_durably(path: Path, data: bytes) -> None:
    """Put a whole file in place, durably. Its temporary file is named after it, so that its job can sweep it.

    Raises:
        StorageError: If the disk refuses; what was there before is untouched.
    """
    part = path.with_name(path.name + PART)
    with disk_errors(path.parent):
        try:
            with open(part, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def write_answer(path: Path, data: bytes, cost_usd: float, paid: str = "") -> Answer:
    """Keep an answer.

    Args:
        path: Where.
        data: As it came.
        cost_usd: What it cost, in US dollars.
        paid: Id of the mark that it comes in place of; both stand for one cost.

    Raises:
        StorageError: If the disk refuses.
    """
    answer = Answer(path, paid or new_id(path), cost_usd, data)
    head = {"id": answer.id, "cost_usd": cost_usd, "bytes": len(data)}
    write_durably(path, json.dumps(head).encode() + b"\n" + data)
    return answer


def read_answer(path: Path) -> Answer | None:
    """Read an answer; None where there is none that is whole."""
    try:
        head, _, data = path.read_bytes().partition(b"\n")
        told = json.loads(head)
        answer = Answer(path, str(told["id"]), float(told["cost_usd"]), data)
        return answer if len(data) == told["bytes"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def answers_of(folder: Path, work: str = "") -> tuple[Answer, ...]:
    """Read the answers in a folder, or those of one piece of work: ``<job>.<piece of work>``."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    chosen = [path for path in paths if not work or path.name.startswith(f"{work}.")]
    return tuple(answer for path in chosen if (answer := read_answer(path)) is not None)
