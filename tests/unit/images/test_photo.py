"""Photos that can be opened: upright, sRGB, small enough, and nothing but pixels."""

from __future__ import annotations

import hashlib
import io
import struct
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageFilter

from storymaker.child import ChildPool
from storymaker.errors import PhotoError, StorageError
from storymaker.images.decode import open_photo
from storymaker.images.photo import LONGEST_SIDE, MEMORY_BYTES, clean_photo, photo_key, shown_name
from storymaker.testing.photos import XMP, cut_out_toy, phone_tags, plushie, plushie_photo

TRACES = (
    b"Exif",
    b"eXIf",
    b"GPS",
    b"Apple",
    b"http://ns.adobe.com",
    b"iCCP",
    b"tEXt",
    b"zTXt",
    b"iTXt",
    b"tIME",
    b"pHYs",
)


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    """The child that opens strangers' photos, with its real limit."""
    made = ChildPool(1, memory_bytes=MEMORY_BYTES)
    yield made
    made.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the cleaned photo goes."""
    return tmp_path / "out" / "clean.png"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """A picture's values."""
    with Image.open(path) as picture:
        return np.asarray(picture, np.int16)


def chunks(path: Path) -> list[tuple[bytes, bytes]]:
    """The chunks of a PNG file: kind and content."""
    data, at, found = path.read_bytes(), 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def assert_clean(path: Path) -> None:
    """No trace of who, where and with what."""
    # pixels are left out of the search: in 5 MB of compressed noise three letters turn up by chance
    pixels_apart = b"".join(kind + content for kind, content in chunks(path) if kind != b"IDAT")
    assert not [trace for trace in TRACES if trace in pixels_apart]
    assert not [trace for trace in TRACES if len(trace) > 8 and trace in path.read_bytes()]
    assert {kind for kind, _ in chunks(path)} == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert picture.mode == "RGB"
        assert not picture.info
        assert not picture.getexif()


def test_a_phone_photo_leaves_upright_and_without_a_tag(pool: ChildPool, tmp_path: Path, target: Path) -> None:
    """EXIF, place, XMP, profile and comment are gone; the picture stands as its EXIF said."""
    source = plushie_photo(tmp_path / "IMG_0001.JPG")
    data = source.read_bytes()
    assert all(trace in data for trace in (b"Exif", b"Apple", b"http://ns.adobe.com", b"ICC_PROFILE", b"made at home"))
    info = clean_photo(pool, source, target)
    assert (info.width, info.height) == (info.original_width, info.original_height) == (700, 900)
    assert info.format == "JPEG"
    assert info.remarks == ()
    assert_clean(target)
    difference = np.abs(pixels(target) - np.asarray(plushie(700, 900), np.int16))
    assert difference.mean() < 8


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF", "TIFF", "TIFF-like EXIF in PNG"])
def test_other_formats_lose_their_tags_too(tmp_path: Path, target: Path, kind: str) -> None:
    """What holds for JPEG holds for every format that may be opened."""
    source = tmp_path / "photo.bin"
    picture = plushie(400, 300)
    if kind == "HEIF":
        pillow_heif.from_pillow(picture).save(source, exif=phone_tags().tobytes(), xmp=XMP)
    else:
        picture.save(source, kind if kind in ("WEBP", "TIFF") else "PNG", exif=phone_tags(), xmp=XMP)
    assert b"Apple" in source.read_bytes()
    info = open_photo(source, target)
    assert {info.width, info.height} == {300, 400}
    assert_clean(target)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "TIFF", "BMP", "JPEG2000"])
def test_the_content_decides_not_the_name(tmp_path: Path, target: Path, kind: str) -> None:
    """A picture opens under any name, and is called what it is."""
    source = tmp_path / "holiday.txt"
    if kind == "HEIF":
        pillow_heif.from_pillow(plushie(300, 240)).save(source)
    else:
        plushie(300, 240).save(source, kind)
    assert open_photo(source, target).format == kind
    assert np.abs(pixels(target) - np.asarray(plushie(300, 240), np.int16)).mean() < 14


