"""Trials as jobs: each is a book on the lab's own shelf, made by its own maker; one that fails says why and spoils no other."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from storymaker.books.checking import replace
from storymaker.books.model import Book, Chapter
from storymaker.child import studio_pool
from storymaker.errors import JobCancelledError, NotFoundError, SetupError, StorymakerError
from storymaker.images.illustrator import Illustrator, PictureFile, PictureRequest
from storymaker.images.paper.studio import PaperStudio
from storymaker.lab.archive import Archive, Card
from storymaker.lab.results import about, dollars
from storymaker.lab.subjects import cast_into
from storymaker.lab.trials import Trial
from storymaker.production.billing import marks
from storymaker.settings import Settings
from storymaker.story.author import Assignment, Author, ChapterDraft, StoryOpening
from storymaker.story.paper import PaperAuthor
from storymaker.workshop import Workshop

_LIKENESS: Final = "storymaker.images.likeness:likeness"
_LIKENESS_SECONDS: Final = 60.0
_ELSEWHERE: Final = (
    "Another notebook or program tries variants at this moment. Please wait until it is done, and try again."
)
Watch = Callable[[str], None]
"""Told how far a run is, a line a result: ``print`` will do."""
_BILLS_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.05
_STOPPED: Final = "The run was stopped. What was finished is kept; run it again for the rest."


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a trial that was run.

    Attributes:
        reason: Why it failed, in a sentence; empty where it was made.
        cost_usd: What it cost, in US dollars, made or not.
    """

    reason: str = ""
    cost_usd: float = 0.0


class Timed:
    """An author with a watch: the jobs database counts whole seconds.

    Args:
        maker: Who writes.
    """

    def __init__(self, maker: Author) -> None:
        self._maker = maker
        self.name, self.credit, self.follows_wishes = maker.name, maker.credit, maker.follows_wishes
        self.at_once = maker.at_once
        self.check, self.estimate_usd, self.rewrite = maker.check, maker.estimate_usd, maker.rewrite
        self.seconds = 0.0

    async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        """Write the story; saving a chapter is not the author's time."""
        began = time.monotonic()
        async with contextlib.aclosing(self._maker.write(assignment)) as pieces:
            async for piece in pieces:
                self.seconds += time.monotonic() - began
                yield piece
                began = time.monotonic()
        self.seconds += time.monotonic() - began


class Shown:
    """An illustrator with a watch, who is shown just what its variant says: no page but the liked one, none before.

    Args:
        maker: Who draws.
        liked: The picture that goes along.
    """

    covers_from_pages = False
    """A cover that is tried is painted."""

    def __init__(self, maker: Illustrator, liked: Path | None) -> None:
        self._maker, self._liked = maker, liked
        self.name, self.credit, self.follows_wishes = maker.name, maker.credit, maker.follows_wishes
        self.estimate_usd = maker.estimate_usd
        self.patience_s = float(getattr(maker, "patience_s", 0.0))
        self.proves_itself = bool(getattr(maker, "proves_itself", False))
        self.seconds = 0.0

    @property
    def at_once(self) -> int:
        """As many as its maker may."""
        return self._maker.at_once

    async def draw(self, request: PictureRequest) -> PictureFile:
        """Draw one page, whatever else was drawn meanwhile."""
        pages = (self._liked,) if self._liked else ()
        began = time.monotonic()
        try:
            return await self._maker.draw(dataclasses.replace(request, pages=pages, before=None, sketch=None))
        finally:
            self.seconds += time.monotonic() - began


def unwatched(_: str) -> None:
    """Nobody looks on."""


def run_trials(
    trials: Sequence[Trial], archive: Archive, settings: Settings, watch: Watch = unwatched
) -> Mapping[str, Outcome]:
    """Make trials side by side, and keep what came of them in the archive.

    Args:
        trials: Each key once.
        archive: Where the results go.
        settings: Those in force.
        watch: Told of each result as it comes.

    Returns:
        By key: why it failed, and what it cost.

    Raises:
        SetupError: If jobs cannot run here just now.
        JobCancelledError: If somebody interrupts it; what was finished by then is kept.
    """
    if not trials:
        return {}
    watched = {trial.key: _watched(trial) for trial in trials}
    with _lab(watched, archive, settings) as shop:
        begun: dict[str, Book] = {}
        outcomes: dict[str, Outcome] = {}

        def came(trial: Trial, outcome: Outcome) -> None:
            outcomes[trial.key] = outcome
            what = outcome.reason or f"made, for {dollars(outcome.cost_usd)}"
            watch(f"{len(outcomes)} of {len(trials)}: {trial.variant.name} on {trial.subject.name}: {what}")

        def end() -> None:
            for trial in trials:
                if trial.key in begun and trial.key not in outcomes:
                    came(trial, _end(shop, archive, trial, begun[trial.key].id, watched[trial.key]))

        try:
            for trial in trials:
                try:
                    begun[trial.key] = _begin(shop, trial)
                except StorymakerError as error:
                    came(trial, Outcome(error.message))
            end()
        except KeyboardInterrupt:
            shop.cancel(*(job.id for job in shop.queue.jobs(live=True)))
            _await_bills(shop, begun.values())
            end()
            cost = sum(outcome.cost_usd for outcome in outcomes.values())
            told = f"{_STOPPED} It has cost {about(cost)}." if cost else _STOPPED
            raise JobCancelledError(told) from None  # no result: cells below, which may cost, shall not go on
        return outcomes


