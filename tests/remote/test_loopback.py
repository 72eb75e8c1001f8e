"""No test can speak to a service that takes money, however it comes to try."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from storymaker.books.model import Brief, Character
from storymaker.errors import ProviderError
from storymaker.images.illustrator import PictureRequest, Player
from storymaker.images.openai import OpenAIIllustrator
from storymaker.remote import moderation
from storymaker.remote.client import Line, line_to
from storymaker.remote.service import OPENAI, Service, service_for
from storymaker.settings import Settings
from storymaker.story.author import Assignment
from storymaker.story.openai import OpenAIAuthor
from tests.loops import in_loop
from tests.remote.stand_in import fault, stand_in


class World(httpx2.AsyncBaseTransport):
    """Whatever is out there: it is told who came, and lets nobody pass, should the guard ever let somebody go.

    Attributes:
        came: Where they wanted to go.
    """

    def __init__(self) -> None:
        self.came: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Turn somebody back."""
        self.came.append(request.url.host)
        raise httpx2.ConnectError("there is no world under test")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The world in the place of every connection, and a family with a key."""
    there = World()
    monkeypatch.setattr(httpx2, "AsyncHTTPTransport", lambda *_, **__: there)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    return there


@pytest.fixture
def openai(tmp_path: Path) -> Settings:
    """OpenAI itself, as it is set where nothing is set."""
    settings = Settings(books=tmp_path / "books", home=tmp_path / "home", base_url="", text_url="", image_url="")
    assert service_for(settings, "words").base_url == OPENAI == "https://api.openai.com/v1"
    return settings


def _at_once(service: Service, settings: Settings) -> Line:
    """A line on which nobody waits before they try again."""

    async def sleep(seconds: float) -> None:
        return None

    return dataclasses.replace(line_to(service, settings), sleep=sleep)


async def _story(settings: Settings, folder: Path) -> Any:
    unwatched = settings.model_copy(update={"moderation": False})
    assignment = Assignment(brief=Brief(), heroes=(Character(name="Bramble", kind="bear"),))
    return [piece async for piece in OpenAIAuthor(unwatched, dial=_at_once).write(assignment)]


async def _picture(settings: Settings, folder: Path) -> Any:
    hero = Player("Bramble", "a brown bear", ())
    request = PictureRequest(
        n=1, title="A Door", prompt="A door.", scene="sea", heroes=(hero,), friend=None, seed=1, workdir=folder
    )
    return await OpenAIIllustrator(settings, dial=_at_once).draw(request)


async def _look(settings: Settings, folder: Path) -> Any:
    return await moderation.look(_at_once(service_for(settings, "moderation"), settings), ["A door."])


@pytest.mark.parametrize("call", [_story, _picture, _look])
@in_loop
async def test_openai_itself_is_never_spoken_to(call: Any, world: World, openai: Settings, tmp_path: Path) -> None:
    """Words, pictures and the look at them are refused before anything is sent, and are not tried again."""
    with pytest.raises(ProviderError) as refused:
        await call(openai, tmp_path)
    assert refused.value.code == "loopback"
    assert not refused.value.paid
    assert world.came == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.nip.io", "localhost.example.com", "example.com/127.0.0.1", "10.0.0.1", "0x7f000001.example.com",
        "[2001:db8::1]", "127.0.0.1@example.com", "0.0.0.0",
    ],
)  # fmt: skip
@in_loop
async def test_what_only_looks_like_this_machine_is_not_spoken_to(host: str, world: World, tmp_path: Path) -> None:
    """Neither a name that begins like it, nor a neighbour, nor an address that hides behind a user's name."""
    settings = Settings(books=tmp_path, home=tmp_path, base_url=f"http://{host}/v1")
    with pytest.raises(ProviderError) as refused:
        await _look(settings, tmp_path)
    assert refused.value.code == "loopback"
    assert world.came == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"])
@in_loop
async def test_this_machine_is_spoken_to(host: str, world: World, tmp_path: Path) -> None:
    """By each of its own names, or all other tests would prove nothing."""
    settings = Settings(books=tmp_path, home=tmp_path, base_url=f"http://{host}:9/v1")
    with pytest.raises(ProviderError) as refused:
        await _look(settings, tmp_path)
    assert refused.value.code == "connection"
    assert set(world.came) == {host.strip("[]")}


@in_loop
async def test_nobody_is_led_out_by_a_redirect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on this machine that points to OpenAI is answered by nobody going there."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    gone: list[str] = []
    real = httpx2.AsyncHTTPTransport.handle_async_request

    async def watched(self: httpx2.AsyncHTTPTransport, request: httpx2.Request) -> httpx2.Response:
        gone.append(request.url.host)
        assert request.url.host == "127.0.0.1"
        return await real(self, request)

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", watched)
    with stand_in() as service:
        service.next("/moderations", fault(307, location=f"{OPENAI}/moderations"))
        settings = Settings(books=tmp_path, home=tmp_path, base_url=service.url)
        with pytest.raises(ProviderError):
            await _look(settings, tmp_path)
    assert gone == ["127.0.0.1"]


def test_the_whole_suite_is_held_back() -> None:
    """Nobody has to ask for it, and whatever process a test starts is held back too."""
    assert os.environ["STORYMAKER_LOOPBACK_ONLY"] == "1"
    told = "import os; print(os.environ['STORYMAKER_LOOPBACK_ONLY'])"
    child = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert child.stdout == "1\n"
