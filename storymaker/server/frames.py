"""Messages between a browser and its kernel: checked before anything of them is unpacked, and read without unpacking the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

V1: Final = "v1.kernel.websocket.jupyter.org"
"""The subprotocol in which the parts of a message lie side by side behind a table of offsets."""
MESSAGE_MAX: Final = 24 * 1024 * 1024
"""Bytes of a message: a photo may have 15 MB."""
JSON_MAX: Final = 2 * 1024 * 1024
"""Bytes of a message's JSON: a whole book in words is a tenth of it."""
HEADER_MAX: Final = 16 * 1024
BUFFERS_MAX: Final = 64
_CHANNELS: Final = frozenset({"shell", "control", "iopub", "stdin"})
_NAME_MAX: Final = 64
_DEPTH_MAX: Final = 100
_BRACKETS_MAX: Final = 20_000
"""Opening brackets in a message; the grid of a whole book has some hundreds."""
_V1_PARTS: Final = 4  # header, parent header, metadata, content; buffers follow
_V1_PLACES: Final = {"header": 1, "content": 4}
_STRINGS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


class FrameError(ValueError):
    """A message that is not as the protocol has it; its text is for the log, and short."""


def check_frame(frame: str | bytes, subprotocol: str | None) -> str:
    """Check a message from a browser, whatever its form.

    Args:
        frame: As it came through the socket.
        subprotocol: The one the socket speaks; None, or empty, is the older form.

    Returns:
        The message's type.

    Raises:
        FrameError: If it is malformed or too large.
    """
    if len(frame) > MESSAGE_MAX:
        raise FrameError("too large")
    if subprotocol == V1:
        return _check_v1(frame)
    if isinstance(frame, str):
        return _check_message(frame)
    start = _check_table(frame, size=4, order="big", least=1, most=1 + BUFFERS_MAX, last=False)
    return _check_message(frame[start[0] : start[1]])


def read_part(message: str | bytes, subprotocol: str | None, name: str) -> dict[str, Any]:
    """Read one part of a message that the server is about to send to a browser.

    Voila's own reader takes every message for one of the newer form; from the older form's table it reads a count of 2⁵⁹ and more.

    Args:
        message: As it goes through the socket.
        subprotocol: The one the socket speaks; None, or empty, is the older form.
        name: ``header`` or ``content``.
    """
    if isinstance(message, str):
        found = json.loads(message)[name]
    elif subprotocol == V1:
        at = 8 * (1 + _V1_PLACES[name])
        start, end = (int.from_bytes(message[place : place + 8], "little") for place in (at, at + 8))
        found = json.loads(message[start:end])
    else:
        last = int.from_bytes(message[:4], "big") == 1
        end = len(message) if last else int.from_bytes(message[8:12], "big")
        found = json.loads(message[int.from_bytes(message[4:8], "big") : end])[name]
    return dict(found)


def _check_v1(frame: str | bytes) -> str:
    if isinstance(frame, str):
        raise FrameError("text instead of bytes")
    fixed = 2 + _V1_PARTS  # the channel begins before them, and the last offset is the end
    offsets = _check_table(frame, size=8, order="little", least=fixed, most=fixed + BUFFERS_MAX, last=True)
    channel, header, parent, metadata, content = (frame[start:end] for start, end in pairwise(offsets[:6]))
    if channel.decode("ascii", "replace") not in _CHANNELS:
        raise FrameError("unknown channel")
    if max(len(header), len(parent), len(metadata)) > HEADER_MAX or len(content) > JSON_MAX:
        raise FrameError("part too large")
    for part in (parent, metadata, content):
        _check_depth(part)
    return _type_in(_parsed(header))


def _check_table(frame: bytes, *, size: int, order: Any, least: int, most: int, last: bool) -> Sequence[int]:
    """The offsets at a frame's start, if they lie in order inside it.

    Args:
        frame: The whole frame.
        size: Bytes of each number.
        order: Their byte order.
        least: The fewest offsets there may be.
        most: The most.
        last: Whether the last offset is the frame's end; else that is added.
    """
    count = int.from_bytes(frame[:size], order)
    table = size * (count + 1)
    if not least <= count <= most or len(frame) < table:
        raise FrameError("number of parts")
    offsets = [int.from_bytes(frame[at : at + size], order) for at in range(size, table, size)]
    if not last:
        offsets.append(len(frame))
    if offsets[0] != table or offsets[-1] != len(frame) or offsets != sorted(offsets):
        raise FrameError("offsets")
    return offsets


def _check_message(text: str | bytes) -> str:
    """A message as one JSON object."""
    if len(text) > JSON_MAX:
        raise FrameError("JSON too large")
    message = _parsed(text)
    for name in ("parent_header", "metadata", "content"):
        if not isinstance(message.get(name), dict):
            raise FrameError(f"no {name}")
    if message.get("channel", "shell") not in _CHANNELS:
        raise FrameError("unknown channel")
    return _type_in(message.get("header"))


def _parsed(text: str | bytes) -> dict[str, Any]:
    _check_depth(text)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):  # also what is no UTF-8
        raise FrameError("no JSON") from None
    if not isinstance(found, dict):
        raise FrameError("no JSON object")
    return found


def _check_depth(text: str | bytes) -> None:
    """Refuse what nests deeply: parsers recurse. Brackets within strings do not nest."""
    opening: tuple[Any, Any] = ("[", "{") if isinstance(text, str) else (b"[", b"{")
    many = sum(map(text.count, opening))
    if many > _BRACKETS_MAX:
        raise FrameError("too many brackets")
    if many > _DEPTH_MAX and _depth(text) > _DEPTH_MAX:
        raise FrameError("nested too deeply")


def _depth(text: str | bytes) -> int:
    """How deeply brackets nest outside of strings."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    deepest = depth = 0
    for bracket in _STRINGS.sub(b"", data).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _type_in(header: object) -> str:
    kind = header.get("msg_type") if isinstance(header, dict) else None
    if not isinstance(kind, str) or not 0 < len(kind) <= _NAME_MAX or not kind.isprintable():
        raise FrameError("no message type")
    return kind
