"""What must not get out does not: the key stands in one header alone, and the child's name stays in the house.

A whole book is made against a stand-in, with a name that the parent also typed wherever something can be typed, and with
a service that repeats the key in whatever it says. Then everything that came out of it is searched.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import subprocess
import sys
import traceback
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from storymaker.books.checking import replace
from storymaker.books.model import Book
from storymaker.errors import ProviderError
from storymaker.images.hybrid import HybridIllustrator
from storymaker.images.illustrator import Illustrator
from storymaker.images.openai import OpenAIIllustrator
from storymaker.jobs.queue import Job
from storymaker.remote.client import line_to
from storymaker.remote.faults import fault_of
from storymaker.remote.moderation import look
from storymaker.remote.service import Role, Service, service_for
from storymaker.remote.veil import Veil
from storymaker.settings import Settings
from storymaker.story.openai import OpenAIAuthor
from storymaker.testing.photos import plushie
from storymaker.workshop import Workshop
from tests.remote.stand_in import Request, StandIn, body, fault, stand_in, story

KEY = "sk-canary-SECRET"  # the very one that the stand-in's errors repeat
CHILD = "Zephyrinë-Philomena Quastenbrink"
ITS_NAMES = ("zephyrine", "philomena", "quastenbrink")  # long enough to stand in no picture by chance
EVERYWHERE = f"{CHILD}, ZEPHYRINË, zephyrine, Philomena’s, Philomenas, Zephyrinë_2019, “Quastenbrink”"
"""The name as a parent in a hurry types it."""


@dataclass
class Made:
    """A book, and everything that came out of making it.

    Attributes:
        service: What was asked of it.
        settings: Where shelf and home are.
        book: As it stands in the end.
        jobs: All of them.
        log: Every record, with its traceback.
        printed: What the command line says of it.
    """

    service: StandIn
    settings: Settings
    book: Book
    jobs: tuple[Job, ...]
    log: str
    printed: str


class Kept(logging.Handler):
    """Keeps whatever is logged, down to the last detail."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, with what hangs on it."""
        told = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.lines.append(f"{record.name} {record.getMessage()} {vars(record)} {told}")


