"""How a server wants to be asked: in full, or with less where it refuses that; learned once, and remembered for it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from storymaker.books.files import write_file
from storymaker.errors import StorymakerError
from storymaker.remote.faults import declined
from storymaker.remote.service import Service
from storymaker.settings import private_folder

if TYPE_CHECKING:
    from storymaker.remote.client import Line

log = logging.getLogger(__name__)

_FILE: Final = "servers.json"
_MANY: Final = 100
_DAYS: Final = 30
"""For so long a server is taken at its word; by then it may have learned more."""
_DAY_SECONDS: Final = 86_400
_OWN_FAULT: Final = 500
_NEXT_FORM: Final[dict[str, Literal["json", "plain"]]] = {"schema": "json", "json": "plain"}
_OF_FORM: Final = re.compile(
    r"response.?format|json.?schema|json.?object|structured|grammar|guided|schema", re.IGNORECASE
)
_OF_COUNT: Final = re.compile(r"stream.?options|include.?usage", re.IGNORECASE)
_OF_STREAM: Final = re.compile(r"\bstream(?:ed|ing)?\b", re.IGNORECASE)
_SAYS_NO: Final = re.compile(r"support|unknown|unavailable|invalid|not allowed|unrecogni[sz]ed", re.IGNORECASE)


@dataclass(frozen=True)
class Manner:
    """How to ask.

    Attributes:
        form: How a table is asked for: by its schema, as some JSON, or in plain words alone.
        streamed: Whether an answer may come while it is written.
        counted: Whether its tokens are asked for then.
        coded: Whether a picture is asked for as base64 by name.
    """

    form: Literal["schema", "json", "plain"] = "schema"
    streamed: bool = True
    counted: bool = True
    coded: bool = True

    def lesser(self, error: Any, service: Service) -> Manner | None:
        """What to try where this was refused before anything was done; None where that would not help.

        Args:
            error: The client's error, with the status of the answer.
            service: Who refused.
        """
        if not declined(error):
            return None
        told = str(error)
        own_fault = error.status_code >= _OWN_FAULT
        if own_fault and not _SAYS_NO.search(told):
            return None  # it may have come after the work was done
        about_form = bool(_OF_FORM.search(told)) or not (own_fault or service.is_openai)
        if service.role == "pictures":
            return replace(self, coded=False) if self.coded and about_form else None
        if _OF_COUNT.search(told) and self.counted:
            return replace(self, counted=False)
        if _OF_STREAM.search(told) and self.streamed:
            return replace(self, streamed=False)
        return self._in_next_form() if about_form else None

    def plainer(self, service: Service) -> Manner | None:
        """What to try where a server answered that it has no answer; OpenAI's word is taken for it."""
        return None if service.is_openai else self._in_next_form()

    def _in_next_form(self) -> Manner | None:
        form = _NEXT_FORM.get(self.form)
        return replace(self, form=form) if form else None


_KNOWN: Final[dict[str, Manner]] = {}


def manner_for(line: Line) -> Manner:
    """How the server at the end of a line wants to be asked, as far as that is known."""
    name = _name(line.service)
    if name not in _KNOWN:
        _KNOWN[name] = _read(line.home, name)
    return _KNOWN[name]


def remember(line: Line, manner: Manner) -> None:
    """Remember how a server has answered; what the disk refuses is known to this process alone."""
    name = _name(line.service)
    if _KNOWN.get(name) == manner:
        return
    _KNOWN[name] = manner
    log.info("%s is asked so from now on: %s", line.service.where, manner)
    if line.home is None:
        return
    try:
        known = dict(list(_file(line.home).items())[-_MANY:]) | {name: asdict(manner) | {"at": time.time()}}
        write_file(private_folder(line.home) / _FILE, json.dumps(known).encode(), durable=False, private=True)
    except StorymakerError as error:
        log.warning("how %s wants to be asked is not kept: %s", line.service.where, error.message)


def _name(service: Service) -> str:
    """Of a model at a server; neither address nor key can be read from it."""
    return hashlib.sha256(f"{service.account}\0{service.role}\0{service.model}".encode()).hexdigest()[:16]


def _read(home: Path | None, name: str) -> Manner:
    told = _file(home).get(name) if home else None
    try:
        if told and time.time() - told.pop("at") < _DAYS * _DAY_SECONDS:
            return Manner(**told)
    except (TypeError, KeyError, AttributeError):  # of another version
        pass
    return Manner()


def _file(home: Path) -> dict[str, Any]:
    try:
        told = json.loads((home / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
