"""Job ids that neither the database nor the book has had, whichever of them was lost or put back from a backup."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from storymaker.books.edits import delete_chapter
from storymaker.books.model import Book, Brief, Character
from storymaker.errors import BusyError
from storymaker.jobs.queue import Job
from storymaker.production.numbering import live_number, next_number
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop


def job(job_id: str, state: str = "done") -> Job:
    """A job as the database knows it."""
    return Job(job_id, "picture", "/shelf", "b", "b.a", state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("counted", "known", "had", "number"),
    [
        (0, (), (), 1),
        (1, (job("b.a.1"),), ("b.a.1",), 2),
        (1, (job("b.a.1", "running"),), (), 1),
        (1, (), (), 1),  # counted, and never handed in; or its database was lost
        (2, (job("b.a.1"),), ("b.a.1",), 2),
        (2, (), ("b.a.1", "b.a.2"), 3),  # the database was lost
        (1, (job("b.a.1"), job("b.a.2"), job("b.a.3", "failed")), ("b.a.1",), 4),  # the book was put back
        (0, (job("b.a.1"),), (), 2),
        (1, (job("b.a.3", "queued"), job("b.a.1")), (), 3),
        (1, (job("b.a.1"), job("b.aa.9"), job("b.a.words.7"), job("b.a.odd")), ("",), 2),
    ],
)
def test_a_number_is_new_or_that_of_what_is_under_way(
    counted: int, known: tuple[Job, ...], had: tuple[str, ...], number: int
) -> None:
    """Whatever the book counts, the database knows and the book has had."""
    assert next_number("b.a", counted, known, had) == number
    assert (live_number("b.a", known) == number) == any(not one.ended for one in known)


class House:
    """A shelf and a home whose parts can be lost, or put back from a backup.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(books=folder / "books", home=folder / "home")
        self.illustrator = PlainIllustrator(cost_usd=0.25)

    def open(self) -> Workshop:
        """A workshop in it."""
        return Workshop(
            settings=self.settings, authors={"scripted": ScriptedAuthor()}, illustrators={"plain": self.illustrator}
        )

    def put_back(self, part: str) -> None:
        """Put it back as it was."""
        self.lose(part)
        shutil.copytree(self.folder / f"{part}.kept", self.folder / part)

    def lose(self, part: str) -> None:
        """Lose it."""
        shutil.rmtree(self.folder / part)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a shelf and a home: one finished book of two chapters."""
    house = House(tmp_path_factory.mktemp("house"))
    with house.open() as workshop:
        hero = workshop.shelf.cast.save(Character(name="Bramble"))
        book = workshop.begin(Brief(author="scripted", illustrator="plain", chapters=2), (hero,))
        workshop.draft(book.id, draw=True)
        workshop.wait(book.id)
    return house.folder


@pytest.fixture
def house(tmp_path: Path, finished: Path) -> House:
    """A house of one's own with that book, and its backup."""
    for part in ("books", "home"):
        shutil.copytree(finished / part, tmp_path / part)
        shutil.copytree(finished / part, tmp_path / f"{part}.kept")
    return House(tmp_path)


def the_book(workshop: Workshop) -> Book:
    """The only book."""
    return workshop.shelf.open(workshop.shelf.list().books[0].id)


def redrawn(workshop: Workshop) -> tuple[str, ...]:
    """Have the first page drawn again; the ids of all its pictures' jobs."""
    book = the_book(workshop)
    page = book.chapters[0].id
    (job,) = workshop.illustrate(book.id, page)
    assert workshop.wait(book.id) and workshop.queue.job(job.id).state == "done"
    return tuple(picture.job for picture in workshop.shelf.pictures(book.id, page))


@pytest.mark.parametrize(
    "misfortune",
    [
        lambda house: house.lose("home"),
        lambda house: house.put_back("home"),
        lambda house: house.put_back("books"),
        lambda house: (house.put_back("books"), house.put_back("home")),
        lambda house: (house.put_back("books"), house.lose("home")),
    ],
    ids=["database lost", "old database", "old book", "both old", "old book, database lost"],
)
def test_a_redraw_is_done_whatever_was_lost_or_put_back(house: House, misfortune: Callable[[House], object]) -> None:
    """Each redraw brings a picture more, under an id of its own."""
    with house.open() as workshop:
        redrawn(workshop)
        redrawn(workshop)
    misfortune(house)
    with house.open() as workshop:
        before = len(workshop.shelf.pictures(the_book(workshop).id, the_book(workshop).chapters[0].id))
        jobs = redrawn(workshop)
        assert len(jobs) == len(set(jobs)) == before + 1
        assert len(redrawn(workshop)) == before + 2


