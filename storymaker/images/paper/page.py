"""What crosses into the child process that draws, and what comes back: plain values, no drawing library."""

from dataclasses import dataclass

CONTRAST = 6.0
"""ΔE below which an outline is hard to see; 2.3 is just noticeable (Mahy et al. 1994, doi:10.1002/col.5080190207), and the
cream scissor edge, which is not counted, helps."""

COVERED = 0.01
"""Part of the face that may be covered: a snowflake is nothing, a blade of grass is."""

_FULL_CONTRAST, _FULL_CHANGE = 30.0, 28.0
_WEIGHTS = {"face": 0.35, "contrast": 0.2, "centre": 0.1, "neck": 0.1, "likeness": 0.1, "change": 0.15}

Point = tuple[float, float]
"""From left and from top, 0-1."""


@dataclass(frozen=True)
class Page:
    """What is to be drawn.

    Attributes:
        scene: a short phrase, its place first: "sea, deep night, storm, wide".
        description: the picture in words; props are found in it.
        poses: paths of the hero's cut-outs (PNG with alpha).
        pose: which of them; counted round when there are fewer.
        friend: kind of the friend drawn by us, when the page shows one.
        seed: the layout; the same seed gives the same bytes.
        title: when given, this is the cover.
        cache: folder for rasterised friends and props.
        wish: what should be different from the scene, in a parent's words.
        face: the middle of the hero's face in that cut-out, where the parent said.
        exposure: a factor for the hero's light, so that photos taken in sun and shade show one toy.
        friend_cut: path of the friend's cut-out, when it is one of the family's plushies.
        rim: what the hero is behind, by its name in `staging.RIMS`.
        company: names and cut-outs of further heroes, who stand by where there is room.
        colourway: which papers, counted round; a book keeps to one.
        background: path of a finished scene to set everybody into, instead of a kit's.
        before: path of the picture that this one is to replace: of several candidates the best that differs is taken.
    """

    scene: str
    description: str
    poses: tuple[str, ...]
    pose: int
    friend: str | None
    seed: int
    title: str | None = None
    cache: str | None = None
    wish: str = ""
    face: Point | None = None
    exposure: float = 1.0
    friend_cut: str | None = None
    rim: str | None = None
    company: tuple[tuple[str, str], ...] = ()
    colourway: int = 0
    background: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Binding:
    """What a back cover and end papers are cut from.

    Attributes:
        seed: Of the front cover: it chooses the papers.
        hero: Path of the hero's cut-out, if it has one.
        friend: Kind of the friend drawn by us, or None.
        friend_cut: Path of the friend's cut-out, when it is one of the family's plushies.
        descriptions: The pages' pictures in words: the book's things are found in them.
        cache: Folder for rasterised friends and props.
    """

    seed: int
    hero: str | None
    friend: str | None
    friend_cut: str | None
    descriptions: tuple[str, ...]
    cache: str | None = None


@dataclass(frozen=True)
class Marks:
    """What was found on a page.

    Attributes:
        face: part of the face that is covered, 0–1.
        contrast: ΔE between hero and ground at the weaker quarter of the outline.
        centre: how far off the middle third, 0–1.
        neck: strength of the line at the neck, 0–1.
        likeness: 0–1; 1 where nobody asked.
        change: mean difference from the picture before, 0–255; None where there is none.
        inside: the whole hero is in the frame.
        grounded: something stands before its feet, or ground lies under them.
    """

    face: float
    contrast: float
    centre: float
    neck: float
    likeness: float
    change: float | None
    inside: bool
    grounded: bool

    @property
    def sound(self) -> bool:
        """Whether the page may be shown as it is."""
        return self.face <= COVERED and self.contrast >= CONTRAST and self.inside and self.grounded

    @property
    def total(self) -> float:
        """All of it as one number: more is better; a page that is not sound is below every one that is."""
        parts = {
            "face": 1 - min(1.0, self.face / 0.1),
            "contrast": min(1.0, self.contrast / _FULL_CONTRAST),
            "centre": 1 - self.centre,
            "neck": 1 - self.neck,
            "likeness": self.likeness,
            "change": 1.0 if self.change is None else min(1.0, self.change / _FULL_CHANGE),
        }
        return sum(_WEIGHTS[name] * part for name, part in parts.items()) - (0 if self.sound else 1)


@dataclass(frozen=True)
class Drawn:
    """What came of it.

    Attributes:
        size: width and height in pixels.
        notes: sentences for people.
        seconds: by step.
        hero_box: left, top, width, height.
        seed: the layout that was taken: another than asked for where that one was not good enough.
        marks: how good the page is.
    """

    size: tuple[int, int]
    notes: tuple[str, ...]
    seconds: dict[str, float]
    hero_box: tuple[int, int, int, int]
    seed: int = 0
    marks: Marks | None = None
