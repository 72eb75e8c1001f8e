"""Answers to calls that failed, kept as they came for whoever wants to look: private, few, and without key and child's name."""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from storymaker.books.files import write_file
from storymaker.errors import ProviderError, StorymakerError
from storymaker.remote.service import Service
from storymaker.remote.transport import Heard
from storymaker.remote.veil import Veil
from storymaker.settings import private_folder
from storymaker.text import short_id

log = logging.getLogger(__name__)

FOLDER: Final = "replies"
MANY: Final = 20
"""How many are kept: the newest."""
DAYS: Final = 14
"""How long they are kept."""
_DAY_SECONDS: Final = 86_400
_LIKE_A_KEY: Final = re.compile(r"\b(?:sk|key|gsk|hf|xai|r8)[-_][A-Za-z0-9_\-]{8,}")


@dataclass(frozen=True)
class Secrets:
    """What may not be kept.

    Attributes:
        key: The service's key.
        url: Its address, which may hold a password.
        child: The child's name.
    """

    key: str
    url: str
    child: str

    def hidden_in(self, text: str) -> str:
        """The same text without them, as they are and as JSON spells them."""
        for secret in (self.key, urlsplit(self.url).password):
            if secret:
                text = text.replace(secret, "(key)").replace(json.dumps(secret)[1:-1], "(key)")
        text = Veil(self.child).hidden(_LIKE_A_KEY.sub("(key)", text))
        return text.replace(spelled, "CHILD") if (spelled := json.dumps(self.child)[1:-1]) else text


def keep_reply(home: Path, heard: Heard, service: Service, error: ProviderError, secrets: Secrets) -> str:
    """Keep an answer; older ones than the newest few go.

    Args:
        home: ``STORYMAKER_HOME``.
        heard: The answer.
        service: Whose it is.
        error: How the call ended.
        secrets: What may not be kept.

    Returns:
        Its file, from ``home``; empty where the disk refused, which is logged and no reason to fail otherwise.
    """
    now = datetime.now(UTC)
    name = f"{now:%Y%m%d-%H%M%S}-{service.role}-{short_id(4)}.txt"
    cut = f" (the first {len(heard.body)} are here)" if heard.size > len(heard.body) else ""
    head = (
        f"{error.message}\n\nwhen: {now:%Y-%m-%d %H:%M:%S} UTC\nwho: {service.where}, model {service.model}\n"
        f"failure: {error.code}\nstatus: {heard.status}\ncontent-type: {heard.kind}\nbytes: {heard.size}{cut}\n\n"
    )
    text = secrets.hidden_in(head + heard.body.decode("utf-8", "replace"))
    try:
        folder = private_folder(private_folder(home) / FOLDER)
        write_file(folder / name, text.encode(), durable=False, private=True)
        sweep_replies(home)
    except StorymakerError as refused:
        log.warning("the answer of %s was not kept: %s", service.where, refused.message)
        return ""
    log.info("the answer of %s is kept in %s", service.where, folder / name)
    return f"{FOLDER}/{name}"


def sweep_replies(home: Path, now: float | None = None) -> tuple[Path, ...]:
    """Remove what is old, or more than the newest few.

    Args:
        home: ``STORYMAKER_HOME``.
        now: The time, in seconds since 1970; None is now.

    Returns:
        What stays, the newest first.
    """
    files = sorted((home / FOLDER).glob("*.txt"), reverse=True)
    oldest = datetime.fromtimestamp((time.time() if now is None else now) - DAYS * _DAY_SECONDS, UTC)
    stay = [file for file in files[:MANY] if file.name >= f"{oldest:%Y%m%d-%H%M%S}"]
    for file in files:
        if file not in stay:
            file.unlink(missing_ok=True)
    return tuple(stay)
