"""Which service does which part: where it is, with which key, by which model."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from storymaker.errors import ProviderError
from storymaker.settings import Settings

Role = Literal["words", "pictures", "moderation"]

OPENAI: Final = "https://api.openai.com/v1"
_KEYRING: Final = ("storymaker", "openai")
_MODEL_SETTING: Final = {"words": "STORYMAKER_TEXT_MODEL", "pictures": "STORYMAKER_IMAGE_MODEL", "moderation": ""}
_MODERATION: Final = "omni-moderation-latest"


@dataclass(frozen=True)
class Service:
    """A service for one part.

    Attributes:
        role: Which part.
        base_url: Where it is.
        key: Its key; empty for one that asks for none.
        model: By which model.
    """

    role: Role
    base_url: str
    key: SecretStr
    model: str

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI itself, and not something that speaks like it."""
        return self.base_url.rstrip("/") == OPENAI

    @property
    def where(self) -> str:
        """Its name for people: the host."""
        return "OpenAI" if self.is_openai else (urlsplit(self.base_url).netloc or self.base_url)

    @property
    def setting(self) -> str:
        """The setting that names its model."""
        return _MODEL_SETTING[self.role]

    @property
    def account(self) -> str:
        """What stands for this key at this place where paces are kept: never the key itself."""
        return hashlib.sha256(f"{self.base_url}\0{self.key.get_secret_value()}".encode()).hexdigest()[:16]


def service_for(settings: Settings, role: Role) -> Service:
    """The service for a part, from the settings.

    Args:
        settings: Where, and which model.
        role: Which part.

    Raises:
        ProviderError: Code "key" if OpenAI itself is meant and there is no key.
    """
    base_url = {
        "words": settings.text_url, "pictures": settings.image_url, "moderation": settings.text_url,
    }[role] or settings.base_url or OPENAI  # fmt: skip
    model = {"words": settings.text_model, "pictures": settings.image_model, "moderation": _MODERATION}[role]
    service = Service(role, base_url, find_key(), model)
    if service.is_openai and not service.key.get_secret_value():
        raise ProviderError(
            "There is no OpenAI key. Please set OPENAI_API_KEY, or save a key with “storymaker key”, "
            "or let the paper studio make this book for nothing.",
            code="key",
        )
    return service


def find_key() -> SecretStr:
    """The key: from the environment, else from the system's keyring; empty where there is none."""
    if key := os.environ.get("OPENAI_API_KEY", "").strip():
        return SecretStr(key)
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return SecretStr("")
    try:
        return SecretStr(keyring.get_password(*_KEYRING) or "")
    except (KeyringError, RuntimeError):
        return SecretStr("")
