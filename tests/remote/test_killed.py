"""A process that is killed while pictures are painted: the pictures in flight are paid again at most, and that is said."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storymaker.books.shelf import Shelf
from storymaker.images.openai import OpenAIIllustrator
from storymaker.settings import Settings
from storymaker.testing import flat_png
from tests.faults.test_command_line import Terminal
from tests.remote.stand_in import Handler, Request, picture, stand_in, story

PICTURES = "/images/edits"


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a command does."""
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_only_the_pictures_in_flight_are_paid_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that was there is left as it is, the two that were under way are painted again, billed twice, and say so."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    gone = threading.Event()

    def never(_: Handler, __: Request) -> None:
        gone.wait(60)

    with stand_in(words=story(3)) as service:
        service.next(PICTURES, lambda handler, _: paint(handler), never, never)
        terminal = Terminal(tmp_path)
        terminal.environment |= {"STORYMAKER_BASE_URL": service.url}
        asked = ("--author", "openai", "--illustrator", "openai", "--chapters", "3", "--child", "Mia")
        making = terminal.start("make", "--name", "Pip", *asked)
        shelf = Shelf(terminal.books)
        wait_for(lambda: len(service.asked(PICTURES)) == 3 and any(card.done for card in shelf.list().books), making)
        (card,) = shelf.list().books
        making.kill()
        making.communicate(timeout=20)
        gone.set()
        before = shelf.open(card.id)
        (kept,) = (page.picture for page in before.chapters if page.picture)
        completed = terminal.run("illustrate", card.id, "--json")
        assert completed.returncode == 0, completed.stderr
        book = shelf.open(card.id)
        asked_for = len(service.asked(PICTURES))
    assert book.complete
    assert kept.file in [page.picture.file for page in book.chapters if page.picture]  # only notes may have been added
    assert asked_for == 3 + 2
    twice = [page.picture for page in book.chapters if page.picture and "billed twice" in " ".join(page.picture.notes)]
    assert len(twice) == 2
    price = OpenAIIllustrator(Settings(base_url=service.url)).estimate_usd(1)
    painted = sum(picture.cost_usd for picture in twice)
    assert book.spent_usd == pytest.approx(before.spent_usd + painted + 2 * price)


def paint(handler: Handler) -> None:
    """Do the work, as for anybody."""
    handler.send(200, picture(flat_png(256, 77)))
