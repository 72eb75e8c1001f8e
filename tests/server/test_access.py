"""Tests of the rules of who may come in."""

from __future__ import annotations

import asyncio
import secrets
import threading
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storymaker.errors import AccessError, BusyError, SetupError
from storymaker.server import tries
from storymaker.server.access import FAMILY_SECONDS, KERNEL_SECONDS, LOCAL_SECONDS, Access, Grant
from storymaker.server.tokens import Session, Signer
from storymaker.server.tries import Tries
from storymaker.server.users import User, UserStore
from storymaker.testing import FakeClock
from tests.server.doors import CHEAP


@pytest.fixture
def users(tmp_path: Path, clock: FakeClock) -> UserStore:
    """A store without users."""
    return UserStore(tmp_path / "home", clock, CHEAP)


@pytest.fixture
def access(users: UserStore, tmp_path: Path, clock: FakeClock) -> Iterator[Access]:
    """The rules of a studio without users so far."""
    made = Access(users, Signer(tmp_path / "home", clock), clock)
    yield made
    made.close()


@pytest.fixture
def otter(users: UserStore) -> User:
    """A family."""
    return users.add("Otter", "river-stones")


def sign_in(access: Access, name: str = "Otter", password: str = "river-stones", address: str = "10.0.0.1") -> Grant:
    """Sign in from an address."""
    return asyncio.run(access.sign_in(name, password, address))


# By password


def test_a_password_opens_a_session(access: Access, otter: User, clock: FakeClock) -> None:
    """Name and password give a token that says who it is for twelve hours."""
    token, seconds = sign_in(access, "OTTER")
    identity = access.identify(token)
    assert identity is not None
    assert (identity.user_id, identity.name, identity.kernel) == (otter.id, "Otter", None)
    assert identity.expires == clock() + timedelta(hours=12)
    assert seconds == FAMILY_SECONDS
    clock.move(timedelta(hours=12))
    assert access.identify(token) is None


@pytest.mark.parametrize(
    ("name", "password"), [("Otter", "river-stone"), ("Badger", "river-stones"), ("", ""), ("x" * 500, "y" * 5000)]
)
def test_a_wrong_password_and_an_unknown_name_sound_alike(
    access: Access, otter: User, name: str, password: str
) -> None:
    """The sentence does not tell which of both was wrong."""
    with pytest.raises(AccessError, match=r"^This name and password do not go together. Please try again.$"):
        sign_in(access, name, password)


def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    access: Access, otter: User, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a name that does not exist a password is hashed and compared too."""
    compared: list[str] = []
    verify = type(CHEAP).verify

    def noted(self: object, hashed: str, password: bytes) -> bool:
        compared.append(hashed)
        return verify(CHEAP, hashed, password)

    monkeypatch.setattr(type(CHEAP), "verify", noted)
    for name in ("Otter", "Badger"):
        with pytest.raises(AccessError):
            sign_in(access, name, "wrong-password")
    assert [hashed.rpartition("$")[0].rpartition("$")[0] for hashed in compared] == ["$argon2id$v=19$m=8,t=1,p=1"] * 2


def test_passwords_are_compared_off_the_event_loop(
    access: Access, otter: User, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop goes on while argon2 works."""
    where: list[str] = []
    monkeypatch.setattr(users, "check", lambda name, password: where.append(threading.current_thread().name))
    with pytest.raises(AccessError):
        sign_in(access)
    assert where
    assert where[0].startswith("password")


def test_who_was_removed_is_out_at_once(access: Access, otter: User, users: UserStore) -> None:
    """The token of a removed user is void, also when somebody of the same name comes after them."""
    users.add("Badger", "forest-leaves")
    token, _ = sign_in(access)
    users.remove("Otter")
    assert access.identify(token) is None
    users.add("Otter", "river-stones")
    assert access.identify(token) is None


