"""One job done in a database of its own, to see whether jobs are done on this machine: ``python -m storymaker.jobs.rehearsal``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

from storymaker.jobs.queue import JobQueue, Order
from storymaker.jobs.worker import Task, Worker
from storymaker.text import short_id

_PATIENCE_S: Final = 40.0
_LANE: Final = "rehearsal"


def rehearse(folder: Path, *, lane: str = _LANE, patience: float = _PATIENCE_S) -> bool:
    """Do one job.

    Args:
        folder: Where the database is, or is to be; no worker may run there.
        lane: Where it is submitted; the worker looks after one alone.
        patience: Seconds that it may take.

    Returns:
        Whether it was done in time.
    """

    async def nothing(_: Task) -> None:
        return

    queue = JobQueue(f"sqlite:///{folder / 'jobs.sqlite'}")
    job_id = f"{_LANE}.{short_id()}"
    worker = Worker(queue, folder, {"rehearsal": nothing}, {_LANE: 1}, poll=0.05)
    try:
        worker.start()
        queue.submit(Order(id=job_id, kind="rehearsal", lane=lane, shelf=str(folder), book_id="rehearsal"))
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if (job := queue.job(job_id)).ended:
                return job.state == "done"
            time.sleep(0.05)
        return False
    finally:
        worker.stop()
        queue.close()


if __name__ == "__main__":  # pragma: no cover - a process of its own
    sys.exit(0 if rehearse(Path(sys.argv[1])) else 1)
