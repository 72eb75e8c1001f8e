"""Words from a service: a structured answer, given on row by row while it is still being written."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from storymaker.errors import ProviderError
from storymaker.remote.client import Line
from storymaker.remote.faults import broken_off, refused, unreadable
from storymaker.remote.prices import Tokens, counted
from storymaker.remote.sent import Sent, untold

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


async def stream(
    line: Line, what: str, messages: Sequence[Spoken], schema: type[BaseModel], sent: Sent = untold
) -> AsyncGenerator[Snapshot]:
    """Ask for a table, and give it on while it grows.

    Args:
        line: To whom.
        what: What is asked for, as a parent reads it: "The story was not written".
        messages: The prompt.
        schema: What the table looks like.
        sent: Told True when the request goes out, and False when it came back with nothing to pay.

    Raises:
        ProviderError: If nothing came, or what came broke off; what was given on before stands.
    """
    for attempt in itertools.count():
        try:
            async with aclosing(_streamed(line, what, messages, schema, sent)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot
            return
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - fault_of raises again what it does not know
            # Who was turned away was given nothing yet; what broke off later is never tried again.
            await line.recover(error, what, attempt, sent)


async def _streamed(
    line: Line, what: str, messages: Sequence[Spoken], schema: type[BaseModel], sent: Sent
) -> AsyncGenerator[Snapshot]:
    """Ask once."""
    async with line.open() as client, line.turn(what):
        asked = client.chat.completions.stream(
            model=line.service.model, messages=_plain(messages), response_format=schema,
            stream_options={"include_usage": True},
        )  # fmt: skip
        # The clock runs only while the service is waited for: around a yield it would strike whoever reads.
        until = asyncio.get_running_loop().time() + line.seconds
        async with AsyncExitStack() as hung_up:
            sent(True)
            async with asyncio.timeout_at(until):
                answer = await hung_up.enter_async_context(asked)
            while (event := await _next(answer, until)) is not None:
                if event.type == "refusal.delta":
                    raise refused(what, paid=True)
                if event.type == "content.delta" and isinstance(event.parsed, dict):
                    yield Snapshot(event.parsed)
            final = await answer.get_final_completion()
    yield _whole(final, line, what)


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


async def ask(line: Line, what: str, messages: Sequence[Any], schema: type[S], sent: Sent = untold) -> tuple[S, Tokens]:
    """Ask for a table, whole.

    Raises:
        ProviderError: If it does not come.
    """

    async def call(client: Any) -> Any:
        return await client.chat.completions.parse(
            model=line.service.model, messages=_plain(messages), response_format=schema
        )

    answer = await line.ask(what, call, sent)
    message = answer.choices[0].message if answer.choices else None
    if message is None:
        raise unreadable(what, line.service)
    if message.refusal:
        raise refused(what, paid=True)
    try:
        parsed = (
            message.parsed if isinstance(message.parsed, schema) else schema.model_validate_json(message.content or "")
        )
    except ValidationError:
        raise unreadable(what, line.service) from None
    return parsed, _tokens(answer.usage)


def _plain(messages: Sequence[Any]) -> list[Any]:
    return [one if isinstance(one, dict) else {"role": one.role, "content": one.content} for one in messages]


def _tokens(usage: Any) -> Tokens:
    if usage is None:
        return Tokens()
    return Tokens(
        text_in=counted(getattr(usage, "prompt_tokens", 0)), text_out=counted(getattr(usage, "completion_tokens", 0))
    )
