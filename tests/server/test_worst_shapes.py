"""Nothing that looks for patterns in outside text takes longer than in proportion to it, whatever its shape."""

from __future__ import annotations

import time

import pytest

from tests.soak.shapes import readers, worst_shapes


@pytest.mark.parametrize("name", readers())
def test_the_worst_shapes_are_read_in_no_time(name: str) -> None:
    """As much as can reach it, to 50,000 characters: a quadratic pattern takes half a minute for that, these some milliseconds."""
    reader, most = readers()[name]
    reader("a")  # what is read once, such as the words of a language, is not counted
    for shape in worst_shapes(min(most, 50_000)):
        began = time.process_time()
        reader(shape)
        assert time.process_time() - began < 1, shape[:40]
