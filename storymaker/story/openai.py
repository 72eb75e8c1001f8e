"""OpenAI as an author, or whatever speaks like it: a story written for this child, chapter by chapter as it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model

from storymaker.books.model import LINE_MAX, TEXT_MAX, Brief, Chapter, Character, Pronouns
from storymaker.errors import InvalidInputError, NotFoundError, ProviderError
from storymaker.prompts import Message, messages
from storymaker.prompts.kept import PromptSource, load_prompt
from storymaker.remote import moderation, words
from storymaker.remote.client import Dial, Line, line_to
from storymaker.remote.prices import Tokens, cost_usd, expected_story
from storymaker.remote.probe import lacking
from storymaker.remote.service import service_for
from storymaker.remote.veil import TOKEN, Veil
from storymaker.settings import Settings, load_settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.language import speaks

_FIELDS: Final = ("title", "text", "image_prompt", "alt", "scene")
_NOT_WRITTEN: Final = "The story was not written"
_ALT_MAX: Final = 250


class _Table(BaseModel):
    """A table that a model fills in: every field, and no other."""

    model_config = ConfigDict(extra="forbid")


class ChapterRow(_Table):
    """One page as it is asked for."""

    title: str
    text: str
    image_prompt: str
    alt: str
    scene: str


class FriendRow(_Table):
    """Who goes along."""

    name: str
    kind: str
    pronouns: Pronouns
    look: str


class StoryTable(_Table):
    """A whole book as it is asked for."""

    title: str
    summary: str
    dedication: str
    refrain: str
    friend: FriendRow | None
    chapters: list[ChapterRow]


class MoreChapters(_Table):
    """The chapters that an answer lacked."""

    chapters: list[ChapterRow]


def table_of(table: type[_Table], chapters: int) -> type[Any]:
    """The same table for so many chapters: without a number a small model writes on and on.

    It stands in the schema alone: a service that does not count gets its answer read, and mended, all the same.
    """
    rows = Annotated[list[ChapterRow], Field(json_schema_extra={"minItems": chapters, "maxItems": chapters})]
    return create_model(table.__name__, __base__=table, chapters=(rows, ...))


class OpenAIAuthor:
    """Writes by a model: streamed, checked, and with the child's name kept at home.

    Args:
        settings: Which service and model; None reads environment and storymaker.toml at each story.
        dial: Makes the line to a service.
        prompts: Where its prompts come from, at each story.
    """

    name = "openai"
    credit = "an AI model of OpenAI"
    at_once = 4
    follows_wishes = True
    tunes_prompts = ("story",)
    tunes_settings = ("text_model",)
    sends = "What you typed here goes to OpenAI, or to the server you set, but for the child’s name, which never leaves this house."

    def __init__(
        self, settings: Settings | None = None, *, dial: Dial = line_to, prompts: PromptSource = load_prompt
    ) -> None:
        self._settings, self._dial, self._prompts = settings, dial, prompts

    def missing(self) -> str:
        """What it lacks to work here; empty when there is a key, or a server of one's own."""
        return lacking(self._known(), "words")

    def check(self, assignment: Assignment) -> None:
        """Refuse at once what cannot be written.

        Raises:
            InvalidInputError: If the hero has no name, or there is no key.
        """
        if not assignment.heroes or not assignment.heroes[0].name:
            raise InvalidInputError("A story needs a hero with a name. Please give your plushie one.")
        try:
            service_for(self._known(), "words")
        except ProviderError as error:
            raise InvalidInputError(error.message, code=error.code) from None

    def estimate_usd(self, assignment: Assignment) -> float:
        """What the whole story is expected to cost, by the dated prices."""
        settings = self._known()
        return _expected(settings, assignment.brief.chapters)

    async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """Write the story; each chapter is given on as soon as it is whole.

        Raises:
            ProviderError: If it could not be written, or not to its end.
        """
        settings, veil = self._known(), Veil(assignment.brief.child)
        line = self._dial(service_for(settings, "words"), settings)
        await self._look_over(settings, _NOT_WRITTEN, _typed(assignment, veil))
        asked = messages(
            self._prompts("story", settings), {"brief": _brief(assignment, veil)},
            band=assignment.brief.age_band, chapters=assignment.brief.chapters,
        )  # fmt: skip
        script, schema = _Script(assignment, veil), table_of(StoryTable, assignment.brief.chapters)
        tokens = Tokens()
        try:
            async for snapshot in words.stream(line, _NOT_WRITTEN, asked, schema):
                for piece in script.read(snapshot.rows, ended=snapshot.ended):
                    yield piece
                tokens += snapshot.tokens
                script.check_language()  # now: before ten pages in another language are painted
        except ProviderError as error:
            error.cost_usd = self.estimate_usd(assignment) if error.paid else 0.0
            for draft in script.rest(error.cost_usd):
                error.cost_usd = 0.0  # it stands in the bill of that chapter
                yield draft
            raise
        cost = _cost(settings, tokens, assignment.brief.chapters)
        if missing := script.missing:
            rows, spent = await _mended(line, _mending(asked, script, missing), settings, len(missing))
            cost += spent
            for draft in script.mend(missing, rows):
                yield draft
        with _owing(cost):
            await self._look_over(settings, _NOT_WRITTEN, script.written())
        for draft in script.last(cost):
            yield draft

    async def rewrite(
        self, assignment: Assignment, chapters: tuple[Chapter, ...], chapter_id: str, wish: str, seed: int
    ) -> ChapterDraft:
        """Write one chapter anew, so that it still fits between its neighbours.

        Raises:
            NotFoundError: If the book has no such chapter.
            ProviderError: If it could not be written.
        """
        standing = next((chapter for chapter in chapters if chapter.id == chapter_id), None)
        if standing is None:
            raise NotFoundError("That chapter is no longer in the book. Please reload the page.")
        settings, veil = self._known(), Veil(assignment.brief.child)
        line, what = self._dial(service_for(settings, "words"), settings), f"Page {standing.n} was not written"
        await self._look_over(settings, what, [veil.hidden(wish)])
        book = _cast(assignment) | {"chapters": [_row_of(chapter) for chapter in chapters]}
        data = {"number": str(standing.n), "book": veil.hide(book), "wish": veil.hide(wish)}
        asked = messages(self._prompts("rewrite", settings), data, band=assignment.brief.age_band)
        try:
            row, tokens = await words.ask(line, what, asked, ChapterRow)
        except ProviderError as error:
            error.cost_usd = _expected(settings, 1) if error.paid else 0.0
            raise
        cost = _cost(settings, tokens, 1)
        with _owing(cost):
            if not row.text.strip():
                raise ProviderError(f"{what}: the answer was empty. Please try again.", code="answer")
            _check_language(what, row.text, assignment.brief)
            await self._look_over(settings, what, [row.text])
        return _draft(row.model_dump(), veil, cost)

    def _known(self) -> Settings:
        return self._settings or load_settings()

    async def _look_over(self, settings: Settings, what: str, texts: Sequence[str]) -> None:
        """Have words looked over, where OpenAI's moderation is at hand.

        Raises:
            ProviderError: If something in them does not belong in a children's book, or nobody could look.
        """
        if not settings.moderation or not texts or settings.text_url:
            return  # a server of one's own for words looks nothing over
        if found := await moderation.look(self._dial(service_for(settings, "moderation"), settings), texts):
            raise moderation.blocked(what, found)


