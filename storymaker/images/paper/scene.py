"""From a short human phrase ("sea, deep night, storm, wide") to what is drawn: place, light, weather, shot."""

import logging
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

log = logging.getLogger(__name__)

_KINDS = ("light", "weather", "shot")
_CLAUSES = re.compile(r"[,;:.!?\n]+|\b(?:and|but|please|thanks|thank you)\b|(?=\bwith\b)", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:no|not|without|never|stop)\b|n['’]t\b")
_ARTICLE = r"(?:(?:the|an?|my|our|his|her|their) )?"
_AT_A_PLACE = rf"\b(?:in|into|inside|on|onto|at|by|through) {_ARTICLE}(?:\w+ )??"
"""Before a place; without it, "a taller tree" would take the page into the forest."""
_QUOTED = 80


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
        The phrase, and a sentence for the parent about what was not understood; empty when all of it was.
    """
    asked: dict[str, str] = {}
    strange = []
    for clause in filter(None, (" ".join(part.split()) for part in _CLAUSES.split(wish))):
        meant = _meant(clause.casefold(), kits)
        asked = meant | asked
        if not meant:
            strange.append(clause)
    note = ""
    if strange:
        quoted = ", ".join(strange)
        quoted = quoted if len(quoted) <= _QUOTED else f"{quoted[:_QUOTED].rstrip()}…"
        note = f"The paper studio did not understand “{quoted}”: it knows places, times of day, weather, near and far."
    return (_changed(phrase.casefold(), asked, kits) if asked else phrase), note


def _meant(clause: str, kits: Mapping[str, Any]) -> dict[str, str]:
    """Return what one clause of a wish names, by kind: light, weather, shot, place."""
    table = _table()
    known = {kind: _rows(table[kind], table["wish"].get(kind, {})) for kind in _KINDS}
    found = {kind: name for kind, rows in known.items() if (name := _first(clause, rows))}
    if _DENIED.search(clause):  # "no rain" asks for none; what "not at the sea" asks for, nobody can tell
        return {"weather": "clear"} if "weather" in found else {}
    spoken_for = {word for rows in known.values() for words in rows.values() for word in words}
    bare = _without(clause, spoken_for)
    one_of = _one_of({word for kit in kits.values() for word in kit.words} - spoken_for)
    hit = re.search(rf"{_AT_A_PLACE}{one_of}", bare) or re.fullmatch(rf"{_ARTICLE}{one_of}", bare)
    return found | {"place": hit["word"]} if hit else found


def _changed(phrase: str, asked: Mapping[str, str], kits: Mapping[str, Any]) -> str:
    """Return a phrase with what was asked for, by kind, in the place of its own."""
    table = _table()
    name, spent, extra = _place((phrase.partition(",")[0], phrase), kits, table["near"], [])
    place = asked.get("place") or (name if extra else spent)
    rest = f"{extra}, {phrase.replace(spent, ' ', 1) if spent else phrase}"
    kinds = [kind for kind in _KINDS if kind in asked]
    for kind in kinds:
        rest = _without(rest, {word for words in table[kind].values() for word in words})
    parts = (place, *rest.split(","), *(asked[kind] for kind in kinds))
    return ", ".join(part for part in map(str.strip, parts) if part)


def _rows(table: Mapping[str, Sequence[str]], more: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the rows of two tables, the first table's first."""
    return {name: [*table.get(name, ()), *more.get(name, ())] for name in (*table, *more)}


def _one_of(words: Iterable[str]) -> str:
    """Return a pattern for any of the words or its plural, the longest first."""
    return rf"(?P<word>{'|'.join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))})(?:s|es)?\b"


def _without(text: str, words: Iterable[str]) -> str:
    """Return a text without these words, its spaces set right."""
    return " ".join(re.sub(rf"\b{_one_of(words)}", " ", text).split())


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
