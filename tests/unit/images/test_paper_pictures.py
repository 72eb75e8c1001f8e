"""Pictures of the paper studio: repeatable, new with each seed, the hero large, clear and never covered."""

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from storymaker.images.illustrator import Cutout, PictureRequest, Player
from storymaker.images.paper import compose as studio
from storymaker.images.paper import cover, figures
from storymaker.images.paper.kits import registry
from storymaker.images.paper.layout import HEIGHTS, Box, seeded, stand
from storymaker.images.paper.page import Page
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.shapes import PAGE
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.studio import PaperStudio

PHRASE = {"day": "morning", "dusk": "sunset", "night": "night"}
THINGS = "a kite, a lantern, the yawn, a lighthouse, a button, a watering can, a clock, an umbrella, bunting, a key"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the path of a cut-out: a plain brown toy with a head on a body."""
    bgra = np.zeros((700, 560, 4), np.uint8)
    cv2.ellipse(bgra, (280, 480), (270, 219), 0, 0, 360, (60, 90, 150, 255), -1)
    cv2.circle(bgra, (280, 180), 178, (70, 110, 170, 255), -1)
    path = tmp_path_factory.mktemp("cuts") / "toy.png"
    path.write_bytes(cv2.imencode(".png", bgra)[1].tobytes())
    return str(path)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder for rasterised friends and props."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Draw without paint: only what is laid, in order."""
    laid: list[str] = []

    def sheet(stage: Stage, _polygons: Any, colour: str, *_a: Any, **_k: Any) -> None:
        assert stage.colour(colour).startswith("#")
        laid.append("sheet")

    monkeypatch.setattr(studio, "FIRST_FROM", 1)  # nothing painted is never good enough
    monkeypatch.setattr(Stage, "sheet", sheet)
    monkeypatch.setattr(Stage, "cut", lambda *_a, **_k: laid.append("cut"))
    monkeypatch.setattr(Stage, "glow", lambda *_a, **_k: None)
    monkeypatch.setattr(Stage, "relight", lambda *_a, **_k: laid.append("light"))
    return laid


def read(path: str | Path) -> Any:
    """Return the pixels of a PNG, with alpha when it has one."""
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def page(toy: str, scene: str, seed: int = 1, **changes: Any) -> Page:
    """Return a page of the toy."""
    fields: dict[str, Any] = {"description": "", "pose": 0, "friend": None}
    return Page(scene=scene, poses=(toy,), seed=seed, **{**fields, **changes})


def test_a_seed_repeats_to_the_byte_and_another_moves_everyone(toy: str, cache: str, tmp_path: Path) -> None:
    """The same seed gives the same file; a redraw is another layout, not another grain."""
    one, two, new = (tmp_path / f"{n}.png" for n in ("one", "two", "new"))
    first = studio.draw_file(page(toy, "forest, night", 4, friend="owl", cache=cache), str(one))
    studio.draw_file(page(toy, "forest, night", 4, friend="owl", cache=cache), str(two))
    other = studio.draw_file(page(toy, "forest, night", 5, friend="owl", cache=cache), str(new))
    assert one.read_bytes() == two.read_bytes()
    assert first.size == (PAGE, PAGE)
    assert abs(first.hero_box[0] - other.hero_box[0]) > 100
    a, b = (cv2.resize(read(p), (24, 24), interpolation=cv2.INTER_AREA).astype(int) for p in (one, new))
    assert (np.abs(a - b).max(2) > 25).mean() > 0.25


def test_the_studio_draws_what_a_wish_asks_for(toy: str, tmp_path: Path) -> None:
    """The wish reaches the drawing child, and comes back as a note where it was not understood."""
    hero = Player("Bramble", "a brown toy", (Cutout(Path(toy)),))
    asked = PictureRequest(1, "", "", "sea, day", (hero,), None, 3, tmp_path)
    plain = asyncio.run(PaperStudio().draw(asked))
    wished = asyncio.run(PaperStudio().draw(replace(asked, wish="at night, with a dragon")))
    assert plain.notes == ()
    (note,) = wished.notes
    assert "did not understand “with a dragon”" in note
    assert read(wished.path)[:300].mean() < read(plain.path)[:300].mean() - 40, "the sky is dark"


@pytest.mark.parametrize(("wish", "said"), [("at noon", 1), ("in the forest", 0), ("", 0)])
def test_a_cover_takes_only_the_place_of_a_wish(toy: str, quick: list[str], wish: str, said: int) -> None:
    """It is always a box by moonlight; who wished for another light is told."""
    drawn = studio.compose(page(toy, "sea, night", title="Bramble", wish=wish))[1]
    assert len(drawn.notes) == said
    assert all("covers are always paper boxes by moonlight" in note for note in drawn.notes)


def test_every_kit_draws_in_every_light_and_weather(toy: str, quick: list[str]) -> None:
    """The hero is on the stage once, with sheets behind and before, and the light comes last."""
    for kit in registry().values():
        for light, weather in itertools.product(kit.lights, sorted(kit.weathers)):
            quick.clear()
            drawn = studio.compose(page(toy, f"{kit.name}, {PHRASE[light]}, {weather}", len(light)))[1]
            assert drawn.notes == (), (kit.name, light, weather)
            assert quick.count("cut") == 1
            at = quick.index("cut")
            assert at > 4, kit.name
            assert "sheet" in quick[at:], f"{kit.name}: nothing before the feet"
            assert quick[-1] == "light"