def test_rebuilding_from_the_books_pays_nothing_again(house: House) -> None:
    """With the database lost, a finished book asks for nothing; one page that was under way is asked for, and no other."""
    house.lose("home")
    with house.open() as workshop:
        book = the_book(workshop)
        assert workshop.illustrate(book.id) == ()
        spent = the_book(workshop).spent_usd
        page = book.chapters[0]
        workshop.shelf.update(
            book.id,
            lambda book: book.model_copy(
                update={"chapters": (page.model_copy(update={"picture": None, "attempt": 2}), *book.chapters[1:])}
            ),
        )
        (job,) = workshop.illustrate(book.id)
        assert job.id == f"{page.id}.2"
        workshop.wait(book.id)
        assert the_book(workshop).spent_usd == pytest.approx(spent + 0.25)


@pytest.mark.parametrize("part", ["home", "books"])
def test_a_story_is_written_anew_whatever_was_put_back(house: House, part: str) -> None:
    """Also with its pictures, which an old database takes for drawn."""
    with house.open() as workshop:
        book = the_book(workshop)
        workshop.draft(book.id, draw=True, again=True)
        workshop.wait(book.id)
        workshop.rewrite(book.id, book.chapters[0].id)
        workshop.wait(book.id)
    house.put_back(part)
    with house.open() as workshop:
        known = {job.id for job in workshop.jobs(book.id)}
        assert workshop.rewrite(book.id, book.chapters[0].id).id not in known
        workshop.wait(book.id)
        assert workshop.draft(book.id, draw=True, again=True).id not in known
        assert {job.state for job in workshop.wait(book.id)} == {"done"}
        assert the_book(workshop).complete


def test_a_picture_that_an_old_database_takes_for_drawn_is_drawn(house: House) -> None:
    """A story orders its pages by numbers that the book counts; one that is known and whose picture is not there is passed over."""
    with house.open() as workshop:
        redrawn(workshop)
    house.put_back("books")
    with house.open() as workshop:
        book = the_book(workshop)
        page = book.chapters[0].model_copy(update={"picture": None, "attempt": 2})
        book = workshop.shelf.update(
            book.id, lambda book: book.model_copy(update={"chapters": (page, *book.chapters[1:])})
        )
        workshop._production.drawing.order(workshop.shelf, book, page)
        workshop.start_worker()
        workshop.wait(book.id)
        picture = the_book(workshop).chapters[0].picture
        assert picture is not None and picture.job == f"{page.id}.3"


def test_the_pictures_of_chapters_that_are_gone_are_known(house: House) -> None:
    """A number that a deleted chapter had is had."""
    with house.open() as workshop:
        book = the_book(workshop)
        gone = book.chapters[0]
        workshop.shelf.update(book.id, lambda book: delete_chapter(book, gone.id))
        assert f"{gone.id}.1" in workshop.shelf.picture_jobs(book.id)


def test_what_would_go_over_the_limit_is_not_begun(house: House) -> None:
    """Stories with all their pictures, pages, new words, whole books: a sentence, and everything is as before."""
    with house.open() as workshop:
        workshop._runs_jobs = False
        book = the_book(workshop)
        workshop.illustrate(book.id, [page.id for page in book.pages])
        before = the_book(workshop)
        workshop.queue.limit = 4
        for ask in (
            lambda: workshop.draft(book.id, draw=True, again=True),
            lambda: workshop.check_room(book.brief),
        ):
            with pytest.raises(BusyError, match="3 pictures and stories of yours"):
                ask()
        workshop.illustrate(book.id, [page.id for page in book.pages])  # the very same jobs
        workshop.queue.limit = 3
        with pytest.raises(BusyError):
            workshop.rewrite(book.id, book.chapters[0].id)
        workshop.cancel(f"{book.cover.id}.2")
        with pytest.raises(BusyError):
            workshop.illustrate(book.id, [book.cover.id, *(page.id for page in book.chapters)][:1] * 2)
        assert the_book(workshop) == before
        workshop.rewrite(book.id, book.chapters[0].id)
