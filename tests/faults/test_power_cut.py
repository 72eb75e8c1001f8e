"""Power that goes in the middle of a save: what is on the platter is whole, and holds what was acknowledged and what was paid."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storymaker.books.edits import Edit
from storymaker.books.model import Book, Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.images.openai import OpenAIIllustrator
from storymaker.production.billing import settle
from storymaker.settings import Settings
from storymaker.testing import ScriptedAuthor, flat_png
from storymaker.workshop import Workshop
from tests.remote.stand_in import Handler, Request, picture, stand_in
from tests.soak import Skipped
from tests.soak._disks import LoopDisk, loop_disk
from tests.soak._studio import hang_drawing, with_pages

CALLS = ("fsync", "replace")


@pytest.fixture
def disk() -> Iterator[LoopDisk]:
    """A disk in a file, where the system lets us have one."""
    try:
        with loop_disk(40) as made:
            yield made
    except Skipped as why:
        pytest.skip(f"{why} Flushes and renames that fail are tested in test_storage.py.")


@pytest.fixture
def cut(disk: LoopDisk, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], list[Path]]:
    """Does something and gives what the platter held at each moment of it: before and after each flush and rename."""

    def cut_at_each(act: Callable[[], Any]) -> list[Path]:
        platters: list[Path] = []

        def snapshot() -> None:
            platters.append(disk.image.with_name(f"cut-{len(platters)}"))
            disk.snapshot(platters[-1])

        with monkeypatch.context() as watched:
            for name in CALLS:
                watched.setattr(os, name, _watched(getattr(os, name), snapshot))
            act()
        snapshot()
        return platters

    return cut_at_each


def _watched(call: Callable[..., Any], look: Callable[[], None]) -> Callable[..., Any]:
    def watched(*args: Any) -> Any:
        look()
        result = call(*args)
        look()
        return result

    return watched


def states(disk: LoopDisk, platters: list[Path]) -> Iterator[Shelf]:
    """The shelf as each of these platters has it, one after another."""
    for platter in platters:
        platter.replace(disk.image)
        with disk.mounted() as folder:
            yield Shelf(folder / "books")


def begun(folder: Path) -> tuple[Shelf, Book]:
    """A book with some pages."""
    shelf = Shelf(folder / "books")
    hero = shelf.cast.save(Character(name="Bramble", kind="bear"))
    book = shelf.create(Brief(title="Bramble", author="scripted", illustrator="openai"), (hero,))
    return shelf, shelf.update(book.id, with_pages, what="story")


def test_a_save_is_whole_whenever_the_power_goes(
    disk: LoopDisk, cut: Callable[[Callable[[], Any]], list[Path]]
) -> None:
    """Words and a picture: the book reads as before or as after at each moment, and as after when the save was done."""
    with disk.mounted() as folder:
        shelf, book = begun(folder)
        edited, drawn = book.chapters[:2]

        def save() -> None:
            shelf.edit(book.id, Edit("text", "After.", edited.id))
            hang_drawing(shelf, book.id, drawn.id, 7)

        platters = cut(save)
        after = shelf.open(book.id)
    assert len(platters) > 12
    for found in states(disk, platters):
        assert found.list().problems == ()
        read = found.open(book.id)
        assert read.chapters[0].text in (edited.text, "After.")
        if shown := read.chapters[1].picture:
            assert found.picture_path(read, shown).read_bytes().startswith(b"\x89PNG")
    assert read == after


def test_a_book_is_begun_whole_or_not_at_all(disk: LoopDisk, cut: Callable[[Callable[[], Any]], list[Path]]) -> None:
    """No moment leaves a folder that looks like a damaged book; when the call was done, the book is there."""
    with disk.mounted() as folder:
        shelf, _ = begun(folder)
        platters = cut(lambda: shelf.create(Brief(title="Second"), tuple(shelf.cast.list())))
    for found in states(disk, platters):
        listing = found.list()
        assert listing.problems == ()
        assert len(listing.books) in (1, 2)
    assert len(listing.books) == 2


def test_what_is_paid_is_on_the_disk_before_its_request_goes_out(
    disk: LoopDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes when the service has the request: the book counts its price."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-nobody-at-all")
    platter = disk.image.with_name("platter")

    def power_goes(handler: Handler, _: Request) -> None:
        disk.snapshot(platter)
        handler.send(200, picture(flat_png(256, 7)))

    with disk.mounted() as folder, stand_in() as service:
        shelf, book = begun(folder)
        service.next("/images/generations", power_goes)
        settings = Settings(
            books=shelf.root, home=tmp_path / "home", base_url=service.url, moderation=False, image_sketches=0
        )
        illustrator = OpenAIIllustrator(settings)
        with Workshop(
            settings=settings, authors={"scripted": ScriptedAuthor()}, illustrators={"openai": illustrator}
        ) as workshop:
            workshop.illustrate(book.id, book.chapters[0].id)
            assert [job.state for job in workshop.wait(book.id)] == ["done"]
    price = pytest.approx(illustrator.estimate_usd(1))
    for found in states(disk, [platter]):
        assert settle(found, book.id, ()) == price
        assert found.open(book.id).spent_usd == price
