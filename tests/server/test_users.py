"""Tests of who may sign in, on disk."""

from __future__ import annotations

import json
import os
import stat
import threading
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from storymaker.errors import InvalidInputError, NotFoundError, SetupError
from storymaker.server.users import UserStore
from storymaker.testing import FakeClock
from tests.server.doors import CHEAP


@pytest.fixture
def users(tmp_path: Path, clock: FakeClock) -> UserStore:
    """A store without users."""
    return UserStore(tmp_path / "home", clock, CHEAP)


def test_a_user_is_known_by_name_and_password(users: UserStore) -> None:
    """Name and password go together, whatever the case of the name; nothing else does."""
    added = users.add("Otter", "river-stones")
    assert users.check("oTTer", "river-stones") == added
    assert users.check("Otter", "river-stone") is None
    assert users.check("Badger", "river-stones") is None
    assert users.check("Otter", "river-stones" + "x" * 2000) is None


def test_no_file_is_nobody(users: UserStore, tmp_path: Path) -> None:
    """Looking makes no folder, and finds nobody."""
    assert users.all() == ()
    assert users.check("Otter", "river-stones") is None
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_file(users: UserStore, tmp_path: Path) -> None:
    """The file has mode 0600 from its first byte on, its folder 0700, whatever the umask."""
    before = os.umask(0)
    try:
        users.add("Otter", "river-stones")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "home" / "users.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def test_the_file_holds_no_password(users: UserStore, tmp_path: Path) -> None:
    """What is kept is an argon2 hash, and it is not shown where a user is printed."""
    user = users.add("Otter", "river-stones")
    text = (tmp_path / "home" / "users.json").read_text("utf-8")
    assert "river-stones" not in text
    assert "$argon2id$" in text
    assert "argon2" not in repr(user)


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", "..\\x", "local", "LOCAL", "ｌｏｃａｌ", "x" * 33, "a\n", "a\u202e", "a:b", "<b>"]
)
def test_names_that_cannot_be(users: UserStore, name: str) -> None:
    """Spaces, slashes, control characters, 33 letters, and “local” are refused."""
    with pytest.raises(InvalidInputError):
        users.add(name, "river-stones")
    assert users.all() == ()


@pytest.mark.parametrize("name", ["o", "Müller", "ana.maria_2-b", "नानी", "x" * 32])
def test_names_that_can_be(users: UserStore, name: str) -> None:
    """Letters of any script, digits, dot, underscore and dash make a name, which is kept as it was typed."""
    assert users.add(name, "river-stones").name == name
    assert users.check(name, "river-stones") is not None


@pytest.mark.parametrize("password", ["", "short12", "x" * 1001, "river\tstones", "river\nstones", "river\0stones"])
def test_passwords_that_cannot_be(users: UserStore, password: str) -> None:
    """Too short, too long, or more than a line is refused, for a new user and for a known one."""
    with pytest.raises(InvalidInputError):
        users.add("Otter", password)
    users.add("Otter", "river-stones")
    with pytest.raises(InvalidInputError):
        users.set_password("Otter", password)


def test_letters_composed_differently_are_the_same(users: UserStore) -> None:
    """One keyboard sends “é” as one character, another as two: name and password fit all the same."""
    users.add("René", "café-crème")
    assert users.check(unicodedata.normalize("NFD", "René"), unicodedata.normalize("NFD", "café-crème")) is not None


def test_a_name_is_given_once(users: UserStore) -> None:
    """Adding a name again says how to change the password, and changes nothing."""
    users.add("Otter", "river-stones")
    with pytest.raises(InvalidInputError, match="storymaker user password OTTER"):
        users.add("OTTER", "other-stones")
    assert users.check("Otter", "river-stones") is not None


def test_a_new_password_has_a_new_stamp(users: UserStore, clock: FakeClock) -> None:
    """A new password counts at once, the old one no more; the stamp moves on even if the clock was set back."""
    old = users.add("Otter", "river-stones")
    clock.move(-timedelta(days=1))
    new = users.set_password("otter", "forest-leaves")
    assert users.check("Otter", "river-stones") is None
    assert users.check("Otter", "forest-leaves") == new
    assert (new.id, new.name) == (old.id, old.name)
    assert new.since > old.since
    assert new.stamp != old.stamp


