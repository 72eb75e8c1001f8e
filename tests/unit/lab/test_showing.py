"""Results as a notebook shows them: whole, escaped, and nothing that a parent should look at first."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import storymaker.lab.grid  # noqa: F401  (registers how results show themselves)
from storymaker.errors import InvalidInputError, SetupError
from storymaker.lab.archive import Rating
from storymaker.lab.comparison import Comparison
from storymaker.lab.measures import MEASURES
from storymaker.lab.results import Estimate, Expected, Result, ResultPage, Run
from storymaker.lab.variants import Variant, pictures, words
from storymaker.testing import flat_png

HOSTILE = "<script>alert(1)</script> & “{name}” <img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    """Which tags and attributes there are, and what is read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def told(name: str, text: str = "A hare ran. It ran on.", **fields: Any) -> Result:
    """A result of words."""
    pages = tuple(ResultPage(n, f"Page {n}", text) for n in range(1, 6))
    known: dict[str, Any] = {"subject": "Bedtime", "title": "A Hare", "pages": pages, "cost_usd": 0.0021}
    rating = fields.pop("rating", None)
    return Result(words(name, "openai"), rated=lambda: rating, **(known | fields))


def test_a_grid_shows_words_and_figures_side_by_side() -> None:
    """Cost, time, reading and rating beside each; the first pages open, the others folded; a fault with its cost."""
    rating = Rating(stars=4, note="Reads well.")
    run = Run(
        (
            told("as it is", seconds=12.34, rating=rating),
            told("softly", kept=True, paid_usd=0.0),
            Result(words("no key", "openai"), "Bedtime", reason="There is no OpenAI key.", cost_usd=0.01),
        )
    )
    page = Tags(str(run._repr_html_()))
    for part in (
        "as it is",
        "12.3 s",
        "$0.002",
        "6.0",
        "kept from before",
        "★★★★☆",
        "“Reads well.”",
        "5. Page 5",
        "The other 3 pages",
    ):
        assert part in page.text, part
    assert "There is no OpenAI key.It cost $0.010 all the same." in page.text
    assert "img" not in page.tags


def test_what_failed_stands_above_and_has_no_column() -> None:
    """A line with its name and why; where nothing was made there is no table."""
    failed = Result(words("no key", "openai"), "Bedtime", reason="There is no OpenAI key.")
    html = str(Run((told("made well"), failed))._repr_html_())
    assert "--n:1" in html
    text = Tags(html).text
    assert text.index("no key") < text.index("There is no OpenAI key.") < text.index("made well")
    assert 'role="table"' not in str(failed._repr_html_())


def test_a_grid_says_which_words_were_swapped() -> None:
    """A few of them, whether it was made or not."""
    many = tuple(f"“old {n}…” → “new {n}…”" for n in range(9))
    made, failed = told("softly", swaps=many), Result(words("x"), "Bedtime", reason="No.", swaps=many[:1])
    text = Tags(str(Run((made, failed))._repr_html_())).text
    assert text.count("“old 0…” → “new 0…”") == 2
    assert ("new 3" in text, "new 4" in text, "and 5 more" in text) == (True, False, True)


def test_whatever_was_written_is_escaped() -> None:
    """Names, titles, words, reasons, notes: no tag and no handler comes of them."""
    hostile = told(
        HOSTILE[:60], HOSTILE, subject=HOSTILE, title=HOSTILE, rating=Rating(stars=1, note=HOSTILE),
        pages=(ResultPage(1, HOSTILE, HOSTILE),),
    )  # fmt: skip
    failed = Result(
        Variant(name="x", role="words", maker=HOSTILE, settings={HOSTILE: HOSTILE}),
        HOSTILE,
        reason=HOSTILE,
        swaps=(HOSTILE,),
    )
    estimate = Estimate(
        (Expected(hostile.variant, HOSTILE, 0.1, sends=HOSTILE), Expected(failed.variant, "", reason=HOSTILE))
    )
    for shown in (Run((hostile, failed)), Comparison(HOSTILE[:60], "x", (hostile, failed)), estimate):
        page = Tags(str(shown._repr_html_()))
        assert set(page.tags) <= {"div", "style", "p", "b", "span", "details", "summary"}
        assert page.names <= {"class", "style", "role", "aria-label", "aria-level"}
        assert HOSTILE in page.text


