"""What belongs to a printed book besides its pages: the back cover with its vignette, and the end papers.

Both are cut from the papers of the front cover. Runs in a drawing child.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from storymaker.images.jpeg import jpeg
from storymaker.images.paper import cover, figures
from storymaker.images.paper.compose import wanted
from storymaker.images.paper.page import Binding
from storymaker.images.paper.shapes import PAGE, hill, oval, page, smooth, star, tuft
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.texture import Image

MOST_MOTIFS = 6
_STEP = 256
"""Distance of two motifs on an end paper, in pixels."""
_PLACES = frozenset({"sky", "low", "far", "wall", "ground", "front"})


def draw_back(binding: Binding, path: str) -> dict[str, str]:
    """Draw the back cover into a JPEG file: flat paper for words above, and a small round scene below.

    Returns:
        The colours of its papers, for whoever sets the words.
    """
    cv2.setNumThreads(1)
    stage = cover.open_stage(binding.seed)
    rng = stage.rng
    x, y, r = PAGE / 2, 1010.0, 330.0
    stage.sheet(page(), "moon", 0)
    stage.sheet(oval(x, y + 30, 0.74 * r), "ring", 10, 0.2)
    for i, colour in enumerate(("l1", "l2", "l3", "l4")):
        a = np.linspace(0, 2 * np.pi, 15)[:-1]
        k = 1 + rng.uniform(-0.035, 0.035, 14)
        size = r + 26 * i
        low = np.minimum(y + size * k * np.sin(a), y + 0.72 * r + 18 * i)
        stage.sheet([[page(), smooth(np.c_[x + size * k * np.cos(a), low], steps=10)]], colour, 24, 0.45, shade=6)
    _stars(stage, y)
    stage.glow(x, y, 300, "moon", 0.2)
    foot = y + 0.74 * r
    _standing(stage, binding, x, foot)
    stage.sheet([*tuft(rng, 420, 1120, foot + 40, 22, (26, 60)), hill(rng, foot + 26, 8, 6)], "leaf", 22)
    stage.sheet(hill(rng, foot + 150, 16, 5), "l6", 26)
    stage.relight([(x, y, 520, 0.9, None)], vignette=0.1)
    Path(path).write_bytes(jpeg(stage.im))
    return dict(stage.p)


def draw_endpapers(binding: Binding, path: str) -> None:
    """Draw an end paper into a JPEG file: the book's own things, and its friend, in rows on the lightest of its papers."""
    cv2.setNumThreads(1)
    stage = cover.open_stage(binding.seed)
    stage.sheet(page(), "l1", 0)
    motifs = _motifs(binding)
    for row, y in enumerate(np.arange(0.35 * _STEP, PAGE + _STEP, _STEP * 0.75)):
        for column, x in enumerate(np.arange(0.5 * _STEP * (row % 2), PAGE + _STEP, _STEP)):
            stage.sheet(star(x + _STEP / 2, y, 22, 5, 0.44), "moon", 6, 0.3)
            if motifs:
                _lay_motif(stage, motifs[(column + row * (len(motifs) // 2 + 1)) % len(motifs)], x, y)
    stage.relight([], vignette=0.06)
    Path(path).write_bytes(jpeg(stage.im))


def _lay_motif(stage: Stage, cut: Image, x: float, y: float) -> None:
    high = 168 * min(1.0, cut.shape[0] / cut.shape[1])
    stage.cut(cut, x, y + high / 2, high, contact=0, lift=10, edge=4, tilt=float(stage.rng.uniform(-14, 14)))


def _stars(stage: Stage, y: float) -> None:
    rng = stage.rng
    spots = [
        (s * rng.uniform(470, 690), rng.uniform(-300, 260), rng.uniform(10, 24)) for s in (-1, 1) for _ in range(4)
    ]
    stage.sheet([star(PAGE / 2 + a, y + b, r, 5, 0.44) for a, b, r in spots], "star", 10)


def _standing(stage: Stage, binding: Binding, x: float, foot: float) -> None:
    """Stand the friend in the round scene, with one of the book's things; without a friend the hero, small."""
    friend = _friend(binding)
    if friend is None:
        if binding.hero:
            stage.cut(_read(binding.hero), x, foot, 330)
        return
    props = [prop for prop in _props(binding) if prop.shape[1] < 1.3 * prop.shape[0]][:1]
    wide = 250 * friend.shape[1] / friend.shape[0]
    side = 0.5 * wide if props else 0.0
    for prop in props:
        high = min(170.0, 150 * prop.shape[0] / prop.shape[1] + 40)
        stage.cut(prop, x + 0.62 * wide, foot, high, edge=4)
    stage.cut(friend, x - side * 0.55, foot, 250)


def _motifs(binding: Binding) -> Sequence[Image]:
    friend = _friend(binding)
    return [*_props(binding), *([] if friend is None else [friend])]


def _props(binding: Binding) -> list[Image]:
    """Return the things that the book's pages name most, the most named first."""
    counts: dict[str, int] = {}
    for description in binding.descriptions:
        for prop in wanted(description, _PLACES, ()):
            counts[prop.name] = counts.get(prop.name, 0) + 1
    names = sorted(counts, key=lambda name: -counts[name])[:MOST_MOTIFS]
    return [figures.prop_cut(name, binding.cache) for name in names]


def _friend(binding: Binding) -> Image | None:
    if binding.friend_cut:
        return _read(binding.friend_cut)
    ours = figures.friends().get(binding.friend.casefold()) if binding.friend else None
    return figures.friend_cut(ours.name, binding.cache) if ours else None


def _read(path: str) -> Image:
    image: Image | None = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise ValueError(f"{Path(path).name} is not a cut-out (PNG with alpha)")
    return image
