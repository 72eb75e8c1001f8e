"""Words as HTML: whatever a person or a model wrote is escaped in one place."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def markup(template: str, /, **texts: object) -> Html:
    """A template with texts filled in, each escaped unless it came from here: the only way that text gets into our HTML.

    Args:
        template: HTML with ``{names}``; ours, never a person's.
        texts: What to fill in.
    """
    filled = {name: text if isinstance(text, Html) else escape(str(text)) for name, text in texts.items()}
    return Html(template.format(**filled))


def joined(parts: Iterable[Html]) -> Html:
    """One after another."""
    return Html("".join(parts))
