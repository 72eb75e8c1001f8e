"""Everybody can use the page: axe finds nothing, keys do everything without the canvas, and a phone is enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.wizard import PATIENCE, WHOLE, book_on_disk, enter, saved, window
from tests.server.real import Studio, studio, until

SMALL_LETTERS = """() => [...document.querySelectorAll('.sm-studio *, .sm-toasts *')]
    .filter((one) => one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16).map((one) => one.outerHTML.slice(0, 120))"""
SMALL_TARGETS = """() => [...document.querySelectorAll('.sm-studio button, .sm-studio select, .sm-studio textarea, .sm-studio summary,'
    + ' .sm-studio input:not([type=file], [type=radio], [type=checkbox]), .sm-studio label:has(input)')]
    .filter((one) => one.checkVisibility()).map((one) => [one.getBoundingClientRect(), one])
    .filter(([box]) => box.width < 40 || box.height < 40).map(([, one]) => one.outerHTML.slice(0, 120))"""


def violations(page: Page) -> list[Any]:
    """What axe finds, in short."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(browser: Browser, house: Studio, two_photos: list[Path], tmp_path: Path, width: int) -> None:
    """On home, step 1 with photos and brush, step 2 in both views with everything open, and the book to leaf through."""
    phone = {"has_touch": True, "is_mobile": True} if width < 400 else {}
    with window(browser, width, **phone) as page:
        wizard = enter(page, house, query="?step=new")
        wizard.press("Somebody new, from photos")
        wizard.choose_photos(two_photos[:1])
        wizard.press("Mend the cut-out of pose 1")
        until(lambda: page.locator(".sm-canvas").evaluate("canvas => canvas.width") > 300)  # its picture has come
        assert violations(page) == []
        fits(page, width)
        wizard.press("Say where the face of pose 1 is")
        until(lambda: page.locator(".sm-face img").evaluate("image => image.naturalWidth") > 100)
        assert violations(page) == []
        fits(page, width)
        page.screenshot(path=tmp_path / f"face-{width}.png", full_page=True)
        wizard.press("That is the face")
        page.locator(".sm-face").wait_for(state="detached")
        wizard.press("Cancel")
        wizard.press("‹ Your books")
        page.locator(".sm-cover").first.wait_for(timeout=PATIENCE)
        assert violations(page) == []
        fits(page, width)
        page.screenshot(path=tmp_path / f"home-{width}.png")
        page.locator(".sm-book h3").first.click()
        page.locator(".sm-card").first.wait_for(timeout=PATIENCE)
        for summary in page.locator(".sm-card").first.locator("summary").all():
            summary.click()
        page.locator(".sm-figures figure").first.wait_for(timeout=PATIENCE)
        assert violations(page) == []
        fits(page, width)
        wizard.press("About this book")
        page.get_by_label("How old is the child?").select_option("7 to 8 years")
        page.get_by_text("Write the story anew").wait_for(timeout=PATIENCE)
        assert violations(page) == []
        fits(page, width)
        page.screenshot(path=tmp_path / f"about-{width}.png", full_page=True)
        wizard.press("Close")
        wizard.press("Leaf through the book")
        page.locator(".sm-leaf img").first.wait_for(timeout=PATIENCE)
        assert violations(page) == []


def test_what_a_finished_book_is_about_is_changed_and_taken_back(browser: Browser, house: Studio) -> None:
    """Dedication, child and hero, on a phone: it is said what is redone, pictures are drawn anew, and one press takes it back."""
    before = book_on_disk(house.shelf)
    with window(browser, 390, has_touch=True, is_mobile=True) as page:
        wizard = enter(page, house)
        wizard.press("About this book")
        page.get_by_label("Dedication").fill("For Lena, who counts along")
        page.get_by_label("The child’s name").fill("Lena")
        wizard.says("not written with the new child’s name in mind; a story written anew is, for nothing.")
        page.get_by_label("Who is the book about?").select_option("Pip, our own paper rabbit")
        expect(page.get_by_label("The hero’s name in this book")).to_have_value("Pip", timeout=PATIENCE)
        page.get_by_label("The hero’s name in this book").fill("Hazel")
        wizard.says(f"{WHOLE} pictures will not match any more")
        page.get_by_label(f"Draw {WHOLE} pictures anew now").tap()
        wizard.says(f"{WHOLE} pictures will be drawn anew for nothing.")
        wizard.press("Change the book")
        wizard.says("The book is changed.")
        until(lambda: book_on_disk(house.shelf)["heroes"][0]["name"] == "Hazel")
        changed = book_on_disk(house.shelf)
        assert (changed["dedication"], changed["brief"]["child"]) == ("For Lena, who counts along", "Lena")
        assert "Hazel" in changed["chapters"][0]["text"] and "Pip" not in changed["chapters"][0]["text"]
        first = before["chapters"][0]["picture"]["file"]
        until(lambda: book_on_disk(house.shelf)["chapters"][0]["picture"]["file"] != first)
        wizard.press("About this book")
        wizard.press("Take back the last change made here")
        wizard.says("The change was taken back")
    after = book_on_disk(house.shelf)
    assert [(page["text"], page["picture"]) for page in after["chapters"]] == [
        (page["text"], page["picture"]) for page in before["chapters"]
    ]
    assert [after[name] for name in ("title", "dedication", "heroes", "brief")] == [
        before[name] for name in ("title", "dedication", "heroes", "brief")
    ]


