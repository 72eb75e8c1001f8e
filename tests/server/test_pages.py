"""The open pages: tickets, owners, places, and who is gone."""

from __future__ import annotations

import asyncio

import pytest

from storymaker.errors import AccessError, BusyError
from storymaker.server.pages import DIED, GAVE_WAY, LEFT, OpenPages, Visitor
from tests.loops import in_loop

ADA = Visitor("ada1", "Ada", "s1", "book=b1")
BEN = Visitor("ben1", "Ben", "s2", "")


class Room:
    """Open pages with a clock to turn, kernels that end at once, and sign-ins that can be ended."""

    def __init__(self, at_once: int = 2, each: int | None = None) -> None:
        self.seconds = 100.0
        self.ended: list[str] = []
        self.over: set[str] = set()
        self.pages = OpenPages(
            self.end,
            lambda _, session: session not in self.over,
            at_once=at_once,
            each=lambda: each or at_once,
            idle_seconds=60,
            clock=lambda: self.seconds,
        )

    async def end(self, kernel_id: str) -> None:
        self.ended.append(kernel_id)
        self.pages.forget(kernel_id)

    def opened(self, kernel_id: str, visitor: Visitor = ADA) -> None:
        self.pages.expect(kernel_id)
        self.pages.claim(kernel_id, visitor)


@in_loop
async def test_a_kernel_is_told_whom_it_serves_when_somebody_comes() -> None:
    """It waits with its ticket until the page is claimed."""
    pages = Room().pages
    ticket = pages.expect("k1")
    waiting = asyncio.create_task(pages.show(ticket, 30))
    await asyncio.sleep(0)
    assert pages.owner("k1") is None
    pages.claim("k1", ADA)
    claim = await waiting
    assert claim is not None
    assert (claim.kernel_id, claim.visitor) == ("k1", ADA)
    assert pages.owner("k1") == "ada1"


@in_loop
async def test_a_ticket_is_good_once_and_brings_the_next() -> None:
    """A kernel can ask again as long as it lives, each time with another ticket."""
    pages = Room().pages
    ticket = pages.expect("k1")
    pages.claim("k1", ADA)
    first = await pages.show(ticket, 0)
    assert first is not None
    assert first.ticket != ticket
    with pytest.raises(AccessError):
        await pages.show(ticket, 0)
    second = await pages.show(first.ticket, 0)
    assert second is not None
    assert second.visitor == ADA


@in_loop
async def test_a_ticket_stays_good_while_nobody_comes() -> None:
    """Asking in vain uses nothing up."""
    pages = Room().pages
    ticket = pages.expect("k1")
    assert await pages.show(ticket, 0) is None
    pages.claim("k1", ADA)
    assert await pages.show(ticket, 0) is not None


@pytest.mark.parametrize("ticket", ["", "x", "x" * 10_000, "\x00\ud800"])
def test_what_is_no_ticket_is_refused(ticket: str) -> None:
    """Whatever it is made of."""
    pages = Room().pages
    pages.expect("k1")
    with pytest.raises(AccessError):
        asyncio.run(pages.show(ticket, 0))


@in_loop
async def test_a_kernel_that_ends_while_it_waits_learns_nothing() -> None:
    """Nor does whoever holds its ticket later."""
    pages = Room().pages
    ticket = pages.expect("k1")
    waiting = asyncio.create_task(pages.show(ticket, 30))
    await asyncio.sleep(0)
    pages.forget("k1")
    with pytest.raises(AccessError):
        await waiting
    with pytest.raises(AccessError):
        await pages.show(ticket, 0)


def test_a_page_is_claimed_once() -> None:
    """A kernel never changes hands."""
    room = Room()
    room.opened("k1")
    with pytest.raises(AccessError):
        room.pages.claim("k1", BEN)
    with pytest.raises(AccessError):
        room.pages.claim("k2", BEN)
    assert room.pages.owner("k1") == "ada1"


