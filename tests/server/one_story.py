"""One story as a page makes it; run as a program it is a page's kernel, without Voila and without a browser."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

from storymaker.contract.values import ChapterPatch, ExportRequest, PicturesRequest, StoryRequest, UndoRequest
from storymaker.studio.backend import Backend, connect

STORY: Final[dict[str, Any]] = {
    "hero_name": "Bramble", "child": "Mina", "author": "scripted", "illustrator": "paper", "chapters": 3, "seed": 11, "draw": True,
}  # fmt: skip
NEW_TEXT: Final = "Bramble counted to two, and <b>then</b> to “drei”.\nAnd slept."
HEAVY: Final = {"dbos", "openai", "cv2", "typst", "voila", "pandas", "jupyter_server", "storymaker.workshop"}


async def by_backend(backend: Backend) -> str:
    """Written, drawn, polled, edited, one picture redrawn and undone, deleted and restored, printed; gives the book's id."""
    ordered = await backend.generate_story(StoryRequest(**STORY))
    await drawn(backend, ordered.book_id)
    book = await backend.book(ordered.book_id)
    page = book.chapters[1]
    await backend.patch_chapter(page.id, ChapterPatch(text=NEW_TEXT, base={"text": page.text}))
    await backend.generate_image(PicturesRequest(book_id=book.id, chapter_ids=(page.id,)))
    await drawn(backend, book.id)
    await backend.undo(book.id, UndoRequest(chapter_id=page.id, scope="picture"))
    await backend.delete_book(book.id)
    await backend.restore_book(book.id)
    await backend.export(book.id, "pdf", ExportRequest())
    assert (await backend.download(book.id, "pdf")).data.startswith(b"%PDF")
    return book.id


async def drawn(backend: Backend, book_id: str) -> None:
    """Wait until nothing of a book is being made."""
    while not all(job.ended for job in (await backend.jobs(book_id)).jobs):
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    visit = connect()
    assert visit.served and visit.query == {"book": "b1"}
    print(asyncio.run(by_backend(visit.backend)))
    assert not HEAVY & set(sys.modules), HEAVY & set(sys.modules)
