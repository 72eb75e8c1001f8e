"""The Workshop changes what a book is about: priced before, refused in time, stopped and taken back as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest
from typer.testing import CliRunner

from storymaker.books.about import AboutChange
from storymaker.books.checking import replace
from storymaker.books.model import Book, Brief, Character
from storymaker.cli import app
from storymaker.errors import InvalidInputError
from storymaker.production.commission import Placing, opened, whole
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop


class Hesitant(ScriptedAuthor):
    """Writes one chapter of its second story, and no more until it is stopped."""

    stories = 0

    async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """The plain story."""
        self.stories += 1
        async for piece in super().write(assignment):
            yield piece
            if self.stories > 1 and isinstance(piece, ChapterDraft):
                await asyncio.sleep(600)


class Away(PlainIllustrator):
    """Lacks something here."""

    def missing(self) -> str:
        """What it lacks."""
        return "It is on holiday. Please choose another."


@pytest.fixture
def shop(settings: Settings) -> Iterator[Workshop]:
    """An author who hesitates, and illustrators of whom one cannot work."""
    with Workshop(
        settings=settings,
        authors={"scripted": Hesitant()},
        illustrators={"plain": PlainIllustrator(cost_usd=0.25), "away": Away(), "slow": PlainIllustrator(seconds=600)},
    ) as made:
        yield made


def made(shop: Workshop, **asked: object) -> Book:
    """A book of two pages, written and drawn."""
    hero = shop.shelf.cast.save(Character(id="bramble1", name="Bramble"))
    brief = Brief.model_validate({"author": "scripted", "illustrator": "plain", "chapters": 2, **asked})
    book = shop.begin(brief, (hero,))
    shop.draft(book.id, draw=True)
    shop.wait(book.id)
    return shop.shelf.open(book.id)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (AboutChange(dedication="For Lena"), ["Nothing is written or drawn anew."]),
        (
            AboutChange(names={"bramble1": "Hazel"}),
            [
                "The words of 3 pages get the new name; nothing else in them changes.",
                "1 picture will not match any more; drawing anew can be done now or later, for about $0.25.",
            ],
        ),
        (
            AboutChange(age_band="7-8", pronouns={"bramble1": "she"}),
            [
                "The words that are there were not written with the new age and pronouns in mind; "
                "a story written anew is, for about $0.02."
            ],
        ),
        (
            AboutChange(age_band="7-8", words="again", draw=True),
            [
                "The story is written anew for about $0.02. The words that are there now can be brought back.",
                "2 pictures will be drawn anew for about $0.50.",
            ],
        ),
        (
            AboutChange(illustrator="slow"),
            ["3 pictures stay as drawn before; drawing anew is possible, for nothing."],
        ),
    ],
)  # fmt: skip
def test_what_a_change_redoes_and_costs_is_said_before(shop: Workshop, change: AboutChange, says: list[str]) -> None:
    """In sentences, and nothing is done."""
    book = made(shop)
    assert list(shop.plan_about(book.id, change).sentences) == says
    assert shop.shelf.open(book.id) == book


def test_locked_pages_are_said_to_stay(shop: Workshop) -> None:
    """They would have changed."""
    book = made(shop)
    shop.shelf.update(
        book.id, lambda book: replace(book, chapters=(replace(book.chapters[0], locked=True), book.chapters[1]))
    )
    plan = shop.plan_about(book.id, AboutChange(names={"bramble1": "Hazel"}))
    assert plan.sentences[-1] == "1 locked page will stay as before."


def test_a_change_that_costs_too_much_or_that_nobody_can_make_is_refused(shop: Workshop, settings: Settings) -> None:
    """Before anything is done; a dedication needs neither."""
    book = made(shop)
    with pytest.raises(InvalidInputError, match="on holiday") as refused:
        shop.plan_about(book.id, AboutChange(illustrator="away"))
    assert refused.value.code == "maker"
    shop.settings = settings.model_copy(update={"book_budget": 1.0})
    with pytest.raises(InvalidInputError, match="its budget is") as refused:
        shop.change_about(book.id, AboutChange(age_band="7-8", words="again", draw=True))
    assert refused.value.code == "budget" and shop.shelf.open(book.id) == book
    assert shop.change_about(book.id, AboutChange(dedication="For Lena")).dedication == "For Lena"


def test_a_story_that_is_stopped_in_its_midst_is_taken_back_whole(shop: Workshop) -> None:
    """Under it nothing that it tells is changed; the undo stops it, and what comes late changes nothing."""
    book = made(shop)
    shop.change_about(book.id, AboutChange(names={"bramble1": "Hazel"}, words="again"))
    while shop.shelf.open(book.id).chapters[0].text != "Hazel counted to 1.":
        pass
    with pytest.raises(InvalidInputError, match="being written") as refused:
        shop.change_about(book.id, AboutChange(child="Mia"))
    assert refused.value.code == "busy"
    shop.change_about(book.id, AboutChange(dedication="For Lena"))
    shop.undo(book.id)
    after = shop.undo(book.id)
    assert (after.chapters, after.heroes, after.drafted) == (book.chapters, book.heroes, True)
    assert {job.state for job in shop.wait(book.id)} == {"done", "cancelled"}
    late = ChapterDraft("Late", "Late.", "", "", "")
    placing = Placing(tuple(page.id for page in after.chapters))
    assert placing.put(after, draft=late, draw=True).chapters == after.chapters
    assert whole(after, left=placing.left) == after
    assert opened(after, opening=StoryOpening("Late", "Late.", "", None, 2), draw=True) == after


def test_pictures_under_way_are_not_made_untrue(shop: Workshop) -> None:
    """Another name is put in meanwhile, another hero is not."""
    book = made(shop)
    shop.change_about(book.id, AboutChange(illustrator="slow"))
    shop.illustrate(book.id, [book.chapters[0].id])
    with pytest.raises(InvalidInputError, match="being drawn"):
        shop.change_about(book.id, AboutChange(heroes=(Character(name="Hazel"),)))
    shop.change_about(book.id, AboutChange(child="Mia"))
    shop.cancel(*(job.id for job in shop.jobs(book.id) if not job.ended))
    shop.wait(book.id)


def test_a_terminal_changes_a_book_and_takes_it_back(settings: Settings) -> None:
    """It says what is redone and costs, and how the book stands."""
    run = CliRunner().invoke
    with Workshop(settings=settings) as shop:
        heroes = [
            shop.shelf.cast.save(Character(id=f"{name.lower()}12", name=name)) for name in ("Bramble", "Hazel", "Otis")
        ]
        book = shop.shelf.create(Brief(child="Mia", title="Bramble"), (heroes[0],))
    dry = run(app, ["about", book.id, "--hero", "hazel", "--friend", "Otis", "--pronouns", "she", "--dry-run"])
    assert dry.exit_code == 0 and "It would cost $0.00" in dry.output
    done = run(app, ["about", book.id, "--hero", "hazel", "--friend", "Otis", "--dedication", "For Lena"])
    assert done.exit_code == 0 and "Hazel (they, hazel12)" in done.output and "friend       Otis" in done.output
    back = run(app, ["about", book.id, "--undo"])
    assert "Bramble (they, bramble12)" in back.output
    assert "Bramble (they, bramble12)" in run(app, ["about", book.id]).output
    for wrong in (["--undo"], ["--hero", "nobody"], ["--words", "x"], ["--pronouns", "x"]):
        assert isinstance(run(app, ["about", book.id, *wrong]).exception, Exception)
