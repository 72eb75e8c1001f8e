"""What each kind of job does: write a story, write a chapter anew, draw a picture; the book is the truth of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from storymaker.billing import Way, asked_for, charge, forget, marks, settle, under_way
from storymaker.books.edits import require_page
from storymaker.books.files import disk_errors, make_folder
from storymaker.books.history import What
from storymaker.books.model import Book, Chapter, Picture
from storymaker.books.shelf import Shelf
from storymaker.commission import (
    Placing,
    assignment_of,
    described,
    liked,
    opened,
    picture_request,
    player,
    seed_of,
    whole,
    with_look,
    with_looks,
    with_picture,
    with_words,
)
from storymaker.errors import InvalidInputError, NotFoundError, ProviderError
from storymaker.export.page_images import jpeg_file
from storymaker.images.illustrator import Illustrator, PictureFile, PictureRequest
from storymaker.images.received import received
from storymaker.jobs.queue import JobQueue, Order
from storymaker.jobs.worker import Function, Task
from storymaker.story.author import Author, ChapterDraft, StoryOpening

log = logging.getLogger(__name__)

WORDS_LANE: Final = "words"
_LEFTOVER_SECONDS: Final = 3600
_PAGE_LOOK_SECONDS: Final = 0.25
_PAID_TWICE: Final = "The computer stopped while this picture was painted: it was begun again, and may be billed twice."
_PAINTED_AGAIN: Final = "The first try did not look like the plushie, so it was painted a second time; both are kept."
T = TypeVar("T")


def picture_lane(illustrator: str) -> str:
    """The lane that an illustrator's pictures wait in: each illustrator has its own pace."""
    return f"pictures-{illustrator}"


def sends(maker: Author | Illustrator) -> str:
    """What leaves the house with a maker, in a sentence; empty where it says that nothing does.

    Args:
        maker: It may have an attribute ``sends``; without one nobody knows, and that is said.
    """
    return str(getattr(maker, "sends", f"“{maker.name}” does not say whether anything leaves this computer."))


def missing(maker: Author | Illustrator) -> str:
    """What a maker lacks to work here, in a sentence; empty when it is ready.

    Args:
        maker: It may have a method ``missing``.
    """
    probe = getattr(maker, "missing", None)
    return str(probe()) if callable(probe) else ""


