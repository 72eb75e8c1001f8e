"""Words from a service: a structured answer, given on row by row while it is still being written."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from storymaker.errors import StorymakerError
from storymaker.remote.client import Line
from storymaker.remote.faults import broken_off, refused, unreadable
from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.prices import Tokens, counted

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
        ended: Whether it is whole.
        tokens: What it took; known at the end.
    """

    rows: dict[str, Any]
    ended: bool = False
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
        yield _read(*kept, schema, what, line)
        return
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
    async with line.open() as client, line.turn(what):
        asked = client.chat.completions.stream(
            model=line.service.model, messages=_plain(messages), response_format=schema,
            stream_options={"include_usage": True},
        )  # fmt: skip
        await bought.paid.ask()
        # The clock runs only while the service is waited for: around a yield it would strike whoever reads.
        until = asyncio.get_running_loop().time() + line.seconds
        async with AsyncExitStack() as hung_up:
            async with asyncio.timeout_at(until):
                answer = await hung_up.enter_async_context(asked)
            while (event := await _next(answer, until)) is not None:
                if event.type == "refusal.delta":
                    raise refused(what, paid=True)
                if event.type == "content.delta" and isinstance(event.parsed, dict):
                    yield Snapshot(event.parsed)
            final = await answer.get_final_completion()
    whole = _whole(final, line, what)
    await bought.write(final.choices[0].message.content or "", whole.tokens)
    yield whole


async def _next(answer: Any, until: float) -> Any:
    async with asyncio.timeout_at(until):
        return await anext(answer, None)


def _whole(final: Any, line: Line, what: str) -> Snapshot:
    """The answer at its end.

    Raises:
        ProviderError: If it has none: what stands there may be torn anywhere.
    """
    choice = final.choices[0] if final.choices else None
    if choice is None:
        raise unreadable(what, line.service)
    if choice.message.refusal:
        raise refused(what, paid=True)
    if choice.finish_reason is None:
        raise broken_off(what, line.service)
    if not isinstance(choice.message.parsed, BaseModel):
        raise unreadable(what, line.service)
    return Snapshot(choice.message.parsed.model_dump(), ended=True, tokens=_tokens(final.usage))


def _read(text: str, tokens: Tokens, schema: type[S], what: str, line: Line) -> Snapshot:
    return Snapshot(_parsed(text, schema, what, line).model_dump(), ended=True, tokens=tokens)


def _parsed(text: str, schema: type[S], what: str, line: Line) -> S:
    try:
        return schema.model_validate_json(text)
    except ValidationError:
        raise unreadable(what, line.service) from None


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
        return _parsed(text, schema, what, line), tokens

    async def call(client: Any) -> Any:
        return await client.chat.completions.parse(
            model=line.service.model, messages=_plain(messages), response_format=schema
        )

    answer = await line.ask(what, call, bought.paid)
    message = answer.choices[0].message if answer.choices else None
    if message is None:
        raise unreadable(what, line.service)
    if message.refusal:
        raise refused(what, paid=True)
    tokens = _tokens(answer.usage)
    await bought.write(message.content or "", tokens)
    if isinstance(message.parsed, schema):
        return message.parsed, tokens
    return _parsed(message.content or "", schema, what, line), tokens


def _plain(messages: Sequence[Any]) -> list[Any]:
    return [one if isinstance(one, dict) else {"role": one.role, "content": one.content} for one in messages]


def _tokens(usage: Any) -> Tokens:
    if usage is None:
        return Tokens()
    return Tokens(
        text_in=counted(getattr(usage, "prompt_tokens", 0)), text_out=counted(getattr(usage, "completion_tokens", 0))
    )
