"""The Workshop: the façade that ties shelf, cast, authors, illustrators, jobs and exports together."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import storymaker.display.html  # noqa: F401  (registers how values show themselves in a notebook)
from storymaker.books.checking import checked, refuse_unknown, replace
from storymaker.books.edits import require_page, with_page
from storymaker.books.files import make_folder
from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.casting import Casting
from storymaker.child import studio_pool
from storymaker.errors import InvalidInputError, JobError
from storymaker.export.pdf import export_pdf, export_preview
from storymaker.export.plan import PdfOptions
from storymaker.export.wrap import export_cover
from storymaker.images.illustrator import Illustrator
from storymaker.images.paper.studio import cache_folder
from storymaker.jobs.queue import Job, JobQueue, Order
from storymaker.jobs.worker import Worker
from storymaker.plugins import installed
from storymaker.production import WORDS_LANE, Production, missing, sends
from storymaker.production.numbering import live_number, next_number
from storymaker.settings import Settings, load_settings, private_folder
from storymaker.story.author import Assignment, Author
from storymaker.text import short_id, slug
from storymaker.waiting import PATIENCE_S
from storymaker.waiting import log as notices

_STORY_SECONDS: Final = 900.0
_PATIENCE_S: Final = PATIENCE_S
_NOTHING_MOVES: Final = (
    "Nothing has moved for a while: another process of this machine (a studio, a worker, a notebook) does the jobs, and has others "
    "before these, or waits itself. It goes on when that one does, or ends."
)
_NOTHING_BEGINS: Final = (
    "Nothing of this book has begun for a while: other books of this program come before it, or the jobs database does not give "
    "its jobs out. It goes on by itself; “storymaker doctor” says whether jobs are done on this machine."
)
_LOOK_SECONDS: Final = 0.1
_TAKE_OVER_SECONDS: Final = 1.0
_OWN_PATIENCE_S: Final = 600.0
"""Seconds that somebody at a terminal or notebook, who is told, waits for room on the disk of the jobs."""
_SERVED_PATIENCE_S: Final = 15.0
"""Seconds that a request of a page does: the server's threads are for all."""


@dataclass(frozen=True)
class Export:
    """A book ready to print or send.

    Attributes:
        path: The file.
        pages: How many.
        remarks: Sentences for the parent.
    """

    path: Path
    pages: int
    remarks: tuple[str, ...]


