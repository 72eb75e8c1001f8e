"""Books are found by what their folder says, wherever that went; the same one twice is named, and never written to."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import Edit, add_chapter, delete_chapter
from storymaker.books.history import Change, Entry
from storymaker.books.locating import id_in, locations_in, shown_name
from storymaker.books.locks import lock_in, remove_locks
from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.errors import DamagedBookError, InvalidInputError, NotFoundError, StorageError
from tests.unit.books.test_shelf import hang


@pytest.mark.parametrize("name", ["My book (2)", "summer", "x-aaaa2222", "Ünïcode – Bär", "a" * 200])
def test_a_book_is_found_wherever_its_folder_was_moved(shelf: Shelf, book: Book, name: str) -> None:
    """By its id, by the new name, and for every change; what comes later works as well."""
    before = shelf.folder(book.id)
    before.rename(shelf.root / name)
    assert shelf.open(book.id) == shelf.open(name) == book
    assert shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id)).chapters[0].text == "New."
    assert shelf.edit(name, Edit("text", "Newer.", book.chapters[0].id)).chapters[0].text == "Newer."
    assert [card.id for card in shelf.list().books] == [book.id]
    shelf.delete(book.id)
    assert shelf.restore(book.id).chapters[0].text == "Newer."
    assert shelf.folder(book.id).name == name
    with pytest.raises(NotFoundError):
        shelf.open("aaaa2222")


def test_a_book_is_found_on_the_shelf_that_it_was_moved_to(shelf: Shelf, book: Book) -> None:
    """Of another family, or of another machine."""
    other = Shelf(shelf.root / "families" / "anna")
    other.cast.save(Character(name="Somebody"))
    shutil.move(shelf.folder(book.id), other.root / "a gift")
    assert other.open(book.id) == book
    with pytest.raises(NotFoundError):
        shelf.open(book.id)


@pytest.mark.parametrize("name", ["copy", "other-aaaa2222", "{} copy", "{} - Copy"])
def test_the_same_book_twice_is_named_and_neither_is_changed(shelf: Shelf, book: Book, name: str) -> None:
    """In the list, on opening and on every change, by id and by name; each can be looked at by its name."""
    folder = shelf.folder(book.id)
    copy = shelf.root / name.format(folder.name)
    shutil.copytree(folder, copy)
    both = {(folder / "book.json").read_bytes(), (copy / "book.json").read_bytes()}
    (problem,) = shelf.list().problems
    assert shelf.list().books == ()
    for sentence in (
        problem[1],
        *map(str, (refused(lambda: shelf.open(book.id)), refused(lambda: shelf.workdir(book.id)))),
    ):
        assert folder.name in sentence and copy.name in sentence and "same book" in sentence
    for ref in (book.id, folder.name, copy.name):
        assert refused(lambda ref=ref: shelf.edit(ref, Edit("title", "Painted over"))).code == "twice"  # type: ignore[misc]
    assert {(folder / "book.json").read_bytes(), (copy / "book.json").read_bytes()} == both
    assert shelf.open(copy.name) == shelf.open(folder.name) == book
    own = shelf.copy(copy.name)
    shelf.delete(copy.name)
    assert {card.id for card in shelf.list().books} == {book.id, own.id}
    assert shelf.edit(book.id, Edit("title", "Mine")).title == "Mine"
    with pytest.raises(InvalidInputError, match="already"):
        shelf.restore(copy.name)


def refused(act: Callable[[], Any]) -> DamagedBookError:
    """How it was refused."""
    with pytest.raises(DamagedBookError) as caught:
        act()
    return caught.value


def test_the_same_book_thrown_away_twice_keeps_both(shelf: Shelf, book: Book) -> None:
    """Put back from a backup under the same name, and thrown away again: the second takes another name in the trash."""
    folder = shelf.folder(book.id)
    backup = shelf.root.parent / "backup"
    shutil.copytree(folder, backup)
    first = shelf.delete(book.id)
    shutil.copytree(backup, folder)
    second = shelf.delete(book.id)
    assert first != second and first.is_dir() and second.is_dir()
    assert refused(lambda: shelf.restore(book.id)).code == "twice"
    assert shelf.restore(second.name) == book


def test_what_a_folder_holds_is_asked_anew_when_it_changes(shelf: Shelf, book: Book) -> None:
    """Another book was put in its place, or its id was changed by hand."""
    folder, other = shelf.folder(book.id), shelf.create(Brief(title="Other"), ())
    data = json.loads((folder / "book.json").read_text())
    (folder / "book.json").write_text(json.dumps(data | {"id": "zzzz9999"}))
    assert shelf.folder("zzzz9999") == folder
    with pytest.raises(NotFoundError):
        shelf.folder(book.id)
    assert shelf.folder(other.id).name == f"other-{other.id}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"schema": 1, "id": "abcd1234"', "abcd1234"),  # torn: known all the same
        ('{"title": "x", "id": "abcd1234"}', "abcd1234"),
        ('{"chapters": [{"id": "abcd1234.x"}], "id": "efgh5678"}', "efgh5678"),
        ('{"id": "../../x"}', None),
        ('{"id": 7}', None),
        ("[1]", None),
        ("{", None),
    ],
)
def test_an_id_is_what_the_whole_file_says(tmp_path: Path, text: str, found: str | None) -> None:
    """Also where somebody's editor wrote it in another order."""
    (tmp_path / "book.json").write_text(text)
    assert id_in(tmp_path) == found


