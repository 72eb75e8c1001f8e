"""What a book is about and for, changed after it was made: dedication, names, who is in it, who writes and draws it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from storymaker.books.checking import replace
from storymaker.books.edits import with_page
from storymaker.books.model import Book, Brief, Chapter, Character, Pronouns
from storymaker.books.naming import renamed
from storymaker.errors import InvalidInputError
from storymaker.text import clean_name

Words = Literal["names", "again", "keep"]
"""What becomes of the words: other names in them, a story written anew, or nothing."""

DEDICATION_MAX: Final = 200
_NAMED: Final = ("title", "text", "image_prompt", "alt")


@dataclass(frozen=True)
class AboutChange:
    """What shall be different about a book; None leaves it as it is.

    Attributes:
        dedication: For whom it is.
        child: The child's name; empty leaves the child unnamed.
        age_band: Years of age of the listener.
        heroes: Whom it is about, instead of those it is about now.
        friend: Who goes along instead.
        story_friend: Nobody who was chosen goes along: the story brings a friend.
        names: Other names, by the id of whoever is in the book.
        pronouns: Other pronouns, likewise.
        author: Who writes from now on.
        illustrator: Who draws from now on.
        words: What becomes of the words that are there.
        draw: Whether the pictures that will not be true any more are drawn anew at once.
    """

    dedication: str | None = None
    child: str | None = None
    age_band: str | None = None
    heroes: tuple[Character, ...] | None = None
    friend: Character | None = None
    story_friend: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    pronouns: Mapping[str, Pronouns] = field(default_factory=dict)
    author: str | None = None
    illustrator: str | None = None
    words: Words = "names"
    draw: bool = False


@dataclass(frozen=True)
class Redone:
    """What a change of a book redoes.

    Attributes:
        after: The book with the change, before anything is written or drawn anew.
        renamed: How many pages have other names in their words.
        locked: How many locked pages would have changed, and stay.
        unsaid: What the words that are there do not say: only a story written anew does.
        pages: Ids of the pages whose pictures are not true any more, or are drawn anew if that is asked for.
        stale: Whether those pictures are not true any more; else another illustrator may draw them anew.
    """

    after: Book
    renamed: int
    locked: int
    unsaid: tuple[str, ...]
    pages: tuple[str, ...]
    stale: bool


def redone_by(book: Book, change: AboutChange) -> Redone:
    """Work out what a change redoes; nothing is written, drawn or saved.

    Args:
        book: The book as it stands.
        change: What shall be different.

    Raises:
        InvalidInputError: If it cannot be that, or the words do not tell whose name is meant.
    """
    noted = _noted(book, change)
    names = {} if change.words == "keep" else _other_names(book, noted)
    changed = [page.id for page in book.pages if _with_names(page, names, book, noted) != page]
    after = _with_new_names(noted, names, book)
    after = _with_pictures(book, after)
    open_pages = [page for page in after.pages if not page.locked]
    stale = _drawn_anew(book, after, again=change.words == "again", draw=change.draw)
    redraws = () if stale or after.brief.illustrator == book.brief.illustrator else _drawn(open_pages)
    touched = {*changed, *(page.id for page in book.pages if _shows_other(page, book, after))}
    if change.words == "again":
        touched |= {page.id for page in book.chapters}
    return Redone(
        after=after,
        renamed=sum(not page.locked for page in book.pages if page.id in changed),
        locked=sum(page.locked for page in book.pages if page.id in touched),
        unsaid=() if change.words == "again" or not book.chapters else _unsaid(book, after),
        pages=stale or redraws,
        stale=bool(stale),
    )


# What is noted


def _noted(book: Book, change: AboutChange) -> Book:
    """The book with what was asked for, its pages as they were.

    Raises:
        InvalidInputError: If somebody has no name, is not in the book, or is in it twice.
    """
    heroes = tuple(_called(hero, change) for hero in change.heroes or book.heroes)
    friend = None if change.story_friend else change.friend or book.friend
    friend = friend and _called(friend, change)
    everybody = (*heroes, *((friend,) if friend else ()))
    ids = [one.id for one in everybody]
    if len(set(ids)) < len(ids):
        raise InvalidInputError("Nobody can be in the book twice. Please choose somebody else.", code="twice")
    for one in (*change.names, *change.pronouns):
        if one not in ids:
            raise InvalidInputError("Nobody of that id is in the book, so they cannot be called otherwise.")
    brief = _asked(book.brief, change)
    dedication = book.dedication if change.dedication is None else brief.dedication
    return replace(book, brief=brief, heroes=heroes, friend=friend, dedication=dedication)


def _called(character: Character, change: AboutChange) -> Character:
    name = clean_name(change.names.get(character.id, character.name))
    if not name:
        raise InvalidInputError(f"{character.name} needs a name. Please type one.", code="name")
    return replace(character, name=name, pronouns=change.pronouns.get(character.id, character.pronouns))


def _asked(brief: Brief, change: AboutChange) -> Brief:
    asked: dict[str, object] = {
        name: value for name in ("age_band", "author", "illustrator") if (value := getattr(change, name)) is not None
    }
    if change.dedication is not None:
        asked["dedication"] = clean_name(change.dedication, limit=DEDICATION_MAX, what="dedication")
    if change.child is not None:
        asked["child"] = child = clean_name(change.child, what="child’s name")
        former = dict.fromkeys((*brief.former_children, brief.child))
        asked["former_children"] = tuple(name for name in former if name and name != child)
    return replace(brief, **asked)


# Names


def _other_names(book: Book, noted: Book) -> dict[str, str]:
    """New names by old ones, and everybody who keeps theirs.

    Raises:
        InvalidInputError: If two of one name are not to have the same one from now on.
    """
    pairs = list(zip((hero.name for hero in book.heroes), (hero.name for hero in noted.heroes), strict=False))
    if book.friend:
        pairs.append((book.friend.name, noted.friend.name if noted.friend else book.friend.name))
    if book.brief.child:
        pairs.append((book.brief.child, noted.brief.child or book.brief.child))
    names: dict[str, str] = {}
    for old, new in pairs:
        if names.setdefault(old, new) != new:
            raise InvalidInputError(
                f"Two are called {old} in this book, so its words do not tell which of them is meant. Please have the story written "
                "anew, or change nothing but the note of it and the words by hand.",
                code="same-name",
            )
    return {} if all(old == new for old, new in names.items()) else names


def _with_new_names(noted: Book, names: Mapping[str, str], before: Book) -> Book:
    """The book with other names in its words; a dedication that was typed with the change is as it was typed."""
    if not names:
        return noted
    brief = replace(noted.brief, wish=renamed(noted.brief.wish, names))
    after = replace(noted, summary=renamed(noted.summary, names))
    if noted.dedication == before.dedication:
        after = replace(after, dedication=renamed(noted.dedication, names))
        brief = replace(brief, dedication=renamed(brief.dedication, names))
    if not noted.cover.locked:  # it letters the title
        after = replace(after, title=renamed(noted.title, names))
        brief = replace(brief, title=renamed(brief.title, names))
    for page in noted.pages:
        if not page.locked:
            after = with_page(after, _with_names(page, names, before, noted))
    return replace(after, brief=brief)


def _with_names(page: Chapter, names: Mapping[str, str], before: Book, noted: Book) -> Chapter:
    """A page with other names in its words, and with the looks of those who are there instead in its picture's."""
    if not names:
        return page
    words = {name: renamed(getattr(page, name), names) for name in _NAMED}
    for one in _others(before, noted):
        look = one.look or f"a small plush {one.kind or 'toy'}"
        for name in ("image_prompt", "alt"):
            words[name] = re.sub(rf"({re.escape(one.name)}) \([^()]*\)", lambda found, look=look: f"{found[1]} ({look})", words[name])  # type: ignore[misc]  # fmt: skip
    return replace(page, **words)


