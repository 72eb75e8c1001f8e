"""Every call there is: one table that drives handlers, client, OpenAPI document and tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from storymaker.contract.values import (
    AboutPatch,
    AboutPlan,
    BookOut,
    BookPatch,
    CastOut,
    ChapterPatch,
    CharacterOut,
    CharacterPatch,
    Credentials,
    Deleted,
    DraftRequest,
    Estimate,
    ExportOut,
    ExportRequest,
    FaceIn,
    Health,
    HistoryOut,
    JobOut,
    JobsOut,
    JobsQuery,
    KeyIn,
    KeyOut,
    NamesQuery,
    NewChapter,
    NewCharacter,
    PhotoTaken,
    PictureChoice,
    PicturesOut,
    PicturesRequest,
    PreviewQuery,
    RewriteRequest,
    RolesOut,
    ShelfOut,
    ShelfQuery,
    SketchQuery,
    StoryOrdered,
    StoryRequest,
    StrokesIn,
    StudioOut,
    Token,
    UndoRequest,
    WidthQuery,
    Wire,
    WordingsOut,
)

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
CSV: Final = "text/csv"
MULTIPART: Final = "multipart/form-data"
PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"

BODY_MAX: Final = 1024 * 1024
"""Bytes of a JSON body at most: a whole book in words is a tenth of it."""
FORM_MAX: Final = 64 * 1024
"""Bytes of a body that anybody may send."""
SCRIPT_MAX: Final = 4 * 1024 * 1024
PHOTO_MAX: Final = 16 * 1024 * 1024
"""Bytes of an uploaded photo with its form; what is in it may have 15 MB."""
WIDTHS: Final = (160, 320, 640, 960, 1536)
"""Widths of thumbnails in pixels; what is asked for is rounded up to one of them, so that few are ever made."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Route:
    """One call.

    Attributes:
        name: What it is called in every implementation of the backend.
        method: The HTTP method.
        path: With ``{names}`` for what varies.
        does: One sentence.
        gives: A value, or for bytes the media types that may come; None is an empty answer.
        takes: A value as JSON, or the media type of a body that is none; None takes no body.
        query: A value read from the query.
        status: Of success.
        public: Needs no login.
        versioned: The answer carries an ETag: a look answers 304 when the caller has it, a change honours ``If-Match``.
        tagged: The answer carries an ETag of its content, and 304 when the caller has it.
        body_max: Bytes of a body at most.
    """

    name: str
    method: Method
    path: str
    does: str
    gives: type[Wire] | tuple[str, ...] | None
    takes: type[Wire] | str | None = None
    query: type[Wire] | None = None
    status: int = 200
    public: bool = False
    versioned: bool = False
    tagged: bool = False
    body_max: int = BODY_MAX

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of what varies in the path, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def body_max_in_words(self) -> str:
        """The most that a body may have, as a person reads it."""
        return f"{self.body_max // 2**20} MB" if self.body_max >= 2**20 else f"{self.body_max // 2**10} kB"

    @property
    def body_optional(self) -> bool:
        """Whether no body at all does, too: nothing in it need be said."""
        return isinstance(self.takes, type) and not any(one.is_required() for one in self.takes.model_fields.values())

    @property
    def takes_version(self) -> bool:
        """Whether it changes a book, for the version that ``If-Match`` names, and answers 412 when the book has gone on."""
        return self.versioned and self.method != "GET"

    @property
    def pattern(self) -> str:
        """The path as a regular expression with a named group for each parameter."""
        return re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", re.escape(self.path).replace(r"\{", "{").replace(r"\}", "}"))


_BOOK, _CHAPTER, _JOB, _CHARACTER = (
    "/api/books/{book_id}",
    "/api/chapters/{chapter_id}",
    "/api/jobs/{job_id}",
    "/api/characters/{character_id}",
)

