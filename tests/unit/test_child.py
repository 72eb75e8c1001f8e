"""Child processes: they do what they are told, and stop when they must."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from storymaker.child import Child, ChildPool
from storymaker.errors import InvalidInputError, JobCancelledError, JobError, JobTimeoutError

HERE = "tests.unit.test_child"


def pid() -> int:
    """Which process this is."""
    return os.getpid()


def refuse() -> None:
    """Raise one of ours."""
    raise InvalidInputError("No. Please choose another.", code="special")


def chatter() -> str:
    """Print where the protocol runs."""
    print("noise on standard output")
    return os.environ.get("OPENAI_API_KEY", "no key")


def environment() -> dict[str, str]:
    """All that this process was told."""
    return dict(os.environ)


def hog() -> int:
    """Take more memory than allowed."""
    return len(bytearray(4_000_000_000))


def nothing_heavy() -> bool:
    """Whether the caller's main module was imported here."""
    return hasattr(sys.modules["__main__"], "THIS_IS_THE_CALLERS_SCRIPT")


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    """One child."""
    made = ChildPool(1)
    yield made
    made.close()


def spin_until(condition: object) -> None:
    """Wait for something another process does."""
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_child_is_another_process_and_is_kept(pool: ChildPool) -> None:
    """The second task finds the first one's imports."""
    first = pool.call(f"{HERE}:pid", timeout=20)
    assert first == pool.call(f"{HERE}:pid", timeout=20) != os.getpid()


def test_our_errors_come_back_as_themselves(pool: ChildPool) -> None:
    """Sentence and code survive the way."""
    with pytest.raises(InvalidInputError, match="choose another") as caught:
        pool.call(f"{HERE}:refuse", timeout=20)
    assert caught.value.code == "special"


def test_a_broken_task_is_an_apology(pool: ChildPool, caplog: pytest.LogCaptureFixture) -> None:
    """The traceback goes to the log, not to the parent of a child."""
    with pytest.raises(JobError, match="Something broke"):
        pool.call("math:sqrt", "x", timeout=20)
    assert "TypeError" in caplog.text
    with pytest.raises(JobError, match="Something broke"):
        pool.call(f"{HERE}:not_there", timeout=20)


