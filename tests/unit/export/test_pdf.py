"""The screen PDF: 24 pages in order, open to everybody, and the same again for nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from storymaker.books.model import Brief
from storymaker.child import ChildPool
from storymaker.errors import ExportError, NotFoundError
from storymaker.export.pdf import export_pdf, export_preview, preview_page
from storymaker.export.plan import PdfOptions
from tests.unit.export.conftest import Press, squeezed, tags


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """A ten-chapter book, printed once for all tests that only read it."""
    press = Press(tmp_path_factory.mktemp("printed"))
    press.print()
    return press.read()


def test_ten_chapters_are_24_square_pages_in_the_planned_order(printed: PdfReader) -> None:
    """Title, imprint, dedication, ten spreads with the words on the right, The End."""
    pages = [squeezed(page.extract_text()) for page in printed.pages]
    assert len(pages) == 24
    assert "BrambleandtheSea" in pages[0]
    assert "StarringBramblethebear." in pages[1]
    assert "ages5–6" in pages[1]
    assert pages[2] == "ForMia."
    for n in range(1, 11):
        assert pages[2 * n + 1] == ""
        told = f"Part{n}Outofwood{n}theycametothesea.“Comeback!”Buttheyawnwenton."
        assert told in pages[2 * n + 2]
    assert pages[23] == "TheEnd"
    assert {(float(page.mediabox.width), float(page.mediabox.height)) for page in printed.pages} == {(612.0, 612.0)}


def test_everybody_can_read_it(printed: PdfReader) -> None:
    """It is tagged, says its language and title, and claims PDF/UA-1 and PDF/A-2a, which typst checks."""
    root: Any = printed.root_object
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "en"
    assert printed.metadata is not None and printed.metadata.title == "Bramble and the Sea"
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    claims = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in claims
    assert "<pdfaid:part>2</pdfaid:part>" in claims and "<pdfaid:conformance>A</pdfaid:conformance>" in claims


def test_every_picture_has_its_description(printed: PdfReader) -> None:
    """Cover, ten pictures and the hero on the last page, each with the alt text of its page."""
    figures = [tag["/Alt"] for tag in tags(printed) if tag["/S"] == "/Figure"]
    assert figures == ["Bramble by the sea.", *(f"Scene {n}." for n in range(1, 11)), "Bramble the bear"]


def test_the_title_is_a_heading_and_the_chapters_are_under_it(printed: PdfReader) -> None:
    """One H1, ten H2, and an outline that leads to them."""
    headings = [tag["/S"] for tag in tags(printed) if str(tag["/S"]).startswith("/H")]
    assert headings == ["/H1", *["/H2"] * 10]
    outline: Any = printed.outline
    title, chapters = outline
    assert title["/Title"] == "Bramble and the Sea"
    assert [entry["/Title"] for entry in chapters] == [f"Part {n}" for n in range(1, 11)]


def test_it_links_nowhere_and_runs_nothing(printed: PdfReader) -> None:
    """No link, no script, no attached file."""
    assert all("/Annots" not in page for page in printed.pages)
    assert not {"/OpenAction", "/AA", "/AF"} & set(printed.root_object)


def test_all_faces_are_ours_and_inside(printed: PdfReader) -> None:
    """Only the packaged typefaces, each embedded."""
    pages: Any = printed.pages
    fonts = {font for page in pages for font in page["/Resources"].get("/Font", {}).values()}
    names = {font.get_object()["/BaseFont"].split("+")[-1].split("-")[0] for font in fonts}
    assert names == {"ABeeZee", "Fredoka"}
    for font in fonts:
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert any(key.startswith("/FontFile") for key in descriptor)


@pytest.mark.parametrize(("band", "face"), [("3-4", "ABeeZee"), ("7-8", "Literata")])
def test_the_face_follows_the_age(small_press: Press, band: str, face: str) -> None:
    """Single-storey letters for the small, a book face for the big; the imprint says which."""
    small_press.change_book(brief=Brief.model_validate({"age_band": band}))
    small_press.print()
    assert f"Setin{face}" in small_press.text(2)


def test_easy_reading_is_one_switch(small_press: Press) -> None:
    """The words stand in Lexend, and the imprint says so."""
    small_press.print(PdfOptions(easy_reading=True))
    page: Any = small_press.read().pages[4]
    assert any("Lexend" in font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values())
    assert "SetinLexend" in small_press.text(2)


MARKUP = '#eval("1+1") #pagebreak() $x^2$ *bold* _u_ @ref <tag> // no /* c */ `code` \\ \\u{41} [ ] { } ~ -- --- = - + 1. "q" \'q\''


def test_markup_is_only_text(small_press: Press) -> None:
    """Whatever means something to the typesetter prints as it was typed, in every field."""
    small_press.change(0, text=MARKUP, title="#panic() *x* $", alt="] #x")
    small_press.change_book(title="= #T ]", dedication="@d $ \\")
    small_press.print()
    assert squeezed(MARKUP) in small_press.text(5)
    assert "#panic()*x*$" in small_press.text(5)
    assert "=#T]" in small_press.text(1)
    assert small_press.text(3) == "@d$\\"
    assert len(small_press.read().pages) == 8


@pytest.mark.parametrize("band", ["3-4", "5-6", "7-8"])
def test_no_line_is_longer_than_a_child_can_follow(small_press: Press, band: str) -> None:
    """About 45 characters at most, at the size of every age."""
    small_press.change_book(brief=Brief.model_validate({"age_band": band}))
    text = "Out of the wood they came to the sea, and on the sea was a boat, and in the boat was exactly enough room for one."
    small_press.change(0, text=text)
    small_press.print()
    lines = [line.strip() for line in small_press.read().pages[4].extract_text().splitlines()]
    assert 30 <= max(map(len, lines)) <= 46


def test_a_sign_keeps_its_lines(small_press: Press) -> None:
    """Single line breaks stay: three lines of a sign stand one under another."""
    small_press.change(0, text="And the sign said:\n\nONE TREASURE, PLEASE.\nYOU GET YOURS BACK\nWHEN I GET MINE.")
    small_press.print()
    lines = [line.strip() for line in small_press.read().pages[4].extract_text().splitlines()]
    assert lines.index("YOU GET YOURS BACK") + 1 == lines.index("WHEN I GET MINE.")


@pytest.mark.parametrize(("chapters", "pages"), [(1, 6), (2, 8), (30, 64)])
def test_any_number_of_chapters(tmp_path: Path, chapters: int, pages: int) -> None:
    """A book has four pages and two for every chapter."""
    press = Press(tmp_path, chapters=chapters)
    assert press.print().pages == pages == len(press.read().pages)


def test_an_empty_dedication_leaves_its_page_empty(small_press: Press) -> None:
    """Page 3 carries no words, and the plan stays."""
    small_press.change_book(dedication="")
    assert small_press.print().pages == 8
    assert small_press.text(3) == ""


def test_a_cover_without_lettering_gets_a_title(small_press: Press) -> None:
    """Lettered or not, the title is there once as a heading; only where it is seen differs, before or after the picture."""
    orders = []
    for lettered in (True, False):
        small_press.print(PdfOptions(lettered=lettered))
        orders.append([tag["/S"] for tag in tags(small_press.read()) if tag["/S"] in ("/H1", "/Figure")][:2])
    assert orders == [["/H1", "/Figure"], ["/Figure", "/H1"]]


@pytest.mark.parametrize(
    "text",
    ["… ! ? — “!”", "W" + "a" * 300 + "h!", "Где медведь? Пришёл.", "Ő, Doğan! Žluťoučký kůň."],
)
def test_odd_texts_are_set_whole(small_press: Press, text: str) -> None:
    """Only punctuation, one endless word, other alphabets, letters that ABeeZee lacks: all there."""
    small_press.change(0, text=text)
    small_press.print()
    assert squeezed(text) in small_press.text(5)


def test_an_endless_title_stays_on_its_page(small_press: Press) -> None:
    """Eighty letters without a space break where they must and nothing runs off the paper."""
    small_press.change(0, title="W" * 80)
    small_press.print()
    assert "W" * 80 in small_press.text(5)
    lines = [squeezed(line) for line in small_press.read().pages[4].extract_text().splitlines()]
    assert 4 <= len([line for line in lines if set(line) == {"W"}]) <= 8


def test_a_crowded_page_gets_smaller_letters_and_a_remark(small_press: Press) -> None:
    """Only that page is named, and its words stay above the foot of the page."""
    small_press.change(0, text=" ".join(["Slowly the little boat went on."] * 25))
    info = small_press.print()
    assert len(info.remarks) == 1 and info.remarks[0].startswith("Page 1 (“Part 1”) is set in smaller letters")
    feet: list[float] = []  # where each piece of text stands above the page's lower edge, in points

    def note(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        if len(text.strip()) > 2:
            feet.append(tm[4] * cm[1] + tm[5] * cm[3] + cm[5])

    small_press.read().pages[4].extract_text(visitor_text=note)
    assert len(feet) > 5
    assert 72 < min(feet) < max(feet) < 612 - 36
    assert small_press.text(5).count("Slowlythelittleboatwenton.") == 25


def test_the_same_again_is_not_made_again(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the typesetter at hand the same PDF is delivered, neither file touched, and quickly."""
    first = press.print()
    made = [*(press.folder / ".state" / "exports").glob("*.pdf"), press.target]
    times = [file.stat().st_mtime_ns for file in made]
    monkeypatch.setitem(sys.modules, "typst", None)
    began = time.perf_counter()
    press.change_book(version=7, spent_usd=1.5)
    assert press.print() == first
    assert time.perf_counter() - began < 0.5
    assert [file.stat().st_mtime_ns for file in made] == times


