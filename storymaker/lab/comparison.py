"""Two versions over several briefs: a table, and what it comes to on average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from storymaker.lab.measures import MEASURES, measured
from storymaker.lab.results import Result
from storymaker.rich_repr import html_of

if TYPE_CHECKING:
    from storymaker.lab.plot import Plot


@dataclass(frozen=True)
class Comparison:
    """Two versions over several briefs; shows itself as a table in a notebook.

    Attributes:
        a: Name of one.
        b: Name of the other.
        results: Of both, brief by brief.
    """

    a: str
    b: str
    results: tuple[Result, ...]

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """A row a result, as plain data: brief, version, the measures (None where there is none), and why it failed."""
        return tuple(
            {"brief": one.subject, "version": one.variant.name} | measured(one) | {"reason": one.reason}
            for one in self.results
        )

    @property
    def means(self) -> Mapping[str, tuple[float, float]]:
        """By measure, the averages of a and b over the briefs that both were measured on."""
        told = {}
        for measure in MEASURES:
            if pairs := [(a, b) for _, a, b in self.pairs(measure)]:
                told[measure] = (fmean(a for a, _ in pairs), fmean(b for _, b in pairs))
        return told

    def pairs(self, measure: str) -> tuple[tuple[str, float, float], ...]:
        """Brief, a and b, where both were measured."""
        found: dict[str, dict[str, float]] = {}
        for row in self.rows:
            if row[measure] is not None:
                found.setdefault(row["brief"], {})[row["version"]] = row[measure]
        return tuple((brief, of[self.a], of[self.b]) for brief, of in found.items() if len(of) == 2)

    def table(self) -> Any:
        """The rows as a ``pandas.DataFrame``."""
        import pandas as pd

        return pd.DataFrame(self.rows).astype(dict.fromkeys(MEASURES, "float64"))  # else a column of none stays None

    def plot(self) -> Plot:
        """Both versions, brief by brief, a panel a measure.

        Raises:
            SetupError: If matplotlib is not installed.
            InvalidInputError: If there is nothing that both were measured on.
        """
        from storymaker.lab.plot import plot

        return plot(self)

    def __repr__(self) -> str:
        lines = [f"{MEASURES[name]}: {self.a} {a:.2f}, {self.b} {b:.2f}" for name, (a, b) in self.means.items()]
        failed = [f"{one.variant.name} on {one.subject}: {one.reason}" for one in self.results if one.reason]
        return "\n".join([*lines, *failed])

    def _repr_html_(self) -> str | None:
        return html_of(self)
