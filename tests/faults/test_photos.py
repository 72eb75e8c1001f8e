"""Photos that cannot be opened: each gets a sentence that names it and says what to do, and nothing falls over."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from storymaker.child import ChildPool
from storymaker.errors import JobCancelledError, JobError, JobTimeoutError, PhotoError
from storymaker.images.decode import open_photo
from storymaker.images.photo import MAX_BYTES, MEMORY_BYTES, clean_photo
from storymaker.testing.photos import plushie, plushie_photo

NAME = "IMG 0001.jpg"


@pytest.fixture(scope="module")
def pool() -> Iterator[ChildPool]:
    """The child that opens strangers' photos, with its real limit."""
    made = ChildPool(1, memory_bytes=MEMORY_BYTES)
    yield made
    made.close()


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with a true header and little in it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = ((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in whole
    )
    return b"\x89PNG\r\n\x1a\n" + body


def gif(width: int, height: int) -> bytes:
    """A GIF whose screen is as large as it says."""
    frame = b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0" + b"\x02\x02\x4c\x01\0;"
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff" + frame


def sixty_megapixels(path: Path) -> None:
    """A picture that is honest, and too large."""
    Image.new("1", (10_000, 6_000)).save(path, "PNG")


def truncated(path: Path) -> None:
    """Half a JPEG."""
    whole = plushie_photo(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def small(path: Path) -> None:
    """A thumbnail."""
    plushie(400, 150).save(path, "JPEG")


def narrow(path: Path) -> None:
    """A strip that is nothing any more once it is scaled down."""
    Image.new("RGB", (220, 9_000), "white").save(path, "PNG")


def head(start: bytes) -> Callable[[Path], object]:
    """A file that begins like this."""
    return lambda path: path.write_bytes(start.ljust(900, b"\0"))


REFUSED: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "missing": (lambda path: None, "photo-missing", "no file"),
    "folder": (lambda path: path.mkdir(), "photo-folder", "is a folder"),
    "empty": (lambda path: path.write_bytes(b""), "photo-empty", "is empty"),
    "text": (lambda path: path.write_text("Dear diary\n" * 50), "photo-not-a-picture", "not a picture"),
    "pdf": (lambda path: path.write_bytes(b"%PDF-1.7\n" + b"x" * 500), "photo-not-a-picture", "is a PDF"),
    "svg": (lambda path: path.write_text('<?xml version="1.0"?><svg/>'), "photo-not-a-picture", "SVG"),
    "plain svg": (lambda path: path.write_text("\n  <svg width='9'/>"), "photo-not-a-picture", "SVG"),
    "video": (lambda path: path.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 900), "photo-not-a-picture", "video"),
    "iphone video": (
        lambda path: path.write_bytes(b"\0\0\0\x14ftypqt  " + b"\0" * 900),
        "photo-not-a-picture",
        "video",
    ),
    "webm": (lambda path: path.write_bytes(b"\x1aE\xdf\xa3" + b"\0" * 900), "photo-not-a-picture", "video"),
    "avif": (lambda path: path.write_bytes(b"\0\0\0\x18ftypavif" + b"\0" * 900), "photo-not-a-picture", "AVIF"),
    "raw": (
        lambda path: plushie(300, 240).save(path, "TIFF", tiffinfo={50706: b"\1\4\0\0"}),
        "photo-not-a-picture",
        "camera's raw",
    ),
    "canon raw": (head(b"II*\0\x10\0\0\0CR\2\0"), "photo-not-a-picture", "camera's raw"),
    "fuji raw": (head(b"FUJIFILMCCD-RAW 0201"), "photo-not-a-picture", "camera's raw"),
    "jpeg xl": (head(b"\xff\x0a"), "photo-not-a-picture", "JPEG XL"),
    "jpeg xl, wrapped": (head(b"\0\0\0\x0cJXL \r\n\x87\n"), "photo-not-a-picture", "JPEG XL"),
    "heic sequence": (head(b"\0\0\0\x18ftypmsf1"), "photo-not-a-picture", "moving picture"),
    "broken heic": (head(b"\0\0\0\x18ftypheic"), "photo-damaged", "cut short"),
    "photoshop": (head(b"8BPS\0\1"), "photo-not-a-picture", "Photoshop"),
    "a mac's note": (head(b"\0\5\x16\7"), "photo-not-a-picture", "“._”"),
    "zip": (head(b"PK\3\4"), "photo-not-a-picture", "packed file"),
    "web page": (lambda path: path.write_text("<!DOCTYPE html><html><svg/>"), "photo-not-a-picture", "web page"),
    "svg with a note": (lambda path: path.write_text("<!-- made by hand --><svg/>"), "photo-not-a-picture", "SVG"),
    "measurements": (
        lambda path: Image.fromarray(np.ones((300, 300), np.float32)).save(path, "TIFF"),
        "photo-not-a-picture",
        "measurements",
    ),
    "rare tiff": (head(b"II*\0\x08\0\0\0"), "photo-damaged", "rare kind"),
    "tiff bomb": (
        lambda path: Image.new("1", (30_000, 30_000)).save(path, "TIFF", compression="group4"),
        "photo-too-large",
        "900 megapixels",
    ),
    "see-through": (
        lambda path: Image.new("RGBA", (300, 300), (255, 0, 0, 3)).save(path, "PNG"),
        "nothing-to-cut-out",
        "nothing in it",
    ),
    "postscript": (lambda path: path.write_bytes(b"%!PS-Adobe-3.0 EPSF\n"), "photo-not-a-picture", "not a picture"),
    "truncated": (truncated, "photo-damaged", "cut short"),
    "only a head": (lambda path: path.write_bytes(b"\xff\xd8\xff\xe0\0"), "photo-damaged", "cut short"),
    "60 megapixels": (sixty_megapixels, "photo-too-large", "60 megapixels"),
    "bomb": (lambda path: path.write_bytes(png(30_000, 30_000)), "photo-too-large", "900 megapixels"),
    "gif bomb": (lambda path: path.write_bytes(gif(65_000, 65_000)), "photo-too-large", "megapixels"),
    "lying header": (lambda path: path.write_bytes(png(6_000, 6_000)), "photo-damaged", "cut short"),
    "16 MB": (lambda path: path.write_bytes(b"\xff\xd8" + b"\0" * 16 * 2**20), "photo-too-large", "16 MB"),
    "too small": (small, "photo-too-small", "too small to print"),
    "too narrow": (narrow, "photo-too-small", "too narrow to print"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_photo_is_refused_with_a_sentence(pool: ChildPool, tmp_path: Path, case: str) -> None:
    """The sentence names the file, not its folder, and says what to do; nothing is written."""
    make, code, words = REFUSED[case]
    source, target = tmp_path / "Anna private" / NAME, tmp_path / "out.png"
    source.parent.mkdir()
    make(source)
    with pytest.raises(PhotoError) as refused:
        clean_photo(pool, source, target)
    assert refused.value.code == code
    assert words in refused.value.message
    assert NAME in refused.value.message
    assert str(tmp_path) not in refused.value.message
    assert "private" not in refused.value.message
    assert refused.value.message.count(". ") >= 1
    assert not list(tmp_path.glob("out*"))


def test_a_text_chunk_that_explodes_is_refused(pool: ChildPool, tmp_path: Path) -> None:
    """300 MB of nothing in a 300 kB chunk."""
    chunk = b"Comment\0\0" + zlib.compress(b"\0" * 300_000_000, 9)
    (tmp_path / NAME).write_bytes(png(300, 300, (b"zTXt", chunk)))
    with pytest.raises(PhotoError):
        clean_photo(pool, tmp_path / NAME, tmp_path / "out.png")


def test_after_every_refusal_the_child_still_opens_photos(pool: ChildPool, tmp_path: Path) -> None:
    """The same child, after bombs and rubbish."""
    (tmp_path / NAME).write_bytes(png(30_000, 30_000))
    with pytest.raises(PhotoError):
        clean_photo(pool, tmp_path / NAME, tmp_path / "out.png")
    assert clean_photo(pool, plushie_photo(tmp_path / "good.jpg"), tmp_path / "out.png").width == 700


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_photo_and_does_not_hang(tmp_path: Path) -> None:
    """Reading it would wait forever."""
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(PhotoError, match="not a file with a picture"):
        open_photo(tmp_path / NAME, tmp_path / "out.png")


def test_a_photo_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission denied is said in words."""
    source = plushie_photo(tmp_path / NAME)
    source.chmod(0)
    if os.access(source, os.R_OK):  # root reads everything: let the system say no
        real = Path.open

        def denied(path: Path, *args: Any, **kwargs: Any) -> Any:
            if path == source:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *args, **kwargs)

        monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(PhotoError, match="may not be read") as refused:
        open_photo(source, tmp_path / "out.png")
    assert refused.value.code == "photo-forbidden"


@pytest.mark.parametrize("name", ["x" * 300 + ".jpg", "a\0b.jpg", "file.jpg/inside.jpg"])
def test_impossible_names_are_refused(tmp_path: Path, name: str) -> None:
    """Too long for the disk, with a zero byte, under a file: a sentence each."""
    (tmp_path / "file.jpg").write_bytes(b"x")
    with pytest.raises(PhotoError) as refused:
        open_photo(tmp_path / name, tmp_path / "out.png")
    assert "\0" not in refused.value.message
    assert len(refused.value.message) < 250


class EndingPool:
    """A pool whose child ends in a certain way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def call(self, task: str, *args: object, timeout: float) -> object:
        """Fails."""
        raise self.error


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (JobTimeoutError("slow"), "photo-too-slow"),
        (JobError("memory", code="memory"), "photo-too-large"),
        (JobError("crashed", code="crashed"), "photo-damaged"),
    ],
)
def test_a_child_that_dies_over_a_photo_is_the_photos_fault(tmp_path: Path, ending: Exception, code: str) -> None:
    """Too slow, too greedy or a crash in a decoder: the photo is named, and the book goes on."""
    source = plushie_photo(tmp_path / NAME)
    with pytest.raises(PhotoError) as refused:
        clean_photo(cast(ChildPool, EndingPool(ending)), source, tmp_path / "out.png")
    assert refused.value.code == code
    assert NAME in refused.value.message


