"""What a service answered to a call that failed is kept for whoever wants to look: few, small, private, and without secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.doctor import examine
from storymaker.errors import ProviderError
from storymaker.remote import manners, replies
from storymaker.settings import Settings
from tests.loops import in_loop
from tests.remote.clocks import Hurried
from tests.remote.stand_in import StandIn, body, fault, hang, picture, stand_in, story
from tests.remote.test_faults import House, broken_before, completion, written

KEY = "my:own/key+0123456789"


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A server of one's own."""
    manners._KNOWN.clear()
    with stand_in() as up:
        yield up


@pytest.fixture
def house(service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A family that asks it for everything but moderation."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    settings = Settings(books=tmp_path / "books", home=tmp_path / "home", base_url=service.url, moderation=False)
    return House(settings, Hurried(), tmp_path / "work")


def kept(house: House) -> list[str]:
    """What is kept, the oldest first."""
    return [file.read_text() for file in sorted((house.settings.home / replies.FOLDER).glob("*.txt"))]


@in_loop
async def test_what_a_model_said_instead_of_a_story_can_be_read(house: House, service: StandIn) -> None:
    """As it came, with when, who and how it ended; neither the key nor the child's name is in it, and the sentence says where."""
    said = f"Dear Mia, your key is {KEY}, or sk-abcdefghijkl. I only chat. mia’s bear!"
    service.next("/chat/completions", body(completion(said)))
    error = (await house.story()).error
    assert error is not None
    (text,) = kept(house)
    assert "I only chat." in text
    assert "status: 200" in text
    assert "model gpt-6-luna" in text
    for secret in ("Mia", "mia", KEY, json.dumps(KEY)[1:-1], "sk-abcdefghijkl"):
        assert secret not in text
    assert f"kept in {error.reply}, in STORYMAKER_HOME" in error.message
    file = house.settings.home / error.reply
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


@in_loop
async def test_each_kind_of_call_keeps_what_it_failed_by(house: House, service: StandIn) -> None:
    """A story that broke off, a chapter, a picture that is none; what no answer came to keeps nothing."""
    service.next("/chat/completions", written(story(), most=400), fault(500), broken_before)
    service.next("/images/edits", body(picture(b"<html>picture</html>")))
    assert (await house.story()).error is not None
    for _ in range(2):
        with pytest.raises(ProviderError):
            await house.chapter()
    with pytest.raises(ProviderError):
        await house.picture()
    assert len(kept(house)) == 3
    assert any("Bramble and the Doors" in text for text in kept(house))
    assert any("status: 500" in text for text in kept(house))
    assert any('"b64_json"' in text for text in kept(house))


@in_loop
async def test_what_comes_well_is_kept_nowhere(house: House, service: StandIn) -> None:
    """A family's story is in its book alone."""
    assert (await house.story()).error is None
    await house.picture()
    assert kept(house) == []


@in_loop
async def test_they_are_few_and_small_and_not_for_ever(
    house: House, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an endless answer its beginning; of many the newest; and of old ones none."""
    monkeypatch.setattr(replies, "MANY", 3)
    monkeypatch.setattr("storymaker.remote.transport.HEARD_MAX", 2000)
    for n in range(5):
        service.next("/chat/completions", body(completion(f"No {n}. " + "Never. " * 1000)))
        with pytest.raises(ProviderError):
            await house.chapter()
    assert len(kept(house)) == 3
    assert all(len(text) < 3000 and "(the first 2000 are here)" in text for text in kept(house))
    assert len(replies.sweep_replies(house.settings.home)) == 3
    assert replies.sweep_replies(house.settings.home, time.time() + 15 * 86_400) == ()
    assert kept(house) == []


@in_loop
async def test_a_disk_that_refuses_hides_no_failure(
    house: House, service: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sentence is the same without a file, and the log says that there is none."""
    (house.settings.home / replies.FOLDER).write_text("in the way")
    service.next("/chat/completions", body(completion("No.")))
    error = (await house.story()).error
    assert error is not None
    assert (error.code, error.reply) == ("answer", "")
    assert "was not kept" in caplog.text


@in_loop
async def test_doctor_says_where_they_are(house: House, service: StandIn) -> None:
    """With the newest; where none is kept it says nothing of them."""
    assert not [one for one in examine(house.settings) if one.what == "answers to failed calls"]
    service.next("/chat/completions", body(completion("No.")))
    error = (await house.story()).error
    assert error is not None
    (found,) = [one for one in examine(house.settings) if one.what == "answers to failed calls"]
    assert found.state == "note"
    assert str(house.settings.home / error.reply) in found.says


@in_loop
async def test_a_call_without_an_answer_keeps_none_of_another(house: House, service: StandIn) -> None:
    """What hangs is not taken for what was answered before."""
    house.seconds = 0.5
    service.next("/chat/completions", hang)
    assert (await house.story()).error is not None
    assert kept(house) == []
