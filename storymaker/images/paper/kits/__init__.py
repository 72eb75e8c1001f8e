"""Scene kits: each is a small module that draws one place, and a TOML file of the same name with its words and colours.

A module in this package with a function `draw(stage, scene, players)` is a kit.
"""

import functools
import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from storymaker.images.paper import scene as scenes
from storymaker.images.paper.players import Players
from storymaker.images.paper.scene import Scene
from storymaker.images.paper.stage import Stage
from storymaker.images.paper.tone import AS_DRAWN, Tone, tone, toned
from storymaker.images.paper.view import Palette

Draw = Callable[[Stage, Scene, Players], None]


@dataclass(frozen=True)
class Kit:
    """One place that can be drawn.

    Attributes:
        name: of the module.
        words: what in a scene phrase means it.
        palettes: light (day, dusk, night) to colours as drawn; the lights it can do.
        colourways: name to what it does to the colours; the first is as drawn.
        weathers: what it can show besides clear.
        places: where it offers spots for props (sky, far, ground, wall, low).
        draws: words of things it draws itself, which are therefore no props.
        draw: draws it.
    """

    name: str
    words: tuple[str, ...]
    palettes: Mapping[str, Palette]
    colourways: Mapping[str, Mapping[str, Tone]]
    weathers: frozenset[str]
    places: frozenset[str]
    draws: tuple[str, ...]
    draw: Draw

    @property
    def lights(self) -> tuple[str, ...]:
        """The lights it can do."""
        return tuple(self.palettes)

    def palette(self, light: str, colourway: int = 0) -> Palette:
        """Return its colours in a light.

        Args:
            light: day, dusk or night.
            colourway: which of the colourways, counted round.
        """
        names = tuple(self.colourways)
        return _toned(self.name, light, names[colourway % len(names)])


@functools.lru_cache(1)
def registry() -> Mapping[str, Kit]:
    """Return every kit by its name."""
    return {m.name: _kit(m.name) for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")}


def find_kit(phrase: str, description: str = "", wish: str = "") -> Scene:
    """Return the scene of a phrase such as "sea, deep night, storm, wide"; its notes say what is only near.

    Args:
        phrase: the scene of a page, its place first.
        description: the page's picture in words.
        wish: what should be different, in a parent's words.
    """
    wished, note = scenes.wished(phrase, wish, registry()) if wish.strip() else (phrase, "")
    scene = scenes.read(wished, description, registry())
    return replace(scene, notes=(note, *scene.notes)) if note else scene


@functools.lru_cache(128)
def _toned(kit: str, light: str, colourway: str) -> Palette:
    drawn = registry()[kit]
    return toned(drawn.palettes[light], drawn.colourways[colourway])


def _kit(name: str) -> Kit:
    module = importlib.import_module(f"{__name__}.{name}")
    draw: Draw = module.draw
    data = tomllib.loads(Path(str(module.__file__)).with_suffix(".toml").read_text("utf-8"))
    return Kit(
        name,
        tuple(data["words"]),
        {light: palette(data[light]) for light in ("day", "dusk", "night") if light in data},
        {AS_DRAWN: {}} | {way: _tones(rows) for way, rows in data.get("colourways", {}).items()},
        frozenset({"clear", *data["weathers"]}),
        frozenset(data["places"]),
        tuple(data.get("draws", ())),
        draw,
    )


def _tones(rows: Mapping[str, Any]) -> dict[str, Tone]:
    return {name: tone(row) for name, row in rows.items()}


def palette(row: Mapping[str, Any]) -> Palette:
    """Return the palette of one table of a kit's TOML."""
    colours = {k: v for k, v in row.items() if isinstance(v, str) and k != "shadow"}
    numbers = {k: tuple(v) for k, v in row.items() if k in ("ambient", "light", "sun_from")}
    return Palette(colours, row["shadow"], **numbers, form=row.get("form", 0.45))
