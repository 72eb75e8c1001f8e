"""Two processes that edit one book, with undo, as fast as they can: no acknowledged save is lost, and every file is whole."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from storymaker.books.edits import Edit, add_chapter, delete_chapter
from storymaker.books.history import Entry
from storymaker.books.model import Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.errors import ConflictError, InvalidInputError, NotFoundError

WRITERS = 2
_REFUSALS = (ConflictError, InvalidInputError, NotFoundError)


def run(count: int) -> dict[str, int]:
    """Make mixed edits by two processes, and hold what they were told against what stands in the book.

    Args:
        count: How many edits in all.

    Returns:
        Faults by name, and how many edits were acknowledged.
    """
    found: Counter[str] = Counter(
        {"acknowledged": 0, "lost saves": 0, "wrong history": 0, "broken writers": 0, "left over": 0}
    )
    with TemporaryDirectory() as root:
        shelf = Shelf(Path(root) / "books")
        book = shelf.create(Brief(title="Two hands"), (Character(name="Bramble"),))
        for n in range(4):
            book = shelf.update(book.id, partial(add_chapter, title=f"Part {n}", text="0"), what="story")
        hands = [
            subprocess.Popen(
                [sys.executable, "-m", __name__, str(shelf.root), book.id, str(hand), str(count // WRITERS)],
                stdout=subprocess.PIPE,
                text=True,
            )
            for hand in range(WRITERS)
        ]
        said = [hand.communicate()[0].split() for hand in hands]
        found["broken writers"] += sum(hand.returncode != 0 for hand in hands)
        acknowledged = {token for one in said for token in one}
        found["acknowledged"] += len(acknowledged)
        entries, last = shelf.history(book.id), shelf.open(book.id)
        found["lost saves"] += len(acknowledged - _written(entries))
        found["wrong history"] += [entry.version for entry in entries] != list(range(1, last.version + 1))
        found["wrong history"] += _replayed(entries) != {page.id: page.text for page in last.chapters}
        found["left over"] += sum(path.name.startswith(".new-") for path in shelf.root.rglob("*"))
    return dict(found)


def _written(entries: tuple[Entry, ...]) -> set[str]:
    """All words that the journal says were ever written."""
    changes = [change for entry in entries for change in entry.changes]
    added = {change.after["text"] for change in changes if change.field == "chapter" and change.after}
    return added | {change.after for change in changes if change.field == "text"}


def _replayed(entries: tuple[Entry, ...]) -> dict[str, str]:
    """The words of each chapter, by what the journal says was done."""
    words: dict[str, str] = {}
    for entry in entries:
        for change in entry.changes:
            if change.field == "chapter" and change.page:
                words.pop(change.page, None)
                if change.after:
                    words[change.page] = change.after["text"]
            elif change.field == "text" and change.page in words:
                words[change.page] = change.after
    return words


def write(root: Path, book_id: str, hand: int, many: int) -> None:
    """Edit, add, delete and undo by lot; print the words of each save that was acknowledged."""
    shelf, lot = Shelf(root), random.Random(hand)
    for n in range(many):
        book = shelf.open(book_id)
        page = lot.choice(book.chapters).id
        try:
            match lot.randrange(8):
                case 0 if len(book.chapters) < 20:
                    shelf.update(book_id, partial(add_chapter, text=f"{hand}.{n}"))
                case 1 if len(book.chapters) > 3:
                    shelf.update(book_id, partial(delete_chapter, chapter_id=page))
                    continue
                case 2 | 3:
                    shelf.undo(book_id)
                    continue
                case _:
                    shelf.edit(book_id, Edit("text", f"{hand}.{n}", page))
        except _REFUSALS:
            continue
        print(f"{hand}.{n}")


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
