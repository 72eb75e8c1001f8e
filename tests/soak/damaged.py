"""Forty ways a book's folder can be damaged: each is named, costs no other book, and loses nothing."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storymaker.books.edits import Edit, add_chapter
from storymaker.books.folder import read_book
from storymaker.books.model import Book, Brief, Character, Picture
from storymaker.books.shelf import Shelf
from storymaker.errors import StorymakerError
from storymaker.testing import drawn_file

Damage = Callable[[Path], object]


def run(count: int) -> dict[str, int]:
    """Do each damage to a book of its own on a shelf with a whole one.

    Args:
        count: How many rounds through all cases, each a shelf of its own.

    Returns:
        Faults by name, and how many cases there were.
    """
    found: Counter[str] = Counter(
        {"cases": 0, "tracebacks": 0, "unsaid": 0, "whole books lost": 0, "files lost": 0, "left over": 0}
    )
    for _ in range(max(1, count // len(CASES))):
        for damage in CASES.values():
            with TemporaryDirectory() as root:
                _look(Shelf(Path(root) / "books"), damage, found)
    return dict(found)


def _look(shelf: Shelf, damage: Damage, found: Counter[str]) -> None:
    whole, hurt = _book(shelf, "Whole"), _book(shelf, "Hurt")
    folder = shelf.folder(hurt.id)
    damage(folder)
    before = _files(shelf.root)
    found["cases"] += 1
    said: list[str] = []
    for act in (
        lambda: shelf.open(hurt.id),
        lambda: said.extend(sentence for _, sentence in shelf.list().problems),
        lambda: said.extend(shelf.faults(shelf.open(hurt.id)).values()),
        lambda: shelf.history(hurt.id),
        lambda: shelf.pictures(hurt.id, hurt.chapters[0].id),
        lambda: shelf.wordings(hurt.id, hurt.chapters[0].id),
        lambda: shelf.copy(hurt.id),
        lambda: shelf.undo(hurt.id),
        lambda: shelf.edit(hurt.id, Edit("dedication", "For Anna", None)),
        lambda: shelf.rescue(hurt.id),
        lambda: shelf.delete(hurt.id),
        lambda: shelf.restore(hurt.id),
    ):
        try:
            act()
        except StorymakerError as error:
            said.append(error.message)
        except Exception:  # noqa: BLE001 - what is looked for
            found["tracebacks"] += 1
    found["unsaid"] += not said
    found["whole books lost"] += shelf.open(whole.id) != whole
    kept = set(_files(shelf.root).values())
    pictures = {data for path, data in before.items() if path.suffix == ".png"}
    found["files lost"] += len(pictures - kept)
    found["left over"] += sum(path.name.startswith(".new-") for path in shelf.root.rglob("*"))


def _files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _book(shelf: Shelf, title: str) -> Book:
    book = shelf.create(Brief(title=title), (Character(name="Bramble"),))
    for n in (1, 2):
        words: dict[str, Any] = {"title": f"Part {n}", "text": f"Text {n}."}
        book = shelf.update(book.id, partial(add_chapter, **words), what="story")
        page = book.chapters[-1]
        picture = Picture(file=f"{n:032x}.png", illustrator="plain", seed=n, width=8, height=8, tells=page.fingerprint)
        book = shelf.attach(book.id, page.id, drawn_file(shelf.workdir(book.id), n), picture)
    return shelf.edit(book.id, Edit("text", "Told anew.", book.chapters[0].id))


def _json(**changed: object) -> Damage:
    def damage(folder: Path) -> None:
        file = folder / "book.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | changed))

    return damage


def _without(name: str) -> Damage:
    def damage(folder: Path) -> None:
        file = folder / "book.json"
        file.write_text(json.dumps({key: value for key, value in json.loads(file.read_text()).items() if key != name}))

    return damage


def _wrote(name: str, data: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(data)


def _torn(name: str, keep: float) -> Damage:
    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * keep)])

    return damage


def _gone(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (shutil.rmtree if (folder / name).is_dir() else Path.unlink)(folder / name)

    return damage


def _folder(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name / "in it").mkdir(parents=True)

    return damage


def _twice(name: str) -> Damage:
    return lambda folder: shutil.copytree(folder, folder.with_name(name.format(folder.name)))


def _line(entry: bytes) -> Damage:
    """A journal whose latest entry is this."""

    def damage(folder: Path) -> None:
        *lines, _ = (folder / "history.jsonl").read_bytes().splitlines()
        book = read_book(folder)
        told = entry.replace(b"VERSION", str(book.version).encode()).replace(b"PAGE", book.chapters[0].id.encode())
        (folder / "history.jsonl").write_bytes(b"\n".join((*lines, told)) + b"\n")

    return damage


def _lock(folder: Path) -> None:
    lock = folder.parent / ".locks" / f"{folder.name.rpartition('-')[2]}.lock"
    lock.unlink()
    (lock / "in it").mkdir(parents=True)


_ENTRY = b'{"version": VERSION, "at": "2026-01-01T00:00:00Z", "what": "edit", "changes": %s}'
_PNG = f"images/{1:032x}.png"

_SCHEMAS: tuple[object, ...] = (True, 1.0, 1.5, "1", 0, -1, 2, 10**30, None, [])

CASES: dict[str, Damage] = {
    **{f"book.json kept to {keep:.0%}": _torn("book.json", keep) for keep in (0, 0.01, 0.3, 0.9, 0.99)},
    **{f"schema {value!r}": _json(schema=value) for value in _SCHEMAS},
    **{f"no {name}": _without(name) for name in ("schema", "id", "version", "cover")},
    **{f"{name} of nonsense": _json(**{name: [7]}) for name in ("id", "version", "cover", "chapters", "heroes")},
    "book.json is a folder": _folder("book.json"),
    "book.json is gone": _gone("book.json"),
    "book.json is binary": _wrote("book.json", bytes(range(256)) * 4),
    "book.json is too deep": _wrote("book.json", b"[" * 100_000),
    "history is gone": _gone("history.jsonl"),
    "history is a folder": _folder("history.jsonl"),
    "history is torn": _torn("history.jsonl", 0.5),
    "history of a picture that is none": _line(
        _ENTRY % b'[{"page": "PAGE", "field": "picture", "before": 7, "after": 7}]'
    ),
    "history of a chapter that is none": _line(_ENTRY % b'[{"page": "x", "field": "chapter", "before": 7}]'),
    "a picture is gone": _gone(_PNG),
    "a picture is torn": _torn(_PNG, 0.7),
    "a picture is empty": _wrote(_PNG, b""),
    "all pictures are gone": _gone("images"),
    "a copy": _twice("copy"),
    "a copy of our form": _twice("other-aaaa2222"),
    "a lock that is a folder": _lock,
}
