"""The pace of a key: so many at once and a minute, for everybody who uses it, by a clock that may be set back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from pydantic import SecretStr

from storymaker.errors import ProviderError
from storymaker.remote.client import Line, headers_told
from storymaker.remote.pace import Pace
from storymaker.remote.service import Service
from tests.loops import in_loop
from tests.remote.clocks import START, Hurried, Stage

MINUTE = 60.0


def pace_of(folder: Path, clock: Hurried | Stage, *, at_once: int = 10, a_minute: int = 0) -> Pace:
    """The pace of one key, on a clock."""
    return Pace(folder, "key", at_once=at_once, a_minute=a_minute, now=clock.now, sleep=clock.sleep)


async def take_turns(pace: Pace, stage: Stage, count: int, seconds: float) -> list[float]:
    """When each of so many requests begins, if each takes so long."""
    begun: list[float] = []

    async def one() -> None:
        async with pace.turn():
            begun.append(stage.gone)
            await stage.sleep(seconds)

    await stage.play(*(one() for _ in range(count)))
    return begun


@in_loop
async def test_so_many_at_once_and_no_more(tmp_path: Path) -> None:
    """Of five that take ten seconds two run at a time; nobody waits longer than a look at the disk takes."""
    stage = Stage()
    begun = await take_turns(pace_of(tmp_path, stage, at_once=2), stage, 5, 10.0)
    assert begun == pytest.approx([0, 0, 10, 10, 20], abs=0.6)
    assert begun[2] >= 10.0


@in_loop
async def test_so_many_a_minute_and_no_more(tmp_path: Path) -> None:
    """Twelve at five a minute begin in three waves, and no minute sees a sixth."""
    stage = Stage()
    begun = await take_turns(pace_of(tmp_path, stage, at_once=12, a_minute=5), stage, 12, 1.0)
    assert begun == pytest.approx([0] * 5 + [60] * 5 + [120] * 2, abs=0.2)
    assert all(later - earlier >= MINUTE for earlier, later in zip(begun, begun[5:], strict=False))


@in_loop
async def test_no_limit_is_assumed_that_nobody_named(tmp_path: Path) -> None:
    """Thirty begin at once where thirty may."""
    stage = Stage()
    assert await take_turns(pace_of(tmp_path, stage, at_once=30), stage, 30, 1.0) == [0.0] * 30


@in_loop
async def test_a_wait_is_held_for_all(tmp_path: Path) -> None:
    """What the service asks of one, everybody keeps to, and a shorter wait does not shorten it."""
    clock = Hurried()
    pace, other = pace_of(tmp_path, clock), pace_of(tmp_path, clock)
    pace.hold(60)
    pace.hold(2)
    assert other.held == 60
    async with other.turn():
        assert 60 <= clock.at - START <= 61
    assert other.held == 0


@in_loop
async def test_a_wait_is_not_lengthened_by_a_clock_set_back(tmp_path: Path) -> None:
    """An hour back is not an hour's wait."""
    clock = Hurried()
    pace = pace_of(tmp_path, clock)
    pace.hold(60)
    clock.at -= 3600
    async with pace.turn():
        assert sum(clock.slept) <= 61


@in_loop
async def test_a_clock_set_back_forgets_nobody_who_began(tmp_path: Path) -> None:
    """Who began within the minute still counts, and is not counted for an hour."""
    clock = Hurried()
    pace = pace_of(tmp_path, clock, a_minute=1)
    async with pace.turn():
        pass
    clock.at -= 3600
    async with pace.turn():
        assert 59 <= sum(clock.slept) <= 61


@in_loop
async def test_a_clock_set_forward_stops_nobody(tmp_path: Path) -> None:
    """A day on, nothing is waited for any more."""
    clock = Hurried()
    pace = pace_of(tmp_path, clock, a_minute=1)
    async with pace.turn():
        pace.hold(60)
    clock.at += 24 * 3600
    async with pace.turn():
        assert clock.slept == []


