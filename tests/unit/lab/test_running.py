"""Variants as jobs: side by side, each with its own end, and never made twice."""

from __future__ import annotations

import asyncio
import json
import signal
from _thread import interrupt_main
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from storymaker.books.edits import add_chapter
from storymaker.books.model import Book, Brief, Character, Pose
from storymaker.books.shelf import Shelf
from storymaker.errors import InvalidInputError, JobCancelledError, NotFoundError, SetupError
from storymaker.images.illustrator import PictureFile
from storymaker.jobs.queue import JobQueue, Order
from storymaker.lab import Lab, Sample, pictures, reworded, words
from storymaker.production.commission import described
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.testing import PlainIllustrator, ScriptedAuthor, drawn_file, flat_png
from storymaker.workshop import Workshop

SHORT = Sample(name="Short", hero="Pip", arc="yawn", age_band="3-4", chapters=3)


@pytest.fixture
def shelved(settings: Settings, tmp_path: Path) -> Book:
    """A family's book: a photographed hero, two written pages, one of them painted and approved."""
    shelf = Shelf(settings.books)
    hero = shelf.cast.save(Character(name="Bramble", kind="bear"))
    photo, cutout = drawn_file(shelf.cast.folder(hero.id), 1), drawn_file(shelf.cast.folder(hero.id), 2)
    pose = Pose(photo=f"photo-{'a' * 16}.png", cutout=f"cutout-{'b' * 16}.png")
    hero = shelf.cast.add_pose(hero.id, pose, cutout, photo)
    begun = shelf.create(Brief(title="Bramble at Sea", child="Mia", author="tuned", illustrator="tuned"), (hero,))

    def write(book: Book) -> Book:
        return add_chapter(add_chapter(book, text="One.", image_prompt="Bramble."), text="Two.", image_prompt="A boat.")

    book = shelf.update(begun.id, write)
    page = book.chapters[0]
    drawing = drawn_file(shelf.workdir(book.id), 3)
    picture = described(PictureFile(drawing, 8, 8), book, page, 1, "job")
    return shelf.attach(book.id, page.id, drawing, picture)


def test_variants_run_side_by_side_and_each_has_its_own_end(lab: Lab, wrote: list[str]) -> None:
    """Words, cost, time and reading of those that were made; a sentence and the cost of the one that broke."""
    softly = reworded("story", {"Please write the book": "Softly, please write the book"})
    run = lab.run(
        [
            words("as it is", "tuned"),
            words("softly", "tuned", prompts=[softly]),
            words("broken", "tuned", settings={"text_model": "broken"}),
            words("nobody", "nobody"),
        ],
        SHORT,
    )
    plain, soft, broken, nobody = run
    assert [len(one.pages) for one in run] == [3, 3, 0, 0]
    assert plain.pages[0].text.endswith("Please write the book for this brief.")
    assert soft.pages[0].text.endswith("Softly, please write the book for this brief.")
    assert [plain.cost_usd, plain.paid_usd] == pytest.approx([0.03, 0.03])
    assert not plain.kept
    assert plain.words_a_page == 10
    assert plain.sentences_a_page == 2
    assert plain.seconds < 5
    assert "no more words today" in broken.reason
    assert broken.paid_usd == pytest.approx(0.02)
    assert "There is no author called “nobody” here. There is: scripted, tuned." in nobody.reason
    assert run.paid_usd == pytest.approx(0.08)
    assert wrote == ["Pip"] * 3
    assert run["softly"] is soft
    assert (plain.swaps, soft.swaps) == ((), ("“Please write the…” → “Softly, please write the…”",))


