"""Cutting a toy out of its photo: the toy alone, a smooth edge, and the parent's strokes honoured."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from storymaker.child import ChildPool
from storymaker.errors import InvalidInputError, PhotoError, StorageError
from storymaker.images.cutout import CutoutInfo, Strokes, cut_out
from storymaker.images.decode import open_photo
from storymaker.images.scissors import LONGEST_SIDE
from storymaker.images.segment import WEIGHTS
from storymaker.testing.photos import cut_out_toy, plushie

Picture = NDArray[Any]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = cv2.getNumThreads()
    yield
    cv2.setNumThreads(threads)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """A bear on a table."""
    plushie(900, 700).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


@pytest.fixture
def target(tmp_path: Path) -> str:
    """Where the cut-out goes."""
    return str(tmp_path / "cutout.png")


def saved(tmp_path: Path, picture: Picture) -> str:
    """A picture (red, green, blue) as a photo."""
    Image.fromarray(picture.astype(np.uint8)).save(tmp_path / "made.png", compress_level=1)
    return str(tmp_path / "made.png")


def alpha(path: str) -> Picture:
    """What is opaque in a cut-out."""
    with Image.open(path) as picture:
        assert picture.mode == "RGBA"
        return np.asarray(picture)[..., 3]


def test_the_weights_are_those_we_know() -> None:
    """The network is the file that was examined, byte for byte."""
    assert hashlib.md5(WEIGHTS.read_bytes()).hexdigest() == "8e83ca70e441ab06c318d82300c84806"


def test_a_toy_is_cut_out_and_cropped(photo: str, target: str) -> None:
    """The bear, upright and whole; nothing of the table, not even its shadow's outer half."""
    info = cut_out(photo, target)
    opaque = alpha(target)
    assert opaque.shape == (info.height, info.width)
    assert opaque.any(0).all()
    assert opaque.any(1).all()
    assert 470 < info.height < 620
    assert 330 < info.width < 480
    assert info.upright
    assert abs(info.angle) < 10
    assert 0.15 < info.share < 0.35
    assert info.confidence > 0.6
    assert info.touches_border == ()
    assert info.remarks == ()


def test_no_rim_of_the_old_background_is_left(photo: str, target: str) -> None:
    """Along the contour the colours are the toy's: nothing as pale as the table."""
    cut_out(photo, target)
    with Image.open(target) as picture:
        values = np.asarray(picture).astype(int)
    opaque = (values[..., 3] > 200).astype(np.uint8)
    rim = (opaque > 0) & (cv2.erode(opaque, np.ones((9, 9), np.uint8), borderValue=0) == 0)
    assert (values[rim][:, 2] > 150).mean() < 0.02  # blue: fur has 40 to 60, the table 180 to 210


def test_the_same_photo_gives_the_same_bytes(photo: str, target: str, tmp_path: Path) -> None:
    """Cutting out leaves nothing to chance."""
    cut_out(photo, target)
    cut_out(photo, str(tmp_path / "again.png"))
    assert Path(target).read_bytes() == (tmp_path / "again.png").read_bytes()


def test_it_runs_in_a_drawing_child_and_its_words_travel(photo: str, target: str, tmp_path: Path) -> None:
    """What goes in and comes out crosses the process border; so does the refusal."""
    pool = ChildPool(1)
    try:
        info = pool.call("storymaker.images.cutout:cut_out", photo, target, Strokes(), timeout=120)
        assert isinstance(info, CutoutInfo)
        blank = saved(tmp_path, np.full((400, 400, 3), 250))
        with pytest.raises(PhotoError) as refused:
            pool.call("storymaker.images.cutout:cut_out", blank, target, None, timeout=120)
        assert refused.value.code == "nothing-to-cut-out"
    finally:
        pool.close()


def bricks() -> Picture:
    """A wall."""
    chance = random.Random(3)
    wall = Image.new("RGB", (1200, 900), (180, 175, 170))
    for row, y in enumerate(range(0, 900, 60)):
        for x in range(-75 * (row % 2), 1200, 150):
            shade = chance.randint(-18, 18)
            wall.paste((150 + shade, 72 + shade, 60 + shade), (x + 4, y + 4, x + 146, y + 56))
    return np.asarray(wall) + np.random.default_rng(1).normal(0, 6, (900, 1200, 1))


