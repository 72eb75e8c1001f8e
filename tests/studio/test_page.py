"""The plain page: what it shows, what a click does, and that nothing fails in silence or runs as markup."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import ipywidgets as widgets
import pytest

from storymaker.books.model import Brief
from storymaker.contract.values import (
    BookOut,
    CardOut,
    ChapterOut,
    CharacterOut,
    ExportOut,
    ExportRequest,
    File,
    JobOut,
    JobsOut,
    ShelfOut,
    StoryOrdered,
    StoryRequest,
    Trouble,
)
from storymaker.errors import StorageError, StorymakerError, UnreachableError
from storymaker.studio import app
from storymaker.studio.app import Page, show
from storymaker.studio.backend import Backend, Visit
from tests.loops import in_loop

DAY = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = '"><img src=x onerror=alert(1)>{0}{title}</p><script>alert(2)</script>'


def page_of(n: int, state: str = "done") -> ChapterOut:
    """A page of the book."""
    return ChapterOut.model_validate(
        {"id": f"b1.{n}", "n": n, "title": "", "text": "", "image_prompt": "", "alt": "", "scene": "", "locked": False,
         "state": state, "picture": None}
    )  # fmt: skip


def book_of(done: int, *, title: str = "Bramble counts", version: int = 1) -> BookOut:
    """A book of two chapters, so many of its three pages drawn."""
    states = ["done"] * done + ["missing"] * (3 - done)
    hero = CharacterOut(
        id="hero", name="Bramble", kind="bear", pronouns="she", trait="", look="", figure="hero", poses=()
    )
    return BookOut(
        id="b1", version=version, created=DAY, updated=DAY, title=title, dedication="", summary="", brief=Brief(chapters=2),
        heroes=(hero,), friend=None, cover=page_of(0, states[0]), chapters=(page_of(1, states[1]), page_of(2, states[2])),
        drafted=True, complete=done == 3, spent_usd=0,
    )  # fmt: skip


def job_of(state: str, n: int = 1, **more: Any) -> JobOut:
    """A drawing job of a page."""
    return JobOut.model_validate(
        {"id": f"b1.{n}.1", "book_id": "b1", "chapter_id": f"b1.{n}", "kind": "picture", "state": state, "progress": 0,
         "reason": None, "code": None, "cost_usd": 0, "created": None, "started": None, "finished": None} | more
    )  # fmt: skip


def card_of(title: str = "Bramble counts", book_id: str = "b1") -> CardOut:
    """A book as the shelf shows it."""
    return CardOut(
        id=book_id, title=title, hero="Bramble", age_band="5-6", version=1, updated="", chapters=10, done=4, cover=None
    )


class Scripted:
    """A backend that answers as told; an error among the answers is raised."""

    def __init__(self) -> None:
        self.shelves: list[ShelfOut | Exception] = [ShelfOut(books=(card_of(),))]
        self.states: list[tuple[tuple[JobOut, ...], BookOut] | Exception] = [((job_of("done"),), book_of(3))]
        self.now = book_of(3)
        self.ordered: list[StoryRequest] = []
        self.refusal: Exception | None = None
        self.late: asyncio.Event | None = None
        self.slow: asyncio.Event | None = None
        self.asked: list[str] = []

    def _next(self, answers: list[Any]) -> Any:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def shelf(self) -> ShelfOut:
        self.asked.append("shelf")
        return cast(ShelfOut, self._next(self.shelves))

    async def generate_story(self, request: StoryRequest) -> StoryOrdered:
        self.asked.append("generate_story")
        self.ordered.append(request)
        if self.slow:
            await self.slow.wait()
        if self.refusal:
            raise self.refusal
        return StoryOrdered(job_id="b1.story.1", book_id="b1")

    async def jobs(self, book: str) -> JobsOut:
        self.asked.append(f"jobs {book}")
        if self.late and book == "old":
            await self.late.wait()
        jobs, self.now = self._next(self.states)
        return JobsOut(jobs=jobs)

    async def book(self, book_id: str) -> BookOut:
        return self.now

    async def export(self, book_id: str, format_: str, request: ExportRequest) -> ExportOut:
        self.asked.append(f"export {book_id} {format_}")
        return ExportOut(name="bramble-counts.pdf", pages=8, remarks=())

    async def download(self, book_id: str, format_: str) -> File:
        return File(media_type="application/pdf", data=b"%PDF", name="bramble-counts.pdf")


class Pauses:
    """Counts pauses instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        assert len(self.seconds) < 100, "the page never stops asking"
        await asyncio.sleep(0)


async def settled() -> None:
    """Wait until the page does nothing more."""
    await asyncio.sleep(0)  # what was begun from outside the loop becomes a task
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0)


def page_for(backend: Scripted, **visit: Any) -> tuple[Page, Pauses]:
    """A page over a scripted backend, under the server unless said otherwise."""
    pauses = Pauses()
    return Page(Visit(cast(Backend, backend), **({"served": True} | visit)), pauses), pauses