def test_a_second_run_costs_nothing_and_does_nothing(lab: Lab, wrote: list[str], settings: Settings) -> None:
    """By content: also in another session; a changed comma is another; what failed is tried again."""
    asked = [words("as it is", "tuned"), words("broken", "tuned", settings={"text_model": "broken"})]
    first = lab.run(asked, SHORT)
    assert lab.estimate(asked, SHORT).estimate_usd == pytest.approx(0.03), "only what failed would cost"
    again = Lab(settings, makers=lab._makers).run([words("under another name", "tuned"), asked[1]], SHORT)
    assert [one.kept for one in again] == [True, False]
    assert (again[0].paid_usd, again[0].cost_usd) == (0.0, first[0].cost_usd)
    assert again[0].pages == first[0].pages
    assert wrote == ["Pip"] * 3, "twice at first, and the broken one again"
    comma = reworded("story", {"Please write the book": "Please, write the book"})
    assert not lab.estimate([words("comma", "tuned", prompts=[comma])], SHORT).lines[0].kept


def test_a_long_run_says_how_far_it_is(lab: Lab, settings: Settings) -> None:
    """A line for each result as it comes, with its price or why there is none; what was kept from before needs no line."""
    told: list[str] = []
    watched = Lab(settings, makers=lab._makers, watch=told.append)
    asked = [words("as it is", "tuned"), words("broken", "tuned", settings={"text_model": "broken"})]
    watched.run(asked, SHORT)
    assert [line.partition(": ")[0] for line in told] == ["1 of 2", "2 of 2"]
    assert told[0] == f"1 of 2: as it is on {SHORT.name}: made, for $0.030"
    assert told[1].startswith(f"2 of 2: broken on {SHORT.name}: ")
    told.clear()
    watched.run(asked[:1], SHORT)
    assert told == []


def test_what_is_damaged_is_made_anew(
    lab: Lab, shelved: Book, wrote: list[str], shown: list[Any], settings: Settings
) -> None:
    """A torn book, a picture with other bytes in it, a torn card; what is whole is kept."""
    asked = [words("words", "tuned"), pictures("pictures", "tuned")]
    told, drawn = lab.run(asked, shelved, pages=[2])
    card = settings.home / "lab" / "trials" / f"{told.key}.json"
    (picture,) = (page.picture for page in drawn.pages if page.picture)
    (book,) = (settings.home / "lab" / "shelf").glob(f"*-{json.loads(card.read_bytes())['book_id']}/book.json")
    book.write_bytes(book.read_bytes()[:-9])
    picture.write_bytes(flat_png(8, 7))
    assert [(one.kept, one.reason) for one in lab.run(asked, shelved, pages=[2])] == [(False, ""), (False, "")]
    card.write_bytes(card.read_bytes()[:-9])
    assert [(one.kept, one.reason) for one in lab.run(asked, shelved, pages=[2])] == [(False, ""), (True, "")]
    assert (len(wrote), len(shown)) == (3, 2)


def test_what_goes_beyond_the_budget_is_not_begun(lab: Lab, wrote: list[str]) -> None:
    """In their order, as far as the money goes; the price was there to be seen before."""
    asked = [words("one", "tuned"), words("two", "tuned", seed=2), words("one again", "tuned")]
    assert [line.estimate_usd for line in lab.estimate(asked, SHORT).lines] == pytest.approx([0.03] * 3)
    run = lab.run(asked, SHORT, budget_usd=0.05)
    assert [bool(one.reason) for one in run] == [False, True, False]
    assert "expected to cost $0.030, and $0.020 of the budget of $0.05 is left" in run["two"].reason
    assert wrote == ["Pip"]
    assert not lab.run(asked[1:2], SHORT, budget_usd=0.0)[0].done


def test_pictures_are_drawn_from_just_what_the_variant_says(lab: Lab, shown: list[Any]) -> None:
    """The sample's words told by the paper studio, the cut-outs named, the seed; no page that was drawn meanwhile."""
    (drawn,) = lab.run([pictures("one pose", "tuned", cutouts=[2], seed=5)], SHORT, pages=[3])
    (request,) = shown
    assert [page.n for page in drawn.pages] == [3]
    assert [len(hero.cutouts) for hero in request.heroes] == [1]
    assert (request.palette, request.pages, request.before) == (5, (), None)
    assert "Pip" in request.prompt
    assert drawn.cost_usd == pytest.approx(0.01)
    assert drawn.likeness is not None
    assert drawn.likeness < 0.2, "one colour is no plushie"


