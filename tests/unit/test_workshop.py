"""The Workshop: whole books from scripted authors and plain illustrators, and what happens when something fails."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import Edit, add_chapter
from storymaker.books.model import Book, Brief, Character
from storymaker.errors import ExportError, InvalidInputError, JobError, NotFoundError
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.jobs.queue import Job, Order
from storymaker.jobs.worker import Task
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor, flat_png
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop

HERO = Character(name="Bramble", kind="bear")


def begun(workshop: Workshop, **asked: object) -> Book:
    """A book that is begun and nothing more."""
    hero = workshop.shelf.cast.save(HERO)
    return workshop.begin(Brief.model_validate({"author": "scripted", "illustrator": "plain", **asked}), (hero,))


def made(workshop: Workshop, **asked: object) -> Book:
    """A book that is written and drawn."""
    book = begun(workshop, **asked)
    workshop.draft(book.id, draw=True)
    workshop.wait(book.id)
    return workshop.shelf.open(book.id)


def made_words(workshop: Workshop) -> Book:
    """A book of one page that is written, without any job."""
    return workshop.shelf.update(begun(workshop).id, lambda book: replace(add_chapter(book, text="One."), drafted=True))


def other(
    settings: Settings, author: ScriptedAuthor | None = None, illustrator: PlainIllustrator | None = None
) -> Workshop:
    """A workshop with doubles of the test's own."""
    return Workshop(
        settings=settings,
        authors={"scripted": author or ScriptedAuthor()},
        illustrators={"plain": illustrator or PlainIllustrator()},
    )


def test_a_story_that_was_stopped_before_its_cover_was_ordered_orders_it(settings: Settings) -> None:
    """Between the save that counts it and the order itself a program may end; the cover is drawn all the same, once."""
    with Workshop(
        settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"plain": PlainIllustrator()},
        runs_jobs=False,
    ) as workshop:  # fmt: skip
        book = begun(workshop)
        order = workshop.draft(book.id, draw=True)
        workshop.shelf.update(book.id, lambda book: replace(book, drafted=True, cover=replace(book.cover, attempt=1)))
        assert workshop.queue.find(f"{book.cover.id}.1") is None

        async def report(**_: object) -> None:
            """Nobody listens."""

        details = {"shelf": str(workshop.shelf.root), "book_id": book.id, **order.details}
        for _ in range(2):
            asyncio.run(workshop._production.writing.story(Task(order.id, details, report)))
        assert [job.id for job in workshop.jobs(book.id) if job.kind == "picture"] == [f"{book.cover.id}.1"]


def test_a_book_is_written_and_drawn(workshop: Workshop) -> None:
    """Ten chapters and a cover, all with pictures, costs counted once."""
    told: list[tuple[int, int]] = []
    book = begun(workshop)
    workshop.draft(book.id, draw=True)
    jobs = workshop.wait(book.id, lambda book, jobs: told.append((len(book.chapters), sum(job.ended for job in jobs))))
    book = workshop.shelf.open(book.id)
    assert book.complete and (book.done, book.total) == (11, 11)
    assert (book.title, book.cover.title, book.dedication) == (
        "Bramble counts",
        "Bramble counts",
        "For whoever counts along.",
    )
    assert [chapter.text for chapter in book.chapters][-1] == "Bramble counted to 10."
    assert book.spent_usd == pytest.approx(10 * 0.01 + 11 * 0.25)
    assert {job.state for job in jobs} == {"done"} and len(jobs) == 12
    assert told[-1] == (10, 12)
    files = {picture.file for page in book.pages if (picture := page.picture)}
    assert files == {path.name for path in (workshop.shelf.folder(book.id) / "images").iterdir()}
    assert list(workshop.shelf.workdir(book.id).iterdir()) == []


def test_the_parents_title_stays(workshop: Workshop) -> None:
    """What was typed wins over what the author proposes."""
    book = made(workshop, title="Mine", dedication="For Mina", chapters=1)
    assert (book.title, book.cover.title, book.dedication) == ("Mine", "Mine", "For Mina")


