"""Whole books by a service: how few requests they take, what they cost, and what a parent must look at first."""

from __future__ import annotations

import asyncio
import atexit
import functools
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import Edit, with_page
from storymaker.books.model import Book
from storymaker.books.shelf import Shelf
from storymaker.casting import Casting
from storymaker.errors import ExportError, InvalidInputError, ProviderError
from storymaker.images.hybrid import HybridIllustrator
from storymaker.images.illustrator import Cutout, Illustrator, PictureRequest, Player
from storymaker.images.openai import OpenAIIllustrator
from storymaker.jobs.worker import Task
from storymaker.settings import Settings
from storymaker.story.openai import OpenAIAuthor
from storymaker.testing import flat_png
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.remote.stand_in import Handler, Request, StandIn, body, fault, picture, stand_in, story


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A service that is up, and a key for it."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    with stand_in(words=story(3)) as up:
        yield up


def shop(service: StandIn, folder: Path, **given: Any) -> Workshop:
    """A workshop with this service, and nobody else."""
    settings = Settings(books=folder / "books", home=folder / "home", base_url=service.url, **given)
    illustrators: dict[str, Illustrator] = {
        "openai": OpenAIIllustrator(settings),
        "openai-hybrid": HybridIllustrator(settings),
    }
    return Workshop(settings=settings, authors={"openai": OpenAIAuthor(settings)}, illustrators=illustrators)


