"""The lab itself: price variants, run them side by side, rate them, compare two, keep the winner."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import storymaker.lab.grid  # noqa: F401  (registers how results show themselves in a notebook)
from storymaker.books.model import Book
from storymaker.books.shelf import Shelf
from storymaker.errors import InvalidInputError, StorymakerError
from storymaker.lab.archive import FOLDER, Archive, Card, Rating
from storymaker.lab.comparison import Comparison
from storymaker.lab.keeping import InUse, Keeping
from storymaker.lab.results import Estimate, Expected, Result, ResultPage, Run
from storymaker.lab.running import Outcome, Watch, run_trials, unwatched
from storymaker.lab.subjects import SAMPLES, Sample, Subject, samples_or_books, subject_of
from storymaker.lab.trials import Makers, Trial, installed, trial_of
from storymaker.lab.variants import Variant, side_by_side
from storymaker.prompts.kept import KeptPrompt, in_use, keep, kept_prompts, use
from storymaker.settings import Settings, load_settings

PAGES: Final = (1, 5)
"""Which pages are drawn unless others are asked for: the beginning, and the middle."""


@dataclass(frozen=True)
class _Bid:
    """A variant on a subject before anything is done: a trial with its price, what was kept of it, or why not.

    Attributes:
        variant: What is tried.
        subject: On what, as the grid calls it.
        trial: All that enters it; None where it cannot be tried.
        kept: What was kept of it from before.
        reason: Why it cannot be tried.
        swaps: What its prompts say where those in use say something else.
    """

    variant: Variant
    subject: str
    trial: Trial | None = None
    kept: tuple[Card, Book] | None = None
    reason: str = ""
    swaps: tuple[str, ...] = ()

    @property
    def estimate_usd(self) -> float:
        return self.trial.estimate_usd if self.trial and not self.kept and not self.reason else 0.0


class Lab:
    """A bench for whoever tunes prompts. Results are kept by content: what was made once costs nothing again.

    Args:
        settings: None reads environment and storymaker.toml.
        makers: Classes of authors ("words") and illustrators ("pictures") by name; None takes all that are installed.
        watch: Told how far a run is, a line a result: ``print`` will do.
    """

    def __init__(
        self, settings: Settings | None = None, *, makers: Makers | None = None, watch: Watch = unwatched
    ) -> None:
        self.settings, self._watch = settings or load_settings(), watch
        self._makers = makers if makers is not None else installed()
        self._books = Shelf(self.settings.books)

    def __repr__(self) -> str:
        kept = ", ".join(dict.fromkeys(f"“{one.title}”" for one in self.kept)) or "nothing"
        return f"The lab in {self.settings.home.expanduser() / FOLDER}\n{self.in_use}\nKept: {kept}"

    # Trying

    def estimate(
        self, variants: Variant | Sequence[Variant], on: Sample | Book | Sequence[Sample | Book] = SAMPLES[0], *,
        pages: Sequence[int] = PAGES,
    ) -> Estimate:  # fmt: skip
        """What a run would cost, and what would leave the house, before either happens.

        Args:
            variants: What would be tried: one, or several of different names.
            on: A sample or a book, or several.
            pages: Which pages would be drawn, for pictures; 0 is the cover.

        Raises:
            InvalidInputError: If two variants have one name, or one of these is none.
        """
        return Estimate(
            tuple(
                Expected(
                    bid.variant, bid.subject, bid.estimate_usd, bid.kept is not None,
                    bid.trial.sends if bid.trial else "", bid.reason,
                )
                for bid in self._bids(variants, on, pages)
            )
        )  # fmt: skip

    def run(
        self, variants: Variant | Sequence[Variant], on: Sample | Book | Sequence[Sample | Book] = SAMPLES[0], *,
        pages: Sequence[int] = PAGES, budget_usd: float | None = None,
    ) -> Run:  # fmt: skip
        """Try variants side by side, as jobs; one that cannot be made says why, and the others are made all the same.

        Args:
            variants: What is tried: one, or several of different names.
            on: A sample or a book, or several.
            pages: Which pages are drawn, for pictures; 0 is the cover.
            budget_usd: What all of it may cost at most, in US dollars; None takes STORYMAKER_BOOK_BUDGET. What would go
                beyond is not begun.

        Raises:
            InvalidInputError: If two variants have one name, one of these is none, or the budget is no sum of money.
            SetupError: If jobs cannot run here just now.
            JobCancelledError: If somebody interrupts it; what was finished by then is kept.
            StorageError: If the disk refuses.
        """
        budget = _budget(self.settings.book_budget if budget_usd is None else budget_usd)
        bids = _within(self._bids(variants, on, pages), budget)
        open_ = {bid.trial.key: bid.trial for bid in bids if bid.trial and not bid.kept and not bid.reason}
        outcomes = run_trials(tuple(open_.values()), self._archive, self.settings, self._watch)
        return Run(tuple(self._result(bid, outcomes) for bid in bids))

    def compare(
        self, a: Variant, b: Variant, briefs: Sequence[Sample | Book] = SAMPLES, *,
        pages: Sequence[int] = PAGES, budget_usd: float | None = None,
    ) -> Comparison:  # fmt: skip
        """Try two variants on each of several briefs.

        Args:
            a: One.
            b: The other.
            briefs: Samples or books.
            pages: As for :meth:`run`.
            budget_usd: As for :meth:`run`.

        Raises:
            InvalidInputError: If both have one name, or one writes and the other draws.
        """
        if {a.role, b.role} == {"words", "pictures"}:
            raise InvalidInputError(
                f"“{a.name}” and “{b.name}” cannot be compared: one writes words, the other draws pictures. "
                "Please compare two of a kind."
            )
        return Comparison(a.name, b.name, self.run((a, b), briefs, pages=pages, budget_usd=budget_usd).results)

    # Judging

    def rate(self, result: Result, stars: int, note: str = "") -> Rating:
        """Keep what you think of a result; it is there again whenever the result is.

        Args:
            result: Of a run.
            stars: 1 to 5.
            note: Why.

        Raises:
            InvalidInputError: If it is not 1 to 5.
            NotFoundError: If the result failed.
        """
        return self._archive.rate(result.key, stars, note)

    def clear(self) -> None:
        """Forget all results and ratings, with their pictures and cut-outs; kept prompts stay."""
        self._archive.clear()

    # Keeping

    def keep(self, variant: Variant, title: str) -> Keeping:
        """Keep a variant's prompts under a name of their own; :meth:`use` puts them in use.

        Args:
            variant: The winner.
            title: What to call it.

        Returns:
            What was kept, and which settings of the variant the studio needs besides.

        Raises:
            InvalidInputError: If the variant has no prompt to keep, or the name stands for other words.
        """
        keeping = Keeping.of(variant, title)
        for prompt in variant.prompts:
            keep(prompt, title, self.settings)
        return keeping

    @property
    def kept(self) -> tuple[KeptPrompt, ...]:
        """All kept versions, the latest last."""
        return kept_prompts(self.settings)

    def use(self, title: str) -> InUse:
        """Have the studio's stories and pictures made from a kept version, from now on; "built-in" from ours again.

        Returns:
            What is in use now: prompt to title; a prompt that is missing is the built-in one.
        """
        return InUse(use(title, self.settings))

    @property
    def in_use(self) -> InUse:
        """What is in use: prompt to title; a prompt that is missing is the built-in one."""
        return InUse(in_use(self.settings))

    # Inside

    @property
    def _archive(self) -> Archive:
        return Archive(self.settings.home)

    def _bids(
        self, variants: Variant | Sequence[Variant], on: Sample | Book | Sequence[Sample | Book], pages: Sequence[int]
    ) -> tuple[_Bid, ...]:
        archive, asked = self._archive, side_by_side(variants)
        subjects = [subject_of(one, self._books, archive.shelf) for one in samples_or_books(on)]
        return tuple(self._bid(variant, subject, archive, pages) for subject in subjects for variant in asked)

    def _bid(self, variant: Variant, subject: Subject, archive: Archive, pages: Sequence[int]) -> _Bid:
        trial, swaps = None, variant.swaps(self.settings)
        try:
            told = subject.told() if variant.role == "pictures" else subject
            trial = trial_of(variant, told, self._makers, self.settings, pages)
            kept = archive.find(trial)
            if kept is None:
                trial.check()
        except StorymakerError as error:
            return _Bid(variant, subject.name, trial, reason=error.message, swaps=swaps)
        return _Bid(variant, subject.name, trial, kept, swaps=swaps)

    def _result(self, bid: _Bid, outcomes: Mapping[str, Outcome]) -> Result:
        trial = bid.trial
        if trial is None or bid.reason:
            return Result(bid.variant, bid.subject, reason=bid.reason, swaps=bid.swaps)
        outcome = outcomes.get(trial.key, Outcome())
        archive = self._archive
        found = bid.kept or archive.find(trial)
        if outcome.reason or found is None:
            reason = outcome.reason or "The result is gone from the disk. Please run it again."
            cost = outcome.cost_usd
            return Result(bid.variant, bid.subject, reason=reason, cost_usd=cost, paid_usd=cost, swaps=bid.swaps)
        made = _result_of(trial, *found, archive)
        return dataclasses.replace(made, paid_usd=outcome.cost_usd, kept=bid.kept is not None, swaps=bid.swaps)


def _budget(usd: object) -> float:
    if not isinstance(usd, int | float) or not usd >= 0:
        raise InvalidInputError(f"budget_usd must be a number of US dollars from 0, and {usd!r} is not that.")
    return usd


def _within(bids: Sequence[_Bid], budget: float) -> tuple[_Bid, ...]:
    """The bids, those refused that the budget has no money left for."""
    spent, seen, allowed = 0.0, set[str](), []
    for bid in bids:
        price = bid.estimate_usd if bid.trial and bid.trial.key not in seen else 0.0
        if price and spent + price > budget:
            reason = (
                f"This is expected to cost ${price:.3f}, and ${max(0.0, budget - spent):.3f} of the budget of ${budget:.2f} is left. "
                "Please raise it (budget_usd, or the setting STORYMAKER_BOOK_BUDGET)."
            )
            allowed.append(dataclasses.replace(bid, reason=reason))
            continue
        spent += price
        if bid.trial:
            seen.add(bid.trial.key)
        allowed.append(bid)
    return tuple(allowed)


def _result_of(trial: Trial, card: Card, book: Book, archive: Archive) -> Result:
    drawn = {page.n for page in trial.pages}
    pages = [page for page in book.pages if page.n in drawn] if drawn else book.chapters
    friend = (book.friend.name, book.friend.kind) if book.friend else ()
    return Result(
        variant=trial.variant,
        subject=trial.subject.name,
        key=trial.key,
        title=book.title,
        pages=tuple(
            ResultPage(
                n=page.n,
                title=page.title,
                text=page.text,
                picture=archive.shelf.picture_path(book, page.picture) if page.picture else None,
                likeness=card.likeness.get(page.n),
                notes=page.picture.notes if page.picture else (),
                alt=page.alt,
                veiled=bool(page.picture and page.picture.veiled),
            )
            for page in pages
        ),
        cost_usd=card.cost_usd,
        seconds=card.seconds,
        age_band=trial.brief.age_band,
        known=(*(part for hero in book.heroes for part in (hero.name, hero.kind)), *friend),
        rated=functools.partial(archive.rating, trial.key, card.book_id),
    )
