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


@pytest.mark.parametrize("phrase", ["volcano, night", "", "ÄÖ 漢字, dusk", "the moon base"])
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