def html(page: Page) -> str:
    """All that the page shows, without its style."""
    return "\n".join(
        child.value for child in page.box.children if isinstance(child, widgets.HTML) and "<style>" not in child.value
    )


def alerted(page: Page) -> str:
    """What the page says went wrong."""
    found = re.search(r'<p role="alert">(.*?)</p>', page.alert.value)
    return found[1] if found else ""


@in_loop
async def test_the_shelf_is_shown_and_the_page_says_that_it_is_ready() -> None:
    """Books with their pictures counted; the marker turns once something can be done."""
    page, _ = page_for(Scripted(), user="Kim")
    assert 'id="storymaker-ready" data-state="loading"' in html(page)
    page.open()
    await settled()
    assert 'id="storymaker-ready" data-state="ready"' in html(page)
    for part in ("Bramble counts", "4 of 10 pictures", "Hello, Kim!", 'href="?book=b1"'):
        assert part in html(page)


@in_loop
async def test_nothing_that_somebody_wrote_is_markup() -> None:
    """Titles, names, reasons, sentences and addresses are shown letter by letter, braces too."""
    backend = Scripted()
    backend.shelves = [
        ShelfOut(books=(card_of(HOSTILE, HOSTILE),), problems=(Trouble(folder=HOSTILE, reason=HOSTILE),))
    ]
    backend.states = [((job_of("failed", reason=HOSTILE),), book_of(3, title=HOSTILE))]
    page, _ = page_for(backend, user=HOSTILE, query={"book": HOSTILE})
    page.open()
    await settled()
    shown = html(page)
    page.alert.value = ""
    backend.refusal = StorymakerError(HOSTILE)
    page.name.value = HOSTILE[:60]
    page.make.click()
    await settled()
    shown += page.alert.value
    assert "<img" not in shown and "<script" not in shown and "onerror=alert(1)&gt;{0}{title}" in shown
    # user, card, trouble, book, reason, file name, sentence; what is part of an address is quoted
    assert shown.count("&lt;script&gt;alert(2)") == 7


@in_loop
async def test_one_click_makes_a_book() -> None:
    """A story with pictures is ordered, shown while it is made, printed, and linked; then nothing is asked any more."""
    backend = Scripted()
    story = job_of("running", kind="story", chapter_id=None)
    backend.states = [((story,), book_of(0)), ((job_of("running"),), book_of(2)), ((job_of("done"),), book_of(3))]
    page, pauses = page_for(backend)
    seen: list[str] = []
    page.book.observe(lambda change: seen.append(re.sub(r"<.*?>", " ", change["new"])), "value")
    page.name.value = "  Bramble "
    page.make.click()
    await settled()
    assert backend.ordered == [StoryRequest(hero_name="Bramble", draw=True)]
    for said, part in zip(seen, ("is being written: 2 of 2", "drawn: 2 of 3", "finished", "Download"), strict=True):
        assert part in said
    assert 'href="/api/books/b1/exports/pdf"' in page.book.value
    assert backend.asked[-3:] == ["shelf", "export b1 pdf", "shelf"]
    assert len(pauses.seconds) == 2
    assert not page.make.disabled and page.name.value == ""


@in_loop
async def test_only_changes_are_sent() -> None:
    """A page that looks ten times and sees the same says it once: it would seem busy for ever otherwise."""
    backend = Scripted()
    backend.states = [*[((job_of("running"),), book_of(1))] * 10, ((job_of("failed"),), book_of(1))]
    page, _ = page_for(backend, query={"book": "b1"})
    sent: list[object] = []
    page.book.observe(lambda change: sent.append(change["new"]), "value")
    page.open()
    await settled()
    assert (backend.asked.count("jobs b1"), backend.asked.count("shelf")) == (11, 3)
    assert len(sent) == 2
    assert "nothing is being made" in page.book.value and "Download" not in page.book.value


@in_loop
async def test_a_reloaded_page_comes_back_to_its_book() -> None:
    """The address names it."""
    page, _ = page_for(Scripted(), query={"book": "b1"})
    page.open()
    await settled()
    assert "The book is finished" in page.book.value


@in_loop
async def test_another_book_takes_the_place_of_the_one_that_was_followed() -> None:
    """Only the latest is asked for, and an answer about the other that comes late is not shown."""
    backend = Scripted()
    backend.states = [((job_of("running"),), book_of(1, title="Old"))]
    page, pauses = page_for(backend, query={"book": "old"})
    page.open()
    while len(pauses.seconds) < 3:
        await asyncio.sleep(0)
    assert "Old" in page.book.value
    late = asyncio.Event()
    backend.late = late
    backend.states = [((job_of("done"),), book_of(3, title="New"))]
    page.name.value = "Bramble"
    page.make.click()
    while "Download" not in page.book.value:
        await asyncio.sleep(0)
    backend.states = [((job_of("running"),), book_of(2, title="Old"))]
    asked = backend.asked.count("jobs old")
    late.set()
    await settled()
    assert backend.asked.count("jobs old") <= asked + 1
    assert "New" in page.book.value and "Old" not in page.book.value


