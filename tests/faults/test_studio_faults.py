"""The studio under misfortune: killed workers, killed servers, full and read-only disks; nothing is lost, and it is said."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.testing.photos import plushie_photo
from storymaker.workshop import Workshop
from tests.server.real import Studio, studio, until
from tests.server.served import Served, served

WHOLE = 11
"""Pictures of a whole book: ten chapters and the cover."""


def drawn(folder: Path, book_id: str) -> list[Path]:
    """The finished pictures of a book."""
    return list(folder.glob(f"books/*-{book_id}/images/*.png"))


def signed_in(house: Studio) -> requests.Session:
    """The family's browser, with the cookie that changes need."""
    family = house.local()
    house.visit(family)
    return family


def test_a_worker_that_is_killed_is_replaced_and_draws_only_the_rest(tmp_path: Path) -> None:
    """In mid-book: no finished picture is drawn again, the book becomes whole, and the page hears that it is back."""
    with studio(tmp_path) as house:
        family = signed_in(house)
        book_id = house.begin_book()
        until(lambda: len(drawn(tmp_path, book_id)) >= 2)
        before = {path.name: path.stat().st_mtime_ns for path in drawn(tmp_path, book_id)}
        worker = until(house.worker)
        worker.kill()
        until(lambda: (new := house.worker()) and new.pid != worker.pid)
        book = until(lambda: complete(house, family, book_id), 90)
        assert house.health()["worker"] == "up"
        after = {path.name: path.stat().st_mtime_ns for path in drawn(tmp_path, book_id)}
        assert before.items() <= after.items()
        assert len(after) == WHOLE == 1 + len(book["chapters"])
        states = [job["state"] for job in house.get(f"/api/jobs?book={book_id}", family).json()["jobs"]]
        assert states == ["done"] * (WHOLE + 1)


def complete(house: Studio, family: requests.Session, book_id: str) -> Any:
    """The book, once it is whole."""
    book = house.get(f"/api/books/{book_id}", family).json()
    return book if book["complete"] else None


def test_a_server_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    """The worker goes on without it and then ends; the next server knows the browser, and the book is where it was."""
    with studio(tmp_path) as first:
        family = signed_in(first)
        book_id = first.begin_book()
        until(lambda: drawn(tmp_path, book_id))
        worker, kernels = until(first.worker), list(first.kernels().values())
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
        until(lambda: len(drawn(tmp_path, book_id)) == WHOLE, 90)
        until(lambda: not running(worker), 30)
        until(lambda: not any(running(kernel) for kernel in kernels), 30)
    port = first.url.rpartition(":")[2]
    with studio(tmp_path, "--port", port) as second:
        assert complete(second, family, book_id)
        assert second.get("/", family).status_code == 200


def test_a_server_that_is_started_again_at_once_finds_the_book_under_way(tmp_path: Path) -> None:
    """While the old worker still draws: nothing is drawn twice, and a client that polls finds its place."""
    with studio(tmp_path) as first:
        family = signed_in(first)
        book_id = first.begin_book()
        until(lambda: drawn(tmp_path, book_id))
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
    with studio(tmp_path, "--port", first.url.rpartition(":")[2]) as second:
        until(lambda: complete(second, family, book_id), 90)
        assert len(drawn(tmp_path, book_id)) == WHOLE
        until(lambda: second.health()["worker"] == "up")


def running(process: psutil.Process) -> bool:
    """Whether a process still does something."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


# Disks


def test_a_really_full_disk_holds_what_was_drawn_and_goes_on_when_there_is_room(
    small_disk: Path, tmp_path: Path
) -> None:
    """Pages that do not fit wait and say so; with room again the rest is drawn, and the first is kept."""
    with studio(tmp_path, STORYMAKER_BOOKS=str(small_disk)) as house:
        family = signed_in(house)
        book_id = house.begin_book()
        address = f"{house.url}/api/jobs?book={book_id}"

        def waiting() -> list[str]:
            jobs = family.get(address, timeout=20).json()["jobs"]
            assert not [job["reason"] for job in jobs if job["state"] == "failed"]
            return [job["waiting"] for job in jobs if job["waiting"]]

        assert all("full. Please free some space" in sentence for sentence in until(waiting, 90))
        fitted = {path.name for path in small_disk.glob(f"*-{book_id}/images/*.png")}
        assert fitted
        subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
        until(lambda: complete(house, family, book_id), 90)
        assert fitted < {path.name for path in small_disk.glob(f"*-{book_id}/images/*.png")}


@pytest.fixture
def api(settings: Settings) -> Iterator[Served]:
    """The API over a shelf of this process, whose disk a test can spoil."""
    authors, illustrators = {"scripted": ScriptedAuthor()}, {"plain": PlainIllustrator()}
    with (
        Workshop(settings=settings, authors=authors, illustrators=illustrators) as workshop,
        served(workshop, settings.home) as server,
    ):
        yield server


@pytest.mark.parametrize(("number", "says"), [(errno.ENOSPC, "full"), (errno.EROFS, "can only be read")])
def test_a_disk_that_refuses_is_said_and_nothing_is_lost(
    api: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    """Every call that writes answers 507 with a sentence; the shelf is byte for byte as before, and can still be read."""
    family = api.caller(api.local())
    story: dict[str, Any] = {"author": "scripted", "illustrator": "plain", "chapters": 2}
    address = f"{api.url}/api/studio/generate_story"
    book_id = family.post(address, json=story, headers={"Prefer": "wait=30"}, timeout=60).json()["book_id"]
    hero: str = family.post(f"{api.url}/api/characters", json={"name": "Bramble"}, timeout=20).json()["id"]
    chapter = family.get(f"{api.url}/api/books/{book_id}", timeout=20).json()["chapters"][0]["id"]
    photo = plushie_photo(tmp_path / "t.jpg").read_bytes()
    before = kept(api)

    def refuse(*args: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as spoilt:
        for call in ("fsync", "replace", "mkdir"):
            spoilt.setattr(os, call, refuse)
        answers = [
            family.post(address, json=story, timeout=20),
            family.patch(f"{api.url}/api/books/{book_id}", json={"title": "New"}, timeout=20),
            family.patch(f"{api.url}/api/chapters/{chapter}", json={"text": "New"}, timeout=20),
            family.post(f"{api.url}/api/books/{book_id}/chapters", json={"title": "New"}, timeout=20),
            family.delete(f"{api.url}/api/chapters/{chapter}", timeout=20),
            family.delete(f"{api.url}/api/books/{book_id}", timeout=20),
            family.post(f"{api.url}/api/characters", json={"name": "New"}, timeout=20),
            family.patch(f"{api.url}/api/characters/{hero}", json={"name": "New"}, timeout=20),
            family.post(f"{api.url}/api/characters/{hero}/photos", files={"photo": ("t.jpg", photo)}, timeout=60),
        ]
        assert family.get(f"{api.url}/api/books/{book_id}", timeout=20).status_code == 200
    for answer in answers:
        assert answer.status_code == 507, (answer.request.method, answer.url, answer.text)
        assert says in answer.json()["detail"]
        assert str(tmp_path) not in answer.json()["title"]
    assert kept(api) == before


def kept(api: Served) -> dict[str, bytes]:
    """What stands on the shelf; a journal may hold a line more, of a save that never was, and passes over it."""
    root = api.workshop.shelf.root
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not {".state", ".locks", "history.jsonl"} & set(path.relative_to(root).parts)
    }
