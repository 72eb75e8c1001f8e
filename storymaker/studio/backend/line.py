"""The line to the studio's server: a token that renews itself, bounded answers, and a sentence when nobody answers."""

from __future__ import annotations

import asyncio
import http
import logging
import time
from collections.abc import Callable
from typing import Final

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError

from storymaker.contract.page import SESSION_PATH
from storymaker.contract.routes import JSON, Method
from storymaker.contract.values import PageSession, Ticket
from storymaker.errors import UnreachableError
from storymaker.studio.backend.session import AWAY, session_of

log = logging.getLogger(__name__)

_ANSWER_MAX: Final = 128 * 1024 * 1024
_CONNECT_SECONDS: Final = 10.0
_RENEW_SECONDS: Final = 20.0
_RENEW_AHEAD: Final = 60.0
"""Seconds before a token's end from which on the next one is fetched."""


class Line:
    """Sends requests for one visitor, as the bearer of a token.

    What is repeatable, as every GET is, is sent once more when the connection drops. Nothing else is ever repeated,
    except what the server refused for its token, once, with a new one.

    Args:
        server: Address of the server.
        session: The token, and the ticket that brings the next one; without a ticket, the token is all there is.
        clock: Tells seconds.
    """

    def __init__(self, server: str, session: PageSession, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server.rstrip("/")
        self._clock = clock
        self._renewing = asyncio.Lock()
        self._client: AsyncHTTPClient | None = None
        self._take(session)

    async def send(
        self,
        method: Method,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        seconds: float,
        *,
        repeatable: bool = False,
    ) -> HTTPResponse:
        """Send a request and wait for its answer, whatever its status.

        Args:
            method: The HTTP method.
            path: The path and the query, quoted.
            headers: All but who asks.
            body: What is sent with it.
            seconds: How long it may take.
            repeatable: Whether doing it twice does no more than doing it once.

        Raises:
            UnreachableError: If there is no answer.
            AccessError: If the page has expired.
        """
        token = await self._current_token()
        answer = await self._exchange(method, path, headers | _bearer(token), body, seconds, repeatable=repeatable)
        if answer.code == http.HTTPStatus.UNAUTHORIZED and self._ticket:
            token = await self._current_token(refused=token)
            answer = await self._exchange(method, path, headers | _bearer(token), body, seconds, repeatable=repeatable)
        return answer

    def close(self) -> None:
        """Let the connections go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _take(self, session: PageSession) -> None:
        self._token, self._ticket = session.access_token, session.ticket
        self._renew_at = self._clock() + session.expires_in - _RENEW_AHEAD

    async def _current_token(self, refused: str = "") -> str:
        """The token; the next one when this is about to expire or was refused. Whoever comes meanwhile waits."""
        async with self._renewing:
            if self._ticket and (self._token == refused or self._clock() >= self._renew_at):
                body = Ticket(ticket=self._ticket).model_dump_json().encode()
                answer = await self._exchange("POST", SESSION_PATH, {"Content-Type": JSON}, body, _RENEW_SECONDS)
                self._take(session_of(answer.code, answer.body))
            return self._token

    async def _exchange(
        self,
        method: Method,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        seconds: float,
        *,
        repeatable: bool = False,
    ) -> HTTPResponse:
        if self._client is None:
            self._client = AsyncHTTPClient(force_instance=True, max_body_size=_ANSWER_MAX, max_buffer_size=_ANSWER_MAX)
        request = HTTPRequest(
            self._server + path,
            method,
            headers,
            body,
            connect_timeout=_CONNECT_SECONDS,
            request_timeout=seconds,
            follow_redirects=False,  # the token is for this server only
            decompress_response=False,
        )
        for _ in range(2 if repeatable else 1):
            try:
                return await self._client.fetch(request, raise_error=False)
            except HTTPTimeoutError:
                log.info("%s %s: no answer in time", method, path)
                break
            except (HTTPClientError, OSError) as error:
                log.info("%s %s: %s", method, path, type(error).__name__)
        raise UnreachableError(AWAY)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
