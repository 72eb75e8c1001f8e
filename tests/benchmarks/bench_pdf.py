"""The PDF of a finished book, first and again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from storymaker.settings import load_settings
from storymaker.workshop import Workshop
from tests.benchmarks.measure import Figure, seconds


def figures() -> list[Figure]:
    """Of a drawn ten-chapter book: the first export, the same again, and again after one word changed."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(books=Path(folder) / "books", home=Path(folder) / "home")
        with Workshop(settings=settings) as workshop:
            book = workshop.make("Pip", seed=1, arc="yawn")
            first = seconds(lambda: workshop.export(book.id))
            again = seconds(lambda: workshop.export(book.id), 3)
            return [Figure("PDF, first time", first, 1.5), Figure("PDF, again", again, 0.5)]
