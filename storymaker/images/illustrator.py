"""The Illustrator protocol: whoever draws a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.sent import Sent, untold


@dataclass(frozen=True)
class Cutout:
    """One pose of a plushie.

    Attributes:
        path: A PNG file with alpha.
        face: The middle of its face, 0–1 from left and top, where the parent said.
        lying: Whether the toy lies, by its own long axis.
        lightness: How light it is, 0–100; None where nobody measured it.
    """

    path: Path
    face: tuple[float, float] | None = None
    lying: bool = False
    lightness: float | None = None


@dataclass(frozen=True)
class Player:
    """Somebody in a picture.

    Attributes:
        name: What the story calls it.
        look: One fixed description.
        kind: What animal or thing it is.
        cutouts: One a pose; empty for a built-in figure.
        figure: Name of a built-in drawing, or None.
    """

    name: str
    look: str
    cutouts: tuple[Cutout, ...] = ()
    figure: str | None = None
    kind: str = ""


@dataclass(frozen=True)
class PictureRequest:
    """Everything an illustrator needs for one page.

    Attributes:
        n: The page's number; 0 is the cover.
        title: The book's title for a cover, else the chapter's.
        prompt: What the picture shows.
        scene: Place, time of day, weather and shot in plain words.
        heroes: Who the book is about; the first is the hero, the others are with it.
        friend: Who goes along, or None.
        seed: The same seed repeats a built-in picture exactly; another gives another picture.
        workdir: A folder on the book's own disk where the picture may be written.
        wish: What should be different this time, in the parent's words; mostly empty.
        palette: Which colours a built-in picture has; one number for the whole book.
        child: The child's name: it may be drawn, and must not leave the house.
        former_children: Names that the child had before, likewise.
        pages: Finished pictures of this book, those that the parent approved first: for the style, or for a cover.
        before: The picture that this one is to replace, if there is one: the new one should differ from it.
        sketch: Where an unfinished picture may be put for the parent to see meanwhile, as JPEG; None shows none.
        sent: To be told by an illustrator that costs when its request goes out: a drawing that is stopped after that is counted.
        paid: The same for one that also hands over each answer as it came, before looking at it: after a crash it is given back,
            and not bought again. Who uses it leaves ``sent`` alone.
    """

    n: int
    title: str
    prompt: str
    scene: str
    heroes: tuple[Player, ...]
    friend: Player | None
    seed: int
    workdir: Path
    wish: str = ""
    palette: int = 0
    child: str = ""
    former_children: tuple[str, ...] = ()
    pages: tuple[Path, ...] = ()
    before: Path | None = None
    sketch: Path | None = None
    sent: Sent = field(default=untold, repr=False, compare=False)
    paid: PaidCall = field(default=UNPAID, repr=False, compare=False)


@dataclass(frozen=True)
class PictureFile:
    """A picture as an illustrator hands it over.

    Attributes:
        path: A PNG file in the request's ``workdir``; the caller moves it away.
        width: Pixels.
        height: Pixels.
        cost_usd: What it really cost, in US dollars.
        notes: Sentences for the parent.
        screen: The same picture as JPEG, in the same folder, where the illustrator had its pixels at hand; else it is
            derived when it is first needed.
        veiled: A parent should look at it first; ``notes`` say why.
        seed: What it grew from, where that is not the request's: of several tries the best was taken.
        likeness: How much it looks like the hero, 0 to 1, where that was looked at.
        unlike: So little that a second try may be worth its price; ``notes`` say so.
    """

    path: Path
    width: int
    height: int
    cost_usd: float = 0.0
    notes: tuple[str, ...] = ()
    screen: Path | None = None
    seed: int | None = None
    veiled: bool = False
    likeness: float | None = None
    unlike: bool = False


@dataclass(frozen=True)
class Advice:
    """What was found in a picture that hangs in the book already.

    Attributes:
        notes: Sentences for the parent.
        likeness: How much it looks like the hero, 0 to 1, where that was looked at.
        unlike: So little that a second try may be worth its price; ``notes`` say so.
        cost_usd: What looking cost, in US dollars.
    """

    notes: tuple[str, ...] = ()
    likeness: float | None = None
    unlike: bool = False
    cost_usd: float = 0.0


class Illustrator(Protocol):
    """Draws pages. Registered by the entry point group ``storymaker.illustrators``."""

    name: str
    credit: str
    """How the colophon names it."""
    follows_wishes: bool
    """Whether it heeds ``PictureRequest.wish``."""

    @property
    def at_once(self) -> int:
        """How many pictures it may draw at the same time."""
        ...

    def estimate_usd(self, request_count: int) -> float:
        """What so many pictures are expected to cost, in US dollars."""
        ...

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Draw one page. Cancelling the awaiting task stops the drawing.

        Raises:
            ProviderError: If the picture could not be drawn.
        """
        ...
