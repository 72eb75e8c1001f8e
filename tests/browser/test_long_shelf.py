"""A shelf of more books than fit the window: few at first, more as one scrolls or presses, and found by their words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_accessibility import fits, violations
from tests.browser.wizard import PATIENCE, Wizard, book_on_disk, window
from tests.server.real import Studio, studio

COUNT = 300
AT_ONCE = 30


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, finished_house: Path) -> Iterator[Studio]:
    """A studio with one finished book and hundreds that are just begun."""
    folder = tmp_path_factory.mktemp("library")
    shutil.copytree(finished_house, folder, dirs_exist_ok=True)
    data = book_on_disk(folder / "books")
    cover = data["cover"] | {"picture": None}
    for n in range(COUNT - 1):
        book = folder / "books" / f"copy-c{n:07}"
        book.mkdir()
        told = {
            "id": f"c{n:07}",
            "title": f"The Otter Number {n}",
            "cover": cover,
            "chapters": [],
            "updated": f"2020-01-01T00:00:00.{n:06}Z",
        }
        (book / "book.json").write_text(json.dumps(data | told))
    with studio(folder) as running:
        yield running


def at_home(page: Page, running: Studio) -> Wizard:
    """Come in by the link, to the shelf."""
    wizard = Wizard(page)
    wizard.open(running.fresh_link())
    expect(page.locator(".sm-book")).to_have_count(AT_ONCE, timeout=PATIENCE)
    return wizard


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_shelf_is_shown_by_parts(browser: Browser, library: Studio, width: int) -> None:
    """Few elements at first; a scroll brings more and moves nothing; axe finds nothing, with a search and without."""
    with window(browser, width) as page:
        at_home(page, library)
        status = page.locator(".sm-find [role=status]")
        expect(status).to_have_text(f"{COUNT} books")
        assert page.locator("*").count() < 700
        assert violations(page) == []
        fits(page, width)
        last = page.locator(".sm-book").nth(AT_ONCE - 1)
        last.scroll_into_view_if_needed()
        expect(page.locator(".sm-book")).to_have_count(2 * AT_ONCE, timeout=PATIENCE)
        assert last.evaluate(
            "one => one.getBoundingClientRect().top < innerHeight && one.getBoundingClientRect().bottom > 0"
        )
        page.get_by_role("searchbox").fill("number 29 otter")
        expect(status).to_have_text("12 books found", timeout=PATIENCE)
        expect(page.locator(".sm-book")).to_have_count(12)
        assert violations(page) == []
        page.get_by_role("searchbox").fill("no such words")
        expect(status).to_have_text("No book is called like that.", timeout=PATIENCE)
        expect(page.get_by_text("No book yet")).to_have_count(0)
        page.get_by_role("searchbox").fill("")
        expect(status).to_have_text(f"{COUNT} books", timeout=PATIENCE)


def test_keys_reach_the_whole_shelf_and_deleting_keeps_the_place(browser: Browser, library: Studio) -> None:
    """“Show more” leads on to the next book; a deleted one leaves its neighbour with the focus, and comes back between them."""
    with window(browser) as page:
        at_home(page, library)
        page.get_by_role("button", name="Show more books").focus()
        expect(page.locator(".sm-book")).not_to_have_count(AT_ONCE, timeout=PATIENCE)  # it came into view
        shown = page.locator(".sm-book").count()
        page.keyboard.press("Enter")
        expect(page.locator(".sm-book").nth(shown).locator(".sm-cover")).to_be_focused(timeout=PATIENCE)
        names = page.locator(".sm-book h3").all_text_contents()[:shown]
        deep = page.locator(".sm-book").nth(40)
        deep.get_by_role("button", name="Delete").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".sm-trash summary")).to_have_text("In the trash (1)", timeout=PATIENCE)
        expect(page.locator(".sm-book").nth(40).locator(".sm-cover")).to_be_focused()
        assert page.locator(".sm-book h3").all_text_contents()[: shown - 1] == names[:40] + names[41:]
        page.locator(".sm-toast button", has_text="Undo").last.click()
        expect(page.locator(".sm-trash")).to_be_hidden(timeout=PATIENCE)
        assert page.locator(".sm-book h3").all_text_contents()[:shown] == names
