"""Whether a server of one's own can do its part: asked once in a while, with an empty request that costs nothing."""

from __future__ import annotations

import functools
import os
import time
from typing import Final
from urllib.parse import urlsplit

from storymaker.errors import ProviderError
from storymaker.remote.service import Role, Service, service_for
from storymaker.remote.transport import LOOPBACK_ONLY, is_loopback
from storymaker.settings import Settings

_PATHS: Final[dict[Role, str]] = {
    "words": "/chat/completions",
    "pictures": "/images/generations",
    "moderation": "/moderations",
}
_DOES: Final[dict[Role, str]] = {"words": "write", "pictures": "paint", "moderation": "look words over"}
_ABSENT: Final = (404, 405, 501)
_SECONDS: Final = 2.0
_REMEMBERED_SECONDS: Final = 60.0


def lacking(settings: Settings, role: Role) -> str:
    """What a service lacks to do its part, in a sentence; empty when it can be asked."""
    try:
        service = service_for(settings, role)
    except ProviderError as error:
        return error.message
    return cannot(service)


def cannot(service: Service) -> str:
    """Why a server cannot do its part, in a sentence; empty when it can, or is OpenAI itself, which is not asked.

    Args:
        service: Which.
    """
    if service.is_openai:
        return ""
    key = service.key.get_secret_value()
    return _found(service.base_url, service.role, service.where, key, int(time.monotonic() / _REMEMBERED_SECONDS))


@functools.lru_cache(maxsize=32)
def _found(base_url: str, role: Role, where: str, key: str, _now: int) -> str:
    import httpx2

    host = urlsplit(base_url).hostname or ""
    if os.environ.get(LOOPBACK_ONLY) and not is_loopback(host):
        return f"{where} is beyond this machine, and a test must not leave it."
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    address = base_url.rstrip("/") + _PATHS[role]
    try:
        with httpx2.stream(
            "POST", address, json={}, headers=headers, timeout=_SECONDS
        ) as answer:  # its body is not read
            absent = answer.status_code in _ABSENT
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return f"{where} cannot be reached."
    return f"{where} does not {_DOES[role]}." if absent else ""
