"""What crosses into the child process that draws, and what comes back: plain values, no drawing library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """What is to be drawn.

    Attributes:
        scene: a short phrase, its place first: "sea, deep night, storm, wide".
        description: the picture in words; props are found in it.
        poses: paths of the hero's cut-outs (PNG with alpha).
        pose: which of them; counted round when there are fewer.
        friend: kind of the friend, when the page shows one.
        seed: the layout; the same seed gives the same bytes.
        title: when given, this is the cover.
        cache: folder for rasterised friends and props.
        wish: what should be different from the scene, in a parent's words.
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


@dataclass(frozen=True)
class Drawn:
    """What came of it: size in pixels, notes for people, seconds by step, the hero's box (left, top, width, height)."""

    size: tuple[int, int]
    notes: tuple[str, ...]
    seconds: dict[str, float]
    hero_box: tuple[int, int, int, int]
