"""The shelf as the page shows it: covers that open their books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from storymaker.contract.values import CardOut, Trouble
from storymaker.studio.control import Control, Event
from storymaker.studio.guard import Guard

Id = Annotated[str, Field(max_length=64)]


class Opened(Event):
    """A book was chosen."""

    type: Literal["open"]
    id: Id


class Copied(Event):
    """A copy of a book is wanted."""

    type: Literal["copy"]
    id: Id


class Deleted(Event):
    """A book is to go into the trash."""

    type: Literal["delete"]
    id: Id


class Restored(Event):
    """A book is to come out of the trash."""

    type: Literal["restore"]
    id: Id


class Purged(Event):
    """A book in the trash is to be gone for good."""

    type: Literal["purge"]
    id: Id


Happening = Opened | Copied | Deleted | Restored | Purged


class Shelf(Control[Happening]):
    """Covers in a row.

    Args:
        guard: Where what happens is done.
        on_event: Called when a book is opened, copied, deleted, put back, or deleted for good.
    """

    script = "shelf.js"
    events = TypeAdapter(Annotated[Happening, Field(discriminator="type")])

    def __init__(self, guard: Guard, on_event: Callable[[Happening], None]) -> None:
        self._books: list[dict[str, Any]] = []
        self._problems: list[dict[str, str]] = []
        self._trash: list[dict[str, str]] = []
        super().__init__(guard, on_event)

    def show(
        self, cards: Sequence[tuple[CardOut, str]], problems: Sequence[Trouble], trash: Sequence[CardOut] = ()
    ) -> None:
        """Show these.

        Args:
            cards: Books, and where their covers are; empty where there is none.
            problems: Folders that hold no readable book.
            trash: Books that can be put back.
        """
        self._books = [_shown(card, cover) for card, cover in cards]
        self._problems = [{"reason": trouble.reason} for trouble in problems]
        self._trash = [{"id": card.id, "title": title_of(card)} for card in trash]
        self.greet()

    def greet(self) -> None:
        """Tell a view what stands on the shelf."""
        self.tell("books", books=self._books, problems=self._problems, trash=self._trash)


def title_of(card: CardOut) -> str:
    """What a book is called, also before its story has named it."""
    return card.title or f"A story about {card.hero}"


def _shown(card: CardOut, cover: str) -> dict[str, Any]:
    return {
        "id": card.id, "title": title_of(card), "line": _line(card), "cover": cover, "done": card.done, "of": card.chapters,
    }  # fmt: skip


def _line(card: CardOut) -> str:
    if not card.chapters:
        return "Just begun"
    ages = f"Ages {card.age_band.replace('-', '–')}"
    if card.done >= card.chapters:
        return f"{ages} · all pictures there"
    return f"{ages} · {card.done} of {card.chapters} pictures"
