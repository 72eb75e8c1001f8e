"""A small studio in a process of its own, on a disk that a long test spoils: it saves, orders pictures, and says what it has done."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from storymaker.books.edits import Edit, add_chapter, require_page
from storymaker.books.model import Book, Brief, Character, Picture
from storymaker.books.shelf import Shelf
from storymaker.errors import StorageError, StorymakerError
from storymaker.images.illustrator import PictureFile
from storymaker.images.openai import OpenAIIllustrator
from storymaker.images.received import received
from storymaker.production.commission import described
from storymaker.remote.prices import expected_picture
from storymaker.settings import Settings
from storymaker.testing import ScriptedAuthor, drawn_file, flat_png
from storymaker.workshop import Workshop
from tests.remote.stand_in import Handler, Request, StandIn, picture, stand_in

PAGES = 4
"""Pages that are painted; before them stand one that is edited and one that gets finished drawings."""
KEY = {"OPENAI_API_KEY": "sk-for-nobody-at-all"}
PAINTINGS = ("/images/generations", "/images/edits")
_WAIT_SECONDS = 90.0
OURS: Final = "hung-"
"""How the ids begin of pictures that no job made but this module: nobody else knows of them when it is killed."""


def settings_on(disk: Path, url: str = "") -> Settings:
    """Books and home, both on the disk; nothing is looked over, nothing is shown unfinished."""
    return Settings(
        books=disk / "books", home=disk / "home", base_url=url, moderation=False, image_sketches=0, book_budget=1e6
    )


def price(settings: Settings) -> float:
    """What each picture costs here: the service takes just what was expected."""
    return OpenAIIllustrator(settings).estimate_usd(1)


@contextlib.contextmanager
def service(seconds: float, came: list[tuple[Request, float]] | None = None) -> Iterator[StandIn]:
    """A service that paints, each picture in so many seconds and for just what it is expected to cost.

    Args:
        seconds: How long a picture takes.
        came: Gets each request whose answer has been sent whole, and when: by ``time.monotonic``.
    """
    expected = expected_picture("medium", 3)
    usage = {
        "input_tokens": expected.text_in + expected.image_in, "output_tokens": expected.image_out,
        "total_tokens": expected.text_in + expected.image_in + expected.image_out,
        "input_tokens_details": {"text_tokens": expected.text_in, "image_tokens": expected.image_in},
    }  # fmt: skip
    rest = threading.Event()
    number = itertools.count()

    def paint(handler: Handler, request: Request) -> None:
        rest.wait(seconds)
        with contextlib.suppress(OSError):  # the studio was killed meanwhile
            handler.send(200, picture(flat_png(256, next(number) * 77_777), usage))
            if came is not None:
                came.append((request, time.monotonic()))

    with stand_in() as up:
        for path in PAINTINGS:
            up.next(path, *[paint] * 20_000)
        yield up


def painted(up: StandIn) -> int:
    """How many pictures were asked for, and so paid."""
    return sum(len(up.asked(path)) for path in PAINTINGS)


def within(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether something comes to hold before so many seconds have gone."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


class Studio:
    """The process, as the test sees it.

    Args:
        disk: Where its books and its home are.
        url: Of the service that paints for it.
        task: Which of this module's tasks it does.
        told: Where it writes what it has done, beyond the reach of the test.
        given: For the task.
    """

    def __init__(
        self, disk: Path, url: str, task: str, told: Path, *given: str, env: dict[str, str] | None = None
    ) -> None:
        self._told = told
        environment = os.environ | KEY | (env or {})
        with told.open("wb") as out, told.with_suffix(".err").open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak._studio", task, disk, url, *given],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment, start_new_session=True,
            )  # fmt: skip

    def told(self) -> list[Any]:
        """What it has acknowledged so far; a line that is being written is none yet."""
        return [json.loads(line) for line in self._told.read_text().splitlines(keepends=True) if line.endswith("\n")]

    @property
    def complaints(self) -> str:
        """What it wrote on standard error."""
        return self._told.with_suffix(".err").read_text()

    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Freeze it, with its children."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """End it, with its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)

    def finish(self, seconds: float = 2 * _WAIT_SECONDS) -> int | None:
        """Its exit status; None if it does not end within so many seconds, and then it is killed."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.kill()


# What is done inside the process


def say(what: str, told: Any) -> None:
    """Acknowledge something: from here on it may not be lost."""
    sys.stdout.write(json.dumps([what, told]) + "\n")
    sys.stdout.flush()


def workshop_on(disk: Path, url: str) -> Workshop:
    """A workshop on the disk, whose pictures the service paints."""
    settings = settings_on(disk, url)
    return Workshop(
        settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"openai": OpenAIIllustrator(settings)}
    )


def prepare(disk: Path, url: str, _: str = "") -> None:
    """Put a written book on the shelf, and give the jobs database its form."""
    with workshop_on(disk, url) as workshop:
        hero = workshop.shelf.cast.save(Character(name="Bramble", kind="bear"))
        book = workshop.begin(Brief(title="Bramble", author="scripted", illustrator="openai"), (hero,))
        workshop.shelf.update(book.id, with_pages, what="story")
        workshop.start_worker()
        say("book", book.id)


def with_pages(book: Book) -> Book:
    """A book with the pages that are edited, drawn on and painted here."""
    for n in range(PAGES + 2):
        book = add_chapter(book, title=f"Part {n}", text=f"{n}", image_prompt=f"Prompt {n}", scene="sea")
    return book


def work(disk: Path, url: str, book_id: str) -> None:
    """Edit, take in drawings, begin books and order paintings, all at once and for ever, saying what was done."""
    with workshop_on(disk, url) as workshop:
        threading.Thread(target=_save, args=(workshop.shelf, book_id, 0.0), daemon=True).start()
        while True:
            _order(workshop, book_id)
            workshop.wait(book_id)


def paint(disk: Path, url: str, book_id: str) -> None:
    """Have each page painted once, and save now and then beside it; say how that ended."""
    with workshop_on(disk, url) as workshop:
        threading.Thread(target=_save, args=(workshop.shelf, book_id, 0.2), daemon=True).start()
        _order(workshop, book_id)
        workshop.wait(book_id)
        say("ended", [job.reason for job in workshop.jobs(book_id) if job.state == "failed"])


def _order(workshop: Workshop, book_id: str) -> None:
    pages = [page.id for page in workshop.shelf.open(book_id).chapters[2:]]
    say("orders", [job.id for job in workshop.illustrate(book_id, pages)])


def _save(shelf: Shelf, book_id: str, pause: float) -> None:
    """Save for ever; what the disk refuses is said, and not acknowledged."""
    edited, drawn = shelf.open(book_id).chapters[:2]
    rest = threading.Event()
    for n in itertools.count(1):
        try:
            shelf.edit(book_id, Edit("text", f"{n}", edited.id))
            say("text", n)
            say("picture", hang_drawing(shelf, book_id, drawn.id, n))
            if n % 5 == 0:
                say("book", shelf.create(Brief(title=f"Other {n}"), ()).id)
        except StorageError as error:
            say("refused", error.message)
        except OSError as error:  # of the drawing itself, which is none of the studio's
            say("refused", str(error))
        rest.wait(pause)


def hang_drawing(shelf: Shelf, book_id: str, page_id: str, seed: int) -> str:
    """Take a finished drawing in; the name of its file."""
    drawing, shown = finished_drawing(shelf, book_id, page_id, seed)
    shelf.attach(book_id, page_id, drawing, shown)
    return shown.file


def finished_drawing(shelf: Shelf, book_id: str, page_id: str, seed: int) -> tuple[Path, Picture]:
    """A drawing as it is before a book takes it in."""
    book = shelf.open(book_id)
    # Beside the work of the jobs, which sweep their own: when it is killed here, nobody comes back for it.
    drawing = received(PictureFile(drawn_file(shelf.folder(book_id), seed), 8, 8), "plain")
    return drawing.path, described(drawing, book, require_page(book, page_id), seed, f"{OURS}{seed}")


def look(disk: Path, url: str, book_id: str) -> None:
    """Say what the disk holds before anything is done about it."""
    shelf = Shelf(settings_on(disk).books)
    found: dict[str, Any] = {"books": [], "unreadable": [problem[0] for problem in shelf.list().problems]}
    for card in shelf.list().books:
        with contextlib.suppress(StorymakerError):
            found["books"].append(shelf.open(card.id).id)
    if book_id in found["books"]:
        page = shelf.open(book_id).chapters[0]
        found["text"] = int(page.text)
        found["images"] = [path.name for path in (shelf.folder(book_id) / "images").glob("*.png")]
        found["pictures"] = [shown.file for shown in shelf.pictures(book_id, shelf.open(book_id).chapters[1].id)]
    say("look", found)


def recover(disk: Path, url: str, book_id: str) -> None:
    """Go on after whatever happened: do the jobs that are there, paint what is missing, and say how it stands then."""
    with workshop_on(disk, url) as workshop:
        known = [job.id for job in workshop.queue.jobs(book_id)]
        if not workshop.queue.jobs(book_id, live=True):
            # No job was cut short: what was half written is of the drawings that we hang ourselves, and the next one sweeps it.
            hang_drawing(workshop.shelf, book_id, workshop.shelf.open(book_id).chapters[1].id, 0)
        workshop.start_worker()
        stuck = _waited(workshop, book_id)
        if missing := [page.id for page in workshop.shelf.open(book_id).chapters[2:] if page.picture is None]:
            workshop.illustrate(book_id, missing)
            stuck = stuck or _waited(workshop, book_id)
        book = workshop.shelf.open(book_id)
        say("recovered", {
            "jobs": known, "stuck": stuck, "spent": book.spent_usd,
            "failed": [job.reason for job in workshop.jobs(book_id) if job.state == "failed"],
            "missing": [page.n for page in book.chapters[2:] if page.picture is None],
        })  # fmt: skip
        if stuck:
            os._exit(0)  # what is stuck cannot be closed


def _waited(workshop: Workshop, book_id: str) -> bool:
    """Wait for a book's jobs; whether that took for ever."""
    waiting = threading.Thread(target=functools.partial(workshop.wait, book_id), daemon=True)
    waiting.start()
    waiting.join(_WAIT_SECONDS)
    return waiting.is_alive()


_TASKS: Final[dict[str, Callable[..., None]]] = {
    "prepare": prepare,
    "work": work,
    "paint": paint,
    "look": look,
    "recover": recover,
}

if __name__ == "__main__":
    if "FAKETIME_TIMESTAMP_FILE" in os.environ:  # it knows nothing of how Python sleeps
        time.sleep = lambda seconds: select.select([], [], [], float(seconds)) and None
    task, where, address, *more = sys.argv[1:]
    _TASKS[task](Path(where), address, *more)
