"""The family's cast: characters, their photos and cut-outs."""

from __future__ import annotations

from storymaker.books.model import Line, Pronouns, Text
from storymaker.contract.values.wire import Wire


class PoseOut(Wire):
    """A photo and what was cut out of it, by file name.

    Attributes:
        cutout: The cut-out.
        photo: The cleaned photo; None where there is none.
        face: The middle of the face in the cut-out, 0–1 from left and top; None where nobody said.
    """

    cutout: str
    photo: str | None = None
    face: tuple[float, float] | None = None


class CharacterOut(Wire):
    """Somebody in the cast or in a book."""

    id: str
    name: str
    kind: str
    pronouns: Pronouns
    trait: str
    look: str
    figure: str | None
    poses: tuple[PoseOut, ...]


class CastOut(Wire):
    """The family's cast, by name."""

    characters: tuple[CharacterOut, ...]


class NewCharacter(Wire):
    """A character to add.

    Attributes:
        builtin: Played by our own paper plushie until photos come.
    """

    name: Line
    kind: Line = ""
    pronouns: Pronouns = "they"
    trait: Line = ""
    look: Text = ""
    builtin: bool = False


class CharacterPatch(Wire):
    """What to change about a character; what is left out stays."""

    name: Line | None = None
    kind: Line | None = None
    pronouns: Pronouns | None = None
    trait: Line | None = None
    look: Text | None = None


Point = tuple[float, float]


class StrokesIn(Wire):
    """What the parent painted over a photo.

    Attributes:
        keep: Lines over the toy: points ``(x, y)``, 0–1 from left and top.
        remove: Lines over what must go.
        radius: Half the width of the brush, as a share of the photo's longer side.
    """

    keep: tuple[tuple[Point, ...], ...] = ()
    remove: tuple[tuple[Point, ...], ...] = ()
    radius: float = 0.02


class FaceIn(Wire):
    """Where the face is in a cut-out.

    Attributes:
        at: 0–1 from left and top; None for the upper part, as long as nobody says otherwise.
    """

    at: Point | None = None


class PhotoTaken(Wire):
    """A character with its new cut-out.

    Attributes:
        remarks: Sentences for the parent about the photo.
    """

    character: CharacterOut
    remarks: tuple[str, ...] = ()
