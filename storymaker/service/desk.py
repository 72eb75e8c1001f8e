"""What every part of the service works with: a family's shelf, its workshop, and threads that wait in the event loop's place."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from storymaker.workshop import Workshop

T = TypeVar("T")
WorkerState = Literal["up", "starting", "down"]


@dataclass(frozen=True)
class Hands:
    """Threads that wait in the event loop's place: those that wait long must not keep the quick ones from their work.

    Attributes:
        quick: For files and the jobs database.
        slow: For cut-outs, thumbnails and exports, which children make.
    """

    quick: Executor = field(default_factory=lambda: ThreadPoolExecutor(8, thread_name_prefix="storymaker-quick"))
    slow: Executor = field(default_factory=lambda: ThreadPoolExecutor(6, thread_name_prefix="storymaker-slow"))

    def close(self) -> None:
        """Let them go when they are done."""
        self.quick.shutdown(wait=False, cancel_futures=True)
        self.slow.shutdown(wait=False, cancel_futures=True)


class Desk:
    """A part of the service: the methods of one room of the route table.

    Args:
        workshop: Over the family's shelf.
        hands: Threads, shared by all families.
        worker: Tells how the worker is.
        keeps_key: Whether this family sees to the OpenAI key: it is one for all, so of several families none does.
    """

    def __init__(
        self,
        workshop: Workshop,
        hands: Hands | None = None,
        worker: Callable[[], WorkerState] = lambda: "up",
        *,
        keeps_key: bool = True,
    ) -> None:
        self._workshop = workshop
        self._shelf = workshop.shelf
        self._hands = hands or Hands()
        self._worker = worker
        self._keeps_key = keeps_key
        self._beginning = threading.Lock()
        self._versions: dict[str, tuple[Path, tuple[int, int, int], int]] = {}

    def expecting(self, versions: Collection[int]) -> Self:
        """The same service for a change that is meant for these versions of its book; see ``Shelf.expecting``."""
        other = copy(self)
        other._shelf = self._shelf.expecting(versions)
        return other

    async def _quick(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hands.quick, call, *args)

    async def _slow(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._hands.slow, call, *args)