def test_a_jpeg_with_a_second_picture_inside_opens_as_jpeg(tmp_path: Path, target: Path) -> None:
    """Many phones write MPF containers with the name .jpg; the first picture counts."""
    source = tmp_path / "IMG_0002.jpg"
    second = Image.new("RGB", (300, 240), "blue")
    plushie(300, 240).save(source, "MPO", save_all=True, append_images=[second])
    with Image.open(source) as opened:
        assert opened.format == "MPO"
    assert open_photo(source, target).format == "JPEG"
    assert np.abs(pixels(target) - np.asarray(plushie(300, 240), np.int16)).mean() < 8


def test_of_an_animation_the_first_frame_counts(tmp_path: Path, target: Path) -> None:
    """A GIF and a WEBP that move stand still."""
    frames = [Image.new("RGB", (240, 220), colour) for colour in ("red", "green", "blue")]
    for kind in ("GIF", "WEBP"):
        frames[0].save(tmp_path / "moves", kind, save_all=True, append_images=frames[1:], duration=100)
        open_photo(tmp_path / "moves", target)
        assert np.abs(pixels(target) - [255, 0, 0]).max() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(tmp_path: Path, target: Path, orientation: int) -> None:
    """The red corner is top left, however the camera was held."""
    upright = np.full((240, 320, 3), 255, np.uint8)
    upright[:80, :80] = (255, 0, 0)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = Image.fromarray(upright)
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(undo[orientation]))
    tags = Image.Exif()
    tags[0x0112] = orientation
    stored.save(tmp_path / "held.png", exif=tags)
    info = open_photo(tmp_path / "held.png", target)
    assert (info.width, info.height, info.original_width, info.original_height) == (320, 240, 320, 240)
    assert (pixels(target)[40, 40] == [255, 0, 0]).all()
    assert (pixels(target)[200, 280] == [255, 255, 255]).all()


