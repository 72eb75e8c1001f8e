"""Everything a service can do wrong, over real HTTP: it ends in a page, or in a sentence that says what to do."""

from __future__ import annotations

import dataclasses
import gzip
import json
import logging
import socket
import struct
import time
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx2
import numpy as np
import openai
import pytest
from pydantic import SecretStr

from storymaker.books.model import Brief, Chapter, Character
from storymaker.errors import ProviderError
from storymaker.images.illustrator import Cutout, PictureFile, PictureRequest, Player
from storymaker.images.openai import OpenAIIllustrator
from storymaker.remote.client import Line
from storymaker.remote.faults import fault_of
from storymaker.remote.pace import Pace
from storymaker.remote.pictures import paint
from storymaker.remote.prices import Tokens, cost_usd
from storymaker.remote.service import Service, service_for
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.openai import OpenAIAuthor
from storymaker.testing import flat_png
from tests.loops import in_loop
from tests.remote import parameters
from tests.remote.clocks import Hurried
from tests.remote.stand_in import (
    CHAPTER,
    SKETCH,
    USAGE,
    Answer,
    Handler,
    Request,
    StandIn,
    body,
    fault,
    hang,
    picture,
    stand_in,
    story,
)

KEY = "sk-canary-0123456789"
WORDS_OF_ITS_OWN = b"<html><h1>canary SECRET of the service</h1></html>"
PICTURE_USD = cost_usd(Tokens(text_in=600, image_in=2000, image_out=2000), "gpt-image-2.6-flare")
STORY_USD = cost_usd(Tokens(text_in=1000, text_out=4000), "gpt-6-luna")


@dataclass(frozen=True)
class Row:
    """A fault and how it ends.

    Attributes:
        name: Of the fault.
        answers: What the service does, one request after another; then its work.
        ends: The code of the failure; empty ends in a page.
        says: What the sentence tells a parent to do.
        asked: How many requests are made.
        paid: Whether the failure may have to be paid.
        waits: Seconds waited in all, on the client's clock.
        seconds: What a request may take, really.
        back: Seconds by which the clock is set back while the client waits.
    """

    name: str
    answers: tuple[Answer, ...]
    ends: str = ""
    says: str = ""
    asked: int = 1
    paid: bool = False
    waits: float = 0.0
    seconds: float = 20.0
    back: float = 0.0


def broken_before(handler: Handler, _: Request) -> None:
    """A reset where an answer should begin."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def broken_within(handler: Handler, _: Request) -> None:
    """A line that is dead in the middle of an answer."""
    begun(handler, 100_000)
    handler.wfile.write(b'{"created": 1, "data": [{"b64_json": "')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def trickle(handler: Handler, _: Request) -> None:
    """A byte now and then: no single wait is long."""
    begun(handler, 100_000)
    while sent(handler, b" "):
        time.sleep(0.05)


def huge(handler: Handler, _: Request) -> None:
    """200 MB, and it says so."""
    begun(handler, 200_000_000)
    handler.close_connection = True


def huge_unsaid(handler: Handler, _: Request) -> None:
    """200 MB that nobody announced."""
    begun(handler, None)
    megabyte = b"100000\r\n" + b"A" * 0x100000 + b"\r\n"
    for _n in range(200):
        if not sent(handler, megabyte):
            break
    handler.close_connection = True


def packed(handler: Handler, _: Request) -> None:
    """200 MB that are small on the line, with a picture and a table at their end."""
    good = picture(flat_png(256, 1)) | completion(json.dumps(CHAPTER))
    data = gzip.compress(b" " * 200_000_000 + json.dumps(good).encode(), 1)
    handler.send(200, data, {"content-encoding": "gzip", "content-type": "application/json"})


def completion(content: Any, **message: Any) -> dict[str, Any]:
    """A whole answer in words, as the service sends it."""
    said = {"role": "assistant", "content": content, "refusal": None} | message
    choice = {"index": 0, "message": said, "finish_reason": "stop", "logprobs": None}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}


def begun(handler: Handler, length: int | None) -> None:
    """The head of an answer."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    if length is None:
        handler.send_header("transfer-encoding", "chunked")
    else:
        handler.send_header("content-length", str(length))
    handler.end_headers()


def sent(handler: Handler, data: bytes) -> bool:
    """Whether the other side still listens."""
    try:
        handler.wfile.write(data)
        handler.wfile.flush()
    except OSError:
        handler.close_connection = True
        return False
    return True


def limited(**headers: str) -> Answer:
    """Too many requests."""
    return fault(429, "rate_limit_exceeded", **headers)


