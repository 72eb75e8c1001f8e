"""The wizard as a parent's hands and eyes know it: what can be pressed, typed and seen, in a real browser."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from storymaker.testing.photos import plushie_photo
from tests.server.real import Studio, until

READY = '#storymaker-ready[data-state="ready"]'
PATIENCE = 60_000
WHOLE = 11
"""Pictures of a book of the paper studio: ten chapters and the cover."""
ROW, NUMBER, PICTURE, TITLE = 96, 52, 96, 146
"""Measures of the grid's canvas, in pixels."""
CHEAP_BLIT = """
const draw = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (source, ...where) {
  const [x, y, width, height, left, top, wide, high] = where;
  const same = where.length === 8 && width === wide && height === high && this.getTransform().isIdentity;
  if (!(source instanceof HTMLCanvasElement && same && where.every(Number.isInteger) && width > 0 && height > 0))
    return draw.call(this, source, ...where);
  this.putImageData(source.getContext("2d").getImageData(x, y, width, height), left, top);
};
"""
"""The grid copies each cell from one canvas to another. Without a graphics card Chromium copies the whole canvas for each,
and that was most of what a book cost it; the same pixels by themselves cost a seventeenth."""


@contextmanager
def watched(context: BrowserContext, *, calm: bool = True) -> Iterator[Page]:
    """A page of a browser; at its end, it has complained of nothing and asked nobody but this machine.

    Args:
        context: The browser's window.
        calm: Whether it may not complain; where servers are killed, it may.
    """
    page = context.new_page()
    complaints: list[str] = []
    hosts: set[str | None] = set()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname))
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    yield page
    page.close()
    assert not calm or not complaints, complaints
    assert hosts <= {"127.0.0.1", None}


@contextmanager
def window(
    browser: Browser, width: int = 1280, *, height: int = 1000, calm: bool = True, **more: Any
) -> Iterator[Page]:
    """A page in a browser of its own, so many pixels wide and high."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, accept_downloads=True, **{"reduced_motion": "reduce"} | more
    )
    context.add_init_script(CHEAP_BLIT)
    try:
        with watched(context, calm=calm) as page:
            yield page
    finally:
        context.close()


class Wizard:
    """The page of the Story Studio.

    Args:
        page: The browser's.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, address: str) -> None:
        """Go there, and wait until the page answers."""
        self.page.goto(address)
        self.ready()

    def ready(self) -> None:
        """Wait until the page answers."""
        self.page.wait_for_selector(READY, state="attached", timeout=PATIENCE)

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def says(self, words: str) -> None:
        """Wait until it says so somewhere."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE)

    def undo(self) -> None:
        """Press the latest message's button."""
        self.page.locator(".sm-toast button", has_text="Undo").last.click()

    @property
    def kernel(self) -> str:
        """The id of the page's kernel."""
        return str(
            self.page.evaluate("JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId")
        )

    # Step 1

    def new_book(self) -> None:
        """Go to step 1."""
        self.press("Make a new book")
        self.page.locator(".sm-step-metadata").wait_for(timeout=PATIENCE)

    def choose_photos(self, photos: Sequence[Path]) -> None:
        """Choose photos as a parent does, several at once."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_text("Choose photos").click()
        chooser.value.set_files(photos)

    def add_hero(self, name: str, photos: Sequence[Path]) -> None:
        """Bring somebody new into the cast."""
        self.press("Somebody new, from photos")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("What is it?").fill("bear")
        self.choose_photos(photos)
        expect(self.page.locator(".sm-photo[data-photo]")).to_have_count(len(photos), timeout=PATIENCE)
        self.press("Done")
        expect(self.page.get_by_role("radio", name=name).first).to_be_checked(timeout=PATIENCE)

    # Step 2

    def card(self, n: int | None = None) -> Locator:
        """The card of a page, or the one that is shown."""
        return self.page.locator(".sm-card") if n is None else self.page.locator(".sm-card").nth(n)

    def go_to_page(self, n: int) -> None:
        """Look at a page's card, by the chooser above it."""
        self.page.get_by_label("Page", exact=True).select_option(index=n)

    def state(self, words: str, n: int | None = None) -> None:
        """Wait until a page's state reads so."""
        expect(self.card(n).locator(".sm-state")).to_have_text(words, timeout=PATIENCE)

    def write(self, field: str, words: str, n: int | None = None) -> None:
        """Type into a field of a card, and leave it."""
        entry = self.card(n).locator(f".sm-field-{field}").locator("input, textarea")
        entry.fill(words)
        entry.blur()

    def value(self, field: str, n: int | None = None) -> str:
        """What a field of a card holds."""
        return self.card(n).locator(f".sm-field-{field}").locator("input, textarea").input_value()

    def cell(self, row: int, left: int) -> tuple[float, float]:
        """The middle of a cell of the grid, scrolled into view, in the window's pixels."""
        grid = self.page.locator(".lm-DataGrid")
        grid.evaluate(
            "(grid, y) => { const frame = grid.closest('#rendered_cells') ?? document.scrollingElement;"
            " frame.scrollTop += grid.getBoundingClientRect().top + y - innerHeight / 2; }",
            ROW * row,
        )
        box = grid.bounding_box()
        assert box
        return box["x"] + left, box["y"] + ROW * row + ROW / 2

    def painted(self, rows: int) -> int:
        """How many of the grid's thumbnails are painted, by their pixels: paper is of one colour, pictures are not."""
        grid = self.page.locator(".lm-DataGrid")
        if not grid.is_visible():
            return 0
        pixels = np.asarray(Image.open(io.BytesIO(grid.screenshot())).convert("RGB")).astype(float)
        return sum(
            pixels[ROW * row + 10 : ROW * row + 86, NUMBER + 10 : NUMBER + 86].std(axis=(0, 1)).mean() > 8
            for row in range(rows)
        )


def enter(page: Page, running: Studio, url: str = "", query: str = "") -> Wizard:
    """Come in by the link, perhaps by another way to the same studio, and open the book."""
    wizard = Wizard(page)
    link = running.fresh_link()
    wizard.open(link.replace(running.url, url or running.url))
    wizard.open(f"{url or running.url}/{query or '?book=' + book_on_disk(running.shelf)['id']}")
    return wizard


def pictures(running: Studio) -> int:
    """How many pictures its book has on the disk."""
    return len(list(running.shelf.glob("*/images/*.png")))


def finish_book(running: Studio) -> None:
    """Make a whole book without the page."""
    running.begin_book()
    until(lambda: pictures(running) >= WHOLE and book_on_disk(running.shelf)["drafted"], 120)


def book_on_disk(shelf: Path) -> dict[str, Any]:
    """The one book of a shelf, as its file tells it."""
    (file,) = (path for path in shelf.glob("*/book.json") if not path.parent.name.startswith("."))
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return told


def saved(shelf: Path, field: str, n: int, value: str) -> None:
    """Wait until a chapter's field stands on the disk as the page shows it."""
    until(lambda: book_on_disk(shelf)["chapters"][n - 1][field] == value)


def photos_of_one_plushie(folder: Path) -> list[Path]:
    """Two photos of one plushie: the shared real ones where they are, else two that we make."""
    real = Path(__file__).parents[3] / "shared" / "photos" / "bear_plushie"
    if real.is_dir():
        return [real / "01.jpg", real / "03.jpg"]
    made = [folder / "one.jpg", folder / "two.jpg"]
    for seed, path in enumerate(made):
        plushie_photo(path, seed=seed)
    return made
