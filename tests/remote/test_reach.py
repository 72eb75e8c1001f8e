"""How a server is reached: the look ahead and the call go one way, and a variable that is in the way is named."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storymaker.doctor import examine
from storymaker.errors import ProviderError
from storymaker.remote import probe
from storymaker.remote.client import Line
from storymaker.remote.faults import fault_of
from storymaker.remote.pace import Pace
from storymaker.remote.pictures import paint
from storymaker.remote.reach import proxy_to
from storymaker.remote.service import address_of, service_for
from storymaker.settings import Settings
from tests.loops import in_loop
from tests.remote.clocks import Hurried
from tests.remote.stand_in import Handler, Request, StandIn, stand_in
from tests.remote.test_probe import _offered

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
SHUT = "http://name:SECRET@127.0.0.1:1"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """None of these variables is set, and nothing found in one test is remembered in the next."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    for cache in (probe._found, probe._way):
        cache.cache_clear()
    yield
    for cache in (probe._found, probe._way):
        cache.cache_clear()


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A server on this machine."""
    with stand_in() as up:
        yield up


def house(folder: Path, url: str = "") -> Settings:
    """A family that has OpenAI, or another, write and paint."""
    return Settings(
        books=folder / "books",
        home=folder / "home",
        base_url=url,
        author="openai",
        illustrator="openai",
        moderation=False,
    )


@contextmanager
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that lets nobody through, and remembers who asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    if told := line.recv(4096):
                        asked.append(told.partition(b"\r\n")[0])
                        line.sendall(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)


async def drawn(settings: Settings) -> ProviderError:
    """Why a picture is not painted, over the real line."""
    service = service_for(settings, "pictures")
    clock = Hurried()
    line = Line(service, Pace(settings.home, "x", at_once=1, now=clock.now, sleep=clock.sleep), 5.0, clock.sleep)
    with pytest.raises(ProviderError) as caught:
        await paint(line, "Page 1 was not painted", "A door.", (), "low")
    return caught.value


WRONG = (
    ("ALL_PROXY", "socks://127.0.0.1:9050"),
    ("all_proxy", "socks4://127.0.0.1:9050"),
    ("HTTPS_PROXY", "ftp://proxy.example"),
    ("https_proxy", "http://127.0.0.1:no"),
    ("HTTPS_PROXY", SHUT),
    ("https_proxy", "127.0.0.1:1"),
    ("SSL_CERT_FILE", "/not/there.pem"),
    ("SSL_CERT_FILE", __file__),
    ("SSL_CERT_DIR", "/not/there"),
)


@pytest.mark.parametrize(("name", "value"), WRONG)
@in_loop
async def test_a_variable_that_is_in_the_way_is_named(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By step 1, where the paper studio stands in; by the call; and by doctor. Never with a password, never with a traceback."""
    monkeypatch.delenv("STORYMAKER_LOOPBACK_ONLY")  # nothing goes out: every way ends here
    monkeypatch.setenv(name, value)
    settings = house(tmp_path)
    offered = await _offered(settings)
    assert (offered.author, offered.illustrator) == ("paper", "paper")
    (notice,) = offered.notices
    said = await drawn(settings)
    (found,) = [one for one in examine(settings) if one.what == "way to the service"]
    assert found.state == "bad"
    for sentence in (notice, said.message, found.says):
        assert name in sentence
        assert "SECRET" not in sentence
    assert (said.code, said.paid) == ("environment", False)


@in_loop
async def test_openai_is_reached_through_the_proxy_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the call as by nobody before; what the proxy refuses is not taken for OpenAI's word."""
    monkeypatch.delenv("STORYMAKER_LOOPBACK_ONLY")
    with proxy() as (url, asked):
        monkeypatch.setenv("HTTPS_PROXY", url)
        assert probe.lacking(house(tmp_path), "words") == ""
        said = await drawn(house(tmp_path))
    assert b"CONNECT api.openai.com:443 HTTP/1.1" in asked
    assert said.code == "environment"
    assert "HTTPS_PROXY" in said.message


