"""Messages that a browser of ours never sends, for each kind that there is, and for none."""

from __future__ import annotations

from typing import Any

MARKUP = '"><img src=x onerror=alert(1)><script>alert(2)</script>{0}{title}'

FORGED: list[Any] = [
    None, 7, "edit", [], {}, {"type": "nonsense"}, {"type": ["edit"]}, {"type": "edit"},
    {"type": "edit", "id": 5, "field": "title", "value": "x", "base": "x"},
    {"type": "edit", "id": "x", "field": "picture", "value": "x", "base": "x"},
    {"type": "edit", "id": "x", "field": "title", "value": "x" * 30_000, "base": "x"},
    {"type": "edit", "id": "x", "field": "title", "value": None, "base": "x"},
    {"type": "move", "id": "x", "by": 100}, {"type": "lock", "id": "x", "locked": "yes"},
    {"type": "select", "id": "nobody"}, {"type": "delete", "id": "nobody"}, {"type": "redraw", "id": "x" * 65},
    {"type": "use_picture", "id": "nobody", "file": "../../book.json"}, {"type": "mounted", "more": 1},
    {"type": "restore", "id": "nobody"}, {"type": "purge", "id": "../x"},
    {"type": "rewrite", "id": "x", "wish": 5}, {"type": "retry", "id": "nobody"}, {"type": "cancel", "id": []},
    {"type": "add", "id": "nobody"}, {"type": "versions"}, {"type": "use_words", "id": "nobody", "title": "x", "text": None},
    {"type": "action", "id": "1"}, {"type": "action", "id": 99_999}, {"type": "begin"}, {"type": "visit", "query": {"a": 5}},
    {"type": "part", "id": "a", "name": "b", "index": 0, "parts": 1}, {"type": "strokes", "photo": "x", "keep": "x"},
    {"type": "seek", "photo": "../x"}, {"type": "face", "photo": "nobody", "at": [0.5, 0.5]}, {"type": "face", "photo": "x", "at": 5},
    {"type": "page", "n": 10**6, "version": 1}, {"type": "open", "id": "nobody"}, {"type": "file", "name": "x", "size": -1},
]  # fmt: skip
