"""The pages at the top and those under ``docs``, as the tests of this folder see them: their code blocks and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FRONT: Final = tuple(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"))
"""What a stranger sees first."""
PAGES: Final = (*FRONT, *sorted((ROOT / "docs").rglob("*.md")))

_FENCED: Final = re.compile(
    r"(?:^[ ]*<!-- (?P<marker>[^\n]*?) -->\n)?^(?P<indent>[ ]*)```(?P<language>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_FENCE: Final = re.compile(r"^ *```", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A code block.

    Attributes:
        where: Page and line, for messages.
        line: The line of its fence, from 1.
        language: As the fence names it.
        code: What is in it.
        marker: What the comment above it says; empty where there is none.
    """

    where: str
    line: int
    language: str
    code: str
    marker: str


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        name: Its path from the top of the checkout.
        text: As it stands.
    """

    name: str
    text: str

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Every code block, in order."""
        found = []
        for match in _FENCED.finditer(self.text):
            line = self.text.count("\n", 0, match.start("indent")) + 1
            code, marker = dedent(match["code"]), match["marker"] or ""
            found.append(Block(f"{self.name}:{line}", line, match["language"].strip(), code, marker))
        assert 2 * len(found) == len(_FENCE.findall(self.text)), f"{self.name}: a fence that is never closed"
        return tuple(found)


def page(name: str) -> Page:
    """A page by its path from the top of the checkout."""
    return Page(name, (ROOT / name).read_text("utf-8"))


def all_pages() -> tuple[Page, ...]:
    """All of them, the README first."""
    return tuple(page(file.relative_to(ROOT).as_posix()) for file in PAGES)
