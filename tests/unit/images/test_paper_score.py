"""Pages are looked over, and of several candidates the best is taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from storymaker.images.paper import compose as studio
from storymaker.images.paper.kits import find_kit, registry
from storymaker.images.paper.layout import Box
from storymaker.images.paper.page import CONTRAST, Marks, Page
from storymaker.images.paper.score import Shown, mark
from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.staging import RIMS
from storymaker.images.paper.tone import AS_DRAWN, toned

GOOD = Marks(face=0, contrast=30, centre=0, neck=0, likeness=1, change=None, inside=True, grounded=True)


def shown(colour: tuple[int, int, int] = (200, 220, 230), **changes: Any) -> Shown:
    """A brown toy on a plain ground."""
    hero = np.zeros((600, 400, 4), np.uint8)
    cv2.ellipse(hero, (200, 300), (195, 295), 0, 0, 360, (60, 90, 150, 255), -1)
    image = np.full((PAGE, PAGE, 3), colour, np.uint8)
    box = Box(500, 600, 900, 1200)
    part = image[600:1200, 500:900]
    part[hero[..., 3] > 0] = hero[hero[..., 3] > 0][:, :3]
    over, land = np.zeros((384, 384), np.uint8), np.zeros((384, 384), np.uint8)
    land[1000 // 4 :] = 255
    return replace(Shown(image, hero, box, Box(500, 600, 900, 936), over, land), **changes)


def test_a_good_page_is_sound() -> None:
    """Nothing before the face, well apart from the ground, in the frame and on the land."""
    marks = mark(shown())
    assert marks.sound
    assert marks.contrast > 30
    assert marks.total > 0.9


def test_each_fault_is_found() -> None:
    """A covered face, a toy the colour of its ground, one that floats, one out of the frame, one at the edge."""
    over = np.zeros((384, 384), np.uint8)
    over[150:200, 130:210] = 255
    assert mark(shown(over=over)).face > 0.3
    assert mark(shown((60, 90, 152))).contrast < CONTRAST
    assert not mark(shown(land=np.zeros((384, 384), np.uint8))).grounded
    assert not mark(shown(box=Box(-40, 600, 360, 1200))).inside
    assert mark(shown(box=Box(20, 600, 420, 1200))).centre > 0.3
    line = shown()
    line.image[872:880] = 0
    assert mark(line).neck > mark(shown()).neck + 0.2


def test_a_page_that_is_not_sound_is_below_every_one_that_is() -> None:
    """However well it stands otherwise."""
    poor = Marks(face=0.01, contrast=6, centre=1, neck=1, likeness=0, change=0, inside=True, grounded=True)
    assert poor.sound
    for fault in ({"face": 0.2}, {"contrast": 2.0}, {"inside": False}, {"grounded": False}):
        assert replace(GOOD, **fault).total < poor.total


@pytest.fixture(scope="module")
def hero(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of our own plushie's first pose."""
    return studio.builtin_hero(str(tmp_path_factory.mktemp("heroes")))[0]


def page(hero: str, **changes: Any) -> Page:
    """A page of the hero in the meadow."""
    return replace(Page(scene="meadow, morning", description="", poses=(hero,), pose=0, friend=None, seed=6), **changes)


def test_a_redraw_differs_and_is_never_worse(hero: str, tmp_path: Path) -> None:
    """Of four candidates one is taken that is far from the picture before; the first, which is that picture, is not."""
    first, drawn = studio.compose(page(hero))
    before = tmp_path / "before.png"
    before.write_bytes(cv2.imencode(".png", first)[1].tobytes())
    second, redrawn = studio.compose(page(hero, before=str(before)))
    assert drawn.seed == 6
    assert redrawn.seed in (7, 8, 9)
    assert redrawn.marks is not None
    assert redrawn.marks.sound
    assert redrawn.marks.change is not None
    assert redrawn.marks.change > 8
    again = studio.compose(page(hero, seed=redrawn.seed))[0]
    assert np.array_equal(second, again), "the seed that was taken repeats the picture"
    lost = studio.compose(page(hero, before=str(tmp_path / "lost.png")))[1]
    assert lost.marks is not None
    assert lost.marks.sound


