"""The studio's start and end at a terminal."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from storymaker.errors import SetupError
from storymaker.server import launch
from storymaker.server.launch import _has_display
from storymaker.waiting import announced
from tests.server.real import studio, until


def test_a_browser_opens_only_where_somebody_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on a server without a screen, not where tests run."""
    monkeypatch.setattr(sys, "platform", "linux")
    assert not _has_display({})
    assert _has_display({"DISPLAY": ":0"})
    assert _has_display({"WAYLAND_DISPLAY": "wayland-0"})
    assert not _has_display({"DISPLAY": ":0", "CI": "true"})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert _has_display({})
    assert not _has_display({"CI": "1"})


class NoWorker:
    """A worker that is never there."""

    def __init__(self, *_: object) -> None: ...

    def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Do nothing."""


def test_a_studio_that_is_long_in_coming_up_says_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What serves pages takes its time to load from a slow disk."""
    said, heard = threading.Event(), list[bool]()
    listener = logging.Handler()
    listener.emit = lambda record: said.set()  # type: ignore[method-assign]

    def load() -> None:
        heard.append(said.wait(20))
        raise SetupError("It is gone.")

    monkeypatch.setattr(launch, "announced", functools.partial(announced, after=0.01))
    monkeypatch.setattr(launch, "WorkerProcess", NoWorker)
    monkeypatch.setattr(launch, "_stop_signal", asyncio.Event)
    monkeypatch.setattr(launch, "_import_studio", load)
    logging.getLogger().addHandler(listener)  # after that of caplog, which has heard by then
    nothing: Any = None
    try:
        with pytest.raises(SetupError):
            asyncio.run(launch._run(nothing, nothing, nothing, [], browser=False, announce=print))
    finally:
        logging.getLogger().removeHandler(listener)
    assert heard == [True] and "The Story Studio is not up yet" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="the browser is a shell script")
def test_the_browser_opens_with_the_link(tmp_path: Path) -> None:
    """The one that is printed."""
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {
        "STORYMAKER_HOME": str(tmp_path / "home"), "STORYMAKER_BOOKS": str(tmp_path / "books"),
        "DISPLAY": ":0", "BROWSER": f"{browser} %s",
    }  # fmt: skip
    with (tmp_path / "out").open("wb") as out:
        started = subprocess.Popen(
            [sys.executable, "-m", "storymaker", "studio", "--port", "0"], stdout=out, env=environment, cwd=tmp_path
        )
    try:
        until(opened.exists, 60)
        assert (tmp_path / "out").read_text() == f"Story Studio: {opened.read_text()}"
    finally:
        started.terminate()
        started.wait(20)


@contextmanager
def heeded(number: int) -> Iterator[None]:
    """A signal is heeded by what is started here, also where these tests run under nohup: a child inherits that."""
    ignored = signal.getsignal(number) is signal.SIG_IGN
    if ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        if ignored:
            signal.signal(number, signal.SIG_IGN)


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_it_ends_soon_and_in_order(tmp_path: Path, name: str) -> None:
    """By Ctrl-C, by the system, with its terminal: status 0, no traceback, no process and no file left behind."""
    with heeded(getattr(signal, name)), studio(tmp_path, TMPDIR=str(tmp_path)) as started:
        until(lambda: started.health()["worker"] == "up" and started.kernels())
        children = started.children()
        began = time.monotonic()
        started.process.send_signal(getattr(signal, name))
        assert started.process.wait(20) == 0
        assert time.monotonic() - began < 15
        until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
        assert "Traceback" not in started.log
        assert not list(tmp_path.glob("storymaker-*"))
