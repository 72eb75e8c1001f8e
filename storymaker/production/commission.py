"""What an author or an illustrator is told of a book, and the book with what they bring: no job, no lock, no service."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from storymaker.books.checking import replace
from storymaker.books.checkup import png_fault
from storymaker.books.edits import renumbered, require_page, with_page
from storymaker.books.model import Book, Chapter, Character, Picture
from storymaker.errors import StorageError
from storymaker.images.illustrator import Cutout, PictureFile, PictureRequest, Player
from storymaker.remote.paid import UNPAID, PaidCall
from storymaker.remote.sent import Sent, untold
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.text import short_id


def assignment_of(book: Book, sent: Sent = untold, paid: PaidCall = UNPAID) -> Assignment:
    """What the author of this book is given.

    Args:
        book: The book.
        sent: To be told when something is asked for that costs.
        paid: The same, and to keep what is answered.
    """
    return Assignment(brief=book.brief, heroes=book.heroes, friend=book.friend, sent=sent, paid=paid)


def picture_request(
    folder: Path, book: Book, page: Chapter, workdir: Path, wish: str = "", sketch: Path | None = None
) -> PictureRequest:
    """What an illustrator is told of a page.

    Args:
        folder: The book's folder.
        book: The book.
        page: The page.
        workdir: Where the drawing may be written.
        wish: What should be different, in the parent's words.
        sketch: Where an unfinished picture may be shown.
    """
    friend = book.friend
    there = friend is not None and (
        page.n == 0 or any(name and name in page.image_prompt for name in (friend.name, friend.look))
    )
    return PictureRequest(
        n=page.n,
        title=book.title if page.n == 0 else page.title,
        prompt=page.image_prompt,
        scene=page.scene,
        heroes=tuple(player(folder, hero) for hero in book.heroes),
        friend=player(folder, friend) if friend is not None and there else None,
        seed=seed_of(f"{book.brief.seed}.{page.n}.{page.attempt}"),
        workdir=workdir,
        wish=wish,
        palette=book.brief.seed,
        child=book.brief.child,
        former_children=book.brief.former_children,
        pages=tuple(file for picture in liked(book, page) if not png_fault(file := folder / "images" / picture.file)),
        before=_before(folder, page),
        sketch=sketch,
    )


def _before(folder: Path, page: Chapter) -> Path | None:
    file = folder / "images" / page.picture.file if page.picture else None
    return None if file is None or png_fault(file) else file


def liked(book: Book, page: Chapter) -> tuple[Picture, ...]:
    """The book's other pictures that tell their words and that nobody must look at first, the approved ones before the rest."""
    others = sorted((one for one in book.chapters if one.id != page.id), key=lambda other: not other.locked)
    return tuple(one.picture for one in others if one.picture and one.state == "done" and not one.picture.veiled)


def player(folder: Path, character: Character) -> Player:
    """Somebody in a picture, with their cut-outs in the book's folder.

    Raises:
        StorageError: If they have cut-outs, and none of them is whole.
    """
    home = folder / "characters" / character.id
    cutouts = tuple(
        Cutout(file, pose.face, pose.lying, pose.lightness)
        for pose in character.poses
        if not png_fault(file := home / pose.cutout)
    )
    if character.poses and not cutouts:
        raise StorageError(
            f"Every cut-out of {character.name} is missing or damaged in this book, and there is none like it in the cast. "
            "Please put the folder “characters” of the book back from a backup.",
            code="cutout",
        )
    return Player(
        name=character.name, look=character.look, cutouts=cutouts, figure=character.figure, kind=character.kind
    )


def opened(book: Book, *, opening: StoryOpening, draw: bool) -> Book:
    """The book with what its author settled before the first page; what the parent typed stays."""
    if book.drafted:  # what ordered this story was taken back meanwhile
        return book
    title = book.title or opening.title
    names = " and ".join(hero.name for hero in book.heroes)
    friend = book.friend or opening.friend
    company = f"{names} and {friend.name}" if friend else names
    cover = replace(
        book.cover,
        title=title,
        image_prompt=book.cover.image_prompt or f"The cover of “{title}”: {company}. {opening.summary}",
        alt=book.cover.alt or f"The cover: {company} under the title “{title}”.",
        attempt=max(book.cover.attempt, int(draw)),
    )
    return replace(
        book,
        title=title,
        cover=cover,
        friend=friend,
        summary=opening.summary,
        dedication=book.dedication or opening.dedication,
    )