def test_there_is_room_for_so_many_pages() -> None:
    """Those that are being made ready count; those that wait for a visitor do not."""
    room = Room(at_once=2)
    room.pages.expect("waiting")
    room.opened("k1")
    with room.pages.room("ada1"), pytest.raises(BusyError), room.pages.room("ada1"):
        pass
    with room.pages.room("ada1"):
        pass
    room.opened("k2")
    with pytest.raises(BusyError), room.pages.room("ada1"):
        pass
    room.pages.forget("k1")
    with room.pages.room("ada1"):
        pass


def test_a_place_is_given_back_when_a_page_could_not_be_made() -> None:
    """A failure takes no place for ever."""
    room = Room(at_once=1)
    with pytest.raises(OSError, match="no kernel"), room.pages.room("ada1"):
        raise OSError("no kernel")
    with room.pages.room("ada1"):
        pass


@in_loop
async def test_a_page_that_was_left_makes_room_for_one_that_is_wanted() -> None:
    """The one left longest ago; one that somebody has open, or just opened, stays."""
    room = Room(at_once=3)
    for kernel_id in ("open", "left", "left-first"):
        room.opened(kernel_id)
    with room.pages.connected("open"):
        with room.pages.connected("left"):
            with room.pages.connected("left-first"):
                room.seconds += 100
            room.seconds += 5
        room.seconds += 10
        room.pages.hear("open")
        await room.pages.make_room("ada1")
        assert room.ended == []
        room.seconds += 10
        await room.pages.make_room("ada1")
        assert room.ended == ["left-first"]
        await room.pages.make_room("ada1")
        assert room.ended == ["left-first"]


def test_a_page_without_a_browser_is_deserted_after_a_while() -> None:
    """Whether it was never connected to, or was left; a page that waits for its first visitor never is."""
    room = Room(at_once=9)
    room.pages.expect("waiting")
    for kernel_id in ("never", "left", "open"):
        room.opened(kernel_id)
    with room.pages.connected("open"):
        with room.pages.connected("left"):
            room.seconds += 59
        assert room.pages.deserted() == ()
        room.seconds += 2
        assert room.pages.deserted() == ("never",)
        room.seconds += 60
        assert set(room.pages.deserted()) == {"never", "left"}


def test_a_browser_that_comes_back_in_time_keeps_its_page() -> None:
    """A connection that was lost for a moment is no goodbye."""
    room = Room()
    room.opened("k1")
    with room.pages.connected("k1"):
        room.seconds += 600
    room.seconds += 59
    with room.pages.connected("k1"):
        room.seconds += 600
        assert room.pages.deserted() == ()


def test_a_page_that_ends_while_it_is_open_is_forgotten_all_the_same() -> None:
    """Its browser is told by its connection."""
    room = Room()
    room.opened("k1")
    with room.pages.connected("k1"):
        room.pages.forget("k1")
    with room.pages.connected("k1"):
        assert room.pages.owner("k1") is None


def test_a_page_whose_sign_in_is_over_is_deserted_although_it_is_open() -> None:
    """Somebody was removed, or their session has run out."""
    room = Room()
    room.opened("k1", ADA)
    room.opened("k2", BEN)
    with room.pages.connected("k1"):
        assert room.pages.deserted() == ()
        room.over.add("s1")
        assert room.pages.deserted() == ("k1",)


@in_loop
async def test_signing_out_ends_the_pages_of_that_sign_in_only() -> None:
    """The same family on another device goes on."""
    room = Room(at_once=9)
    room.opened("k1", ADA)
    room.opened("k2", BEN)
    room.opened("k3", Visitor("ada1", "Ada", "s3", ""))
    await room.pages.close_session("s1")
    assert room.ended == ["k1"]
    assert room.pages.owner("k1") is None
    assert room.pages.owner("k3") == "ada1"


# Of several families


async def ask_for_page(room: Room, visitor: Visitor, kernel_id: str) -> None:
    """Open a page as a visitor does."""
    await room.pages.make_room(visitor.user_id)
    with room.pages.room(visitor.user_id):
        room.opened(kernel_id, visitor)


