"""The HTTP API as HTTP: statuses, headers, bodies; what each call does is told by the contract suite of the backends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests

from storymaker.contract.routes import BY_NAME
from storymaker.server.api import ApiHandler
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.server.served import Served, served

SCRIPTED: dict[str, Any] = {"author": "scripted", "illustrator": "plain", "chapters": 2}


@pytest.fixture
def studio(settings: Settings) -> Iterator[Served]:
    """A studio without users, whose author is scripted and whose illustrator is plain."""
    with (
        Workshop(
            settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"plain": PlainIllustrator()}
        ) as workshop,
        served(workshop, settings.home) as server,
    ):
        yield server


@pytest.fixture
def family(studio: Served) -> requests.Session:
    """The family, signed in."""
    return studio.caller(studio.local())


def written(studio: Served, family: requests.Session, **asked: Any) -> str:
    """A book that is written, and drawn if so asked."""
    answer = family.post(
        f"{studio.url}/api/studio/generate_story", json=SCRIPTED | asked, headers={"Prefer": "wait=30"}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    book_id = str(answer.json()["book_id"])
    if asked.get("draw"):
        studio.workshop.wait(book_id)
    return book_id


def problem(answer: requests.Response, status: int) -> dict[str, Any]:
    """What a problem document says; it must be a whole one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert said["status"] == status
    assert said.keys() >= {"type", "title", "detail", "code"}
    return said


# The way in


def test_whether_it_is_alive_anybody_may_ask(studio: Served) -> None:
    """And hears of the worker."""
    answer = requests.get(f"{studio.url}/api/health", timeout=5)
    assert (answer.status_code, answer.json()["worker"]) == (200, "up")


def test_a_name_and_a_password_become_a_token(studio: Served) -> None:
    """With the seconds that it is good for; a wrong password is a sentence."""
    studio.users.add("alice", "alice-password")
    given = {"username": "alice", "password": "alice-password"}
    answer = requests.post(f"{studio.url}/api/token", json=given, timeout=20)
    assert answer.status_code == 200, answer.text
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    assert answer.json()["expires_in"] > 3600
    wrong = requests.post(f"{studio.url}/api/token", json=given | {"password": "wrong-password"}, timeout=20)
    assert "do not go together" in problem(wrong, 401)["detail"]
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_contract_is_handed_out(studio: Served, family: requests.Session) -> None:
    """As an OpenAPI document."""
    assert family.get(f"{studio.url}/api/openapi.json", timeout=5).json()["openapi"] == "3.1.0"


# Asking


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/books/a/b/c", "/api/books/"])
def test_what_is_not_there_is_a_problem(studio: Served, family: requests.Session, path: str) -> None:
    """For those who are signed in; others learn nothing."""
    problem(family.get(studio.url + path, timeout=5), 404)
    problem(requests.get(studio.url + path, timeout=5), 401)


def test_what_cannot_be_done_there_says_what_can(studio: Served, family: requests.Session) -> None:
    """In the Allow header."""
    answer = family.put(f"{studio.url}/api/books", timeout=5)
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET"
    problem(family.request("TRACE", f"{studio.url}/api/books", timeout=5), 405)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "no JSON"),
        (b"\xff\xfe", 400, "no JSON"),
        (b"[]", 422, "body"),
        (b'{"chapters": "2"}', 422, "chapters"),
        (b'{"chapters": NaN}', 422, "chapters"),
        (b'{"chapters": 1e999}', 422, "chapters"),
        (b'{"<img src=x>": 1}', 422, "is not known here"),
        (b'{"title": "' + b"x" * 401 + b'"}', 422, "title"),
        (b'{"age_band": "9-99"}', 422, "age band"),
        (b'{"author": "nobody"}', 422, "no author called"),
    ],
)
def test_a_body_that_cannot_be_used_is_said(
    studio: Served, family: requests.Session, body: bytes, status: int, says: str
) -> None:
    """Which field, and what is wrong with it; nothing is begun."""
    address = f"{studio.url}/api/studio/generate_story"
    answer = family.post(address, data=body, headers={"Content-Type": "application/json"}, timeout=20)
    assert says in problem(answer, status)["detail"]
    assert studio.workshop.shelf.list().books == ()


