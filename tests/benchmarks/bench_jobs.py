"""What the jobs themselves cost: a book by an author and an illustrator that only sleep."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from storymaker.books.model import Brief, Character
from storymaker.settings import load_settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop
from tests.benchmarks.measure import Figure


def figures() -> list[Figure]:
    """Nothing to do, and 1 s of writing with 10 s a picture, ten at once; the process is up already."""
    return [
        Figure("book overhead, 0 s author and illustrator", min(_book(0, 0) for _ in range(3)), 0.8),
        Figure("book, 1 s author, 10 s illustrator, ten at once", _book(1, 10), 11.8),
    ]


def _book(author_seconds: float, picture_seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(books=Path(folder) / "books", home=Path(folder) / "home")
        author, illustrator = ScriptedAuthor(seconds=author_seconds), PlainIllustrator(seconds=picture_seconds)
        illustrator.at_once = 11  # ten chapters and the cover
        with Workshop(settings=settings, authors={"a": author}, illustrators={"i": illustrator}) as workshop:
            workshop.start_worker()
            hero = workshop.shelf.cast.save(Character(name="Bramble"))
            began = time.perf_counter()
            book = workshop.begin(Brief(title="Asleep", author="a", illustrator="i"), (hero,))
            workshop.draft(book.id, draw=True)
            workshop.wait(book.id)
            took = time.perf_counter() - began
            if not workshop.shelf.open(book.id).complete:
                raise RuntimeError("the book is not complete")
            return took
