"""A parent in a hurry: clicks that come in bursts, and a new plushie whose *Done* was never pressed."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

from storymaker.books.model import Brief
from storymaker.books.shelf import Shelf
from storymaker.contract.values import StoryRequest
from storymaker.errors import StorageError, StorymakerError
from storymaker.service import StudioService
from storymaker.settings import Settings
from storymaker.studio.guard import Guard
from storymaker.studio.metadata.view import Metadata
from storymaker.testing.photos import plushie
from storymaker.workshop import Workshop
from tests.loops import in_loop
from tests.studio.screen import Screen, say, screen, told, until


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The scripted author writes and the plain illustrator draws."""
    return settings.model_copy(update={"author": "scripted", "illustrator": "plain"})


async def form_of(shown: Screen) -> Metadata:
    """Step 1, ready to be filled in."""
    shown.begin(step="new")
    form = shown.studio.metadata
    await until(lambda: form.price.value)
    return form


def send_photo(form: Metadata) -> None:
    """Choose a photo in the panel of somebody new."""
    image = io.BytesIO()
    plushie().save(image, "JPEG")
    say(form.editor.photos, {"type": "part", "id": "a", "name": "b.jpg", "index": 0, "parts": 1}, image.getvalue())


def tiles(form: Metadata) -> list[dict[str, Any]]:
    """The photos as they are shown."""
    shown = told(form.editor.photos, "photos")
    return list(shown[-1]["tiles"]) if shown else []


# Bursts


@in_loop
async def test_a_burst_of_clicks_begins_one_book(settings: Settings) -> None:
    """It has all that was typed; a click that comes when the book is begun already begins no other."""
    async with screen(settings) as shown:
        form = await form_of(shown)
        form.child.value, form.dedication.value = "Ada", "For Ada"
        for _ in range(4):
            form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        form.make.click()
        await until(lambda: shown.book.complete)
        assert (shown.book.brief.child, shown.book.brief.dedication) == ("Ada", "For Ada")
        assert len((await shown.backend.shelf()).books) == 1
        await shown.studio.go_new()
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        assert len((await shown.backend.shelf()).books) == 2, "the next book is another"


@in_loop
@pytest.mark.parametrize("kind", ["rewrite", "redraw"])
async def test_a_burst_of_clicks_on_a_page_orders_once(settings: Settings, kind: str) -> None:
    """With a paid author each further one would be money."""
    async with screen(settings) as shown:
        await shown.to_book()
        for _ in range(4):
            shown.event(kind, 1, wish="")
        before = len((await shown.backend.jobs(shown.book.id)).jobs)
        await until(lambda: any("has a new picture" in said or "has new words" in said for said in shown.toasts))
        jobs = (await shown.backend.jobs(shown.book.id)).jobs
        again = [job for job in jobs if job.kind == {"rewrite": "chapter", "redraw": "picture"}[kind]]
        assert len([job for job in again if job.chapter_id == shown.book.chapters[0].id]) == 1 + (kind == "redraw")
        assert before <= len(jobs)


@in_loop
async def test_a_page_is_added_and_deleted_once_whatever_the_clicks(settings: Settings) -> None:
    """And nothing red is said about what is gone already."""
    async with screen(settings) as shown:
        await shown.to_book()
        for _ in range(3):
            shown.event("add", 1)
        await until(lambda: len(shown.book.chapters) == 4)
        gone = shown.book.chapters[1].id
        for _ in range(3):
            say(shown.cards, {"type": "delete", "id": gone})
        await until(lambda: len(shown.book.chapters) == 3)
        assert len((await shown.backend.book(shown.book.id)).chapters) == 3
        assert not [toast for toast in told(shown.shell, "toast") if toast.get("level") == "error"]


@in_loop
async def test_a_book_is_deleted_and_brought_back_once_whatever_the_clicks(settings: Settings) -> None:
    """A double-click on *Delete* or *Undo* is one click; nothing red is said."""
    book = Shelf(settings.books).create(Brief(title="Bramble"), ())
    async with screen(settings) as shown:
        home = shown.studio.home.shelf
        await shown.studio.go_home()
        for kind, left in (("copy", 2), ("delete", 1), ("restore", 2)):
            for _ in range(3):
                say(home, {"type": kind, "id": book.id})
            await until(lambda left=left: told(home, "books")[-1]["total"] == left)  # type: ignore[misc]
        await until(lambda: any("back on the shelf" in said for said in shown.toasts))
        assert len(shown.toasts) == 3
        assert len((await shown.backend.shelf()).books) == 2


