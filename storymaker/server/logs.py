"""The studio's log: warnings only, and no secret in it, whoever wrote the line."""

from __future__ import annotations

import logging
import re
import traceback
from typing import Any, Final

from tornado.web import RequestHandler

_MASK: Final = "•••"
_NAMES: Final = r"token|ticket|passw(?:or)?d|secret|api[_-]?key|authorization|cookie|session-\d+|_xsrf"
_SECRETS: Final = (
    re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]+"),
    re.compile(rf"(?i)([\w-]*(?:{_NAMES})['\"]?\s*[=:]\s*['\"]?)(?:bearer\s+)?[^\s'\"&,;}}<>\\]+"),
    re.compile(r"(\b\w+://[^\s:/@]*:)[^\s@]+(?=@)"),
    re.compile(r"()\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"),
    re.compile(r"()\bsk-[\w-]{8,}"),
)

log = logging.getLogger(__name__)


def masked(text: str) -> str:
    """A text without what opens doors: tokens, tickets, passwords, keys."""
    for secret in _SECRETS:
        text = secret.sub(rf"\1{_MASK}", text)
    return text


class NoSecrets(logging.Filter):
    """Masks secrets in a record: its words, and the traceback that hangs on it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask; let everything pass."""
        try:
            record.msg, record.args = masked(record.getMessage()), ()
        except (TypeError, ValueError):  # a call with wrong arguments must not let out what they hold
            record.msg, record.args = "(a line of the log that could not be put together)", ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = masked("".join(traceback.format_exception(*record.exc_info)).rstrip())
        return True


def keep_secrets_out() -> None:
    """Mask every record that is made from now on, whatever logger and handler it passes; print warnings only."""
    stock, mask = logging.getLogRecordFactory(), NoSecrets()

    def without_secrets(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = stock(*args, **kwargs)
        mask.filter(record)
        return record

    logging.setLogRecordFactory(without_secrets)
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    if root.getEffectiveLevel() > logging.WARNING:
        root.setLevel(logging.WARNING)


def log_request(handler: RequestHandler) -> None:
    """Tornado's access log: only what went wrong on our side, and never a query, where a token could be."""
    if handler.get_status() >= 500:
        log.error("%s %s: %s", handler.request.method, handler.request.path, handler.get_status())
