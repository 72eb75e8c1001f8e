"""OpenAI as an author, or whatever speaks like it: a story written for this child, chapter by chapter as it comes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any

from storymaker.books.model import Brief, Chapter, Character
from storymaker.errors import InvalidInputError, NotFoundError, ProviderError
from storymaker.prompts import Message, messages
from storymaker.prompts.kept import PromptSource, load_prompt
from storymaker.remote import moderation, words
from storymaker.remote.client import Dial, Line, dialled, line_to
from storymaker.remote.prices import Tokens, cost_usd, expected_story
from storymaker.remote.probe import lacking
from storymaker.remote.service import Role, service_for
from storymaker.remote.veil import TOKEN, Veil
from storymaker.settings import Settings, load_settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.manuscript import (
    NOT_WRITTEN,
    ChapterRow,
    Manuscript,
    MoreChapters,
    StoryTable,
    check_language,
    draft_of,
    row_of,
    table_of,
)


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
        settings, child = self._known(), assignment.brief.child
        line = self._line(settings, "words", child)
        await self._look_over(settings, NOT_WRITTEN, _typed(assignment, _veil(assignment.brief)), child)
        with line.keeping():
            async with aclosing(self._written(assignment, settings, line)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _written(
        self, assignment: Assignment, settings: Settings, line: Line
    ) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """Ask for the story, and once more for what is missing of it."""
        veil = _veil(assignment.brief)
        asked = messages(
            self._prompts("story", settings), {"brief": _brief(assignment, veil)},
            band=assignment.brief.age_band, chapters=assignment.brief.chapters,
        )  # fmt: skip
        script, schema = Manuscript(assignment, veil), table_of(StoryTable, assignment.brief.chapters)
        tokens = Tokens()
        bought = _bought(assignment, settings, "story", assignment.brief.chapters)
        try:
            async with aclosing(words.stream(line, NOT_WRITTEN, asked, schema, bought)) as snapshots:
                async for snapshot in snapshots:
                    for piece in script.read(snapshot.rows, ended=snapshot.ended, torn=snapshot.torn):
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
            more = _bought(assignment, settings, "more", len(missing))
            rows, spent = await _mended(line, _mending(asked, script, missing), settings, len(missing), more)
            cost += spent
            for draft in script.mend(missing, rows):
                yield draft
        with _owing(cost):
            await self._look_over(settings, NOT_WRITTEN, script.written(), veil.child)
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
        settings, veil = self._known(), _veil(assignment.brief)
        line, what = self._line(settings, "words", assignment.brief.child), f"Page {standing.n} was not written"
        bought = _bought(assignment, settings, "chapter", 1)
        if bought.read() is None:
            await self._look_over(settings, what, [veil.hidden(wish)], assignment.brief.child)
        book = _cast(assignment) | {"chapters": [row_of(chapter) for chapter in chapters]}
        data = {"number": str(standing.n), "book": veil.hide(book), "wish": veil.hide(wish)}
        asked = messages(self._prompts("rewrite", settings), data, band=assignment.brief.age_band)
        try:
            row, tokens = await words.ask(line, what, asked, ChapterRow, bought)
        except ProviderError as error:
            error.cost_usd = _expected(settings, 1) if error.paid else 0.0
            raise
        cost = _cost(settings, tokens, 1)
        with line.keeping(), _owing(cost):
            if not row.text.strip():
                raise ProviderError(f"{what}: the answer was empty. Please try again.", code="answer")
            check_language(what, row.text, assignment.brief)
            await self._look_over(settings, what, [row.text], veil.child)
        return draft_of(row.model_dump(), veil, cost)

    def _known(self) -> Settings:
        return self._settings or load_settings()

    def _line(self, settings: Settings, role: Role, child: str) -> Line:
        return dialled(self._dial, service_for(settings, role), settings, child)

    async def _look_over(self, settings: Settings, what: str, texts: Sequence[str], child: str) -> None:
        """Have words looked over, where OpenAI's moderation is at hand.

        Raises:
            ProviderError: If something in them does not belong in a children's book, or nobody could look.
        """
        if not settings.moderation or not texts or settings.text_url:
            return  # a server of one's own for words looks nothing over
        if found := await moderation.look(self._line(settings, "moderation", child), texts):
            raise moderation.blocked(what, found)


def _veil(brief: Brief) -> Veil:
    return Veil(brief.child, brief.former_children)


def _brief(assignment: Assignment, veil: Veil) -> object:
    """What the model is told, the child's name hidden wherever a parent typed it."""
    brief = assignment.brief
    told = {"title": brief.title, "wish": brief.wish or _kind_of_story(brief), "language": brief.language}
    return veil.hide(told | _cast(assignment))


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


def _typed(assignment: Assignment, veil: Veil) -> list[str]:
    """What a parent typed, as it would go out."""
    brief = assignment.brief
    parts = [
        brief.title,
        brief.wish,
        *(f"{hero.name}, {hero.kind}, {hero.trait}. {hero.look}" for hero in assignment.heroes),
    ]
    return [veil.hidden(part) for part in parts if part.strip(" ,.")]


def _mending(asked: Sequence[Message], script: Manuscript, missing: Sequence[int]) -> list[Any]:
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
    line: Line, asked: Sequence[Any], settings: Settings, missing: int, bought: words.Bought
) -> tuple[Sequence[ChapterRow], float]:
    """The chapters that an answer lacked, as far as they come, and what they cost; what is there is not lost for them."""
    try:
        more, tokens = await words.ask(line, NOT_WRITTEN, asked, table_of(MoreChapters, missing), bought)
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


def _bought(assignment: Assignment, settings: Settings, name: str, chapters: int) -> words.Bought:
    """How an answer is paid for, and kept until the book has it."""
    return words.Bought(assignment.paid, name, lambda tokens: _cost(settings, tokens, chapters))


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
