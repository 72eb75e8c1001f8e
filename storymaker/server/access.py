"""The rules of who may come in: by password, by a link good once, with a token; and who may not any more."""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from storymaker.errors import AccessError
from storymaker.server.doorkeeper import Doorkeeper
from storymaker.server.tokens import Claims, Session, Signer
from storymaker.server.users import LOCAL, UserStore
from storymaker.text import now

log = logging.getLogger(__name__)

FAMILY_SECONDS: Final = 12 * 3600
"""A signed-in family's session: a day at the studio; tomorrow they type the password again."""
LOCAL_SECONDS: Final = 30 * 24 * 3600
"""A session by link, on the family's own machine: a bookmark works for a month."""
KERNEL_SECONDS: Final = 15 * 60
DEVICE_SECONDS: Final = 365 * 24 * 3600
"""How long a browser is known again as one that was here before."""
_LINKS: Final = 8

_SIGN_IN_AGAIN: Final = "You are not signed in any more. Please sign in again."


class Grant(NamedTuple):
    """A token somebody is given.

    Attributes:
        token: To show at every call.
        seconds: How long it is good.
    """

    token: str
    seconds: int


@dataclass(frozen=True)
class Identity:
    """Who asks.

    Attributes:
        user_id: Names the shelf; ``local`` in a studio without users.
        name: As they signed in; empty in a studio without users.
        session: The name of the sign-in.
        kernel: The page's kernel that asks for them; None when they ask themselves.
        expires: When this ends.
    """

    user_id: str
    name: str
    session: str
    kernel: str | None
    expires: datetime


