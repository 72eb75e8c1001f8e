"""Makes the screen PDF of a book, and pictures of single pages."""

from __future__ import annotations

import filecmp
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from storymaker.books.checkup import png_fault
from storymaker.books.files import disk_errors, make_folder, scratch_folder, write_file
from storymaker.books.model import Book
from storymaker.errors import ExportError, NotFoundError, SetupError, StorymakerError
from storymaker.export import plan, preflight
from storymaker.export.fonts import Typefaces, find_typefaces
from storymaker.export.page_images import jpeg_file, page_jpeg, vignette
from storymaker.export.plan import Page, PdfOptions, Typesetter
from storymaker.fair_queue import for_current_caller

if TYPE_CHECKING:
    import typst

    from storymaker.child import ChildPool

log = logging.getLogger(__name__)

STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
"""Archivable and accessible at once; PDF/A-4 and PDF/UA-1 share no PDF version."""

MAKE_TIMEOUT = 120.0
PREVIEW_TIMEOUT = 30.0
KEPT_EXPORTS = 3
PREVIEW_PX = (16, 4096)
PAGE_IN = 8.5

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class PdfInfo:
    """A finished PDF.

    Attributes:
        pages: How many.
        bytes: Size of the file.
        remarks: Sentences for the parent.
    """

    pages: int
    bytes: int
    remarks: tuple[str, ...] = ()


def export_pdf(pool: ChildPool, folder: Path, book: Book, target: Path, options: PdfOptions = PdfOptions()) -> PdfInfo:
    """Make a book's PDF in a child process, or take the one made before when nothing has changed.

    Args:
        pool: Where the work is done.
        folder: The book's folder.
        book: The book.
        target: Where the PDF goes.
        options: How it is to be made.

    Raises:
        ExportError: If the book cannot be printed as it is.
        StorageError: If something cannot be read or written.
        SetupError: If a typeface or the typesetter is missing.
    """
    if not options.draft:
        preflight.check_pictures(book, folder)
    done = _deliver(folder, _key(book, options, find_typefaces()), target)
    if done is not None:
        return done
    _derive_pictures(pool, folder, book)
    arguments = (str(folder), book.model_dump_json(by_alias=True), str(target), options)
    return cast(PdfInfo, pool.call(f"{__name__}:make_pdf", *arguments, timeout=MAKE_TIMEOUT))


def _derive_pictures(pool: ChildPool, folder: Path, book: Book) -> None:
    """Make the JPEGs of all pages at once: the greatest part of a first PDF, and every child can take a share.

    A picture that cannot be made is passed over here; the making of the PDF says so with its page.
    """
    names = {page.picture.file for page in book.pages if page.picture}
    missing = sorted(name for name in names if not jpeg_file(folder, name).exists())
    if not missing:
        return

    def derive(name: str) -> None:
        with suppress(StorymakerError):
            pool.call("storymaker.export.page_images:page_jpeg", folder, name, name, timeout=PREVIEW_TIMEOUT)

    with ThreadPoolExecutor(pool.size) as at_once:
        list(at_once.map(for_current_caller(derive), missing))


def export_preview(
    pool: ChildPool,
    folder: Path,
    book: Book,
    page: int,
    width_px: int,
    target: Path,
    options: PdfOptions = PdfOptions(),
) -> None:
    """Draw one page as PNG in a child process; see :func:`preview_page`."""
    arguments = (str(folder), book.model_dump_json(by_alias=True), page, width_px, str(target), options)
    pool.call(f"{__name__}:preview_page", *arguments, timeout=PREVIEW_TIMEOUT)


