"""The watch: quick while something is made, slow otherwise, silent when nobody looks on; it tells what changed, once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from storymaker.errors import NotFoundError, StorageError, UnreachableError
from storymaker.studio.backend import Backend
from storymaker.studio.storyboard.watch import AWAY_SECONDS, IDLE_SECONDS, LIVE_SECONDS, QUIET_SECONDS, Watch, _wait
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
    assert watched.told == [1, 2]


class Still:
    """A studio whose book and jobs stay as they are until changed."""

    def __init__(self, *states: bool) -> None:
        self.version, self.asked = 1, 0
        self.ended = states
        self.trouble: Exception | None = None

    async def jobs(self, book: str) -> Any:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return SimpleNamespace(jobs=tuple(SimpleNamespace(ended=ended) for ended in self.ended))

    async def book(self, book_id: str) -> Any:
        return SimpleNamespace(version=self.version)


async def followed(studio: Still, *steps: Any) -> tuple[list[float], list[int], Watch]:
    """What a watch waits for and tells, when at each pause it is done what the step does with it and its clock."""
    pauses, told, left, now = list[float](), list[int](), list(steps), [0.0]

    async def news(book: Any, jobs: Any) -> None:
        told.append(book.version)

    async def wait(event: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        if not left:
            watch.close()
        else:
            left.pop(0)(watch, now)

    watch = Watch(cast(Backend, studio), "b", news, lambda away: None, wait=wait, clock=lambda: now[0])
    await watch.run()
    return pauses, told, watch


def at(seconds: float, *, beat: bool = False) -> Any:
    """A step: it is so late; perhaps somebody looks on."""

    def step(watch: Watch, now: list[float]) -> None:
        now[0] = seconds
        if beat:
            watch.beat()

    return step


@in_loop
async def test_one_live_job_among_ended_ones_keeps_it_quick() -> None:
    """Whichever it is."""
    assert (await followed(Still(True, False)))[0] == [LIVE_SECONDS]
    assert (await followed(Still(False, True)))[0] == [LIVE_SECONDS]
    assert (await followed(Still(True, True)))[0] == [IDLE_SECONDS]
    assert (LIVE_SECONDS, IDLE_SECONDS) == (0.25, 2.0)


@in_loop
async def test_changed_jobs_are_news_though_the_book_is_the_same() -> None:
    """A job that ended without a picture, for one."""
    studio = Still(False)
    _, told, _ = await followed(studio, at(1), lambda *_: setattr(studio, "ended", (True,)), at(2))
    assert told == [1, 1]


@in_loop
async def test_each_beat_begins_the_quiet_time_anew() -> None:
    """It is over only after all of it passed without one; at its very end somebody still looks on."""
    end = QUIET_SECONDS
    pauses, _, _ = await followed(Still(), at(end), at(end, beat=True), at(2 * end), at(2 * end + 0.1))
    assert pauses == [IDLE_SECONDS] * 4 + [float("inf")]


@in_loop
async def test_a_beat_wakes_only_a_watch_that_fell_silent() -> None:
    """Otherwise it would ask at each beat."""
    _, _, watch = await followed(Still())
    watch._poked.clear()
    watch.beat()
    assert not watch._poked.is_set()


@in_loop
async def test_other_trouble_ends_it_and_is_told_to_whoever_runs_it() -> None:
    """Only a studio that does not answer is waited for."""
    studio = Still()
    studio.trouble = ValueError("broken")
    with pytest.raises(ValueError, match="broken"):
        await followed(studio)
    assert studio.asked == 1


@in_loop
async def test_closing_ends_a_pause_without_end_and_tells_nothing_more() -> None:
    """With the real pause, while nobody looks on; and an answer that comes after closing is no news."""
    now, told = [0.0], list[int]()
    studio = Still()

    async def news(book: Any, jobs: Any) -> None:
        told.append(book.version)
        now[0] = QUIET_SECONDS + 1

    watch = Watch(cast(Backend, studio), "b", news, lambda away: None, clock=lambda: now[0])
    running = asyncio.create_task(watch.run())
    while not told:
        await asyncio.sleep(0)
    watch.close()
    async with asyncio.timeout(5):
        await running
    late = Watch(cast(Backend, studio), "b", news, lambda away: None, clock=lambda: now[0])
    asked = studio.book

    async def closing(book_id: str) -> Any:
        late.close()
        return await asked(book_id)

    studio.book = closing  # type: ignore[method-assign]
    await late.run()
    assert told == [1]


@in_loop
async def test_a_pause_ends_by_itself() -> None:
    """With the real pause, without a poke."""
    event = asyncio.Event()
    async with asyncio.timeout(5):
        await _wait(event, 0.001)
    assert not event.is_set()


@in_loop
async def test_what_goes_wrong_once_does_not_end_it() -> None:
    """A disk that refuses, or news that could not be shown, are tried again; only a book that is gone ends it, in a sentence."""
    watched = Watched((1, False), StorageError("Full."), (2, False), (2, False), NotFoundError("Gone."))
    trouble = [UnreachableError("Away.")]

    async def news(book: Any, jobs: Any) -> None:
        if book.version == 2 and trouble:
            raise trouble.pop()
        watched.told.append(book.version)

    watched.watch._on_news = news
    with pytest.raises(NotFoundError):
        await watched.run()
    assert watched.told == [1, 2]
    assert watched.away == [True, False]
