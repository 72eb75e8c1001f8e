"""Our notebooks in JupyterLab, run cell by cell by somebody who looks at what comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import kernel_ready, lab
from tests.browser.wizard import PATIENCE, window
from tests.server.real import until

NOTEBOOKS = [
    path
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
    if path.stem != "story_studio"  # the wizard: test_journey.py makes a whole book in it
]
TROUBLE = '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]'
UNPAINTED = "() => [...document.querySelectorAll('.jp-OutputArea img')].filter((img) => !img.naturalWidth).length"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_and_shows_itself(browser: Browser, tmp_path: Path, notebook: Path) -> None:
    """To the last one, without a complaint, and each picture in it is painted."""
    cells = sum(cell["cell_type"] == "code" for cell in json.loads(notebook.read_text("utf-8"))["cells"])
    with lab(tmp_path, notebook) as address, window(browser, 1500, height=1000, calm=False) as page:
        page.goto(address)
        kernel_ready(page)
        for n in range(1, cells + 1):
            run_cell(page, n)
            assert not page.locator(TROUBLE).count(), page.locator(TROUBLE).all_inner_texts()
        until(lambda: not page.evaluate(UNPAINTED))
        if notebook.stem == "library_tour":
            a_whole_book_is_seen(page)


def run_cell(page: Page, n: int) -> None:
    """Run a code cell, and wait for the number that it gets when it is done."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(n - 1)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(f"[{n}]:", timeout=PATIENCE)


def a_whole_book_is_seen(page: Page) -> None:
    """The plushie cut out, the cover with ten pages below it in less than 400 kB, and two jobs that are done."""
    assert page.get_by_alt_text("Cut-out of Bramble the bear").is_visible()
    assert page.locator('.sm-shown img[alt^="The cover"]').first.evaluate("img => img.naturalWidth") >= 280
    assert page.locator(".sm-shown-sheet img").count() == 10
    assert len(page.locator(".sm-shown:has(.sm-shown-sheet)").inner_html()) < 400_000
    assert page.locator(".sm-shown-job", has_text="done").count() == 2