def test_a_layout_that_is_not_sound_is_passed_over(hero: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is taken; and when none is good, the best of them."""
    verdicts = iter([replace(GOOD, face=0.4), GOOD])
    monkeypatch.setattr(studio, "mark", lambda _: next(verdicts))
    assert studio.compose(page(hero))[1].seed == 7
    verdicts = iter([replace(GOOD, face=0.4), replace(GOOD, face=0.02), replace(GOOD, face=0.3)])
    assert studio.compose(page(hero))[1].seed == 7


def test_a_photo_taken_in_the_shade_is_brought_into_the_light(hero: str) -> None:
    """The toy is lighter, and only the toy; its outline is the same."""
    plain, drawn = studio.compose(page(hero))
    light, _ = studio.compose(page(hero, exposure=1.4))
    x, y, w, h = drawn.hero_box
    belly = np.s_[y + h // 2 : y + h * 3 // 4, x + w * 3 // 8 : x + w * 5 // 8]
    assert light[belly].mean() > plain[belly].mean() + 12
    assert np.array_equal(light[:200], plain[:200])


def test_an_umbrella_is_over_the_friends_head(hero: str) -> None:
    """Not in the air beside it; without a friend it stands on the ground or hangs where there is room."""
    words = "an umbrella"
    for seed in range(6):
        scene = find_kit("town, rain, morning", words)
        asked = page(hero, scene="town, rain, morning", description=words, friend="mole", seed=seed)
        stage, players = studio._scene(asked, scene, studio._cast(asked))
        over, friend = players.placed["umbrella"], players.friend
        assert friend is not None
        assert over.top < friend.top - 0.1 * friend.height
        assert over.left < friend.x < over.right
        assert stage.over is not None
        alone = page(hero, scene="sea, morning", description=words, seed=seed)
        assert studio.compose(alone)[1].notes in ((), ("There was no room for the umbrella.",))


def test_what_the_hero_is_behind_is_no_prop_besides(hero: str) -> None:
    """One school bag is enough."""
    names = [p.name for p in studio.wanted("the school bag", frozenset({"ground"}), RIMS["bag"])]
    assert names == []
    asked = page(hero, scene="snow", description="behind the rim of the school bag", rim="bag", seed=2)
    _, players = studio._scene(asked, find_kit("snow"), studio._cast(asked))
    assert "school-bag" not in players.placed


def test_further_heroes_stand_by(hero: str, tmp_path: Path) -> None:
    """A brother's plushie is beside the hero and does not hide it; for whom there is no room, that is said by name."""
    twin = np.zeros((500, 360, 4), np.uint8)
    twin[:] = (40, 40, 220, 255)
    path = tmp_path / "twin.png"
    path.write_bytes(cv2.imencode(".png", twin)[1].tobytes())
    image, drawn = studio.compose(page(hero, company=(("Rolf", str(path)),)))
    assert drawn.notes == ()
    assert drawn.marks is not None
    assert drawn.marks.sound
    x, _, w, _ = drawn.hero_box
    beside = np.concatenate([image[700:1300, : x + w // 5], image[700:1300, x + w * 4 // 5 :]], 1)
    red = (beside[..., 2] > 150) & (beside[..., 1] < 110) & (beside[..., 0] < 110)
    assert red.sum() > 20_000
    many = tuple((name, str(path)) for name in ("Rolf", "Ralf", "Olaf", "Ida", "Ada"))
    assert "There was no room for Ada." in studio.compose(page(hero, company=many))[1].notes


def test_every_kit_has_three_colourways_that_differ() -> None:
    """A book keeps to one; in each the sky, the walls or the water are other papers, and every light has them."""
    for kit in registry().values():
        assert len(kit.colourways) == 3, kit.name
        assert next(iter(kit.colourways)) == AS_DRAWN
        for light in kit.lights:
            papers = [kit.palette(light, n).colours for n in range(3)]
            assert papers[0] == kit.palettes[light].colours
            for one, other in ((0, 1), (0, 2), (1, 2)):
                assert sum(papers[one][name] != papers[other][name] for name in papers[0]) >= 4, kit.name
            assert kit.palette(light, 3) == kit.palette(light, 0)
        for way, tones in kit.colourways.items():
            known = {name.rstrip("0123456789") for name in kit.palettes[kit.lights[0]].colours} | {"*"}
            assert {name.rstrip("0123456789") for name in tones} <= known, (kit.name, way)


def test_a_tone_turns_hue_strength_and_lightness() -> None:
    """Half a turn makes red green, no strength makes it grey; nothing leaves a colour as it is."""
    red = replace(registry()["sea"].palettes["day"], colours={"red": "#c04040", "red2": "#c04040", "blue": "#4060c0"})
    assert toned(red, {}).colours == red.colours
    grey = toned(red, {"red": (0, 0, 0)}).colours
    assert len({grey["red"][i : i + 2] for i in (1, 3, 5)}) == 1
    assert (grey["red2"], grey["blue"]) == (grey["red"], "#4060c0")
    green = toned(red, {"red": (120, 1, 0), "red2": (0, 1, 0.1)}).colours
    assert int(green["red"][3:5], 16) > int(green["red"][1:3], 16)
    assert int(green["red2"][1:3], 16) > 0xC0, "the longer name counts"