class Production:
    """The functions that a worker runs.

    Args:
        queue: Where pictures are ordered as chapters land.
        authors: Who can write, by name.
        illustrators: Who can draw, by name.
        picture_timeout: Seconds after which a drawing is stopped, unless its illustrator names more.
        budget_usd: What a book may cost at most, in US dollars.
        paint_again: Whether a picture that does not look like its hero is tried once more, inside the budget.
    """

    def __init__(
        self,
        queue: JobQueue,
        authors: Mapping[str, Author],
        illustrators: Mapping[str, Illustrator],
        picture_timeout: float,
        budget_usd: float,
        *,
        paint_again: bool = False,
    ) -> None:
        self._queue = queue
        self.authors = authors
        self.illustrators = illustrators
        self._picture_timeout, self._budget_usd, self._paint_again = picture_timeout, budget_usd, paint_again

    @property
    def kinds(self) -> dict[str, Function]:
        """Kind of job to function."""
        return {"story": self.story, "chapter": self.chapter, "picture": self.picture}

    @property
    def lanes(self) -> dict[str, int]:
        """How many jobs of each lane may run at once."""
        words = max(author.at_once for author in self.authors.values())
        return {WORDS_LANE: words} | {picture_lane(name): one.at_once for name, one in self.illustrators.items()}

    def author(self, name: str) -> Author:
        """Who writes under this name.

        Raises:
            InvalidInputError: If nobody does.
        """
        return _named(self.authors, name, "author")

    def illustrator(self, name: str) -> Illustrator:
        """Who draws under this name.

        Raises:
            InvalidInputError: If nobody does.
        """
        return _named(self.illustrators, name, "illustrator")

    # The three kinds

    async def story(self, task: Task) -> None:
        """Write the whole story; each chapter is saved as soon as it is whole, and its picture ordered if so asked."""
        shelf, book_id = _place(task)
        book = await asyncio.to_thread(shelf.open, book_id)
        draw = bool(task.details.get("draw"))
        if book.drafted:
            if draw:  # whoever was stopped between the last word and the cover had counted it, and not ordered it
                await asyncio.to_thread(self.order_picture, shelf, book, book.cover)
            return
        await self._settle(shelf, book_id, task)
        spent = book.spent_usd
        book = await self._with_looks(shelf, book)
        spent = book.spent_usd - spent
        placing = Placing(tuple(page.id for page in book.chapters))
        price = self.author(book.brief.author).estimate_usd(assignment_of(book))
        async with under_way(shelf, book_id, task, "begun", price, spent) as way:
            expected = await self._write(shelf, book, task, way, placing, draw=draw)
        if len(placing.placed) < expected:
            raise ProviderError(
                f"Only {len(placing.placed)} of {expected} chapters were written. Please ask for the story again."
            )
        book = await _update(shelf, book_id, functools.partial(whole, left=placing.left))
        if draw:
            await asyncio.to_thread(self.order_picture, shelf, book, book.cover)

    async def _write(self, shelf: Shelf, book: Book, task: Task, way: Way, placing: Placing, *, draw: bool) -> int:
        """Have a story written into the book, page by page; how many chapters its author meant it to have."""
        expected = book.brief.chapters
        # Closed also when cancelled between two chapters: a service must not go on writing for nobody.
        writing = contextlib.aclosing(self.author(book.brief.author).write(assignment_of(book, way.sent)))
        async with writing as pieces:
            async for piece in pieces:
                if isinstance(piece, StoryOpening):
                    expected = piece.chapters
                    await _update(shelf, book.id, functools.partial(opened, opening=piece, draw=draw))
                    continue
                put = functools.partial(placing.put, draft=piece, draw=draw)
                save = functools.partial(shelf.update, book.id, put, what="story")
                book = await (way.to_the_end(save, piece.cost_usd) if piece.cost_usd else asyncio.to_thread(save))
                await task.report(progress=min(1.0, len(placing.placed) / expected), cost_usd=way.spent)
                if draw and (page := book.page(placing.placed[-1])):
                    await asyncio.to_thread(self.order_picture, shelf, book, page)
        return expected

    async def _with_looks(self, shelf: Shelf, book: Book) -> Book:
        """The book with its heroes described, where its illustrator can look at them and nobody has said how they look.

        A look that is not there is no reason not to write: what goes wrong is logged.
        """
        describe = getattr(self.illustrator(book.brief.illustrator), "describe", None)
        if describe is None:
            return book
        for hero in book.heroes:
            if hero.look or not hero.poses:
                continue
            try:
                look, cost = await describe(player(shelf.folder(book.id), hero), book.brief.child)
            except ProviderError as error:
                log.warning("%s", error.message)
                look, cost = "", error.cost_usd
            looks = {hero.id: look} if look else {}
            book = await _update(shelf, book.id, functools.partial(with_looks, looks=looks, cost=cost))
            if look:
                with contextlib.suppress(NotFoundError):  # the cast learns it too, where it still has that character
                    await asyncio.to_thread(shelf.cast.update, hero.id, functools.partial(with_look, look=look))
        return book

    async def chapter(self, task: Task) -> None:
        """Write one chapter anew."""
        shelf, book_id = _place(task)
        book = await asyncio.to_thread(shelf.open, book_id)
        chapter = require_page(book, str(task.details["chapter_id"]))
        author = self.author(book.brief.author)
        await self._settle(shelf, book_id, task)
        price = author.estimate_usd(assignment_of(book)) / max(1, len(book.chapters))
        async with under_way(shelf, book_id, task, "begun", price) as way:
            draft = await author.rewrite(
                assignment_of(book, way.sent),
                book.chapters,
                chapter.id,
                str(task.details.get("wish", "")),
                seed_of(task.id),
            )
            told = functools.partial(_retold, chapter_id=chapter.id, draft=draft)
            await way.to_the_end(functools.partial(shelf.update, book_id, told, what="edit"), draft.cost_usd)

    async def picture(self, task: Task) -> None:
        """Draw one page, unless this very job had drawn it before a crash."""
        shelf, book_id = _place(task)
        chapter_id = str(task.details["chapter_id"])
        illustrator = self.illustrator((await asyncio.to_thread(shelf.open, book_id)).brief.illustrator)
        await self._settle(shelf, book_id, task)
        workdir = await asyncio.to_thread(_fresh_workdir, shelf, book_id)
        if await self._taken_up(shelf, book_id, chapter_id, task):
            return
        book = await asyncio.to_thread(shelf.open, book_id)
        page = require_page(book, chapter_id)
        wish = str(task.details.get("wish", ""))
        reuses = page.n == 0 and not wish and getattr(illustrator, "covers_from_pages", False)
        if reuses:
            book = await self._when_a_page_is_there(shelf, book, alone=illustrator.at_once == 1)
        sketch = shelf.sketch(book_id, page.id)
        await asyncio.to_thread(sketch.unlink, missing_ok=True)
        request = picture_request(shelf.folder(book_id), book, page, workdir, wish, sketch)
        price = 0.0 if reuses and request.pages else illustrator.estimate_usd(1)
        await asyncio.to_thread(self._check_budget, shelf, book_id, task, price)
        try:
            await self._draw(shelf, book, page, request, task, price)
        finally:
            await asyncio.to_thread(sketch.unlink, missing_ok=True)

    async def _taken_up(self, shelf: Shelf, book_id: str, page_id: str, task: Task) -> bool:
        """Whether this very job had drawn the page before a crash; what it had asked for besides is counted."""
        try:
            there = await asyncio.to_thread(shelf.take_up, book_id, page_id, task.id)
        except NotFoundError:  # the page was deleted meanwhile
            await self._settle(shelf, book_id, task, own=True)
            raise
        if there:  # a second try that a killed process had sent is not sent again
            await asyncio.to_thread(forget, shelf, book_id, task, "begun")
            await self._settle(shelf, book_id, task, own=True)
        return there

    async def _settle(self, shelf: Shelf, book_id: str, task: Task, *, own: bool = False) -> None:
        """Count what jobs of this book that have ended had asked for, and that never came; and perhaps this one's."""
        if await asyncio.to_thread(marks, shelf, book_id):
            jobs = await asyncio.to_thread(self._queue.jobs, book_id)
            others = {job.id for job in jobs if not job.ended} - {task.id}
            await asyncio.to_thread(settle, shelf, book_id, others if own else others | {task.id})

    async def _draw(
        self, shelf: Shelf, book: Book, page: Chapter, request: PictureRequest, task: Task, price: float
    ) -> None:
        """Draw a page; once more, where that is set and the picture does not look like its hero."""
        illustrator = self.illustrator(book.brief.illustrator)
        async with under_way(shelf, book.id, task, "begun", price) as way:
            drawing = await _drawn(illustrator, dataclasses.replace(request, sent=way.sent))
            if way.again:
                drawing = dataclasses.replace(drawing, notes=(*drawing.notes, _PAID_TWICE))
            hang = functools.partial(_hang, shelf, book, page, drawing, request.seed, task.id)
            picture = await way.to_the_end(hang, drawing.cost_usd)
        if drawing.unlike and self._paint_again:
            # The first is there, and says that it may not be like: it stands, whatever becomes of the second.
            with contextlib.suppress(ProviderError):
                async with under_way(shelf, book.id, task, "second", price, way.spent) as way:
                    await self._once_more(shelf, book.id, page, task, request, drawing, picture, way)

    async def _once_more(
        self,
        shelf: Shelf,
        book_id: str,
        page: Chapter,
        task: Task,
        request: PictureRequest,
        first: PictureFile,
        hung: Picture,
        way: Way,
    ) -> None:
        """Try a picture again that does not look like its hero: the better one hangs, the other stays with the page."""
        book = await asyncio.to_thread(shelf.open, book_id)
        if book.page(page.id) is None:  # deleted meanwhile: nobody looks at it
            return
        illustrator = self.illustrator(book.brief.illustrator)
        again = dataclasses.replace(request, seed=request.seed + 1, sent=way.sent)
        await asyncio.to_thread(self._check_budget, shelf, book_id, task, illustrator.estimate_usd(1))
        drawing = await _drawn(illustrator, again)
        worse = drawing.unlike and (drawing.likeness or 0.0) < (first.likeness or 0.0)
        drawing = dataclasses.replace(drawing, notes=(*drawing.notes, _PAINTED_AGAIN))

        def hang() -> None:
            standing = shelf.open(book_id).page(page.id)
            _hang(shelf, book, page, drawing, again.seed, hung.job)
            # What a parent approved or chose meanwhile stays.
            if standing is not None and (worse or standing.locked or standing.picture != hung):
                back = functools.partial(with_picture, chapter_id=page.id, picture=standing.picture)
                with contextlib.suppress(NotFoundError):
                    shelf.update(book_id, back, what="picture")

        await way.to_the_end(hang, drawing.cost_usd)

    async def _when_a_page_is_there(self, shelf: Shelf, book: Book, *, alone: bool) -> Book:
        """Wait until a page is painted that the cover can show, or none will be: the service is not asked meanwhile.

        Args:
            shelf: Where the book stands.
            book: The book.
            alone: No picture is painted beside this one: those that wait behind it are not waited for.
        """
        while not liked(book, book.cover):
            jobs = await asyncio.to_thread(self._queue.jobs, book.id)
            others = [job for job in jobs if job.kind == "picture" and job.chapter_id != book.cover.id]
            if all(job.ended or (alone and job.state == "queued") for job in others):
                break
            await asyncio.sleep(_PAGE_LOOK_SECONDS)
            book = await asyncio.to_thread(shelf.open, book.id)
        return book

    def _check_budget(self, shelf: Shelf, book_id: str, task: Task, price: float) -> None:
        """Stop before a picture that would take the book over its budget, counting those under way.

        Raises:
            ProviderError: Code "budget".
        """
        if not price:
            return
        jobs = [job for job in self._queue.jobs(book_id) if job.kind == "picture"]
        book = shelf.open(book_id)  # after the jobs: whose picture hangs by now is in what was spent
        hung = {page.picture.job for page in book.pages if page.picture}
        running = {job.id for job in jobs if job.state == "running" and job.chapter_id != book.cover.id}
        asked = asked_for(shelf, book_id) & {
            job.id for job in jobs
        }  # a cover too, which mostly waits and costs nothing
        others = ((running - hung) | asked) - {task.id}
        if book.spent_usd + price * (1 + len(others)) > self._budget_usd:
            raise ProviderError(
                f"This picture would take the book over its budget of ${self._budget_usd:.2f}; ${book.spent_usd:.2f} are spent. "
                "Please raise STORYMAKER_BOOK_BUDGET; what is there stays.",
                code="budget",
            )

    def order_picture(self, shelf: Shelf, book: Book, page: Chapter, *, urgent: bool = False, wish: str = "") -> None:
        """Hand in the drawing of a page, under the attempt that the page counts."""
        self._queue.submit(
            Order(
                id=f"{page.id}.{page.attempt}",
                kind="picture",
                lane=picture_lane(book.brief.illustrator),
                shelf=str(shelf.root),
                book_id=book.id,
                chapter_id=page.id,
                timeout=max(
                    self._picture_timeout, getattr(self.illustrators.get(book.brief.illustrator), "patience_s", 0.0)
                ),
                urgent=urgent,
                details={"wish": wish} if wish else {},
            )
        )


