"""A short phrase becomes place, light, weather and shot."""

import pytest

from storymaker.images.paper.kits import find_kit, registry


@pytest.mark.parametrize(
    ("phrase", "kit", "light", "weather", "shot"),
    [
        ("forest night, deep night, windless, close, low", "forest", "night", "clear", "close"),
        ("sea, deep night, clear, stars, wind rising, wide", "sea", "night", "wind", "wide"),
        ("storm, deep night, storm, rain, lightning, wide, tilted", "sea", "night", "storm", "wide"),
        ("sea, the last of the night, calm, wide, boat near, land far", "sea", "dusk", "clear", "wide"),
        ("bedroom, night, just after lights-out, clear, moon up, middle", "bedroom", "night", "clear", "middle"),
        ("snow, morning", "snow", "day", "clear", "middle"),
        ("snow, evening, snow", "snow", "dusk", "snow", "middle"),
        ("woods, misty, from high above, hero small", "forest", "day", "fog", "wide"),
        ("SEA", "sea", "day", "clear", "middle"),
    ],
)
def test_a_phrase_is_read(phrase: str, kit: str, light: str, weather: str, shot: str) -> None:
    """The place first, then light, weather and shot, in the words people use."""
    scene = find_kit(phrase)
    assert (scene.kit, scene.light, scene.weather, scene.shot) == (kit, light, weather, shot)
    assert scene.notes == ()


@pytest.mark.parametrize("phrase", ["volcano, night", "", "ÄÖ 漢字, dusk", "the attic"])
def test_an_unknown_place_is_drawn_as_the_nearest_and_said(phrase: str) -> None:
    """No phrase fails; what is only near is noted for the parent."""
    scene = find_kit(phrase)
    assert scene.kit in registry()
    assert any("No scene is cut for" in note for note in scene.notes)


def test_a_mountain_is_drawn_in_snow_and_an_attic_as_a_bedroom() -> None:
    """Near is near in kind."""
    assert find_kit("attic, night").kit == "bedroom"
    assert find_kit("a glacier, day").kit == "snow"


def test_the_description_places_a_scene_whose_phrase_does_not() -> None:
    """The words of the picture help out."""
    assert find_kit("wide, night", "a small boat on the sea").kit == "sea"


def test_weather_that_a_kit_cannot_show_is_noted() -> None:
    """Fog does not come into a bedroom."""
    scene = find_kit("bedroom, fog")
    assert scene.weather == "clear"
    assert scene.notes


def test_every_kit_names_the_same_colours_in_each_light() -> None:
    """A drawing function may rely on every name."""
    for kit in registry().values():
        names = [frozenset(p.colours) for p in kit.palettes.values()]
        assert len(names) == 3, kit.name
        assert len(set(names)) == 1, kit.name


@pytest.mark.parametrize(
    ("phrase", "wish", "drawn"),
    [
        ("sea, day, clear, wide", "at night, in the snow", ("sea", "night", "snow", "wide")),
        ("sea, deep night, storm, wide", "By day, please!", ("sea", "day", "storm", "wide")),
        ("meadow, stormy night, close", "by day", ("meadow", "day", "storm", "close")),
        ("meadow, dusk, rain", "in the deep dark forest", ("forest", "night", "rain", "middle")),
        ("bedroom, night", "in our garden where the sun shines", ("garden", "day", "clear", "middle")),
        ("sea, day", "The forest", ("forest", "day", "clear", "middle")),
        ("snow, day, snow, close", "at night", ("snow", "night", "snow", "close")),
        ("snow, day, snow", "no snow, and from far away", ("snow", "day", "clear", "wide")),
        ("storm, deep night, storm, lightning", "a clear sky", ("sea", "night", "clear", "middle")),
        ("rocket, wide", "brighter", ("space", "day", "clear", "wide")),
        ("snowy hill, day", "rain", ("meadow", "day", "rain", "middle")),
        ("wide, day", "at night", ("sea", "night", "clear", "wide")),
        ("sea, day, wide", "closer", ("sea", "day", "clear", "close")),
        ("sea, day", "  ", ("sea", "day", "clear", "middle")),
        ("sea, day", "!?", ("sea", "day", "clear", "middle")),
    ],
)
def test_a_wish_changes_what_it_names(phrase: str, wish: str, drawn: tuple[str, str, str, str]) -> None:
    """Place, light, weather and shot give way to what a parent asked for; the rest of the scene stays."""
    scene = find_kit(phrase, "Bramble in a boat", wish)
    assert (scene.kit, scene.light, scene.weather, scene.shot) == drawn
    assert scene.notes == ()


@pytest.mark.parametrize(
    ("wish", "not_understood", "light"),
    [
        ("at night with a dragon", "with a dragon", "night"),
        ("With a boat, and a taller tree!", "With a boat, a taller tree", "day"),
        ("not at night", "not at night", "day"),
        ("plus sombre, s’il vous plaît", "plus sombre, s’il vous plaît", "day"),
        ("x" * 6000, "x" * 80 + "…", "day"),
    ],
    ids=["partly", "things", "denied", "french", "endless"],
)
def test_what_a_wish_says_in_vain_is_told(wish: str, not_understood: str, light: str) -> None:
    """In a sentence that repeats it and says what can be wished for; what was understood is drawn."""
    scene = find_kit("meadow, day", "", wish)
    assert (scene.kit, scene.light) == ("meadow", light)
    (note,) = scene.notes
    assert f"did not understand “{not_understood}”: it knows places, times of day, weather, near and far." in note


def test_a_wish_that_the_place_cannot_show_is_noted_too() -> None:
    """It does not rain at the north pole, and the place stays although its name is a weather."""
    scene = find_kit("snow, day, snow, wide", "", "in the rain")
    assert (scene.kit, scene.weather) == ("snow", "clear")
    assert scene.notes == ("The snow cannot show rain; drawn in clear weather.",)
