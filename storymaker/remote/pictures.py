"""Pictures from a service: drawn from reference pictures, or from words alone."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from storymaker.remote.client import Line, headers_told
from storymaker.remote.faults import unreadable
from storymaker.remote.prices import Tokens, counted

SIZE: Final = "1536x1536"
"""Pixels: square, as the book's pages are."""
REFERENCES_MAX: Final = 16


@dataclass(frozen=True)
class Painted:
    """A picture as it came.

    Attributes:
        data: Its bytes, whatever they are: nobody has looked yet.
        tokens: What it took; None where the service does not say.
    """

    data: bytes
    tokens: Tokens | None


async def paint(line: Line, what: str, prompt: str, references: Sequence[Path], quality: str) -> Painted:
    """Have a picture painted.

    Args:
        line: By whom.
        what: What is asked for, as a parent reads it: "Page 3 was not drawn".
        prompt: What it shows.
        references: PNG files of who is in it, and of a page that was liked; none paints from words alone.
        quality: low, medium or high; only OpenAI is told.

    Raises:
        ProviderError: If it does not come.
    """
    files = [(path.name, path.read_bytes(), "image/png") for path in references[:REFERENCES_MAX]]
    ours: dict[str, Any] = {"model": line.service.model, "prompt": prompt, "size": SIZE, "n": 1}
    if line.service.is_openai or _like_openai(line):
        ours |= {"quality": quality, "output_format": "png"}

    async def call(client: Any) -> Any:
        images = client.images.with_raw_response
        raw = await (images.edit(image=files, **ours) if files else images.generate(**ours))
        headers_told(line.pace, raw.headers)
        return raw.parse()

    answer = await line.ask(what, call)
    data = getattr(answer, "data", None)
    first = data[0] if isinstance(data, list) and data else None
    coded = getattr(first, "b64_json", None)
    if not isinstance(coded, str) or not coded:
        raise unreadable(what, line.service)
    try:
        picture = base64.b64decode(coded, validate=True)
    except ValueError:  # binascii.Error is one, and what is not ASCII is another
        raise unreadable(what, line.service) from None
    return Painted(picture, _tokens(getattr(answer, "usage", None)))


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
