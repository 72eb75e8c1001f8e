"""Words from a service: a structured answer, given on row by row while it is still being written."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import logging
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from storymaker.errors import StorymakerError
from storymaker.remote.asking import put
from storymaker.remote.client import Line
from storymaker.remote.faults import broken_off, cut_short, formless, refused, unreadable
from storymaker.remote.manners import Manner, manner_for, remember
from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.prices import Tokens, counted
from storymaker.remote.tables import Reader

_VOID: Final = re.compile(rb'"choices"\s*:\s*null')
log = logging.getLogger(__name__)
S = TypeVar("S", bound=BaseModel)


_NONE: Final = Tokens()


class Spoken(Protocol):
    """A message to a model."""

    @property
    def role(self) -> str:
        """Whose voice it is."""

    @property
    def content(self) -> str:
        """What it says."""


@dataclass(frozen=True)
class Snapshot:
    """An answer as far as it is written.

    Attributes:
        rows: The table so far; what comes last may be torn.
        ended: Whether no more comes.
        torn: Whether it was cut off: what is not whole in it never will be.
        tokens: What it took; known at the end.
    """

    rows: dict[str, Any]
    ended: bool = False
    torn: bool = False
    tokens: Tokens = _NONE


@dataclass(frozen=True)
class Bought:
    """How an answer in words is paid for, and kept until the book has it.

    Attributes:
        paid: Told of the request; keeps the answer.
        name: Tells the answers of one piece of work apart.
        cost: What an answer of so many tokens costs, in US dollars.
    """

    paid: PaidCall = UNPAID
    name: str = "words"
    cost: Callable[[Tokens], float] = lambda _: 0.0

    def read(self) -> tuple[str, Tokens] | None:
        """Read the answer that was kept before a crash, and what it took."""
        kept = self.paid.kept(self.name)
        if kept is None:
            return None
        told = json.loads(kept)
        return told["text"], Tokens(**told["tokens"])

    async def write(self, text: str, tokens: Tokens) -> None:
        """Keep an answer as it came."""
        told = {"text": text, "tokens": asdict(tokens)}
        await self.paid.keep(self.name, json.dumps(told).encode(), self.cost(tokens))


_FREE: Final = Bought()


async def stream(
    line: Line, what: str, messages: Sequence[Spoken], schema: type[BaseModel], bought: Bought = _FREE
) -> AsyncGenerator[Snapshot]:
    """Ask for a table, and give it on while it grows.

    Args:
        line: To whom.
        what: What is asked for, as a parent reads it: "The story was not written".
        messages: The prompt.
        schema: What the table looks like.
        bought: How the answer is paid for and kept; one that was kept is given whole, and nobody is asked.

    Raises:
        ProviderError: If nothing came, or what came broke off; what was given on before stands.
    """
    if (kept := bought.read()) is not None:
        yield _again(*kept, schema, what, line)
        return
    with line.keeping():
        for attempt in itertools.count():
            try:
                async with aclosing(_streamed(line, what, messages, schema, bought)) as snapshots:
                    async for snapshot in snapshots:
                        yield snapshot
                return
            except StorymakerError:
                raise
            except Exception as error:  # noqa: BLE001 - fault_of raises again what it does not know
                # Who was turned away was given nothing yet; what broke off later is never tried again.
                await line.recover(error, what, attempt, bought.paid)


async def _streamed(
    line: Line, what: str, messages: Sequence[Spoken], schema: type[BaseModel], bought: Bought
) -> AsyncGenerator[Snapshot]:
    """Ask once."""
    heard = _Heard(Reader(schema))
    async with line.open() as client, line.turn(what):
        await bought.paid.ask()
        # The clock runs only while the service is waited for: around a yield it would strike whoever reads.
        until = asyncio.get_running_loop().time() + line.seconds
        manner: Manner | None = manner_for(line)
        while manner is not None:
            async with asyncio.timeout_at(until):
                raw, manner = await _sent(line, client, messages, schema, manner, streamed=True)
            async for rows in _heard_out(raw, manner, heard, line, what, until):
                yield Snapshot(rows)
            manner = heard.lesson(manner, line)
    whole = heard.end(line, what)
    await bought.write(heard.reader.text, whole.tokens)
    yield whole


async def _heard_out(
    raw: Any, manner: Manner, heard: _Heard, line: Line, what: str, until: float
) -> AsyncGenerator[dict[str, Any]]:
    """Hear an answer to its end; the table as it grows."""
    try:
        if manner.streamed:
            chunks = aiter(raw.parse())
            while (chunk := await _next(chunks, until)) is not None:
                if heard.take(chunk, what) and (rows := heard.reader.so_far()):
                    yield rows
        if not heard.choices:  # it answers whole, asked or unasked
            heard.take(_at_once(line), what)
    except StorymakerError:
        raise
    except Exception as error:
        if heard.reader.whole() is None:
            raise
        log.info("a stream broke after its table: %s", type(error).__name__)


async def _next(chunks: Any, until: float) -> Any:
    async with asyncio.timeout_at(until):
        return await anext(chunks, None)


def _at_once(line: Line) -> Any:
    """The last answer, where it came in one piece; in a stream nothing is found then."""
    try:
        return json.loads(line.heard.body)
    except ValueError:
        return None


async def _sent(
    line: Line, client: Any, messages: Sequence[Any], schema: type[BaseModel], manner: Manner, *, streamed: bool
) -> tuple[Any, Manner]:
    """Put the request as its server takes it: with less than is best, where it refuses that before anything is done."""
    from openai import APIStatusError

    while True:
        try:
            asked = put(manner, line, messages, schema, streamed=streamed)
            raw = await client.chat.completions.with_raw_response.create(**asked)
        except APIStatusError as error:
            lesser = manner.lesser(error, line.service)
            if lesser is None:
                raise
            manner = lesser
        else:
            return raw, manner


@dataclass
class _Heard:
    """What a model said so far, whatever its server leaves out or makes null.

    Attributes:
        reader: Of its words.
        choices: Whether anything was an answer.
        void: Whether it was said outright that there is none.
        reason: Why it ended, as the service says.
        usage: What it took, as the service says.
    """

    reader: Reader
    choices: bool = False
    void: bool = False
    reason: str | None = None
    usage: Any = None

    def take(self, answer: Any, what: str) -> bool:
        """Hear an answer or a part of it; whether the table may have grown.

        Raises:
            ProviderError: Code "refused" if the model will not do it.
        """
        self.usage = _field(answer, "usage") or self.usage
        choices = _field(answer, "choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if choice is None:
            return False
        self.choices = True
        self.reason = _field(choice, "finish_reason") or self.reason
        said = _field(choice, "delta") or _field(choice, "message")
        if _field(said, "refusal") or self.reason == "content_filter":
            raise refused(what, paid=True)
        return self.reader.take(_words(_field(said, "content")))

    def lesson(self, manner: Manner, line: Line) -> Manner | None:
        """How to ask once more, where nothing was answered and nothing is to pay; else the manner is one that works."""
        if self.choices:
            remember(line, manner)
        elif _VOID.search(line.heard.body) and not _tokens(self.usage).text_out:
            self.void = True
            return manner.plainer(line.service)
        return None

    def end(self, line: Line, what: str) -> Snapshot:
        """What there is when no more comes.

        Raises:
            ProviderError: If there is nothing, or it broke off.
        """
        if not self.choices:
            raise (formless if self.void else unreadable)(what, line.service)
        tokens = _tokens(self.usage)
        if (rows := self.reader.whole()) is not None:
            return Snapshot(rows, ended=True, tokens=tokens)
        if self.reason is None:
            raise broken_off(what, line.service)
        if rows := self.reader.so_far():
            return Snapshot(rows, ended=True, torn=True, tokens=tokens)
        raise (cut_short if self.reason == "length" else formless)(what, line.service)


def _field(said: Any, name: str) -> Any:
    """A field of an answer, which the client gives unread where its form is not the usual one."""
    return said.get(name) if isinstance(said, dict) else getattr(said, name, None)


def _words(content: Any) -> str:
    """Words, also where they come in pieces, among thoughts."""
    if isinstance(content, list):
        return "".join(_words(_field(piece, "text")) for piece in content)
    return content if isinstance(content, str) else ""


def _again(text: str, tokens: Tokens, schema: type[BaseModel], what: str, line: Line) -> Snapshot:
    """An answer that was kept before a crash."""
    reader = Reader(schema)
    reader.take(text)
    heard = _Heard(reader, choices=True, reason="stop")
    return dataclasses.replace(heard.end(line, what), tokens=tokens)


async def ask(
    line: Line, what: str, messages: Sequence[Any], schema: type[S], bought: Bought = _FREE
) -> tuple[S, Tokens]:
    """Ask for a table, whole.

    Args:
        line: To whom.
        what: What is asked for, as a parent reads it.
        messages: The prompt.
        schema: What the table looks like.
        bought: How the answer is paid for and kept; one that was kept is given, and nobody is asked.

    Raises:
        ProviderError: If it does not come.
    """
    if (kept := bought.read()) is not None:
        text, tokens = kept
        return _filled(_again(text, tokens, schema, what, line), schema, what, line), tokens

    heard = _Heard(Reader(schema))

    async def call(client: Any) -> None:
        manner: Manner | None = manner_for(line)
        while manner is not None:
            raw, manner = await _sent(line, client, messages, schema, manner, streamed=False)
            heard.take(raw.parse(), what)
            manner = heard.lesson(manner, line)

    with line.keeping():
        await line.ask(what, call, bought.paid)
        tokens = _tokens(heard.usage)
        if heard.choices:
            await bought.write(heard.reader.text, tokens)
            heard.reason = heard.reason or "stop"  # it came in one piece
        return _filled(heard.end(line, what), schema, what, line), tokens


def _filled(snapshot: Snapshot, schema: type[S], what: str, line: Line) -> S:
    try:
        return schema.model_validate(snapshot.rows)
    except ValidationError:
        raise formless(what, line.service) from None


def _tokens(usage: Any) -> Tokens:
    if usage is None:
        return Tokens()
    return Tokens(text_in=counted(_field(usage, "prompt_tokens")), text_out=counted(_field(usage, "completion_tokens")))
