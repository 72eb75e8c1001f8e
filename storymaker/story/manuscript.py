"""A story while a model writes it: the table that is asked for, and what is whole of the one that comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import Field, create_model

from storymaker.books.model import LINE_MAX, TEXT_MAX, Brief, Chapter, Character, Pronouns
from storymaker.errors import ProviderError
from storymaker.remote.tables import Table, plain
from storymaker.remote.veil import Veil
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.language import speaks

NOT_WRITTEN: Final = "The story was not written"
_FIELDS: Final = ("title", "text", "image_prompt", "alt", "scene")
_ALT_MAX: Final = 250
_PRONOUNS: Final[dict[str, Pronouns]] = {
    "he": "he", "him": "he", "his": "he", "male": "he", "boy": "he",
    "she": "she", "her": "she", "hers": "she", "female": "she", "girl": "she",
    "they": "they", "them": "they", "it": "it", "its": "it",
}  # fmt: skip


class ChapterRow(Table):
    """One page as it is asked for."""

    title: str
    text: str
    image_prompt: str
    alt: str
    scene: str


class FriendRow(Table):
    """Who goes along."""

    name: str
    kind: str
    pronouns: Pronouns
    look: str


class StoryTable(Table):
    """A whole book as it is asked for."""

    title: str
    summary: str
    dedication: str
    refrain: str
    friend: FriendRow | None
    chapters: list[ChapterRow]


class MoreChapters(Table):
    """The chapters that an answer lacked."""

    chapters: list[ChapterRow]


def table_of(table: type[Table], chapters: int) -> type[Any]:
    """The same table for so many chapters: without a number a small model writes on and on.

    It stands in the schema alone: a service that does not count gets its answer read, and mended, all the same.
    """
    rows = Annotated[list[ChapterRow], Field(json_schema_extra={"minItems": chapters, "maxItems": chapters})]
    return create_model(table.__name__, __base__=table, chapters=(rows, ...))


@dataclass
class Manuscript:
    """A story while it is being written: what was given on, what is still torn, what is missing.

    A chapter is whole when all its fields are there, or the next one has begun. The last one waits until the answer has
    ended and the cost is known.

    Attributes:
        assignment: What was asked for.
        veil: Puts the child's name back.
        opened: Whether title and friend were given on.
        rows: Whole chapters, by their number from 1.
        given: How many were given on.
    """

    assignment: Assignment
    veil: Veil
    opened: bool = False
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    given: int = 0

    @property
    def wanted(self) -> int:
        """How many chapters were asked for."""
        return self.assignment.brief.chapters

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of chapters that did not come, or came without words."""
        return tuple(n for n in range(1, self.wanted + 1) if n not in self.rows)

    def read(self, table: dict[str, Any], *, ended: bool, torn: bool = False) -> Iterable[StoryOpening | ChapterDraft]:
        """Take what is written so far; give on what is whole and in order, but for the last chapter.

        Args:
            table: What is written.
            ended: Whether no more comes.
            torn: Whether it was cut off there: a chapter that has not all its fields may lack half its words.
        """
        told = table.get("chapters")
        rows = list(told.values()) if isinstance(told, dict) else told if isinstance(told, list) else []
        if not self.opened and (rows or ended):
            self.opened = True
            yield self._opening(table)
        for n, row in enumerate(rows[: self.wanted], 1):
            whole = (ended and not torn) or n < len(rows) or ((ended or n < self.wanted) and _closed(row))
            if whole and isinstance(row, dict) and plain(row.get("text")).strip():
                self.rows.setdefault(n, row)
        yield from self._in_order()

    def mend(self, missing: Sequence[int], rows: Sequence[ChapterRow]) -> Iterable[ChapterDraft]:
        """Put in what was asked for once more."""
        self.rows |= {n: row.model_dump() for n, row in zip(missing, rows, strict=False) if row.text.strip()}
        yield from self._in_order()

    def rest(self, cost: float) -> Iterable[ChapterDraft]:
        """Give on what is whole and waited, past any gap: for the cost, or for a chapter that never came."""
        for row in [self.rows[n] for n in sorted(self.rows) if n > self.given]:
            self.given += 1
            yield draft_of(row, self.veil, cost)
            cost = 0.0

    def last(self, cost: float) -> Iterable[ChapterDraft]:
        """Give on the rest, with what all of it cost.

        Raises:
            ProviderError: If a chapter is missing still: what is there stands, and the shortfall is said.
        """
        for draft in self.rest(cost):
            cost = 0.0
            yield draft
        if self.given < self.wanted:
            raise ProviderError(_short(self.missing, self.wanted), code="short", paid=bool(cost), cost_usd=cost)

    def written(self) -> list[str]:
        """All words that came."""
        return [f"{plain(row.get('title'))}\n{plain(row['text'])}" for row in self.rows.values()]

    def check_language(self) -> None:
        """Stop a story that comes in another language.

        Raises:
            ProviderError: Code "language"; what is there stands.
        """
        check_language(NOT_WRITTEN, " ".join(plain(row["text"]) for row in self.rows.values()), self.assignment.brief)

    def _in_order(self) -> Iterable[ChapterDraft]:
        """What is whole and in order, but for the book's last, which waits for the cost."""
        while self.given + 1 in self.rows and self.given + 1 < self.wanted:
            self.given += 1
            yield draft_of(self.rows[self.given], self.veil, 0.0)

    def _opening(self, table: dict[str, Any]) -> StoryOpening:
        brief, told = (
            self.assignment.brief,
            {key: plain(table.get(key)) for key in ("title", "summary", "dedication")},
        )
        return StoryOpening(
            title=brief.title or _line(self.veil.shown(told["title"])),
            summary=self.veil.shown(told["summary"])[:TEXT_MAX],
            dedication=brief.dedication or _line(self.veil.shown(told["dedication"])),
            friend=self.assignment.friend or _friend(table.get("friend"), self.assignment),
            chapters=self.wanted,
        )


