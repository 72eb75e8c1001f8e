"""The shelf as the page shows it: covers that open their books, as many as are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from storymaker.contract.values import BookOut, CardOut, ShelfOut
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


class Searched(Event):
    """Somebody types what they look for."""

    type: Literal["search"]
    text: Annotated[str, Field(max_length=200)]


class More(Event):
    """The end of what is shown comes into view, on the shelf or in the trash."""

    type: Literal["more"]
    of: Literal["shelf", "trash"]
    after: Annotated[str, Field(max_length=2000)]
    search: Annotated[str, Field(max_length=200)]


Happening = Opened | Copied | Deleted | Restored | Purged | Searched | More


class Shelf(Control[Happening]):
    """Covers in a row: the first of them, and more when a browser asks.

    A browser keeps what it has shown; here is only the beginning, for a view that comes anew.

    Args:
        guard: Where what happens is done.
        on_event: Called when a book is opened, copied, deleted, put back, deleted for good, or looked for.
    """

    script = "shelf.js"
    events = TypeAdapter(Annotated[Happening, Field(discriminator="type")])

    def __init__(self, guard: Guard, on_event: Callable[[Happening], None]) -> None:
        self._beginning: dict[str, Any] = {}
        super().__init__(guard, on_event)

    def show(self, shelf: ShelfOut, covers: Sequence[str], trash: ShelfOut, search: str = "") -> None:
        """Show a shelf from its beginning; what a browser shows beyond it stays.

        Args:
            shelf: The first books.
            covers: Where their covers are; empty where there is none.
            trash: The first books that can be put back.
            search: What was searched for.
        """
        self._beginning = {
            **_part(shelf, covers), "search": search, "problems": [{"reason": trouble.reason} for trouble in shelf.problems],
            "trash": _thrown(trash), "thrown": trash.total, "thrownNext": trash.next,
        }  # fmt: skip
        self.greet()

    def greet(self) -> None:
        """Tell a view what stands on the shelf."""
        if self._beginning:
            self.tell("books", **self._beginning)

    def show_more(self, asked: More, shelf: ShelfOut, covers: Sequence[str]) -> None:
        """Show what follows on the shelf; a view that did not ask for it passes it over."""
        self.tell("more", after=asked.after, search=asked.search, **_part(shelf, covers))

    def show_more_trash(self, asked: More, trash: ShelfOut) -> None:
        """Show what follows in the trash."""
        self.tell("thrown", after=asked.after, trash=_thrown(trash), next=trash.next)

    def take_away(self, book_id: str) -> None:
        """Show a book no more, wherever in the shelf it stands."""
        self.tell("gone", id=book_id)

    def put_back(self, card: CardOut, cover: str) -> None:
        """Show a book in its place again, where that is in what is shown."""
        self.tell("back", book=_shown(card, cover))


def card_of(book: BookOut) -> CardOut:
    """What the shelf shows of a book."""
    picture = book.cover.picture
    return CardOut(
        id=book.id, title=book.title, hero=book.heroes[0].name if book.heroes else "", age_band=book.brief.age_band,
        version=book.version, updated=book.model_dump(mode="json", include={"updated"})["updated"],
        chapters=len(book.chapters), done=book.done, total=book.total,
        cover=picture.file if picture and not picture.veiled else None,
    )  # fmt: skip


def title_of(card: CardOut) -> str:
    """What a book is called, also before its story has named it."""
    return card.title or f"A story about {card.hero}"


def _part(shelf: ShelfOut, covers: Sequence[str]) -> dict[str, Any]:
    books = [_shown(card, cover) for card, cover in zip(shelf.books, covers, strict=True)]
    return {"books": books, "total": shelf.total, "next": shelf.next}


def _thrown(trash: ShelfOut) -> list[dict[str, str]]:
    return [{"id": card.id, "title": title_of(card)} for card in trash.books]


def _shown(card: CardOut, cover: str) -> dict[str, Any]:
    """A book for the browser; by ``at`` it knows which of two comes first."""
    return {
        "id": card.id, "at": f"{card.updated} {card.id}", "title": title_of(card), "line": _line(card), "cover": cover,
        "done": card.done, "of": card.total,
    }  # fmt: skip


def _line(card: CardOut) -> str:
    if not card.chapters:
        return "Just begun"
    ages = f"Ages {card.age_band.replace('-', '–')}"
    if card.done >= card.total:
        return f"{ages} · all pictures there"
    return f"{ages} · {card.done} of {card.total} pictures"