def test_a_book_of_the_family_can_be_tried_on(lab: Lab, shelved: Book, shown: list[Any], settings: Settings) -> None:
    """With its words, its plushie and a page that was liked; the book itself stays as it is, and no photo is copied."""
    run = lab.run([pictures("liked", "tuned", liked=True), pictures("alone", "tuned")], shelved, pages=[2])
    assert [one.reason for one in run] == ["", ""]
    liked, alone = sorted(shown, key=lambda request: -len(request.pages))
    assert [path.read_bytes() for path in liked.pages] == [flat_png(8, 3)]
    assert alone.pages == ()
    assert (liked.prompt, liked.child) == ("A boat.", "Mia")
    assert Shelf(settings.books).open(shelved.id) == shelved
    kept = {path.name for path in (settings.home / "lab").rglob("*.png")}
    assert f"cutout-{'b' * 16}.png" in kept
    assert not any(name.startswith("photo") for name in kept)
    told = lab.run([words("anew", "tuned")], shelved)[0]
    assert (told.subject, told.reason) == ("Bramble at Sea", "")


def test_another_plushie_or_another_liked_page_is_another_trial(lab: Lab, shelved: Book, settings: Settings) -> None:
    """What a picture is made from is known by its bytes."""
    asked = [pictures("liked", "tuned", liked=True)]
    lab.run(asked, shelved, pages=[2])
    assert lab.estimate(asked, shelved, pages=[2]).lines[0].kept
    shelf = Shelf(settings.books)
    cutout = shelf.folder(shelved.id) / "characters" / shelved.heroes[0].id / shelved.heroes[0].poses[0].cutout
    cutout.write_bytes(flat_png(8, 99))
    assert not lab.estimate(asked, shelved, pages=[2]).lines[0].kept


def test_a_program_whose_workshop_runs_jobs_is_told_what_to_do(lab: Lab, settings: Settings, tmp_path: Path) -> None:
    """There is room for one worker in a program; afterwards the lab works."""
    makers: dict[str, Any] = {"authors": {"scripted": ScriptedAuthor()}, "illustrators": {"plain": PlainIllustrator()}}
    with Workshop(settings=settings, **makers) as shop:
        shop.start_worker()
        with pytest.raises(SetupError, match="close it first"):
            lab.run([words("as it is", "tuned")], SHORT)
    assert lab.run([words("as it is", "tuned")], SHORT)[0].done


def test_two_notebooks_do_not_try_at_once(lab: Lab, settings: Settings) -> None:
    """The second is told to wait, before it begins anything."""
    with FileLock(settings.home / "lab" / "run.lock"), pytest.raises(SetupError, match="Another notebook"):
        lab.run([words("as it is", "tuned")], SHORT)


