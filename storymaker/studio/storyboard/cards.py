"""Pages as cards of real controls: the one that is looked at, or all of them in a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import traitlets

from storymaker.studio.control import Control
from storymaker.studio.guard import Guard
from storymaker.studio.storyboard.events import PAGE_EVENTS, PageEvent, Select
from storymaker.studio.storyboard.rows import LABELS, Row, plain

_SHOWN: Final = tuple(field.name for field in fields(Row) if field.name != "job")


class Cards(Control[PageEvent]):
    """A card for each page, as a :class:`~storymaker.studio.storyboard.rows.View`.

    Args:
        guard: Where what happens is done.
        on_event: Called with what the parent did.
        address: Where a row's picture is, as far as that is known.
    """

    script = "cards.js"
    events = PAGE_EVENTS
    mode = traitlets.Unicode("one").tag(sync=True)

    def __init__(self, guard: Guard, on_event: Callable[[PageEvent], None], address: Callable[[Row], str]) -> None:
        self._address = address
        self._rows: dict[str, Row] = {}
        self._selected = ""
        self._options: Mapping[str, Any] = {}

        def happened(event: PageEvent) -> None:
            if isinstance(event, Select):
                self._selected = event.id
            on_event(event)

        super().__init__(guard, happened)

    @traitlets.validate("mode")
    def _known_mode(self, proposal: traitlets.Bunch) -> str:
        return str(proposal["value"]) if proposal["value"] in ("one", "all") else str(self.mode)

    def offer(self, **options: Any) -> None:
        """Say what can be asked for here: ``wish_pictures``, ``wish_words``, ``price_picture``, ``price_words``."""
        self._options = options

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows, in place of all that was shown."""
        self._rows = {row.id: row for row in rows}
        self.greet()

    def greet(self) -> None:
        """Tell a view all rows."""
        rows = [self._told(row, _SHOWN) for row in self._rows.values()]
        self.tell("rows", rows=rows, selected=self._selected, options=self._options)

    def patch(self, row: Row, changed: Iterable[str]) -> None:
        """Show these fields of a row as they are now."""
        self._rows[row.id] = row
        names = [name for name in changed if name in _SHOWN]
        if names:
            self.tell("patch", id=row.id, row=self._told(row, names))

    def select(self, row_id: str) -> None:
        """Show the card of this page."""
        self._selected = row_id
        self.tell("select", id=row_id)

    def _told(self, row: Row, names: Iterable[str]) -> dict[str, Any]:
        told = plain(row, names)
        if "state" in told:
            told["label"] = LABELS[row.state]
        if {"picture", "veiled", "sketch"} & told.keys():
            told["address"] = self._address(row)
        return told

    # What became of an edit

    def saved(self, row_id: str, field: str, value: str) -> None:
        """The field's words are on the disk, as they stand here."""
        self.tell("saved", id=row_id, field=field, value=value)

    def failed(self, row_id: str, field: str, sentence: str) -> None:
        """The field's words could not be saved; they stay in the field."""
        self.tell("failed", id=row_id, field=field, sentence=sentence)

    def conflict(self, row_id: str, field: str, theirs: str) -> None:
        """The field was changed elsewhere; the parent chooses."""
        self.tell("conflict", id=row_id, field=field, theirs=theirs)

    def show_versions(
        self, row_id: str, pictures: Sequence[Mapping[str, str]], wordings: Sequence[Mapping[str, Any]]
    ) -> None:
        """Show what the page was before, the latest first."""
        self.tell("versions", id=row_id, pictures=list(pictures), wordings=list(wordings))
