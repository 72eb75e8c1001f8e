"""What can be varied, what is refused and with which sentence, and what keeping a winner means."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import storymaker.lab
from storymaker.books.model import Book, Brief, Chapter, Character, Pose
from storymaker.books.shelf import Shelf
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.lab import SAMPLES, Lab, Sample, Variant, pictures, reworded, words
from storymaker.lab.archive import Archive
from storymaker.lab.subjects import Subject, subject_of
from storymaker.lab.trials import trial_of
from storymaker.prompts import built_in
from storymaker.prompts.kept import keep, load_prompt, use
from storymaker.settings import Settings
from storymaker.story.arcs import load_arc
from storymaker.story.paper import PaperAuthor
from storymaker.testing import ScriptedAuthor

STORY = built_in("story")
SHORT = Sample(name="Short", arc="yawn", chapters=3)

REFUSED = [
    (words("x", "scripted", prompts=[STORY]), "scripted does not heed the prompt story here (it works by no prompt)"),
    (words("x", "tuned", prompts=[built_in("rewrite")]), "heed the prompt rewrite here (its prompts are story)"),
    (words("x", "tuned", settings={"image_style": "felt"}), "heed the setting image_style here (its settings are text_model)"),
    (words("x", "tuned", cutouts=[1]), "an author sees no pictures"),
    (pictures("x", "tuned", arc="kite"), "arc and ages belong to the sample"),
    (pictures("x", "tuned", cutouts=[9]), "no number 9"),
    (pictures("x", "plain", liked=True), "plain looks at no other page"),
    (pictures("x", "tuned", liked=True), "no finished picture"),
    (pictures("x", "nobody"), "There is no illustrator called “nobody” here. There is: plain, tuned."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("variant", "sentence"), REFUSED, ids=lambda value: "" if isinstance(value, Variant) else value[:30]
)
def test_what_a_maker_cannot_vary_is_refused_and_not_passed_over(variant: Variant, sentence: str, lab: Lab) -> None:
    """In the estimate already, with what can be varied."""
    (line,) = lab.estimate([variant], SHORT).lines
    assert sentence in line.reason
    assert line.estimate_usd == 0


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (words, {"name": ""}, "name"),
        (words, {"name": "x", "seed": -1}, "seed"),
        (words, {"name": "x", "model": "gpt"}, "model"),
        (words, {"name": "x", "prompts": [STORY, STORY]}, "twice"),
        (pictures, {"name": "x", "cutouts": [0]}, "cutouts"),
    ],
)
def test_a_variant_is_checked_when_it_is_made(kind: Any, fields: dict[str, Any], message: str) -> None:
    """A slip is no trial."""
    with pytest.raises(InvalidInputError, match=message):
        kind(**fields)


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        (pictures, {"cutouts": 1}, "cutouts must be a list of whole numbers from 1: cutouts=[1], and 1 is not that."),
        (words, {"seed": "two"}, "seed must be a whole number from 0 to 2147483647, and 'two' is not that."),
        (words, {"prompts": STORY}, "prompts must be a list: prompts=[reworded(…)], and "),
        (words, {"settings": {"text_model": 4}}, "settings must be names with words"),
        (words, {"age_band": "9-10"}, 'age_band must be "3-4", "5-6" or "7-8"'),
        (words, {"model": "gpt"}, "A variant has no “model” to vary. It has: prompts, settings, seed,"),
    ],
)
def test_a_slip_is_said_in_the_callers_own_words(kind: Any, fields: dict[str, Any], sentence: str) -> None:
    """What was given, and how it is given."""
    with pytest.raises(InvalidInputError) as slip:
        kind("x", **fields)
    assert slip.value.message.startswith(sentence)
    assert len(slip.value.message) < 200


def test_a_lost_or_an_invented_placeholder_is_said() -> None:
    """With its dollar, as it stands in the prompt, and what to do."""
    for parts, sentence in (
        ({"user": "Write!"}, "$brief is missing; it must stay in the prompt."),
        (
            {"user": "$brief $child"},
            "the user role holds $child, which nobody fills; it may hold $ages, $band, $brief, ",
        ),
        ({"system": f"{STORY.system} $brief"}, "the system role may not hold $brief, only $ages, "),
        ({"user": 5}, "user: Input should be a valid string."),
    ):
        with pytest.raises(InvalidInputError) as slip:
            reworded("story", None, **parts)
        assert slip.value.message.startswith(f"The prompt “story” does not hold together so: {sentence}")


def test_a_prompt_can_be_read() -> None:
    """All its words, with the name of each part that can be written anew."""
    text = str(reworded("story"))
    parts = ("── system ──\nYou write", "── user ──\nPlease write", "── bands ──\n$band for ages 3-4: One event")
    assert [part in text for part in parts] == [True] * 3
    assert "system" not in str(built_in("picture")), "it has no such part"


def test_a_budget_that_is_no_money_and_two_that_are_not_alike_are_refused(lab: Lab, wrote: list[str]) -> None:
    """Before anything is done."""
    for budget in (-1, float("nan"), "1"):
        with pytest.raises(InvalidInputError, match="budget_usd must be a number of US dollars from 0"):
            lab.run(words("x", "tuned"), SHORT, budget_usd=budget)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="one writes words, the other draws pictures"):
        lab.compare(words("x", "tuned"), pictures("y", "tuned"), SHORT)  # type: ignore[arg-type]
    assert wrote == []


def test_a_setting_that_cannot_be_is_said_of_its_variant(lab: Lab, makers: Any) -> None:
    """As the program says it of its own settings."""
    makers["pictures"]["tuned"].tunes_settings = ("image_quality",)
    (line,) = lab.estimate([pictures("x", "tuned", settings={"image_quality": "superb"})], SHORT).lines
    assert "STORYMAKER_IMAGE_QUALITY cannot be used" in line.reason


def test_a_prompt_is_reworded_where_its_words_stand_once(settings: Settings) -> None:
    """By swaps or by whole parts; placeholders stay checked."""
    past = reworded("story", {"Past tense.": "Present tense."})
    assert "Present tense." in past.system
    assert "Past tense." not in past.system
    assert reworded(past, user="Write! $brief").user == "Write! $brief"
    for swaps, message in (
        ({"Nowhere": ""}, "stands 0 times"),
        ({"page": ""}, r"stands \d+ times"),
        ({"": "x"}, "stands 0"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            reworded("story", swaps)
    for parts, message in (
        ({"user": "Write!"}, "brief"),
        ({"user": "$brief $child"}, "child"),
        ({"version": 2}, "version"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            reworded("story", None, **parts)
    with pytest.raises(NotFoundError, match="no prompt called"):
        reworded("tale")


SWAPS = [
    ({"Past tense.": "Present tense."}, ["“Past tense. Concrete…” → “Present tense. Concrete…”"]),
    ({"Past tense. ": ""}, ["“Past tense. Concrete nouns,…” → “Concrete nouns,…”"]),
    (
        {"Please write": "Softly write", "Past tense.": "Present."},
        ["“Past tense. Concrete nouns,…” → “Present. Concrete nouns,…”", "“Please write the…” → “Softly write the…”"],
    ),
    ({"without a word.": "without a frown."}, ["“without a word.” → “without a frown.”"]),
    ({}, []),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "told"), SWAPS)
def test_what_was_swapped_is_told_in_a_few_words(changed: dict[str, str], told: list[str], settings: Settings) -> None:
    """With enough around it to find it, and no more."""
    variant = words("x", "openai", prompts=[reworded("story", changed)])
    assert list(variant.swaps(settings)) == told


def test_swaps_are_told_against_the_prompt_in_use(settings: Settings) -> None:
    """A kept version is no change any more; of an age’s manner the change is told; of all anew no page full of words."""
    softly = reworded("story", {"Please write": "Softly write"})
    keep(softly, "soft", settings)
    use("soft", settings)
    assert words("x", "openai", prompts=[softly]).swaps(settings) == ()
    bands = {**STORY.bands, "3-4": STORY.bands["3-4"].replace("One event", "Two events")}
    assert words("x", "openai", prompts=[reworded(softly, bands=bands)]).swaps(settings) == (
        "“One event and one…” → “Two events and one…”",
    )
    (user,) = words("x", "openai", prompts=[reworded(softly, user="Write! $brief")]).swaps(settings)
    assert len(user) < 110


def test_the_prompt_in_use_is_what_is_reworded_and_tried(lab: Lab, settings: Settings) -> None:
    """After a version was put in use, “as it is” is another trial."""
    before = lab.estimate([words("as it is", "tuned")], SHORT)
    keep(reworded("story", {"Please write": "Softly write"}), "soft", settings)
    use("soft", settings)
    assert "Softly write" in reworded("story", {"the book": "the whole book"}, settings=settings).user
    assert "Softly write the whole book" in reworded("story", {"the book": "the whole book"}).user
    assert before.lines[0].variant.differs == ()


def test_keeping_a_winner_says_what_is_to_be_set_besides(lab: Lab, settings: Settings) -> None:
    """Prompts are kept; a model or a style is a setting, and nobody pretends otherwise."""
    softly = reworded("story", {"Please write": "Softly write"})
    kept = lab.keep(words("w", "openai", prompts=[softly], settings={"text_model": "gpt-x"}), "softer nights")
    assert (kept.title, kept.prompts, kept.settings) == ("softer nights", ("story",), ("STORYMAKER_TEXT_MODEL=gpt-x",))
    assert "set STORYMAKER_TEXT_MODEL=gpt-x" in repr(kept)
    assert load_prompt("story", settings) == STORY
    assert repr(lab) == f"The lab in {settings.home / 'lab'}\nAll built-in\nKept: “softer nights”"
    assert dict(lab.use("softer nights")) == {"story": "softer nights"} == dict(lab.in_use)
    assert repr(lab.in_use) == "In use: story → “softer nights”"
    assert repr(lab.in_use) in repr(lab)
    assert load_prompt("story", settings) == softly
    assert repr(lab.use("built-in")) == "All built-in"
    with pytest.raises(InvalidInputError, match="STORYMAKER_IMAGE_STYLE=felt"):
        lab.keep(pictures("felt", "openai", settings={"image_style": "felt"}), "felt")
    with pytest.raises(InvalidInputError, match="no prompt of its own"):
        lab.keep(words("other", seed=3), "other")


def test_another_seed_is_another_telling_of_the_books_own_story(lab: Lab) -> None:
    """Unless another story is asked for; whoever follows wishes is asked for what the family asked for."""
    hero = Character(name="Bramble", kind="bear", poses=(Pose(cutout=f"cutout-{'b' * 16}.png"),))
    brief = Brief(seed=4)
    told = enumerate(load_arc("kite").chapters, 1)
    pages = tuple(Chapter(id=f"book1.{n}", n=n, title=page.title) for n, page in told)
    book = Book(id="book1", brief=brief, heroes=(hero,), cover=Chapter(id="book1.cover", n=0), chapters=pages)
    subject = Subject("Bramble", brief, (hero,), None, {}, story=book)
    paper = {"words": {"paper": PaperAuthor, "follows": type("Follows", (ScriptedAuthor,), {"follows_wishes": True})}}

    def asked(variant: Variant) -> Brief:
        return trial_of(variant, subject, paper, lab.settings).brief  # type: ignore[arg-type]

    assert {asked(words("x", seed=seed)).arc for seed in range(8)} == {"kite"}
    assert asked(words("x", arc="yawn")).arc == "yawn"
    assert asked(words("x", "follows", seed=2)).arc == ""


def test_a_maker_that_was_written_in_the_notebook_can_be_tried(lab: Lab, makers: Any) -> None:
    """There is no file that says when it changes, so nothing of it is kept for another class of that name."""
    keys = set()
    for _ in range(2):
        mine = type("Mine", (ScriptedAuthor,), {"__module__": "nowhere"})
        subject = subject_of(SHORT, Shelf(lab.settings.books), Archive(lab.settings.home).shelf)
        keys.add(trial_of(words("x", "mine"), subject, {"words": {"mine": mine}}, lab.settings).key)
    assert len(keys) == 2


def test_they_say_what_they_are_in_a_line() -> None:
    """In a terminal, and in a list."""
    assert repr(words("x", prompts=[STORY], seed=3)) == "x: words by paper, prompt “story”, seed 3"
    assert repr(pictures("y")) == "y: pictures by paper, as it is now"


def test_the_samples_can_be_told_by_everybody() -> None:
    """An arc for the paper studio and a wish for those who follow one; each age is there."""
    assert {sample.age_band for sample in SAMPLES} == {"3-4", "5-6", "7-8"}
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES) >= 5
    assert all(sample.arc and sample.wish for sample in SAMPLES)


def test_the_public_names_are_these_and_importing_them_is_light() -> None:
    """No engine, table or plot before it is needed."""
    assert storymaker.lab.__all__ == [
        "SAMPLES", "Comparison", "Lab", "Result", "Run", "Sample", "Variant", "pictures", "reworded", "words",
    ]  # fmt: skip
    assert dir(storymaker.lab) == sorted(storymaker.lab.__all__)
    with pytest.raises(AttributeError):
        _ = storymaker.lab.nonsense
    asked = "from storymaker.lab import *; import sys; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"openai", "dbos", "pandas", "matplotlib", "numpy", "cv2", "IPython", "ipywidgets", "voila"}
    assert heavy & {name.partition(".")[0] for name in loaded} == set()
