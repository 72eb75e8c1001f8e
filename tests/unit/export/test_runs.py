"""Typefaces: what each can set, and whole words in the first that can."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from storymaker.errors import SetupError
from storymaker.export import fonts
from storymaker.export.fonts import Typefaces, coverage, find_typefaces
from storymaker.export.runs import clusters, direction, plain, runs


@pytest.fixture(scope="module")
def faces() -> Typefaces:
    """The installed faces, without emoji."""
    return Typefaces(find_typefaces().faces[:4], None)


@pytest.fixture
def emoji(faces: Typefaces, tmp_path: Path) -> Typefaces:
    """The same with three drawings."""
    for name in ("1f9f8", "2764", "1f468-200d-1f467"):
        (tmp_path / f"{name}.svg").write_text("<svg/>")
    return Typefaces(faces.faces, tmp_path)


def test_a_missing_typeface_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install."""
    monkeypatch.setitem(fonts._NEEDED, "Nowhere", "fontpkg_nowhere")
    with pytest.raises(SetupError, match="pip install fontpkg-nowhere"):
        find_typefaces()


@pytest.mark.parametrize("index", range(4))
def test_coverage_is_what_the_face_can_draw(faces: Typefaces, index: int) -> None:
    """Another reader of the same file agrees: a covered letter is not drawn as the missing-glyph box."""
    face = faces.faces[index]
    font = ImageFont.truetype(str(face.upright), 40, layout_engine=ImageFont.Layout.BASIC)
    box = bytes(font.getmask("\u0378"))  # not a character
    covered = coverage(face.upright)
    assert {ord(c) for c in "azAZ09äß“”…—"} <= covered
    for code in range(0x21, 0x250):
        if code != 0xAD:
            assert (bytes(font.getmask(chr(code))) != box) == (code in covered), hex(code)


def test_a_word_with_a_strange_letter_changes_face_as_a_whole(faces: Typefaces) -> None:
    """ABeeZee has no ő: the word goes to Lexend, its neighbours stay."""
    made, missing = runs("Now Erdős ran.", "ABeeZee", faces)
    assert made == [{"t": "Now "}, {"t": "Erdős", "f": "Lexend"}, {"t": " ran."}]
    assert missing == []


def test_what_no_face_has_is_reported_once_and_left_out(faces: Typefaces) -> None:
    """Each character once; the rest of the word is set."""
    made, missing = runs("a熊b 熊 🧸", "ABeeZee", faces)
    assert missing == ["熊", "🧸"]
    assert "".join(run["t"] for run in made) == "ab  "


def test_emoji_are_drawn(emoji: Typefaces) -> None:
    """One by one, joined ones as one, with their name for ears."""
    made, missing = runs("Hi 🧸❤️👨‍👧!", "ABeeZee", emoji)
    assert missing == []
    assert [run.get("alt", run.get("t")) for run in made] == ["Hi ", "teddy bear", "heavy black heart", "man", "!"]


def test_a_joined_emoji_without_drawing_is_reported(emoji: Typefaces) -> None:
    """Not half of it drawn."""
    made, missing = runs("👨‍👩‍👧", "ABeeZee", emoji)
    assert made == [] and "👩" in missing


def test_an_endless_word_may_break_and_a_word_may_not(faces: Typefaces) -> None:
    """Only more than 24 letters get places to break."""
    assert "\u200b" not in runs("W" * 24, "ABeeZee", faces)[0][0]["t"]
    assert runs("W" * 25, "ABeeZee", faces)[0][0]["t"].split("\u200b") == ["W"] * 25


def test_odd_spaces_and_line_ends_become_plain_ones() -> None:
    """Tabs, thin spaces, line separators: a face need not have them; a no-break space stays."""
    assert plain("a\tb\u2009c\u00a0d\u2028e\r\nf") == "a b c\u00a0d\ne\nf"


def test_clusters_are_what_a_reader_calls_characters() -> None:
    """Accents, skin tones, flags and families stay whole."""
    assert clusters("ae\u0301🙏🏽🇨🇿🇩🇪1️⃣") == ["a", "e\u0301", "🙏🏽", "🇨🇿", "🇩🇪", "1️⃣"]


@pytest.mark.parametrize(
    ("text", "way"), [("Bär", "ltr"), ("… «דב» x", "rtl"), ("123 الدب", "rtl"), ("!?", "ltr"), ("", "ltr")]
)
def test_the_first_letter_says_the_direction(text: str, way: str) -> None:
    """Digits and quotes do not."""
    assert direction(text) == way
