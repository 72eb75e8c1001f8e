"""The gallery: every place the paper studio can draw, in its papers and lights, on one sheet; for whoever adds a kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from storymaker.child import ChildPool
from storymaker.errors import InvalidInputError
from storymaker.images.paper.page import Page

PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "bedroom": ("bedroom, morning", "bedroom, night"),
    "garden": ("garden, morning", "garden, night"),
    "meadow": ("meadow, midday, wind", "meadow, dusk"),
    "forest day": ("forest, morning", "forest, dusk, fog"),
    "forest night": ("forest, night", "forest, night, snow"),
    "sea": ("sea, morning", "sea, night"),
    "storm": ("storm, midday", "storm, night"),
    "island": ("island, midday", "island, dusk"),
    "snow": ("snow, morning", "snow, night, snow"),
    "space": ("space, night", "space, dusk"),
    "town": ("town, morning", "town, night, rain"),
    "castle": ("castle, midday", "castle, dusk"),
    "kitchen": ("kitchen, morning", "kitchen, night"),
    "underwater": ("underwater, midday", "underwater, night"),
}
"""The fourteen places of the stories, each at two times of day or in two weathers."""

COLOURWAYS: Final = 3
_COMPANIONS: Final = ("hedgehog", "fox", "owl", "otter", "badger", "robin", "mole", "squirrel")
_PATIENCE_S: Final = 120.0
_DRAW: Final = "storymaker.images.paper.compose:draw_file"
_ASSEMBLE: Final = "storymaker.images.paper.sheets:assemble"


def draw_gallery(pool: ChildPool, target: Path, kit: str = "", cell: int = 320) -> tuple[str, ...]:
    """Draw the gallery into a PNG file: a row for each place, its lights and weathers in every colourway.

    Args:
        pool: Where the work is done.
        target: The file.
        kit: Only places whose name begins so; empty draws all.
        cell: Width and height of one picture, in pixels.

    Returns:
        The places drawn, from above.

    Raises:
        InvalidInputError: If there is no such place.
        StorageError: If the file cannot be written.
    """
    places = [place for place in PLACES if place.startswith(kit)]
    if not places:
        raise InvalidInputError(f"There is no place called “{kit}”. There is: {', '.join(PLACES)}.")
    with TemporaryDirectory() as folder:
        heroes = tuple(pool.call("storymaker.images.paper.compose:builtin_hero", folder, timeout=_PATIENCE_S))
        pages = [page for n, place in enumerate(places) for page in _row(n, PLACES[place], heroes, folder)]
        files = [str(Path(folder) / f"{n}.png") for n in range(len(pages))]
        with ThreadPoolExecutor(pool.size) as at_once:
            list(at_once.map(lambda page, file: pool.call(_DRAW, page, file, timeout=_PATIENCE_S), pages, files))
        columns = COLOURWAYS * 2
        pool.call(_ASSEMBLE, files, str(target), columns, cell, timeout=_PATIENCE_S)
    return tuple(places)


def _row(n: int, phrases: Sequence[str], heroes: tuple[str, ...], cache: str) -> list[Page]:
    return [
        Page(
            scene=phrase,
            description="",
            poses=heroes,
            pose=n,
            friend=_COMPANIONS[(n + colourway) % len(_COMPANIONS)],
            seed=100 * n + 10 * column + colourway,
            cache=cache,
            colourway=colourway,
        )
        for column, phrase in enumerate(phrases)
        for colourway in range(COLOURWAYS)
    ]
