"""Niced child processes for heavy work that timeout and cancel can really stop.

Why not a stock process pool: ``concurrent.futures`` cannot stop one task, and everything built on ``multiprocessing``
imports the caller's ``__main__`` again in the child, so that a five-line script using this library would have to know about
``if __name__ == "__main__"``. Here a child is ``python -m storymaker.child``, it is told *module:function* and arguments, and
killing it harms nobody else.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import importlib
import io
import logging
import os
import pickle
import re
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any, Final

from storymaker import errors
from storymaker.fair_queue import FairQueue, Urgency, current_caller

log = logging.getLogger(__name__)

_HEADER = struct.Struct("!Q")
_PASSED_ON: Final = re.compile(
    r"PATH|HOME|USERPROFILE|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|VIRTUAL_ENV|CONDA_PREFIX|XDG_\w+|LD_LIBRARY_PATH"
    r"|(?!PYTHONSTARTUP)PYTHON[A-Z]+|SYSTEMROOT|SYSTEMDRIVE|WINDIR|APPDATA|LOCALAPPDATA|PATHEXT|COMSPEC|DYLD_\w+"
    r"|OPENCV_\w+|MALLOC_\w+|COVERAGE_\w+|COV_CORE_\w+",
    re.IGNORECASE if os.name == "nt" else 0,
)
"""What Python, the picture libraries and a measured test need; of all else, keys and the jobs database first, nothing is told."""


def _send(pipe: IO[bytes], message: object) -> None:
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_HEADER.pack(len(body)) + body)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """One message. Raises EOFError when the other side is gone."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    (length,) = _HEADER.unpack(header)
    body = pipe.read(length)
    if len(body) < length:
        raise EOFError
    return pickle.loads(body)  # noqa: S301 - from our own child or parent, never from a file


def plain_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Of an environment, what a process may know that opens strangers' files or speaks with strangers."""
    return {name: value for name, value in environ.items() if _PASSED_ON.fullmatch(name)}


def _environment() -> dict[str, str]:
    """A child's environment, with one thread a child: the pool is the parallelism."""
    return plain_environment(os.environ) | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


