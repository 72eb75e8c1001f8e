"""The built-in author: tells one of the stories in ``arcs`` with the family's plushie as its hero."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from storymaker.books.model import Brief, Chapter, Character
from storymaker.errors import InvalidInputError, NotFoundError
from storymaker.story.arcs import PAGES, Arc, ArcChapter, arc_ids, load_arc
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.story.grammar import FriendPart, HeroPart, fill, fold
from storymaker.story.spelling import spelled

_LOOK_MAX = 600
"""A look stands in every picture prompt, sometimes beside another: longer ones are cut."""


@dataclass(frozen=True)
class _Staging:
    """A story with its parts given out.

    Attributes:
        arc: Which story.
        brief: What the parent asked for.
        friend: Who goes along, as the book keeps it.
        values: What stands in each slot.
    """

    arc: Arc
    brief: Brief
    friend: Character
    values: Mapping[str, str]

    def fill(self, text: str) -> str:
        return fill(text, self.values)

    def say(self, text: str) -> str:
        """A text for people, in their spelling; what illustrators read stays as it was written."""
        return self.fill(spelled(text, self.brief.language))

    def tellings(self, page: ArcChapter) -> tuple[str, ...]:
        """The words of a page, in each way that the arc tells it."""
        return tuple(self.say(telling[self.brief.age_band]) for telling in page.text)

    def draft(self, page: ArcChapter, text: str) -> ChapterDraft:
        """The page with everything that belongs to it."""
        props = "; ".join(self.fill(prop) for prop in page.props)
        return ChapterDraft(
            title=self.say(page.title),
            text=text,
            image_prompt=self.fill(page.picture) + (f"\n\nTo be seen: {props}." if props else ""),
            alt=self.say(page.alt),
            scene=", ".join((page.scene, page.time, page.weather, page.shot)),
        )


class PaperAuthor:
    """Tells a story that is already written: at once, offline, for nothing; the seed varies it."""

    name = "paper"
    credit = "the Storymaker paper studio, a story that was waiting for its hero"
    at_once = 4
    follows_wishes = False
    sends = ""

    def check(self, assignment: Assignment) -> None:
        """Refuse at once, in a sentence, what this author cannot write.

        Raises:
            InvalidInputError: If the brief cannot be followed.
        """
        brief = assignment.brief
        if not assignment.heroes or not assignment.heroes[0].name:
            raise InvalidInputError("A story needs a hero with a name. Please give your plushie one.")
        if assignment.friend is not None and not assignment.friend.name:
            raise InvalidInputError("The friend has no name yet. Please give it one, or let the story bring a friend.")
        if brief.chapters != PAGES:
            raise InvalidInputError(
                f"The paper studio's stories have ten chapters, and {brief.chapters} were asked for. "
                "Please ask for ten, or choose another author."
            )
        if brief.wish:
            raise InvalidInputError(
                "The paper studio tells stories it already has and cannot follow a wish. "
                "Please pick one of its stories and leave the wish empty, or choose another author."
            )
        if brief.language.partition("-")[0] != "en":
            raise InvalidInputError(
                f"The paper studio's stories are in English, and the language “{brief.language}” was asked for. "
                "Please choose English, or another author."
            )
        if brief.arc:
            _named_arc(brief.arc)

    def estimate_usd(self, assignment: Assignment) -> float:
        """Nothing: its stories are free."""
        return 0.0

    async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """Tell the story: its opening, then ten chapters.

        Raises:
            InvalidInputError: If the brief cannot be followed.
        """
        self.check(assignment)
        stage = _stage(assignment, arc_of(assignment.brief))
        yield StoryOpening(
            title=assignment.brief.title or stage.say(stage.arc.title),
            summary=stage.say(stage.arc.summary),
            dedication=assignment.brief.dedication or stage.say(stage.arc.dedication),
            friend=stage.friend,
            chapters=PAGES,
        )
        for page in stage.arc.chapters:
            # Nothing here waits, so without this a cancelled story would be told to its end.
            await asyncio.sleep(0)
            yield stage.draft(page, _seeded(assignment.brief.seed, f"telling:{page.id}").choice(stage.tellings(page)))

    def retellable(self, assignment: Assignment, chapters: tuple[Chapter, ...]) -> frozenset[str]:
        """Find the chapters that the story has other words for.

        Args:
            assignment: What the book was written from.
            chapters: The book as it stands.
        """
        try:
            self.check(assignment)
        except InvalidInputError:
            return frozenset()
        stage = _stage(assignment, arc_of(assignment.brief, chapters))
        return frozenset(one.id for one in chapters if _has_other_telling(stage, one))

    async def rewrite(
        self, assignment: Assignment, chapters: tuple[Chapter, ...], chapter_id: str, wish: str, seed: int
    ) -> ChapterDraft:
        """Tell one chapter in other words, where the story has them.

        Args:
            assignment: What the book was written from.
            chapters: The book as it stands.
            chapter_id: Which chapter.
            wish: Must be empty: this author cannot follow one.
            seed: Which of several other tellings.

        Raises:
            InvalidInputError: If there is a wish, or no other telling.
            NotFoundError: If the book has no such chapter.
        """
        self.check(assignment)
        if wish.strip():
            raise InvalidInputError(
                "The paper studio cannot follow a wish. "
                "Leave it empty for another telling, or change the words by hand."
            )
        standing = next((chapter for chapter in chapters if chapter.id == chapter_id), None)
        if standing is None:
            raise NotFoundError("That chapter is no longer in the book. Please reload the page.")
        stage = _stage(assignment, arc_of(assignment.brief, chapters))
        page = _page_of(stage, standing)
        others = _other_tellings(stage, page, standing)
        if not others:
            raise InvalidInputError(
                f"The paper studio knows only one telling of “{standing.title or stage.say(page.title)}”. "
                "You can change the words by hand."
            )
        return stage.draft(page, _seeded(seed, f"retelling:{page.id}").choice(others))


def _has_other_telling(stage: _Staging, standing: Chapter) -> bool:
    try:
        return bool(_other_tellings(stage, _page_of(stage, standing), standing))
    except InvalidInputError:  # a page that the story does not have
        return False


def _other_tellings(stage: _Staging, page: ArcChapter, standing: Chapter) -> list[str]:
    return [text for text in stage.tellings(page) if text.split() != standing.text.split()]


def _seeded(seed: int, purpose: str) -> random.Random:
    """Chance that repeats, apart for each purpose: a new choice here leaves all the others as they were."""
    return random.Random(f"{seed}:{purpose}")


def _named_arc(arc_id: str) -> Arc:
    try:
        return load_arc(arc_id)
    except NotFoundError as error:
        raise InvalidInputError(error.message, code="no-arc") from None


def arc_of(brief: Brief, chapters: Sequence[Chapter] = ()) -> Arc:
    """The story asked for; else the one a book was told from, by its chapters' titles; else the seed's.

    A later version brings more stories, and the seed may then choose otherwise: a book must still know its own.

    Args:
        brief: What was asked for.
        chapters: The book's; none before it is told.

    Raises:
        InvalidInputError: If there is no such story.
    """
    if brief.arc:
        return _named_arc(brief.arc)
    chosen = _seeded(brief.seed, "arc").choice(arc_ids())
    if not chapters:
        return load_arc(chosen)
    titles = {chapter.title for chapter in chapters}
    arcs = [load_arc(arc_id) for arc_id in (chosen, *arc_ids())]
    return max(arcs, key=lambda arc: len(titles & {spelled(page.title, brief.language) for page in arc.chapters}))


def _page_of(stage: _Staging, standing: Chapter) -> ArcChapter:
    """The arc's page for a chapter: by its title where a parent changed the order, else by its number."""
    named = [page for page in stage.arc.chapters if stage.say(page.title) == standing.title]
    if len(named) == 1:
        return named[0]
    if not 1 <= standing.n <= PAGES:
        raise InvalidInputError(
            f"The paper studio's story has no chapter {standing.n}. You can change its words by hand."
        )
    return stage.arc.chapters[standing.n - 1]