def test_a_body_of_another_kind_is_refused(studio: Served, family: requests.Session) -> None:
    """A form is no JSON, and text is no form: no other site's page can send what we take."""
    address = f"{studio.url}/api/studio/generate_story"
    assert "application/json" in problem(family.post(address, data={"title": "x"}, timeout=5), 415)["detail"]


def test_too_much_is_read_to_its_end_and_refused(studio: Served, family: requests.Session) -> None:
    """So that the sender hears why; 40 MB of photo, or a JSON without end."""
    hero = family.post(f"{studio.url}/api/characters", json={"name": "Bramble"}, timeout=5).json()["id"]
    flood = {"photo": ("teddy.jpg", b"\xff\xd8" + b"x" * 40_000_000)}
    answer = family.post(f"{studio.url}/api/characters/{hero}/photos", files=flood, timeout=60)
    assert "16 MB" in problem(answer, 413)["detail"]
    problem(family.post(f"{studio.url}/api/characters", json={"name": "x" * 2_000_000}, timeout=20), 413)


def test_a_photo_arrives_whole_or_not_at_all(studio: Served, family: requests.Session) -> None:
    """A form that is cut short, or holds something else, is a sentence."""
    hero = family.post(f"{studio.url}/api/characters", json={"name": "Bramble"}, timeout=5).json()["id"]
    address = f"{studio.url}/api/characters/{hero}/photos"
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="t.jpg"\r\n\r\n'
    for body in (b"", b"--b--", part + b"\xff\xd8"):
        assert (
            "did not arrive whole" in problem(family.post(address, data=body, headers=form, timeout=5), 422)["detail"]
        )
    other = part.replace(b"photo", b"other") + b"x\r\n--b--\r\n"
    assert "form field “photo”" in problem(family.post(address, data=other, headers=form, timeout=5), 422)["detail"]
    bare = {"Content-Type": "multipart/form-data"}
    problem(family.post(address, data=part, headers=bare, timeout=5), 422)


def test_an_upload_that_breaks_off_leaves_nothing(studio: Served, family: requests.Session) -> None:
    """The line goes dead in mid-photo; the cast is as before and the studio goes on."""
    hero = family.post(f"{studio.url}/api/characters", json={"name": "Bramble"}, timeout=5).json()["id"]
    host, port = studio.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        token = family.headers["Authorization"]
        head = (
            f"POST /api/characters/{hero}/photos HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {token!s}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n--b\r\n"
        )
        line.sendall(head.encode() + b"x" * 500_000)
    cast = family.get(f"{studio.url}/api/characters", timeout=5).json()["characters"]
    assert [(one["id"], one["poses"]) for one in cast] == [(hero, [])]


def test_a_photo_is_cut_out(studio: Served, family: requests.Session, tmp_path: Any) -> None:
    """And its cut-out can be looked at, small and see-through."""
    hero = family.post(f"{studio.url}/api/characters", json={"name": "Bramble"}, timeout=5).json()["id"]
    with plushie_photo(tmp_path / "teddy.jpg").open("rb") as photo:
        answer = family.post(f"{studio.url}/api/characters/{hero}/photos", files={"photo": photo}, timeout=60)
    assert answer.status_code == 201, answer.text
    (pose,) = answer.json()["character"]["poses"]
    picture = family.get(f"{studio.url}/api/characters/{hero}/images/{pose['cutout']}?w=300", timeout=20)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    assert int.from_bytes(picture.content[16:20], "big") == 320
    outside = family.get(f"{studio.url}/api/characters/{hero}/images/character.json", timeout=5)
    problem(outside, 404)


# Answering


