"""What a stage is set up with: the colours and light of a kit, and where the camera stands."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from storymaker.images.paper.shapes import PAGE, Polygon


@dataclass(frozen=True)
class Palette:
    """The colours of one kit in one light, and how that light falls."""

    colours: Mapping[str, str]
    shadow: str
    ambient: tuple[float, float, float]
    light: tuple[float, float, float]
    sun_from: tuple[float, float] = (-1.0, -1.0)
    form: float = 0.45


@dataclass(frozen=True)
class View:
    """Where the camera stands: kits draw in their own pixels, the view brings them to the page.

    Attributes:
        mirror: the whole scene from the other side; cut-outs change place but are not flipped by it.
        zoom: 1 shows the kit as drawn, more moves closer to the pivot.
        pivot: the point of the kit that stays where it is.
    """

    mirror: bool = False
    zoom: float = 1.0
    pivot: tuple[float, float] = (PAGE / 2, 1330.0)

    def points(self, polygon: Polygon) -> Polygon:
        """Bring points from kit to page."""
        p = (np.asarray(polygon, np.float32) - self.pivot) * self.zoom + self.pivot
        if self.mirror:
            p[:, 0] = PAGE - p[:, 0]
        return p

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Bring one point from kit to page."""
        px, py = self.points(np.array([[x, y]], np.float32))[0]
        return float(px), float(py)

    def edges(self) -> tuple[float, float]:
        """Return the leftmost and the rightmost x of the kit that can be seen."""
        x = self.pivot[0]
        return x - x / self.zoom, x + (PAGE - x) / self.zoom

    def top(self) -> float:
        """Return the uppermost y of the kit that can be seen."""
        return self.pivot[1] * (1 - 1 / self.zoom)
