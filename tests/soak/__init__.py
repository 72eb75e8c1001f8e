"""Long tests, each a module of its own: they do something many times over and count what must not be.

``python -m tests.soak`` runs all of them, ``python -m tests.soak power 20`` one. A module here whose name begins with a letter is
one, and needs to be entered nowhere. It has

- ``COUNT``: how often it does its work when nobody says how often; without it, a hundred times;
- ``BARS``: the names of its faults, each with how many of them are borne, nearly always 0; without it, every count but the first,
  which says how much was done, must be 0;
- ``run(count) -> dict[str, int]``: does the work and returns its counts, those of the bars and those of what was done. It raises
  ``Skipped`` where this machine lacks what it needs.
"""

from __future__ import annotations

import importlib
from typing import Final

_COUNT: Final = 100


class Skipped(Exception):  # noqa: N818 - it is no error
    """Says why a long test cannot be run on this machine."""


def counted(name: str, count: int | None) -> tuple[dict[str, int], dict[str, int]]:
    """What a long test counts, and its bars; here and not in ``__main__``, where another process could not find it."""
    module = importlib.import_module(f"tests.soak.{name}")
    counts = dict(module.run(getattr(module, "COUNT", _COUNT) if count is None else count))
    return counts, dict(getattr(module, "BARS", dict.fromkeys(list(counts)[1:], 0)))