# Pictures


def _others(before: Book, after: Book) -> tuple[Character, ...]:
    """Whoever in the book looks otherwise than whoever was in their place."""
    pairs = [*_paired(before.heroes, after.heroes), (before.friend, after.friend)]
    return tuple(new for old, new in pairs if new is not None and old is not None and _seen(old) != _seen(new))


def _paired(
    old: tuple[Character, ...], new: tuple[Character, ...]
) -> Iterable[tuple[Character | None, Character | None]]:
    return zip(old, new, strict=False)


def _seen(character: Character | None) -> object:
    """What of somebody is to be seen in a picture."""
    return character and (character.id, character.kind, character.look, character.poses, character.figure)


def _shows_other(page: Chapter, before: Book, after: Book) -> bool:
    """Whether a page's picture shows somebody who is not in the book any more, or not so."""
    if page.picture is None:
        return False
    if list(map(_seen, before.heroes)) != list(map(_seen, after.heroes)):
        return True
    if _seen(before.friend) == _seen(after.friend):
        return False
    return page.n == 0 or any(
        name and name in page.image_prompt
        for friend in (before.friend, after.friend)
        if friend is not None
        for name in (friend.name, friend.look)
    )


def _with_pictures(before: Book, after: Book) -> Book:
    """The book whose pictures know what they tell: another name alone makes none untrue, somebody else does."""
    for old in before.pages:
        page = after.page(old.id)
        if page is None or page.picture is None or page.locked:
            continue
        if _shows_other(old, before, after):
            tells = ""
        elif old.state == "done" and not (page.n == 0 and page.title != old.title):
            tells = page.fingerprint
        else:
            continue
        after = with_page(after, replace(page, picture=replace(page.picture, tells=tells)))
    return after


def _drawn_anew(before: Book, after: Book, *, again: bool, draw: bool) -> tuple[str, ...]:
    """Ids of the pages whose pictures the change makes untrue, or that new words will."""
    return tuple(
        page.id
        for old, page in zip(before.pages, after.pages, strict=True)
        if not page.locked and ((again and page.n > 0 and (draw or page.picture is not None)) or _is_untrue(old, page))
    )


def _is_untrue(old: Chapter, page: Chapter) -> bool:
    """Whether a picture was true before, or shows somebody else now, and is not true any more."""
    return page.picture_stale and (old.state == "done" or not (page.picture and page.picture.tells))


def _drawn(pages: Iterable[Chapter]) -> tuple[str, ...]:
    return tuple(page.id for page in pages if page.picture is not None)


# Words


def _unsaid(before: Book, after: Book) -> tuple[str, ...]:
    """What words that were written before do not say, whatever names are put into them."""
    told = (
        ("child’s name", bool(before.brief.child) != bool(after.brief.child)),
        ("age", before.brief.age_band != after.brief.age_band),
        ("hero", [hero.id for hero in before.heroes] != [hero.id for hero in after.heroes]),
        ("friend", (before.friend and before.friend.id) != (after.friend and after.friend.id)),
        ("pronouns", _pronouns(before) != _pronouns(after) and _ids(before) == _ids(after)),
    )
    return tuple(what for what, differs in told if differs)


def _pronouns(book: Book) -> list[Pronouns]:
    return [one.pronouns for one in (*book.heroes, *((book.friend,) if book.friend else ()))]


def _ids(book: Book) -> list[str]:
    return [one.id for one in (*book.heroes, *((book.friend,) if book.friend else ()))]
