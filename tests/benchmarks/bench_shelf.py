"""A shelf of a thousand books, and what a save costs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from storymaker.books.edits import Edit, add_chapter
from storymaker.books.model import Brief, Character
from storymaker.books.shelf import Shelf
from tests.benchmarks.measure import Figure, seconds

COUNT = 1000


def figures() -> list[Figure]:
    """List 1,000 full books, and again; open one; save one edit."""
    root = Path(tempfile.mkdtemp())
    try:
        shelf = Shelf(root)
        book = shelf.create(Brief(title="Bramble and the Sea"), (Character(name="Bramble"),))
        for n in range(10):
            long: dict[str, Any] = {"title": f"Part {n}", "text": "A sentence. " * 60, "image_prompt": "x" * 400}
            shelf.update(book.id, partial(add_chapter, **long))
        source = shelf.folder(book.id)
        data = json.loads((source / "book.json").read_text())
        for n in range(COUNT - 1):
            folder = root / f"copy-c{n:07d}"
            folder.mkdir()
            (folder / "book.json").write_text(json.dumps(data | {"id": f"c{n:07d}"}))
            os.utime(folder / "book.json", (0, 0))  # a card of a file that was just written is not kept
        chapter = shelf.open(book.id).chapters[0].id
        texts = iter(f"Text {n}." for n in range(1000))
        return [
            Figure("list 1,000 books", seconds(lambda: Shelf(root).list(), 3) * 1000, 1000, "ms"),
            Figure("list them again", seconds(shelf.list, 3) * 1000, None, "ms"),
            Figure("open a book", seconds(lambda: shelf.open(book.id), 10) * 1000, None, "ms"),
            Figure(
                "save an edit",
                seconds(lambda: shelf.edit(book.id, Edit("text", next(texts), chapter)), 20) * 1000,
                50,
                "ms",
            ),
        ]
    finally:
        shutil.rmtree(root)
