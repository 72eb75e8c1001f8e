"""Whether a server of one's own can do its part: asked once in a while, with an empty request that costs nothing."""

from __future__ import annotations

import functools
import os
import time
from typing import Final
from urllib.parse import urlsplit

from storymaker.errors import ProviderError
from storymaker.remote.hosts import LOOPBACK_ONLY, is_loopback
from storymaker.remote.reach import open_sync, trouble_on_the_way
from storymaker.remote.service import Role, Service, service_for
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
    key = service.key.get_secret_value()
    now = int(time.monotonic() / _REMEMBERED_SECONDS)
    if service.is_openai:
        return _way(service.base_url, now)
    return _found(service.base_url, service.role, service.where, service.named_by, key, now)


@functools.lru_cache(maxsize=32)
def _way(base_url: str, _now: int) -> str:
    return trouble_on_the_way(base_url)


@functools.lru_cache(maxsize=32)
def _found(base_url: str, role: Role, where: str, setting: str, key: str, _now: int) -> str:
    import httpx2

    parts = urlsplit(base_url)
    if os.environ.get(LOOPBACK_ONLY) and not is_loopback(parts.hostname or ""):
        return f"{where} is beyond this machine, and a test must not leave it."
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    address = base_url.rstrip("/") + _PATHS[role]
    try:
        with (
            open_sync(base_url, _SECONDS) as client,
            client.stream("POST", address, json={}, headers=headers) as answer,  # its body is not read
        ):
            absent = answer.status_code in _ABSENT
    except ProviderError as error:
        return error.message
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.InvalidURL):
        return trouble_on_the_way(base_url) or f"{where} cannot be reached."
    except httpx2.HTTPError:
        return ""  # somebody picked up: a model that is still being loaded, or a queue, takes its time
    if not absent:
        return ""
    hint = "" if parts.path.strip("/") else f" Most addresses end in /v1: please look at {setting}."
    return f"{where} does not {_DOES[role]}.{hint}"