def make_pdf(folder: str, book_json: str, target: str, options: PdfOptions = PdfOptions()) -> PdfInfo:
    """Make the screen PDF; runs in a child.

    Args:
        folder: The book's folder.
        book_json: The book, as in book.json.
        target: Where the PDF goes.
        options: How it is to be made.

    Raises:
        ExportError: If the book cannot be printed as it is.
        StorageError: If something cannot be read or written.
        SetupError: If a typeface or the typesetter is missing.
    """
    home, book = Path(folder), Book.model_validate_json(book_json)
    faces = find_typefaces()
    key = _key(book, options, faces)
    done = _deliver(home, key, Path(target))
    if done is not None:
        return done
    remarks = preflight.check_content(book, home, options)
    data = _data(book, faces, options)
    _attach_pictures(book, home, data["pages"], draft=options.draft)
    with compiler_of(home, data, faces) as compiler:
        remarks += preflight.check_fit(book, _ask(compiler, "<fit>"), data["size"])
        pages = _ask(compiler, "<last>")
        if pages != [plan.page_count(book)]:
            raise ExportError(
                f"The book came out with {pages} pages instead of {plan.page_count(book)}. Please report this."
            )
        pdf = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=int(book.created.timestamp()))
    info = PdfInfo(plan.page_count(book), len(pdf), tuple(remarks))
    _keep(home, key, pdf, info)
    return _deliver(home, key, Path(target)) or info


def preview_page(
    folder: str, book_json: str, page: int, width_px: int, target: str, options: PdfOptions = PdfOptions()
) -> None:
    """Draw one page as PNG, as a draft: what is missing is shown as missing; runs in a child.

    Args:
        folder: The book's folder.
        book_json: The book, as in book.json.
        page: Its number, from 1.
        width_px: Width of the PNG in pixels.
        target: Where the PNG goes.
        options: How the book is to be made.

    Raises:
        NotFoundError: If the book has no such page.
        ExportError: If the page cannot be printed as it is.
        StorageError: If something cannot be read or written.
    """
    home, book = Path(folder), Book.model_validate_json(book_json)
    if not 1 <= page <= plan.page_count(book):
        raise NotFoundError(f"This book has {plan.page_count(book)} pages; there is no page {page}.")
    faces = find_typefaces()
    data = _data(book, faces, replace(options, draft=True), only=page)
    _attach_pictures(book, home, [page_ for page_ in data["pages"] if page_["n"] == page], draft=True)
    width = max(PREVIEW_PX[0], min(width_px, PREVIEW_PX[1]))
    with compiler_of(home, data, faces) as compiler:
        png = compiler.compile(format="png", ppi=width / PAGE_IN)
    write_file(Path(target), png, durable=False)


def _data(book: Book, faces: Typefaces, options: PdfOptions, *, only: int | None = None) -> dict[str, Any]:
    """Everything the template reads."""
    band = book.brief.age_band
    setter = Typesetter(faces, plan.body_face(band, easy_reading=options.easy_reading), [])
    pages = plan.pages(book, setter, options)
    preflight.check_glyphs(book, [found for found in setter.missing if only in (None, found[0])])
    language, _, region = book.brief.language.partition("-")
    return {
        "title": book.title or "Untitled", "author": "Made at home with Storymaker", "description": book.summary,
        "lang": language, "region": region or None, "seed": book.brief.seed, "face": setter.face,
        "motif": plan.motif(book.chapters[0]) if book.chapters else "hills",
        **plan.measures(band, setter.face),
        "only": only, "pages": pages,
    }  # fmt: skip


def _attach_pictures(book: Book, folder: Path, pages: list[Page], *, draft: bool) -> None:
    """Give every page the path of its picture, as the template sees it: from the book's folder."""
    hero = next((hero for hero in book.heroes if hero.poses), None)

    def attach(page: Page) -> None:
        if page["kind"] == "end" and hero is not None:
            page["hero"] = seen_from(vignette(folder, hero.id, hero.poses[0].cutout), folder)
        if "picture" in page:
            name = page.pop("picture")
            page["image"] = (
                None if name is None else seen_from(_page_picture(book, folder, name, page["n"], draft), folder)
            )

    # OpenCV lets go of the interpreter while it works, and a child exports one book at a time.
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as hands:
        list(hands.map(attach, reversed(pages)))  # the cut-out takes longest