def _stage(assignment: Assignment, arc: Arc) -> _Staging:
    brief = assignment.brief
    hero = _hero_part(assignment.heroes[0], _seeded(brief.seed, "trait").choice(arc.defaults.traits))
    if assignment.friend is None:
        part = _bring_friend(assignment, arc, hero)
        friend = _as_character(part)
    else:
        part, friend = _chosen_friend(assignment.friend, arc)
    part = part.model_copy(update={"look": _named_look(part.name, part.look)})
    treasure = _seeded(brief.seed, "treasure").choice(arc.defaults.treasures)
    return _Staging(arc, brief, friend, arc.slots(hero, part, treasure, brief.child))


def _hero_part(hero: Character, trait: str) -> HeroPart:
    kind = _noun(hero.kind) or "toy"
    return HeroPart(
        name=hero.name,
        kind=kind,
        pronouns=hero.pronouns,
        trait=_noun(hero.trait) or trait,
        look=_named_look(hero.name, _phrase(hero.look, kind) or f"a small plush {kind}"),
    )


def _bring_friend(assignment: Assignment, arc: Arc, hero: HeroPart) -> FriendPart:
    """The arc's first friend, counted from where the seed says, who cannot be taken for anybody else."""
    names = {fold(name) for name in (assignment.brief.child, *(hero.name for hero in assignment.heroes))}
    kinds = set(fold(hero.kind).split())
    start = _seeded(assignment.brief.seed, "friend").randrange(len(arc.friends))
    friends = arc.friends[start:] + arc.friends[:start]
    fitting = [friend for friend in friends if fold(friend.name) not in names]
    return next((friend for friend in fitting if not kinds & set(fold(friend.kind).split())), (fitting or friends)[0])


