"""Words as HTML: whatever a person or a model wrote is escaped in one place."""

from __future__ import annotations

from html import escape
from typing import Final

STEP_1: Final = '<p class="sm-step">Step 1 of 2</p><h2 tabindex="-1">Who is it about, and what happens?</h2>'
STEP_2: Final = '<p class="sm-step">Step 2 of 2: words and pictures</p>'


def markup(template: str, /, **texts: object) -> str:
    """A template with texts filled in, each escaped: the only way that text gets into the page's HTML."""
    return template.format(**{name: escape(str(text)) for name, text in texts.items()})


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