def _page_picture(book: Book, folder: Path, name: str, n: int, draft: bool) -> Path | None:
    """A page's picture as JPEG; a draft shows a page whose picture is lost or damaged without it."""
    if draft and png_fault(folder / "images" / name):
        return None
    try:
        return page_jpeg(folder, name, plan.page_name(book, n))
    except ExportError:
        if draft:
            return None
        raise


def seen_from(file: Path | None, folder: Path) -> str | None:
    """A file as the template sees it: from the book's folder."""
    return None if file is None else "/" + file.relative_to(folder).as_posix()


@contextmanager
def compiler_of(folder: Path, data: dict[str, Any], faces: Typefaces, template: str = "book.typ") -> Iterator[Any]:
    """A typst compiler for this book; what it refuses is told in our words.

    The template is copied beside the data: typst reads nothing outside one root, which is the book's folder.
    """
    try:
        import typst
    except ImportError as error:
        raise SetupError("The typesetter is not installed. Please run: pip install typst") from error
    try:
        with scratch_folder(folder / ".state" / "exports") as desk:
            with disk_errors(desk):
                for source in sorted(_TEMPLATES.glob("*.typ")):
                    shutil.copyfile(source, desk / source.name)
                (desk / "book.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
            yield typst.Compiler(str(desk / template), root=str(folder), font_paths=_fonts(tuple(faces.folders)))
    except typst.TypstError as error:
        log.exception("typst refused the book: %s", error.diagnostic)
        _forget_pictures(folder)
        raise ExportError(f"The typesetter refused the book: {error.message}.", code="typst") from error
    except RuntimeError as error:
        log.exception("typst broke")
        _forget_pictures(folder)
        raise ExportError(
            "The typesetter stopped in the middle of the book. Please try again.", code="typst"
        ) from error


def _forget_pictures(folder: Path) -> None:
    """A picture of ours that typst cannot read would be there again the next time; make all anew."""
    shutil.rmtree(folder / ".state" / "pages", ignore_errors=True)


@lru_cache(maxsize=2)
def _fonts(folders: tuple[str, ...]) -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))


def _ask(compiler: typst.Compiler, label: str) -> list[Any]:
    answer: list[Any] = json.loads(compiler.query(label, field="value"))
    return answer


def _key(book: Book, options: PdfOptions, faces: Typefaces) -> str:
    """A name for exactly this PDF: another for any change that could be seen in it."""
    asked: Any = {"attempt": True, "locked": True}
    unseen = {
        "version": True,
        "updated": True,
        "cost_usd": True,
        "drafts": True,
        "cover": asked,
        "chapters": {"__all__": asked},
    }
    seen = (book.model_dump_json(exclude=unseen), json.dumps(asdict(options)), faces.stamp, version("typst"))
    digest = hashlib.sha256("\0".join(seen).encode())
    for source in [*sorted(_TEMPLATES.glob("*.typ")), *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def _keep(folder: Path, key: str, pdf: bytes, info: PdfInfo) -> None:
    """Put a finished PDF by, first it and then what it is, and let the oldest go."""
    exports = make_folder(folder / ".state" / "exports")
    write_file(exports / f"{key}.pdf", pdf)
    write_file(exports / f"{key}.json", json.dumps(asdict(info)).encode())
    with disk_errors(exports):
        for old in sorted(exports.glob("*.pdf"), key=lambda file: file.stat().st_mtime, reverse=True)[KEPT_EXPORTS:]:
            old.with_suffix(".json").unlink(missing_ok=True)
            old.unlink(missing_ok=True)


def _deliver(folder: Path, key: str, target: Path) -> PdfInfo | None:
    """Bring the PDF of this name to its target, if it was made before. A target that is the same already is left alone."""
    made = folder / ".state" / "exports" / f"{key}.pdf"
    try:
        fields = json.loads(made.with_suffix(".json").read_text("utf-8"))
        info = PdfInfo(fields["pages"], fields["bytes"], tuple(fields["remarks"]))
        whole = made.stat().st_size == info.bytes
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not whole:
        return None
    with disk_errors(target.parent):
        if not target.is_file() or not filecmp.cmp(made, target, shallow=False):
            write_file(target, made.read_bytes())
    return info
