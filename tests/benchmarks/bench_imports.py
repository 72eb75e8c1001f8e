"""Import time, beside that of an empty program."""

from __future__ import annotations

from tests.benchmarks.measure import Figure, python

_TIMED = "import sys, time; t = time.perf_counter(); exec(sys.argv[1]); print(time.perf_counter() - t)"


def figures() -> list[Figure]:
    """``import storymaker`` and its Workshop, each in a fresh process, best of five."""
    cases = (
        ("import storymaker", "import storymaker", 0.15),
        ("storymaker.Workshop", "import storymaker; storymaker.Workshop", 0.4),
    )
    return [Figure(name, min(float(python(_TIMED, code)) for _ in range(5)), wanted) for name, code, wanted in cases]
