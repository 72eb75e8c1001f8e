"""Places are shared fairly: by urgency, in turn, and never all of them by one family."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from storymaker.fair_queue import (
    Caller,
    FairExecutor,
    FairQueue,
    Urgency,
    current_caller,
    for_current_caller,
    working_for,
)


class Desk:
    """A queue, and who was started, in order."""

    def __init__(self, places: int = 1, each: int = 1, spare: int = 0) -> None:
        self.queue = FairQueue(places, each, spare=spare)
        self.started: list[str] = []
        self.inside: dict[str, Caller] = {}

    def ask(self, name: str, urgency: Urgency = Urgency.AT_ONCE) -> Caller:
        """Ask for a place; the first letter of the name is the family."""
        caller = Caller(name[0], urgency)

        def start() -> None:
            self.started.append(name)
            self.inside[name] = caller

        self.queue.ask(caller, start)
        return caller

    def leave(self, name: str) -> None:
        """Give a place back."""
        self.queue.give_back(self.inside.pop(name))

    def all_leave(self) -> None:
        """Give place after place back until nobody waits."""
        while self.inside:
            self.leave(next(iter(self.inside)))


def test_families_take_turns() -> None:
    """However much one asks for first, another's comes in between."""
    desk = Desk()
    for name in ("x", "a1", "a2", "a3", "b1", "b2"):
        desk.ask(name)
    desk.all_leave()
    assert desk.started == ["x", "a1", "b1", "a2", "b2", "a3"]


def test_what_a_page_waits_for_goes_first() -> None:
    """Then one photo, then bulk, whoever asked first."""
    desk = Desk()
    desk.ask("x")
    desk.ask("a", Urgency.BULK)
    desk.ask("b", Urgency.SOON)
    desk.ask("c")
    desk.all_leave()
    assert desk.started == ["x", "c", "b", "a"]


def test_bulk_is_not_put_off_for_ever() -> None:
    """One of four places is its own, although urgent things never end."""
    desk = Desk()
    desk.ask("b-bulk", Urgency.BULK)
    desk.ask("c-bulk", Urgency.BULK)
    for number in range(20):
        desk.ask(f"a{number}")
    desk.all_leave()
    assert desk.started.index("c-bulk") <= 4


def test_no_family_holds_every_place() -> None:
    """One place stays free for another, who has it at once."""
    desk = Desk(places=3, each=2)
    for number in range(10):
        desk.ask(f"a{number}")
    assert desk.started == ["a0", "a1"]
    desk.ask("b0")
    assert desk.started == ["a0", "a1", "b0"]


def test_a_spare_place_is_for_what_is_urgent() -> None:
    """Bulk of however many families leaves it free."""
    desk = Desk(places=3, each=3, spare=1)
    for family in "abcd":
        desk.ask(family, Urgency.BULK)
    assert desk.started == ["a", "b"]
    desk.ask("e")
    assert desk.started == ["a", "b", "e"]


def test_what_is_dropped_is_never_started() -> None:
    """It takes no place, and the next one of the family moves up."""
    desk = Desk()
    desk.ask("a1")
    second = desk.ask("a2")
    desk.ask("a3")
    assert desk.queue.drop(second)
    assert not desk.queue.drop(second)
    desk.all_leave()
    assert desk.started == ["a1", "a3"]


def test_nothing_is_kept_of_a_family_that_asks_for_nothing() -> None:
    """Counts go back to nothing, whichever way it ended."""
    desk = Desk(places=2, each=1)
    dropped = [desk.ask(f"a{number}") for number in range(3)]
    assert (desk.queue.count("a"), desk.queue.total) == (3, 3)
    desk.queue.drop(dropped[2])
    desk.all_leave()
    assert (desk.queue.count("a"), desk.queue.total) == (0, 0)
    assert not desk.queue._held
    assert not desk.queue._asking


@pytest.fixture
def threads() -> FairExecutor:
    """One thread."""
    return FairExecutor(FairQueue(1, 1), ThreadPoolExecutor(1))


def test_a_thread_knows_whom_it_works_for(threads: FairExecutor) -> None:
    """And so do the threads that it has help from; outside it is this program itself."""
    caller = Caller("a", Urgency.BULK)

    def helped() -> list[Caller]:
        with ThreadPoolExecutor(2) as helpers:
            return list(helpers.map(for_current_caller(lambda _: current_caller()), range(3)))

    assert threads.submit(caller, helped).result(20) == [caller] * 3
    with working_for(caller):
        assert current_caller() is caller
    assert current_caller().family == ""
    threads.close()


def test_a_failure_is_told_and_the_place_given_back(threads: FairExecutor) -> None:
    """The next one has its turn."""
    with pytest.raises(ZeroDivisionError):
        threads.submit(Caller("a"), lambda: 1 / 0).result(20)
    assert threads.submit(Caller("a"), lambda: 1).result(20) == 1
    threads.close()


def test_cancelled_work_that_waits_is_never_done(threads: FairExecutor) -> None:
    """Closing cancels all that waits, and nothing waits for ever."""
    gate, done = threading.Event(), list[str]()
    first = threads.submit(Caller("a"), gate.wait, 20)
    second, third = (threads.submit(Caller("a"), done.append, name) for name in ("second", "third"))
    second.cancel()
    assert threads.queue.count("a") == 2
    gate.set()
    assert first.result(20)
    third.result(20)
    assert done == ["third"]
    gate.clear()
    begun = threading.Event()

    def begin_and_wait() -> bool:
        begun.set()
        return gate.wait(20)

    last = threads.submit(Caller("a"), begin_and_wait)
    assert begun.wait(20)
    waiting = threads.submit(Caller("b"), done.append, "never")
    threads.close()
    gate.set()
    assert last.result(20)
    assert waiting.cancelled()
    assert done == ["third"]
