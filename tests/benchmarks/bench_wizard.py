"""The wizard in a real browser: how soon it answers beside other ways to serve such a page, what it weighs, how quick an edit is."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import time
import venv
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.benchmarks.measure import Figure
from tests.browser.wizard import READY, WHOLE, book_on_disk, enter, finish_book
from tests.server.plain import plain_voila, served
from tests.server.real import Studio, studio, until

ROUNDS = 5
_BINARY = 2
"""A websocket frame that is no text."""
_CLOCK = "performance.timeOrigin + performance.now()"

STREAMLIT = """
import pandas as pd
import streamlit as st
st.title("Story Studio")
st.text_input("The book's name")
st.text_input("Who is it about?")
st.file_uploader("Photos", accept_multiple_files=True)
st.radio("How old?", ["3 to 4", "5 to 6", "7 to 8"])
st.radio("What kind of story?", ["a", "b", "c", "d"])
st.text_input("Dedication")
st.data_editor(pd.DataFrame([{"n": n, "title": f"Part {n}", "text": "words " * 40, "state": "done"} for n in range(11)]))
if st.button("Make the book"):
    st.write("It is made.")
"""


def figures() -> list[Figure]:
    """Serve the page in three ways, side by side, then look at ours alone."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        with studio(folder / "ours") as house:
            finish_book(house)
            beside = _beside_others(chromium, house, folder)
            return [*beside, *_grid(chromium, house), *_edits(chromium, house), *_kernels(chromium, house)]


# How soon a click is answered


