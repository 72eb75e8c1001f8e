"""The parts of a running studio, where every handler finds them: ``settings["storymaker"]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storymaker.server.access import Access
    from storymaker.server.families import Families
    from storymaker.server.pages import OpenPages
    from storymaker.server.worker import WorkerProcess


@dataclass(frozen=True)
class Parts:
    """What handlers work with.

    Attributes:
        access: Who may come in.
        families: Each one's shelf.
        pages: The kernels of open pages, and whose they are.
        worker: The process that runs jobs.
    """

    access: Access
    families: Families
    pages: OpenPages
    worker: WorkerProcess
