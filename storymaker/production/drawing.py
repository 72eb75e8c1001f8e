"""Having pictures drawn: once, or again where one does not look like its hero; what is drawn hangs in the book."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
import time
from pathlib import Path
from typing import Final

from storymaker.books.checking import replace
from storymaker.books.edits import require_page, with_page
from storymaker.books.files import disk_errors, make_folder
from storymaker.books.model import Book, Chapter, Picture
from storymaker.books.shelf import Shelf
from storymaker.errors import NotFoundError, ProviderError
from storymaker.export.page_images import jpeg_file
from storymaker.images.illustrator import Illustrator, PictureFile, PictureRequest
from storymaker.images.received import received
from storymaker.jobs.queue import Job, JobQueue, Order
from storymaker.jobs.worker import Task
from storymaker.production.billing import Way, asked_for, charge, forget, place_of, settle_ended, under_way
from storymaker.production.commission import described, liked, picture_request, with_picture
from storymaker.production.makers import Makers
from storymaker.production.numbering import next_number

log = logging.getLogger(__name__)

_LEFTOVER_SECONDS: Final = 3600
_PAGE_LOOK_SECONDS: Final = 0.25
_PAID_TWICE: Final = "The computer stopped while this picture was painted: it was begun again, and may be billed twice."
_PAINTED_AGAIN: Final = "The first try did not look like the plushie, so it was painted a second time; both are kept."


def lane_of(illustrator: str) -> str:
    """The lane that an illustrator's pictures wait in: each illustrator has its own pace."""
    return f"pictures-{illustrator}"


class Drawing:
    """The job that draws a page.

    Args:
        queue: Where pictures are ordered.
        makers: Who can draw.
        timeout: Seconds after which a drawing is stopped, unless its illustrator names more.
        budget_usd: What a book may cost at most, in US dollars.
        again: Whether a picture that does not look like its hero is tried once more, inside the budget.
    """

    def __init__(self, queue: JobQueue, makers: Makers, timeout: float, budget_usd: float, *, again: bool) -> None:
        self._queue, self._makers = queue, makers
        self._timeout, self._budget_usd, self._again = timeout, budget_usd, again

    async def picture(self, task: Task) -> None:
        """Draw one page, unless this very job had drawn it before a crash."""
        shelf, book_id = place_of(task)
        chapter_id = str(task.details["chapter_id"])
        illustrator = self._makers.illustrator((await asyncio.to_thread(shelf.open, book_id)).brief.illustrator)
        await asyncio.to_thread(settle_ended, self._queue, shelf, book_id, task)
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
        await asyncio.to_thread(shelf.mend_cutouts, book)
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
            await asyncio.to_thread(settle_ended, self._queue, shelf, book_id, task, own=True)
            raise
        if there:  # a second try that a killed process had sent is not sent again
            await asyncio.to_thread(forget, shelf, book_id, task, "begun")
            await asyncio.to_thread(settle_ended, self._queue, shelf, book_id, task, own=True)
        return there

    async def _draw(
        self, shelf: Shelf, book: Book, page: Chapter, request: PictureRequest, task: Task, price: float
    ) -> None:
        """Draw a page; once more, where that is set and the picture does not look like its hero."""
        illustrator = self._makers.illustrator(book.brief.illustrator)
        async with under_way(shelf, book.id, task, "begun", price) as way:
            drawing = await _drawn(illustrator, dataclasses.replace(request, sent=way.sent))
            if way.again:
                drawing = dataclasses.replace(drawing, notes=(*drawing.notes, _PAID_TWICE))
            hang = functools.partial(_hang, shelf, book, page, drawing, request.seed, task.id)
            picture = await way.to_the_end(hang, drawing.cost_usd)
        if drawing.unlike and self._again:
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
        illustrator = self._makers.illustrator(book.brief.illustrator)
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
        # A cover that is not wished for mostly waits for a page, and costs nothing.
        free = {job.id for job in jobs if job.chapter_id == book.cover.id and not job.details.get("wish")}
        done = set() if self._again else hung  # what hangs may be painted once more
        running = {job.id for job in jobs if job.state == "running"} - free - done
        asked = asked_for(shelf, book_id) & {job.id for job in jobs}
        others = (running | asked) - {task.id}
        if book.spent_usd + price * (1 + len(others)) > self._budget_usd:
            raise ProviderError(
                f"This picture would take the book over its budget of ${self._budget_usd:.2f}; ${book.spent_usd:.2f} are spent. "
                "Please raise STORYMAKER_BOOK_BUDGET; what is there stays.",
                code="budget",
            )

    def order(
        self,
        shelf: Shelf,
        book: Book,
        page: Chapter,
        *,
        urgent: bool = False,
        wish: str = "",
        patience: float | None = None,
    ) -> None:
        """Hand in the drawing of a page, under the attempt that the page counts.

        Args:
            shelf: Where the book stands.
            book: The book.
            page: Which page.
            urgent: Before all that is not.
            wish: What should be different.
            patience: Seconds to wait while the disk of the jobs refuses; None takes the queue's.
        """
        job = self._submit(shelf, book, page, urgent=urgent, wish=wish, patience=patience)
        if job.state == "done" and job.id not in shelf.picture_jobs(book.id):
            # The database knows that number from before the book was put back from a backup.
            def count(book: Book) -> Book:
                here = require_page(book, page.id)
                number = next_number(page.id, here.attempt, self._queue.jobs(book.id))
                return with_page(book, replace(here, attempt=number))

            book = shelf.update(book.id, count, what="story")
            self._submit(shelf, book, require_page(book, page.id), urgent=urgent, wish=wish, patience=patience)

    def _submit(
        self, shelf: Shelf, book: Book, page: Chapter, *, urgent: bool, wish: str, patience: float | None
    ) -> Job:
        return self._queue.submit(
            Order(
                id=f"{page.id}.{page.attempt}",
                kind="picture",
                lane=lane_of(book.brief.illustrator),
                shelf=str(shelf.root),
                book_id=book.id,
                chapter_id=page.id,
                timeout=max(
                    self._timeout, getattr(self._makers.illustrators.get(book.brief.illustrator), "patience_s", 0.0)
                ),
                urgent=urgent,
                details={"wish": wish} if wish else {},
            ),
            patience,
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


def _keep_screen(drawing: PictureFile, folder: Path, picture: Picture) -> None:
    """Put the JPEG where the export looks for it; without it the export makes its own."""
    if drawing.screen is not None:
        target = jpeg_file(folder, picture.file)
        make_folder(target.parent)
        with disk_errors(folder):
            drawing.screen.replace(target)


def _fresh_workdir(shelf: Shelf, book_id: str) -> Path:
    """The book's folder for unfinished drawings, rid of what killed processes left there."""
    workdir = shelf.workdir(book_id)
    for leftover in (*workdir.glob("*.png"), *workdir.glob("*.jpg")):
        with contextlib.suppress(FileNotFoundError):  # another drawing may just have been finished and moved
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                leftover.unlink()
    return workdir