@pytest.mark.parametrize("shot", sorted(HEIGHTS))
@pytest.mark.parametrize("aspect", [0.35, 0.7, 1.0, 1.35, 3.5])
def test_the_hero_is_large_and_inside_the_frame(shot: str, aspect: float) -> None:
    """30 to 58 per cent of the height, for narrow toys and broad, alone or with a friend."""
    for seed, friend in itertools.product(range(40), (None, 0.9, 1.3)):
        layout = seeded(seed, shot)
        half = (layout.friend * 0.5, 0)[friend is None]
        room = PAGE / layout.zoom
        hero, other = stand(replace(layout, friend=half), aspect, friend, (200, room - 200), (40, room - 40), 1300)
        assert 0.299 <= hero.height * layout.zoom / PAGE <= 0.58 or aspect > 2
        assert hero.left >= 39.9
        assert hero.right <= room - 39.9
        assert hero.width / hero.height == pytest.approx(aspect)
        assert other is None or 0 <= other.left < other.right <= room


def test_no_prop_covers_a_face(toy: str, cache: str, quick: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the page names, wherever the seed puts people, faces stay free; what found no room is said."""
    seen: list[tuple[str, Players]] = []
    draw = studio._scene

    def watched(asked: Page, scene: Scene, *rest: Any) -> tuple[Stage, Players]:
        stage, players = draw(asked, scene, *rest)
        seen.append((scene.kit, players))
        return stage, players

    monkeypatch.setattr(studio, "_scene", watched)
    monkeypatch.setattr(figures, "prop_cut", lambda *_: np.full((60, 50, 4), 255, np.uint8))
    for kit, seed in itertools.product(registry(), range(6)):
        words = THINGS if seed % 2 else ", ".join(reversed(THINGS.split(", ")))
        phrase = f"{kit}, {('wide', 'middle', 'close')[seed % 3]}"
        studio.compose(page(toy, phrase, seed, description=words, friend="fox" if seed % 2 else None, cache=cache))
    assert sum(len(players.placed) for _, players in seen) > len(seen)
    for kit, players in seen:
        for name, box in players.placed.items():
            assert box.shared(players.face) == 0, (kit, name)
        assert len(players.placed) + len(players.left_over()) <= studio.MOST_PROPS


@pytest.mark.parametrize("kit", sorted(registry()))
def test_the_hero_is_clear_at_night(toy: str, kit: str) -> None:
    """The lamp falls on the hero: the picture keeps most of the toy's own brightness."""
    image, drawn = studio.compose(page(toy, f"{kit}, night", 2))
    x, y, w, h = drawn.hero_box
    belly = image[y + h // 2 : y + h * 3 // 4, x + w * 3 // 8 : x + w * 5 // 8]
    assert belly.mean() > 0.72 * np.mean([60, 90, 150])


def test_a_cover_has_its_title_and_three_palettes(toy: str, cache: str) -> None:
    """The title stands above the hero, and seeds choose between palettes."""
    image, drawn = studio.compose(page(toy, "sea, night", 3, title="Bramble and the Borrowed Moon", cache=cache))
    blank, _ = studio.compose(page(toy, "sea, night", 3, title="", cache=cache))
    changed = np.abs(image.astype(int) - blank).max(2) > 60
    assert changed[: drawn.hero_box[1]].mean() > 0.08
    assert not changed[drawn.hero_box[1] + 40 :].any()
    assert len({tuple(cover.open_stage(seed).p.values()) for seed in range(12)}) >= 3


def test_a_friend_nobody_has_cut_is_left_out_and_said(toy: str, quick: list[str]) -> None:
    """The page is drawn all the same."""
    notes = studio.compose(page(toy, "forest", friend="griffin"))[1].notes
    assert notes == ("No griffin is cut yet, so the friend is not in this picture.",)


def test_what_a_kit_draws_is_no_prop() -> None:
    """A forest has toadstools of its own, and no more than five things are named on a page."""
    kit = registry()["forest"]
    names = [p.name for p in studio.wanted("toadstools, " + THINGS, kit.places, kit.draws)]
    assert "toadstools" not in names
    assert len(names) == studio.MOST_PROPS


def test_figures_are_rasterised_once_and_a_broken_cache_heals(tmp_path: Path) -> None:
    """A cached figure is the same pixels; a torn file is drawn again."""
    figures._cut_out.cache_clear()
    fresh = figures.prop_cut("button", str(tmp_path))
    (kept,) = tmp_path.iterdir()
    figures._cut_out.cache_clear()
    assert np.array_equal(figures.prop_cut("button", str(tmp_path)), fresh)
    kept.write_bytes(b"torn")
    figures._cut_out.cache_clear()
    assert np.array_equal(figures.prop_cut("button", str(tmp_path)), fresh)


def test_the_builtin_hero_is_a_set_of_cut_outs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pose is 1100 pixels high, with alpha, and comes out the same each time."""
    small = figures._raster
    monkeypatch.setattr(figures, "_raster", lambda text, _px: small(text, 200))
    once, again = (studio.builtin_hero(str(tmp_path / n)) for n in ("a", "b"))
    assert [Path(p).name for p in once] == ["hero.png", "hero-2.png"]
    assert [Path(p).read_bytes() for p in once] == [Path(p).read_bytes() for p in again]
    assert all(read(p).shape[::2] == (1100, 4) for p in once)


def test_boxes_share_what_both_cover() -> None:
    """Apart they share nothing."""
    assert Box(0, 0, 10, 10).shared(Box(5, 5, 20, 20)) == 25
    assert Box(0, 0, 10, 10).shared(Box(10, 0, 20, 20)) == 0
