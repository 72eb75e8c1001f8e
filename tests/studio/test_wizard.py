"""The wizard from home to a changed book, over the real studio of this process; and what a browser may say that nobody meant."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import Any

import pytest

from storymaker.books.model import Brief, Character
from storymaker.books.shelf import Shelf
from storymaker.contract.values import CharacterPatch, NewCharacter, ShelfOut, StoryRequest
from storymaker.errors import StorageError
from storymaker.settings import Settings
from storymaker.studio.metadata.photos import PHOTO_BYTES_MAX
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.testing.photos import plushie
from tests.loops import in_loop
from tests.studio.forged import FORGED, MARKUP
from tests.studio.screen import Screen, say, screen, told, until


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The scripted author writes and the plain illustrator draws."""
    return settings.model_copy(update={"author": "scripted", "illustrator": "plain"})


# Home


@in_loop
async def test_home_shows_the_shelf_and_deletes_with_undo(settings: Settings) -> None:
    """A book goes to the trash with a message whose button brings it back."""
    async with screen(settings) as shown:
        await shown.to_book()
        await shown.studio.go_home()
        shelf = shown.studio.home.shelf
        say(shelf, {"type": "mounted"})
        (book,) = (await until(lambda: told(shelf, "books")))[-1]["books"]
        assert (book["title"], book["line"]) == ("Pip counts", "Ages 5–6 · all pictures there")
        assert book["cover"].startswith(f"/api/books/{book['id']}/images/")
        say(shelf, {"type": "delete", "id": book["id"]})
        await until(lambda: told(shelf, "books")[-1]["books"] == [])
        assert shown.studio.home.empty.value
        say(shown.shell, {"type": "action", "id": told(shown.shell, "toast")[-1]["id"]})
        await until(lambda: told(shelf, "books")[-1]["books"])


@in_loop
async def test_home_shows_a_long_shelf_by_parts(settings: Settings) -> None:
    """The first books at once; more, or those that are looked for, when a browser asks; a new view is told the first only."""
    shelf = Shelf(settings.books)
    books = [shelf.create(Brief(title=f"Part {n}"), ()) for n in range(65)]
    async with screen(settings) as shown:
        home = shown.studio.home.shelf
        await shown.studio.go_home()
        first = told(home, "books")[-1]
        assert (len(first["books"]), first["total"], first["search"]) == (30, 65, "")
        say(home, {"type": "more", "of": "shelf", "after": first["next"], "search": ""})
        second = (await until(lambda: told(home, "more")))[-1]
        assert (second["after"], len(second["books"])) == (first["next"], 30) and second["next"]
        ids = [book["id"] for book in (*first["books"], *second["books"])]
        assert ids == [book.id for book in reversed(books)][:60]
        say(home, {"type": "mounted"})
        await until(lambda: told(home, "books")[-1] is not first)
        assert told(home, "books")[-1] == first
        say(home, {"type": "search", "text": " part 6 "})
        found = await until(lambda: [one for one in told(home, "books") if one["search"] == "part 6"])
        assert {book["title"] for book in found[-1]["books"]} == {"Part 6", *(f"Part {n}6" for n in range(1, 6)), "Part 60",
                                                                  "Part 61", "Part 62", "Part 63", "Part 64"}  # fmt: skip
        assert max(len(str(message)) for message in told(home)) < 20_000


@in_loop
async def test_a_book_far_down_is_deleted_and_put_back_in_its_place(settings: Settings) -> None:
    """The browser is told of that one, and of the first books; the trash comes by parts as well."""
    shelf = Shelf(settings.books)
    books = [shelf.create(Brief(title=f"Part {n}"), ()) for n in range(35)]
    async with screen(settings) as shown:
        home = shown.studio.home.shelf
        await shown.studio.go_home()
        say(home, {"type": "delete", "id": books[0].id})
        await until(lambda: told(home, "books")[-1]["total"] == 34)
        assert told(home, "gone") == [{"type": "gone", "id": books[0].id}]
        say(home, {"type": "restore", "id": books[0].id})
        back = (await until(lambda: told(home, "back")))[-1]["book"]
        say(home, {"type": "more", "of": "shelf", "after": told(home, "books")[0]["next"], "search": ""})
        assert (await until(lambda: told(home, "more")))[-1]["books"][-1] == back
        for book in books:
            shelf.delete(book.id)
        await shown.studio.go_home()
        last = told(home, "books")[-1]
        assert (len(last["trash"]), last["thrown"]) == (30, 35)
        say(home, {"type": "more", "of": "trash", "after": last["thrownNext"], "search": ""})
        rest = (await until(lambda: told(home, "thrown")))[-1]
        assert (len(rest["trash"]), rest["next"]) == (5, None)


