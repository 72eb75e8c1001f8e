"""A paid answer is on disk before anybody looks at it, stands for its cost until the book has it, and is given back after a crash."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from storymaker.books import leftovers
from storymaker.books.checking import replace
from storymaker.errors import StorageError
from storymaker.jobs.queue import Job
from storymaker.jobs.worker import Task
from storymaker.production import room
from storymaker.production.answers import answers_of, read_answer, write_answer
from storymaker.production.billing import Way, charge, settle, under_way
from storymaker.production.room import WAITS, Room
from storymaker.production.sweeping import own_folder, sweep, sweep_ended
from storymaker.production.writing import Writing
from tests.loops import in_loop
from tests.unit.production.test_billing import PRICE, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A job at a book."""
    return Desk(tmp_path / "books")


class PulledPlugError(BaseException):
    """Stands for a process that is killed: nothing catches it, nothing is tidied."""


async def killed_after_its_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch, cost: float = 0.03) -> None:
    """A job whose process dies between an answer and what it brings."""

    async def work() -> None:
        async with under_way(desk.shelf, desk.book.id, desk.task, "begun", PRICE) as way:
            await way.ask()
            await way.keep("picture", b"\x89PNG as it came", cost)
            raise PulledPlugError

    with monkeypatch.context() as dying:
        dying.setattr(Way, "settle", lambda self: 0.0)  # a killed process counts nothing
        with pytest.raises(PulledPlugError):
            await work()


@in_loop
async def test_an_answer_is_given_back_after_a_crash_and_charged_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not asked for again, and what it cost is counted when the book has it."""
    await killed_after_its_answer(desk, monkeypatch)
    assert desk.spent == 0
    async with under_way(desk.shelf, desk.book.id, desk.task, "begun", PRICE) as way:
        assert way.safe_to_repeat
        assert way.kept("picture") == b"\x89PNG as it came"
        assert way.kept("another") is None
        await way.to_the_end(lambda: charge(desk.shelf, desk.book.id, way.owed(0.03), way.pays), 0.03)
    assert desk.spent == pytest.approx(0.03)
    assert desk.marks == []


@in_loop
async def test_a_crash_after_the_save_charges_no_second_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal says what was paid: whoever takes the answer up again owes nothing."""
    await killed_after_its_answer(desk, monkeypatch)
    (answer,) = answers_of(desk.shelf.workdir(desk.book.id))
    charge(desk.shelf, desk.book.id, 0.03, (answer.id,))
    async with under_way(desk.shelf, desk.book.id, desk.task, "begun", PRICE) as way:
        assert way.owed(0.03) == 0
    assert settle(desk.shelf, desk.book.id, ()) == 0
    assert desk.spent == pytest.approx(0.03)


@in_loop
async def test_an_answer_that_nobody_takes_up_is_charged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """At what it really cost, once, and its file goes."""
    await killed_after_its_answer(desk, monkeypatch)
    assert settle(desk.shelf, desk.book.id, {"job"}) == 0
    assert settle(desk.shelf, desk.book.id, ()) == pytest.approx(0.03)
    assert settle(desk.shelf, desk.book.id, ()) == 0
    assert desk.spent == pytest.approx(0.03)
    assert desk.marks == []


@in_loop
async def test_a_crash_between_answer_and_mark_counts_one_of_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both name the same payment."""
    monkeypatch.setattr(Way, "_unmark", lambda self: None)
    await killed_after_its_answer(desk, monkeypatch)
    assert len(desk.marks) == 2
    monkeypatch.undo()
    assert settle(desk.shelf, desk.book.id, ()) == pytest.approx(0.03)
    assert desk.marks == []


def test_mark_and_answer_are_on_the_disk_when_they_are_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """File and folder are flushed, before the file has its name and after."""
    flushed: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    folder = desk.shelf.workdir(desk.book.id)
    write_answer(folder / "job.begun.picture.answer", b"x", 0.1)
    if Path("/proc/self/fd").exists():
        assert flushed == ["job.begun.picture.answer.part", folder.name]
    assert len(flushed) == 2


@pytest.mark.parametrize("broken", [b"", b"{}", b"[]\nx", b'{"id": "a", "cost_usd": 0.1, "bytes": 9}\nshort', b"\xff"])
def test_what_is_no_whole_answer_is_none(tmp_path: Path, broken: bytes) -> None:
    """It is asked for again."""
    (tmp_path / "a.answer").write_bytes(broken)
    assert read_answer(tmp_path / "a.answer") is None


# Room


class Told:
    """A job that writes down what it says."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.room = desk, Room(desk.task)

    @property
    def waiting(self) -> list[Any]:
        """What it said that it waits for."""
        return [about["waiting"] for about in self.desk.told if isinstance(about, dict) and "waiting" in about]


def refusing(times: int, code: int = errno.ENOSPC) -> Callable[[], str]:
    """A write that the disk refuses so often."""
    left = [times]

    def write() -> str:
        if left[0]:
            left[0] -= 1
            raise StorageError("No room.", code="full" if code == errno.ENOSPC else None)
        return "written"

    return write


@in_loop
async def test_a_full_disk_is_waited_for_and_it_is_said_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it goes on by itself, and says nothing more."""
    monkeypatch.setattr(room, "LOOK_S", 0.0)
    told = Told(desk)
    assert await told.room.until_written(refusing(3)) == "written"
    assert told.waiting == [WAITS, ""]


@in_loop
async def test_what_does_not_pass_is_not_waited_for(desk: Desk) -> None:
    """A disk that refuses for another reason fails the job at once."""
    told = Told(desk)
    with pytest.raises(StorageError):
        await told.room.until_written(refusing(1, errno.EIO))
    assert told.waiting == []


@in_loop
async def test_nobody_waits_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the job fails, with a sentence."""
    monkeypatch.setattr(room, "LOOK_S", 0.0)
    monkeypatch.setattr(room, "PATIENCE_S", 0.05)
    with pytest.raises(StorageError):
        await Told(desk).room.until_written(refusing(10_000))


