"""Before a book: who can make it, the key, the price, and the order itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from storymaker.books.checking import checked, replace
from storymaker.books.model import Book, Brief, Character
from storymaker.contract.values import (
    ArcOut,
    DraftRequest,
    Estimate,
    JobOut,
    JobsOut,
    KeyIn,
    KeyOut,
    KeyState,
    PicturesRequest,
    StoryOrdered,
    StoryRequest,
    StudioOut,
)
from storymaker.errors import BusyError, InvalidInputError, NotFoundError
from storymaker.images.illustrator import Illustrator
from storymaker.images.paper.studio import builtin_friends
from storymaker.production import missing
from storymaker.remote.service import forget_key, keep_key, key_state
from storymaker.service.desk import Desk
from storymaker.service.told import job_out, jobs_out, maker_out
from storymaker.story.arcs import arc_ids, list_arcs
from storymaker.story.author import Author
from storymaker.story.paper import arc_of
from storymaker.text import keyed_id

_PAPER: Final = "paper"
_UNREPEATED: Final = 4
"""How many of the latest books a surprise differs from; there are eight stories."""


class Orders(Desk):
    """What is asked before there is a book, and what begins one."""

    async def studio(self, hero: str = "", child: str = "") -> StudioOut:
        """List the makers and stories there are."""
        settings, shop = self._workshop.settings, self._workshop
        arcs = await self._quick(list_arcs, hero, child)
        to_write = await self._slow(_lacks, shop.authors)
        to_draw = await self._slow(_lacks, shop.illustrators)
        author, of_author = _stand_in(settings.author, to_write)
        illustrator, of_illustrator = _stand_in(settings.illustrator, to_draw)
        return StudioOut(
            authors=tuple(
                maker_out(name, one, shop.page_estimate_usd(author=name))
                for name, one in shop.authors.items()
                if name == author or not to_write[name]
            ),
            illustrators=tuple(
                maker_out(name, one, shop.page_estimate_usd(illustrator=name))
                for name, one in shop.illustrators.items()
                if name == illustrator or not to_draw[name]
            ),
            author=author,
            illustrator=illustrator,
            arcs=tuple(ArcOut.model_validate(arc) for arc in arcs),
            friends=builtin_friends(),
            budget_usd=settings.book_budget,
            notices=tuple(dict.fromkeys(filter(None, (of_author, of_illustrator)))),
            key=await self._slow(self._key_state),
        )

    async def keep_key(self, key: KeyIn) -> KeyOut:
        """Keep an OpenAI key in the keyring of this machine.

        Raises:
            InvalidInputError: If it is no key, or not this family's to see to.
            SetupError: If there is no keyring.
        """
        self._require_keeper()
        await self._slow(keep_key, SecretStr(key.key))
        return KeyOut(key=await self._slow(self._key_state))

    async def forget_key(self) -> KeyOut:
        """Take the OpenAI key out of the keyring of this machine.

        Raises:
            InvalidInputError: If it is not this family's to see to.
        """
        self._require_keeper()
        await self._slow(forget_key)
        return KeyOut(key=await self._slow(self._key_state))

    def _key_state(self) -> KeyState:
        return key_state() if self._keeps_key else "closed"

    def _require_keeper(self) -> None:
        if not self._keeps_key:
            raise InvalidInputError(
                "The key is for all families, so whoever runs this studio sees to it, on its machine: “storymaker key set”.",
                code="key",
            )

    async def estimate(self, request: StoryRequest) -> Estimate:
        """Tell what a book is expected to cost."""
        brief = self._brief(request)
        heroes = await self._quick(self._heroes, request) or (checked(Character, name=request.hero_name),)
        words, pictures = self._workshop.estimate_usd(brief, heroes)
        return Estimate(words_usd=words, pictures_usd=pictures, total_usd=words + pictures)

    async def generate_story(self, request: StoryRequest) -> StoryOrdered:
        """Begin a book and have its story written.

        Raises:
            NotFoundError: If a character is not in the cast.
            InvalidInputError: If the author cannot write that, or it would cost more than the budget.
        """
        brief = self._brief(request)
        return await self._slow(self._begin, brief, request)

    def _begin(self, brief: Brief, request: StoryRequest) -> StoryOrdered:
        if not request.key:
            return self._begin_as(None, brief, request)
        with self._beginning:  # the same order, sent twice, is answered once the first is in
            book_id = keyed_id(str(self._shelf.root), request.key)
            try:
                return self._begun(book_id, request.draw)
            except NotFoundError:
                trashed = any(card.id == book_id for card in self._shelf.trash())
                return self._begin_as(None if trashed else book_id, brief, request)

    def _begun(self, book_id: str, draw: bool) -> StoryOrdered:
        """The book that this order began already; a crash may have come between the book and its job.

        Raises:
            NotFoundError: If there is none.
        """
        jobs = [job for job in self._workshop.jobs(book_id) if job.kind == "story"]
        job = jobs[-1] if jobs else self._workshop.draft(book_id, draw=draw)
        return StoryOrdered(job_id=job.id, book_id=book_id)

    def _begin_as(self, book_id: str | None, brief: Brief, request: StoryRequest) -> StoryOrdered:
        heroes = self._heroes(request)
        friend = self._friend(request.friend) if request.friend else None
        known = heroes or (checked(Character, name=request.hero_name),)
        self._workshop.check(brief, known, friend)
        self._workshop.check_budget(brief, known)
        self._workshop.check_room(brief, draw=request.draw)
        heroes = heroes or (self._workshop.casting.hero(request.hero_name),)
        if request.seed is None and brief.author == _PAPER and not brief.arc:
            brief = replace(brief, arc=self._surprising_arc(brief))
        book = self._workshop.begin(brief, heroes, friend, book_id)
        try:
            job = self._workshop.draft(book.id, draw=request.draw)
        except BusyError:  # others were quicker: what is refused leaves no book behind
            self._shelf.delete(book.id)
            self._shelf.purge(book.id)
            raise
        return StoryOrdered(job_id=job.id, book_id=book.id)

    def _surprising_arc(self, brief: Brief) -> str:
        """Draw a story by lot that none of the latest books tells: the same one again is no surprise."""
        latest = [self._shelf.open(card.id) for card in self._shelf.list().books[:_UNREPEATED]]
        told = {_arc_told(book) for book in latest if book.brief.author == _PAPER}
        return random.Random(brief.seed).choice([arc for arc in arc_ids() if arc not in told])

    def _brief(self, request: StoryRequest) -> Brief:
        asked = request.model_dump(include=set(Brief.model_fields))
        settings = self._workshop.settings
        asked["author"] = request.author or settings.author
        asked["illustrator"] = request.illustrator or settings.illustrator
        asked["seed"] = random.SystemRandom().randrange(2**31) if request.seed is None else request.seed
        return checked(Brief, **asked)

    def _heroes(self, request: StoryRequest) -> tuple[Character, ...]:
        heroes = tuple(self._shelf.cast.open(character_id) for character_id in request.heroes)
        return tuple(playable(hero, bool(hero.poses)) for hero in heroes)

    def _friend(self, character_id: str) -> Character:
        friend = self._shelf.cast.open(character_id)
        return playable(friend, bool(friend.poses) or friend.kind.casefold() in builtin_friends())

    async def draft(self, book_id: str, request: DraftRequest) -> JobOut:
        """Have a book's story written, or written anew."""
        return job_out(await self._quick(lambda: self._workshop.draft(book_id, draw=request.draw, again=request.again)))

    async def generate_image(self, request: PicturesRequest) -> JobsOut:
        """Have pages drawn."""
        pages = None if request.chapter_ids == "all" else request.chapter_ids
        return jobs_out(await self._quick(self._workshop.illustrate, request.book_id, pages, request.wish))


def _arc_told(book: Book) -> str:
    try:
        return arc_of(book.brief, book.chapters).id
    except InvalidInputError:  # a story that is not installed any more
        return ""


def playable(character: Character, can_be_drawn: bool) -> Character:
    """The character, if it can be drawn.

    Raises:
        InvalidInputError: Code "no-photo".
    """
    if not can_be_drawn:
        raise InvalidInputError(
            f"{character.name} has no photo yet. Please add one, or choose somebody else.", code="no-photo"
        )
    return character


def _lacks(makers: Mapping[str, Author] | Mapping[str, Illustrator]) -> dict[str, str]:
    """What each maker lacks to work here, by name."""
    return {name: missing(one) for name, one in makers.items()}


def _stand_in(name: str, lacks: Mapping[str, str]) -> tuple[str, str]:
    """Who does it, and what to say: the one that is set, or the paper studio where that one cannot."""
    lack = lacks.get(name, "")
    return (_PAPER, f"{lack} For now the paper studio stands in.") if lack and _PAPER in lacks else (name, "")
