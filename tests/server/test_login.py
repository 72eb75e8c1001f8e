"""Tests of the doors: cookies, forms, headers and links, against a server on a port of its own."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import websockets

from storymaker.server import notices
from storymaker.server.login import own_path
from storymaker.server.tokens import Signer
from storymaker.testing import FakeClock
from tests.server.doors import KERNEL, Doors, opened

SCRIPT = re.compile(r"<script|javascript:|\son\w+=|\sstyle=|<style", re.IGNORECASE)


@pytest.fixture
def doors(tmp_path: Path, clock: FakeClock) -> Iterator[Doors]:
    """The doors of a studio of two families."""
    with opened(tmp_path / "home", clock, "Otter", "Badger") as made:
        yield made
        assert not made.failures


@pytest.fixture
def open_house(tmp_path: Path, clock: FakeClock) -> Iterator[Doors]:
    """The doors of a studio without users."""
    with opened(tmp_path / "open", clock) as made:
        yield made
        assert not made.failures


def bearer(doors: Doors, token: str, path: str = "/api/thing", **headers: str) -> requests.Response:
    """Ask with a token in the header."""
    return doors.get(path, headers={"Authorization": f"Bearer {token}", **headers})


def token_of(doors: Doors, name: str = "Otter") -> str:
    """A family's token, as the API gives it."""
    return asyncio.run(doors.access.sign_in(name, f"{name}-password", "10.0.0.9")).token


def user_id(doors: Doors, name: str = "Otter") -> str:
    """A family's id."""
    user = doors.users.find(name)
    assert user is not None
    return user.id


def kernel_token(doors: Doors, kernel_id: str = KERNEL) -> str:
    """A token of a kernel that is the Otters'."""
    identity = doors.access.identify(token_of(doors))
    assert identity is not None
    doors.pages.owners[kernel_id] = identity.user_id
    return doors.access.mint_kernel_token(identity.user_id, identity.session, kernel_id).token


# Signing in


def test_signing_in(doors: Doors) -> None:
    """The form gives a cookie that scripts and other sites do not get, and leads to the page."""
    assert '<input type="hidden" name="_xsrf"' in doors.get("/login").text
    session, answer = doors.sign_in("otter", "Otter-password")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = next(value for value in answer.headers["Set-Cookie"].split(", ") if value.startswith(doors.cookie))
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    page = doors.get("/", session)
    assert page.text == f"page of {user_id(doors)} called 'Otter'"


def test_under_tls_the_cookie_is_secure(doors: Doors) -> None:
    """A cookie that was given under TLS is never sent in the clear."""
    from types import SimpleNamespace
    from typing import cast

    from tornado import web

    from storymaker.server.access import Grant
    from storymaker.server.identity import FamilyIdentity

    given: dict[str, Any] = {}
    handler = SimpleNamespace(
        request=SimpleNamespace(protocol="https", host="books.example"),
        settings={"base_url": "/"},
        set_cookie=lambda name, value, **more: given.update(name=name, **more),
    )
    FamilyIdentity().let_in(cast(web.RequestHandler, handler), Grant("token", 60))
    assert (given["name"], given["secure"], given["httponly"]) == ("storymaker-session-443", True, True)


def test_a_wrong_password_keeps_the_name(doors: Doors) -> None:
    """The form comes back with a sentence that is read out, the name as it was typed, and no cookie."""
    session, answer = doors.sign_in('O"><b>tter', "wrong-password", following="/?book=a")
    assert answer.status_code == 401
    assert 'role="alert">This name and password do not go together.' in answer.text
    assert 'value="O&#34;&gt;&lt;b&gt;tter"' in answer.text
    assert 'name="next" value="/?book=a"' in answer.text
    assert "wrong-password" not in answer.text
    assert doors.cookie not in session.cookies


def test_five_wrong_passwords(doors: Doors) -> None:
    """The sixth try is told to wait, although the password is right."""
    for _ in range(5):
        assert doors.sign_in("Otter", "wrong-password")[1].status_code == 401
    session, answer = doors.sign_in("Otter", "Otter-password")
    assert answer.status_code == 429
    assert "wait 15 minutes" in answer.text
    assert "<form" in answer.text
    assert doors.cookie not in session.cookies


