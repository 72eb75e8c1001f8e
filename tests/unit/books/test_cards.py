"""Cards of many books: read again only when their files changed, searched, and given page by page."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from storymaker.books import cards
from storymaker.books.cards import CardReader, matches_search, place_of, select_page
from storymaker.books.folder import BookCard, read_data
from storymaker.books.model import Book, Brief
from storymaker.books.shelf import Shelf
from storymaker.errors import DamagedBookError, InvalidInputError


def age(shelf: Shelf) -> None:
    """Make all files of a shelf look an hour old."""
    for file in shelf.root.rglob("book.json"):
        os.utime(file, (time.time() - 3600,) * 2)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the folders whose book was read for a card."""
    names: list[str] = []

    def counted(folder: Path) -> dict[str, object]:
        names.append(folder.name)
        return read_data(folder)

    monkeypatch.setattr("storymaker.books.cards.read_data", counted)
    return names


def test_a_second_listing_reads_only_what_changed(shelf: Shelf, book: Book, reads: list[str]) -> None:
    """On the shelf and in the trash; a save by another process is seen at once."""
    other, third = (shelf.create(Brief(title=title), ()) for title in ("Two", "Three"))
    shelf.delete(third.id)
    age(shelf)
    first = shelf.list(), shelf.trash()
    assert len(reads) == 3
    assert (shelf.list(), shelf.trash()) == first
    assert len(reads) == 3
    Shelf(shelf.root).update(other.id, lambda old: old.model_copy(update={"title": "Zwei"}))
    assert {card.title for card in shelf.list().books} == {"Zwei", "Bramble and the Sea"}
    assert reads[3:] == [shelf.folder(other.id).name]


def test_a_file_that_was_just_written_is_read_each_time(shelf: Shelf, book: Book, reads: list[str]) -> None:
    """Within one tick of the disk's clock it may change without showing it."""
    shelf.list()
    shelf.list()
    assert len(reads) == 2


def test_a_backup_put_back_is_seen(shelf: Shelf, book: Book) -> None:
    """Also one of the same size whose time was kept."""
    age(shelf)
    file = shelf.folder(book.id) / "book.json"
    before = file.stat()
    (old,) = shelf.list().books
    file.write_text(file.read_text().replace("Bramble and the Sea", "Bramble and the Tea"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    (new,) = shelf.list().books
    assert (old.title, new.title) == ("Bramble and the Sea", "Bramble and the Tea")


def test_what_is_gone_or_damaged_is_not_remembered(shelf: Shelf, book: Book) -> None:
    """A card outlives neither its folder nor its file."""
    age(shelf)
    reader = CardReader()
    folder = shelf.folder(book.id)
    reader.read(folder)
    assert reader._known
    (folder / "book.json").write_text("{")
    with pytest.raises(DamagedBookError):
        reader.read(folder)
    reader.forget_others(())
    assert not reader._known


def test_a_shelf_remembers_so_many_cards(shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond is read each time, and is there like the others."""
    monkeypatch.setattr(cards, "_KEPT", 1)
    shelf.create(Brief(title="Two"), ())
    age(shelf)
    assert len(shelf.list().books) == len(shelf.list().books) == 2
    assert len(shelf._cards._known) == 1


def test_threads_may_list_at_once(shelf: Shelf, book: Book) -> None:
    """Each sees a whole shelf while books come and go."""
    age(shelf)
    seen: list[int] = []

    def look() -> None:
        seen.extend(len(shelf.list().books) for _ in range(20))

    hands = [threading.Thread(target=look) for _ in range(4)]
    for hand in hands:
        hand.start()
    for n in range(10):
        shelf.create(Brief(title=f"More {n}"), ())
    for hand in hands:
        hand.join()
    assert len(seen) == 80 and all(1 <= count <= 11 for count in seen)


# Pages


def card(n: int, **more: object) -> BookCard:
    """A card of a book that was changed in minute ``n``."""
    plain = BookCard(
        id=f"id{n}", folder=Path(f"/shelf/b-id{n}"), title=f"Part {n}", hero="Bramble", age_band="3-4", version=1,
        updated=f"2026-01-01T00:{n:02}:00Z", chapters=0, done=0, total=1, cover=None,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def on_shelf(*found: BookCard) -> list[BookCard]:
    """These cards in the order of a shelf."""
    return sorted(found, key=place_of, reverse=True)


def test_pages_give_each_card_once() -> None:
    """In the order of the shelf, whatever the size of a page, also where two books have one time and one id."""
    shelf = on_shelf(*map(card, range(7)), card(3, folder=Path("/shelf/copy of 3")))
    for limit in (1, 2, 3, 8, 9):
        seen: list[BookCard] = []
        after: str | None = ""
        while after is not None:
            page = select_page(shelf, limit, after)
            assert page.total == 8 and len(page.cards) <= limit
            seen += page.cards
            after = page.following
        assert seen == shelf
    assert select_page([], 5).following is None


def test_a_page_goes_on_where_the_one_before_ended_though_books_changed() -> None:
    """The one it ended at is gone, another was changed and stands in front, one is new: nothing is skipped or twice."""
    shelf = on_shelf(*map(card, range(6)))
    first = select_page(shelf, 3)
    later = on_shelf(card(2), card(1), card(0), card(4, updated="2026-02-01"), card(9))
    assert [found.id for found in select_page(later, 3, first.following or "").cards] == ["id2", "id1", "id0"]


@pytest.mark.parametrize("cursor", ["x", "!!", "W10", "WzEsMiwzXQ", "eyJhIjogMX0", "ä", "A" * 2000, "W1tb" * 500])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    """In a sentence that says what to do."""
    with pytest.raises(InvalidInputError, match="from the beginning"):
        select_page([card(1)], 3, cursor)


def test_a_cursor_keeps_any_name() -> None:
    """Umlauts, and what a disk had that is no text."""
    odd = on_shelf(*(card(n, folder=Path(f"/shelf/Bär \udcff {n}")) for n in range(3)))
    page = select_page(odd, 1)
    assert select_page(odd, 2, page.following or "").cards == tuple(odd[1:])


@pytest.mark.parametrize(
    ("search", "found"),
    [("", True), ("  ", True), ("sea", True), ("BRAM sea", True), ("sea bram", True), ("moon", False), ("sea moon", False),
     ("deja", True), ("DÉJÀ", True), ("stra\u00dfe", True), ("strasse", True), ("e sea\n", True)],
)  # fmt: skip
def test_a_search_finds_words_in_title_and_hero(search: str, found: bool) -> None:
    """All of them, in any order, without regard to capitals and accents."""
    assert matches_search(search, "The Sea, déjà vu, Straße", "Bramble") is found


def test_a_search_is_paged_and_counted() -> None:
    """The total is of what was found."""
    shelf = on_shelf(*map(card, range(6)), card(7, title="The Moon"), card(8, hero="Moonlight"))
    page = select_page(shelf, 1, search="moon")
    assert (page.total, [found.id for found in page.cards]) == (2, ["id8"])
    rest = select_page(shelf, 5, page.following or "", "moon")
    assert (rest.total, [found.id for found in rest.cards], rest.following) == (2, ["id7"], None)
