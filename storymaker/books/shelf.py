"""The Shelf: one folder a book; every save atomic, versioned and locked."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Collection
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from filelock import FileLock
from pydantic_core import from_json

from storymaker.books import history
from storymaker.books.cards import CardReader, place_of
from storymaker.books.cast import Cast
from storymaker.books.checking import replace
from storymaker.books.checkup import Fault, cutout_faults, picture_faults, png_fault
from storymaker.books.copying import copy_book
from storymaker.books.edits import Edit, apply_edit, attach_picture, require_page, with_page
from storymaker.books.files import (
    adopt_file,
    copy_file,
    disk_errors,
    make_folder,
    remove_folder,
    scratch_folder,
    sync_folder,
    write_file,
)
from storymaker.books.folder import BookCard, read_book, write_book
from storymaker.books.history import Entry, Journal, Scope, What, Wording
from storymaker.books.leftovers import sweep_all
from storymaker.books.locating import id_of, locations_in, shown_name, twice
from storymaker.books.locks import lock_in, locked, remove_locks
from storymaker.books.model import TITLE_MAX, Book, Brief, Chapter, Character, Picture
from storymaker.books.rescue import rescue_book
from storymaker.books.script import MAX_BYTES, apply_script, parse_script, write_script
from storymaker.errors import InvalidInputError, NotFoundError, OutdatedError, StorageError
from storymaker.text import clean_name, now, short_id, slug

log = logging.getLogger(__name__)

TRASH_DAYS: Final = 30
_ROOTS: Final[dict[Path, None]] = {}


@dataclass(frozen=True)
class Listing:
    """What stands on a shelf.

    Attributes:
        books: The books, the latest first.
        problems: Folders that hold no readable book: name, and a sentence that says what to do.
    """

    books: tuple[BookCard, ...]
    problems: tuple[tuple[str, str], ...]


def _entries(folder: Path, book: Book) -> tuple[Entry, ...]:
    """Every save of a book that stands as it was read, oldest first."""
    return Journal(folder / "history.jsonl").entries(book.version)


def open_shelves() -> tuple[Shelf, ...]:
    """The shelves that were opened in this process, the latest first: where a value that knows no folder may have its files."""
    return tuple(Shelf(root) for root in reversed(tuple(_ROOTS)))


class Shelf:
    """A folder of books.

    Args:
        root: The folder; made when the first book comes.
        clock: Tells the time; a fake in tests.
    """

    def __init__(self, root: Path, *, clock: Callable[[], datetime] = now) -> None:
        self.root = root.expanduser().absolute()
        _ROOTS[self.root] = None
        self._clock = clock
        self._locks = self.root / ".locks"
        self._trash = self.root / ".trash"
        self._places, self._thrown = locations_in(self.root), locations_in(self._trash)
        self._cards, self._trash_cards = CardReader(), CardReader()
        self.cast = Cast(self.root / ".cast", self._locks)
        self._expected: frozenset[int] | None = None

    def expecting(self, versions: Collection[int]) -> Shelf:
        """The same shelf for a change that is meant for these versions of its book, and for no other.

        Every change through it raises ``OutdatedError`` if the book has gone on by then; that is decided under the book's lock.
        """
        other = copy(self)
        other._expected = frozenset(versions)
        return other

    # Looking

    def list(self) -> Listing:
        """All books, and what is not one."""
        found: defaultdict[str, list[BookCard]] = defaultdict(list)
        problems = []
        all_folders = self._places.folders()
        for folder in all_folders:
            try:
                card = self._cards.read(folder)
                found[card.id].append(card)
            except StorageError as error:
                problems.append((shown_name(folder), error.message))
        self._cards.forget_others(all_folders)
        books = [cards[0] for cards in found.values() if len(cards) == 1]
        for cards in found.values():
            if len(cards) > 1:
                folders = [card.folder for card in cards]
                problems += [(shown_name(folder), twice(folders).message) for folder in folders[:1]]
        books.sort(key=place_of, reverse=True)
        return Listing(tuple(books), tuple(problems))

    def open(self, ref: str) -> Book:
        """A book, by its short id, wherever its folder was moved to, or by its folder's name.

        Raises:
            NotFoundError: If there is none.
            DamagedBookError: If it cannot be read, or several folders hold the book of this id (code "twice").
            StorageError: If it could not be read just now.
        """
        return read_book(self.folder(ref))

    def folder(self, ref: str) -> Path:
        """A book's folder.

        Raises:
            NotFoundError: If there is none.
            DamagedBookError: If several folders hold the book of this id.
        """
        return self._places.folder(ref)

    def picture_path(self, book: Book, picture: Picture) -> Path:
        """Where a picture's file is."""
        return self.folder(book.id) / "images" / picture.file

    def faults(self, book: Book, *, whole: bool = False) -> dict[str, Fault]:
        """What is missing or damaged of a book's pictures, by the id of their page.

        Args:
            book: The book.
            whole: Check every byte, which takes some milliseconds a picture; else only where each begins and ends.
        """
        return picture_faults(self.folder(book.id), book, whole=whole)

    def mend_cutouts(self, book: Book) -> None:
        """Take cut-outs that are missing or damaged in a book from the family's cast, where it still has them.

        Raises:
            StorageError: If the disk refuses.
        """
        for character, file, _ in cutout_faults(self.folder(book.id), book):
            source = self.cast.folder(character.id) / file.name
            if not png_fault(source):
                make_folder(file.parent)
                copy_file(source, file)

    def workdir(self, ref: str) -> Path:
        """A folder on the book's own disk for what is not finished yet."""
        return make_folder(self.folder(ref) / ".state" / "drawing")

    def sketch(self, ref: str, chapter_id: str) -> Path:
        """Where the unfinished picture of a page lies, while it is drawn by somebody who shows any."""
        return self.folder(ref) / ".state" / "drawing" / f"{chapter_id}.sketch.jpg"

    def lock(self, name: str) -> FileLock:
        """A lock that is held by whoever acquires it, and by no process that is gone.

        Args:
            name: What it is for; it begins with the book's id and a point.
        """
        return lock_in(self._locks, name)

    def locks_of(self, book_id: str) -> tuple[Path, ...]:
        """The files of all locks of a book but its own; one that is there need not be held."""
        return tuple(sorted(self._locks.glob(f"{book_id}.*.lock")))

    def drop_locks(self, book_id: str, is_over: Callable[[str], bool]) -> None:
        """Remove files of a book's locks, except those that somebody holds.

        Args:
            book_id: Which book; its own lock stays.
            is_over: Whether what a lock was for is over, asked with the lock's name.
        """
        remove_locks(self._locks, f"{book_id}.*", is_over)

    # Making and changing

    def create(
        self,
        brief: Brief,
        heroes: tuple[Character, ...],
        friend: Character | None = None,
        book_id: str | None = None,
    ) -> Book:
        """Begin a book; its heroes come from the cast, with all their files.

        Args:
            brief: What it shall be.
            heroes: Whom it is about.
            friend: Who goes along.
            book_id: Its id; the book that stands here under it already is given instead. None makes one.

        Raises:
            InvalidInputError: If the title is too long.
            DamagedBookError: If the book that stands here under the id cannot be read.
            StorageError: If the disk refuses; then nothing of the book is left behind.
        """
        title = clean_name(brief.title, limit=TITLE_MAX, what="title")
        chosen, book_id = book_id is not None, book_id or short_id()
        names = " and ".join(hero.name for hero in heroes)
        cover = Chapter(id=f"{book_id}.cover", n=0, title=title)
        time = self._clock()
        book = Book(id=book_id, title=title, dedication=brief.dedication, brief=brief, heroes=heroes, friend=friend,
                    cover=cover, created=time, updated=time)  # fmt: skip
        folder = self.root / f"{slug(title or names)}-{book_id}"
        with locked(self._locks, book_id):
            if chosen:  # looked for under its lock: of two processes that begin it, the second finds it
                with contextlib.suppress(NotFoundError):
                    return self.open(book_id)
            # Made aside and moved in whole: killed or without power in the middle, nothing is left that looks like a damaged book.
            with scratch_folder(self.root) as scratch:
                begun = make_folder(scratch / "book")
                make_folder(begun / "images")
                for character in (*heroes, *((friend,) if friend else ())):
                    self.cast.copy_into(character, begun / "characters")
                blank = Book(id=book_id, cover=Chapter(id=cover.id, n=0), created=time, updated=time)
                changes = history.changes_between(blank, book)
                write_book(begun, book, Entry(version=book.version, at=time, what="created", changes=changes))
                with disk_errors(self.root):
                    os.replace(begun, folder)
                    sync_folder(self.root)
        return book

    def copy(self, ref: str) -> Book:
        """Put a copy of a book on the shelf, as a book of its own: see `copy_book`.

        Args:
            ref: Which book; of two folders that hold the same one, the name of the folder.

        Raises:
            NotFoundError: If there is none.
            DamagedBookError: If it cannot be read.
            StorageError: If the disk refuses; then nothing of the copy is left behind.
        """
        folder = self.folder(ref)
        with self._locked(folder):
            return read_book(copy_book(folder, self.root, self._clock()))

    def rescue(self, ref: str) -> Book:
        """Make a book whose book.json is damaged again: see `rescue_book`.

        Args:
            ref: The book's id, or its folder's name.

        Raises:
            NotFoundError: If there is none.
            InvalidInputError: If the book can be read.
            DamagedBookError: If its history is lost as well, or several folders hold it.
        """
        folder = self._places.folder(ref, sole=True)
        with self._locked(folder):
            return rescue_book(folder, self._clock())

    def update(
        self, ref: str, change: Callable[[Book], Book], *, what: What = "edit", pays: tuple[str, ...] = ()
    ) -> Book:
        """Lock, read, apply a pure function, save; nothing is written when nothing changed.

        Args:
            ref: Which book.
            change: From the book as it stands to the book as it shall be.
            what: Why, for the history.
            pays: Ids of the paid requests whose cost ``change`` adds.

        Raises:
            NotFoundError: If there is no such book.
            DamagedBookError: If it cannot be read, or stands here in several folders.
            OutdatedError: If it is not at a version that was expected.
            StorymakerError: What ``change`` raised; then nothing changed.
            StorageError: If the disk refuses; then the book stands as before.
        """
        return self._save(ref, lambda book, _: (change(book), None), what, pays)

    def _save(
        self,
        ref: str,
        change: Callable[[Book, Path], tuple[Book, int | None]],
        what: What,
        pays: tuple[str, ...] = (),
    ) -> Book:
        """Lock, read, change, save.

        Args:
            ref: Which book.
            change: From the book as it stands and its folder to the book as it shall be, and the version that is taken back.
            what: Why, for the history.
            pays: Ids of the paid requests whose cost it adds.
        """
        folder = self._places.folder(ref, sole=True)
        with self._locked(folder):
            before = read_book(folder)
            self._require_expected(before)
            after, undoes = change(before, folder)
            if after == before:
                return before
            after = replace(after, version=before.version + 1, updated=self._clock())
            changes = history.changes_between(before, after)
            entry = Entry(version=after.version, at=after.updated, what=what, changes=changes, undoes=undoes, pays=pays)
            write_book(folder, after, entry)
            return after

    def _require_expected(self, book: Book) -> None:
        if self._expected is not None and book.version not in self._expected:
            raise OutdatedError(
                f"This book has changed meanwhile: it is at version {book.version}. Please load it again, and try again."
            )

    def edit(self, ref: str, *edits: Edit) -> Book:
        """Change fields, all or none.

        Raises:
            ConflictError: If a field was changed since the edit began.
            InvalidInputError: If a field cannot be that.
        """

        def change(book: Book) -> Book:
            for edit in edits:
                book = apply_edit(book, edit)
            return book

        return self.update(ref, change)

    def bring(self, ref: str, *characters: Character) -> None:
        """Put characters of the cast into a book's folder, with their cut-outs, before the book says that they are in it.

        Raises:
            StorageError: If the disk refuses.
        """
        for character in characters:
            self.cast.copy_into(character, self.folder(ref) / "characters")

    def attach(self, ref: str, chapter_id: str, drawing: Path, picture: Picture, *, pays: tuple[str, ...] = ()) -> Book:
        """Take a finished drawing in: first the file, under its content's name, then the book.

        Where the disk refuses midway, the same call later goes on where it broke off.

        Args:
            ref: Which book.
            chapter_id: Which page.
            drawing: A PNG file in the book's ``workdir``; it is moved.
            picture: What is known of it; ``picture.file`` is the name that its content gives it.
            pays: Ids of the paid requests whose cost the picture carries.

        Raises:
            NotFoundError: If the page is gone; the file is kept in the book's images.
        """
        note = self._note(ref, picture.job)
        write_file(note, json.dumps(picture.model_dump(mode="json") | {"pays": pays}).encode())
        target = self.folder(ref) / "images" / picture.file
        if drawing.exists() or not target.exists():
            adopt_file(drawing, target)
        try:
            book = self.update(ref, lambda book: attach_picture(book, chapter_id, picture), what="picture", pays=pays)
        except NotFoundError:
            note.unlink(missing_ok=True)
            raise
        note.unlink(missing_ok=True)
        return book

    def take_up(self, ref: str, chapter_id: str, job: str) -> bool:
        """Find the picture that a job had finished when it was killed, so that it is not drawn, or paid, again.

        Args:
            ref: Which book.
            chapter_id: Which page.
            job: Id of the job.

        Returns:
            Whether the page has that job's picture, or had it, now.
        """
        note = self._note(ref, job)
        if any(picture.job == job for picture in self.pictures(ref, chapter_id)):
            note.unlink(missing_ok=True)  # killed between the book's save and this
            return True
        try:
            told = from_json(note.read_bytes(), allow_inf_nan=False)
            picture, pays = Picture.model_validate(told), tuple(map(str, told.get("pays", ())))
        except (OSError, ValueError):
            return False
        if not (self.folder(ref) / "images" / picture.file).exists():
            return False
        self.update(ref, lambda book: attach_picture(book, chapter_id, picture), what="picture", pays=pays)
        note.unlink(missing_ok=True)
        return True

    def _note(self, ref: str, job: str) -> Path:
        """What is known of a picture between its file's arrival and the book's save."""
        return self.workdir(ref) / f"{job}.json"

    # History

    def history(self, ref: str) -> tuple[Entry, ...]:
        """Every save of a book, oldest first."""
        folder = self.folder(ref)
        return _entries(folder, read_book(folder))

    def undoable(
        self, ref: str, chapter_id: str | None = None, scope: Scope | None = None, version: int | None = None
    ) -> Entry:
        """What ``undo`` would take back, as the book stands.

        Raises:
            OutdatedError: If the book is not at a version that was expected.
            InvalidInputError: If there is nothing to take back.
        """
        book = self.open(ref)
        self._require_expected(book)
        return history.last_undoable(_entries(self.folder(ref), book), chapter_id, scope, version)[0]

    def undo(
        self, ref: str, chapter_id: str | None = None, scope: Scope | None = None, version: int | None = None
    ) -> Book:
        """Take the latest change back; again takes back the one before.

        Args:
            ref: Which book.
            chapter_id: Only changes of this page; None is any.
            scope: Only words or only pictures; None is the whole last save.
            version: Only the save that made this version of the book; None is the latest that fits.

        Raises:
            InvalidInputError: If there is nothing to take back.
        """

        def take_back(book: Book, folder: Path) -> tuple[Book, int]:
            # Chosen under the lock: a save that came between would be the latest.
            entry, changes = history.last_undoable(_entries(folder, book), chapter_id, scope, version)
            return history.reverted(book, changes), entry.version

        return self._save(ref, take_back, "undo")

    def pictures(self, ref: str, chapter_id: str) -> tuple[Picture, ...]:
        """Every picture a page ever had, oldest first."""
        require_page(self.open(ref), chapter_id)
        return history.pictures_of(self.history(ref), chapter_id)

    def picture_jobs(self, ref: str) -> frozenset[str]:
        """Ids of the jobs whose pictures the book has, or ever had, on any page."""
        hung = frozenset(page.picture.job for page in self.open(ref).pages if page.picture)
        return hung | history.picture_jobs_of(self.history(ref))

    def wordings(self, ref: str, chapter_id: str) -> tuple[Wording, ...]:
        """All words that a page ever had, oldest first; the last are those it has."""
        page = require_page(self.open(ref), chapter_id)
        return history.wordings_of(self.history(ref), page)

    def use_picture(self, ref: str, chapter_id: str, file: str) -> Book:
        """Hang an earlier picture again, or say of the present one that it was looked at.

        Raises:
            NotFoundError: If the page never had it.
        """

        def hang(book: Book, folder: Path) -> tuple[Book, None]:
            page = require_page(book, chapter_id)
            had = history.pictures_of(_entries(folder, book), chapter_id)
            picture = next((picture for picture in had if picture.file == file), None)
            if picture is None:
                raise NotFoundError("This page never had that picture. Please choose one of its own.")
            return with_page(book, replace(page, picture=replace(picture, veiled=False))), None

        return self._save(ref, hang, "picture")

    # The script

    def export_script(self, ref: str, target: Path) -> None:
        """Write the script to a file of the parent's."""
        write_file(target.absolute(), write_script(self.open(ref).chapters))

    def import_script(self, ref: str, source: Path) -> Book:
        """Take the words of a script into the book.

        Raises:
            ScriptError: If it is none for this book; then nothing changed.
            NotFoundError: If there is no such file.
        """
        if not source.is_file():
            raise NotFoundError(f"There is no file {source.name} here. Please check its name.")
        with disk_errors(source), open(source, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        rows = parse_script(data)
        return self.update(ref, lambda book: apply_script(book, rows), what="script")

    # The trash

    def delete(self, ref: str) -> Path:
        """Put a book into the trash; returns its place there. What has been there for 30 days goes for good."""
        folder = self.folder(ref)
        with self._locked(folder):
            target = _free_name(make_folder(self._trash), folder.name)
            with disk_errors(self.root):
                os.replace(folder, target)
                sync_folder(self._trash)
                sync_folder(self.root)
            deleted = json.dumps({"deleted": self._clock().isoformat()}).encode()
            write_file(self._trash / f"{target.name}.json", deleted)
        with contextlib.suppress(StorageError):  # the next time will do
            self.purge()
        return target

    def trash(self) -> tuple[BookCard, ...]:
        """The books in the trash that can be restored, the latest first."""
        cards = []
        folders = self._thrown.folders()
        for folder in folders:
            with contextlib.suppress(StorageError):
                cards.append(self._trash_cards.read(folder))
        self._trash_cards.forget_others(folders)
        return tuple(sorted(cards, key=place_of, reverse=True))

    def restore(self, ref: str) -> Book:
        """Take a book out of the trash.

        Raises:
            NotFoundError: If it is not there.
            InvalidInputError: If it stands on the shelf as well.
        """
        folder = self._thrown.folder(ref)
        with self._locked(folder), disk_errors(self.root):
            if self._expected is not None:
                self._require_expected(read_book(folder))
            if id_of(folder) in self._places.ids():
                raise InvalidInputError(
                    "This book stands on the shelf already. Please delete that one first.", code="twice"
                )
            target = _free_name(self.root, folder.name)
            os.replace(folder, target)
            sync_folder(self.root)
            (self._trash / f"{folder.name}.json").unlink(missing_ok=True)
        return self.open(target.name)

    def purge(self, ref: str | None = None, *, older_than: timedelta = timedelta(days=TRASH_DAYS)) -> tuple[str, ...]:
        """Remove books from the trash for good, with every file of theirs.

        Args:
            ref: Which one, at once; None takes all that were deleted long enough ago.
            older_than: How long ago.

        Returns:
            The names of the folders that are gone.

        Raises:
            NotFoundError: If ``ref`` is not in the trash.
        """
        folders = [self._thrown.folder(ref)] if ref else self._thrown.folders()
        gone = []
        for folder in folders:
            note = self._trash / f"{folder.name}.json"
            if ref is None and self._clock() - self._deleted(note, folder) < older_than:
                continue
            with self._locked(folder):
                remove_folder(folder)
                with disk_errors(self._trash):
                    note.unlink(missing_ok=True)
            gone.append(folder.name)
        self._sweep_locks()
        return tuple(gone)

    def sweep(self) -> int:
        """Remove what killed processes left unfinished on this shelf, and the locks of what is gone.

        Returns:
            How many there were.
        """
        return sweep_all(self.root) + self._sweep_locks()

    # Inside

    def _deleted(self, note: Path, folder: Path) -> datetime:
        """When a book was deleted; a trash whose note is lost counts from the folder's own time."""
        try:
            return datetime.fromisoformat(json.loads(note.read_bytes())["deleted"])
        except (OSError, ValueError, KeyError, TypeError):
            return datetime.fromtimestamp(folder.stat().st_mtime, tz=self._clock().tzinfo)

    def _locked(self, folder: Path) -> contextlib.AbstractContextManager[object]:
        """Hold the lock of the book in a folder, which is known by the book's id."""
        return locked(self._locks, id_of(folder))

    def _sweep_locks(self) -> int:
        """Remove the locks of books and characters that are gone."""
        there = self._places.ids() | self._thrown.ids() | {f"cast-{one.id}" for one in self.cast.list()}
        return remove_locks(self._locks, "*", lambda name: name.partition(".")[0] not in there)


def _free_name(root: Path, name: str) -> Path:
    """A place in a folder that nothing stands at, of this name if it can be."""
    others = (f"{name}-{n}" for n in range(2, 1000))
    return next(root / one for one in (name, *others) if not (root / one).exists())
