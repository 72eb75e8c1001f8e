"""Settings: where they come from, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from storymaker.errors import SetupError
from storymaker.settings import load_settings, private_folder


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder and an empty environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("BOOKS", "HOME", "JOBS_DB", "AUTHOR"):
        monkeypatch.delenv(f"STORYMAKER_{name}", raising=False)


def test_the_caller_wins_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each beats the next."""
    (tmp_path / "storymaker.toml").write_text('author = "file"\n')
    assert load_settings().author == "file"
    monkeypatch.setenv("STORYMAKER_AUTHOR", "environment")
    assert load_settings().author == "environment"
    assert load_settings(author="caller").author == "caller"
    assert load_settings(author=None).author == "environment"


def test_books_are_in_the_checkout_or_in_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standing in a checkout, its own shelf is used; also deep inside it, as a notebook does."""
    assert load_settings().books.name == "Storymaker"
    (tmp_path / "books").mkdir()
    (tmp_path / "storymaker" / "books").mkdir(parents=True)
    assert load_settings().books == tmp_path / "books"
    notebooks = tmp_path / "notebooks" / "mine"
    notebooks.mkdir(parents=True)
    monkeypatch.chdir(notebooks)
    assert load_settings().books == tmp_path / "books"


def test_the_jobs_database_is_a_url(tmp_path: Path) -> None:
    """A SQLite file at home unless another is named."""
    assert load_settings(home=tmp_path).jobs_url == f"sqlite:///{tmp_path.as_posix()}/jobs.sqlite"
    assert load_settings(jobs_db="postgresql://x/y").jobs_url == "postgresql://x/y"


@pytest.mark.parametrize(("name", "value"), [("PICTURE_TIMEOUT", "soon"), ("BOOK_BUDGET", "-1")])
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """With its full name, as it stands in the environment."""
    monkeypatch.setenv(f"STORYMAKER_{name}", value)
    with pytest.raises(SetupError, match=f"STORYMAKER_{name}"):
        load_settings()


def test_a_file_that_is_no_toml_is_said(tmp_path: Path) -> None:
    """With the line that is to be corrected."""
    (tmp_path / "storymaker.toml").write_text('author = "paper"\nillustrator = \n')
    with pytest.raises(SetupError, match=r"storymaker\.toml cannot be read: .*line 2.*correct that line"):
        load_settings()


def test_a_name_that_no_setting_has_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With the nearest that there is: a slip is not passed over in silence, nor said at each reading."""
    (tmp_path / "storymaker.toml").write_text('ilustrator = "paper"\nauthor = "paper"\nzzz = 1\n')
    for _ in range(2):
        load_settings()
    told = sorted(record.getMessage().partition(": ")[2] for record in caplog.records)
    assert told == ["there is no setting “ilustrator”. Did you mean “illustrator”?", "there is no setting “zzz”."]


def test_home_is_nobody_elses(tmp_path: Path) -> None:
    """Mode 0700, made when needed, and a sentence when it cannot be."""
    folder = private_folder(tmp_path / "a" / "home")
    assert folder.stat().st_mode & 0o77 == 0
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="STORYMAKER_HOME"):
        private_folder(tmp_path / "file" / "home")
