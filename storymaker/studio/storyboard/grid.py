"""The pages as a grid: an overview to select from, with short edits; ipydatagrid stays behind this one class."""

from __future__ import annotations

import logging
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

with warnings.catch_warnings():
    # bqscales, which ipydatagrid brings along, warns of its own use of traitlets.
    warnings.simplefilter("ignore")
    from ipydatagrid import DataGrid, ImageRenderer, TextRenderer

import ipywidgets as widgets
import traitlets

from storymaker.studio.control import Scripted
from storymaker.studio.guard import Guard
from storymaker.studio.storyboard.events import Add, Edit, PageEvent, Redraw, Rewrite, Select
from storymaker.studio.storyboard.rows import LABELS, Row, State

log = logging.getLogger(__name__)

ROW_PX: Final = 96
NUMBER, PICTURE, TITLE, WORDS, STATE, WRITE, DRAW = "#", "Picture", "Title", "Words", "State", "Write", "Draw"
COLUMNS: Final = (NUMBER, PICTURE, TITLE, WORDS, STATE, WRITE, DRAW)
WIDTHS: Final[Mapping[str, int]] = {
    "key": 1, NUMBER: 52, PICTURE: ROW_PX, TITLE: 146, WORDS: 206, STATE: 88, WRITE: 86, DRAW: 84,
}  # fmt: skip
_EDGE_PX: Final = 22
"""Room for the grid's own edge: without it, it would scroll inside itself."""
_TITLE_MAX: Final = 80
_WORDS_SHOWN: Final = 90
_ECHOES: Final = 200
_BROWSERS_OWN: Final = frozenset({"selections", "column_widths", "_visible_rows", "_transforms"})
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    NUMBER: ("n",), PICTURE: ("picture",), TITLE: ("title",), WORDS: ("text",), STATE: ("state", "reason", "locked"),
    WRITE: ("state", "locked", "retellable"), DRAW: ("state", "picture", "locked"),
}  # fmt: skip
"""Which fields of a row each column shows."""

_SIGNS: Final[Mapping[State, str]] = {
    "missing": "○", "waiting": "…", "drawing": "…", "writing": "…", "done": "✓", "stale": "≠", "look": "!", "failed": "!",
}  # fmt: skip
"""A small sign before each state's words."""
_LOCKED: Final = ", locked"

TAIL: Final = {NUMBER: "+", TITLE: "Add a page"}
"""The row after the last page. It has no picture, and there must be such a row: when the picture of a grid's last row
arrives, Lumino repaints from that row to one that is not there, and wipes every row above it."""


class GridHead(Scripted):
    """The names of the grid's columns, and what its own scripts lack: a cell that holds shortened words opens the card."""

    columns = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self) -> None:
        told = [
            {
                "name": name,
                "width": WIDTHS[name],
                "edits": name == TITLE,
                "opens": name in (NUMBER, PICTURE, WORDS, STATE),
            }
            for name in COLUMNS
        ]
        super().__init__("grid.js", columns=told)


