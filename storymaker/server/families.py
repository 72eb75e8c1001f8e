"""Each family's shelf: nobody can name another's, for the path comes from who asks, never from what is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from storymaker._version import __version__
from storymaker.books.shelf import Shelf
from storymaker.contract.values import Health
from storymaker.errors import AccessError
from storymaker.server.users import LOCAL
from storymaker.service import Hands, StudioService, WorkerState
from storymaker.workshop import Workshop

if TYPE_CHECKING:
    from storymaker.server.access import Identity

_USER_ID = re.compile(r"[a-z0-9]{4,32}")


class Families:
    """The services of all families, made when first asked for.

    Args:
        workshop: Over the root shelf.
        worker: Tells how the worker is.
    """

    def __init__(self, workshop: Workshop, worker: Callable[[], WorkerState]) -> None:
        self._workshop = workshop
        self._worker = worker
        self._hands = Hands()
        self._services: dict[str, StudioService] = {}

    def service(self, identity: Identity) -> StudioService:
        """What this identity may ask, over its own shelf.

        Raises:
            AccessError: If the identity is none.
        """
        user_id = identity.user_id
        if not _USER_ID.fullmatch(user_id):
            raise AccessError("Please sign in again.")
        if user_id not in self._services:
            root = self._workshop.shelf.root
            own = self._workshop if user_id == LOCAL else self._workshop.over(Shelf(root / "families" / user_id))
            self._services[user_id] = StudioService(own, self._hands, self._worker, keeps_key=user_id == LOCAL)
        return self._services[user_id]

    def health(self) -> Health:
        """Whether the studio is alive."""
        return Health(worker=self._worker(), version=__version__)

    def close(self) -> None:
        """Let threads and the jobs database go."""
        self._hands.close()
        self._workshop.close()