@pytest.fixture(scope="module", params=["openai", "openai-hybrid"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A whole book by a service, then edits, a rewrite, redraws, and faults of every loud kind."""
    folder = tmp_path_factory.mktemp("canary")
    with pytest.MonkeyPatch.context() as patch, stand_in(words=_story()) as service, _kept() as log:
        patch.setenv("OPENAI_API_KEY", KEY)
        patch.setenv("STORYMAKER_LOOPBACK_ONLY", "1")
        settings = Settings(books=folder / "books", home=folder / "home", base_url=service.url)
        illustrators: dict[str, Illustrator] = {
            "openai": OpenAIIllustrator(settings),
            "openai-hybrid": HybridIllustrator(settings),
        }
        with Workshop(settings=settings, authors={"openai": OpenAIAuthor(settings)}, illustrators=illustrators) as shop:
            book = _make(shop, folder, str(request.param))
            _work_on(shop, book)
            _fail(shop, book, service)
            book, jobs = shop.shelf.open(book.id), shop.jobs(book.id)
        printed = _printed(settings, book)
        yield Made(service, settings, book, jobs, "\n".join(log.lines), printed)


def _story() -> dict[str, Any]:
    chapters = [row | {"text": "Bramble waited for CHILD. “CHILD’s boat!”"} for row in story(4)["chapters"]]
    return story(4) | {"chapters": chapters, "dedication": "For CHILD."}


@contextlib.contextmanager
def _kept() -> Iterator[Kept]:
    """Listen to every logger, also to one that keeps to itself."""
    handler, root, aloof = Kept(), logging.getLogger(), logging.getLogger("dbos")
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, ("openai", "httpx2", "httpcore2")))}
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    for logger in (root, aloof):
        logger.addHandler(handler)
    try:
        yield handler
    finally:
        for logger in (root, aloof):
            logger.removeHandler(handler)
        for logger, level in levels.items():
            logger.setLevel(level)


def _make(shop: Workshop, folder: Path, illustrator: str) -> Book:
    """A book for a child whose name stands in all that was typed."""
    photo = folder / f"{CHILD}.jpg"
    plushie().save(photo)
    return shop.make(
        "Bramble", [photo], kind=f"bear of {CHILD}", author="openai", illustrator=illustrator, chapters=4,
        child=CHILD, title=f"{CHILD} and the Sea", wish=f"With a boat. {EVERYWHERE}", dedication=f"For {EVERYWHERE}",
    )  # fmt: skip


def _work_on(shop: Workshop, book: Book) -> None:
    """Words, picture in words and scene edited; then a rewrite and redraws with wishes, all with the name."""
    first, second = book.chapters[0], book.chapters[1]
    told = {"title": f"For {CHILD}", "text": EVERYWHERE, "image_prompt": f"A boat. {EVERYWHERE}", "alt": EVERYWHERE}

    def edited(book: Book) -> Book:
        chapter = replace(first, **told, scene=f"meadow, morning, {EVERYWHERE}")
        return replace(book, chapters=(chapter, *book.chapters[1:]))

    shop.shelf.update(book.id, edited)
    # As a browser on a Mac may send it: letter and dots apart.
    wish = unicodedata.normalize("NFD", EVERYWHERE)
    shop.rewrite(book.id, second.id, wish)
    shop.illustrate(book.id, [first.id, book.cover.id], wish)
    shop.wait(book.id)


def _fail(shop: Workshop, book: Book, service: StandIn) -> None:
    """The service goes wrong, and repeats the key wherever it can."""
    third = book.chapters[2]
    loud = f"<h1>{KEY}</h1>".encode()
    refused = fault(400, KEY)
    for answer in (fault(401, "invalid_api_key"), refused, body(loud), body({"error": KEY}), body(loud, 404)):
        service.next("/chat/completions", *[answer] * (3 if answer is refused else 1))  # in every form of a request
        service.next("/images/edits", answer)
        service.next("/images/generations", answer)
        shop.rewrite(book.id, third.id, f"louder, {CHILD}")
        shop.illustrate(book.id, [third.id], f"louder, {CHILD}")
        shop.wait(book.id)
    service.next("/moderations", fault(401, KEY))
    shop.rewrite(book.id, third.id, f"softer, {CHILD}")
    shop.wait(book.id)


def _printed(settings: Settings, book: Book) -> str:
    """What the command line prints of shelf and book."""
    environment = os.environ | {"STORYMAKER_BOOKS": str(settings.books), "STORYMAKER_HOME": str(settings.home)}
    told = ""
    for command in (["list", "--json"], ["show", book.id, "--json"], ["show", book.id], ["doctor"]):
        program = [sys.executable, "-m", "storymaker", *command]
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        told += done.stdout + done.stderr
    return told


def _all_of(request: Request) -> str:
    """A request as text: as it came, and as it is read."""
    raw = request.raw.decode("utf-8", "replace")
    told = json.dumps(request.body, ensure_ascii=False)
    return "\n".join([request.path, raw, told, *request.files, *map(str, request.headers.items())])


def _plain(text: str) -> str:
    """A text in small letters without dots and accents: all ways to write a name are one."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def test_there_was_something_to_find(made: Made) -> None:
    """The book tells of its child, each part of the service was asked, and everything that was to fail did."""
    assert made.book.chapters[3].text == f"Bramble waited for {CHILD}. “{CHILD}’s boat!”"
    assert made.book.chapters[0].text == EVERYWHERE
    written = [request for request in made.service.asked("/chat/completions") if request.body.get("stream")]
    assert "CHILD" in str(written[0].body["messages"])
    assert {request.path for request in made.service.requests} >= {"/chat/completions", "/moderations"}
    pictures = [request for request in made.service.requests if request.path.startswith("/images/")]
    assert any("This time, as the parent asks: CHILD" in str(request.body) for request in pictures)
    failed = [job for job in made.jobs if job.state == "failed"]
    assert {job.kind for job in failed} == {"chapter", "picture"}
    assert len(failed) == 11, [job.reason for job in failed]
    assert KEY in made.service.requests[0].headers["authorization"]


def test_the_key_stands_in_one_header_alone(made: Made) -> None:
    """Nowhere else in any request."""
    for request in made.service.requests:
        kept = {name.lower(): value for name, value in request.headers.items()}
        assert kept.pop("authorization") == f"Bearer {KEY}"
        assert KEY not in f"{kept} {request.path}"
        assert KEY.encode() not in request.raw


def test_the_childs_name_is_in_no_request(made: Made) -> None:
    """In no body, header, address or file's name, however the parent spelled it, and wherever they typed it."""
    for request in made.service.requests:
        told = _plain(_all_of(request))
        assert [name for name in ITS_NAMES if name in told] == [], request.path


def test_the_key_is_in_no_file(made: Made) -> None:
    """Neither on the shelf nor in the home: books, pictures, histories, jobs, paces, locks."""
    files = [file for root in (made.settings.books, made.settings.home) for file in root.rglob("*") if file.is_file()]
    assert {"book.json", "history.jsonl", "jobs.sqlite", "script.csv"} <= {file.name for file in files}
    assert [file for file in files if KEY.encode() in file.read_bytes() or KEY in file.name] == []


def test_neither_is_in_the_log(made: Made) -> None:
    """At the finest level, tracebacks too, of ours and of every library's loggers."""
    assert "storymaker.remote.client" in made.log
    assert "httpx2" in made.log
    assert KEY not in made.log
    assert [name for name in ITS_NAMES if name in _plain(made.log)] == []


def test_the_key_is_in_nothing_that_is_told(made: Made) -> None:
    """No job's reason or detail, and nothing that the command line prints."""
    assert KEY not in str(made.jobs)
    assert made.book.id in made.printed
    assert KEY not in made.printed


def test_only_cut_outs_and_painted_pages_leave_the_house(made: Made) -> None:
    """The photo stays; with the service for scenes alone the cut-out stays too."""
    folder = next(made.settings.books.glob(f"*{made.book.id}"))
    cutouts, photos = (
        list(folder.glob("characters/*/cutout-*.png")),
        list(made.settings.books.glob(".cast/*/photo-*.png")),
    )
    assert cutouts
    assert photos
    sent = b"".join(request.raw for request in made.service.requests)
    hybrid = made.book.brief.illustrator == "openai-hybrid"
    assert not any(_is_in(photo, sent) for photo in photos)
    assert [_is_in(cutout, sent) for cutout in cutouts] == [not hybrid] * len(cutouts)
    if hybrid:
        assert [request.path for request in made.service.requests if request.files] == []
        assert not any(b"image_url" in request.raw for request in made.service.asked("/chat/completions"))


def _is_in(picture: Path, sent: bytes) -> bool:
    """Whether a picture was sent, as a file or coded."""
    data = picture.read_bytes()[:4095]
    return data in sent or base64.b64encode(data) in sent


@pytest.mark.parametrize(
    ("child", "typed", "sent"),
    [
        ("Mia", "Mia, MIA, mia’s and Mias boat", "CHILD, CHILD, CHILD’s and CHILD’s boat"),
        ("Mia", "Miami, salmiak, amia", "Miami, salmiak, amia"),
        ("Mia", "mia_2019 #Mia7 Mia-Bear", "CHILD_2019 #CHILD7 CHILD-Bear"),
        ("Zoë", "Zoe and ZOE\u0308", "CHILD and CHILD"),
        ("Zoe", "Zoë", "CHILD"),
        ("Mia Sophie", "Mia  Sophie, then Mia, then Sophie", "CHILD, then CHILD, then CHILD"),
        ("Mia and Tom", "Mia and a bear and Tom", "CHILD and a bear and CHILD"),
        ("Jan de Wit", "Jan asked de bear", "CHILD asked de bear"),
        ("D'Arcy", "D’Arcy", "CHILD"),
        ("美亚", "给美亚的熊", "给CHILD的熊"),
        ("", "Mia", "Mia"),
        ("& +", "a & b", "a & b"),
        ("J.", "J. and a jay", "CHILD and a jay"),
    ],
)
def test_the_veil_covers_each_way_to_write_a_name(child: str, typed: str, sent: str) -> None:
    """Case, accents, parts, endings, what stands beside it; and no other word."""
    assert Veil(child).hidden(typed) == sent


def test_the_name_comes_back() -> None:
    """Wherever the token stands alone."""
    assert Veil("Mia").shown("CHILD’s bear, CHILD_2019, CHILDREN") == "Mia’s bear, Mia_2019, CHILDREN"
    assert Veil("").shown("CHILD came for CHILD.") == "Someone came for someone."


def test_a_server_without_moderation_says_how_to_go_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in OpenAI's place that cannot look anything over: nothing goes unseen, and the sentence names the setting."""
    with stand_in() as service:
        service.next("/moderations", fault(404, "not_found"))
        line = line_to(service_for(Settings(base_url=service.url), "moderation"), settings)
        with pytest.raises(ProviderError, match="STORYMAKER_MODERATION=false"):
            asyncio.run(look(line, ["a story"]))


def test_no_value_shows_the_key(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed by mistake, settings, service and line show everything but that."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    service = service_for(settings, "words")
    line = line_to(service, settings)
    assert service.key.get_secret_value() == KEY
    for value in (settings, service, line, line.pace, vars(line.pace), service.account):
        assert KEY not in f"{value!r} {value}"


def test_a_password_in_an_address_is_not_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence names the host; who may enter there is nobody else's business."""
    service = Service("words", "http://anna:hush@printer.local:8080/v1?token=hush", SecretStr(KEY), "m")
    assert service.where == "printer.local:8080"
    told = fault_of(TimeoutError(), service, "Page 3 was not painted").error
    assert isinstance(told, ProviderError)
    assert "hush" not in told.message
    assert "hush" not in repr(service)


@pytest.mark.parametrize("role", ["words", "pictures"])
def test_a_server_of_ones_own_is_not_shown_openais_key(
    role: Role, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key goes where it was issued: a server for one part alone has a key of its own, or none."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    own = Settings(text_url="http://localhost:11434/v1", image_url="http://localhost:8080/v1")
    assert service_for(own, role).key.get_secret_value() == ""
    monkeypatch.setenv({"words": "STORYMAKER_TEXT_KEY", "pictures": "STORYMAKER_IMAGE_KEY"}[role], "its-own")
    assert service_for(own, role).key.get_secret_value() == "its-own"
    assert service_for(Settings(), role).key.get_secret_value() == KEY
