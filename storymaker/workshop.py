"""The Workshop: the façade that ties shelf, cast, authors, illustrators, jobs and exports together."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import storymaker.display.html  # noqa: F401  (registers how values show themselves in a notebook)
from storymaker.books.about import AboutChange, Redone, redone_by
from storymaker.books.checking import checked, replace
from storymaker.books.edits import require_page, with_page
from storymaker.books.files import make_folder
from storymaker.books.history import Scope
from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.books.values import refuse_unknown
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
from storymaker.production.commission import assignment_of
from storymaker.production.numbering import live_number, next_number
from storymaker.production.retelling import AboutPlan, refuse_while_made
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


def _drawings(book: Book, *, draw: bool) -> int:
    """How many pictures a story orders."""
    return book.brief.chapters + 1 if draw else 0


def _with_next_draft(book: Book, jobs: Sequence[Job]) -> Book:
    """The book that counts its next story, which is not written."""
    series = f"{book.id}.story"
    had = (f"{series}.{book.drafts}",) if book.drafted else ()
    return replace(book, drafts=next_number(series, book.drafts, jobs, had), drafted=False)


def _with_next_drawings(book: Book, pages: Sequence[str], jobs: Sequence[Job], had: Collection[str]) -> Book:
    """The book whose pages count their next drawings."""
    for page in (require_page(book, page_id) for page_id in pages):
        book = with_page(book, replace(page, attempt=next_number(page.id, page.attempt, jobs, had)))
    return book


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
        """Stop this process's worker; what runs is taken up by the next. Jobs can be neither ordered nor looked at any more."""
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
            brief: What is asked for; where it names no author or illustrator, those that are set.
            heroes: Whom it is about.
            friend: Who goes along.
            book_id: Its id, where the caller has one; the book that stands here under it already is given instead.

        Raises:
            InvalidInputError: What ``check`` refuses.
            StorageError: If the disk refuses.
        """
        self.check(brief, heroes, friend)
        return self.shelf.create(self._settled(brief), tuple(heroes), friend, book_id)

    def _settled(self, brief: Brief) -> Brief:
        """The brief with the author and the illustrator that are set, where it names none itself."""
        unsaid = {"author", "illustrator"} - brief.model_fields_set
        return replace(brief, **{role: getattr(self.settings, role) for role in unsaid}) if unsaid else brief

    def check(self, brief: Brief, heroes: Sequence[Character], friend: Character | None = None) -> None:
        """Refuse a book that cannot be made, before anything is done for it.

        Raises:
            InvalidInputError: If there is no such author or illustrator, one lacks something here, such as a key, or the author
                cannot write what was asked for.
        """
        brief = self._settled(brief)
        author, illustrator = self._production.author(brief.author), self._production.illustrator(brief.illustrator)
        people = (*heroes, *((friend,) if friend else ()))
        if not heroes or not all(person.name for person in people):
            raise InvalidInputError("A story needs a hero with a name. Please give everybody in it one.")
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

        def count(book: Book) -> Book:
            if book.drafted and not again:
                raise InvalidInputError("This story is written already. Say “again” (--again) to have it written anew.")
            jobs = self.queue.jobs(book.id)
            if live_number(f"{book.id}.story", jobs) is None:
                self.queue.require_room(str(self.shelf.root), 1 + _drawings(book, draw=draw))
            elif not book.drafted:
                return book
            return _with_next_draft(book, jobs)

        return self._write_story(self.shelf.update(ref, count), draw=draw)

    def _write_story(self, book: Book, *, draw: bool) -> Job:
        """Hand in the writing of a story, under the number that the book counts."""
        order = Order(
            id=f"{book.id}.story.{book.drafts}",
            kind="story",
            lane=WORDS_LANE,
            shelf=str(self.shelf.root),
            book_id=book.id,
            timeout=_STORY_SECONDS,
            orders=_drawings(book, draw=draw),
            details={"draw": draw},
        )
        return self._submitted(order)

    def retellable(self, book: Book) -> frozenset[str]:
        """Find the chapters that its author can write anew; of an author that does not say, all.

        Args:
            book: Which book.
        """
        everything = frozenset(chapter.id for chapter in book.chapters)
        author = self.authors.get(book.brief.author)
        ask = getattr(author, "retellable", None)
        if author is None or not callable(ask):
            return everything
        return frozenset(ask(assignment_of(book), book.chapters))

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
            book = _with_next_drawings(book, wanted, jobs, had)
            more = sum(live_number(page_id, jobs) is None for page_id in wanted)
            self.queue.require_room(str(self.shelf.root), more)
            return book

        book = self.shelf.update(ref, count)
        return self._draw(book, wanted, urgent=chapter_ids is not None and len(wanted) == 1, wish=wish)

    def _draw(self, book: Book, wanted: Sequence[str], *, urgent: bool = False, wish: str = "") -> tuple[Job, ...]:
        """Hand in the drawing of these pages, under the attempts that they count."""
        batch = short_id() if len(wanted) > 1 else ""
        # The cover last: it may wait for a page that it can show.
        for chapter_id in sorted(wanted, key=lambda wanted_id: wanted_id == book.cover.id):
            page = require_page(book, chapter_id)
            self._production.drawing.order(self.shelf, book, page, urgent=urgent, wish=wish, batch=batch)
        self.start_worker()
        return (
            self.queue.jobs(ids=tuple(f"{page}.{require_page(book, page).attempt}" for page in wanted))
            if wanted
            else ()
        )

    # What the book is about

    def plan_about(self, ref: str, change: AboutChange) -> AboutPlan:
        """Tell what a change of what a book is about would redo and cost; nothing is done.

        Args:
            ref: Which book.
            change: What shall be different.

        Raises:
            InvalidInputError: If it cannot be that, or nobody here can do what it asks for.
        """
        book = self.shelf.open(ref)
        return self._planned(book, change, redone_by(book, change))

    def change_about(self, ref: str, change: AboutChange) -> Book:
        """Change what a book is about, for whom it is, or who makes it, and order what is asked for with it.

        It is one save: ``undo`` takes it back with the story and the pictures that it ordered. Locked pages stay.

        Args:
            ref: Which book.
            change: What shall be different.

        Raises:
            InvalidInputError: If it cannot be that, nobody here can do what it asks for, something is being written or drawn by what
                the book said before (code "busy"), or it would cost more than the budget (code "budget").
            BusyError: If too much of this shelf waits to be made already.
        """
        again, draw, pages = change.words == "again", change.draw, list[str]()

        def apply(book: Book) -> Book:
            redone, jobs = redone_by(book, change), self.queue.jobs(book.id)
            refuse_while_made(jobs, change, redone, book)
            self._check_price(book, self._planned(book, change, redone))
            after = redone.after
            if again:
                after = _with_next_draft(after, jobs)
            pages[:] = redone.pages if draw and not again else ()
            if draw and again:  # what new words do not draw anew by themselves
                pages[:] = [page.id for page in after.pages if page.id in redone.pages and page.picture_stale]
            if draw:
                after = _with_next_drawings(after, pages, jobs, self.shelf.picture_jobs(book.id))
            orders = _drawings(after, draw=draw) + 1 if again else len(pages)
            self.queue.require_room(str(self.shelf.root), orders)
            return after

        known = {one.id for one in self.shelf.cast.list()}
        come = (*(change.heroes or ()), *((change.friend,) if change.friend else ()))
        self.shelf.bring(ref, *(one for one in come if one.id in known))
        book = self.shelf.update(ref, apply, what="about")
        if again:
            self._write_story(book, draw=draw)
        elif pages:
            self._draw(book, pages)
        return book

    def _planned(self, book: Book, change: AboutChange, redone: Redone) -> AboutPlan:
        """What a change costs, if whoever does it can."""
        brief, again = redone.after.brief, change.words == "again"
        author, illustrator = self._production.author(brief.author), self._production.illustrator(brief.illustrator)
        task = Assignment(brief, redone.after.heroes, redone.after.friend)
        if again or brief.author != book.brief.author:
            author.check(task)
            if lack := missing(author):
                raise InvalidInputError(lack, code="maker")
        if (change.draw or brief.illustrator != book.brief.illustrator) and (lack := missing(illustrator)):
            raise InvalidInputError(lack, code="maker")
        pictures = illustrator.estimate_usd(len(redone.pages)) if redone.pages else 0.0
        return AboutPlan(change, redone, author.estimate_usd(task), pictures)

    def _check_price(self, book: Book, plan: AboutPlan) -> None:
        if plan.total_usd and book.cost_usd + plan.total_usd > self.settings.book_budget:
            raise InvalidInputError(
                f"This is expected to cost ${plan.total_usd:.2f}; ${book.cost_usd:.2f} are spent on this book, and its budget is "
                f"${self.settings.book_budget:.2f}. Please raise STORYMAKER_BOOK_BUDGET, or leave out what is made anew.",
                code="budget",
            )

    def undo(
        self, ref: str, chapter_id: str | None = None, scope: Scope | None = None, version: int | None = None
    ) -> Book:
        """Take the latest change back, as ``Shelf.undo`` does; what a change of the whole book ordered, and is still made, is stopped.

        Raises:
            InvalidInputError: If there is nothing to take back.
        """
        entry = self.shelf.undoable(ref, chapter_id, scope, version)
        if entry.what == "about":
            self.cancel(*(job.id for job in self.jobs(ref) if not job.ended and job.kind in ("story", "picture")))
        return self.shelf.undo(ref, chapter_id, scope, version)

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

    def page_estimate_usd(self, author: str = "", illustrator: str = "") -> float:
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
        brief = self._settled(brief)
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
            asked: Fields of ``Brief``; a missing seed is drawn by lot, and a missing author or illustrator is the one that is set.

        Returns:
            The book as it stands when nothing more is under way; ``complete`` says whether nothing is missing.

        Raises:
            InvalidInputError: If ``Brief`` has no such field, or the field cannot be that.
            StorymakerError: If the book cannot even be begun.
        """
        photos = (photos,) if isinstance(photos, str | Path) else photos
        refuse_unknown(Brief, asked, also=("name", "photos", "kind", "budget_usd", "on_change"))
        brief = self._settled(checked(Brief, **({"seed": random.SystemRandom().randrange(2**31)} | asked)))
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
