"""The shelf: saves are whole, versions count, nothing is lost, and what is broken is said."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import Edit, add_chapter, delete_chapter, move_chapter, with_page
from storymaker.books.history import Journal
from storymaker.books.model import Book, Brief, Character, Picture, Pose
from storymaker.books.shelf import Shelf
from storymaker.contract.problems import problem_of
from storymaker.errors import DamagedBookError, InvalidInputError, NotFoundError, OutdatedError, StorageError
from storymaker.testing import FakeClock, drawn_file


def hang(shelf: Shelf, book: Book, n: int, seed: int) -> Book:
    """Attach a picture to page ``n``."""
    page = book.pages[n]
    picture = Picture(
        file=f"{seed:032x}.png",
        illustrator="plain",
        seed=seed,
        width=8,
        height=8,
        tells=page.fingerprint,
        cost_usd=0.25,
    )
    return shelf.attach(book.id, page.id, drawn_file(shelf.workdir(book.id), seed), picture)


# Creating and finding


def test_a_new_book_is_a_folder_of_plain_files(shelf: Shelf, book: Book) -> None:
    """The truth, its view, its history and its heroes are there from the start."""
    folder = shelf.folder(book.id)
    assert folder.name == f"bramble-and-the-sea-{book.id}"
    assert json.loads((folder / "book.json").read_text())["version"] == book.version == 2
    assert {path.name for path in folder.iterdir()} == {
        "book.json",
        "script.csv",
        "history.jsonl",
        "characters",
        "images",
    }
    assert (folder / "characters" / book.heroes[0].id / "character.json").exists()


def test_a_book_is_found_by_folder_or_by_id(shelf: Shelf, book: Book) -> None:
    """Both names of a book open it."""
    assert shelf.open(book.id) == shelf.open(shelf.folder(book.id).name) == book


@pytest.mark.parametrize("ref", ["nothere", "../etc", "a/b", "", ".trash", "families", "BOOK"])
def test_a_reference_is_never_a_path(shelf: Shelf, book: Book, ref: str) -> None:
    """What is no name of a book is not found, whatever it looks like."""
    with pytest.raises(NotFoundError):
        shelf.open(ref)


def test_a_missing_book_names_the_shelf_to_a_program_and_not_to_a_browser(shelf: Shelf) -> None:
    """As a note below the traceback; neither the sentence nor what crosses the wire holds a path of ours."""
    with pytest.raises(NotFoundError) as missing:
        shelf.open("nothere")
    assert missing.value.__notes__ == [f"The shelf is {shelf.root}; the setting STORYMAKER_BOOKS names another."]
    assert str(shelf.root) not in str(missing.value) + problem_of(missing.value).model_dump_json()


def test_a_hostile_title_stays_data(shelf: Shelf) -> None:
    """``../../x`` is a title like any other and lands on the shelf."""
    book = shelf.create(Brief(title="../../x"), ())
    assert shelf.folder(book.id).parent == shelf.root
    assert shelf.open(book.id).title == "../../x"


def test_a_title_that_is_too_long_makes_no_book(shelf: Shelf) -> None:
    """Refused before anything is written."""
    with pytest.raises(InvalidInputError):
        shelf.create(Brief(title="x" * 300), ())
    assert not shelf.root.exists()


def test_a_book_of_a_chosen_id_is_begun_once(shelf: Shelf) -> None:
    """Of many who begin it at the same moment, as processes of their own, one does, and all are given that book."""
    found: list[Book] = []

    def begin(n: int) -> None:
        found.append(Shelf(shelf.root).create(Brief(title=f"Try {n}"), (), book_id="aaaa2222"))

    hands = [threading.Thread(target=begin, args=(n,)) for n in range(6)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    (card,) = shelf.list().books
    assert card.id == "aaaa2222" and found == [shelf.open(card.id)] * 6


def test_a_damaged_book_is_not_begun_over(shelf: Shelf) -> None:
    """What can still be rescued from its folder stays there."""
    shelf.create(Brief(title="One"), (), book_id="aaaa2222")
    file = shelf.folder("aaaa2222") / "book.json"
    file.write_text("{")
    with pytest.raises(DamagedBookError):
        shelf.create(Brief(title="One"), (), book_id="aaaa2222")
    assert file.read_text() == "{"


# Saving


def test_versions_count_saves_and_nothing_is_no_save(shelf: Shelf, book: Book) -> None:
    """An edit that changes nothing writes nothing."""
    after = shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id))
    assert after.version == book.version + 1
    assert shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id)).version == after.version
    assert b"New." in (shelf.folder(book.id) / "script.csv").read_bytes()


def test_edits_are_all_or_none(shelf: Shelf, book: Book) -> None:
    """When the second cannot be, the first is not."""
    with pytest.raises(InvalidInputError):
        shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id), Edit("nonsense", 1))
    assert shelf.open(book.id) == book


def test_many_hands_lose_nothing(shelf: Shelf, book: Book) -> None:
    """Twenty writers at once leave twenty changes and twenty versions."""

    def write(n: int) -> None:
        shelf.update(book.id, lambda book: add_chapter(book, title=f"Hand {n}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = shelf.open(book.id)
    assert after.version == book.version + 20
    assert {chapter.title for chapter in after.chapters[3:]} == {f"Hand {n}" for n in range(20)}
    assert len(shelf.history(book.id)) == after.version


def test_a_script_that_cannot_be_written_is_no_failed_save(
    shelf: Shelf, book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    """script.csv is a view: the book is saved, the trouble is logged."""
    target = shelf.folder(book.id) / "script.csv"
    target.unlink()
    target.mkdir()
    after = shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id))
    assert shelf.open(book.id) == after
    assert "script.csv" in caplog.text


# History


def test_words_are_taken_back_one_by_one(shelf: Shelf, book: Book) -> None:
    """Undo walks back through a page's words and stops at the story's own."""
    chapter = book.chapters[0].id
    for text in ("Two.", "Three."):
        shelf.edit(book.id, Edit("text", text, chapter))
    texts = []
    for _ in range(2):
        page = shelf.undo(book.id, chapter, "words").page(chapter)
        assert page is not None
        texts.append(page.text)
    assert texts == ["Two.", "Text 1."]
    with pytest.raises(InvalidInputError, match="nothing to take back"):
        shelf.undo(book.id, chapter, "words")


def told(shelf: Shelf, page: str) -> list[tuple[str, str, int]]:
    """The words of a page, why it got them, and at what hour."""
    return [(words.text, words.what, words.at.hour) for words in shelf.wordings(page.partition(".")[0], page)]


def test_all_words_that_a_page_had_are_told(shelf: Shelf, book: Book, clock: FakeClock) -> None:
    """Oldest first, each as of when it first came; those that stand come last, as of since when they do."""
    one, two = (chapter.id for chapter in book.chapters[:2])
    assert told(shelf, one) == [("Text 1.", "story", 0)]
    for text in ("B.", "A.", "B.", "C."):
        clock.move(timedelta(hours=1))
        shelf.edit(book.id, Edit("text", text, one))
    hang(shelf, shelf.open(book.id), 2, seed=5)
    assert told(shelf, one) == [("Text 1.", "story", 0), ("B.", "edit", 1), ("A.", "edit", 2), ("C.", "edit", 4)]
    clock.move(timedelta(hours=1))
    shelf.undo(book.id, one, "words")
    assert told(shelf, one) == [("Text 1.", "story", 0), ("A.", "edit", 2), ("C.", "edit", 4), ("B.", "undo", 5)]
    assert told(shelf, two) == [("Text 2.", "story", 0)]


def test_a_heading_alone_makes_other_words(shelf: Shelf, book: Book) -> None:
    """Words are heading and text together."""
    page = book.chapters[0].id
    shelf.edit(book.id, Edit("title", "Another", page))
    assert [(words.title, words.text) for words in shelf.wordings(book.id, page)] == [
        ("Part 1", "Text 1."), ("Another", "Text 1."),
    ]  # fmt: skip


def test_the_words_of_the_cover_begin_with_the_book(shelf: Shelf, book: Book) -> None:
    """It was there before any story."""
    shelf.edit(book.id, Edit("title", "New"))
    had = shelf.wordings(book.id, book.cover.id)
    assert [(words.title, words.what) for words in had] == [("Bramble and the Sea", "created"), ("New", "edit")]


def test_no_words_are_none_unless_they_stand(shelf: Shelf, book: Book) -> None:
    """An empty page is told once it is all there is; a page that was deleted and came back had no gap."""
    page = shelf.update(book.id, add_chapter).chapters[-1].id
    assert told(shelf, page) == [("", "edit", 0)]
    shelf.edit(book.id, Edit("text", "Now.", page))
    shelf.update(book.id, lambda book: delete_chapter(book, page))
    shelf.undo(book.id)
    assert told(shelf, page) == [("Now.", "undo", 0)]
    shelf.edit(book.id, Edit("text", "", page))
    assert told(shelf, page) == [("Now.", "edit", 0), ("", "edit", 0)]


def test_without_a_journal_the_words_that_stand_are_left(shelf: Shelf, book: Book) -> None:
    """A lost file costs the past, not the page."""
    journal = shelf.folder(book.id) / "history.jsonl"
    journal.unlink()
    page = book.chapters[0].id
    assert [words.text for words in shelf.wordings(book.id, page)] == ["Text 1."]
    shelf.edit(book.id, Edit("text", "New.", page))
    assert [words.text for words in shelf.wordings(book.id, page)] == ["Text 1.", "New."]


def test_undo_of_words_leaves_pictures_and_other_pages_alone(shelf: Shelf, book: Book) -> None:
    """One fix does not spoil another."""
    one, two = (chapter.id for chapter in book.chapters[:2])
    shelf.edit(book.id, Edit("text", "Changed.", one))
    hang(shelf, shelf.open(book.id), 1, seed=5)
    shelf.edit(book.id, Edit("text", "Other page.", two))
    after = shelf.undo(book.id, one, "words")
    assert [chapter.text for chapter in after.chapters[:2]] == ["Text 1.", "Other page."]
    assert after.chapters[0].state == "stale"


def test_pictures_are_taken_back_and_chosen_again(shelf: Shelf, book: Book) -> None:
    """Every picture a page ever had stays and can hang again; the first cannot be taken back to none."""
    for seed in (1, 2, 3):
        book = hang(shelf, book, 1, seed)
    page = book.chapters[0].id
    assert [picture.seed for picture in shelf.pictures(book.id, page)] == [1, 2, 3]
    seen = []
    for _ in range(2):
        after = shelf.undo(book.id, page, "picture").chapters[0]
        assert after.picture is not None
        seen.append(after.picture.seed)
    assert seen == [2, 1]
    with pytest.raises(InvalidInputError):
        shelf.undo(book.id, page, "picture")
    again = shelf.use_picture(book.id, page, f"{3:032x}.png").chapters[0].picture
    assert again is not None and again.seed == 3
    assert all(shelf.picture_path(book, picture).exists() for picture in shelf.pictures(book.id, page))
    with pytest.raises(NotFoundError, match="never had"):
        shelf.use_picture(book.id, page, f"{9:032x}.png")


def test_what_was_spent_stays_spent(shelf: Shelf, book: Book) -> None:
    """Taking pictures back does not make money come back."""
    book = hang(shelf, hang(shelf, book, 1, 1), 1, 2)
    assert shelf.undo(book.id, book.chapters[0].id, "picture").spent_usd == 0.5


def test_counters_only_grow(shelf: Shelf, book: Book) -> None:
    """Taking words back must not make a job's id come twice."""
    page = book.chapters[0]

    def change(book: Book) -> Book:
        return with_page(replace(book, drafts=book.drafts + 1), replace(page, text="New.", attempt=page.attempt + 1))

    shelf.update(book.id, change)
    after = shelf.undo(book.id)
    assert (after.chapters[0].text, after.chapters[0].attempt, after.drafts) == ("Text 1.", 1, 1)