@in_loop
async def test_the_latest_search_counts(settings: Settings) -> None:
    """An answer that a later search overtook is not shown."""
    shelf = Shelf(settings.books)
    for n in range(3):
        shelf.create(Brief(title=f"Part {n}"), ())
    async with screen(settings) as shown:
        home = shown.studio.home.shelf
        await shown.studio.go_home()
        look, held, asked, answered = shown.backend.shelf, asyncio.Event(), list[str](), list[str]()

        async def slow(limit: int = 30, after: str = "", search: str = "") -> ShelfOut:
            asked.append(search)
            if search == "part":
                await held.wait()
            try:
                return await look(limit, after, search)
            finally:
                answered.append(search)

        shown.backend.shelf = slow  # type: ignore[method-assign]
        say(home, {"type": "search", "text": "part"})
        await until(lambda: asked == ["part"])
        say(home, {"type": "search", "text": "part 2"})
        await until(lambda: told(home, "books")[-1]["search"] == "part 2")
        held.set()
        await until(lambda: answered == ["part 2", "part"])
        before = len(told(home, "books"))
        say(home, {"type": "mounted"})
        await until(lambda: len(told(home, "books")) > before)
        assert told(home, "books")[-1]["search"] == "part 2" and len(told(home, "books")[-1]["books"]) == 1


@in_loop
async def test_home_copies_a_book(settings: Settings) -> None:
    """The copy stands beside it, with its cover."""
    async with screen(settings) as shown:
        await shown.to_book()
        await shown.studio.go_home()
        shelf = shown.studio.home.shelf
        say(shelf, {"type": "mounted"})
        (book,) = (await until(lambda: told(shelf, "books")))[-1]["books"]
        say(shelf, {"type": "copy", "id": book["id"]})
        await until(lambda: len(told(shelf, "books")[-1]["books"]) == 2)
        first, second = told(shelf, "books")[-1]["books"]
        assert first["title"] == second["title"] and first["cover"] and second["cover"]
        assert "A copy of “Pip counts”" in told(shown.shell, "toast")[-1]["text"]


@in_loop
async def test_the_trash_gives_books_back_or_lets_them_go_for_good(settings: Settings) -> None:
    """It stands on home while something is in it."""
    async with screen(settings) as shown:
        await shown.to_book()
        book_id = shown.book.id
        await shown.studio.go_home()
        shelf = shown.studio.home.shelf
        for way, books in (("restore", 1), ("purge", 0)):
            say(shelf, {"type": "delete", "id": book_id})
            await until(lambda: told(shelf, "books")[-1]["trash"] == [{"id": book_id, "title": "Pip counts"}])
            say(shelf, {"type": way, "id": book_id})
            await until(lambda: told(shelf, "books")[-1]["trash"] == [])
            assert len(told(shelf, "books")[-1]["books"]) == books
        assert not list(settings.books.rglob(f"*{book_id}/book.json"))


@in_loop
async def test_the_address_leads_back(settings: Settings) -> None:
    """A reload, a second tab and the browser's arrows come to the same place; an address of nothing leads home, and says so."""
    async with screen(settings) as shown:
        await shown.to_book()
        assert told(shown.shell, "go")[-1]["to"] == {"book": shown.book.id}
        assert told(shown.shell, "go")[-1]["title"] == "Pip counts · Story Studio"
        say(shown.shell, {"type": "visit", "query": {"step": "new"}})
        await until(lambda: shown.studio.place.children[0] is shown.studio.metadata.box)
        assert told(shown.shell, "go")[-1]["title"] == "A new book · Story Studio"
        say(shown.shell, {"type": "visit", "query": {}})
        await until(lambda: shown.studio.place.children[0] is shown.studio.home.box)
        assert told(shown.shell, "go")[-1]["title"] == "Story Studio"
        say(shown.shell, {"type": "visit", "query": {"book": MARKUP[:60]}})
        await until(lambda: any("no such book" in said for said in shown.toasts))
        assert shown.studio.place.children[0] is shown.studio.home.box
        last = told(shown.shell, "go")[-1]
        assert (last["to"], last["replace"]) == ({}, True)  # the browser's Back does not lead there again


# Step 1


@in_loop
async def test_step_1_orders_what_was_chosen(settings: Settings) -> None:
    """Names, age, dedication and price; then the story appears, and the form is empty for the next."""
    async with screen(settings, illustrator=PlainIllustrator(cost_usd=0.25)) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: "2.85" in form.make.description)  # ten chapters at a cent, eleven pictures at a quarter
        assert "an estimate" in form.price.value
        form.hero_name.value, form.title.value, form.dedication.value = "Bramble", "The Long Count", "For Ada"
        form.age.value = "3-4"
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        await until(lambda: shown.book.complete)
        brief = shown.book.brief
        assert (shown.book.title, brief.age_band, brief.dedication) == ("The Long Count", "3-4", "For Ada")
        assert shown.book.heroes[0].name == "Bramble"
        assert form.title.value == "" and told(shown.shell, "forget")


