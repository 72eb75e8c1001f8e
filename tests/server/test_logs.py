"""The log: no secret gets into it, whoever writes."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tornado.web import RequestHandler

from storymaker.server.logs import keep_secrets_out, log_request, masked, masked_whole
from tests.soak.shapes import worst_shapes

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
        f"postgresql://me:p@{SECRET}@host/db",
        f"postgresql://me:pa/{SECRET}@host/db",
        f"https://{SECRET}@host/path",
        f"password='{SECRET} and {SECRET}'",
        f'password="my {SECRET}',
        f'{{"password": "a \\" {SECRET} b"}}',
        f"{{'username': [b'x'], 'password': [b'my {SECRET}']}}",
        f'"{{\\"password\\": \\"my {SECRET}\\"}}"',
        f"Authorization: Basic {SECRET}",
        f'Proxy-Authorization: Digest username="x", response="{SECRET}"',
        f"('Authorization', 'Bearer {SECRET}')",
        f"(b'cookie', b'a=1; b={SECRET}')",
        f"Cookie: a=1; b={SECRET}",
        f"password%3D{SECRET}",
        f"storymaker-session-8866-device={SECRET}",
        f"passphrase => {SECRET}",
        f"'postgresql://me:my {SECRET}@host/db'",
        f"postgresql://me:it's{SECRET}@host/db",
        f'dsn="postgresql://me:a@b {SECRET}@host/db"',
        f"pwd={SECRET}",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"access_key: '{SECRET} x'",
    ],
)
def test_what_opens_doors_is_masked(text: str) -> None:
    """In whatever form it is written."""
    assert SECRET not in masked(text)
    assert "•••" in masked(text)


@pytest.mark.parametrize(
    "text",
    ["The token was refused.", "GET /api/books: 500", "kernel 1234 died", "author=paper", "http://host:8080/x?mail=a@b.c",
     "see http://localhost:8866/."],
)  # fmt: skip
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


@pytest.mark.parametrize("shape", worst_shapes(10**6))
def test_masking_takes_no_longer_than_reading(shape: str) -> None:
    """A million letters of the worst: the patterns before took minutes for a twentieth of it. A slow machine is borne."""
    began = time.process_time()
    masked(shape)
    assert time.process_time() - began < 0.05
    began = time.process_time()
    masked_whole(shape[:200_000])
    assert time.process_time() - began < 2


def test_what_is_logged_is_cut(written: io.StringIO) -> None:
    """And says so."""
    logging.getLogger("x").warning("%s", "m" * 100_000)
    assert len(written.getvalue()) < 9_000
    assert "92000 characters more" in written.getvalue()


def test_a_cut_leaves_no_half_of_a_password() -> None:
    """Without its “@” it would not be seen to be one."""
    for before in range(7_930, 8_000):
        assert "Xq7" not in masked("x" * before + f" postgresql://me:{SECRET}@host/db")


@pytest.mark.parametrize(
    "sent", ["a\nERROR root: forged", "a\r\nb", "\x1b[2J\x1b]0;title\x07", "a\u2028b", "\u202egnp.exe", "\x9b2J"]
)
def test_outside_text_begins_no_line_and_moves_no_cursor(written: io.StringIO, sent: str) -> None:
    """What a terminal would obey is written as what it is."""
    logging.getLogger("x").warning("somebody said %s", sent)
    line, end = written.getvalue()[:-1], written.getvalue()[-1]
    assert (line.isprintable(), end) == (True, "\n")


def test_no_line_of_a_traceback_passes_for_a_record(written: io.StringIO) -> None:
    """Each is indented, and a long one is cut in its middle."""

    def fall(depth: int) -> None:
        if depth == 0:
            raise ValueError("broke\nWARNING root: forged\x1b[2J")
        fall(depth - 1)

    try:
        fall(60)
    except ValueError:
        logging.getLogger("x").exception("it broke")
    first, *rest = written.getvalue().splitlines()
    assert first == "it broke"
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in written.getvalue()
    assert "ValueError" in rest[-2]
    assert len(rest) < 120
