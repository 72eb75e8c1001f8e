"""The watch: quick while something is made, slow otherwise, silent when nobody looks on; it tells what changed, once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from storymaker.errors import UnreachableError
from storymaker.studio.backend import Backend
from storymaker.studio.storyboard.watch import AWAY_SECONDS, IDLE_SECONDS, LIVE_SECONDS, QUIET_SECONDS, Watch
from tests.loops import in_loop


class Scripted:
    """A studio that answers as told, round after round; an error is raised."""

    def __init__(self, *rounds: tuple[int, bool] | Exception) -> None:
        self.rounds = list(rounds)

    async def jobs(self, book: str) -> Any:
        answer = self.rounds[0]
        if isinstance(answer, Exception):
            self.rounds.pop(0)
            raise answer
        return SimpleNamespace(jobs=(SimpleNamespace(ended=not answer[1], live=answer[1]),))

    async def book(self, book_id: str) -> Any:
        version, live = cast(tuple[int, bool], self.rounds.pop(0))
        self._job = SimpleNamespace(ended=not live)
        return SimpleNamespace(version=version)


class Watched:
    """A watch over a scripted studio, with a clock and a pause of our own."""

    def __init__(self, *rounds: tuple[int, bool] | Exception) -> None:
        self.time, self.pauses, self.told, self.away = 0.0, list[float](), list[int](), list[bool]()
        self.studio = Scripted(*rounds)
        self.watch = Watch(
            cast(Backend, self.studio), "b", self._news, self.away.append, wait=self._wait, clock=lambda: self.time
        )
        self.on_pause: dict[int, Any] = {}

    async def _news(self, book: Any, jobs: Any) -> None:
        self.told.append(book.version)

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        self.pauses.append(seconds)
        if act := self.on_pause.get(len(self.pauses)):
            act()
        if not self.studio.rounds:
            self.watch.close()

    async def run(self) -> None:
        """Until the script is at its end."""
        await self.watch.run()


@in_loop
async def test_it_is_quick_while_something_is_made_and_slow_otherwise() -> None:
    """So that pictures appear as they land, and a page that lies open costs little."""
    watched = Watched((1, True), (1, True), (2, False))
    await watched.run()
    assert watched.pauses == [LIVE_SECONDS, LIVE_SECONDS, IDLE_SECONDS]


@in_loop
async def test_only_changes_are_told() -> None:
    """A book of the same version with the same jobs is no news."""
    watched = Watched((1, False), (2, False), (3, False))
    same = SimpleNamespace(jobs=())

    async def no_jobs(book: str) -> Any:
        return same

    watched.studio.jobs = no_jobs  # type: ignore[method-assign]
    watched.studio.rounds = [(1, False), (1, False), (2, False), (2, False)]
    await watched.run()
    assert watched.told == [1, 2]


@in_loop
async def test_a_studio_that_is_away_is_said_once_and_so_is_its_return() -> None:
    """In between it is asked again and again."""
    gone = UnreachableError("Away.")
    watched = Watched((1, False), gone, gone, (1, False))
    await watched.run()
    assert watched.away == [True, False]
    assert watched.pauses[1:3] == [AWAY_SECONDS, AWAY_SECONDS]


@in_loop
async def test_it_falls_silent_when_nobody_looks_on_until_somebody_does() -> None:
    """A page without a beat of the heart is waited for without end; the next beat wakes it."""
    watched = Watched((1, False), (1, False))
    woken: list[bool] = []

    def sleep() -> None:
        watched.time += QUIET_SECONDS + 1

    def wake() -> None:
        watched.watch.beat()
        woken.append(watched.watch._poked.is_set())

    watched.on_pause = {1: sleep, 2: wake}
    await watched.run()
    assert watched.pauses == [IDLE_SECONDS, float("inf")]
    assert woken == [True]


@in_loop
async def test_what_was_asked_for_is_looked_for_at_once() -> None:
    """With the real pause: a poke ends it."""
    watched = Watched()
    watch = Watch(cast(Backend, Scripted((1, False), (2, False))), "b", watched._news, watched.away.append)
    running = asyncio.create_task(watch.run())
    while watched.told != [1]:
        await asyncio.sleep(0)
    watch.poke()
    while watched.told != [1, 2]:
        await asyncio.sleep(0)
    watch.close()
    await running