def grass() -> Picture:
    """A lawn."""
    chance = np.random.default_rng(2)
    lawn = np.full((900, 1200, 3), (50, 80, 30), np.uint8)
    for _ in range(9000):
        x, y = (int(value) for value in chance.integers(0, (1200, 900)))
        tip = (x + int(chance.normal(0, 12)), y - int(chance.integers(10, 40)))
        colour = [float(value) for value in (np.array([80, 130, 40]) + chance.normal(0, 25, 3)).clip(0, 255)]
        cv2.line(lawn, (x, y), tip, colour, 2, cv2.LINE_AA)
    return lawn


def gradient() -> Picture:
    """A wall in a lamp's light."""
    y, x = np.mgrid[0:900, 0:1200]
    return np.dstack([x / 6 + 30, y / 5 + 20, (x + y) / 12 + 40])


def landscape() -> Picture:
    """Hills under a sky."""
    view = np.repeat(np.linspace((120, 190, 235), (210, 230, 250), 900)[:, None], 1200, 1)
    x = np.arange(1200)
    for n, colour in enumerate(((110, 140, 150), (90, 130, 110), (70, 120, 60))):
        ridge = 900 * (0.4 + 0.17 * n) + 40 * np.sin(x / (90 + 60 * n) + n)
        view[np.arange(900)[:, None] > ridge] = colour
    return (view + np.random.default_rng(1).normal(0, 5, view.shape)).clip(0, 255)


NOTHING: dict[str, Callable[[], Picture]] = {
    "a white sheet": lambda: np.full((900, 1200, 3), 255),
    "a black sheet": lambda: np.zeros((900, 1200, 3)),
    "noise": lambda: np.random.default_rng(1).integers(0, 256, (900, 1200, 3)),
    "a gradient": gradient,
    "bricks": bricks,
    "grass": grass,
    "a landscape": landscape,
}


@pytest.mark.parametrize("what", NOTHING)
def test_where_there_is_no_toy_it_says_so(tmp_path: Path, target: str, what: str) -> None:
    """A refusal that offers another photo, the brush and the built-in hero; no file is written."""
    with pytest.raises(PhotoError, match="plain ground") as refused:
        cut_out(saved(tmp_path, NOTHING[what]()), target)
    assert refused.value.code == "nothing-to-cut-out"
    assert "built-in hero" in refused.value.message
    assert not Path(target).exists()


def test_a_keep_stroke_overrules_the_refusal(tmp_path: Path, target: str) -> None:
    """Who paints over something means it."""
    lawn = grass()
    cv2.circle(lawn, (600, 450), 120, (70, 110, 45), -1)
    info = cut_out(saved(tmp_path, lawn), target, Strokes(keep=(((0.45, 0.5), (0.55, 0.5)),), radius=0.05))
    assert info.width >= 100


def opaque_at(path: str, info: CutoutInfo, photo_box: tuple[int, int], x: int, y: int) -> bool:
    """Whether a place of the photo is in the cut-out, whose top left corner lay at ``photo_box``."""
    left, top = x - photo_box[0], y - photo_box[1]
    return 0 <= left < info.width and 0 <= top < info.height and bool(alpha(path)[top, left] > 127)


def test_what_is_removed_is_gone(photo: str, target: str) -> None:
    """A stroke across both ears takes them away, and the head below stays."""
    whole = cut_out(photo, target)
    # ears lie at y = 350 - 0.8 × 294 = 115 pixels, on either side of the middle
    info = cut_out(photo, target, Strokes(remove=(((0.3, 0.13), (0.7, 0.13)),), radius=0.05))
    assert whole.height - 90 < info.height < whole.height - 30
    assert abs(info.width - whole.width) < 12


def test_what_is_kept_stays_even_apart_from_the_toy(tmp_path: Path, target: str) -> None:
    """A ball beside the bear comes along when the parent paints on it."""
    scene = np.asarray(plushie(1000, 700, scale=0.8)).copy()
    cv2.circle(scene, (860, 560), 60, (40, 80, 190), -1)
    photo = saved(tmp_path, scene)
    alone = cut_out(photo, target, Strokes(remove=(((0.86, 0.8),),), radius=0.08))
    both = cut_out(photo, target, Strokes(keep=(((0.84, 0.8), (0.88, 0.8)),), radius=0.03))
    assert both.width > alone.width + 100
    assert cv2.connectedComponents((alpha(target) > 127).astype(np.uint8))[0] == 3


