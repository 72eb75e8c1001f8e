"""The grid: a view of the book, whatever a browser says; what it sends of its own is never taken for an edit."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from storymaker.errors import StorymakerError
from storymaker.studio.guard import Guard
from storymaker.studio.storyboard.events import Add, Edit, PageEvent, Redraw, Rewrite, Select
from storymaker.studio.storyboard.grid import COLUMNS, TAIL, TITLE, Grid
from storymaker.studio.storyboard.rows import Row
from tests.loops import in_loop
from tests.studio.screen import say, told, until

MARKUP = "<img src=x onerror=alert(1)>"


def row(n: int, **more: Any) -> Row:
    """A page that is done."""
    return replace(
        Row(
            f"b.{n}",
            n,
            f"Part {n}",
            f"Text {n}.",
            "",
            "",
            "",
            locked=False,
            picture="p.png",
            state="done",
            retellable=n > 0,
        ),
        **more,
    )


class Shown:
    """A grid of a cover and two chapters."""

    def __init__(self) -> None:
        self.events: list[PageEvent] = []
        self.troubles: list[StorymakerError] = []
        self.grid = Grid(Guard(self.troubles.append), self.events.append, lambda one: f"/{one.picture}")
        self.rows = [row(0), row(1), row(2)]
        self.grid.show(self.rows)

    def edit(self, index: Any, column: Any, value: Any) -> None:
        """A browser says that a cell has a new value."""
        say(
            self.grid,
            {"event_type": "cell-changed", "region": "body", "row": index, "column_index": column, "value": value},
        )

    def click(self, index: Any, column: str) -> None:
        """A browser says that a cell was pressed."""
        say(self.grid, {"event_type": "cell-click", "region": "body", "column": column, "column_index": COLUMNS.index(column),
                        "row": index, "primary_key_row": index, "cell_value": ""})  # fmt: skip

    def cells(self, index: int) -> list[Any]:
        """A row as the browser has it, in the order of its columns."""
        return list(self.frame.loc[index, list(COLUMNS)])

    @property
    def frame(self) -> Any:
        """What the grid holds, with the columns that it adds."""
        return self.grid._data["data"]

    @property
    def sent(self) -> list[tuple[int, str, Any]]:
        """The cells that the browser was told."""
        return [(one["row"], COLUMNS[one["column_index"]], one["value"]) for one in told(self.grid) if "row" in one]


@in_loop
async def test_each_page_has_its_cells_and_a_row_without_picture_stands_last() -> None:
    """Long words are cut, a cover cannot be rewritten; the last row has none that could be wiped by its picture."""
    shown = Shown()
    shown.grid.show([row(0), row(1, text="word " * 100), row(2, state="drawing")])
    assert shown.cells(0) == ["Cover", "/p.png", "Part 0", "Text 0.", "✓ done", "", "Redraw"]
    assert shown.cells(1)[3].endswith("word …") and len(shown.cells(1)[3]) <= 90
    assert shown.cells(2)[-3:] == ["… being drawn", "", ""]
    assert {name: cell for name, cell in zip(COLUMNS, shown.cells(3), strict=True) if cell} == TAIL


@in_loop
async def test_a_title_is_edited_and_what_the_book_says_stands_until_it_is_saved() -> None:
    """The new words come back as a patch."""
    shown = Shown()
    shown.edit(1, COLUMNS.index(TITLE), "A new title")
    await until(lambda: shown.events)
    assert shown.events == [Edit(id="b.1", field="title", value="A new title", base="Part 1")]
    assert shown.sent == [(1, TITLE, "Part 1")]
    shown.grid.patch(row(1, title="A new title"), ["title"])
    assert shown.sent[-1] == (1, TITLE, "A new title")


@in_loop
async def test_what_comes_back_of_our_own_is_no_edit() -> None:
    """Each set of a cell is echoed by the browser, often late."""
    shown = Shown()
    shown.grid.patch(row(1, title="From the book"), ["title"])
    shown.edit(1, COLUMNS.index(TITLE), "From the book")
    shown.edit(2, COLUMNS.index(TITLE), "By hand")
    await until(lambda: shown.events)
    assert [event.id for event in shown.events] == ["b.2"]


@pytest.mark.parametrize(
    ("index", "column", "value"),
    [
        (1, "Words", "forged"), (1, "State", "done"), (1, "Picture", "javascript:alert(1)"), (1, "#", "9"),
        (1, TITLE, None), (1, TITLE, float("nan")), (1, TITLE, 5), (1, TITLE, ""), (1, TITLE, "  "), (1, TITLE, "x" * 81),
        (1, TITLE, {"a": 1}), (3, TITLE, "the row after the last"), (99, TITLE, "x"), (-1, TITLE, "x"), ("1", TITLE, "x"),
        (True, TITLE, "x"), (1, 99, "x"), (None, TITLE, "x"),
    ],
)  # fmt: skip
def test_what_may_not_be_is_put_back(index: Any, column: Any, value: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Read-only columns, wrong types, rows and columns that are none: the book is not asked, and the grid shows it again."""

    @in_loop
    async def check() -> None:
        shown = Shown()
        before = [shown.cells(n) for n in range(4)]
        caplog.set_level(logging.INFO)
        shown.edit(index, COLUMNS.index(column) if isinstance(column, str) else column, value)
        shown.click(0, "State")  # comes after it
        await until(lambda: shown.events)
        assert shown.events == [Select(id="b.0")]
        assert [shown.cells(n) for n in range(4)] == before
        assert shown.frame.shape == (4, 2 + len(COLUMNS))

    check()


