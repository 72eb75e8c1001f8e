"""Access tokens: signed with this machine's key, one algorithm, every claim required and checked; and those revoked."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

from storymaker.server.vault import PrivateFile
from storymaker.text import now

KEY_BYTES: Final = 32
EARLY_SECONDS: Final = 60
"""How far in the future a token may have been issued: a clock may have been put right since."""
_ALGORITHM: Final = "HS256"
_LONGEST: Final = 2048
_KEY_REMEDY: Final = "Please remove it: a new one is made, and everybody signs in again."
_REVOKED_REMEDY: Final = "Please remove it together with signing.key beside it; everybody signs in again then."

_Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_REVOKED: Final = TypeAdapter(dict[str, int])


class Claims(BaseModel):
    """What a token says; nothing more, nothing less.

    Attributes:
        iss: Who made it.
        aud: For whom.
        sub: The user's id.
        iat: When it was issued, in seconds since 1970.
        exp: When it ends, in seconds since 1970.
        jti: Its own name; of a session's token, the session's.
        session: The session it was minted under.
        kernel: The page's kernel that alone may use it; None for a session's own token.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    iss: Literal["storymaker"]
    aud: Literal["storymaker"]
    sub: _Word
    iat: int
    exp: int
    jti: _Word
    session: _Word
    kernel: _Word | None


@dataclass(frozen=True)
class Session:
    """A sign-in. Its name tells its end and its user's stamp, so that whatever bears the name can be checked without a list.

    Attributes:
        id: Random.
        stamp: Of the user, when they signed in.
        expires: In seconds since 1970.
    """

    id: str
    stamp: str
    expires: int

    @classmethod
    def begin(cls, stamp: str, expires: int) -> Session:
        """A new one."""
        return cls(secrets.token_hex(12), stamp, expires)

    @classmethod
    def named(cls, name: str) -> Session | None:
        """The one of this name; None if that is no name of ours."""
        id_, _, rest = name.partition(".")
        stamp, _, expires = rest.partition(".")
        return cls(id_, stamp, int(expires)) if expires.isascii() and expires.isdigit() else None

    def __str__(self) -> str:
        return f"{self.id}.{self.stamp}.{self.expires}"


class Signer:
    """Mints and verifies tokens with the key of this machine, which is made when there is none.

    Args:
        home: Folder of ``signing.key`` and ``revoked.json``.
        clock: Tells the time.

    Raises:
        SetupError: If the key cannot be read or made.
    """

    def __init__(self, home: Path, clock: Callable[[], datetime] = now) -> None:
        home = home.expanduser().absolute()
        self._clock = clock
        self._revoked = PrivateFile[dict[str, int]](home / "revoked.json", _revocations, {}, _REVOKED_REMEDY)
        secret = _key(home)
        self._key = OctKey.import_key(secret)
        self._device_key = hmac.digest(secret, b"storymaker device", hashlib.sha256)
        # Every token of ours begins with the same header, so a stranger's header is never even parsed.
        self._header = jwt.encode({"alg": _ALGORITHM}, {}, self._key, [_ALGORITHM]).partition(".")[0] + "."

    @property
    def time(self) -> int:
        """Seconds since 1970."""
        return int(self._clock().timestamp())

    def mint(self, user_id: str, session: Session, *, kernel: str | None = None, seconds: int | None = None) -> str:
        """Sign a token.

        Args:
            user_id: Whose it is.
            session: The sign-in it is minted under.
            kernel: The kernel that alone may use it.
            seconds: How long it is good; never longer than its session.
        """
        expires = session.expires if seconds is None else min(session.expires, self.time + seconds)
        claims = Claims(
            iss="storymaker",
            aud="storymaker",
            sub=user_id,
            iat=self.time,
            exp=expires,
            jti=str(session) if kernel is None else secrets.token_hex(12),
            session=str(session),
            kernel=kernel,
        )
        return jwt.encode({"alg": _ALGORITHM}, claims.model_dump(), self._key, [_ALGORITHM])

    def verify(self, token: str) -> Claims | None:
        """What a token says, if it is ours, whole, and good now.

        Raises:
            SetupError: If ``revoked.json`` cannot be read.
        """
        if len(token) > _LONGEST or not token.startswith(self._header):
            return None
        try:
            signed = jws.deserialize_compact(token, self._key, [_ALGORITHM])
            claims = Claims.model_validate_json(signed.payload or b"")
        except (JoseError, ValueError):
            return None
        timely = claims.iat <= self.time + EARLY_SECONDS and self.time < claims.exp
        revoked = self._revoked.read()
        return claims if timely and claims.jti not in revoked and claims.session not in revoked else None

    def name_device(self, user_id: str) -> str:
        """Make the value of a cookie by which a browser is known again; it opens nothing.

        Args:
            user_id: Who signed in with it.
        """
        name = f"{user_id}.{secrets.token_hex(12)}"
        return f"{name}.{self._device_mark(name)}"

    def device(self, cookie: str, user_id: str) -> str:
        """Find out which device shows this cookie; empty if it is none that this user signed in with."""
        name, _, mark = cookie.rpartition(".")
        ours = (
            name.partition(".")[0] == user_id and mark.isascii() and hmac.compare_digest(mark, self._device_mark(name))
        )
        return name if ours else ""

    def _device_mark(self, name: str) -> str:
        return hmac.digest(self._device_key, name.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()

    def revoked(self, session: Session) -> bool:
        """Whether a session was ended before its time.

        Raises:
            SetupError: If ``revoked.json`` cannot be read.
        """
        return str(session) in self._revoked.read()

    def revoke(self, session: Session) -> None:
        """End a session, and all that was minted under it, before its time, also for the next start of the studio.

        Raises:
            SetupError: If ``revoked.json`` cannot be read or written.
        """
        with self._revoked.changing():
            still = {name: end for name, end in self._revoked.read().items() if end > self.time}
            self._revoked.write(_REVOKED.dump_json(still | {str(session): session.expires}))


def _key(home: Path) -> bytes:
    file = PrivateFile(home / "signing.key", _checked_key, b"", _KEY_REMEDY)
    key = file.read()
    if not key:
        with file.changing():
            # Another server may have made it meanwhile.
            key = file.read()
            if not key:
                file.write(secrets.token_bytes(KEY_BYTES))
                key = file.read()
    return key


def _checked_key(data: bytes) -> bytes:
    if len(data) != KEY_BYTES:
        raise ValueError("not a key of ours")
    return data


def _revocations(data: bytes) -> dict[str, int]:
    return _REVOKED.validate_json(data, strict=True)
