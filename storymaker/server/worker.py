"""The process that runs jobs, watched: started again when it dies, and never a second one beside another."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout
from pydantic import SecretStr

from storymaker.settings import Settings

if TYPE_CHECKING:  # the worker imports this module too, and is to be up soon
    from storymaker.service import WorkerState

log = logging.getLogger(__name__)

UP: Final = "up"
"""The line by which a worker says that it runs jobs."""
STOP: Final = "stop"
"""The line by which it is told to stop at once; when its input just ends, it finishes what was asked for first."""

_LOOK_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 2.0
_FIRST_WAIT: Final = 0.25
_LONGEST_WAIT: Final = 30.0
_SOUND_SECONDS: Final = 5.0
"""One that lived so long has started well."""
_LINE_MAX: Final = 2**16
_TRIES: Final = 3
"""So many starts in a row may fail before we say that there is no worker."""


def worker_environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a worker finds exactly these settings, whatever the folder it is started in."""
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value) for name, value in settings
    }
    return {**environ, **{f"STORYMAKER_{name.upper()}": value for name, value in values.items()}}


class WorkerProcess:
    """Keeps ``storymaker worker`` running while the studio does.

    Args:
        settings: Of the studio; the worker's too.
        command: What to start; None is ``storymaker worker`` of this very Python.
    """

    def __init__(self, settings: Settings, command: list[str] | None = None) -> None:
        self.state: WorkerState = "starting"
        self.reason = ""
        self._environment = worker_environment(settings, os.environ)
        # -P: nothing in the folder that we were started from can stand in for a module.
        self._command = command or [sys.executable, "-P", "-m", "storymaker", "worker", "--until-eof"]
        self._lock = settings.home.expanduser() / "worker.lock" if settings.jobs_url.startswith("sqlite") else None
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, when it is ours."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def start(self) -> None:
        """Begin to watch, in the background."""
        self._watch = asyncio.create_task(self._keep_one_up())

    async def stop(self) -> None:
        """Stop it; what runs is taken up again by the next."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.write(f"{STOP}\n".encode())
        process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep_one_up(self) -> None:
        failures = 0
        while True:
            if self._is_held():
                self.state, self.reason = "up", ""
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            self.state = "starting" if failures < _TRIES else "down"
            began = asyncio.get_running_loop().time()
            came_up = await self._run()
            lived = asyncio.get_running_loop().time() - began
            failures = 0 if came_up and lived > _SOUND_SECONDS else failures + 1
            self.state = "starting" if failures < _TRIES else "down"
            await asyncio.sleep(min(_FIRST_WAIT * 2 ** (failures - 1), _LONGEST_WAIT))

    def _is_held(self) -> bool:
        """Whether another process of this machine runs jobs: then one of ours would only be turned away."""
        if self._lock is None or not self._lock.parent.is_dir():
            return False
        try:
            with FileLock(self._lock, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # the worker will say it better
            return False

    async def _run(self) -> bool:
        """Start a worker and stay with it until it ends.

        Returns:
            Whether it ever ran jobs.
        """
        try:
            self._process = process = await self._spawn()
        except OSError as error:
            self.reason = f"The worker could not be started ({error.strerror})."
            return False
        assert process.stdout is not None
        assert process.stderr is not None
        complaints = asyncio.create_task(self._listen(process.stderr))
        came_up = False
        async for line in _lines(process.stdout):
            if line == UP:
                came_up = True
                self.state, self.reason = "up", ""
        await complaints
        status = await process.wait()
        self.reason = self.reason or f"The worker ended (status {status})."
        log.warning("the worker ended (status %s)", status)
        return came_up

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            # Ctrl-C at the terminal is for us, and we tell the worker.
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        """What a worker complains of goes into our log; its last sentence is the reason when it is gone."""
        async for line in _lines(stderr):
            self.reason = line
            log.warning("worker: %s", line)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines that are not empty; one that is endlessly long comes in pieces, for a pipe that is full would stop the worker."""
    rest = b""
    while chunk := await stream.read(2**16):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LINE_MAX:
            whole, rest = [*whole, rest], b""
        for line in whole:
            if text := line.decode(errors="replace").strip():
                yield text
    if text := rest.decode(errors="replace").strip():
        yield text