def check_language(what: str, text: str, brief: Brief) -> None:
    """Stop words that came in another language.

    Args:
        what: What was asked for, as a parent reads it: "Page 3 was not written".
        text: What came.
        brief: In which language it should be.

    Raises:
        ProviderError: Code "language".
    """
    if not speaks(text, brief.language):
        raise ProviderError(
            f"{what}: it came in another language than was asked for. Please try again, or name another model "
            "by STORYMAKER_TEXT_MODEL.",
            code="language", paid=True,
        )  # fmt: skip


def row_of(chapter: Chapter) -> dict[str, object]:
    """A chapter as a row of the table."""
    return {"n": chapter.n} | {name: getattr(chapter, name) for name in _FIELDS}


def _short(missing: Sequence[int], wanted: int) -> str:
    """What is missing, and what mends it: the same model may stop early again."""
    numbers = ", ".join(map(str, missing))
    which = f"Chapter {numbers} is" if len(missing) == 1 else f"Chapters {numbers} are"
    return (
        f"Only {wanted - len(missing)} of {wanted} chapters were written. {which} missing, also after asking once more. Please "
        "have the story written again, or ask for fewer chapters, or name another model by STORYMAKER_TEXT_MODEL."
    )


def _friend(row: Any, assignment: Assignment) -> Character | None:
    """The friend that the story brings, unless it is the hero again."""
    told = {key: plain(row.get(key)) for key in ("name", "kind", "pronouns", "look")} if isinstance(row, dict) else {}
    name = _line(told.get("name", ""))
    if not name or any(name.casefold() == hero.name.casefold() for hero in assignment.heroes):
        return None
    kind = _line(told["kind"])
    return Character(
        name=name, kind=kind, pronouns=_pronouns(told["pronouns"]), look=told["look"][:TEXT_MAX], figure=kind or None
    )


def _pronouns(told: str) -> Pronouns:
    """Pronouns however they were written: "she/her", "They / them", "male"."""
    words = re.findall(r"[a-z]+", told.casefold())
    return next((_PRONOUNS[word] for word in words if word in _PRONOUNS), "they")


def _closed(row: Any) -> bool:
    """Whether a row has all its fields: one that is still being written has no value yet in what is read."""
    return isinstance(row, dict) and all(isinstance(row.get(name), str) for name in _FIELDS)


def draft_of(row: dict[str, Any], veil: Veil, cost: float) -> ChapterDraft:
    """A row as a draft, the child's name put back and every field as long as a book takes it."""
    told = {name: veil.shown(plain(row.get(name))) for name in _FIELDS}
    shows = told["image_prompt"].strip() or told["alt"].strip() or told["text"].strip()
    return ChapterDraft(
        title=_line(told["title"]),
        text=told["text"].strip()[:TEXT_MAX],
        image_prompt=shows[:TEXT_MAX],
        alt=_line(told["alt"])[:_ALT_MAX],
        scene=_line(told["scene"]),
        cost_usd=cost,
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:LINE_MAX]
