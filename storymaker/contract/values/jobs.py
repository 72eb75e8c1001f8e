"""Jobs, and what they are asked to draw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from storymaker.books.model import Text
from storymaker.contract.values.wire import Wire


class PicturesRequest(Wire):
    """Which pages to draw.

    Attributes:
        chapter_ids: These, whether they have a picture or not; ``all`` is every page without a picture that tells its words.
        wish: What should be different in each of them, in own words; what the illustrator cannot follow is a note on the picture.
    """

    book_id: str
    chapter_ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=41)] | Literal["all"] = "all"
    wish: Text = ""


class JobOut(Wire):
    """One piece of work and how it stands.

    Attributes:
        progress: 0 to 1.
        reason: When failed: a sentence for a parent.
        code: When failed: a short word for programs.
        cost_usd: What it cost, in US dollars.
        ahead: While it waits: how many jobs of all families go before it.
        seconds: While it waits or is made: in how many seconds it should be done, the whole queue considered; null is not known.
        waiting: While it is made: a sentence, if it waits for something that a person has to do.
        sketch: Stands for the unfinished picture that may be asked for while it is drawn; empty while there is none.
    """

    id: str
    book_id: str
    chapter_id: str | None
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float
    reason: str | None
    code: str | None
    cost_usd: float
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    sketch: str = ""
    ahead: int = 0
    seconds: float | None = None
    waiting: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")


class JobsOut(Wire):
    """Jobs in the order they were submitted."""

    jobs: tuple[JobOut, ...]


class JobsQuery(Wire):
    """Of which book."""

    book: str
