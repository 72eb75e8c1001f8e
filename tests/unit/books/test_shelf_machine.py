"""A shelf under random use with power cuts: what it acknowledged is there, the rest is whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from storymaker.books.edits import Edit, add_chapter, delete_chapter
from storymaker.books.model import Book, Brief, Chapter
from storymaker.books.shelf import Shelf
from storymaker.errors import InvalidInputError

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


class PowerCutError(BaseException):
    """The plug is pulled."""


def words(book: Book) -> tuple[Chapter, ...]:
    """What undo is about."""
    return book.chapters


class ShelfMachine(RuleBasedStateMachine):
    """Create, edit, delete, undo, crash and reload, beside a plain dictionary that remembers what must be there."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.shelf = Shelf(self.root)
        self.truth: dict[str, Book] = {}
        self.trashed: dict[str, Book] = {}
        self.stack: dict[str, list[tuple[Chapter, ...]]] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @rule(target=ids, title=TEXTS)
    def create(self, title: str) -> str:
        book = self.shelf.create(Brief(title=title), ())
        self.truth[book.id] = book
        self.stack[book.id] = []
        return book.id

    def _change(self, ref: str, change: Any) -> None:
        before = self.truth[ref]
        after = change()
        if after.version != before.version:
            self.stack[ref].append(words(before))
        self.truth[ref] = after

    @rule(ref=ids, text=TEXTS)
    def add(self, ref: str, text: str) -> None:
        if ref in self.truth and len(self.truth[ref].chapters) < 5:
            self._change(ref, lambda: self.shelf.update(ref, lambda book: add_chapter(book, n=1, text=text)))

    @rule(ref=ids, text=TEXTS, data=st.data())
    def edit(self, ref: str, text: str, data: st.DataObject) -> None:
        if ref in self.truth and self.truth[ref].chapters:
            chapter = data.draw(st.sampled_from(self.truth[ref].chapters))
            self._change(ref, lambda: self.shelf.edit(ref, Edit("text", text, chapter.id)))

    @rule(ref=ids, data=st.data())
    def remove(self, ref: str, data: st.DataObject) -> None:
        if ref in self.truth and self.truth[ref].chapters:
            chapter = data.draw(st.sampled_from(self.truth[ref].chapters))
            self._change(ref, lambda: self.shelf.update(ref, lambda book: delete_chapter(book, chapter.id)))

    @rule(ref=ids)
    def undo(self, ref: str) -> None:
        if ref not in self.truth:
            return
        if not self.stack[ref]:
            try:
                self.shelf.undo(ref)
            except InvalidInputError:
                return
            raise AssertionError("there was nothing to take back")
        self.truth[ref] = self.shelf.undo(ref)
        assert words(self.truth[ref]) == self.stack[ref].pop()

    @rule(ref=ids, text=TEXTS, after=st.integers(0, 6))
    def crash(self, ref: str, text: str, after: int) -> None:
        """Pull the plug in the middle of a save: the book is as before it or as after it."""
        if ref not in self.truth:
            return
        before = self.truth[ref]
        real_fsync, real_replace, left = os.fsync, os.replace, after

        def counted(real: Any) -> Any:
            def call(*args: Any) -> Any:
                nonlocal left
                left -= 1
                if left < 0:
                    raise PowerCutError
                return real(*args)

            return call

        os.fsync, os.replace = counted(real_fsync), counted(real_replace)
        try:
            self.shelf.edit(ref, Edit("dedication", text))
        except PowerCutError:
            pass
        finally:
            os.fsync, os.replace = real_fsync, real_replace
        found = Shelf(self.root).open(ref)
        assert found.version in (before.version, before.version + 1)
        assert words(found) == words(before)
        if found.version == before.version:
            assert found == before
        else:
            self.stack[ref].append(words(before))
        self.truth[ref] = found

    @rule(ref=consumes(ids))
    def purge(self, ref: str) -> None:
        if ref in self.truth:
            del self.truth[ref]
            self.shelf.delete(ref)
            self.shelf.purge(ref)
            assert not [path for path in self.root.rglob("*") if ref in str(path)]

    @rule(target=ids, ref=consumes(ids))
    def trash_and_restore(self, ref: str) -> Any:
        if ref not in self.truth:
            return multiple()
        self.shelf.delete(ref)
        assert self.shelf.restore(ref) == self.truth[ref]
        return ref

    @rule()
    def reload(self) -> None:
        self.shelf = Shelf(self.root)

    @invariant()
    def everything_acknowledged_is_there(self) -> None:
        listing = self.shelf.list()
        assert {card.id for card in listing.books} == set(self.truth)
        assert listing.problems == ()
        for ref, book in self.truth.items():
            assert self.shelf.open(ref) == book
            assert len(self.shelf.history(ref)) == book.version


TestShelf = ShelfMachine.TestCase
TestShelf.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
