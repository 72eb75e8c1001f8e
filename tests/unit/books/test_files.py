"""Files: whole or not at all, and for the owner alone where that is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storymaker.books.files import write_file


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes: whoever may read the folder may read the file")
def test_a_private_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Also where it takes the place of one that everybody could read."""
    file = tmp_path / "secret"
    write_file(file, b"open")
    assert file.stat().st_mode & 0o077
    write_file(file, b"secret", private=True)
    assert (file.stat().st_mode & 0o777, file.read_bytes()) == (0o600, b"secret")
