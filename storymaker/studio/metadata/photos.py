"""Photos on their way in: sent in parts, put together, and shown with what was cut out of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from storymaker.contract.values import Point
from storymaker.errors import InvalidInputError
from storymaker.studio.control import Control, Event
from storymaker.studio.guard import Guard

PHOTO_BYTES_MAX: Final = 15 * 1024 * 1024
PART_MAX: Final = 1024 * 1024
AT_ONCE_MAX: Final = 6
"""Photos that may be on their way at once: what was begun longest ago is given up."""

_Name = Annotated[str, Field(max_length=300)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Points = Annotated[list[Annotated[list[_Share], Field(min_length=2, max_length=2)]], Field(max_length=20_000)]
_Lines = Annotated[list[_Points], Field(max_length=500)]


class Part(Event):
    """A piece of a photo; its bytes come beside it."""

    type: Literal["part"]
    id: Annotated[str, Field(max_length=40)]
    name: _Name
    index: Annotated[int, Field(ge=0, lt=64)]
    parts: Annotated[int, Field(ge=1, le=64)]
    data: bytes = b""


class Refused(Event):
    """A file that the browser did not send: it is empty, or too large."""

    type: Literal["refused"]
    name: _Name
    size: Annotated[int, Field(ge=0)]


class Unread(Event):
    """A file that the browser could not read."""

    type: Literal["unread"]
    name: _Name


class Mend(Event):
    """The cut-out of a photo is to be painted right."""

    type: Literal["mend"]
    photo: _Name


class Remove(Event):
    """A photo is not wanted."""

    type: Literal["remove"]
    photo: _Name


class Dismiss(Event):
    """A photo's trouble was read."""

    type: Literal["dismiss"]
    photo: _Name


class Painted(Event):
    """What the parent painted over a photo: lines of points, 0–1 from left and top."""

    type: Literal["strokes"]
    photo: _Name
    keep: _Lines
    remove: _Lines
    radius: Annotated[float, Field(gt=0, le=0.2)]

    def lines(self, kind: Literal["keep", "remove"]) -> tuple[tuple[Point, ...], ...]:
        """The lines of one kind, as the backend takes them."""
        return tuple(tuple((x, y) for x, y in line) for line in getattr(self, kind))


class Seek(Event):
    """The parent wants to say where the face is in a cut-out."""

    type: Literal["seek"]
    photo: _Name


class Faced(Event):
    """Where the face is in a cut-out, 0–1 from left and top."""

    type: Literal["face"]
    photo: _Name
    at: Annotated[list[_Share], Field(min_length=2, max_length=2)]


Happening = Part | Refused | Unread | Mend | Remove | Dismiss | Painted | Seek | Faced


@dataclass(frozen=True)
class Tile:
    """A photo as it is shown.

    Attributes:
        photo: Name of the cleaned photo.
        cutout: Address of the cut-out.
        name: Of the file, while there is no more.
        state: ``ready``, ``cutting`` or ``failed``.
        sentence: A remark, or why it failed.
    """

    photo: str = ""
    cutout: str = ""
    name: str = ""
    state: Literal["ready", "cutting", "failed"] = "ready"
    sentence: str = ""


@dataclass
class Uploads:
    """Puts files together of their parts.

    Parts come in order, since one socket carries them; what is not in order or grows too large is given up.
    """

    _coming: dict[str, _Coming] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        """Whether some parts of a file are here and others are not."""
        return bool(self._coming)

    def add(self, part: Part) -> bytes | None:
        """Take a part; the whole file when it was the last.

        Raises:
            InvalidInputError: If the parts do not make a file.
        """
        known = self._coming.get(part.id)
        if part.index == 0:
            known = _Coming(part.parts)
        fits = known is not None and part.index == known.next and part.parts == known.parts
        if known is None or not fits or not part.data or not known.takes(part.data):
            self._coming.pop(part.id, None)
            raise InvalidInputError(f"“{part.name}” did not arrive whole. Please choose it again.", code="upload")
        known.add(part.data)
        if known.next == known.parts:
            self._coming.pop(part.id, None)
            return bytes(known.data)
        self._coming[part.id] = known
        while len(self._coming) > AT_ONCE_MAX:
            del self._coming[next(iter(self._coming))]
        return None


@dataclass
class _Coming:
    """A file on its way.

    Attributes:
        parts: How many parts it has.
        next: Index of the part that comes next.
    """

    parts: int
    next: int = 0
    data: bytearray = field(default_factory=bytearray)

    def takes(self, part: bytes) -> bool:
        """Whether a part is small enough, and the file with it."""
        return len(part) <= PART_MAX and len(self.data) + len(part) <= PHOTO_BYTES_MAX

    def add(self, part: bytes) -> None:
        """Take a part."""
        self.data += part
        self.next += 1


class Photos(Control[Happening]):
    """A place to choose photos and to see what was cut out of them.

    Args:
        guard: Where what happens is done.
        on_event: Called with what happened; a part carries its bytes.
    """

    script = "photos.js"
    events = TypeAdapter(Annotated[Happening, Field(discriminator="type")])

    def __init__(self, guard: Guard, on_event: Callable[[Happening], None]) -> None:
        self._tiles: Sequence[Tile] = ()
        super().__init__(guard, on_event)

    def show(self, tiles: Sequence[Tile]) -> None:
        """Show these photos."""
        self._tiles = tuple(tiles)
        self.greet()

    def greet(self) -> None:
        """Tell a view which photos there are."""
        self.tell("photos", tiles=[vars(tile) for tile in self._tiles])

    def open_desk(self, photo: str, image: str, cutout: str) -> None:
        """Open the brush.

        Args:
            photo: Name of the photo.
            image: Its address.
            cutout: Address of the cut-out as it is.
        """
        self.tell("desk", photo=photo, image=image, cutout=cutout)

    def open_face(self, photo: str, cutout: str, at: Point) -> None:
        """Ask where the face is.

        Args:
            photo: Name of the photo.
            cutout: Address of its cut-out.
            at: Where it is taken to be.
        """
        self.tell("face", photo=photo, cutout=cutout, at=at)

    def with_bytes(self, event: Happening, buffers: Sequence[memoryview]) -> Happening:
        """A part with its bytes."""
        if not isinstance(event, Part):
            return event
        return event.model_copy(update={"data": bytes(buffers[0]) if len(buffers) == 1 else b""})


def too_large(refused: Refused) -> str:
    """Why a file was not sent."""
    if refused.size == 0:
        return f"“{refused.name}” is empty. Please choose another photo."
    return (
        f"“{refused.name}” has {math.ceil(refused.size / 2**20)} MB, and {PHOTO_BYTES_MAX // 2**20} MB is the most. "
        "Please choose a smaller photo, or have your phone send it in a smaller size."
    )
