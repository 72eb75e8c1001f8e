"""The OpenAI key: where it comes from, and where it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from storymaker.cli.key import app
from storymaker.errors import InvalidInputError, SetupError
from storymaker.remote.service import find_key, forget_key, keep_key, key_source, key_state
from tests.server.cupboard import cupboard_in

KEY = "sk-canary-0123456789"


@pytest.fixture
def cupboard(tmp_path: Path) -> Iterator[Path]:
    """A keyring that is a file, and no key in the environment."""
    with cupboard_in(tmp_path / "cupboard.json"):
        yield tmp_path / "cupboard.json"


def test_a_key_is_kept_found_and_forgotten(cupboard: Path) -> None:
    """In the keyring; to forget what is not there is as good."""
    assert (key_state(), key_source(), find_key().get_secret_value()) == ("none", "", "")
    keep_key(SecretStr(f" {KEY}\n"))
    assert (key_state(), find_key().get_secret_value()) == ("keyring", KEY)
    forget_key()
    forget_key()
    assert key_state() == "none"


def test_the_environment_wins(cupboard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is set there is used, whatever the keyring holds."""
    keep_key(SecretStr(KEY))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    assert (key_state(), find_key().get_secret_value()) == ("environment", "sk-of-the-environment")


@pytest.mark.parametrize("typed", ["", "sk-short", "sk-with-ümlaut-0123456789", "sk-canary-\x07-0123456789"])
def test_what_is_no_key_is_not_kept(cupboard: Path, typed: str) -> None:
    """It says so, and does not repeat what was typed."""
    with pytest.raises(InvalidInputError, match="no key") as told:
        keep_key(SecretStr(typed))
    assert not typed or typed not in str(told.value)
    assert not cupboard.exists()


def test_a_system_without_a_keyring_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment takes a key too."""
    monkeypatch.setattr(keyring, "set_password", keyring.backends.fail.Keyring().set_password)  # type: ignore[no-untyped-call]
    with pytest.raises(SetupError, match="OPENAI_API_KEY in the environment"):
        keep_key(SecretStr(KEY))


def test_the_command_line_asks_unseen_and_never_shows_it(cupboard: Path) -> None:
    """Set, where, remove."""
    run = CliRunner().invoke
    kept = run(app, ["set"], input=f"{KEY}\n")
    where = run(app, ["where"])
    gone = run(app, ["remove"])
    assert [done.exit_code for done in (kept, where, gone)] == [0, 0, 0]
    assert "keyring" in where.output
    assert KEY not in kept.output + where.output + gone.output
    assert key_state() == "none"
