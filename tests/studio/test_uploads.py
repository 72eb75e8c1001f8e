"""Photos on their way in: put together of their parts, refused in a sentence, and messages that no browser of ours sends."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from storymaker.errors import InvalidInputError
from storymaker.studio.metadata.photos import (
    AT_ONCE_MAX,
    PART_MAX,
    PHOTO_BYTES_MAX,
    Dismiss,
    Faced,
    Mend,
    Painted,
    Part,
    Photos,
    Refused,
    Remove,
    Seek,
    Unread,
    Uploads,
    too_large,
)

MEGABYTE = b"x" * 2**20


def part(index: int, parts: int, data: bytes = b"x", id_: str = "a", name: str = "bear.jpg") -> Part:
    """A part of a photo."""
    return Part(type="part", id=id_, name=name, index=index, parts=parts, data=data)


def refuse(uploads: Uploads, wrong: Part) -> str:
    """Add a part that must be refused; gives the sentence."""
    with pytest.raises(InvalidInputError) as raised:
        uploads.add(wrong)
    assert raised.value.code == "upload"
    return raised.value.message


def test_a_file_of_several_parts_comes_together() -> None:
    """In their order, byte for byte, and not before the last is there."""
    uploads = Uploads()
    assert uploads.add(part(0, 3, b"\x00one ")) is None
    assert uploads.add(part(1, 3, b"two ")) is None
    assert uploads.add(part(2, 3, b"three\xff")) == b"\x00one two three\xff"


def test_a_file_of_one_part_is_there_at_once() -> None:
    """The first part is its last."""
    assert Uploads().add(part(0, 1, b"all")) == b"all"


def test_a_file_that_came_is_not_kept() -> None:
    """Nothing can be added to it any more."""
    uploads = Uploads()
    uploads.add(part(0, 2, b"one"))
    assert uploads.add(part(1, 2, b"two")) == b"onetwo"
    refuse(uploads, part(2, 3, b"more"))
    refuse(uploads, part(1, 2, b"two"))


def test_files_do_not_mix() -> None:
    """Parts of two photos that come by turns go each to its own, also where the files have one name."""
    uploads = Uploads()
    assert uploads.add(part(0, 2, b"bear ", "a")) is None
    assert uploads.add(part(0, 2, b"duck ", "b")) is None
    assert uploads.add(part(1, 2, b"tail", "b")) == b"duck tail"
    assert uploads.add(part(1, 2, b"ears", "a")) == b"bear ears"


def test_a_file_that_begins_anew_forgets_what_came_before() -> None:
    """A first part is a beginning, whatever was on its way under that id."""
    uploads = Uploads()
    uploads.add(part(0, 3, b"old "))
    uploads.add(part(1, 3, b"old "))
    assert uploads.add(part(0, 2, b"new ")) is None
    assert uploads.add(part(1, 2, b"words")) == b"new words"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(part(2, 4), id="one is left out"),
        pytest.param(part(3, 4), id="the last comes too soon"),
        pytest.param(part(1, 4, b""), id="an empty part"),
        pytest.param(part(1, 4, MEGABYTE + b"x"), id="a part over the most"),
        pytest.param(part(0, 4, b""), id="an empty beginning"),
        pytest.param(part(0, 1, b""), id="an empty file"),
        pytest.param(part(0, 1, MEGABYTE + b"x"), id="a file of one part over the most"),
    ],
)
def test_what_makes_no_file_is_refused_and_forgotten(wrong: Part) -> None:
    """A sentence names the file and says what to do; the right part afterwards is too late, a new beginning is not."""
    uploads = Uploads()
    uploads.add(part(0, 4))
    assert refuse(uploads, wrong) == "“bear.jpg” did not arrive whole. Please choose it again."
    refuse(uploads, part(1, 4))
    assert uploads.add(part(0, 2, b"a")) is None
    assert uploads.add(part(1, 2, b"b")) == b"ab"


def test_a_part_that_comes_twice_is_refused_and_its_file_forgotten() -> None:
    """No byte is taken twice."""
    uploads = Uploads()
    uploads.add(part(0, 3))
    uploads.add(part(1, 3))
    refuse(uploads, part(1, 3))
    refuse(uploads, part(2, 3))


def test_a_part_without_a_beginning_is_refused() -> None:
    """Also where it says that it is the last."""
    refuse(Uploads(), part(1, 2))
    refuse(Uploads(), part(63, 64))


def test_trouble_with_one_file_leaves_the_others_alone() -> None:
    """Only the file that it belongs to is forgotten."""
    uploads = Uploads()
    uploads.add(part(0, 2, b"bear ", "a"))
    uploads.add(part(0, 3, b"duck ", "b"))
    assert "duck.jpg" in refuse(uploads, part(2, 3, b"tail", "b", "duck.jpg"))
    assert uploads.add(part(1, 2, b"ears", "a")) == b"bear ears"


def test_the_largest_part_and_the_largest_photo_are_taken() -> None:
    """What is just as large as allowed is not too large."""
    assert len(MEGABYTE) == PART_MAX
    most = PHOTO_BYTES_MAX // PART_MAX
    uploads = Uploads()
    for index in range(most - 1):
        assert uploads.add(part(index, most, MEGABYTE)) is None
    whole = uploads.add(part(most - 1, most, MEGABYTE))
    assert whole is not None
    assert len(whole) == PHOTO_BYTES_MAX


def test_a_photo_over_the_most_is_refused_before_its_last_part() -> None:
    """One byte more is too many, and what was kept is let go."""
    most = PHOTO_BYTES_MAX // PART_MAX
    uploads = Uploads()
    for index in range(most):
        assert uploads.add(part(index, 64, MEGABYTE)) is None
    assert "did not arrive whole" in refuse(uploads, part(most, 64, b"x"))
    refuse(uploads, part(most + 1, 64, b"x"))
    refuse(uploads, part(most, 64, b"x"))


def test_as_many_as_allowed_are_on_their_way_at_once() -> None:
    """None of them is given up."""
    uploads = Uploads()
    for n in range(AT_ONCE_MAX):
        assert uploads.add(part(0, 2, bytes([n]), f"{n}")) is None
    for n in range(AT_ONCE_MAX):
        assert uploads.add(part(1, 2, b"!", f"{n}")) == bytes([n]) + b"!"


def test_the_file_begun_longest_ago_is_given_up() -> None:
    """When one more begins than may be on their way; the others come to their end."""
    uploads = Uploads()
    for n in range(AT_ONCE_MAX + 2):
        assert uploads.add(part(0, 2, bytes([n]), f"{n}")) is None
    for n in range(2):
        refuse(uploads, part(1, 2, b"!", f"{n}"))
    for n in range(2, AT_ONCE_MAX + 2):
        assert uploads.add(part(1, 2, b"!", f"{n}")) == bytes([n]) + b"!"


def test_a_file_that_came_makes_room() -> None:
    """Only those still on their way count."""
    uploads = Uploads()
    for n in range(AT_ONCE_MAX):
        uploads.add(part(0, 2, bytes([n]), f"{n}"))
    assert uploads.add(part(1, 2, b"!", "3")) == b"\x03!"
    assert uploads.add(part(0, 2, b"one ", "more")) is None
    assert uploads.add(part(1, 2, b"!", "0")) == b"\x00!"


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (0, "“bear.jpg” is empty. Please choose another photo."),
        (
            40 * 2**20,
            "“bear.jpg” has 40 MB, and 15 MB is the most. "
            "Please choose a smaller photo, or have your phone send it in a smaller size.",
        ),
    ],
)
def test_why_a_file_was_not_sent_is_told(size: int, sentence: str) -> None:
    """By its name, with how large it is and how large it may be."""
    assert too_large(Refused(type="refused", name="bear.jpg", size=size)) == sentence


PART: dict[str, Any] = {"type": "part", "id": "a", "name": "bear.jpg", "index": 0, "parts": 1}
STROKES: dict[str, Any] = {"type": "strokes", "photo": "p", "keep": [[[0.1, 0.2], [1, 0]]], "remove": [], "radius": 0.2}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (PART, Part),
        (PART | {"id": "x" * 40, "name": "x" * 300, "index": 63, "parts": 64}, Part),
        ({"type": "refused", "name": "", "size": 0}, Refused),
        ({"type": "unread", "name": "bear.jpg"}, Unread),
        ({"type": "mend", "photo": "x" * 300}, Mend),
        ({"type": "remove", "photo": "p"}, Remove),
        ({"type": "dismiss", "photo": "p"}, Dismiss),
        (STROKES, Painted),
        ({"type": "seek", "photo": "p"}, Seek),
        ({"type": "face", "photo": "p", "at": [0, 1]}, Faced),
    ],
)
def test_what_a_browser_of_ours_sends_is_understood(message: dict[str, Any], kind: type) -> None:
    """Each kind by its type, up to the largest that is allowed: what is refused below is refused for its one fault."""
    assert type(Photos.events.validate_python(message)) is kind


def test_painted_lines_are_given_as_points() -> None:
    """Each kind by its name, as the backend takes them."""
    painted = Photos.events.validate_python(STROKES | {"remove": [[[0.5, 0.5]], []]})
    assert painted.lines("keep") == (((0.1, 0.2), (1.0, 0.0)),)
    assert painted.lines("remove") == (((0.5, 0.5),), ())


@pytest.mark.parametrize(
    ("message", "place", "fault"),
    [
        (PART | {"type": "nonsense"}, (), "union_tag_invalid"),
        ({"id": "a", "name": "bear.jpg", "index": 0, "parts": 1}, (), "union_tag_not_found"),
        (PART | {"index": 64, "parts": 64}, ("part", "index"), "less_than"),
        (PART | {"index": -1}, ("part", "index"), "greater_than_equal"),
        (PART | {"index": "0"}, ("part", "index"), "int_type"),
        (PART | {"parts": 0}, ("part", "parts"), "greater_than_equal"),
        (PART | {"parts": 65}, ("part", "parts"), "less_than_equal"),
        (PART | {"id": "x" * 41}, ("part", "id"), "string_too_long"),
        (PART | {"name": "x" * 301}, ("part", "name"), "string_too_long"),
        (PART | {"data": "forged"}, ("part", "data"), "bytes_type"),
        (PART | {"more": 1}, ("part", "more"), "extra_forbidden"),
        ({"type": "refused", "name": "x" * 301, "size": 1}, ("refused", "name"), "string_too_long"),
        ({"type": "refused", "name": "x", "size": -1}, ("refused", "size"), "greater_than_equal"),
        ({"type": "unread", "name": "x" * 301}, ("unread", "name"), "string_too_long"),
        ({"type": "mend", "photo": "x" * 301}, ("mend", "photo"), "string_too_long"),
        ({"type": "remove", "photo": "x" * 301}, ("remove", "photo"), "string_too_long"),
        ({"type": "dismiss", "photo": "x" * 301}, ("dismiss", "photo"), "string_too_long"),
        (STROKES | {"photo": "x" * 301}, ("strokes", "photo"), "string_too_long"),
        ({"type": "seek", "photo": "x" * 301}, ("seek", "photo"), "string_too_long"),
        ({"type": "face", "photo": "p", "at": [0.5]}, ("face", "at"), "too_short"),
        ({"type": "face", "photo": "p", "at": [0.5, 1.1]}, ("face", "at", 1), "less_than_equal"),
        (STROKES | {"radius": 5}, ("strokes", "radius"), "less_than_equal"),
        (STROKES | {"radius": 0.21}, ("strokes", "radius"), "less_than_equal"),
        (STROKES | {"radius": 0}, ("strokes", "radius"), "greater_than"),
        (STROKES | {"keep": "points"}, ("strokes", "keep"), "list_type"),
        (STROKES | {"keep": ["points"]}, ("strokes", "keep", 0), "list_type"),
        (STROKES | {"remove": [["xy"]]}, ("strokes", "remove", 0, 0), "list_type"),
        (STROKES | {"keep": [[["0.1", 0.2]]]}, ("strokes", "keep", 0, 0, 0), "float_type"),
        (STROKES | {"keep": [[[0.1]]]}, ("strokes", "keep", 0, 0), "too_short"),
        (STROKES | {"keep": [[[0.1, 0.2, 0.3]]]}, ("strokes", "keep", 0, 0), "too_long"),
        (STROKES | {"keep": [[]] * 501}, ("strokes", "keep"), "too_long"),
        (STROKES | {"remove": [[[0, 0]] * 20_001]}, ("strokes", "remove", 0), "too_long"),
    ],
)
def test_a_forged_message_is_refused(message: dict[str, Any], place: tuple[str | int, ...], fault: str) -> None:
    """For what is forged in it, and for nothing else."""
    with pytest.raises(ValidationError) as raised:
        Photos.events.validate_python(message)
    assert [(error["loc"], error["type"]) for error in raised.value.errors()] == [(place, fault)]
