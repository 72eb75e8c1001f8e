"""A parent makes a book with a service that writes and paints: one page is refused, one never answers, and both are mended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from storymaker.testing import flat_png
from tests.browser.wizard import PATIENCE, book_on_disk, enter, window
from tests.remote.stand_in import SKETCH, Answer, Handler, Request, StandIn, fault, picture, stand_in, story
from tests.server.real import studio, until

SKETCH_PX = 256
"""The service's own size: smaller than what is shown at most."""
KEY = "sk-canary-SECRET"


@pytest.fixture
def service() -> Iterator[StandIn]:
    """A service that is up."""
    with stand_in(words=story(10)) as up:
        yield up


def silence(until_then: threading.Event) -> Answer:
    """Never answer, for as long as anybody waits."""

    def wait(handler: Handler, request: Request) -> None:
        until_then.wait(60)
        handler.close_connection = True

    return wait


def held(until_then: threading.Event) -> Answer:
    """Show an unfinished picture, and the picture itself only then."""

    def paint(handler: Handler, request: Request) -> None:
        handler.paint([SKETCH], None, request.path)
        until_then.wait(60)
        handler.say({"type": "image_edit.completed", **picture(flat_png(256, 0x112233))["data"][0]})

    return paint


def test_a_book_with_a_service(browser: Browser, tmp_path: Path, two_photos: list[Path], service: StandIn) -> None:
    """The price and what goes out are said before the click; what failed has a reason, and a second try that works."""
    over = threading.Event()
    service.next("/images/edits", fault(400, "moderation_blocked"), silence(over))
    settings = {
        "OPENAI_API_KEY": KEY, "STORYMAKER_BASE_URL": service.url, "STORYMAKER_PICTURE_TIMEOUT": "5",
        "STORYMAKER_LOOPBACK_ONLY": "1",
    }  # fmt: skip
    with studio(tmp_path, **settings) as house, window(browser, height=1900) as page:
        wizard = enter(page, house, query="?step=new")
        wizard.add_hero("Bramble", two_photos)
        for label in ("Who writes?", "Who draws?"):
            chosen = page.get_by_label(label)
            offered = chosen.locator("option").all_text_contents()
            chosen.select_option(index=next(n for n, text in enumerate(offered) if "OpenAI" in text))
        wizard.says("go to OpenAI, or to the server you set")
        wizard.says("It is an estimate.")
        page.get_by_label("The child’s name, if you like").fill("Philine")
        page.locator("button", has_text="Make the book ($").first.click(timeout=PATIENCE)
        page.locator(".sm-step-storyboard").wait_for(timeout=PATIENCE)
        until(lambda: sum(bool(one["picture"]) for one in book_on_disk(tmp_path / "books")["chapters"]) == 8, 90)
        page.get_by_text("Pages", exact=True).click()
        refused = page.locator(".sm-card[data-state=failed]", has_text="other words")
        silent = page.locator(".sm-card[data-state=failed]", has_text="took too long")
        expect(refused).to_have_count(1, timeout=PATIENCE)
        expect(silent).to_have_count(1, timeout=PATIENCE)
        page.screenshot(path=tmp_path / "failed.png", full_page=True)
        over.set()
        for card in (refused, silent):
            card.get_by_role("button", name="Try again").click()
            expect(card).to_have_count(0, timeout=PATIENCE)
        until(lambda: all(one["picture"] for one in book_on_disk(tmp_path / "books")["chapters"]), 60)
        asked = len(service.asked("/images/edits"))
        done = page.locator(".sm-card", has_text="Page 3").first
        again = done.get_by_role("button", name="Draw anew")
        again.click()
        expect(done.get_by_text("The same once more? Click again")).to_be_visible()
        assert len(service.asked("/images/edits")) == asked, "what costs is asked for twice"
        painted = threading.Event()
        service.next("/images/edits", held(painted))
        done.get_by_text("The same once more? Click again").click()
        sketch = done.get_by_alt_text("Page 3 while it is painted")
        expect(sketch).to_be_visible(timeout=PATIENCE)
        until(lambda: sketch.evaluate("image => image.naturalWidth") == SKETCH_PX)
        page.screenshot(path=tmp_path / "sketch.png", full_page=True)
        painted.set()
        expect(sketch).to_have_count(0, timeout=PATIENCE)
        assert len(service.asked("/images/edits")) == asked + 1
        book = book_on_disk(tmp_path / "books")
        assert "Philine knocked." in book["chapters"][0]["text"]
        html = page.content()
    assert KEY not in html
    assert not any(b"Philine" in request.raw for request in service.requests)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
