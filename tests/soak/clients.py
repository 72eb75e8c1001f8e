"""Slow, silent, half-open and very many clients against a studio of our own, and what another family notices of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil
import requests

from tests.server.real import Studio, studio, until
from tests.soak import Skipped
from tests.soak._attacks import KINDS

COUNT = 2000
"""Connections of each kind."""
BARS = dict.fromkeys(
    (
        "kinds under which p95 is over 3 times the quiet one",
        "kinds under which p95 is over 2 s",
        "calls of the other family that failed",
        "kinds that cost over 256 MB",
        "connections that live for ever",
        "tracebacks in the log",
        "servers that ended",
    ),
    0,
)
_SECONDS: Final = 15.0
_PATIENCE_S: Final = 180.0
"""Seconds after which a connection that never asked for anything whole should be gone."""
_PATIENT: Final = ("silent", "slow head", "unfinished body", "never reads")
_MEGABYTES: Final = 256
_QUIET_CALLS: Final = 200


class Family:
    """Somebody who only wants to see the shelf, and to change a title now and then; a connection a call, as many browsers come.

    Args:
        house: The studio.
    """

    def __init__(self, house: Studio) -> None:
        self._house, self._session = house, house.family("anna")
        self._session.headers["Connection"] = "close"
        house.leave(house.visit(self._session))  # the cookie that changes need comes with a visit
        self._session.headers["X-XSRFToken"] = str(self._session.cookies["_xsrf"])
        told: dict[str, Any] = {"arc": "yawn", "seed": 7, "draw": False}
        made = self._session.post(f"{house.url}/api/studio/generate_story", json=told, timeout=60)
        self._book = f"{house.url}/api/books/{made.json()['book_id']}"
        until(lambda: len(self._session.get(self._book, timeout=20).json()["chapters"]) == 10, 60)
        self.failed = 0

    def call(self, n: int) -> float:
        """One call; seconds."""
        begun = time.monotonic()
        try:
            if n % 5:
                answer = self._session.get((self._book, f"{self._house.url}/api/books")[n % 2], timeout=20)
            else:
                answer = self._session.patch(self._book, json={"title": f"Title {n}"}, timeout=20)
            self.failed += answer.status_code != 200
        except requests.RequestException:
            self.failed += 1
        return time.monotonic() - begun


def run(count: int) -> dict[str, int]:
    """Attack with so many connections of each kind, the one kind after the other."""
    if sys.platform != "linux":
        raise Skipped("only Linux gives everybody addresses of their own on this machine.")
    with TemporaryDirectory() as given:
        folder = Path(given)
        with studio(folder) as first:  # a studio with users from the beginning is another one than this
            first.add_user("anna")
        with studio(folder) as house:
            return _attacked(house, count)


def _attacked(house: Studio, count: int) -> dict[str, int]:
    counts = Counter({"calls of the other family": 0, "connections": 0} | BARS)
    anna = Family(house)
    patient = {kind: _attacker(kind, house.url, 20, _PATIENCE_S) for kind in _PATIENT}
    begun = time.monotonic()
    for kind in KINDS:
        quiet = _p95([anna.call(n) for n in range(_QUIET_CALLS)])
        before, failed = psutil.Process(house.process.pid).memory_info().rss, anna.failed
        attacker = _attacker(kind, house.url, count, _SECONDS)
        times: list[float] = []
        end = time.monotonic() + _SECONDS
        while attacker.poll() is None or time.monotonic() < end:
            times.append(anna.call(len(times)))
        made = json.loads(attacker.communicate()[0])
        grown = (psutil.Process(house.process.pid).memory_info().rss - before) >> 20
        busy = _p95(times)
        print(
            f"{kind}: p95 {quiet * 1000:.0f} → {busy * 1000:.0f} ms ({busy / quiet:.1f} times), longest {max(times):.2f} s, "
            f"{anna.failed - failed} of {len(times)} failed; {made}; {grown:+d} MB", flush=True,
        )  # fmt: skip
        counts["calls of the other family"] += _QUIET_CALLS + len(times)
        counts["connections"] += made["made"]
        counts["kinds under which p95 is over 3 times the quiet one"] += busy > 3 * quiet
        counts["kinds under which p95 is over 2 s"] += busy > 2
        counts["kinds that cost over 256 MB"] += grown > _MEGABYTES
    print(f"waiting until {_PATIENCE_S - time.monotonic() + begun:.0f} s more have gone", flush=True)
    for kind, attacker in patient.items():
        made = json.loads(attacker.communicate()[0])
        print(f"{kind}, {_PATIENCE_S:.0f} s long: {made}", flush=True)
        counts["connections that live for ever"] += made["open"]
    counts["calls of the other family that failed"] = anna.failed
    counts["servers that ended"] = int(house.process.poll() is not None)
    counts["tracebacks in the log"] = house.log.count("Traceback")
    counts["lines in the log"] = house.log.count("\n")
    return counts


def _attacker(kind: str, url: str, count: int, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.soak._attacks", kind, url, str(count), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