LINE = "Please try again"
FAULTS = (
    Row("429, wait 2", (limited(retry_after="2"),), asked=2, waits=2),
    Row("429, wait 60", (limited(retry_after="60"),), asked=2, waits=60),
    Row("429, wait 600", (limited(retry_after="600"),), asked=2, waits=600),
    Row("429, wait for nothing named", (limited(),), asked=2, waits=2),
    Row("429 twice", (limited(), limited()), asked=3, waits=10),
    Row("429 again and again", (limited(),) * 3, "busy", "try again then", asked=3, waits=10),
    Row("429, wait 60 again and again", (limited(retry_after="60"),) * 9, asked=10, waits=540),
    Row("429, wait 60 for ever", (limited(retry_after="60"),) * 10, "busy", "wait 60 seconds", asked=10, waits=540),
    Row("429, wait two hours", (limited(retry_after="7200"),), "busy", "wait 120 minutes"),
    Row("429, wait for a word", (limited(retry_after="soon"),), asked=2, waits=2),
    Row(
        "429, the clock set back", (limited(retry_after="60"),), asked=2, waits=120, back=3600
    ),  # nobody can know how much of it was over
    Row("no credit", (fault(429, "insufficient_quota", retry_after="2"),), "quota", "Please add some"),
    Row("no credit, as a 400", (fault(400, "billing_hard_limit_reached"),), "quota", "Please add some"),
    Row("401", (fault(401, "invalid_api_key"),), "key", "Please check it"),
    Row("404 model", (fault(404, "model_not_found"),), "model", "Please name another, by STORYMAKER_"),
    Row("moderation_blocked", (fault(400, "moderation_blocked"),), "refused", "Please say it in other words"),
    Row("500", (fault(500, "server_error"),), "service", LINE, paid=True),
    Row("502 in HTML", (body(WORDS_OF_ITS_OWN, 502),), "service", LINE, paid=True),
    Row("504", (body(WORDS_OF_ITS_OWN, 504),), "service", LINE, paid=True),
    Row("524, a gateway that waited no longer", (body(WORDS_OF_ITS_OWN, 524),), "service", LINE, paid=True),
    Row("503 once", (fault(503, "overloaded"),), asked=2, waits=2),
    Row("503 again and again", (fault(503, "overloaded"),) * 3, "service", LINE, asked=3, waits=10),
    Row("reset before", (broken_before,), "connection", LINE, paid=True),
    Row("reset within", (broken_within,), "connection", LINE, paid=True),
    Row("a trickle", (trickle,), "timeout", LINE, paid=True, seconds=1.0),
    Row("a hang", (hang,), "timeout", LINE, paid=True, seconds=1.0),
    Row("invalid JSON", (body(b'{"created": 1, "data": [{"canary'),), "answer", "Please", paid=True),
    Row("HTML with 200", (body(WORDS_OF_ITS_OWN),), "answer", "Please", paid=True),
    Row("empty data", (body({"data": [], "choices": []}),), "answer", "Please", paid=True),
    Row("nothing in it", (body({}),), "answer", "Please", paid=True),
    Row("a list", (body(b"[]"),), "answer", "Please", paid=True),
    Row("another form", (body({"data": {"canary": 1}, "choices": {"canary": 1}}),), "answer", "Please", paid=True),
    Row("null", (body(b"null"),), "answer", "Please", paid=True),
    Row("200 MB", (huge,), "answer", LINE, paid=True),
    Row("200 MB unsaid", (huge_unsaid,), "answer", LINE, paid=True),
    Row("200 MB packed", (packed,), "answer", LINE, paid=True),
)


def png_of(width: int, height: int) -> bytes:
    """A black picture in one bit a pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def coded(text: object) -> dict[str, Any]:
    """An answer with anything in the picture's place."""
    return {"created": 1, "data": [{"b64_json": text}]}


OTHER_PICTURES = "let it send pictures in its answer (b64_json)"
NO_PICTURES = (
    Row("400", (fault(400, "invalid_request"),), "request", "name another, by STORYMAKER_IMAGE_MODEL"),
    Row("no picture in it", (body(coded(None)),), "answer", OTHER_PICTURES, paid=True),
    Row(
        "an address elsewhere",
        (body({"data": [{"url": "http://canary.example/p.png"}]}),),
        "answer",
        "at another server",
        paid=True,
    ),
    Row("not base64", (body(coded("%%% canary %%%")),), "answer", OTHER_PICTURES, paid=True),
    Row("not ASCII", (body(coded("“canary”")),), "answer", OTHER_PICTURES, paid=True),
    Row("a web page", (body(picture(WORDS_OF_ITS_OWN)),), "answer", LINE, paid=True),
    Row("half a picture", (body(picture(flat_png(256, 1)[:-40])),), "answer", LINE, paid=True),
    Row("60 MP", (body(picture(png_of(10_000, 6_000))),), "answer", LINE, paid=True),
    Row("a speck", (body(picture(flat_png(8, 1))),), "answer", LINE, paid=True),
)


def shown(*sketches: bytes, ends: bool = True, pause: float = 0.0) -> Answer:
    """A picture in events, after unfinished ones; without its last event where it does not end."""
    last = flat_png(256, 1) if ends else None
    return lambda handler, request: handler.paint(list(sketches), last, request.path, pause)


def shown_then(end: Callable[[Handler], None]) -> Answer:
    """An unfinished picture, and then something else than a picture."""

    def answer(handler: Handler, request: Request) -> None:
        handler.paint([SKETCH], None, request.path)
        end(handler)

    return answer


def shown_and(end: Callable[[Handler], None]) -> Answer:
    """A picture, and then more than was asked for."""

    def answer(handler: Handler, request: Request) -> None:
        handler.paint([SKETCH], flat_png(256, 1), request.path)
        end(handler)

    return answer


def said(code: str) -> Callable[[Handler], None]:
    """An error as an event."""
    return lambda handler: handler.say({"error": {"message": "sk-canary-SECRET", "code": code, "type": code}})


