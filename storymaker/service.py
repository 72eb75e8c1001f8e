"""What the studio can be asked over one family's shelf: contract values in and out, and no call blocks the event loop."""

from __future__ import annotations

import asyncio
import os
import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import SecretStr

from storymaker import __version__
from storymaker.books import edits
from storymaker.books.edits import Edit
from storymaker.books.files import disk_errors
from storymaker.books.folder import BookCard
from storymaker.books.model import Book, Brief, Character, Value, checked, keyed_id, replace, slug
from storymaker.books.script import apply_script, parse_script, write_script
from storymaker.books.shelf import TRASH_DAYS
from storymaker.child import studio_pool
from storymaker.contract.routes import CSV, JPEG, PDF, PNG, WIDTHS
from storymaker.contract.values import (
    WIDTH_MAX,
    ArcOut,
    BookOut,
    BookPatch,
    CardOut,
    CastOut,
    ChapterPatch,
    CharacterOut,
    CharacterPatch,
    Deleted,
    DraftRequest,
    Estimate,
    ExportOut,
    ExportRequest,
    FaceIn,
    File,
    Health,
    HistoryOut,
    JobOut,
    JobsOut,
    KeyIn,
    KeyOut,
    KeyState,
    MakerOut,
    NewChapter,
    NewCharacter,
    PhotoTaken,
    PictureChoice,
    PictureOut,
    PicturesOut,
    PicturesRequest,
    RewriteRequest,
    ShelfOut,
    StoryOrdered,
    StoryRequest,
    StrokesIn,
    StudioOut,
    Trouble,
    UndoRequest,
    Upload,
    WordingOut,
    WordingsOut,
)
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.export.page_images import jpeg_file
from storymaker.images.cutout import Strokes
from storymaker.images.illustrator import Illustrator
from storymaker.images.paper.studio import builtin_friends
from storymaker.images.photo import PhotoBytes
from storymaker.images.thumbnail import thumbnail
from storymaker.jobs.queue import Job
from storymaker.production import missing, sends
from storymaker.remote.service import forget_key, keep_key, key_state
from storymaker.story.arcs import list_arcs
from storymaker.story.author import Author
from storymaker.workshop import Workshop

T = TypeVar("T")
WorkerState = Literal["up", "starting", "down"]

_PICTURE: Final = re.compile(r"[0-9a-f]{32}\.png")
_PREVIEW_PX: Final = 960
_PAPER: Final = "paper"
_FORMATS: Final = {"pdf": ".pdf", "cover": "-cover.pdf"}
"""How a book's file ends: the book itself, and the cover for a printer."""


@dataclass(frozen=True)
class Hands:
    """Threads that wait in the event loop's place: those that wait long must not keep the quick ones from their work.

    Attributes:
        quick: For files and the jobs database.
        slow: For cut-outs, thumbnails and exports, which children make.
    """

    quick: Executor = field(default_factory=lambda: ThreadPoolExecutor(8, thread_name_prefix="storymaker-quick"))
    slow: Executor = field(default_factory=lambda: ThreadPoolExecutor(6, thread_name_prefix="storymaker-slow"))

    def close(self) -> None:
        """Let them go when they are done."""
        self.quick.shutdown(wait=False, cancel_futures=True)
        self.slow.shutdown(wait=False, cancel_futures=True)