def test_a_deleted_chapter_comes_back_at_its_place(shelf: Shelf, book: Book) -> None:
    """With its words and its number."""
    shelf.update(book.id, lambda book: delete_chapter(book, book.chapters[1].id))
    assert shelf.undo(book.id).chapters == book.chapters


def test_an_added_chapter_goes_and_an_order_returns(shelf: Shelf, book: Book) -> None:
    """The last save is taken back whole, whatever it was, then the one before."""
    shelf.update(book.id, lambda book: move_chapter(book, book.chapters[2].id, 1))
    shelf.update(book.id, lambda book: add_chapter(book, title="Extra", n=2))
    assert "Extra" not in [chapter.title for chapter in shelf.undo(book.id).chapters]
    assert shelf.undo(book.id).chapters == book.chapters


def test_a_title_and_its_cover_are_taken_back_together(shelf: Shelf, book: Book) -> None:
    """One save, one undo."""
    shelf.edit(book.id, Edit("title", "Other"))
    after = shelf.undo(book.id)
    assert (after.title, after.cover.title) == (book.title, book.cover.title)


def test_undo_of_one_save_takes_back_no_other(shelf: Shelf, book: Book) -> None:
    """Whatever came after it stays; a save that was taken back already, or never was, is none."""
    one, two = (chapter.id for chapter in book.chapters[:2])
    version = shelf.edit(book.id, Edit("text", "Meant.", one)).version
    shelf.edit(book.id, Edit("text", "Later.", two))
    after = shelf.undo(book.id, version=version)
    assert [chapter.text for chapter in after.chapters[:2]] == ["Text 1.", "Later."]
    for gone in (version, after.version, 99):
        with pytest.raises(InvalidInputError):
            shelf.undo(book.id, version=gone)


