"""Models and servers that do not keep what is asked of them: less is asked, once and for all, or a sentence says what to set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.errors import ProviderError
from storymaker.remote import manners
from storymaker.settings import Settings
from tests.loops import in_loop
from tests.remote.clocks import Hurried
from tests.remote.stand_in import Answer, StandIn, body, fault, stand_in
from tests.remote.test_faults import ALL, House, completion


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """What one test learned of a server is not known in the next."""
    manners._KNOWN.clear()
    yield
    manners._KNOWN.clear()


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A server of one's own."""
    with stand_in() as up:
        yield up


@pytest.fixture
def house(service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A family that asks it for words and pictures."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    settings = Settings(
        books=tmp_path / "books", home=tmp_path / "home", base_url=service.url, text_model="tiny", image_model="sd",
        moderation=False,
    )  # fmt: skip
    return House(settings, Hurried(), tmp_path / "work")


def forms(service: StandIn) -> list[str]:
    """How tables were asked for, one request after another."""
    return [
        request.body.get("response_format", {}).get("type", "plain") for request in service.asked("/chat/completions")
    ]


@pytest.mark.parametrize(
    ("refuses", "tried"),
    [
        (("json_schema",), ["json_schema", "json_object"]),
        (("response_format",), ["json_schema", "json_object", "plain"]),
        (('"stream": true',), ["json_schema", "json_schema"]),
        (("stream_options",), ["json_schema", "json_schema"]),
        (("stream_options", '"stream": true', "response_format"), ["json_schema"] * 3 + ["json_object", "plain"]),
    ],
    ids=["no schema", "no form", "no stream", "no count", "nothing"],
)
@in_loop
async def test_less_is_asked_of_a_server_that_refuses_more(
    refuses: tuple[str, ...], tried: list[str], house: House, service: StandIn
) -> None:
    """The story comes; the next one is asked for so at once, in another process too; a chapter is, as well."""
    service.refuses = refuses
    told = await house.story()
    assert (told.error, len(told.chapters)) == (None, 10)
    assert forms(service) == tried
    manners._KNOWN.clear()  # as in another process
    assert len((await house.story()).chapters) == 10
    await house.chapter()
    assert forms(service)[len(tried) :] == [tried[-1]] * 2


@in_loop
async def test_what_was_learned_is_kept_without_address_or_key(house: House, service: StandIn) -> None:
    """In the home, privately."""
    service.refuses = ("json_schema",)
    await house.story()
    (kept,) = house.settings.home.glob("servers.json")
    assert kept.stat().st_mode & 0o077 == 0
    assert "127.0.0.1" not in kept.read_text()
    assert [one["form"] for one in json.loads(kept.read_text()).values()] == ["json"]


@pytest.mark.parametrize(
    "wraps",
    [
        "<think>Hm, {…}</think>\n%s",
        "```json\n%s\n```",
        "Here is your story:\n\n%s\n\nEnjoy!",
        "<think>\n\n</think>```\n%s```",
    ],
)
@in_loop
async def test_what_a_model_says_around_its_table_is_passed_over(wraps: str, house: House, service: StandIn) -> None:
    """Thoughts, fences and kind words; of a story and of a chapter."""
    service.wraps = wraps
    told = await house.story()
    assert (told.error, len(told.chapters)) == (None, len(ALL))
    assert (await house.chapter()).title == "A Door"


@in_loop
async def test_a_server_that_ignores_the_schema_is_told_in_words(house: House, service: StandIn) -> None:
    """The form stands in the rules, whatever else is asked for; OpenAI is not told twice."""
    await house.story()
    (asked,) = service.asked("/chat/completions")
    assert '"chapters": [{"title": "…"' in asked.body["messages"][0]["content"]


@pytest.mark.parametrize(
    "answer", [body(completion("I am sorry, I only chat.")), body(completion("")), body(completion(None))]
)
@in_loop
async def test_a_model_that_cannot_is_named_with_what_to_set(answer: Answer, house: House, service: StandIn) -> None:
    """Not “try again”: it would do the same."""
    service.next("/chat/completions", answer)
    error = (await house.story()).error
    assert error is not None
    assert "the model “tiny”" in error.message
    assert "name another model, by STORYMAKER_TEXT_MODEL" in error.message
    assert "try again" not in error.message


