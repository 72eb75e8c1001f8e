"""The Shelf: one folder a book; every save atomic, versioned and locked."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from filelock import FileLock
from pydantic_core import from_json

from storymaker.books import history
from storymaker.books.cast import Cast
from storymaker.books.checking import replace
from storymaker.books.edits import Edit, apply_edit, attach_picture, require_page, with_page
from storymaker.books.files import adopt_file, disk_errors, make_folder, remove_folder, sync_folder, write_file
from storymaker.books.folder import BookCard, card_of, read_book, read_data, write_book
from storymaker.books.history import Entry, Journal, Scope, What, Wording
from storymaker.books.model import TITLE_MAX, Book, Brief, Chapter, Character, Picture, clean_name, now, short_id, slug
from storymaker.books.script import MAX_BYTES, apply_script, parse_script, write_script
from storymaker.errors import DamagedBookError, NotFoundError, StorageError

log = logging.getLogger(__name__)

TRASH_DAYS: Final = 30
_REFERENCE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NOT_BOOKS: Final = {"families"}
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
        self.cast = Cast(self.root / ".cast", self._locks)

    # Looking

    def list(self) -> Listing:
        """All books, and what is not one."""
        books, problems = [], []
        for folder in self._folders(self.root):
            try:
                books.append(card_of(folder, read_data(folder)))
            except DamagedBookError as error:
                problems.append((folder.name, error.message))
        books.sort(key=lambda card: (card.updated, card.id), reverse=True)
        return Listing(tuple(books), tuple(problems))

    def open(self, ref: str) -> Book:
        """A book, by its folder's name or its short id.

        Raises:
            NotFoundError: If there is none.
            DamagedBookError: If it cannot be read.
        """
        return read_book(self.folder(ref))

    def folder(self, ref: str) -> Path:
        """A book's folder.

        Raises:
            NotFoundError: If there is none.
        """
        return self._find(self.root, ref)

    def picture_path(self, book: Book, picture: Picture) -> Path:
        """Where a picture's file is."""
        return self.folder(book.id) / "images" / picture.file

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
        return FileLock(make_folder(self._locks) / f"{name}.lock", thread_local=False)

    def locks_of(self, book_id: str) -> tuple[Path, ...]:
        """The files of all locks of a book but its own; one that is there need not be held."""
        return tuple(sorted(self._locks.glob(f"{book_id}.*.lock")))

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
        with self._locked(book_id):
            if chosen:  # looked for under its lock: of two processes that begin it, the second finds it
                with contextlib.suppress(NotFoundError):
                    return self.open(book_id)
            try:
                make_folder(folder / "images")
                for character in (*heroes, *((friend,) if friend else ())):
                    self.cast.copy_into(character, folder / "characters")
                write_book(folder, book, Entry(version=book.version, at=time, what="created"))
            except StorageError:
                with contextlib.suppress(StorageError):
                    remove_folder(folder)
                raise
        return book

    def update(
        self,
        ref: str,
        change: Callable[[Book], Book],
        *,
        what: What = "edit",
        undoes: int | None = None,
        pays: tuple[str, ...] = (),
    ) -> Book:
        """Lock, read, apply a pure function, save; nothing is written when nothing changed.

        Args:
            ref: Which book.
            change: From the book as it stands to the book as it shall be.
            what: Why, for the history.
            undoes: The version that is taken back.
            pays: Ids of the paid requests whose cost ``change`` adds.

        Raises:
            NotFoundError: If there is no such book.
            StorymakerError: What ``change`` raised; then nothing changed.
            StorageError: If the disk refuses; then the book stands as before.
        """
        folder = self.folder(ref)
        with self._locked(folder.name.rpartition("-")[2]):
            before = read_book(folder)
            after = change(before)
            if after == before:
                return before
            after = replace(after, version=before.version + 1, updated=self._clock())
            changes = history.changes_between(before, after)
            entry = Entry(version=after.version, at=after.updated, what=what, changes=changes, undoes=undoes, pays=pays)
            write_book(folder, after, entry)
            return after

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
        if any(picture.job == job for picture in self.pictures(ref, chapter_id)):
            return True
        note = self._note(ref, job)
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
        return Journal(folder / "history.jsonl").entries(read_book(folder).version)

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
        entry, changes = history.last_undoable(self.history(ref), chapter_id, scope, version)
        return self.update(ref, lambda book: history.reverted(book, changes), what="undo", undoes=entry.version)

    def pictures(self, ref: str, chapter_id: str) -> tuple[Picture, ...]:
        """Every picture a page ever had, oldest first."""
        require_page(self.open(ref), chapter_id)
        return history.pictures_of(self.history(ref), chapter_id)

    def wordings(self, ref: str, chapter_id: str) -> tuple[Wording, ...]:
        """All words that a page ever had, oldest first; the last are those it has."""
        page = require_page(self.open(ref), chapter_id)
        return history.wordings_of(self.history(ref), page)

    def use_picture(self, ref: str, chapter_id: str, file: str) -> Book:
        """Hang an earlier picture again, or say of the present one that it was looked at.

        Raises:
            NotFoundError: If the page never had it.
        """
        picture = next((picture for picture in self.pictures(ref, chapter_id) if picture.file == file), None)
        if picture is None:
            raise NotFoundError("This page never had that picture. Please choose one of its own.")
        seen = replace(picture, veiled=False)
        return self.update(
            ref, lambda book: with_page(book, replace(require_page(book, chapter_id), picture=seen)), what="picture"
        )

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
        with self._locked(folder.name.rpartition("-")[2]):
            make_folder(self._trash)
            with disk_errors(self.root):
                os.replace(folder, self._trash / folder.name)
                sync_folder(self._trash)
                sync_folder(self.root)
            deleted = json.dumps({"deleted": self._clock().isoformat()}).encode()
            write_file(self._trash / f"{folder.name}.json", deleted)
        with contextlib.suppress(StorageError):  # the next time will do
            self.purge()
        return self._trash / folder.name

    def trash(self) -> tuple[BookCard, ...]:
        """The books in the trash that can be restored."""
        cards = []
        for folder in self._folders(self._trash):
            with contextlib.suppress(DamagedBookError):
                cards.append(card_of(folder, read_data(folder)))
        return tuple(cards)

    def restore(self, ref: str) -> Book:
        """Take a book out of the trash.

        Raises:
            NotFoundError: If it is not there.
        """
        folder = self._find(self._trash, ref)
        with self._locked(folder.name.rpartition("-")[2]), disk_errors(self.root):
            os.replace(folder, self.root / folder.name)
            sync_folder(self.root)
            (self._trash / f"{folder.name}.json").unlink(missing_ok=True)
        return self.open(folder.name)

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
        folders = [self._find(self._trash, ref)] if ref else self._folders(self._trash)
        gone = []
        for folder in folders:
            note = self._trash / f"{folder.name}.json"
            if ref is None and self._clock() - self._deleted(note, folder) < older_than:
                continue
            book_id = folder.name.rpartition("-")[2]
            with self._locked(book_id):
                remove_folder(folder)
                with disk_errors(self._trash):
                    note.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                for lock in self._locks.glob(f"{book_id}.*lock"):
                    lock.unlink(missing_ok=True)
            gone.append(folder.name)
        return tuple(gone)

    # Inside

    def _deleted(self, note: Path, folder: Path) -> datetime:
        """When a book was deleted; a trash whose note is lost counts from the folder's own time."""
        try:
            return datetime.fromisoformat(json.loads(note.read_bytes())["deleted"])
        except (OSError, ValueError, KeyError, TypeError):
            return datetime.fromtimestamp(folder.stat().st_mtime, tz=self._clock().tzinfo)

    def _folders(self, root: Path) -> tuple[Path, ...]:
        with disk_errors(root):
            if not root.exists():
                return ()
            with os.scandir(root) as entries:
                names = [
                    e.name for e in entries if e.is_dir() and not e.name.startswith(".") and e.name not in _NOT_BOOKS
                ]
        return tuple(root / name for name in sorted(names))

    def _find(self, root: Path, ref: str) -> Path:
        """A folder by name or by short id; a reference is a name only, never a path."""
        if _REFERENCE.fullmatch(ref):
            exact = [folder for folder in self._folders(root) if folder.name == ref or folder.name.endswith(f"-{ref}")]
            if exact:
                return next((folder for folder in exact if folder.name == ref), exact[0])
        missing = NotFoundError("There is no such book on this shelf. It may have been deleted.")
        # A note is for whoever reads the traceback: the sentence goes to browsers too, and a path of ours must not.
        missing.add_note(f"The shelf is {self.root}; the setting STORYMAKER_BOOKS names another.")
        raise missing

    @contextlib.contextmanager
    def _locked(self, book_id: str) -> Iterator[None]:
        """Lock files live beside the books, so that a locked book can be moved to the trash on every platform."""
        make_folder(self._locks)
        with disk_errors(self.root):
            lock = FileLock(self._locks / f"{book_id}.lock")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
