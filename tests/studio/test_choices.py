"""What was chosen in step 1, as a value: its faults, its order, its price in words."""

from __future__ import annotations

import pytest

from storymaker.contract.values import Estimate
from storymaker.studio.metadata.model import ANY, BUILTIN, WISH, Choices
from storymaker.studio.metadata.price import price_line
from storymaker.studio.step import dollars


@pytest.mark.parametrize(
    ("choices", "field", "word"),
    [
        (Choices(title="x" * 81), "title", "81 characters"),
        (Choices(child="x" * 81), "child", "child"),
        (Choices(dedication="x" * 201), "dedication", "200"),
        (Choices(hero_name=" \u202e "), "hero_name", "needs a name"),
        (Choices(arc=WISH, wish="  "), "wish", "sentence or two"),
        (Choices(arc=WISH, wish="x" * 6001), "wish", "6,000"),
        (Choices(hero="bear1", friend="bear1"), "friend", "own friend"),
    ],
)
def test_each_fault_is_a_sentence_beside_its_field(choices: Choices, field: str, word: str) -> None:
    """And no other field is blamed."""
    assert list(choices.faults()) == [field]
    assert word in choices.faults()[field]


def test_what_can_be_ordered_has_no_faults() -> None:
    """Our own plushie with any story, or a family's with a wish."""
    assert Choices().faults() == {}
    assert Choices(hero="bear1", hero_name="", arc=WISH, wish="A trip to the moon.").faults() == {}


def test_the_order_says_what_was_chosen() -> None:
    """Words of ours that stand for nothing do not go into it."""
    order = Choices(hero=BUILTIN, hero_name="Bramble", title="T", age_band="7-8", draw=False).request("key-1")
    assert (order.heroes, order.hero_name, order.friend, order.arc, order.wish) == ((), "Bramble", "", "", "")
    assert (order.title, order.age_band, order.draw, order.key) == ("T", "7-8", False, "key-1")
    order = Choices(hero="bear1", friend="duck2", arc=WISH, wish="Rain.").request()
    assert (order.heroes, order.friend, order.arc, order.wish) == (("bear1",), "duck2", "", "Rain.")
    assert Choices(arc="kite", wish="left over").request().wish == ""


def test_a_price_is_told_before_the_click() -> None:
    """As an estimate; nothing is nothing, and very little is not nothing."""
    assert (dollars(0), dollars(0.001), dollars(1.5)) == ("nothing", "less than a cent", "about $1.50")
    free = Estimate(words_usd=0, pictures_usd=0, total_usd=0)
    assert "costs nothing" in price_line(free, draw=True)
    dear = Estimate(words_usd=0.1, pictures_usd=2, total_usd=2.1)
    assert "about $2.10 in all" in price_line(dear, draw=True)
    assert "when you ask for them" in price_line(dear, draw=False)


@pytest.mark.parametrize(
    "choices",
    [
        Choices(title="x" * 80),
        Choices(child="x" * 80),
        Choices(hero_name="x" * 80),
        Choices(dedication="x" * 200),
        Choices(arc=WISH, wish="x" * 6000),
        Choices(arc=WISH, wish=" " * 9 + "x" * 6000),
        Choices(arc="kite", wish="x" * 6001),
        Choices(hero=ANY, friend=ANY),
    ],
)
def test_what_just_fits_is_no_fault(choices: Choices) -> None:
    """The longest that may be typed, as it is kept; a wish only where it is chosen."""
    assert choices.faults() == {}


def test_a_hero_name_that_is_too_long_is_told() -> None:
    """With how long it is."""
    assert Choices(hero_name="x" * 81).faults() == {
        "hero_name": "The hero’s name has 81 characters, and 80 fit. Please shorten it."
    }


def test_every_answer_goes_into_the_order() -> None:
    """As it was given; the name of our own plushie only where it plays."""
    told = {"title": "T", "child": "C", "dedication": "D", "author": "A", "illustrator": "I", "arc": "kite"}
    order = Choices(**told, draw=False).request()
    assert {name: getattr(order, name) for name in told} == told
    assert (order.draw, Choices(draw=True).request().draw) == (False, True)
    assert Choices(hero="bear1", hero_name="left over").request().hero_name == "Pip"


def test_the_price_is_a_sentence() -> None:
    """With each part by itself, and all of it; half a cent is a cent."""
    assert (dollars(0.004), dollars(0.005)) == ("less than a cent", "about $0.01")
    dear = Estimate(words_usd=0.1, pictures_usd=2, total_usd=2.1)
    assert price_line(dear, draw=True) == (
        "The story costs about $0.10, the pictures about $2.00: about $2.10 in all. It is an estimate."
    )
    assert price_line(dear, draw=False) == (
        "The story costs about $0.10 now; the pictures about $2.00, when you ask for them. It is an estimate."
    )
    half = Estimate(words_usd=0, pictures_usd=2, total_usd=2)
    assert price_line(half, draw=True).startswith("The story costs nothing, the pictures about $2.00")


def test_what_cannot_be_seen_is_never_refused() -> None:
    """Spaces without end, and a name that nobody is asked for: no fault, and an order that holds."""
    assert Choices(title=" " * 401, child="Ada" + " " * 400, hero_name="Pip" + "\u200b" * 400).faults() == {}
    assert Choices(title=" " * 401, child="Ada" + " " * 400).request().child == "Ada"
    assert Choices(hero="bear1", hero_name="x" * 500).faults() == {}
    assert Choices(arc=WISH, wish="Rain." + " " * 6_001).request().wish == "Rain."
