"""Attacks on the API: every call, by everybody who may not; nothing of another family's is read, changed or even known."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey

from storymaker.contract.routes import CSV, JSON, MULTIPART, ROUTES, Route
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.server.served import Served, served

SECRET = "Bramble's secret forest"
BODIES: dict[str, Any] = {
    "token": {"username": "mallory", "password": "mallory-password"},
    "generate_image": {"book_id": "{book_id}", "chapter_ids": ["{chapter_id}"]},
    "patch_book": {"title": "Stolen"},
    "patch_chapter": {"title": "Stolen"},
    "patch_character": {"name": "Stolen"},
    "add_character": {"name": "Mine"},
    "use_picture": {"file": "{name}"},
}
"""What a call needs to be understood; the rest are happy with nothing."""
OWN: frozenset[str] = frozenset({"token", "health", "openapi", "studio", "shelf", "trash", "cast", "add_character",
                                 "generate_story", "estimate", "keep_key", "forget_key"})  # fmt: skip
"""Calls that name nothing of anybody's: each family is answered of its own."""


@dataclass(frozen=True)
class House:
    """Two families in one studio, and what is Alice's.

    Attributes:
        names: What a path may vary in, each naming something of Alice's.
    """

    studio: Served
    alice: str
    mallory: str
    names: dict[str, str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Alice has a book with pictures, a book in the trash, a hero with a photo and a job; Mallory has nothing."""
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(books=folder / "books", home=folder / "home")
    authors, illustrators = {"scripted": ScriptedAuthor()}, {"plain": PlainIllustrator()}
    with (
        Workshop(settings=settings, authors=authors, illustrators=illustrators) as workshop,
        served(workshop, settings.home) as studio,
    ):
        workshop.start_worker()
        alice, mallory = studio.family("alice"), studio.family("mallory")
        yield House(studio, alice, mallory, furnished(studio, alice, folder))


def furnished(studio: Served, token: str, folder: Path) -> dict[str, str]:
    """Give Alice what she has, by the API."""
    alice = studio.caller(token)
    hero: str = alice.post(f"{studio.url}/api/characters", json={"name": SECRET}, timeout=20).json()["id"]
    with plushie_photo(folder / "t.jpg").open("rb") as file:
        taken = alice.post(f"{studio.url}/api/characters/{hero}/photos", files={"photo": file}, timeout=90).json()
    story: dict[str, Any] = {
        "author": "scripted",
        "illustrator": "plain",
        "chapters": 2,
        "title": SECRET,
        "heroes": [hero],
        "draw": True,
    }
    order = alice.post(f"{studio.url}/api/studio/generate_story", json=story, headers={"Prefer": "wait=30"}, timeout=60)
    book_id = order.json()["book_id"]
    until = time.monotonic() + 60
    while not (book := alice.get(f"{studio.url}/api/books/{book_id}", timeout=20).json())["complete"]:
        assert time.monotonic() < until
    alice.post(f"{studio.url}/api/books/{book_id}/exports/pdf", json={}, timeout=60)
    (pose,) = taken["character"]["poses"]
    return {
        "book_id": book_id,
        "chapter_id": book["chapters"][0]["id"],
        "job_id": order.json()["job_id"],
        "character_id": hero,
        "photo": pose["photo"],
        "name": book["chapters"][0]["picture"]["file"],
        "page": "1",
        "format_": "pdf",
    }


def call(studio: Served, route: Route, names: dict[str, str], headers: dict[str, str]) -> requests.Response:
    """One call, filled with these names."""
    address = studio.url + route.path.format(**names)
    body: dict[str, Any] = {"headers": headers}
    if route.takes == MULTIPART:
        body["files"] = {"photo": ("t.jpg", b"\xff\xd8")}
    elif route.takes == CSV:
        body |= {"data": b"id,n", "headers": headers | {"Content-Type": CSV}}
    elif route.takes is not None:
        filled = json.dumps(BODIES.get(route.name, {}))
        for name, value in names.items():
            filled = filled.replace("{" + name + "}", value)
        body |= {"data": filled, "headers": headers | {"Content-Type": JSON}}
    if route.name == "jobs":
        body["params"] = {"book": names["book_id"]}
    return requests.request(route.method, address, timeout=60, allow_redirects=False, **body)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}


def everything(folder: Path) -> dict[str, bytes]:
    """Every file that must not change while strangers try."""
    files = (path for path in folder.rglob("*") if path.is_file() and not {".state", ".locks"} & set(path.parts))
    return {str(path): path.read_bytes() for path in files}


def alices(house: House) -> dict[str, bytes]:
    """Every file of Alice's."""
    user = house.studio.users.find("alice")
    assert user is not None
    found = everything(house.studio.workshop.shelf.root / "families" / user.id)
    assert len(found) > 8
    return found


def forged(house: House, *, key: bytes = b"x" * 32, algorithm: str = "HS256", **changed: Any) -> str:
    """A token that looks like Alice's."""
    user = house.studio.users.find("alice")
    assert user is not None
    now = int(time.time())
    claims = {"iss": "storymaker", "aud": "storymaker", "sub": user.id, "iat": now, "exp": now + 600, "jti": "x"}
    return jwt.encode({"alg": algorithm}, claims | changed, OctKey.import_key(key), algorithms=[algorithm])


def strangers(house: House) -> dict[str, dict[str, str]]:
    """Everybody who is not signed in, by what they try."""
    head, body, signature = house.alice.split(".")
    return {
        "nobody": {},
        "no token": {"Authorization": "Bearer"},
        "nonsense": bearer("nonsense"),
        "another key": bearer(forged(house)),
        "expired": bearer(forged(house, exp=int(time.time()) - 5)),
        "no algorithm": bearer("eyJhbGciOiJub25lIn0." + body + "."),
        "cut signature": bearer(f"{head}.{body}."),
        "changed body": bearer(f"{head}.{body[:-4]}AAAA.{signature}"),
        "basic": {"Authorization": "Basic YWxpY2U6YWxpY2UtcGFzc3dvcmQ="},
        "cookie of another port": {"Cookie": f"storymaker-session-1={house.alice}"},
        "forged cookie": {"Cookie": f"storymaker-session-{house.studio.url.rpartition(':')[2]}={forged(house)}"},
        "token in the address": {"X-Forwarded-User": "alice"},
    }


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.public], ids=lambda route: route.name)
def test_strangers_learn_nothing(house: House, route: Route) -> None:
    """Whatever they show: 401, the same for what is there and what is not."""
    before = alices(house)
    nowhere = dict.fromkeys(house.names, "nowhere1") | {"format_": "pdf", "page": "1"}
    for how, headers in strangers(house).items():
        answers = [call(house.studio, route, names, headers) for names in (house.names, nowhere)]
        assert {answer.status_code for answer in answers} == {401}, how
        assert answers[0].text == answers[1].text, how
        assert SECRET not in answers[0].text
    assert alices(house) == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.name not in OWN], ids=lambda route: route.name)