def _await_bills(shop: Workshop, books: Iterable[Book]) -> None:
    """Wait a little until what was stopped on its way is counted."""
    until = time.monotonic() + _BILLS_SECONDS
    for book in books:
        with contextlib.suppress(NotFoundError):
            while marks(shop.shelf, book.id) and time.monotonic() < until:
                time.sleep(_LOOK_SECONDS)


def _watched(trial: Trial) -> Timed | Shown:
    return Timed(trial.maker) if trial.variant.role == "words" else Shown(trial.maker, trial.liked)


@contextlib.contextmanager
def _lab(watched: Mapping[str, Timed | Shown], archive: Archive, settings: Settings) -> Iterator[Workshop]:
    """A workshop of the trials' own makers, over a jobs database that no studio's worker looks into."""
    try:
        alone = FileLock(archive.folder / "run.lock").acquire(timeout=0)
    except Timeout:
        raise SetupError(_ELSEWHERE) from None
    with alone:
        authors: dict[str, Author] = {"paper": PaperAuthor()}
        illustrators: dict[str, Illustrator] = {"paper": PaperStudio()}
        for key, maker in watched.items():
            if isinstance(maker, Timed):
                authors[_maker(key)] = maker
            else:
                illustrators[_maker(key)] = maker
        ours = settings.model_copy(
            update={"home": archive.folder, "books": archive.shelf.root, "jobs_db": "", "paint_again": False}
        )
        with Workshop(settings=ours, authors=authors, illustrators=illustrators) as shop:
            # What a notebook that was killed had under way is nobody's any more, and may cost.
            shop.cancel(*(job.id for job in shop.queue.jobs(live=True)))
            if not shop.start_worker():
                raise SetupError(_ELSEWHERE)
            yield shop


def _maker(key: str) -> str:
    """The name of a trial's maker: never another's, also after a crash."""
    return f"trial-{key[:16]}"


def _begin(shop: Workshop, trial: Trial) -> Book:
    """Put the trial's book on the lab's shelf, and order its words or pictures."""
    subject, brief = trial.subject, trial.brief
    heroes = tuple(cast_into(shop.shelf, hero, subject.homes[hero.id]) for hero in trial.heroes)
    friend = subject.friend
    if friend is not None and friend.id in subject.homes:
        friend = cast_into(shop.shelf, friend, subject.homes[friend.id])
    if trial.variant.role == "words":
        book = shop.begin(replace(brief, author=_maker(trial.key)), heroes, friend)
        shop.draft(book.id)
        return book
    book = shop.shelf.create(replace(brief, illustrator=_maker(trial.key)), heroes, friend)
    book = shop.shelf.update(book.id, lambda book: _with_story(book, trial), what="story")
    drawn = {page.n for page in trial.pages}
    shop.illustrate(book.id, [page.id for page in book.pages if page.n in drawn])
    return book


def _with_story(book: Book, trial: Trial) -> Book:
    """The book with the subject's words, and none of its pictures."""
    story = trial.subject.story
    assert story is not None

    def ours(page: Chapter) -> Chapter:
        own = f"{book.id}.{page.id.rpartition('.')[2]}"
        return replace(page, id=own, picture=None, locked=False, attempt=0)

    return replace(
        book,
        title=story.title,
        summary=story.summary,
        cover=ours(story.cover),
        chapters=tuple(ours(page) for page in story.chapters),
        drafted=True,
    )


def _end(shop: Workshop, archive: Archive, trial: Trial, book_id: str, watched: Timed | Shown) -> Outcome:
    """Wait for a trial, and keep its result where it is whole."""
    cost = 0.0
    try:
        jobs = shop.wait(book_id)
        book = shop.shelf.open(book_id)
        cost = book.cost_usd
        if reason := next((job.reason or "It was cancelled." for job in jobs if job.state != "done"), ""):
            archive.drop(book_id)
            return Outcome(reason, cost)
        likeness = _likeness(shop, trial, book)
        seconds = round(watched.seconds, 3)
        archive.save(Card(key=trial.key, book_id=book_id, cost_usd=cost, seconds=seconds, likeness=likeness))
        return Outcome(cost_usd=cost)
    except StorymakerError as error:
        archive.drop(book_id)
        return Outcome(error.message, cost)


def _likeness(shop: Workshop, trial: Trial, book: Book) -> dict[int, float | None]:
    """How much of the hero is in each picture, by all its cut-outs, whichever were shown."""
    if trial.variant.role == "words":
        return {}
    cutouts = [str(path) for path in trial.subject.cutouts]
    drawn = {page.n: shop.shelf.picture_path(book, page.picture) for page in book.pages if page.picture}
    with ThreadPoolExecutor(studio_pool().size) as at_once:
        told = at_once.map(lambda path: _alike(cutouts, path), drawn.values())
        return dict(zip(drawn, told, strict=True))


def _alike(cutouts: Sequence[str], picture: Path) -> float | None:
    if not cutouts:
        return None
    try:
        return float(studio_pool().call(_LIKENESS, list(cutouts), str(picture), timeout=_LIKENESS_SECONDS))
    except StorymakerError:  # the picture is there: it is not lost for a number
        return None
