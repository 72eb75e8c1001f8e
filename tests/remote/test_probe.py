"""What a server of one's own cannot do is found before a click, and the paper studio stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.contract.values import StudioOut
from storymaker.images.hybrid import HybridIllustrator
from storymaker.images.illustrator import Illustrator
from storymaker.images.openai import OpenAIIllustrator
from storymaker.images.paper.studio import PaperStudio
from storymaker.production import missing
from storymaker.remote import probe
from storymaker.service import Hands, StudioService
from storymaker.settings import Settings
from storymaker.story.author import Author
from storymaker.story.openai import OpenAIAuthor
from storymaker.story.paper import PaperAuthor
from storymaker.workshop import Workshop
from tests.loops import in_loop
from tests.remote.stand_in import Answer, StandIn, fault, stand_in


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """Nothing found in one test is remembered in the next."""
    probe._found.cache_clear()
    probe._way.cache_clear()
    yield
    probe._found.cache_clear()
    probe._way.cache_clear()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A server of one's own, that needs no key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with stand_in() as up:
        yield up


def _set(service_url: str, folder: Path) -> Settings:
    return Settings(
        books=folder / "books", home=folder / "home", base_url=service_url, author="openai", illustrator="openai"
    )


async def _offered(settings: Settings) -> StudioOut:
    """As the page's step 1 asks for it, with our own makers set to this."""
    authors: dict[str, Author] = {"paper": PaperAuthor(), "openai": OpenAIAuthor(settings)}
    illustrators: dict[str, Illustrator] = {
        "paper": PaperStudio(),
        "openai": OpenAIIllustrator(settings),
        "openai-hybrid": HybridIllustrator(settings),
    }
    hands = Hands()
    try:
        with Workshop(settings=settings, authors=authors, illustrators=illustrators) as workshop:
            return await StudioService(workshop, hands).studio()
    finally:
        hands.close()


@in_loop
async def test_a_server_that_does_both_is_offered(service: StandIn, tmp_path: Path) -> None:
    """By its own names, with nothing to say, and with nothing asked of it that it would do."""
    there = await _offered(_set(service.url, tmp_path))
    assert (there.author, there.illustrator, there.notices) == ("openai", "openai", ())
    assert {"openai", "openai-hybrid", "paper"} <= {one.name for one in there.illustrators}
    assert service.requests == []


@in_loop
async def test_a_server_that_only_writes_leaves_painting_to_the_paper_studio(tmp_path: Path, service: StandIn) -> None:
    """It is still offered as author; who cannot paint is not offered, and a sentence says who stands in."""
    service.lacks = ("/images/generations",)
    there = await _offered(_set(service.url, tmp_path))
    assert (there.author, there.illustrator) == ("openai", "paper")
    assert {one.name for one in there.illustrators} == {"paper"}
    (notice,) = there.notices
    assert notice.endswith("does not paint. For now the paper studio stands in.")
    assert notice.startswith("127.0.0.1:")


@in_loop
async def test_a_server_that_is_not_there_is_said_once_for_both(tmp_path: Path) -> None:
    """Nothing is offered that would fail at the first page."""
    there = await _offered(_set("http://127.0.0.1:9/v1", tmp_path))
    assert (there.author, there.illustrator) == ("paper", "paper")
    assert there.notices == ("127.0.0.1:9 cannot be reached. For now the paper studio stands in.",)


@in_loop
async def test_without_a_key_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenAI is set, and nobody could pay: the paper studio stands in, and how to save a key stands there."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    there = await _offered(_set("", tmp_path))
    assert there.author == "paper"
    assert "storymaker key set" in there.notices[0]


@pytest.mark.parametrize("answer", [fault(400), fault(401), fault(422), fault(429), fault(500)])
def test_an_answer_of_any_other_kind_is_a_server_that_can(answer: Answer, service: StandIn, tmp_path: Path) -> None:
    """Only “there is no such thing here” counts as cannot; trouble of today is told when it is met."""
    service.probed = answer
    assert probe.lacking(_set(service.url, tmp_path), "pictures") == ""


def test_a_server_is_looked_at_once_in_a_while(service: StandIn, tmp_path: Path) -> None:
    """Each visit to the page does not ask anew; what was found stands for a minute."""
    settings = _set(service.url, tmp_path)
    probe.lacking(settings, "words")
    service.lacks = ("/chat/completions",)
    assert probe.lacking(settings, "words") == ""
    probe._found.cache_clear()
    assert probe.lacking(settings, "words").endswith("does not write.")


def test_openai_itself_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it can do is known, and each request to it is somebody's."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    monkeypatch.setattr(probe, "_found", lambda *_: "asked")
    assert probe.lacking(_set("", tmp_path), "words") == ""
    assert probe.lacking(_set("http://127.0.0.1:9/v1", tmp_path), "words") == "asked"


def test_a_test_does_not_look_beyond_this_machine(tmp_path: Path) -> None:
    """The guard holds for the look as for the work."""
    said = probe.lacking(_set("http://models.example.com/v1", tmp_path), "words")
    assert said.startswith("models.example.com is beyond this machine")


class Broken(OpenAIAuthor):
    """An author of a plug-in's that falls over the question what it lacks."""

    def missing(self) -> str:
        """Fall over it."""
        raise ValueError("canary")


def test_a_maker_that_cannot_say_what_it_lacks_stops_nobody() -> None:
    """It is not ready, and says so; step 1 goes on with the others."""
    assert missing(Broken()) == "“openai” could not say whether it can work here; the log says more."
