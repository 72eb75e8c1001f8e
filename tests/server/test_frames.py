"""Messages to kernels are checked before anything of them is unpacked."""

from __future__ import annotations

import json
import random
from collections import deque
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus

from storymaker.server.frames import BUFFERS_MAX, JSON_MAX, MESSAGE_MAX, V1, FrameError, check_frame, read_part
from storymaker.server.visits import KernelSocket
from tests.loops import in_loop
from tests.server.real import Studio, until
from tests.soak.frames import broken_frames


def message(**other: Any) -> dict[str, Any]:
    """A message as a page's scripts send it."""
    return {"header": {"msg_type": "comm_msg"}, "parent_header": {}, "metadata": {}, "content": {"data": {}}} | other


def as_v1(told: dict[str, Any], *buffers: bytes, channel: str = "shell") -> bytes:
    """In the newer form."""
    parts = [json.dumps(told[name]).encode() for name in ("header", "parent_header", "metadata", "content")]
    return serialize_msg_to_ws_v1([*parts, *buffers], channel)  # type: ignore[no-untyped-call, no-any-return]


def as_binary(told: dict[str, Any], *buffers: bytes) -> bytes:
    """In the older form, with bytes beside it."""
    return serialize_binary_message(told | {"channel": "shell", "buffers": buffers})  # type: ignore[no-untyped-call, no-any-return]


class SocketOfTheOlderForm(KernelSocket):
    """One that is open, without a request and a server.

    Args:
        sent: Takes what it sends.
    """

    selected_subprotocol = None

    def __init__(self, sent: list[Any]) -> None:
        self.ws_connection = SimpleNamespace(
            is_closing=lambda: False, write_message=lambda message, binary: sent.append(message)
        )


def test_what_a_page_sends_is_fine_in_every_form() -> None:
    """With a photo beside it, too."""
    photo = bytes(15 * 1024 * 1024)
    assert check_frame(as_v1(message(), photo), V1) == "comm_msg"
    assert check_frame(as_v1(message()), V1) == "comm_msg"
    assert check_frame(as_binary(message(), photo), None) == "comm_msg"
    assert check_frame(json.dumps(message(channel="shell")), "") == "comm_msg"


DEEP = '{"header": {"msg_type": "comm_msg"}, "parent_header": {}, "metadata": {}, "content": ' + "[" * 200_000


@pytest.mark.parametrize(
    ("frame", "subprotocol"),
    [
        (b"\xff" * 64, V1),
        (b"\x7f\xff\xff\xff", None),
        (b"\xff\xff\xff\xff", None),
        (b"\x00" * 64, None),
        (b"", V1),
        (b"", None),
        ("", None),
        ("null", None),
        ("[]", None),
        ("NaN", None),
        (DEEP, None),
        (DEEP.replace("[", '{"a":'), None),
        ("9" * JSON_MAX, None),
        ("{}", V1),
        (json.dumps(message(channel="elsewhere")), None),
        (json.dumps(message(header={})), None),
        (json.dumps(message(header="x")), None),
        (json.dumps(message(header={"msg_type": "m" * 100_000})), None),
        (json.dumps(message(header={"msg_type": "comm_msg\nforged"})), None),
        (json.dumps(message(content=[])), None),
        (json.dumps(message(content={"data": "x" * JSON_MAX})), None),
        (bytes(MESSAGE_MAX + 1), V1),
        (as_v1(message(), *[b"x"] * (BUFFERS_MAX + 1)), V1),
        (as_binary(message(), *[b"x"] * (BUFFERS_MAX + 1)), None),
        (as_v1(message(content={"data": "x" * JSON_MAX})), V1),
        (as_v1(message(header={"msg_type": "comm_msg", "x": "x" * 20_000})), V1),
        (as_v1(message(), channel="elsewhere"), V1),
        (as_v1(message()) + b"more", V1),
        (as_v1(message())[:-1], V1),
    ],
)  # fmt: skip
def test_what_is_malformed_or_too_large_is_refused(frame: str | bytes, subprotocol: str | None) -> None:
    """With a few words for the log, whatever the frame holds."""
    with pytest.raises(FrameError) as refused:
        check_frame(frame, subprotocol)
    assert len(str(refused.value)) < 60


