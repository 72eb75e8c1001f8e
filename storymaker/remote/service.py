"""Which service does which part: where it is, with which key, by which model."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from storymaker.errors import InvalidInputError, ProviderError, SetupError
from storymaker.remote.hosts import is_private
from storymaker.settings import Settings

Role = Literal["words", "pictures", "moderation"]

OPENAI: Final = "https://api.openai.com/v1"
_KEYRING: Final = ("storymaker", "openai")
_VARIABLE: Final = "OPENAI_API_KEY"
_OWN_VARIABLE: Final = {"words": "STORYMAKER_TEXT_KEY", "pictures": "STORYMAKER_IMAGE_KEY"}
_SHORTEST: Final = 12
_MODEL_SETTING: Final = {"words": "STORYMAKER_TEXT_MODEL", "pictures": "STORYMAKER_IMAGE_MODEL", "moderation": ""}
_FOR_ALL: Final = "STORYMAKER_BASE_URL"
_ADDRESS_SETTING: Final = {"words": "STORYMAKER_TEXT_URL", "pictures": "STORYMAKER_IMAGE_URL"}
_MODERATION: Final = "omni-moderation-latest"


@dataclass(frozen=True)
class Service:
    """A service for one part.

    Attributes:
        role: Which part.
        base_url: Where it is.
        key: Its key; empty for one that asks for none.
        model: By which model.
        named_by: The setting that says where it is.
    """

    role: Role
    base_url: str = field(repr=False)  # may hold a password
    key: SecretStr
    model: str
    named_by: str = _FOR_ALL

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI itself, and not something that speaks like it."""
        return self.base_url.rstrip("/") == OPENAI

    @property
    def where(self) -> str:
        """Its name for people: the host."""
        if self.is_openai:
            return "OpenAI"
        # A name and a password may stand before the host, a token behind it: neither is for a sentence or a log.
        return urlsplit(self.base_url).netloc.rpartition("@")[2] or "the server"

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
        ProviderError: Code "key" if OpenAI itself is meant and there is no key, "address" if where it is cannot be read.
    """
    own = _own(settings, role)
    named_by = _ADDRESS_SETTING[role] if own else _FOR_ALL
    base_url = address_of(own or settings.base_url, named_by) or OPENAI
    model = {"words": settings.text_model, "pictures": settings.image_model, "moderation": _MODERATION}[role]
    service = Service(role, base_url, _key_for(settings, role), model, named_by)
    if service.is_openai and not service.key.get_secret_value():
        raise ProviderError(
            "There is no OpenAI key. Please set OPENAI_API_KEY, or save one with “storymaker key set”, "
            "or let the paper studio make this book for nothing.",
            code="key",
        )
    return service


def address_of(typed: str, setting: str) -> str:
    """Read an address as it was typed; where it does not say how to speak there, that is guessed.

    Args:
        typed: As "localhost:8080/v1"; empty stays empty.
        setting: Which setting says so.

    Raises:
        ProviderError: Code "address" if it is none.
    """
    typed = typed.strip()
    if not typed:
        return ""
    try:
        address = typed if "://" in typed else f"{_scheme_for(urlsplit(f'//{typed}'))}://{typed}"
        parts = urlsplit(address)
        whole = bool(parts.hostname) and parts.port != 0 and not parts.netloc.endswith(":") and " " not in address
        right = whole and parts.scheme in ("http", "https")
    except ValueError:  # a port that is none
        right = False
    if not right:
        shown = typed.rpartition("@")[2]  # no name and password
        raise ProviderError(
            f"{setting} is “{shown}”, and that is no address. Please write it as http://localhost:8080/v1.",
            code="address",
        )
    return address


def _scheme_for(parts: SplitResult) -> str:
    """Servers at home, and those with a port of their own, rarely have a certificate."""
    host = parts.hostname or ""
    return "http" if is_private(host) or "." not in host or parts.port not in (None, 443) else "https"


def _own(settings: Settings, role: Role) -> str:
    """Where a server for this part alone is, as it was typed."""
    return {"words": settings.text_url, "pictures": settings.image_url, "moderation": ""}[role].strip()


def _key_for(settings: Settings, role: Role) -> SecretStr:
    """A key goes only where it was issued: a server for one part alone has one of its own, or none."""
    own = address_of(_own(settings, role), _ADDRESS_SETTING.get(role, _FOR_ALL)).rstrip("/")
    if own and own not in (OPENAI, address_of(settings.base_url, _FOR_ALL).rstrip("/")):
        return SecretStr(os.environ.get(_OWN_VARIABLE[role], "").strip())
    return find_key()


def find_key() -> SecretStr:
    """The key: from the environment, else from the system's keyring; empty where there is none."""
    if key := os.environ.get(_VARIABLE, "").strip():
        return SecretStr(key)
    return SecretStr(_kept() or "")


def key_state() -> Literal["none", "environment", "keyring"]:
    """Where the key comes from."""
    if os.environ.get(_VARIABLE, "").strip():
        return "environment"
    return "keyring" if _kept() else "none"


def key_source() -> str:
    """Where the key comes from, in words; empty where there is none."""
    sources = {"environment": f"the environment ({_VARIABLE})", "keyring": "this system's keyring", "none": ""}
    return sources[key_state()]


def keep_key(key: SecretStr) -> None:
    """Keep a key in the system's keyring.

    Raises:
        InvalidInputError: If it cannot be a key.
        SetupError: If the system has no keyring.
    """
    import keyring
    from keyring.errors import KeyringError

    secret = key.get_secret_value().strip()
    if len(secret) < _SHORTEST or not secret.isascii() or not secret.isprintable():
        raise InvalidInputError("That is no key. Please copy it whole, from platform.openai.com, and try again.")
    try:
        keyring.set_password(*_KEYRING, secret)
    except (KeyringError, RuntimeError):
        raise SetupError(
            "This computer has no safe place for a key (a keyring). Whoever looks after it can give the key another way: "
            f"{_VARIABLE} in the environment."
        ) from None


def forget_key() -> None:
    """Take the key out of the system's keyring; that there was none is as good."""
    import keyring
    from keyring.errors import KeyringError

    with contextlib.suppress(KeyringError, RuntimeError):
        keyring.delete_password(*_KEYRING)


def _kept() -> str | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(*_KEYRING)
    except (KeyringError, RuntimeError):
        return None
