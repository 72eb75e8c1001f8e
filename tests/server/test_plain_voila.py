"""The page without the studio: the same notebook under plain Voila, for one family on its own machine."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from tests.server.plain import plain_voila


def test_plain_voila_shows_the_page(tmp_path: Path) -> None:
    """In process, without server, ticket or token; the shelf is the one that the settings name."""
    with plain_voila(tmp_path) as address:
        page = requests.get(f"{address}/", timeout=120).text
        assert re.search(r"application/vnd\.jupyter\.widget-view\+json", page), page[-2000:]
        assert "There was an error when executing cell" not in page
        assert (tmp_path / "home").is_dir()