@in_loop
async def test_a_limit_that_the_service_names_is_learnt_by_all(tmp_path: Path) -> None:
    """It is kept for those who come later, in other processes too; a setting counts for more."""
    stage = Stage()
    headers_told(pace_of(tmp_path, stage), {"x-ratelimit-limit-requests": "2"})
    assert await take_turns(pace_of(tmp_path, stage), stage, 3, 1.0) == pytest.approx([0, 0, 60], abs=0.2)
    stage.at += 2 * MINUTE
    begun = await take_turns(pace_of(tmp_path, stage, a_minute=3), stage, 3, 1.0)
    assert begun == [begun[0]] * 3


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m12s"}, 72.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "300ms"}, 0.3),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20s"}, 20.0),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "20s"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0"}, 0.0),
        ({"x-ratelimit-remaining-requests": "none"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1.2.3s"}, 0.0),
        ({"x-ratelimit-limit-requests": "-5"}, 0.0),
        ({}, 0.0),
    ],
    ids=str,
)
def test_what_stands_beside_an_answer_is_heeded(tmp_path: Path, told: dict[str, str], held: float) -> None:
    """A service that says it has nothing left is not asked before it has; nonsense changes nothing."""
    pace = pace_of(tmp_path, Hurried())
    headers_told(pace, told)
    assert pace.held == pytest.approx(held)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"begun": [1800', "{}"])
@in_loop
async def test_a_file_that_says_nothing_stops_nobody(tmp_path: Path, text: str) -> None:
    """A crash while it was written costs what was known, and no more."""
    clock = Hurried()
    pace = pace_of(tmp_path, clock, a_minute=5)
    (tmp_path / "key.json").write_text(text, "utf-8")
    async with pace.turn():
        assert clock.slept == []
    assert pace.held == 0


@in_loop
async def test_a_turn_that_is_given_up_frees_its_place(tmp_path: Path) -> None:
    """Who is cancelled while waiting, or fails, keeps nobody from the only place."""
    pace = pace_of(tmp_path, Stage(), at_once=1)
    pace.hold(60)
    task = asyncio.create_task(pace.turn().__aenter__())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    hurried = Hurried()
    hurried.at += 120
    with pytest.raises(ZeroDivisionError):
        async with pace_of(tmp_path, hurried, at_once=1).turn():
            raise ZeroDivisionError
    async with pace_of(tmp_path, hurried, at_once=1).turn():
        assert hurried.slept == []


ELSEWHERE = """
import asyncio, sys
from pathlib import Path
from storymaker.remote.pace import Pace

async def main():
    pace = Pace(Path(sys.argv[1]), "key", at_once=2, now=lambda: float(sys.argv[2]))
    async with pace.turn():
        pace.hold(float(sys.argv[3]))
        pace.learn(int(sys.argv[4]))
        print("begun", flush=True)
        sys.stdin.readline()

asyncio.run(main())
"""


@contextmanager
def elsewhere(folder: Path, *, held: float = 0.0, a_minute: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Another process that is in its turn until it is told to end."""
    told = [str(folder), str(START), str(held), str(a_minute)]
    process = subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, *told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


@in_loop
async def test_two_processes_share_a_place(tmp_path: Path) -> None:
    """One of two places is taken by another process; when that is killed, its place is free."""
    clock = Hurried()
    pace = pace_of(tmp_path, clock, at_once=2)
    with elsewhere(tmp_path) as process:
        async with AsyncExitStack() as turns:
            await turns.enter_async_context(pace.turn())
            assert clock.slept == []
            third = pace_of(tmp_path, Hurried(), at_once=2)
            third._sleep = _stop
            with pytest.raises(_StoppedError):
                await turns.enter_async_context(third.turn())
            process.kill()
            process.wait()
            await turns.enter_async_context(pace.turn())
            assert clock.slept == []


class _StoppedError(Exception):
    """Somebody would have waited."""


async def _stop(_: float) -> None:
    raise _StoppedError


@in_loop
async def test_two_processes_share_waits_and_limits(tmp_path: Path) -> None:
    """What another process was told holds here, and who began there counts here."""
    clock = Hurried()
    pace = pace_of(tmp_path, clock)
    with elsewhere(tmp_path, held=30, a_minute=1):
        assert pace.held == 30
        async with pace.turn():
            assert 60 <= clock.at - START <= 61


class Painter:
    """A service that begins five pictures a minute and turns the others away.

    Args:
        stage: Its clock.
        says: Whether it says how long to wait.
    """

    def __init__(self, stage: Stage, *, says: bool = True) -> None:
        self._stage, self._says = stage, says
        self.begun: list[float] = []
        self.asked = 0

    async def paint(self, _: Any) -> float:
        """A picture of ten seconds; tells when it was there."""
        self.asked += 1
        await self._stage.sleep(0.1)
        now = self._stage.gone
        recent = [at for at in self.begun if at > now - MINUTE]
        if len(recent) >= 5:
            headers = {"retry-after": str(recent[0] + MINUTE - now)} if self._says else {}
            answer = httpx2.Response(429, headers=headers, request=httpx2.Request("POST", "http://127.0.0.1/v1"))
            raise openai.RateLimitError("slow down", response=answer, body={"code": "rate_limit_exceeded"})
        self.begun.append(now)
        await self._stage.sleep(10.0)
        return self._stage.gone


def line_to_painter(folder: Path, stage: Stage, *, at_once: int = 10, a_minute: int = 0) -> Line:
    """A line on a stage."""
    service = Service("pictures", "http://127.0.0.1:9/v1", SecretStr("sk-canary"), "model")
    return Line(service, pace_of(folder, stage, at_once=at_once, a_minute=a_minute), sleep=stage.sleep)


@pytest.mark.parametrize("known", [5, 0], ids=["the setting says five", "nobody knows"])
@in_loop
async def test_ten_pictures_at_five_a_minute_all_arrive_near_the_floor(tmp_path: Path, known: int) -> None:
    """Seventy seconds are the floor: five at once, five a minute later, ten seconds each."""
    stage = Stage()
    line, painter = line_to_painter(tmp_path, stage, a_minute=known), Painter(stage)
    there = await stage.play(*(line.ask(f"Page {n} was not painted", painter.paint) for n in range(10)))
    assert len(there) == 10
    assert max(there) <= 1.1 * 70
    assert painter.asked == (10 if known else 15)


@in_loop
async def test_twenty_five_pictures_at_five_a_minute_all_arrive(tmp_path: Path) -> None:
    """Who is turned away again and again for others' sake does not give up: two books at once are no reason to fail."""
    stage = Stage()
    line, painter = line_to_painter(tmp_path, stage, at_once=25), Painter(stage)
    there = await stage.play(*(line.ask(f"Page {n} was not painted", painter.paint) for n in range(25)))
    assert len(there) == 25
    assert max(there) <= 1.1 * (4 * MINUTE + 10)


@in_loop
async def test_where_nobody_says_how_long_it_ends_with_a_sentence(tmp_path: Path) -> None:
    """Three tries, then the parent is told; those that were painted are there."""
    stage = Stage()
    line, painter = line_to_painter(tmp_path, stage), Painter(stage, says=False)

    async def one() -> str:
        try:
            await line.ask("It was not painted", painter.paint)
        except ProviderError as error:
            return error.code
        return "done"

    ends = await stage.play(*(one() for _ in range(10)))
    assert sorted(ends) == ["busy"] * 5 + ["done"] * 5
    assert stage.gone < 25


@pytest.mark.parametrize("piece", ["1", "1.", ".", "1m", "9.9"])
def test_a_header_without_end_takes_no_time(tmp_path: Path, piece: str) -> None:
    """The worst of them took two minutes, in which the worker did nothing else. A slow machine is borne."""
    began = time.process_time()
    told = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": piece * (100_000 // len(piece))}
    headers_told(pace_of(tmp_path, Hurried()), told)
    assert time.process_time() - began < 1