def test_a_story_can_be_waited_for(studio: Served, family: requests.Session) -> None:
    """Then the answer has its chapters as CSV; without waiting it says where to look."""
    address = f"{studio.url}/api/studio/generate_story"
    waited = family.post(address, json=SCRIPTED, headers={"Prefer": "wait=30"}, timeout=60)
    assert (waited.status_code, waited.headers["Preference-Applied"]) == (200, "wait=30")
    assert waited.json()["script"].startswith("id,n,title,text,image_prompt,alt,scene,image,state\r\n")
    at_once = family.post(address, json=SCRIPTED, timeout=20)
    assert (at_once.status_code, at_once.json()["script"]) == (202, None)
    assert family.get(f"{studio.url}/api/jobs/{at_once.json()['job_id']}", timeout=5).status_code == 200


def test_a_poll_without_news_is_a_304(studio: Served, family: requests.Session) -> None:
    """As long as the book has the version that the caller knows; an edit is news."""
    book_id = written(studio, family)
    address = f"{studio.url}/api/books/{book_id}"
    answer = family.get(address, timeout=5)
    etag = answer.headers["ETag"]
    assert etag == f'"{answer.json()["version"]}"'
    known = {"If-None-Match": f'"0", {etag}'}
    for _ in range(2):
        again = family.get(address, headers=known, timeout=5)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    patched = family.patch(address, json={"title": "Another"}, timeout=5)
    assert patched.headers["ETag"] == f'"{patched.json()["version"]}"' != etag
    assert family.get(address, headers=known, timeout=5).json()["title"] == "Another"
    family.delete(address, timeout=5)
    problem(family.get(address, headers=known, timeout=5), 404)


def test_a_shelf_without_news_is_a_304(studio: Served, family: requests.Session) -> None:
    """Each part of it for itself, the trash as well; an edit is news."""
    book_id = written(studio, family)
    for address in (f"{studio.url}/api/books", f"{studio.url}/api/books?limit=1", f"{studio.url}/api/trash"):
        answer = family.get(address, timeout=5)
        known = {"If-None-Match": answer.headers["ETag"]}
        again = family.get(address, headers=known, timeout=5)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    family.patch(f"{studio.url}/api/books/{book_id}", json={"title": "Another"}, timeout=5)
    known = {"If-None-Match": family.get(f"{studio.url}/api/trash", timeout=5).headers["ETag"]}
    news = family.get(f"{studio.url}/api/books?limit=1", headers=known, timeout=5).json()
    assert [card["title"] for card in news["books"]] == ["Another"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "after=nowhere", f"search={'x' * 201}", "page=2"]
)
def test_a_part_of_the_shelf_that_cannot_be_is_refused(studio: Served, family: requests.Session, query: str) -> None:
    """In a sentence, on the shelf and in the trash."""
    for name in ("books", "trash"):
        problem(family.get(f"{studio.url}/api/{name}?{query}", timeout=5), 422)


def test_a_change_for_a_version_that_is_gone_is_a_412(studio: Served, family: requests.Session) -> None:
    """Every change of a book honours If-Match: what was meant for an older version changes nothing."""
    book_id = written(studio, family)
    address = f"{studio.url}/api/books/{book_id}"
    book = family.get(address, timeout=5).json()
    page = f"{studio.url}/api/chapters/{book['chapters'][0]['id']}"
    picture = {"file": (book["chapters"][0]["picture"] or {"file": "0" * 32 + ".png"})["file"]}
    script = family.get(f"{address}/script.csv", timeout=5).content
    old, csv = {"If-Match": '"1", W/"999"'}, {"Content-Type": "text/csv"}
    for answer in (
        family.patch(address, json={"title": "Never"}, headers=old, timeout=5),
        family.post(f"{address}/undo", json={}, headers=old, timeout=5),
        family.patch(f"{address}/about", json={"child": "Never"}, headers=old, timeout=5),
        family.post(f"{address}/chapters", json={"title": "Never"}, headers=old, timeout=5),
        family.patch(page, json={"text": "Never"}, headers=old, timeout=5),
        family.delete(page, headers=old, timeout=5),
        family.put(f"{page}/picture", json=picture, headers=old, timeout=5),
        family.put(f"{address}/script.csv", data=script, headers=old | csv, timeout=5),
        family.patch(address, json={"title": "Never"}, headers={"If-Match": "nonsense"}, timeout=5),
    ):
        assert problem(answer, 412)["code"] == "outdated"
    assert family.get(address, timeout=5).json() == book
    for tag in (f'"{book["version"]}"', "*"):
        assert (
            family.patch(address, json={"title": f"Now {tag}"}, headers={"If-Match": tag}, timeout=5).status_code == 200
        )
    family.delete(address, timeout=5)
    problem(family.post(f"{studio.url}/api/trash/{book_id}/restore", headers=old, timeout=5), 412)
    assert family.post(f"{studio.url}/api/trash/{book_id}/restore", timeout=5).status_code == 200


