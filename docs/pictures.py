"""Takes the pictures of the README from a book that it makes: ``make pictures``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

from storymaker import Settings, Workshop

PICTURES = Path(__file__).with_name("pictures")
SIDE = 640
SPREAD = 9
"""The printed page on the left of the two that are shown."""


def main() -> None:
    """Make the book that ``make book`` makes, and keep its cover and two facing pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Workshop(settings=Settings(books=folder / "books", home=folder / "home")) as workshop:
            book = workshop.make("Pip", age_band="5-6", arc="yawn", seed=7)
            assert book.cover.picture
            with Image.open(workshop.shelf.picture_path(book, book.cover.picture)) as cover:
                keep(cover.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS), "cover")
            spread = Image.new("RGB", (2 * SIDE, SIDE))
            for place in (0, 1):
                with Image.open(workshop.preview(book.id, SPREAD + 1 + place, SIDE)) as page:
                    spread.paste(page.convert("RGB").resize((SIDE, SIDE)), (place * SIDE, 0))
            keep(spread, "spread")


def keep(picture: Image.Image, name: str) -> None:
    """Write one, small enough for a page that is read on a phone."""
    PICTURES.mkdir(exist_ok=True)
    picture.save(PICTURES / f"{name}.jpg", quality=82, optimize=True, progressive=True)
    sys.stdout.write(f"docs/pictures/{name}.jpg\n")


if __name__ == "__main__":
    main()
