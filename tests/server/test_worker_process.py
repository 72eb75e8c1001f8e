"""The process that runs jobs: one at a time, started again when it dies, and no job lost with the studio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from storymaker.jobs.queue import Job, JobQueue
from storymaker.server.worker import WorkerProcess, worker_environment
from storymaker.settings import Settings, load_settings
from tests.loops import in_loop
from tests.server.real import Studio, kill, studio, until

GOOD = """
import sys, pathlib
folder = pathlib.Path({folder!r})
with (folder / "starts").open("a") as starts: starts.write("x")
print("up", flush=True)
(folder / "heard").write_text(sys.stdin.read())
"""
DEAF = """
import time
print("up", flush=True)
while True:
    time.sleep(1)
"""
BROKEN = """
import sys, pathlib
if not (pathlib.Path({folder!r}) / "mended").exists():
    sys.exit("The jobs database cannot be used. Please check STORYMAKER_HOME.")
print("up", flush=True)
sys.stdin.read()
"""
LOUD = """
import sys
sys.stderr.write("x" * 3_000_000)
sys.stderr.flush()
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(settings: Settings) -> Path:
    """Where the studio keeps its things."""
    settings.home.mkdir(parents=True)
    return settings.home


def scripted(settings: Settings, script: str) -> WorkerProcess:
    """A worker process that runs a script instead."""
    return WorkerProcess(settings, [sys.executable, "-c", script.format(folder=str(settings.home))])