@in_loop
async def test_faults_stand_beside_their_fields_and_nothing_is_ordered(settings: Settings) -> None:
    """As text, whatever was typed; the keyboard is led there."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.price.value)
        form.hero_name.value, form.title.value = " ", MARKUP * 3
        form.make.click()
        await until(lambda: form.faults["title"].value)
        assert "characters" in form.faults["title"].value and "<img" not in form.faults["title"].value
        assert "needs a name" in form.faults["hero_name"].value
        assert told(shown.shell, "focus")[-1]["selector"] == ".sm-fault"
        assert (await shown.backend.shelf()).books == ()


@in_loop
async def test_what_was_typed_before_a_reload_is_there_again(settings: Settings) -> None:
    """Only in fields that there are, and no more than fits."""
    async with screen(settings) as shown:
        shown.begin({"title": "Half a title", "nonsense": "x"}, step="new")
        form = shown.studio.metadata
        await until(lambda: form.title.value)
        assert (form.title.value, form.dedication.value) == ("Half a title", "")


@in_loop
async def test_an_order_that_is_sent_twice_makes_one_book(settings: Settings) -> None:
    """Pressing again while it is on its way does nothing; after an answer that was lost, it finds the book."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.price.value)
        real = shown.backend.generate_story

        async def lost(request: Any) -> Any:
            await real(request)
            raise StorageError("The answer was lost. Please try again.")

        shown.backend.generate_story = lost  # type: ignore[method-assign]
        form.make.click()
        form.make.click()
        await until(lambda: "answer was lost" in form.trouble.value)
        shown.backend.generate_story = real  # type: ignore[method-assign]
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        await until(lambda: shown.book.complete)
        assert len((await shown.backend.shelf()).books) == 1


@in_loop
async def test_the_price_follows_the_makers_whatever_is_still_missing(settings: Settings) -> None:
    """A story in own words that nobody has told yet keeps no old price on the button."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: "in all" in form.price.value)
        form.arc.value = "wish"
        form.draw.value = False
        await until(lambda: "when you ask for them" in form.price.value)
        assert "in all" not in form.price.value


@in_loop
async def test_nothing_is_ordered_before_its_price_was_there(settings: Settings) -> None:
    """A press that was faster than the price is asked for once more."""
    async with screen(settings) as shown:
        real, go_on = shown.backend.estimate, asyncio.Event()

        async def slow(request: Any) -> Any:
            await go_on.wait()
            return await real(request)

        shown.backend.estimate = slow  # type: ignore[method-assign]
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.hero.options)
        form.make.click()  # before it is known who could write
        go_on.set()
        await until(lambda: "price was not there yet" in form.trouble.value)
        await until(lambda: form.author.value and "$" in form.make.description)
        assert (await shown.backend.shelf()).books == ()
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)


@in_loop
async def test_a_parent_says_where_the_face_is(settings: Settings) -> None:
    """The desk opens where it is taken to be; what the parent says is kept, and asked from there the next time."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.price.value)
        await form.editor.open(None)
        photos, image = form.editor.photos, io.BytesIO()
        plushie().save(image, "JPEG")
        say(photos, {"type": "part", "id": "a", "name": "b.jpg", "index": 0, "parts": 1}, image.getvalue())
        await until(lambda: any(tile["photo"] for tile in told(photos, "photos")[-1]["tiles"]), 60)
        photo = told(photos, "photos")[-1]["tiles"][0]["photo"]
        say(photos, {"type": "seek", "photo": photo})
        await until(lambda: told(photos, "face"))
        assert told(photos, "face")[-1]["at"] == (0.5, 1 / 6)
        shown_before = len(told(photos, "photos"))
        say(photos, {"type": "face", "photo": photo, "at": [0.25, 0.75]})
        await until(lambda: len(told(photos, "photos")) > shown_before)
        await until(lambda: "0.75" in next(settings.books.glob(".cast/*/character.json")).read_text("utf-8"))
        say(photos, {"type": "seek", "photo": photo})
        await until(lambda: len(told(photos, "face")) == 2)
        assert told(photos, "face")[-1]["at"] == (0.25, 0.75)