@pytest.mark.parametrize(
    "strokes",
    [
        {"keep": (((math.nan, 0.5),),)},
        {"remove": (((0.5, math.inf),),)},
        {"radius": 0.0},
        {"radius": 3.0},
        {"keep": (((0.5, 0.5),) * 30_000,)},
    ],
    ids=["not a number", "infinite", "no brush", "huge brush", "endless"],
)
def test_strokes_that_are_none_are_refused(strokes: dict[str, Any]) -> None:
    """They come from outside."""
    with pytest.raises(InvalidInputError, match="paint again"):
        Strokes(**strokes)


def test_strokes_beyond_the_photo_end_at_its_edge(photo: str, target: str) -> None:
    """A brush that leaves the picture is no error; an empty line is none either."""
    strokes = Strokes(keep=((), ((0.5, 0.5),)), remove=(((-3.0, 0.02), (4.0, 0.02)),))
    assert cut_out(photo, target, strokes).height > 400


def test_removing_everything_leaves_nothing_to_cut_out(photo: str, target: str) -> None:
    """And it is said like that."""
    lines = tuple(((0.0, y), (1.0, y)) for y in (0.2, 0.8))
    with pytest.raises(PhotoError) as refused:
        cut_out(photo, target, Strokes(remove=lines, radius=0.25))
    assert refused.value.code == "nothing-to-cut-out"


@pytest.mark.parametrize(
    ("crop", "side"),
    [
        ((0, 0, 900, 560), "bottom"),
        ((0, 140, 900, 700), "top"),
        ((350, 0, 900, 700), "left"),
        ((0, 0, 550, 700), "right"),
    ],
)
def test_a_toy_cut_by_the_photos_edge_is_told(
    tmp_path: Path, target: str, crop: tuple[int, int, int, int], side: str
) -> None:
    """The parent hears which side, and gets the rest of the toy with a straight edge there."""
    plushie(900, 700).crop(crop).save(tmp_path / "part.png")
    info = cut_out(str(tmp_path / "part.png"), target)
    assert info.touches_border == (side,)
    assert any(f"cuts the toy off ({side})" in remark for remark in info.remarks)


def test_a_toy_that_lies_is_told_from_one_that_stands(tmp_path: Path, target: str) -> None:
    """The long axis of its outline says so; leaning left or right has a sign."""
    for degrees, upright in ((0, True), (-25, True), (25, True), (90, False)):
        plushie(900, 900).rotate(degrees, fillcolor=(212, 206, 196)).save(tmp_path / "turned.png")
        info = cut_out(str(tmp_path / "turned.png"), target)
        assert info.upright is upright
        if abs(degrees) == 25:
            assert -degrees - 12 < info.angle < -degrees + 12  # Pillow turns against the clock


def test_a_tiny_toy_is_cut_out_and_remarked_on(tmp_path: Path, target: str) -> None:
    """It will look soft in print, and the parent should know before."""
    plushie(1600, 1200, scale=0.16).save(tmp_path / "far.png")
    info = cut_out(str(tmp_path / "far.png"), target)
    assert any("soft in print" in remark for remark in info.remarks)


@pytest.mark.parametrize("size", [(200, 3000), (3000, 200), (200, 200), (2048, 2048), (1, 1), (7, 900)])
def test_odd_sizes_never_break(tmp_path: Path, target: str, size: tuple[int, int]) -> None:
    """A cut-out within the limits, or the plain refusal."""
    plushie(*size).save(tmp_path / "odd.png")
    try:
        info = cut_out(str(tmp_path / "odd.png"), target)
    except PhotoError as refused:
        assert refused.code == "nothing-to-cut-out"
    else:
        assert max(info.width, info.height) <= LONGEST_SIDE
        assert alpha(target).shape == (info.height, info.width)