class StudioService:
    """One method for each route of :mod:`storymaker.contract.routes`, of the same name.

    Args:
        workshop: Over the family's shelf.
        hands: Threads, shared by all families.
        worker: Tells how the worker is.
        keeps_key: Whether this family sees to the OpenAI key: it is one for all, so of several families none does.
    """

    def __init__(
        self,
        workshop: Workshop,
        hands: Hands | None = None,
        worker: Callable[[], WorkerState] = lambda: "up",
        *,
        keeps_key: bool = True,
    ) -> None:
        self._workshop = workshop
        self._shelf = workshop.shelf
        self._hands = hands or Hands()
        self._worker = worker
        self._keeps_key = keeps_key
        self._beginning = threading.Lock()
        self._versions: dict[str, tuple[Path, tuple[int, int, int], int]] = {}

    async def health(self) -> Health:
        """Tell whether the studio is alive."""
        return Health(worker=self._worker(), version=__version__)

    # Before a book

    async def studio(self, hero: str = "", child: str = "") -> StudioOut:
        """List the makers and stories there are."""
        settings, shop = self._workshop.settings, self._workshop
        arcs = await self._quick(list_arcs, hero, child)
        to_write = await self._slow(_lacks, shop.authors)
        to_draw = await self._slow(_lacks, shop.illustrators)
        author, of_author = _stand_in(settings.author, to_write)
        illustrator, of_illustrator = _stand_in(settings.illustrator, to_draw)
        return StudioOut(
            authors=tuple(
                _maker(name, one, shop.page_usd(author=name))
                for name, one in shop.authors.items()
                if name == author or not to_write[name]
            ),
            illustrators=tuple(
                _maker(name, one, shop.page_usd(illustrator=name))
                for name, one in shop.illustrators.items()
                if name == illustrator or not to_draw[name]
            ),
            author=author,
            illustrator=illustrator,
            arcs=tuple(ArcOut.model_validate(arc) for arc in arcs),
            friends=builtin_friends(),
            budget_usd=settings.book_budget,
            notices=tuple(dict.fromkeys(filter(None, (of_author, of_illustrator)))),
            key=await self._slow(self._key_state),
        )

    async def keep_key(self, key: KeyIn) -> KeyOut:
        """Keep an OpenAI key in the keyring of this machine.

        Raises:
            InvalidInputError: If it is no key, or not this family's to see to.
            SetupError: If there is no keyring.
        """
        self._require_keeper()
        await self._slow(keep_key, SecretStr(key.key))
        return KeyOut(key=await self._slow(self._key_state))

    async def forget_key(self) -> KeyOut:
        """Take the OpenAI key out of the keyring of this machine.

        Raises:
            InvalidInputError: If it is not this family's to see to.
        """
        self._require_keeper()
        await self._slow(forget_key)
        return KeyOut(key=await self._slow(self._key_state))

    def _key_state(self) -> KeyState:
        return key_state() if self._keeps_key else "closed"

    def _require_keeper(self) -> None:
        if not self._keeps_key:
            raise InvalidInputError(
                "The key is for all families, so whoever runs this studio sees to it, on its machine: “storymaker key set”.",
                code="key",
            )

    async def estimate(self, request: StoryRequest) -> Estimate:
        """Tell what a book is expected to cost."""
        brief = self._brief(request)
        heroes = await self._quick(self._heroes, request)
        words, pictures = self._workshop.estimate_usd(brief, heroes)
        return Estimate(words_usd=words, pictures_usd=pictures, total_usd=words + pictures)

    async def generate_story(self, request: StoryRequest) -> StoryOrdered:
        """Begin a book and have its story written.

        Raises:
            NotFoundError: If a character is not in the cast.
            InvalidInputError: If the author cannot write that, or it would cost more than the budget.
        """
        brief = self._brief(request)
        return await self._slow(self._begin, brief, request)

    def _begin(self, brief: Brief, request: StoryRequest) -> StoryOrdered:
        if not request.key:
            return self._begin_as(None, brief, request)
        with self._beginning:  # the same order, sent twice, is answered once the first is in
            book_id = keyed_id(str(self._shelf.root), request.key)
            try:
                return self._begun(book_id, request.draw)
            except NotFoundError:
                trashed = any(card.id == book_id for card in self._shelf.trash())
                return self._begin_as(None if trashed else book_id, brief, request)

    def _begun(self, book_id: str, draw: bool) -> StoryOrdered:
        """The book that this order began already; a crash may have come between the book and its job.

        Raises:
            NotFoundError: If there is none.
        """
        jobs = [job for job in self._workshop.jobs(book_id) if job.kind == "story"]
        job = jobs[-1] if jobs else self._workshop.draft(book_id, draw=draw)
        return StoryOrdered(job_id=job.id, book_id=book_id)

    def _begin_as(self, book_id: str | None, brief: Brief, request: StoryRequest) -> StoryOrdered:
        heroes = self._heroes(request)
        friend = self._friend(request.friend) if request.friend else None
        known = heroes or (checked(Character, name=request.hero_name),)
        self._workshop.check(brief, known, friend)
        self._workshop.check_budget(brief, known)
        heroes = heroes or (self._workshop.casting.hero(request.hero_name),)
        book = self._workshop.begin(brief, heroes, friend, book_id)
        job = self._workshop.draft(book.id, draw=request.draw)
        return StoryOrdered(job_id=job.id, book_id=book.id)

    def _brief(self, request: StoryRequest) -> Brief:
        asked = request.model_dump(include=set(Brief.model_fields))
        settings = self._workshop.settings
        asked["author"] = request.author or settings.author
        asked["illustrator"] = request.illustrator or settings.illustrator
        asked["seed"] = random.SystemRandom().randrange(2**31) if request.seed is None else request.seed
        return checked(Brief, **asked)

    def _heroes(self, request: StoryRequest) -> tuple[Character, ...]:
        heroes = tuple(self._shelf.cast.open(character_id) for character_id in request.heroes)
        return tuple(_playable(hero, bool(hero.poses)) for hero in heroes)

    def _friend(self, character_id: str) -> Character:
        friend = self._shelf.cast.open(character_id)
        return _playable(friend, bool(friend.poses) or friend.kind.casefold() in builtin_friends())

    async def draft(self, book_id: str, request: DraftRequest) -> JobOut:
        """Have a book's story written, or written anew."""
        return _job(await self._quick(lambda: self._workshop.draft(book_id, draw=request.draw, again=request.again)))

    async def generate_image(self, request: PicturesRequest) -> JobsOut:
        """Have pages drawn."""
        pages = None if request.chapter_ids == "all" else request.chapter_ids
        return _jobs(await self._quick(self._workshop.illustrate, request.book_id, pages, request.wish))

    # Jobs

    async def job(self, job_id: str) -> JobOut:
        """Tell how a job stands."""
        return _job(await self._quick(self._own_job, job_id))

    async def jobs(self, book: str) -> JobsOut:
        """List the jobs of a book."""

        def told() -> JobsOut:
            found = [job for job in self._workshop.jobs(book) if job.shelf == str(self._shelf.root)]
            return JobsOut(jobs=tuple(self._with_sketch(_job(job)) for job in found))

        return await self._quick(told)

    def _with_sketch(self, job: JobOut) -> JobOut:
        """The job with what stands for its unfinished picture, where there is one."""
        if job.kind != "picture" or job.state != "running" or job.chapter_id is None:
            return job
        try:
            made = self._shelf.sketch(job.book_id, job.chapter_id).stat().st_mtime_ns
        except FileNotFoundError:
            return job
        return job.model_copy(update={"sketch": f"{made:x}"})

    async def cancel(self, job_id: str) -> JobOut:
        """Stop a job."""

        def cancel() -> Job:
            if not self._own_job(job_id).ended:
                self._workshop.cancel(job_id)
            return self._own_job(job_id)

        return _job(await self._quick(cancel))

    async def retry(self, job_id: str) -> JobOut:
        """Do a failed or cancelled job again, as a new one."""

        def retry() -> Job:
            self._own_job(job_id)
            return self._workshop.retry(job_id)

        return _job(await self._quick(retry))

    def _own_job(self, job_id: str) -> Job:
        """A job of this shelf; another family's is as little there as none."""
        job = self._workshop.queue.find(job_id)
        if job is None or job.shelf != str(self._shelf.root):
            raise NotFoundError("There is no such job. It may have been cleared away.")
        return job

    # The shelf

    async def shelf(self) -> ShelfOut:
        """List the books on the shelf."""
        listing = await self._quick(self._shelf.list)
        problems = tuple(Trouble(folder=folder, reason=reason) for folder, reason in listing.problems)
        return ShelfOut(books=_cards(listing.books), problems=problems)

    async def book(self, book_id: str) -> BookOut:
        """Give a whole book."""
        return _book(await self._quick(self._shelf.open, book_id))

    async def version(self, book_id: str) -> int:
        """A book's version, without reading it again while its file is the same: what polls ask for."""
        return await self._quick(self._version, book_id)

    def _version(self, book_id: str) -> int:
        known = self._versions.get(book_id)
        if known is not None and known[1] == _stamp(known[0]):
            return known[2]
        file = self._shelf.folder(book_id) / "book.json"
        stamp = _stamp(file)
        version = self._shelf.open(book_id).version
        if stamp is not None:
            self._versions[book_id] = (file, stamp, version)
        return version

    async def patch_book(self, book_id: str, patch: BookPatch) -> BookOut:
        """Change a book's title or dedication."""
        return _book(await self._quick(self._shelf.edit, book_id, *_edits(patch, None)))

    async def delete_book(self, book_id: str) -> Deleted:
        """Put a book into the trash."""
        await self._quick(self._workshop.delete, book_id)
        return Deleted(book_id=book_id, days=TRASH_DAYS)

    async def trash(self) -> ShelfOut:
        """List the books in the trash."""
        return ShelfOut(books=_cards(await self._quick(self._shelf.trash)))

    async def restore_book(self, book_id: str) -> BookOut:
        """Take a book out of the trash."""
        return _book(await self._quick(self._shelf.restore, book_id))

    async def purge_book(self, book_id: str) -> None:
        """Remove a book from the trash for good, with every file."""
        await self._quick(self._shelf.purge, book_id)

    async def history(self, book_id: str) -> HistoryOut:
        """List every save of a book."""
        return HistoryOut(entries=await self._quick(self._shelf.history, book_id))

    async def undo(self, book_id: str, request: UndoRequest) -> BookOut:
        """Take the latest change back."""
        return _book(await self._quick(self._shelf.undo, book_id, request.chapter_id, request.scope, request.version))

    # Chapters

    async def add_chapter(self, book_id: str, chapter: NewChapter) -> BookOut:
        """Add a chapter."""
        fields = chapter.model_dump()
        return _book(await self._quick(self._shelf.update, book_id, lambda book: edits.add_chapter(book, **fields)))

    async def patch_chapter(self, chapter_id: str, patch: ChapterPatch) -> BookOut:
        """Change a chapter or the cover, or its place."""
        return _book(await self._quick(self._shelf.edit, _book_of(chapter_id), *_edits(patch, chapter_id)))

    async def delete_chapter(self, chapter_id: str) -> BookOut:
        """Delete a chapter; undo brings it back."""
        book_id = _book_of(chapter_id)

        def delete() -> Book:
            book = self._shelf.update(book_id, lambda book: edits.delete_chapter(book, chapter_id))
            live = [job.id for job in self._workshop.jobs(book_id) if job.chapter_id == chapter_id and not job.ended]
            self._workshop.cancel(*live)
            return book

        return _book(await self._quick(delete))

    async def rewrite(self, chapter_id: str, request: RewriteRequest) -> JobOut:
        """Have a chapter written anew."""
        return _job(await self._quick(self._workshop.rewrite, _book_of(chapter_id), chapter_id, request.wish))

    async def wordings(self, chapter_id: str) -> WordingsOut:
        """List all words that a page ever had."""
        found = await self._quick(self._shelf.wordings, _book_of(chapter_id), chapter_id)
        return WordingsOut(wordings=tuple(WordingOut.model_validate(wording) for wording in found))

    async def pictures(self, chapter_id: str) -> PicturesOut:
        """List every picture that a page ever had."""
        found = await self._quick(self._shelf.pictures, _book_of(chapter_id), chapter_id)
        return PicturesOut(pictures=tuple(PictureOut.model_validate(picture) for picture in found))

    async def use_picture(self, chapter_id: str, choice: PictureChoice) -> BookOut:
        """Hang an earlier picture again."""
        return _book(await self._quick(self._shelf.use_picture, _book_of(chapter_id), chapter_id, choice.file))

    async def sketch(self, chapter_id: str, v: str = "") -> File:
        """Give a page's unfinished picture, small and blurred, while it is painted."""

        def give() -> File:
            book = self._shelf.open(_book_of(chapter_id))
            file = self._shelf.sketch(book.id, edits.require_page(book, chapter_id).id)
            if not file.is_file():
                raise NotFoundError("There is nothing of this picture to show yet.")
            return _file(file, JPEG)

        return await self._quick(give)

    # The script

    async def script(self, book_id: str) -> File:
        """Give the words as CSV."""
        book = await self._quick(self._shelf.open, book_id)
        return File(media_type=CSV, data=write_script(book.chapters), name=f"{slug(book.title)}.csv")

    async def put_script(self, book_id: str, data: bytes) -> BookOut:
        """Take the words from a CSV script."""

        def take() -> Book:
            self._shelf.folder(book_id)
            rows = parse_script(data)
            return self._shelf.update(book_id, lambda book: apply_script(book, rows), what="script")

        return _book(await self._quick(take))

    # The cast

    async def cast(self) -> CastOut:
        """List the family's cast."""
        # Whoever asks this is about to bring photos: their children load their libraries meanwhile.
        self._hands.slow.submit(self._workshop.casting.warm_up, photos=True)
        found = await self._quick(self._shelf.cast.list)
        return CastOut(characters=tuple(CharacterOut.model_validate(character) for character in found))

    async def add_character(self, new: NewCharacter) -> CharacterOut:
        """Add a character to the cast."""
        return _character(await self._slow(self._add_character, new))

    def _add_character(self, new: NewCharacter) -> Character:
        if not new.name:
            raise InvalidInputError("The character needs a name. Please type one.", code="name")
        if new.builtin:
            return self._workshop.casting.hero(new.name)
        return self._shelf.cast.save(checked(Character, **new.model_dump(exclude={"builtin"})))

    async def patch_character(self, character_id: str, patch: CharacterPatch) -> CharacterOut:
        """Change a character; books keep their snapshots."""
        changes = patch.model_dump(exclude_unset=True)
        if changes.get("name") == "":
            raise InvalidInputError("The character needs a name. Please type one.", code="name")
        return _character(
            await self._quick(self._shelf.cast.update, character_id, lambda known: replace(known, **changes))
        )

    async def delete_character(self, character_id: str) -> None:
        """Remove a character; books keep their snapshots."""
        await self._quick(self._shelf.cast.delete, character_id)

    async def add_photo(self, character_id: str, upload: Upload) -> PhotoTaken:
        """Cut the character out of a photo."""
        photo = PhotoBytes(Path(upload.name.replace("\\", "/")).name or "photo", upload.data)
        return _taken(await self._slow(self._workshop.casting.add_photo, character_id, photo))

    async def delete_photo(self, character_id: str, photo: str) -> CharacterOut:
        """Remove one photo of a character."""

        def without(character: Character) -> Character:
            poses = tuple(pose for pose in character.poses if photo not in (pose.photo, pose.cutout))
            if poses == character.poses:
                raise NotFoundError("There is no such photo of this character. It may have been removed.")
            return replace(character, poses=poses)

        return _character(await self._quick(self._shelf.cast.update, character_id, without))

    async def recut(self, character_id: str, photo: str, strokes: StrokesIn) -> PhotoTaken:
        """Cut a photo out again, with the parent's strokes."""
        painted = Strokes(strokes.keep, strokes.remove, strokes.radius)
        return _taken(await self._slow(self._workshop.casting.recut, character_id, photo, painted))

    async def set_face(self, character_id: str, photo: str, face: FaceIn) -> CharacterOut:
        """Say where the face is in a cut-out."""
        return _character(await self._quick(self._workshop.casting.set_face, character_id, photo, face.at))

    async def character_image(self, character_id: str, name: str, w: int | None = None) -> File:
        """Give a character's photo or cut-out."""

        def give() -> File:
            character = self._shelf.cast.open(character_id)
            if not any(name in (pose.cutout, pose.photo) for pose in character.poses):
                raise NotFoundError("There is no such picture of this character. It may have been removed.")
            file = self._shelf.cast.folder(character_id) / name
            if w is not None:
                width = _width(w)
                file = thumbnail(studio_pool(), file, file.parent / ".state" / f"{file.stem}-{width}.png", width)
            return _file(file, PNG)

        return await self._slow(give)

    # Out

    async def picture(self, book_id: str, name: str, w: int | None = None) -> File:
        """Give a picture, or a thumbnail of it."""
        return await (self._quick if w is None else self._slow)(self._picture, book_id, name, w)

    def _picture(self, book_id: str, name: str, w: int | None) -> File:
        folder = self._shelf.folder(book_id)
        if not _PICTURE.fullmatch(name) or not (folder / "images" / name).is_file():
            raise NotFoundError("There is no such picture in this book.")
        master = folder / "images" / name
        if w is None:
            return _file(master, PNG)
        width, quick = _width(w), jpeg_file(folder, name)
        target = folder / ".state" / "thumbnails" / f"{master.stem}-{width}.jpg"
        return _file(thumbnail(studio_pool(), quick if quick.exists() else master, target, width), JPEG)

    async def preview(self, book_id: str, page: str, w: int | None = None, v: int | None = None) -> File:
        """Give a page of the printed book as a picture, as the book is now."""
        if not re.fullmatch(r"[0-9]{1,3}", page):
            raise NotFoundError("The book has no such page.")
        width = _width(w or _PREVIEW_PX)
        return _file(await self._slow(self._workshop.preview, book_id, int(page), width), PNG)

    async def export(self, book_id: str, format_: str, request: ExportRequest) -> ExportOut:
        """Make the book's file."""
        _require_format(format_)

        def make() -> ExportOut:
            if format_ == "cover":
                made = self._workshop.export_cover(book_id)
            else:
                made = self._workshop.export(book_id, easy_reading=request.easy_reading, draft=request.draft)
            with disk_errors(made.path):
                os.utime(made.path)  # as new as the book is now: see download
            return ExportOut(name=made.path.name, pages=made.pages, remarks=made.remarks)

        return await self._slow(make)

    async def download(self, book_id: str, format_: str) -> File:
        """Give the book's file, made before.

        Raises:
            NotFoundError: If it was not made, or the book was changed since.
        """
        _require_format(format_)

        def give() -> File:
            folder, book = self._shelf.folder(book_id), self._shelf.open(book_id)
            file = folder / f"{slug(book.title)}{_FORMATS[format_]}"
            if not file.is_file() or file.stat().st_mtime_ns < (folder / "book.json").stat().st_mtime_ns:
                raise NotFoundError(
                    "The book's file was not made yet, or the book was changed since. Please make it.", code="not-made"
                )
            return _file(file, PDF)

        return await self._quick(give)

    # Inside

    async def _quick(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hands.quick, call, *args)

    async def _slow(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hands.slow, call, *args)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes with every save: each is a new file."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _edits(patch: BookPatch | ChapterPatch, chapter_id: str | None) -> list[Edit]:
    """A patch as edits, in the order of its fields."""
    changed = patch.model_dump(exclude_unset=True, exclude={"base"})
    if not changed:
        raise InvalidInputError("Nothing was given to change.", code="nothing")
    for name, value in changed.items():
        if value is None:
            raise InvalidInputError(f"The {name.replace('_', ' ')} cannot be nothing. Please leave it out instead.")
    return [
        Edit(name, value, chapter_id, patch.base[name]) if name in patch.base else Edit(name, value, chapter_id)
        for name, value in changed.items()
    ]


