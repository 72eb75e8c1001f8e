"""A small finished book on a temporary disk, for every test that prints."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from storymaker.books.model import Book, Brief, Chapter, Character, Picture, Pose
from storymaker.export.pdf import PdfInfo, make_pdf
from storymaker.export.plan import PdfOptions


class Press:
    """A book's folder, and short words to print what is in it.

    Args:
        folder: An empty folder.
        chapters: How many chapters the book has.
    """

    def __init__(self, folder: Path, chapters: int = 10) -> None:
        self.folder = folder
        self.target = folder / "book.pdf"
        hero = Character(id="bramble1", name="Bramble", kind="bear", poses=(Pose(cutout=self.cutout("bramble1")),))
        self.book = Book(
            id="samplebk",
            title="Bramble and the Sea",
            dedication="For Mia.",
            summary="Bramble goes to sea.",
            brief=Brief(age_band="5-6", seed=0),
            heroes=(hero,),
            drafted=True,
            cover=self.drawn(Chapter(id="samplebk.cover", n=0, title="Bramble and the Sea", alt="Bramble by the sea.")),
            chapters=tuple(self.chapter(n) for n in range(1, chapters + 1)),
        )

    def chapter(self, n: int) -> Chapter:
        """One written and drawn chapter."""
        text = f"Out of wood {n} they came to the sea.\n\n“Come back!”\nBut the yawn went on."
        return self.drawn(
            Chapter(id=f"samplebk.c{n}", n=n, title=f"Part {n}", text=text, alt=f"Scene {n}.", scene="sea")
        )

    def picture(self, shade: int = 0, size: int = 64) -> str:
        """The file name of a small master."""
        pixels = np.full((size, size, 3), (40, 120, 10 + shade), np.uint8)
        data = cv2.imencode(".png", pixels)[1].tobytes()
        return self._named(self.folder / "images", "{}.png", data)

    def cutout(self, character: str) -> str:
        """The file name of a small cut-out: a brown disc."""
        pixels = np.zeros((80, 60, 4), np.uint8)
        cv2.circle(pixels, (30, 40), 25, (60, 90, 150, 255), -1)
        return self._named(
            self.folder / "characters" / character, "cutout-{}.png", cv2.imencode(".png", pixels)[1].tobytes()
        )

    def drawn(self, chapter: Chapter) -> Chapter:
        """The chapter with a picture that tells its words."""
        picture = Picture(file=self.picture(chapter.n), illustrator="paper", seed=1, width=64, height=64)
        return chapter.model_copy(update={"picture": picture.model_copy(update={"tells": chapter.fingerprint})})

    def change(self, index: int, **fields: object) -> None:
        """Change one chapter, and redraw it if it was drawn."""
        chapter = self.book.chapters[index].model_copy(update=fields)
        chapter = self.drawn(chapter) if chapter.picture else chapter
        chapters = (*self.book.chapters[:index], chapter, *self.book.chapters[index + 1 :])
        self.book = self.book.model_copy(update={"chapters": chapters})

    def change_book(self, **fields: object) -> None:
        """Change the book itself."""
        self.book = self.book.model_copy(update=fields)

    def print(self, options: PdfOptions = PdfOptions()) -> PdfInfo:
        """Make the PDF."""
        return make_pdf(str(self.folder), self.book.model_dump_json(by_alias=True), str(self.target), options)

    def read(self) -> PdfReader:
        """The PDF."""
        return PdfReader(self.target)

    def text(self, page: int) -> str:
        """The text of a page, counted from 1, without white space: where a line ends is not what is tested."""
        return squeezed(self.read().pages[page - 1].extract_text())

    @staticmethod
    def _named(folder: Path, pattern: str, data: bytes) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        name = pattern.format(hashlib.sha256(data).hexdigest()[:32])
        (folder / name).write_bytes(data)
        return name


def squeezed(text: str) -> str:
    """Without white space and other things that cannot be seen."""
    return re.sub(r"[\s\u200b]+", "", text)


def tags(pdf: PdfReader) -> list[Any]:
    """The structure tree, in reading order."""
    found: list[Any] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, ArrayObject):
            for kid in node:
                walk(kid)
        elif isinstance(node, DictionaryObject) and "/S" in node:
            found.append(node)
            walk(node.get("/K"))

    root: Any = pdf.root_object
    walk(root["/StructTreeRoot"]["/K"])
    return found


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """A finished book of ten chapters."""
    return Press(tmp_path)


@pytest.fixture
def small_press(tmp_path: Path) -> Press:
    """A finished book of two chapters."""
    return Press(tmp_path, chapters=2)
