"""The page from the notebook: rendered while its kernel waits for a visitor, so that a visitor does not wait for a kernel."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import nbformat
import zmq
from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellExecutionError
from voila.execute import VoilaExecutor
from voila.notebook_renderer import NotebookRenderer

from storymaker.server.kernels import StudioKernelManager

log = logging.getLogger(__name__)

_unheard = logging.getLogger(f"{__name__}.executor")
_unheard.setLevel(logging.CRITICAL)

_REFILL_SECONDS: Final = 2.5
"""Wait before the next kernel is started: the visitor who took the last one needs the processor now."""
_TROUBLE_SECONDS: Final = 10.0
"""Wait after a kernel that did not even start."""
_LATE_SECONDS: Final = 60.0


class StudioRenderer(NotebookRenderer):  # type: ignore[misc]
    """Renders the notebook, read straight from its file: no database of trusted notebooks in somebody's home."""

    async def load_notebook(self, path: str) -> Any:
        """The notebook, with the one kernel we know."""
        notebook = await asyncio.to_thread(nbformat.read, path, 4)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return notebook

    async def _jinja_kernel_start(self, nb: Any, kernel_id: str, kernel_future: Any) -> str:
        """Connect to the kernel, without heartbeats: their thread cannot be stopped while it begins, and others watch."""
        self.executor = VoilaExecutor(nb, km=kernel_future, config=self.traitlet_config)
        self.executor.log = _unheard  # its errors say it too
        self.executor.kc = kernel_future.client()
        self.executor.kc.start_channels(stdin=False, hb=False, control=False)
        await ensure_async(self.executor.kc.wait_for_ready(timeout=_LATE_SECONDS))
        return kernel_id

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:
        """Run the cells; the template shows a sentence for the outputs of one that failed, the log has the traceback."""
        for index, cell in enumerate(nb.cells):
            cell.outputs = []
            try:
                await self.executor.async_execute_cell(cell, index, store_history=False)
            except CellExecutionError as error:
                log.error("the page's notebook failed: %s", error)  # noqa: TRY400 - it brings its own traceback
            yield cell
        await self._cleanup_resources()


class ReadyPage:
    """A page whose kernel is up, rendered as far as it gets without a visitor.

    Args:
        kernel_id: Its kernel.
        kernels: Where that kernel is.
        renderer: Of the notebook, initialised.
    """

    def __init__(self, kernel_id: str, kernels: StudioKernelManager, renderer: NotebookRenderer) -> None:
        self.kernel_id = kernel_id
        self.whole = False
        self._dropped = False
        self._kernels = kernels
        self._renderer = renderer
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self.rendering = asyncio.create_task(self._render())

    async def _render(self) -> None:
        kernel = self._kernels.get_kernel(self.kernel_id)
        try:
            async for piece, _ in self._renderer.generate_content_generator(self.kernel_id, kernel):
                self._pieces.put_nowait(piece)
            self.whole = True
        except Exception:
            # The outermost edge of a page: its visitor reads a sentence, the log says what it was. When it is dropped,
            # nbclient takes that for a dead kernel.
            if not self._dropped:
                log.exception("a page could not be made")
        finally:
            self._pieces.put_nowait(None)
            await self._let_go()

    async def _let_go(self) -> None:
        """Close what the rendering held of the kernel; the renderer itself does so only when all went well."""
        executor = getattr(self._renderer, "executor", None)
        if executor is not None and executor.kc is not None:
            with contextlib.suppress(zmq.ZMQError):
                await ensure_async(executor.kc.stop_channels())

    async def pieces(self) -> AsyncIterator[str]:
        """The page's HTML, piece by piece, as it comes; ``whole`` says afterwards whether nothing is missing."""
        while True:
            try:
                async with asyncio.timeout(_LATE_SECONDS):
                    piece = await self._pieces.get()
            except TimeoutError:
                return
            if piece is None:
                return
            yield piece

    @property
    def usable(self) -> bool:
        """Whether a visitor can have it: its kernel lives, and nothing went wrong so far."""
        return self.kernel_id in self._kernels and (self.whole or not self.rendering.done())

    async def drop(self) -> None:
        """End it: the rendering and the kernel."""
        self._dropped = True
        self.rendering.cancel()
        await asyncio.wait({self.rendering})
        await self._kernels.end(self.kernel_id)


class ReadyPages:
    """A few pages that wait for visitors.

    Args:
        kernels: Starts their kernels.
        renderer: Makes a renderer of the notebook.
        size: How many wait.
    """

    def __init__(self, kernels: StudioKernelManager, renderer: Callable[[], NotebookRenderer], size: int) -> None:
        self._kernels = kernels
        self._renderer = renderer
        self._size = size
        self._waiting: deque[asyncio.Task[ReadyPage]] = deque()
        self._filling: asyncio.Task[None] | None = None

    def fill(self, delay: float = 0.0) -> None:
        """See to it that there are enough, one after the other, in the background."""
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._fill(delay))

    async def take(self) -> ReadyPage:
        """A page for a visitor; the one that is ready first.

        Raises:
            Exception: Whatever kept its kernel from starting.
        """
        while True:
            making = self._waiting.popleft() if self._waiting else asyncio.create_task(self._make())
            self.fill(_REFILL_SECONDS)
            page = await making
            if page.usable:
                return page
            await page.drop()  # its kernel died while it waited

    async def close(self) -> None:
        """End all that wait."""
        if self._filling is not None:
            self._filling.cancel()
        waiting = list(self._waiting)
        self._waiting.clear()
        made = await asyncio.gather(
            *waiting, return_exceptions=True
        )  # not cancelled: a kernel half begun would be lost
        await asyncio.gather(*(page.drop() for page in made if isinstance(page, ReadyPage)))

    async def _fill(self, delay: float) -> None:
        await asyncio.sleep(delay)
        while len(self._waiting) < self._size:
            making = asyncio.create_task(self._make())
            self._waiting.append(making)
            await asyncio.wait({making})
            if making.cancelled() or making.exception() is not None:
                with contextlib.suppress(ValueError):  # a visitor has it already, and hears of it
                    self._waiting.remove(making)
                log.warning("a kernel did not start")
                await asyncio.sleep(_TROUBLE_SECONDS)

    async def _make(self) -> ReadyPage:
        renderer = self._renderer()
        await renderer.initialize()
        kernel_id = await self._kernels.start_page()
        page = ReadyPage(kernel_id, self._kernels, renderer)
        page.rendering.add_done_callback(lambda _: self._gone(page))
        return page

    def _gone(self, page: ReadyPage) -> None:
        """Where a page that nobody took has ended, since its kernel died, another takes its place."""
        if page.usable:
            return
        for making in list(self._waiting):
            if making.done() and not making.cancelled() and not making.exception() and making.result() is page:
                self._waiting.remove(making)
                self.fill(_TROUBLE_SECONDS)