def dead(handler: Handler) -> None:
    """A line that is cut."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def silent(handler: Handler) -> None:
    """A line on which nothing more comes."""
    handler.connection.settimeout(20)
    handler.connection.recv(1)


def refuses_to_stream(param: str) -> Answer:
    """A model that gives no unfinished pictures."""
    told = {"error": {"message": "canary", "type": "invalid_request_error", "code": None, "param": param}}
    return lambda handler, _: handler.send(400, told)


SHOWN = (
    Row("shown twice", (shown(SKETCH, SKETCH),)),
    Row("shown never", (shown(),)),
    Row("what is shown is no picture", (shown(b"canary", pause=0.5),)),
    Row("it answers whole", (body(picture(flat_png(256, 1))),)),
    Row("no stream, it says", (refuses_to_stream("stream"),), asked=2),
    Row("no partial images, it says", (refuses_to_stream("partial_images"),), asked=2),
    Row("another 400", (refuses_to_stream("size"),), "request", "name another, by STORYMAKER_IMAGE_MODEL"),
    Row("silent after the picture", (shown_and(silent),)),
    Row("a fault after the picture", (shown_and(said("server_error")),)),
    Row("no last event", (shown(SKETCH, ends=False),), "connection", LINE, paid=True),
    Row("dead after the first", (shown_then(dead),), "connection", LINE, paid=True),
    Row("silent after the first", (shown_then(silent),), "timeout", LINE, paid=True, seconds=1.0),
    Row("refused after the first", (shown_then(said("moderation_blocked")),), "refused", "other words", paid=True),
    Row("a fault after the first", (shown_then(said("server_error")),), "answer", LINE, paid=True),
)


@dataclass
class House:
    """Where a family asks, with a clock that makes waiting short.

    Attributes:
        settings: They point at the stand-in.
        clock: Of the pace and of the client.
        seconds: What a request may take, really.
        workdir: Where pictures are drawn.
    """

    settings: Settings
    clock: Hurried
    workdir: Path
    seconds: float = 20.0

    def dial(self, service: Service, settings: Settings) -> Line:
        """A line on this clock."""
        pace = Pace(settings.home, service.account, at_once=2, now=self.clock.now, sleep=self.clock.sleep)
        return Line(service, pace, self.seconds, self.clock.sleep)

    def prepare(self, row: Row) -> None:
        """Make its waits and its clock those of a row."""
        self.seconds = row.seconds
        if row.back:
            self.clock.set_back_at_first(row.back)

    @property
    def files(self) -> set[str]:
        """What lies in the workdir."""
        return {path.name for path in self.workdir.iterdir()}

    async def picture(
        self, *, hero: Player | None = None, pages: bool = True, sketch: Path | None = None
    ) -> PictureFile:
        """Page 3."""
        liked = self.settings.home / "liked.png"
        liked.write_bytes(flat_png(256, 7))
        request = PictureRequest(
            n=3, title="A Door", prompt="Bramble by a door. Mia waits.", scene="meadow", friend=None, seed=1, child="Mia",
            heroes=(hero or Player("Bramble", "a brown bear"),), workdir=self.workdir, pages=(liked,) if pages else (), sketch=sketch,
        )  # fmt: skip
        return await OpenAIIllustrator(self.settings, dial=self.dial).draw(request)

    async def story(self) -> Told:
        """A story of ten chapters, as far as it comes."""
        told = Told()
        try:
            async for piece in OpenAIAuthor(self.settings, dial=self.dial).write(assignment()):
                if isinstance(piece, StoryOpening):
                    told.opening = piece
                else:
                    told.chapters.append(piece)
        except ProviderError as error:
            told.error = error
        return told

    async def chapter(self) -> ChapterDraft:
        """One chapter anew."""
        standing = Chapter(id="book.one", n=3, title="A Door", text="Bramble waited.")
        author = OpenAIAuthor(self.settings, dial=self.dial)
        return await author.rewrite(assignment(), (standing,), "book.one", "with snow", 1)


class Told:
    """A story as far as it came.

    Attributes:
        opening: Before the first chapter.
        chapters: In order.
        error: Why it ended.
    """

    def __init__(self) -> None:
        self.opening: StoryOpening | None = None
        self.chapters: list[ChapterDraft] = []
        self.error: ProviderError | None = None

    @property
    def cost_usd(self) -> float:
        """What all of it cost, by what was told."""
        return sum(draft.cost_usd for draft in self.chapters) + (self.error.cost_usd if self.error else 0.0)


def assignment() -> Assignment:
    """Ten chapters for Mia."""
    return Assignment(Brief(child="Mia", language="en"), (Character(name="Bramble", kind="bear"),))


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A service; every request to it is one that the installed client's types know, and names no child."""
    with stand_in() as up:
        yield up
    for request in up.requests:
        parameters.check(request)
        assert b"Mia" not in request.raw


