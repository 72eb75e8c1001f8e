"""Feed the worst shapes of text to whatever looks for patterns in outside text, and count what takes too long."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

from tornado.httputil import parse_cookie

if TYPE_CHECKING:
    from storymaker.remote.pace import Pace

COUNT = 2_000
BARS = {"over half a second": 0}
_PIECES: Final = (
    "Z", "a ", " ", "\n", "\t", "bearer ", "basic ", "token", "token=", "token ", "token   ", "token='", 'token=\\"',
    'token=\\', "token',", "token%3D", "token=[[[[[", "passw", "password", "secret>", "api-key:", "session-1",
    "authorization:", "cookie:'", "a://", "://a:", "://a@", "://", "@", "a:@", "eyJ", "eyJ-", "eyJ.", "sk-", "sk-a.",
    "'", '"', '\\', "“", "”", "’", "é", "\u0301", "{", "}", "{a", "(", "((", ")", ",", ";", ".", "!", "…", "-", "–",
    "=", "+", "n't", "with ", "no ", "1", "9.", "s", "ies", "Mia", "Mia’s ", "A", "АБ", "\u200d",
)  # fmt: skip
SLOW_SECONDS: Final = 0.5


def worst_shapes(length: int) -> list[str]:
    """One piece over and over, for each piece that some pattern begins, goes on or ends with."""
    return [(piece * (length // len(piece) + 1))[:length] for piece in _PIECES[:42]]


def shapes(chance: random.Random, count: int, length: int) -> Iterator[str]:
    """Two or three pieces over and over, one perhaps only at the beginning or the end."""
    for _ in range(count):
        piece = "".join(chance.choices(_PIECES, k=chance.choice((1, 2, 2, 3))))
        body = piece * (length // len(piece))
        yield chance.choice(_PIECES) * chance.randrange(2) + body + chance.choice(_PIECES) * chance.randrange(3)


def readers() -> dict[str, tuple[Callable[[str], object], int]]:
    """Whatever looks for patterns in text from outside: by name, with the most characters that can reach it."""
    from storymaker.books.model import LINE_MAX, TEXT_MAX
    from storymaker.books.script import MAX_BYTES, parse_script
    from storymaker.errors import StorymakerError
    from storymaker.export.runs import plain
    from storymaker.images.paper import staging
    from storymaker.images.paper.kits import find_kit
    from storymaker.remote.client import headers_told
    from storymaker.remote.veil import Veil
    from storymaker.server.address import Address
    from storymaker.server.connections import HEADER_MAX
    from storymaker.server.identity import _BEARER
    from storymaker.server.login import own_path
    from storymaker.server.logs import masked, masked_whole
    from storymaker.story import grammar, language, reading
    from storymaker.text import NAME_MAX, clean_text, possessive, slug

    def script(text: str) -> None:
        with contextlib.suppress(StorymakerError):
            parse_script(text.encode())

    def wish(text: str) -> None:
        find_kit(text, text, text)
        staging.lies("Mia", text)
        staging.behind("Mia", text)

    def page(text: str) -> None:
        reading.check_page(text, "5-6")
        reading.sentences(text)

    def service(text: str) -> None:
        told = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": text}
        headers_told(cast("Pace", SimpleNamespace(learn=lambda _: None, hold=lambda _: None)), told)

    answer = 200_000
    return {
        "log": (masked, 10**6),
        "log, uncut": (masked_whole, answer),
        "way after login": (lambda text: own_path(text, "/"), 32 * 1024),
        "words of a page": (page, TEXT_MAX),
        "words in print": (plain, TEXT_MAX),
        "a wish": (wish, LINE_MAX),
        "a name": (lambda text: (slug(text), possessive(text), grammar.plural(text)), NAME_MAX),
        "any text": (clean_text, answer),
        "a script": (script, min(answer, MAX_BYTES)),
        "name in words": (Veil("Mia Sophie d’Angelo").hidden, answer),
        "name put back": (Veil("Mia").shown, answer),
        "no name put back": (Veil("").shown, answer),
        "cookies": (parse_cookie, HEADER_MAX),
        "a token": (lambda text: _BEARER.fullmatch(f"Bearer {text}"), HEADER_MAX),
        "a host": (lambda text: Address().admits(text), HEADER_MAX),
        "what a service tells": (service, answer),
        "language": (lambda text: language.speaks(text, "en"), answer),
    }


def run(count: int = COUNT) -> dict[str, int]:
    """Feed shapes to every reader.

    Args:
        count: How many, shared among the readers.

    Returns:
        How many were fed, and how many took too long.
    """
    chance, found = random.Random(7), {"shapes": 0, **BARS}
    for name, (reader, length) in readers().items():
        for shape in shapes(chance, max(1, count // len(readers())), length):
            began = time.process_time()
            reader(shape)
            found["shapes"] += 1
            if time.process_time() - began > SLOW_SECONDS:
                found["over half a second"] += 1
                print(f"{name}: {shape[:40]!r} … {time.process_time() - began:.1f} s")
    return found
