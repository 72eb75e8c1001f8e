"""Calls as HTTP carries them: values to bytes, and answers back to values, or to the errors that they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.message import Message
from secrets import token_hex
from typing import Final, NoReturn
from urllib.parse import quote, urlencode

from pydantic import ValidationError
from tornado.httpclient import HTTPResponse

from storymaker.contract.problems import Problem, error_of
from storymaker.contract.routes import JSON, MULTIPART, Route
from storymaker.contract.values import File, Upload, Wire
from storymaker.errors import InvalidInputError, StorymakerError
from storymaker.studio.backend.session import ODD

Body = Wire | bytes | None

_NAME_MAX: Final = 200


def address(route: Route, path: Sequence[str], query: Mapping[str, str | int | None]) -> str:
    """The path of a call with its query; whatever an id is, it stays one segment."""
    quoted = {name: _quoted(value) for name, value in zip(route.parameters, path, strict=True)}
    asked = urlencode({name: value for name, value in query.items() if value is not None}, errors="replace")
    return route.path.format(**quoted) + (f"?{asked}" if asked else "")


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def encoded(route: Route, body: Body) -> tuple[dict[str, str], bytes | None]:
    """The headers that tell what a body is, and its bytes; only what was set in a value is sent.

    Raises:
        InvalidInputError: If it is larger than the server takes.
    """
    if body is None:
        return {}, b"" if route.method in ("POST", "PUT", "PATCH") else None
    if isinstance(body, Upload):
        headers, data = _form("photo", body)
    elif isinstance(body, bytes):
        headers, data = {"Content-Type": str(route.takes)}, body
    else:
        headers, data = {"Content-Type": JSON}, body.model_dump_json(exclude_unset=True).encode()
    if len(data) > route.body_max:
        _refuse(route, body)
    return headers, data


def _form(field: str, upload: Upload) -> tuple[dict[str, str], bytes]:
    """A form with one file in it; the file's name is data, so it is quoted whole."""
    boundary = token_hex(24)
    name = upload.name.replace("\\", "/").rpartition("/")[2][:_NAME_MAX] or "photo"
    head = (
        f"--{boundary}\r\n"
        f"Content-Disposition: form-data; name=\"{field}\"; filename*=UTF-8''{_quoted(name)}\r\n"
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    data = head.encode() + upload.data + f"\r\n--{boundary}--\r\n".encode()
    return {"Content-Type": f"{MULTIPART}; boundary={boundary}"}, data


def _refuse(route: Route, body: Body) -> NoReturn:
    """Refuse what is too large before it is sent, in the words of whoever would refuse it there."""
    if isinstance(body, Upload):
        from storymaker.images.photo import PhotoBytes, check_file

        check_file(PhotoBytes(body.name, body.data))
    elif isinstance(body, bytes):
        from storymaker.books.script import parse_script

        parse_script(body)
    raise InvalidInputError(
        f"This is larger than {route.body_max_in_words}, which is the most. Please send something smaller.",
        code="too-large",
    )


def understood(route: Route, answer: HTTPResponse) -> Wire | None:
    """What an answer holds.

    Raises:
        StorymakerError: What the studio answered instead, as the error that it was there.
    """
    if not 200 <= answer.code < 300:
        raise _error(answer)
    if route.gives is None:
        return None
    if isinstance(route.gives, tuple):
        return _file(route.gives, answer)
    try:
        return route.gives.model_validate_json(answer.body)
    except ValidationError:
        raise StorymakerError(ODD) from None


def _file(allowed: tuple[str, ...], answer: HTTPResponse) -> File:
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in allowed:
        raise StorymakerError(ODD)
    disposition = Message()
    disposition["Content-Disposition"] = answer.headers.get("Content-Disposition", "inline")
    return File(media_type=media_type, data=answer.body, name=disposition.get_filename(""))


def _error(answer: HTTPResponse) -> StorymakerError:
    """A problem document as its error; anything else that is no success has no words of its own."""
    try:
        return error_of(Problem.model_validate_json(answer.body))
    except ValidationError:
        return StorymakerError(
            f"The studio could not do this (it answered {answer.code}). Please try again, or reload the page."
        )
