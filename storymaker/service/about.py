"""What a book is about, changed after it was made; and the books that somebody is in."""

from __future__ import annotations

from storymaker.books.about import AboutChange
from storymaker.books.folder import read_book
from storymaker.books.model import Book, Character
from storymaker.contract.values import AboutPatch, AboutPlan, BookOut, RoleOut, RolesOut
from storymaker.errors import DamagedBookError, NotFoundError
from storymaker.images.paper.studio import builtin_friends
from storymaker.production.retelling import AboutPlan as Plan
from storymaker.service.desk import Desk
from storymaker.service.orders import playable


class About(Desk):
    """For whom a book is, who is in it, and who makes it."""

    async def plan_about(self, book_id: str, patch: AboutPatch) -> AboutPlan:
        """Tell what a change of what a book is about would redo and cost."""

        def plan() -> AboutPlan:
            change = self._change(self._shelf.open(book_id), patch, plan=True)
            return _plan_out(self._workshop.plan_about(book_id, change))

        return await self._quick(plan)

    async def patch_about(self, book_id: str, patch: AboutPatch) -> BookOut:
        """Change for whom a book is, who is in it, or who writes and draws it.

        Raises:
            NotFoundError: If a character is not in the cast.
            InvalidInputError: If it cannot be that, or would cost more than the budget.
        """
        return await self._slow(self._changed, book_id, patch)  # our own plushie may have to be drawn first

    def _changed(self, book_id: str, patch: AboutPatch) -> BookOut:
        change = self._change(self._shelf.open(book_id), patch)
        book = self._workshop.over(self._shelf).change_about(book_id, change)
        return self._told(book)

    async def roles(self, character_id: str) -> RolesOut:
        """List the books that a character is in."""

        def look() -> RolesOut:
            self._shelf.cast.open(character_id)
            found = []
            for card in self._shelf.list().books:
                if not (card.folder / "characters" / character_id).is_dir():
                    continue  # whoever is in a book has their cut-outs there
                try:
                    book = read_book(card.folder)
                except DamagedBookError:
                    continue  # the shelf says so
                found += [
                    RoleOut(book_id=book.id, title=book.title, name=one.name)
                    for one in _everybody(book)
                    if one.id == character_id
                ]
            return RolesOut(books=tuple(found))

        return await self._quick(look)

    def _change(self, book: Book, patch: AboutPatch, *, plan: bool = False) -> AboutChange:
        """A patch as the change that it asks for, with characters for their ids."""
        given = patch.model_dump(exclude={"heroes", "hero_name", "friend"})
        friend = self._somebody(book, patch.friend) if patch.friend else None
        if friend is not None:
            drawable = bool(friend.poses) or bool(friend.figure) or friend.kind.casefold() in builtin_friends()
            friend = playable(friend, drawable)
        return AboutChange(
            **given, heroes=self._heroes_of(book, patch, plan=plan), friend=friend, story_friend=patch.friend == ""
        )

    def _heroes_of(self, book: Book, patch: AboutPatch, *, plan: bool) -> tuple[Character, ...] | None:
        if patch.heroes is None:
            return None
        if not patch.heroes:
            ours = Character(name=patch.hero_name, kind="rabbit")  # not drawn yet, where only the price is asked
            return (ours if plan else self._workshop.over(self._shelf).casting.hero(patch.hero_name),)
        heroes = (self._somebody(book, character_id) for character_id in patch.heroes)
        return tuple(playable(hero, bool(hero.poses)) for hero in heroes)

    def _somebody(self, book: Book, character_id: str) -> Character:
        """Somebody of the cast; whoever left it is in this book still.

        Raises:
            NotFoundError: If there is nobody of this id.
        """
        try:
            return self._shelf.cast.open(character_id)
        except NotFoundError:
            for one in _everybody(book):
                if one.id == character_id:
                    return one
            raise


def _everybody(book: Book) -> tuple[Character, ...]:
    return (*book.heroes, *((book.friend,) if book.friend else ()))


def _plan_out(plan: Plan) -> AboutPlan:
    redone = plan.redone
    return AboutPlan(
        renamed=redone.renamed,
        unsaid=redone.unsaid,
        pictures=len(redone.pages),
        stale=redone.stale,
        locked=redone.locked,
        words_usd=plan.words_usd,
        pictures_usd=plan.pictures_usd,
        total_usd=plan.total_usd,
        sentences=plan.sentences,
    )
