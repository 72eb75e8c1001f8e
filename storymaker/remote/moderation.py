"""A look at what parents type and at what comes back, before a child sees it: OpenAI's free moderation."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

from storymaker.errors import ProviderError
from storymaker.remote.client import Line
from storymaker.remote.faults import unreadable

_WHAT: Final = "It could not be looked over"
_OTHER: Final = "something not for children"
_PLAIN: Final = {
    "harassment": "unkind words", "hate": "hateful words", "illicit": "something forbidden", "self": "harm to oneself",
    "sexual": _OTHER, "violence": "violence",
}  # fmt: skip


async def look(line: Line, texts: Sequence[str] = (), picture: bytes | None = None) -> tuple[str, ...]:
    """What was found that does not belong in a children's book, in plain words; empty when all is well.

    Args:
        line: By whom.
        texts: Words, all in one request.
        picture: A PNG or JPEG.

    Raises:
        ProviderError: If nobody could look.
    """
    wanted: list[Any] = [{"type": "text", "text": text} for text in texts if text.strip()]
    if picture is not None:
        coded = base64.b64encode(picture).decode()
        kind = "jpeg" if picture.startswith(b"\xff\xd8") else "png"
        wanted.append({"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{coded}"}})
    if not wanted:
        return ()

    async def call(client: Any) -> tuple[str, ...]:
        answer = await client.moderations.create(model=line.service.model, input=wanted)
        results = getattr(answer, "results", None)
        if not isinstance(results, list) or not results:  # nobody looked: that is not "all is well"
            raise unreadable(_WHAT, line.service)
        return _found(results)

    with line.keeping():
        return await line.ask(_WHAT, call)


def blocked(what: str, found: Sequence[str]) -> ProviderError:
    """A sentence about what was found."""
    return ProviderError(
        f"{what}: it seems to hold {' and '.join(found)}. Please say it in other words.", code="refused"
    )


def _found(results: Sequence[Any]) -> tuple[str, ...]:
    flagged = [result for result in results if getattr(result, "flagged", True)]
    kinds = [name for result in flagged for name, hit in dict(getattr(result, "categories", ())).items() if hit]
    return tuple(dict.fromkeys(map(_plainly, kinds))) or ((_OTHER,) if flagged else ())


def _plainly(category: str) -> str:
    return next((plain for name, plain in _PLAIN.items() if category.startswith(name)), _OTHER)
