"""The page under misfortune: nothing that was typed or made is lost, nothing leaks, and a sentence says what to do."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cable import cable
from tests.browser.wizard import PATIENCE, WHOLE, Wizard, book_on_disk, enter, pictures, saved, window
from tests.server.real import Studio, studio, until

LOST = "The studio does not answer just now."
ENDED = "Something stopped this page unexpectedly."


# Servers, kernels, workers, networks


def test_a_worker_that_is_killed_in_mid_book_is_no_matter(browser: Browser, tmp_path: Path) -> None:
    """The page goes on by itself to the finished book."""
    with studio(tmp_path) as running, window(browser) as page:
        wizard = Wizard(page)
        wizard.open(running.fresh_link())
        wizard.new_book()
        wizard.press("Make the book")
        until(lambda: pictures(running) >= 2, 60)
        worker = until(running.worker)
        worker.kill()
        wizard.says("The book is finished.")
        assert pictures(running) == WHOLE


def test_a_server_that_is_started_again_finds_the_page_waiting(browser: Browser, tmp_path: Path) -> None:
    """In mid-book: the page says that nobody answers, comes back by itself, and what was typed meanwhile is saved."""
    with window(browser, 1280, calm=False) as page:
        with studio(tmp_path) as first:
            wizard = Wizard(page)
            wizard.open(first.fresh_link())
            wizard.new_book()
            wizard.press("Make the book")
            page.locator(".sm-step-storyboard").wait_for(timeout=PATIENCE)
            until(lambda: pictures(first) >= 1, 60)
            wizard.go_to_page(1)
            os.kill(first.process.pid, signal.SIGKILL)
            first.process.wait(10)
            words = f"{wizard.value('text')} Typed while nobody listened."
            wizard.write("text", words)
            wizard.says(LOST)
            address = page.url
        with studio(tmp_path, "--port", first.url.rpartition(":")[2]) as second:
            expect(page.get_by_text(LOST)).to_have_count(0, timeout=PATIENCE)
            wizard.ready()
            assert page.url == address
            saved(second.shelf, "text", 1, words)
            until(lambda: pictures(second) >= WHOLE, 90)
            wizard.go_to_page(1)
            assert wizard.value("text") == words


def test_a_kernel_that_dies_loses_no_word(browser: Browser, house: Studio) -> None:
    """The page offers to reload; then the words are where they were typed, and on the disk."""
    with window(browser, calm=False) as page:
        wizard = enter(page, house)
        kernel = wizard.kernel
        wizard.go_to_page(2)
        house.kernels()[kernel].kill()
        words = f"{wizard.value('text')} Said to nobody."
        wizard.write("text", words)
        wizard.says(ENDED)
        wizard.press("Open it again")
        wizard.ready()
        saved(house.shelf, "text", 2, words)


def test_a_form_survives_a_reload(browser: Browser, house: Studio) -> None:
    """What was typed in step 1 is there again, also what the kernel never heard of."""
    with window(browser, calm=False) as page:
        wizard = enter(page, house, query="?step=new")
        kernel = wizard.kernel
        page.get_by_label("The book’s name").fill("A very long afternoon")
        house.kernels()[kernel].kill()
        page.get_by_label("Dedication").fill("For Ada")
        wizard.says(ENDED)
        wizard.press("Open it again")
        wizard.ready()
        expect(page.get_by_label("The book’s name")).to_have_value("A very long afternoon", timeout=PATIENCE)
        expect(page.get_by_label("Dedication")).to_have_value("For Ada")


@pytest.mark.parametrize("misfortune", ["cut", "hold"])
def test_a_network_that_fails_for_a_while_loses_nothing(browser: Browser, house: Studio, misfortune: str) -> None:
    """Cut, or silent as when a laptop sleeps: the page says so, and goes on when there is a network again."""
    with cable(house.url) as (url, line), window(browser, calm=False) as page:
        wizard = enter(page, house, url)
        wizard.go_to_page(3)
        getattr(line, misfortune)()
        words = f"{wizard.value('text')} Said into the {misfortune} cable."
        wizard.write("text", words)
        wizard.says(LOST)
        line.mend()
        saved(house.shelf, "text", 3, words)
        expect(page.get_by_text(LOST)).to_have_count(0, timeout=PATIENCE)


def test_a_full_disk_is_said_and_waited_for(browser: Browser, small_disk: Path, tmp_path: Path) -> None:
    """The page says what to do; with room again it goes on by itself, and no page has failed."""
    with studio(tmp_path, STORYMAKER_BOOKS=str(small_disk)) as running, window(browser) as page:
        wizard = Wizard(page)
        wizard.open(running.fresh_link())
        wizard.new_book()
        wizard.press("Make the book")
        page.locator(".sm-step-storyboard").wait_for(timeout=PATIENCE)
        page.get_by_text("Pages", exact=True).click()
        wizard.says("The disk with your books is full. Please free some space")
        assert page.locator('.sm-card[data-state="done"]').count() > 0
        subprocess.run(["mount", "-o", "remount,size=300m", small_disk], check=True)
        expect(page.locator('.sm-card[data-state="done"]')).to_have_count(WHOLE, timeout=PATIENCE)
        assert page.locator('.sm-card[data-state="failed"]').count() == 0


# Two tabs and a phone


def test_two_tabs_and_a_phone_see_each_other(browser: Browser, house: Studio) -> None:
    """An edit shows in the others; a field changed in two places shows both texts, and the parent chooses."""
    with window(browser) as one:
        first = enter(one, house)
        first.go_to_page(4)
        state = one.context.storage_state()
        with (
            window(browser, storage_state=state) as two,
            window(browser, 390, storage_state=state, has_touch=True, is_mobile=True) as three,
        ):
            second, phone = Wizard(two), Wizard(three)
            second.open(one.url)
            second.go_to_page(4)
            phone.open(one.url)
            told = first.value("title")
            first.write("title", "From the first tab")
            for wizard, n in ((second, None), (phone, 4)):
                until(lambda wizard=wizard, n=n: wizard.value("title", n) == "From the first tab")  # type: ignore[misc]

            base = first.value("text")
            entry = second.card().locator(".sm-field-text textarea")
            entry.press("Control+End")
            entry.press_sequentially("!")  # typing has begun when the other's words arrive
            phone.write("text", f"{base} From the phone.", 4)
            saved(house.shelf, "text", 4, f"{base} From the phone.")
            entry.blur()
            both = second.card().locator(".sm-field-text .sm-conflict")
            expect(both).to_be_visible(timeout=PATIENCE)
            expect(both.locator("blockquote")).to_have_text([f"{base}!", f"{base} From the phone."])
            both.get_by_role("button", name="Keep mine").click()
            saved(house.shelf, "text", 4, f"{base}!")
            until(lambda: phone.value("text", 4) == f"{base}!")
            first.write("title", told)
            saved(house.shelf, "title", 4, told)


# Bad input


def test_photos_that_are_none_are_refused_in_a_sentence(browser: Browser, house: Studio, tmp_path: Path) -> None:
    """A file of 40 MB, one that is no picture, an empty one, and one with nothing to cut out; the good one is taken all the same."""
    from storymaker.testing.photos import plushie_photo

    (tmp_path / "huge.jpg").write_bytes(b"\xff\xd8\xff" + bytes(40 * 2**20 - 3))
    (tmp_path / "letter.jpg").write_text("Dear studio, this is no picture.")
    (tmp_path / "empty.jpg").write_bytes(b"")
    with window(browser) as page:
        wizard = enter(page, house, query="?step=new")
        wizard.press("Somebody new, from photos")
        names = ("huge.jpg", "letter.jpg", "empty.jpg")
        wizard.choose_photos([*(tmp_path / name for name in names), plushie_photo(tmp_path / "good.jpg")])
        expect(page.locator(".sm-photo[data-photo]")).to_have_count(1, timeout=PATIENCE)
        for said in ("“huge.jpg” has 40 MB", "letter.jpg", "“empty.jpg” is empty"):
            expect(page.locator(".sm-photo .sm-fault", has_text=said)).to_be_visible(timeout=PATIENCE)
        assert set(page.locator(".sm-photo-name").all_inner_texts()) == set(names), (
            "each refusal says of which file it is"
        )
        wizard.press("Cancel")
        until(
            lambda: (
                not [one for one in (house.shelf / ".cast").glob("*/character.json") if "plushie" in one.read_text()]
            )
        )


MARKUP = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{0}{title}'
VISIBLE = {"markup": MARKUP, "long": "x" * 10_000, "control": "bell and[31m escape", "right to left": "gnorw \u05e9"}
"""What is left of each that a person can see, or its beginning."""
HOSTILE = {
    "markup": MARKUP,
    "long": "x" * 10_000,
    "control": "bell\x07 and\x1b[31m escape\x00",
    "right to left": "\u202egnorw\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
}


def test_hostile_text_in_every_field_of_a_page_stays_text(browser: Browser, house: Studio) -> None:
    """It is saved as words or refused beside its field; nothing of it runs, and the page goes on."""
    with window(browser) as page:
        wizard = enter(page, house)
        page.get_by_text("Pages", exact=True).click()
        wizard.card(5).wait_for(timeout=PATIENCE)
        wizard.card(5).locator("summary").first.click()
        for field in ("title", "text", "image_prompt", "scene", "alt"):
            before = wizard.value(field, 5)
            entry = wizard.card(5).locator(f".sm-field-{field}").locator("input, textarea")
            fault = wizard.card(5).locator(f".sm-field-{field} .sm-fault")
            for kind, text in HOSTILE.items():
                entry.evaluate("(entry, text) => { entry.removeAttribute('maxlength'); entry.value = text; }", text)
                entry.dispatch_event("input")
                entry.dispatch_event("change")
                visible = VISIBLE[kind]
                until(lambda f=field, v=visible, said=fault: said.is_visible() or _stands(house, f, v))  # type: ignore[misc]
                wizard.write(field, before, 5)
                saved(house.shelf, field, 5, before)
                expect(fault).to_be_hidden(timeout=PATIENCE)  # or the next kind would be taken for refused at once
        assert page.evaluate("window.pwned") is None
        assert page.locator(".sm-studio script, .sm-studio img[src=x]").count() == 0


def _stands(running: Studio, field: str, words: str) -> bool:
    """Whether the words were saved, without what cannot be seen."""
    return str(book_on_disk(running.shelf)["chapters"][4][field]).startswith(words)


@pytest.mark.parametrize("kind", ["markup", "long"])
def test_hostile_text_in_every_field_of_step_1_stays_text(browser: Browser, house: Studio, kind: str) -> None:
    """It is refused in a sentence beside its field, or becomes part of a book as words."""
    with window(browser) as page:
        wizard = enter(page, house, query="?step=new")
        page.get_by_role("radio", name="Our own paper rabbit").check()
        for label in ("What is it called?", "The book’s name", "The child’s name", "Dedication"):
            page.get_by_label(label).fill(HOSTILE[kind].replace("\x00", ""))
        books = len(list(house.shelf.glob("*/book.json")))
        wizard.press("Make the book")
        if kind == "long":
            expect(page.locator(".sm-fault", has_text="characters").first).to_be_visible(timeout=PATIENCE)
            assert len(list(house.shelf.glob("*/book.json"))) == books
        else:
            expect(page.locator(".sm-step-storyboard, .sm-fault").first).to_be_visible(timeout=PATIENCE)
        assert page.evaluate("window.pwned") is None
        if page.locator(".sm-step-storyboard").is_visible():
            wizard.press("‹ Your books")
            page.locator(".sm-cover").first.wait_for(timeout=PATIENCE)
            page.locator(".sm-book").first.get_by_role("button", name="Delete").click()
            until(lambda: len(list(house.shelf.glob("*/book.json"))) == books)
        assert page.evaluate("window.pwned") is None