@dataclass
class Placing:
    """Which page each chapter of a story goes to as it comes: first those that were there before it, then new ones.

    A parent may add, move and delete pages meanwhile, so pages are known by their ids.

    Attributes:
        there: Ids of the pages that were there.
        placed: Ids of the pages that were written.
    """

    there: tuple[str, ...]
    placed: list[str] = field(default_factory=list)

    @property
    def left(self) -> frozenset[str]:
        """Pages that were there and that the story did not come to."""
        return frozenset(self.there[len(self.placed) :])

    def put(self, book: Book, *, draft: ChapterDraft, draw: bool) -> Book:
        """The book with the next chapter; one whose order was taken back meanwhile, and that is whole again, stays as it is."""
        if book.drafted:
            self.placed.append("")
            return charged(book, cost=draft.cost_usd)
        if self.left:
            self.placed.append(self.there[len(self.placed)])
            return _rewritten(book, self.placed[-1], draft, draw=draw)
        after = self.placed[-1] if self.placed else ""
        self.placed.append(f"{book.id}.{short_id(4)}")
        return _with_chapter(book, Chapter(id=self.placed[-1], n=1, attempt=int(draw)), after, draft)


def _with_chapter(book: Book, new: Chapter, after: str, draft: ChapterDraft) -> Book:
    """The book with a new chapter behind another; one that a parent added stays behind both."""
    at = next((n for n, chapter in enumerate(book.chapters, 1) if chapter.id == after), len(book.chapters))
    book = renumbered(book, (*book.chapters[:at], new, *book.chapters[at:]))
    return with_words(book, require_page(book, new.id), draft)


def _rewritten(book: Book, page_id: str, draft: ChapterDraft, *, draw: bool) -> Book:
    """The book with new words on a page, unless that is locked or was deleted meanwhile; what they cost is counted."""
    old = book.page(page_id)
    if old is None:
        return charged(book, cost=draft.cost_usd)
    book = charged(book, cost=draft.cost_usd) if old.locked else with_words(book, old, draft)
    new = require_page(book, page_id)
    again = draw and (old.attempt == 0 or new.fingerprint != old.fingerprint)
    return with_page(book, replace(new, attempt=old.attempt + again))


def whole(book: Book, *, left: Collection[str]) -> Book:
    """The book whose story is written to its end; pages of an earlier, longer story go."""
    if book.drafted:
        return book
    kept = tuple(chapter for chapter in book.chapters if chapter.id not in left)
    return replace(renumbered(book, kept), drafted=True)


def with_words(book: Book, chapter: Chapter, draft: ChapterDraft) -> Book:
    """The book with new words on a page, and what they cost."""
    words = {name: getattr(draft, name) for name in ("title", "text", "image_prompt", "alt", "scene")}
    return replace(with_page(book, replace(chapter, **words)), cost_usd=round(book.cost_usd + draft.cost_usd, 6))


def with_look(character: Character, *, look: str) -> Character:
    """The character with a look, unless the family gave it one."""
    return character if character.look else replace(character, look=look)


def with_looks(book: Book, *, looks: Mapping[str, str], cost: float) -> Book:
    """The book with its heroes described, by id, and what that cost in US dollars."""
    heroes = tuple(replace(hero, look=looks.get(hero.id, hero.look)) for hero in book.heroes)
    return charged(replace(book, heroes=heroes), cost=cost)


def with_picture(book: Book, *, chapter_id: str, picture: Picture | None) -> Book:
    """The book with a picture on a page that was paid before; none takes it down."""
    return with_page(book, replace(require_page(book, chapter_id), picture=picture))


def advised(book: Book, *, chapter_id: str, file: str, notes: Collection[str], cost: float) -> Book:
    """The book with what was found in a picture noted under it, where it still hangs, and what that cost in US dollars."""
    page = book.page(chapter_id)
    if page is not None and page.picture is not None and page.picture.file == file:
        told, spent = page.picture.notes, round(page.picture.cost_usd + cost, 6)
        picture = replace(page.picture, notes=(*told, *(note for note in notes if note not in told)), cost_usd=spent)
        book = with_page(book, replace(page, picture=picture))
    return charged(book, cost=cost)


def charged(book: Book, *, cost: float) -> Book:
    """The book with so many US dollars more spent on it."""
    return replace(book, cost_usd=round(book.cost_usd + cost, 6))


def described(drawing: PictureFile, book: Book, page: Chapter, seed: int, job: str) -> Picture:
    """What the book keeps of a drawing; the file is named by its content."""
    with open(drawing.path, "rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    return Picture(
        file=f"{name}.png",
        illustrator=book.brief.illustrator,
        seed=seed if drawing.seed is None else drawing.seed,
        width=drawing.width,
        height=drawing.height,
        cost_usd=drawing.cost_usd,
        notes=drawing.notes,
        tells=page.fingerprint,
        job=job,
        veiled=drawing.veiled,
    )


def seed_of(text: str) -> int:
    """A seed that is the same on every machine and every day."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