async def _drawn(illustrator: Illustrator, request: PictureRequest) -> PictureFile:
    """A drawing that may be taken into a book: what is none fails its own job, and not the print of the book."""
    return await asyncio.to_thread(received, await illustrator.draw(request), illustrator.name)


def _hang(shelf: Shelf, book: Book, page: Chapter, drawing: PictureFile, seed: int, job: str) -> Picture:
    """Take a drawing into the book, on its page where that is still there."""
    picture = described(drawing, book, page, seed, job)
    _keep_screen(drawing, shelf.folder(book.id), picture)
    try:
        shelf.attach(book.id, page.id, drawing.path, picture)
    except NotFoundError:
        log.info("page %s was deleted while it was drawn; its picture stays in the book's images", page.id)
        charge(shelf, book.id, drawing.cost_usd)
    return picture


def _retold(book: Book, *, chapter_id: str, draft: ChapterDraft) -> Book:
    return with_words(book, require_page(book, chapter_id), draft)


def _keep_screen(drawing: PictureFile, folder: Path, picture: Picture) -> None:
    """Put the JPEG where the export looks for it; without it the export makes its own."""
    if drawing.screen is not None:
        target = jpeg_file(folder, picture.file)
        make_folder(target.parent)
        with disk_errors(folder):
            drawing.screen.replace(target)


def _place(task: Task) -> tuple[Shelf, str]:
    return Shelf(Path(str(task.details["shelf"]))), str(task.details["book_id"])


def _fresh_workdir(shelf: Shelf, book_id: str) -> Path:
    """The book's folder for unfinished drawings, rid of what killed processes left there."""
    workdir = shelf.workdir(book_id)
    for leftover in (*workdir.glob("*.png"), *workdir.glob("*.jpg")):
        with contextlib.suppress(FileNotFoundError):  # another drawing may just have been finished and moved
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()
    return workdir


def _named(makers: Mapping[str, T], name: str, what: str) -> T:
    if name in (broken := getattr(makers, "broken", {})):
        raise InvalidInputError(broken[name], code="maker")
    if name not in makers:
        raise InvalidInputError(
            f"There is no {what} called “{name}” here. There is: {', '.join(sorted(makers))}.", code="maker"
        )
    return makers[name]


async def _update(shelf: Shelf, book_id: str, change: Callable[[Book], Book], what: What = "story") -> Book:
    return await asyncio.to_thread(lambda: shelf.update(book_id, change, what=what))
