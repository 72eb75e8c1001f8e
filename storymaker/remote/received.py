"""A picture as a server sends it: in its answer, in whatever spelling; or at an address, if that is at the very server asked."""

from __future__ import annotations

import asyncio
import base64
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2

from storymaker.remote.client import Line
from storymaker.remote.faults import pictureless
from storymaker.remote.hosts import is_loopback
from storymaker.remote.transport import BeyondLoopbackError, TooLargeError

_HOPS: Final = 3
_FOUND: Final = 200
_URL_SAFE: Final = str.maketrans("-_", "+/")
_PORTS: Final = {"http": 80, "https": 443}


def decoded(coded: str) -> bytes | None:
    """The bytes of base64, with or without a ``data:`` prefix, line breaks and padding; None where it is none."""
    if coded[:5].lower() == "data:":
        coded = coded.partition(",")[2]
    coded = "".join(coded.split()).translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True) or None
    except ValueError:  # binascii.Error is one, and what is not ASCII is another
        return None


async def received(line: Line, what: str, coded: Any, address: Any) -> bytes:
    """Take a picture out of an answer.

    Args:
        line: To whom was asked.
        what: What was asked for.
        coded: Where base64 should stand.
        address: Where an address may stand.

    Raises:
        ProviderError: If there is none that can be taken.
    """
    if isinstance(coded, str) and coded:
        if (data := decoded(coded)) is not None:
            return data
        raise pictureless(what, line.service, "something that is no base64")
    if not isinstance(address, str) or not address:
        raise pictureless(what, line.service, "nothing")
    if address[:5].lower() == "data:":
        if (data := decoded(address)) is not None:
            return data
        raise pictureless(what, line.service, "something that is no base64")
    try:
        async with asyncio.timeout(line.seconds):
            return await _fetched(line, what, address)
    except (TooLargeError, BeyondLoopbackError, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError, ValueError):
        raise pictureless(what, line.service, "an address from which no picture came") from None


async def _fetched(line: Line, what: str, address: str) -> bytes:
    """Fetch a picture from the server that was asked, and from no other; its answer is capped as any."""
    base = line.service.base_url
    key = line.service.key.get_secret_value()
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with line.dial() as client:
        for _ in range(_HOPS):
            place = urlsplit(urljoin(base.rstrip("/") + "/", address))
            if not _same(place, urlsplit(base)):
                raise pictureless(what, line.service, "an address at another server, from which nothing is fetched")
            answer = await client.get(_there(place, urlsplit(base)), headers=headers)
            if not answer.is_redirect:
                break
            address = urljoin(place.geturl(), answer.headers.get("location", ""))
    if answer.status_code != _FOUND or not answer.content:
        raise pictureless(what, line.service, "an address from which no picture came")
    return answer.content


def _same(place: SplitResult, base: SplitResult) -> bool:
    """Whether an address is at the server that was asked: same way, same port, and the same host, by whichever of its names."""
    try:
        ports = [one.port or _PORTS.get(one.scheme) for one in (place, base)]
    except ValueError:
        return False
    hosts = [one.hostname or "" for one in (place, base)]
    return (
        place.scheme == base.scheme and ports[0] == ports[1] and (hosts[0] == hosts[1] or all(map(is_loopback, hosts)))
    )


def _there(place: SplitResult, base: SplitResult) -> str:
    """The address by the name that the server was asked by."""
    return place._replace(netloc=base.netloc, fragment="").geturl()