def test_one_failed_page_holds_no_other(settings: Settings) -> None:
    """Nine pictures land, the tenth says why, and illustrating again draws just that one."""
    illustrator = PlainIllustrator(fails=[4])
    with other(settings, illustrator=illustrator) as workshop:
        book = made(workshop)
        assert [chapter.n for chapter in book.chapters if chapter.state != "done"] == [4]
        assert not book.complete
        failed = [job for job in workshop.jobs(book.id) if job.state == "failed"]
        assert [job.reason for job in failed] == ["Page 4 will not be drawn. Please try again."]
        illustrator.fails.clear()
        illustrator.drawn.clear()
        (job,) = workshop.illustrate(book.id)
        assert job.id == f"{book.chapters[3].id}.2"
        workshop.wait(book.id)
        assert illustrator.drawn == [4]
        assert workshop.shelf.open(book.id).complete
        assert workshop.illustrate(book.id) == ()


def test_a_failed_job_is_tried_again(settings: Settings) -> None:
    """Retry is a new job for the same page; what is done needs none."""
    illustrator = PlainIllustrator(fails=[1])
    with other(settings, illustrator=illustrator) as workshop:
        book = made(workshop, chapters=1)
        failed = next(job for job in workshop.jobs(book.id) if job.state == "failed")
        illustrator.fails.clear()
        again = workshop.retry(failed.id)
        assert (again.chapter_id, again.id) != (failed.chapter_id, failed.id)
        workshop.wait(book.id)
        assert workshop.shelf.open(book.id).complete
        with pytest.raises(InvalidInputError, match="no second try"):
            workshop.retry(again.id)
        with pytest.raises(NotFoundError):
            workshop.retry("no.such.job")


def test_a_story_that_breaks_off_keeps_its_chapters(settings: Settings) -> None:
    """Three chapters stay, the reason is told, and a retry writes them all."""
    author = ScriptedAuthor(stops_after=3)
    with other(settings, author=author) as workshop:
        book = made(workshop)
        assert len(book.chapters) == 3 and not book.drafted and (book.done, book.total) == (3, 11)
        story = next(job for job in workshop.jobs(book.id) if job.kind == "story")
        assert story.state == "failed" and story.progress == pytest.approx(0.3)
        author.stops_after = None
        kept = [chapter.id for chapter in book.chapters]
        workshop.retry(story.id)
        workshop.wait(book.id)
        book = workshop.shelf.open(book.id)
        assert book.drafted and [chapter.id for chapter in book.chapters[:3]] == kept
        workshop.illustrate(book.id)
        workshop.wait(book.id)
        assert workshop.shelf.open(book.id).complete


def test_a_double_click_draws_once(settings: Settings) -> None:
    """Two clicks while the first drawing runs are one drawing."""
    illustrator = PlainIllustrator(seconds=0.5)
    with other(settings, illustrator=illustrator) as workshop:
        book = begun(workshop, chapters=1)
        workshop.draft(book.id)
        assert workshop.draft(book.id).id == f"{book.id}.story.1"
        workshop.wait(book.id)
        chapter = workshop.shelf.open(book.id).chapters[0].id
        first, second = workshop.illustrate(book.id, [chapter]), workshop.illustrate(book.id, [chapter])
        assert [job.id for job in first] == [job.id for job in second] == [f"{chapter}.1"]
        workshop.wait(book.id)
        assert illustrator.drawn == [1]
        (third,) = workshop.illustrate(book.id, [chapter])
        assert third.id == f"{chapter}.2"
        workshop.wait(book.id)
        assert len(workshop.shelf.pictures(book.id, chapter)) == 2


