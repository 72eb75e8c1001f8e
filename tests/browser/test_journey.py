"""A parent makes a whole book: signed in under the studio's server, and in JupyterLab; the disk says what the page shows."""

from __future__ import annotations

import contextlib
from pathlib import Path

from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pypdf import PdfReader

from tests.browser.lab import kernel_ready, lab
from tests.browser.wizard import NUMBER, PATIENCE, PICTURE, READY, Wizard, book_on_disk, saved, window
from tests.server.real import PASSWORD, studio, until

PAGES = 11
TALL = 1900
"""Pixels: the whole grid is seen at once."""


def make_a_book(wizard: Wizard, photos: list[Path], shelf: Path) -> None:
    """From an empty shelf to a book that was changed in every way that the wizard has; its file agrees with the page."""
    page = wizard.page
    wizard.new_book()
    wizard.add_hero("Bramble", photos)
    page.get_by_text("Other End of the String").click()
    wizard.press("Make the book")
    page.locator(".sm-step-storyboard").wait_for(timeout=PATIENCE)
    wizard.says("The book is finished.")
    assert len(book_on_disk(shelf)["chapters"]) == PAGES - 1
    until(lambda: wizard.painted(PAGES) == PAGES)  # nobody has touched the grid

    page.mouse.dblclick(*wizard.cell(2, NUMBER + PICTURE + 60))
    page.keyboard.press("Control+a")
    page.keyboard.type("In at the Door")
    page.keyboard.press("Enter")
    saved(shelf, "title", 2, "In at the Door")

    wizard.go_to_page(1)
    told = wizard.value("text")
    wizard.write("text", f"{told} And that was that.")
    saved(shelf, "text", 1, f"{told} And that was that.")
    wizard.state("no longer matches the words")

    first = book_on_disk(shelf)["chapters"][0]["picture"]["file"]
    wizard.press("Draw anew")
    wizard.says("Page 1 has a new picture.")
    wizard.state("done")
    assert book_on_disk(shelf)["chapters"][0]["picture"]["file"] != first
    wizard.undo()
    wizard.says("Taken back.")
    until(lambda: book_on_disk(shelf)["chapters"][0]["picture"]["file"] == first)

    wizard.go_to_page(3)
    gone = book_on_disk(shelf)["chapters"][2]
    page.get_by_role("button", name="Delete page").click()
    until(lambda: len(book_on_disk(shelf)["chapters"]) == PAGES - 2)
    wizard.undo()
    until(lambda: book_on_disk(shelf)["chapters"][2:3] == [gone])


def download(wizard: Wizard) -> None:
    """The PDF arrives, with every page in it."""
    with wizard.page.expect_download(timeout=PATIENCE) as arriving:
        wizard.press("Download PDF")
    assert arriving.value.suggested_filename.endswith(".pdf")
    assert len(PdfReader(arriving.value.path()).pages) == 2 * (PAGES - 1) + 4


def agrees(wizard: Wizard, shelf: Path) -> None:
    """Each card of the Pages view holds what the book's file says."""
    wizard.page.get_by_text("Pages", exact=True).click()
    expect(wizard.card()).to_have_count(PAGES, timeout=PATIENCE)
    for n, chapter in enumerate(book_on_disk(shelf)["chapters"], start=1):
        assert {field: wizard.value(field, n) for field in ("title", "text", "image_prompt", "alt", "scene")} == {
            field: chapter[field] for field in ("title", "text", "image_prompt", "alt", "scene")
        }
    assert wizard.value("title", 0) == book_on_disk(shelf)["title"]


def test_a_signed_in_family_makes_a_book(browser: Browser, tmp_path: Path, two_photos: list[Path]) -> None:
    """Under the studio's server, on the family's own shelf; after a reload the page is where it was."""
    with studio(tmp_path) as running:
        ada = running.add_user("Ada")
        running.leave(running.visit(running.family("Ada")))  # the page that waited was made before there was a user
        shelf = tmp_path / "books" / "families" / ada.id
        with window(browser, height=TALL) as page:
            wizard = Wizard(page)
            page.goto(running.url)
            page.get_by_label("Name").fill("Ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            wizard.ready()
            make_a_book(wizard, two_photos, shelf)
            address = page.url
            assert address == f"{running.url}/?book={book_on_disk(shelf)['id']}"
            page.reload()
            wizard.ready()
            assert page.url == address
            until(lambda: wizard.painted(PAGES) == PAGES)
            download(wizard)
            agrees(wizard, shelf)
            page.go_back()
            expect(page.locator(".sm-step-metadata, .sm-home")).to_be_visible(timeout=PATIENCE)
        assert not list((tmp_path / "books").glob("*/book.json"))  # nothing of it on another family's shelf


def test_the_same_in_jupyterlab(browser: Browser, tmp_path: Path, two_photos: list[Path]) -> None:
    """In one process, with pictures that cross as bytes; a cell that is run again shows the shelf with the book."""
    with lab(tmp_path) as address, window(browser, 1700, height=TALL, calm=False) as page:
        wizard = Wizard(page)
        page.goto(address)
        run = page.locator('[data-command="notebook:run-cell-and-select-next"]').first
        kernel_ready(page)
        cell = page.locator(".jp-Notebook .jp-Cell .cm-content").first
        for _ in range(3):  # a JupyterLab that is still putting itself together lets a click pass
            cell.click()
            run.click()
            with contextlib.suppress(PlaywrightTimeout):
                page.wait_for_selector(READY, state="attached", timeout=PATIENCE / 3)
                break
        wizard.ready()
        make_a_book(wizard, two_photos, tmp_path / "books")
        download(wizard)
        agrees(wizard, tmp_path / "books")
        cell.click()
        run.click()
        page.locator(".sm-cover").wait_for(timeout=PATIENCE)
        assert address in page.url  # JupyterLab's address is none of ours
