"""Pictures from servers that answer in their own way: taken in every form; what no page would escape is bought once, and said."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer

from storymaker.books.model import Book
from storymaker.cli.books import _finish
from storymaker.errors import ProviderError
from storymaker.remote import manners
from storymaker.settings import Settings
from storymaker.testing import flat_png
from tests.loops import in_loop
from tests.remote.clocks import Hurried
from tests.remote.stand_in import Answer, Handler, Request, StandIn, body, fault, picture, stand_in, story
from tests.remote.test_books import make, shop
from tests.remote.test_faults import House

PNG = flat_png(256, 1)
CODED = base64.b64encode(PNG).decode()
USELESS = body({"data": [{"url": "http://203.0.113.7/p.png"}]})


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """What one test learned of a server is not known in the next."""
    manners._KNOWN.clear()
    yield
    manners._KNOWN.clear()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A server of one's own."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    with stand_in(words=story(3)) as up:
        yield up


@pytest.fixture
def house(service: StandIn, tmp_path: Path) -> House:
    """A family that asks it."""
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    settings = Settings(
        books=tmp_path / "books", home=tmp_path / "home", base_url=service.url, image_model="sd", moderation=False
    )
    return House(settings, Hurried(), tmp_path / "work")


def data(**one: Any) -> Answer:
    """An answer with one picture, in this form."""
    return body({"created": 1, "data": [one]})


def file(content: bytes, status: int = 200, **headers: str) -> Answer:
    """A file at an address."""
    return lambda handler, _: handler.send(status, content, {"content-type": "image/png"} | headers)


def lines(coded: str) -> str:
    """Base64 as a mail program breaks it."""
    return "\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))


@pytest.mark.parametrize(
    "form",
    [
        {"b64_json": CODED},
        {"b64_json": f"data:image/png;base64,{CODED}"},
        {"b64_json": lines(CODED)},
        {"b64_json": f"data:image/png;base64,\n{lines(CODED)}\n"},
        {"b64_json": CODED.rstrip("=").replace("+", "-").replace("/", "_")},
        {"url": f"data:image/png;base64,{CODED}"},
        {"url": "/files/p.png"},
        {"b64_json": None, "url": "/moved"},
        {"b64_json": "", "url": "http://localhost:PORT/files/p.png"},
    ],
)
@in_loop
async def test_a_picture_is_taken_in_every_form(form: dict[str, Any], house: House, service: StandIn) -> None:
    """In the answer, however it is spelled, or at an address of the very server that was asked, by any of its names."""
    port = str(urlsplit(service.url).port)
    form = {name: value.replace("PORT", port) if value else value for name, value in form.items()}
    service.files = {"/files/p.png": file(PNG), "/moved": file(b"", 302, location="/files/p.png")}
    service.next("/images/edits", data(**form))
    drawn = await house.picture()
    assert drawn.width == 256


ELSEWHERE = "an address at another server"
NOTHING_THERE = "an address from which no picture came"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://203.0.113.7/p.png", ELSEWHERE),
        ("https://127.0.0.1:PORT/files/p.png", ELSEWHERE),
        ("http://127.0.0.1:1/files/p.png", ELSEWHERE),
        ("file:///etc/passwd", ELSEWHERE),
        ("http://127.0.0.1:PORT@203.0.113.7/p.png", ELSEWHERE),
        ("http://[half/p.png", NOTHING_THERE),
        ("/away", ELSEWHERE),
        ("/round", NOTHING_THERE),
        ("/none", NOTHING_THERE),
        ("/huge", NOTHING_THERE),
    ],
)
@in_loop
async def test_an_address_is_fetched_only_from_the_server_that_was_asked(
    address: str, said: str, house: House, service: StandIn
) -> None:
    """Not from another host, port or way, nor by way of a redirect; and never more than a picture can be."""
    service.files = {
        "/away": file(b"", 302, location="http://203.0.113.7/p.png"),
        "/round": file(b"", 302, location="/round"),
        "/huge": lambda handler, _: handler.send(200, b"x", {"content-length": "200000000"}),
    }
    service.next("/images/edits", data(url=address.replace("PORT", str(urlsplit(service.url).port))))
    with pytest.raises(ProviderError) as caught:
        await house.picture()
    assert said in caught.value.message
    assert caught.value.paid
    assert "STORYMAKER_IMAGE_MODEL" in caught.value.message


@in_loop
async def test_a_picture_far_below_the_size_is_said_with_what_it_means(house: House, service: StandIn) -> None:
    """In dots per inch of a printed page; one that is nearly as large is not spoken of."""
    service.next("/images/edits", body(picture(flat_png(512, 1))), body(picture(flat_png(1024, 1))))
    small, large = await house.picture(), await house.picture()
    (note,) = small.notes
    assert "512 × 512 pixels instead of 1536 × 1536" in note
    assert "60 dots per inch" in note
    assert large.notes == ()


def always(answer: Answer, service: StandIn, *, but: int = 0) -> None:
    """Answer every request for a picture so, after a few good ones."""
    good: list[Callable[[Handler, Request], None]] = [body(picture(PNG))] * but
    service.next("/images/edits", *good, *[answer] * 50)
    service.next("/images/generations", *[answer] * 50)


def asked(service: StandIn) -> int:
    """How many pictures were asked for."""
    return len(service.asked("/images/edits")) + len(service.asked("/images/generations"))


def reasons(book: Book, jobs: Any) -> list[str]:
    """Why each page has no picture, in order."""
    told = {job.chapter_id: job.reason for job in jobs if job.state == "failed"}
    return [told[page.id] for page in book.pages]


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        pytest.param(USELESS, 1, id="an address"),
        pytest.param(body({"data": None}), 1, id="nothing"),
        pytest.param(body(b"<html>"), 1, id="a web page"),
        pytest.param(data(b64_json="%%%"), 1, id="no base64"),
        pytest.param(body(picture(b"<html>")), 1, id="no picture"),
        pytest.param(fault(401, "invalid_api_key"), 1, id="key"),
        pytest.param(fault(404, "model_not_found"), 1, id="model"),
        pytest.param(fault(429, "insufficient_quota"), 1, id="quota"),
        pytest.param(fault(400, "invalid"), 2, id="400"),  # the second without “response_format”
    ],
)
def test_what_no_page_would_escape_is_asked_for_once(
    answer: Answer, times: int, service: StandIn, tmp_path: Path
) -> None:
    """The other pages and the cover are not ordered, and each says why."""
    always(answer, service)
    with shop(service, tmp_path, image_model="sd") as workshop:
        book = make(workshop, tmp_path)
        told = reasons(book, workshop.jobs(book.id))
    assert asked(service) == times
    assert sum("was not ordered, since the same would have come of it" in reason for reason in told) == 3
    assert all("was not painted" in reason for reason in told)


def test_a_server_that_has_painted_is_not_given_up_for_one_answer(service: StandIn, tmp_path: Path) -> None:
    """The second page is bad luck; the third and the cover are there."""
    service.next("/images/edits", body(picture(PNG)), USELESS)
    with shop(service, tmp_path, image_model="sd", pictures_at_once=1) as workshop:
        book = make(workshop, tmp_path)
    assert (book.done, book.total) == (3, 4)


def test_what_was_stopped_is_drawn_once_the_server_is_mended(service: StandIn, tmp_path: Path) -> None:
    """Asking for what is missing asks anew."""
    service.next("/images/edits", USELESS)
    with shop(service, tmp_path, image_model="sd") as workshop:
        book = make(workshop, tmp_path)
        assert (book.done, asked(service)) == (0, 1)
        workshop.illustrate(book.id)
        workshop.wait(book.id)
        assert workshop.shelf.open(book.id).complete


def test_a_story_that_lacks_a_chapter_is_a_book_that_says_so(service: StandIn, tmp_path: Path) -> None:
    """What is there is drawn, with a cover; the print is a draft, and what mends it is said."""
    service.words = story(2)
    with shop(service, tmp_path) as workshop:
        service.answers["/chat/completions"] = [_as_always, _as_always, body({"choices": [_said('{"chapters": []}')]})]
        book = make(workshop, tmp_path)
        (told,) = (job.reason for job in workshop.jobs(book.id) if job.kind == "story")
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err, pytest.raises(typer.Exit):
            _finish(workshop, book, as_json=True, began=0.0)
    assert told is not None
    assert told.startswith("Only 2 of 3 chapters were written. Chapter 3 is missing")
    assert "STORYMAKER_TEXT_MODEL" in told
    assert [page.state for page in book.pages] == ["done"] * 3
    assert Path(json.loads(out.getvalue().splitlines()[-1])["pdf"]).exists()
    assert "Only 2 of 3 chapters are there" in err.getvalue()
    assert f"storymaker draft {book.id}" in err.getvalue()


def _as_always(handler: Handler, request: Request) -> None:
    from tests.remote.stand_in import _words

    _words(handler, request)


def _said(content: str) -> dict[str, Any]:
    return {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
