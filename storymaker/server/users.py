"""Who may sign in: users.json, with argon2 hashes of their passwords."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.server.vault import PrivateFile
from storymaker.text import now, short_id

LOCAL: Final = "local"
"""The user id of a studio without users."""
NAME_MAX: Final = 32
PASSWORD_MIN: Final = 8
PASSWORD_MAX: Final = 1000
_REMEDY: Final = (
    "Please put an earlier copy of it back. Without one, move it away and add everybody again; "
    "their books stay on the disk, each family in a folder of its own."
)


class User(BaseModel):
    """Somebody who may sign in.

    Attributes:
        id: Names their shelf; never changes, and is never given to somebody else.
        name: As they type it to sign in.
        password: Its argon2 hash.
        since: When the password was set. What was signed for another one of theirs is void.
    """

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]{8}$")]
    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
    password: Annotated[str, Field(repr=False)]
    since: AwareDatetime

    @property
    def stamp(self) -> str:
        """Who this is and since when, in letters that fit into a token."""
        return f"{self.id}-{self.since:%Y%m%dT%H%M%S%f}"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True)

    users: tuple[User, ...] = ()


class UserStore:
    """The users of this machine's studio; many processes may read it while one changes it.

    Args:
        home: Folder of ``users.json``.
        clock: Tells the time.
        hasher: Hashes passwords; a cheaper one in tests.
    """

    def __init__(self, home: Path, clock: Callable[[], datetime] = now, hasher: PasswordHasher | None = None) -> None:
        self._file = PrivateFile(home.expanduser().absolute() / "users.json", _parsed, _File(), _REMEDY)
        self._clock = clock
        self._hasher = hasher or PasswordHasher()

    # Looking

    def all(self) -> tuple[User, ...]:
        """Everybody, in the order they were added.

        Raises:
            SetupError: If ``users.json`` cannot be read.
        """
        return self._file.read().users

    def find(self, name: str) -> User | None:
        """The user of this name; upper and lower case are the same."""
        wanted = folded(name)
        return next((user for user in self.all() if folded(user.name) == wanted), None)

    def by_id(self, user_id: str) -> User | None:
        """The user of this id."""
        return next((user for user in self.all() if user.id == user_id), None)

    def check(self, name: str, password: str) -> User | None:
        """The user, if name and password go together; takes as long for a name that does not exist.

        This works for some 50 ms and fills 64 MB: never call it on an event loop.
        """
        decoy = self._decoy  # made before the first comparison, whoever that is of
        user = self.find(name)
        fits = len(password) <= PASSWORD_MAX
        try:
            self._hasher.verify(user.password if user else decoy, _bytes(password) if fits else b"")
        except (Argon2Error, InvalidHashError):
            return None
        return user if fits else None

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash(short_id(32))

    # Changing

    def add(self, name: str, password: str) -> User:
        """Let somebody sign in.

        Raises:
            InvalidInputError: If the name is taken, or name or password cannot be used.
            SetupError: If ``users.json`` cannot be read or written.
        """
        self.check_free(name)
        hashed = self._hashed(password)
        with self._changing() as users:
            name = self.check_free(name)
            taken = {user.id for user in users}
            user_id = next(new for new in iter(short_id, "") if new not in taken)
            user = User(id=user_id, name=name, password=hashed, since=self._clock())
            self._save([*users, user])
        return user

    def check_free(self, name: str) -> str:
        """A name for a new user, as it is kept.

        Raises:
            InvalidInputError: If it is taken, or cannot be one.
        """
        name = checked_name(name)
        if self.find(name) is not None:
            raise InvalidInputError(
                f"There is a user “{name}” already. To change the password, run: storymaker user password {name}"
            )
        return name

    def set_password(self, name: str, password: str) -> User:
        """Give somebody a new password; wherever they are signed in, they have to sign in again.

        Raises:
            NotFoundError: If there is no such user.
            InvalidInputError: If the password cannot be used.
            SetupError: If ``users.json`` cannot be read or written.
        """
        hashed = self._hashed(password)
        with self._changing() as users:
            old = self.require(name)
            # Later than the last one also when the machine's clock was set back.
            since = max(self._clock(), old.since + timedelta(microseconds=1))
            user = old.model_copy(update={"password": hashed, "since": since})
            self._save([user if each.id == user.id else each for each in users])
        return user

    def remove(self, name: str) -> User:
        """Let somebody in no more, at once; their books stay.

        Raises:
            NotFoundError: If there is no such user.
            SetupError: If ``users.json`` cannot be read or written.
        """
        with self._changing() as users:
            user = self.require(name)
            self._save([each for each in users if each.id != user.id])
        return user

    def require(self, name: str) -> User:
        """The user of this name.

        Raises:
            NotFoundError: If there is none.
        """
        user = self.find(name)
        if user is None:
            known = ", ".join(f"“{each.name}”" for each in self.all())
            raise NotFoundError(
                f"There is no user of that name. There are: {known}." if known else "There are no users yet."
            )
        return user

    @contextmanager
    def _changing(self) -> Iterator[tuple[User, ...]]:
        with self._file.changing():
            yield self.all()

    def _save(self, users: list[User]) -> None:
        self._file.write(_File(users=tuple(users)).model_dump_json(indent=1).encode())

    def _hashed(self, password: str) -> str:
        if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
            raise InvalidInputError(
                f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters. Please choose another; a short sentence is a good one."
            )
        if any(unicodedata.category(character) == "Cc" for character in password):
            # A browser's form could not send it.
            raise InvalidInputError("A password is one line, without tabs. Please choose another.")
        return self._hasher.hash(_bytes(password))


def folded(name: str) -> str:
    """A name as it is compared."""
    return unicodedata.normalize("NFKC", name).casefold()


def checked_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        InvalidInputError: If it cannot be one.
    """
    name = unicodedata.normalize("NFC", name)
    plain = all(character in "._-" or unicodedata.category(character)[0] in "LMN" for character in name)
    if not (1 <= len(name) <= NAME_MAX and plain):
        raise InvalidInputError(
            f"A user's name has 1 to {NAME_MAX} letters, digits, dots, dashes or underscores, and no spaces. Please choose another."
        )
    if folded(name) == LOCAL:
        raise InvalidInputError("“local” is what a studio without users calls its visitor. Please choose another name.")
    return name


def _parsed(data: bytes) -> _File:
    file = _File.model_validate_json(data)
    for each in ("id", "name"):
        if len({folded(getattr(user, each)) for user in file.users}) < len(file.users):
            raise ValueError(f"two users have the same {each}")
    return file


def _bytes(password: str) -> bytes:
    """One form for letters that keyboards compose differently."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