@pytest.mark.parametrize("kind", ["grey", "dark", "tall"])
def test_poor_photos_still_work(tmp_path: Path, target: str, kind: str) -> None:
    """Grey, dark, or a tall one."""
    picture = plushie(700, 1400, scale=0.9) if kind == "tall" else plushie()
    if kind == "grey":
        picture = picture.convert("L")
    if kind == "dark":
        picture = picture.point(lambda value: value // 5)
    picture.save(tmp_path / "poor.png")
    assert 300 < cut_out(str(tmp_path / "poor.png"), target).height < 700


def test_a_missing_or_broken_photo_and_a_full_disk_are_said(photo: str, tmp_path: Path, target: str) -> None:
    """Each with a sentence, never a trace of OpenCV."""
    (tmp_path / "broken.png").write_bytes(b"\x89PNG rubbish")
    for source in (tmp_path / "nowhere.png", tmp_path / "broken.png", tmp_path):
        with pytest.raises(PhotoError, match="add it again"):
            cut_out(str(source), target)
    with pytest.raises(StorageError, match="could not be saved"):
        cut_out(photo, str(tmp_path / "no such folder" / "x.png"))


def on_nothing(tmp_path: Path, toy: Any, at: tuple[int, int] = (150, 100)) -> str:
    """A picture that lies somewhere on a sheet of nothing, cleaned."""
    sheet = Image.new("RGBA", (toy.width + 300, toy.height + 250))
    sheet.paste(toy, at)
    sheet.save(tmp_path / "sheet.png")
    open_photo(tmp_path / "sheet.png", tmp_path / "cleaned.png")
    return str(tmp_path / "cleaned.png")


def test_a_white_toy_on_nothing_is_the_cut_out(tmp_path: Path, target: str) -> None:
    """Its own alpha counts, pixel for pixel, with the gap in it; its colours too, without a fringe."""
    toy = cut_out_toy()
    info = cut_out(on_nothing(tmp_path, toy), target)
    left, top, right, bottom = toy.getbbox()
    expected = np.asarray(toy.crop((left, top, right, bottom)))
    assert (info.width, info.height) == (right - left, bottom - top)
    with Image.open(target) as picture:
        found = np.asarray(picture)
    assert (found[..., 3] == expected[..., 3]).all()
    there = expected[..., 3] > 0
    assert np.abs(found[..., :3][there].astype(int) - expected[..., :3][there]).max() <= 1
    assert (found[..., :3][~there] > 200).all()
    assert (info.confidence, info.touches_border) == (1.0, ())


@pytest.mark.parametrize("name", ["gap12.png", "white-bear-transparent.png"])
def test_real_toys_that_came_cut_out_stay_as_they_are(cases: Path, tmp_path: Path, target: str, name: str) -> None:
    """A white robot with a hole, and a white bear: the cut-out has the file's own shape, and its gaps."""
    open_photo(cases / "photos" / name, tmp_path / "cleaned.png")
    info = cut_out(str(tmp_path / "cleaned.png"), target)
    with Image.open(cases / "photos" / name) as picture:
        own = picture.getchannel("A").point(lambda value: value if value > 8 else 0)  # less is haze
    shown = np.asarray(own.crop(own.getbbox()))
    assert shown.shape == (info.height, info.width)
    assert ((alpha(target) > 127) == (shown > 127)).all()
    assert info.remarks == ()


def test_soft_edges_stay_soft(tmp_path: Path, target: str) -> None:
    """A feathered rim is kept, in the colours of the toy and not of the nothing around it."""
    toy = cut_out_toy(colour=(200, 30, 30))
    toy.putalpha(toy.getchannel("A").filter(ImageFilter.GaussianBlur(5)))
    cut_out(on_nothing(tmp_path, toy), target)
    with Image.open(target) as picture:
        found = np.asarray(picture).astype(int)
    rim = (found[..., 3] > 0) & (found[..., 3] < 250)
    assert rim.sum() > 2000
    assert np.abs(found[rim][:, :3] - (200, 30, 30)).mean() < 12


def framed(kind: str) -> Any:
    """A photo of a bear whose alpha is but a frame."""
    photo = plushie(900, 700).convert("RGBA")
    if kind == "plain":
        return photo
    if kind == "turned":
        return photo.rotate(7, expand=True, resample=Image.Resampling.BICUBIC)
    mask = Image.new("L", photo.size)
    if kind == "rounded":
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, 899, 699), 130, fill=255)
    else:
        ImageDraw.Draw(mask).ellipse((0, 0, 899, 699), fill=255)
    photo.putalpha(mask)
    return photo


