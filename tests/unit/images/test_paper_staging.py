"""How the hero is placed: from words to a pose, to something it is behind, and to a face that nothing crosses."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storymaker.images.illustrator import Cutout, PictureRequest, Player
from storymaker.images.paper import life, rims, staging
from storymaker.images.paper.kits import find_kit, registry
from storymaker.images.paper.layout import Box, seeded
from storymaker.images.paper.players import FACE, Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.studio import page_of

BRAMBLE = "Bramble (a small brown plush bear, lying ears)"


@pytest.mark.parametrize(
    ("words", "lies"),
    [
        (f"{BRAMBLE} is lying on the sand.", True),
        ("bramble lies flat in the grass", True),
        (f"{BRAMBLE} on the pillow. Near the pillow lies a shell.", False),
        ("Pim is lying in the boat, and Bramble keeps watch", False),
        ("Brambles lying about", False),
    ],
)
def test_whoever_lies_is_the_one_the_words_name(words: str, lies: bool) -> None:
    """What lies near the hero, and what the look in brackets says, does not lay it down."""
    assert staging.lies("Bramble", words) is lies


@pytest.mark.parametrize(
    ("words", "rim"),
    [
        (f"{BRAMBLE}, large, the lower part hidden behind a soft white cloud.", "cloud"),
        (f"{BRAMBLE}, the lower part hidden behind the rim of the new red school bag, looking at us", "bag"),
        (f"{BRAMBLE} in a basket by the door", "basket"),
        (f"{BRAMBLE} looks out from behind the window sill", "sill"),
        (f"{BRAMBLE} beside a basket", None),
        ("A cloud is behind Bramble", None),
        ("Pim peeps out from behind a bush. Bramble waits.", None),
    ],
)
def test_the_hero_is_behind_what_the_words_say(words: str, rim: str | None) -> None:
    """Only what the hero itself is behind, or in."""
    assert staging.behind("Bramble", words) == rim


def test_every_rim_is_drawn_and_leaves_the_face_free() -> None:
    """Each covers the feet and nothing of the face, also for a face that sits low."""
    kit = registry()["meadow"]
    for rim in staging.RIMS:
        stage = Stage(kit.palette("day"), 3)
        stage.watch()
        hero, face = Box(500, 600, 900, 1300), Box(520, 700, 880, 1190)
        rims.draw(stage, rim, hero, face)
        assert stage.over is not None
        covered = stage.over > 64
        assert covered[1290 // 4, 560 // 4 : 840 // 4].mean() > 0.9, rim
        assert not covered[: int(face.bottom) // 4, :].any(), rim
    assert set(rims._RIMS) == set(staging.RIMS)


def request(tmp_path: Path, prompt: str, *cutouts: Cutout, n: int = 1) -> PictureRequest:
    """A page of Bramble with these poses."""
    hero = Player("Bramble", "a bear", cutouts)
    return PictureRequest(n, "", prompt, "sea", (hero,), None, 3, tmp_path, palette=2)


def test_a_pose_is_chosen_by_what_the_page_asks(tmp_path: Path) -> None:
    """A lying photo for a page on which the hero lies, upright ones else, in turn; and any where there is no other."""
    up, down, high = (Cutout(tmp_path / f"{name}.png", lying=name == "down") for name in ("up", "down", "high"))
    lying, sitting = "Bramble is lying in the grass", "Bramble in the grass"
    assert page_of(request(tmp_path, lying, up, down, high)).poses == (str(down.path),)
    turns = [page_of(request(tmp_path, sitting, up, down, high, n=n)).poses[0] for n in range(4)]
    assert turns == [str(up.path), str(high.path)] * 2
    assert page_of(request(tmp_path, lying, up)).poses == (str(up.path),)
    assert page_of(request(tmp_path, sitting, down)).poses == (str(down.path),)


def test_a_page_knows_face_papers_company_and_friend(tmp_path: Path) -> None:
    """What the parent said, and who else of the family is there; a friend among the heroes is not drawn twice."""
    cutout = Cutout(tmp_path / "bear.png", face=(0.4, 0.3))
    asked = request(tmp_path, "", cutout)
    twin, pal = (Player(name, "a toy", (Cutout(tmp_path / f"{name}.png"),)) for name in ("Twin", "Pal"))
    asked = replace(asked, heroes=(*asked.heroes, twin, pal), friend=pal, before=tmp_path / "old.png")
    page = page_of(asked)
    assert (page.face, page.colourway, page.before) == ((0.4, 0.3), 2, str(tmp_path / "old.png"))
    assert page.company == (("Twin", str(tmp_path / "Twin.png")),)
    assert page.friend_cut == str(tmp_path / "Pal.png")


@pytest.mark.parametrize(
    ("lightnesses", "factor"),
    [
        ((63.0, 41.0, 66.0), 1.45),
        ((63.0, 50.0, 66.0), 1.26),
        ((70.0, 68.0), 1.0),
        ((60.0, 95.0, 61.0), 0.85),
        ((41.0,), 1.0),
        ((70.0, None), 1.0),
    ],
)
def test_photos_taken_in_sun_and_shade_show_one_toy(
    tmp_path: Path, lightnesses: tuple[float | None, ...], factor: float
) -> None:
    """Each comes near the middle of them, as far as a photo can bear it; small differences and lone photos stay."""
    cutouts = [Cutout(tmp_path / f"{n}.png", lightness=light) for n, light in enumerate(lightnesses)]
    page = page_of(request(tmp_path, "", *cutouts, n=1))
    assert page.exposure == pytest.approx(factor)
    assert page_of(request(tmp_path, "", *cutouts, n=0)).exposure == (
        1.0 if len(cutouts) < 3 else pytest.approx(1, abs=0.1)
    )


def settled(face: tuple[float, float] | None, *, mirror: bool = False) -> Players:
    """A square hero on a stage."""
    layout = replace(seeded(2, "middle"), mirror=mirror)
    players = Players(layout, np.full((400, 400, 4), 255, np.uint8), face=face)
    stage = Stage(
        registry()["meadow"].palette("day"), 2, replace(Stage(registry()["meadow"].palette("day")).view, mirror=mirror)
    )
    players.settle(stage, 250, 1260, 1330)
    return players


def test_the_face_is_where_the_parent_said() -> None:
    """Round the point; on the other side of a mirrored kit, whose toy is not mirrored; else the whole upper part."""
    players = settled((0.25, 0.7))
    hero, face = players.hero, players.face
    assert face.x == pytest.approx(hero.left + 0.25 * hero.width)
    assert (face.top + face.bottom) / 2 == pytest.approx(hero.top + 0.7 * hero.height)
    mirrored = settled((0.25, 0.7), mirror=True)
    assert mirrored.face.x == pytest.approx(mirrored.hero.left + 0.75 * mirrored.hero.width)
    plain = settled(None)
    assert (plain.face.width, plain.face.height) == pytest.approx(
        (plain.hero.width, FACE * plain.hero.height), rel=0.01
    )


LIVES: tuple[tuple[str, Callable[[Stage, Scene, Players], None]], ...] = (
    ("meadow, morning", functools.partial(life.birds, y=(200, 1000))),
    ("meadow, morning", functools.partial(life.butterflies, colours=("yellow", "blue"))),
    ("meadow, night", life.fireflies),
)


def test_nothing_small_crosses_a_face() -> None:
    """Birds, butterflies and fireflies stay away from it, whatever the seed."""
    drawn = 0
    for seed, (phrase, draw) in itertools.product(range(30), LIVES):
        scene = find_kit(phrase)
        stage = Stage(registry()["meadow"].palette(scene.light), seed)
        players = Players(seeded(seed, "close"), np.full((700, 600, 4), 255, np.uint8))
        players.settle(stage, 250, 1260, 1330)
        stage.watch()
        draw(stage, scene, players)
        assert stage.over is not None
        face = players.face
        before = stage.over[int(face.top) // 4 : int(face.bottom) // 4, int(face.left) // 4 : int(face.right) // 4]
        assert not before.any(), phrase
        drawn += bool(stage.over.any())
    assert drawn > 60, "there is life"
