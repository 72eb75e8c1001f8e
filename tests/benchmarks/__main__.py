"""``make bench``: run every benchmark, or those named, and print one line a figure."""

from __future__ import annotations

import importlib
import platform
import sys
from datetime import UTC, datetime

from tests.benchmarks.measure import Figure

NAMES = ("imports", "shelf", "jobs", "scenes", "make", "pdf", "remote", "server", "wizard")


def main(names: tuple[str, ...]) -> None:
    """Print the figures of these benchmarks as a Markdown table."""
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()}, Python {platform.python_version()}, {platform.machine()}\n"
    )
    print("| what | measured | wanted | ratio |\n|---|---|---|---|")
    for name in names:
        figures: list[Figure] = importlib.import_module(f"tests.benchmarks.bench_{name}").figures()
        for figure in figures:
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or NAMES)
