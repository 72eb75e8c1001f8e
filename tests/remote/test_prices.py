"""What a request is expected to cost, and did cost: from a dated file, never too low."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from storymaker.books.model import Brief, Character
from storymaker.images.openai import OpenAIIllustrator
from storymaker.remote.prices import Tokens, cost_usd, counted, dated, expected_picture, expected_story
from storymaker.settings import Settings
from storymaker.story.author import Assignment
from storymaker.story.openai import OpenAIAuthor

WORDS, PICTURES = "gpt-6-luna", "gpt-image-2.6-flare"


@pytest.mark.parametrize(
    ("tokens", "model", "dollars"),
    [
        (Tokens(text_in=1_000_000), WORDS, 0.10),
        (Tokens(text_out=1_000_000), WORDS, 0.50),
        (Tokens(text_in=1_000_000), PICTURES, 5.0),
        (Tokens(image_in=1_000_000), PICTURES, 8.0),
        (Tokens(image_out=1_000_000), PICTURES, 30.0),
        (Tokens(text_in=600, image_in=2000, image_out=2000), PICTURES, 0.079),
        (Tokens(), PICTURES, 0.0),
    ],
)
def test_a_request_costs_what_its_tokens_cost(tokens: Tokens, model: str, dollars: float) -> None:
    """By the price of each kind, as the design notes them."""
    assert cost_usd(tokens, model) == pytest.approx(dollars)


def test_tokens_add_up_by_kind() -> None:
    """A story and its repair are one bill."""
    assert Tokens(1, 2, 3, 4) + Tokens(10, 20, 30, 40) == Tokens(11, 22, 33, 44)


def test_a_model_that_stands_nowhere_is_taken_for_the_dearest() -> None:
    """A new model may never make the budget look larger than it is."""
    table = tomllib.loads(files("storymaker.remote").joinpath("prices.toml").read_text("utf-8"))["models"]
    for model, prices in table.items():
        for kind, price in prices.items():
            assert table["*"][kind] >= price, (model, kind)
    assert cost_usd(Tokens(image_out=1000), "gpt-image-9") >= cost_usd(Tokens(image_out=1000), PICTURES)


def test_a_server_of_ones_own_costs_nothing() -> None:
    """It takes no money, whatever its model is called."""
    assert cost_usd(Tokens(text_in=1_000_000, image_out=1_000_000), PICTURES, paid=False) == 0.0


def test_the_prices_say_of_when_and_from_where_they_are() -> None:
    """A price without a date is a rumour."""
    assert re.fullmatch(r"20\d\d-[01]\d", dated())
    assert tomllib.loads(files("storymaker.remote").joinpath("prices.toml").read_text("utf-8"))["source"]


@pytest.mark.parametrize(("quality", "dollars"), [("low", 0.005), ("medium", 0.041), ("high", 0.165)])
def test_a_picture_is_expected_to_cost_what_the_design_says(quality: str, dollars: float) -> None:
    """The picture alone: at least the noted price of 1536 × 1024, and not more than a square one of it and its words."""
    alone = cost_usd(expected_picture(quality, 0), PICTURES)
    assert dollars <= alone <= 1.6 * dollars + 0.005


def test_each_reference_is_counted() -> None:
    """More cut-outs cost more; a quality that nobody knows is taken for the dearest."""
    costs = [cost_usd(expected_picture("medium", references), PICTURES) for references in range(17)]
    assert costs == sorted(set(costs))
    assert expected_picture("ultra", 1) == expected_picture("high", 1)


def test_a_longer_story_is_expected_to_cost_more() -> None:
    """By the chapter, upon a prompt that is always there."""
    one, ten = expected_story(1), expected_story(10)
    assert ten.text_in == one.text_in > 0
    assert ten.text_out == 10 * one.text_out > 0


@pytest.mark.parametrize(
    ("said", "count"), [(5, 5), (0, 0), (-5, 0), ("5", 0), (None, 0), ({}, 0), (5.5, 0), (10**9, 10**9)]
)
def test_what_is_no_count_is_none(said: object, count: int) -> None:
    """A service may write anything into its bill."""
    assert counted(said) == count


def test_makers_say_before_what_it_will_cost(settings: Settings) -> None:
    """In proportion to what is asked for, by the model and quality that are set; for nothing on one's own server."""
    ours = settings.model_copy(update={"text_url": "http://127.0.0.1:9/v1", "image_url": "http://127.0.0.1:9/v1"})
    story = Assignment(Brief(chapters=10), (Character(name="Bramble"),))
    assert 0 < OpenAIAuthor(settings).estimate_usd(story) < 0.01
    assert OpenAIAuthor(ours).estimate_usd(story) == 0.0
    low, high = (
        OpenAIIllustrator(settings.model_copy(update={"image_quality": name})).estimate_usd(10)
        for name in ("low", "high")
    )
    assert 0 < low < high
    assert OpenAIIllustrator(settings).estimate_usd(10) == pytest.approx(
        10 * OpenAIIllustrator(settings).estimate_usd(1)
    )
    assert OpenAIIllustrator(ours).estimate_usd(10) == 0.0
