"""Photos that can be opened: upright, sRGB, small enough, and nothing but pixels."""

from __future__ import annotations

import hashlib
import io
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageFilter

from storymaker.child import ChildPool
from storymaker.errors import PhotoError, StorageError
from storymaker.images.decode import open_photo
from storymaker.images.photo import LONGEST_SIDE, MEMORY_BYTES, clean_photo, photo_key, shown_name
from storymaker.testing.photos import XMP, phone_tags, plushie, plushie_photo

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


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF", "TIFF-like EXIF in PNG"])
def test_other_formats_lose_their_tags_too(tmp_path: Path, target: Path, kind: str) -> None:
    """What holds for JPEG holds for every format that may be opened."""
    source = tmp_path / "photo.bin"
    picture = plushie(400, 300)
    if kind == "HEIF":
        pillow_heif.from_pillow(picture).save(source, exif=phone_tags().tobytes(), xmp=XMP)
    else:
        picture.save(source, kind if kind == "WEBP" else "PNG", exif=phone_tags(), xmp=XMP)
    assert b"Apple" in source.read_bytes()
    info = open_photo(source, target)
    assert {info.width, info.height} == {300, 400}
    assert_clean(target)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
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


@pytest.mark.parametrize("kind", ["RGBA", "palette", "grey"])
def test_what_is_transparent_becomes_white_paper(tmp_path: Path, target: Path, kind: str) -> None:
    """A cut-out that comes as a photo lies on white, without a dark fringe."""
    picture = Image.new("RGBA", (240, 220), (0, 0, 0, 0))
    picture.paste((200, 30, 30, 255), (60, 60, 180, 160))
    if kind == "palette":
        picture.quantize(8).save(tmp_path / "t.png")
    else:
        picture.convert("LA" if kind == "grey" else "RGBA").save(tmp_path / "t.png")
    open_photo(tmp_path / "t.png", target)
    assert (pixels(target)[5, 5] == 255).all()
    assert pixels(target)[100, 100, 1] < 100


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