def test_a_story_counted_but_never_handed_in_keeps_its_number(workshop: Workshop) -> None:
    """A crash, or another click, between counting and handing in makes no second story."""
    book = begun(workshop, chapters=1)
    workshop.shelf.update(book.id, lambda book: replace(book, drafts=1))
    assert workshop.draft(book.id).id == f"{book.id}.story.1"
    workshop.wait(book.id)
    assert workshop.draft(book.id, again=True).id == f"{book.id}.story.2"
    workshop.wait(book.id)
    assert workshop.shelf.open(book.id).drafted


def test_a_page_is_drawn_with_a_wish(settings: Settings) -> None:
    """The illustrator hears it for this drawing alone, and the picture still tells the page's own words."""
    illustrator = PlainIllustrator()
    with other(settings, illustrator=illustrator) as workshop:
        book = made(workshop, chapters=2)
        one = book.chapters[0]
        for wish in ("by night", ""):
            workshop.illustrate(book.id, [one.id], wish)
            workshop.wait(book.id)
        assert illustrator.wishes == [""] * 3 + ["by night", ""]
        redrawn = workshop.shelf.open(book.id).chapters[0]
        assert redrawn.state == "done" and redrawn.picture and one.picture
        assert redrawn.picture.tells == one.picture.tells == one.fingerprint


def test_a_wish_for_all_is_for_each(settings: Settings) -> None:
    """Every page that is drawn hears it; those that are done are left alone."""
    illustrator = PlainIllustrator()
    with other(settings, illustrator=illustrator) as workshop:
        book = begun(workshop, chapters=2)
        workshop.draft(book.id)
        workshop.wait(book.id)
        workshop.illustrate(book.id, [book.cover.id])
        workshop.wait(book.id)
        workshop.illustrate(book.id, wish="in the snow")
        workshop.wait(book.id)
        assert illustrator.wishes == ["", "in the snow", "in the snow"]


def test_another_try_keeps_the_wish(settings: Settings) -> None:
    """Whoever clicks “again” does not have to type it again."""
    illustrator = PlainIllustrator(fails=[0])
    with other(settings, illustrator=illustrator) as workshop:
        book = begun(workshop)
        (failed,) = workshop.illustrate(book.id, [book.cover.id], "by night")
        workshop.wait(book.id)
        illustrator.fails.clear()
        assert workshop.retry(failed.id).id == f"{book.cover.id}.2"
        workshop.wait(book.id)
        assert illustrator.wishes == ["by night", "by night"]


def test_a_wish_on_a_second_click_draws_no_second_picture(settings: Settings) -> None:
    """The drawing that is under way is that very job, with the wish that it was ordered with."""
    illustrator = PlainIllustrator(seconds=0.5)
    with other(settings, illustrator=illustrator) as workshop:
        book = begun(workshop)
        (first,) = workshop.illustrate(book.id, [book.cover.id], "by night")
        (second,) = workshop.illustrate(book.id, [book.cover.id], "in the snow")
        assert second.id == first.id
        workshop.wait(book.id)
        assert illustrator.wishes == ["by night"]


def test_edited_words_ask_for_a_new_picture(workshop: Workshop) -> None:
    """Only the page whose words changed is drawn anew, and not when it is locked."""
    book = made(workshop, chapters=3)
    one, two = book.chapters[0].id, book.chapters[1].id
    workshop.shelf.edit(book.id, Edit("text", "New.", one), Edit("text", "New.", two), Edit("locked", True, two))
    assert [job.chapter_id for job in workshop.illustrate(book.id)] == [one]
    workshop.wait(book.id)
    states = [chapter.state for chapter in workshop.shelf.open(book.id).chapters]
    assert states == ["done", "stale", "done"]


def test_a_chapter_is_written_anew(workshop: Workshop) -> None:
    """With the parent's wish, as a job, and it can be taken back."""
    book = made(workshop, chapters=2)
    chapter = book.chapters[0]
    job = workshop.rewrite(book.id, chapter.id, "Twice!")
    workshop.wait(book.id)
    assert workshop.queue.job(job.id).state == "done"
    assert workshop.shelf.open(book.id).chapters[0].text == f"{chapter.text} Twice!"
    assert workshop.shelf.undo(book.id, chapter.id, "words").chapters[0].text == chapter.text


