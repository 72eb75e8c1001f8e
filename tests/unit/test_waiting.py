"""Waits that last are announced, once, and those that do not are not."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from storymaker.waiting import Announcer, acquire, acquire_within, announced


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    """Warnings are collected."""
    caplog.set_level(logging.WARNING)


def test_a_lock_that_another_holds_long_is_named_and_got(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The wait goes on after the sentence."""
    held, said = threading.Event(), threading.Event()
    waiter = FileLock(tmp_path / "book.lock", thread_local=False)

    def hold() -> None:
        with FileLock(tmp_path / "book.lock"):
            held.set()
            said.wait(20)

    listener = logging.Handler()
    listener.emit = lambda record: said.set()  # type: ignore[method-assign]
    logging.getLogger("storymaker.waiting").addHandler(listener)
    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    try:
        acquire(waiter, "Somebody saves this book.", after=0.05)
    finally:
        logging.getLogger("storymaker.waiting").removeHandler(listener)
        holder.join()
    assert waiter.is_locked
    assert caplog.messages == ["Somebody saves this book."]
    waiter.release()
    acquire(waiter, "Nobody does.", after=0.05)
    assert caplog.messages == ["Somebody saves this book."]


def test_a_lock_that_cannot_be_had_is_no_folder(tmp_path: Path) -> None:
    """What the disk says of a lock is not taken for a folder in its place."""
    (tmp_path / "file").write_text("a file")
    with pytest.raises(OSError, match="file"):
        acquire_within(FileLock(tmp_path / "file" / "book.lock"), 0)


def test_a_block_that_lasts_is_announced(caplog: pytest.LogCaptureFixture) -> None:
    """After a while, once; a quick one is not."""
    said = threading.Event()
    listener = logging.Handler()
    listener.emit = lambda record: said.set()  # type: ignore[method-assign]
    logging.getLogger().addHandler(listener)  # after that of caplog, which has heard by then
    try:
        with announced("It takes long.", after=0.01):
            assert said.wait(20)
        with announced("It does not.", after=3600):
            pass
    finally:
        logging.getLogger().removeHandler(listener)
    assert caplog.messages == ["It takes long."]


def test_trouble_is_said_once_an_episode(caplog: pytest.LogCaptureFixture) -> None:
    """However often it is met; its end is said too, and what comes after a calm is news again."""
    time = [0.0]
    trouble = Announcer(calm=100, clock=lambda: time[0])
    for _ in range(3):
        trouble.say("The disk is full.")
    trouble.end("There is room.")
    trouble.end("There is room.")
    trouble.say("The disk is full.")
    time[0] = 101
    trouble.say("The disk is full.")
    assert caplog.messages == ["The disk is full.", "There is room.", "The disk is full.", "The disk is full."]
