"""Against aimock, a stand-in for OpenAI that we did not write: what we ask and read is not only our own idea of it.

It does not look at the pictures that are sent, and bills none: that is tested with our own stand-in.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.model import Book, Brief, Chapter, Character
from storymaker.errors import ProviderError
from storymaker.images.openai import OpenAIIllustrator
from storymaker.jobs.queue import Job
from storymaker.remote.client import Line
from storymaker.remote.pace import Pace
from storymaker.remote.prices import Tokens, cost_usd
from storymaker.remote.service import Service
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft
from storymaker.story.openai import OpenAIAuthor
from storymaker.testing import flat_png
from storymaker.testing.photos import plushie
from storymaker.workshop import Workshop
from tests.loops import in_loop
from tests.remote.clocks import Hurried
from tests.remote.conftest import AIMock, Start
from tests.remote.stand_in import CHAPTER, USAGE, story

KEY = "sk-canary-0123456789"
WORDS_USD = cost_usd(Tokens(text_in=1000, text_out=4000), "gpt-6-luna")
EDITS, CHAT, MODERATION = "/v1/images/edits", "/v1/chat/completions", "/v1/moderations"


def _written(chapters: int, **how: Any) -> dict[str, Any]:
    """A story whose pages can be told apart by their pictures in words."""
    told = story(chapters)
    told["chapters"] = [row | {"image_prompt": f"Bramble by door {n}."} for n, row in enumerate(told["chapters"], 1)]
    return {"match": {"endpoint": "chat"}, "response": {"content": told, "usage": USAGE}} | how


LOOK = "a small plush bear of brown felt with one worn ear"
CARD = {
    "match": {"endpoint": "chat", "userMessage": "describe the plushie"},
    "response": {"content": {"kind": "bear", "look": LOOK, "alt": "A bear.", "parts": ["ears"]}, "usage": USAGE},
}
PAINTED = {
    "match": {"endpoint": "image"},
    "response": {"image": {"b64Json": base64.b64encode(flat_png(256, 77_777)).decode()}},
}


def _once(answer: dict[str, Any], says: str = "", **how: Any) -> dict[str, Any]:
    """An answer for the first request alone, of those whose words hold this."""
    match = answer["match"] | {"sequenceIndex": 0} | ({"userMessage": says} if says else {})
    return answer | {"match": match} | how


def _error(kind: str, status: int, code: str = "", **more: Any) -> dict[str, Any]:
    """An error of the service."""
    told = {"message": f"{KEY} is not welcome", "type": code or "error", "code": code or None}
    return {"match": {"endpoint": kind}, "response": {"error": told, "status": status} | more}


DROPPED = {"chaos": {"disconnectRate": 1}}
GARBLED = {"chaos": {"malformedRate": 1}}


@dataclass(frozen=True)
class Made:
    """A book as it came, and what was asked for it.

    Attributes:
        book: As it stood when nothing more was under way.
        jobs: All that were handed in for it.
        journal: What the service understood of each request, but for those in ``looks``.
        looks: Where it was sent an empty request, to see whether it does that part; of moderation's it keeps no body.
        later: The book once its missing pictures had been asked for again.
        again: What the service was asked for that.
    """

    book: Book
    jobs: tuple[Job, ...]
    journal: list[dict[str, Any]]
    looks: set[str]
    later: Book
    again: list[dict[str, Any]]

    def job(self, page: int) -> Job:
        """The painting of a page."""
        chapter = self.book.chapters[page - 1].id
        return next(job for job in self.jobs if job.chapter_id == chapter)


def _asked(journal: list[dict[str, Any]], path: str) -> list[dict[str, Any]]:
    """The bodies of the requests to a path."""
    return [entry["body"] for entry in journal if entry["path"] == path]


def _painted(journal: list[dict[str, Any]]) -> Counter[int]:
    """How often each page was to be painted."""
    prompts = [body["messages"][0]["content"] for body in _asked(journal, EDITS)]
    return Counter(int(found[1]) for prompt in prompts if (found := re.search(r"by door (\d+)\.", prompt)))


def _made(service: AIMock, folder: Path, chapters: int) -> Made:
    """A whole book from a photo, for Mia; what is missing then is asked for once more."""
    plushie().save(folder / "photo.jpg")
    settings = Settings(books=folder / "books", home=folder / "home", base_url=service.url)
    makers = {"openai": OpenAIAuthor(settings)}
    with (
        pytest.MonkeyPatch.context() as patch,
        Workshop(settings=settings, authors=makers, illustrators={"openai": OpenAIIllustrator(settings)}) as shop,
    ):
        patch.setenv("OPENAI_API_KEY", KEY)
        photos = [folder / "photo.jpg"]
        book = shop.make(
            "Bramble", photos, author="openai", illustrator="openai", child="Mia", chapters=chapters
        )  # fmt: skip
        jobs, journal = shop.jobs(book.id), service.journal()
        shop.illustrate(book.id)
        shop.wait(book.id)
        again = service.journal()[len(journal) :]
        looks = [entry for entry in journal if entry["body"] is None and entry["path"] != MODERATION]
        asked = [entry for entry in journal if entry not in looks]
        return Made(book, jobs, asked, {entry["path"] for entry in looks}, shop.shelf.open(book.id), again)


@pytest.fixture(scope="module")
def whole(aimock: Start, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A book of ten chapters, with nothing in its way."""
    return _made(aimock([CARD, _written(10), PAINTED]), tmp_path_factory.mktemp("whole"), 10)