@dataclass
class _Script:
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

    def read(self, table: dict[str, Any], *, ended: bool) -> Iterable[StoryOpening | ChapterDraft]:
        """Take what is written so far; give on what is whole and in order, but for the last chapter."""
        told = table.get("chapters")
        rows = told if isinstance(told, list) else []
        if not self.opened and (rows or ended):
            self.opened = True
            yield self._opening(table)
        for n, row in enumerate(rows[: self.wanted], 1):
            whole = ended or n < len(rows) or (n < self.wanted and _closed(row))
            if whole and isinstance(row, dict) and str(row.get("text", "")).strip():
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
            yield _draft(row, self.veil, cost)
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
            raise ProviderError(
                f"Only {self.given} of {self.wanted} chapters were written. Please ask for the story again.",
                code="short", paid=bool(cost), cost_usd=cost,
            )  # fmt: skip

    def written(self) -> list[str]:
        """All words that came."""
        return [f"{row.get('title', '')}\n{row['text']}" for row in self.rows.values()]

    def check_language(self) -> None:
        """Stop a story that comes in another language.

        Raises:
            ProviderError: Code "language"; what is there stands.
        """
        _check_language(_NOT_WRITTEN, " ".join(str(row["text"]) for row in self.rows.values()), self.assignment.brief)

    def _in_order(self) -> Iterable[ChapterDraft]:
        """What is whole and in order, but for the book's last, which waits for the cost."""
        while self.given + 1 in self.rows and self.given + 1 < self.wanted:
            self.given += 1
            yield _draft(self.rows[self.given], self.veil, 0.0)

    def _opening(self, table: dict[str, Any]) -> StoryOpening:
        brief, told = (
            self.assignment.brief,
            {key: str(table.get(key) or "") for key in ("title", "summary", "dedication")},
        )
        return StoryOpening(
            title=brief.title or _line(self.veil.shown(told["title"])),
            summary=self.veil.shown(told["summary"])[:TEXT_MAX],
            dedication=brief.dedication or _line(self.veil.shown(told["dedication"])),
            friend=self.assignment.friend or _friend(table.get("friend"), self.assignment),
            chapters=self.wanted,
        )


def _check_language(what: str, text: str, brief: Brief) -> None:
    if not speaks(text, brief.language):
        raise ProviderError(
            f"{what}: it came in another language than was asked for. Please try again, or name another model "
            "by STORYMAKER_TEXT_MODEL.",
            code="language", paid=True,
        )  # fmt: skip


