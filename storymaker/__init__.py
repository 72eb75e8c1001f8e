"""Storymaker makes a picture book with a child's own plushie as its hero."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from storymaker._version import __version__

if TYPE_CHECKING:
    from storymaker.books.edits import Edit
    from storymaker.books.model import Book, Brief, Chapter, Character, Picture
    from storymaker.errors import StorymakerError
    from storymaker.jobs.queue import Job
    from storymaker.settings import Settings
    from storymaker.workshop import Workshop

# Names resolve when they are first used (PEP 562), so that importing storymaker costs next to nothing.
_HOMES = {
    "Book": "storymaker.books.model",
    "Brief": "storymaker.books.model",
    "Chapter": "storymaker.books.model",
    "Character": "storymaker.books.model",
    "Edit": "storymaker.books.edits",
    "Job": "storymaker.jobs.queue",
    "Picture": "storymaker.books.model",
    "Settings": "storymaker.settings",
    "StorymakerError": "storymaker.errors",
    "Workshop": "storymaker.workshop",
}

__all__ = [
    "Book",
    "Brief",
    "Chapter",
    "Character",
    "Edit",
    "Job",
    "Picture",
    "Settings",
    "StorymakerError",
    "Workshop",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
