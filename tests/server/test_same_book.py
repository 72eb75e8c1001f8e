"""One story by three ways: by HTTP alone, by a page's kernel, and in one process; each ends in the same book on disk."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import requests
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from storymaker.contract.page import SERVER_VARIABLE, TICKET_VARIABLE
from storymaker.server import api
from storymaker.server.access import Access
from storymaker.server.families import Families
from storymaker.server.pages import OpenPages, Visitor
from storymaker.server.parts import Parts
from storymaker.server.tokens import Signer
from storymaker.server.users import LOCAL, UserStore
from storymaker.server.visits import KernelSession
from storymaker.server.worker import WorkerProcess
from storymaker.settings import Settings
from storymaker.studio.backend.in_process import InProcess
from storymaker.testing import ScriptedAuthor
from storymaker.workshop import Workshop
from tests.server import one_story
from tests.server.one_story import NEW_TEXT, STORY, by_backend
from tests.server.served import CHEAP, settings

KERNEL: Final = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Studio:
    """A server with the way in, and the pages it would have kernels for."""

    url: str
    access: Access
    pages: OpenPages


@contextmanager
def studio(workshop: Workshop) -> Iterator[Studio]:
    """Serve the API and what kernels ask, in a thread."""
    home = workshop.settings.home
    access = Access(UserStore(home, hasher=CHEAP), Signer(home))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def end(kernel_id: str) -> None:
        raise AssertionError("no page is ended here")

    async def start() -> tuple[HTTPServer, str, OpenPages]:
        pages = OpenPages(end, access.stands, at_once=1, idle_seconds=60)
        parts = Parts(access, Families(workshop, lambda: "up"), pages, cast(WorkerProcess, None))
        app = Application(cast(Any, [*api.handlers(), ("/studio/session", KernelSession)]), **settings(parts))
        listener, port = bind_unused_port()
        server = HTTPServer(app)
        server.add_socket(listener)
        return server, f"http://127.0.0.1:{port}", pages

    async def stop(server: HTTPServer) -> None:
        server.stop()
        await server.close_all_connections()

    server, url, pages = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield Studio(url, access, pages)
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        access.close()


# Three ways


def in_one_process(workshop: Workshop) -> str:
    """As in a notebook."""

    async def make() -> str:
        backend = InProcess(workshop)
        try:
            return await by_backend(backend)
        finally:
            await backend.close()

    return asyncio.run(make())


def by_http_alone(workshop: Workshop) -> str:
    """As any program does it."""
    workshop.start_worker()
    with studio(workshop) as served, requests.Session() as http:
        http.headers["Authorization"] = f"Bearer {served.access.redeem(served.access.new_link()).token}"

        def call(method: str, path: str, status: int, **more: Any) -> Any:
            answer = http.request(method, f"{served.url}/api{path}", timeout=60, **more)
            assert answer.status_code == status, answer.text
            return answer.json() if answer.headers["Content-Type"] == "application/json" else answer.content

        def drawn(book_id: str) -> None:
            while any(not job["finished"] for job in call("GET", f"/jobs?book={book_id}", 200)["jobs"]):
                time.sleep(0.05)

        book_id = call("POST", "/studio/generate_story", 202, json=STORY)["book_id"]
        drawn(book_id)
        page = call("GET", f"/books/{book_id}", 200)["chapters"][1]
        call("PATCH", f"/chapters/{page['id']}", 200, json={"text": NEW_TEXT, "base": {"text": page["text"]}})
        call("POST", "/studio/generate_image", 202, json={"book_id": book_id, "chapter_ids": [page["id"]]})
        drawn(book_id)
        call("POST", f"/books/{book_id}/undo", 200, json={"chapter_id": page["id"], "scope": "picture"})
        call("DELETE", f"/books/{book_id}", 200)
        call("POST", f"/trash/{book_id}/restore", 200)
        call("POST", f"/books/{book_id}/exports/pdf", 201, json={})
        assert call("GET", f"/books/{book_id}/exports/pdf", 200).startswith(b"%PDF")
    return str(book_id)


def by_a_kernel(workshop: Workshop) -> str:
    """As a process that was given nothing but an address and a ticket: so the server starts kernels."""
    workshop.start_worker()
    with studio(workshop) as served:
        grant = served.access.redeem(served.access.new_link())
        identity = served.access.identify(grant.token)
        assert identity is not None
        ticket = served.pages.expect(KERNEL)
        served.pages.claim(KERNEL, Visitor(LOCAL, "", identity.session, "book=b1"))
        given = {SERVER_VARIABLE: served.url, TICKET_VARIABLE: ticket}
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", one_story.__name__],
            check=False, env=given | kept, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# The same book


def on_disk(folder: Path) -> dict[str, Any]:
    """What a book's folder holds, but for what differs by chance: ids, and the time of day."""
    text = (folder / "book.json").read_text(encoding="utf-8")
    book = json.loads(text)
    chance = {book["id"]: "<book>", book["heroes"][0]["id"]: "<hero>"}
    chance |= {page["id"].partition(".")[2]: f"<page {page['n']}>" for page in book["chapters"]}
    for found, name in chance.items():
        text = text.replace(found, name)
    text = re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', '"<time>"', text)
    images = {path.name: _key(path) for path in (folder / "images").iterdir()}
    files = sorted(path.name.replace(book["id"], "<book>") for path in folder.iterdir())
    saves = [json.loads(line)["what"] for line in (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    return {"book": json.loads(text), "images": images, "files": files, "saves": sorted(saves)}


def _key(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:32] + ".png"


def test_every_way_ends_in_the_same_book(tmp_path: Path) -> None:
    """The same values in book.json, the same pictures under their contents' names, the same saves, the same file."""
    books = {}
    for way in (in_one_process, by_http_alone, by_a_kernel):
        root = tmp_path / way.__name__
        settings = Settings(books=root / "books", home=root / "home", illustrator="paper", author="scripted")
        with Workshop(settings=settings, authors={"scripted": ScriptedAuthor()}) as workshop:
            book_id = way(workshop)
        (folder,) = settings.books.glob(f"*-{book_id}")
        books[way] = on_disk(folder)
    first, *others = books.values()
    assert first["book"]["chapters"][1]["text"] == NEW_TEXT
    assert len(first["images"]) == 5 and all(name == key for name, key in first["images"].items())
    assert "bramble-counts.pdf" in first["files"] and first["saves"].count("undo") == 1
    for other in others:
        assert other == first
