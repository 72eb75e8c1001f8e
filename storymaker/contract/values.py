"""The values that cross the wire: what is asked, and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from storymaker.books.history import Entry, What
from storymaker.books.model import AgeBand, Brief, Line, Pronouns, Text

WIDTH_MAX = 4096
"""Pixels of a picture's width that may be asked for."""


class Wire(BaseModel):
    """A value on the wire; an unknown key is a slip of the caller's, and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, from_attributes=True)


class File(Wire):
    """Bytes that cross the wire as they are.

    Attributes:
        media_type: What they are.
        data: The bytes.
        name: What a download is called; empty is shown in place.
    """

    media_type: str
    data: bytes
    name: str = ""


# Who asks


class Credentials(Wire):
    """A name and a password."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1000)]


class Token(Wire):
    """An access token, for the header ``Authorization: Bearer …``.

    Attributes:
        expires_in: Seconds.
    """

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme
    expires_in: int


class Ticket(Wire):
    """What a page's kernel shows to be told whose page it is; good once."""

    ticket: str


class PageSession(Wire):
    """Whose page a kernel serves.

    Attributes:
        access_token: For the HTTP API; bound to this kernel and its user.
        expires_in: Seconds.
        ticket: For the next session, when the token is about to expire.
        query: The address's query of the visitor, without question mark.
        user: How the visitor is called.
    """

    access_token: str
    expires_in: int
    ticket: str
    query: str
    user: str


class Health(Wire):
    """Whether the studio is alive.

    Attributes:
        worker: ``up``; ``starting`` while a worker is on its way; ``down`` when none could be started.
        version: Of Storymaker.
    """

    status: Literal["ok"] = "ok"
    worker: Literal["up", "starting", "down"]
    version: str


# The cast


class PoseOut(Wire):
    """A photo and what was cut out of it, by file name.

    Attributes:
        cutout: The cut-out.
        photo: The cleaned photo; None where there is none.
        face: The middle of the face in the cut-out, 0–1 from left and top; None where nobody said.
    """

    cutout: str
    photo: str | None = None
    face: tuple[float, float] | None = None


class CharacterOut(Wire):
    """Somebody in the cast or in a book."""

    id: str
    name: str
    kind: str
    pronouns: Pronouns
    trait: str
    look: str
    figure: str | None
    poses: tuple[PoseOut, ...]


class CastOut(Wire):
    """The family's cast, by name."""

    characters: tuple[CharacterOut, ...]


class NewCharacter(Wire):
    """A character to add.

    Attributes:
        builtin: Played by our own paper plushie until photos come.
    """

    name: Line
    kind: Line = ""
    pronouns: Pronouns = "they"
    trait: Line = ""
    look: Text = ""
    builtin: bool = False


class CharacterPatch(Wire):
    """What to change about a character; what is left out stays."""

    name: Line | None = None
    kind: Line | None = None
    pronouns: Pronouns | None = None
    trait: Line | None = None
    look: Text | None = None


class Upload(Wire):
    """A file as a form sent it.

    Attributes:
        name: What it was called where it came from.
        data: Its bytes.
    """

    name: str
    data: bytes


Point = tuple[float, float]


class StrokesIn(Wire):
    """What the parent painted over a photo.

    Attributes:
        keep: Lines over the toy: points ``(x, y)``, 0–1 from left and top.
        remove: Lines over what must go.
        radius: Half the width of the brush, as a share of the photo's longer side.
    """

    keep: tuple[tuple[Point, ...], ...] = ()
    remove: tuple[tuple[Point, ...], ...] = ()
    radius: float = 0.02


class FaceIn(Wire):
    """Where the face is in a cut-out.

    Attributes:
        at: 0–1 from left and top; None for the upper part, as long as nobody says otherwise.
    """

    at: Point | None = None


class PhotoTaken(Wire):
    """A character with its new cut-out.

    Attributes:
        remarks: Sentences for the parent about the photo.
    """

    character: CharacterOut
    remarks: tuple[str, ...] = ()


# Before a book


class MakerOut(Wire):
    """An author or an illustrator that is installed.

    Attributes:
        name: What it is ordered by.
        credit: How a colophon names it.
        page_usd: What one page by it is expected to cost, in US dollars; by an author, the tenth part of a whole story.
        follows_wishes: Whether it can follow a wish in own words: an author for a story and a rewrite, an illustrator for a drawing.
        sends: What leaves the house with it and where to, in a sentence; empty for nothing.
    """

    name: str
    credit: str
    page_usd: float
    follows_wishes: bool
    sends: str = ""


class ArcOut(Wire):
    """A built-in story as a picker shows it."""

    id: str
    theme: str
    title: str
    summary: str
    bands: tuple[AgeBand, ...]