def test_a_browser_that_signed_in_before_is_known_again(doors: Doors) -> None:
    """Its cookie opens nothing, stays when it signs out, and lets it in although a stranger used up the tries."""
    session, answer = doors.sign_in("Otter", "Otter-password")
    device = session.cookies[f"{doors.cookie}-device"]
    told = next(line for line in answer.raw.headers.getlist("Set-Cookie") if "-device=" in line)
    assert "HttpOnly" in told
    assert "SameSite=Lax" in told
    doors.get("/logout", session)
    session.post(f"{doors.url}/logout", data={"_xsrf": doors.xsrf(session)}, timeout=20)
    assert session.cookies[f"{doors.cookie}-device"] == device
    assert doors.cookie not in session.cookies
    for _ in range(5):
        assert doors.sign_in("Otter", "wrong-password")[1].status_code == 401
    assert doors.sign_in("Otter", "Otter-password")[1].status_code == 429
    assert doors.sign_in("Otter", "Otter-password", session=session)[1].status_code == 303
    thief = requests.Session()
    thief.cookies.set(doors.cookie, device)
    assert doors.get("/api/thing", thief).status_code == 401


def test_a_password_may_begin_and_end_with_a_space(doors: Doors) -> None:
    """A password is taken as it was typed."""
    doors.users.add("Mole", "  deep tunnels ")
    assert doors.sign_in("Mole", "  deep tunnels ")[1].status_code == 303
    assert doors.sign_in("Mole", "deep tunnels")[1].status_code == 401


@pytest.mark.parametrize("form", [{}, {"username": "Otter"}, {"password": "Otter-password"}])
def test_half_a_form(doors: Doors, form: dict[str, str]) -> None:
    """What is missing does not fit."""
    session = requests.Session()
    answer = session.post(f"{doors.url}/login", data=form | {"_xsrf": doors.xsrf(session)}, timeout=20)
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"\xff=\xff&username=\xff", b"username=%ff&password=%ff", b"\0", b"&" * 5000])
def test_a_form_that_is_noise(doors: Doors, body: bytes) -> None:
    """Noise is refused with a page."""
    session = requests.Session()
    headers = {"X-XSRFToken": doors.xsrf(session), "Content-Type": "application/x-www-form-urlencoded"}
    answer = session.post(f"{doors.url}/login", data=body, headers=headers, timeout=20)
    assert answer.status_code in (400, 401)
    assert "<main" in answer.text


def test_another_site_cannot_sign_anybody_in(doors: Doors) -> None:
    """Without the form's proof, or from another origin, even the right password is refused with a page."""
    form = {"username": "Otter", "password": "Otter-password"}
    bare = requests.post(f"{doors.url}/login", data=form, timeout=20, allow_redirects=False)
    session = requests.Session()
    proof = {"_xsrf": doors.xsrf(session)}
    for origin in ("https://evil.example", "null", doors.url.replace("127.0.0.1", "127.0.0.2")):
        foreign = session.post(f"{doors.url}/login", data=form | proof, headers={"Origin": origin}, timeout=20)
        assert foreign.status_code in (403, 404), origin
        assert doors.cookie not in session.cookies
    basic = requests.post(f"{doors.url}/login", data=form, auth=("a", "b"), timeout=20, allow_redirects=False)
    for answer in (bare, basic):
        assert answer.status_code == 403
        assert "Please try once more" in answer.text
        assert doors.cookie not in answer.cookies
    own = session.post(
        f"{doors.url}/login", data=form | proof, headers={"Origin": doors.url}, allow_redirects=False, timeout=20
    )
    assert own.status_code == 303


# Where to go then