def test_undo_passes_over_what_was_done_to_a_page_that_is_gone(shelf: Shelf, book: Book) -> None:
    """A change of a deleted page does nothing, and says so."""
    gone = book.chapters[2].id
    shelf.edit(book.id, Edit("text", "New.", gone))
    shelf.update(book.id, lambda book: delete_chapter(book, gone))
    after = shelf.undo(book.id, gone, "words")
    assert after.page(gone) is None


def test_a_torn_journal_is_read_as_far_as_it_is_whole(shelf: Shelf, book: Book) -> None:
    """A power cut in the middle of a line costs that line only, and the next save mends the file."""
    journal = shelf.folder(book.id) / "history.jsonl"
    with open(journal, "ab") as file:
        file.write(b'{"version": 3, "at": "2026')
    assert len(shelf.history(book.id)) == book.version
    shelf.edit(book.id, Edit("text", "New.", book.chapters[0].id))
    assert [entry.version for entry in shelf.history(book.id)] == [1, 2, 3]
    assert all(json.loads(row) for row in journal.read_text().splitlines())


def test_a_save_that_never_ended_is_passed_over(shelf: Shelf, book: Book) -> None:
    """A journal ahead of its book is cut back to the book."""
    folder = shelf.folder(book.id)
    before = (folder / "book.json").read_bytes()
    shelf.edit(book.id, Edit("text", "Never.", book.chapters[0].id))
    (folder / "book.json").write_bytes(before)
    assert [entry.version for entry in shelf.history(book.id)] == [1, 2]
    shelf.edit(book.id, Edit("text", "Then.", book.chapters[1].id))
    assert [entry.version for entry in Journal(folder / "history.jsonl").entries(99)] == [1, 2, 3]
    with pytest.raises(InvalidInputError):
        shelf.undo(book.id, book.chapters[0].id, "words")