def _as_character(part: FriendPart) -> Character:
    # The same seed tells the same story, so the friend's id is no accident either.
    id_ = "friend" + re.sub(r"[^a-z0-9]", "", fold(part.name + part.kind))
    return Character(
        id=id_[:32], name=part.name, kind=part.kind, pronouns=part.pronouns, look=part.look, figure=part.kind
    )


def _chosen_friend(friend: Character, arc: Arc) -> tuple[FriendPart, Character]:
    """The parent's friend in the arc's words, as far as they are true of it."""
    kind = _noun(friend.kind) or "toy"
    alike = next((other for other in arc.friends if fold(other.kind) == fold(kind)), None)
    # A photographed mouse need not have one white ear: what the arc says to be seen holds for the arc's own figure.
    figure = alike if alike and not friend.poses and friend.look in ("", alike.look) else None
    look = figure.look if figure else _phrase(friend.look, kind) or f"a small plush {kind}"
    part = FriendPart(
        name=friend.name,
        kind=kind,
        desc=figure.desc if figure else kind,
        pronouns=friend.pronouns,
        went=alike.went if alike else "went",
        look=look,
    )
    drawn_as = friend.figure or (figure.kind if figure else None)
    return part, friend.model_copy(update={"look": friend.look or look, "figure": drawn_as})


def _noun(typed: str) -> str:
    """A kind or trait as it reads in a sentence: "A Guinea Pig." becomes "guinea pig"; "T. rex" stays."""
    noun = re.sub(r"(?i)^(?:an?|the)\s+(?=\S)", "", " ".join(typed.split()).rstrip(".,;!"))
    return noun.lower() if all(word[:1].isupper() for word in noun.split()) else noun


def _phrase(look: str, kind: str) -> str:
    """A look as it reads inside a sentence: no full stop at its end, and a noun at its head."""
    look = " ".join(look.split())
    if len(look) > _LOOK_MAX:
        look = look[:_LOOK_MAX].rsplit(" ", 1)[0]
    look = look.rstrip(".,; ")
    if re.match(r"(?i)(?:an?|the|one|my|our) ", look):
        return look[0].lower() + look[1:]
    return look and f"a small plush {kind}, {look}"


def _named_look(name: str, look: str) -> str:
    """Who is in the picture, for a parent and an illustrator alike: "Pim (a small round hedgehog)"."""
    return f"{name} ({look})"