KeyState = Literal["none", "environment", "keyring", "closed"]
"""Where the OpenAI key comes from; "closed" to a family that may not see to it."""


class KeyIn(Wire):
    """An OpenAI key to keep."""

    key: Annotated[str, Field(max_length=400, repr=False)]


class KeyOut(Wire):
    """Where the key comes from now; never the key."""

    key: KeyState


class StudioOut(Wire):
    """What there is to choose from.

    Attributes:
        author: Who writes unless told otherwise.
        illustrator: Who draws unless told otherwise.
        arcs: The built-in stories.
        friends: Animals that can come along without a photo.
        budget_usd: What a book may cost at most, in US dollars.
        notices: Who was set to write or draw and cannot just now, a sentence each: the paper studio stands in.
        key: Where the OpenAI key comes from, for whoever may see to it.
    """

    authors: tuple[MakerOut, ...]
    illustrators: tuple[MakerOut, ...]
    author: str
    illustrator: str
    arcs: tuple[ArcOut, ...]
    friends: tuple[str, ...]
    budget_usd: float
    notices: tuple[str, ...] = ()
    key: KeyState = "closed"


class NamesQuery(Wire):
    """Names to fill into the stories' titles and summaries."""

    hero: Line = ""
    child: Line = ""


class StoryRequest(Wire):
    """What a book shall be.

    Attributes:
        heroes: Ids of characters of the cast; empty is our own paper plushie.
        hero_name: What our own plushie is called, where it plays the hero.
        friend: Id of the character that comes along; empty lets the story choose.
        wish: A story wish in own words, for an author that can follow one.
        draw: Also draw each page as soon as it is written.
        seed: The same seed makes the same book; None is drawn by lot.
        key: Made by whoever asks; asking again with the same key finds the book instead of beginning another.
    """

    title: Line = ""
    heroes: Annotated[tuple[str, ...], Field(max_length=4)] = ()
    hero_name: Line = "Pip"
    friend: str = ""
    age_band: AgeBand = "5-6"
    arc: Line = ""
    wish: Text = ""
    child: Line = ""
    dedication: Line = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    chapters: Annotated[int, Field(ge=1, le=40)] = 10
    author: Line = ""
    illustrator: Line = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    draw: bool = False
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""


class Estimate(Wire):
    """What a book is expected to cost, in US dollars."""

    words_usd: float
    pictures_usd: float
    total_usd: float


class StoryOrdered(Wire):
    """A story that is being written.

    Attributes:
        script: With ``Prefer: wait``, the finished chapters as CSV text; None while they are being written.
    """

    job_id: str
    book_id: str
    script: str | None = None


# Books


class PictureOut(Wire):
    """A finished picture.

    Attributes:
        file: Its name under ``/api/books/<id>/images/``.
        width: Pixels.
        height: Pixels.
        cost_usd: What it cost, in US dollars.
        notes: Sentences for the parent.
        veiled: A parent should look at it first; hanging it once more says that one did.
    """

    file: str
    illustrator: str
    width: int
    height: int
    cost_usd: float
    notes: tuple[str, ...]
    veiled: bool = False
    created: datetime


class ChapterOut(Wire):
    """A page of a book; the cover is number 0.

    Attributes:
        state: Whether its picture is there and tells these words.
    """

    id: str
    n: int
    title: str
    text: str
    image_prompt: str
    alt: str
    scene: str
    locked: bool
    state: Literal["done", "stale", "missing"]
    picture: PictureOut | None


class BookOut(Wire):
    """A whole book; its version is its ETag.

    Attributes:
        drafted: The whole story was written.
        complete: Written to the end, and every page has a picture that tells its words.
        spent_usd: All it has cost, in US dollars.
    """

    id: str
    version: int
    created: datetime
    updated: datetime
    title: str
    dedication: str
    summary: str
    brief: Brief
    heroes: tuple[CharacterOut, ...]
    friend: CharacterOut | None
    cover: ChapterOut
    chapters: tuple[ChapterOut, ...]
    drafted: bool
    complete: bool
    spent_usd: float

    @property
    def pages(self) -> tuple[ChapterOut, ...]:
        """The cover, then the chapters."""
        return (self.cover, *self.chapters)


class CardOut(Wire):
    """What a shelf shows of a book.

    Attributes:
        cover: File name of the cover picture; None until it is drawn.
        done: How many chapters have a picture.
    """

    id: str
    title: str
    hero: str
    age_band: str
    version: int
    updated: str
    chapters: int
    done: int
    cover: str | None


class Trouble(Wire):
    """A folder on the shelf that holds no readable book."""

    folder: str
    reason: str


class ShelfOut(Wire):
    """The books on the shelf, the latest first, and what is wrong with it."""

    books: tuple[CardOut, ...]
    problems: tuple[Trouble, ...] = ()