@in_loop
async def test_no_request_goes_out_without_room_for_its_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits, and what was not asked for costs nothing."""
    monkeypatch.setattr(room, "LOOK_S", 0.0)
    free = iter([10, 10**10])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": next(free)}))
    async with under_way(desk.shelf, desk.book.id, desk.task, "begun", PRICE) as way:
        await way.ask()
        (mark,) = desk.marks
        assert json.loads((desk.shelf.workdir(desk.book.id) / mark).read_text())["price"] == PRICE
        way.free()
    assert desk.spent == 0
    assert {"waiting": WAITS} in desk.told


# Sweeping


class Queue:
    """A queue that knows some jobs to be under way."""

    def __init__(self, *live: str) -> None:
        self.live = live

    def jobs(self, book_id: str, *, live: bool) -> tuple[Job, ...]:
        """Those."""
        return tuple(Job(one, "picture", "", book_id, None, "running") for one in self.live)


@pytest.mark.parametrize("age", [0, 10**9, -(10**9)])
def test_what_belongs_to_no_job_under_way_goes_however_new_it_looks(desk: Desk, age: int) -> None:
    """And what belongs to one stays, however old: another machine's clock says nothing."""
    folder = desk.shelf.workdir(desk.book.id)
    (folder / "b.x.1").mkdir()
    for name in ("b.x.1/half.png", "b.y.2.json", "b.x.1.json", "b.x.sketch.jpg", "b.z.sketch.jpg"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (max(0, 1_700_000_000 + age),) * 2)
    (folder / "b.q.7").mkdir()
    sweep(desk.shelf, desk.book.id, {"b.x.1"}, alone=False)
    assert sorted(desk.marks) == ["b.x.1", "b.x.1.json", "b.x.sketch.jpg"]


def test_what_a_job_elsewhere_holds_stays(desk: Desk) -> None:
    """Its lock says so, where this queue knows nothing of it."""
    folder = desk.shelf.workdir(desk.book.id)
    (folder / "b.x.1").mkdir()
    (folder / "old.png").write_bytes(b"of an earlier version")
    held = FileLock(desk.shelf.lock("b.x.1").lock_file)
    with held:
        sweep(desk.shelf, desk.book.id, set(), alone=True)
        assert "b.x.1" in desk.marks
    sweep(desk.shelf, desk.book.id, set(), alone=True)
    assert desk.marks == []


def test_a_note_that_is_half_written_goes_while_other_jobs_run(desk: Desk) -> None:
    """Unless its writer is at it."""
    folder = desk.shelf.workdir(desk.book.id)
    left, held = folder / leftovers.unfinished_name(), folder / leftovers.unfinished_name()
    left.write_bytes(b"{")
    with held.open("xb") as writing:
        leftovers.hold(writing)
        sweep_ended(Queue("other"), desk.shelf, desk.book.id)  # type: ignore[arg-type]
        assert desk.marks == [held.name]


def test_locks_that_a_killed_studio_left_go(desk: Desk) -> None:
    """Also where nothing else is left, and those of the job that looks; what is held or under way stays."""
    book = desk.book.id
    for lock in ("a.1.begun", "b.1", "b.1.begun", "b.10.begun", "c.1.begun"):
        with desk.shelf.lock(f"{book}.{lock}"):
            pass
    with desk.shelf.lock(f"{book}.c.1.begun"):
        sweep_ended(Queue(f"{book}.a.1", f"{book}.b.1"), desk.shelf, book, f"{book}.a.1")  # type: ignore[arg-type]
    assert [path.name for path in desk.shelf.locks_of(book)] == [
        f"{book}.{lock}.lock" for lock in ("b.1.begun", "b.1", "c.1.begun")
    ]


@in_loop
async def test_a_story_that_was_whole_when_its_job_was_killed_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun again it writes nothing; its answer is charged once, and goes with its lock."""
    shelf, book = desk.shelf, desk.book.id
    desk.task = Task(f"{book}.story.1", {"shelf": str(shelf.root), "book_id": book}, desk.report)
    await killed_after_its_answer(desk, monkeypatch)
    with shelf.lock(f"{book}.story.1.begun"):
        pass
    (answer,) = answers_of(shelf.workdir(book))
    shelf.update(book, lambda told: replace(told, drafted=True, spent_usd=0.03), what="story", pays=(answer.id,))
    await Writing(Queue(), None, None).story(desk.task)  # type: ignore[arg-type]
    assert (desk.spent, desk.marks, shelf.locks_of(book)) == (0.03, [], ())


@in_loop
async def test_a_jobs_folder_is_gone_when_it_ends(desk: Desk) -> None:
    """With all that was left of an earlier try."""
    (desk.shelf.workdir(desk.book.id) / "job").mkdir()
    (desk.shelf.workdir(desk.book.id) / "job" / "half.png").write_bytes(b"x")
    async with own_folder(desk.shelf, desk.book.id, "job") as folder:
        assert list(folder.iterdir()) == []
        (folder / "new.png").write_bytes(b"x")
        sweep_ended(Queue("other"), desk.shelf, desk.book.id)  # type: ignore[arg-type]
        assert (folder / "new.png").exists()
    assert desk.marks == []