ELSEWHERE = [
    "https://evil.example/",
    "HTTPS:/evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\0//evil.example",
    " //evil.example",
    "\u3000//evil.example",
    "/%2f%2fevil.example",
    "/%2F/evil.example",
    "/%5cevil.example",
    "%2f%2fevil.example",
    "/%09/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/a/..//evil.example",
    "/a//evil.example",
    "/@evil.example",
    "/;@evil.example",
    "/?a=\nb",
    "/?a=<script>",
    '/?a="',
    "/#//evil.example",
    "/login\\@evil.example",
    "?book=a",
    "evil.example",
    ".evil.example",
    "/" + "a" * 5000,
    "/\u2044evil.example",
    "/\uff0fevil.example",
]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nobody_is_sent_elsewhere(path: str) -> None:
    """Whatever could be read as another site, or is no plain path, leads home."""
    assert own_path(path, "/home") == "/home"


@pytest.mark.parametrize(
    "path", ["/", "/?book=bramble-1a2b", "/?a=%2F%2Fx&b=//y", "/studio/books/", "/studio/page.html?x=1"]
)
def test_own_paths_are_kept(path: str) -> None:
    """A path of ours with what was asked for is found again after signing in."""
    assert own_path(path, "/home") == path


def test_after_signing_in_one_is_where_one_wanted_to_go(doors: Doors) -> None:
    """Who is sent to the login page comes back to the very address, and never to another site's."""
    asked = doors.get("/?book=bramble-1a2b&x=%C3%BC")
    assert asked.status_code == 302
    form = doors.get(asked.headers["Location"]).text
    assert 'name="next" value="/?book=bramble-1a2b&amp;x=%C3%BC"' in form
    _, answer = doors.sign_in("Otter", "Otter-password", following="/?book=bramble-1a2b&x=%C3%BC")
    assert answer.headers["Location"] == "/?book=bramble-1a2b&x=%C3%BC"
    for path in ("//evil.example", "https://evil.example", "/\\evil.example"):
        _, answer = doors.sign_in("Otter", "Otter-password", following=path)
        assert answer.headers["Location"] == "/"
        session, _ = doors.sign_in("Otter", "Otter-password")
        assert doors.get("/login", session, params={"next": path}).headers["Location"] == "/"


# Whose cookie, whose token


def test_a_cookie_is_one_of_ours(doors: Doors, tmp_path: Path) -> None:
    """No cookie, noise, another server's, another port's and a kernel's are no sign-in."""
    good = token_of(doors)
    other = Signer(tmp_path / "elsewhere", doors.clock)
    claims = doors.signer.verify(good)
    assert claims is not None
    from storymaker.server.tokens import Session

    session = Session.named(claims.session)
    assert session is not None
    assert doors.get("/", cookies={doors.cookie: good}).status_code == 200
    for name, value in [
        (doors.cookie, ""),
        (doors.cookie, "x"),
        (doors.cookie, good + "x"),
        (doors.cookie, other.mint(claims.sub, session)),
        (doors.cookie, kernel_token(doors)),
        ("storymaker-session-1", good),
        ("storymaker-session", good),
        ("username", good),
    ]:
        assert doors.get("/", cookies={name: value}).status_code == 302, name


def test_a_session_ends(doors: Doors) -> None:
    """After twelve hours, when the user is removed, or has a new password, the cookie is none."""
    session, _ = doors.sign_in("Otter", "Otter-password")
    assert doors.get("/", session).status_code == 200
    doors.users.set_password("Otter", "other-password")
    assert doors.get("/", session).status_code == 302
    session, _ = doors.sign_in("Badger", "Badger-password")
    doors.users.remove("Badger")
    assert doors.get("/", session).status_code == 302
    session, _ = doors.sign_in("Otter", "other-password")
    doors.clock.move(timedelta(hours=12))
    assert doors.get("/", session).status_code == 302


def test_a_bearer_token(doors: Doors) -> None:
    """A token in the header is its user, and a POST with it needs no other proof."""
    token = token_of(doors)
    assert bearer(doors, token).text == user_id(doors)
    answer = requests.post(f"{doors.url}/api/thing", headers={"Authorization": f"bearer {token}"}, timeout=20)
    assert answer.text == user_id(doors)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer x",
        "Bearer",
        "Bearer  ",
        "bearer {good} x",
        "Basic b3R0ZXI6eA==",
        "token {good}",
        "{good}",
        "",
        "Bearer\t{good}",
    ],
)
def test_a_bad_header_never_falls_back_to_the_cookie(doors: Doors, header: str) -> None:
    """Whoever sends the header means it: a good cookie beside a bad header is no sign-in."""
    session, _ = doors.sign_in("Otter", "Otter-password")
    value = header.format(good=token_of(doors))
    assert doors.get("/api/thing", session).status_code == 200
    assert doors.get("/api/thing", session, headers={"Authorization": value}).status_code == 401


