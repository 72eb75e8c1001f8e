"""Kernels of pages: told no secrets, ended when nobody needs them, and nothing of them left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web
from traitlets import Instance, Int, Unicode, default

from storymaker.child import plain_environment
from storymaker.contract.page import SERVER_VARIABLE, TICKET_VARIABLE
from storymaker.server.pages import DIED, LEFT, OpenPages


class NativeKernel(KernelSpecManager):
    """Knows one kernel: this very Python. What else is installed, or in somebody's home, is never started."""

    @default("kernel_dirs")
    def _no_folders(self) -> list[str]:
        return []


class StudioKernelManager(AsyncMappingKernelManager):
    """Starts and ends the kernels of pages.

    Attributes:
        pages: Whose they are.
        server: Where kernels reach this server.
        memory_mb: Megabytes of data that each may have.
    """

    pages = Instance(OpenPages)
    server = Unicode()
    memory_mb = Int(1024)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)  # type: ignore[no-untyped-call]
        self._endings: set[asyncio.Future[None]] = set()

    @default("allow_tracebacks")
    def _no_tracebacks(self) -> bool:
        return False

    async def start_page(self) -> str:
        """Start a kernel that will find out by its ticket whom it serves.

        Returns:
            Its id.
        """
        kernel_id = str(uuid4())
        folder = Path(self.connection_dir) / "kernels"
        folder.mkdir(exist_ok=True)
        known = plain_environment(os.environ) | {
            "IPYTHONDIR": str(folder / "ipython"),  # no start-up files or settings of somebody's own IPython
            "JUPYTER_NO_CONFIG": "1",
            SERVER_VARIABLE: self.server,
            TICKET_VARIABLE: self.pages.expect(kernel_id),
        }
        room = folder / "room"  # an empty folder: no file in it can stand in for a module
        room.mkdir(exist_ok=True)
        try:
            await self.start_kernel(
                kernel_id=kernel_id, kernel_name=NATIVE_KERNEL_NAME, env=known, cwd=str(room), stdout=sys.stderr
            )
        except BaseException:
            self.pages.forget(kernel_id)
            raise
        self._limit_memory(kernel_id)
        return kernel_id

    def _limit_memory(self, kernel_id: str) -> None:
        """Keep a kernel from taking the machine's memory with it, where the platform can limit another process (Linux)."""
        limit = self.memory_mb * 2**20
        with contextlib.suppress(ImportError, AttributeError, OSError):
            import resource

            process = self.get_kernel(kernel_id).provisioner.pid  # type: ignore[union-attr]
            resource.prlimit(process, resource.RLIMIT_DATA, (limit, limit))

    async def end(self, kernel_id: str) -> None:
        """End a kernel at once, if it is there: a page keeps nothing that is worth a slow goodbye."""
        if kernel_id not in self:
            self.pages.forget(kernel_id)
            return
        try:
            await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
        except (web.HTTPError, KeyError):  # somebody else was quicker
            self.pages.forget(kernel_id)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Every kernel's end comes by here, whatever ended it."""
        self.pages.forget(kernel_id)
        return super().remove_kernel(kernel_id)

    async def cull_kernels(self) -> None:
        """End the kernels of pages that nobody has open any more."""
        for kernel_id in self.pages.deserted():
            self.pages.tell_end(kernel_id, LEFT)
            await self.end(kernel_id)

    def _handle_kernel_died(self, kernel_id: str) -> None:
        """A kernel died; the stock manager would leave its sockets open."""
        self.log.warning("The kernel of a page died.")
        self.pages.tell_end(kernel_id, DIED)
        ending = asyncio.ensure_future(self.end(kernel_id))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
