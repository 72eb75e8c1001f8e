"""Prompts that a tinkerer kept: named, chosen on purpose, and never in the way of a family that waits."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from storymaker.books.checking import replace
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.prompts import Prompt, built_in
from storymaker.prompts.kept import in_use, keep, kept_prompts, load_prompt, use
from storymaker.settings import Settings


def softer(name: str = "story") -> Prompt:
    """A prompt with one more sentence."""
    ours = built_in(name)
    return replace(ours, user=f"Softly, please. “Écoute”, said 1 % of them.\n{ours.user}")


def test_without_any_kept_the_built_in_ones_are_in_use(settings: Settings) -> None:
    """A new machine has no folder for them."""
    assert load_prompt("story", settings) == built_in("story")
    assert kept_prompts(settings) == ()
    assert dict(in_use(settings)) == {}


def test_a_kept_version_is_used_only_when_somebody_says_so(settings: Settings) -> None:
    """Kept, chosen, and put back: each prompt by itself."""
    kept = keep(softer(), "Softer nights", settings)
    assert (kept.title, kept.base, kept.base_version) == ("Softer nights", "story", built_in("story").version)
    assert load_prompt("story", settings) == built_in("story")
    assert dict(use("Softer nights", settings)) == {"story": "Softer nights"}
    assert load_prompt("story", settings) == softer()
    assert load_prompt("picture", settings) == built_in("picture")
    assert dict(use("built-in", settings)) == {}
    assert load_prompt("story", settings) == built_in("story")
    assert kept_prompts(settings) == (kept,)


def test_versions_of_different_prompts_are_chosen_apart(settings: Settings) -> None:
    """To use one for pictures leaves the one for stories."""
    keep(softer(), "soft", settings)
    keep(softer("picture"), "felt", settings)
    use("soft", settings)
    assert dict(use("felt", settings)) == {"story": "soft", "picture": "felt"}
    assert load_prompt("picture", settings) == softer("picture")


def test_the_file_is_plain_and_for_people(settings: Settings) -> None:
    """Words in lines, as they were written, where the environment says home is."""
    keep(softer(), "Softer nights")
    text = (settings.home / "prompts" / "story" / "softer-nights.toml").read_text("utf-8")
    assert 'title = "Softer nights"' in text
    assert "\nSoftly, please. “Écoute”, said 1 % of them.\n" in text


def test_a_name_stands_for_one_wording_for_ever(settings: Settings) -> None:
    """Kept again it is the same; other words need another name."""
    kept = keep(softer(), "soft", settings)
    assert keep(softer(), "soft", settings) == kept
    with pytest.raises(InvalidInputError, match="choose another name"):
        keep(built_in("story"), "soft", settings)
    for title in ("", "…", "built-in"):
        with pytest.raises(InvalidInputError, match="letters or digits"):
            keep(softer(), title, settings)


def test_what_its_maker_could_not_fill_is_not_kept(settings: Settings) -> None:
    """Data that no maker brings, a role that the model lacks, a prompt that there is not."""
    strange = replace(
        built_in("scene"), user=f"{built_in('scene').user} $hero", data={**built_in("scene").data, "hero": "x"}
    )
    with pytest.raises(InvalidInputError, match="see to hero"):
        keep(strange, "strange", settings)
    with pytest.raises(InvalidInputError, match="without the system role"):
        keep(replace(built_in("scene"), system="You paint."), "strange", settings)
    with pytest.raises(NotFoundError, match="no prompt called"):
        keep(replace(built_in("scene"), name="../scene"), "strange", settings)


def test_using_what_was_never_kept_is_refused_with_what_there_is(settings: Settings) -> None:
    """And what is in use stays."""
    keep(softer(), "soft", settings)
    use("soft", settings)
    with pytest.raises(NotFoundError, match="There is: built-in, soft"):
        use("hard", settings)
    assert dict(in_use(settings)) == {"story": "soft"}


DAMAGE = {
    "gone": lambda file: file.unlink(),
    "torn": lambda file: file.write_bytes(file.read_bytes()[:-40]),
    "no text": lambda file: file.write_bytes(b"\xff\xfe"),
    "outdated": lambda file: file.write_text(file.read_text("utf-8").replace("brief", "order"), "utf-8"),
    "of another prompt": lambda file: file.write_text(file.read_text("utf-8").replace('"story"', '"scene"'), "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_or_outdated_version_stops_no_story(
    damage: object, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The built-in prompt stands in, the log names the file, and the list passes it over."""
    keep(softer(), "soft", settings)
    use("soft", settings)
    assert callable(damage)
    damage(settings.home / "prompts" / "story" / "soft.toml")
    with caplog.at_level(logging.WARNING):
        assert load_prompt("story", settings) == built_in("story")
    assert "“story” stands in" in caplog.text
    assert "soft.toml" in caplog.text
    assert kept_prompts(settings) == ()


def test_a_damaged_choice_stops_no_story_and_is_mended_by_a_new_one(settings: Settings, tmp_path: Path) -> None:
    """Going back to ours always works."""
    keep(softer(), "soft", settings)
    use("soft", settings)
    (settings.home / "prompts" / "in-use.toml").write_text("story = ", "utf-8")
    assert load_prompt("story", settings) == built_in("story")
    with pytest.raises(InvalidInputError, match="mend or remove"):
        in_use(settings)
    use("built-in", settings)
    assert dict(in_use(settings)) == {}