@in_loop
async def test_a_browser_may_not_replace_the_data() -> None:
    """Only what is its own: a selection, say."""
    shown = Shown()
    state = {
        "_data": {"data": {}, "schema": {}, "fields": []},
        "editable": False,
        "selections": [{"r1": 1, "r2": 1, "c1": 0, "c2": 1}],
    }
    shown.grid.comm.handle_msg(
        {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}
    )
    assert shown.cells(1)[2] == "Part 1" and shown.grid.editable
    assert shown.grid.selections[0]["r1"] == 1
    assert await until(lambda: shown.events) == [Select(id="b.1")]


@in_loop
async def test_buttons_are_cells_that_are_pressed() -> None:
    """A click selects; rewrite and redraw ask, unless something is made for the page; the last row adds one."""
    shown = Shown()
    shown.grid.patch(row(2, state="drawing"), ["state"])
    for index, column in (
        (1, "Write"),
        (1, "Draw"),
        (0, "Write"),
        (2, "Draw"),
        (3, "Title"),
        (7, "Title"),
        ("1", "Title"),
    ):
        shown.click(index, column)
    await until(lambda: any(isinstance(event, Add) for event in shown.events))
    assert shown.events == [
        Select(id="b.1"), Rewrite(id="b.1"), Select(id="b.1"), Redraw(id="b.1"), Select(id="b.0"), Select(id="b.2"), Add(id="b.2"),
    ]  # fmt: skip


@in_loop
async def test_a_patch_tells_only_the_cells_that_changed() -> None:
    """One message of some hundred bytes for each; a picture is an address."""
    shown = Shown()
    shown.grid.patch(row(1, picture="new.png"), ["picture", "state"])
    assert shown.sent == [(1, "Picture", "/new.png")]
    shown.grid.patch(row(1, picture="new.png", title=MARKUP), ["title", "text"])
    assert shown.sent[1:] == [(1, TITLE, MARKUP)]
    shown.grid.select("b.2")
    assert shown.grid.selections == [{"r1": 2, "r2": 2, "c1": 0, "c2": 6}]


@in_loop
async def test_a_locked_page_says_so_and_offers_nothing() -> None:
    """A press where its buttons would be only looks at it; unlocked, they are there again."""
    shown = Shown()
    locked = row(1, locked=True, state="stale")
    shown.grid.show([row(0), locked, row(2)])
    assert shown.cells(1)[-3:] == ["≠ no longer matches the words, locked", "", ""]
    for column in ("Write", "Draw"):
        shown.click(1, column)
    await until(lambda: len(shown.events) == 2)
    assert shown.events == [Select(id="b.1")] * 2
    shown.grid.patch(row(1), ("locked", "state"))
    assert shown.cells(1)[-3:] == ["✓ done", "Rewrite", "Redraw"]


@in_loop
async def test_what_the_arrow_keys_select_is_looked_at() -> None:
    """The last row is no page; nonsense is nothing."""
    shown = Shown()
    for index, seen in ((2, ["b.2"]), (3, ["b.2"]), (0, ["b.2", "b.0"])):
        shown.grid.set_state({"selections": [{"r1": index, "r2": index, "c1": 0, "c2": 6}]})
        await asyncio.sleep(0)
        await until(lambda seen=seen: [event.id for event in shown.events] == seen)  # type: ignore[misc]
    shown.grid.set_state({"selections": []})
    await asyncio.sleep(0.05)
    assert len(shown.events) == 2
