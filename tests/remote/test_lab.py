"""The lab with models: what a tinkerer changes is what is asked, and what they keep is what the next book is made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.books.checking import replace
from storymaker.books.edits import add_chapter
from storymaker.books.model import Book, Brief, Character, Pose
from storymaker.books.shelf import Shelf
from storymaker.images.illustrator import PictureFile
from storymaker.lab import Lab, pictures, reworded, words
from storymaker.production.commission import described
from storymaker.settings import load_settings
from storymaker.testing import drawn_file
from storymaker.workshop import Workshop
from tests.remote.stand_in import StandIn, stand_in, story

KEY = "sk-for-nobody-at-all"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A service that is up, in the environment as a tinkerer has it, and a key for it."""
    with stand_in(words=story(2)) as up:
        for name, value in (("BASE_URL", up.url), ("HOME", tmp_path / "home"), ("BOOKS", tmp_path / "books")):
            monkeypatch.setenv(f"STORYMAKER_{name}", str(value))
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield up


@pytest.fixture
def shelved(service: StandIn) -> Book:
    """A family's book with a child's name in it: a small hero, two written pages, one painted."""
    shelf = Shelf(load_settings().books)
    hero = shelf.cast.save(Character(name="Bramble", kind="bear", look="a small plush bear"))
    cutout = drawn_file(shelf.cast.folder(hero.id), 2)
    hero = shelf.cast.add_pose(hero.id, Pose(cutout=f"cutout-{'b' * 16}.png"), cutout)
    brief = Brief(title="Doors", child="Mia", author="openai", illustrator="openai", chapters=2)
    begun = shelf.create(brief, (hero,))

    def write(book: Book) -> Book:
        for text in ("Mia knocked.", "Mia knocked again."):
            book = add_chapter(book, text=text, image_prompt=f"Bramble by a door. {text}", scene="meadow")
        return book

    book = shelf.update(begun.id, write)
    page, drawing = book.chapters[0], drawn_file(shelf.workdir(book.id), 3)
    picture = described(PictureFile(drawing, 8, 8), book, page, 1, "job")
    return shelf.attach(book.id, page.id, drawing, picture)


def test_from_a_changed_word_to_the_next_book(service: StandIn, shelved: Book, tmp_path: Path) -> None:
    """Priced, tried side by side, kept, put in use: then an ordinary book is asked for with the kept words."""
    lab = Lab()
    moss = reworded("story", {"Past tense.": "Moss tense."})
    felt = reworded("picture", {"Cut-paper collage:": "Felt collage:"})
    wet = {"image_style": "wet felt", "image_quality": "low"}
    plain = words("as it is", "openai")
    mossy = words("moss", "openai", prompts=[moss], settings={"text_model": "gpt-moss"})
    felted = pictures("felt", "openai", prompts=[felt], settings=wet, liked=True)
    asked = (plain, mossy, felted)
    estimate = lab.estimate(asked, shelved, pages=[2])
    assert service.requests == [], "asking for the price asks nobody"
    assert 0 < estimate.estimate_usd < 1
    assert any("goes to OpenAI" in sentence for sentence in estimate.sends)

    run = lab.run(asked, shelved, pages=[2])
    assert [one.reason for one in run] == [""] * 3
    assert all(one.cost_usd > 0 for one in run)
    told = {
        request.body["model"]: request.body["messages"][0]["content"] for request in service.asked("/chat/completions")
    }
    assert "Moss tense." in told["gpt-moss"]
    assert "Past tense." in told[load_settings().text_model]
    (painted,) = service.asked("/images/edits")
    assert "Felt collage:" in painted.body["prompt"]
    assert "Style: wet felt" in painted.body["prompt"]
    assert (painted.body["quality"], len(painted.files)) == ("low", 2)
    assert run["as it is"].pages[0].text == "Bramble came to door 1. Mia knocked."

    before = len(service.requests)
    again = lab.run(asked, shelved, pages=[2])
    assert ([one.kept for one in again], again.paid_usd, len(service.requests)) == ([True] * 3, 0.0, before)

    for variant, title in ((mossy, "moss"), (felted, "felt")):
        lab.keep(variant, title)
        lab.use(title)
    with Workshop() as shop:
        book = shop.begin(replace(shelved.brief, seed=5), shelved.heroes)
        shop.draft(book.id, draw=True)
        assert [job.reason for job in shop.wait(book.id)] == [None] * 4
    later = service.requests[before:]
    written = [one.body["messages"][0]["content"] for one in later if one.path == "/chat/completions"]
    assert ["Moss tense." in text for text in written] == [True]
    assert ["Felt collage:" in one.body["prompt"] for one in later if one.path == "/images/edits"] == [True] * 2

    assert not any(b"Mia" in request.raw for request in service.requests)
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_a_price_above_the_budget_is_never_sent(service: StandIn, shelved: Book) -> None:
    """With no money allowed, nobody is asked; the reason stands in the grid."""
    run = Lab().run([words("as it is", "openai")], shelved, budget_usd=0.0)
    assert "of the budget of $0.00 is left" in str(run._repr_html_())
    assert service.requests == []