@in_loop
async def test_a_plushie_is_deleted_for_good_when_its_parent_is_sure(settings: Settings) -> None:
    """Asked once more; its photos are gone, a book that was made keeps its own, and somebody else plays the hero."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        editor, parting = form.editor, form.editor.parting
        await until(lambda: form.price.value)
        form.add.click()
        await until(lambda: editor.box.layout.display == "")
        assert parting.box.layout.display == "none", "nobody is there yet"
        image = io.BytesIO()
        plushie().save(image, "JPEG")
        say(editor.photos, {"type": "part", "id": "a", "name": "b.jpg", "index": 0, "parts": 1}, image.getvalue())
        editor.name.value = f"Bramble {MARKUP}"[:40]
        await until(lambda: any(tile["photo"] for tile in told(editor.photos, "photos")[-1]["tiles"]), 60)
        editor.done.click()
        await until(lambda: form.hero.value != "builtin")
        bramble = form.hero.value
        form.make.click()
        await until(lambda: shown.studio.place.children[0] is not form.box)
        await until(lambda: shown.book.complete)
        await shown.studio.go_new()
        await until(lambda: form.price.value)
        form.change.click()
        await until(lambda: parting.box.layout.display == "")
        parting.button.click()
        assert told(shown.shell, "focus")[-1]["selector"] == ".sm-parting .mod-danger"
        assert "Bramble &quot;&gt;&lt;img" in parting.question.value
        parting.keep.click()
        assert parting.button.layout.display == ""
        assert (await shown.backend.cast()).characters
        parting.button.click()
        parting.sure.click()
        parting.sure.click()
        await until(lambda: any("has left the cast" in said for said in shown.toasts))
        assert (form.hero.value, editor.box.layout.display) == ("builtin", "none")
        assert (await shown.backend.cast()).characters == ()
        assert list(settings.books.glob(f".cast/{bramble}*")) == []
        assert list(settings.books.glob(f"*/characters/{bramble}/cutout-*.png"))


@in_loop
async def test_photos_that_do_not_arrive_whole_are_refused(settings: Settings) -> None:
    """Parts out of order, and more bytes than a photo may have; the cast learns of nobody."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.price.value)
        photos = form.editor.photos
        say(photos, {"type": "part", "id": "a", "name": "bear.jpg", "index": 1, "parts": 2}, b"x")
        await until(lambda: any("did not arrive whole" in said for said in shown.toasts))
        megabyte = bytes(2**20)
        for index in range(PHOTO_BYTES_MAX // 2**20 + 1):
            say(photos, {"type": "part", "id": "b", "name": "huge.jpg", "index": index, "parts": 64}, megabyte)
        await until(lambda: sum("did not arrive whole" in said for said in shown.toasts) == 2)
        say(photos, {"type": "refused", "name": MARKUP, "size": 40 * 2**20})
        await until(lambda: told(photos, "photos") and told(photos, "photos")[-1]["tiles"])
        assert "40 MB" in told(photos, "photos")[-1]["tiles"][0]["sentence"]
        assert (await shown.backend.cast()).characters == ()


@in_loop
@pytest.mark.parametrize("again", [False, True], ids=["closed", "open again"])
async def test_who_was_given_up_while_a_photo_was_on_its_way_leaves_no_trace(settings: Settings, again: bool) -> None:
    """Neither in the cast nor in the panel, also where that is open for somebody else by then."""
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.price.value)
        await form.editor.open(None)
        real, arrived, go_on = shown.backend.add_photo, asyncio.Event(), asyncio.Event()

        async def slow(*order: Any) -> Any:
            arrived.set()
            await go_on.wait()
            return await real(*order)

        shown.backend.add_photo = slow  # type: ignore[method-assign, assignment]
        photos, image = form.editor.photos, io.BytesIO()
        plushie().save(image, "JPEG")
        say(photos, {"type": "part", "id": "a", "name": "b.jpg", "index": 0, "parts": 1}, image.getvalue())
        await arrived.wait()
        form.editor.cancel.click()
        await until(lambda: not list(settings.books.glob(".cast/*/character.json")))
        if again:
            await form.editor.open(None)
        seen = len(told(photos, "photos"))
        go_on.set()
        await until(lambda: len(told(photos, "photos")) > seen)
        assert (await shown.backend.cast()).characters == ()
        assert not shown.toasts
        assert not again or told(photos, "photos")[-1]["tiles"] == []


# Step 2


@in_loop
async def test_the_story_appears_chapter_by_chapter(settings: Settings) -> None:
    """Before it is whole, the first pages stand there; at the end it says that the book is finished."""
    async with screen(settings, author=ScriptedAuthor(seconds=1.0)) as shown:
        from storymaker.contract.values import StoryRequest

        ordered = await shown.backend.generate_story(StoryRequest(chapters=4, draw=True))
        shown.begin(book=ordered.book_id)
        await until(lambda: shown.shell.state == "ready")
        counts: list[int] = []
        await until(lambda: [counts.append(len(shown.book.chapters))] and shown.book.complete)  # type: ignore[func-returns-value]
        assert {2, 4} <= set(counts)
        await until(lambda: any("The book is finished" in said for said in shown.toasts))