def test_brackets_in_words_do_not_nest() -> None:
    """A page may hold as many as it likes; brackets without end are refused before anybody counts how they nest."""
    said = "[" * 5_000 + '\\"{' * 5_000
    assert check_frame(as_v1(message(content={"data": said})), V1) == "comm_msg"
    with pytest.raises(FrameError, match="too many brackets"):
        check_frame(json.dumps(message(content={"data": [[]] * 30_000})), None)


@pytest.mark.parametrize("buffers", [(), (b"a" * 12,), (b"a", b"", b"b" * 1_000)])
@pytest.mark.parametrize("form", ["v1", "binary", "text"])
def test_what_a_kernel_says_is_read_in_every_form(form: str, buffers: tuple[bytes, ...]) -> None:
    """Also with bytes beside it in the older form, whose table begins with what the newer form would take for 2⁵⁹ offsets."""
    told = message(header={"msg_type": "stream"}, content={"name": "stderr", "text": "ä"})
    forms: dict[str, tuple[str | bytes, str | None]] = {
        "v1": (as_v1(told, *buffers, channel="iopub"), V1),
        "binary": (as_binary(told, *buffers), None),
        "text": (json.dumps(told), ""),
    }
    sent, subprotocol = forms[form]
    assert read_part(sent, subprotocol, "header") == {"msg_type": "stream"}
    assert read_part(sent, subprotocol, "content") == {"name": "stderr", "text": "ä"}


@in_loop
async def test_the_messages_of_an_answer_wait_for_nobody() -> None:
    """Small ones were held back until the browser had acknowledged the one before: 44 ms for each answer instead of 2."""
    done: list[object] = []

    async def connect() -> None:
        done.append("connected")

    handler = SocketOfTheOlderForm([])
    handler.ws_connection.set_nodelay = done.append
    handler.connection = SimpleNamespace(connect=connect)
    await handler.open(kernel_id="")
    assert done == [True, "connected"]


def test_a_socket_of_the_older_form_hears_of_bytes() -> None:
    """The server read such a message without end, and stood still for everybody."""
    sent: list[Any] = []
    handler = SocketOfTheOlderForm(sent)
    told = as_binary(message(header={"msg_type": "comm_msg"}), b"picture")
    KernelSocket.write_message(handler, told, binary=True)
    assert sent == [told]


@pytest.mark.parametrize("seed", range(3))
def test_what_passes_is_unpacked_by_jupyter_in_no_time(seed: int) -> None:
    """Frames broken by chance: either refused, or Jupyter's own code takes them apart without looping or copying much."""
    passed = 0
    for frame, subprotocol in broken_frames(random.Random(seed), 2_000):
        try:
            check_frame(frame, subprotocol)
        except FrameError:
            continue
        passed += 1
        if subprotocol == V1:
            assert isinstance(frame, bytes)
            assert len(deserialize_msg_from_ws_v1(frame)[1]) <= 4 + BUFFERS_MAX  # type: ignore[no-untyped-call]
        elif isinstance(frame, bytes):
            assert len(deserialize_binary_message(frame)["buffers"]) <= BUFFERS_MAX  # type: ignore[no-untyped-call]
    assert passed  # the fuzz is near enough to what is fine


def test_a_malformed_message_closes_its_socket_with_one_short_line(local_studio: Studio) -> None:
    """And the page answers on: it can be connected to again."""
    page = local_studio.visit(local_studio.local())
    before = len(local_studio.log)
    with local_studio.connect(page.session, page.kernel) as wire:
        wire.send(b"\x7f\xff\xff\xff")
        with pytest.raises(ConnectionClosed):
            deque(iter(lambda: wire.recv(timeout=20), None), maxlen=0)  # what the kernel had said before
    said = until(lambda: local_studio.log[before:])
    assert len(said.splitlines()) == 1
    assert len(said) < 200
    with local_studio.connect(page.session, page.kernel):
        assert local_studio.lives(page)
    local_studio.leave(page)


def test_a_page_takes_so_many_sockets_and_no_more(local_studio: Studio) -> None:
    """A browser needs one; after a cut, two."""
    refused = []
    page = local_studio.visit(local_studio.local())
    with ExitStack() as wires:
        for n in range(8):
            try:
                wires.enter_context(local_studio.connect(page.session, page.kernel, name=f"tab-{n}"))
            except InvalidStatus as error:
                refused.append(error.response.status_code)
    local_studio.leave(page)
    assert refused == [429, 429]
