"""What the cards do alone in a real browser, with nobody at the other end: news may come in any order."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from storymaker.studio.control import module
from tests.browser.wizard import window

_STAND_IN = """
const model = { heard: {}, sent: [], get: () => "one", on: (name, call) => { model.heard[name] = call; }, off: () => {},
  send: (message) => model.sent.push(message) };
const place = document.body.appendChild(document.createElement("div"));
render({ model, el: place });
window.tell = (message) => model.heard["msg:custom"](message);
"""


def told(selected: str = "") -> dict[str, Any]:
    """News of a cover and three pages."""
    fields = dict.fromkeys(("title", "text", "image_prompt", "scene", "alt", "label", "notes", "reason", "address"), "")
    rows = [{"id": f"b.{n}", "n": n, "state": "done", "picture": "", "locked": False, **fields} for n in range(4)]
    return {"type": "rows", "rows": rows, "selected": selected, "options": {}}


def cards(page: Page) -> None:
    """Show the cards in an empty page."""
    script = module("dom.js", "cards.js").replace("export default { render };", _STAND_IN)
    page.set_content("<title>Cards</title>")
    page.add_script_tag(content=f"(() => {{ {script} }})();")


def test_late_news_leave_the_page_that_is_looked_at(browser: Browser) -> None:
    """Rows that were sent before the parent went to another page do not take the parent back."""
    with window(browser) as page:
        cards(page)
        page.evaluate("tell", told("b.0"))
        heading = page.get_by_role("heading", level=3)
        expect(heading).to_have_text("Cover")
        page.get_by_label("Page", exact=True).focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.evaluate("tell", told("b.1"))
        expect(heading).to_have_text("Page 2")
        gone = told("b.1")
        del gone["rows"][2]
        page.evaluate("tell", gone)
        expect(heading).to_have_text("Page 1")