class KilledError(BaseException):
    """kill -9."""


def test_a_picture_finished_before_a_kill_is_taken_up(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the file's arrival and the book's save: the job that is run again finds it; another does not."""
    page = book.chapters[0]
    picture = Picture(
        file=f"{7:032x}.png", illustrator="plain", seed=7, width=8, height=8, tells=page.fingerprint, job=f"{page.id}.1"
    )
    drawing = drawn_file(shelf.workdir(book.id), 7)

    def killed(*_: object, **__: object) -> Book:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        patch.setattr(shelf, "update", killed)
        with pytest.raises(KilledError):
            shelf.attach(book.id, page.id, drawing, picture)
    assert not shelf.take_up(book.id, page.id, f"{page.id}.2")
    assert shelf.take_up(book.id, page.id, f"{page.id}.1")
    assert shelf.open(book.id).chapters[0].picture == picture
    assert list(shelf.workdir(book.id).iterdir()) == []
    assert shelf.take_up(book.id, page.id, f"{page.id}.1")


def test_a_note_of_a_picture_that_hangs_goes_when_its_job_is_run_again(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the book's save and the end: nothing is left in the folder of drawings."""
    page = book.chapters[0]
    picture = Picture(
        file=f"{7:032x}.png", illustrator="plain", seed=7, width=8, height=8, tells=page.fingerprint, job=f"{page.id}.1"
    )
    unlink = Path.unlink

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.name == f"{page.id}.1.json":
            raise KilledError
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KilledError):
            shelf.attach(book.id, page.id, drawn_file(shelf.workdir(book.id), 7), picture)
    assert shelf.open(book.id).chapters[0].picture == picture
    assert shelf.take_up(book.id, page.id, f"{page.id}.1")
    assert list(shelf.workdir(book.id).iterdir()) == []