class Grid(DataGrid):  # type: ignore[misc]
    """The pages as a grid, as a :class:`~storymaker.studio.storyboard.rows.View`.

    The book is the truth and the grid a view: what it says of an edit is checked, every set of ours that comes back is
    dropped, and whatever may not be is put back. It has no text that a screen reader could find: the card beside it has.

    Args:
        guard: Where what happens is done.
        on_event: Called with what the parent did.
        address: Where a row's thumbnail is, as far as that is known.
    """

    def __init__(self, guard: Guard, on_event: Callable[[PageEvent], None], address: Callable[[Row], str]) -> None:
        self._guard, self._on_event, self._address = guard, on_event, address
        self._rows: list[Row] = []
        self._echoes: deque[tuple[int, str, object]] = deque(maxlen=_ECHOES)
        super().__init__(
            _frame([]),
            base_row_size=ROW_PX,
            header_visibility="none",  # its own head has filters, which would sort the book's pages away; see GridHead
            column_widths=dict(WIDTHS),
            selection_mode="row",
            editable=True,
            renderers=_renderers(),
            default_renderer=_text(),
            grid_style=_STYLE,
            layout=widgets.Layout(width=f"{sum(WIDTHS.values()) + _EDGE_PX}px"),
        )
        self.add_class("sm-grid")
        self.on_cell_change(lambda event: guard.call(lambda: self._changed(event)))
        self.on_cell_click(lambda event: guard.call(lambda: self._clicked(event)))

    # What a view does

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, in place of all that was shown."""
        self._rows = list(rows)
        self._echoes.clear()
        self.layout.height = f"{ROW_PX * (len(rows) + 1) + _EDGE_PX}px"
        self.data = _frame([*map(self._cells, rows), dict.fromkeys(COLUMNS, "") | TAIL])

    def patch(self, row: Row, changed: Iterable[str]) -> None:
        """Show these fields of a row as they are now."""
        index = self._index(row.id)
        self._rows[index] = row
        names, cells = set(changed), self._cells(row)
        for column, fields in _FIELDS.items():
            if names.intersection(fields):
                self._put(index, column, cells[column])

    def select(self, row_id: str) -> None:
        """Show which row is meant."""
        index = self._index(row_id)
        self.selections = [{"r1": index, "r2": index, "c1": 0, "c2": len(COLUMNS) - 1}]

    # What the browser says

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        """Let only through what fits the grid: the grid itself would write whatever it is told into its data."""
        if _fits(content, len(self._rows)):
            super()._handle_custom_msg(content, buffers)
        else:
            log.info("a message of a grid was refused")
            self._guard.call(lambda: self.show(self._rows))

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take from a browser what is its own: what is selected, sorted and how wide; never the data."""
        super().set_state({name: value for name, value in sync_data.items() if name in _BROWSERS_OWN})
        if "selections" in sync_data:
            self._guard.call(self._look_at_selected)

    def _look_at_selected(self) -> None:
        """Follow the arrow keys: which row is selected is known, which cell was clicked is not."""
        first = self.selections[0] if self.selections else {}
        index = first.get("r1") if isinstance(first, Mapping) else None
        if type(index) is int and 0 <= index < len(self._rows):
            self._on_event(Select(id=self._rows[index].id))

    def _changed(self, event: Mapping[str, Any]) -> None:
        index, column, value = event["row"], event["column"], event["value"]
        if (index, column, value) in self._echoes:
            self._echoes.remove((index, column, value))
            return
        if index == len(self._rows):
            self.show(self._rows)  # nobody writes into the row after the last
            return
        row = self._rows[index]
        self._restore(index, column)
        if (
            column == TITLE
            and isinstance(value, str)
            and value.strip()
            and len(value) <= _TITLE_MAX
            and value != row.title
        ):
            self._on_event(Edit(id=row.id, field="title", value=value, base=row.title))

    def _restore(self, index: int, column: str) -> None:
        """Show what the book says; if the edit is saved, the new words come as a patch."""
        self._put(index, column, self._cells(self._rows[index])[column], always=True)

    def _clicked(self, event: Mapping[str, Any]) -> None:
        index = event["primary_key_row"]
        if event["region"] != "body" or not self._rows:
            return
        if index == len(self._rows):
            self._on_event(Add(id=self._rows[-1].id))
            return
        row = self._rows[index]
        self._on_event(Select(id=row.id))
        if row.busy or row.locked:
            return
        if event["column"] == WRITE and row.retellable:
            self._on_event(Rewrite(id=row.id))
        elif event["column"] == DRAW:
            self._on_event(Redraw(id=row.id))

    # Cells

    def _put(self, index: int, column: str, value: object, *, always: bool = False) -> None:
        known = self._data["data"]
        if not always and known.loc[index, column] == value:
            return
        known.loc[index, column] = value
        self._echoes.append((index, column, value))
        self.send({"event_type": "cell-changed", "row": index, "column_index": COLUMNS.index(column), "value": value})

    def _cells(self, row: Row) -> dict[str, str]:
        words = " ".join(row.text.split())
        return {
            NUMBER: str(row.n) if row.n else "Cover",
            PICTURE: self._address(row) if row.picture else "",
            TITLE: row.title,
            WORDS: words if len(words) <= _WORDS_SHOWN else f"{words[: _WORDS_SHOWN - 2].rpartition(' ')[0]} …",
            STATE: f"{_SIGNS[row.state]} {LABELS[row.state]}{_LOCKED if row.locked else ''}",
            WRITE: "Rewrite" if row.retellable and not (row.busy or row.locked) else "",
            DRAW: "" if row.busy or row.locked else "Redraw" if row.picture else "Draw",
        }

    def _index(self, row_id: str) -> int:
        return next(index for index, row in enumerate(self._rows) if row.id == row_id)


def _fits(content: Any, last: int) -> bool:
    """Whether a browser's message is about a cell that there is, or about a header."""
    if not isinstance(content, Mapping):
        return False
    row = content.get("row" if content.get("event_type") == "cell-changed" else "primary_key_row")
    column = content.get("column_index")
    if content.get("event_type") == "cell-click":
        if not {"region", "column", "row", "cell_value"} <= content.keys():
            return False
        if content["region"] != "body":
            return True
    elif content.get("event_type") != "cell-changed" or "value" not in content:
        return False
    return type(row) is int and 0 <= row <= last and type(column) is int and 0 <= column < len(COLUMNS)


def _frame(cells: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=list(COLUMNS), dtype=object)


_FONT: Final = '15px "Segoe UI", "Helvetica Neue", "Noto Sans", system-ui, sans-serif'
_SMALL: Final = _FONT.replace("15px", "14px")
_INK, _CARD, _LINE, _ACCENT, _PALE, _HEAD = "#3a2f2a", "#fffdf8", "#ecdfc8", "#17565a", "#e3f0ec", "#f6ead2"
_STYLE: Final[dict[str, Any]] = {
    "background_color": _CARD, "void_color": _CARD, "grid_line_color": _LINE, "header_background_color": _HEAD,
    "header_grid_line_color": _LINE, "selection_fill_color": "rgba(31, 111, 116, 0.10)", "selection_border_color": _ACCENT,
    "cursor_fill_color": "rgba(31, 111, 116, 0.06)", "cursor_border_color": _ACCENT,
    "header_selection_fill_color": "rgba(31, 111, 116, 0.14)", "header_selection_border_color": _ACCENT,
}  # fmt: skip


def _renderers() -> dict[str, Any]:
    # No expressions, though the grid knows them: they are compiled in the browser, which our pages forbid.
    button = {
        "font": f"600 {_FONT}", "text_color": _ACCENT, "background_color": _PALE, "horizontal_alignment": "center",
    }  # fmt: skip
    wrapped = {"text_wrap": True, "vertical_alignment": "top"}  # from the middle, it would run out of the cell
    return {
        NUMBER: _text(horizontal_alignment="center"),
        PICTURE: ImageRenderer(height="100%", placeholder="", text_color=_INK, background_color=_CARD),
        TITLE: _text(font=f"600 {_FONT}", **wrapped),
        WORDS: _text(font=_SMALL, **wrapped),
        STATE: _text(font=_SMALL, **wrapped),
        WRITE: _text(**button),
        DRAW: _text(**button),
    }


def _text(**differently: Any) -> TextRenderer:
    return TextRenderer(**{"font": _FONT, "text_color": _INK, "background_color": _CARD} | differently)
