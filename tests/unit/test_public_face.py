"""What the package shows, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import storymaker

HEAVY = {"openai", "dbos", "pandas", "numpy", "cv2", "ipywidgets", "voila", "typst", "PIL"}


def test_the_public_names_are_these() -> None:
    """A new one is a decision, not an accident."""
    assert storymaker.__all__ == [
        "Book", "Brief", "Chapter", "Character", "Edit", "Job", "Picture", "Settings", "StorymakerError", "Workshop", "__version__",
    ]  # fmt: skip
    assert dir(storymaker) == sorted(storymaker.__all__)
    for name in storymaker.__all__:
        assert getattr(storymaker, name).__doc__ or name == "__version__"
    with pytest.raises(AttributeError):
        _ = storymaker.nonsense


@pytest.mark.parametrize("code", ["import storymaker", "import storymaker; storymaker.Workshop"])
def test_importing_loads_nothing_heavy(code: str) -> None:
    """No engine, no provider, no picture library before it is needed."""
    asked = f"{code}; import sys; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY & {name.partition(".")[0] for name in loaded} == set()