def test_a_family_with_too_much_waiting_is_refused_and_nothing_is_left_behind(
    studio: Served, family: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 with a sentence, before a book is begun; also when others were quicker between the look and the order."""
    address = f"{studio.url}/api/studio/generate_story"
    shelf = f"{studio.url}/api/books"
    before = family.get(shelf, timeout=5).json()
    queue = studio.workshop.queue
    monkeypatch.setattr(queue, "waiting", lambda shelf: 1000)
    assert problem(family.post(address, json=SCRIPTED, timeout=20), 429)["code"] == "queue-full"
    monkeypatch.setattr(type(studio.workshop), "check_room", lambda *_, **__: None)
    assert "waiting to be made" in problem(family.post(address, json=SCRIPTED, timeout=20), 429)["detail"]
    assert family.get(shelf, timeout=5).json() == before
    assert family.get(f"{studio.url}/api/trash", timeout=5).json()["books"] == []


def test_a_conflict_carries_both_sides(studio: Served, family: requests.Session) -> None:
    """So that the parent can choose."""
    book_id = written(studio, family)
    address = f"{studio.url}/api/books/{book_id}"
    before = family.get(address, timeout=5).json()["title"]
    family.patch(address, json={"title": "Theirs", "base": {"title": before}}, timeout=5)
    said = problem(family.patch(address, json={"title": "Mine", "base": {"title": before}}, timeout=5), 409)
    assert (said["field"], said["mine"], said["theirs"]) == ("title", "Mine", "Theirs")


def test_pictures_are_what_they_say(studio: Served, family: requests.Session) -> None:
    """True type, no sniffing, small ones by width, nothing from elsewhere in the folder."""
    book_id = written(studio, family, draw=True)
    name = family.get(f"{studio.url}/api/books/{book_id}", timeout=5).json()["cover"]["picture"]["file"]
    images = f"{studio.url}/api/books/{book_id}/images"
    for query, kind, magic in (("", "image/png", b"\x89PNG"), ("?w=100", "image/jpeg", b"\xff\xd8\xff")):
        answer = family.get(f"{images}/{name}{query}", timeout=30)
        assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == (kind, "nosniff")
        assert answer.content.startswith(magic)
        assert answer.headers["Cache-Control"].startswith("private")
    for odd in (
        "book.json",
        "..%2fbook.json",
        "%2e%2e%2fbook.json",
        "x" * 300,
        f"{name}%00",
        name.upper(),
        "c%0d%0aX: y",
    ):
        problem(family.get(f"{images}/{odd}", timeout=5), 404)
    for width in ("0", "-1", "x", "99999", "1e3", ""):
        problem(family.get(f"{images}/{name}?w={width}", timeout=5), 422)


def test_a_book_is_made_into_a_file_and_fetched(studio: Served, family: requests.Session) -> None:
    """Before it is made, and after the book was changed, there is none to fetch."""
    book_id = written(studio, family, draw=True)
    address = f"{studio.url}/api/books/{book_id}/exports/pdf"
    problem(family.get(address, timeout=5), 404)
    made = family.post(address, json={}, timeout=60)
    assert (made.status_code, made.json()["pages"] > 4) == (201, True)
    file = family.get(address, timeout=20)
    assert (file.headers["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert "attachment" in file.headers["Content-Disposition"]
    family.patch(f"{studio.url}/api/books/{book_id}", json={"dedication": "For Mia"}, timeout=5)
    assert "Please make it" in problem(family.get(address, timeout=5), 404)["detail"]
    problem(family.post(f"{studio.url}/api/books/{book_id}/exports/doc", json={}, timeout=5), 404)


def test_no_other_site_may_read_an_answer(studio: Served, family: requests.Session) -> None:
    """Token or not: no answer opens itself to another origin."""
    answer = family.get(f"{studio.url}/api/books", headers={"Origin": "https://elsewhere.example"}, timeout=5)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_cookie_alone_changes_nothing(studio: Served) -> None:
    """A call that changes something needs the XSRF header with it; reading does not."""
    port = studio.url.rpartition(":")[2]
    jar = {f"storymaker-session-{port}": studio.local()}
    assert requests.get(f"{studio.url}/api/books", cookies=jar, timeout=5).status_code == 200
    address = f"{studio.url}/api/characters"
    assert problem(requests.post(address, json={"name": "x"}, cookies=jar, timeout=5), 403)["code"] == "xsrf"
    assert problem(requests.delete(f"{address}/x", cookies=jar, timeout=5), 403)["code"] == "xsrf"


def test_the_shelf_is_never_kept_waiting_by_slow_work(studio: Served, family: requests.Session, tmp_path: Any) -> None:
    """While photos are cut out, as many as there are hands and more, a poll is answered."""
    hero = family.post(f"{studio.url}/api/characters", json={"name": "Bramble"}, timeout=5).json()["id"]
    data = plushie_photo(tmp_path / "teddy.jpg").read_bytes()
    address = f"{studio.url}/api/characters/{hero}/photos"

    def send(n: int) -> int:
        files = {"photo": (f"{n}.jpg", data + bytes([n]))}
        return (
            studio.caller(family.headers["Authorization"].removeprefix("Bearer "))
            .post(address, files=files, timeout=120)
            .status_code
        )

    with ThreadPoolExecutor(9) as many:
        sent = [many.submit(send, n) for n in range(9)]
        polls = 0
        while not all(one.done() for one in sent):
            assert family.get(f"{studio.url}/api/books", timeout=5).status_code == 200
            polls += 1
        assert [one.result() for one in sent] == [201] * 9
    assert polls > 20


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/studio/generate_story"), ("POST", "/api/books/none/draft"), ("PUT", "/api/studio/key"),
     ("PATCH", "/api/books/none"), ("DELETE", "/api/books/none")],
)  # fmt: skip
def test_who_is_not_signed_in_is_told_to_sign_in(studio: Served, method: str, path: str) -> None:
    """Also before a change; that a page is out of date is said to somebody who has one."""
    answer = requests.request(method, studio.url + path, json={}, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("user", "route", "kept"), [(None, "add_photo", 0), ("alice", "add_photo", 10), (None, "token", 10)]
)
def test_nothing_is_kept_of_what_a_stranger_uploads(user: str | None, route: str, kept: int) -> None:
    """Sixteen megabytes on each of a hundred connections would fill the memory, before anybody was refused."""

    class Asked(ApiHandler):
        current_user = user
        identity = user

        def __init__(self) -> None:
            self.request = cast(Any, SimpleNamespace(method="POST"))
            self.initialize({"POST": BY_NAME[route]})

    handler = Asked()
    asyncio.run(handler.data_received(b"x" * 10))
    assert (len(handler._body), handler._length) == (kept, 10)


def test_what_anybody_may_send_is_small(studio: Served) -> None:
    """And what is too much is said in numbers that are no nought."""
    answer = requests.post(f"{studio.url}/api/token", json={"username": "x" * 70_000, "password": "y"}, timeout=20)
    assert "64 kB" in problem(answer, 413)["detail"]


def test_what_was_only_begun_says_where_to_look(studio: Served, family: requests.Session) -> None:
    """A story, pictures, a page's words: the place answers how they come on, and so does one that is asked for again."""
    begun = family.post(f"{studio.url}/api/studio/generate_story", json=SCRIPTED, timeout=20)
    assert (begun.status_code, begun.headers["Retry-After"]) == (202, "1")
    assert begun.headers["Location"] == f"/api/jobs/{begun.json()['job_id']}"
    assert family.get(studio.url + begun.headers["Location"], timeout=5).json()["kind"] == "story"
    book_id = begun.json()["book_id"]
    studio.workshop.wait(book_id)
    drawn = family.post(f"{studio.url}/api/studio/generate_image", json={"book_id": book_id}, timeout=20)
    assert drawn.headers["Location"] == f"/api/jobs?book={book_id}"
    assert len(family.get(studio.url + drawn.headers["Location"], timeout=5).json()["jobs"]) == 4
    studio.workshop.wait(book_id)
    nothing = family.post(f"{studio.url}/api/studio/generate_image", json={"book_id": book_id}, timeout=20)
    assert (nothing.status_code, nothing.json()["jobs"]) == (202, [])
    assert nothing.headers["Location"] == drawn.headers["Location"]
    chapter = family.get(f"{studio.url}/api/books/{book_id}", timeout=5).json()["chapters"][0]["id"]
    told = family.post(f"{studio.url}/api/chapters/{chapter}/rewrite", timeout=20)
    assert told.headers["Location"] == f"/api/jobs/{told.json()['id']}"
    waited = family.post(
        f"{studio.url}/api/studio/generate_story", json=SCRIPTED, headers={"Prefer": "wait=30"}, timeout=60
    )
    assert waited.status_code == 200 and "Location" not in waited.headers


@pytest.mark.parametrize("body", [b"", b"\n"], ids=["none", "blank"])
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}], ids=str)
def test_where_nothing_need_be_said_no_body_is_needed(
    studio: Served, family: requests.Session, headers: dict[str, str], body: bytes
) -> None:
    """Whatever an empty one calls itself; where something must be said, its absence is told."""
    book_id = written(studio, family)
    family.patch(f"{studio.url}/api/books/{book_id}", json={"title": "Another"}, timeout=5)
    back = family.post(f"{studio.url}/api/books/{book_id}/undo", data=body, headers=headers, timeout=5)
    assert (back.status_code, back.json()["title"]) == (200, "Pip counts")
    wanting = family.post(f"{studio.url}/api/studio/generate_image", headers=headers, timeout=5)
    assert problem(wanting, 422 if "json" in str(headers) else 415)["detail"]


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("studio/generate_story", {"age": "3-4"}, "“age” is not known here. Did you mean “age_band”?"),
        ("studio/generate_story", {"ilustrator": "paper"}, "Did you mean “illustrator”?"),
        ("studio/generate_story", {"zzz": 1}, "“zzz” is not known here. Please leave it out."),
        ("characters", {"name": "Bramble", "pronoun": "she"}, "Did you mean “pronouns”?"),
        ("characters", {"nme": "Bramble"}, "“nme” is not known here. Did you mean “name”?"),
        ("studio/generate_image", {"book": "abc"}, "“book” is not known here. Did you mean “book_id”?"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_of_a_field_that_is_not_known_the_one_that_was_meant_is_named(
    studio: Served, family: requests.Session, path: str, body: dict[str, Any], says: str
) -> None:
    """In the words of the problem."""
    said = problem(family.post(f"{studio.url}/api/{path}", json=body, timeout=5), 422)
    assert says in said["detail"] and said["code"] == "unknown-field"


def test_a_question_by_another_name_is_answered_with_its_own(studio: Served, family: requests.Session) -> None:
    """A name that is not known goes before the one that is missing for it; where only that is, it is told."""
    named = problem(family.get(f"{studio.url}/api/jobs", params={"book_id": "abc"}, timeout=5), 422)
    assert named["detail"] == "“book_id” is not known here. Did you mean “book”?"
    assert "book cannot be used" in problem(family.get(f"{studio.url}/api/jobs", timeout=5), 422)["detail"]
