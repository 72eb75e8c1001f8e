"""What a maker tells whoever pays: that a request goes out, and the answer as it came, before anybody looks at it."""

from __future__ import annotations

from typing import Final, Protocol


class PaidCall(Protocol):
    """A piece of work that is paid for; it may take several requests, each under a name of its own.

    An answer that was kept is given back when the work is begun again after a crash, so that it is not bought again.
    """

    async def ask(self, price_usd: float | None = None) -> None:
        """Note down, durably, that a request goes out now; waits while the disk has no room for its answer.

        Args:
            price_usd: What it is expected to cost, in US dollars; None is what the whole work is expected to.

        Raises:
            StorageError: If the disk refuses for good; then nothing may go out.
        """
        ...

    def free(self) -> None:
        """Note down that the request surely came back with nothing to pay."""
        ...

    def kept(self, name: str) -> bytes | None:
        """Return the answer that was kept under a name, if there is one."""
        ...

    async def keep(self, name: str, answer: bytes, cost_usd: float) -> None:
        """Keep an answer as it came, durably, until the book has what it brought; waits while the disk is full.

        Args:
            name: Tells the answers of one piece of work apart; letters, digits and hyphens.
            answer: Whatever the maker can go on from.
            cost_usd: What it cost, in US dollars.

        Raises:
            StorageError: If the disk refuses for good.
        """
        ...


class Unpaid:
    """Keeps nothing: for work that nobody pays for, or whose answers nobody needs twice."""

    async def ask(self, price_usd: float | None = None) -> None:
        """Do nothing."""

    def free(self) -> None:
        """Do nothing."""

    def kept(self, name: str) -> bytes | None:
        """Return nothing: no answer was kept."""
        return None

    async def keep(self, name: str, answer: bytes, cost_usd: float) -> None:
        """Do nothing."""


UNPAID: Final = Unpaid()


class Priced:
    """One request with a price of its own, which is not that of the whole work.

    Args:
        paid: The work that it belongs to.
        price_usd: What it is expected to cost, in US dollars.
    """

    def __init__(self, paid: PaidCall, price_usd: float) -> None:
        self._paid, self._price_usd = paid, price_usd

    async def ask(self, price_usd: float | None = None) -> None:
        """Note down the request with its own price."""
        await self._paid.ask(self._price_usd if price_usd is None else price_usd)

    def free(self) -> None:
        """Note down that there is nothing to pay."""
        self._paid.free()

    def kept(self, name: str) -> bytes | None:
        """Return the answer that was kept."""
        return self._paid.kept(name)

    async def keep(self, name: str, answer: bytes, cost_usd: float) -> None:
        """Keep an answer."""
        await self._paid.keep(name, answer, cost_usd)