class Deleted(Wire):
    """A book that went into the trash; it can be restored for so many days."""

    book_id: str
    days: int


class BookPatch(Wire):
    """What to change about a book.

    Attributes:
        base: By field name, the value that the edit started from; when it is no longer true, the edit conflicts.
    """

    title: str | None = None
    dedication: str | None = None
    base: dict[str, JsonValue] = Field(default_factory=dict)


class ChapterPatch(Wire):
    """What to change about a chapter or the cover.

    Attributes:
        n: Its place, from 1.
        base: By field name, the value that the edit started from; when it is no longer true, the edit conflicts.
    """

    title: str | None = None
    text: str | None = None
    image_prompt: str | None = None
    alt: str | None = None
    scene: str | None = None
    locked: bool | None = None
    n: int | None = None
    base: dict[str, JsonValue] = Field(default_factory=dict)


class NewChapter(Wire):
    """A chapter to add.

    Attributes:
        n: Its place, from 1; None is the end.
    """

    n: Annotated[int, Field(ge=1, le=999)] | None = None
    title: Line = ""
    text: Text = ""
    image_prompt: Text = ""
    alt: Text = ""
    scene: Line = ""


class UndoRequest(Wire):
    """Which change to take back: the latest of the book, or of a page, or only of its words or its picture.

    Attributes:
        version: That of the save which made this version of the book, and no other.
    """

    chapter_id: str | None = None
    scope: Literal["words", "picture"] | None = None
    version: Annotated[int, Field(ge=1)] | None = None


class RewriteRequest(Wire):
    """What should be different, in own words; empty is just another telling."""

    wish: Text = ""


class DraftRequest(Wire):
    """Have the story of a book written.

    Attributes:
        again: Although it is written; the words there are stay in the history.
        draw: Also draw each page as soon as it is written.
    """

    again: bool = False
    draw: bool = False


class HistoryOut(Wire):
    """Every save of a book, oldest first."""

    entries: tuple[Entry, ...]


class PicturesOut(Wire):
    """Every picture that a page ever had, oldest first."""

    pictures: tuple[PictureOut, ...]


class WordingOut(Wire):
    """Words that a page had, or has.

    Attributes:
        at: Since when.
        what: Why it got them: the book was ``created``, its ``story`` written, an ``edit``, a ``script`` taken in, an ``undo``.
    """

    title: str
    text: str
    at: datetime
    what: What


class WordingsOut(Wire):
    """All words that a page ever had, oldest first, each once; the last are those it has."""

    wordings: tuple[WordingOut, ...]


class PictureChoice(Wire):
    """An earlier picture of the page, by file name."""

    file: str


class WidthQuery(Wire):
    """How wide a picture is wanted, in pixels; nothing is the master."""

    w: Annotated[int, Field(ge=1, le=WIDTH_MAX)] | None = None


class PreviewQuery(WidthQuery):
    """How wide a printed page is wanted, and of which version of the book, so that no browser shows an older one."""

    v: Annotated[int, Field(ge=1)] | None = None


class SketchQuery(Wire):
    """Which unfinished picture, so that no browser shows an older one."""

    v: Annotated[str, Field(max_length=40)] = ""


# Jobs


class PicturesRequest(Wire):
    """Which pages to draw.

    Attributes:
        chapter_ids: These, whether they have a picture or not; ``all`` is every page without a picture that tells its words.
        wish: What should be different in each of them, in own words; what the illustrator cannot follow is a note on the picture.
    """

    book_id: str
    chapter_ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=41)] | Literal["all"] = "all"
    wish: Text = ""


class JobOut(Wire):
    """One piece of work and how it stands.

    Attributes:
        progress: 0 to 1.
        reason: When failed: a sentence for a parent.
        code: When failed: a short word for programs.
        cost_usd: What it cost, in US dollars.
        sketch: Stands for the unfinished picture that may be asked for while it is drawn; empty while there is none.
    """

    id: str
    book_id: str
    chapter_id: str | None
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float
    reason: str | None
    code: str | None
    cost_usd: float
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    sketch: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "cancelled")


class JobsOut(Wire):
    """Jobs in the order they were submitted."""

    jobs: tuple[JobOut, ...]


class JobsQuery(Wire):
    """Of which book."""

    book: str


# Out


class ExportRequest(Wire):
    """How to print a book.

    Attributes:
        easy_reading: Set it in a face made for easy reading.
        draft: Allow pages without a picture; they say so.
    """

    easy_reading: bool = False
    draft: bool = False


class ExportOut(Wire):
    """A book that is ready to download.

    Attributes:
        name: What the file is called.
        pages: How many pages.
        remarks: Sentences for the parent.
    """

    name: str
    pages: int
    remarks: tuple[str, ...]