def _playable(character: Character, can_be_drawn: bool) -> Character:
    if not can_be_drawn:
        raise InvalidInputError(
            f"{character.name} has no photo yet. Please add one, or choose somebody else.", code="no-photo"
        )
    return character


def _book_of(chapter_id: str) -> str:
    return chapter_id.partition(".")[0]


def _width(asked: int) -> int:
    if not 1 <= asked <= WIDTH_MAX:
        raise InvalidInputError(f"The width cannot be used: it is a number of pixels from 1 to {WIDTH_MAX}.")
    return next((width for width in WIDTHS if width >= asked), WIDTHS[-1])


def _require_format(name: str) -> None:
    if name not in _FORMATS:
        raise NotFoundError(f"The format is not known; there is: {', '.join(_FORMATS)}.", code="format")


def _file(path: Path, media_type: str) -> File:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError("This file is not there any more. Please have it made again.") from None
    return File(media_type=media_type, data=data, name=path.name if media_type == PDF else "")


def _lacks(makers: Mapping[str, Author] | Mapping[str, Illustrator]) -> dict[str, str]:
    """What each maker lacks to work here, by name."""
    return {name: missing(one) for name, one in makers.items()}


def _stand_in(name: str, lacks: Mapping[str, str]) -> tuple[str, str]:
    """Who does it, and what to say: the one that is set, or the paper studio where that one cannot."""
    lack = lacks.get(name, "")
    return (_PAPER, f"{lack} For now the paper studio stands in.") if lack and _PAPER in lacks else (name, "")


def _maker(name: str, maker: Author | Illustrator, page_usd: float) -> MakerOut:
    """A maker by the name that it is installed, and asked for, under."""
    return MakerOut(
        name=name, credit=maker.credit, page_usd=page_usd, follows_wishes=maker.follows_wishes, sends=sends(maker)
    )


def _cards(cards: Sequence[BookCard]) -> tuple[CardOut, ...]:
    return tuple(
        CardOut(
            **{name: getattr(card, name) for name in CardOut.model_fields} | {"cover": card.cover and card.cover.name}
        )
        for card in cards
    )


def _book(book: Book) -> BookOut:
    return BookOut.model_validate(book)


def _character(character: Value) -> CharacterOut:
    return CharacterOut.model_validate(character)


def _taken(taken: tuple[Character, tuple[str, ...]]) -> PhotoTaken:
    character, remarks = taken
    return PhotoTaken(character=_character(character), remarks=remarks)


def _job(job: Job) -> JobOut:
    return JobOut.model_validate(job)


def _jobs(jobs: Sequence[Job]) -> JobsOut:
    return JobsOut(jobs=tuple(map(_job, jobs)))