ROUTES: Final[tuple[Route, ...]] = (
    # The way in
    Route("token", "POST", "/api/token", "Trade a name and a password for an access token.", Token, Credentials, public=True,
          body_max=FORM_MAX),
    Route("health", "GET", "/api/health", "Tell whether the studio is alive.", Health, public=True),
    Route("openapi", "GET", "/api/openapi.json", "Give this contract as an OpenAPI document.", (JSON,)),
    # Before a book
    Route("studio", "GET", "/api/studio", "List the makers and stories there are.", StudioOut, query=NamesQuery),
    Route("keep_key", "PUT", "/api/studio/key", "Keep an OpenAI key in the keyring of the studio's machine.", KeyOut, KeyIn),
    Route("forget_key", "DELETE", "/api/studio/key", "Take the OpenAI key out of the keyring.", KeyOut),
    Route("estimate", "POST", "/api/studio/estimate", "Tell what a book is expected to cost.", Estimate, StoryRequest),
    Route("generate_story", "POST", "/api/studio/generate_story",
          "Begin a book, have its story written; with “Prefer: wait=30” answer when it is.", StoryOrdered, StoryRequest, status=202),
    Route("generate_image", "POST", "/api/studio/generate_image", "Have pages drawn.", JobsOut, PicturesRequest, status=202),
    # Jobs
    Route("job", "GET", _JOB, "Tell how a job stands.", JobOut),
    Route("jobs", "GET", "/api/jobs", "List the jobs of a book.", JobsOut, query=JobsQuery),
    Route("cancel", "DELETE", _JOB, "Stop a job.", JobOut),
    Route("retry", "POST", f"{_JOB}/retry", "Do a failed or cancelled job again, as a new one.", JobOut, status=202),
    # The shelf
    Route("shelf", "GET", "/api/books", "List the books on the shelf, page by page.", ShelfOut, query=ShelfQuery, tagged=True),
    Route("book", "GET", _BOOK, "Give a whole book.", BookOut, versioned=True),
    Route("patch_book", "PATCH", _BOOK, "Change a book's title or dedication.", BookOut, BookPatch, versioned=True),
    Route("plan_about", "POST", f"{_BOOK}/about/plan", "Tell what a change of what a book is about would redo and cost.",
          AboutPlan, AboutPatch),
    Route("patch_about", "PATCH", f"{_BOOK}/about", "Change for whom a book is, who is in it, or who writes and draws it.",
          BookOut, AboutPatch, versioned=True),
    Route("copy_book", "POST", f"{_BOOK}/copy", "Put a copy of a book on the shelf, as a book of its own.", BookOut, status=201,
          versioned=True),
    Route("delete_book", "DELETE", _BOOK, "Put a book into the trash.", Deleted),
    Route("trash", "GET", "/api/trash", "List the books in the trash, page by page.", ShelfOut, query=ShelfQuery, tagged=True),
    Route("restore_book", "POST", "/api/trash/{book_id}/restore", "Take a book out of the trash.", BookOut, versioned=True),
    Route("purge_book", "DELETE", "/api/trash/{book_id}", "Remove a book from the trash for good, with every file.", None, status=204),
    Route("draft", "POST", f"{_BOOK}/draft", "Have a book's story written, or written anew.", JobOut, DraftRequest, status=202),
    Route("history", "GET", f"{_BOOK}/history", "List every save of a book.", HistoryOut),
    Route("undo", "POST", f"{_BOOK}/undo", "Take the latest change back.", BookOut, UndoRequest, versioned=True),
    # Chapters
    Route("add_chapter", "POST", f"{_BOOK}/chapters", "Add a chapter.", BookOut, NewChapter, status=201, versioned=True),
    Route("patch_chapter", "PATCH", _CHAPTER, "Change a chapter or the cover, or its place.", BookOut, ChapterPatch, versioned=True),
    Route("delete_chapter", "DELETE", _CHAPTER, "Delete a chapter; undo brings it back.", BookOut, versioned=True),
    Route("rewrite", "POST", f"{_CHAPTER}/rewrite", "Have a chapter written anew.", JobOut, RewriteRequest, status=202),
    Route("wordings", "GET", f"{_CHAPTER}/words", "List all words that a page ever had.", WordingsOut),
    Route("pictures", "GET", f"{_CHAPTER}/pictures", "List every picture that a page ever had.", PicturesOut),
    Route("use_picture", "PUT", f"{_CHAPTER}/picture", "Hang an earlier picture again.", BookOut, PictureChoice, versioned=True),
    Route("sketch", "GET", f"{_CHAPTER}/sketch", "Give a page's unfinished picture, small and blurred, while it is painted.", (JPEG,),
          query=SketchQuery),
    # The script
    Route("script", "GET", f"{_BOOK}/script.csv", "Give the words as CSV.", (CSV,)),
    Route("put_script", "PUT", f"{_BOOK}/script.csv", "Take the words from a CSV script.", BookOut, CSV, versioned=True,
          body_max=SCRIPT_MAX),
    # The cast
    Route("cast", "GET", "/api/characters", "List the family's cast.", CastOut),
    Route("add_character", "POST", "/api/characters", "Add a character to the cast.", CharacterOut, NewCharacter, status=201),
    Route("patch_character", "PATCH", _CHARACTER, "Change a character; books keep their snapshots.", CharacterOut, CharacterPatch),
    Route("roles", "GET", f"{_CHARACTER}/books", "List the books that a character is in.", RolesOut),
    Route("delete_character", "DELETE", _CHARACTER, "Remove a character; books keep their snapshots.", None, status=204),
    Route("add_photo", "POST", f"{_CHARACTER}/photos", "Cut the character out of a photo, sent as the form field “photo”.",
          PhotoTaken, MULTIPART, status=201, body_max=PHOTO_MAX),
    Route("delete_photo", "DELETE", f"{_CHARACTER}/photos/{{photo}}", "Remove one photo of a character.", CharacterOut),
    Route("recut", "PUT", f"{_CHARACTER}/photos/{{photo}}/strokes", "Cut a photo out again, with the parent's strokes.",
          PhotoTaken, StrokesIn),
    Route("set_face", "PUT", f"{_CHARACTER}/photos/{{photo}}/face", "Say where the face is in a cut-out.", CharacterOut, FaceIn),
    Route("character_image", "GET", f"{_CHARACTER}/images/{{name}}", "Give a character's photo or cut-out.", (PNG,), query=WidthQuery),
    # Out
    Route("picture", "GET", f"{_BOOK}/images/{{name}}", "Give a picture, or a thumbnail of it.", (PNG, JPEG), query=WidthQuery),
    Route("preview", "GET", f"{_BOOK}/pages/{{page}}", "Give a page of the printed book as a picture.", (PNG,), query=PreviewQuery),
    Route("export", "POST", f"{_BOOK}/exports/{{format_}}", "Make the book's file.", ExportOut, ExportRequest, status=201),
    Route("download", "GET", f"{_BOOK}/exports/{{format_}}", "Give the book's file, made before.", (PDF,)),
)  # fmt: skip

BY_NAME: Final = {route.name: route for route in ROUTES}
