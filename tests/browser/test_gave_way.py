"""A page that made room for another one says so, and comes back by one click with all that was typed."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.wizard import PATIENCE, Wizard, window
from tests.server.real import PASSWORD, Studio, studio, until

HIDE = "Object.defineProperty(document, 'hidden', { get: () => %s, configurable: true }); " + (
    "document.dispatchEvent(new Event('visibilitychange'))"
)


def test_a_page_that_gave_way_says_so_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    """The one in the background, when another family waits that has none."""
    room = {"STORYMAKER_PAGES_AT_ONCE": "2", "STORYMAKER_PAGES_EACH": "2"}
    with studio(tmp_path, **room) as running, window(browser, calm=False) as page:
        for name in ("Ada", "Ben"):
            running.add_user(name)
        _sign_in(page, running)
        wizard = Wizard(page)
        wizard.ready()
        page.get_by_label("Dedication").fill("For Ada")
        page.evaluate(HIDE % "true")
        other = page.context.new_page()
        other.goto(f"{running.url}/")
        Wizard(other).ready()
        running.visit(running.family("Ben"))
        page.evaluate(HIDE % "false")
        wizard.says("This page was closed to make room for another one")
        _picture(page)
        last = Wizard(other).kernel
        other.goto("about:blank")  # says goodbye, which closing it here would not
        until(lambda: last not in running.kernels())
        wizard.press("Open it again")
        wizard.ready()
        expect(page.get_by_label("Dedication")).to_have_value("For Ada", timeout=PATIENCE)


def _sign_in(page: Page, running: Studio) -> None:
    page.goto(f"{running.url}/?step=new")
    page.locator("[name=username]").fill("Ada")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")


def _picture(page: Page) -> None:
    """For somebody who wants to look at it."""
    folder = os.environ.get("PICTURES")
    for width in (1280, 390) if folder else ():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=f"{folder}/gave-way-{width}.png")
