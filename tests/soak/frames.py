"""Break messages to kernels by chance and count what slips through the check: ``python -m tests.soak frames 1000000``."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_binary_message,
    serialize_msg_to_ws_v1,
)

from storymaker.server.frames import V1, FrameError, check_frame

COUNT = 200_000
BARS = {"broke Jupyter's own code": 0, "took over 50 ms": 0, "broke the check": 0}
_INTERESTING = (0, 1, 2, 4, 5, 6, 7, 8, 63, 64, 65, 127, 255, 256, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)


def run(count: int = COUNT) -> dict[str, int]:
    """Check and unpack frames.

    Args:
        count: How many.

    Returns:
        How many were refused and passed, and how many of them broke something.
    """
    found = dict.fromkeys(("frames", "refused", *BARS), 0)
    for frame, subprotocol in broken_frames(random.Random(13), count):
        found["frames"] += 1
        began = time.perf_counter()
        try:
            check_frame(frame, subprotocol)
            _unpack(frame, subprotocol)
        except FrameError:
            found["refused"] += 1
        except (ValueError, KeyError, TypeError, IndexError):
            found["broke Jupyter's own code"] += 1
        except Exception:  # noqa: BLE001 - counted
            found["broke the check"] += 1
        found["took over 50 ms"] += time.perf_counter() - began > 0.05
    return found


def broken_frames(chance: random.Random, count: int) -> Iterator[tuple[str | bytes, str | None]]:
    """Frames that were fine until something in them was changed: mostly in the table at their start."""
    for _ in range(count):
        subprotocol = chance.choice((V1, None, ""))
        if subprotocol == V1:
            yield _broken(chance, _v1(chance), 8, "little"), V1
        elif chance.random() < 0.7:
            yield _broken(chance, _binary(chance), 4, "big"), subprotocol
        else:
            yield _broken_text(chance), subprotocol


def _unpack(frame: str | bytes, subprotocol: str | None) -> None:
    if subprotocol == V1:
        _, parts = deserialize_msg_from_ws_v1(frame)  # type: ignore[no-untyped-call]
        json.loads(parts[0])["msg_type"]
    elif isinstance(frame, bytes):
        deserialize_binary_message(frame)["header"]["msg_type"]  # type: ignore[no-untyped-call]
    else:
        json.loads(frame)["header"]["msg_type"]


def _message(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(
        ("comm_msg", "comm_open", "kernel_info_request", "execute_request", "x" * chance.randrange(200))
    )
    return {
        "header": {"msg_type": kind},
        "parent_header": {},
        "metadata": {},
        "content": {"data": "é" * chance.randrange(50)},
    }


def _buffers(chance: random.Random) -> list[bytes]:
    return [chance.randbytes(chance.randrange(40)) for _ in range(chance.choice((0, 0, 1, 3, 70)))]


def _v1(chance: random.Random) -> bytes:
    told = _message(chance)
    parts = [json.dumps(told[name]).encode() for name in ("header", "parent_header", "metadata", "content")]
    return serialize_msg_to_ws_v1([*parts, *_buffers(chance)], "shell")  # type: ignore[no-untyped-call, no-any-return]


def _binary(chance: random.Random) -> bytes:
    told = _message(chance) | {"channel": "shell", "buffers": _buffers(chance)}
    return serialize_binary_message(told)  # type: ignore[no-untyped-call, no-any-return]


def _broken(chance: random.Random, frame: bytes, size: int, order: Any) -> bytes:
    broken = bytearray(frame)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        kind = chance.randrange(4)
        if kind == 0:  # a number of the table
            at = size * chance.randrange(8)
            number = chance.choice(_INTERESTING) if chance.random() < 0.7 else chance.randrange(len(frame) + 9)
            broken[at : at + size] = (number % 2 ** (8 * size)).to_bytes(size, order)
        elif kind == 1:
            broken = broken[: chance.randrange(len(broken) + 1)]
        elif kind == 2:
            broken += chance.randbytes(chance.randrange(20))
        elif broken:
            broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def _broken_text(chance: random.Random) -> str:
    text = json.dumps(_message(chance) | {"channel": "shell", "buffers": []})
    at = chance.randrange(len(text))
    return (
        text[:at]
        + chance.choice(("", "{", "[" * 3000, '"', "9" * 3000, "null", "\\u0000", "}"))
        + text[at + chance.randrange(9) :]
    )
