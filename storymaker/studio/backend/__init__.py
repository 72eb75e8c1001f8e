"""What a page asks of the studio: one protocol, and whichever implementation of it this process is meant to use."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import parse_qsl

from storymaker.books.cards import PAGE_MAX
from storymaker.contract.page import SERVER_VARIABLE, TICKET_VARIABLE
from storymaker.contract.values import (
    AboutPatch,
    AboutPlan,
    BookOut,
    BookPatch,
    CastOut,
    ChapterPatch,
    CharacterOut,
    CharacterPatch,
    Deleted,
    DraftRequest,
    Estimate,
    ExportOut,
    ExportRequest,
    FaceIn,
    File,
    Health,
    HistoryOut,
    JobOut,
    JobsOut,
    NewChapter,
    NewCharacter,
    PhotoTaken,
    PictureChoice,
    PicturesOut,
    PicturesRequest,
    RewriteRequest,
    RolesOut,
    ShelfOut,
    StoryOrdered,
    StoryRequest,
    StrokesIn,
    StudioOut,
    UndoRequest,
    Upload,
    WordingsOut,
)


class Backend(Protocol):
    """Every call of the contract that a page needs; each raises the errors of :mod:`storymaker.errors`.

    First what varies in the path, then the body, then the query.
    """

    async def health(self) -> Health:
        """Whether the studio is alive."""

    async def close(self) -> None:
        """Let go of what is held; jobs that run go on elsewhere or later."""

    # Before a book

    async def studio(self, hero: str = "", child: str = "") -> StudioOut:
        """The makers and stories there are, told with these names."""

    async def estimate(self, request: StoryRequest) -> Estimate:
        """What a book is expected to cost."""

    async def generate_story(self, request: StoryRequest) -> StoryOrdered:
        """Begin a book and have its story written."""

    async def generate_image(self, request: PicturesRequest) -> JobsOut:
        """Have pages drawn."""

    # Jobs

    async def job(self, job_id: str) -> JobOut:
        """How a job stands."""

    async def jobs(self, book: str) -> JobsOut:
        """The jobs of a book."""

    async def cancel(self, job_id: str) -> JobOut:
        """Stop a job."""

    async def retry(self, job_id: str) -> JobOut:
        """Do a failed or cancelled job again, as a new one."""

    # The shelf

    async def shelf(self, limit: int = PAGE_MAX, after: str = "", search: str = "") -> ShelfOut:
        """The books on the shelf, so many at once."""

    async def book(self, book_id: str) -> BookOut:
        """A whole book."""

    async def patch_book(self, book_id: str, patch: BookPatch) -> BookOut:
        """Change a book's title or dedication."""

    async def plan_about(self, book_id: str, patch: AboutPatch) -> AboutPlan:
        """What a change of what a book is about would redo and cost."""

    async def patch_about(self, book_id: str, patch: AboutPatch) -> BookOut:
        """Change for whom a book is, who is in it, or who writes and draws it."""

    async def copy_book(self, book_id: str) -> BookOut:
        """Put a copy of a book on the shelf, as a book of its own."""

    async def delete_book(self, book_id: str) -> Deleted:
        """Put a book into the trash."""

    async def trash(self, limit: int = PAGE_MAX, after: str = "", search: str = "") -> ShelfOut:
        """The books in the trash, so many at once."""

    async def restore_book(self, book_id: str) -> BookOut:
        """Take a book out of the trash."""

    async def purge_book(self, book_id: str) -> None:
        """Remove a book from the trash for good, with every file."""

    async def draft(self, book_id: str, request: DraftRequest) -> JobOut:
        """Have a book's story written, or written anew."""

    async def history(self, book_id: str) -> HistoryOut:
        """Every save of a book."""

    async def undo(self, book_id: str, request: UndoRequest) -> BookOut:
        """Take the latest change back."""

    # Chapters

    async def add_chapter(self, book_id: str, chapter: NewChapter) -> BookOut:
        """Add a chapter."""

    async def patch_chapter(self, chapter_id: str, patch: ChapterPatch) -> BookOut:
        """Change a chapter or the cover, or its place."""

    async def delete_chapter(self, chapter_id: str) -> BookOut:
        """Delete a chapter; undo brings it back."""

    async def rewrite(self, chapter_id: str, request: RewriteRequest) -> JobOut:
        """Have a chapter written anew."""

    async def wordings(self, chapter_id: str) -> WordingsOut:
        """All words that a page ever had."""

    async def pictures(self, chapter_id: str) -> PicturesOut:
        """Every picture that a page ever had."""

    async def use_picture(self, chapter_id: str, choice: PictureChoice) -> BookOut:
        """Hang an earlier picture again."""

    # The script

    async def script(self, book_id: str) -> File:
        """The words as CSV."""

    async def put_script(self, book_id: str, data: bytes) -> BookOut:
        """Take the words from a CSV script."""

    # The cast

    async def cast(self) -> CastOut:
        """The family's cast."""

    async def add_character(self, new: NewCharacter) -> CharacterOut:
        """Add a character to the cast."""

    async def patch_character(self, character_id: str, patch: CharacterPatch) -> CharacterOut:
        """Change a character; books keep their snapshots."""

    async def roles(self, character_id: str) -> RolesOut:
        """The books that a character is in."""

    async def delete_character(self, character_id: str) -> None:
        """Remove a character; books keep their snapshots."""

    async def add_photo(self, character_id: str, upload: Upload) -> PhotoTaken:
        """Cut the character out of a photo."""

    async def delete_photo(self, character_id: str, photo: str) -> CharacterOut:
        """Remove one photo of a character."""

    async def recut(self, character_id: str, photo: str, strokes: StrokesIn) -> PhotoTaken:
        """Cut a photo out again, with the parent's strokes."""

    async def set_face(self, character_id: str, photo: str, face: FaceIn) -> CharacterOut:
        """Say where the face is in a cut-out."""

    async def character_image(self, character_id: str, name: str, w: int | None = None) -> File:
        """A character's photo or cut-out, ``w`` pixels wide or as it is."""

    # Out

    async def sketch(self, chapter_id: str, v: str = "") -> File:
        """The unfinished picture of a page; ``v`` is what its job calls it, for those who keep answers."""

    async def picture(self, book_id: str, name: str, w: int | None = None) -> File:
        """A picture, ``w`` pixels wide or as it is."""

    async def preview(self, book_id: str, page: str, w: int | None = None, v: int | None = None) -> File:
        """A page of the printed book as a picture; ``v`` is the book's version, for those who keep answers."""

    async def export(self, book_id: str, format_: str, request: ExportRequest) -> ExportOut:
        """Make the book's file."""

    async def download(self, book_id: str, format_: str) -> File:
        """The book's file, made before."""


