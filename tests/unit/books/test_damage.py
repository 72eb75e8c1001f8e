"""Books in a damaged state: what is wrong is named, what passes is not called damaged, and nothing is lost by advice."""

from __future__ import annotations

import errno
import json
from functools import partial
from pathlib import Path

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import Edit, add_chapter, delete_chapter, move_chapter
from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.errors import DamagedBookError, InvalidInputError, NotFoundError, StorageError
from tests.unit.books.test_shelf import hang


@pytest.mark.parametrize("code", [errno.EIO, errno.EMFILE, errno.EACCES, errno.ESTALE])
def test_a_passing_read_error_is_no_damage(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """It says “try again”, and never “restore a backup”, in the list too; then it opens."""
    real = Path.read_bytes

    def fail(path: Path) -> bytes:
        if path.name in ("book.json", "character.json"):
            raise OSError(code, "Not now")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fail)
        for act in (lambda: shelf.open(book.id), lambda: shelf.cast.open(book.heroes[0].id)):
            with pytest.raises(StorageError, match=r"could not be read just now.*try again") as caught:
                act()
            assert caught.value.code == "unread" and not isinstance(caught.value, DamagedBookError)
        ((_, sentence),) = shelf.list().problems
        assert "just now" in sentence and "backup" not in sentence
    assert shelf.open(book.id) == book


@pytest.mark.parametrize("schema", [True, False, 1.5, 2.0, "1", "x", 0, -1, None, [1], {}])
def test_an_odd_schema_number_is_damage(shelf: Shelf, book: Book, schema: object) -> None:
    """No newer Storymaker wrote that, and updating would not help."""
    said = _with_schema(shelf, book, schema)
    assert "“schema” in its book.json should be 1" in said and "newer" not in said


@pytest.mark.parametrize("schema", [2, 10**30])
def test_a_newer_schema_asks_for_an_update(shelf: Shelf, book: Book, schema: int) -> None:
    """However far it is ahead."""
    assert "newer Storymaker" in _with_schema(shelf, book, schema)
    with pytest.raises(DamagedBookError, match="newer"):
        shelf.rescue(book.id)


def _with_schema(shelf: Shelf, book: Book, schema: object) -> str:
    file = shelf.folder(book.id) / "book.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": schema}))
    with pytest.raises(DamagedBookError) as caught:
        shelf.open(book.id)
    return caught.value.message


def test_a_book_json_that_is_a_folder_is_said(shelf: Shelf, book: Book) -> None:
    """As what it is."""
    file = shelf.folder(book.id) / "book.json"
    file.unlink()
    file.mkdir()
    with pytest.raises(DamagedBookError, match=r"book\.json is itself a folder"):
        shelf.open(book.id)


@pytest.mark.parametrize("keep", [0, 1, 40, 200, -1])
def test_a_torn_book_says_what_is_still_there(shelf: Shelf, book: Book, keep: int) -> None:
    """Pictures, words and history are named, and the folder is to be kept; it is found by its id all the same."""
    hang(shelf, book, 1, seed=1)
    file = shelf.folder(book.id) / "book.json"
    if keep < 0:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(DamagedBookError, match=r"Still there: 1 picture, its words .*history.*storymaker rescue"):
        shelf.open(book.id)


@pytest.mark.parametrize("keep", [0, 300, -1])
def test_a_torn_book_is_rescued_from_its_history(shelf: Shelf, book: Book, keep: int) -> None:
    """As it was: words, order, pictures, heroes, what was spent, and all that can be taken back."""
    brief = Brief(title="Two", illustrator="openai", child="Anna")
    book = shelf.create(brief, book.heroes, Character(name="Otis"))
    for n in (1, 2, 3):
        book = shelf.update(book.id, partial(add_chapter, title=f"Part {n}", text=f"Text {n}."), what="story")
    hang(shelf, book, 0, seed=3)
    hang(shelf, shelf.open(book.id), 1, seed=4)
    shelf.update(book.id, partial(move_chapter, chapter_id=book.chapters[2].id, n=1))
    shelf.update(book.id, partial(delete_chapter, chapter_id=book.chapters[1].id))
    before = shelf.edit(book.id, Edit("title", "Named anew"), Edit("text", "Told anew.", book.chapters[0].id))
    folder = shelf.folder(book.id)
    file = folder / "book.json"
    if keep < 0:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:keep])
    after = shelf.rescue(book.id)
    assert after == shelf.open(book.id) == replace(before, version=before.version + 1, updated=after.updated)
    assert (folder / "book.json.damaged").exists() == (keep >= 0)
    assert shelf.undo(book.id).title == "Two"
    with pytest.raises(InvalidInputError, match="nothing to rescue"):
        shelf.rescue(book.id)


