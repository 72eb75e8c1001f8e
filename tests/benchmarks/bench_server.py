"""The studio server: its start, its polls and edits, what its pages weigh, and how long its loop stands still."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import requests

from storymaker.jobs.queue import JobQueue, Order
from tests.benchmarks.measure import Figure
from tests.server.real import Studio, studio, until

PAGES = 10


def figures() -> list[Figure]:
    """Start one, open ten pages, poll, edit, and draw a book meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        with studio(folder) as house:
            family = house.local()
            house.visit(family)
            start = Figure("server: cold start to the first page served", time.perf_counter() - began, 5.0)
            return [start, *_answers(house, family), *_pages(house, family)]


def _answers(house: Studio, family: requests.Session) -> list[Figure]:
    family.headers["X-XSRFToken"] = str(family.cookies["_xsrf"])
    order: dict[str, Any] = {"arc": "yawn", "seed": 7, "draw": True}
    with _stalls(house) as stalls:
        book_id = family.post(f"{house.url}/api/studio/generate_story", json=order, timeout=60).json()["book_id"]
        until(lambda: house.get(f"/api/books/{book_id}", family).json()["complete"], 120)
    address = f"{house.url}/api/books/{book_id}"
    etag = {"If-None-Match": family.get(address, timeout=20).headers["ETag"]}
    polls = 600
    began = time.perf_counter()
    for _ in range(polls):
        assert family.get(address, headers=etag, timeout=20).status_code == 304
    each = (time.perf_counter() - began) / polls
    return [
        Figure("server: longest wait for /api/health while a book is drawn", max(stalls) * 1e3, 200, "ms"),
        Figure("server: a poll that is a 304", each * 1e3, 5, "ms", f"{1 / each:.0f} in a second"),
        Figure("server: an edit by PATCH, p95", _edit(family, address) * 1e3, 50, "ms"),
        Figure("server: until a job's new state is seen", _seen(house, family, book_id), 0.3),
    ]


@contextmanager
def _stalls(house: Studio) -> Iterator[list[float]]:
    """How long each of a stream of the cheapest calls takes: as long as the loop stands still, and the line besides."""
    waits, stop = [0.0], threading.Event()

    def ask() -> None:
        with requests.Session() as line:
            while not stop.wait(0.01):
                began = time.perf_counter()
                line.get(f"{house.url}/api/health", timeout=20)
                waits.append(time.perf_counter() - began)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield waits
    finally:
        stop.set()
        asker.join()


def _edit(family: requests.Session, address: str) -> float:
    book: Any = family.get(address, timeout=20).json()
    chapter = f"{address.rpartition('/books/')[0]}/chapters/{book['chapters'][0]['id']}"
    took = []
    for n in range(100):
        began = time.perf_counter()
        assert family.patch(chapter, json={"text": f"Text {n}."}, timeout=20).status_code == 200
        took.append(time.perf_counter() - began)
    return quantiles(took, n=20)[-1]


def _seen(house: Studio, family: requests.Session, book_id: str) -> float:
    """From a job's submission elsewhere to its being told by the API, polled every 50 ms."""
    queue = JobQueue(f"sqlite:///{house.folder / 'home' / 'jobs.sqlite'}")
    queue.find("nothing")  # the line to the database stands
    order = Order(
        id=f"{book_id}.bench.1", kind="none", lane="nobody", shelf=str(house.folder / "books"), book_id=book_id
    )
    queue.submit(order)
    began = time.perf_counter()
    until(lambda: house.get(f"/api/jobs/{order.id}", family).status_code == 200)
    took = time.perf_counter() - began
    queue.cancel(order.id)
    queue.close()
    return took


def _pages(house: Studio, family: requests.Session) -> list[Figure]:
    with ExitStack() as tabs:
        opened = {tabs.enter_context(house.tab(family)).kernel for _ in range(PAGES)}
        until(lambda: opened <= house.kernels().keys())
        time.sleep(2)  # let the last one settle: this is memory, not time
        taken = [house.kernels()[kernel].memory_full_info().uss / 1e6 for kernel in opened]
    return [
        Figure(f"server: {PAGES} kernels with the page open", sum(taken), 800, "MB", f"largest {max(taken):.0f} MB"),
    ]
