"""What the parent chose in step 1, as a value: what is wrong with it, and the order it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from storymaker.books.model import TEXT_MAX, TITLE_MAX, AgeBand
from storymaker.contract.values import StoryRequest, StudioOut
from storymaker.errors import InvalidInputError
from storymaker.text import NAME_MAX, clean_name, clean_text

BUILTIN: Final = "builtin"
"""In the place of a character's id: our own paper plushie."""
ANY: Final = "any"
"""The story chooses."""
WISH: Final = "wish"
"""In the place of a story's id: one in the parent's own words."""

AGES: Final[tuple[tuple[AgeBand, str, str], ...]] = (
    ("3-4", "3 to 4 years", "a few words a page, two or three minutes"),
    ("5-6", "5 to 6 years", "a little more to hear, four or five minutes"),
    ("7-8", "7 to 8 years", "a longer story, seven to nine minutes"),
)


SPELLINGS: Final = (("British", "en-GB"), ("American", "en-US"))


@dataclass(frozen=True)
class Choices:
    """Everything that step 1 asks.

    Attributes:
        hero: Id of a character of the cast, or :data:`BUILTIN`.
        hero_name: What our own plushie is called, where it plays the hero.
        friend: Id of a character, or :data:`ANY`.
        arc: Id of a built-in story, :data:`ANY` or :data:`WISH`.
        language: Whose spelling.
        draw: Also draw each page as soon as it is written.
    """

    title: str = ""
    hero: str = BUILTIN
    hero_name: str = "Pip"
    friend: str = ANY
    age_band: str = "5-6"
    arc: str = ANY
    wish: str = ""
    child: str = ""
    dedication: str = ""
    language: str = "en-GB"
    author: str = ""
    illustrator: str = ""
    draw: bool = True

    def faults(self, studio: StudioOut | None = None) -> dict[str, str]:
        """What is wrong, by the name of the field, in a sentence; empty when the book can be ordered."""
        found: dict[str, str] = {}
        ours = self.hero == BUILTIN
        for name, what, limit in (
            ("title", "book’s name", TITLE_MAX),
            ("hero_name", "hero’s name", NAME_MAX),
            ("child", "child’s name", NAME_MAX),
            ("dedication", "dedication", 200),
        ):
            if name == "hero_name" and not ours:
                continue  # nobody sees it then
            try:
                clean_name(getattr(self, name), what=what, limit=limit)
            except InvalidInputError as error:
                found[name] = error.message
        if ours and not clean_name(self.hero_name, limit=len(self.hero_name) + 1):
            found["hero_name"] = "The hero needs a name. Please type one."
        if self.arc == WISH:
            if not clean_text(self.wish):
                found["wish"] = "Please tell in a sentence or two what should happen, or choose one of the stories."
            elif len(clean_text(self.wish)) > TEXT_MAX:
                found["wish"] = f"This is longer than {TEXT_MAX:,} characters. Please shorten it."
        if self.friend != ANY and self.friend == self.hero:
            found["friend"] = "The hero cannot be its own friend. Please choose somebody else, or let the story choose."
        return found

    def request(self, key: str = "") -> StoryRequest:
        """The order.

        Args:
            key: Made once for each order: the same order sent twice makes one book.
        """
        builtin = self.hero == BUILTIN
        return StoryRequest(
            title=_line(self.title),
            heroes=() if builtin else (self.hero,),
            hero_name=_line(self.hero_name) if builtin else "Pip",
            friend="" if self.friend == ANY else self.friend,
            age_band=cast(AgeBand, self.age_band),
            arc="" if self.arc in (ANY, WISH) else self.arc,
            wish=clean_text(self.wish) if self.arc == WISH else "",
            child=_line(self.child),
            dedication=_line(self.dedication),
            language=self.language,
            author=self.author,
            illustrator=self.illustrator,
            draw=self.draw,
            key=key,
        )

    def priced(self) -> StoryRequest:
        """An order of the same price, whatever is wrong with the words: who writes and draws decides it."""
        return StoryRequest(author=self.author, illustrator=self.illustrator, draw=self.draw)


def _line(text: str) -> str:
    """A line as it will be kept: what cannot be seen does not count against it."""
    return " ".join(clean_text(text).split())
