"""Fair queues: families take turns, urgent ones go first, and what waits is limited and foreseen."""

from __future__ import annotations

from itertools import count

import pytest

from storymaker.errors import BusyError
from storymaker.jobs.fairness import BAND_SIZE, URGENT_AT_ONCE, URGENT_BAND, USUAL_BAND, Standing, tag_of
from storymaker.jobs.queue import WORDS_LANE, Job, JobQueue, Order
from tests.unit.jobs.conftest import Bench

_numbers = count()


def submit(queue: JobQueue, family: str, *, lane: str = "one", urgent: bool = False, orders: int = 0) -> Job:
    """Hand in a job of a family, named after it."""
    job_id = f"{family}.{next(_numbers)}.1"
    return queue.submit(Order(job_id, "work", lane, f"/{family}", family, urgent=urgent, orders=orders))


def served(bench: Bench, last: str) -> str:
    """The families in the order in which their jobs were begun."""
    bench.worker.start()
    bench.until(last, "done")
    return "".join(job_id.partition(".")[0] for job_id in bench.began)


@pytest.mark.parametrize(
    ("standing", "tag"),
    [
        (Standing(), 100),
        (Standing(next_tag=150), 150),
        (Standing(next_tag=150, own_tag=170), 171),
        (Standing(next_tag=150, running_tag=149, own_tag=120), 150),
        (Standing(running_tag=140), 140),
        (Standing(running_tag=140, own_tag=140), 141),
        (Standing(next_tag=10), 100),
        (Standing(next_tag=100 + BAND_SIZE, own_tag=100 + BAND_SIZE), 100 + BAND_SIZE),
    ],
)
def test_a_job_goes_behind_its_familys_own_and_never_before_what_is_next(standing: Standing, tag: int) -> None:
    """The tag of a family's next job, whatever waits and runs; it never leaves its band."""
    assert tag_of(100, standing) == tag
    assert URGENT_BAND + BAND_SIZE < USUAL_BAND and USUAL_BAND + BAND_SIZE < 2**31


def test_a_family_that_comes_later_has_every_other_turn(bench: Bench) -> None:
    """Twelve jobs of one family wait, then come three of another: they alternate, and neither passes the other."""
    for _ in range(12):
        submit(bench.queue, "a")
    for _ in range(3):
        last = submit(bench.queue, "b")
    assert served(bench, last.id).startswith("abababa"[: 2 * 3])


def test_a_family_that_orders_one_by_one_passes_nobody_twice(bench: Bench) -> None:
    """Each new job waits for one turn of the others, no more and no less."""
    for _ in range(6):
        submit(bench.queue, "a")
    began: list[str] = []

    def order_next(task: object) -> None:
        if len([one for one in bench.began if one.startswith("b")]) < 3 and bench.began[-1].startswith("b"):
            began.append(submit(bench.queue, "b").id)

    bench.does = order_next
    submit(bench.queue, "b")
    last = bench.queue.jobs("a")[-1]
    assert served(bench, last.id) == "abababaaa"


def test_urgent_jobs_take_turns_too_and_only_some_are_urgent(bench: Bench) -> None:
    """Redraws go before all bulk, in turns; who asks for more of them at once than a person would waits with the others."""
    submit(bench.queue, "c")
    for _ in range(URGENT_AT_ONCE + 2):
        submit(bench.queue, "a", urgent=True)
    for _ in range(2):
        submit(bench.queue, "b", urgent=True)
    last = submit(bench.queue, "c")
    assert served(bench, last.id) == "abab" + "a" * (URGENT_AT_ONCE - 2) + "caac"


def test_a_familys_waiting_jobs_are_counted_with_those_its_stories_will_order(bench: Bench) -> None:
    """A story that is under way counts its pictures; one that is half written the other half; another family's count nothing."""
    queue = bench.queue
    story = submit(queue, "a", lane=WORDS_LANE, orders=11)
    submit(queue, "a")
    submit(queue, "b")
    assert queue.waiting("/a") == 2 + 11
    queue.note(story.id, progress=0.5)
    assert queue.waiting("/a") == 2 + 6
    queue.cancel(story.id)
    assert queue.waiting("/a") == 1
    assert queue.waiting("/c") == 0


def test_too_many_waiting_jobs_of_a_family_are_refused_in_a_sentence(queue: JobQueue) -> None:
    """The limit is the family's own; a first order is never too large, and nothing is always fine."""
    queue.limit = 3
    queue.require_room("/a", 11)
    for _ in range(3):
        submit(queue, "a")
    with pytest.raises(BusyError, match="3 pictures and stories of yours are waiting") as refused:
        queue.require_room("/a", 1)
    assert refused.value.code == "queue-full"
    queue.require_room("/b", 3)
    queue.require_room("/a", 0)


def test_what_a_job_may_expect_knows_the_whole_queue(bench: Bench) -> None:
    """How many go before it, all families counted; in how many seconds only once something was done."""
    bench.worker.start()
    waits = bench.submit("z.1.1", "wait", lane="one")
    bench.until("z.1.1", "running")
    first = submit(bench.queue, "a")
    submit(bench.queue, "a")
    late = submit(bench.queue, "b")
    before = bench.queue.outlook([waits, first, late])
    assert (before[waits.id].ahead, before[first.id].ahead, before[late.id].ahead) == (0, 0, 1)
    assert before[late.id].seconds is None
    bench.gate.set()
    bench.until(late.id, "done")
    bench.gate.clear()
    again = bench.submit("z.2.1", "wait", lane="one")
    bench.until("z.2.1", "running")
    waiting = submit(bench.queue, "a")
    after = bench.queue.outlook([again, waiting, late])
    assert late.id not in after or bench.queue.job(late.id).ended
    running, queued = after[again.id].seconds, after[waiting.id].seconds
    assert running is not None and queued is not None and queued == pytest.approx(2 * running)
    assert bench.queue.outlook([bench.queue.job(late.id)]) == {}