def test_a_written_story_is_not_written_over_by_chance(workshop: Workshop) -> None:
    """Drafting again must be said; locked chapters keep their words, and the old words stay in the history."""
    book = made(workshop, chapters=2)
    with pytest.raises(InvalidInputError, match="written already"):
        workshop.draft(book.id)
    one, two = (chapter.id for chapter in book.chapters)
    workshop.shelf.edit(book.id, Edit("text", "Mine.", one), Edit("locked", True, one), Edit("text", "Mine too.", two))
    workshop.draft(book.id, again=True)
    workshop.wait(book.id)
    assert [chapter.text for chapter in workshop.shelf.open(book.id).chapters] == ["Mine.", "Bramble counted to 2."]
    said = [change.before for entry in workshop.shelf.history(book.id) for change in entry.changes]
    assert "Mine too." in said


def test_a_picture_of_a_deleted_chapter_is_kept(settings: Settings) -> None:
    """Deleting a chapter while it is drawn fails nothing; the paid picture stays in the book's images, and is counted."""
    illustrator = PlainIllustrator(seconds=0.6, cost_usd=0.05)
    with other(settings, illustrator=illustrator) as workshop:
        from storymaker.books.edits import delete_chapter

        book = begun(workshop, chapters=2)
        workshop.draft(book.id)
        workshop.wait(book.id)
        chapter = workshop.shelf.open(book.id).chapters[1].id
        (job,) = workshop.illustrate(book.id, [chapter])
        until(lambda: illustrator.begun == [2])
        workshop.shelf.update(book.id, lambda book: delete_chapter(book, chapter))
        workshop.wait(book.id)
        assert workshop.queue.job(job.id).state == "done"
        assert len(list((workshop.shelf.folder(book.id) / "images").iterdir())) == 1
        assert workshop.shelf.open(book.id).spent_usd == pytest.approx(2 * 0.01 + 0.05)


def test_a_cover_does_not_wait_for_pages_that_wait_for_it(settings: Settings) -> None:
    """Where one picture is painted at a time, those behind the cover begin when it is done."""

    class OneAtATime(PlainIllustrator):
        at_once = 1
        covers_from_pages = True

    with Workshop(
        settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"plain": OneAtATime()}, runs_jobs=False
    ) as workshop:
        book = made_words(workshop)
        workshop.illustrate(book.id, [book.cover.id])
        workshop.illustrate(book.id, [book.chapters[0].id])
    with other(settings, illustrator=OneAtATime()) as workshop:
        workshop.start_worker()
        assert {job.state for job in workshop.wait(book.id) if job.kind == "picture"} == {"done"}


def test_the_covers_words_are_the_title(workshop: Workshop) -> None:
    """Nobody is asked to write it anew."""
    book = made(workshop, chapters=1)
    with pytest.raises(InvalidInputError, match="title"):
        workshop.rewrite(book.id, book.cover.id)


def test_a_book_deleted_while_somebody_waits_is_said(settings: Settings) -> None:
    """The wait ends with a sentence instead of going on for ever."""
    with other(settings, illustrator=PlainIllustrator(seconds=600)) as workshop:
        book = begun(workshop, chapters=1)
        workshop.draft(book.id, draw=True)

        def delete(book: Book, jobs: tuple[Job, ...]) -> None:
            if len(jobs) > 1:
                workshop.shelf.delete(book.id)

        with pytest.raises(NotFoundError, match="no such book"):
            workshop.wait(book.id, delete)


