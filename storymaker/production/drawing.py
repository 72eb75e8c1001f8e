"""Having pictures drawn: once, or again where one does not look like its hero; what is drawn hangs in the book."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import logging
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storymaker.books.checking import replace
from storymaker.books.edits import require_page, with_page
from storymaker.books.files import disk_errors, make_folder
from storymaker.books.model import Book, Chapter, Picture
from storymaker.books.shelf import Shelf
from storymaker.errors import NotFoundError, ProviderError, StorageError
from storymaker.export.page_images import jpeg_file
from storymaker.images.illustrator import Advice, Illustrator, PictureFile, PictureRequest
from storymaker.images.received import received
from storymaker.jobs.queue import Job, JobQueue, Order
from storymaker.jobs.worker import Task
from storymaker.production.billing import Way, asked_for, charge, forget, place_of, settle_own, under_way
from storymaker.production.commission import advised, described, liked, picture_request, with_picture
from storymaker.production.makers import Makers
from storymaker.production.numbering import next_number
from storymaker.production.proving import Proving
from storymaker.production.sweeping import own_folder, sweep_ended

log = logging.getLogger(__name__)

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
        self._proving = Proving()

    async def picture(self, task: Task) -> None:
        """Draw one page, unless this very job had drawn it before a crash; what it had not done besides is done now."""
        shelf, book_id = place_of(task)
        chapter_id = str(task.details["chapter_id"])
        await asyncio.to_thread(sweep_ended, self._queue, shelf, book_id, task.id)
        async with own_folder(shelf, book_id, task.id) as folder:
            drawn = await self._taken_up(shelf, book_id, chapter_id, task)
            book = await asyncio.to_thread(shelf.open, book_id)
            sitting = await self._sitting(shelf, book, require_page(book, chapter_id), task, folder, wait=not drawn)
            if drawn:
                await self._resume(sitting)
                await asyncio.to_thread(settle_own, shelf, book_id, task)
                return
            try:
                await self._draw(sitting)
            finally:
                await asyncio.to_thread(shelf.sketch(book_id, chapter_id).unlink, missing_ok=True)

    async def _sitting(
        self, shelf: Shelf, book: Book, page: Chapter, task: Task, folder: Path, *, wait: bool
    ) -> _Sitting:
        """What is asked of the illustrator, and what that is expected to cost; a cover may wait for a page."""
        illustrator = self._makers.illustrator(book.brief.illustrator)
        wish = str(task.details.get("wish", ""))
        reuses = page.n == 0 and not wish and getattr(illustrator, "covers_from_pages", False)
        if reuses and wait:
            book = await self._when_a_page_is_there(shelf, book, alone=illustrator.at_once == 1)
        sketch = shelf.sketch(book.id, page.id)
        await asyncio.to_thread(sketch.unlink, missing_ok=True)
        await asyncio.to_thread(shelf.mend_cutouts, book)
        request = picture_request(shelf.folder(book.id), book, page, folder, wish, sketch)
        price = 0.0 if reuses and request.pages else illustrator.estimate_usd(1)
        return _Sitting(shelf, book, page, task, illustrator, request, price)

    async def _taken_up(self, shelf: Shelf, book_id: str, page_id: str, task: Task) -> bool:
        """Whether this very job had drawn the page before a crash."""
        try:
            there = await asyncio.to_thread(shelf.take_up, book_id, page_id, task.id)
        except NotFoundError:  # the page was deleted meanwhile
            await asyncio.to_thread(settle_own, shelf, book_id, task)
            raise
        if there:
            await asyncio.to_thread(forget, shelf, book_id, task, "begun")
        return there

    async def _draw(self, sitting: _Sitting) -> None:
        """Draw a page and hang it; then look it over, and draw it once more where that is set and it is not like its hero."""
        turn = self._proving.turn(sitting.shelf, sitting.book.id, sitting.page, sitting.task, sitting.illustrator)
        async with turn, sitting.under_way("begun", sitting.price) as way:
            await self._check_budget(sitting, way)
            drawing = await _drawn(sitting, sitting.request, way)
            if way.again:
                drawing = dataclasses.replace(drawing, notes=(*drawing.notes, _PAID_TWICE))
            picture = await asyncio.to_thread(sitting.described, drawing, sitting.request.seed)
            hang = functools.partial(_hang, sitting, drawing, picture, way.pays)
            await way.to_the_end(hang, drawing.cost_usd)
        await self._follow_up(sitting, picture, _found_by_drawing(drawing), way.spent)

    async def _resume(self, sitting: _Sitting) -> None:
        """Do what a crash kept a job from doing after its picture hung."""
        page, job = sitting.page, sitting.task.id
        every = await asyncio.to_thread(sitting.shelf.pictures, sitting.book.id, page.id)
        mine = [picture for picture in every if picture.job == job]
        if len(mine) == 1 and page.picture is not None and _shows(page, mine[0]):
            await self._follow_up(sitting, page.picture, Advice(), 0.0)

    async def _follow_up(self, sitting: _Sitting, picture: Picture, found: Advice, spent: float) -> None:
        """Look a picture over that hangs already, note what was found, and draw it once more where that is worth it."""
        if sitting.advises:
            async with sitting.under_way("advice", 0.0, spent) as way:
                found = await _noted(sitting, picture, way)
            spent = way.spent
        if found.unlike and self._again:
            # The first is there, and says that it may not be like: it stands, whatever becomes of the second.
            with contextlib.suppress(ProviderError):
                async with sitting.under_way("second", sitting.price, spent) as way:
                    if not way.again:  # what a killed process had sent, and never got, is not sent again
                        await self._once_more(sitting, found, picture, way)

    async def _once_more(self, sitting: _Sitting, first: Advice, hung: Picture, way: Way) -> None:
        """Try a picture again that does not look like its hero: the better one hangs, the other stays with the page."""
        shelf, book_id, page_id = sitting.shelf, sitting.book.id, sitting.page.id
        if (await asyncio.to_thread(shelf.open, book_id)).page(
            page_id
        ) is None:  # deleted meanwhile: nobody looks at it
            return
        await self._check_budget(sitting, way)
        again = dataclasses.replace(sitting.request, seed=sitting.request.seed + 1)
        drawing = await _drawn(sitting, again, way)
        found = await sitting.advice(way, drawing.path) if sitting.advises else _found_by_drawing(drawing)
        cost = drawing.cost_usd + (way.owed(found.cost_usd) if sitting.advises else 0.0)
        notes = (*drawing.notes, *found.notes, _PAINTED_AGAIN)
        drawing = dataclasses.replace(drawing, cost_usd=cost, notes=notes)
        picture = await asyncio.to_thread(sitting.described, drawing, again.seed)
        worse = found.unlike and (found.likeness or 0.0) < (first.likeness or 0.0)
        standing = (await asyncio.to_thread(shelf.open, book_id)).page(page_id)

        def hang() -> None:
            _hang(sitting, drawing, picture, way.pays)
            # What a parent approved or chose meanwhile stays.
            if standing is not None and (worse or standing.locked or not _shows(standing, hung)):
                back = functools.partial(with_picture, chapter_id=page_id, picture=standing.picture)
                with contextlib.suppress(NotFoundError):
                    shelf.update(book_id, back, what="picture")

        await way.to_the_end(hang, cost)

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

    async def _check_budget(self, sitting: _Sitting, way: Way) -> None:
        """Stop before a picture that would take the book over its budget; one whose answer is kept is paid already.

        Raises:
            ProviderError: Code "budget".
        """
        if not way.safe_to_repeat:
            await asyncio.to_thread(self._check_spent, sitting.shelf, sitting.book.id, sitting.task, sitting.price)

    def _check_spent(self, shelf: Shelf, book_id: str, task: Task, price: float) -> None:
        """See whether a picture would take the book over its budget, counting those under way."""
        jobs = [job for job in self._queue.jobs(book_id) if job.kind == "picture"]
        book = shelf.open(book_id)  # after the jobs: whose picture hangs by now is in what was spent
        hung = {page.picture.job for page in book.pages if page.picture}
        # A cover that is not wished for mostly waits for a page, and costs nothing.
        free = {job.id for job in jobs if job.chapter_id == book.cover.id and not job.details.get("wish")}
        done = set() if self._again else hung  # what hangs may be painted once more
        running = {job.id for job in jobs if job.state == "running"} - free - done
        asked = asked_for(shelf, book_id) & {job.id for job in jobs}
        others = (running | asked) - {task.id}
        if book.cost_usd + price * (1 + len(others)) > self._budget_usd:
            raise ProviderError(
                f"This picture would take the book over its budget of ${self._budget_usd:.2f}; ${book.cost_usd:.2f} are spent. "
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
        batch: str = "",
        patience: float | None = None,
    ) -> None:
        """Hand in the drawing of a page, under the attempt that the page counts.

        Args:
            shelf: Where the book stands.
            book: The book.
            page: Which page.
            urgent: Before all that is not.
            wish: What should be different.
            batch: Names what is ordered in one go: what no page of it would escape stops all of it.
            patience: Seconds to wait while the disk of the jobs refuses; None takes the queue's.
        """
        details = {name: value for name, value in (("wish", wish), ("batch", batch)) if value}
        job = self._submit(shelf, book, page, details, urgent=urgent, patience=patience)
        if job.state == "done" and job.id not in shelf.picture_jobs(book.id):
            # The database knows that number from before the book was put back from a backup.
            def count(book: Book) -> Book:
                here = require_page(book, page.id)
                number = next_number(page.id, here.attempt, self._queue.jobs(book.id))
                return with_page(book, replace(here, attempt=number))

            book = shelf.update(book.id, count, what="story")
            self._submit(shelf, book, require_page(book, page.id), details, urgent=urgent, patience=patience)

    def _submit(
        self, shelf: Shelf, book: Book, page: Chapter, details: dict[str, str], *, urgent: bool, patience: float | None
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
                details=details,
            ),
            patience,
        )


@dataclass(frozen=True)
class _Sitting:
    """A page that is drawn by a job.

    Attributes:
        shelf: Where the book stands.
        book: As it was when the job began.
        page: As it was when the job began.
        task: The job.
        illustrator: Who draws.
        request: What is asked for.
        price: What that is expected to cost, in US dollars.
    """

    shelf: Shelf
    book: Book
    page: Chapter
    task: Task
    illustrator: Illustrator
    request: PictureRequest
    price: float

    def under_way(self, name: str, price: float, spent: float = 0.0) -> AbstractAsyncContextManager[Way]:
        """Begin a paid piece of this work; see `under_way`."""
        return under_way(self.shelf, self.book.id, self.task, name, price, spent)

    @property
    def advises(self) -> bool:
        """Whether the illustrator looks its pictures over once they hang."""
        return callable(getattr(self.illustrator, "advise", None))

    async def advice(self, way: Way, file: Path) -> Advice:
        """Have a picture looked over."""
        asked = dataclasses.replace(self.request, sent=way.sent, paid=way)
        found: Advice = await self.illustrator.advise(asked, file)  # type: ignore[attr-defined]
        return found

    def described(self, drawing: PictureFile, seed: int) -> Picture:
        """What the book keeps of a drawing."""
        return described(drawing, self.book, self.page, seed, self.task.id)


async def _drawn(sitting: _Sitting, request: PictureRequest, way: Way) -> PictureFile:
    """A drawing that may be taken into a book, with what of its cost nobody has charged yet.

    What is none fails its own job, and not the print of the book. Where the disk is full it is waited for, and drawn again when
    that costs nothing: from the answer that is kept.
    """
    asked = dataclasses.replace(request, sent=way.sent, paid=way)

    async def draw() -> PictureFile:
        try:
            drawing = await sitting.illustrator.draw(asked)
        except StorageError as error:
            if error.code == "full" and not way.safe_to_repeat:
                raise StorageError(error.message) from error  # never paid twice for want of room
            raise
        return await asyncio.to_thread(received, drawing, sitting.illustrator.name)

    drawing = await way.room.until_done(draw)
    return dataclasses.replace(drawing, cost_usd=way.owed(drawing.cost_usd))


def _found_by_drawing(drawing: PictureFile) -> Advice:
    """What an illustrator that looks its pictures over by itself has found; its notes hang with the picture."""
    return Advice(likeness=drawing.likeness, unlike=drawing.unlike)


async def _noted(sitting: _Sitting, picture: Picture, way: Way) -> Advice:
    """Have a picture looked over that hangs already; what is found is noted in the book."""
    shelf, book_id = sitting.shelf, sitting.book.id
    found = await sitting.advice(way, shelf.folder(book_id) / "images" / picture.file)
    cost = way.owed(found.cost_usd)
    if cost or found.notes:
        told = functools.partial(advised, chapter_id=sitting.page.id, file=picture.file, notes=found.notes, cost=cost)
        await way.to_the_end(functools.partial(shelf.update, book_id, told, what="story", pays=way.pays), cost)
    return found


def _shows(page: Chapter, picture: Picture) -> bool:
    return page.picture is not None and page.picture.file == picture.file


def _hang(sitting: _Sitting, drawing: PictureFile, picture: Picture, pays: tuple[str, ...]) -> None:
    """Take a drawing into the book, on its page where that is still there; begun again, it goes on where it broke off."""
    shelf, book_id = sitting.shelf, sitting.book.id
    _keep_screen(drawing, shelf.folder(book_id), picture)
    try:
        shelf.attach(book_id, sitting.page.id, drawing.path, picture, pays=pays)
    except NotFoundError:
        log.info("page %s was deleted while it was drawn; its picture stays in the book's images", sitting.page.id)
        charge(shelf, book_id, drawing.cost_usd, pays)


def _keep_screen(drawing: PictureFile, folder: Path, picture: Picture) -> None:
    """Put the JPEG where the export looks for it; without it the export makes its own."""
    if drawing.screen is not None and drawing.screen.exists():
        target = jpeg_file(folder, picture.file)
        make_folder(target.parent)
        with disk_errors(folder):
            drawing.screen.replace(target)