def test_an_older_book_is_rescued_as_far_as_its_history_goes(shelf: Shelf, book: Book) -> None:
    """Its first save tells nothing: heroes come from their cards; nonsense in it is passed over."""
    folder = shelf.folder(book.id)
    journal = folder / "history.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    lines[0]["changes"] = [
        {"page": None, "field": "drafts", "after": "x"},
        {"page": "gone.x", "field": "text", "after": "x"},
    ]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "characters" / "broken").mkdir()
    (folder / "characters" / "broken" / "character.json").write_text("{")
    (folder / "book.json").unlink()
    after = shelf.rescue(folder.name)
    assert (after.heroes, after.chapters, after.title) == (book.heroes, book.chapters, "")


def test_without_a_history_there_is_nothing_to_rescue_from(shelf: Shelf, book: Book) -> None:
    """It says so."""
    folder = shelf.folder(book.id)
    (folder / "book.json").write_text("{")
    (folder / "history.jsonl").unlink()
    with pytest.raises(DamagedBookError, match="keep the folder"):
        shelf.open(book.id)
    with pytest.raises(DamagedBookError, match=r"history .* is lost too"):
        shelf.rescue(book.id)


def test_a_folder_of_something_else_is_to_be_moved(shelf: Shelf, book: Book) -> None:
    """There is nothing to keep in it for us."""
    (shelf.root / "photos").mkdir()
    with pytest.raises(DamagedBookError, match=r"The folder photos holds no book\. Please move it elsewhere"):
        shelf.open("photos")


# The journal


def test_a_damaged_line_in_the_journal_costs_no_other(shelf: Shelf, book: Book) -> None:
    """It is passed over, and kept as it is: what cannot be read today may be read tomorrow."""
    for n in range(3):
        shelf.edit(book.id, Edit("text", f"Text {n}.", book.chapters[0].id))
    journal = shelf.folder(book.id) / "history.jsonl"
    lines = journal.read_bytes().split(b"\n")
    lines[2] = b'{"damaged": \x00\xff'
    journal.write_bytes(b"\n".join(lines))
    shelf.edit(book.id, Edit("text", "Later.", book.chapters[0].id))
    assert lines[2] in journal.read_bytes()
    assert [entry.version for entry in shelf.history(book.id)] == [1, 2, 4, 5, 6]


def test_a_journal_whose_last_line_lost_its_end_is_whole(shelf: Shelf, book: Book) -> None:
    """As an editor may leave it: the entry counts, and the next begins a line of its own."""
    journal = shelf.folder(book.id) / "history.jsonl"
    journal.write_bytes(journal.read_bytes().rstrip(b"\n"))
    shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id))
    assert [entry.version for entry in shelf.history(book.id)] == [1, 2, 3]


@pytest.mark.parametrize("field", ["chapter", "picture", "n", "text"])
@pytest.mark.parametrize("value", [7, "x", [1], {"id": 1}, {"file": "../x"}])
def test_a_journal_of_nonsense_is_never_a_traceback(shelf: Shelf, book: Book, field: str, value: object) -> None:
    """Whatever stands in it, history, wordings, pictures and undo answer, or refuse in a sentence."""
    page = book.chapters[0].id
    version = shelf.edit(book.id, Edit("text", "New.", page)).version
    journal = shelf.folder(book.id) / "history.jsonl"
    lines = journal.read_text().splitlines()
    last = json.loads(lines[-1])
    last["changes"] = [{"page": page, "field": field, "before": value, "after": value}]
    journal.write_text("\n".join((*lines[:-1], json.dumps(last))) + "\n")
    assert shelf.history(book.id)[-1].version == version
    assert shelf.pictures(book.id, page) == ()
    assert shelf.wordings(book.id, page)[-1].text == "New."
    try:
        shelf.undo(book.id)
    except InvalidInputError as error:
        assert error.message.endswith(".")


def test_a_lost_journal_is_said_when_something_is_to_be_taken_back(shelf: Shelf, book: Book) -> None:
    """It was not “first made” like this: the past is lost."""
    (shelf.folder(book.id) / "history.jsonl").unlink()
    with pytest.raises(InvalidInputError, match=r"history\.jsonl"):
        shelf.undo(book.id)


def test_a_journal_that_is_a_folder_is_said(shelf: Shelf, book: Book) -> None:
    """With what to do."""
    journal = shelf.folder(book.id) / "history.jsonl"
    journal.unlink()
    journal.mkdir()
    with pytest.raises(StorageError, match=r"history\.jsonl.*is a folder where a file should be"):
        shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id))


# The cast


def test_a_damaged_card_is_not_a_missing_character(shelf: Shelf, book: Book) -> None:
    """Nobody is told to add it anew: the photos are there."""
    hero = book.heroes[0]
    card = shelf.cast.folder(hero.id) / "character.json"
    card.write_text("{")
    with pytest.raises(StorageError, match=r"damaged.*photos are safe"):
        shelf.cast.open(hero.id)
    card.unlink()
    with pytest.raises(NotFoundError):
        shelf.cast.open(hero.id)
