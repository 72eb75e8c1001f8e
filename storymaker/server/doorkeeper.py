"""Whose password is compared next: nobody is kept out by however many strangers who try names at the door."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storymaker.errors import BusyError
from storymaker.fair_queue import Caller, FairExecutor, FairQueue, Urgency
from storymaker.server.tokens import Signer
from storymaker.server.tries import Tries
from storymaker.server.users import User, UserStore, folded

_AT_ONCE: Final = 3
"""Passwords compared at once: each takes 64 MB, and a core. One of them is for who was here before."""
_WAITING_EACH: Final = 100
"""Of one address: they wait their turn, and cost next to nothing meanwhile."""
_WAITING: Final = 1000
_WRONG_BY_ADDRESS: Final = 20
"""After so many wrong ones an address is served after all others; it is never shut out, for a family may share it."""
_WRONG_BY_NAME: Final = 100
"""After so many wrong ones, from wherever, a name is closed to who was never here under it."""
_KNOWN: Final = 1000
_TYPED_MAX: Final = 1000
"""No name that is longer can become a user's, however it is folded."""


@dataclass(frozen=True)
class _Try:
    place: str
    who: str
    device: str
    known: bool

    @property
    def counted_by(self) -> str:
        """What wrong passwords are counted by: a device that was here before by itself, so that no stranger locks it out."""
        return f"device {self.device}" if self.device else self.place


class Doorkeeper:
    """Compares passwords, fairly.

    Who shows a device's cookie, or comes from an address where this name signed in before, goes first and has a place of
    its own. Everybody else takes turns by address. A name that does not exist is treated in all of this as one that does.

    Args:
        users: Who may sign in.
        signer: Knows devices by their cookies.
        clock: Tells the time.
    """

    def __init__(self, users: UserStore, signer: Signer, clock: Callable[[], datetime]) -> None:
        self._users, self._signer = users, signer
        self._tries = Tries(clock)
        self._by_address = Tries(clock, _WRONG_BY_ADDRESS)
        self._by_name = Tries(clock, _WRONG_BY_NAME, "many times")
        self._checks = FairExecutor(
            FairQueue(_AT_ONCE, _AT_ONCE, spare=1), ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
        )
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let the threads go."""
        self._checks.close()

    async def check(self, name: str, password: str, address: str, device: str) -> User | None:
        """Find the user whose name and password these are. Takes some 50 ms, none of them on the event loop.

        Args:
            name: As it was typed.
            password: As it was typed.
            address: Where the caller is.
            device: The device's cookie, if there is one.

        Returns:
            The user, or None if they do not go together.

        Raises:
            BusyError: After too many wrong passwords, or when too many wait already.
            SetupError: If ``users.json`` cannot be read.
        """
        tried = self._recognise(name, address, device)
        self._admit(tried)
        caller = Caller(*self._turn(tried))
        queue = self._checks.queue
        if not tried.known and (queue.count(caller.family) >= _WAITING_EACH or queue.total >= _WAITING):
            raise BusyError("Many people are signing in right now. Please try again in a moment.", code="too-many")
        return await self._checks.run(caller, self._compare, tried, name, password)

    def _recognise(self, name: str, address: str, device: str) -> _Try:
        name = name[:_TYPED_MAX]
        place, who = _network(address), hashlib.sha256(folded(name).encode("utf-8", "surrogatepass")).hexdigest()
        user = self._users.find(name)
        known_device = self._signer.device(device, user.id) if user is not None else ""
        with self._lock:
            known = bool(known_device) or (place, who) in self._seen
        return _Try(place, who, known_device, known)

    def _turn(self, tried: _Try) -> tuple[str, Urgency]:
        """Under which name to wait, and how urgently."""
        if tried.known:
            return f"{tried.counted_by} {tried.who}", Urgency.AT_ONCE
        try:
            self._by_address.check(tried.place, "")
        except BusyError:
            return tried.place, Urgency.BULK
        return tried.place, Urgency.SOON

    def _admit(self, tried: _Try) -> None:
        self._tries.check(tried.counted_by, tried.who)
        if not tried.known:
            self._by_name.check("", tried.who)

    def _compare(self, tried: _Try, name: str, password: str) -> User | None:
        """Compare, in a thread. Only now does it count as a try: what was dropped while it waited is none."""
        self._tries.begin(tried.counted_by, tried.who)
        if not tried.known:
            self._by_name.begin("", tried.who)
        user = self._users.check(name, password)
        if user is None:
            self._count_address(tried.place)
            return None
        self._tries.succeeded(tried.counted_by, tried.who)
        self._by_name.succeeded("", tried.who)
        with self._lock:
            self._seen[tried.place, tried.who] = None
            self._seen.move_to_end((tried.place, tried.who))
            while len(self._seen) > _KNOWN:
                self._seen.popitem(last=False)
        return user

    def _count_address(self, place: str) -> None:
        try:
            self._by_address.begin(place, "")
        except BusyError:  # it is served last already
            return


def _network(address: str) -> str:
    """Where somebody is, as far as it tells one household from another: of the newer addresses each has a whole network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found.packed[:8] + bytes(8), 64)))
