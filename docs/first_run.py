"""Takes the pictures of ``first-run.md`` from a running studio: ``make guide``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from storymaker.testing.photos import plushie  # noqa: E402
from tests.browser.wizard import PATIENCE, Wizard  # noqa: E402
from tests.server.real import studio  # noqa: E402

PICTURES = ROOT / "docs" / "first-run"
WIDTH, HEIGHT = 1280, 860
_BOTH_LEAVES = """() => {
  const leaves = [...document.querySelectorAll(".sm-leaf img")];
  return leaves.length === 2 && leaves.every((leaf) => leaf.complete && leaf.naturalWidth > 1);
}"""


def main() -> None:
    """Make a book as the guide tells it, and keep a picture of each step."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright, studio(Path(name)) as running:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        wizard = Wizard(page)
        wizard.open(running.fresh_link())
        keep(page, "1-home")
        wizard.new_book()
        photos = [Path(name) / f"photo-{seed}.jpg" for seed in (1, 2)]
        for seed, photo in enumerate(photos, start=1):
            plushie(900, 900, seed=seed, scale=1 - seed / 20).save(photo)
        wizard.press("Somebody new, from photos")
        page.get_by_label("Name", exact=True).fill("Bramble")
        page.get_by_label("What is it?").fill("bear")
        wizard.choose_photos(photos)
        expect(page.locator(".sm-photo[data-photo]")).to_have_count(2, timeout=PATIENCE)
        page.locator(".sm-photos").scroll_into_view_if_needed()
        keep(page, "2-photos")
        wizard.press("Done")
        expect(page.get_by_role("radio", name="Bramble").first).to_be_checked(timeout=PATIENCE)
        page.get_by_text("Other End of the String").click()
        page.get_by_text("What kind of story?").scroll_into_view_if_needed()
        keep(page, "3-story")
        wizard.press("Make the book")
        wizard.says("The book is finished.")
        page.locator(".lm-DataGrid canvas").first.wait_for(timeout=PATIENCE)
        wizard.press("Close this message")
        keep(page, "4-pages")
        wizard.go_to_page(5)
        wizard.card().get_by_label("Words", exact=True).scroll_into_view_if_needed()
        keep(page, "5-card")
        wizard.press("Leaf through the book")
        page.locator(".sm-preview").get_by_role("button", name="Next ›").click()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.wait_for_function(_BOTH_LEAVES, timeout=PATIENCE)
        keep(page, "6-leaf")
        chromium.close()


def keep(page: Page, name: str) -> None:
    """Keep a picture of what the window shows, once it is at rest."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)  # what moves has come to rest
    page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=72)
    sys.stdout.write(f"docs/first-run/{name}.jpg\n")


if __name__ == "__main__":
    main()