def test_a_look_does_not_read_a_thousand_books(shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen before is remembered; only what is found is read again."""
    for n in range(20):
        shelf.create(Brief(title=f"Book {n}"), ())
    shelf.folder(book.id)
    read: list[Path] = []
    real = id_in

    def noted(folder: Path | str) -> str | None:
        read.append(Path(folder))
        return real(folder)

    monkeypatch.setattr("storymaker.books.locating.id_in", noted)
    shelf.folder(book.id)
    assert [folder.name for folder in read] == [f"bramble-and-the-sea-{book.id}"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no names that are no text")
def test_names_that_are_no_text_are_said_all_the_same(shelf: Shelf, book: Book) -> None:
    """A folder from another system stops no list."""
    strange = shelf.root / os.fsdecode(b"b\xff\x1b[31mook")
    strange.mkdir()
    assert shown_name(strange) == "b?[31mook"
    assert shelf.list().problems[0][0] == "b?[31mook"


# Copies


def test_a_copy_is_a_book_of_its_own(shelf: Shelf, book: Book) -> None:
    """Other ids, the same words, pictures and past; what is done to one leaves the other alone, and nothing was spent."""
    for seed in (1, 2):
        book = hang(shelf, book, 1, seed)
    shelf.edit(book.id, Edit("text", "Second telling.", book.chapters[0].id))
    book = shelf.update(book.id, lambda book: delete_chapter(book, book.chapters[2].id))
    before = {path: path.read_bytes() for path in shelf.folder(book.id).rglob("*") if path.is_file()}
    copy = shelf.copy(book.id)
    assert copy == shelf.open(copy.id) and copy.id != book.id
    assert {page.id.partition(".")[0] for page in copy.pages} == {copy.id}
    assert [page.text for page in copy.pages] == [page.text for page in book.pages]
    assert copy.spent_usd == 0.0 and copy.heroes == book.heroes
    assert [picture.seed for picture in shelf.pictures(copy.id, copy.chapters[0].id)] == [1, 2]
    assert shelf.wordings(copy.id, copy.chapters[0].id)[0].text == "Text 1."
    assert len(shelf.undo(copy.id).chapters) == 3
    assert (
        shelf.undo(copy.id, copy.chapters[0].id, "picture").chapters[0].picture
        == shelf.pictures(book.id, book.chapters[0].id)[0]
    )
    assert {path: path.read_bytes() for path in before} == before
    for picture in shelf.pictures(copy.id, copy.chapters[0].id):
        assert shelf.picture_path(copy, picture).exists()
    shelf.delete(book.id)
    shelf.purge(book.id)
    assert [card.id for card in shelf.list().books] == [copy.id]


def test_a_copy_of_a_strange_journal_is_made(shelf: Shelf, book: Book) -> None:
    """What is no chapter in it stays what it is."""
    folder = shelf.folder(book.id)
    strange = Entry(
        version=1, at=book.created, what="edit", changes=(Change(page=f"{book.id}.x", field="chapter", after=7),)
    )
    with open(folder / "history.jsonl", "ab") as file:
        file.write(strange.model_dump_json().encode() + b"\n")
    assert shelf.history(shelf.copy(book.id).id)[-2].changes[0].after == 7


def test_a_copy_that_does_not_fit_leaves_nothing(shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a copy is none."""
    before = sorted(path.name for path in shelf.root.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="full"):
        shelf.copy(book.id)
    assert sorted(path.name for path in shelf.root.iterdir()) == before


# Locks


def test_a_lock_that_is_a_folder_is_mended_or_named(shelf: Shelf, book: Book) -> None:
    """An empty one goes; what somebody put there is never deleted."""
    place = shelf.root / ".locks" / f"{book.id}.lock"
    place.unlink()
    place.mkdir()
    assert shelf.edit(book.id, Edit("title", "Mended")).title == "Mended"
    place.unlink()
    place.mkdir()
    (place / "mine").write_text("mine")
    with pytest.raises(StorageError, match=rf"\.locks/{book.id}\.lock.*move that folder"):
        shelf.edit(book.id, Edit("title", "No"))
    assert (place / "mine").read_text() == "mine"


def test_a_file_where_locks_should_be_is_named(shelf: Shelf, book: Book) -> None:
    """With what to do."""
    shutil.rmtree(shelf.root / ".locks")
    (shelf.root / ".locks").write_text("")
    with pytest.raises(StorageError, match=r"“\.locks” .* remove that file"):
        shelf.edit(book.id, Edit("title", "No"))


def test_locks_of_what_is_gone_are_swept_and_none_that_is_held(shelf: Shelf, book: Book) -> None:
    """With the next purge; whoever holds one keeps it."""
    hero = shelf.cast.list()[0]
    shelf.cast.update(hero.id, lambda hero: replace(hero, trait="brave"))
    gone = shelf.create(Brief(title="Gone"), ())
    shutil.rmtree(shelf.folder(gone.id))
    folder = shelf.root / ".locks"
    (folder / "odd.lock").mkdir()
    with lock_in(folder, "held2222"), lock_in(folder, "cast-nobody"):
        pass
    held = lock_in(folder, "held2222")
    with held:
        shelf.purge()
        assert {path.stem for path in folder.iterdir()} == {"held2222", book.id, f"cast-{hero.id}", "odd"}
    assert remove_locks(folder, "held*") == 1
    shelf.cast.delete(hero.id)
    assert {path.stem for path in folder.iterdir()} == {book.id, "odd"}


def test_who_waits_for_a_lock_that_is_swept_gets_a_new_one(shelf: Shelf, book: Book) -> None:
    """Two never hold the same."""
    folder = shelf.root / ".locks"
    first = lock_in(folder, "one")
    first.acquire()
    assert remove_locks(folder, "one") == 0
    first.release()
    assert remove_locks(folder, "one") == 1
    with lock_in(folder, "one"):
        assert (folder / "one.lock").exists()
        assert not lock_in(folder, "one").is_locked


def test_each_root_is_known_once() -> None:
    """By every shelf of this process."""
    assert locations_in(Path("/x")) is locations_in(Path("/x"))


def test_chapters_of_a_moved_book_are_its_own(shelf: Shelf, book: Book) -> None:
    """New ones carry the book's id, whatever the folder is called."""
    shelf.folder(book.id).rename(shelf.root / "moved")
    assert shelf.update(book.id, add_chapter).chapters[-1].id.startswith(f"{book.id}.")