def test_a_lost_or_changed_target_is_delivered_again(small_press: Press) -> None:
    """The finished PDF is kept apart from where it was brought."""
    small_press.print()
    whole = small_press.target.read_bytes()
    for spoil in (small_press.target.unlink, lambda: small_press.target.write_bytes(b"%PDF-")):
        spoil()
        small_press.print()
        assert small_press.target.read_bytes() == whole


def test_any_visible_change_is_printed(small_press: Press) -> None:
    """A word, the dedication, the switch for easy reading: each makes another PDF; old ones do not pile up."""
    seen = set()
    for text in ("One.", "Two.", "Three.", "Four."):
        small_press.change(0, text=text)
        small_press.print()
        assert squeezed(text) in small_press.text(5)
        seen.add(small_press.target.read_bytes())
    small_press.print(PdfOptions(easy_reading=True))
    seen.add(small_press.target.read_bytes())
    assert len(seen) == 5
    assert len(list((small_press.folder / ".state" / "exports").iterdir())) == 6


def test_the_same_book_is_the_same_file(small_press: Press, tmp_path: Path) -> None:
    """Printed anew, it is identical to the last byte."""
    small_press.print()
    first = small_press.target.read_bytes()
    for file in (small_press.folder / ".state" / "exports").iterdir():
        file.unlink()
    small_press.print()
    assert small_press.target.read_bytes() == first