def test_a_bad_token_is_no_way_around_the_proof(doors: Doors) -> None:
    """With a cookie, a POST without proof is refused; with a bad token beside it, it is nobody's."""
    session, _ = doors.sign_in("Otter", "Otter-password")
    url = f"{doors.url}/api/thing"
    assert session.post(url, timeout=20).status_code == 403
    assert session.post(url, headers={"Authorization": "Bearer x"}, timeout=20).status_code == 401
    assert session.post(url, headers={"Authorization": "Basic eDp5"}, timeout=20).status_code == 403
    doors.get("/", session)
    proof = {"X-XSRFToken": str(session.cookies["_xsrf"])}
    assert session.post(url, headers=proof, timeout=20).status_code == 200


def test_a_kernel_token_is_for_the_api_only(doors: Doors) -> None:
    """It opens what says it takes such tokens, and no page, no kernel, no websocket, no logout."""
    token = kernel_token(doors)
    assert bearer(doors, token).text == user_id(doors)
    assert bearer(doors, token, "/").status_code == 302
    assert bearer(doors, token, f"/api/kernels/{KERNEL}").status_code in (302, 403)
    assert asyncio.run(connected(doors, token)) == 403
    assert asyncio.run(connected(doors, token_of(doors))) == 101
    requests.post(f"{doors.url}/logout", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert bearer(doors, token).text == user_id(doors)
    assert not doors.pages.closed
    del doors.pages.owners[KERNEL]
    assert bearer(doors, token).status_code == 401


async def connected(doors: Doors, token: str) -> int:
    """The status of a websocket's handshake."""
    try:
        async with websockets.connect(
            f"{doors.url.replace('http', 'ws')}/api/kernels/{KERNEL}/channels",
            additional_headers={"Authorization": f"Bearer {token}"},
        ):
            return 101
    except websockets.InvalidStatus as error:
        return error.response.status_code


def test_kernels_are_their_owners(doors: Doors) -> None:
    """A family reaches the kernel of its own page; another's and one that is not there are refused alike; all else is denied."""
    doors.pages.owners[KERNEL] = user_id(doors)
    otter, _ = doors.sign_in("Otter", "Otter-password")
    badger, _ = doors.sign_in("Badger", "Badger-password")
    assert doors.get(f"/api/kernels/{KERNEL}", otter).text == "kernel"
    for session, kernel in ((badger, KERNEL), (otter, "99999999-2222")):
        answer = doors.get(f"/api/kernels/{kernel}", session)
        assert (answer.status_code, answer.text) == (403, "refused")
    doors.get("/", otter)
    proof = {"X-XSRFToken": str(otter.cookies["_xsrf"])}
    assert otter.delete(f"{doors.url}/api/kernels/{KERNEL}", headers=proof, timeout=20).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1"])
def test_no_other_site_may_read_an_answer(doors: Doors, origin: str) -> None:
    """Not even with a token: no answer carries a leave for another origin."""
    for answer in (
        bearer(doors, token_of(doors), Origin=origin),
        bearer(doors, token_of(doors), "/", Origin=origin),
        bearer(doors, "x", Origin=origin),
        doors.get("/login", headers={"Origin": origin}),
    ):
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


# Signing out


def test_signing_out(doors: Doors) -> None:
    """The cookie is void, also for who kept a copy; the pages that were opened with it are ended; the rest of the family stays."""
    session, _ = doors.sign_in("Otter", "Otter-password")
    other, _ = doors.sign_in("Otter", "Otter-password")
    kept = str(session.cookies[doors.cookie])
    identity = doors.access.identify(kept)
    assert identity is not None
    assert session.post(f"{doors.url}/logout", timeout=20).status_code == 403
    doors.get("/", session)
    answer = session.post(f"{doors.url}/logout", data={"_xsrf": session.cookies["_xsrf"]}, timeout=20)
    assert answer.status_code == 200
    assert "You are signed out" in answer.text
    assert 'href="/login"' in answer.text
    assert doors.cookie not in session.cookies
    assert doors.get("/", cookies={doors.cookie: kept}).status_code == 302
    assert doors.pages.closed == [identity.session]
    assert doors.get("/", other).status_code == 200


def test_signing_out_twice_is_fine(doors: Doors) -> None:
    """Whose session has ended is signed out as well."""
    session = requests.Session()
    answer = session.post(f"{doors.url}/logout", data={"_xsrf": doors.xsrf(session)}, timeout=20)
    assert answer.status_code == 200
    assert not doors.pages.closed


def test_signing_out_on_a_full_disk(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written down is said; this browser's cookie and pages are gone all the same."""
    session, _ = doors.sign_in("Otter", "Otter-password")
    doors.get("/", session)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storymaker.books.files.os.fsync", full)
    answer = session.post(f"{doors.url}/logout", data={"_xsrf": session.cookies["_xsrf"]}, timeout=20)
    monkeypatch.undo()
    assert answer.status_code == 503
    assert str(doors.home) not in answer.text
    assert doors.cookie not in session.cookies
    assert len(doors.pages.closed) == 1


# The link


def test_the_link_lets_in_once(open_house: Doors) -> None:
    """It gives a cookie for a month and leads to the page, without the token and with all else that was asked for."""
    session, answer = open_house.link("/?book=bramble-1a2b&token={}&x=%C3%BC+1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/?book=bramble-1a2b&x=%C3%BC+1"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Max-Age=2592000" in answer.headers["Set-Cookie"]
    assert open_house.get("/", session).text == "page of local called ''"
    assert open_house.links_used == [True]


def test_a_spent_link_says_what_to_do(open_house: Doors) -> None:
    """The second visitor reads where a fresh link is; whoever is in already is simply let through."""
    token = open_house.access.new_link()
    first, second = requests.Session(), requests.Session()
    assert open_house.get(f"/?token={token}", first).status_code == 302
    answer = open_house.get(f"/?token={token}", second)
    assert answer.status_code == 403
    assert "fresh link" in answer.text
    assert not second.cookies
    again = open_house.get(f"/?token={token}&book=a", first)
    assert (again.status_code, again.headers["Location"]) == (302, "/?book=a")
    assert open_house.links_used == [True]


@pytest.mark.parametrize(
    "query", ["token=", "token=x", "token=%00", "token=x&token=y", "%74oken=x", "token=" + "x" * 5000]
)
def test_wrong_links(open_house: Doors, query: str) -> None:
    """Whatever is not a fresh link opens nothing."""
    open_house.access.new_link()
    answer = open_house.get(f"/?{query}")
    assert answer.status_code == 403
    assert "terminal" in answer.text


def test_the_login_page_of_an_open_house(open_house: Doors) -> None:
    """There is no form: it says where the link is, and a form that is sent all the same opens nothing."""
    answer = open_house.get("/login")
    assert answer.status_code == 200
    assert "terminal" in answer.text
    assert "<form" not in answer.text
    session = requests.Session()
    open_house.get("/login", session)
    answer = requests.post(f"{open_house.url}/login", data={"username": "local", "password": ""}, timeout=20)
    assert answer.status_code == 403


def test_signing_out_of_an_open_house(open_house: Doors) -> None:
    """It says how to come back."""
    session, _ = open_house.link()
    open_house.get("/", session)
    answer = session.post(f"{open_house.url}/logout", data={"_xsrf": session.cookies["_xsrf"]}, timeout=20)
    assert "fresh link" in answer.text
    assert open_house.get("/", session).status_code == 302


def test_the_first_user_ends_the_open_house(open_house: Doors) -> None:
    """From then on the cookie of a link is void, a link says to sign in, and the login page has its form."""
    session, _ = open_house.link()
    token = open_house.access.new_link()
    open_house.users.add("Otter", "Otter-password")
    assert open_house.get("/", session).status_code == 302
    answer = open_house.get(f"/?token={token}")
    assert answer.status_code == 403
    assert 'href="/login"' in answer.text
    assert "<form" in open_house.get("/login").text


# The pages themselves


def pages_of(doors: Doors) -> list[requests.Response]:
    """Every kind of page there is here."""
    return [
        doors.get("/login"),
        doors.sign_in("Otter", "wrong-password")[1],
        doors.get("/nowhere"),
        doors.get("/?token=x"),
        requests.post(f"{doors.url}/login", timeout=20),
        doors.get("/broken"),
    ]


def test_every_page_stands_on_its_own(doors: Doors, open_house: Doors) -> None:
    """Each has language, title, one heading and a main landmark, nothing that runs, nothing from elsewhere, and strict headers."""
    for answer in [*pages_of(doors), open_house.get("/login"), open_house.get("/?token=x")]:
        text, headers = answer.text, answer.headers
        assert text.startswith('<!doctype html>\n<html lang="en">')
        assert re.search(r"<title>[^<]+ · Story Studio</title>", text)
        assert (text.count("<main"), text.count("<h1")) == (1, 1)
        assert not SCRIPT.search(text)
        assert not re.search(r"""(?:src|href|action)=["'](?!/[a-z?"'])""", text)
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"  # with no-referrer, browsers send a form's origin as “null”
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_fault_of_the_machine_is_none_of_a_visitors_business(doors: Doors) -> None:
    """The page says that the terminal says more, and no more."""
    answer = doors.get("/broken")
    assert answer.status_code == 503
    assert "/secret" not in answer.text


def test_a_damaged_users_file(doors: Doors) -> None:
    """Nobody comes in, by no way, and everybody reads a page that does not say where the file is."""
    session, _ = doors.sign_in("Otter", "Otter-password")
    proof = doors.xsrf(requests.Session())
    token = token_of(doors)
    (doors.home / "users.json").write_bytes(b"{")
    answers = [
        doors.get("/", session),
        doors.get("/login"),
        doors.get("/?token=x"),
        bearer(doors, token),
        requests.post(f"{doors.url}/login", data={"_xsrf": proof}, cookies={"_xsrf": proof}, timeout=20),
    ]
    for answer in answers:
        assert answer.status_code == 503, answer.url
        assert str(doors.home) not in answer.text


def test_the_look_is_served_to_everybody(doors: Doors) -> None:
    """Style sheet, icon and typeface come without login, with their true type; nothing else does."""
    for name, kind in (
        ("style.css", "text/css"),
        ("icon.svg", "image/svg+xml"),
        ("meadow.svg", "image/svg+xml"),
        ("Fredoka%5Bwdth,wght%5D.ttf", "font/ttf"),
    ):
        answer = doors.get(f"/studio/static/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for path in (
        "../users.py",
        "..%2fusers.py",
        "%2e%2e/users.py",
        "",
        "nothing.css",
        "Fredoka%2f..%2f..%2fLICENSE.ttf",
        "..%5cusers.py",
    ):
        assert raw(doors, f"/studio/static/{path}").split(b" ")[1] in (b"403", b"404"), path


def raw(doors: Doors, path: str) -> bytes:
    """Ask for a path as it stands, which no proper client would send."""
    host, port = doors.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    ("front", "back", "ratio"),
    [
        ("ink", "card", 7),
        ("ink", "paper", 7),
        ("ink-soft", "card", 4.5),
        ("ink-soft", "paper", 4.5),
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-deep", 4.5),
        ("accent", "accent-pale", 4.5),
        ("accent", "paper", 4.5),
        ("trouble", "trouble-pale", 4.5),
        ("line", "card", 3),
        ("accent", "card", 3),
    ],
)
def test_colours_can_be_told_apart(front: str, back: str, ratio: float) -> None:
    """Words have the contrast that WCAG 2.2 AA asks for, and so have borders and the ring of the focus."""
    sheet = (Path(notices.__file__).parent / "static" / "style.css").read_text("utf-8")
    colours = dict(re.findall(r"--sm-([\w-]+): #([0-9a-f]{6});", sheet))
    bright, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= ratio


def luminance(colour: str) -> float:
    """Of a colour in hexadecimal, as WCAG defines it."""
    parts = (int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
