"""Telling whoever pays that a request went out."""

from __future__ import annotations

from collections.abc import Callable

Sent = Callable[[bool], None]
"""Told True when a request that costs goes out, and False when it surely came back with nothing to pay."""


def untold(_: bool) -> None:
    """Nobody asked."""