def test_printing_does_not_tear_the_protocol_and_keys_stay_here(
    pool: ChildPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chatty library is harmless, and a child knows no secret."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    assert pool.call(f"{HERE}:chatter", timeout=20) == "no key"


def test_a_child_is_told_only_what_it_needs(pool: ChildPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a list of what may, not of what may not: no database's address, no setting, no name that nobody thought of."""
    secret = {
        "STORYMAKER_JOBS_DB": "postgresql://me:canary@db/jobs",
        "STORYMAKER_HOME": "/canary",
        "DATABASE_URL": "canary",
    }
    for name, value in (secret | {"PYTHONSTARTUP": "canary", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}).items():
        monkeypatch.setenv(name, value)
    told = pool.call(f"{HERE}:environment", timeout=20)
    assert "canary" not in " ".join((*told, *told.values()))
    assert (told["TZ"], told["LC_ALL"], told["OMP_NUM_THREADS"]) == ("Asia/Tokyo", "C.UTF-8", "1")


def test_a_timeout_kills_the_child_and_the_next_task_gets_a_new_one(pool: ChildPool) -> None:
    """A CPU loop cannot outlive its limit."""
    old = pool.call(f"{HERE}:pid", timeout=20)
    with pytest.raises(JobTimeoutError, match=r"0\.3 seconds"):
        pool.call("time:sleep", 600, timeout=0.3)
    assert not psutil.pid_exists(old)
    assert pool.call(f"{HERE}:pid", timeout=20) != old


def test_a_child_that_dies_is_said_and_replaced(pool: ChildPool) -> None:
    """As when the system runs out of memory."""
    with pytest.raises(JobError, match="stopped unexpectedly"):
        pool.call("os:_exit", 9, timeout=20)
    assert pool.call("math:sqrt", 9.0, timeout=20) == 3.0


def test_a_child_that_died_idle_is_replaced(pool: ChildPool) -> None:
    """Nobody notices."""
    os.kill(pool.call(f"{HERE}:pid", timeout=20), 9)
    spin_until(lambda: not pool._idle[0].alive)
    assert pool.call("math:sqrt", 9.0, timeout=20) == 3.0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no address space limit")
def test_memory_is_limited() -> None:
    """A picture that unpacks to gigabytes takes only its own child's share."""
    pool = ChildPool(1, memory_bytes=1_000_000_000)
    with pytest.raises(JobError, match="memory"):
        pool.call(f"{HERE}:hog", timeout=20)
    pool.close()


def test_cancelling_a_coroutine_kills_the_drawing(pool: ChildPool) -> None:
    """The process is gone when the await is over."""

    async def draw_and_cancel() -> None:
        drawing = asyncio.create_task(pool.run("time:sleep", 600, timeout=600))
        while not pool._busy:
            await asyncio.sleep(0.01)
        child = next(iter(pool._busy))
        waiting = asyncio.create_task(pool.run("math:sqrt", 4.0, timeout=20))
        drawing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drawing
        assert not psutil.pid_exists(child.pid)
        assert await waiting == 2.0

    asyncio.run(draw_and_cancel())


def test_cancelling_what_waits_for_a_child_leaves_the_busy_one_alone(pool: ChildPool) -> None:
    """Only the drawing that was meant stops."""

    async def queue_and_cancel() -> float:
        drawing = asyncio.create_task(pool.run("time:sleep", 0.5, timeout=600))
        while not pool._busy:
            await asyncio.sleep(0.01)
        waiting = asyncio.create_task(pool.run("math:sqrt", 4.0, timeout=20))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return float(await pool.run("math:sqrt", 9.0, timeout=20) + (await drawing or 0))

    assert asyncio.run(queue_and_cancel()) == 3.0


def test_closing_tells_who_waits(pool: ChildPool) -> None:
    """A drawing under way is told that it was cancelled; a later one too."""
    told: list[BaseException] = []

    def draw() -> None:
        try:
            pool.call("time:sleep", 600, timeout=600)
        except JobCancelledError as error:
            told.append(error)

    drawing = threading.Thread(target=draw)
    drawing.start()
    spin_until(lambda: pool._busy)
    pool.close()
    drawing.join()
    assert len(told) == 1
    with pytest.raises(JobCancelledError):
        pool.call("math:sqrt", 9.0, timeout=20)


def test_children_can_be_started_ahead() -> None:
    """They import while the caller does something else."""
    pool = ChildPool(2, warm=("json",))
    pool.warm_up()
    pool.warm_up()
    assert len(pool._idle) == 2
    assert pool.call("math:sqrt", 9.0, timeout=20) == 3.0
    pool.close()


def test_a_child_is_nice_and_ends_with_its_parent() -> None:
    """It gives way to everything else, and nobody has to clean up after kill -9."""
    start = f"c = Child(); print(c.pid, c.call('{HERE}:pid', timeout=20), flush=True)"
    script = f"from storymaker.child import Child; import time; {start}; time.sleep(600)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    with parent.stdout as said:
        child = psutil.Process(int(said.readline().split()[0]))
        if sys.platform != "win32":
            assert child.nice() >= psutil.Process().nice() + 1
        parent.kill()
        parent.wait()
    spin_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_script_needs_no_main_guard(tmp_path: object) -> None:
    """The caller's own script is not run again in the child."""
    told = f"print(ChildPool(1).call('{HERE}:nothing_heavy', timeout=20))"
    script = f"THIS_IS_THE_CALLERS_SCRIPT = True\nfrom storymaker.child import ChildPool\n{told}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=True)
    assert done.stdout == b"False\n"


def test_a_child_can_be_used_alone() -> None:
    """Stopping it says cancelled."""
    child = Child()
    child.stop()
    with pytest.raises(JobCancelledError):
        child.call("math:sqrt", 9.0, timeout=20)
    assert not child.alive
    child.close()
