"""Pictures from a service: drawn from reference pictures, or from words alone, and shown while they come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from storymaker.remote.client import Line, headers_told
from storymaker.remote.faults import broken_off
from storymaker.remote.manners import manner_for, remember
from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.prices import Tokens, counted
from storymaker.remote.received import decoded, received
from storymaker.remote.service import Service

log = logging.getLogger(__name__)

SIDE: Final = 1536
"""Pixels: square, as the book's pages are."""
REFERENCES_MAX: Final = 16
_LAST_WORDS_SECONDS: Final = 1.0
_TO_STREAM: Final = frozenset({"stream", "partial_images"})

Seen = Callable[[bytes], None]
"""Called with an unfinished picture, whatever its bytes are; it must not keep the picture itself waiting."""


@dataclass(frozen=True)
class Painted:
    """A picture as it came.

    Attributes:
        data: Its bytes, whatever they are: nobody has looked yet.
        tokens: What it took; None where the service does not say.
    """

    data: bytes
    tokens: Tokens | None


async def paint(
    line: Line,
    what: str,
    prompt: str,
    references: Sequence[Path],
    quality: str,
    *,
    sketches: int = 0,
    seen: Seen | None = None,
    paid: PaidCall = UNPAID,
) -> Painted:
    """Have a picture painted.

    Args:
        line: By whom.
        what: What is asked for, as a parent reads it: "Page 3 was not drawn".
        prompt: What it shows.
        references: PNG files of who is in it, and of a page that was liked; none paints from words alone.
        quality: low, medium or high; only OpenAI is told.
        sketches: How many unfinished pictures to ask for on the way, 0 to 3; only OpenAI is asked, and each is paid.
        seen: Called with each of them.
        paid: Told when the request goes out, and when it came back with nothing to pay.

    Raises:
        ProviderError: If it does not come.
    """
    files = [(path.name, path.read_bytes(), "image/png") for path in references[:REFERENCES_MAX]]
    asked: dict[str, Any] = {"model": line.service.model, "prompt": prompt, "size": f"{SIDE}x{SIDE}", "n": 1}
    streamed: dict[str, Any] = {}
    if line.service.is_openai or _like_openai(line):
        asked |= {"quality": quality, "output_format": "png"}
        streamed = {"stream": True, "partial_images": sketches} if sketches and seen else {}

    bare = not (line.service.is_openai or _like_openai(line))

    async def send(client: Any, more: dict[str, Any]) -> Any:
        images, manner = client.images.with_raw_response, manner_for(line)
        while True:
            coded = {"response_format": "b64_json"} if bare and manner.coded else {}
            put = {**asked, **coded, **more}
            try:
                raw = await (images.edit(image=files, **put) if files else images.generate(**put))
            except _declined() as error:
                lesser = manner.lesser(error, line.service) if bare else None
                if lesser is None:
                    raise
                manner = lesser
            else:
                remember(line, manner)
                headers_told(line.pace, raw.headers)
                return raw

    async def call(client: Any) -> Any:
        if not streamed or seen is None:
            return _only((await send(client, {})).parse())
        try:
            raw = await send(client, streamed)
        except _bad_request() as error:  # a model that gives no unfinished pictures: nothing was done yet
            if error.param not in _TO_STREAM:
                raise
            return _only((await send(client, {})).parse())
        return await _shown(raw, seen, what, line.service)

    with line.keeping():
        answer = await line.ask(what, call, paid)
        coded, address = getattr(answer, "b64_json", None), getattr(answer, "url", None)
        data = await received(line, what, coded, address)
    return Painted(data, _tokens(getattr(answer, "usage", None)))


@dataclass(frozen=True)
class _Answer:
    """A whole answer: its first picture or where that is, and what it took."""

    b64_json: Any
    url: Any
    usage: Any


def _only(answer: Any) -> _Answer:
    data = getattr(answer, "data", None)
    first = data[0] if isinstance(data, list) and data else None
    coded, url = getattr(first, "b64_json", None), getattr(first, "url", None)
    return _Answer(coded, url, getattr(answer, "usage", None))


async def _shown(raw: Any, seen: Seen, what: str, service: Service) -> Any:
    """The end of a stream, each unfinished picture given on.

    Raises:
        ProviderError: If it broke off: what came before is no picture.
    """
    from openai.types import ImagesResponse

    if "event-stream" not in raw.headers.get("content-type", ""):  # it answers whole, whatever it was asked
        await raw.http_response.aread()
        told = raw.http_response.json()
        return _only(ImagesResponse.construct(**told) if isinstance(told, dict) else None)
    events = aiter(raw.parse())
    async for event in events:
        kind, coded = getattr(event, "type", None), getattr(event, "b64_json", None)
        if str(kind).endswith(".completed"):
            await _hear_out(events)
            return event
        sketch = decoded(coded) if str(kind).endswith(".partial_image") and isinstance(coded, str) else None
        if sketch is not None:  # one that cannot be shown is no reason to lose the picture
            seen(sketch)
    raise broken_off(what, service)


async def _hear_out(events: AsyncIterator[Any]) -> None:
    """Let a stream end, or cut it after a moment: the picture is here, and whatever follows cannot spoil it."""
    try:
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            async for _ in events:
                pass
    except Exception as error:  # noqa: BLE001 - see above
        log.info("a stream broke after its picture: %s", type(error).__name__)


def _bad_request() -> type[Any]:
    from openai import BadRequestError

    return BadRequestError


def _declined() -> type[Any]:
    from openai import APIStatusError

    return APIStatusError


def _like_openai(line: Line) -> bool:
    """Whether the model is one of OpenAI's, wherever it is asked: it takes its parameters there too."""
    return line.service.model.startswith("gpt-image")


def _tokens(usage: Any) -> Tokens | None:
    if not counted(getattr(usage, "output_tokens", 0)):  # no picture takes nothing: this is no bill
        return None
    told = getattr(usage, "input_tokens_details", None)
    return Tokens(
        text_in=counted(getattr(told, "text_tokens", 0)),
        image_in=counted(getattr(told, "image_tokens", 0)),
        image_out=counted(getattr(usage, "output_tokens", 0)),
    )
