"""A comparison as a picture: a panel a measure, a line a brief, from one version to the other."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from storymaker.books.files import write_file
from storymaker.errors import InvalidInputError, SetupError
from storymaker.lab.measures import MEASURES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from storymaker.lab.comparison import Comparison

# Okabe and Ito's vermilion and blue: apart for every kind of colour vision, and on paper by their shapes.
_A, _B, _INK, _LINE = "#d55e00", "#0072b2", "#2b2b2b", "#c9c4ba"
_DPI: Final = 110
_COLUMNS: Final = 3


@dataclass(frozen=True)
class Plot:
    """A drawing that shows itself in a notebook.

    Attributes:
        figure: For whoever wants to change it; a ``matplotlib.figure.Figure``.
    """

    figure: Figure

    def save(self, path: Path | str) -> Path:
        """Write it as PNG.

        Raises:
            StorageError: If the disk refuses.
        """
        target = Path(path).absolute()
        write_file(target, self._repr_png_(), durable=False)
        return target

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.figure.savefig(file, format="png", dpi=_DPI)
        return file.getvalue()


def plot(comparison: Comparison) -> Plot:
    """Draw a comparison.

    Args:
        comparison: Of two versions.

    Raises:
        SetupError: If matplotlib is not installed.
        InvalidInputError: If there is nothing that both were measured on.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SetupError("Plots need matplotlib. Please run “pip install 'storymaker[lab]'”.") from None
    shown = [name for name in MEASURES if _tells(comparison, name)]
    if not shown:
        raise InvalidInputError("There is nothing yet that both versions were measured on. Please run both first.")
    columns = 2 if len(shown) == 4 else min(_COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    briefs = max(len(comparison.pairs(name)) for name in shown)
    figure = Figure(figsize=(3.4 * columns + 0.8, rows * (0.32 * briefs + 1.1) + 0.5), layout="constrained")
    figure.set_facecolor("white")  # readable on a dark page too
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for name, axis in zip(shown, axes, strict=False):
        _panel(axis, comparison, name)
    for axis in axes[len(shown) :]:
        axis.set_visible(False)
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper left", ncols=2, frameon=False, labelcolor=_INK)
    return Plot(figure)


def _tells(comparison: Comparison, measure: str) -> bool:
    """Whether there is anything to see: what costs nothing and takes no time needs no panel."""
    small = 0.05 if measure == "seconds" else 0.0
    return any(abs(value) > small for _, *values in comparison.pairs(measure) for value in values)


def _panel(axis: Any, comparison: Comparison, measure: str) -> None:
    pairs = comparison.pairs(measure)
    places = range(len(pairs))
    first, second = [a for _, a, _ in pairs], [b for _, _, b in pairs]
    axis.hlines(places, first, second, color=_LINE, linewidth=2, zorder=1)
    # A ring and a diamond inside it: where both are the same, both are seen.
    axis.scatter(
        first, places, facecolors="white", edgecolors=_A, linewidths=2, s=76, label=_plain(comparison.a), zorder=2
    )
    axis.scatter(second, places, color=_B, marker="D", s=20, label=_plain(comparison.b), zorder=3)
    axis.set_yticks(places, [_plain(brief) for brief, _, _ in pairs])
    axis.set_ylim(len(pairs) - 0.5, -0.5)
    low, high = min(0.0, *first, *second), max(*first, *second)
    room = 0.12 * (high - low)
    axis.set_xlim(low - 0.5 * room, high + room)
    axis.set_title(MEASURES[measure], fontsize=10, color=_INK, loc="left")
    axis.tick_params(labelsize=8, colors=_INK, length=0)
    axis.grid(axis="x", color="#eeeae2")
    axis.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.spines["bottom"].set_color(_LINE)


def _plain(text: str) -> str:
    """Words as words: a dollar would begin a formula, and a leading underscore would hide a label."""
    return text.replace("$", r"\$").lstrip("_") or "…"
