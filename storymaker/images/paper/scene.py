"""From a short human phrase ("sea, deep night, storm, wide") to what is drawn: place, light, weather, shot."""

import logging
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scene:
    """What a page shows, besides its players.

    Attributes:
        kit: name of the kit that draws it.
        light: day, dusk or night.
        weather: clear, rain, storm, snow, fog or wind.
        shot: close, middle or wide.
        words: the words of phrase and description, for a kit that looks for more (`mentions`).
        notes: what could not be drawn as asked, each a sentence for people.
    """

    kit: str
    light: str
    weather: str
    shot: str
    words: str = ""
    notes: tuple[str, ...] = ()

    @property
    def night(self) -> bool:
        """Whether it is dark."""
        return self.light == "night"

    def mentions(self, *words: str) -> bool:
        """Whether phrase or description names one of the words, also in the plural."""
        return any(_at(self.words, w) is not None for w in words)


def read(phrase: str, description: str, kits: Mapping[str, Any]) -> Scene:
    """Return the scene of a phrase, drawn by one of the kits.

    Args:
        phrase: the scene of a page, its place first.
        description: the page's picture in words.
        kits: name to Kit; its order breaks ties.
    """
    table = _table()
    text = phrase.casefold()
    first = text.split(",")[0]
    notes: list[str] = []
    name, spent, extra = _place((first, text, description.casefold()), kits, table["near"], notes)
    kit = kits[name]
    rest = f"{extra} {text.replace(spent, ' ', 1) if spent else text}"
    light = _first(rest, table["light"]) or ("night" if _at(rest, "moon") is not None else "day")
    weather = _first(rest, table["weather"]) or "clear"
    shot = _first(rest, table["shot"]) or "middle"
    if light not in kit.palettes:
        wanted, light = light, next(x for x in ("dusk", "night", "day") if x in kit.palettes)
        notes.append(f"The {name} has no {wanted} light; drawn by {light}.")
    if weather not in kit.weathers and weather != "clear":
        if weather != "wind":
            notes.append(f"The {name} cannot show {weather}; drawn in clear weather.")
        weather = "clear"
    for note in notes:
        log.info("%s", note)
    return Scene(name, light, weather, shot, f"{text} . {description.casefold()}", tuple(notes))


def wished(phrase: str, wish: str, kits: Mapping[str, Any]) -> tuple[str, str]:
    """Return a phrase in which what a wish names, place, light, weather or shot, stands in the place of what stood there.

    Args:
        phrase: the scene of a page, its place first.
        wish: what should be different, in a parent's words.
        kits: name to Kit.

    Returns:
        The phrase, and a sentence for the parent if nothing of the wish was understood.
    """
    table, asked = _table(), wish.casefold()
    first, *rest = (part.strip() for part in phrase.casefold().split(","))
    understood = []
    for kind in ("light", "weather", "shot"):
        name = _first(asked, table[kind])
        if name is None:
            continue
        words = [word for row in table[kind].values() for word in row]
        rest = [part for part in rest if _earliest(part, words) is None] + [name]
        first = re.sub(rf"\b(?:{'|'.join(map(re.escape, words))})\b", "", first).strip()
        understood.append(name)
    places = [hit for kit in kits.values() if (hit := _earliest(asked, kit.words))]
    if places:
        first = min(places)[2]
    if not understood and not places:
        note = f"The paper studio did not understand “{wish.strip()[:80]}”: it knows places, times of day, weather, near and far."
        return phrase, note
    return ", ".join((first, *rest)), ""


def _table() -> Mapping[str, Any]:
    file = resources.files("storymaker.images.paper") / "scenes.toml"
    return tomllib.loads(file.read_text("utf-8"))


def _at(text: str, word: str) -> int | None:
    """Return where a word, or its plural, stands in a text."""
    found = re.search(rf"\b{re.escape(word)}(?:s|es)?\b", text)
    return found.start() if found else None


def _earliest(text: str, words: Iterable[str]) -> tuple[int, int, str] | None:
    """Return the word that comes first in a text (the longer of two at one place), as a sortable triple."""
    found = [(at, -len(w), w) for w in words if (at := _at(text, w)) is not None]
    return min(found) if found else None


def _first(text: str, table: Mapping[str, Sequence[str]]) -> str | None:
    """Return the first row of a table any of whose words is in a text."""
    return next((name for name, words in table.items() if _earliest(text, words)), None)


def _place(
    texts: Sequence[str], kits: Mapping[str, Any], near: Mapping[str, Any], notes: list[str]
) -> tuple[str, str, str]:
    """Return the kit, the words of the phrase that meant it, and what those words say besides."""
    for where in texts:
        own = [(*hit, name) for name, kit in kits.items() if (hit := _earliest(where, kit.words))]
        if own:
            _, _, word, name = min(own)
            return name, word, ""
        rows = [(*hit, row) for row in near.values() if (hit := _earliest(where, row["words"]))]
        if rows:
            _, _, word, row = min(rows, key=lambda r: r[:3])
            name = next((k for k in row["kits"] if k in kits), next(iter(kits)))
            if not row.get("silent"):
                notes.append(f"No scene is cut for “{word}”; drawn as {name}.")
            return name, word, row.get("says", "")
    name = next((k for k in ("meadow", "forest") if k in kits), next(iter(kits)))
    notes.append(f"No scene is cut for “{texts[1].strip() or 'nothing'}”; drawn as {name}.")
    return name, "", ""