def test_a_cancelled_photo_stays_cancelled(tmp_path: Path) -> None:
    """Cancelling is no fault of the photo."""
    source = plushie_photo(tmp_path / NAME)
    with pytest.raises(JobCancelledError):
        clean_photo(cast(ChildPool, EndingPool(JobCancelledError("stop"))), source, tmp_path / "out.png")


def test_a_file_of_just_the_largest_size_is_not_refused_for_it(tmp_path: Path) -> None:
    """The limit is a limit, not one less."""
    source = plushie_photo(tmp_path / NAME)
    with source.open("ab") as file:
        file.write(b"\0" * (MAX_BYTES - source.stat().st_size))
    assert open_photo(source, tmp_path / "out.png").width == 700


def _encoded() -> list[bytes]:
    import io

    import pillow_heif

    files = []
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000"):
        file = io.BytesIO()
        plushie(240, 210).save(file, kind, **({"compression": "tiff_lzw"} if kind == "TIFF" else {}))
        files.append(file.getvalue())
    heic = io.BytesIO()
    pillow_heif.from_pillow(plushie(240, 210)).save(heic)
    return [*files, heic.getvalue()]


ENCODED = _encoded()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(
    which=st.integers(0, len(ENCODED) - 1),
    places=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
    length=st.floats(0.05, 1),
)
def test_damaged_files_open_or_are_refused(
    tmp_path: Path, which: int, places: list[tuple[float, int]], length: float
) -> None:
    """Flipped bytes and lost tails never raise anything but PhotoError."""
    data = bytearray(ENCODED[which])
    for place, value in places:
        data[int(place**3 * len(data))] = value  # headers are hit more often
    (tmp_path / NAME).write_bytes(data[: max(1, int(len(data) * length))])
    try:
        info = open_photo(tmp_path / NAME, tmp_path / "out.png")
    except PhotoError as refused:
        assert NAME in refused.message
    else:
        with Image.open(tmp_path / "out.png") as written:
            assert written.size == (info.width, info.height)
            assert np.asarray(written).shape[2] in (3, 4)