@in_loop
async def test_without_a_server_the_file_is_in_the_page() -> None:
    """There is no address to load it from then, and the page's own address stays as it is."""
    page, _ = page_for(Scripted(), query={"book": "b1"}, served=False)
    page.open()
    await settled()
    assert 'href="data:application/pdf;base64,JVBERg=="' in page.book.value
    assert "?book=" not in page.shelf.value


@in_loop
async def test_what_the_studio_refuses_is_said() -> None:
    """The sentence stands in the page, and the button can be used again."""
    backend = Scripted()
    backend.refusal = StorageError("The disk is full. Please make room.")
    page, _ = page_for(backend)
    page.name.value = "Bramble"
    page.make.click()
    await settled()
    assert alerted(page) == "The disk is full. Please make room."
    assert not page.make.disabled and page.name.value == "Bramble"


@pytest.mark.parametrize(("name", "says"), [("", "needs a name"), ("  \u202e ", "needs a name"), ("x" * 81, "80 fit")])
def test_a_name_that_is_none_is_said_before_anything_is_asked(name: str, says: str) -> None:
    """Nothing is ordered."""

    @in_loop
    async def run() -> None:
        backend = Scripted()
        page, _ = page_for(backend)
        page.name.value = name
        page.make.click()
        await settled()
        assert says in alerted(page)
        assert backend.asked == []

    run()


@in_loop
async def test_what_breaks_is_an_apology_with_a_number(caplog: pytest.LogCaptureFixture) -> None:
    """The parent sees no traceback; who reads the log finds it by the number."""
    backend = Scripted()
    backend.refusal = ZeroDivisionError("secret")
    page, _ = page_for(backend)
    page.name.value = "Bramble"
    with caplog.at_level(logging.ERROR):
        page.make.click()
        await settled()
    number = alerted(page).split()[-1].rstrip(".")
    assert "sorry" in alerted(page) and "secret" not in page.alert.value
    assert len(number) == 6 and number in caplog.text and "ZeroDivisionError" in caplog.text


@in_loop
async def test_a_click_that_nobody_could_make_orders_nothing() -> None:
    """While a book is being ordered there is no other: no double click, and no message that says the button is on."""
    backend = Scripted()
    backend.slow = asyncio.Event()
    page, _ = page_for(backend)
    page.name.value = "Bramble"
    page.make.click()
    page.make.click()
    while not backend.ordered:
        await asyncio.sleep(0)
    assert page.make.disabled
    page.make.set_state({"disabled": False})
    page.make._handle_button_msg(page.make, {"event": "click"}, [])
    for _ in range(9):
        await asyncio.sleep(0)
    backend.slow.set()
    await settled()
    assert len(backend.ordered) == 1 and alerted(page) == ""


@in_loop
async def test_a_studio_that_starts_anew_is_waited_for() -> None:
    """The page says so, asks again, and goes on where it was; when nobody comes back it stops."""
    backend = Scripted()
    away = UnreachableError("The studio does not answer.")
    backend.states = [((job_of("running"),), book_of(1)), away, away, ((job_of("done"),), book_of(3))]
    page, pauses = page_for(backend, query={"book": "b1"})
    said: list[str] = []
    page.alert.observe(lambda change: said.append(alerted(page)), "value")
    page.open()
    await settled()
    assert said == ["The studio does not answer.", ""]
    assert "finished" in page.book.value
    backend.states = [away]
    page, pauses = page_for(backend, query={"book": "b1"})
    page.open()
    await settled()
    assert alerted(page) == "The studio does not answer."
    assert sum(pauses.seconds) == 30


@in_loop
async def test_a_shelf_that_cannot_be_read_still_gives_a_page() -> None:
    """The reason stands there, and the page can be used."""
    backend = Scripted()
    backend.shelves = [StorageError("The disk cannot be read.")]
    page, _ = page_for(backend)
    page.open()
    await settled()
    assert alerted(page) == "The disk cannot be read."
    assert 'data-state="ready"' in html(page)


def shown_by(connect: Callable[[], Visit], monkeypatch: pytest.MonkeyPatch) -> str:
    """What a cell with ``show()`` gives, once everything has settled."""
    monkeypatch.setattr(app, "connect", connect)
    found: list[str] = []

    @in_loop
    async def run() -> None:
        box = show()
        await settled()
        assert "sm-studio" in box._dom_classes
        found.append("\n".join(child.value for child in box.children if isinstance(child, widgets.HTML)))

    run()
    return found[0]


def test_the_cell_shows_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its style, and what is on the shelf."""
    shown = shown_by(lambda: Visit(cast(Backend, Scripted())), monkeypatch)
    assert "<style>" in shown and "Bramble counts" in shown and 'data-state="ready"' in shown


def test_a_page_that_finds_no_studio_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence instead of a traceback."""

    def gone() -> Visit:
        raise UnreachableError("The studio does not answer. <b>")

    shown = shown_by(gone, monkeypatch)
    assert '<p role="alert">The studio does not answer. &lt;b&gt;</p>' in shown