def test_a_cancelled_drawing_stops_and_can_be_drawn_later(settings: Settings) -> None:
    """Cancelling ends the wait; nothing half-drawn is left."""
    illustrator = PlainIllustrator(seconds=600)
    with other(settings, illustrator=illustrator) as workshop:
        book = begun(workshop, chapters=1)
        workshop.draft(book.id)
        workshop.wait(book.id)
        (job,) = workshop.illustrate(book.id, [workshop.shelf.open(book.id).chapters[0].id])
        until(lambda: workshop.queue.job(job.id).state == "running")
        workshop.cancel(job.id)
        assert {job.state for job in workshop.wait(book.id)} == {"done", "cancelled"}
        illustrator.seconds = 0
        workshop.illustrate(book.id)
        workshop.wait(book.id)
        assert workshop.shelf.open(book.id).complete


def test_a_crash_between_drawing_and_saying_so_pays_once(workshop: Workshop) -> None:
    """A job that is run again finds the picture it had attached."""
    book = made(workshop, chapters=1)
    page = book.chapters[0]
    details = {"shelf": str(workshop.shelf.root), "book_id": book.id, "chapter_id": page.id}

    async def report(**about: object) -> None:
        raise AssertionError("nothing was drawn, nothing is to be reported")

    asyncio.run(workshop._production.drawing.picture(Task(f"{page.id}.{page.attempt}", details, report)))
    assert workshop.shelf.open(book.id) == book


def test_another_process_leftovers_are_tidied(workshop: Workshop) -> None:
    """An unfinished drawing of a killed process does not stay for ever."""
    import os

    book = made(workshop, chapters=1)
    leftover = workshop.shelf.workdir(book.id) / "old.png"
    leftover.write_bytes(b"half")
    os.utime(leftover, (0, 0))
    workshop.illustrate(book.id, [book.chapters[0].id])
    workshop.wait(book.id)
    assert not leftover.exists()


def plain_casting(workshop: Workshop) -> None:
    """Let every name be played by the same hero, without photos or drawings."""

    class Plain:
        def warm_up(self, *, photos: bool) -> None:
            """Nothing to warm."""

        def hero(self, name: str, photos: object, *, kind: str) -> Character:
            """Always the same."""
            return workshop.shelf.cast.save(HERO)

    workshop.casting = Plain()  # type: ignore[assignment]


def test_make_does_it_all(workshop: Workshop) -> None:
    """From a name to a whole book; the seed is drawn by lot when none is given."""
    plain_casting(workshop)
    asked: dict[str, Any] = {"author": "scripted", "illustrator": "plain", "chapters": 2}
    one, two = (workshop.make("Bramble", budget_usd=1, **asked) for _ in range(2))
    assert one.complete and one.brief.seed != two.brief.seed
    assert workshop.make("Bramble", budget_usd=1, seed=5, **asked).brief.seed == 5


def test_a_budget_is_kept_before_anything_is_spent(workshop: Workshop) -> None:
    """The expected price is said, and no book is begun."""
    plain_casting(workshop)
    with pytest.raises(InvalidInputError, match=r"\$2\.85.*\$1\.00"):
        workshop.make("Bramble", budget_usd=1.0, author="scripted", illustrator="plain")
    assert workshop.shelf.list().books == ()


def test_what_the_author_refuses_begins_no_book(workshop: Workshop) -> None:
    """Unknown makers and impossible wishes are said before anything is written."""
    for asked, error in (
        ({"wish": "impossible"}, InvalidInputError),
        ({"author": "nobody"}, InvalidInputError),
        ({"illustrator": "nobody"}, InvalidInputError),
    ):
        with pytest.raises(error):
            begun(workshop, **asked)
    assert workshop.shelf.list().books == ()


def test_a_book_with_missing_pictures_is_not_printed_as_if_whole(settings: Settings) -> None:
    """The export names the page; as a draft it is printed with a visible gap."""
    with other(settings, illustrator=PlainIllustrator(fails=[2])) as workshop:
        book = made(workshop, chapters=2)
        with pytest.raises(ExportError, match="2"):
            workshop.export(book.id)
        assert workshop.export(book.id, draft=True).remarks