def test_broken_tags_do_not_keep_a_photo_out(tmp_path: Path, target: Path) -> None:
    """A photo whose EXIF is rubbish is still a photo."""
    plushie(300, 240).save(tmp_path / "odd.jpg", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x7f" + b"\x99" * 60)
    assert open_photo(tmp_path / "odd.jpg", target).width == 300


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_mode_becomes_plain_colours(tmp_path: Path, target: Path, mode: str) -> None:
    """Bilevel, grey, deep grey, palette, transparent and printers' pictures look the same as before."""
    grey = plushie(300, 240).convert("L")
    if mode == "I;16":
        Image.fromarray(np.asarray(grey, np.uint16) * 257).save(tmp_path / "any", "PNG")
    elif mode == "CMYK":
        grey.convert("RGB").convert("CMYK").save(tmp_path / "any", "JPEG", quality=95)
    else:
        grey.convert(mode if mode != "PA" else "P").save(tmp_path / "any", "PNG")
    open_photo(tmp_path / "any", target)
    expected = np.asarray(grey.convert("1" if mode == "1" else "L").convert("RGB"), np.int16)
    assert np.abs(pixels(target) - expected).mean() < 8


def keyed(toy: Image.Image) -> Image.Image:
    """The same with one colour that stands for nothing."""
    flat = Image.new("RGB", toy.size, (1, 2, 3))
    flat.paste(toy, mask=toy.getchannel("A"))
    return flat


def deep(toy: Image.Image) -> bytes:
    """The same as a PNG of 16 bits."""
    values = np.asarray(toy)[..., [2, 1, 0, 3]].astype(np.uint16) * 257
    return bytes(cv2.imencode(".png", values)[1])


SEE_THROUGH: dict[str, Callable[[Image.Image, Path], object]] = {
    "RGBA": lambda toy, path: toy.save(path, "PNG"),
    "palette": lambda toy, path: toy.quantize(8).save(path, "PNG"),
    "grey": lambda toy, path: toy.convert("LA").save(path, "PNG"),
    "one colour": lambda toy, path: keyed(toy).save(path, "PNG", transparency=(1, 2, 3)),
    "deep": lambda toy, path: path.write_bytes(deep(toy)),
    "WEBP": lambda toy, path: toy.save(path, "WEBP", quality=80),
    "GIF": lambda toy, path: toy.save(path, "GIF"),
    "TIFF": lambda toy, path: toy.save(path, "TIFF", compression="tiff_lzw"),
    "JPEG 2000": lambda toy, path: toy.save(path, "JPEG2000"),
    "HEIC": lambda toy, path: pillow_heif.from_pillow(toy).save(path),
}


@pytest.mark.parametrize("kind", SEE_THROUGH)
def test_what_is_transparent_stays_so(tmp_path: Path, target: Path, kind: str) -> None:
    """Whatever the form of the file: its alpha is kept, the gap too, and what lay under nothing is white."""
    toy = cut_out_toy()
    SEE_THROUGH[kind](toy, tmp_path / "toy")
    open_photo(tmp_path / "toy", target)
    cleaned = pixels(target)
    assert cleaned.shape == (600, 500, 4)
    assert np.abs(cleaned[..., 3] - np.asarray(toy.getchannel("A"), np.int16)).mean() < 1
    assert (cleaned[5, 5] == [255, 255, 255, 0]).all()
    assert cleaned[390, 250, 3] == 0
    assert (cleaned[500, 150] > 240).all()
    assert {kind for kind, _ in chunks(target)} == {b"IHDR", b"IDAT", b"IEND"}


def test_what_was_erased_is_gone(tmp_path: Path, target: Path) -> None:
    """Under an alpha of nothing some programs keep the room; it may have been erased for a reason."""
    room = plushie(500, 600).convert("RGBA")
    room.putalpha(cut_out_toy().getchannel("A"))
    room.save(tmp_path / "toy.png")
    open_photo(tmp_path / "toy.png", target)
    cleaned = pixels(target)
    assert (cleaned[cleaned[..., 3] == 0][:, :3] == 255).all()


@pytest.mark.parametrize("alpha", ["near", "even", "specks"])
def test_an_alpha_that_says_nothing_is_left_out(tmp_path: Path, target: Path, alpha: str) -> None:
    """Nearly opaque, everywhere the same, or a few lost points: that is a photo like any other."""
    photo = plushie(400, 300).convert("RGBA")
    chance = np.random.default_rng(1)
    values = {
        "near": chance.integers(244, 255, (300, 400)),
        "even": np.full((300, 400), 180),
        "specks": np.where(chance.random((300, 400)) < 0.001, 0, 255),
    }[alpha]
    photo.putalpha(Image.fromarray(values.astype(np.uint8)))
    photo.save(tmp_path / "photo.png")
    open_photo(tmp_path / "photo.png", target)
    assert_clean(target)
    assert np.abs(pixels(target) - np.asarray(plushie(400, 300), np.int16)).mean() < 3


def test_haze_that_was_not_quite_erased_is_gone(tmp_path: Path, target: Path) -> None:
    """What tools leave of a ground, too faint to see, does not count as toy."""
    toy = cut_out_toy()
    alpha = np.asarray(toy.getchannel("A"))
    toy.putalpha(Image.fromarray(np.where(alpha, alpha, 5).astype(np.uint8)))
    toy.save(tmp_path / "toy.png")
    open_photo(tmp_path / "toy.png", target)
    assert set(np.unique(pixels(target)[..., 3])) == {0, 255}


def test_a_toy_on_much_nothing_is_not_made_small(tmp_path: Path, target: Path) -> None:
    """A large sheet is scaled down to the toy on it, not to the sheet."""
    sheet = Image.new("RGBA", (5000, 5000))
    sheet.paste(cut_out_toy(), (3000, 700))
    sheet.save(tmp_path / "toy.png")
    info = open_photo(tmp_path / "toy.png", target)
    assert (info.original_width, info.original_height) == (5000, 5000)
    assert info.height > 450


def by_hand(values: np.ndarray[tuple[int, ...], np.dtype[np.uint16]], colours: int) -> bytes:
    """A TIFF of 16 bits that Pillow does not write."""
    height, width = values.shape[:2]
    channels = values.shape[2] if values.ndim == 3 else 1
    tags = {256: width, 257: height, 258: 16, 259: 1, 262: colours, 273: 512, 277: channels, 278: height}
    tags[279] = values.nbytes
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0"
    return head.ljust(512, b"\0") + values.astype("<u2").tobytes()


TIFFS: dict[str, Callable[[Image.Image, Path], object]] = {
    "LZW": lambda photo, path: photo.save(path, "TIFF", compression="tiff_lzw"),
    "JPEG": lambda photo, path: photo.save(path, "TIFF", compression="jpeg"),
    "CMYK": lambda photo, path: photo.convert("CMYK").save(path, "TIFF", compression="tiff_deflate"),
    "big": lambda photo, path: photo.save(path, "TIFF", big_tiff=True),
    "pages": lambda photo, path: photo.save(
        path, "TIFF", save_all=True, append_images=[Image.new("RGB", (9, 9)), Image.new("RGB", (999, 999))]
    ),
    "a small one first": lambda photo, path: Image.new("RGB", (30, 24)).save(
        path, "TIFF", save_all=True, append_images=[photo], tiffinfo={254: 1}
    ),
    "Lab": lambda photo, path: typing.cast(
        Image.Image,
        ImageCms.profileToProfile(
            photo, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        ),
    ).save(path, "TIFF"),
}


@pytest.mark.parametrize("kind", TIFFS)
def test_the_tiffs_of_scanners_and_printers_open(tmp_path: Path, target: Path, kind: str) -> None:
    """Packed, in printers' colours, of many pages: the first one that is whole."""
    TIFFS[kind](plushie(300, 240), tmp_path / "scan.tif")
    assert open_photo(tmp_path / "scan.tif", target).format == "TIFF"
    assert_clean(target)
    assert np.abs(pixels(target) - np.asarray(plushie(300, 240), np.int16)).mean() < 8


@pytest.mark.parametrize(("colours", "sign"), [(1, 1), (0, -1)])
def test_deep_grey_is_as_light_as_it_was(tmp_path: Path, target: Path, colours: int, sign: int) -> None:
    """16 bits, with black as 0 or white."""
    grey = np.asarray(plushie(300, 240).convert("L"), np.uint16)
    (tmp_path / "scan.tif").write_bytes(by_hand((grey if sign > 0 else 255 - grey) * np.uint16(257), colours))
    open_photo(tmp_path / "scan.tif", target)
    assert np.abs(pixels(target)[..., 0] - grey.astype(np.int16)).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG2000", "TIFF"])
def test_forty_megapixels_open_in_the_child(pool: ChildPool, tmp_path: Path, target: Path, kind: str) -> None:
    """Its memory is enough for the largest that is let in."""
    packed = {"compression": "tiff_deflate"} if kind == "TIFF" else {"quality_mode": "rates", "quality_layers": [60]}
    Image.new("CMYK" if kind == "TIFF" else "RGB", (7200, 5400), "red").save(tmp_path / "large", kind, **packed)
    assert clean_photo(pool, tmp_path / "large", target).original_width == 7200


def swapped_profile() -> bytes:
    """SRGB with the primaries of red and green exchanged: a colour space that nobody can overlook."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    names = {bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = names[b"rXYZ"], names[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def test_a_colour_profile_is_converted_to_srgb(tmp_path: Path, target: Path) -> None:
    """Colours are what the camera meant, not what its numbers say in another space."""
    Image.new("RGB", (240, 220), (250, 10, 10)).save(tmp_path / "p.png", icc_profile=swapped_profile())
    open_photo(tmp_path / "p.png", target)
    red, green, _ = pixels(target)[100, 100]
    assert green > 230
    assert red < 60


@pytest.mark.parametrize("profile", [b"rubbish", b"\0" * 200], ids=["text", "zeros"])
def test_a_broken_colour_profile_is_passed_over(tmp_path: Path, target: Path, profile: bytes) -> None:
    """The pixels still are a photo."""
    Image.new("RGB", (240, 220), (250, 10, 10)).save(tmp_path / "p.png", icc_profile=profile)
    open_photo(tmp_path / "p.png", target)
    assert (pixels(target)[100, 100] == [250, 10, 10]).all()


def test_a_large_photo_is_scaled_down(pool: ChildPool, tmp_path: Path, target: Path) -> None:
    """39 megapixels become 2048 pixels on the longest side, and the original size is told."""
    plushie(900, 700).resize((7200, 5400)).save(tmp_path / "large.jpg", quality=60)
    info = clean_photo(pool, tmp_path / "large.jpg", target)
    assert (info.width, info.height) == (LONGEST_SIDE, 1536)
    assert (info.original_width, info.original_height) == (7200, 5400)


def test_a_dark_or_blurred_photo_is_only_remarked_on(tmp_path: Path, target: Path) -> None:
    """Never a refusal: the parent decides."""
    plushie().point(lambda value: value // 8).save(tmp_path / "dark.png")
    (dark,) = open_photo(tmp_path / "dark.png", target).remarks
    assert "dark" in dark
    plushie().filter(ImageFilter.GaussianBlur(9)).save(tmp_path / "blurred.png")
    (blurred,) = open_photo(tmp_path / "blurred.png", target).remarks
    assert "blurred" in blurred


def test_the_key_is_the_content(tmp_path: Path) -> None:
    """The same bytes have the same key under any name."""
    for name, data in (("a.jpg", b"one"), ("b.jpg", b"one"), ("c.jpg", b"two")):
        (tmp_path / name).write_bytes(data)
    assert photo_key(tmp_path / "a.jpg") == photo_key(tmp_path / "b.jpg") == hashlib.sha256(b"one").hexdigest()[:32]
    assert photo_key(tmp_path / "a.jpg") != photo_key(tmp_path / "c.jpg")
    with pytest.raises(PhotoError):
        photo_key(tmp_path / "d.jpg")


def test_names_are_shown_without_tricks() -> None:
    """No folder, no control or direction characters, 80 characters at most; emoji stay whole."""
    assert shown_name(Path("/home/anna/secret/bär 🐻‍❄️.jpg")) == "bär 🐻‍❄️.jpg"
    assert shown_name(Path("a\x1b[31m\nb\u202egpj.exe")) == "a\\x1b[31m\\nb\\u202egpj.exe"
    assert shown_name(Path("undecodable-\udcff.jpg")).isascii()
    assert len(shown_name(Path("x" * 200 + ".jpg"))) == 80


def test_a_disk_that_refuses_is_a_storage_error(tmp_path: Path) -> None:
    """The parent hears that saving failed, not that the photo is bad."""
    plushie(300, 240).save(tmp_path / "p.png")
    with pytest.raises(StorageError, match="could not be saved"):
        open_photo(tmp_path / "p.png", tmp_path / "no such folder" / "x.png")


def test_the_parent_side_stays_light() -> None:
    """Whoever only asks a child to open photos imports no Pillow, NumPy or OpenCV."""
    code = (
        "import sys, storymaker.images.photo, storymaker.images.cutout;"
        "sys.exit(','.join({'PIL', 'numpy', 'cv2', 'pillow_heif'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_real_photos_leave_without_a_trace(pool: ChildPool, photos: Path, target: Path) -> None:
    """Photos of phones that say where they were taken, through the real child."""
    files = sorted(photos.glob("*/*.jpg"))
    assert any(b"Apple" in file.read_bytes()[:4000] for file in files)
    for file in files:
        info = clean_photo(pool, file, target)
        assert info.format == "JPEG"
        assert info.remarks == ()
        assert_clean(target)


def test_a_saved_photo_is_a_whole_file(tmp_path: Path, target: Path) -> None:
    """Nothing is left beside it, and it opens."""
    plushie(300, 240).save(tmp_path / "p.png")
    open_photo(tmp_path / "p.png", target)
    assert [file.name for file in target.parent.iterdir()] == [target.name]
    with Image.open(io.BytesIO(target.read_bytes())) as picture:
        picture.load()
