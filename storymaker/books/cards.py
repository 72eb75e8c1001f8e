"""Cards of many books: each read once for as long as its file is the same, searched, and given page by page."""

from __future__ import annotations

import json
import time
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storymaker.books.folder import BookCard, card_of, read_data
from storymaker.errors import InvalidInputError

Stamp = tuple[int, int, int, int]
Place = tuple[str, str, str]

PAGE_MAX: Final = 1000
"""Cards that are given at once, at most."""
_KEPT: Final = 20_000
"""Cards that one shelf remembers, at most."""
_SETTLED_NS: Final = 2_000_000_000
"""A file older than this cannot change again within one tick of its disk's clock; the coarsest, FAT's, ticks every two seconds."""


@dataclass(frozen=True)
class CardPage:
    """A part of a shelf.

    Attributes:
        cards: The cards, in the order of the shelf.
        total: How many there are with those before and after.
        following: Where the next part begins; None after the last.
    """

    cards: tuple[BookCard, ...]
    total: int
    following: str | None


class CardReader:
    """Reads cards of the books in one folder, and remembers those whose files stay the same; several threads may use it at once.

    Args:
        now_ns: Tells the time by which files are stamped, in nanoseconds.
    """

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._known: dict[str, tuple[Stamp, BookCard]] = {}

    def read(self, folder: Path) -> BookCard:
        """Read the card of the book in a folder.

        Raises:
            DamagedBookError: If there is no readable book.
        """
        stamp = file_stamp(folder / "book.json")  # taken first: a save in between is seen next time
        known = self._known.get(folder.name)
        if known is not None and known[0] == stamp:
            return known[1]
        card = card_of(folder, read_data(folder))
        if stamp is not None and self._is_settled(stamp) and len(self._known) < _KEPT:
            self._known[folder.name] = stamp, card
        return card

    def forget_others(self, folders: Iterable[Path]) -> None:
        """Forget all cards but those of these folders."""
        known = self._known
        self._known = {folder.name: known[folder.name] for folder in folders if folder.name in known}

    def _is_settled(self, stamp: Stamp) -> bool:
        """Whether a later change is sure to show: two within one tick of the disk's clock may look the same."""
        return abs(self._now_ns() - stamp[1]) > _SETTLED_NS


def file_stamp(file: Path) -> Stamp | None:
    """What changes with every save of a file; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


def place_of(card: BookCard) -> Place:
    """Where a card stands on the shelf: the latest first, and never two at one place."""
    return card.updated, card.id, card.folder.name


def select_page(cards: Sequence[BookCard], limit: int = PAGE_MAX, after: str = "", search: str = "") -> CardPage:
    """Take a part of a shelf. A book that is changed, made or deleted meanwhile moves no other from one part to the next.

    Args:
        cards: All, sorted by ``place_of``, the latest first.
        limit: How many at most.
        after: Where the part before ended: its ``following``; empty begins.
        search: Words that must all be in title or hero.

    Raises:
        InvalidInputError: If ``after`` is no place on a shelf.
    """
    found = [card for card in cards if matches_search(search, card.title, card.hero)] if search.strip() else cards
    start = len(found) - bisect_left(found[::-1], _parse_cursor(after), key=place_of) if after else 0
    part = tuple(found[start : start + limit])
    more = start + limit < len(found)
    return CardPage(part, len(found), _cursor(place_of(part[-1])) if part and more else None)


def matches_search(search: str, *texts: str) -> bool:
    """Whether every word of a search is somewhere in these texts; capitals and accents do not count."""
    heap = _folded("\n".join(texts))
    return all(word in heap for word in _folded(search).split())


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _parse_cursor(cursor: str) -> Place:
    try:
        place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        updated, book_id, folder = place
    except (ValueError, TypeError, RecursionError):
        place = None
    if not isinstance(place, list) or not all(isinstance(part, str) for part in place):
        raise InvalidInputError(
            "This place on the shelf is not known. Please look from the beginning again.", code="cursor"
        )
    return updated, book_id, folder