@dataclass(frozen=True)
class Visit:
    """A page that somebody opened.

    Attributes:
        backend: What the page asks.
        query: What the page's address said after the question mark.
        user: How the visitor is called; empty where nobody signs in.
        served: By the studio's own server: then the page may link to the HTTP API.
    """

    backend: Backend
    query: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    served: bool = False


def connect(env: MutableMapping[str, str] | None = None) -> Visit:
    """Find the studio; under its server, wait until somebody opens the page that this process is kept ready for.

    Args:
        env: The environment; the server's address and our ticket are taken out of it, so that nothing that is
            started from here inherits them.

    Raises:
        AccessError: If the server does not know the ticket.
        UnreachableError: If the server is gone.
        SetupError: If there is no server and the workshop of this process cannot be set up.
    """
    env = os.environ if env is None else env
    server, ticket = env.pop(SERVER_VARIABLE, ""), env.pop(TICKET_VARIABLE, "")
    if server and ticket:
        from storymaker.studio.backend.http import Http
        from storymaker.studio.backend.session import wait_for_visitor

        session = wait_for_visitor(server, ticket)
        return Visit(cast(Backend, Http(server, session)), _parsed(session.query), session.user, served=True)

    from storymaker.studio.backend.in_process import shared

    voila = env.get("SERVER_SOFTWARE", "").startswith("voila/")
    return Visit(shared(), _parsed(env.get("QUERY_STRING", "")) if voila else {})


def _parsed(query: str) -> dict[str, str]:
    """The last value of each name; a query that is too large to be ours is none."""
    try:
        return dict(parse_qsl(query, max_num_fields=20))
    except ValueError:
        return {}
