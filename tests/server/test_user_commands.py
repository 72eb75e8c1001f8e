"""Tests of the commands that say who may sign in."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from storymaker.books.model import Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.cli import app, main
from storymaker.server.users import UserStore
from storymaker.settings import Settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line; gives its exit status and what it said."""

    def command(*words: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["storymaker", "user", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def users(settings: Settings) -> UserStore:
    """The users as the studio sees them."""
    return UserStore(settings.home)


def test_adding_a_user(run: Run, users: UserStore, settings: Settings) -> None:
    """The password comes from standard input, without the end of its line; the answer says where the books are kept."""
    status, out, said = run("add", "Otter", "--password-stdin", stdin="river-stones\n")
    user = users.check("Otter", "river-stones")
    assert user is not None
    assert (status, out) == (0, "")
    assert str(settings.books / "families" / user.id) in said
    assert "river-stones" not in said


def test_adding_a_user_asks_for_the_password(users: UserStore) -> None:
    """On a terminal the password is asked for twice and not shown."""
    answer = CliRunner().invoke(app, ["user", "add", "Otter"], input="river-stones\nriver-stones\n")
    assert answer.exit_code == 0
    assert "river-stones" not in answer.output
    assert users.check("Otter", "river-stones") is not None
    answer = CliRunner().invoke(app, ["user", "add", "Badger"], input="river-stones\nriver-stone\n")
    assert answer.exit_code != 0
    assert users.find("Badger") is None


@pytest.mark.parametrize("password", ["", "river12", "x" * 5000, "two\nlines of it"])
def test_a_password_that_cannot_be(run: Run, users: UserStore, password: str) -> None:
    """It is refused as a slip of usage, in a sentence that does not repeat it."""
    status, _, said = run("add", "Otter", "--password-stdin", stdin=password)
    assert status == 2
    assert "Please choose another" in said
    assert len(password) < 3 or password not in said
    assert users.all() == ()


def test_a_user_who_is_there(run: Run, users: UserStore) -> None:
    """Adding a name again says how to change the password, before it asks for one."""
    users.add("Otter", "river-stones")
    status, _, said = run("add", "otter")
    assert (status, "storymaker user password otter" in said) == (2, True)


def test_changing_a_password(run: Run, users: UserStore) -> None:
    """The new password counts, the old one no more."""
    users.add("Otter", "river-stones")
    assert run("password", "otter", "--password-stdin", stdin="forest-leaves\r\n")[0] == 0
    assert users.check("Otter", "river-stones") is None
    assert users.check("Otter", "forest-leaves") is not None


@pytest.mark.parametrize("command", ["password", "remove"])
def test_a_user_who_is_not_there(run: Run, users: UserStore, command: str) -> None:
    """A slip in the name is told before a password is asked for."""
    users.add("Otter", "river-stones")
    status, _, said = run(command, "Oter")
    assert (status, "“Otter”" in said) == (2, True)


def test_removing_users(run: Run, users: UserStore, settings: Settings) -> None:
    """The books stay, and it says where; with the last user it says how the studio opens now."""
    otter = users.add("Otter", "river-stones")
    users.add("Badger", "forest-leaves")
    shelf = settings.books / "families" / otter.id
    shelf.mkdir(parents=True)
    status, _, said = run("remove", "OTTER")
    assert (status, str(shelf) in said, "terminal" in said) == (0, True, False)
    assert shelf.is_dir()
    assert "terminal" in run("remove", "Badger")[2]
    assert users.all() == ()


def test_listing_users(run: Run, users: UserStore, settings: Settings) -> None:
    """Everybody with their shelf, for people and for programs; never a hash."""
    assert "user add" in run("list")[2]
    assert json.loads(run("list", "--json")[1]) == {"users": []}
    otter = users.add("Otter", "river-stones")
    status, out, _ = run("list")
    assert (status, out) == (0, f"Otter  {settings.books / 'families' / otter.id}\n")
    (row,) = json.loads(run("list", "--json")[1])["users"]
    assert row == {
        "id": otter.id,
        "name": "Otter",
        "since": otter.since.isoformat(),
        "shelf": str(settings.books / "families" / otter.id),
    }


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_first_user_hears_of_books_made_before(run: Run, settings: Settings, count: int) -> None:
    """Books on the root shelf stay there for the command line; only the first user added is told, and only if there are any."""
    shelf = Shelf(settings.books)
    for n in range(count):
        hero = shelf.cast.save(Character(name="Bramble", kind="bear"))
        shelf.create(Brief(title=f"Book {n}"), (hero,))
    said = run("add", "Otter", "--password-stdin", stdin="river-stones")[2]
    assert ("for the command line" in said) == (count > 0)
    assert (f"{count} book" in said) == (count > 0)
    assert "for the command line" not in run("add", "Badger", "--password-stdin", stdin="river-stones")[2]
    assert len(shelf.list().books) == count


def test_a_damaged_users_file_is_told(run: Run, settings: Settings) -> None:
    """Every command names the file and what to do, and changes nothing."""
    settings.home.mkdir()
    file: Path = settings.home / "users.json"
    file.write_bytes(b"{")
    for words in (["list"], ["remove", "Otter"], ["password", "Otter"], ["add", "Otter"]):
        status, _, said = run(*words)
        assert (status, "users.json cannot be read" in said) == (2, True)
    assert file.read_bytes() == b"{"