@in_loop
async def test_an_edit_is_saved_and_answered(settings: Settings) -> None:
    """Cleaned as the book keeps it; the picture no longer matches; the cover's title is the book's."""
    async with screen(settings) as shown:
        await shown.to_book()
        base = shown.book.chapters[0].text
        shown.event("edit", 1, field="text", value="New\x07 words.  ", base=base)
        saved = (await until(lambda: told(shown.cards, "saved")))[-1]
        assert (saved["field"], saved["value"]) == ("text", "New words.")
        assert shown.book.chapters[0].state == "stale"
        shown.event("edit", 0, field="title", value="Another Count", base=shown.book.title)
        await until(lambda: shown.book.title == "Another Count")
        assert "Another Count" in shown.studio.storyboard.title.value


@in_loop
async def test_a_conflict_shows_both_sides(settings: Settings) -> None:
    """What was typed stays typed; the card hears what stands there now."""
    async with screen(settings) as shown:
        await shown.to_book()
        shown.event("edit", 1, field="title", value="Mine", base="Something else")
        conflict = (await until(lambda: told(shown.cards, "conflict")))[-1]
        assert conflict["theirs"] == shown.book.chapters[0].title != "Mine"
        shown.event("edit", 1, field="title", value="x" * 500, base=shown.book.chapters[0].title)
        failed = (await until(lambda: told(shown.cards, "failed")))[-1]
        assert "400" in failed["sentence"]


@in_loop
async def test_a_page_is_redrawn_with_a_wish_and_the_picture_taken_back(settings: Settings) -> None:
    """The illustrator hears the wish; the message about the new picture has an undo."""
    async with screen(settings) as shown:
        await shown.to_book()
        first = shown.book.chapters[1].picture
        shown.event("redraw", 2, wish="by night")
        await until(lambda: any("Page 2 has a new picture" in said for said in shown.toasts))
        assert shown.illustrator.wishes[-1] == "by night"
        assert shown.book.chapters[1].picture != first
        toast = next(one for one in told(shown.shell, "toast") if "Page 2" in one["text"])
        say(shown.shell, {"type": "action", "id": toast["id"]})
        await until(lambda: shown.book.chapters[1].picture == first)


@in_loop
async def test_a_page_is_rewritten_and_its_earlier_words_used_again(settings: Settings) -> None:
    """Versions come with what the page has now marked."""
    async with screen(settings) as shown:
        await shown.to_book()
        old = shown.book.chapters[0]
        shown.event("rewrite", 1, wish="Louder!")
        await until(lambda: shown.book.chapters[0].text.endswith("Louder!"))
        shown.event("versions", 1)
        versions = (await until(lambda: told(shown.cards, "versions")))[-1]
        assert [words["present"] for words in versions["wordings"]] == [True, False]
        assert versions["wordings"][1]["text"] == old.text
        shown.event("use_words", 1, title=old.title, text=old.text)
        await until(lambda: shown.book.chapters[0].text == old.text)
        file = shown.book.chapters[0].picture
        assert file and versions["pictures"][0]["file"] == file.file
        shown.event("use_picture", 1, file=file.file)


@in_loop
async def test_an_answer_that_comes_when_the_book_was_left_changes_nothing(settings: Settings) -> None:
    """The edit is saved; the page stays home, and so does its address."""
    async with screen(settings) as shown:
        await shown.to_book()
        real, asked, go_on = shown.backend.patch_chapter, asyncio.Event(), asyncio.Event()

        async def slow(*order: Any) -> Any:
            asked.set()
            await go_on.wait()
            return await real(*order)

        shown.backend.patch_chapter = slow  # type: ignore[method-assign, assignment]
        shown.event("edit", 1, field="title", value="Late", base=shown.book.chapters[0].title)
        await asked.wait()
        await shown.studio.go_home()
        go_on.set()
        assert (await until(lambda: told(shown.cards, "saved")))[-1]["value"] == "Late"
        assert told(shown.shell, "go")[-1]["to"] == {}
        assert not any("sorry" in said for said in shown.toasts)


@in_loop
async def test_a_rewrite_that_failed_is_told_and_leaves_the_page_alone(settings: Settings) -> None:
    """Once, in a message that stays; the words and the picture are what they were."""
    async with screen(settings) as shown:
        await shown.to_book()
        before = shown.book.chapters[0]
        shown.event("rewrite", 1, wish="impossible")
        said = await until(lambda: [one for one in told(shown.shell, "toast") if one["kind"] == "error"])
        assert [one["text"] for one in said] == [
            "Page 1 has its words still. That cannot be written. Please wish for something else."
        ]
        assert said[0]["seconds"] == 0
        assert (rows(shown)[1].state, rows(shown)[1].reason) == ("done", "")
        assert shown.book.chapters[0] == before


