"""What the studio can be asked over one family's shelf: contract values in and out, and no call blocks the event loop."""

from __future__ import annotations

from storymaker._version import __version__
from storymaker.contract.values import Health
from storymaker.service.about import About
from storymaker.service.books import Books
from storymaker.service.cast import Cast
from storymaker.service.desk import Hands, WorkerState
from storymaker.service.jobs import Jobs
from storymaker.service.orders import Orders
from storymaker.service.out import Out

__all__ = ["Hands", "StudioService", "WorkerState"]


class StudioService(Orders, Jobs, Books, About, Cast, Out):
    """One method for each route of :mod:`storymaker.contract.routes`, of the same name."""

    async def health(self) -> Health:
        """Tell whether the studio is alive."""
        return Health(worker=self._worker(), version=__version__)
