"""Casting: a photo that was sent becomes a pose without ever being a file here, and is cut again with strokes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from storymaker.books.checking import replace
from storymaker.books.model import Character
from storymaker.books.shelf import Shelf
from storymaker.casting import Casting
from storymaker.errors import InvalidInputError, NotFoundError, PhotoError
from storymaker.images.cutout import Strokes
from storymaker.images.photo import MAX_BYTES, PhotoBytes, photo_key
from storymaker.testing.photos import plushie_photo


def sent(tmp_path: Path, name: str = "teddy.jpg") -> PhotoBytes:
    """A photo as a form sends it, with its place in its metadata."""
    data = plushie_photo(tmp_path / "outside.jpg").read_bytes()
    assert b"Exif" in data
    return PhotoBytes(name, data)


def test_a_sent_photo_becomes_a_pose_and_leaves_no_trace_of_where(shelf: Shelf, tmp_path: Path) -> None:
    """The cast holds the cut-out and the cleaned photo; no byte of its metadata is on the disk."""
    photo = sent(tmp_path)
    hero = shelf.cast.save(Character(name="Bramble"))
    (tmp_path / "outside.jpg").unlink()
    character, remarks = Casting(shelf).add_photo(hero.id, photo)
    (pose,) = character.poses
    assert pose.photo == f"photo-{photo_key(photo)}.png"
    assert pose.lightness is not None
    assert 20 < pose.lightness < 95
    assert remarks == ()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {pose.cutout, pose.photo, "character.json"}
    assert not any(b"Exif" in path.read_bytes() for path in files)


def test_strokes_cut_the_same_photo_again(shelf: Shelf, tmp_path: Path) -> None:
    """One pose still, under another name; the cut-out before it is gone from the cast."""
    casting, hero = Casting(shelf), shelf.cast.save(Character(name="Bramble"))
    (pose,) = casting.add_photo(hero.id, sent(tmp_path))[0].poses
    assert pose.photo is not None
    strokes = Strokes(remove=(((0.0, 0.02), (1.0, 0.02)),))
    (again,) = casting.recut(hero.id, pose.photo, strokes)[0].poses
    assert (again.photo, again.cutout != pose.cutout) == (pose.photo, True)
    there = {path.name for path in shelf.cast.folder(hero.id).iterdir()}
    assert there == {"character.json", again.photo, again.cutout}
    assert [path.name for path in shelf.cast.root.iterdir()] == [hero.id]


def test_a_face_is_where_the_parent_says(shelf: Shelf, tmp_path: Path) -> None:
    """In the photo it was said of, within the cut-out; a photo that is not there has none."""
    casting, hero = Casting(shelf), shelf.cast.save(Character(name="Bramble"))
    (pose,) = casting.add_photo(hero.id, sent(tmp_path))[0].poses
    assert pose.photo is not None
    (faced,) = casting.set_face(hero.id, pose.photo, (0.25, 0.5)).poses
    assert faced == replace(pose, face=(0.25, 0.5))
    with pytest.raises(InvalidInputError, match="face"):
        casting.set_face(hero.id, pose.photo, (0.25, 1.5))
    with pytest.raises(NotFoundError, match="no such photo"):
        casting.set_face(hero.id, "photo-x.png", (0.5, 0.5))


def test_a_photo_that_is_not_there_cannot_be_cut_again(shelf: Shelf) -> None:
    """By a name that never was."""
    hero = shelf.cast.save(Character(name="Bramble"))
    with pytest.raises(NotFoundError, match="no such photo"):
        Casting(shelf).recut(hero.id, "photo-x.png", Strokes())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"x" * (MAX_BYTES + 1), "15 MB is the most"),
        (b"%PDF-1.7", "is a PDF"),
        (b"GIF89a", "damaged"),
    ],
)
def test_what_is_no_photo_is_said_and_leaves_nothing(shelf: Shelf, data: bytes, says: str) -> None:
    """Each with its own sentence, naming the file; the cast is as before."""
    hero = shelf.cast.save(Character(name="Bramble"))
    with pytest.raises(PhotoError, match=f"“holiday.jpg”.*{says}"):
        Casting(shelf).add_photo(hero.id, PhotoBytes("holiday.jpg", data))
    assert shelf.cast.open(hero.id) == hero
    assert [path.name for path in shelf.cast.root.iterdir()] == [hero.id]


def test_a_photo_has_one_key_wherever_it_is(tmp_path: Path) -> None:
    """As a file or as bytes."""
    path = plushie_photo(tmp_path / "a.jpg")
    assert photo_key(path) == photo_key(PhotoBytes("b", path.read_bytes()))


def test_one_bad_photo_beside_good_ones_stops_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """It is named with what is wrong with it; the others become poses, and are known again the next time."""
    good = [plushie_photo(tmp_path / f"good{seed}.jpg", seed=seed) for seed in (1, 2)]
    (tmp_path / "bad.jpg").write_bytes(b"%PDF-1.7 and more")
    blank = tmp_path / "blank.png"
    Image.new("RGB", (400, 400), "white").save(blank)
    photos = [tmp_path / "bad.jpg", good[0], blank, tmp_path / "gone.jpg", good[1]]
    heard: list[str] = []
    casting = Casting(shelf, heard.append)
    hero = casting.hero("Bramble", photos)
    assert {pose.photo for pose in hero.poses} == {f"photo-{photo_key(photo)}.png" for photo in good}
    for name in ("bad.jpg", "blank.png", "gone.jpg"):
        (told,) = (sentence for sentence in heard if name in sentence)
        assert "goes on without this photo" in told
    assert casting.hero("Bramble", photos) == hero
    assert shelf.cast.list() == (hero,)


def test_only_bad_photos_are_each_named_and_leave_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """One sentence says what is wrong with each."""
    for name in ("one.pdf", "two.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.7 and more")
    with pytest.raises(PhotoError, match=r"None of the 2 .*“one.pdf” is a PDF.*“two.pdf” is a PDF"):
        Casting(shelf).hero("Bramble", [tmp_path / "one.pdf", tmp_path / "two.pdf"])
    assert shelf.cast.list() == ()


def test_whoever_does_not_listen_finds_it_in_the_log(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that makes a book hears of the photo that was left out."""
    Casting(shelf).hero("Bramble", [plushie_photo(tmp_path / "good.jpg"), tmp_path / "gone.jpg"])
    assert [record.levelname for record in caplog.records if "gone.jpg" in record.message] == ["WARNING"]
