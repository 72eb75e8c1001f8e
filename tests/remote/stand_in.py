"""A service on loopback that speaks like OpenAI, does what a test says, and remembers every request."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from storymaker.testing import flat_png

CHAPTER = {
    "title": "A Door", "text": "Bramble waited. CHILD knocked.", "image_prompt": "Bramble (a brown bear) by a door.",
    "alt": "Bramble by a door.", "scene": "meadow, morning, clear, middle",
}  # fmt: skip
SKETCH = flat_png(256, 0x336699)
CARD = {"kind": "bear", "look": "a small plush bear, brown, with a patch", "alt": "A bear.", "parts": ["ears"]}
USAGE = {"prompt_tokens": 1000, "completion_tokens": 4000, "total_tokens": 5000}
IMAGE_USAGE = {
    "input_tokens": 2600, "output_tokens": 2000, "total_tokens": 4600,
    "input_tokens_details": {"text_tokens": 600, "image_tokens": 2000},
}  # fmt: skip


def story(chapters: int = 10, **changes: Any) -> dict[str, Any]:
    """A whole story as a model writes it."""
    rows = [
        CHAPTER | {"title": f"Door {n}", "text": f"Bramble came to door {n}. CHILD knocked."}
        for n in range(1, chapters + 1)
    ]
    friend = {"name": "Pim", "kind": "hedgehog", "pronouns": "he", "look": "a small hedgehog"}
    told = {"title": "Bramble and the Doors", "summary": "Doors.", "dedication": "For CHILD.", "refrain": "Knock."}
    return told | {"friend": friend, "chapters": rows} | changes


@dataclass
class Request:
    """A request as it came.

    Attributes:
        path: After ``/v1``.
        body: JSON, or the text fields of a form.
        files: Names of a form's files.
        headers: With the key.
        at: When, in seconds.
        raw: All its bytes.
    """

    path: str
    body: dict[str, Any]
    files: list[str]
    headers: Mapping[str, str]
    at: float
    raw: bytes


Answer = Callable[["Handler", Request], None]


@dataclass
class StandIn:
    """The service.

    Attributes:
        url: For ``base_url``.
        requests: Everything that was asked.
        answers: What to do with the next requests to a path, one after another; then it does its work again.
        words: The table that a story is.
        seen: Whether a picture shows the toy.
        seconds: How long a picture takes.
        flags: Words that moderation finds something in.
        lacks: Paths that it does not know.
        probed: What it says to somebody who only looks whether it can: an empty request.
        refuses: Parameters that it does not take, each as a pattern of a request's JSON: 400, with the name in its sentence.
        wraps: What it says around its words: "%s" is the table.
        files: What it gives at an address.
    """

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=story)
    seen: dict[str, Any] = field(default_factory=lambda: {"same": True, "reason": ""})
    seconds: float = 0.0
    flags: tuple[str, ...] = ("dragon-fight",)
    lacks: tuple[str, ...] = ()
    probed: Answer | None = None
    refuses: tuple[str, ...] = ()
    wraps: str = "%s"
    files: dict[str, Answer] = field(default_factory=dict)

    def asked(self, path: str) -> list[Request]:
        """The requests to a path."""
        return [request for request in self.requests if request.path == path]

    def next(self, path: str, *answers: Answer) -> None:
        """Answer the next requests to a path so."""
        self.answers.setdefault(path, []).extend(answers)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    service: StandIn

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Answer until nobody is there any more: whoever asked may be killed in a test."""
        with suppress(ConnectionResetError, BrokenPipeError):
            super().handle()

    def do_POST(self) -> None:
        """Remember, and answer as told, or do the work."""
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        request = _request(self.path.removeprefix("/v1"), dict(self.headers.items()), raw)
        if request.path in self.service.lacks:
            _nothing(self, request)
            return
        if raw in (b"", b"{}"):
            (self.service.probed or fault(400, "invalid"))(self, request)
            return
        self.service.requests.append(request)
        told = json.dumps(request.body)
        if found := next((one for one in self.service.refuses if re.search(one, told)), ""):
            sentence = f"This server does not know {re.sub(r'[^a-z_]', ' ', found)}"
            self.send(
                400, {"error": {"message": sentence, "type": "invalid_request_error", "code": None, "param": None}}
            )
            return
        waiting = self.service.answers.get(request.path)
        if waiting:
            waiting.pop(0)(self, request)
        else:
            work = {
                "/chat/completions": _words,
                "/images/edits": _picture,
                "/images/generations": _picture,
                "/moderations": _look,
            }
            work.get(request.path, _nothing)(self, request)

    def do_GET(self) -> None:
        """Give what is at an address."""
        request = Request(self.path, {}, [], dict(self.headers.items()), time.monotonic(), b"")
        self.service.requests.append(request)
        self.service.files.get(self.path, _nothing)(self, request)

    def send(self, status: int, body: bytes | dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        """A whole answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        kind = "application/json" if isinstance(body, dict) else "text/html"
        for name, value in ({"content-type": kind, "content-length": str(len(data))} | dict(headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, parts: Iterator[str], pause: float = 0.0, *, ends: bool = True) -> None:
        """An answer in server-sent events."""
        self.begin_stream()
        opening = {"role": "assistant", "content": "", "refusal": None}  # OpenAI begins so, before any word
        self._event({"choices": [{"index": 0, "delta": opening, "finish_reason": None}]})
        for part in parts:
            self._event({"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]})
            time.sleep(pause)
        if ends:
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self._event({"choices": [], "usage": USAGE})
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def paint(self, sketches: list[bytes], painted: bytes | None, path: str, pause: float = 0.0) -> None:
        """A picture in server-sent events, unfinished ones first; without its last event where nothing is painted."""
        kind = "image_edit" if path == "/images/edits" else "image_generation"
        told = {
            "created_at": 1,
            "background": "opaque",
            "output_format": "png",
            "quality": "medium",
            "size": "1024x1024",
        }
        self.begin_stream()
        for index, sketch in enumerate(sketches):
            time.sleep(pause)
            coded = base64.b64encode(sketch).decode()
            self.say(told | {"type": f"{kind}.partial_image", "partial_image_index": index, "b64_json": coded})
        time.sleep(pause)
        if painted is not None:
            coded = base64.b64encode(painted).decode()
            self.say(told | {"type": f"{kind}.completed", "b64_json": coded, "usage": IMAGE_USAGE})
        self.close_connection = True

    def begin_stream(self) -> None:
        """The head of an answer in server-sent events."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def say(self, event: dict[str, Any]) -> None:
        """One event."""
        named = f"event: {event['type']}\n" if "type" in event else ""
        self.wfile.write(f"{named}data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def _event(self, told: dict[str, Any]) -> None:
        self.say({"id": "chat", "object": "chat.completion.chunk", "created": 1, "model": "stand-in"} | told)


def fault(status: int, code: str = "", **headers: str) -> Answer:
    """An error of the service."""
    told = {"error": {"message": "sk-canary-SECRET is not welcome", "type": code, "code": code, "param": None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.send(status, told, named)


def hang(handler: Handler, _: Request) -> None:
    """Nothing at all, until the other side hangs up."""
    handler.connection.settimeout(20)
    handler.connection.recv(1)
    handler.close_connection = True


def body(data: bytes | dict[str, Any], status: int = 200) -> Answer:
    """Just these bytes."""
    return lambda handler, _: handler.send(status, data)


def picture(png: bytes, usage: dict[str, Any] | None = IMAGE_USAGE) -> dict[str, Any]:
    """A picture as the service sends it."""
    return {"created": 1, "data": [{"b64_json": base64.b64encode(png).decode()}]} | ({"usage": usage} if usage else {})


@contextmanager
def stand_in(**settings: Any) -> Iterator[StandIn]:
    """A service that is up."""
    service = StandIn(**settings)
    handler = type("Answering", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def _words(handler: Handler, request: Request) -> None:
    """A story for whoever asks for one, else what fits the schema that was asked for."""
    wanted = _wanted(request)
    told: Any = handler.service.words
    if "refrain" not in wanted:
        told = CHAPTER if "text" in wanted else {"chapters": [CHAPTER]}
    if "parts" in wanted:
        told = CARD
    if "same" in wanted:
        told = handler.service.seen
    text = handler.service.wraps.replace("%s", json.dumps(told))
    if request.body.get("stream"):
        handler.stream(text[at : at + 40] for at in range(0, len(text), 40))
        return
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    handler.send(
        200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}
    )


def _wanted(request: Request) -> Mapping[str, Any]:
    """The fields that are asked for: by the schema, else in the rules."""
    named = request.body.get("response_format", {}).get("json_schema")
    if named:
        fields: Mapping[str, Any] = named["schema"]["properties"]
        return fields
    form: Mapping[str, Any] = json.loads(request.body["messages"][0]["content"].rpartition("\n")[2])
    return form


def _picture(handler: Handler, request: Request) -> None:
    painted = flat_png(256, len(handler.service.requests) * 77_777)
    if request.body.get("stream") in (True, "true"):
        shown = int(request.body["partial_images"])
        handler.paint([SKETCH] * shown, painted, request.path, handler.service.seconds / (shown + 1))
        return
    time.sleep(handler.service.seconds)
    handler.send(200, picture(painted))


def _look(handler: Handler, request: Request) -> None:
    found = any(word in json.dumps(request.body["input"]) for word in handler.service.flags)
    kinds = ("harassment", "hate", "illicit", "self-harm", "sexual", "violence")
    result = {
        "flagged": found, "categories": {kind: found and kind == "violence" for kind in kinds},
        "category_scores": dict.fromkeys(kinds, 0.0), "category_applied_input_types": {kind: ["text"] for kind in kinds},
    }  # fmt: skip
    handler.send(200, {"id": "m", "model": "omni", "results": [result]})


def _nothing(handler: Handler, request: Request) -> None:
    handler.send(404, {"error": {"message": f"no {request.path}", "code": "not_found", "type": "x", "param": None}})


def _request(path: str, headers: dict[str, str], raw: bytes) -> Request:
    kind = headers.get("content-type", headers.get("Content-Type", ""))
    fields: dict[str, Any] = {}
    files: list[str] = []
    if kind.startswith("multipart/form-data"):
        edge = kind.partition("boundary=")[2].encode()
        for part in raw.split(b"--" + edge)[1:-1]:
            head, _, data = part.partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]*)"', head)
            if re.search(rb'filename="', head):
                files.append((re.search(rb'filename="([^"]*)"', head) or [b"", b""])[1].decode())
            elif name:
                fields[name[1].decode()] = data.rstrip(b"\r\n").decode()
    elif raw:
        fields = json.loads(raw)
    return Request(path, fields, files, headers, time.monotonic(), raw)