def test_a_page_as_png_has_the_width_asked_for(small_press: Press) -> None:
    """Every kind of page, and only between sensible widths."""
    target = small_press.folder / "page.png"
    book = small_press.book.model_dump_json(by_alias=True)
    for page, asked, width in ((1, 300, 300), (5, 640, 640), (8, 1, 16)):
        preview_page(str(small_press.folder), book, page, asked, str(target))
        png = target.read_bytes()
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert abs(int.from_bytes(png[16:20], "big") - width) <= 1


def test_there_is_no_page_behind_the_last(small_press: Press) -> None:
    """The refusal says how many there are."""
    book = small_press.book.model_dump_json(by_alias=True)
    for page in (0, 9):
        with pytest.raises(NotFoundError, match="8 pages"):
            preview_page(str(small_press.folder), book, page, 300, str(small_press.folder / "page.png"))


def test_a_preview_shows_an_unfinished_book(small_press: Press) -> None:
    """A page without a picture can be looked at, whatever else is missing in the book."""
    small_press.change(0, picture=None, text="")
    small_press.change_book(drafted=False)
    target = small_press.folder / "page.png"
    for page in (4, 5):
        preview_page(str(small_press.folder), small_press.book.model_dump_json(by_alias=True), page, 200, str(target))
        assert target.stat().st_size > 500


def test_the_pool_prints(small_press: Press) -> None:
    """Through a child process: a PDF, a page, and a refusal as the error it is."""
    pool = ChildPool(1)
    try:
        info = export_pdf(pool, small_press.folder, small_press.book, small_press.target)
        assert info.pages == 8 and info.bytes == small_press.target.stat().st_size
        page = small_press.folder / "page.png"
        export_preview(pool, small_press.folder, small_press.book, 4, 100, page)
        assert page.is_file()
        small_press.change(1, text="")
        with pytest.raises(ExportError, match="Page 2"):
            export_pdf(pool, small_press.folder, small_press.book, small_press.target)
    finally:
        pool.close()


def test_importing_the_door_imports_nothing_heavy() -> None:
    """The parent's side knows neither typst nor OpenCV nor Pillow."""
    code = "import sys, storymaker.export.pdf; print({'typst', 'cv2', 'PIL', 'numpy'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        == "set()"
    )