def test_a_note_without_its_picture_is_no_picture(shelf: Shelf, book: Book) -> None:
    """Killed before the file arrived: the page is drawn again."""
    page = book.chapters[0]
    note = shelf.workdir(book.id) / f"{page.id}.1.json"
    picture = Picture(file=f"{7:032x}.png", illustrator="plain", seed=7, width=8, height=8)
    for text in (picture.model_dump_json(), "{"):
        note.write_text(text)
        assert not shelf.take_up(book.id, page.id, f"{page.id}.1")


# The script


def test_the_script_goes_out_and_comes_in(shelf: Shelf, book: Book, tmp_path: Path) -> None:
    """Through a file of the parent's, as one save that can be taken back."""
    file = tmp_path / "words.csv"
    shelf.export_script(book.id, file)
    file.write_bytes(file.read_bytes().replace(b"Text 2.", b"Better words."))
    assert shelf.import_script(book.id, file).chapters[1].text == "Better words."
    assert shelf.undo(book.id).chapters == book.chapters
    with pytest.raises(NotFoundError, match="no file"):
        shelf.import_script(book.id, tmp_path / "none.csv")


# Listing


def test_a_shelf_that_is_not_there_is_empty(shelf: Shelf) -> None:
    """Looking makes nothing."""
    assert shelf.list().books == ()
    assert shelf.trash() == ()
    assert shelf.purge() == ()
    assert shelf.cast.list() == ()
    assert not shelf.root.exists()


def test_the_latest_book_comes_first(shelf: Shelf, book: Book, clock: FakeClock) -> None:
    """A card knows what the shelf shows."""
    clock.move(timedelta(hours=1))
    later = shelf.create(Brief(), (Character(name="Otis"),))
    hang(shelf, book, 0, 1)
    hang(shelf, shelf.open(book.id), 1, 2)
    cards = shelf.list().books
    assert [card.id for card in cards][0] in (later.id, book.id)
    card = next(card for card in cards if card.id == book.id)
    assert (card.title, card.hero, card.chapters, card.done, card.total, card.age_band) == (
        "Bramble and the Sea",
        "Bramble",
        3,
        2,
        11,
        "5-6",
    )
    assert card.cover is not None and card.cover.exists()
    assert next(card for card in cards if card.id == later.id).cover is None


