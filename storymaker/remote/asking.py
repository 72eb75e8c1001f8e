"""A request for a table in words, as the service that is asked takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from storymaker.remote.client import Line
from storymaker.remote.manners import Manner
from storymaker.remote.tables import form_of


def put(
    manner: Manner, line: Line, messages: Sequence[Any], schema: type[BaseModel], *, streamed: bool
) -> dict[str, Any]:
    """Put a request for a table.

    Args:
        manner: How its server wants to be asked.
        line: To whom.
        messages: The prompt.
        schema: What the table looks like.
        streamed: Whether it may come while it is written.
    """
    asked: dict[str, Any] = {"model": line.service.model, "messages": [_spoken(one) for one in messages]}
    if manner.form == "schema":
        from openai import pydantic_function_tool

        table = pydantic_function_tool(schema)["function"].get("parameters", {})
        named = {"name": schema.__name__, "schema": table, "strict": True}
        asked["response_format"] = {"type": "json_schema", "json_schema": named}
    elif manner.form == "json":
        asked["response_format"] = {"type": "json_object"}
    if (
        manner.form != "schema" or not line.service.is_openai
    ):  # there are servers that take a schema, and do not look at it
        form = f"Answer with one JSON object of this form, and with nothing else:\n{form_of(schema)}"
        _add(asked["messages"], form)
    if streamed and manner.streamed:
        asked["stream"] = True
        if manner.counted:
            asked["stream_options"] = {"include_usage": True}
    return asked


def _spoken(message: Any) -> dict[str, Any]:
    return dict(message) if isinstance(message, dict) else {"role": message.role, "content": message.content}


def _add(messages: list[dict[str, Any]], told: str) -> None:
    """Say something more in the voice that gives the rules."""
    if messages and messages[0]["role"] == "system":
        messages[0]["content"] = f"{messages[0]['content']}\n\n{told}"
    else:
        messages.insert(0, {"role": "system", "content": told})