@pytest.mark.parametrize("kind", ["plain", "rounded", "round", "turned"])
def test_a_photo_on_nothing_is_a_photo(tmp_path: Path, target: str, kind: str) -> None:
    """A transparent border, round corners, a turned print: the toy is looked for in the photo, not taken to be all of it."""
    info = cut_out(on_nothing(tmp_path, framed(kind)), target)
    assert 470 < info.height < 620
    assert 330 < info.width < 480
    assert info.touches_border == ()


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
def test_a_brick_and_a_ball_are_toys_too(tmp_path: Path, target: str, shape: str) -> None:
    """What is as straight or as round as a frame, with nothing else in it, is the toy."""
    toy = Image.new("RGBA", (500, 400))
    getattr(ImageDraw.Draw(toy), shape)((0, 0, 499, 399), fill=(200, 30, 30))
    info = cut_out(on_nothing(tmp_path, toy), target)
    assert (info.width, info.height) == (500, 400)


def test_strokes_change_a_cut_out_that_came_with_the_picture(tmp_path: Path, target: str) -> None:
    """The gap is closed in the toy's colour, and half of the toy goes."""
    photo = on_nothing(tmp_path, cut_out_toy(colour=(200, 30, 30)))
    gap = ((150 + 250) / 800, (100 + 390) / 850)
    cut_out(photo, target, Strokes(keep=((gap,),), radius=0.15))
    with Image.open(target) as picture:
        middle = np.asarray(picture)[330, 150].astype(int)
    assert np.abs(middle - (200, 30, 30, 255)).max() < 12
    whole = cut_out(photo, target)
    half = cut_out(photo, target, Strokes(remove=(((0.3, 0.0), (0.3, 1.0)),), radius=0.2))
    assert half.width < whole.width * 0.7
    everything = tuple(((0.0, y), (1.0, y)) for y in (0.2, 0.5, 0.8))
    with pytest.raises(PhotoError) as refused:
        cut_out(photo, target, Strokes(remove=everything, radius=0.25))
    assert refused.value.code == "nothing-to-cut-out"


def test_a_toy_on_nothing_that_is_cut_by_the_edge_or_tiny_is_told(tmp_path: Path, target: str) -> None:
    """Cut at the bottom it is remarked on; cropped just to the toy it is not; of 20 pixels it is refused in a sentence."""
    toy = cut_out_toy()
    for name, box, sides in (("bust", (0, 0, 500, 350), ("bottom",)), ("tight", toy.getbbox(), ())):
        toy.crop(box).save(tmp_path / f"{name}.png")
        open_photo(tmp_path / f"{name}.png", tmp_path / "cleaned.png")
        assert cut_out(str(tmp_path / "cleaned.png"), target).touches_border == sides
    with pytest.raises(PhotoError, match="24 pixels large"):
        cut_out(on_nothing(tmp_path, toy.resize((25, 30))), target)
    assert any(
        "soft in print" in remark for remark in cut_out(on_nothing(tmp_path, toy.resize((100, 120))), target).remarks
    )


@pytest.mark.parametrize("toy", ["backpack_dog", "bear_plushie", "duck_toy", "grey_sloth_plushie", "rc_car"])
def test_real_toys_are_all_cut_out(photos: Path, target: str, toy: str) -> None:
    """Grass, gravel, bench, brick, windscreen: every toy is found, whole, and nothing else."""
    files = sorted(photos.glob(f"{toy}/*.jpg"))
    assert files
    for file in files:
        info = cut_out(str(file), target)
        assert info.confidence > 0.6, file
        assert 0.05 < info.share < 0.35, file
        assert info.touches_border == (), file
        assert info.upright, file
        assert max(info.width, info.height) > 450, file


def test_the_gap_between_a_real_sloths_legs_is_open_and_a_ducks_eye_is_not(photos: Path, target: str) -> None:
    """Holes that show the ground are cut; dark eyes are not."""
    for name, holes in (("grey_sloth_plushie/03.jpg", 1), ("duck_toy/02.jpg", 0), ("bear_plushie/01.jpg", 0)):
        cut_out(str(photos / name), target)
        assert cv2.connectedComponents((alpha(target) < 128).astype(np.uint8))[0] - 1 >= holes
        ground, _ = cv2.findContours((alpha(target) > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        assert len(ground) - 1 == holes, name
