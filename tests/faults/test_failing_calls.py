"""Single calls of the system that fail, by libfiu: each is a sentence, and nothing is lost."""

from __future__ import annotations

import pytest

from tests.soak import Skipped, faults


def test_calls_that_fail_lose_nothing() -> None:
    """EIO and ENOSPC by lot in a process that reads, saves and orders: the same counts as the long form, a few of each."""
    try:
        counts = faults.run(3)
    except Skipped as why:
        pytest.skip(f"{why} A disk that refuses is tested with every flush and rename in test_storage.py.")
    assert counts["of them refused with a sentence"] > 0
    assert {name: counts[name] for name in faults.BARS} == faults.BARS