@in_loop
async def test_a_failed_page_holds_no_other_and_is_tried_again(settings: Settings) -> None:
    """Its reason stands in its row; when the illustrator can, “try again” draws it."""
    illustrator = PlainIllustrator(fails=[2])
    async with screen(settings, illustrator=illustrator) as shown:
        await shown.to_book(draw=False)
        shown.studio.storyboard.draw.click()
        await until(lambda: [row.state for row in rows(shown)] == ["done", "done", "failed", "done"])
        assert rows(shown)[2].reason == "Page 2 will not be drawn. Please try again."
        illustrator.fails.clear()
        shown.event("retry", 2)
        await until(lambda: shown.book.complete)


@in_loop
async def test_drawing_can_be_stopped(settings: Settings) -> None:
    """What is under way is stopped; what is there stays, and the rest can be drawn later."""
    illustrator = PlainIllustrator(seconds=30)
    async with screen(settings, illustrator=illustrator) as shown:
        await shown.to_book(draw=False)
        board = shown.studio.storyboard
        board.draw.click()
        await until(lambda: any(row.state == "drawing" for row in rows(shown)))
        assert board.stop.layout.display != "none"
        board.stop.click()
        await until(lambda: [row.state for row in rows(shown)] == ["missing"] * 4)
        illustrator.seconds = 0
        await until(lambda: not board.draw.disabled)
        board.draw.click()
        await until(lambda: shown.book.complete)


@in_loop
async def test_pages_are_added_moved_locked_deleted_and_brought_back(settings: Settings) -> None:
    """Each in the book and in the cards; a locked page is left alone when all that is missing is drawn."""
    async with screen(settings) as shown:
        await shown.to_book()
        first = shown.book.chapters[0].id
        shown.event("move", 1, by=1)
        await until(lambda: shown.book.chapters[1].id == first)
        shown.event("add", 1)
        await until(lambda: len(shown.book.chapters) == 4)
        new = shown.book.chapters[1]
        assert new.text == "" and shown.studio.storyboard.board.selected == new.id
        shown.event("lock", 2, locked=True)
        await until(lambda: shown.book.chapters[1].locked)
        assert shown.studio.storyboard.draw.layout.display == "none"
        shown.event("delete", 2)
        await until(lambda: len(shown.book.chapters) == 3)
        say(shown.shell, {"type": "action", "id": told(shown.shell, "toast")[-1]["id"]})
        await until(lambda: len(shown.book.chapters) == 4)
        assert told(shown.cards, "rows")[-1]["rows"][2]["id"] == new.id


@in_loop
async def test_a_deleted_page_comes_back_when_its_message_is_long_gone(settings: Settings) -> None:
    """Each press takes back one change more; where there is none left, it says so."""
    async with screen(settings) as shown:
        await shown.to_book()
        whole = [chapter.id for chapter in shown.book.chapters]
        shown.event("edit", 1, field="title", value="Another title", base=shown.book.chapters[0].title)
        await until(lambda: shown.book.chapters[0].title == "Another title")
        shown.event("delete", 3)
        await until(lambda: len(shown.book.chapters) == 2)
        shown.studio.storyboard.undo.click()
        await until(lambda: [chapter.id for chapter in shown.book.chapters] == whole)
        await until(lambda: not shown.studio.storyboard.undo.disabled)
        shown.studio.storyboard.undo.click()
        await until(lambda: shown.book.chapters[0].title != "Another title")


@in_loop
async def test_words_go_out_and_come_in_as_a_table(settings: Settings) -> None:
    """An edited copy is taken in, with an undo; what is no table is refused in a sentence."""
    async with screen(settings) as shown:
        await shown.to_book()
        board = shown.studio.storyboard
        board.script.click()
        file = (await until(lambda: told(shown.shell, "download")))[-1]
        assert file["address"] == f"/api/books/{shown.book.id}/script.csv"
        table = (await shown.backend.script(shown.book.id)).data.replace(b"Number 1", b"Number One")
        say(board.upload, {"type": "file", "name": "words.csv", "size": len(table)}, table)
        await until(lambda: shown.book.chapters[0].title == "Number One")
        undo = told(shown.shell, "toast")[-1]["id"]
        shown.event("edit", 2, field="title", value="Mine", base=shown.book.chapters[1].title)
        await until(lambda: shown.book.chapters[1].title == "Mine")
        say(shown.shell, {"type": "action", "id": undo})
        await until(lambda: shown.book.chapters[0].title == "Number 1")
        assert shown.book.chapters[1].title == "Mine"
        before = len(shown.toasts)
        for data in (b"not a table", b"", bytes(5 * 2**20)):
            say(board.upload, {"type": "file", "name": "words.csv", "size": len(data)}, data)
            await until(lambda before=before: len(shown.toasts) > before)  # type: ignore[misc]
            before = len(shown.toasts)
        assert shown.book.chapters[0].title == "Number 1"


