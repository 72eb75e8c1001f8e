"""Jobs: how they stand, stop, and are done again."""

from __future__ import annotations

from storymaker.contract.values import JobOut, JobsOut
from storymaker.errors import NotFoundError
from storymaker.jobs.queue import Job
from storymaker.jobs.turns import Outlook
from storymaker.service.desk import Desk
from storymaker.service.told import job_out


def _expecting(job: JobOut, outlook: Outlook | None) -> JobOut:
    """The job with what it may expect."""
    return job if outlook is None else job.model_copy(update={"ahead": outlook.ahead, "seconds": outlook.seconds})


class Jobs(Desk):
    """The jobs of a family."""

    async def job(self, job_id: str) -> JobOut:
        """Tell how a job stands."""
        return job_out(await self._quick(self._own_job, job_id))

    async def jobs(self, book: str) -> JobsOut:
        """List the jobs of a book."""

        def told() -> JobsOut:
            found = [job for job in self._workshop.jobs(book) if job.shelf == str(self._shelf.root)]
            ahead = self._workshop.queue.outlook(found)
            return JobsOut(jobs=tuple(self._with_sketch(_expecting(job_out(job), ahead.get(job.id))) for job in found))

        return await self._quick(told)

    def _with_sketch(self, job: JobOut) -> JobOut:
        """The job with what stands for its unfinished picture, where there is one."""
        if job.kind != "picture" or job.state != "running" or job.chapter_id is None:
            return job
        try:
            made = self._shelf.sketch(job.book_id, job.chapter_id).stat().st_mtime_ns
        except FileNotFoundError:
            return job
        return job.model_copy(update={"sketch": f"{made:x}"})

    async def cancel(self, job_id: str) -> JobOut:
        """Stop a job."""

        def cancel() -> Job:
            if not self._own_job(job_id).ended:
                self._workshop.cancel(job_id)
            return self._own_job(job_id)

        return job_out(await self._quick(cancel))

    async def retry(self, job_id: str) -> JobOut:
        """Do a failed or cancelled job again, as a new one."""

        def retry() -> Job:
            self._own_job(job_id)
            return self._workshop.retry(job_id)

        return job_out(await self._quick(retry))

    def _own_job(self, job_id: str) -> Job:
        """A job of this shelf; another family's is as little there as none."""
        job = self._workshop.queue.find(job_id)
        if job is None or job.shelf != str(self._shelf.root):
            raise NotFoundError("There is no such job. It may have been cleared away.")
        return job
