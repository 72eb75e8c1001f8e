"""The printed link, opened in a browser: the page is there, and nothing else happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.wizard import Wizard, window
from tests.server.real import PASSWORD, Studio, studio, until


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio of one family, as ``make studio`` starts it."""
    with studio(tmp_path_factory.mktemp("studio")) as running:
        yield running


@pytest.mark.parametrize("width", [1280, 390])
def test_the_printed_link_opens_the_page(browser: Browser, started: Studio, tmp_path: Path, width: int) -> None:
    """With a title, a language and one main landmark, and no wider than the screen; the token is gone from the address."""
    with window(browser, width) as page:
        wizard = Wizard(page)
        wizard.open(started.fresh_link())
        expect(page).to_have_title("Story Studio")
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("heading", name="Story Studio")).to_be_visible()
        expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.url == f"{started.url}/"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"{width}.png", full_page=True)


def test_a_reload_gets_a_page_of_its_own_and_leaving_ends_it(browser: Browser, started: Studio) -> None:
    """The kernel of the page that was left is gone at once."""
    with window(browser) as page:
        wizard = Wizard(page)
        wizard.open(started.fresh_link())
        first = wizard.kernel
        page.reload()
        wizard.ready()
        second = wizard.kernel
        assert first != second
        until(lambda: first not in started.kernels())
        assert second in started.kernels()
        page.goto("about:blank")
        until(lambda: second not in started.kernels())


def test_a_family_signs_in_and_out(browser: Browser, tmp_path: Path) -> None:
    """By the form; who is signed out gets the form again."""
    with studio(tmp_path) as running:
        running.add_user("Ada")
        running.leave(running.visit(running.family("Ada")))  # the page that waited was made before there was a user
        with window(browser, 390) as page:
            page.goto(f"{running.url}/?step=new")
            page.get_by_label("Name").fill("Ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            Wizard(page).ready()
            expect(page.get_by_text("Hello, Ada!")).to_be_visible()
            assert page.url == f"{running.url}/?step=new"
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.screenshot(path=tmp_path / "signed-in.png", full_page=True)
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
            page.goto(running.url)
            expect(page.get_by_role("button", name="Sign in")).to_be_visible()
