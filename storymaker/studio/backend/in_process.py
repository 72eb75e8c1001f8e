"""The studio in this process: the page opened in JupyterLab, or by plain Voila, for one family at its own computer."""

from __future__ import annotations

import asyncio
import functools

from storymaker.contract.values import JobOut, JobsOut
from storymaker.service import StudioService
from storymaker.workshop import Workshop


class InProcess(StudioService):
    """A :class:`~storymaker.studio.backend.Backend` over a workshop that runs its jobs here.

    Args:
        workshop: None makes one by the settings; closing this closes it.

    Raises:
        SetupError: If it cannot be set up.
    """

    def __init__(self, workshop: Workshop | None = None) -> None:
        workshop = workshop or Workshop()
        super().__init__(workshop)
        workshop.start_worker()

    async def job(self, job_id: str) -> JobOut:
        """Tell how a job stands."""
        job = await super().job(job_id)
        await self._take_over([job])
        return job

    async def jobs(self, book: str) -> JobsOut:
        """List the jobs of a book."""
        found = await super().jobs(book)
        await self._take_over(found.jobs)
        return found

    async def _take_over(self, jobs: tuple[JobOut, ...] | list[JobOut]) -> None:
        """The worker may have been another process's, and that may be gone."""
        if not all(job.ended for job in jobs):
            await self._quick(self._workshop.start_worker)

    async def close(self) -> None:
        """Stop this process's worker; what runs is taken up by the next."""
        await asyncio.to_thread(self._workshop.close)
        self._hands.close()


@functools.cache
def shared() -> InProcess:
    """The one of this process: a cell that is run again must not start a second workshop.

    Nobody closes it: it ends with the process, and what runs then is taken up by the next.
    """
    return InProcess()
