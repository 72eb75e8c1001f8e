"""Step 2 as the parent sees it: how far the book is, what can be done with it, and its pages in two views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal

import ipywidgets as widgets

from storymaker.contract.values import (
    BookOut,
    DraftRequest,
    ExportRequest,
    JobOut,
    PicturesRequest,
    StudioOut,
    UndoRequest,
)
from storymaker.display.markup import markup
from storymaker.studio.backend import Visit
from storymaker.studio.choice import Choice, Option
from storymaker.studio.chooser import FileChooser
from storymaker.studio.guard import Guard, Work
from storymaker.studio.markup import STEP_2, note
from storymaker.studio.pictures import Pictures, download_address, inline
from storymaker.studio.shell import Shell
from storymaker.studio.step import become, dollars, row
from storymaker.studio.storyboard.about import About
from storymaker.studio.storyboard.board import Board
from storymaker.studio.storyboard.preview import Preview
from storymaker.studio.storyboard.rows import Progress, progress_of
from storymaker.studio.storyboard.watch import Watch
from storymaker.text import now, slug

if TYPE_CHECKING:
    from storymaker.studio.storyboard.grid import Grid, GridHead

GRID: Final = "grid"
PAGES: Final = "pages"
_SCRIPT_MAX: Final = 4 * 1024 * 1024
_AWAY: Final = "The studio does not answer just now. What is being made goes on; this page follows as soon as it can."


class Storyboard:
    """A book page by page.

    Args:
        visit: Who came, and whom to ask.
        pictures: Where pictures are.
        shell: Where to say what was done.
        guard: Where clicks are done.
        on_back: Called to go home.
        on_named: Called with the book's title when it is known, or another.
    """

    def __init__(
        self,
        visit: Visit,
        pictures: Pictures,
        shell: Shell,
        guard: Guard,
        on_back: Callable[[], Work],
        on_named: Callable[[str], None],
    ) -> None:
        self._visit, self._backend, self._pictures = visit, visit.backend, pictures
        self._shell, self._guard, self._on_named = shell, guard, on_named
        self._watch: Watch | None = None
        self._switching = asyncio.Lock()
        self._ended: set[str] = set()
        self._named, self._was_complete = "", True
        self._studio: StudioOut | None = None
        self._offered: tuple[str, str] | None = None
        self.board = Board(self._backend, pictures, shell, guard, self._show_head)
        self._build(on_back)

    def _build(self, on_back: Callable[[], Work]) -> None:
        self.title, self.progress, self.remark = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.view = Choice("How to look at it", [Option(GRID, "Grid"), Option(PAGES, "Pages")])
        self.view.add_class("sm-segments")
        self.view.on_choice(lambda _: self._guard.do(self._switch()))
        self.draw = self._button("Draw all that is missing", self._draw_missing, "primary")
        self.write = self._button("Write the story", self._write)
        self.stop = self._button("Stop", self._stop)
        self.undo = self._button("Undo the last change", self._undo)
        self.leaf = self._button("Leaf through the book", self._leaf)
        self.pdf = self._button("Download PDF", lambda: self._download("pdf"))
        self.cover = self._button("Cover for a printer (PDF)", lambda: self._download("cover"))
        self.script = self._button("Words as a table (CSV)", self._download_script)
        self.upload = FileChooser(
            self._guard,
            "Take words from a table",
            ".csv,.tsv,.txt,text/csv",
            _SCRIPT_MAX,
            lambda data: self._guard.do(self._take_script(data)),
        )
        self.about = About(self._backend, self.board, self._shell, self._guard)
        self.about_book = self._button("About this book", self._open_about)
        self.about_book.add_class("sm-about-button")
        self.back = self._button("‹ Your books", on_back)
        self.back.add_class("sm-back")
        self.preview = Preview(self._guard, self._pictures, lambda: self.board.book)
        self.grid_place = widgets.Box()
        self.grid_place.add_class("sm-grid-place")
        self.spread = widgets.Box([self.grid_place, self.board.cards])
        self.spread.add_class("sm-spread-out")
        self.box = widgets.VBox([
            self.back, widgets.HTML(STEP_2), self.title, self.progress, self.remark,
            row(self.draw, self.write, self.stop, self.leaf, self.pdf, self.cover, self.about_book, self.undo),
            self.about.box,
            self.view, self.spread,
            row(self.script, self.upload), self.preview,
        ])  # fmt: skip
        self.box.add_class("sm-step-storyboard")

    def _button(self, label: str, work: Callable[[], Work], style: str = "") -> widgets.Button:
        button = widgets.Button(description=label, button_style=style)

        async def pressed() -> None:
            button.disabled = True
            try:
                await work()
            finally:
                button.disabled = False

        button.on_click(lambda _: self._guard.do_once(label, pressed, settles=False))
        return button

    # Coming and going

    async def show(self, book_id: str, *, narrow: bool = False, view: str = "") -> None:
        """Show a book and follow it.

        Args:
            book_id: Which book.
            narrow: On a screen that is too narrow for the grid.
            view: How to look at it, as the address says; empty is as the last book was looked at.

        Raises:
            NotFoundError: If there is no such book.
        """
        self._studio, book, jobs = await asyncio.gather(
            self._backend.studio(), self._backend.book(book_id), self._backend.jobs(book_id)
        )
        self.leave()  # only now: where there is no such book, the page stays where it is
        self._ended = {job.id for job in jobs.jobs if job.ended}
        self._was_complete = book.complete
        self._offer(book)
        await self.board.open(book, jobs.jobs)
        if narrow or view:
            self.view.value = PAGES if narrow else view
        self._guard.do(self._switch())
        watch = self._watch = Watch(self._backend, book_id, self._news, self._away)
        self.board.poke = watch.poke
        self._guard.do(watch.run())

    def leave(self) -> None:
        """Follow no book."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        self._named, self._offered = "", None
        self.about.close()
        self.board.leave()

    def beat(self) -> None:
        """Somebody looks on."""
        if self._watch is not None:
            self._watch.beat()

    def _offer(self, book: BookOut) -> None:
        """Say on each page what may be asked for, and what it costs."""
        makers, self._offered = self._studio, (book.brief.author, book.brief.illustrator)
        assert makers is not None
        author = next((one for one in makers.authors if one.name == book.brief.author), None)
        illustrator = next((one for one in makers.illustrators if one.name == book.brief.illustrator), None)
        self._picture_usd = illustrator.estimate_usd if illustrator else 0.0
        self.board.cards.offer(
            wish_words=bool(author and author.follows_wishes),
            wish_pictures=bool(illustrator and illustrator.follows_wishes),
            price_words=_price(author.estimate_usd if author else 0.0),
            price_picture=_price(self._picture_usd),
        )

    async def _switch(self) -> None:
        """Show the view that was chosen; the grid, with all that it needs, is made when it is first wanted."""
        async with self._switching:
            await self.board.cards.seen.wait()  # what the grid brings along would keep the rest of the page waiting
            if self.view.value == GRID and len(self.board.views) == 1:
                kind, head = await _load_grid()
                grid: Grid = kind(self._guard, lambda event: self.board.happened(event, grid), self.board.thumbnail_of)
                await self.board.add_view(grid)
                self.grid_place.children = (widgets.VBox([head(), grid]),)
        gridded = self.view.value == GRID  # only now: it may have been chosen anew meanwhile
        self.grid_place.layout.display = "" if gridded else "none"
        self.board.cards.mode = "one" if gridded else "all"
        if self._named:
            self._on_named(self._named)

    # News

    async def _news(self, book: BookOut, jobs: Sequence[JobOut]) -> None:
        if not await self.board.take(book, jobs):
            return
        for job in jobs:
            if job.ended and job.id not in self._ended:
                self._ended.add(job.id)
                self._tell_end(job)
        if book.complete and not self._was_complete:
            self._shell.say("The book is finished. Leaf through it, or download it.", "success")
        self._was_complete = book.complete

    def _tell_end(self, job: JobOut) -> None:
        """Say what came in the place of something else, and what did not; where a page has a place for it, it stands there."""
        row = next((row for row in self.board.rows if row.id == job.chapter_id), None)
        if row is None:
            return
        name = f"Page {row.n}" if row.n else "The cover"
        match job.kind, job.state:
            case "picture", "done" if not job.id.endswith(".1"):  # not the page's first
                undo = self.board.undoing(row.id, "picture")
                self._shell.say(f"{name} has a new picture.", "success", action="Undo", do=undo)
            case "chapter", "done":
                undo = self.board.undoing(row.id, "words")
                self._shell.say(f"{name} has new words.", "success", action="Undo", do=undo)
            case "chapter", "failed":
                self._shell.say(f"{name} has its words still. {job.reason or 'Please try again.'}", "error")

    def _away(self, away: bool) -> None:
        self.remark.value = markup('<p class="sm-fault" role="alert">{sentence}</p>', sentence=_AWAY) if away else ""

    def _show_head(self) -> None:
        book = self.board.book
        if self._offered not in (None, (book.brief.author, book.brief.illustrator)):
            self._offer(book)
            self.board.cards.greet()
        heroes = " and ".join(hero.name for hero in book.heroes)
        title = book.title or f"A story about {heroes}"
        if title != self._named:
            self._named = title
            self.title.value = markup('<h2 tabindex="-1">{title}</h2>', title=title)
            self._on_named(title)
        progress = progress_of(book, self.board.jobs, now())
        shown = _progress(progress)
        if shown != self.progress.value:
            self.progress.value = shown
        failed = any(row.state == "failed" for row in self.board.rows)
        become(
            self.box, "active" if progress.live else "fail" if failed else "success" if book.complete else "configured"
        )
        price = f" (about ${self._picture_usd * progress.missing:.2f})" if self._picture_usd else ""
        self.draw.description = f"Draw all that is missing{price}"
        _show(self.draw, when=progress.missing > 0)
        _show(self.write, when=not book.drafted and not progress.live)
        _show(self.stop, when=progress.live)
        _show(self.leaf, when=bool(book.chapters))
        _show(self.pdf, when=bool(book.chapters))
        _show(self.cover, when=book.cover.picture is not None)

    # What can be done with the book

    async def _draw_missing(self) -> None:
        await self._backend.generate_image(PicturesRequest(book_id=self.board.book.id))
        self.board.poke()

    async def _write(self) -> None:
        await self._backend.draft(self.board.book.id, DraftRequest())
        self.board.poke()

    async def _stop(self) -> None:
        live = [job.id for job in self.board.jobs if not job.ended]
        await asyncio.gather(*map(self._backend.cancel, live))
        self.board.poke()

    async def _undo(self) -> None:
        """Take back one change, and with the next press the one before it."""
        await self.board.take(await self._backend.undo(self.board.book.id, UndoRequest()))
        self._shell.say("The last change was taken back. Once more takes back the one before it.", "success")

    async def _open_about(self) -> None:
        assert self._studio is not None
        await self.about.open(self._studio)

    async def _leaf(self) -> None:
        self.preview.leaf_through()

    async def _download(self, format_: Literal["pdf", "cover"]) -> None:
        book = self.board.book
        made = await self._backend.export(book.id, format_, ExportRequest(draft=not book.complete))
        if self._visit.served:
            address = download_address(book.id, "download", format_)
        else:
            address = inline(await self._backend.download(book.id, format_))
        self._shell.hand_over(address, made.name)
        what = "book" if format_ == "pdf" else "book’s cover"
        said = " ".join((f"Your {what} is on its way to your downloads.", *made.remarks))
        self._shell.say(said, "success" if book.complete else "info")

    async def _download_script(self) -> None:
        book = self.board.book
        served = self._visit.served
        address = download_address(book.id, "script") if served else inline(await self._backend.script(book.id))
        self._shell.hand_over(address, f"{slug(book.title)}.csv")

    async def _take_script(self, data: bytes) -> None:
        book = await self._backend.put_script(self.board.book.id, data)
        undo = self.board.undoing(version=book.version)
        await self.board.take(book)
        self._shell.say("The words were taken from the table.", "success", action="Undo", do=undo)


async def _load_grid() -> tuple[type[Grid], type[GridHead]]:
    """The grid, which brings pandas along: half a second and forty megabytes that not every page needs."""

    def load() -> tuple[type[Grid], type[GridHead]]:
        from storymaker.studio.storyboard.grid import Grid, GridHead

        return Grid, GridHead

    return await asyncio.to_thread(load)


def _progress(progress: Progress) -> str:
    bar = (
        '<div class="sm-progress"><p role="status">{sentence}</p>'
        f'<progress aria-label="Pictures" max="{progress.of}" value="{progress.done}"></progress></div>'
    )
    return markup(bar, sentence=progress.sentence) + note(progress.rest)


def _price(usd: float) -> str:
    return dollars(usd) if usd else ""


def _show(widget: widgets.Widget, *, when: bool) -> None:
    wanted = "" if when else "none"
    if (widget.layout.display or "") != wanted:
        widget.layout.display = wanted
