"""How a page's kernel learns whom it serves: it shows its ticket to the server, and asks again until somebody comes."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from storymaker.contract.page import SESSION_PATH
from storymaker.contract.problems import Problem, error_of
from storymaker.contract.values import PageSession, Ticket
from storymaker.errors import AccessError, StorymakerError, UnreachableError

AWAY: Final = "The studio does not answer. Your work is saved; please reload the page in a moment."
_EXPIRED: Final = "This page has expired. Please reload it."
ODD: Final = "The studio answered something that this page does not understand. Please reload the page."

_WAIT_SECONDS: Final = 60.0
"""The server answers after 25 seconds at most, whether somebody came or not."""
_GONE_SECONDS: Final = 20.0
"""A server that does not answer for so long is gone; one that just starts may take a while."""
_PAUSE_SECONDS: Final = 0.25
_ANSWER_MAX: Final = 64 * 1024


def wait_for_visitor(
    server: str,
    ticket: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> PageSession:
    """Wait until somebody opens the page that this kernel is kept ready for.

    It blocks on purpose: it runs in the notebook's one cell, and the cell is to end when there is somebody to show
    the page to.

    Args:
        server: Address of the server.
        ticket: Ours, good once.
        clock: Tells seconds.
        pause: Waits so many seconds.

    Raises:
        AccessError: If the server does not know the ticket.
        UnreachableError: If the server is gone.
    """
    heard = clock()
    while True:
        try:
            status, body = _shown(server, ticket)
        except (OSError, http.client.HTTPException):
            if clock() - heard > _GONE_SECONDS:
                raise UnreachableError(AWAY) from None
            pause(_PAUSE_SECONDS)
            continue
        heard = clock()
        if status != http.client.NO_CONTENT:
            return session_of(status, body)


def session_of(status: int, body: bytes) -> PageSession:
    """What the server answered to a ticket.

    Raises:
        AccessError: If it does not know the ticket.
        StorymakerError: If it answered anything else that is no session.
    """
    try:
        if status == http.client.OK:
            return PageSession.model_validate_json(body)
        raise error_of(Problem.model_validate_json(body))
    except ValidationError:
        pass
    raise AccessError(_EXPIRED) if status == http.client.UNAUTHORIZED else StorymakerError(ODD)


def _shown(server: str, ticket: str) -> tuple[int, bytes]:
    """Show a ticket once: plain sockets, so that no proxy of the environment ever sees it."""
    address = urlsplit(server)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_WAIT_SECONDS)
    try:
        connection.request(
            "POST", SESSION_PATH, Ticket(ticket=ticket).model_dump_json(), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        return answer.status, answer.read(_ANSWER_MAX)
    finally:
        connection.close()
