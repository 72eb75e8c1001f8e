"""Words as HTML: whatever a person or a model wrote is escaped in one place."""

from __future__ import annotations

from html import escape


def markup(template: str, /, **texts: object) -> str:
    """A template with texts filled in, each escaped: the only way that text gets into our HTML.

    Args:
        template: HTML with ``{names}``; ours, never a person's.
        texts: What to fill in.
    """
    return template.format(**{name: escape(str(text)) for name, text in texts.items()})
