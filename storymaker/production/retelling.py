"""What a change of what a book is about redoes and costs, in numbers and in sentences, before anything is done."""

from __future__ import annotations

from dataclasses import dataclass

from storymaker.books.about import AboutChange, Redone
from storymaker.books.model import Book
from storymaker.errors import InvalidInputError
from storymaker.jobs.queue import Job
from storymaker.text import counted, dollars


@dataclass(frozen=True)
class AboutPlan:
    """What a change would redo and cost.

    Attributes:
        change: What shall be different.
        redone: What that redoes.
        words_usd: What a story written anew is expected to cost, in US dollars, whether it is asked for or not.
        pictures_usd: What the pictures that will not be true any more are expected to cost, likewise.
    """

    change: AboutChange
    redone: Redone
    words_usd: float
    pictures_usd: float

    @property
    def total_usd(self) -> float:
        """What is asked for is expected to cost, in US dollars."""
        words = self.words_usd if self.change.words == "again" else 0.0
        return words + (self.pictures_usd if self.change.draw else 0.0)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a parent should know before the change is made."""
        told = [*self._of_words(), *self._of_pictures()]
        if self.redone.locked:
            told.append(f"{counted(self.redone.locked, 'locked page').capitalize()} will stay as before.")
        return tuple(told) or ("Nothing is written or drawn anew.",)

    def _of_words(self) -> list[str]:
        redone, told = self.redone, []
        if self.change.words == "again":
            return [
                f"The story is written anew {_price(self.words_usd)}. The words that are there now can be brought back."
            ]
        if redone.renamed:
            told.append(
                f"The words of {counted(redone.renamed, 'page')} get the new name; nothing else in them changes."
            )
        if redone.unsaid:
            told.append(
                f"The words that are there were not written with the new {_listed(redone.unsaid)} in mind; a story written anew is, "
                f"{_price(self.words_usd)}."
            )
        return told

    def _of_pictures(self) -> list[str]:
        number, price = len(self.redone.pages), _price(self.pictures_usd)
        if not number:
            return []
        pictures = counted(number, "picture")
        if self.change.draw:
            return [f"{pictures} will be drawn anew {price}."]
        if self.redone.stale:
            return [f"{pictures} will not match any more; drawing anew can be done now or later, {price}."]
        return [f"{pictures} stay{'s' if number == 1 else ''} as drawn before; drawing anew is possible, {price}."]


def refuse_while_made(jobs: tuple[Job, ...], change: AboutChange, redone: Redone, before: Book) -> None:
    """Refuse a change under the hands of those who write or draw by what the book said before.

    Raises:
        InvalidInputError: Code "busy".
    """
    after = redone.after
    kinds = {job.kind for job in jobs if not job.ended}
    told = (before.brief.child, before.brief.age_band, before.heroes, before.friend)
    differs = told != (after.brief.child, after.brief.age_band, after.heroes, after.friend)
    writes = bool(kinds & {"story", "chapter"}) and (differs or change.words == "again")
    draws = "picture" in kinds and (redone.stale or change.draw or change.words == "again")
    if writes or draws:
        what = "being written" if writes else "being drawn"
        raise InvalidInputError(
            f"Something is {what} for this book just now. Please wait until that is done, or press Stop, and change it then.",
            code="busy",
        )


def _price(usd: float) -> str:
    return f"for about {dollars(usd)}" if usd else "for nothing"


def _listed(things: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(things[:-1]), things[-1])))