def test_a_new_password_ends_all_sign_ins(access: Access, otter: User, users: UserStore) -> None:
    """What was signed for the old password is void in the same instant; the new one works."""
    token, _ = sign_in(access)
    session = access.identify(token)
    assert session is not None
    kernel, _ = access.mint_kernel_token(otter.id, session.session, "k-1")
    users.set_password("Otter", "forest-leaves")
    assert access.identify(token) is None
    assert access.identify(kernel, kernel_owner=lambda _: otter.id) is None
    with pytest.raises(AccessError):
        access.mint_kernel_token(otter.id, session.session, "k-1")
    assert access.identify(sign_in(access, password="forest-leaves").token) is not None


# Too many tries


def test_five_wrong_passwords_lock_for_fifteen_minutes(access: Access, otter: User, clock: FakeClock) -> None:
    """Then even the right one waits; the sentence says how long; from elsewhere, or by another name, it goes on."""
    for _ in range(5):
        with pytest.raises(AccessError):
            sign_in(access, password="wrong-stones")
    with pytest.raises(BusyError, match="wait 15 minutes") as caught:
        sign_in(access, "oTTer")
    assert caught.value.code == "too-many"
    assert sign_in(access, address="10.0.0.2").seconds == FAMILY_SECONDS
    clock.move(timedelta(minutes=14, seconds=30))
    with pytest.raises(BusyError, match="wait 1 minute,"):
        sign_in(access)
    clock.move(timedelta(seconds=30))
    assert sign_in(access).seconds == FAMILY_SECONDS


def test_a_name_that_does_not_exist_is_locked_as_well(access: Access, otter: User) -> None:
    """The lock does not tell who exists."""
    for _ in range(5):
        with pytest.raises(AccessError):
            sign_in(access, "Badger")
    with pytest.raises(BusyError):
        sign_in(access, "badger")


def test_a_right_password_forgets_the_wrong_ones(access: Access, otter: User) -> None:
    """Four slips, then right, then four slips more: nobody is locked out."""
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(AccessError):
                sign_in(access, password="wrong-stones")
        sign_in(access)