def test_damaged_and_foreign_folders_are_reported_and_the_others_open(shelf: Shelf, book: Book) -> None:
    """Each kind of damage has its sentence; hidden and family folders are nobody's fault."""
    good = (shelf.folder(book.id) / "book.json").read_text()
    data = json.loads(good)
    damage = {
        "empty": None,
        "torn": good[:200],
        "list": "[1]",
        "other": '{"name": "package"}',
        "newer": json.dumps(data | {"schema": 99}),
        "no-schema": json.dumps({key: value for key, value in data.items() if key != "schema"}),
        "wrong-cover": json.dumps(data | {"cover": 7}),
        "wrong-version": json.dumps(data | {"version": "x"}),
        "nan": good.replace('"cost_usd": 0.0', '"spent_usd": NaN'),
    }
    for name, text in damage.items():
        (shelf.root / name).mkdir()
        if text is not None:
            (shelf.root / name / "book.json").write_text(text)
    (shelf.root / "families").mkdir()
    (shelf.root / "notes.txt").write_text("mine")
    listing = shelf.list()
    assert [card.id for card in listing.books] == [book.id]
    assert {name for name, _ in listing.problems} == set(damage)
    assert all(sentence.endswith(".") for _, sentence in listing.problems)
    for name in damage:
        with pytest.raises(DamagedBookError, match=name):
            shelf.open(name)


def test_a_book_with_one_bad_field_says_which(shelf: Shelf, book: Book) -> None:
    """A slip in a hand-edited file is named."""
    file = shelf.folder(book.id) / "book.json"
    data = json.loads(file.read_text())
    data["chapters"][1]["n"] = "two"
    file.write_text(json.dumps(data))
    with pytest.raises(DamagedBookError, match=r"chapters\.1\.n"):
        shelf.open(book.id)


# Trash


def test_a_deleted_book_can_be_restored(shelf: Shelf, book: Book) -> None:
    """Gone from the shelf, there in the trash, back as it was."""
    shelf.delete(book.id)
    assert shelf.list().books == ()
    assert [card.id for card in shelf.trash()] == [book.id]
    with pytest.raises(NotFoundError):
        shelf.open(book.id)
    assert shelf.restore(book.id) == book
    assert shelf.trash() == ()


def test_a_purge_leaves_no_file(shelf: Shelf, book: Book) -> None:
    """No picture, no note, no lock, no name of it anywhere under the shelf."""
    hang(shelf, book, 1, 1)
    shelf.delete(book.id)
    assert shelf.purge(book.id) == (f"bramble-and-the-sea-{book.id}",)
    assert [path for path in shelf.root.rglob("*") if book.id in str(path)] == []
    with pytest.raises(NotFoundError):
        shelf.purge(book.id)


def test_the_trash_is_emptied_after_thirty_days(shelf: Shelf, book: Book, clock: FakeClock) -> None:
    """Not a day earlier; a lost note counts from the folder's own time."""
    other = shelf.create(Brief(title="Other"), ())
    shelf.delete(book.id)
    clock.move(timedelta(days=29))
    assert shelf.purge() == ()
    shelf.delete(other.id)
    clock.move(timedelta(days=1))
    assert [name.rpartition("-")[2] for name in shelf.purge()] == [book.id]
    (shelf.root / ".trash" / f"other-{other.id}.json").write_text("{}")
    clock.move(timedelta(days=365))
    assert [name.rpartition("-")[2] for name in shelf.purge()] == [other.id]


def test_whoever_throws_away_empties_what_is_old(shelf: Shelf, book: Book, clock: FakeClock) -> None:
    """The promise of thirty days is kept by the next deletion; nobody has to ask for it."""
    other = shelf.create(Brief(title="Other"), ())
    shelf.delete(book.id)
    clock.move(timedelta(days=30))
    shelf.delete(other.id)
    assert [card.id for card in shelf.trash()] == [other.id]


def test_a_broken_book_in_the_trash_hides_no_other(shelf: Shelf, book: Book) -> None:
    """It is not offered for restoring, and the rest is."""
    shelf.delete(book.id)
    (shelf.root / ".trash" / "broken").mkdir()
    assert [card.id for card in shelf.trash()] == [book.id]