def test_another_familys_is_as_little_there_as_nothing(house: House, route: Route) -> None:
    """Mallory, signed in, names what is Alice's: the very answer that a name of nothing gets, and nothing changes."""
    before = alices(house)
    nowhere = house.names | {
        "book_id": "nowhere1",
        "chapter_id": "nowhere1.aaaa",
        "job_id": "nowhere1.story.1",
        "character_id": "nowhere1",
    }
    theirs, nothing = (call(house.studio, route, names, bearer(house.mallory)) for names in (house.names, nowhere))
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.text == nothing.text
    assert alices(house) == before


@pytest.mark.parametrize("route", [route for route in ROUTES if route.name in OWN and not route.public and route.method == "GET"],
                         ids=lambda route: route.name)  # fmt: skip
def test_each_family_is_answered_of_its_own(house: House, route: Route) -> None:
    """Mallory's shelf, trash and cast are empty of what is Alice's."""
    answer = call(house.studio, route, house.names, bearer(house.mallory))
    assert answer.status_code == 200
    assert SECRET not in answer.text
    assert house.names["book_id"] not in answer.text


def test_a_familys_characters_cannot_be_borrowed(house: House) -> None:
    """Neither as heroes nor as friends of another family's book."""
    mallory = house.studio.caller(house.mallory)
    story: dict[str, Any] = {"author": "scripted", "illustrator": "plain", "chapters": 1}
    for borrowed in ({"heroes": [house.names["character_id"]]}, {"friend": house.names["character_id"]}):
        answer = mallory.post(f"{house.studio.url}/api/studio/generate_story", json=story | borrowed, timeout=60)
        assert answer.status_code == 404
    assert mallory.get(f"{house.studio.url}/api/books", timeout=20).json()["books"] == []


@pytest.mark.parametrize(
    "climb",
    ["../alice", "..%2f{book}", "%2e%2e/{book}", "families/{user}/{book}", "families%2f{user}%2f{book}", "..", ".cast",
     ".trash", ".locks", "families", "%00", "{book}%00", "{folder}", "./{folder}", "{book}.", "{book}%0a", "con", "*"],
)  # fmt: skip
def test_no_name_climbs_out_of_a_shelf(house: House, climb: str) -> None:
    """Sent as it is, without a client tidying it."""
    user = house.studio.users.find("alice")
    assert user is not None
    shelf = house.studio.workshop.shelf.root / "families" / user.id
    folder = next(path.name for path in shelf.iterdir() if path.name.endswith(house.names["book_id"]))
    name = climb.format(book=house.names["book_id"], user=user.id, folder=folder)
    raw = requests.Request("GET", house.studio.url, headers=bearer(house.mallory)).prepare()
    for path in (
        f"/api/books/{name}",
        f"/api/books/{name}/images/{house.names['name']}",
        f"/api/characters/{name}/images/x",
    ):
        raw.url = house.studio.url + path
        answer = requests.Session().send(raw, timeout=20)
        assert answer.status_code in (400, 404), path
        assert SECRET not in answer.text
        assert not answer.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "x" * 10_000, "a\x00\x1b[31m\x07b", "\u202egnirts sdrawkcab", "=HYPERLINK(1)", "'; DROP --",
     "{{7*7}} ${7*7} %s %(x)s", "🧸‍🐻" * 50, " ", "\ud800"],
)  # fmt: skip
def test_hostile_text_is_kept_as_text_or_refused(house: House, text: str) -> None:
    """In every field that takes words; what comes back is JSON that no browser takes for a page."""
    alice = house.studio.caller(house.alice)
    chapter = house.names["chapter_id"]
    sent = json.dumps({"text": text, "title": text[:300], "alt": text, "scene": text[:300]})
    address = f"{house.studio.url}/api/chapters/{chapter}"
    answer = alice.patch(address, data=sent, headers={"Content-Type": JSON}, timeout=20)
    assert answer.status_code in (200, 400, 422), answer.text
    assert answer.headers["Content-Type"].startswith(("application/json", "application/problem+json"))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.status_code == 200:
        kept = answer.json()["chapters"][0]["text"]
        assert not any(character in kept for character in "\x00\x1b\x07\u202e")
        script = alice.get(f"{house.studio.url}/api/books/{house.names['book_id']}/script.csv", timeout=20).content
        assert b",=HYPERLINK" not in script
