"""What came of a trial, as values: words and pictures, with cost, time, likeness and reading level beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from storymaker.books.model import AgeBand
from storymaker.lab.archive import Rating
from storymaker.lab.variants import Variant
from storymaker.rich_repr import html_of
from storymaker.story.reading import rare_words, read_book, sentences, words


def dollars(usd: float) -> str:
    """A cost in words: three digits after the point, since a story by a small model costs a fifth of a cent."""
    return f"${usd:.3f}" if usd else "nothing"


def about(usd: float) -> str:
    """An estimate in words."""
    return f"about {dollars(usd)}" if usd else "nothing"


def _not_rated() -> Rating | None:
    return None


@dataclass(frozen=True)
class ResultPage:
    """A page of a result.

    Attributes:
        n: Its number; 0 is the cover.
        title: Its heading.
        text: Its words.
        picture: The picture's file; None for words.
        likeness: How much of the hero is in it, 0–1; None where nobody could tell.
        notes: What its maker said of it.
        alt: The picture in words.
        veiled: Somebody should look at the picture before it is shown; the notes say why.
    """

    n: int
    title: str
    text: str
    picture: Path | None = None
    likeness: float | None = None
    notes: tuple[str, ...] = ()
    alt: str = ""
    veiled: bool = False


@dataclass(frozen=True)
class Result:
    """What came of one variant on one subject.

    Attributes:
        variant: What was tried.
        subject: On what.
        key: What the lab keeps it under.
        reason: Why nothing came of it, in a sentence; empty where it was made.
        title: The book's title.
        pages: Words, or the pages that were drawn.
        cost_usd: What making it cost, in US dollars.
        paid_usd: What this run paid for it; nothing where it was kept from before.
        seconds: How long its jobs worked; on a machine that does several things at once.
        kept: Whether it was kept from before.
        age_band: For which ages.
        known: Names and kinds, which are no rare words.
        swaps: What its prompts say where those in use said something else.
        rated: Looks up what somebody thought of it.
    """

    variant: Variant
    subject: str
    key: str = ""
    reason: str = ""
    title: str = ""
    pages: tuple[ResultPage, ...] = ()
    cost_usd: float = 0.0
    paid_usd: float = 0.0
    seconds: float = 0.0
    kept: bool = False
    age_band: AgeBand = "5-6"
    known: tuple[str, ...] = ()
    swaps: tuple[str, ...] = ()
    rated: Callable[[], Rating | None] = field(default=_not_rated, repr=False, compare=False)

    @property
    def rating(self) -> Rating | None:
        """What somebody thinks of it by now: a grid that is shown again shows what was said meanwhile."""
        return self.rated()

    @property
    def done(self) -> bool:
        """Whether it was made."""
        return not self.reason

    @property
    def _texts(self) -> list[str]:
        return [page.text for page in self.pages if page.text] if self.variant.role == "words" else []

    @property
    def words_a_page(self) -> float | None:
        """How many words a page has; None for pictures."""
        return fmean(map(words, self._texts)) if self._texts else None

    @property
    def sentences_a_page(self) -> float | None:
        """How many sentences a page has; None for pictures."""
        return fmean(map(sentences, self._texts)) if self._texts else None

    @property
    def rare_words_a_page(self) -> float | None:
        """How many words a page has that a child may not know; None for pictures."""
        return fmean(len(rare_words(text, self.known)) for text in self._texts) if self._texts else None

    @property
    def grade(self) -> float | None:
        """The Flesch-Kincaid grade of the whole, for information; None for pictures."""
        return read_book(self._texts, self.age_band).grade if self._texts else None

    @property
    def likeness(self) -> float | None:
        """How much of the hero is in its pictures, 0–1, on average; None for words."""
        told = [page.likeness for page in self.pages if page.likeness is not None]
        return fmean(told) if told else None

    def __repr__(self) -> str:
        made = f"“{self.title}”, cost {dollars(self.cost_usd)}, {self.seconds:.1f} s"
        return f"{self.variant.name} on {self.subject}: {self.reason or made}"

    def _repr_html_(self) -> str | None:
        return html_of(Run((self,)))


@dataclass(frozen=True)
class Run:
    """Variants that were tried side by side; shows itself as a grid in a notebook.

    Attributes:
        results: One a variant, in their order.
    """

    results: tuple[Result, ...]

    @property
    def paid_usd(self) -> float:
        """What this run paid, in US dollars."""
        return sum(result.paid_usd for result in self.results)

    def __getitem__(self, which: int | str) -> Result:
        """A result by its place from 0, or by its variant's name."""
        if isinstance(which, int):
            return self.results[which]
        found = next((result for result in self.results if result.variant.name == which), None)
        if found is None:
            raise KeyError(f"{which}; there is: {', '.join(result.variant.name for result in self.results)}")
        return found

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.results))

    def _repr_html_(self) -> str | None:
        return html_of(self)


@dataclass(frozen=True)
class Expected:
    """What one variant would cost, before it does.

    Attributes:
        variant: Which.
        subject: On what.
        estimate_usd: In US dollars; nothing where it is kept from before.
        kept: Whether it is.
        sends: What would leave the house, in a sentence.
        reason: Why it cannot be tried; empty where it can.
    """

    variant: Variant
    subject: str
    estimate_usd: float = 0.0
    kept: bool = False
    sends: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Estimate:
    """What a run would cost.

    Attributes:
        lines: One a trial.
    """

    lines: tuple[Expected, ...]

    @property
    def estimate_usd(self) -> float:
        """All together, in US dollars."""
        return sum(line.estimate_usd for line in self.lines)

    @property
    def sends(self) -> tuple[str, ...]:
        """What would leave the house, a sentence each."""
        return tuple(dict.fromkeys(line.sends for line in self.lines if line.sends and line.estimate_usd))

    def __repr__(self) -> str:
        told = [
            f"{line.variant.name} on {line.subject}: "
            + (line.reason or ("kept from before" if line.kept else about(line.estimate_usd)))
            for line in self.lines
        ]
        return "\n".join([*told, f"All together {about(self.estimate_usd)}.", *self.sends])

    def _repr_html_(self) -> str | None:
        return html_of(self)