@in_loop
async def test_a_request_that_is_refused_in_any_form_is_said_once(house: House, service: StandIn) -> None:
    """Nothing is learned of it, nothing is paid, and the sentence names the setting."""
    service.next("/chat/completions", *[fault(400, "invalid")] * 3)
    error = (await house.story()).error
    assert error is not None
    assert (error.code, error.paid) == ("request", False)
    assert "STORYMAKER_TEXT_MODEL" in error.message
    assert len(service.asked("/chat/completions")) == 3
    assert not (house.settings.home / "servers.json").exists()


@in_loop
async def test_a_refusal_of_what_is_told_is_not_taken_for_one_of_its_form(house: House, service: StandIn) -> None:
    """It is not asked again in other forms, and words are what to change."""
    service.next("/chat/completions", fault(400, "content_filter"))
    error = (await house.story()).error
    assert error is not None
    assert error.code == "refused"
    assert len(service.asked("/chat/completions")) == 1


@in_loop
async def test_a_picture_is_asked_for_as_base64_and_without_where_that_is_refused(
    house: House, service: StandIn
) -> None:
    """A server that knows no such parameter is asked without, from then on."""
    await house.picture()
    service.refuses = ("response_format",)
    for _ in range(2):
        await house.picture()
    formats = [request.body.get("response_format") for request in service.asked("/images/edits")]
    assert formats == ["b64_json", "b64_json", None, None]


def broke(sentence: str) -> Answer:
    """A fault of the server's own, in these words."""
    told = {"error": {"message": sentence, "type": "server_error", "code": None, "param": None}}
    return lambda handler, _: handler.send(500, told)


@in_loop
async def test_a_fault_of_the_servers_own_is_put_otherwise_only_where_it_says_so(
    house: House, service: StandIn
) -> None:
    """It may have come after the work, which is not bought twice for a guess."""
    for sentence in ("", "upstream broke while streaming", "response_format"):
        service.next("/images/edits", broke(sentence))
        service.next("/chat/completions", broke(sentence))
        with pytest.raises(ProviderError):
            await house.picture()
        assert (await house.story()).error is not None
    assert (len(service.asked("/images/edits")), len(service.asked("/chat/completions"))) == (3, 3)
    service.next("/chat/completions", broke("Grammar-based structured output is not supported"))
    assert (await house.story()).error is None
    assert forms(service)[3:] == ["json_schema", "json_object"]


@in_loop
async def test_odd_fields_get_their_default_and_the_rest_stands(house: House, service: StandIn) -> None:
    """A dedication of null is none; "she/her" is she; a page without a picture in words shows what it says."""
    service.words |= {"dedication": None, "friend": {"name": "Pim", "pronouns": "She / Her", "kind": None}, "extra": 1}
    del service.words["refrain"]
    service.words["chapters"][9] |= {"image_prompt": None, "alt": None, "text": ["They slept.", "CHILD slept."]}
    told = await house.story()
    assert told.error is None
    assert told.opening is not None
    assert told.opening.friend is not None
    assert (told.opening.dedication, told.opening.friend.pronouns, told.opening.friend.kind) == ("", "she", "")
    assert told.chapters[9].text == "They slept.\n\nMia slept."
    assert told.chapters[9].image_prompt == told.chapters[9].text


@in_loop
async def test_an_answer_for_one_chapter_is_read_as_leniently(house: House, service: StandIn) -> None:
    """Without a scene, with a field too many, and with its words as paragraphs."""
    row = {"title": "A Door", "text": ["Bramble waited.", "CHILD knocked."], "image_prompt": "A door.", "mood": 1}
    service.next("/chat/completions", body(completion(f"Sure!\n{json.dumps(row)}\nEnjoy.")))
    draft = await house.chapter()
    assert (draft.text, draft.scene, draft.alt) == ("Bramble waited.\n\nMia knocked.", "", "")
    service.next("/chat/completions", body(completion(json.dumps({"title": "A Door"}))))
    with pytest.raises(ProviderError, match="the answer was empty"):
        await house.chapter()
