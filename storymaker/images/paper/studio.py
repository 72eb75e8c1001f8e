"""The paper studio as an illustrator: the parent's own plushie, cut out, in scenes of cut paper."""

from __future__ import annotations

import functools
import statistics
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from storymaker.child import studio_pool
from storymaker.images.illustrator import Cutout, PictureFile, PictureRequest, Player
from storymaker.images.paper import staging
from storymaker.images.paper.page import Drawn, Page
from storymaker.settings import load_settings, private_folder

_COMPOSE: Final = "storymaker.images.paper.compose"
_EXPOSURE: Final = (0.85, 1.45)
"""What a photo can bear."""
_ALIKE: Final = 0.1
"""A difference in light that nobody sees from page to page."""
_PATIENCE_S: Final = 120.0
"""Seconds that one drawing may take; it takes less than one."""


class PaperStudio:
    """Draws pages in child processes, as many at once as the machine has cores (four at most)."""

    name = "paper"
    credit = "the Storymaker paper studio, in cut paper"
    follows_wishes = True
    sends = ""

    @property
    def at_once(self) -> int:
        """As many as there are children to draw them."""
        return studio_pool().size

    def estimate_usd(self, request_count: int) -> float:
        """Nothing: it all happens here."""
        return 0.0

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Draw one page; cancelling kills the drawing child.

        Raises:
            JobError: If the child broke.
        """
        out = request.workdir / f"{uuid4().hex}.png"
        screen = out.with_suffix(".jpg")
        try:
            drawn: Drawn = await studio_pool().run(
                f"{_COMPOSE}:draw_file", page_of(request), str(out), timeout=_PATIENCE_S
            )
        except BaseException:
            out.unlink(missing_ok=True)
            screen.unlink(missing_ok=True)
            raise
        width, height = drawn.size
        return PictureFile(out, width, height, notes=drawn.notes, screen=screen, seed=drawn.seed)


def page_of(request: PictureRequest) -> Page:
    """Tell the drawing child what a request means to it: which pose, behind what, in whose company."""
    hero, *others = request.heroes
    friend = request.friend
    pose = _pose(hero, request)
    company = [other for other in others if other.cutouts and (friend is None or other.name != friend.name)]
    return Page(
        scene=request.scene,
        description=request.prompt,
        poses=(str(pose.path),),
        pose=0,
        friend=friend.figure if friend else None,
        seed=request.seed,
        title=request.title if request.n == 0 else None,
        cache=str(cache_folder()),
        wish=request.wish,
        face=pose.face,
        exposure=_exposure(hero, pose),
        rim=staging.behind(hero.name, request.prompt) if request.n else None,
        friend_cut=str(_pose(friend, request).path) if friend and friend.cutouts else None,
        company=tuple((other.name, str(_pose(other, request).path)) for other in company),
        colourway=request.palette,
        before=str(request.before) if request.before else None,
    )


def _exposure(hero: Player, pose: Cutout) -> float:
    """How much lighter or darker a photo must be to go with the hero's others."""
    measured = [cutout.lightness for cutout in hero.cutouts if cutout.lightness]
    if not pose.lightness or len(measured) < 2:
        return 1.0
    factor = statistics.median_high(measured) / pose.lightness
    darkest, lightest = _EXPOSURE
    return 1.0 if abs(factor - 1) < _ALIKE else round(min(max(factor, darkest), lightest), 3)


def _pose(player: Player, request: PictureRequest) -> Cutout:
    """Which of the photos a page shows: one that lies where the words let the toy lie, else an upright one; in turn."""
    lies = staging.lies(player.name, request.prompt)
    fitting = [cutout for cutout in player.cutouts if cutout.lying == lies] or list(player.cutouts)
    return fitting[request.n % len(fitting)]


def cache_folder() -> Path:
    """Find where friends and props wait as pixels, so that no page has to rasterise them again."""
    folder = private_folder(load_settings().home.expanduser()) / "paper-cache"
    folder.mkdir(exist_ok=True)
    return folder


@functools.cache
def _figures() -> dict[str, Any]:
    text = resources.files("storymaker.images.paper").joinpath("figures/figures.toml").read_text("utf-8")
    return tomllib.loads(text)


def builtin_hero() -> dict[str, Any]:
    """What is known of the plushie that we drew ourselves: name, kind and look."""
    return dict(_figures()["hero"])


def builtin_friends() -> tuple[str, ...]:
    """The kinds of friends that we drew ourselves: they need no photo."""
    return tuple(sorted(name for name in _figures() if name != "hero"))


def builtin_things() -> tuple[str, ...]:
    """The things that a picture's words can call for, each by the first word that does."""
    text = resources.files("storymaker.images.paper").joinpath("props/props.toml").read_text("utf-8")
    return tuple(sorted(str(row["words"][0]) for row in tomllib.loads(text).values()))


def draw_builtin_hero(folder: Path) -> tuple[Path, ...]:
    """Write the cut-outs of the plushie that we drew ourselves, one a pose.

    Args:
        folder: Where.
    """
    paths = studio_pool().call(f"{_COMPOSE}:builtin_hero", str(folder), timeout=_PATIENCE_S)
    return tuple(Path(path) for path in paths)