# The cast


def test_a_character_keeps_its_poses(shelf: Shelf, tmp_path: Path) -> None:
    """A photo given again replaces its pose; another adds one; a book takes a copy of the cut-outs, and of no photo."""
    hero = shelf.cast.save(Character(name="Bramble"))
    for name, key in (("a", "a" * 32), ("b", "b" * 32), ("a", "a" * 32)):
        cutout, photo = tmp_path / f"{name}.png", tmp_path / f"{name}.photo"
        cutout.write_text(name)
        photo.write_text(name)
        pose = Pose(cutout=f"cutout-{key}.png", photo=f"photo-{key}.png")
        hero = shelf.cast.add_pose(hero.id, pose, cutout, photo)
    assert len(hero.poses) == 2
    drawn = tmp_path / "drawn.png"
    drawn.write_text("drawn")
    hero = shelf.cast.add_pose(hero.id, Pose(cutout=f"cutout-{'c' * 32}.png"), drawn)
    book = shelf.create(Brief(title="Copy"), (hero,))
    copied = {path.name for path in (shelf.folder(book.id) / "characters" / hero.id).iterdir()}
    assert copied == {"character.json", *(pose.cutout for pose in hero.poses)}
    shelf.cast.copy_into(hero, shelf.folder(book.id) / "characters")
    shelf.cast.delete(hero.id)
    assert shelf.open(book.id).heroes == (hero,)
    assert shelf.cast.list() == ()


def test_a_photo_that_is_taken_away_leaves_no_small_copy(shelf: Shelf, tmp_path: Path) -> None:
    """Of the others everything stays."""
    hero = shelf.cast.save(Character(name="Bramble"))
    folder = shelf.cast.folder(hero.id)
    (folder / ".state").mkdir()
    for key in ("a" * 32, "b" * 32):
        pose = Pose(cutout=f"cutout-{key}.png", photo=f"photo-{key}.png")
        for name in (pose.cutout, pose.photo):
            assert name is not None
            (tmp_path / name).write_text(name)
            (folder / ".state" / f"{Path(name).stem}-320.png").write_text("small")
        hero = shelf.cast.add_pose(hero.id, pose, tmp_path / pose.cutout, tmp_path / f"photo-{key}.png")
    shelf.cast.update(hero.id, lambda hero: replace(hero, poses=hero.poses[1:]))
    assert sorted(path.name for path in folder.rglob("*.png")) == sorted(
        f"{kind}-{'b' * 32}{size}.png" for kind in ("cutout", "photo") for size in ("", "-320")
    )


@pytest.mark.parametrize("ref", ["nothere1", "../x", ""])
def test_unknown_characters_are_not_found(shelf: Shelf, ref: str) -> None:
    """By any name."""
    with pytest.raises(NotFoundError):
        shelf.cast.open(ref)
    with pytest.raises(NotFoundError):
        shelf.cast.delete(ref)
    if ref != "nothere1":
        with pytest.raises(NotFoundError):
            shelf.cast.folder(ref)


def test_a_broken_card_hides_no_other(shelf: Shelf) -> None:
    """The cast shows who can be read."""
    hero = shelf.cast.save(Character(name="Bramble"))
    broken = shelf.cast.save(Character(name="Broken"))
    (shelf.cast.folder(broken.id) / "character.json").write_text("{")
    assert shelf.cast.list() == (hero,)


def test_a_friend_is_in_the_book_too(shelf: Shelf) -> None:
    """A companion that the parent chose has its own folder."""
    hero, friend = (shelf.cast.save(Character(name=name)) for name in ("Bramble", "Otis"))
    book = shelf.create(Brief(), (hero,), friend)
    assert (shelf.folder(book.id) / "characters" / friend.id / "character.json").exists()
    assert shelf.folder(book.id).name == f"bramble-{book.id}"


