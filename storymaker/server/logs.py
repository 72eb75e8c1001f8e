"""The studio's log: warnings only, one line each, and no secret in any of them."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable
from typing import Any, Final

from tornado.web import RequestHandler

from storymaker.text import show_controls

_MASK: Final = "•••"
_LINE_MAX: Final = 8_000
"""Characters of a record that are kept; the rest is cut off before anything looks at it."""
_FRAME_MAX: Final = 1_000
_FRAMES_AT_START: Final = 5
_FRAMES_AT_END: Final = 25
_INDENT: Final = "    "

# Every quantifier is possessive or bounded, and no pattern can begin at each character of a run: all are linear.
_OPENED: Final = r"(?:[\s\[({]{0,8}+(?:[bBuUrRfF]{1,2}(?=['\"]))?)"
_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?|\\{1,8}['\"][^\n]*+"
"""A value in quotation marks, also one without its end; where quotation marks are escaped themselves, all to the line's end."""
_IS: Final = r"(?:\\{0,8}['\"]?\s{0,8}+(?:[=:>]{1,2}+|%3[DdAa])|\\{0,8}['\"]\s{0,8}+,)\s{0,8}+"
_KEYS: Final = r"(?:api|access|private|signing)[_ -]?key"
_NAMES: Final = rf"token|ticket|passw(?:or)?d|passphrase|pwd|secret|credential|{_KEYS}|session-\d{{1,5}}|_xsrf"
_HEADERS: Final = r"authorization|cookie"

_BARE: Final = r"[^\s'\"&,;}\])<>\\]++"


def _mask_authority(match: re.Match[str]) -> str:
    """Mask what stands before the last ``@`` of an address: a password may hold one itself, or a slash."""
    address = match[1]
    authority = re.split(r"[/?#]", address, maxsplit=1)[0]
    port = authority.rpartition(":")[2]
    if "@" not in authority and ("@" not in address or ":" not in authority or port.isdigit()):
        return match[0]
    known, _, host = (authority if "@" in authority else address).rpartition("@")
    user, colon, _ = known.partition(":")
    rest = address[len(known) + 1 + len(host) :]
    return f"://{user}:{_MASK}@{host}{rest}" if colon else f"://{_MASK}@{host}{rest}"


_SECRETS: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(rf"(?i)((?:{_HEADERS}){_IS}{_OPENED})(?:{_QUOTED}|[^\n]++)"), rf"\1{_MASK}"),
    (re.compile(r"(?i)(\b(?:bearer|basic)\s++)[\w.~+/=-]++"), rf"\1{_MASK}"),
    (
        re.compile(rf"(?i)((?:{_NAMES})[\w-]{{0,32}}+{_IS}{_OPENED})(?:{_QUOTED}|(?:bearer\s{{1,8}}+)?{_BARE})"),
        rf"\1{_MASK}",
    ),
    (re.compile(r"(?<=['\"])(?:[A-Za-z][\w+.-]{0,20}+)://([^'\"\n]++)(?=['\"])"), _mask_authority),
    (re.compile(r"://(\S++)"), _mask_authority),
    (re.compile(r"(?<![\w-])eyJ[\w-]++\.[\w.-]++"), _MASK),
    (re.compile(r"\bsk-[\w-]{8,}+"), _MASK),
)

log = logging.getLogger(__name__)


def masked(text: str) -> str:
    """Mask tokens, tickets, passwords and keys.

    Args:
        text: Of any length; no more than its first 8,000 characters are kept.
    """
    if len(text) > _LINE_MAX:
        kept = _cut(text, _LINE_MAX)
        text = f"{kept} … ({len(text) - len(kept)} characters more)"
    return masked_whole(text)


def _cut(text: str, most: int) -> str:
    """Cut between words where that costs little: half of a password is no longer seen to be one."""
    kept = text[:most]
    words = kept.rsplit(None, 1)
    return words[0] if len(words) == 2 and len(words[1]) < most // 4 else kept


def masked_whole(text: str) -> str:
    """Mask tokens, tickets, passwords and keys in a text of any length, in time that grows with it and no faster."""
    for secret, mask in _SECRETS:
        text = secret.sub(mask, text)
    return text


class NoSecrets(logging.Filter):
    """Masks secrets in a record, and shows control characters: its words, and the traceback that hangs on it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask; let everything pass."""
        try:
            record.msg, record.args = show_controls(masked(record.getMessage())), ()
        except (TypeError, ValueError):  # a call with wrong arguments must not let out what they hold
            record.msg, record.args = "(a line of the log that could not be put together)", ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = _indented(traceback.format_exception(*record.exc_info))
        if record.stack_info:
            record.stack_info = _indented([record.stack_info])
        return True


def _indented(parts: list[str]) -> str:
    """A traceback, cut in its middle and indented: no line of it can pass for a record of its own."""
    if len(parts) > _FRAMES_AT_START + _FRAMES_AT_END:
        parts = [*parts[:_FRAMES_AT_START], "…\n", *parts[-_FRAMES_AT_END:]]
    cut = (masked(part if len(part) <= _FRAME_MAX else _cut(part, _FRAME_MAX) + " …") for part in parts)
    lines = show_controls("\n".join(part.rstrip() for part in cut), keep="\n").split("\n")
    return "\n".join(_INDENT + line for line in lines)


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