class Clock:
    """Seconds that go on when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@in_loop
async def test_what_failed_may_be_asked_for_again_at_once() -> None:
    """What was done may be after a moment, or when something else was done since."""
    clock, trouble = Clock(), [StorageError("The disk is full.")]
    done: list[float] = []
    faults: list[StorymakerError] = []
    guard = Guard(faults.append, clock=clock)

    async def work() -> None:
        if trouble:
            raise trouble.pop()
        done.append(clock.now)

    async def press(what: str = "make") -> None:
        guard.do_once(what, work)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    await press()
    assert [str(fault) for fault in faults] == ["The disk is full."]
    await press()
    await press()
    assert len(done) == 1
    await press("another")
    await press()
    assert len(done) == 3
    await press()
    clock.now += 1.0
    await press()
    assert len(done) == 4
    assert len(faults) == 1


# Done was never pressed


@in_loop
async def test_who_is_being_entered_is_the_hero(settings: Settings) -> None:
    """The book is about the new plushie, with all that was typed, though nobody pressed *Done*."""
    async with screen(settings) as shown:
        form = await form_of(shown)
        form.add.click()
        await until(lambda: form.editor.box.layout.display == "")
        send_photo(form)
        form.editor.name.value, form.editor.kind.value = "Bramble", "bear"
        await until(lambda: any(tile["photo"] for tile in tiles(form)), 60)
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        assert [(hero.name, hero.kind) for hero in shown.book.heroes] == [("Bramble", "bear")]
        assert [one.name for one in (await shown.backend.cast()).characters] == ["Bramble"]


@in_loop
async def test_who_is_not_whole_yet_orders_nothing(settings: Settings) -> None:
    """A photo that is being cut out, a name that is missing: it is said there, and nothing is lost."""
    async with screen(settings) as shown:
        form = await form_of(shown)
        form.add.click()
        await until(lambda: form.editor.box.layout.display == "")
        real, go_on = shown.backend.add_photo, asyncio.Event()

        async def slow(*order: Any) -> Any:
            await go_on.wait()
            return await real(*order)

        shown.backend.add_photo = slow  # type: ignore[method-assign, assignment]
        send_photo(form)
        form.editor.name.value = "Bramble"
        await until(lambda: any(tile["state"] == "cutting" for tile in tiles(form)))
        form.make.click()
        await until(lambda: "still being cut out" in form.editor.photos_fault.value)
        assert told(shown.shell, "focus")[-1]["selector"] == ".sm-panel .sm-fault"
        go_on.set()
        await until(lambda: any(tile["photo"] for tile in tiles(form)), 60)
        form.editor.name.value = ""
        form.make.click()
        await until(lambda: "needs a name" in form.editor.name_fault.value)
        assert (await shown.backend.shelf()).books == ()
        form.editor.name.value = "Bramble"
        await until(lambda: form.editor.name_fault.value == "")  # what was put right is not red any more
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        assert shown.book.heroes[0].name == "Bramble"


@in_loop
async def test_an_empty_panel_keeps_no_book_from_being_made(settings: Settings) -> None:
    """Nobody was entered: the hero is who was chosen."""
    async with screen(settings) as shown:
        form = await form_of(shown)
        form.add.click()
        await until(lambda: form.editor.box.layout.display == "")
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        assert shown.book.heroes[0].name == "Pip"


# The same again


@in_loop
async def test_a_surprise_is_another_story_than_the_last_four(settings: Settings) -> None:
    """Eight books by lot: no five in a row tell a story twice."""
    paper = settings.model_copy(update={"author": "paper", "illustrator": "paper"})
    with Workshop(settings=paper, runs_jobs=False) as workshop:
        service = StudioService(workshop)
        workshop.shelf.create(Brief(arc="gone"), ())  # a story that is not installed any more stops nothing
        told = []
        for _ in range(8):
            ordered = await service.generate_story(StoryRequest(draw=False))
            told.append(workshop.shelf.open(ordered.book_id).brief.arc)
        chosen = await service.generate_story(StoryRequest(draw=False, seed=7))
        assert workshop.shelf.open(chosen.book_id).brief.arc == "", "whoever names a seed gets what it makes"
        service._hands.close()
    for n in range(4):
        assert len(set(told[n : n + 5])) == 5
