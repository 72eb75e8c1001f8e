"""A button that takes one file from the parent's disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import traitlets
from pydantic import Field, TypeAdapter

from storymaker.errors import InvalidInputError
from storymaker.studio.control import Control, Event
from storymaker.studio.guard import Guard


class Chosen(Event):
    """A file was chosen; its bytes come beside it.

    Attributes:
        size: In bytes; the bytes of one that is too large do not come.
    """

    type: Literal["file"]
    name: Annotated[str, Field(max_length=300)]
    size: Annotated[int, Field(ge=0)]
    data: bytes = b""


class FileChooser(Control[Chosen]):
    """A button that asks for a file.

    Args:
        guard: Where what happens is done.
        label: What the button says.
        accept: Which files are shown: extensions and media types, as browsers take them.
        limit: Bytes at most.
        on_file: Called with the file's bytes.
    """

    script = "file.js"
    events = TypeAdapter(Chosen)
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    limit = traitlets.Int().tag(sync=True)

    def __init__(self, guard: Guard, label: str, accept: str, limit: int, on_file: Callable[[bytes], None]) -> None:
        self._on_file = on_file
        self._limit = limit
        super().__init__(guard, self._chosen, label=label, accept=accept, limit=limit)

    def with_bytes(self, event: Chosen, buffers: Sequence[memoryview]) -> Chosen:
        """The file with its bytes."""
        return event.model_copy(update={"data": bytes(buffers[0]) if len(buffers) == 1 else b""})

    def _chosen(self, file: Chosen) -> None:
        if max(file.size, len(file.data)) > self._limit:
            raise InvalidInputError(
                f"“{file.name}” has {file.size / 2**20:.0f} MB, and {self._limit // 2**20} MB is the most. "
                "Please choose another file.",
                code="too-large",
            )
        if not file.data:
            raise InvalidInputError(f"“{file.name}” is empty or could not be read. Please choose it again.")
        self._on_file(file.data)
