"""Before printing: what is missing is said with its page, and nothing is passed over."""

from __future__ import annotations

from typing import Any

import pytest

from storymaker.errors import ExportError
from storymaker.export import fonts
from storymaker.export.plan import PdfOptions
from tests.unit.export.conftest import Press, tags

HIEROGLYPH = "\U00013000"
"""No package here has it."""


@pytest.mark.parametrize(
    ("index", "change", "sentence"),
    [
        (0, {"picture": None}, r"^Page 1 \(“Part 1”\) has no picture yet\. Finish it first, or print a draft\.$"),
        (1, {"text": " "}, r"^Page 2 \(“Part 2”\) has no words yet\."),
        (
            1,
            {"text": f"A bear and {HIEROGLYPH}."},
            r"^Page 2 \(“Part 2”\) has the character .* \(egyptian hieroglyph a001\)",
        ),
        (0, {"title": HIEROGLYPH}, r"^Page 1 .*hieroglyph"),
        (1, {"text": "It went on and on. " * 315}, r"^Page 2 \(“Part 2”\) has more words than fit.*two chapters"),
    ],
)
def test_a_page_that_cannot_be_printed_is_named(
    small_press: Press, index: int, change: dict[str, Any], sentence: str
) -> None:
    """The message opens with page and chapter, and no PDF appears."""
    small_press.change(index, **change)
    with pytest.raises(ExportError, match=sentence):
        small_press.print()
    assert not small_press.target.exists()
    assert list((small_press.folder / ".state").rglob("*.pdf")) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "The book has no title"),
        ({"chapters": ()}, "no chapters"),
        ({"drafted": False}, "Only 2 of 10 chapters are there: the last page"),
        ({"dedication": f"For {HIEROGLYPH}"}, "^The dedication has the character"),
        ({"title": f"{HIEROGLYPH} and the Sea"}, "^The cover has the character"),
    ],
)
def test_a_book_that_cannot_be_printed_says_why(small_press: Press, change: dict[str, Any], sentence: str) -> None:
    """Title, chapters, end, dedication."""
    small_press.change_book(**change)
    with pytest.raises(ExportError, match=sentence):
        small_press.print()


def test_a_picture_whose_file_is_gone_counts_as_missing(small_press: Press) -> None:
    """What the book says and what the disk has must agree."""
    picture = small_press.book.chapters[1].picture
    assert picture is not None
    (small_press.folder / "images" / picture.file).unlink()
    with pytest.raises(ExportError, match=r"Page 2 .* picture is missing"):
        small_press.print()


def test_several_gaps_are_counted(small_press: Press) -> None:
    """The first is named, the others are counted."""
    small_press.change(0, picture=None)
    small_press.change(1, picture=None, text="")
    with pytest.raises(ExportError, match=r"Page 1 .* 2 more things are not ready either"):
        small_press.print()


def test_a_draft_prints_what_is_missing_as_missing(small_press: Press) -> None:
    """Placeholders in plain sight, a remark for each, the plan kept."""
    small_press.change(0, picture=None)
    small_press.change(1, text="")
    small_press.change_book(cover=small_press.book.cover.model_copy(update={"picture": None}), title="", drafted=False)
    info = small_press.print(PdfOptions(draft=True))
    assert info.pages == 8
    assert len(info.remarks) == 5
    assert "coverpicturetocome" in small_press.text(1)
    assert "picturetocome" in small_press.text(4)
    assert "wordstocome" in small_press.text(7)


def test_a_picture_without_description_is_described_by_what_was_asked_for(small_press: Press) -> None:
    """Prompt, else title: never nothing; and the parent is told."""
    small_press.change(0, alt="", image_prompt="A bear in a boat.")
    small_press.change(1, alt="", image_prompt="")
    info = small_press.print()
    assert [remark.split(":")[0] for remark in info.remarks] == ["Page 1 (“Part 1”)", "Page 2 (“Part 2”)"]
    described = [tag["/Alt"] for tag in tags(small_press.read()) if tag["/S"] == "/Figure"]
    assert described[1:3] == ["A bear in a boat.", "Part 2"]


def test_a_picture_that_tells_other_words_is_remarked_on(small_press: Press) -> None:
    """It is printed, for the parent may like it."""
    chapter = small_press.book.chapters[0].model_copy(update={"text": "Quite another story."})
    small_press.change_book(chapters=(chapter, small_press.book.chapters[1]))
    assert small_press.print().remarks == ("Page 1 (“Part 1”): the words have changed since this picture was drawn.",)


def test_the_advice_names_the_package_that_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing script or emoji can be installed; where nothing helps, nothing is promised."""
    monkeypatch.setitem(fonts.SCRIPT_PACKAGES, "THAI", "fontpkg-not-there")
    told = fonts.advice("ก", "THAI CHARACTER KO KAI")
    assert told.startswith("please take it out") and told.endswith("install the Python package fontpkg-not-there")
    assert "pip" not in told, "a parent reads it"
    assert fonts.advice("\u13a0", "CHEROKEE LETTER A") == "please take it out"
