"""One family floods the studio with photos, previews and sign-ins: how long another one's preview takes meanwhile."""

from __future__ import annotations

import secrets
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import requests

from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.server.served import Served, served

TIMES_SLOWER: Final = 3.0
SECONDS_MAX: Final = 2.0
_PHOTOS: Final = 10
_SIGN_INS: Final = 24


def run(count: int) -> dict[str, int]:
    """Take a quiet family's previews, quietly and under attack.

    Args:
        count: How many previews each time.

    Returns:
        Faults by name.
    """
    with TemporaryDirectory() as folder, _house(Path(folder)) as house:
        photo = plushie_photo(Path(folder) / "photo.jpg", 3000, 2000).read_bytes()
        quiet, attacker = house.caller(house.family("Ben")), house.caller(house.family("Ada"))
        look = _preview(house, quiet)
        look()
        calm = [look() for _ in range(count)]
        faults: Counter[str] = Counter()
        with _attacked(house, attacker, photo):
            tried = [look() for _ in range(count)]
            for _ in range(max(1, count // 4)):
                faults["right passwords kept out"] += not _comes_in(house)
    before, under = _p95(calm), _p95(tried)
    print(f"p95 of a preview: quiet {before:.2f} s, under attack {under:.2f} s, {under / before:.1f} times")
    faults["p95 over three times the quiet one"] += under > TIMES_SLOWER * before
    faults["p95 over two seconds"] += under > SECONDS_MAX
    return dict(faults)


@contextmanager
def _house(folder: Path) -> Iterator[Served]:
    settings = Settings(books=folder / "books", home=folder / "home", author="scripted", illustrator="plain")
    makers = {"authors": {"scripted": ScriptedAuthor()}, "illustrators": {"plain": PlainIllustrator()}}
    with Workshop(settings=settings, **makers) as workshop, served(workshop, settings.home) as house:  # type: ignore[arg-type]
        yield house


def _preview(house: Served, family: requests.Session) -> Callable[[], float]:
    """Begin a book; what looks at its first page tells how long that took."""
    asked: dict[str, Any] = {"author": "scripted", "illustrator": "plain", "chapters": 2}
    answer = family.post(f"{house.url}/api/studio/generate_story", json=asked, timeout=60)
    address = f"{house.url}/api/books/{answer.json()['book_id']}/pages/1"

    def look() -> float:
        began = time.perf_counter()
        assert family.get(address, timeout=120).status_code == 200
        return time.perf_counter() - began

    return look


@contextmanager
def _attacked(house: Served, attacker: requests.Session, photo: bytes) -> Iterator[None]:
    """Photos, previews and sign-ins without a pause until the end of the block."""
    over = threading.Event()
    token = str(attacker.headers["Authorization"]).partition(" ")[2]
    new = attacker.post(f"{house.url}/api/characters", json={"name": "Otis"}, timeout=60).json()
    photos = f"{house.url}/api/characters/{new['id']}/photos"

    def send_photos(number: int) -> None:
        own = house.caller(token)
        while not over.is_set():  # each another photo: bytes after a JPEG's end are no part of it
            own.post(photos, files={"photo": (f"{number}.jpg", photo + secrets.token_bytes(8))}, timeout=300)

    def sign_in(_: int) -> None:
        while not over.is_set():
            requests.post(
                f"{house.url}/api/token", json={"username": secrets.token_hex(4), "password": "wrong"}, timeout=300
            )

    look = _preview(house, house.caller(token))

    def look_on(_: int) -> None:
        while not over.is_set():
            look()

    with ThreadPoolExecutor(_PHOTOS + _SIGN_INS + 2) as many:
        for work, times in ((send_photos, _PHOTOS), (sign_in, _SIGN_INS), (look_on, 2)):
            for number in range(times):
                many.submit(work, number)
        time.sleep(2)  # until everything is in full swing
        try:
            yield
        finally:
            over.set()


def _comes_in(house: Served) -> bool:
    right = {"username": "Ben", "password": "Ben-password"}
    return requests.post(f"{house.url}/api/token", json=right, timeout=60).status_code == 200


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]


if __name__ == "__main__":
    found = run(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
    print(found)
    sys.exit(any(found.values()))
