"""Words from a service: a structured answer, given on row by row while it is still being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from storymaker.errors import ProviderError
from storymaker.remote.client import Line
from storymaker.remote.faults import fault_of, refused, unreadable
from storymaker.remote.prices import Tokens

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
    line: Line, what: str, messages: Sequence[Spoken], schema: type[BaseModel]
) -> AsyncGenerator[Snapshot]:
    """Ask for a table, and give it on while it grows.

    Args:
        line: To whom.
        what: What is asked for, as a parent reads it: "The story was not written".
        messages: The prompt.
        schema: What the table looks like.

    Raises:
        ProviderError: If nothing came, or what came broke off; what was given on before stands.
    """
    rows: dict[str, Any] = {}
    async with line.open() as client, line.pace.turn():
        try:
            async with asyncio.timeout(line.seconds), client.chat.completions.stream(
                model=line.service.model, messages=_plain(messages), response_format=schema,
                stream_options={"include_usage": True},
            ) as answer:  # fmt: skip
                async for event in answer:
                    if event.type == "refusal.delta":
                        raise refused(what)
                    if event.type == "content.delta" and isinstance(event.parsed, dict):
                        rows = event.parsed
                        yield Snapshot(rows)
                final = await answer.get_final_completion()
        except (ProviderError, GeneratorExit, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 - fault_of raises again what it does not know
            raise fault_of(error, line.service, what).error from None
    message = final.choices[0].message if final.choices else None
    if message is None or message.refusal:
        raise refused(what) if message else unreadable(what, line.service)
    whole = message.parsed.model_dump() if isinstance(message.parsed, BaseModel) else rows
    yield Snapshot(whole, ended=True, tokens=_tokens(final.usage))


async def ask(line: Line, what: str, messages: Sequence[Any], schema: type[S]) -> tuple[S, Tokens]:
    """Ask for a table, whole.

    Raises:
        ProviderError: If it does not come.
    """

    async def call(client: Any) -> Any:
        return await client.chat.completions.parse(
            model=line.service.model, messages=_plain(messages), response_format=schema
        )

    answer = await line.ask(what, call)
    message = answer.choices[0].message if answer.choices else None
    if message is None:
        raise unreadable(what, line.service)
    if message.refusal:
        raise refused(what)
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
    return Tokens(text_in=int(usage.prompt_tokens or 0), text_out=int(usage.completion_tokens or 0))