def _beside_others(chromium: Browser, house: Studio, folder: Path) -> list[Figure]:
    page = chromium.new_page()
    page.goto(house.fresh_link())
    state: Any = page.context.storage_state()
    page.close()
    with plain_voila(folder / "stock") as stock, _streamlit(folder / "streamlit") as other:
        ways: dict[str, Callable[[BrowserContext], None]] = {
            "ours": lambda context: _answered_by_the_wizard(context, house.url),
            "stock": lambda context: _answered_by_the_wizard(context, stock),
            "streamlit": lambda context: _answered_by_streamlit(context, other),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, visit in ways.items():
                time.sleep(4)  # the page that is made ready for the next visitor is ready, and nobody else is at work
                context = chromium.new_context(storage_state=state if name == "ours" else None)
                began = time.perf_counter()
                visit(context)
                took[name].append(time.perf_counter() - began)
                context.close()
    ours, stock_s, streamlit_s = (median(took[name]) for name in ways)
    bytes_ = _bytes(chromium, state, house)
    return [
        Figure("wizard: cold cache to a click answered, Streamlit with such a form and table", streamlit_s),
        Figure("wizard: the same, stock Voila with our notebook", stock_s),
        Figure("wizard: the same, ours, beside Streamlit", ours, streamlit_s),
        Figure("wizard: the same, ours, beside half of stock Voila", ours, stock_s / 2),
        Figure("wizard: over the wire for home", bytes_ / 1e6, 2, "MB"),
    ]


def _answered_by_the_wizard(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    page.get_by_role("button", name="Make a new book").click()
    page.locator(".sm-step-metadata").wait_for(timeout=60_000)


def _answered_by_streamlit(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Make the book").click(timeout=60_000)
    page.get_by_text("It is made.").wait_for(timeout=60_000)


def _bytes(chromium: Browser, state: Any, house: Studio) -> float:
    """All that comes over the wire, the websocket's part as it was before it was packed."""
    context = chromium.new_context(storage_state=state)
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    taken = [0.0]
    line.on("Network.loadingFinished", lambda told: taken.append(told["encodedDataLength"]))
    page.goto(house.url)
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    page.wait_for_timeout(500)
    context.close()
    return sum(taken)


@contextmanager
def _streamlit(folder: Path) -> Iterator[str]:
    folder.mkdir()
    (folder / "page.py").write_text(STREAMLIT)
    home = Path(sys.prefix) / "bench-streamlit"  # kept: it is large, and no dependency of ours
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "streamlit"], check=True)
    command = [str(python), "-m", "streamlit", "run", str(folder / "page.py"), "--server.headless=true", "--server.port=0",
               "--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]  # fmt: skip
    with served(command, folder) as address:
        yield address


# Step 2


def _grid(chromium: Browser, house: Studio) -> list[Figure]:
    """From step 2's first sight to eleven thumbnails on the canvas, by what is drawn onto it."""
    took = []
    for _ in range(ROUNDS):
        page = chromium.new_page(viewport={"width": 1280, "height": 1900})
        page.add_init_script(
            "window.painted = new Map(); window.opened = 0; const draw = CanvasRenderingContext2D.prototype.drawImage;"
            "CanvasRenderingContext2D.prototype.drawImage = function (image, ...more) {"
            f" if (image.tagName === 'IMG' && !painted.has(image.src)) painted.set(image.src, {_CLOCK});"
            " return draw.call(this, image, ...more); };"
            "new MutationObserver(() => { if (!window.opened && document.querySelector('.sm-card'))"
            f" window.opened = {_CLOCK}; }}).observe(document, {{ childList: true, subtree: true }});"
        )
        enter(page, house, query="?")
        page.wait_for_timeout(4000)
        page.locator(".sm-cover").first.click()
        until(lambda page=page: page.evaluate("window.painted.size") >= WHOLE, 60)  # type: ignore[misc]
        took.append(page.evaluate("Math.max(...window.painted.values()) - window.opened") / 1e3)
        page.context.close()
    return [Figure("wizard: step 2 seen to eleven thumbnails painted", median(took), 1.0)]


def _edits(chromium: Browser, house: Studio) -> list[Figure]:
    """From a field that is left to the book's file, and the socket's bytes as they were before they were packed."""
    page = chromium.new_page()
    wizard = enter(page, house)
    wizard.go_to_page(1)
    entry = wizard.card().locator(".sm-field-title input")
    took = []
    for n in range(20):
        entry.fill(f"Title {n}")
        began = time.perf_counter()
        entry.blur()
        while book_on_disk(house.shelf)["chapters"][0]["title"] != f"Title {n}":
            pass
        took.append(time.perf_counter() - began)
        page.wait_for_timeout(300)
    plain, packed = _bytes_of_edits(page, entry)
    page.context.close()
    return [
        Figure("wizard: an edit in a card, left to on disk", median(took) * 1e3, 150, "ms"),
        Figure(
            "wizard: what crosses the socket for it, both ways", packed / 1e3, 1, "kB", f"unpacked {plain / 1e3:.1f}"
        ),
    ]


def _bytes_of_edits(page: Page, entry: Any) -> tuple[float, float]:
    """Plain, and packed as a socket does that remembers what it said before: the first edit teaches it the headers."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    sent, received = list[bytes](), list[bytes]()
    line.on("Network.webSocketFrameSent", lambda told: sent.append(_frame(told["response"])))
    line.on("Network.webSocketFrameReceived", lambda told: received.append(_frame(told["response"])))
    edits, learned = 6, (0, 0)
    for n in range(edits):
        entry.fill(f"Measured {n}")
        entry.blur()
        page.wait_for_timeout(800)
        learned = learned if n else (len(sent), len(received))
    plain = packed = 0.0
    for frames, known in zip((sent, received), learned, strict=True):
        packer = zlib.compressobj(wbits=-15)
        sizes = [(len(frame), len(packer.compress(frame) + packer.flush(zlib.Z_SYNC_FLUSH)) - 4) for frame in frames]
        plain += sum(size for size, _ in sizes[known:])
        packed += sum(size for _, size in sizes[known:])
    return plain / (edits - 1), packed / (edits - 1)


def _frame(told: Any) -> bytes:
    """A frame's bytes; those that are no text come as base64."""
    data: str = told["payloadData"]
    return base64.b64decode(data) if told["opcode"] == _BINARY else data.encode()


# Memory


def _kernels(chromium: Browser, house: Studio) -> list[Figure]:
    """Of three pages each on home, step 1, the Pages view and the grid; then ten wizards open at once."""
    found = []
    for name, query, narrow, wanted in (
        ("home", "?", False, 60), ("step 1", "?step=new", False, 60), ("the Pages view", "", True, 60), ("the grid", "", False, 95),
    ):  # fmt: skip
        with _open(chromium, house, 3, query, narrow=narrow) as kernels:
            taken = _settled(house, kernels)
            found.append(Figure(f"wizard: a kernel on {name}, three open", max(taken), wanted, "MB"))
    with _open(chromium, house, 10, "", narrow=False) as kernels:
        found.append(Figure("wizard: ten open wizards in all", sum(_settled(house, kernels)), 1300, "MB"))
    return found


@contextmanager
def _open(chromium: Browser, house: Studio, count: int, query: str, *, narrow: bool) -> Iterator[list[str]]:
    with ExitStack() as open_pages:
        kernels = []
        for _ in range(count):
            page = chromium.new_page(viewport={"width": 390 if narrow else 1280, "height": 1000})
            open_pages.callback(page.context.close)
            wizard = enter(page, house, query=query)
            if not query and not narrow:
                page.locator(".lm-DataGrid canvas").first.wait_for(timeout=60_000)
            kernels.append(wizard.kernel)
        yield kernels


def _settled(house: Studio, kernels: list[str]) -> list[float]:
    time.sleep(3)  # this is memory, not time
    return [house.kernels()[kernel].memory_full_info().uss / 1e6 for kernel in kernels]
