"""From a picture in words to how the hero is placed: upright or lying, and behind what."""

import re
from collections.abc import Mapping

RIMS: Mapping[str, tuple[str, ...]] = {
    "bag": ("school bag", "satchel", "rucksack", "backpack"),
    "basket": ("basket",),
    "blanket": ("blanket", "quilt", "tablecloth"),
    "bush": ("bush", "bushes", "hedge", "fern", "ferns"),
    "cloud": ("cloud",),
    "rock": ("rock", "rocks", "rim of the moon", "crater", "stone"),
    "sill": ("window sill", "windowsill", "sill"),
}
"""What the hero may be behind, and the words for it; `rims.py` draws each."""

_LYING = r"(?:lying|lies|is asleep|on (?:its|his|her|their) (?:back|side))"
_SOMEBODY = r"\([^)]*\)"


def lies(name: str, words: str) -> bool:
    """Whether the words let somebody lie; "Bramble is lying on the sand", not "a shell lies near Bramble"."""
    return re.search(rf"{_named(name)}[^.;:(]{{0,30}}?\b{_LYING}\b", words, re.IGNORECASE) is not None


def behind(name: str, words: str) -> str | None:
    """What the words put somebody behind, by its name in `RIMS`: "Bramble, the lower part hidden behind a cloud"."""
    found: list[tuple[int, str]] = []
    for rim, called in RIMS.items():
        thing = "|".join(map(re.escape, called))
        way = rf"(?:behind|out of|inside|in) (?:the |an? |its |that )?(?:rim of )?(?:[\w’'-]+ ){{0,3}}?(?:{thing})\b"
        if hit := re.search(rf"{_named(name)}[^.;:(]{{0,70}}?\b{way}", words, re.IGNORECASE):
            found.append((hit.end(), rim))
    return min(found)[1] if found else None


def _named(name: str) -> str:
    """Return a pattern for a name, with the look that may follow in brackets."""
    return rf"\b{re.escape(name)}\b(?: {_SOMEBODY})?"