async def becomes(holds: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


def test_the_worker_finds_the_studios_settings_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, whatever the folder it is started in."""
    given = load_settings(books=tmp_path / "b", home=tmp_path / "h", picture_timeout=7.0, pages_at_once=3)
    for name in os.environ:
        if name.startswith("STORYMAKER_"):
            monkeypatch.delenv(name)
    told = worker_environment(given, {"STORYMAKER_BOOKS": "elsewhere", "OPENAI_API_KEY": "kept"})
    assert told["OPENAI_API_KEY"] == "kept"
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "storymaker.toml").write_text("picture_timeout = 9\n")
    assert load_settings() == given


@in_loop
async def test_it_is_up_when_it_says_so_and_stops_when_told(settings: Settings, folder: Path) -> None:
    """By a word on its standard input, on every platform."""
    worker = scripted(settings, GOOD)
    assert worker.state == "starting"
    worker.start()
    await becomes(lambda: worker.state == "up")
    assert worker.pid is not None
    await worker.stop()
    assert (folder / "heard").read_text() == "stop\n"
    assert worker.pid is None


@in_loop
async def test_one_that_is_deaf_is_killed(settings: Settings, folder: Path) -> None:
    """The studio ends within seconds whatever its worker does."""
    worker = scripted(settings, DEAF)
    worker.start()
    await becomes(lambda: worker.state == "up")
    pid = worker.pid
    assert pid is not None
    began = time.monotonic()
    await worker.stop()
    assert not psutil.pid_exists(pid)
    assert time.monotonic() - began < 10


@in_loop
async def test_one_that_dies_is_started_again(settings: Settings, folder: Path) -> None:
    """And meanwhile it is said to be starting."""
    worker = scripted(settings, GOOD)
    worker.start()
    await becomes(lambda: worker.state == "up")
    first = worker.pid
    assert first is not None
    kill(psutil.Process(first))
    await becomes(lambda: worker.state == "starting")
    await becomes(lambda: worker.state == "up")
    assert worker.pid not in (None, first)
    await worker.stop()
    assert (folder / "starts").read_text() == "xx"


@in_loop
async def test_one_that_cannot_start_is_down_for_a_reason_and_tried_again(settings: Settings, folder: Path) -> None:
    """The reason is its own last sentence; when it is mended, it comes up by itself."""
    worker = scripted(settings, BROKEN)
    worker.start()
    await becomes(lambda: worker.state == "down")
    assert worker.reason == "The jobs database cannot be used. Please check STORYMAKER_HOME."
    (folder / "mended").touch()
    await becomes(lambda: worker.state == "up")
    assert worker.reason == ""
    await worker.stop()


@in_loop
async def test_one_that_is_not_there_is_down(settings: Settings, folder: Path) -> None:
    """Not an error of the studio."""
    worker = WorkerProcess(settings, [str(folder / "no-such-program")])
    worker.start()
    await becomes(lambda: worker.state == "down")
    assert "could not be started" in worker.reason
    await worker.stop()


@in_loop
async def test_one_that_complains_at_length_is_not_held_up(settings: Settings, folder: Path) -> None:
    """Three million letters without an end of line."""
    worker = scripted(settings, LOUD)
    worker.start()
    await becomes(lambda: worker.state == "up")
    await worker.stop()


@in_loop
async def test_another_worker_of_the_machine_counts_as_ours_until_it_is_gone(settings: Settings, folder: Path) -> None:
    """None of ours is started beside it."""
    worker = scripted(settings, GOOD)
    with FileLock(folder / "worker.lock"):
        worker.start()
        await becomes(lambda: worker.state == "up")
        await asyncio.sleep(0.7)
        assert worker.pid is None
        assert not (folder / "starts").exists()
    await becomes(lambda: worker.pid is not None and worker.state == "up")
    await worker.stop()


@in_loop
async def test_with_postgresql_nobody_asks_for_the_lock(settings: Settings, folder: Path) -> None:
    """There, several workers share the work."""
    shared = settings.model_copy(update={"jobs_db": "postgresql://nowhere/x"})
    worker = scripted(shared, GOOD)
    with FileLock(folder / "worker.lock"):
        worker.start()
        await becomes(lambda: worker.pid is not None and worker.state == "up")
        await worker.stop()


# With the real one


def test_a_worker_that_is_killed_is_up_again_soon(local_studio: Studio) -> None:
    """With kill -9, in the midst of whatever it does."""
    until(lambda: local_studio.health()["worker"] == "up")
    first = until(local_studio.worker)
    kill(first)
    until(lambda: local_studio.health()["worker"] == "starting")
    until(lambda: local_studio.health()["worker"] == "up")
    again = until(local_studio.worker)
    assert again.pid != first.pid


def order_book(started: Studio) -> str:
    """Have a whole book made; its id."""
    session = started.local()
    started.get("/login", session)
    if "_xsrf" not in session.cookies:
        started.leave(started.visit(session))
    answer = session.post(
        f"{started.url}/api/studio/generate_story",
        json={"hero_name": "Pip", "arc": "yawn", "seed": 7, "draw": True},
        headers={"X-XSRFToken": str(session.cookies["_xsrf"])},
        timeout=30,
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["book_id"])


def jobs(folder: Path, book_id: str) -> tuple[Job, ...]:
    """A book's jobs, as the database has them."""
    queue = JobQueue(Settings(home=folder / "home").jobs_url)
    try:
        return queue.jobs(book_id)
    finally:
        queue.close()


def test_a_studio_that_is_killed_loses_no_job(tmp_path: Path) -> None:
    """Its kernels end, its worker finishes what was asked for and ends then; a new studio meanwhile sees it all."""
    with studio(tmp_path) as first:
        until(lambda: first.health()["worker"] == "up")
        book_id = order_book(first)
        until(lambda: any(job.state == "running" for job in jobs(tmp_path, book_id)), 60)
        kernels, worker = list(first.kernels().values()), until(first.worker)
        kill(psutil.Process(first.process.pid))
        first.process.wait(20)
        until(lambda: not any(_alive(kernel) for kernel in kernels))
        assert _alive(worker)
    with studio(tmp_path) as second:
        assert second.health()["worker"] == "up"
        assert second.worker() is None
        book = f"/api/books/{book_id}"
        until(lambda: second.get(book, second.local()).json()["complete"], 240)
        until(lambda: not _alive(worker))
        ours = until(second.worker)
        until(lambda: second.health()["worker"] == "up")
        assert ours.pid != worker.pid
    assert {job.state for job in jobs(tmp_path, book_id)} == {"done"}


def test_a_studio_that_is_stopped_leaves_nothing_running_and_goes_on_later(tmp_path: Path) -> None:
    """No kernel, no worker, no drawing; what was being made is made when it is started again."""
    with studio(tmp_path) as first:
        until(lambda: first.health()["worker"] == "up")
        book_id = order_book(first)
        until(lambda: any(job.state == "running" for job in jobs(tmp_path, book_id)), 60)
        everything = first.children()
        assert len(everything) >= 2
    assert first.process.returncode == 0
    until(lambda: not any(_alive(process) for process in everything), 10)
    with studio(tmp_path) as second:
        until(lambda: second.get(f"/api/books/{book_id}", second.local()).json()["complete"], 240)


def _alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