def test_a_book_whose_hero_cannot_be_copied_is_not_begun(shelf: Shelf) -> None:
    """Half a book is none: nothing of it stays."""
    hero = shelf.cast.save(Character(name="Bramble", poses=(Pose(cutout=f"cutout-{'d' * 32}.png"),)))
    with pytest.raises(StorageError):
        shelf.create(Brief(title="Half"), (hero,))
    assert shelf.list() == type(shelf.list())((), ())


def test_replacing_a_hero_in_a_book_can_be_taken_back(shelf: Shelf, book: Book) -> None:
    """Values inside values go through the journal and come back."""
    other = Character(name="Otis")
    shelf.update(book.id, lambda book: replace(book, heroes=(other,), friend=other))
    assert shelf.undo(book.id).heroes == book.heroes


class Hurried:
    """Lets something happen to a shelf in the moment before a change takes its lock.

    Args:
        shelf: The shelf.
        monkeypatch: Puts it in place.
        happens: What happens, once.
    """

    def __init__(self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
        locked, left = shelf._locked, [happens]

        def late(folder: Path) -> object:
            while left:
                left.pop()()
            return locked(folder)

        monkeypatch.setattr(shelf, "_locked", late)


def test_undo_takes_back_what_is_the_latest_once_it_holds_the_book(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save that comes between is the one that is taken back, and none is overwritten."""
    one = book.chapters[0].id
    shelf.edit(book.id, Edit("text", "First.", one))
    Hurried(shelf, monkeypatch, lambda: Shelf(shelf.root).edit(book.id, Edit("text", "Second.", one)))
    assert shelf.undo(book.id, one).chapters[0].text == "First."


def test_a_picture_is_chosen_among_those_that_the_page_has_by_then(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was hung in the meantime counts."""
    picture = hang(shelf, book, 1, seed=1).chapters[0].picture
    assert picture is not None
    hang(shelf, shelf.open(book.id), 1, seed=2)
    Hurried(shelf, monkeypatch, lambda: Shelf(shelf.root).undo(book.id, book.chapters[0].id))
    assert shelf.use_picture(book.id, book.chapters[0].id, picture.file).chapters[0].picture == picture


def test_a_change_for_one_version_is_none_for_another(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way to change a book decides it under the lock; what is refused changes nothing."""
    now = shelf.expecting([book.version])
    changed = now.edit(book.id, Edit("title", "Another"))
    hurried = shelf.expecting([changed.version])
    Hurried(hurried, monkeypatch, lambda: shelf.edit(book.id, Edit("title", "A third")))
    changes: tuple[Callable[[], object], ...] = (
        lambda: now.edit(book.id, Edit("title", "Never")),
        lambda: now.undo(book.id),
        lambda: now.use_picture(book.id, book.chapters[0].id, "x.png"),
        lambda: hurried.edit(book.id, Edit("title", "Never")),
    )
    for change in changes:
        with pytest.raises(OutdatedError, match="Please load it again"):
            change()
    assert shelf.open(book.id).title == "A third"
    shelf.delete(book.id)
    with pytest.raises(OutdatedError):
        now.restore(book.id)
    version = changed.version + 1
    assert shelf.expecting([version, 99]).restore(book.id).version == version


def test_a_picture_that_found_no_room_in_the_book_is_taken_in_later(
    shelf: Shelf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same call goes on where the disk broke it off: its file has moved by then, and is not asked for again."""
    page = book.chapters[0]
    picture = Picture(
        file=f"{7:032x}.png", illustrator="plain", seed=7, width=8, height=8, tells=page.fingerprint, job="j"
    )
    drawing = drawn_file(shelf.workdir(book.id), 7)

    def refuse(*_: object) -> None:
        raise StorageError("No room.", code="full")

    with monkeypatch.context() as full:
        full.setattr("storymaker.books.shelf.write_book", refuse)
        with pytest.raises(StorageError):
            shelf.attach(book.id, page.id, drawing, picture)
    assert not drawing.exists()
    assert shelf.attach(book.id, page.id, drawing, picture).chapters[0].picture == picture