class Child:
    """One child process that does one task at a time.

    Args:
        niceness: Added to the process's niceness, so that the page and the terminal stay quick.
        memory_bytes: Most address space it may take, where the platform can limit it (Linux, macOS).
        warm: Modules to import at once, while the parent still prepares the first task.
    """

    def __init__(self, *, niceness: int = 10, memory_bytes: int | None = None, warm: tuple[str, ...] = ()) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", "storymaker.child", str(niceness), str(memory_bytes or 0), *warm],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=_environment() | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self._ended_by: type[errors.JobError] | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can take another task."""
        return self._process.poll() is None and self._ended_by is None

    def stop(self, because: type[errors.JobError] = errors.JobCancelledError) -> None:
        """Kill it, in the middle of whatever it does."""
        self._ended_by = self._ended_by or because
        with contextlib.suppress(OSError):
            self._process.kill()

    def call(self, task: str, *args: object, timeout: float) -> Any:
        """Do one task and wait for it.

        Args:
            task: ``module:function``; the function's arguments and result must pickle.
            args: Its arguments.
            timeout: Seconds after which the child is killed.

        Raises:
            StorymakerError: The one the task raised.
            JobTimeoutError: After ``timeout``.
            JobCancelledError: If :meth:`stop` was called.
            JobError: If the child died or the task broke.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(timeout, self.stop, (errors.JobTimeoutError,))
        timer.daemon = True
        timer.start()
        try:
            _send(self._process.stdin, (task, args))
            kind, *answer = _receive(self._process.stdout)
        except (EOFError, OSError):
            raise self._ending(task, timeout) from None
        finally:
            timer.cancel()
        if kind == "done":
            return answer[0]
        if kind == "error":
            name, message, code = answer
            raise getattr(errors, name, errors.JobError)(message, code=code)
        log.error("task %s broke:\n%s", task, answer[0])
        raise errors.JobError(
            "Something broke while this was made. Please try again; the log says more.", code="broken"
        )

    def _ending(self, task: str, timeout: float) -> errors.JobError:
        self._process.wait()
        if self._ended_by is errors.JobTimeoutError:
            return errors.JobTimeoutError(
                f"This took longer than {timeout:g} seconds and was stopped. Please try again."
            )
        if self._ended_by is not None:
            return self._ended_by("This was cancelled before it was ready.")
        self._ended_by = errors.JobError
        self._stderr.seek(0)
        log.error(
            "task %s: child ended with %s: %s",
            task,
            self._process.returncode,
            self._stderr.read()[-2000:].decode(errors="replace"),
        )
        return errors.JobError(
            "The drawing process stopped unexpectedly, perhaps for lack of memory. Please try again.", code="crashed"
        )

    def close(self) -> None:
        """Let it end; it is idle."""
        self.stop()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class ChildPool:
    """A fixed number of children, started when first needed and replaced when one was killed. Safe to share between threads.

    Families that share it take turns, see :mod:`storymaker.fair_queue`. For what is urgent there is one child more, which
    ends when the others are enough again.

    Args:
        size: How many tasks of one family run at the same time.
        spare_for: How urgent a task has to be that may have the one child more.
        niceness: See :class:`Child`.
        memory_bytes: See :class:`Child`.
        warm: See :class:`Child`.
    """

    def __init__(
        self,
        size: int,
        *,
        spare_for: Urgency = Urgency.AT_ONCE,
        niceness: int = 10,
        memory_bytes: int | None = None,
        warm: tuple[str, ...] = (),
    ) -> None:
        self._make: Callable[[], Child] = lambda: Child(niceness=niceness, memory_bytes=memory_bytes, warm=warm)
        self.size = size
        self._queue = FairQueue(size + 1, size, spare=1, spare_for=spare_for)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closed = False

    def warm_up(self) -> None:
        """Start all children now, so that they import while the caller does something else."""
        with self._lock:
            while len(self._idle) + len(self._busy) < self.size:
                self._idle.append(self._make())

    def call(self, task: str, *args: object, timeout: float, on_start: Callable[[Child], None] | None = None) -> Any:
        """Do one task in a child and wait for it; see :meth:`Child.call`.

        Args:
            task: ``module:function``.
            args: Its arguments.
            timeout: Seconds, counted from when a child takes the task.
            on_start: Told which child took it.
        """
        caller, turn = current_caller(), threading.Event()
        self._queue.ask(caller, turn.set)
        turn.wait()
        try:
            if caller.dropped:
                raise errors.JobCancelledError("This was cancelled before it was ready.")
            child = self._take()
            try:
                if on_start is not None:
                    on_start(child)
                return child.call(task, *args, timeout=timeout)
            finally:
                self._give_back(child)
        finally:
            self._queue.give_back(caller)

    async def run(self, task: str, *args: object, timeout: float) -> Any:
        """The same for coroutines: cancelling the awaiting task kills the child."""
        taken: list[Child] = []
        cancelled = threading.Event()

        def started(child: Child) -> None:
            taken.append(child)
            if cancelled.is_set():
                child.stop()

        work = asyncio.get_running_loop().run_in_executor(
            None, lambda: self.call(task, *args, timeout=timeout, on_start=started)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled.set()
            for child in taken:
                child.stop()
            with contextlib.suppress(errors.StorymakerError):
                await work
            raise

    def close(self) -> None:
        """Kill every child; whoever waits for one is told it was cancelled."""
        with self._lock:
            self._closed = True
            idle, self._idle, busy = self._idle, [], list(self._busy)
        for child in busy:
            child.stop()
        for child in idle:
            child.close()

    def _take(self) -> Child:
        with self._lock:
            if self._closed:
                raise errors.JobCancelledError("This was cancelled before it was ready.")
            while self._idle and not self._idle[-1].alive:
                self._idle.pop().close()
            child = self._idle.pop() if self._idle else self._make()
            self._busy.add(child)
            return child

    def _give_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            keep = child.alive and not self._closed and len(self._idle) < self.size
            if keep:
                self._idle.append(child)
        if not keep:
            child.close()


@functools.cache
def studio_pool() -> ChildPool:
    """The children that cut out, draw and print for this process: one a core, four at most."""
    pool = ChildPool(
        max(1, min(4, os.cpu_count() or 1)), warm=("storymaker.images.paper.compose", "storymaker.images.scissors")
    )
    atexit.register(pool.close)
    return pool


@functools.cache
def photo_pool() -> ChildPool:
    """The child that opens strangers' photos, kept from taking the machine's memory with it."""
    pool = ChildPool(1, spare_for=Urgency.SOON, memory_bytes=1_500_000_000, warm=("storymaker.images.decode", "cv2"))
    atexit.register(pool.close)
    return pool


def _limit(niceness: int, memory_bytes: int) -> None:
    """Be nice and small, where the platform lets us."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(niceness)
    if memory_bytes:
        with contextlib.suppress(ImportError, OSError, ValueError):
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _answer(task: str, args: tuple[object, ...]) -> tuple[object, ...]:
    module, _, function = task.partition(":")
    try:
        return "done", getattr(importlib.import_module(module), function)(*args)
    except errors.StorymakerError as error:
        return "error", type(error).__name__, error.message, error.code
    except MemoryError:
        return "error", "JobError", "This needs more memory than it may have.", "memory"
    except Exception:  # noqa: BLE001 - the outermost edge of this process: the parent logs it and says so
        return "broken", traceback.format_exc()


def main(niceness: int, memory_bytes: int, warm: tuple[str, ...]) -> None:
    """Serve tasks from standard input until it ends, which it does when the parent is gone."""
    tasks = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not tear the protocol
    sys.stdin = io.StringIO()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _limit(niceness, memory_bytes)
    for module in warm:
        importlib.import_module(module)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            task, args = _receive(tasks)
            _send(answers, _answer(task, args))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), tuple(sys.argv[3:]))