@pytest.fixture(scope="module")
def troubled(aimock: Start, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A book of six chapters; five of their pictures go wrong once, each in its own way."""
    answers = [
        _once(_error("image", 429, "rate_limit_exceeded", retryAfter=1), "door 1."),
        _once(_error("image", 500, "server_error"), "door 2."),
        _once(PAINTED, "door 3.", **DROPPED),
        _once(PAINTED, "door 4.", **GARBLED),
        _once(_error("image", 400, "moderation_blocked"), "door 5."),
        PAINTED,
        CARD,
        _written(6),
    ]
    return _made(aimock(answers), tmp_path_factory.mktemp("troubled"), 6)


def test_a_whole_book_is_made(whole: Made) -> None:
    """Ten chapters and a cover, with the child's name put back, every picture there."""
    assert whole.book.complete
    assert whole.book.title == "Bramble and the Doors"
    assert [chapter.text for chapter in whole.book.chapters] == [
        f"Bramble came to door {n}. Mia knocked." for n in range(1, 11)
    ]
    assert whole.book.friend is not None
    assert whole.book.friend.name == "Pim"
    assert whole.book.dedication == "For Mia."
    assert {job.state for job in whole.jobs} == {"done"}


def test_it_takes_the_fewest_requests(whole: Made) -> None:
    """A look at the plushie, one story, ten pictures; words typed, words written and each picture are looked over.

    Before, an empty request to each of its parts: a server in OpenAI's place may be one that does not paint.
    """
    assert Counter(entry["path"] for entry in whole.journal) == {CHAT: 2, EDITS: 10, MODERATION: 12}
    assert whole.looks == {CHAT, "/v1/images/generations"}
    assert whole.again == []


def test_the_words_are_billed_from_usage_and_the_pictures_from_the_estimate(whole: Made) -> None:
    """It tells the tokens of its words, and none of its pictures: those are counted as expected."""
    one = OpenAIIllustrator(Settings()).estimate_usd(1)
    pictures = [page.picture.cost_usd for page in whole.book.chapters if page.picture]
    assert len(pictures) == 10
    assert all(0.5 * one < cost <= one for cost in pictures)  # with one pose, and not with three
    assert whole.book.spent_usd == pytest.approx(2 * WORDS_USD + sum(pictures), abs=1e-5)


def test_the_story_is_asked_for_as_a_stream_with_a_schema(whole: Made) -> None:
    """Strictly, with just as many chapters as were wished for, and with the bill at its end."""
    asked = _asked(whole.journal, CHAT)[1]
    table = asked["response_format"]["json_schema"]
    assert table["strict"]
    chapters = table["schema"]["properties"]["chapters"]
    assert (chapters["minItems"], chapters["maxItems"]) == (10, 10)
    assert asked["stream"]
    assert asked["stream_options"] == {"include_usage": True}


def test_the_plushie_is_seen_once_and_looks_the_same_everywhere(whole: Made) -> None:
    """What was seen of it stands in the story's brief and, word for word, in what is asked of each picture."""
    _, tale = _asked(whole.journal, CHAT)  # of the first one, with its picture, it keeps no more than that it came
    assert LOOK in tale["messages"][-1]["content"]
    assert all(LOOK in body["messages"][0]["content"] for body in _asked(whole.journal, EDITS))


def test_it_never_hears_the_childs_name(whole: Made) -> None:
    """In nothing that it understood of any request."""
    assert "CHILD" in json.dumps(_asked(whole.journal, CHAT))
    assert "Mia" not in json.dumps([entry["body"] for entry in whole.journal])


def test_who_asks_to_wait_is_asked_again(troubled: Made) -> None:
    """After a 429 with its Retry-After the page comes, without anybody's doing."""
    assert troubled.job(1).state == "done"
    first, second = [
        entry["timestamp"] / 1000
        for entry in troubled.journal
        if entry["path"] == EDITS and "door 1." in entry["body"]["messages"][0]["content"]
    ]
    assert second - first >= 1


@pytest.mark.parametrize(
    ("page", "code", "paid"),
    [(2, "service", True), (3, "connection", True), (4, "answer", True), (5, "refused", False)],
)
def test_a_page_that_goes_wrong_says_so(troubled: Made, page: int, code: str, *, paid: bool) -> None:
    """A 500, a dropped line, garbled JSON and a refusal name the page, and repeat nothing that the service wrote."""
    job = troubled.job(page)
    assert (job.state, job.code) == ("failed", code)
    assert job.reason is not None
    assert job.reason.startswith(f"Page {page} was not painted: ")
    assert KEY not in job.reason
    assert (job.cost_usd > 0) == paid
    assert troubled.book.chapters[page - 1].picture is None


def test_the_other_pages_are_unharmed(troubled: Made) -> None:
    """All words are there, and the pictures of the pages with which nothing was wrong."""
    assert len(troubled.book.chapters) == 6
    assert [chapter.n for chapter in troubled.book.chapters if chapter.picture] == [1, 6]


def test_nothing_is_paid_twice_until_somebody_says_so(troubled: Made) -> None:
    """What went wrong was asked for once; told to, once more, and the book is whole."""
    assert _painted(troubled.journal) == {1: 2, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1}
    assert _painted(troubled.again) == {2: 1, 3: 1, 4: 1, 5: 1}
    assert troubled.later.complete


@dataclass
class Told:
    """A story as far as it came, what ended it, and the waits that were asked for."""

    chapters: list[ChapterDraft]
    error: ProviderError | None
    slept: list[float]


async def _told(service: AIMock, folder: Path) -> Told:
    """Have a story of four chapters written; nobody really waits."""
    clock = Hurried()
    told = Told([], None, clock.slept)

    def dial(service: Service, settings: Settings) -> Line:
        pace = Pace(settings.home, service.account, at_once=2, now=clock.now, sleep=clock.sleep)
        return Line(service, pace, sleep=clock.sleep)

    settings = Settings(books=folder, home=folder, base_url=service.url, moderation=False)
    assignment = Assignment(brief=Brief(chapters=4), heroes=(Character(name="Bramble", kind="bear"),))
    try:
        async for piece in OpenAIAuthor(settings, dial=dial).write(assignment):
            if isinstance(piece, ChapterDraft):
                told.chapters.append(piece)
    except ProviderError as error:
        told.error = error
    return told


TROUBLED_STORIES: dict[str, tuple[dict[str, Any], str, bool, int, int]] = {
    "a 429": (_error("chat", 429, "rate_limit_exceeded", retryAfter=1), "", False, 4, 2),
    "no credit": (_error("chat", 429, "insufficient_quota", retryAfter=1), "quota", False, 0, 1),
    "a key that is not known": (_error("chat", 401, "invalid_api_key"), "key", False, 0, 1),
    "a 500": (_error("chat", 500, "server_error"), "service", True, 0, 1),
    "a dropped line": (_written(4, **DROPPED), "connection", True, 0, 1),
    "garbled JSON": (_written(4, **GARBLED), "answer", True, 0, 1),
    # Twenty letters a chunk: 35 of them reach into the third chapter. All at once, the broken line would swallow them.
    "a stream that breaks off": (_written(4, truncateAfterChunks=35, latency=2), "connection", True, 2, 1),
}


@pytest.mark.parametrize("fault", TROUBLED_STORIES)
@in_loop
async def test_a_story_that_goes_wrong(
    fault: str, aimock: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for again only where it was surely not begun, and what was written before stands."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    answer, code, paid, chapters, asked = TROUBLED_STORIES[fault]
    service = aimock([_once(answer), _written(4)])
    told = await _told(service, tmp_path)
    assert (told.error.code, told.error.paid) == (code, paid) if told.error else not code
    assert KEY not in str(told.error)
    assert [chapter.title for chapter in told.chapters] == [f"Door {n}" for n in range(1, chapters + 1)]
    assert told.slept == [1.0] * (asked - 1)
    assert len(_asked(service.journal(), CHAT)) == asked


@in_loop
async def test_a_chapter_is_written_anew(aimock: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one answer that is not streamed, with the price that its usage makes."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    service = aimock([{"match": {"endpoint": "chat"}, "response": {"content": CHAPTER, "usage": USAGE}}])
    settings = Settings(books=tmp_path, home=tmp_path, base_url=service.url)
    standing = Chapter(id="book.one", n=1, title="A Door", text="Bramble waited.")
    assignment = Assignment(brief=Brief(child="Mia"), heroes=(Character(name="Bramble", kind="bear"),))
    draft = await OpenAIAuthor(settings).rewrite(assignment, (standing,), standing.id, "with snow, for Mia", 1)
    assert draft.text == "Bramble waited. Mia knocked."
    assert draft.cost_usd == pytest.approx(WORDS_USD)
    assert Counter(entry["path"] for entry in service.journal()) == {CHAT: 1, MODERATION: 2}
