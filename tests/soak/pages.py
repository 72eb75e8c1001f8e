"""Draw many random books of real plushies and count what must not be in a picture."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from storymaker.books.bands import LIMITS
from storymaker.books.model import AgeBand, Book, Brief, Chapter, Character, Pose
from storymaker.images.cutout import cut_out
from storymaker.images.decode import open_photo
from storymaker.images.paper import compose
from storymaker.images.paper.page import CONTRAST, COVERED
from storymaker.images.paper.studio import page_of
from storymaker.production.commission import opened, picture_request
from storymaker.story.arcs import arc_ids
from storymaker.story.author import Assignment, StoryOpening
from storymaker.story.paper import PaperAuthor
from storymaker.story.reading import words
from storymaker.text import short_id
from tests.soak import Skipped

COUNT = 200
_PALE = f"contrast under ΔE {CONTRAST:g}"
BARS = dict.fromkeys(
    ("exceptions", "face covered", "off the ground", "out of the frame", _PALE, "words out of the band"), 0
)
PHOTOS = Path(__file__).parents[3] / "shared" / "photos"
NAMES = {
    "bear_plushie": ("Mr Whiskers", "bear"), "grey_sloth_plushie": ("Moss", "sloth"), "duck_toy": ("Otis", "duck"),
    "backpack_dog": ("Boots", "dog"), "rc_car": ("Zip", "racing car"),
    "monster_toy": ("Grum", "monster"),
}  # fmt: skip


@dataclass(frozen=True)
class Lot:
    """One book by lot: whose, which story, which seed."""

    toy: str
    poses: tuple[str, ...]
    arc: str
    band: AgeBand
    seed: int
    workdir: str


def run(count: int) -> dict[str, int]:
    """Draw so many books and count what their pages show."""
    if not PHOTOS.is_dir():
        raise Skipped(f"there are no photos in {PHOTOS}.")
    with TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        photos = sorted(PHOTOS.glob("*/*.jpg"))
        cut = dict(zip(photos, pool.map(_cut, photos, [folder] * len(photos)), strict=True))
        counts = Counter({"books": count, "pages": 0, "layouts tried": 0, "things that found no room": 0} | BARS)
        for n, found in enumerate(pool.map(_made, _lots(count, cut, folder)), 1):
            counts.update(found)
            if n % 20 == 0:
                print(f"{n} of {count} books", flush=True)
    return counts


def _cut(photo: Path, folder: str) -> str:
    cleaned, cutout = (
        str(Path(folder) / f"{photo.parent.name}-{photo.stem}-{what}.png") for what in ("photo", "cutout")
    )
    open_photo(photo, Path(cleaned))
    cut_out(cleaned, cutout)
    return cutout


def _lots(many: int, cut: dict[Path, str], folder: str) -> list[Lot]:
    lot = random.Random(5)
    toys = sorted({photo.parent.name for photo in cut})
    lots = []
    for n in range(many):
        toy = lot.choice(toys)
        files = [file for photo, file in cut.items() if photo.parent.name == toy]
        poses = tuple(lot.sample(files, lot.randint(1, 3)))
        lots.append(Lot(toy, poses, lot.choice(arc_ids()), get_args(AgeBand)[n % 3], lot.randrange(2**31), folder))
    return lots


def _made(lot: Lot) -> Counter[str]:
    """Write and draw one book, without a shelf; count."""
    name, kind = NAMES[lot.toy]
    hero = Character(
        name=name, kind=kind, poses=tuple(Pose(cutout=f"cutout-{n:016x}.png") for n in range(len(lot.poses)))
    )
    brief = Brief(age_band=lot.band, arc=lot.arc, seed=lot.seed, child="Mia")
    book = asyncio.run(_written(brief, hero))
    counts: Counter[str] = Counter()
    for page in book.pages:
        counts["pages"] += 1
        if page.n and words(page.text) > LIMITS[lot.band].words:
            counts["words out of the band"] += 1
        try:
            counts += _drawn(lot, book, page)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what this looks for
            print(f"{lot}, page {page.n}: {error!r}", flush=True)
            counts["exceptions"] += 1
    return counts


async def _written(brief: Brief, hero: Character) -> Book:
    book = Book(id=short_id(), brief=brief, heroes=(hero,), cover=Chapter(id="book.cover", n=0))
    chapters: list[Chapter] = []
    async for piece in PaperAuthor().write(Assignment(brief, (hero,))):
        if isinstance(piece, StoryOpening):
            book = opened(book, opening=piece, draw=True)
        else:
            n = len(chapters) + 1
            told = {name: getattr(piece, name) for name in ("title", "text", "image_prompt", "alt", "scene")}
            chapters.append(Chapter(id=f"book.{n}", n=n, attempt=1, **told))
    return book.model_copy(update={"chapters": tuple(chapters)})


def _drawn(lot: Lot, book: Book, page: Chapter) -> Counter[str]:
    request = picture_request(Path(lot.workdir), book, page, Path(lot.workdir))
    asked = page_of(request)
    chosen = lot.poses[int(Path(asked.poses[0]).stem.rpartition("-")[2], 16)]
    drawn = compose.compose(compose.Page(**(vars(asked) | {"poses": (chosen,), "cache": lot.workdir})))[1]
    marks = drawn.marks
    counts: Counter[str] = Counter(
        {"things that found no room": len(drawn.notes), "layouts tried": drawn.seed - request.seed + 1}
    )
    if marks is None or marks.sound:
        return counts
    counts["face covered"] = int(marks.face > COVERED)
    counts["off the ground"] = int(not marks.grounded)
    counts["out of the frame"] = int(not marks.inside)
    counts[_PALE] = int(marks.contrast < CONTRAST)
    print(f"{lot.toy} {lot.arc} {lot.band} seed {lot.seed}, page {page.n} “{page.scene}”: {marks}", flush=True)
    return counts