@in_loop
async def test_without_a_server_pictures_and_files_are_in_the_messages(settings: Settings) -> None:
    """There is no address to load them from then."""
    async with screen(settings, served=False) as shown:
        await shown.to_book()
        board = shown.studio.storyboard.board
        assert all(board.picture_of(row).startswith("data:image/") for row in board.rows)
        shown.studio.storyboard.script.click()
        file = (await until(lambda: told(shown.shell, "download")))[-1]
        assert file["address"].startswith("data:text/csv;base64,")


@in_loop
async def test_another_tab_s_edit_arrives(settings: Settings) -> None:
    """Without anybody pressing anything, as the change of one field."""
    async with screen(settings) as shown:
        await shown.to_book()
        Shelf(settings.books).edit(shown.book.id, *_title(shown, "Elsewhere"))
        titled = lambda: [one["row"] for one in told(shown.cards, "patch") if one["row"].get("title") == "Elsewhere"]  # noqa: E731
        assert "text" not in (await until(titled))[-1]


def _title(shown: Screen, title: str) -> tuple[Any, ...]:
    from storymaker.books.edits import Edit

    return (Edit("title", title, shown.book.chapters[0].id),)


def rows(shown: Screen) -> Any:
    """The rows of step 2."""
    return shown.studio.storyboard.board.rows


# What nobody meant


