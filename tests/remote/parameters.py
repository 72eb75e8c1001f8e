"""What the installed client says that a request may hold: every request of ours is held against it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from openai.types import image_edit_params, image_generate_params, moderation_create_params
from openai.types.chat import completion_create_params
from pydantic import ConfigDict, TypeAdapter, with_config

from tests.remote.stand_in import Request

_STRICT = ConfigDict(arbitrary_types_allowed=True, extra="forbid")


@with_config(_STRICT)
class Edit(image_edit_params.ImageEditParamsNonStreaming):
    """A picture from pictures."""


@with_config(_STRICT)
class EditStreamed(image_edit_params.ImageEditParamsStreaming):
    """A picture from pictures, shown while it comes."""


@with_config(_STRICT)
class Generation(image_generate_params.ImageGenerateParamsNonStreaming):
    """A picture from words."""


@with_config(_STRICT)
class GenerationStreamed(image_generate_params.ImageGenerateParamsStreaming):
    """A picture from words, shown while it comes."""


@with_config(_STRICT)
class Moderation(moderation_create_params.ModerationCreateParams):
    """A look at words or a picture."""


@with_config(_STRICT)
class Words(completion_create_params.CompletionCreateParamsNonStreaming):
    """A table, whole."""


@with_config(_STRICT)
class WordsStreamed(completion_create_params.CompletionCreateParamsStreaming):
    """A table while it is written."""


_KINDS: dict[tuple[str, bool], Any] = {
    ("/images/edits", False): Edit, ("/images/edits", True): EditStreamed,
    ("/images/generations", False): Generation, ("/images/generations", True): GenerationStreamed,
    ("/moderations", False): Moderation,
    ("/chat/completions", False): Words, ("/chat/completions", True): WordsStreamed,
}  # fmt: skip


def check(request: Request) -> None:
    """Fail if the client's own types do not know a request of this form.

    Raises:
        ValidationError: With what is wrong.
    """
    body: dict[str, Any] = dict(request.body)
    if request.path == "/images/edits":
        assert request.files, "a picture from pictures came without one"
        body["image"] = [b"picture" for _ in request.files]
        if body.get("stream") == "true":  # in a form everything is text
            body["stream"] = True
    read = _adapter(request.path, body.get("stream") is True).validate_python(body)
    for value in read.values():
        if isinstance(value, Iterator):  # an Iterable is only checked as it is gone through
            list(value)


@cache
def _adapter(path: str, streamed: bool) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[path, streamed])
