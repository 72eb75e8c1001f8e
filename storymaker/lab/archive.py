"""What trials brought, kept by content: a card for each, the book it speaks of, and what people thought of it.

::

    STORYMAKER_HOME/lab/
      shelf/                a book for each trial, and the plushies' cut-outs
      trials/<key>.json     which book, what it cost, how long it took
      ratings/<key>.json    1 to 5, with a note
      jobs.sqlite
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import from_json

from storymaker.books.checking import checked
from storymaker.books.files import make_folder, remove_folder, write_file
from storymaker.books.model import Book, Chapter, Text
from storymaker.books.shelf import Shelf
from storymaker.books.values import Value
from storymaker.errors import InvalidInputError, NotFoundError, StorymakerError
from storymaker.lab.trials import Trial
from storymaker.settings import private_folder
from storymaker.text import now

FOLDER: Final = "lab"
"""In STORYMAKER_HOME."""

V = TypeVar("V", bound=Value)
_NOT_KEPT: Final = "That has no result to rate: it failed, or was cleared away. Please run it first."


class Card(Value):
    """What is known of a trial besides its book.

    Attributes:
        key: The trial's whole key.
        book_id: The book on the lab's shelf.
        cost_usd: What it cost, in US dollars.
        seconds: How long its jobs worked.
        likeness: How much of the hero is in each page's picture, 0–1; None where nobody could tell.
        made: When.
    """

    key: str
    book_id: str
    cost_usd: float
    seconds: float
    likeness: Mapping[int, float | None] = Field(default_factory=dict)
    made: datetime = Field(default_factory=now)


class Rating(Value):
    """What somebody thought of a result.

    Attributes:
        stars: 1 to 5.
        note: Why.
        of: The book it was said of: a result that was made anew is not rated yet.
        said: When.
    """

    stars: Annotated[int, Field(ge=1, le=5)]
    note: Text = ""
    of: str = ""
    said: datetime = Field(default_factory=now)

    def __repr__(self) -> str:
        return f"{self.stars} of 5{f': {self.note}' if self.note else ''}"


class Archive:
    """The lab's folder.

    Args:
        home: STORYMAKER_HOME.
    """

    def __init__(self, home: Path) -> None:
        self.folder = private_folder(private_folder(home.expanduser()) / FOLDER)
        self.shelf = Shelf(self.folder / "shelf")

    def find(self, trial: Trial) -> tuple[Card, Book] | None:
        """The result of a trial that was made before and is whole; what is damaged is cleared away, to be made anew."""
        card = _read(Card, self._card(trial.key))
        if card is None:
            return None
        with contextlib.suppress(StorymakerError):
            book = self.shelf.open(card.book_id)
            if card.key == trial.key and self._whole(book, trial):
                return card, book
        self.drop(card.book_id)
        self._card(trial.key).unlink(missing_ok=True)
        return None

    def save(self, card: Card) -> None:
        """Keep a result, under its key.

        Raises:
            StorageError: If the disk refuses.
        """
        make_folder(self._card(card.key).parent)
        write_file(self._card(card.key), card.model_dump_json(indent=1).encode())

    def drop(self, book_id: str) -> None:
        """Remove a book that brought nothing."""
        with contextlib.suppress(StorymakerError):
            remove_folder(self.shelf.folder(book_id))

    def clear(self) -> None:
        """Forget all results and ratings, with their pictures and the plushies' cut-outs; kept prompts stay.

        Raises:
            StorageError: If something cannot be removed.
        """
        for name in ("trials", "ratings", "shelf"):
            remove_folder(self.folder / name)

    def rate(self, key: str, stars: int, note: str) -> Rating:
        """Keep what somebody thought of a result.

        Raises:
            InvalidInputError: If it is not 1 to 5.
            NotFoundError: If there is no such result.
            StorageError: If the disk refuses.
        """
        card = _read(Card, self._card(key))
        if card is None:
            raise NotFoundError(_NOT_KEPT)
        if not isinstance(stars, int) or not 1 <= stars <= 5:
            raise InvalidInputError(f"A rating is a whole number from 1 to 5, and {stars} is none.")
        rating = checked(Rating, stars=stars, note=note, of=card.book_id)
        make_folder(self._rating(key).parent)
        write_file(self._rating(key), rating.model_dump_json(indent=1).encode())
        return rating

    def rating(self, key: str, book_id: str) -> Rating | None:
        """What was said of just this result; a damaged note counts as none."""
        rating = _read(Rating, self._rating(key))
        return rating if rating is not None and rating.of == book_id else None

    def _card(self, key: str) -> Path:
        return self.folder / "trials" / f"{key}.json"

    def _rating(self, key: str) -> Path:
        return self.folder / "ratings" / f"{key}.json"

    def _whole(self, book: Book, trial: Trial) -> bool:
        if trial.variant.role == "words":
            return book.drafted and bool(book.chapters)
        drawn = {page.n: page for page in book.pages}
        return all(self._drawn(book, drawn.get(page.n)) for page in trial.pages)

    def _drawn(self, book: Book, page: Chapter | None) -> bool:
        """Whether a page's picture is there: its name says what must be in it."""
        if page is None or page.picture is None:
            return False
        try:
            data = self.shelf.picture_path(book, page.picture).read_bytes()
        except OSError:
            return False
        return hashlib.sha256(data).hexdigest().startswith(page.picture.file.removesuffix(".png"))


def _read(kind: type[V], path: Path) -> V | None:
    try:
        return kind.model_validate(from_json(path.read_bytes(), allow_inf_nan=False))
    except (OSError, ValueError, ValidationError):
        return None
