"""A keyring for tests: one file, which the environment names, in place of what the system has."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import PasswordDeleteError


class Cupboard(KeyringBackend):
    """Keeps secrets in the file that ``CUPBOARD`` names."""

    @properties.classproperty
    def priority(self) -> float:
        """None where no file is named: whoever looks for a keyring takes every class that was ever imported."""
        if "CUPBOARD" not in os.environ:
            raise RuntimeError("no file is named")
        return 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept."""
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        self._write(self._all() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        """Take it out."""
        kept = self._all()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError
        self._write(kept)

    @property
    def _file(self) -> Path:
        return Path(os.environ["CUPBOARD"])

    def _all(self) -> dict[str, str]:
        return dict(json.loads(self._file.read_text("utf-8"))) if self._file.exists() else {}

    def _write(self, kept: dict[str, str]) -> None:
        self._file.write_text(json.dumps(kept), "utf-8")


@contextmanager
def cupboard_in(file: Path) -> Iterator[None]:
    """This process's keyring is that file, and its environment has no key."""
    usual = keyring.get_keyring()
    with pytest.MonkeyPatch.context() as changed:
        changed.delenv("OPENAI_API_KEY", raising=False)
        changed.setenv("CUPBOARD", str(file))
        keyring.set_keyring(Cupboard())
        try:
            yield
        finally:
            keyring.set_keyring(usual)