def fits(page: Page, width: int) -> None:
    """No wider than the screen; on a phone, no small letters and no small targets."""
    assert page.evaluate("document.getElementById('rendered_cells').scrollWidth") <= width
    if width < 400:
        assert page.evaluate(SMALL_LETTERS) == []
        assert page.evaluate(SMALL_TARGETS) == []


def test_axe_finds_nothing_on_the_login_page(browser: Browser, tmp_path: Path) -> None:
    """Where a family signs in."""
    with studio(tmp_path) as running:
        running.add_user("Ada")
        for width in (1280, 390):
            with window(browser, width) as page:
                page.goto(f"{running.url}/login")
                assert violations(page) == []


def test_keys_do_everything_without_the_canvas(browser: Browser, house: Studio) -> None:
    """From the chooser to a changed title, a new picture and the one before it, with Tab, Enter, Space and arrows alone."""
    with window(browser) as page:
        wizard = enter(page, house)
        expect(wizard.card().get_by_role("heading", level=3)).to_have_text("Cover", timeout=PATIENCE)
        page.get_by_label("Page", exact=True).focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(wizard.card().get_by_role("heading", level=3)).to_have_text("Page 2")

        def tab_to(name: str) -> None:
            for _ in range(40):
                page.keyboard.press("Tab")
                if name in page.evaluate(
                    "[document.activeElement.getAttribute('aria-label') ?? '', document.activeElement.textContent,"
                    " ...[...(document.activeElement.labels ?? [])].map((label) => label.textContent)].join('|')"
                ):
                    return
            raise AssertionError(f"no key leads to {name}")

        tab_to("Draw anew")
        page.keyboard.press("Enter")
        wizard.says("Page 2 has a new picture.")
        tab_to("Title")
        page.keyboard.press("Control+a")
        page.keyboard.type("By keys alone")
        page.keyboard.press("Enter")
        saved(house.shelf, "title", 2, "By keys alone")
        tab_to("Earlier pictures and words")
        page.keyboard.press("Enter")
        wizard.card().locator(".sm-figures button").first.wait_for(timeout=PATIENCE)
        new = book_on_disk(house.shelf)["chapters"][1]["picture"]["file"]
        tab_to("Use the picture of")
        page.keyboard.press("Space")
        until(lambda: book_on_disk(house.shelf)["chapters"][1]["picture"]["file"] != new)


def test_a_phone_does_everything(browser: Browser, house: Studio) -> None:
    """The Pages view comes by itself; words, picture, order, a new page and its end, by touch."""
    with window(browser, 390, has_touch=True, is_mobile=True) as page:
        wizard = enter(page, house)
        expect(wizard.card()).to_have_count(WHOLE, timeout=PATIENCE)
        assert not page.locator(".sm-grid").is_visible()
        third = book_on_disk(house.shelf)["chapters"][2]["id"]
        wizard.card(3).get_by_role("button", name="Move up").tap()
        expect(wizard.card(2)).to_have_attribute("data-chapter", third, timeout=PATIENCE)
        wizard.card(2).get_by_role("button", name="Move down").tap()
        expect(wizard.card(3)).to_have_attribute("data-chapter", third, timeout=PATIENCE)
        wizard.card(3).get_by_role("button", name="Add a page after this").tap()
        expect(wizard.card()).to_have_count(WHOLE + 1, timeout=PATIENCE)
        wizard.write("text", "One page more.", 4)
        saved(house.shelf, "text", 4, "One page more.")
        wizard.state("no picture yet", 4)
        wizard.card(4).get_by_role("button", name="Lock").tap()
        until(lambda: book_on_disk(house.shelf)["chapters"][3]["locked"])
        wizard.card(4).get_by_role("button", name="Delete page").tap()
        expect(wizard.card()).to_have_count(WHOLE, timeout=PATIENCE)


def test_the_wizard_is_open_to_who_never_saw_the_grid(browser: Browser, house: Studio) -> None:
    """On a phone the scripts of the grid are never fetched."""
    with window(browser, 390, has_touch=True, is_mobile=True) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        wizard = enter(page, house)
        wizard.card(1).wait_for(timeout=PATIENCE)
        page.wait_for_load_state("networkidle")
        assert [one for one in asked if "/ipydatagrid/" in one] == []
