"""Makes the cover of a printed book as a PDF of its own: back, spine and front on one page, the end papers on the other."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from storymaker.books.checkup import png_fault, told
from storymaker.books.files import make_folder, write_file
from storymaker.books.model import Book, Character
from storymaker.errors import ExportError
from storymaker.export import plan, preflight
from storymaker.export.fonts import FREDOKA, find_typefaces
from storymaker.export.page_images import page_jpeg
from storymaker.export.pdf import MAKE_TIMEOUT, STANDARDS, PdfInfo, compiler_of, seen_from
from storymaker.export.plan import PdfOptions, Typesetter
from storymaker.export.runs import direction
from storymaker.images.paper.page import Binding

if TYPE_CHECKING:
    from storymaker.child import ChildPool

_BINDING: Final = "storymaker.images.paper.binding"


@dataclass(frozen=True)
class Printer:
    """What a printer asks of a cover; lengths in inches.

    Attributes:
        name: Who it is.
        trim: Width and height of a page.
        bleed: What is cut off outside.
        spine_per_page: How thick a page makes the spine.
        spine_lettered_from: From how many pages on words may stand on the spine.
    """

    name: str
    trim: float
    bleed: float
    spine_per_page: float
    spine_lettered_from: int


def printer(name: str = "kdp") -> Printer:
    """A printer's demands, from ``printers.toml``.

    Raises:
        ExportError: If it is not known.
    """
    rows = tomllib.loads(files("storymaker.export").joinpath("printers.toml").read_text("utf-8"))
    row = rows.get(name)
    if not isinstance(row, dict):
        known = ", ".join(key for key, value in rows.items() if isinstance(value, dict))
        raise ExportError(f"The printer “{name}” is not known; there is: {known}.")
    return Printer(**{field: row[field] for field in Printer.__dataclass_fields__})


def export_cover(
    pool: ChildPool, folder: Path, book: Book, target: Path, options: PdfOptions, cache: Path | None = None
) -> PdfInfo:
    """Make the cover's PDF in child processes.

    Args:
        pool: Where the work is done.
        folder: The book's folder.
        book: The book.
        target: Where the PDF goes.
        options: Whom to thank, and whether the picture carries the title.
        cache: Folder for rasterised friends and props.

    Raises:
        ExportError: If the cover has no picture yet, or cannot be printed as it is.
        StorageError: If something cannot be read or written.
    """
    if book.cover.picture is None:
        raise ExportError("The cover has no picture yet. Please have it drawn first.")
    if fault := png_fault(folder / "images" / book.cover.picture.file):
        raise ExportError(f"The cover: {told(fault)}")
    pages = make_folder(folder / ".state" / "pages")
    binding = _binding(folder, book, cache)
    back, ends = pages / "cover-back.jpg", pages / "cover-ends.jpg"
    papers = cast(dict[str, str], pool.call(f"{_BINDING}:draw_back", binding, str(back), timeout=MAKE_TIMEOUT))
    pool.call(f"{_BINDING}:draw_endpapers", binding, str(ends), timeout=MAKE_TIMEOUT)
    arguments = (str(folder), book.model_dump_json(by_alias=True), str(target), options, papers)
    return cast(PdfInfo, pool.call(f"{__name__}:make_cover", *arguments, timeout=MAKE_TIMEOUT))


def _binding(folder: Path, book: Book, cache: Path | None) -> Binding:
    def cut(character: Character | None) -> str | None:
        poses = character.poses if character else ()
        files = [folder / "characters" / character.id / pose.cutout for pose in poses] if character else []
        return next((str(file) for file in files if not png_fault(file)), None)

    drawn = book.cover.picture
    return Binding(
        seed=drawn.seed if drawn else book.brief.seed,
        hero=next((path for one in book.heroes if (path := cut(one))), None),
        friend=book.friend.figure if book.friend else None,
        friend_cut=cut(book.friend),
        descriptions=tuple(chapter.image_prompt for chapter in book.chapters),
        cache=str(cache) if cache else None,
    )


def make_cover(folder: str, book_json: str, target: str, options: PdfOptions, papers: dict[str, str]) -> PdfInfo:
    """Make the cover's PDF; runs in a child."""
    home, book = Path(folder), Book.model_validate_json(book_json)
    faces = find_typefaces()
    setter = Typesetter(faces, FREDOKA, [])
    data = _data(home, book, setter, options) | {"papers": papers}
    preflight.check_glyphs(book, setter.missing)
    with compiler_of(home, data, faces, "cover.typ") as compiler:
        pdf = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=int(book.created.timestamp()))
    write_file(Path(target), pdf)
    return PdfInfo(2, len(pdf))


def _data(folder: Path, book: Book, setter: Typesetter, options: PdfOptions) -> dict[str, Any]:
    """Everything the template reads."""
    shop, pages = printer(), plan.page_count(book)
    title = book.title or "Untitled"
    language, _, region = book.brief.language.partition("-")
    state = folder / ".state" / "pages"
    picture = page_jpeg(folder, book.cover.picture.file, "the cover") if book.cover.picture else state
    return {
        "title": title, "author": "Made at home with Storymaker", "description": book.summary,
        "lang": language, "region": region or None,
        "trim": shop.trim, "bleed": shop.bleed, "spine": round(pages * shop.spine_per_page, 4),
        "lettered-spine": pages >= shop.spine_lettered_from, "lettered": plan.is_lettered(book, options),
        "front": plan.title_runs(setter, 1, title),
        "blurb": {"runs": setter.line(1, book.summary, FREDOKA), "dir": direction(book.summary)},
        "picture": seen_from(picture, folder), "alt": plan.alt_text(book.cover, 1)[0],
        "back": seen_from(state / "cover-back.jpg", folder), "ends": seen_from(state / "cover-ends.jpg", folder),
    }  # fmt: skip
