"""Advice on what reads well at which age."""

from __future__ import annotations

import pytest

from storymaker.books.bands import LIMITS
from storymaker.story.reading import (
    check_page,
    grade,
    rare_words,
    read_book,
    syllables,
    words,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("one", 1), ("“Tick, tock,” said it.", 4), ("a – b — c", 3), ("in 3 days", 2), ("aaah-hooom …", 1)],
)
def test_words_are_what_is_read_aloud(text: str, count: int) -> None:
    """A dash is no word, and a hyphen does not make two."""
    assert words(text) == count


def test_a_rare_word_is_named_once_in_its_order() -> None:
    """The parent sees which words."""
    text = "The contraption gave a loud somersault. The contraption was big."
    assert rare_words(text) == ("contraption", "somersault")


def test_noises_are_not_rare_words() -> None:
    """Tick, tock and aaah-hooom are to be made, not known."""
    assert rare_words("“Tick, tock, aaah-hooom,” said the clock. “CRUMP!” Plip. Plop. Squelch.") == ()


def test_a_rare_word_in_speech_is_one() -> None:
    """Quotation marks do not make a word known."""
    assert rare_words("“It is a contraption,” said the clock.") == ("contraption",)


def test_names_and_kinds_are_known() -> None:
    """Whoever owns an axolotl knows the word."""
    assert rare_words("Wuffelina’s axolotl sat on the mat with Wuffelina.", ("Wuffelina", "axolotl")) == ()


def test_a_form_of_a_known_word_is_known() -> None:
    """Who knows hum knows hummed."""
    assert rare_words("They squashed and squashes and hummed by the birches, ponies and twigs.") == ()


def test_a_page_that_reads_well_gets_no_remark() -> None:
    """No badge without a reason."""
    assert check_page("The clock was asleep.", "3-4") == ()


@pytest.mark.parametrize("band", list(LIMITS))
def test_a_long_page_is_remarked_on_with_the_number_that_fits(band: str) -> None:
    """One word too many, and the parent is told how many fit."""
    limits = LIMITS[band]  # type: ignore[index]
    fits = "on " * limits.words
    assert check_page(fits, band) == ()  # type: ignore[arg-type]
    (remark,) = check_page(fits + "on", band)  # type: ignore[arg-type]
    assert remark.code == "long"
    assert str(limits.words) in remark.sentence
    assert remark.sentence.endswith(".")


def test_rare_words_are_remarked_on_past_what_the_age_bears() -> None:
    """One at three, two at five, three at seven."""
    text = "The contraption was a somersault with a trundle, or a squelch."
    assert {band: [remark.code for remark in check_page(text, band)] for band in LIMITS} == {
        "3-4": ["rare"],
        "5-6": ["rare"],
        "7-8": ["rare"],
    }
    assert [check_page("The contraption was big.", band) for band in LIMITS] == [(), (), ()]
    assert [len(check_page("The contraption was a squelch in it.", band)) for band in LIMITS] == [1, 0, 0]


def test_a_books_minutes_fall_in_the_range_of_its_band() -> None:
    """Ten full pages take as long as the band promises."""
    for band, limits in LIMITS.items():
        book = read_book(["on " * limits.words] * 10, band)
        least, most = limits.minutes
        assert book.words == limits.words * 10
        assert least <= book.minutes <= most


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("bear", 1), ("stone", 1), ("little", 2), ("rocked", 1), ("wanted", 2), ("someone", 2), ("radio", 3),
        ("saying", 2), ("elephant", 3), ("horses", 2), ("clothes", 1), ("absolutely", 4), ("the", 1), ("don’t", 1),
        ("hmm", 1),
    ],
)  # fmt: skip
def test_syllables_of_common_words(word: str, count: int) -> None:
    """Near enough for a formula."""
    assert syllables(word) == count


def test_the_grade_follows_kincaids_formula() -> None:
    """Six words of one syllable in one sentence: 0.39 x 6 + 11.8 - 15.59."""
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert grade("") == 0.0


def test_harder_prose_has_a_higher_grade() -> None:
    """The number goes the right way."""
    hard = "Notwithstanding considerable meteorological uncertainty, the expedition proceeded immediately."
    assert grade(hard) > grade("It was wet. We went on.") + 5
