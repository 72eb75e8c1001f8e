"""The log: no secret gets into it, whoever writes."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tornado.web import RequestHandler

from storymaker.server.logs import keep_secrets_out, log_request, masked

SECRET = "Xq7-_longsecretvalue42"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler of the root logger writes while secrets are kept out."""
    stock, level = logging.getLogRecordFactory(), logging.getLogger().level
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    keep_secrets_out()
    yield stream
    logging.captureWarnings(capture=False)
    logging.setLogRecordFactory(stock)
    logging.getLogger().setLevel(level)
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    "text",
    [
        f"GET /?token={SECRET}&book=1",
        f"Authorization: Bearer {SECRET}",
        f"'Authorization': 'Bearer {SECRET}'",
        f"bearer {SECRET}",
        f'{{"ticket": "{SECRET}"}}',
        f"PageSession(access_token='{SECRET}', ticket='{SECRET}')",
        f"password={SECRET}",
        f"'password': '{SECRET}'",
        f"OPENAI_API_KEY={SECRET}",
        f"api-key: {SECRET}",
        f"STORYMAKER_TICKET={SECRET}",
        f"Cookie: storymaker-session-8866={SECRET}",
        f"Set-Cookie: storymaker-session-8866={SECRET}; HttpOnly",
        f"storymaker-session-8866={SECRET}",
        f"_xsrf={SECRET}",
        f"sk-{SECRET}",
        f"eyJhbGciOi.{SECRET}.{SECRET}",
        f"postgresql://me:{SECRET}@host/db",
    ],
)
def test_what_opens_doors_is_masked(text: str) -> None:
    """In whatever form it is written."""
    assert SECRET not in masked(text)
    assert "•••" in masked(text)


@pytest.mark.parametrize("text", ["The token was refused.", "GET /api/books: 500", "kernel 1234 died", "author=paper"])
def test_words_are_not(text: str) -> None:
    """A log that says nothing helps nobody."""
    assert masked(text) == text


def test_arguments_and_tracebacks_are_masked_for_every_handler(written: io.StringIO) -> None:
    """Of every logger, also one that was there before."""
    log = logging.getLogger("tornado.access")
    log.warning("%s from %s", f"/?token={SECRET}", "127.0.0.1")
    try:
        raise ValueError(f"password={SECRET}")
    except ValueError:
        log.exception("it broke with Bearer %s", SECRET)
    assert SECRET not in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "127.0.0.1" in written.getvalue()


def test_a_line_that_cannot_be_put_together_lets_nothing_out(written: io.StringIO) -> None:
    """Python would print the arguments as they are."""
    logging.getLogger("x").warning("%d tokens", SECRET)
    assert SECRET not in written.getvalue()
    assert "could not be put together" in written.getvalue()


def test_the_access_log_has_our_own_faults_and_no_queries(written: io.StringIO) -> None:
    """What strangers try is no news."""

    def answered(status: int) -> RequestHandler:
        request: Any = SimpleNamespace(method="GET", path="/", uri=f"/?token={SECRET}", query=f"token={SECRET}")
        return cast(RequestHandler, SimpleNamespace(get_status=lambda: status, request=request))

    for status in (200, 302, 403, 404):
        log_request(answered(status))
    assert written.getvalue() == ""
    log_request(answered(500))
    assert written.getvalue() == "GET /: 500\n"