def _friend(row: Any, assignment: Assignment) -> Character | None:
    """The friend that the story brings, unless it is the hero again."""
    if not isinstance(row, dict) or not str(row.get("name", "")).strip():
        return None
    name = _line(str(row["name"]))
    if any(name.casefold() == hero.name.casefold() for hero in assignment.heroes):
        return None
    kind = _line(str(row.get("kind", "")))
    pronouns: Pronouns = row.get("pronouns") if row.get("pronouns") in ("he", "she", "they", "it") else "they"  # type: ignore[assignment]
    return Character(
        name=name, kind=kind, pronouns=pronouns, look=str(row.get("look", ""))[:TEXT_MAX], figure=kind or None
    )


def _closed(row: Any) -> bool:
    """Whether a row has all its fields: one that is still being written has no value yet in what is read."""
    return isinstance(row, dict) and all(isinstance(row.get(name), str) for name in _FIELDS)


def _draft(row: dict[str, Any], veil: Veil, cost: float) -> ChapterDraft:
    told = {name: veil.shown(str(row.get(name) or "")) for name in _FIELDS}
    return ChapterDraft(
        title=_line(told["title"]),
        text=told["text"].strip()[:TEXT_MAX],
        image_prompt=told["image_prompt"].strip()[:TEXT_MAX],
        alt=_line(told["alt"])[:_ALT_MAX],
        scene=_line(told["scene"]),
        cost_usd=cost,
    )


def _line(text: str) -> str:
    return " ".join(text.split())[:LINE_MAX]


def _brief(assignment: Assignment, veil: Veil) -> object:
    """What the model is told, the child's name hidden wherever a parent typed it."""
    brief = assignment.brief
    told = {"title": brief.title, "wish": brief.wish or _kind_of_story(brief), "language": brief.language}
    return veil.hide(told | _cast(assignment)) if brief.child else told | _cast(assignment)


def _cast(assignment: Assignment) -> dict[str, object]:
    friend = assignment.friend
    return {
        "child": TOKEN if assignment.brief.child else None,
        "heroes": [_who(hero) for hero in assignment.heroes],
        "friend": _who(friend) if friend else None,
    }


def _who(character: Character) -> dict[str, str]:
    return {name: str(getattr(character, name)) for name in ("name", "kind", "pronouns", "trait", "look")}


def _kind_of_story(brief: Brief) -> str:
    """The theme of a built-in story, where one was chosen: the model writes one of that kind."""
    if not brief.arc:
        return ""
    from storymaker.story.arcs import load_arc

    return f"A story about: {load_arc(brief.arc).theme}"


def _row_of(chapter: Chapter) -> dict[str, object]:
    return {"n": chapter.n} | {name: getattr(chapter, name) for name in _FIELDS}


def _typed(assignment: Assignment, veil: Veil) -> list[str]:
    """What a parent typed, as it would go out."""
    brief = assignment.brief
    parts = [
        brief.title,
        brief.wish,
        *(f"{hero.name}, {hero.kind}, {hero.trait}. {hero.look}" for hero in assignment.heroes),
    ]
    return [veil.hidden(part) for part in parts if part.strip(" ,.")]


def _mending(asked: Sequence[Message], script: _Script, missing: Sequence[int]) -> list[Any]:
    """Ask once more, for the chapters that are missing."""
    there = {n: script.rows[n] for n in sorted(script.rows)}
    numbers = ", ".join(map(str, missing))
    return [
        *asked,
        {"role": "assistant", "content": json.dumps(there, ensure_ascii=False)},
        {
            "role": "user",
            "content": f"Chapters {numbers} are missing or empty. Please write exactly these, in order, to fit.",
        },
    ]


async def _mended(
    line: Line, asked: Sequence[Any], settings: Settings, missing: int
) -> tuple[Sequence[ChapterRow], float]:
    """The chapters that an answer lacked, as far as they come, and what they cost; what is there is not lost for them."""
    try:
        more, tokens = await words.ask(line, _NOT_WRITTEN, asked, table_of(MoreChapters, missing))
    except ProviderError as error:
        return (), _expected(settings, missing) if error.paid else 0.0
    return more.chapters, _cost(settings, tokens, missing)


@contextmanager
def _owing(cost: float) -> Iterator[None]:
    """What was spent before stands in the bill, also where nothing comes of it."""
    try:
        yield
    except ProviderError as error:
        error.paid, error.cost_usd = True, cost
        raise


def _cost(settings: Settings, tokens: Tokens, chapters: int) -> float:
    """What an answer cost; what was expected, where the service does not say."""
    if tokens == Tokens():
        return _expected(settings, chapters)
    return cost_usd(tokens, settings.text_model, paid=_costs(settings))


def _expected(settings: Settings, chapters: int) -> float:
    return cost_usd(expected_story(chapters), settings.text_model, paid=_costs(settings))


def _costs(settings: Settings) -> bool:
    """Whether words are paid for: a server of one's own, for words alone, takes no money."""
    return not settings.text_url
