"""Who asks, and whether anybody answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from storymaker.contract.values.wire import Wire


class Credentials(Wire):
    """A name and a password."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1000)]


class Token(Wire):
    """An access token, for the header ``Authorization: Bearer …``.

    Attributes:
        expires_in: Seconds.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


class Ticket(Wire):
    """What a page's kernel shows to be told whose page it is; good once."""

    ticket: str


class PageSession(Wire):
    """Whose page a kernel serves.

    Attributes:
        access_token: For the HTTP API; bound to this kernel and its user.
        expires_in: Seconds.
        ticket: For the next session, when the token is about to expire.
        query: The address's query of the visitor, without question mark.
        user: How the visitor is called.
    """

    access_token: str
    expires_in: int
    ticket: str
    query: str
    user: str


class Health(Wire):
    """Whether the studio is alive.

    Attributes:
        worker: ``up``; ``starting`` while a worker is on its way; ``down`` when none could be started.
        version: Of Storymaker.
    """

    status: Literal["ok"] = "ok"
    worker: Literal["up", "starting", "down"]
    version: str