def test_a_picture_stands_in_the_notebook_itself_and_a_veiled_one_does_not(tmp_path: Path) -> None:
    """As a small JPEG with its words for those who cannot see; what should be looked at first is only told of."""
    file = tmp_path / "images" / "picture.png"
    file.parent.mkdir()
    file.write_bytes(flat_png(900, 7))
    seen = ResultPage(1, "A Door", "", file, likeness=0.81, notes=("Two suns.",), alt='Pip by a "door".')
    veiled = ResultPage(2, "A Fight", "", file, notes=("Please look first.",), veiled=True)
    gone = ResultPage(3, "Gone", "", tmp_path / "images" / "gone.png")
    run = Run((Result(pictures("as it is"), "Bedtime", pages=(seen, veiled, gone)),))
    html = str(run._repr_html_())
    assert html.count("<img ") == 1
    assert 'src="data:image/jpeg;base64,' in html
    assert 'alt="Pip by a &quot;door&quot;."' in html
    text = Tags(html).text
    for part in ("likeness 0.81", "Two suns.", "Please look first.", "not there any more"):
        assert part in text
    assert len(html) < 40_000


def test_an_estimate_says_the_price_and_what_leaves_the_house() -> None:
    """Of those that would be asked; what is kept costs nothing."""
    known: dict[str, Any] = {"subject": "Bedtime", "sends": "What you typed goes to OpenAI."}
    estimate = Estimate(
        (Expected(words("new", "openai"), estimate_usd=0.0123, **known), Expected(words("old"), kept=True, **known))
    )
    for text in (repr(estimate), Tags(str(estimate._repr_html_())).text):
        for part in ("about $0.012", "kept from before", "What you typed goes to OpenAI."):
            assert part in text
    assert Estimate(estimate.lines[1:]).sends == ()


def compared() -> Comparison:
    """Two versions on three briefs; on one of them the second failed."""
    results = []
    for n, brief in enumerate(("Bedtime", "A lost $kite$", "Birthday"), 1):
        results.append(told("as it is", "A hare ran. " * n, subject=brief, seconds=1.0))
        results.append(told("_shorter", "Hare! Ran.", subject=brief, rating=Rating(stars=n)))
    results[-1] = Result(words("_shorter", "openai"), "Birthday", reason="The line broke.")
    return Comparison("as it is", "_shorter", tuple(results))


def test_a_comparison_is_a_table_and_its_averages() -> None:
    """Over the briefs that both were measured on; a failure is a row without figures, and its reason is told."""
    comparison = compared()
    assert comparison.means["words_a_page"] == (4.5, 2.0)
    assert "rating" not in comparison.means, "only one of them was rated"
    table = comparison.table()
    assert list(table.columns) == ["brief", "version", *MEASURES, "reason"]
    assert len(table) == 6
    assert table["words_a_page"].isna().sum() == 1
    assert {str(kind) for kind in table[[*MEASURES]].dtypes} == {"float64"}, "nothing is NaN, and nowhere None"
    text = Tags(str(comparison._repr_html_())).text
    for part in ("average of 2 briefs", "4.5", "−2.5", "The line broke."):
        assert part in text
    assert "words a page: as it is 4.50, _shorter 2.00" in repr(comparison)


def test_a_comparison_is_plotted(tmp_path: Path) -> None:
    """A panel a measure that tells something, each brief in each; a dollar is a dollar."""
    plot = compared().plot()
    panels = [axis for axis in plot.figure.axes if axis.get_visible()]
    assert [axis.get_title(loc="left") for axis in panels] == [
        "words a page", "sentences a page", "reading grade", "cost, US dollars", "seconds",
    ]  # fmt: skip
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["Bedtime", r"A lost \$kite\$"]
    assert [text.get_text() for text in plot.figure.legends[0].get_texts()] == ["as it is", "shorter"]
    assert plot.save(tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(SetupError, match=r"pip install 'storymaker\[lab\]'"):
        compared().plot()


def test_nothing_to_compare_is_said() -> None:
    """Instead of an empty sheet."""
    failed = Result(words("a"), "Bedtime", reason="No.")
    with pytest.raises(InvalidInputError, match="run both first"):
        Comparison("a", "b", (failed,)).plot()
    assert "No." in str(Comparison("a", "b", (failed,))._repr_html_())
