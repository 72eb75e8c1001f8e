"""Having words written: a whole story, page by page as it comes, or one chapter anew."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import inspect
import logging
import math

from storymaker.books.edits import require_page
from storymaker.books.model import Book, Chapter
from storymaker.books.shelf import Shelf
from storymaker.errors import NotFoundError, ProviderError
from storymaker.jobs.queue import WORDS_LANE, JobQueue
from storymaker.jobs.worker import Task
from storymaker.production.billing import Way, forget, paid_for, place_of, settle_own, under_way
from storymaker.production.commission import (
    Placing,
    assignment_of,
    opened,
    player,
    seed_of,
    whole,
    with_look,
    with_looks,
    with_words,
)
from storymaker.production.drawing import Drawing
from storymaker.production.makers import Makers
from storymaker.production.sweeping import sweep_ended
from storymaker.story.author import ChapterDraft, StoryOpening

__all__ = ["WORDS_LANE", "Writing"]

log = logging.getLogger(__name__)


class Writing:
    """The jobs that write.

    Args:
        queue: Knows which jobs are under way.
        makers: Who can write.
        drawing: Where pictures are ordered as chapters land.
    """

    def __init__(self, queue: JobQueue, makers: Makers, drawing: Drawing) -> None:
        self._queue, self._makers, self._drawing = queue, makers, drawing

    async def story(self, task: Task) -> None:
        """Write the whole story; each chapter is saved as soon as it is whole, and its picture ordered if so asked."""
        shelf, book_id = place_of(task)
        book = await asyncio.to_thread(shelf.open, book_id)
        draw = bool(task.details.get("draw"))
        await asyncio.to_thread(sweep_ended, self._queue, shelf, book_id, task.id)
        if book.drafted:
            await asyncio.to_thread(settle_own, shelf, book_id, task)  # killed when the book had all of it
            if draw:  # whoever was stopped between the last word and the cover had counted it, and not ordered it
                await asyncio.to_thread(self._order, shelf, book, book.cover, task.id)
            return
        book, spent = await self._with_looks(shelf, book, task)
        try:
            book = await self._to_its_end(shelf, book, task, spent, draw=draw)
        except ProviderError as error:
            if draw and error.code == "short":  # what is there shall be a book all the same, which says what it lacks
                await asyncio.to_thread(self._order, shelf, book, book.cover, task.id)
            raise
        if draw:
            await asyncio.to_thread(self._order, shelf, book, book.cover, task.id)

    async def _to_its_end(self, shelf: Shelf, book: Book, task: Task, spent: float, *, draw: bool) -> Book:
        """Have a story written, and say so in its book.

        Raises:
            ProviderError: Code "short" if chapters are missing; those that came stand in the book.
        """
        placing = Placing(tuple(page.id for page in book.chapters))
        price = self._makers.author(book.brief.author).estimate_usd(assignment_of(book))
        async with under_way(shelf, book.id, task, "begun", price, spent) as way:
            expected = await self._write(shelf, book, task, way, placing, draw=draw)
            if len(placing.placed) < expected:
                raise ProviderError(
                    f"Only {len(placing.placed)} of {expected} chapters were written. Please ask for the story again.",
                    code="short",
                )
            # Before the way ends: until the book says that it is whole, a crash needs the answer.
            end = functools.partial(shelf.update, book.id, functools.partial(whole, left=placing.left), what="story")
            return await way.to_the_end(end, 0.0)

    async def _write(self, shelf: Shelf, book: Book, task: Task, way: Way, placing: Placing, *, draw: bool) -> int:
        """Have a story written into the book, page by page; how many chapters its author meant it to have."""
        expected = book.brief.chapters
        # Closed also when cancelled between two chapters: a service must not go on writing for nobody.
        writing = contextlib.aclosing(self._makers.author(book.brief.author).write(assignment_of(book, way.sent, way)))
        async with writing as pieces:
            async for piece in pieces:
                if isinstance(piece, StoryOpening):
                    expected = piece.chapters
                    begin = functools.partial(opened, opening=piece, draw=draw)
                    await way.to_the_end(functools.partial(shelf.update, book.id, begin, what="story"), 0.0, more=True)
                    continue
                book = await self._put(shelf, book, way, placing, piece, draw=draw)
                await task.report(progress=min(1.0, len(placing.placed) / expected), cost_usd=way.spent)
                if draw and (page := book.page(placing.placed[-1])):
                    await asyncio.to_thread(self._order, shelf, book, page, task.id)
        return expected

    def _order(self, shelf: Shelf, book: Book, page: Chapter, story: str) -> None:
        """Order a picture, however long the disk of the jobs is full: a story that gave up would leave a book with holes."""
        self._drawing.order(shelf, book, page, batch=story, patience=math.inf)

    async def _put(
        self, shelf: Shelf, book: Book, way: Way, placing: Placing, piece: ChapterDraft, *, draw: bool
    ) -> Book:
        """Save a chapter; what carries a cost says what that is for, so that it is charged once."""
        piece = dataclasses.replace(piece, cost_usd=way.owed(piece.cost_usd))
        before = list(placing.placed)

        def save() -> Book:
            placing.placed[:] = before  # where it is begun again, for want of room
            put = functools.partial(placing.put, draft=piece, draw=draw)
            return shelf.update(book.id, put, what="story", pays=way.pays if piece.cost_usd else ())

        return await way.to_the_end(save, piece.cost_usd, more=True)

    async def _with_looks(self, shelf: Shelf, book: Book, task: Task) -> tuple[Book, float]:
        """The book with its heroes described, where its illustrator can look at them and nobody has said how they look.

        A look that is not there is no reason not to write: what goes wrong is logged.

        Returns:
            The book, and what that cost in US dollars.
        """
        describe = getattr(self._makers.illustrator(book.brief.illustrator), "describe", None)
        spent = 0.0
        for hero in book.heroes:
            if describe is None or hero.look or not hero.poses:
                continue
            async with under_way(shelf, book.id, task, f"look-{hero.id}", 0.0, spent) as way:
                kept = {"paid": way} if "paid" in inspect.signature(describe).parameters else {}
                try:
                    look, cost = await describe(player(shelf.folder(book.id), hero), book.brief.child, **kept)
                except ProviderError as error:
                    log.warning("%s", error.message)
                    look, cost = "", error.cost_usd
                cost = way.owed(cost)
                told = functools.partial(with_looks, looks={hero.id: look} if look else {}, cost=cost)
                save = functools.partial(shelf.update, book.id, told, what="story", pays=way.pays)
                book = await way.to_the_end(save, cost)
            spent = way.spent
            if look:
                with contextlib.suppress(NotFoundError):  # the cast learns it too, where it still has that character
                    await asyncio.to_thread(shelf.cast.update, hero.id, functools.partial(with_look, look=look))
        return book, spent

    async def chapter(self, task: Task) -> None:
        """Write one chapter anew."""
        shelf, book_id = place_of(task)
        book = await asyncio.to_thread(shelf.open, book_id)
        chapter = require_page(book, str(task.details["chapter_id"]))
        author = self._makers.author(book.brief.author)
        await asyncio.to_thread(sweep_ended, self._queue, shelf, book_id, task.id)
        price = author.estimate_usd(assignment_of(book)) / max(1, len(book.chapters))
        if await asyncio.to_thread(_was_retold, shelf, book_id, task):
            return
        async with under_way(shelf, book_id, task, "begun", price) as way:
            draft = await author.rewrite(
                assignment_of(book, way.sent, way),
                book.chapters,
                chapter.id,
                str(task.details.get("wish", "")),
                seed_of(task.id),
            )
            draft = dataclasses.replace(draft, cost_usd=way.owed(draft.cost_usd))
            told = functools.partial(_retold, chapter_id=chapter.id, draft=draft)
            pays = (*way.pays, _retold_by(task))
            save = functools.partial(shelf.update, book_id, told, what="edit", pays=pays)
            await way.to_the_end(save, draft.cost_usd)


def _retold_by(task: Task) -> str:
    """What the journal says of a chapter that a job wrote anew, whatever it cost."""
    return f"{task.id}.done"


def _was_retold(shelf: Shelf, book_id: str, task: Task) -> bool:
    """Whether this very job had written its chapter before a crash: then it is not written, or paid, again."""
    done = _retold_by(task) in paid_for(shelf, book_id)
    if done:
        forget(shelf, book_id, task, "begun")
    return done


def _retold(book: Book, *, chapter_id: str, draft: ChapterDraft) -> Book:
    return with_words(book, require_page(book, chapter_id), draft)