class Workshop:
    """Makes books: one object for a program, a notebook or a server.

    Jobs run in this process unless another worker of this machine runs already; then that one does them.
    Use it as a context manager, or call ``close``.

    Args:
        books: Folder of the shelf; None takes the setting.
        settings: None reads environment and storymaker.toml.
        authors: Who can write, by name; None takes all that are installed.
        illustrators: Who can draw, by name; None takes all that are installed.
        worker_poll: Seconds between two looks of this process's worker into the queue.
        worker_name: Stable name of this worker among several, on PostgreSQL.
        runs_jobs: Whether jobs may run in this process; else some other worker must do them.
    """

    def __init__(
        self,
        books: Path | str | None = None,
        *,
        settings: Settings | None = None,
        authors: Mapping[str, Author] | None = None,
        illustrators: Mapping[str, Illustrator] | None = None,
        worker_poll: float = 0.1,
        worker_name: str | None = None,
        runs_jobs: bool = True,
    ) -> None:
        self.settings = settings or load_settings(books=books)
        self.shelf = Shelf(Path(books) if books is not None else self.settings.books)
        self.casting = Casting(self.shelf)
        self.queue = JobQueue(
            self.settings.jobs_url,
            self.settings.home.expanduser(),
            patience=_OWN_PATIENCE_S if runs_jobs else _SERVED_PATIENCE_S,
            limit=self.settings.jobs_waiting,
        )
        self._production = Production(
            self.queue,
            authors if authors is not None else installed("author"),
            illustrators if illustrators is not None else installed("illustrator"),
            self.settings.picture_timeout,
            self.settings.book_budget,
            paint_again=self.settings.paint_again,
        )
        self._poll, self._worker_name, self._runs_jobs = worker_poll, worker_name, runs_jobs
        self._worker: Worker | None = None
        self._starting = threading.Lock()  # many threads may order at once, and DBOS is one a process

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop this process's worker; what runs is taken up by the next."""
        if self._worker is not None:
            self._worker.stop()
        self.queue.close()

    def over(self, shelf: Shelf) -> Workshop:
        """The same makers, queue and settings over another shelf; this one stays the one to close."""
        other = copy(self)
        other.shelf, other.casting, other._runs_jobs = shelf, Casting(shelf), False
        return other

    @property
    def authors(self) -> Mapping[str, Author]:
        """Who can write, by name."""
        return self._production.authors

    @property
    def illustrators(self) -> Mapping[str, Illustrator]:
        """Who can draw, by name."""
        return self._production.illustrators

    # Words

    def begin(
        self, brief: Brief, heroes: Sequence[Character], friend: Character | None = None, book_id: str | None = None
    ) -> Book:
        """Put a new book on the shelf; nothing is written or drawn yet.

        Args:
            brief: What is asked for.
            heroes: Whom it is about.
            friend: Who goes along.
            book_id: Its id, where the caller has one; the book that stands here under it already is given instead.

        Raises:
            InvalidInputError: What ``check`` refuses.
            StorageError: If the disk refuses.
        """
        self.check(brief, heroes, friend)
        return self.shelf.create(brief, tuple(heroes), friend, book_id)

    def check(self, brief: Brief, heroes: Sequence[Character], friend: Character | None = None) -> None:
        """Refuse a book that cannot be made, before anything is done for it.

        Raises:
            InvalidInputError: If there is no such author or illustrator, one lacks something here, such as a key, or the author
                cannot write what was asked for.
        """
        author, illustrator = self._production.author(brief.author), self._production.illustrator(brief.illustrator)
        author.check(Assignment(brief, tuple(heroes), friend))
        if lack := missing(author) or missing(illustrator):
            raise InvalidInputError(lack, code="maker")

    def draft(self, ref: str, *, draw: bool = False, again: bool = False) -> Job:
        """Have the story written.

        Args:
            ref: Which book.
            draw: Also have each page drawn as soon as it is written.
            again: Write anew although it is written; the words there are stay in the history.

        Raises:
            InvalidInputError: If it is written and ``again`` was not said.
            BusyError: If too much of this shelf waits to be made already; then nothing was begun.
        """
        orders = 0

        def count(book: Book) -> Book:
            nonlocal orders
            if book.drafted and not again:
                raise InvalidInputError("This story is written already. Say “again” (--again) to have it written anew.")
            series, jobs = f"{book.id}.story", self.queue.jobs(book.id)
            orders = book.brief.chapters + 1 if draw else 0
            if live_number(series, jobs) is None:
                self.queue.require_room(str(self.shelf.root), 1 + orders)
            elif not book.drafted:
                return book
            had = (f"{series}.{book.drafts}",) if book.drafted else ()
            return replace(book, drafts=next_number(series, book.drafts, jobs, had), drafted=False)

        book = self.shelf.update(ref, count)
        order = Order(
            id=f"{book.id}.story.{book.drafts}",
            kind="story",
            lane=WORDS_LANE,
            shelf=str(self.shelf.root),
            book_id=book.id,
            timeout=_STORY_SECONDS,
            orders=orders,
            details={"draw": draw},
        )
        return self._submitted(order)

    def rewrite(self, ref: str, chapter_id: str, wish: str = "") -> Job:
        """Have one chapter written anew.

        Args:
            ref: Which book.
            chapter_id: Which chapter.
            wish: What should be different, in own words.

        Raises:
            NotFoundError: If there is no such book or chapter.
            InvalidInputError: If it is the cover, whose words are the book's title.
        """

        def count(book: Book) -> Book:
            if require_page(book, chapter_id).n == 0:
                raise InvalidInputError("The cover's words are the book's title. Please change that.", code="cover")
            self.queue.require_room(str(self.shelf.root), 1)
            series, jobs = f"{chapter_id}.words", self.queue.jobs(book.id)
            had = (f"{series}.{book.drafts}", *(job.id for job in jobs))  # each wish is a job of its own
            return replace(book, drafts=next_number(series, book.drafts, (), had))

        book = self.shelf.update(ref, count)
        order = Order(
            id=f"{chapter_id}.words.{book.drafts}",
            kind="chapter",
            lane=WORDS_LANE,
            shelf=str(self.shelf.root),
            book_id=book.id,
            chapter_id=chapter_id,
            timeout=_STORY_SECONDS,
            urgent=True,
            details={"wish": wish},
        )
        return self._submitted(order)

    # Pictures

    def illustrate(self, ref: str, chapter_ids: Sequence[str] | str | None = None, wish: str = "") -> tuple[Job, ...]:
        """Have pages drawn.

        Args:
            ref: Which book.
            chapter_ids: These pages, or this one, whether they have a picture or not; None is every page, the cover too,
                that has none, whose picture does not tell its words any more, or whose picture's file is missing or damaged.
                Locked pages are left alone then.
            wish: What should be different in each of them, in the parent's words; a drawing under way keeps its own.

        Raises:
            NotFoundError: If there is no such book or page.
            BusyError: If too much of this shelf waits to be made already; then nothing was ordered.
        """
        chapter_ids = (chapter_ids,) if isinstance(chapter_ids, str) else chapter_ids
        wanted: list[str] = []

        def count(book: Book) -> Book:
            wanted.clear()
            lost = self.shelf.faults(book) if chapter_ids is None else {}
            jobs, had = self.queue.jobs(book.id), self.shelf.picture_jobs(book.id)
            pages = [require_page(book, chapter_id) for chapter_id in chapter_ids] if chapter_ids else book.pages
            for page in pages:
                if chapter_ids is None and ((page.state == "done" and page.id not in lost) or page.locked):
                    continue
                wanted.append(page.id)
                book = with_page(book, replace(page, attempt=next_number(page.id, page.attempt, jobs, had)))
            more = sum(live_number(page_id, jobs) is None for page_id in wanted)
            self.queue.require_room(str(self.shelf.root), more)
            return book

        book = self.shelf.update(ref, count)
        batch = short_id() if len(wanted) > 1 else ""
        # The cover last: it may wait for a page that it can show.
        for chapter_id in sorted(wanted, key=lambda wanted_id: wanted_id == book.cover.id):
            urgent = chapter_ids is not None and len(wanted) == 1
            page = require_page(book, chapter_id)
            self._production.drawing.order(self.shelf, book, page, urgent=urgent, wish=wish, batch=batch)
        self.start_worker()
        return (
            self.queue.jobs(ids=tuple(f"{page}.{require_page(book, page).attempt}" for page in wanted))
            if wanted
            else ()
        )

    # Jobs

    def jobs(self, ref: str) -> tuple[Job, ...]:
        """All jobs of a book, in the order they were submitted."""
        return self.queue.jobs(self.shelf.open(ref).id)

    def cancel(self, *job_ids: str) -> None:
        """Stop jobs; a drawing that runs is stopped within about a second."""
        self.queue.cancel(*job_ids)

    def retry(self, job_id: str) -> Job:
        """Do the work of a job that failed or was cancelled again, as a new job.

        Raises:
            NotFoundError: If there is no such job.
            InvalidInputError: If it has not ended, or was done.
        """
        job = self.queue.job(job_id)
        if not job.ended or job.state == "done":
            raise InvalidInputError("This job needs no second try: it is done or still under way.")
        if job.kind == "story":
            return self.draft(job.book_id, again=True)
        assert job.chapter_id is not None
        if job.kind == "chapter":
            return self.rewrite(job.book_id, job.chapter_id, str(job.details.get("wish", "")))
        return self.illustrate(job.book_id, [job.chapter_id], str(job.details.get("wish", "")))[0]

    def wait(self, ref: str, on_change: Callable[[Book, tuple[Job, ...]], None] | None = None) -> tuple[Job, ...]:
        """Wait until no job of a book is queued or running.

        Args:
            ref: Which book.
            on_change: Told the book and its jobs whenever either changed.
        """
        seen: object = None
        took_over = moved = time.monotonic()
        book_id, file = self.shelf.open(ref).id, self.shelf.folder(ref) / "book.json"
        while True:
            jobs = self.queue.jobs(book_id)
            state = (self._changed(ref, file), [(job.id, job.state, job.progress) for job in jobs])
            if state != seen:
                seen, moved = state, time.monotonic()
                if on_change is not None:
                    on_change(self.shelf.open(ref), jobs)
            if all(job.ended for job in jobs):
                return jobs
            if time.monotonic() - took_over > _TAKE_OVER_SECONDS:
                # The worker may have been another process's, and that may be gone.
                took_over = time.monotonic()
                ours = self.start_worker()
                idle = not any(job.state == "running" for job in jobs)
                if (idle or not ours) and took_over - moved > _PATIENCE_S:
                    notices.warning(_NOTHING_BEGINS if ours else _NOTHING_MOVES)
                    moved = math.inf  # said once
            time.sleep(_LOOK_SECONDS)

    def _changed(self, ref: str, file: Path) -> int:
        """When a book was last saved: far cheaper to ask, ten times a second, than to read it.

        Raises:
            NotFoundError: If it was deleted meanwhile.
        """
        try:
            return file.stat().st_mtime_ns
        except FileNotFoundError:
            self.shelf.folder(ref)
            raise

    def start_worker(self) -> bool:
        """Run jobs in this process, unless it may not, or another worker of this machine does.

        Returns:
            Whether this process runs them.
        """
        if not self._runs_jobs:
            return False
        with self._starting:
            if self._worker is None:
                home = private_folder(self.settings.home.expanduser())
                self._worker = Worker(
                    self.queue,
                    home,
                    self._production.kinds,
                    self._production.lanes,
                    name=self._worker_name,
                    poll=self._poll,
                )
            return self._worker.start()

    def _submitted(self, order: Order) -> Job:
        job = self.queue.submit(order)
        self.start_worker()
        return job

    # The trash

    def delete(self, ref: str) -> Path:
        """Stop what is being made for a book and put it into the trash; returns its place there.

        Raises:
            NotFoundError: If there is no such book.
        """
        self.cancel(*(job.id for job in self.jobs(ref) if not job.ended))
        return self.shelf.delete(ref)

    # Out

    def export(self, ref: str, *, easy_reading: bool = False, draft: bool = False) -> Export:
        """Make the book's PDF, in its folder; one that is there and still true is taken again.

        Args:
            ref: Which book.
            easy_reading: Set it in a face made for easy reading.
            draft: Allow pages without a picture; they say so.

        Raises:
            ExportError: Naming the page that cannot be printed.
        """
        book, folder = self.shelf.open(ref), self.shelf.folder(ref)
        target = folder / f"{slug(book.title)}.pdf"
        info = export_pdf(
            studio_pool(), folder, book, target, self._options(book, easy_reading=easy_reading, draft=draft)
        )
        return Export(target, info.pages, info.remarks)

    def export_cover(self, ref: str) -> Export:
        """Make the PDF of the cover for a printer: back, spine and front, and the end papers inside.

        Args:
            ref: Which book.

        Raises:
            ExportError: If the cover is not drawn yet.
        """
        book, folder = self.shelf.open(ref), self.shelf.folder(ref)
        target = folder / f"{slug(book.title)}-cover.pdf"
        info = export_cover(studio_pool(), folder, book, target, self._options(book), cache_folder())
        return Export(target, info.pages, info.remarks)

    def preview(self, ref: str, page: int, width_px: int = 800) -> Path:
        """One page of the printed book as a PNG file.

        Args:
            ref: Which book.
            page: Number of the page, from 1.
            width_px: Its width in pixels.

        Raises:
            NotFoundError: If the book has no such page.
        """
        book, folder = self.shelf.open(ref), self.shelf.folder(ref)
        target = make_folder(folder / ".state" / "previews") / f"{page}-{width_px}.png"
        export_preview(studio_pool(), folder, book, page, width_px, target, self._options(book))
        return target

    def _options(self, book: Book, *, easy_reading: bool = False, draft: bool = False) -> PdfOptions:
        """How to print it, and whom to thank."""
        drew = {page.picture.illustrator for page in book.pages if page.picture}
        return PdfOptions(
            easy_reading=easy_reading,
            draft=draft,
            writer=self._production.author(book.brief.author).credit,
            artists=tuple((name, self._production.illustrator(name).credit) for name in sorted(drew)),
        )

    # All at once

    def page_usd(self, author: str = "", illustrator: str = "") -> float:
        """What one page is expected to cost, in US dollars, whatever it will be about.

        Args:
            author: Written by whom: the tenth part of a ten-chapter story about our own plushie.
            illustrator: Drawn by whom, instead.

        Raises:
            InvalidInputError: If there is no such author or illustrator.
        """
        if illustrator:
            return self._production.illustrator(illustrator).estimate_usd(1)
        brief = Brief(author=author)
        whole = self._production.author(author).estimate_usd(Assignment(brief, (Character(name="Pip"),)))
        return whole / brief.chapters

    def sends(self, author: str, illustrator: str) -> tuple[str, ...]:
        """What leaves the house with these makers, a sentence each; nothing with the paper studio.

        Raises:
            InvalidInputError: If there is no such author or illustrator.
        """
        makers = (self._production.author(author), self._production.illustrator(illustrator))
        return tuple(told for maker in makers if (told := sends(maker)))

    def estimate_usd(self, brief: Brief, heroes: Sequence[Character]) -> tuple[float, float]:
        """What the words and the pictures of a whole book are expected to cost, in US dollars."""
        words = self._production.author(brief.author).estimate_usd(Assignment(brief, tuple(heroes)))
        return words, self._production.illustrator(brief.illustrator).estimate_usd(brief.chapters + 1)

    def check_room(self, brief: Brief, *, draw: bool = True) -> None:
        """Refuse a book before it is begun, if too much of this shelf waits to be made already.

        Args:
            brief: What is asked for.
            draw: Whether its pages are drawn too.

        Raises:
            BusyError: Code "queue-full".
        """
        self.queue.require_room(str(self.shelf.root), 1 + (brief.chapters + 1 if draw else 0))

    def check_budget(self, brief: Brief, heroes: Sequence[Character], budget_usd: float | None = None) -> None:
        """Refuse a book before it costs anything.

        Args:
            brief: What is asked for.
            heroes: Whom it is about.
            budget_usd: What it may cost at most, in US dollars; None takes the setting.

        Raises:
            InvalidInputError: If it is expected to cost more.
        """
        cost = sum(self.estimate_usd(brief, heroes))
        budget = self.settings.book_budget if budget_usd is None else budget_usd
        if cost > budget:
            raise InvalidInputError(
                f"This book is expected to cost ${cost:.2f}, and its budget is ${budget:.2f}. Please raise the budget "
                "(--budget, or the setting STORYMAKER_BOOK_BUDGET), or let the paper studio draw it for nothing.",
                code="budget",
            )

    def make(
        self,
        name: str,
        photos: Sequence[Path | str] | Path | str = (),
        *,
        kind: str = "",
        budget_usd: float | None = None,
        on_change: Callable[[Book, tuple[Job, ...]], None] | None = None,
        **asked: Any,
    ) -> Book:
        """Make a whole book: hero, story, pictures.

        Args:
            name: The hero's name.
            photos: Photos of it, or one; several are several poses; none takes the built-in plushie.
            kind: What animal or thing it is.
            budget_usd: Refuse at once what is expected to cost more, in US dollars; None takes the setting.
            on_change: Told the book and its jobs as they go on.
            asked: Fields of ``Brief``; a missing seed is drawn by lot.

        Returns:
            The book as it stands when nothing more is under way; ``complete`` says whether nothing is missing.

        Raises:
            InvalidInputError: If ``Brief`` has no such field, or the field cannot be that.
            StorymakerError: If the book cannot even be begun.
        """
        photos = (photos,) if isinstance(photos, str | Path) else photos
        refuse_unknown(Brief, asked, also=("name", "photos", "kind", "budget_usd", "on_change"))
        brief = checked(Brief, **({"seed": random.SystemRandom().randrange(2**31)} | asked))
        self.check(brief, (checked(Character, name=name, kind=kind),))
        self.check_room(brief)
        self.casting.warm_up(photos=bool(photos))
        with ThreadPoolExecutor(1) as aside:  # the job engine gets up while the hero is cut out
            worker = aside.submit(self.start_worker)
            hero = self.casting.hero(name, photos, kind=kind)
            worker.result()
        self.check_budget(brief, (hero,), budget_usd)
        book = self.begin(brief, (hero,))
        self.draft(book.id, draw=True)
        jobs = self.wait(book.id, on_change)
        book = self.shelf.open(book.id)
        if not book.chapters:
            failed = next((job for job in jobs if job.reason), None)
            raise JobError(self._reason(failed, brief) if failed else "The story was not written. Please try again.")
        return book

    def _reason(self, failed: Job, brief: Brief) -> str:
        """Why a job failed; one that knows no maker whom we know was done elsewhere."""
        if failed.code != "maker":
            return failed.reason or ""
        mine = [name for name in (brief.author, brief.illustrator) if f"“{name}”" in (failed.reason or "")]
        return (
            "The jobs are done by another worker here (a studio that runs), which does not know "
            f"“{(mine or [brief.author])[0]}”. Stop it, or give this one a home of its own: Settings(home=…)."
        )
