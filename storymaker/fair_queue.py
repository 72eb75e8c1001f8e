"""Fair sharing of a few places, threads or processes, among families: by urgency, and in turn within the same urgency.

Each caller asks for a place under the name of its family. What a page waits for goes before what may take a while, families
take turns, and no family holds every place, however much it asks for.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_PATIENCE: Final = 4
"""Of so many places, one goes to the least urgent first: what may take a while must not wait for ever."""


class Urgency(IntEnum):
    """How soon something is wanted; the smaller, the sooner."""

    AT_ONCE = 0
    """A page stands still until it is there: a preview, a thumbnail, a file."""
    SOON = 1
    """Somebody waits for it, and knows that it takes a moment: one photo that was just given."""
    BULK = 2
    """Nobody sits and waits for it: an export, further photos of a batch."""


@dataclass(eq=False)
class Caller:
    """Who asks for a place, and how urgently.

    Attributes:
        family: Who takes turns with the others; empty is this program itself.
        urgency: How soon it is wanted.
        dropped: Whether nobody wants it any more.
    """

    family: str = ""
    urgency: Urgency = Urgency.AT_ONCE
    dropped: bool = False


_current: ContextVar[Caller] = ContextVar("caller")


def current_caller() -> Caller:
    """Find out for whom this thread works; a program that uses the library is a caller of its own."""
    return _current.get(None) or Caller()


@contextmanager
def working_for(caller: Caller) -> Iterator[None]:
    """Do what is in the block on behalf of a caller."""
    token = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(token)


def for_current_caller(call: Callable[[T], R]) -> Callable[[T], R]:
    """Make a call that another thread does on behalf of the caller of this one."""
    caller = current_caller()

    def called(value: T) -> R:
        with working_for(caller):
            return call(value)

    return called


@dataclass(eq=False)
class _Waiting:
    caller: Caller
    start: Callable[[], None]


class FairQueue:
    """Hands out places. Safe to share between threads.

    Args:
        places: How many there are.
        each: How many one family may hold at most.
        spare: How many of them are kept for what is urgent.
        spare_for: How urgent it has to be.
    """

    def __init__(self, places: int, each: int, *, spare: int = 0, spare_for: Urgency = Urgency.AT_ONCE) -> None:
        self._places, self._each = places, each
        self._spare, self._spare_for = spare, spare_for
        self._lock = threading.Lock()
        self._waiting: dict[Urgency, OrderedDict[str, deque[_Waiting]]] = {level: OrderedDict() for level in Urgency}
        self._held: Counter[str] = Counter()
        self._asking: Counter[str] = Counter()
        self._taken = 0
        self._patient = 0
        self._given = 0

    def ask(self, caller: Caller, start: Callable[[], None]) -> None:
        """Ask for a place.

        Args:
            caller: Who asks.
            start: Called once, by whatever thread gives the place; it must not block. Whoever was given a place gives it
                back with :meth:`give_back`.
        """
        with self._lock:
            self._waiting[caller.urgency].setdefault(caller.family, deque()).append(_Waiting(caller, start))
            self._asking[caller.family] += 1
        self._give()

    def give_back(self, caller: Caller) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1
            self._patient -= self._is_patient(caller)
            self._held[caller.family] -= 1
            self._forget_one(caller.family)
        self._give()

    def drop(self, caller: Caller) -> bool:
        """Take back what a caller asks for, if it still waits.

        Returns:
            Whether it waited; then it is never started.
        """
        with self._lock:
            caller.dropped = True
            line = self._waiting[caller.urgency].get(caller.family, ())
            found = next((waiting for waiting in line if waiting.caller is caller), None)
            if found is None:
                return False
            self._remove(found)
            self._forget_one(caller.family)
            return True

    def count(self, family: str) -> int:
        """Count what a family asks for: what waits and what is under way."""
        with self._lock:
            return self._asking[family]

    @property
    def total(self) -> int:
        """How much is asked for by all: what waits and what is under way."""
        with self._lock:
            return self._asking.total()

    def _forget_one(self, family: str) -> None:
        self._asking[family] -= 1
        if not self._asking[family]:  # families come and go: nothing of one that asks for nothing is kept
            del self._asking[family]
            self._held.pop(family, None)

    def _give(self) -> None:
        while (found := self._take()) is not None:
            found.start()

    def _take(self) -> _Waiting | None:
        """Choose who is next, and mark the place as theirs."""
        with self._lock:
            found = self._next()
            if found is None:
                return None
            self._remove(found)
            line = self._waiting[found.caller.urgency]
            if found.caller.family in line:
                line.move_to_end(found.caller.family)
            self._given += 1
            self._taken += 1
            self._patient += self._is_patient(found.caller)
            self._held[found.caller.family] += 1
            return found

    def _next(self) -> _Waiting | None:
        if self._taken >= self._places:
            return None
        levels = sorted(Urgency, reverse=self._given % _PATIENCE == _PATIENCE - 1)
        for level in levels:
            if level > self._spare_for and self._patient >= self._places - self._spare:
                continue
            lines = self._waiting[level]
            may = [family for family in lines if self._held[family] < self._each]
            if may:  # whoever holds least; of several, whose turn it is
                return lines[min(may, key=self._held.__getitem__)][0]
        return None

    def _remove(self, waiting: _Waiting) -> None:
        lines, family = self._waiting[waiting.caller.urgency], waiting.caller.family
        lines[family].remove(waiting)
        if not lines[family]:
            del lines[family]

    def _is_patient(self, caller: Caller) -> bool:
        return caller.urgency > self._spare_for


@dataclass
class FairExecutor:
    """Threads that families share.

    Attributes:
        queue: Who is next; it has as many places as there are threads.
        pool: The threads.
    """

    queue: FairQueue
    pool: ThreadPoolExecutor
    _open: set[Future[Any]] = field(default_factory=set)

    async def run(self, caller: Caller, call: Callable[..., T], *args: Any) -> T:
        """Have a thread do something on behalf of a caller, and wait for it.

        Cancelling takes back what still waits; what was begun goes on to its end, for a thread cannot be stopped.
        """
        try:
            return await asyncio.wrap_future(self.submit(caller, call, *args))
        except asyncio.CancelledError:
            self.queue.drop(caller)  # also where it was begun: what it still asks for under way is not given
            raise

    def submit(self, caller: Caller, call: Callable[..., T], *args: Any) -> Future[T]:
        """Have a thread do something on behalf of a caller."""
        promised: Future[T] = Future()
        self._open.add(promised)
        promised.add_done_callback(lambda done: self._ended(caller, done))
        self.queue.ask(caller, lambda: self._start(caller, promised, call, args))
        return promised

    def close(self) -> None:
        """Begin nothing more; what was begun goes on to its end."""
        for promised in list(self._open):
            promised.cancel()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _ended(self, caller: Caller, promised: Future[Any]) -> None:
        self._open.discard(promised)
        if promised.cancelled():
            self.queue.drop(caller)

    def _start(self, caller: Caller, promised: Future[T], call: Callable[..., T], args: tuple[Any, ...]) -> None:
        try:
            self.pool.submit(self._do, caller, promised, call, args)
        except RuntimeError:  # closed meanwhile
            promised.cancel()
            self.queue.give_back(caller)

    def _do(self, caller: Caller, promised: Future[T], call: Callable[..., T], args: tuple[Any, ...]) -> None:
        try:
            if not promised.set_running_or_notify_cancel():
                return
            try:
                with working_for(caller):
                    result = call(*args)
            except BaseException as error:  # noqa: BLE001 - it is whoever waits for it who has to know
                promised.set_exception(error)
            else:
                promised.set_result(result)
        finally:
            self.queue.give_back(caller)
