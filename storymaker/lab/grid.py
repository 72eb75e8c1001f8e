"""Results as HTML for a notebook: whatever a person or a model wrote is escaped in one place.

Importing this module registers it with ``rich_repr.html_of``; the lab does.
Lists, tables and headings are plain boxes with roles: notebooks style those elements in ways of their own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Final

from storymaker.display.markup import Html, joined, markup
from storymaker.display.pictures import picture_address, picture_thumbnail
from storymaker.errors import StorymakerError
from storymaker.lab.comparison import Comparison
from storymaker.lab.measures import MEASURES
from storymaker.lab.results import Estimate, Expected, Result, ResultPage, Run, about, dollars
from storymaker.rich_repr import html_of
from storymaker.text import counted

_WIDTH: Final = 560
"""Of a picture in the grid, in pixels: sharp on a fine screen, and light enough to stand in the notebook itself."""
_OPEN: Final = 2
"""How many pages of words are shown at once; the others are folded away."""
_SWAPS: Final = 4
"""How many changes of its prompts a variant tells; of a prompt that was written anew there is no end."""


@html_of.register
def grid(run: Run) -> str:
    """Variants side by side, subject by subject: what each is, its figures, its pages."""
    subjects = dict.fromkeys(result.subject for result in run)
    parts = [_of_subject(name, [result for result in run if result.subject == name]) for name in subjects]
    return _framed(
        markup(
            '<p class="quiet">{paid}</p>{parts}', paid=f"This run cost {dollars(run.paid_usd)}.", parts=joined(parts)
        )
    )


@html_of.register
def prices(estimate: Estimate) -> str:
    """What each variant would cost, all together, and what would leave the house."""
    lines = joined(
        markup(
            "<div><span>{name} <span class=quiet>on {subject}</span></span><span>{price}</span></div>",
            name=line.variant.name, subject=line.subject, price=_price(line),
        )
        for line in estimate.lines
    )  # fmt: skip
    total = markup(
        "<div class=total><span>All together</span><span>{price}</span></div>", price=about(estimate.estimate_usd)
    )
    sends = joined(markup('<p class="quiet">{sentence}</p>', sentence=sentence) for sentence in estimate.sends)
    return _framed(markup('<div class="prices">{lines}{total}</div>{sends}', lines=lines, total=total, sends=sends))


@html_of.register
def comparison(compared: Comparison) -> str:
    """Both versions on average, and which briefs are not counted."""
    counts = {name: len(compared.pairs(name)) for name in compared.means}
    most = max(counts.values(), default=0)
    head = markup(
        "<div role=row><span role=columnheader>average of {count}</span><span role=columnheader>{a}</span>"
        "<span role=columnheader>{b}</span><span role=columnheader>change</span></div>",
        count=counted(most, "brief"), a=compared.a, b=compared.b,
    )  # fmt: skip
    rows = joined(
        markup(
            "<div role=row><span role=rowheader>{measure} <span class=quiet>{count}</span></span><span role=cell>{a}</span>"
            "<span role=cell>{b}</span><span role=cell>{difference}</span></div>",
            measure=MEASURES[name],
            count="" if counts[name] == most else f"({counted(counts[name], 'brief')})",
            a=_figure(name, a),
            b=_figure(name, b),
            difference=_signed(name, b - a),
        )
        for name, (a, b) in compared.means.items()
    )
    told = '<p class="fault">{name} on {subject}: {reason}</p>'
    faults = joined(
        markup(told, name=one.variant.name, subject=one.subject, reason=one.reason)
        for one in compared.results
        if one.reason
    )
    return _framed(
        markup("<div class=figures role=table>{head}{rows}</div>{faults}", head=head, rows=rows, faults=faults)
    )


def _framed(inside: Html) -> str:
    return f'<div class="smlab"><style>{_style()}</style>{inside}</div>'


@functools.cache
def _style() -> str:
    return files("storymaker.lab").joinpath("grid.css").read_text("utf-8")


def _of_subject(name: str, results: Sequence[Result]) -> Html:
    """What failed above, since it has no pages to fill a column with; what was made side by side."""
    faults = joined(_fault(result) for result in results if not result.done)
    made = [result for result in results if result.done]
    return markup(
        '<div class="subject" role="heading" aria-level="4">{name}</div>{faults}{table}',
        name=name, faults=faults, table=_table(made) if made else Html(),
    )  # fmt: skip


def _table(results: Sequence[Result]) -> Html:
    numbers = sorted({page.n for result in results for page in result.pages})
    drawn = any(page.picture for result in results for page in result.pages)
    shown = numbers if drawn else numbers[:_OPEN]
    rest = numbers[len(shown) :]
    rows = [_row([_head(result) for result in results], "columnheader"), *(_pages(n, results) for n in shown)]
    return markup(
        '<div class="scroll"><div class="grid" style="--n:{count}" role="table">{rows}</div>{folded}</div>',
        count=len(results), rows=joined(rows), folded=_folded(rest, results),
    )  # fmt: skip


def _folded(numbers: Sequence[int], results: Sequence[Result]) -> Html:
    if not numbers:
        return Html()
    return markup(
        '<details><summary>{what}</summary><div class="grid" style="--n:{count}" role="table">{rows}</div></details>',
        what=f"The other {len(numbers)} pages" if len(numbers) > 1 else "The other page",
        count=len(results), rows=joined(_pages(n, results) for n in numbers),
    )  # fmt: skip


def _row(cells: Iterable[Html], role: str = "cell") -> Html:
    kind = "cell head" if role == "columnheader" else "cell"
    told = joined(
        markup(
            '<div class="{kind}" role="{role}">{cell}</div>', kind=kind if cell else "cell none", role=role, cell=cell
        )
        for cell in cells
    )
    return markup('<div class="row" role="row">{told}</div>', told=told)


def _head(result: Result) -> Html:
    """What a variant is, and below it its figures."""
    return markup("{what}{figures}", what=_what(result), figures=_figures(result))


def _what(result: Result) -> Html:
    told = (*(result.variant.differs or ("as it is now",)), *(("kept from before",) if result.kept else ()))
    return markup(
        '<div><p class="name">{name}</p><p class="quiet">{role} by {maker}</p><div class="chips">{chips}</div>{swaps}</div>',
        name=result.variant.name,
        role=result.variant.role,
        maker=result.variant.maker,
        chips=joined(markup("<span>{what}</span>", what=what) for what in told),
        swaps=_swaps(result.swaps),
    )


def _swaps(swaps: Sequence[str]) -> Html:
    told = [*swaps[:_SWAPS], *([f"and {len(swaps) - _SWAPS} more"] if len(swaps) > _SWAPS else [])]
    return joined(markup('<p class="quiet swap">{swap}</p>', swap=swap) for swap in told)


def _fault(result: Result) -> Html:
    cost = f"It cost {dollars(result.cost_usd)} all the same." if result.cost_usd else ""
    return markup(
        '<div class="fault">{what}<p>{reason}</p><p class="quiet">{cost}</p></div>',
        what=_what(result), reason=result.reason, cost=cost,
    )  # fmt: skip


def _figures(result: Result) -> Html:
    told = [
        ("cost", Html(dollars(result.cost_usd))),
        ("time", markup("{time}", time=_figure("seconds", result.seconds))),
    ]
    told += [
        (MEASURES[name], markup("{figure}", figure=_figure(name, figure)))
        for name in ("words_a_page", "sentences_a_page", "rare_words_a_page", "grade", "likeness")
        if (figure := getattr(result, name)) is not None
    ]
    told.append(("rating", _stars(result)))
    rows = joined(markup("<span>{what}</span><b>{figure}</b>", what=what, figure=figure) for what, figure in told)
    note = result.rating.note if result.rating else ""
    said = markup('<p class="quiet said">“{note}”</p>', note=note) if note else Html()
    return markup('<div><div class="facts">{rows}</div>{said}</div>', rows=rows, said=said)


def _stars(result: Result) -> Html:
    if result.rating is None:
        return markup('<span class="quiet">not yet</span>')
    stars = result.rating.stars
    drawn = "★" * stars + "☆" * (5 - stars)
    return markup('<span class="stars" role="img" aria-label="{n} of 5">{drawn}</span>', n=stars, drawn=drawn)


def _pages(n: int, results: Sequence[Result]) -> Html:
    return _row(_page(result, next((page for page in result.pages if page.n == n), None)) for result in results)


def _page(result: Result, page: ResultPage | None) -> Html:
    if page is None:
        return Html()
    drawn = page.picture is not None
    like = markup('<span class="quiet">likeness {score}</span>', score=_figure("likeness", page.likeness or 0.0))
    return markup(
        '<p class="who">{who}</p>{picture}<p class="page">{heading}{like}</p>{text}',
        who=result.variant.name,
        picture=_picture(page) if drawn else Html(),
        heading=page.title if page.n == 0 else f"{page.n}. {page.title}",
        like=like if page.likeness is not None else Html(),
        text=Html() if drawn else markup('<p class="text">{text}</p>', text=page.text),
    )


def _picture(page: ResultPage) -> Html:
    """The picture with what its maker said of it; one that somebody should look at first is only told of."""
    assert page.picture is not None
    told = joined(markup('<p class="quiet">{note}</p>', note=note) for note in page.notes)
    if page.veiled:
        return markup('<div class="veil">{told}</div>', told=told)
    book = page.picture.parents[1]
    try:  # in the notebook itself, which shows no file that lies elsewhere
        source = picture_address(picture_thumbnail(book, page.picture.name, _WIDTH), "jpeg")
    except StorymakerError as error:
        return markup('<div class="veil"><p>{reason}</p></div>', reason=error.message)
    return markup('<img src="{source}" alt="{alt}">{told}', source=source, alt=page.alt, told=told)


def _figure(measure: str, value: float) -> str:
    if measure == "cost_usd":
        return dollars(value)
    if measure == "seconds":
        return f"{value:.1f} s" if value >= 0.05 else "< 0.1 s"
    return f"{value:.{2 if measure in ('likeness', 'rare_words_a_page') else 1}f}".replace("-", "−")


def _signed(measure: str, value: float) -> str:
    figure = _figure(measure, abs(value))
    if figure.startswith("<") or not any(digit in figure for digit in "123456789"):
        return "="
    return f"{'+' if value > 0 else '−'}{figure}"


def _price(line: Expected) -> str:
    return line.reason or ("kept from before" if line.kept else about(line.estimate_usd))
