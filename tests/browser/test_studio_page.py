"""The printed link, opened in a browser: the page is there, and nothing else happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server.real import PASSWORD, Studio, studio, until

READY = '#storymaker-ready[data-state="ready"]'
PATIENCE = 60_000


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio of one family, as ``make studio`` starts it."""
    with studio(tmp_path_factory.mktemp("studio")) as running:
        yield running


@contextmanager
def watched(browser: Browser, width: int) -> Iterator[Page]:
    """A page of a browser of its own; at its end, it has complained of nothing and asked nobody but this machine."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    hosts: set[str | None] = set()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname))
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    yield page
    context.close()
    assert complaints == []
    assert hosts <= {"127.0.0.1", None}


@pytest.mark.parametrize("width", [1280, 390])
def test_the_printed_link_opens_the_page(browser: Browser, started: Studio, tmp_path: Path, width: int) -> None:
    """With a title, a language and one main landmark, and no wider than the screen; the token is gone from the address."""
    with watched(browser, width) as page:
        page.goto(started.fresh_link())
        page.wait_for_selector(READY, state="attached", timeout=PATIENCE)
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
    with watched(browser, 1280) as page:
        page.goto(started.fresh_link())
        page.wait_for_selector(READY, state="attached", timeout=PATIENCE)
        first = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
        page.reload()
        page.wait_for_selector(READY, state="attached", timeout=PATIENCE)
        second = page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
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
        with watched(browser, 390) as page:
            page.goto(f"{running.url}/?step=new")
            page.get_by_label("Name").fill("Ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_selector(READY, state="attached", timeout=PATIENCE)
            expect(page.get_by_text("Hello, Ada!")).to_be_visible()
            assert page.url == f"{running.url}/?step=new"
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            page.screenshot(path=tmp_path / "signed-in.png", full_page=True)
            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
            page.goto(running.url)
            expect(page.get_by_role("button", name="Sign in")).to_be_visible()
