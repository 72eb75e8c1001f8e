"""Who can write and who can draw, by name, and what they say of themselves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TypeVar

from storymaker.errors import InvalidInputError, StorymakerError
from storymaker.images.illustrator import Illustrator
from storymaker.story.author import Author

T = TypeVar("T")
log = logging.getLogger(__name__)


class Makers:
    """Authors and illustrators.

    Args:
        authors: Who can write, by name.
        illustrators: Who can draw, by name.
    """

    def __init__(self, authors: Mapping[str, Author], illustrators: Mapping[str, Illustrator]) -> None:
        self.authors, self.illustrators = authors, illustrators

    def author(self, name: str) -> Author:
        """Who writes under this name.

        Raises:
            InvalidInputError: If nobody does.
        """
        return _named(self.authors, name, "author")

    def illustrator(self, name: str) -> Illustrator:
        """Who draws under this name.

        Raises:
            InvalidInputError: If nobody does.
        """
        return _named(self.illustrators, name, "illustrator")


def sends(maker: Author | Illustrator) -> str:
    """What leaves the house with a maker, in a sentence; empty where it says that nothing does.

    Args:
        maker: It may have an attribute ``sends``; without one nobody knows, and that is said.
    """
    return str(getattr(maker, "sends", f"“{maker.name}” does not say whether anything leaves this computer."))


def missing(maker: Author | Illustrator) -> str:
    """What a maker lacks to work here, in a sentence; empty when it is ready.

    Args:
        maker: It may have a method ``missing``. One that falls over it is not ready, and stops nobody who chooses another.
    """
    probe = getattr(maker, "missing", None)
    try:
        return str(probe()) if callable(probe) else ""
    except StorymakerError as error:
        return error.message
    except Exception:
        log.exception("“%s” could not say what it lacks", maker.name)
        return f"“{maker.name}” could not say whether it can work here; the log says more."


def _named(makers: Mapping[str, T], name: str, what: str) -> T:
    if name in (broken := getattr(makers, "broken", {})):
        raise InvalidInputError(broken[name], code="maker")
    if name not in makers:
        raise InvalidInputError(
            f"There is no {what} called “{name}” here. There is: {', '.join(sorted(makers))}.", code="maker"
        )
    return makers[name]