@pytest.fixture(autouse=True)
def alike(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is painted is large enough and like the plushie, but where a test is about nothing less than a whole book."""
    monkeypatch.setattr("storymaker.images.painting._SMALL", 0.1)  # the stand-in's pictures are small
    if request.function is not test_a_book_takes_the_fewest_requests:
        scored(monkeypatch, *[0.9] * 50)


@functools.cache
def photographed() -> Path:
    """A photo and the cast with its cut-out: cut out once for all books here."""
    folder = Path(tempfile.mkdtemp(prefix="storymaker-cast-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    plushie_photo(folder / "photo.jpg")
    Casting(Shelf(folder)).hero("Bramble", [folder / "photo.jpg"], kind="bear")
    return folder


def make(workshop: Workshop, folder: Path, illustrator: str = "openai", **asked: Any) -> Book:
    """A book of three chapters about a toy that was photographed."""
    photo = photographed() / "photo.jpg"
    if not workshop.shelf.cast.root.exists():
        shutil.copytree(photographed() / ".cast", workshop.shelf.cast.root)
    fields: dict[str, Any] = {"author": "openai", "illustrator": illustrator, "chapters": 3, "child": "Mia"} | asked
    return workshop.make("Bramble", [photo], kind="bear", **fields)


def scored(monkeypatch: pytest.MonkeyPatch, *scores: float) -> None:
    """The painted pictures are as like the plushie as this, one after another."""
    left = iter(scores)

    async def likeness_of(*_: object) -> float:
        return next(left)

    monkeypatch.setattr("storymaker.images.resemblance.likeness_of", likeness_of)


def test_a_book_takes_the_fewest_requests(service: StandIn, tmp_path: Path) -> None:
    """A card of the plushie, a draft, a picture a chapter and the cover from one; words typed, story, pictures looked over."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        assert book.complete, [job.reason for job in workshop.jobs(book.id)]
    assert Counter(request.path for request in service.requests) == {
        "/chat/completions": 1 + 1, "/images/edits": 3, "/moderations": 2 + 3,
    }  # fmt: skip
    first = service.asked("/images/edits")[0]
    assert first.files == ["cutout-" + book.heroes[0].poses[0].cutout.removeprefix("cutout-")]
    assert [chapter.text for chapter in book.chapters] == [f"Bramble came to door {n}. Mia knocked." for n in (1, 2, 3)]
    assert book.friend is not None
    assert (book.friend.name, book.dedication) == ("Pim", "For Mia.")


def test_a_plushie_is_described_once(service: StandIn, tmp_path: Path) -> None:
    """From its cut-outs; every picture is told the same words, the cast keeps them, and what a parent wrote is left."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        again = make(workshop, tmp_path)
        (known,) = workshop.shelf.cast.list()
    look = "a small plush bear, brown, with a patch"
    assert [hero.look for hero in (*book.heroes, *again.heroes, known)] == [look] * 3
    cards = [one for one in service.asked("/chat/completions") if b"image_url" in one.raw]
    assert len(cards) == 1
    assert all(look in one.body["prompt"] for one in service.asked("/images/edits"))


def test_what_a_book_costs_is_what_the_service_says(service: StandIn, tmp_path: Path) -> None:
    """By the tokens of each answer and the dated prices; the estimate was in its neighbourhood."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        estimate = sum(workshop.estimate_usd(book.brief, book.heroes))
        told = {job.kind: job.cost_usd for job in workshop.jobs(book.id) if job.kind == "story"}
    words = 2 * (1000 * 0.10 + 4000 * 0.50) / 1e6  # the plushie was described, and the story written
    painted = (600 * 5 + 2000 * 8 + 2000 * 30) / 1e6
    assert book.spent_usd == pytest.approx(words + 3 * painted, abs=1e-5)
    assert [page.picture.cost_usd for page in book.chapters if page.picture] == pytest.approx([painted] * 3)
    assert told == {"story": pytest.approx(words, abs=1e-6)}, "pictures that came meanwhile are not the story's"
    assert 0.5 * book.spent_usd < estimate < 2 * book.spent_usd


def test_a_book_stops_before_its_budget_is_passed(service: StandIn, tmp_path: Path) -> None:
    """Never after: what is under way counts, and what is not drawn says why and works once there is more."""
    with shop(service, tmp_path, book_budget=0.45, pictures_at_once=1) as workshop:
        book = make(workshop, tmp_path)
        assert book.complete
        for _ in range(3):
            workshop.illustrate(book.id, [book.chapters[0].id], "with a hat")
            jobs = workshop.wait(book.id)
        book = workshop.shelf.open(book.id)
    reasons = [job.reason for job in jobs if job.state == "failed"]
    assert reasons
    assert all(reason and "budget of $0.45" in reason and "STORYMAKER_BOOK_BUDGET" in reason for reason in reasons)
    assert book.spent_usd <= 0.45


def test_a_book_that_is_too_dear_is_refused_before_anything_is_asked(service: StandIn, tmp_path: Path) -> None:
    """Not a single request goes out."""
    with shop(service, tmp_path, book_budget=0.01) as workshop, pytest.raises(InvalidInputError, match="budget"):
        make(workshop, tmp_path)
    assert service.requests == []


def test_what_was_paid_and_not_received_is_counted(service: StandIn, tmp_path: Path) -> None:
    """On the book and in the job, beside a reason; a second try gets the picture."""
    service.next("/images/edits", body(picture(flat_png(256, 1))), body(picture(b"<html>no picture</html>")))
    with shop(service, tmp_path, pictures_at_once=1) as workshop:
        book = make(workshop, tmp_path)
        failed = next(job for job in workshop.jobs(book.id) if job.state == "failed")
        assert failed.reason is not None
        assert "no picture" in failed.reason
        assert failed.cost_usd > 0
        lost = book.spent_usd - sum(page.picture.cost_usd for page in book.pages if page.picture)
        assert lost == pytest.approx(failed.cost_usd + 2 * 0.0021, abs=1e-4)
        workshop.retry(failed.id)
        workshop.wait(book.id)
        assert workshop.shelf.open(book.id).complete


def test_a_refused_page_says_so_and_leaves_the_others(service: StandIn, tmp_path: Path) -> None:
    """With what to change; nothing is paid for it."""
    service.next("/images/edits", fault(400, "moderation_blocked"))
    with shop(service, tmp_path, pictures_at_once=1) as workshop:
        book = make(workshop, tmp_path)
        (failed,) = (job for job in workshop.jobs(book.id) if job.state == "failed")
    assert failed.code == "refused"
    assert failed.reason is not None
    assert "was not painted" in failed.reason
    assert "other words" in failed.reason
    assert (failed.cost_usd, book.done, book.total) == (0, 3, 4)


def test_a_picture_that_should_be_looked_at_is_not_shown_until_then(service: StandIn, tmp_path: Path) -> None:
    """Not in print, not on the shelf and not as the cover, which is painted then; looking at it hangs it."""
    service.flags = ("image_url",)
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        for page in book.pages:
            assert page.picture is not None
            assert page.picture.veiled
            assert "look at this picture" in " ".join(page.picture.notes)
        assert all(len(one.files) == 1 for one in service.asked("/images/edits")), "none is shown for its style"
        with pytest.raises(ExportError, match="you should look at first"):
            workshop.export(book.id)
        for page in book.pages:
            assert page.picture is not None
            workshop.shelf.use_picture(book.id, page.id, page.picture.file)
        assert workshop.export(book.id).path.exists()
        assert not any(page.picture.veiled for page in workshop.shelf.open(book.id).pages if page.picture)


def test_words_that_do_not_belong_are_not_sent_on(service: StandIn, tmp_path: Path) -> None:
    """What a parent typed is looked over before anything else is asked."""
    with shop(service, tmp_path) as workshop, pytest.raises(Exception, match="other words"):
        make(workshop, tmp_path, wish="a dragon-fight")
    assert not [one for one in service.asked("/chat/completions") if b"<brief>" in one.raw]
    assert not service.asked("/images/edits")


def test_a_hybrid_book_sends_no_photo(service: StandIn, tmp_path: Path) -> None:
    """The scene comes from words alone; the plushie in it is the cut-out's own pixels."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path, illustrator="openai-hybrid")
        assert book.complete, [job.reason for job in workshop.jobs(book.id)]
    assert not service.asked("/images/edits")
    assert all(not request.files for request in service.asked("/images/generations"))
    assert b"PNG" not in b"".join(request.raw for request in service.asked("/images/generations"))
    assert all(page.picture and (page.picture.width, page.picture.height) == (1536, 1536) for page in book.chapters)


def test_a_drawing_that_a_killed_process_had_sent_is_counted_twice_and_said(service: StandIn, tmp_path: Path) -> None:
    """The mark of the first try is found by the second; without one nothing is said."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        page = book.chapters[0]
        workdir = workshop.shelf.workdir(book.id)
        spent = book.spent_usd
        job = f"{page.id}.{page.attempt + 7}"
        (workdir / f"{job}.begun.asked").write_text(str(OpenAIIllustrator(workshop.settings).estimate_usd(1)))
        details = {"shelf": str(workshop.shelf.root), "book_id": book.id, "chapter_id": page.id}

        async def report(**_: object) -> None:
            """Nobody listens."""

        asyncio.run(workshop._production.drawing.picture(Task(id=job, details=details, report=report)))
        again = workshop.shelf.open(book.id)
    drawn = again.chapters[0].picture
    assert drawn is not None
    assert any("begun again" in note for note in drawn.notes)
    price = OpenAIIllustrator(workshop.settings).estimate_usd(1)
    assert again.spent_usd == pytest.approx(spent + drawn.cost_usd + price)
    assert not list(workdir.glob("*.asked"))


def test_a_cover_of_its_own_is_painted_when_it_is_wished_for(service: StandIn, tmp_path: Path) -> None:
    """Else it is a page of the book, for nothing."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        assert book.cover.picture is not None
        assert book.cover.picture.cost_usd == 0
        before = len(service.asked("/images/edits"))
        workshop.illustrate(book.id, [book.cover.id], "with a moon")
        workshop.wait(book.id)
        cover = workshop.shelf.open(book.id).cover.picture
    assert cover is not None
    assert cover.cost_usd > 0
    assert len(service.asked("/images/edits")) == before + 1
    assert "with a moon" in service.asked("/images/edits")[-1].body["prompt"]


def test_a_cover_is_painted_at_a_price_where_no_page_tells_its_words(service: StandIn, tmp_path: Path) -> None:
    """The budget is looked at before; with room in it, it is painted."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        for page in book.chapters:
            workshop.shelf.edit(book.id, Edit("image_prompt", "Another door.", page.id))
        before, spent = len(service.asked("/images/edits")), workshop.shelf.open(book.id).spent_usd
        workshop.illustrate(book.id, [book.cover.id])
        workshop.wait(book.id)
        drawn = workshop.shelf.open(book.id)
    assert len(service.asked("/images/edits")) == before + 1
    assert drawn.cover.picture is not None
    assert drawn.cover.picture.cost_usd > 0
    assert drawn.spent_usd == pytest.approx(spent + drawn.cover.picture.cost_usd)
    with shop(service, tmp_path, book_budget=spent) as workshop:
        (job,) = workshop.illustrate(book.id, [book.cover.id])
        failed = {one.id: one for one in workshop.wait(book.id)}[job.id]
    assert (failed.state, failed.code) == ("failed", "budget")
    assert len(service.asked("/images/edits")) == before + 1


def test_a_small_picture_is_still_a_picture(service: StandIn, tmp_path: Path) -> None:
    """Whatever its size, as long as it can be printed; one without usage costs what was expected."""
    service.next("/images/edits", body(picture(flat_png(300, 5), usage=None)))
    with shop(service, tmp_path, pictures_at_once=1) as workshop:
        book = make(workshop, tmp_path)
    costs = [page.picture.cost_usd for page in book.chapters if page.picture]
    assert len(costs) == 3
    assert all(cost > 0.05 for cost in costs)


def test_a_wish_is_looked_over_before_it_is_sent(service: StandIn, tmp_path: Path) -> None:
    """What does not belong in a children's book is refused with a reason, and nothing is painted or paid."""
    with shop(service, tmp_path) as workshop:
        book = make(workshop, tmp_path)
        before = len(service.asked("/images/edits"))
        workshop.illustrate(book.id, [book.chapters[0].id], "with a dragon-fight for Mia")
        failed = workshop.wait(book.id)[-1]
    assert (failed.state, failed.code, failed.cost_usd) == ("failed", "refused", 0)
    assert len(service.asked("/images/edits")) == before
    assert b"CHILD" in service.requests[-1].raw, "the child's name stays in the house here too"


def test_a_scene_that_was_paid_and_not_used_is_billed(service: StandIn, tmp_path: Path) -> None:
    """Where the plushie cannot be set into it: with a reason, its price, and nothing left behind."""
    settings = Settings(books=tmp_path / "books", home=tmp_path / "home", base_url=service.url, moderation=False)
    lost = Player("Bramble", "a bear", (Cutout(tmp_path / "lost.png"),))
    request = PictureRequest(1, "", "By a door", "meadow", (lost,), None, 3, tmp_path)
    with pytest.raises(ProviderError, match="could not be set into its scene") as caught:
        asyncio.run(HybridIllustrator(settings).draw(request))
    assert caught.value.paid
    assert caught.value.cost_usd > 0.05
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(("second", "hangs"), [(0.30, 1), (0.10, 0)])
def test_a_picture_unlike_the_plushie_is_painted_once_more_where_that_is_set(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: float, hangs: int
) -> None:
    """Once, and not a third time; the better of both hangs, both are paid and kept."""
    scored(monkeypatch, 0.2, second)
    with shop(service, tmp_path, paint_again=True) as workshop:
        book = make(workshop, tmp_path, chapters=1)
        (page,) = book.chapters
        kept = workshop.shelf.pictures(book.id, page.id)
        (job,) = (one for one in workshop.jobs(book.id) if one.chapter_id == page.id)
    assert len(service.asked("/images/edits")) == 2
    assert page.picture is not None
    files = list(dict.fromkeys(one.file for one in kept))
    assert len(files) == 2
    painted = [one for one in kept if "second time" in " ".join(one.notes)]
    assert (page.picture.file == painted[0].file) is bool(hangs)
    assert any("look much like Bramble" in note for note in page.picture.notes)
    assert job.cost_usd == pytest.approx(2 * page.picture.cost_usd)
    assert book.spent_usd == pytest.approx(2 * page.picture.cost_usd + 2 * 0.0021, abs=1e-4)


def test_a_picture_unlike_the_plushie_is_left_to_the_parent_unless_that_is_set(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is bought unasked: neither without the setting, nor past the budget."""
    scored(monkeypatch, *[0.1] * 8)
    bought: tuple[tuple[dict[str, Any], int], ...] = (({}, 2), ({"paint_again": True, "book_budget": 0.33}, 3))
    for n, (given, pictures) in enumerate(bought):
        (tmp_path / str(n)).mkdir()
        service.requests.clear()
        with shop(service, tmp_path / str(n), **given) as workshop:
            book = make(workshop, tmp_path / str(n), chapters=2)
            assert book.complete
        assert len(service.asked("/images/edits")) == pictures
        assert book.spent_usd <= 0.33


def test_the_first_picture_stands_where_the_second_fails(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is there is not lost for a better one; what the second cost is counted."""
    scored(monkeypatch, 0.1, 0.1)
    service.next("/images/edits", body(picture(flat_png(256, 5))), body(picture(b"<html>no picture</html>")))
    with shop(service, tmp_path, paint_again=True) as workshop:
        book = make(workshop, tmp_path, chapters=1)
        (job,) = (one for one in workshop.jobs(book.id) if one.chapter_id == book.chapters[0].id)
    assert book.complete
    assert job.state == "done"
    picture_cost = book.chapters[0].picture.cost_usd if book.chapters[0].picture else 0.0
    assert job.cost_usd > 1.5 * picture_cost


def test_the_model_says_whether_it_is_the_plushie_where_that_is_set(service: StandIn, tmp_path: Path) -> None:
    """Each painted picture is shown to it beside the cut-outs; its no comes with its reason, and is in the price."""
    service.seen = {"same": False, "reason": "the patch is missing, and it was made for CHILD"}
    with shop(service, tmp_path, ask_likeness=True) as workshop:
        book = make(workshop, tmp_path)
        told = [note for page in book.chapters if page.picture for note in page.picture.notes]
        (quiet, asking) = (OpenAIIllustrator(Settings(ask_likeness=on)).estimate_usd(1) for on in (False, True))
    asked = [one for one in service.asked("/chat/completions") if b"same" in one.raw and b"image_url" in one.raw]
    assert len(asked) == 3
    assert all(one.raw.count(b"data:image/png") == 2 for one in asked)
    assert all(b"Mia" not in one.raw for one in asked)
    assert (
        told
        == [
            "This doesn’t look much like Bramble (the patch is missing, and it was made for Mia). You can have it painted anew."
        ]
        * 3
    )
    painted = (600 * 5 + 2000 * 8 + 2000 * 30) / 1e6
    word = (1000 * 0.10 + 4000 * 0.50) / 1e6
    assert [page.picture.cost_usd for page in book.chapters if page.picture] == pytest.approx([painted + word] * 3)
    assert quiet < asking < quiet + 0.01


def test_the_models_yes_wins_over_our_measure_and_its_silence_does_not(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture is neither lost nor called unlike by one who did not answer."""
    scored(monkeypatch, 0.1, 0.1)
    service.seen = {"same": True, "reason": ""}
    with shop(service, tmp_path, ask_likeness=True) as workshop:
        book = make(workshop, tmp_path, chapters=1)
        assert [page.picture.notes for page in book.chapters if page.picture] == [()]
        service.seen = {"same": "who knows"}
        workshop.illustrate(book.id, [book.chapters[0].id], "with a hat")
        workshop.wait(book.id)
        again = workshop.shelf.open(book.id).chapters[0].picture
    assert again is not None
    assert any("look much like Bramble." in note for note in again.notes)


def test_what_a_parent_approved_meanwhile_is_not_replaced_by_a_second_try(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They liked the first: it hangs, though the second is more like; the second is kept with the page."""
    scored(monkeypatch, 0.1, 0.9)
    with shop(service, tmp_path, paint_again=True) as workshop:

        def meanwhile(handler: Handler, _: Request) -> None:
            (card,) = workshop.shelf.list().books
            book = workshop.shelf.open(card.id)
            workshop.shelf.update(book.id, lambda book: with_page(book, replace(book.chapters[0], locked=True)))
            handler.send(200, picture(flat_png(256, 9)))

        service.next("/images/edits", body(picture(flat_png(256, 5))), meanwhile)
        book = make(workshop, tmp_path, chapters=1)
        (page,) = book.chapters
        kept = workshop.shelf.pictures(book.id, page.id)
    assert page.locked
    assert page.picture is not None
    assert not any("second time" in note for note in page.picture.notes)
    assert any("second time" in note for one in kept for note in one.notes)


def test_a_second_try_that_a_killed_process_had_sent_is_counted_and_not_sent_again(
    service: StandIn, tmp_path: Path
) -> None:
    """The first picture was saved; the mark of the second is found, billed and gone."""
    with shop(service, tmp_path, paint_again=True) as workshop:
        book = make(workshop, tmp_path, chapters=1)
        (page,) = book.chapters
        assert page.picture is not None
        price = OpenAIIllustrator(workshop.settings).estimate_usd(1)
        (workshop.shelf.workdir(book.id) / f"{page.picture.job}.second.asked").write_text(str(price))
        details = {"shelf": str(workshop.shelf.root), "book_id": book.id, "chapter_id": page.id}
        asked = len(service.requests)

        async def report(**_: object) -> None:
            """Nobody listens."""

        asyncio.run(workshop._production.drawing.picture(Task(id=page.picture.job, details=details, report=report)))
        again = workshop.shelf.open(book.id)
        left = list(workshop.shelf.workdir(book.id).glob("*.asked"))
    assert (len(service.requests), left) == (asked, [])
    assert again.spent_usd == pytest.approx(book.spent_usd + OpenAIIllustrator(workshop.settings).estimate_usd(1))
    assert again.chapters[0].picture == page.picture