@pytest.fixture
def house(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[House]:
    """A family with a key; neither it nor a word of the service comes into the log."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("STORYMAKER_LOOPBACK_ONLY", "1")
    caplog.set_level(logging.DEBUG, "storymaker")
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    settings = Settings(books=tmp_path / "books", home=tmp_path / "home", base_url=service.url)
    yield House(settings, Hurried(), tmp_path / "work")
    assert "canary" not in caplog.text


def check_told(error: ProviderError, row: Row, where: str) -> None:
    """It is the failure of the row, says what to do, and holds nothing that it should not."""
    assert (error.code, error.paid) == (row.ends, row.paid)
    assert row.says in error.message
    assert error.message.startswith(where)
    assert error.message.endswith(".")
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert "canary" not in shown
    assert "SECRET" not in shown


def check_pace(house: House, row: Row) -> None:
    """It waited as long as the service asked, and not much longer."""
    assert row.waits <= sum(house.clock.slept) <= row.waits + 1


def by_name(rows: tuple[Row, ...]) -> pytest.MarkDecorator:
    """A test for each row."""
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


@by_name((*FAULTS, *NO_PICTURES))
@in_loop
async def test_a_picture_comes_or_a_sentence_does(row: Row, house: House, service: StandIn) -> None:
    """Nothing is asked for twice that may have been done, what may be paid is counted, and no file is left."""
    house.prepare(row)
    service.next("/images/edits", *row.answers)
    try:
        drawn = await house.picture()
    except ProviderError as error:
        check_told(error, row, "Page 3 was not painted: ")
        assert (error.cost_usd > 0) == row.paid
        assert house.files == set()
    else:
        assert not row.ends
        assert house.files == {drawn.path.name, drawn.path.with_suffix(".jpg").name}
        assert drawn.cost_usd == pytest.approx(PICTURE_USD)
    assert len(service.asked("/images/edits")) == row.asked
    check_pace(house, row)


@by_name((*FAULTS, *NO_PICTURES, *SHOWN))
@in_loop
async def test_a_picture_that_is_shown_on_its_way_comes_or_a_sentence_does(
    row: Row, house: House, service: StandIn
) -> None:
    """The same faults, while unfinished pictures are asked for: none of those is ever taken for the picture."""
    house.prepare(row)
    service.next("/images/edits", *row.answers)
    sketch = house.settings.home / "page.sketch.jpg"
    try:
        drawn = await house.picture(sketch=sketch)
    except ProviderError as error:
        check_told(error, row, "Page 3 was not painted: ")
        assert (error.cost_usd > 0) == row.paid
        assert house.files == set()
    else:
        assert not row.ends
        assert house.files == {drawn.path.name, drawn.path.with_suffix(".jpg").name}
        assert drawn.path.read_bytes()[:4] == b"\x89PNG"
        assert drawn.width == 256
        assert drawn.cost_usd == pytest.approx(PICTURE_USD)
    assert len(service.asked("/images/edits")) == row.asked
    check_pace(house, row)


@in_loop
async def test_a_picture_waits_for_most_of_an_hour_where_it_is_asked_to(house: House, service: StandIn) -> None:
    """Up to the deadline of its job, that is; a story, whose deadline is sooner, says so instead."""
    service.next("/images/edits", limited(retry_after="3000"))
    assert (await house.picture()).width == 256
    assert 3000 <= sum(house.clock.slept) <= 3001
    service.next("/chat/completions", limited(retry_after="3000"))
    told = await house.story()
    assert told.error is not None
    assert told.error.code == "busy"
    assert "50 minutes" in told.error.message


@in_loop
async def test_a_picture_that_is_there_at_once_waits_for_no_unfinished_one(house: House, service: StandIn) -> None:
    """What comes right before it is not even opened."""
    service.next("/images/edits", shown(SKETCH))
    sketch = house.settings.home / "page.sketch.jpg"
    await house.picture(sketch=sketch)
    assert not sketch.exists()


@in_loop
async def test_an_unfinished_picture_is_shown_small_and_out_of_focus(house: House, service: StandIn) -> None:
    """What nobody looked over yet shows its shapes, and no more: an edge between black and white is a wide slope."""
    edge = np.zeros((1024, 1024, 3), np.uint8)
    edge[:, 512:] = 255
    service.next("/images/edits", shown(cv2.imencode(".png", edge)[1].tobytes(), pause=0.5))
    sketch = house.settings.home / "page.sketch.jpg"
    await house.picture(sketch=sketch)
    seen = cv2.imread(str(sketch), cv2.IMREAD_GRAYSCALE)
    assert seen is not None
    assert max(seen.shape) <= 320
    row = seen[seen.shape[0] // 2].astype(int)
    assert np.abs(np.diff(row)).max() < 30
    assert row[0] < 20
    assert row[-1] > 235


@by_name(FAULTS)
@in_loop
async def test_a_story_comes_or_a_sentence_does(row: Row, house: House, service: StandIn) -> None:
    """Nothing is asked for twice that may have been done, and what may be paid is counted."""
    house.prepare(row)
    service.next("/chat/completions", *row.answers)
    told = await house.story()
    if told.error is None:
        assert not row.ends
        assert len(told.chapters) == 10
        assert told.cost_usd == pytest.approx(STORY_USD)
    else:
        check_told(told.error, row, "The story was not written: ")
        assert told.chapters == []
        assert (told.error.cost_usd > 0) == row.paid
    assert len(service.asked("/chat/completions")) == row.asked
    check_pace(house, row)


@by_name(FAULTS)
@in_loop
async def test_a_chapter_comes_or_a_sentence_does(row: Row, house: House, service: StandIn) -> None:
    """Nothing is asked for twice that may have been done, and what may be paid is counted."""
    house.prepare(row)
    service.next("/chat/completions", *row.answers)
    try:
        draft = await house.chapter()
    except ProviderError as error:
        check_told(error, row, "Page 3 was not written: ")
        assert (error.cost_usd > 0) == row.paid
    else:
        assert not row.ends
        assert draft.cost_usd == pytest.approx(STORY_USD)
    assert len(service.asked("/chat/completions")) == row.asked
    check_pace(house, row)


def written(
    table: object, *, ends: bool = True, reason: str = "stop", pause: float = 0.0, most: int | None = None
) -> Answer:
    """A story as the service streams it.

    Args:
        table: What is written.
        ends: Whether its last events come.
        reason: Why it ended, as the service says.
        pause: Seconds between its parts.
        most: How many characters come before the line is dead; None is all.
    """
    text = table if isinstance(table, str) else json.dumps(table)

    def answer(handler: Handler, _: Request) -> None:
        begun(handler, None)
        for at in range(0, len(text), 40):
            if most is not None and at >= most:
                handler.connection.shutdown(socket.SHUT_RDWR)
                handler.close_connection = True
                return
            if not sent(handler, event({"content": text[at : at + 40]})):
                return
            time.sleep(pause)
        last = (event({}, reason), *usage()) if ends else ()
        for part in (*last, b"0\r\n\r\n"):
            sent(handler, part)

    return answer


def event(delta: dict[str, Any], reason: str | None = None) -> bytes:
    """A part of a stream, as a chunk."""
    return chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


def usage() -> tuple[bytes, bytes]:
    """What it took, and the end."""
    done = b"data: [DONE]\n\n"
    return chunk({"choices": [], "usage": USAGE}), b"%x\r\n" % len(done) + done + b"\r\n"


def chunk(told: dict[str, Any]) -> bytes:
    """An event as a chunk of a body."""
    head = {"id": "chat", "object": "chat.completion.chunk", "created": 1, "model": "stand-in"}
    data = f"data: {json.dumps(head | told)}\n\n".encode()
    return b"%x\r\n" % len(data) + data + b"\r\n"


def nulls(handler: Handler, _: Request) -> None:
    """A story among events in which everything is null, as some servers send while they think, and at the end."""
    begun(handler, None)
    sent(handler, chunk({"choices": None}))
    sent(handler, event({"content": None}))
    text = json.dumps(story())
    for at in range(0, len(text), 40):
        sent(handler, event({"content": text[at : at + 40], "refusal": None}))
    sent(handler, event({"content": None}, "stop"))
    for part in (chunk({"choices": None, "usage": USAGE}), b"0\r\n\r\n"):
        sent(handler, part)


def whole(content: Any = None, **message: Any) -> Answer:
    """A whole answer, not streamed."""
    return body(completion(content, **message))


def with_rows(changes: dict[int, dict[str, Any]], chapters: int = 10) -> dict[str, Any]:
    """A story in which some chapters are otherwise, by their number."""
    table = story(chapters)
    table["chapters"] = [row | changes.get(n, {}) for n, row in enumerate(table["chapters"], 1)]
    return table


EMPTY_FOURTH = with_rows({4: {"text": "  \n "}})
GERMAN = "Bramble wartete vor der Tür. Der Bär klopfte, und niemand kam. CHILD lachte und lief hinaus in den Garten."
ALL_GERMAN = with_rows({n: {"text": GERMAN} for n in range(1, 11)})
NOWHERE = "inside a black hole, on a Thursday that never was"
REPAIR_FAILS = (fault(503, "overloaded"),) * 3


@dataclass(frozen=True)
class Tale:
    """A story that goes wrong on its way.

    Attributes:
        name: What goes wrong.
        answers: What the service does, one request after another; then its work.
        chapters: The numbers of the doors of the chapters that come; 0 is one that was asked for once more, None as many
            as come in time.
        ends: The code of the failure; empty ends in a story.
        asked: How many requests are made.
        costs: How much all of it costs, in stories of the stand-in's.
        guessed: Chapters whose price has to be guessed, on top; 10 stands for a story with its prompt.
        seconds: What a request may take, really.
    """

    name: str
    answers: tuple[Answer, ...]
    chapters: tuple[int, ...] | None
    ends: str = ""
    asked: int = 1
    costs: int = 1
    guessed: int = 0
    seconds: float = 20.0


ALL = tuple(range(1, 11))
BEHIND_GAP = json.dumps(EMPTY_FOURTH).index("Door 6")
WHOLE = len(json.dumps(story())) + 80
REST = json.dumps({"chapters": [CHAPTER] * 5})
LENGTH_OF_FIVE = json.dumps(story()).index("Door 6")
TALES = (
    Tale("without its last event, but whole", (written(story(), ends=False),), ALL, costs=0, guessed=10),
    Tale("dead behind its last brace", (written(json.dumps(story()) + " " * 400, most=WHOLE),), ALL, costs=0, guessed=10),
    Tale("torn in chapter 6", (written(story(), most=LENGTH_OF_FIVE),), ALL[:5], "connection", costs=0, guessed=10),
    Tale("torn behind a gap", (written(EMPTY_FOURTH, most=BEHIND_GAP),), (1, 2, 3, 5), "connection", costs=0, guessed=10),
    Tale("a trickle", (written(story(), pause=0.03),), None, "timeout", costs=0, guessed=10, seconds=0.5),
    Tale("too long, but whole", (written(story(), reason="length"),), ALL),
    Tale("too long", (written(json.dumps(story())[:LENGTH_OF_FIVE], reason="length"), whole(REST)),
         (*ALL[:5], 0, 0, 0, 0, 0), asked=2, costs=2),
    Tale("too long before a page", (written('{"title": "Bram', reason="length"),), (), "answer", costs=0, guessed=10),
    Tale("filtered", (written(story(), reason="content_filter"),), ALL[:9], "refused", costs=0, guessed=10),
    Tale("not JSON", (written("Once upon a time, said the canary"),), (), "answer", costs=0, guessed=10),
    Tale("nine chapters", (written(story(9)),), (*ALL[:9], 0), asked=2, costs=2),
    Tale("nine, and no more to be had", (written(story(9)), *REPAIR_FAILS), ALL[:9], "short", asked=4),
    Tale("nine, and the rest lost", (written(story(9)), fault(500)), ALL[:9], "short", asked=2, guessed=1),
    Tale("nine, and nothing usable", (written(story(9)), whole("canary")), ALL[:9], "short", asked=2, guessed=1),
    Tale("nine, then none", (written(story(9)), whole('{"chapters": []}')), ALL[:9], "short", asked=2, costs=2),
    Tale("none at all", (written(story(0)), whole('{"chapters": []}')), (), "short", asked=2, costs=2),
    Tale("eleven chapters", (written(story(11)),), ALL),
    Tale("an empty chapter", (written(EMPTY_FOURTH),), (1, 2, 3, 0, 5, 6, 7, 8, 9, 10), asked=2, costs=2),
    Tale(
        "an empty chapter, twice",
        (written(EMPTY_FOURTH), whole(json.dumps({"chapters": [CHAPTER | {"text": ""}]}))),
        (1, 2, 3, 5, 6, 7, 8, 9, 10), "short", asked=2, costs=2,
    ),
    Tale("a page in another language", (written(with_rows({2: {"text": GERMAN}})),), ALL),
    Tale("all in another language", (written(ALL_GERMAN, pause=0.001),), (1, 2, 3), "language", costs=0, guessed=10),
    Tale("a scene that does not exist", (written(with_rows({5: {"scene": NOWHERE}})),), ALL),
    Tale("chapters that are none", (written(json.dumps(story() | {"chapters": {"1": "canary"}})),), (0,), "short", asked=2, costs=2),
    Tale("a sentence behind it", (written(json.dumps(story()) + "\n\nI hope that you like it {canary}!"),), ALL),
    Tale("a sentence before it", (written("Here is the {story}:\n" + json.dumps(story())),), ALL),
    Tale("fenced code", (written(f"```json\n{json.dumps(story(), indent=1)}\n```"),), ALL),
    Tale("thoughts before it", (written(f"<think>A {{\"title\": \"canary\"}}? No.</think>{json.dumps(story())}"),), ALL),
    Tale("thoughts without their beginning", (written(f"Let me see.\n</think>\n\n{json.dumps(story())}"),), ALL),
    Tale("nothing but thoughts", (written("<think>It could be about a canary, or"),), (), "answer", costs=0, guessed=10),
    Tale("a field too many", (written(with_rows({10: {"mood": "canary"}}) | {"moral": "canary"}),), ALL),
    Tale("no dedication", (written(story(dedication=None)),), ALL),
    Tale("no refrain, no summary", (written({key: value for key, value in story().items() if key not in ("refrain", "summary")}),),
         ALL),
    Tale("odd pronouns", (written(story(friend={"name": "Pim", "kind": "hedgehog", "pronouns": "she/her"})),), ALL),
    Tale("fields of a page that are null", (written(with_rows({10: {"alt": None, "scene": 7, "image_prompt": None}})),), ALL),
    Tale("paragraphs as a list", (written(with_rows({10: {"text": ["Bramble slept.", "CHILD slept."]}})),), ALL),
    Tale("words that are null", (written(with_rows({4: {"text": None}})),), (1, 2, 3, 0, 5, 6, 7, 8, 9, 10), asked=2, costs=2),
    Tale("line breaks within words", (written(json.dumps(with_rows({3: {"text": "One.//Two."}})).replace("//", "\n")),), ALL),
    Tale("a comma too many", (written(json.dumps(story())[:-2] + ",]}"),), ALL),
    Tale("wrapped in another", (written({"story": story()}),), ALL),
    Tale("choices that are null", (body({"choices": None}),), ALL, asked=2),
    Tale("choices that stay null", (body({"choices": None}),) * 3, (), "answer", asked=3, costs=0, guessed=10),
    Tale("null now and then", (nulls,), ALL),
    Tale("not streamed", (whole(json.dumps(story())),), ALL),
    Tale("in pieces", (whole([{"type": "thinking", "thinking": []}, {"type": "text", "text": json.dumps(story())}]),), ALL),
)  # fmt: skip


@pytest.mark.parametrize("tale", TALES, ids=[tale.name for tale in TALES])
@in_loop
async def test_whole_chapters_are_kept_whatever_comes_after(tale: Tale, house: House, service: StandIn) -> None:
    """The whole ones stand in order, a torn one does not; one request repairs; all that was spent is told, once."""
    house.seconds = tale.seconds
    service.next("/chat/completions", *tale.answers)
    told = await house.story()
    assert (told.error.code if told.error else "") == tale.ends
    came = tuple(int(draft.title.removeprefix("Door ")) if "Door " in draft.title[:5] else 0 for draft in told.chapters)
    assert came == (ALL[: len(came)] if tale.chapters is None else tale.chapters)
    assert len(service.asked("/chat/completions")) == tale.asked
    assert told.cost_usd == pytest.approx(tale.costs * STORY_USD + guessed(house, tale.guessed))
    if told.error is not None:
        check_plain(told.error)


def guessed(house: House, chapters: int) -> float:
    """The price of chapters that nobody told the price of."""
    brief = Brief(chapters=max(1, chapters))
    one = OpenAIAuthor(house.settings).estimate_usd(dataclasses.replace(assignment(), brief=brief))
    return one if chapters else 0.0


def check_plain(error: ProviderError) -> None:
    """A sentence that says what to do, and nothing of the service's."""
    assert "Please" in error.message
    assert "canary" not in "".join(traceback.format_exception(error))


@in_loop
async def test_a_repair_names_the_chapters_that_are_missing(house: House, service: StandIn) -> None:
    """The second request asks for the fourth chapter and the tenth, and for no other."""
    service.next("/chat/completions", written(with_rows({4: {"text": ""}}, 9)))
    await house.story()
    last = service.asked("/chat/completions")[-1].body["messages"][-1]["content"]
    assert "Chapters 4, 10 are missing" in last


@in_loop
async def test_the_words_of_a_strange_scene_and_of_another_language_stand_as_they_came(
    house: House, service: StandIn
) -> None:
    """It is the parent who reads them: nothing is thrown away that is paid for."""
    service.next("/chat/completions", written(with_rows({2: {"text": GERMAN}, 5: {"scene": NOWHERE}})))
    told = await house.story()
    assert told.chapters[1].text == GERMAN.replace("CHILD", "Mia")
    assert told.chapters[4].scene == NOWHERE


@pytest.mark.parametrize("streamed", [True, False], ids=["story", "chapter"])
@in_loop
async def test_a_model_that_refuses_is_understood(streamed: bool, house: House, service: StandIn) -> None:
    """It names what to change, and its answer is counted."""
    if streamed:

        def answer(handler: Handler, _: Request) -> None:
            begun(handler, None)
            for part in (event({"refusal": "canary: no"}), event({}, "stop"), *usage(), b"0\r\n\r\n"):
                sent(handler, part)

        service.next("/chat/completions", answer)
        error = (await house.story()).error
    else:
        service.next("/chat/completions", whole(None, refusal="canary: no"))
        with pytest.raises(ProviderError) as caught:
            await house.chapter()
        error = caught.value
    assert error is not None
    assert (error.code, error.paid, error.cost_usd > 0) == ("refused", True, True)
    check_plain(error)
    assert len(service.asked("/chat/completions")) == 1


@in_loop
async def test_what_a_wasted_picture_cost_is_told_to_the_cent(house: House, service: StandIn) -> None:
    """A picture that is none was paid by its tokens; one that never came is guessed, and guessed not too low."""
    service.next("/images/edits", body(picture(WORDS_OF_ITS_OWN)), fault(500))
    spent = []
    for _ in range(2):
        with pytest.raises(ProviderError) as caught:
            await house.picture()
        spent.append(caught.value.cost_usd)
    assert spent[0] == pytest.approx(PICTURE_USD)
    assert spent[1] >= 0.9 * PICTURE_USD


@pytest.mark.parametrize("counts", [None, "canary", {"output_tokens": "many"}, {"output_tokens": -5}, []], ids=str)
@in_loop
async def test_a_bill_that_cannot_be_read_loses_no_picture(counts: Any, house: House, service: StandIn) -> None:
    """The picture is there; what it cost is then what was expected, or nothing that could be counted."""
    service.next("/images/edits", body(picture(flat_png(256, 1), None) | {"usage": counts}))
    drawn = await house.picture()
    assert house.files == {drawn.path.name, drawn.path.with_suffix(".jpg").name}
    assert drawn.cost_usd >= 0.9 * PICTURE_USD


MODERATION_FAULTS = (
    Row("500 again and again", (fault(500),) * 3, "service", asked=3),
    Row("500 once", (fault(500),), asked=2),
    Row("reset once", (broken_before,), asked=2),
    Row("HTML with 200", (body(WORDS_OF_ITS_OWN),), "answer"),
    Row("no results", (body({"results": []}),), "answer"),
    Row("null", (body(b"null"),), "answer"),
    Row("another form", (body({"results": {"canary": 1}}),), "answer"),
)


@by_name(MODERATION_FAULTS)
@in_loop
async def test_nothing_is_taken_for_looked_over_that_nobody_looked_at(row: Row, house: House, service: StandIn) -> None:
    """Words are not sent on then, for nothing; looking costs nothing, and so it is tried again."""
    service.next("/moderations", *row.answers)
    told = await house.story()
    assert (told.error.code if told.error else "") == row.ends
    assert len(service.asked("/moderations")) == row.asked + (0 if row.ends else 1)
    assert len(service.asked("/chat/completions")) == (0 if row.ends else 1)
    if told.error is not None:
        assert (told.error.paid, told.cost_usd) == (False, 0.0)
        check_plain(told.error)


@by_name(MODERATION_FAULTS)
@in_loop
async def test_a_picture_is_not_lost_where_nobody_could_look_it_over(row: Row, house: House, service: StandIn) -> None:
    """It is paid: it is kept, and the parent is asked to look."""
    service.next("/moderations", *row.answers)
    drawn = await house.picture()
    assert house.files == {drawn.path.name, drawn.path.with_suffix(".jpg").name}
    assert drawn.cost_usd == pytest.approx(PICTURE_USD)
    assert any("Please look at this picture" in note for note in drawn.notes) == bool(row.ends)
    assert len(service.asked("/images/edits")) == 1


@in_loop
async def test_words_that_are_refused_when_they_come_are_counted(house: House, service: StandIn) -> None:
    """Moderation finds something in the story: the sentence says so, and what the story cost is told."""
    service.words = with_rows({10: {"text": "Then came the dragon-fight."}})
    told = await house.story()
    assert told.error is not None
    assert told.error.code == "refused"
    assert told.cost_usd == pytest.approx(STORY_USD)
    assert not any("dragon-fight" in draft.text for draft in told.chapters)


@in_loop
async def test_a_chapter_that_is_refused_or_empty_is_counted(house: House, service: StandIn) -> None:
    """It is paid, and not received."""
    bad = [json.dumps(CHAPTER | {"text": text}) for text in ("A dragon-fight.", " ")]
    service.next("/chat/completions", *(whole(text) for text in bad))
    codes = []
    for _ in bad:
        with pytest.raises(ProviderError) as caught:
            await house.chapter()
        codes.append(caught.value.code)
        assert caught.value.paid
        assert caught.value.cost_usd == pytest.approx(STORY_USD)
    assert codes == ["refused", "answer"]


@in_loop
async def test_whoever_asks_during_a_very_long_wait_is_told_at_once(house: House, service: StandIn) -> None:
    """The service said two hours: the next one does not sit through them in silence, and asks for nothing."""
    service.next("/images/edits", limited(retry_after="7200"))
    for minutes in ("120", "120"):
        with pytest.raises(ProviderError) as caught:
            await house.picture()
        assert caught.value.code == "busy"
        assert f"{minutes} minutes" in caught.value.message
    assert len(service.asked("/images/edits")) == 1
    assert house.clock.slept == []


@in_loop
async def test_where_nobody_listens_it_is_tried_again_and_then_said(house: House, service: StandIn) -> None:
    """Nothing was sent, so nothing can be paid."""
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{shut.getsockname()[1]}/v1"
    house.settings = house.settings.model_copy(update={"base_url": nowhere, "moderation": False})
    told = await house.story()
    assert told.error is not None
    assert (told.error.code, told.error.paid, told.cost_usd) == ("connection", False, 0.0)
    assert "online" in told.error.message
    assert house.clock.slept == [2.0, 8.0]


@in_loop
async def test_a_test_never_leaves_this_machine(house: House) -> None:
    """The guard in the line refuses every other host, and says nothing of it to anybody."""
    house.settings = house.settings.model_copy(update={"base_url": "https://api.example.com/v1"})
    with pytest.raises(ProviderError) as caught:
        await house.picture()
    assert caught.value.code == "loopback"
    assert not caught.value.paid


@in_loop
async def test_every_kind_of_request_is_one_that_the_client_knows(house: House, service: StandIn) -> None:
    """Story, repair, chapter, picture from pictures, picture from words, a look at words and at a picture."""
    service.next("/chat/completions", written(story(9)))
    await house.story()
    await house.chapter()
    cutout = house.settings.home / "cutout.png"
    cutout.write_bytes(flat_png(256, 3))
    await house.picture(hero=Player("Bramble", "a brown bear", (Cutout(cutout),)))
    line = house.dial(service_for(house.settings, "pictures"), house.settings)
    await paint(line, "It was not painted", "A door.", (), "low")
    asked = [(request.path, bool(request.body.get("stream"))) for request in service.requests]
    assert {("/chat/completions", True), ("/chat/completions", False), ("/moderations", False)} < set(asked)
    assert {("/images/edits", False), ("/images/generations", False)} < set(asked)
    kinds = {part["type"] for request in service.asked("/moderations") for part in request.body["input"]}
    assert kinds == {"text", "image_url"}
    assert service.asked("/images/edits")[0].files == ["cutout.png", "liked.png"]


def test_a_wrong_request_would_have_been_seen() -> None:
    """The check knows a parameter that does not exist, a wrong word, and a message from nobody."""
    right = {"model": "m", "prompt": "p", "n": "1", "quality": "low"}
    messages = [{"role": "user", "content": "c"}]
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("/images/edits", right | {"qualty": "low"}),
        ("/images/edits", right | {"quality": "canary"}),
        ("/chat/completions", {"model": "m", "messages": [{"role": "nobody", "content": "c"}]}),
        ("/chat/completions", {"model": "m", "messages": messages, "response_format": {"type": "json"}}),
        ("/moderations", {"model": "m", "input": [{"type": "pixels", "text": "c"}]}),
    ]
    for path, told in wrong:
        with pytest.raises(ValueError, match="validation error"):
            parameters.check(Request(path, told, ["a.png"], {}, 0.0, b""))
    parameters.check(Request("/images/edits", right, ["a.png"], {}, 0.0, b""))