def test_a_run_that_is_interrupted_says_so_and_keeps_what_was_finished(
    lab: Lab, makers: Any, wrote: list[str], settings: Settings
) -> None:
    """As by the notebook's stop button: what was under way is cancelled, and the next run has a lab that works."""

    class Interrupting(ScriptedAuthor):
        async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
            queue = JobQueue(f"sqlite:///{settings.home / 'lab' / 'jobs.sqlite'}")
            while not any(job.state == "done" for job in queue.jobs()):
                await asyncio.to_thread(queue.jobs)
            queue.close()
            interrupt_main()
            await asyncio.Event().wait()
            async for piece in super().write(assignment):
                yield piece

    makers["words"]["interrupting"] = Interrupting
    asked = [words("stopped", "interrupting"), words("quick", "tuned")]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(JobCancelledError, match="What was finished is kept"):
            lab.run(asked, SHORT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert lab.run(asked[1], SHORT)[0].kept
    assert wrote == ["Pip"]
    assert lab.run(words("another", "tuned", seed=2), SHORT)[0].done


def test_what_a_killed_notebook_had_ordered_is_not_taken_up(lab: Lab, settings: Settings) -> None:
    """Nobody waits for it any more, and it might cost."""
    queue = JobQueue(f"sqlite:///{settings.home / 'lab' / 'jobs.sqlite'}")
    queue.submit(Order("book1.story.1", "story", "words", str(settings.home), "book1"))
    lab.run([words("as it is", "tuned")], SHORT)
    assert queue.job("book1.story.1").state == "cancelled"
    queue.close()


def test_a_rating_is_there_again_with_its_result(lab: Lab, settings: Settings) -> None:
    """Also in the next session; a result that was made anew is not rated, and one that failed cannot be."""
    asked = [words("as it is", "tuned"), words("nobody", "nobody")]
    run = lab.run(asked, SHORT)
    lab.rate(run[0], 2, "Flat.")
    lab.rate(run[0], 4, "Better aloud.")
    rating = Lab(settings, makers=lab._makers).run(asked[:1], SHORT)[0].rating
    assert rating is not None
    assert (rating.stars, rating.note) == (4, "Better aloud.")
    for stars in (0, 6, 4.5):
        with pytest.raises(InvalidInputError, match="from 1 to 5"):
            lab.rate(run[0], stars)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="run it first"):
        lab.rate(run[1], 3)
    (settings.home / "lab" / "trials" / f"{run[0].key}.json").write_text("{", "utf-8")
    anew = lab.run(asked[:1], SHORT)[0]
    assert (anew.kept, anew.rating) == (False, None)
    lab.rate(anew, 5)
    (settings.home / "lab" / "ratings" / f"{run[0].key}.json").write_text("{", "utf-8")
    assert lab.run(asked[:1], SHORT)[0].rating is None


def test_a_grid_that_was_there_before_its_rating_shows_it(lab: Lab) -> None:
    """Shown again, without a run; and it says so no more when it was cleared away."""
    run = lab.run(words("as it is", "tuned"), SHORT)
    assert "not yet" in str(run._repr_html_())
    lab.rate(run[0], 4, "Better aloud.")
    assert "★★★★☆" in str(run._repr_html_())
    lab.clear()
    assert run[0].rating is None


def test_what_is_tried_and_on_what_may_be_one_or_several(lab: Lab, shelved: Book) -> None:
    """What is neither is refused with what to give."""
    one = words("as it is", "tuned")
    assert len(lab.run(one, SHORT)) == 1
    assert [line.subject for line in lab.estimate([one], (SHORT, shelved)).lines] == ["Short", "Bramble at Sea"]
    for on in ("bramble-at-sea", ["bramble"], None, []):
        with pytest.raises(InvalidInputError, match=r"Give a Sample or a Book.*shelf\.open"):
            lab.estimate(one, on)  # type: ignore[arg-type]
    for asked in ("as it is", ["as it is"], None, []):
        with pytest.raises(InvalidInputError, match="Give a variant"):
            lab.estimate(asked, SHORT)  # type: ignore[arg-type]


def test_two_variants_of_one_name_are_refused(lab: Lab, wrote: list[str]) -> None:
    """The second could not be told from the first; nothing is begun."""
    asked = [words("as it is", "tuned"), words("as it is", "tuned", seed=3)]
    for attempt in (lambda: lab.run(asked, SHORT), lambda: lab.compare(asked[0], asked[1], [SHORT])):
        with pytest.raises(InvalidInputError, match="Two variants are called “as it is”"):
            attempt()
    assert wrote == []


def test_a_lab_that_is_cleared_has_nothing_left_but_kept_prompts(lab: Lab, settings: Settings) -> None:
    """No words, no picture, no cut-out."""
    variant = words("softly", "tuned", prompts=[reworded("story", {"Please write": "Softly write"})])
    lab.run([variant], SHORT)
    lab.keep(variant, "soft")
    lab.clear()
    assert [path.name for path in (settings.home / "lab").rglob("*") if path.suffix in (".png", ".csv", ".json")] == []
    assert [kept.title for kept in lab.kept] == ["soft"]