def test_who_is_removed_is_gone_at_once_for_every_reader(users: UserStore, tmp_path: Path) -> None:
    """Another process that has read the file before sees the change at its next look."""
    other = UserStore(tmp_path / "home", hasher=CHEAP)
    user = users.add("Otter", "river-stones")
    assert other.by_id(user.id) is not None
    users.remove("OTTER")
    assert other.by_id(user.id) is None
    assert other.check("Otter", "river-stones") is None


def test_an_unchanged_file_is_not_read_again(users: UserStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand requests parse the file once."""
    users.add("Otter", "river-stones")
    users.all()
    reads: list[Path] = []
    monkeypatch.setattr(Path, "read_bytes", reads.append)
    for _ in range(1000):
        assert users.find("Otter") is not None
    assert reads == []


def test_who_comes_back_is_somebody_else(users: UserStore) -> None:
    """A removed and added name has another id: an old shelf is not handed to a new family."""
    first = users.add("Otter", "river-stones")
    users.remove("Otter")
    assert users.add("Otter", "river-stones").id != first.id


@pytest.mark.parametrize("change", ["remove", "set_password"])
def test_changing_nobody_says_who_there_is(users: UserStore, change: str) -> None:
    """A slip in the name is answered with the names there are."""
    users.add("Otter", "river-stones")
    with pytest.raises(NotFoundError, match="“Otter”"):
        users.remove("Oter") if change == "remove" else users.set_password("Oter", "river-stones")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"users": [{"name": "Otter"}]}',
        b'{"users": [{"id": "../../..", "name": "O", "password": "x", "since": "2026-01-01T00:00:00Z"}]}',
        b'{"users": [{"id": "aaaaaaaa", "name": "O", "password": "x", "since": "2026-01-01T00:00:00Z"},'
        b' {"id": "bbbbbbbb", "name": "o", "password": "x", "since": "2026-01-01T00:00:00Z"}]}',
    ],
)
def test_a_damaged_file_lets_nobody_in_and_is_kept(users: UserStore, tmp_path: Path, content: bytes) -> None:
    """A file that cannot be read is no empty file: it is named, with what to do, and never overwritten or quoted."""
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "users.json"
    file.write_bytes(content)
    for act in (users.all, lambda: users.check("Otter", "x"), lambda: users.add("Otter", "river-stones")):
        with pytest.raises(SetupError, match=r"users\.json cannot be read"):
            act()
    assert file.read_bytes() == content


def test_a_hash_that_is_none_lets_nobody_in(users: UserStore, tmp_path: Path) -> None:
    """A line edited by hand is a wrong password, not an error page."""
    users.add("Otter", "river-stones")
    file = tmp_path / "home" / "users.json"
    data = json.loads(file.read_text("utf-8"))
    data["users"][0]["password"] = "river-stones"
    file.write_text(json.dumps(data), "utf-8")
    assert users.check("Otter", "river-stones") is None


def test_two_adding_at_once_lose_nobody(users: UserStore, tmp_path: Path) -> None:
    """Eight at the same moment, each with a store of its own, are all there afterwards."""

    def add(n: int) -> None:
        UserStore(tmp_path / "home", hasher=CHEAP).add(f"family-{n}", "river-stones")

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {user.name for user in users.all()} == {f"family-{n}" for n in range(8)}


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="needs a folder that refuses us")
def test_a_read_only_home_is_told_in_words(users: UserStore, tmp_path: Path) -> None:  # pragma: no cover
    """A home that cannot be written is named, with the setting that moves it."""
    (tmp_path / "home").mkdir(mode=0o500)
    with pytest.raises(SetupError, match="STORYMAKER_HOME"):
        users.add("Otter", "river-stones")


def test_a_full_disk_is_told_in_words(users: UserStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that the disk refuses leaves who was there, and says what to do."""
    users.add("Otter", "river-stones")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storymaker.books.files.os.fsync", full)
    with pytest.raises(SetupError, match=r"users\.json could not be written \(No space left on device\)"):
        users.add("Badger", "river-stones")
    monkeypatch.undo()
    assert [user.name for user in users.all()] == ["Otter"]
