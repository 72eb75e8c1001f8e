"""One family's work does not keep another's page waiting."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from storymaker.books.model import Character
from storymaker.child import ChildPool
from storymaker.contract.values import StrokesIn, Upload
from storymaker.errors import BusyError, JobCancelledError
from storymaker.fair_queue import Caller, Urgency, working_for
from storymaker.service import Hands, StudioService
from storymaker.service.cast import PHOTOS_WAITING
from storymaker.workshop import Workshop
from tests.loops import in_loop

_LATE = 5.0
"""Seconds after which what should be there at once is not coming."""
HERO = Character(id="hero1", name="Otis")


class Cutting:
    """Cuts nothing out until it is let."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun: list[str] = []

    def add_photo(self, character_id: str, photo: Any, *_: Any) -> tuple[Character, tuple[str, ...]]:
        self.begun.append(photo.name)
        assert self.gate.wait(20)
        return HERO, ()

    recut = add_photo


class House:
    """The services of some families over the same threads; a preview takes no time."""

    def __init__(self, folder: Path) -> None:
        self.cutting, self.hands, self.folder = Cutting(), Hands(), folder
        (folder / "preview.png").write_bytes(b"a page")

    def family(self, name: str) -> StudioService:
        shop = SimpleNamespace(
            shelf=SimpleNamespace(root=self.folder / name),
            casting=self.cutting,
            preview=lambda *_: self.folder / "preview.png",
        )
        return StudioService(cast(Workshop, shop), self.hands)

    def close(self) -> None:
        self.cutting.gate.set()
        self.hands.close()


def photo(number: int) -> Upload:
    """A photo of that number."""
    return Upload(name=f"{number}.jpg", data=b"")


@in_loop
async def test_ten_photos_of_one_family_keep_no_other_waiting(tmp_path: Path) -> None:
    """Another family's preview is there while all of them are still being cut out."""
    house = House(tmp_path)
    ada, ben = house.family("ada"), house.family("ben")
    try:
        cutting = [asyncio.create_task(ada.add_photo("hero1", photo(number))) for number in range(10)]
        await asyncio.sleep(0)
        shown = await asyncio.wait_for(ben.preview("book1", "1"), _LATE)
        assert shown.data == b"a page"
        house.cutting.gate.set()
        assert len(await asyncio.gather(*cutting)) == 10
    finally:
        house.close()


@in_loop
async def test_a_family_can_send_so_many_photos_at_once_and_another_still_can(tmp_path: Path) -> None:
    """What is more is refused with a sentence, and welcome when some are done."""
    house = House(tmp_path)
    ada, ben = house.family("ada"), house.family("ben")
    try:
        cutting = [asyncio.create_task(ada.add_photo("hero1", photo(number))) for number in range(PHOTOS_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="Please wait until some of them are there") as refused:
            await ada.add_photo("hero1", photo(99))
        assert refused.value.code == "too-many"
        with pytest.raises(BusyError):
            await ada.recut("hero1", "photo.png", StrokesIn(keep=(), remove=(), radius=0.01))
        others = asyncio.create_task(ben.add_photo("hero1", photo(100)))
        await asyncio.sleep(0)
        assert not others.done()
        house.cutting.gate.set()
        await asyncio.gather(*cutting, others)
        await ada.add_photo("hero1", photo(101))
    finally:
        house.close()


@in_loop
async def test_photos_whose_sender_hung_up_are_not_cut_out(tmp_path: Path) -> None:
    """Those that were begun go on; those that wait are dropped, and count no more."""
    house = House(tmp_path)
    ada = house.family("ada")
    try:
        cutting = [asyncio.create_task(ada.add_photo("hero1", photo(number))) for number in range(PHOTOS_WAITING)]
        await asyncio.sleep(0)
        for task in cutting:
            task.cancel()
        await asyncio.wait(cutting)
        house.cutting.gate.set()
        await ada.add_photo("hero1", photo(99))
        assert "99.jpg" in house.cutting.begun
        assert len(house.cutting.begun) <= 5
    finally:
        house.close()


def test_a_child_is_there_for_what_is_urgent_while_bulk_has_all_others() -> None:
    """It is started when it is needed, and ends when the others are enough again."""
    pool = ChildPool(1)
    try:
        with ThreadPoolExecutor(3) as others:
            busy = threading.Event()

            def work(family: str) -> None:
                with working_for(Caller(family, Urgency.BULK)):
                    pool.call("time:sleep", 600, timeout=600, on_start=lambda _: busy.set())

            bulk = [others.submit(work, family) for family in ("ada", "ben")]
            assert busy.wait(20)
            with working_for(Caller("cleo")):
                assert pool.call("math:sqrt", 4.0, timeout=20) == 2.0
            assert len(pool._busy) == 1
            pool.close()
            for each in bulk:
                with pytest.raises(JobCancelledError):
                    each.result(20)
    finally:
        pool.close()


def test_a_call_whose_caller_is_gone_takes_no_child() -> None:
    """It is told so when its turn comes."""
    pool = ChildPool(1)
    caller = Caller("ada", dropped=True)
    with working_for(caller), pytest.raises(JobCancelledError):
        pool.call("math:sqrt", 4.0, timeout=20)
    assert not pool._idle
    pool.close()