@in_loop
async def test_a_family_never_has_all_pages() -> None:
    """However many it asks for, it has as many as it may; another one has its own."""
    room = Room(at_once=9, each=2)
    for kernel_id in ("a1", "a2"):
        await ask_for_page(room, ADA, kernel_id)
    with pytest.raises(BusyError, match="as many pages"):
        await ask_for_page(room, ADA, "a3")
    await ask_for_page(room, BEN, "b1")
    assert room.ended == []


@in_loop
async def test_the_oldest_page_that_nobody_looks_at_gives_way() -> None:
    """In the background counts as not looked at, for there a page is silent; its visitor is told why it ended."""
    room = Room(at_once=9, each=3)
    with room.pages.connected("none"):
        for kernel_id in ("looked-at", "hidden", "hidden-later"):
            await ask_for_page(room, ADA, kernel_id)
            room.seconds += 1
    with room.pages.connected("looked-at"), room.pages.connected("hidden"), room.pages.connected("hidden-later"):
        room.seconds += 15
        room.pages.hear("hidden-later")
        room.seconds += 25
        room.pages.hear("looked-at")
        await ask_for_page(room, ADA, "new")
        assert room.ended == ["hidden"]
        assert room.pages.end_of("hidden", "ada1") == GAVE_WAY
        assert room.pages.end_of("hidden", "ben1") is None
        assert room.pages.end_of("looked-at", "ada1") is None
        await ask_for_page(room, ADA, "newer")
        assert room.ended == ["hidden", "hidden-later"]


@in_loop
async def test_in_a_full_studio_the_family_with_most_pages_gives_one() -> None:
    """One that is not looked at, for a family that has fewer; with as many, it has to wait."""
    room = Room(at_once=4, each=3)
    for kernel_id in ("a1", "a2", "a3"):
        room.opened(kernel_id, ADA)
    room.opened("b1", BEN)
    with room.pages.connected("a1"), room.pages.connected("a2"), room.pages.connected("a3"), room.pages.connected("b1"):
        room.seconds += 30
        for kernel_id in ("a2", "a3", "b1"):
            room.pages.hear(kernel_id)
        await ask_for_page(room, BEN, "b2")
        assert room.ended == ["a1"]
        room.seconds += 30
        room.pages.hear("b2")
        with pytest.raises(BusyError, match="Too many pages"):
            await ask_for_page(room, BEN, "b3")
        assert room.ended == ["a1"]


@in_loop
async def test_who_has_none_gets_a_page_of_those_who_have_several() -> None:
    """Even one that is looked at; a family's last page stays its own."""
    room = Room(at_once=2, each=2)
    room.opened("a1", ADA)
    room.seconds += 1
    room.opened("a2", ADA)
    with room.pages.connected("a1"), room.pages.connected("a2"):
        room.pages.hear("a1")
        await ask_for_page(room, BEN, "b1")
        assert len(room.ended) == 1
        with room.pages.connected("b1"), pytest.raises(BusyError):
            await ask_for_page(room, Visitor("cleo", "Cleo", "s3", ""), "c1")
        assert len(room.ended) == 1


def test_the_first_reason_of_an_end_is_kept_and_all_of_them_are_bounded() -> None:
    """A kernel that is ended dies, too; what nobody ever had is no page that ended."""
    room = Room(at_once=5000)
    room.pages.expect("waiting")
    room.pages.tell_end("waiting", DIED)
    for n in range(1500):
        room.opened(f"k{n}")
        room.pages.tell_end(f"k{n}", LEFT)
        room.pages.tell_end(f"k{n}", DIED)
        room.pages.forget(f"k{n}")
    assert room.pages.end_of("k1499", "ada1") == LEFT
    assert room.pages.end_of("k0", "ada1") is None
    assert room.pages.end_of("waiting", "ada1") is None
    assert len(room.pages._ends) == 1000