class Access:
    """Lets people in.

    Args:
        users: Who may sign in by name; while there is nobody, who has the link of the terminal may come in.
        signer: Signs and checks tokens.
        clock: Tells the time.
        on_link_used: Called when a link was used, so that a fresh one can be shown.
    """

    def __init__(
        self,
        users: UserStore,
        signer: Signer,
        clock: Callable[[], datetime] = now,
        *,
        on_link_used: Callable[[], None] | None = None,
    ) -> None:
        self.on_link_used = on_link_used
        self._users = users
        self._signer = signer
        self._doorkeeper = Doorkeeper(users, signer, clock)
        self._links: deque[bytes] = deque(maxlen=_LINKS)
        self._links_lock = threading.Lock()

    def close(self) -> None:
        """Let the threads go."""
        self._doorkeeper.close()

    @property
    def open_house(self) -> bool:
        """Whether there are no users: a studio of one family on its own machine.

        Raises:
            SetupError: If ``users.json`` cannot be read; a damaged file never opens the house.
        """
        return not self._users.all()

    # Coming in

    async def sign_in(self, name: str, password: str, address: str, device: str = "") -> Grant:
        """Trade a name and a password for a session's token. Takes some 50 ms, none of them on the event loop.

        Args:
            name: As it was typed.
            password: As it was typed.
            address: Where the caller is, for counting wrong passwords.
            device: The cookie of a device that was here before, see :meth:`name_device`.

        Raises:
            AccessError: If they do not go together, or the studio has no users.
            BusyError: After five wrong passwords for this name from this address, or when too many come at once.
            SetupError: If ``users.json`` cannot be read.
        """
        if self.open_house:
            raise AccessError(
                "Nobody needs a password here yet. Please open the link that the studio shows in its terminal."
            )
        user = await self._doorkeeper.check(name, password, address, device)
        if user is None:
            log.info("A sign-in from %s was refused", address)
            raise AccessError("This name and password do not go together. Please try again.")
        return self._session(user.id, user.stamp, FAMILY_SECONDS)

    def name_device(self, token: str) -> Grant:
        """Make the cookie by which a browser that just signed in is known again, also while strangers crowd the door.

        Args:
            token: Of the session.
        """
        claims = self._signer.verify(token)
        return Grant(self._signer.name_device(claims.sub if claims else ""), DEVICE_SECONDS)

    def new_link(self) -> str:
        """The token of a link that is good once, until the server ends. Only its hash is kept; the eight latest are good.

        Raises:
            AccessError: If there are users: they sign in by name.
        """
        if not self.open_house:
            raise AccessError("This studio has users. Please sign in by name.")
        token = secrets.token_urlsafe(32)
        with self._links_lock:
            self._links.append(_hash(token))
        return token

    def redeem(self, token: str) -> Grant:
        """Trade the token of a link for a session's.

        Raises:
            AccessError: If it was used already, or is none.
        """
        if not self.open_house:
            raise AccessError("This studio has users now. Please sign in with your name and password.")
        with self._links_lock:
            try:
                self._links.remove(_hash(token))
            except ValueError:
                raise AccessError(
                    "A link opens the studio once, and this one was used already or is an old one. "
                    "Please look in the terminal where the studio runs: a fresh link stands there."
                ) from None
        grant = self._session(LOCAL, LOCAL, LOCAL_SECONDS)
        if self.on_link_used is not None:
            self.on_link_used()
        return grant

    def _session(self, user_id: str, stamp: str, seconds: int) -> Grant:
        session = Session.begin(stamp, self._signer.time + seconds)
        return Grant(self._signer.mint(user_id, session), seconds)

    def mint_kernel_token(self, user_id: str, session: str, kernel_id: str) -> Grant:
        """A token for a page's kernel: for the API only, as long as the kernel is this user's.

        Args:
            user_id: Who opened the page.
            session: The sign-in they opened it with, as their identity names it.
            kernel_id: The kernel.

        Raises:
            AccessError: If they are not signed in any more.
        """
        known = Session.named(session)
        if known is None or not self.stands(user_id, session):
            raise AccessError(_SIGN_IN_AGAIN)
        seconds = min(KERNEL_SECONDS, known.expires - self._signer.time)
        return Grant(self._signer.mint(user_id, known, kernel=kernel_id, seconds=seconds), seconds)

    # Being in

    def identify(self, token: str, *, kernel_owner: Callable[[str], str | None] | None = None) -> Identity | None:
        """Who shows this token; None if nobody may come in with it.

        Args:
            token: A session's, or a kernel's.
            kernel_owner: Tells whose a kernel is; None where kernels' tokens are not taken.

        Raises:
            SetupError: If the files that this needs cannot be read.
        """
        claims = self._signer.verify(token)
        session = Session.named(claims.session) if claims else None
        if claims is None or session is None:
            return None
        name = self._name(claims.sub, session)
        if name is None or not _kernel_fits(claims, kernel_owner):
            return None
        expires = datetime.fromtimestamp(claims.exp, UTC)
        return Identity(claims.sub, name, claims.session, claims.kernel, expires)

    def stands(self, user_id: str, session: str) -> bool:
        """Whether a sign-in still stands: not ended, not signed out, the user still there with the same password.

        Raises:
            SetupError: If the files that this needs cannot be read.
        """
        known = Session.named(session)
        return known is not None and self._name(user_id, known) is not None and not self._signer.revoked(known)

    def _name(self, user_id: str, session: Session) -> str | None:
        """How the user of a session is called; None if the session is not good for them now."""
        if session.expires <= self._signer.time:
            return None
        if self.open_house:
            return "" if user_id == LOCAL == session.stamp else None
        user = self._users.by_id(user_id)
        return user.name if user is not None and user.stamp == session.stamp else None

    # Going out

    def sign_out(self, identity: Identity) -> None:
        """End a sign-in with all that was minted under it. Writes to disk.

        Raises:
            SetupError: If it could not be written down.
        """
        session = Session.named(identity.session)
        if session is not None:
            self._signer.revoke(session)


def _kernel_fits(claims: Claims, kernel_owner: Callable[[str], str | None] | None) -> bool:
    if claims.kernel is None:
        return claims.jti == claims.session
    return kernel_owner is not None and kernel_owner(claims.kernel) == claims.sub


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
