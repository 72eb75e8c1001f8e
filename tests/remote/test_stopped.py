"""What a parent stops: once it was asked for it is counted, since it will be billed; before that it costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.books.edits import delete_chapter
from storymaker.books.model import Book, Brief, Character
from storymaker.errors import NotFoundError
from storymaker.jobs.queue import Job
from storymaker.jobs.worker import Task
from storymaker.production.billing import marks
from storymaker.workshop import Workshop
from tests.remote.stand_in import StandIn, body, fault, hang, picture, stand_in, story
from tests.remote.test_books import shop
from tests.server.real import until

PICTURES = "/images/generations"
WORDS = "/chat/completions"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A service that is up, and a key for it."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    with stand_in(words=story(3)) as up:
        yield up


def begun(workshop: Workshop) -> Book:
    """A book of three chapters that nobody has written yet."""
    hero = workshop.shelf.cast.save(Character(name="Bramble", kind="bear", look="a small plush bear"))
    return workshop.begin(Brief(author="openai", illustrator="openai", chapters=3), (hero,))


def written(workshop: Workshop) -> Book:
    """One that is written, and not drawn."""
    book = begun(workshop)
    workshop.draft(book.id)
    workshop.wait(book.id)
    return workshop.shelf.open(book.id)


def painting(workshop: Workshop, service: StandIn) -> tuple[Book, Job]:
    """A book as it was when its first page was asked for, and the job: that picture does not come."""
    book = written(workshop)
    service.next(PICTURES, hang)
    (job,) = workshop.illustrate(book.id, [book.chapters[0].id])
    until(lambda: service.asked(PICTURES))
    return book, job


def stop(workshop: Workshop, job: Job, *, costs: bool = False) -> Job:
    """Stop a job; how it ended, once its books are done."""
    workshop.cancel(job.id)
    workdir = workshop.shelf.workdir(job.book_id)
    until(lambda: workshop.queue.job(job.id).ended and not list(workdir.glob(f"{job.id}.*")))
    until(lambda: bool(workshop.queue.job(job.id).cost_usd) or not costs)
    return workshop.queue.job(job.id)


def test_a_drawing_that_is_stopped_after_it_was_asked_for_is_counted(service: StandIn, tmp_path: Path) -> None:
    """On the book and in the job; drawn later, it costs what it costs, and nothing is said of a computer that stopped."""
    with shop(service, tmp_path) as workshop:
        book, job = painting(workshop, service)
        stopped = stop(workshop, job, costs=True)
        price = workshop.page_estimate_usd("openai", "openai")
        counted = workshop.shelf.open(book.id)
        workshop.illustrate(book.id, [book.chapters[0].id])
        workshop.wait(book.id)
        drawn = workshop.shelf.open(book.id)
    assert stopped.state == "cancelled"
    assert stopped.cost_usd == pytest.approx(price)
    assert counted.spent_usd == pytest.approx(book.spent_usd + price)
    (painted,) = (page.picture for page in drawn.chapters if page.picture)
    assert not any("stopped" in note for note in painted.notes)
    assert drawn.spent_usd == pytest.approx(counted.spent_usd + painted.cost_usd)


def test_a_drawing_that_is_asked_for_again_at_once_is_counted_for_each(service: StandIn, tmp_path: Path) -> None:
    """Stop, and at once again: the first may be on its way still; it counts itself, and nobody counts it besides."""
    with shop(service, tmp_path) as workshop:
        book, first = painting(workshop, service)
        workshop.cancel(first.id)
        (second,) = workshop.illustrate(book.id, [book.chapters[0].id])
        workshop.wait(book.id)
        until(lambda: workshop.queue.job(first.id).cost_usd)
        drawn, price = workshop.shelf.open(book.id), workshop.page_estimate_usd("openai", "openai")
        costs = [workshop.queue.job(job.id).cost_usd for job in (first, second)]
    (painted,) = (page.picture for page in drawn.chapters if page.picture)
    assert costs == [pytest.approx(price), pytest.approx(painted.cost_usd)]
    assert drawn.spent_usd == pytest.approx(book.spent_usd + sum(costs))


def test_a_drawing_that_is_stopped_while_it_waits_its_turn_costs_nothing(service: StandIn, tmp_path: Path) -> None:
    """One is painted at a time: the other was never asked for."""
    with shop(service, tmp_path, pictures_at_once=1) as workshop:
        book = written(workshop)
        service.next(PICTURES, hang)
        jobs = workshop.illustrate(book.id, [page.id for page in book.chapters[:2]])
        until(lambda: service.asked(PICTURES))
        until(lambda: all(workshop.queue.job(job.id).state == "running" for job in jobs))
        (mark,) = workshop.shelf.workdir(book.id).glob("*.asked")
        waits, asked = sorted(jobs, key=lambda job: mark.name.startswith(job.id))
        free, paid = stop(workshop, waits), stop(workshop, asked, costs=True)
        price = workshop.page_estimate_usd("openai", "openai")
        spent = workshop.shelf.open(book.id).spent_usd
    assert free.cost_usd == 0
    assert paid.cost_usd == pytest.approx(price)
    assert spent == pytest.approx(book.spent_usd + price)
    assert len(service.asked(PICTURES)) == 1


def test_a_drawing_that_is_stopped_while_the_service_asks_to_wait_costs_nothing(
    service: StandIn, tmp_path: Path
) -> None:
    """It was turned away: nothing was done for it."""
    with shop(service, tmp_path) as workshop:
        book = written(workshop)
        service.next(PICTURES, fault(429, "rate_limit_exceeded", retry_after="60"))
        (job,) = workshop.illustrate(book.id, [book.chapters[0].id])
        until(lambda: service.asked(PICTURES))
        workdir = workshop.shelf.workdir(book.id)
        until(lambda: not list(workdir.glob("*.asked")))
        stopped = stop(workshop, job)
        spent = workshop.shelf.open(book.id).spent_usd
    assert (stopped.state, stopped.cost_usd, spent) == ("cancelled", 0.0, book.spent_usd)


def test_a_picture_that_is_none_is_counted_once(service: StandIn, tmp_path: Path) -> None:
    """Its bill came with it; that it was asked for is not counted on top."""
    with shop(service, tmp_path) as workshop:
        book = written(workshop)
        service.next(PICTURES, body(picture(b"no picture at all")))
        (job,) = workshop.illustrate(book.id, [book.chapters[0].id])
        failed = {one.id: one for one in workshop.wait(book.id)}[job.id]
        spent = workshop.shelf.open(book.id).spent_usd
    assert failed.state == "failed"
    assert failed.cost_usd > 0
    assert spent == pytest.approx(book.spent_usd + failed.cost_usd)


def test_a_story_that_is_stopped_after_it_was_asked_for_is_counted(service: StandIn, tmp_path: Path) -> None:
    """By what it was expected to cost."""
    with shop(service, tmp_path) as workshop:
        book = begun(workshop)
        service.next(WORDS, hang)
        job = workshop.draft(book.id)
        until(lambda: service.asked(WORDS))
        stopped = stop(workshop, job, costs=True)
        words, _ = workshop.estimate_usd(book.brief, book.heroes)
        spent = workshop.shelf.open(book.id).spent_usd
    assert words > 0
    assert stopped.cost_usd == pytest.approx(words)
    assert spent == pytest.approx(words)


def test_a_story_that_is_stopped_while_the_service_asks_to_wait_costs_nothing(service: StandIn, tmp_path: Path) -> None:
    """It was turned away: nothing was written."""
    with shop(service, tmp_path) as workshop:
        book = begun(workshop)
        service.next(WORDS, fault(429, "rate_limit_exceeded", retry_after="60"))
        job = workshop.draft(book.id)
        until(lambda: service.asked(WORDS) and not marks(workshop.shelf, book.id))
        stopped = stop(workshop, job)
        spent = workshop.shelf.open(book.id).spent_usd
    assert (stopped.state, stopped.cost_usd, spent) == ("cancelled", 0.0, 0.0)


def test_what_a_killed_process_had_asked_for_is_counted_by_whoever_comes_next(service: StandIn, tmp_path: Path) -> None:
    """The job was stopped before it could go on, and the page drawn by another, or deleted."""
    with shop(service, tmp_path) as workshop:
        book = written(workshop)
        price = workshop.page_estimate_usd("openai", "openai")
        first, second = (page.id for page in book.chapters[:2])
        mark = workshop.shelf.workdir(book.id) / f"{first}.9.begun.asked"
        mark.write_text(str(price))
        workshop.illustrate(book.id, [second])
        workshop.wait(book.id)
        drawn = workshop.shelf.open(book.id)
        assert marks(workshop.shelf, book.id) == []
        painted = sum(page.picture.cost_usd for page in drawn.chapters if page.picture)
        assert drawn.spent_usd == pytest.approx(book.spent_usd + price + painted)
        mark.write_text(str(price))
        workshop.shelf.update(book.id, lambda book: delete_chapter(book, first))
        details = {"shelf": str(workshop.shelf.root), "book_id": book.id, "chapter_id": first}
        with pytest.raises(NotFoundError):
            asyncio.run(workshop._production.drawing.picture(Task(f"{first}.9", details, nobody)))
        assert workshop.shelf.open(book.id).spent_usd == pytest.approx(drawn.spent_usd + price)


async def nobody(**_: object) -> None:
    """Nobody listens."""


def test_a_studio_that_is_closed_while_a_picture_is_painted_counts_it_once(service: StandIn, tmp_path: Path) -> None:
    """The next one paints it again, which is billed again."""
    with shop(service, tmp_path) as workshop:
        book, _ = painting(workshop, service)
        price = workshop.page_estimate_usd("openai", "openai")
    with shop(service, tmp_path) as workshop:
        workshop.start_worker()
        workshop.wait(book.id)
        drawn = workshop.shelf.open(book.id)
        (picture_job,) = (job for job in workshop.jobs(book.id) if job.kind == "picture")
    (painted,) = (page.picture for page in drawn.chapters if page.picture)
    assert drawn.spent_usd == pytest.approx(book.spent_usd + price + painted.cost_usd)
    assert len(service.asked(PICTURES)) == 2
    assert picture_job.state == "done"
    assert picture_job.cost_usd == pytest.approx(price + painted.cost_usd)
    assert any("billed twice" in note for note in painted.notes)


def test_a_page_whose_rewriting_is_stopped_is_counted(service: StandIn, tmp_path: Path) -> None:
    """As its part of a story; its words stand as they were."""
    with shop(service, tmp_path) as workshop:
        book = written(workshop)
        service.next(WORDS, hang)
        asked = len(service.asked(WORDS))
        job = workshop.rewrite(book.id, book.chapters[0].id)
        until(lambda: len(service.asked(WORDS)) > asked)
        stopped = stop(workshop, job, costs=True)
        words, _ = workshop.estimate_usd(book.brief, book.heroes)
        after = workshop.shelf.open(book.id)
    assert stopped.cost_usd == pytest.approx(words / 3)
    assert after.spent_usd == pytest.approx(book.spent_usd + words / 3, abs=1e-6)
    assert after.chapters == book.chapters
