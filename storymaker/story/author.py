"""The Author protocol: whoever writes a story, page by page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from storymaker.books.model import Brief, Chapter, Character
from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.sent import Sent, untold


@dataclass(frozen=True)
class StoryOpening:
    """What an author knows before the first page: the book's title and who goes along.

    Attributes:
        title: The book's title.
        summary: What happens, in a sentence or two.
        dedication: For whom; empty where the author has none.
        friend: The companion whom the story brings, or None.
        chapters: How many chapters will follow.
    """

    title: str
    summary: str
    dedication: str
    friend: Character | None
    chapters: int


@dataclass(frozen=True)
class ChapterDraft:
    """One written page, before it has an id.

    Attributes:
        title: A short heading.
        text: The words to read aloud; a blank line ends a paragraph.
        image_prompt: What the picture shows.
        alt: The picture in words, for those who cannot see it.
        scene: Place, time of day, weather and shot in plain words.
        cost_usd: What this page cost, in US dollars.
    """

    title: str
    text: str
    image_prompt: str
    alt: str
    scene: str
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Assignment:
    """What an author is given.

    Attributes:
        brief: What the parent asked for.
        heroes: Who the book is about; at least one.
        friend: A companion that the parent chose; None lets the author bring one.
        sent: To be told by an author that costs when its request goes out: what is stopped after that is counted.
        paid: The same for one that also hands over each answer as it came: after a crash it is given back, and not bought again.
            Who uses it leaves ``sent`` alone.
    """

    brief: Brief
    heroes: tuple[Character, ...]
    friend: Character | None = None
    sent: Sent = field(default=untold, repr=False, compare=False)
    paid: PaidCall = field(default=UNPAID, repr=False, compare=False)


class Author(Protocol):
    """Writes and rewrites stories. Registered by the entry point group ``storymaker.authors``."""

    name: str
    credit: str
    """How the colophon names it."""
    at_once: int
    """How many stories it may write at the same time."""
    follows_wishes: bool
    """Whether it can follow a wish in own words, for a whole story and for one chapter."""

    def check(self, assignment: Assignment) -> None:
        """Refuse at once, in a sentence, what this author cannot write.

        Raises:
            InvalidInputError: If the brief cannot be followed.
        """
        ...

    def estimate_usd(self, assignment: Assignment) -> float:
        """What writing the whole story is expected to cost, in US dollars."""
        ...

    def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """Write the story: first its opening, then the chapters in order, each as soon as it is whole.

        Raises:
            InvalidInputError: If the brief cannot be followed.
            ProviderError: If the author could not do its work.
        """
        ...

    async def rewrite(
        self, assignment: Assignment, chapters: tuple[Chapter, ...], chapter_id: str, wish: str, seed: int
    ) -> ChapterDraft:
        """Write one chapter anew.

        Args:
            assignment: What the book was written from.
            chapters: The book as it stands.
            chapter_id: Which chapter.
            wish: What should be different, in the parent's words; empty for just another telling.
            seed: Another seed, another telling.

        Raises:
            InvalidInputError: If the wish cannot be followed by this author.
            ProviderError: If the author could not do its work.
        """
        ...
