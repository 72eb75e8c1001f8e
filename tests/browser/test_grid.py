"""The grid in a real browser: no words are lost in a cell, the keyboard works, and nothing scrolls by itself."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.wizard import NUMBER, PATIENCE, PICTURE, TITLE, enter, saved, window
from tests.server.real import Studio

WORDS = NUMBER + PICTURE + TITLE + 60
FIELD = ".sm-one .sm-card .sm-field-text textarea"


def test_cells_open_whole_words_and_the_keyboard_leads_through_the_grid(browser: Browser, house: Studio) -> None:
    """A double-click on words opens the card with all of them; arrows lead the card; Enter opens it; a paste changes no title."""
    with window(browser, height=900) as page:
        wizard = enter(page, house)
        expect(page.locator(".lm-DataGrid")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".sm-grid-head")).to_contain_text("Words")
        place = wizard.cell(3, WORDS)
        page.mouse.click(*place)
        expect(wizard.card()).to_contain_text("Page 3")
        whole = wizard.value("text")
        assert len(whole) > 90, "the cell shows less than that"
        top = page.evaluate("scrollY")
        page.mouse.dblclick(*place)
        expect(page.locator(FIELD)).to_be_focused()
        assert page.locator(".lm-DataGrid input").count() == 0, "no editor over shortened words"
        page.keyboard.type(" And that was that.")
        page.locator(FIELD).blur()
        saved(house.shelf, "text", 3, f"{whole} And that was that.")
        assert page.evaluate("scrollY") == top

        page.mouse.click(*wizard.cell(3, 20))
        page.keyboard.press("ArrowDown")
        expect(wizard.card()).to_contain_text("Page 4")
        page.keyboard.type("x")
        page.keyboard.press("Control+v")
        assert page.locator(".lm-DataGrid input").count() == 0
        page.keyboard.press("Enter")
        expect(page.locator(FIELD)).to_be_focused()

        title = wizard.cell(5, NUMBER + PICTURE + 60)
        top = page.evaluate("scrollY")
        page.mouse.dblclick(*title)
        page.keyboard.press("Control+a")
        page.keyboard.type("In at the Door")
        page.keyboard.press("Enter")
        saved(house.shelf, "title", 5, "In at the Door")
        assert page.evaluate("scrollY") == top

        page.get_by_text("Pages", exact=True).click()
        expect(wizard.card()).to_have_count(11, timeout=PATIENCE)
        page.reload()
        wizard.ready()
        expect(wizard.card()).to_have_count(11, timeout=PATIENCE)
        assert not page.locator(".lm-DataGrid").is_visible(), "the view that was chosen last"
