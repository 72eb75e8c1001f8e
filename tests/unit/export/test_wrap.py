"""The cover of a printed book: as wide as the printer asks, in the papers of its front, and never of a book without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from pypdf import PdfReader

from storymaker.child import ChildPool
from storymaker.errors import ExportError
from storymaker.export.plan import PdfOptions, page_count
from storymaker.export.wrap import export_cover, printer
from storymaker.images.paper import binding
from storymaker.images.paper.page import Binding
from storymaker.images.paper.shapes import PAGE
from tests.unit.export.conftest import Press, squeezed

PT = 72


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    """A child to draw and set in."""
    children = ChildPool(1)
    yield children
    children.close()


def wrapped(press: Press, pool: ChildPool, options: PdfOptions = PdfOptions()) -> PdfReader:
    """The cover's PDF, read back."""
    target = press.folder / "cover.pdf"
    info = export_cover(pool, press.folder, press.book, target, options)
    pdf = PdfReader(target)
    assert (info.pages, info.bytes) == (len(pdf.pages), target.stat().st_size)
    return pdf


def test_a_cover_is_as_wide_as_the_printer_asks(small_press: Press, pool: ChildPool) -> None:
    """Twice the page and the spine, with bleed outside; the second page is the inside."""
    pdf, shop = wrapped(small_press, pool), printer()
    spine = page_count(small_press.book) * shop.spine_per_page
    for page in pdf.pages:
        assert float(page.mediabox.width) == pytest.approx((2 * (shop.trim + shop.bleed) + spine) * PT, abs=0.1)
        assert float(page.mediabox.height) == pytest.approx((shop.trim + 2 * shop.bleed) * PT, abs=0.1)
    assert "Bramblegoestosea." in squeezed(pdf.pages[0].extract_text()), "the back tells what happens"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Bramble and the Sea (cover)"


def test_a_front_without_letters_gets_its_title(small_press: Press, pool: ChildPool) -> None:
    """Pictures by others carry none; hostile words in it are words."""
    small_press.change_book(title="#import “x” *Bramble* \\ $sea$")
    plain = squeezed(wrapped(small_press, pool, PdfOptions(lettered=False)).pages[0].extract_text())
    assert "#import“x”*Bramble*\\$sea$" in plain


def test_a_thick_book_has_its_title_on_the_spine(tmp_path: Path, pool: ChildPool) -> None:
    """From as many pages on as the printer allows words there."""
    press = Press(tmp_path, chapters=38)
    assert page_count(press.book) >= printer().spine_lettered_from
    press.change_book(title="Thick")
    assert squeezed(wrapped(press, pool).pages[0].extract_text()).count("Thick") == 1


def test_a_book_without_a_cover_picture_says_what_to_do(small_press: Press, pool: ChildPool) -> None:
    """Before anything is drawn."""
    book = small_press.book
    small_press.change_book(cover=book.cover.model_copy(update={"picture": None}))
    with pytest.raises(ExportError, match="Please have it drawn first"):
        wrapped(small_press, pool)
    small_press.change_book(cover=book.cover, heroes=())
    assert len(wrapped(small_press, pool).pages) == 2, "a hero without a photo keeps no book from having a cover"
    with pytest.raises(ExportError, match="there is: kdp"):
        printer("nobody")


def test_an_end_paper_shows_the_books_own_things(tmp_path: Path) -> None:
    """Another book has another pattern; a book that names nothing has stars; the back repeats to the byte."""
    hero = tmp_path / "hero.png"
    hero.write_bytes(cv2.imencode(".png", np.full((90, 60, 4), 255, np.uint8))[1].tobytes())

    def sheet(draw: str, *descriptions: str, friend: str | None = "fox") -> bytes:
        target = tmp_path / "sheet.jpg"
        getattr(binding, draw)(Binding(3, str(hero), friend, None, descriptions, str(tmp_path / "cache")), str(target))
        picture = cv2.imread(str(target))
        assert picture is not None
        assert picture.shape == (PAGE, PAGE, 3)
        return target.read_bytes()

    kites = sheet("draw_endpapers", "a kite, a kite and a lantern", "a kite")
    assert kites == sheet("draw_endpapers", "a kite, a kite and a lantern", "a kite")
    assert len({kites, sheet("draw_endpapers", "an umbrella"), sheet("draw_endpapers", "nothing", friend=None)}) == 3
    assert sheet("draw_back", "a kite") == sheet("draw_back", "a kite")
    assert sheet("draw_back", "a kite") != sheet("draw_back", "a kite", friend=None)