@in_loop
async def test_forged_messages_change_nothing_and_are_answered_in_a_sentence(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """To each control: unknown rows and types, wrong types, what is too long; no traceback, and the book as it was."""
    async with screen(settings) as shown:
        await shown.to_book()
        before = (await shown.backend.book(shown.book.id)).model_dump_json()
        studio = shown.studio
        controls = [
            shown.shell, shown.cards, studio.home.shelf, studio.metadata.editor.photos, studio.storyboard.upload,
            studio.storyboard.preview,
        ]  # fmt: skip
        with caplog.at_level(logging.INFO):
            for control in controls:
                for forged in FORGED:
                    say(control, forged)
                await asyncio.sleep(0.05)
        await until(lambda: any("does not fit" in said for said in shown.toasts))
        assert all(said.endswith((".", "!")) for said in shown.toasts)
        assert (await shown.backend.book(shown.book.id)).model_dump_json() == before
        assert "Traceback" not in caplog.text
        shown.event("lock", 1, locked=True)
        await until(lambda: shown.book.chapters[0].locked)


@in_loop
async def test_what_breaks_is_told_with_a_number_that_stands_in_the_log(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """An apology, no traceback in the page."""
    async with screen(settings) as shown:
        shown.begin()
        await until(lambda: shown.shell.state == "ready")

        async def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("secret in here")

        shown.backend.shelf = broken  # type: ignore[method-assign]
        say(shown.shell, {"type": "visit", "query": {}})
        await until(lambda: shown.toasts)
        number = shown.toasts[-1].rstrip(".").rpartition(" ")[2]
        assert "we are sorry" in shown.toasts[-1] and "secret" not in shown.toasts[-1]
        assert number in caplog.text and "secret in here" in caplog.text


@in_loop
async def test_the_cast_is_offered_to_the_next_book(settings: Settings) -> None:
    """Somebody with photos can be hero or friend, but not both; somebody without is there to get some, or to be deleted."""
    from storymaker.books.model import Pose

    cast = Shelf(settings.books).cast
    for name, poses in (("Bramble", (Pose(cutout=f"cutout-{'a' * 16}.png"),)), ("Nobody", ())):
        cast.save(Character(name=name, kind="bear", poses=poses))
    async with screen(settings) as shown:
        shown.begin(step="new")
        form = shown.studio.metadata
        await until(lambda: form.price.value)
        await until(lambda: [option["title"] for option in form.hero.options] == ["Bramble", "Pip", "Nobody"])
        form.hero.value = form.hero.options[2]["value"]
        form.make.click()
        await until(lambda: "Nobody has no photo yet" in form.trouble.value)
        form.change.click()
        await until(lambda: form.editor.parting.box.layout.display == "")
        form.hero.value = form.hero.options[0]["value"]
        await until(lambda: len(form.friend.options) == 1)
        assert [option["title"] for option in form.friend.options] == ["The story brings a friend"]
        form.hero.value = "builtin"
        await until(lambda: len(form.friend.options) == 2)
        form.hero.value = "somebody forged"
        assert form.hero.value == "builtin"


# About this book


@in_loop
async def test_a_book_is_changed_after_it_was_made(settings: Settings) -> None:
    """What it redoes and costs is said before; the button says the price; Undo takes back all of it."""
    async with screen(settings, illustrator=PlainIllustrator(cost_usd=0.25)) as shown:
        await shown.to_book()
        about, board = shown.studio.storyboard.about, shown.studio.storyboard
        assert about.box.layout.display == "none"
        board.about_book.click()
        await until(lambda: about.box.layout.display == "")
        assert about.change.disabled and about.words.layout.display == about.back.layout.display == "none"
        about.dedication.value = "For Lena"
        await until(lambda: "Nothing is written or drawn anew." in about.plan.value)
        about.hero_name.value = "Otis"
        about.pronouns.value = "she"
        await until(lambda: "not written with the new pronouns in mind" in about.plan.value)
        assert "the words of 4 pages" in about.plan.value.lower() and about.words.layout.display == ""
        about.words.value, about.draw.value = "again", True
        await until(lambda: about.change.description == "Change the book ($1.03)")
        before = shown.book
        about.change.click()
        about.change.click()
        await until(lambda: shown.book.heroes[0].name == "Otis" and shown.book.complete)
        assert about.box.layout.display == "none"
        assert [page.text for page in shown.book.chapters][0] == "Otis counted to 1."
        jobs = (await shown.backend.jobs(shown.book.id)).jobs
        assert len([job for job in jobs if job.kind == "story"]) == 2
        undo = next(toast for toast in told(shown.shell, "toast") if toast["text"] == "The book is changed.")
        say(shown.shell, {"type": "action", "id": undo["id"]})
        await until(lambda: shown.book.heroes[0].name == "Pip")
        assert (shown.book.chapters, shown.book.dedication) == (before.chapters, before.dedication)
        board.about_book.click()
        await until(lambda: about.box.layout.display == "")
        about.child.value = "Mina"
        await until(
            lambda: not about.change.disabled and "Mina" not in about.plan.value and "child" in about.plan.value
        )
        about.change.click()
        await until(lambda: shown.book.brief.child == "Mina")
        board.about_book.click()
        await until(lambda: about.back.layout.display == "")
        about.back.click()
        await until(lambda: shown.book.brief.child == "")
        assert about.box.layout.display == "none"


@in_loop
async def test_a_change_that_cannot_be_says_so_and_keeps_what_was_typed(settings: Settings) -> None:
    """Beside the fields; a price that was not seen is not paid."""
    async with screen(settings) as shown:
        await shown.to_book()
        about = shown.studio.storyboard.about
        shown.studio.storyboard.about_book.click()
        await until(lambda: about.box.layout.display == "")
        about.hero_name.value = " "
        await until(lambda: "needs a name" in about.trouble.value)
        about.trouble.value = ""
        about.change.click()
        await until(lambda: "needs a name" in about.trouble.value)
        assert about.hero_name.value == " " and shown.book.heroes[0].name == "Pip"
        about.hero_name.value = "Otis"
        await until(lambda: "get the new name" in about.plan.value and not about.trouble.value)
        about.words.value = "again"
        about.change.click()
        await until(lambda: "The price was not there yet" in about.trouble.value)
        assert shown.book.heroes[0].name == "Pip" and about.change.description == "Change the book ($0.03)"
        about.hero.value, about.author.value = "ours", "scripted"
        assert about.hero_name.value == "Pip"
        await until(lambda: about.pronouns.layout.display == "none")
        about.cancel.click()
        await until(lambda: about.box.layout.display == "none")


@in_loop
async def test_a_toy_that_is_renamed_can_be_renamed_in_its_books(settings: Settings) -> None:
    """It is asked for; locked pages and other books stay, and Undo takes it back."""
    async with screen(settings) as shown:
        toy = await shown.backend.add_character(NewCharacter(name="Bramble", builtin=True))
        ordered = await shown.backend.generate_story(StoryRequest(heroes=(toy.id,), chapters=2))
        await until_ended(shown, ordered.book_id)
        form = shown.studio.metadata
        renaming = form.renaming
        renamed = await shown.backend.patch_character(toy.id, CharacterPatch(name="Otis"))
        await renaming.offer(toy, renamed)
        assert "“Bramble counts”" in renaming.question.value
        assert renaming.rename.description == "Say Otis in this book too"
        renaming.leave.click()
        await until(lambda: renaming.box.layout.display == "none")
        await renaming.offer(toy, renamed)
        renaming.rename.click()
        await until(lambda: "1 book says Otis now." in shown.toasts)
        book = await shown.backend.book(ordered.book_id)
        assert (book.title, book.chapters[1].text) == ("Otis counts", "Otis counted to 2.")
        await renaming.offer(toy, renamed)
        assert renaming.box.layout.display == "none", "every book knows the name"
        say(shown.shell, {"type": "action", "id": told(shown.shell, "toast")[-1]["id"]})
        await until(lambda: "Taken back." in shown.toasts)
        assert (await shown.backend.book(ordered.book_id)).title == "Bramble counts"
        await shown.backend.delete_book(ordered.book_id)
        await renaming.offer(toy, renamed)
        assert renaming.box.layout.display == "none"


async def until_ended(shown: Screen, book_id: str) -> None:
    """Wait until nothing more is made for a book."""
    while not all(job.ended for job in (await shown.backend.jobs(book_id)).jobs):
        await asyncio.sleep(0.01)