@pytest.mark.parametrize(
    ("name", "value"), [*WRONG, ("HTTP_PROXY", SHUT), ("http_proxy", "socks://x"), ("ALL_PROXY", "nonsense://")]
)
@in_loop
async def test_this_machine_is_reached_without_a_proxy(
    name: str, value: str, service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the variables say; by the look ahead, and by the call."""
    monkeypatch.setenv(name, value)
    settings = house(tmp_path, service.url)
    offered = await _offered(settings)
    assert (offered.author, offered.illustrator, offered.notices) == ("openai", "openai", ())
    line = Line(service_for(settings, "pictures"), Pace(tmp_path, "x", at_once=1), 20.0)
    assert (await paint(line, "Page 1 was not painted", "A door.", (), "low")).data


@pytest.mark.parametrize(
    ("url", "without", "by"),
    [
        ("http://192.168.1.7:11434/v1", "", "HTTP_PROXY"),
        ("http://192.168.1.7:11434/v1", "192.168.0.0/16", ""),
        ("http://192.168.1.7:11434/v1", "10.0.0.0/8, what/ever", "HTTP_PROXY"),
        ("http://models.example.com/v1", "example.com", ""),
        ("http://models.example.com/v1", "*", ""),
        ("https://models.example.com/v1", "", "ALL_PROXY"),
        ("http://[::1]:8080/v1", "", ""),
    ],
)
def test_no_proxy_is_heeded(url: str, without: str, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts, domains and networks; the variable for the way comes before the one for all."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3129")
    monkeypatch.setenv("NO_PROXY", without)
    found = proxy_to(url)
    assert (found.named_by if found else "") == by


def test_a_server_that_is_slow_to_answer_is_there(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that is being loaded, or a queue; so is one that hangs up on an empty request."""
    monkeypatch.setattr(probe, "_SECONDS", 0.2)
    released = threading.Event()

    def slow(handler: Handler, _: Request) -> None:
        released.wait(20)
        handler.close_connection = True

    def hangs_up(handler: Handler, _: Request) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    for answer in (slow, hangs_up):
        service.probed = answer
        probe._found.cache_clear()
        assert probe.lacking(house(tmp_path, service.url), "words") == ""
    released.set()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("localhost:11434/v1", "http://localhost:11434/v1"),
        (" 127.0.0.1:8080/v1 ", "http://127.0.0.1:8080/v1"),
        ("[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("192.168.1.7/v1", "http://192.168.1.7/v1"),
        ("server:8000", "http://server:8000"),
        ("models.example.com:8000/v1", "http://models.example.com:8000/v1"),
        ("api.openai.com/v1", "https://api.openai.com/v1"),
        ("HTTP://localhost/v1", "HTTP://localhost/v1"),
        ("", ""),
    ],
)
def test_an_address_without_its_beginning_is_understood(typed: str, read: str) -> None:
    """At home without a certificate, elsewhere with one."""
    assert address_of(typed, "STORYMAKER_TEXT_URL") == read


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://host/v1",
        "http:/localhost/v1",
        "http:localhost",
        "localhost:99999/v1",
        "http://",
        "my server",
        "http://[x/v1",
    ],
)
@in_loop
async def test_an_address_that_is_none_is_named(typed: str, tmp_path: Path) -> None:
    """With its setting, before anything is asked; the paper studio stands in."""
    offered = await _offered(house(tmp_path, f"{typed}"))
    assert (offered.author, offered.illustrator) == ("paper", "paper")
    (notice,) = offered.notices
    assert "STORYMAKER_BASE_URL is “" in notice
    (found,) = [one for one in examine(house(tmp_path, typed)) if one.what == "way to the service"]
    assert "STORYMAKER_BASE_URL" in found.says


def test_an_address_that_lacks_its_end_is_guessed_at(service: StandIn, tmp_path: Path) -> None:
    """Most end in /v1, and whoever forgot that is told which setting to look at."""
    said = probe.lacking(house(tmp_path, service.url.removesuffix("/v1")), "words")
    assert said == "" or "/v1: please look at STORYMAKER_BASE_URL" in said
    service.lacks = ("/chat/completions",)
    probe._found.cache_clear()
    said = probe.lacking(house(tmp_path, service.url.removesuffix("/v1")), "words")
    assert said.endswith("Most addresses end in /v1: please look at STORYMAKER_BASE_URL.")


@in_loop
async def test_doctor_finds_a_server_that_cannot(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says nothing of the way where nobody goes it."""
    service.lacks = ("/images/generations",)
    (found,) = [one for one in examine(house(tmp_path, service.url)) if one.what == "way to the service"]
    assert (found.state, "does not paint" in found.says) == ("bad", True)
    service.lacks = ()
    probe._found.cache_clear()
    (found,) = [one for one in examine(house(tmp_path, service.url)) if one.what == "way to the service"]
    assert found.state == "ok"
    at_home = Settings(books=tmp_path / "books", home=tmp_path / "home")
    monkeypatch.setenv("ALL_PROXY", "socks://x")
    assert [one.state for one in examine(at_home) if one.what == "way to the service"] == ["note"]


@in_loop
async def test_a_certificate_that_nobody_knows_is_said(tmp_path: Path) -> None:
    """With what to set where it is one's own."""
    import ssl

    import httpx2
    import openai

    cause = httpx2.ConnectError("canary")
    cause.__cause__ = ssl.SSLCertVerificationError("canary")
    error = openai.APIConnectionError(request=httpx2.Request("POST", "https://h/"))
    error.__cause__ = cause
    found = fault_of(error, service_for(house(tmp_path, "https://h/v1"), "words"), "It was not written")
    assert (found.again, found.error.code) == (False, "environment")
    assert "SSL_CERT_FILE" in found.error.message
