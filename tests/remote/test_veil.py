"""The child's name stays at home: a token goes out in its place, and the name is put back in what comes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storymaker.remote.veil import TOKEN, Veil


@pytest.mark.parametrize(
    ("child", "typed", "goes_out"),
    [
        ("Mia", "Mia waits.", "CHILD waits."),
        ("Mia", "MIA, mia and mIa", "CHILD, CHILD and CHILD"),
        ("Mia", "Mia's bear, Mia’s bed", "CHILD's bear, CHILD’s bed"),
        ("Mia", "Miami and Lamia", "Miami and Lamia"),
        ("Mia", "(Mia) “Mia” Mia2 _Mia_", "(CHILD) “CHILD” CHILD2 _CHILD_"),
        ("Zoë", "Zoe, ZOË, Zoë", "CHILD, CHILD, CHILD"),
        ("Zoë", unicodedata.normalize("NFD", "Zoë"), "CHILD"),
        ("Mia Sophie", "Mia  Sophie, Mia and Sophie", "CHILD, CHILD and CHILD"),
        ("Jean-Luc", "Jean‑Luc and Luc", "CHILD and CHILD"),
        ("D'Arcy", "D’Arcy", "CHILD"),
        ("Mia and Tom", "Mia and Tom and Bramble", "CHILD and Bramble"),
        ("a.b", "axb", "axb"),
        ("小雨", "小雨在等", "CHILD在等"),
        ("", "Mia waits.", "Mia waits."),
    ],
)
def test_the_name_goes_out_as_a_token(child: str, typed: str, goes_out: str) -> None:
    """However it is typed, alone or beside other signs; words that only hold its letters stay."""
    assert Veil(child).hidden(typed) == goes_out


def test_a_name_that_the_child_had_before_stays_at_home_too() -> None:
    """Words may say it still; what comes back has the name of today, or none."""
    assert Veil("Lena", ("Mia", "Zoë")).hidden("Mia, Zoe’s and Lena") == "CHILD, CHILD’s and CHILD"
    assert Veil("", ("Mia",)).hide(["Mia waits."]) == ["CHILD waits."]
    assert Veil("Lena", ("Mia",)).shown("CHILD waits.") == "Lena waits."


def test_tables_are_hidden_to_their_leaves() -> None:
    """Lists and tables keep their form, and what is no text stays."""
    told = {"title": "Mia", "rows": [{"text": "For Mia", "n": 3}], "pair": ("Mia", None)}
    assert Veil("Mia").hide(told) == {"title": TOKEN, "rows": [{"text": "For CHILD", "n": 3}], "pair": [TOKEN, None]}


@pytest.mark.parametrize(
    ("child", "came", "shown"),
    [
        ("Mia", "CHILD knocked. For CHILD’s bear.", "Mia knocked. For Mia’s bear."),
        ("Mia", "GRANDCHILD, CHILDREN and child", "GRANDCHILD, CHILDREN and child"),
        (r"\1 \g<0>", "CHILD", r"\1 \g<0>"),
        ("", "CHILD knocked. CHILD waited for CHILD.\nCHILD slept. “CHILD?”",
         "Someone knocked. Someone waited for someone.\nSomeone slept. “Someone?”"),
    ],
)  # fmt: skip
def test_the_name_is_put_back(child: str, came: str, shown: str) -> None:
    """In the place of the token alone, as it was typed; without a name it is someone."""
    assert Veil(child).shown(came) == shown


@given(
    st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), min_size=2, max_size=12), st.text(max_size=40)
)
def test_no_name_of_letters_gets_out_whatever_stands_around_it(name: str, around: str) -> None:
    """Whatever the name and the words: hidden twice is hidden once, and the name stands nowhere as a word."""
    veil = Veil(name)
    hidden = veil.hidden(f"{around} {name} {around}")
    assert TOKEN in hidden
    if name.casefold() not in TOKEN.casefold():
        assert name not in hidden.split()
        assert veil.hidden(hidden) == hidden