def test_a_finished_book_is_printed_and_previewed(workshop: Workshop) -> None:
    """A PDF in the book's folder, named after it, and any page as a picture."""
    book = made(workshop, chapters=2)
    made_pdf = workshop.export(book.id)
    assert made_pdf.path.name == "bramble-counts.pdf" and made_pdf.pages == 8
    assert made_pdf.path.read_bytes().startswith(b"%PDF")
    assert workshop.preview(book.id, 2, 200).read_bytes().startswith(b"\x89PNG")
    with pytest.raises(NotFoundError):
        workshop.preview(book.id, 99)


def test_a_worker_elsewhere_does_the_work(workshop: Workshop, settings: Settings) -> None:
    """A second workshop leaves its jobs to the first, and takes over when that is closed."""
    workshop.start_worker()
    with other(settings) as second:
        assert not second.start_worker()
        assert made(second, chapters=1).complete
        workshop.close()
        assert made(second, chapters=1).complete


def until(condition: Callable[[], bool]) -> None:
    """Wait for something a worker does."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_jobs_show_themselves(workshop: Workshop) -> None:
    """Every job of a book says what it is for."""
    book = made(workshop, chapters=1)
    kinds: dict[str, list[Job]] = {}
    for job in workshop.jobs(book.id):
        kinds.setdefault(job.kind, []).append(job)
    assert {kind: len(jobs) for kind, jobs in kinds.items()} == {"story": 1, "picture": 2}
    assert {job.shelf for jobs in kinds.values() for job in jobs} == {str(workshop.shelf.root)}


@pytest.mark.parametrize(("slip", "meant"), [("age", "age_band"), ("photo", "photos"), ("tilte", "title")])
def test_make_refuses_what_it_does_not_know(workshop: Workshop, slip: str, meant: str) -> None:
    """A slip in a field's name is a sentence with the nearest name, not a book of another kind."""
    slipped: dict[str, Any] = {slip: "3-4"}
    with pytest.raises(InvalidInputError, match=f"no “{slip}” .*Did you mean “{meant}”"):
        workshop.make("Bramble", author="scripted", illustrator="plain", **slipped)
    assert workshop.shelf.list().books == ()


class Careless(PlainIllustrator):
    """Hands over other bytes than a picture's on page 1, and one name for all pages where it is so made."""

    def __init__(self, page_1: bytes, shared: str = "") -> None:
        super().__init__(cost_usd=0.25)
        self.page_1, self.shared = page_1, shared

    async def draw(self, request: PictureRequest) -> PictureFile:
        """A flat colour, spoilt."""
        drawn = await super().draw(request)
        if request.n == 1:
            drawn.path.write_bytes(self.page_1)
        if self.shared:
            drawn = dataclasses.replace(drawn, path=drawn.path.replace(request.workdir / self.shared))
            await asyncio.to_thread(self.meet, request.workdir)
        return drawn

    def meet(self, workdir: Path) -> None:
        """Another page takes the file of the same name."""
        (workdir / self.shared).unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("page_1", "says"),
    [
        (b"\x89PNG\r\n\x1a\nnonsense", "is no PNG picture"),
        (flat_png(8, 1)[:-5], "breaks off before its end"),
        (flat_png(9, 1), "has 9 × 9 pixels, and not 8 × 8 as it says"),
    ],
)
def test_what_is_no_picture_fails_its_own_page(settings: Settings, page_1: bytes, says: str) -> None:
    """The page says so, and the others stand; what it cost is counted."""
    with other(settings, illustrator=Careless(page_1)) as workshop:
        book = made(workshop, chapters=2)
        assert [page.state for page in book.pages] == ["done", "missing", "done"]
        (failed,) = [job for job in workshop.jobs(book.id) if job.state == "failed"]
        assert failed.reason == (
            f"The illustrator “plain” handed over something that {says}. Please try again, or choose another."
        )
        assert book.spent_usd == pytest.approx(2 * 0.01 + 3 * 0.25)
        assert list(workshop.shelf.workdir(book.id).iterdir()) == []