@in_loop
async def test_words_without_a_bill_cost_what_was_expected(house: House, service: StandIn) -> None:
    """A service that does not count is not taken for one that gives its work away."""
    one, end = event({"content": json.dumps(story())}), event({}, "stop")

    def uncounted(handler: Handler, _: Request) -> None:
        begun(handler, None)
        for part in (one, end, b"0\r\n\r\n"):
            sent(handler, part)

    service.next("/chat/completions", uncounted)
    told = await house.story()
    assert told.error is None
    assert told.cost_usd == pytest.approx(guessed(house, 10))


@in_loop
async def test_a_picture_is_not_lost_where_it_cannot_be_compared(house: House, service: StandIn) -> None:
    """The likeness is advice: a cut-out that is damaged costs the parent no picture."""
    damaged = house.settings.home / "cutout.png"
    damaged.write_bytes(flat_png(256, 3)[:90])
    drawn = await house.picture(hero=Player("Bramble", "a brown bear", (Cutout(damaged),)))
    assert house.files == {drawn.path.name, drawn.path.with_suffix(".jpg").name}
    assert drawn.cost_usd == pytest.approx(PICTURE_USD)


SERVICE = Service("pictures", "http://127.0.0.1:9/v1", SecretStr(KEY), "model")


def raised_from(error: Exception, cause: Exception) -> Exception:
    """An error with its cause, as the client raises it."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "again", "paid"),
    [
        (raised_from(openai.APITimeoutError(httpx2.Request("POST", "http://h/")), httpx2.ConnectTimeout("")),
         "connection", True, False),
        (raised_from(openai.APITimeoutError(httpx2.Request("POST", "http://h/")), httpx2.ReadTimeout("")),
         "timeout", False, True),
        (raised_from(openai.APIConnectionError(request=httpx2.Request("POST", "http://h/")), httpx2.WriteError("")),
         "connection", False, True),
        (httpx2.RemoteProtocolError("canary"), "connection", False, True),
    ],
)  # fmt: skip
def test_only_what_was_never_sent_is_sent_again(error: Exception, code: str, again: bool, paid: bool) -> None:
    """Nobody picked up: it may be tried again. Everything later may have been done."""
    found = fault_of(error, SERVICE, "Page 3 was not painted")
    assert (found.error.code, found.again, found.error.paid) == (code, again, paid)


def test_a_bug_of_ours_is_not_taken_for_an_answer() -> None:
    """What our own code falls over stays what it is, and comes into the log."""
    try:
        None.nothing  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        with pytest.raises(AttributeError):
            fault_of(error, SERVICE, "Page 3 was not painted")
