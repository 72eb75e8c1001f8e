"""Pieces of the page's HTML that more than one of its parts shows."""

from __future__ import annotations

from typing import Final

from storymaker.display.markup import markup

STEP_1: Final = '<p class="sm-step">Step 1 of 2</p><h2 tabindex="-1">Who is it about, and what happens?</h2>'
STEP_2: Final = '<p class="sm-step">Step 2 of 2: words and pictures</p>'


def heading(user: str) -> str:
    """The page's title, and who is signed in."""
    greeting = markup('<p class="sm-user">Hello, {user}!</p>', user=user) if user else ""
    return f'<header class="sm-header"><h1>Story Studio</h1>{greeting}</header>'


def fault(sentence: str) -> str:
    """What is wrong with a field, beside it; screen readers say it at once."""
    return markup('<p class="sm-fault" role="alert">{sentence}</p>', sentence=sentence) if sentence else ""


def note(sentence: str) -> str:
    """A quiet sentence."""
    return markup('<p class="sm-quiet">{sentence}</p>', sentence=sentence) if sentence else ""
