"""Makers that are installed: a broken one stops no other, and says what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from storymaker.doctor import examine
from storymaker.errors import InvalidInputError
from storymaker.settings import Settings
from storymaker.workshop import Workshop

BROKEN = """
class Raising:
    def __init__(self) -> None:
        raise RuntimeError("no")

class Silent:
    name = credit = "silent"
"""
POINTS = """[storymaker.illustrators]
missing = brokenpaint:NotThere
absent = nosuchmodule:Maker
raising = brokenpaint:Raising
silent = brokenpaint:Silent
"""


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with a package none of whose illustrators can be loaded."""
    site = tmp_path / "site"
    about = site / "brokenpaint-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: brokenpaint\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text(POINTS, "utf-8")
    (site / "brokenpaint.py").write_text(BROKEN, "utf-8")
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("brokenpaint", None)


@pytest.mark.usefixtures("broken")
def test_a_broken_plug_in_stops_no_other(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """It is left out with a warning that names it and its package; whoever asks for it gets a sentence."""
    with Workshop(settings=settings) as shop:
        assert {"paper", "openai"} <= set(shop.illustrators)
        assert not {"missing", "absent", "raising", "silent"} & set(shop.illustrators)
        warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert len(warned) == 4
        sentence = (
            "The illustrator “absent” of the package “brokenpaint” cannot be loaded (ModuleNotFoundError). "
            "Please update or uninstall it."
        )
        assert sentence in warned
        with pytest.raises(InvalidInputError) as refused:
            shop.make("Bramble", illustrator="absent", chapters=1)
        assert refused.value.message == sentence
        assert shop.shelf.list().books == ()


@pytest.mark.usefixtures("broken")
def test_the_doctor_loads_each_maker(settings: Settings) -> None:
    """What cannot be loaded is shown, each with its sentence."""
    (found,) = [one for one in examine(settings) if one.what == "authors and illustrators"]
    assert found.state == "bad"
    assert found.says.count("cannot be loaded") == 4
    assert "“raising” of the package “brokenpaint” cannot be loaded (RuntimeError)" in found.says


def test_the_doctor_knows_who_is_set(settings: Settings) -> None:
    """A setting that names nobody is found before a book is begun with it."""
    wrong = settings.model_copy(update={"author": "papper"})
    (found,) = [one for one in examine(wrong) if one.what == "authors and illustrators"]
    assert found.state == "bad"
    assert "STORYMAKER_AUTHOR names “papper”, and there is no such author" in found.says