def test_a_file_that_another_page_took_is_no_trouble_of_the_disk(settings: Settings) -> None:
    """The failure says what the illustrator must do."""
    with other(settings, illustrator=Careless(flat_png(8, 1), shared="page.png")) as workshop:
        book = made(workshop, chapters=1)
        reasons = {job.reason for job in workshop.jobs(book.id) if job.state == "failed"}
    (reason,) = reasons
    assert reason
    assert reason.startswith("“page.png”, which the illustrator “plain” handed over, is not there.")
    assert reason.endswith("it must give each file a name of its own.")


class Keyless(PlainIllustrator):
    """Lacks a key."""

    def missing(self) -> str:
        """Says so."""
        return "There is no key here. Please get one."


def test_a_maker_that_lacks_something_begins_no_book(settings: Settings) -> None:
    """Its sentence comes first: no book, no hero in the cast, no eleven failed pages."""
    with other(settings, illustrator=Keyless()) as workshop:
        with pytest.raises(InvalidInputError, match=r"^There is no key here\. Please get one\.$"):
            workshop.make("Bramble", author="scripted", illustrator="plain")
        assert workshop.shelf.cast.list() == ()
        with pytest.raises(InvalidInputError, match="There is no key here"):
            begun(workshop)
        assert workshop.shelf.list().books == ()


def test_a_worker_that_does_not_know_the_maker_is_told_of(settings: Settings, workshop: Workshop) -> None:
    """Not “there is no such author”: there is, but another worker of this home does the jobs."""
    assert workshop.start_worker()
    makers = {"mine": ScriptedAuthor()}, {"plain": PlainIllustrator()}
    with (
        Workshop(settings=settings, authors=makers[0], illustrators=makers[1]) as second,
        pytest.raises(
            JobError, match=r"another worker here .* does not know “mine”\. Stop it, or .*Settings\(home=…\)"
        ),
    ):
        second.make("Bramble", author="mine", illustrator="plain", chapters=1)


def test_one_page_and_one_photo_may_be_given_as_they_are(settings: Settings, tmp_path: Path) -> None:
    """A string is one of them, and not as many as it has letters."""
    with other(settings) as workshop:
        photo = plushie_photo(tmp_path / "bear.jpg")
        book = workshop.make("Bramble", str(photo), author="scripted", illustrator="plain", chapters=2)
        assert len(book.heroes[0].poses) == 1
        (job,) = workshop.illustrate(book.id, book.chapters[0].id)
        assert job.chapter_id == book.chapters[0].id
        workshop.wait(book.id)


def test_a_wait_in_which_nothing_begins_is_explained(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do: an engine that gives no job out says nothing itself."""
    monkeypatch.setattr("storymaker.workshop._PATIENCE_S", 0.0)
    monkeypatch.setattr("storymaker.workshop._TAKE_OVER_SECONDS", 0.0)
    book = workshop.shelf.create(Brief(), ())
    shelf = str(workshop.shelf.root)
    order = Order(id=f"{book.id}.lost.1", kind="picture", lane="nobody's", shelf=shelf, book_id=book.id)
    workshop.queue.submit(order)
    said: list[str] = []

    def hear(sentence: str) -> None:
        said.append(sentence)
        workshop.queue.cancel(order.id)

    monkeypatch.setattr("storymaker.workshop.notices.warning", hear)
    (job,) = workshop.wait(book.id)
    assert job.state == "cancelled"
    assert len(said) == 1 and "Nothing of this book has begun" in said[0] and "storymaker doctor" in said[0]


def test_an_author_that_does_not_say_can_write_every_chapter_anew(workshop: Workshop) -> None:
    """Of one that is not there any more nobody knows: the order says so."""
    book = made_words(workshop)
    assert workshop.retellable(book) == {chapter.id for chapter in book.chapters}
    gone = replace(book, brief=replace(book.brief, author="gone"))
    assert workshop.retellable(gone) == {chapter.id for chapter in book.chapters}
