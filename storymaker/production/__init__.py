"""What each kind of job does: write a story, write a chapter anew, draw a picture; the book is the truth of it."""

from __future__ import annotations

from collections.abc import Mapping

from storymaker.images.illustrator import Illustrator
from storymaker.jobs.queue import JobQueue
from storymaker.jobs.worker import Function
from storymaker.production.drawing import Drawing, lane_of
from storymaker.production.makers import Makers, missing, sends
from storymaker.production.writing import WORDS_LANE, Writing
from storymaker.story.author import Author

__all__ = ["WORDS_LANE", "Production", "missing", "sends"]


class Production(Makers):
    """The functions that a worker runs, and those who do the work.

    Args:
        queue: Where pictures are ordered as chapters land.
        authors: Who can write, by name.
        illustrators: Who can draw, by name.
        picture_timeout: Seconds after which a drawing is stopped, unless its illustrator names more.
        budget_usd: What a book may cost at most, in US dollars.
        paint_again: Whether a picture that does not look like its hero is tried once more, inside the budget.
    """

    def __init__(
        self,
        queue: JobQueue,
        authors: Mapping[str, Author],
        illustrators: Mapping[str, Illustrator],
        picture_timeout: float,
        budget_usd: float,
        *,
        paint_again: bool = False,
    ) -> None:
        super().__init__(authors, illustrators)
        self.drawing = Drawing(queue, self, picture_timeout, budget_usd, again=paint_again)
        self.writing = Writing(queue, self, self.drawing)

    @property
    def kinds(self) -> dict[str, Function]:
        """Kind of job to function."""
        return {"story": self.writing.story, "chapter": self.writing.chapter, "picture": self.drawing.picture}

    @property
    def lanes(self) -> dict[str, int]:
        """How many jobs of each lane may run at once."""
        words = max(author.at_once for author in self.authors.values())
        return {WORDS_LANE: words} | {lane_of(name): one.at_once for name, one in self.illustrators.items()}