def test_many_guesses_at_once_are_no_more_than_five(
    access: Access, otter: User, users: UserStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve guesses in the same moment: five are looked at."""
    looked: list[str] = []
    monkeypatch.setattr(users, "check", lambda name, password: looked.append(password))

    async def guess() -> list[object]:
        guesses = (access.sign_in("Otter", f"guess-{n:03}", "10.0.0.1") for n in range(12))
        return list(await asyncio.gather(*guesses, return_exceptions=True))

    answers = asyncio.run(guess())
    assert len(looked) == 5
    assert sum(isinstance(answer, BusyError) for answer in answers) == 7


def test_a_crowd_at_the_door_has_its_turn(access: Access, otter: User) -> None:
    """Forty from forty places at once all come in."""

    async def crowd(place: str, many: int) -> list[object]:
        tried = (access.sign_in("Otter", "river-stones", place.format(n)) for n in range(many))
        return list(await asyncio.gather(*tried, return_exceptions=True))

    answers = asyncio.run(crowd("10.0.1.{}", 40))
    assert all(isinstance(answer, Grant) for answer in answers)


async def strangers(access: Access, address: str, many: int) -> list[object]:
    """Many from one address who try names by lot."""
    tried = (access.sign_in(secrets.token_hex(4), "wrong", address) for _ in range(many))
    return list(await asyncio.gather(*tried, return_exceptions=True))


def test_random_names_do_not_keep_the_right_password_out(access: Access, otter: User) -> None:
    """Twenty-four at once from the same address, twenty-one times: it comes in every time."""

    async def flooded() -> Grant:
        flood = asyncio.create_task(strangers(access, "10.0.0.1", 24))
        await asyncio.sleep(0)
        grant = await access.sign_in("Otter", "river-stones", "10.0.0.1")
        assert all(isinstance(answer, AccessError) for answer in await flood)
        return grant

    for _ in range(21):
        assert asyncio.run(flooded()).token


class SlowUsers(UserStore):
    """Compares the passwords of strangers only when it is let."""

    gate: threading.Event

    def check(self, name: str, password: str) -> User | None:
        if name.startswith("stranger"):
            assert self.gate.wait(20)
        return super().check(name, password)


@pytest.fixture
def slow_access(tmp_path: Path, clock: FakeClock) -> Iterator[Access]:
    """The rules, where strangers hold up whoever stands behind them."""
    users = SlowUsers(tmp_path / "home", clock, CHEAP)
    users.gate = threading.Event()
    made = Access(users, Signer(tmp_path / "home", clock), clock)
    yield made
    users.gate.set()
    made.close()


def test_so_many_of_one_place_may_wait(slow_access: Access) -> None:
    """What is more is told that many are signing in, and is no try."""
    users = slow_access._users
    assert isinstance(users, SlowUsers)
    users.add("Otter", "river-stones")

    async def crowd() -> list[object]:
        tried = [asyncio.create_task(slow_access.sign_in(f"stranger{n}", "wrong", "10.0.0.1")) for n in range(103)]
        await asyncio.sleep(0)
        users.gate.set()
        return list(await asyncio.gather(*tried, return_exceptions=True))

    told = [str(answer) for answer in asyncio.run(crowd())]
    assert sum("Many people are signing in" in each for each in told) == 3
    assert sign_in(slow_access, address="10.0.0.1").token


@pytest.mark.parametrize("known_by", ["device", "address"])
def test_who_was_here_before_goes_first(slow_access: Access, known_by: str) -> None:
    """By the device's cookie, or by the address: a place is kept for them, however many strangers wait."""
    users = slow_access._users
    assert isinstance(users, SlowUsers)
    users.add("Otter", "river-stones")
    before = sign_in(slow_access, address="10.0.0.1").token
    device = slow_access.name_device(before).token if known_by == "device" else ""
    address = "10.0.0.9" if known_by == "device" else "10.0.0.1"

    async def crowded() -> Grant:
        flood = [
            asyncio.create_task(slow_access.sign_in(f"stranger{n}", "wrong", "10.0.0.9" if n % 2 else "10.0.0.1"))
            for n in range(50)
        ]
        await asyncio.sleep(0)
        grant = await asyncio.wait_for(slow_access.sign_in("Otter", "river-stones", address, device), 5)
        users.gate.set()
        await asyncio.gather(*flood, return_exceptions=True)
        return grant

    assert asyncio.run(crowded()).token


def test_a_stranger_in_the_same_place_does_not_lock_a_known_device_out(access: Access, otter: User) -> None:
    """Its wrong passwords are counted by themselves; and it is shut out itself after five."""
    device = access.name_device(sign_in(access).token).token
    for _ in range(5):
        with pytest.raises(AccessError):
            sign_in(access, password="wrong")
    with pytest.raises(BusyError):
        sign_in(access)
    assert asyncio.run(access.sign_in("Otter", "river-stones", "10.0.0.1", device)).token
    for _ in range(5):
        with pytest.raises(AccessError):
            asyncio.run(access.sign_in("Otter", "wrong", "10.0.0.1", device))
    with pytest.raises(BusyError):
        asyncio.run(access.sign_in("Otter", "river-stones", "10.0.0.1", device))


@pytest.mark.parametrize("spoilt", ["", "x", "a.b.c", "..", "\udcff", "{other}", "{user}.00.{mark}"])
def test_a_forged_device_is_a_stranger(access: Access, otter: User, users: UserStore, spoilt: str) -> None:
    """Also another user's: it opens no other name's door."""
    users.add("Badger", "deep-tunnels")
    other = access.name_device(sign_in(access, "Badger", "deep-tunnels").token).token
    device = spoilt.format(other=other, user=otter.id, mark=other.rpartition(".")[2])
    for _ in range(5):
        with pytest.raises(AccessError):
            asyncio.run(access.sign_in("Otter", "wrong", "10.0.0.1", device))
    with pytest.raises(BusyError):
        asyncio.run(access.sign_in("Otter", "river-stones", "10.0.0.1", device))
    assert access.identify(other) is None


def test_a_name_is_closed_to_strangers_after_many_wrong_passwords_from_everywhere(access: Access, otter: User) -> None:
    """Whether there is such a name or not; who was here before comes in."""
    device = access.name_device(sign_in(access, address="10.0.0.1").token).token
    told = []
    for name in ("Otter", "Nobody"):
        for n in range(100):
            with pytest.raises(AccessError):
                sign_in(access, name, "wrong", f"10.1.{n}.1")
        with pytest.raises(BusyError) as caught:
            sign_in(access, name, address="10.2.0.1")
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert sign_in(access, address="10.0.0.1").token
    assert asyncio.run(access.sign_in("Otter", "river-stones", "10.3.0.1", device)).token


def test_an_address_with_many_wrong_names_is_never_shut_out(access: Access, otter: User) -> None:
    """It is served last, but it is served: a family may share it with others."""
    asyncio.run(strangers(access, "10.0.0.1", 90))
    assert sign_in(access).token


def test_a_network_of_newer_addresses_is_one_place(access: Access, otter: User) -> None:
    """A household has more of them than could be counted."""
    for n in range(5):
        with pytest.raises(AccessError):
            sign_in(access, password="wrong", address=f"2001:db8::{n:x}")
    with pytest.raises(BusyError):
        sign_in(access, address="2001:db8::ffff")
    assert sign_in(access, address="2001:db8:0:1::1").token


def test_a_name_is_counted_as_one_however_it_is_typed(access: Access, users: UserStore) -> None:
    """Letters and their accents may come apart: that is no second name, and brings no further tries."""
    name = "é" * 30
    users.add(name, "river-stones")
    for typed in (name, unicodedata.normalize("NFD", name), name.upper(), name, name):
        with pytest.raises(AccessError):
            sign_in(access, typed, "wrong")
    for typed in (name, unicodedata.normalize("NFD", name), name.upper()):
        with pytest.raises(BusyError):
            sign_in(access, typed)


def test_a_sign_in_that_was_dropped_while_it_waited_is_no_try(slow_access: Access) -> None:
    """Somebody who is impatient and comes again is not locked out for that."""
    users = slow_access._users
    assert isinstance(users, SlowUsers)
    users.add("Otter", "river-stones")

    async def impatient() -> None:
        flood = [asyncio.create_task(slow_access.sign_in(f"stranger{n}", "wrong", "10.0.0.1")) for n in range(9)]
        await asyncio.sleep(0)
        hurried = [asyncio.create_task(slow_access.sign_in("Otter", "river-stones", "10.0.0.1")) for _ in range(9)]
        await asyncio.sleep(0)
        for each in hurried:
            each.cancel()
        await asyncio.wait(hurried)
        users.gate.set()
        await asyncio.gather(*flood, return_exceptions=True)
        assert (await slow_access.sign_in("Otter", "river-stones", "10.0.0.1")).token

    asyncio.run(impatient())


def test_what_is_kept_in_mind_is_bounded(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tries a name after the other fills no memory, and pushes out nobody who tried often."""
    monkeypatch.setattr(tries, "_KEPT", 100)
    kept = Tries(clock)
    for _ in range(5):
        kept.begin("10.0.0.1", "otter")
    for n in range(1000):
        kept.begin("10.0.0.1", f"name-{n}")
    with pytest.raises(BusyError):
        kept.begin("10.0.0.1", "otter")
    assert len(kept._counts) == sum(map(len, kept._by_count)) == 100
    clock.move(timedelta(minutes=15))
    kept.begin("10.0.0.1", "otter")
    assert len(kept._counts) == 1


# By link


def test_a_link_is_good_once(access: Access, clock: FakeClock) -> None:
    """It opens a session of a month for the one local family, and no second one."""
    told: list[bool] = []
    access.on_link_used = lambda: told.append(True)
    link = access.new_link()
    clock.move(timedelta(days=10))
    token, seconds = access.redeem(link)
    identity = access.identify(token)
    assert identity is not None
    assert (identity.user_id, identity.name, identity.kernel) == ("local", "", None)
    assert seconds == LOCAL_SECONDS
    with pytest.raises(AccessError, match="terminal"):
        access.redeem(link)
    assert told == [True]


def test_two_who_open_a_link_at_once(access: Access) -> None:
    """Of twenty threads with the same link one comes in."""
    link, grants = access.new_link(), list[Grant]()

    def open_it() -> None:
        try:
            grants.append(access.redeem(link))
        except AccessError:
            return

    threads = [threading.Thread(target=open_it) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(grants) == 1


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\0", "\ud800", "é"])
def test_a_wrong_link_opens_nothing(access: Access, token: str) -> None:
    """Whatever is tried, the answer is where to find a fresh link."""
    access.new_link()
    with pytest.raises(AccessError, match="terminal"):
        access.redeem(token)


def test_a_link_is_nowhere_kept(access: Access, tmp_path: Path) -> None:
    """Neither memory nor disk hold the token itself."""
    link = access.new_link()
    assert link not in repr(vars(access))
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and link.encode() in file.read_bytes()]


def test_only_the_latest_links_are_good(access: Access) -> None:
    """A fresh link may be made any time; the eight latest work."""
    links = [access.new_link() for _ in range(9)]
    with pytest.raises(AccessError):
        access.redeem(links[0])
    for link in links[1:]:
        access.redeem(link)


def test_without_users_nobody_signs_in(access: Access) -> None:
    """A studio without users says where its link is."""
    assert access.open_house
    with pytest.raises(AccessError, match="link"):
        sign_in(access)


def test_with_users_the_open_house_ends(access: Access, users: UserStore) -> None:
    """From the first user on, links and what they opened are void; a kernel's token of before too."""
    link, token = access.new_link(), access.redeem(access.new_link()).token
    identity = access.identify(token)
    assert identity is not None
    kernel, _ = access.mint_kernel_token("local", identity.session, "k-1")
    users.add("Otter", "river-stones")
    assert not access.open_house
    assert access.identify(token) is None
    assert access.identify(kernel, kernel_owner=lambda _: "local") is None
    assert not access.stands("local", identity.session)
    for act in (access.new_link, lambda: access.redeem(link)):
        with pytest.raises(AccessError, match="sign in"):
            act()


def test_a_family_is_nobody_in_an_open_house(access: Access, otter: User, users: UserStore) -> None:
    """When the last user was removed, their token is none for the local family."""
    token, _ = sign_in(access)
    users.remove("Otter")
    assert access.open_house
    assert access.identify(token) is None


def test_a_damaged_users_file_does_not_open_the_house(access: Access, otter: User, tmp_path: Path) -> None:
    """Who cannot read who the users are lets nobody in, by no way."""
    token, _ = sign_in(access)
    (tmp_path / "home" / "users.json").write_bytes(b"{")
    for act in (
        lambda: access.open_house,
        access.new_link,
        lambda: access.redeem("x"),
        lambda: access.identify(token),
        lambda: sign_in(access),
    ):
        with pytest.raises(SetupError, match=r"users\.json"):
            act()


# Kernels


@pytest.fixture
def signed_in(access: Access, otter: User) -> str:
    """The name of a sign-in of the family."""
    identity = access.identify(sign_in(access).token)
    assert identity is not None
    return identity.session


def test_a_kernel_token_is_for_the_owners_kernel_alone(
    access: Access, otter: User, signed_in: str, clock: FakeClock
) -> None:
    """It is good for fifteen minutes, where kernels are let in at all, as long as the kernel is this user's."""
    token, seconds = access.mint_kernel_token(otter.id, signed_in, "k-1")
    owners = {"k-1": otter.id, "k-2": "badgerbd"}
    identity = access.identify(token, kernel_owner=owners.get)
    assert identity is not None
    assert (identity.user_id, identity.name, identity.kernel, identity.session) == (otter.id, "Otter", "k-1", signed_in)
    assert seconds == KERNEL_SECONDS
    assert access.identify(token) is None
    assert access.identify(token, kernel_owner=lambda _: None) is None
    owners["k-1"] = "badgerbd"
    assert access.identify(token, kernel_owner=owners.get) is None
    owners["k-1"] = otter.id
    clock.move(timedelta(minutes=15))
    assert access.identify(token, kernel_owner=owners.get) is None


@pytest.mark.parametrize("session", ["", "x", "a.b.1", "a.b.99999999999"])
def test_no_kernel_token_without_a_sign_in(access: Access, otter: User, session: str) -> None:
    """A name of no sign-in of this user's mints nothing."""
    with pytest.raises(AccessError):
        access.mint_kernel_token(otter.id, session, "k-1")
    assert not access.stands(otter.id, session)


def test_no_kernel_token_for_somebody_elses_sign_in(
    access: Access, otter: User, signed_in: str, users: UserStore
) -> None:
    """A sign-in stands for the user who made it."""
    badger = users.add("Badger", "forest-leaves")
    with pytest.raises(AccessError):
        access.mint_kernel_token(badger.id, signed_in, "k-1")
    with pytest.raises(AccessError):
        access.mint_kernel_token("local", signed_in, "k-1")


def test_a_kernel_token_ends_with_its_sign_in(access: Access, otter: User, signed_in: str, clock: FakeClock) -> None:
    """In the last five minutes of a session a kernel's token is for five minutes, and after that there is none."""
    clock.move(timedelta(hours=11, minutes=55))
    token, seconds = access.mint_kernel_token(otter.id, signed_in, "k-1")
    assert seconds == 300
    clock.move(timedelta(minutes=5))
    assert access.identify(token, kernel_owner=lambda _: otter.id) is None
    assert not access.stands(otter.id, signed_in)
    with pytest.raises(AccessError):
        access.mint_kernel_token(otter.id, signed_in, "k-1")


def test_a_kernel_token_cannot_pose_as_a_session(
    access: Access, otter: User, signed_in: str, tmp_path: Path, clock: FakeClock
) -> None:
    """A token under a session without kernel is a session's own only if it bears the session's name."""
    signer = Signer(tmp_path / "home", clock)
    session = Session.named(signed_in)
    assert session is not None
    claims = signer.verify(signer.mint(otter.id, session, kernel="k-1"))
    assert claims is not None
    posing = claims.model_copy(update={"kernel": None})
    from joserfc import jwt

    token = jwt.encode({"alg": "HS256"}, posing.model_dump(), signer._key, ["HS256"])
    assert signer.verify(token) is not None
    assert access.identify(token, kernel_owner=lambda _: otter.id) is None


# Going out


def test_signing_out_ends_the_session_and_its_kernels(
    access: Access, otter: User, tmp_path: Path, clock: FakeClock
) -> None:
    """What this sign-in opened is void, also after a restart; the same family's other sign-in stays."""
    here, there = sign_in(access), sign_in(access)
    identity = access.identify(here.token)
    assert identity is not None
    kernel, _ = access.mint_kernel_token(otter.id, identity.session, "k-1")
    assert access.stands(otter.id, identity.session)
    access.sign_out(identity)
    again = Access(UserStore(tmp_path / "home", clock, CHEAP), Signer(tmp_path / "home", clock), clock)
    for each in (access, again):
        assert each.identify(here.token) is None
        assert each.identify(kernel, kernel_owner=lambda _: otter.id) is None
        assert not each.stands(otter.id, identity.session)
        assert each.identify(there.token) is not None
        with pytest.raises(AccessError):
            each.mint_kernel_token(otter.id, identity.session, "k-1")
    again.close()
