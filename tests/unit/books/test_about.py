"""What a book is about, changed after it was made: what that redoes, what it leaves alone, and how it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from storymaker.books.about import AboutChange, Redone, redone_by
from storymaker.books.checking import replace
from storymaker.books.edits import Edit, with_page
from storymaker.books.model import Book, Brief, Chapter, Character, Picture, Pose
from storymaker.books.shelf import Shelf
from storymaker.errors import InvalidInputError

BRAMBLE = Character(
    id="bramble1", name="Bramble", kind="bear", look="a brown bear", poses=(Pose(cutout=f"cutout-{'0' * 16}.png"),)
)
HAZEL = Character(id="hazel123", name="Hazel", kind="fox", poses=(Pose(cutout=f"cutout-{'1' * 16}.png"),))
PIM = Character(id="pimpimpi", name="Pim", kind="hedgehog", look="a round hedgehog", figure="hedgehog")


def picture(page: Chapter, n: int, job: str = "") -> Picture:
    """A picture that tells what a page says."""
    return Picture(
        file=f"{n:032x}.png", illustrator="plain", seed=n, width=8, height=8, tells=page.fingerprint, job=job
    )


def drawn(page: Chapter, n: int) -> Chapter:
    """A page with its picture."""
    return replace(page, picture=picture(page, n))


@pytest.fixture
def told() -> Book:
    """A whole book of three pages; the friend is on the second, and the third is locked."""
    cover = Chapter(id="book1.cover", n=0, title="Bramble and the Sea", image_prompt="The cover: Bramble and Pim.")
    pages = (
        Chapter(id="book1.a", n=1, title="Bramble wakes", text="Mia woke Bramble.",
                image_prompt="Bramble (a brown bear) wakes.", alt="Bramble (a brown bear) yawns."),
        Chapter(id="book1.b", n=2, text="Bramble’s friend Pim came.", image_prompt="Pim (a round hedgehog) comes."),
        Chapter(id="book1.c", n=3, text="Bramble and Mia slept.", image_prompt="Night.", locked=True),
    )  # fmt: skip
    return Book(
        id="book1", title="Bramble and the Sea", dedication="For Mia", summary="Bramble goes to the sea.",
        brief=Brief(child="Mia", dedication="For Mia", title="Bramble and the Sea", wish="Bramble swims", author="scripted"),
        heroes=(BRAMBLE,), friend=PIM, cover=drawn(cover, 9), drafted=True,
        chapters=tuple(drawn(page, n) for n, page in enumerate(pages)),
    )  # fmt: skip


def states(book: Book) -> list[str]:
    """How the pictures stand, the cover's first."""
    return [page.state for page in book.pages]


def test_a_dedication_redoes_nothing(told: Book) -> None:
    """Nor does who writes from now on."""
    redone = redone_by(told, AboutChange(dedication=" For  Lena ", author="other"))
    assert (redone.after.dedication, redone.after.brief.dedication, redone.after.brief.author) == (
        "For Lena",
        "For Lena",
        "other",
    )
    assert redone == Redone(redone.after, 0, 0, (), (), False)
    assert redone.after.pages == told.pages


def test_a_new_name_stands_in_the_words_and_makes_no_picture_untrue(told: Book) -> None:
    """But for the cover's, which letters the title; what is locked stays, and is counted."""
    redone = redone_by(told, AboutChange(names={"bramble1": "Hazel"}))
    after = redone.after
    assert (after.heroes[0].name, after.title, after.cover.title) == ("Hazel", "Hazel and the Sea", "Hazel and the Sea")
    assert after.chapters[0].image_prompt == "Hazel (a brown bear) wakes."
    assert after.chapters[1].text == "Hazel’s friend Pim came."
    assert after.chapters[2] == told.chapters[2]
    assert (after.summary, after.brief.wish, after.brief.title) == (
        "Hazel goes to the sea.",
        "Hazel swims",
        "Hazel and the Sea",
    )
    assert states(after) == ["stale", "done", "done", "done"]
    assert (redone.renamed, redone.locked, redone.unsaid, redone.pages, redone.stale) == (
        3,
        1,
        (),
        ("book1.cover",),
        True,
    )


def test_a_picture_that_was_stale_before_stays_so(told: Book) -> None:
    """A new name makes nothing true."""
    page = replace(told.chapters[0], text="Bramble is elsewhere.")
    redone = redone_by(with_page(told, page), AboutChange(names={"bramble1": "Hazel"}))
    assert redone.after.chapters[0].state == "stale"
    assert redone.pages == ("book1.cover",)


def test_a_locked_cover_keeps_the_title(told: Book) -> None:
    """Title and cover are one."""
    locked = replace(told, cover=replace(told.cover, locked=True))
    redone = redone_by(locked, AboutChange(names={"bramble1": "Hazel"}))
    assert (redone.after.title, redone.after.cover, redone.locked) == (told.title, locked.cover, 2)


def test_a_child_gets_another_name_and_the_old_one_stays_in_the_house(told: Book) -> None:
    """In words and dedication; one that was typed with it is as it was typed."""
    redone = redone_by(told, AboutChange(child="Lena"))
    assert redone.after.chapters[0].text == "Lena woke Bramble."
    assert (redone.after.dedication, redone.after.brief.dedication) == ("For Lena", "For Lena")
    assert (redone.after.brief.child, redone.after.brief.former_children) == ("Lena", ("Mia",))
    typed = redone_by(told, AboutChange(child="Lena", dedication="For Mia’s sister")).after
    assert typed.dedication == typed.brief.dedication == "For Mia’s sister"
    back = redone_by(redone.after, AboutChange(child="Mia")).after
    assert back.brief.former_children == ("Lena",)


@pytest.mark.parametrize("child", ["", "Lena"])
def test_words_that_do_not_know_the_child_cannot_get_its_name(told: Book, child: str) -> None:
    """Nor lose it: only a story written anew does."""
    before = told if not child else replace(told, brief=replace(told.brief, child=""))
    redone = redone_by(before, AboutChange(child=child))
    assert redone.unsaid == ("child’s name",) and redone.after.chapters == before.chapters


def test_age_and_pronouns_are_not_in_the_words_that_are_there(told: Book) -> None:
    """They are noted, and said to be no more than that."""
    redone = redone_by(told, AboutChange(age_band="7-8", pronouns={"bramble1": "she"}))
    assert redone.unsaid == ("age", "pronouns")
    assert (redone.after.brief.age_band, redone.after.heroes[0].pronouns) == ("7-8", "she")
    assert (redone.after.pages, redone.pages) == (told.pages, ())
    assert redone_by(replace(told, chapters=()), AboutChange(age_band="7-8")).unsaid == ()


def test_another_hero_makes_every_picture_untrue_that_is_not_locked(told: Book) -> None:
    """Its name stands in the words, and its look in what the pictures are to show."""
    redone = redone_by(told, AboutChange(heroes=(HAZEL,)))
    after = redone.after
    assert after.chapters[0].image_prompt == "Hazel (a small plush fox) wakes."
    assert after.chapters[0].alt == "Hazel (a small plush fox) yawns."
    assert states(after) == ["stale", "stale", "stale", "done"]
    assert (redone.pages, redone.unsaid, redone.locked) == (("book1.cover", "book1.a", "book1.b"), ("hero",), 1)


def test_another_toy_of_the_same_name_is_another_hero(told: Book) -> None:
    """The words stay, and the pictures do not match."""
    redone = redone_by(told, AboutChange(heroes=(replace(HAZEL, name="Bramble"),)))
    assert (redone.renamed, redone.pages[1:]) == (0, ("book1.a", "book1.b"))
    assert redone.after.chapters[0].text == told.chapters[0].text


def test_another_friend_concerns_the_pages_that_show_a_friend(told: Book) -> None:
    """Those and the cover."""
    redone = redone_by(told, AboutChange(friend=HAZEL))
    assert redone.after.chapters[1].image_prompt == "Hazel (a small plush fox) comes."
    assert (redone.pages, redone.unsaid) == (("book1.cover", "book1.b"), ("friend",))
    alone = redone_by(told, AboutChange(story_friend=True))
    assert (alone.after.friend, alone.after.chapters[1].text) == (None, told.chapters[1].text)
    assert alone.pages == ("book1.cover", "book1.b")
    first = redone_by(replace(told, friend=None), AboutChange(friend=HAZEL))
    assert first.pages == ("book1.cover",)


def test_a_page_without_a_picture_has_none_that_could_be_untrue(told: Book) -> None:
    """It is as missing as before."""
    bare = with_page(told, replace(told.chapters[0], picture=None))
    redone = redone_by(bare, AboutChange(heroes=(HAZEL,)))
    assert redone.pages == ("book1.cover", "book1.b") and redone.after.chapters[0].picture is None


def test_only_the_note_of_it_can_be_changed(told: Book) -> None:
    """Then not even names change in the words."""
    redone = redone_by(told, AboutChange(heroes=(HAZEL,), words="keep"))
    assert redone.renamed == 0 and redone.after.heroes == (HAZEL,)
    assert [page.text for page in redone.after.pages] == [page.text for page in told.pages]


def test_a_story_written_anew_says_everything(told: Book) -> None:
    """All pictures but locked ones will be untrue; those that are missing are drawn with the others."""
    bare = with_page(told, replace(told.chapters[0], picture=None))
    redone = redone_by(bare, AboutChange(age_band="7-8", words="again"))
    assert (redone.unsaid, redone.pages, redone.locked) == ((), ("book1.b",), 1)
    assert redone_by(bare, AboutChange(age_band="7-8", words="again", draw=True)).pages == ("book1.a", "book1.b")


def test_another_illustrator_leaves_the_pictures_and_may_draw_them_anew(told: Book) -> None:
    """They are true still."""
    redone = redone_by(told, AboutChange(illustrator="other"))
    assert states(redone.after) == ["done"] * 4
    assert (redone.pages, redone.stale) == (("book1.cover", "book1.a", "book1.b"), False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (AboutChange(names={"bramble1": " "}), "needs a name"),
        (AboutChange(names={"nobody": "X"}), "Nobody of that id"),
        (AboutChange(pronouns={"nobody": "she"}), "Nobody of that id"),
        (AboutChange(friend=BRAMBLE), "twice"),
        (AboutChange(child="x" * 81), "child’s name has 81"),
        (AboutChange(dedication="x" * 201), "dedication has 201"),
        (AboutChange(age_band="9-10"), "age band"),
    ],
)
def test_what_cannot_be_is_said(told: Book, change: AboutChange, says: str) -> None:
    """Each refusal is a sentence."""
    with pytest.raises(InvalidInputError, match=says):
        redone_by(told, change)


def test_two_of_one_name_cannot_be_told_apart_in_words(told: Book) -> None:
    """The words are left alone, and it is said why; a note can be made of it."""
    same = replace(told, brief=replace(told.brief, child="Bramble"))
    with pytest.raises(InvalidInputError, match="Two are called Bramble"):
        redone_by(same, AboutChange(child="Mia"))
    assert redone_by(same, AboutChange(child="Mia", words="keep")).after.brief.child == "Mia"


# Taken back


@pytest.fixture
def kept(shelf: Shelf, tmp_path: Path) -> Book:
    """A written and drawn book on a shelf."""
    hero = shelf.cast.save(Character(id="bramble1", name="Bramble"))
    begun = shelf.create(Brief(title="Bramble", child="Mia", author="scripted"), (hero,))

    def write(book: Book) -> Book:
        pages = tuple(
            Chapter(id=f"{book.id}.{name}", n=n, text=f"Bramble {name}.", attempt=1) for n, name in enumerate("ab", 1)
        )
        return replace(book, chapters=tuple(drawn(page, n) for n, page in enumerate(pages)), drafted=True, drafts=1)

    return shelf.update(begun.id, write, what="story")


def about(shelf: Shelf, book: Book, change: AboutChange, **counted: object) -> Book:
    """A change, with what it counts."""
    return shelf.update(book.id, lambda book: replace(redone_by(book, change).after, **counted), what="about")


def hang(shelf: Shelf, book: Book, n: int, file: int, attempt: int) -> Book:
    """A picture that a job drew."""

    def put(book: Book) -> Book:
        page = book.chapters[n]
        return with_page(book, replace(page, picture=picture(page, file, f"{page.id}.{attempt}")))

    return shelf.update(book.id, put, what="picture")


def test_one_undo_takes_back_a_change_with_its_story_and_pictures(shelf: Shelf, kept: Book) -> None:
    """Words, pictures, pages that came and went; counters stay."""

    def order(book: Book) -> Book:
        after = redone_by(book, AboutChange(names={"bramble1": "Hazel"}, words="again")).after
        after = replace(after, drafted=False, drafts=2)
        return with_page(after, replace(after.chapters[0], attempt=2))

    def write(book: Book) -> Book:
        first = replace(book.chapters[0], text="New.")
        new = Chapter(id=f"{book.id}.new", n=2, text="Newer.", attempt=1)
        return replace(book, chapters=(first, new), spent_usd=0.5)

    shelf.update(kept.id, order, what="about")
    shelf.update(kept.id, write, what="story")
    shelf.update(kept.id, lambda book: replace(book, drafted=True), what="story")
    hang(shelf, kept, 0, 77, 2)
    hang(shelf, kept, 1, 78, 1)
    after = shelf.undo(kept.id)
    assert [page.text for page in after.chapters] == ["Bramble a.", "Bramble b."]
    assert (after.chapters[0].picture, after.heroes, after.brief) == (kept.chapters[0].picture, kept.heroes, kept.brief)
    assert after.complete == kept.complete and after.drafted
    assert (after.drafts, after.spent_usd, after.chapters[0].attempt) == (2, 0.5, 2)
    with pytest.raises(InvalidInputError, match="nothing to take back"):
        shelf.undo(kept.id)


def test_what_came_since_is_taken_back_first(shelf: Shelf, kept: Book) -> None:
    """An edit, and a picture that the change did not order; one page alone takes back no change of the whole book."""
    about(shelf, kept, AboutChange(names={"bramble1": "Hazel"}))
    shelf.edit(kept.id, Edit("text", "Mine.", kept.chapters[0].id))
    hang(shelf, kept, 1, 55, 9)
    assert shelf.undoable(kept.id).what == "picture"
    shelf.undo(kept.id)
    assert shelf.undo(kept.id).chapters[0].text == "Hazel a."
    with pytest.raises(InvalidInputError):
        shelf.undo(kept.id, kept.chapters[0].id, "words")
    after = shelf.undo(kept.id)
    assert (after.chapters, after.title) == (kept.chapters, "Bramble")


def test_a_picture_that_came_after_a_new_name_stays_when_that_is_taken_back(shelf: Shelf, kept: Book) -> None:
    """Only another hero's pictures go with the hero."""
    version = about(shelf, kept, AboutChange(names={"bramble1": "Hazel"})).version
    hang(shelf, kept, 0, 55, 9)
    after = shelf.undo(kept.id, version=version).chapters[0]
    assert after.text == "Bramble a." and after.picture and after.picture.file == f"{55:032x}.png"
    hazel = shelf.cast.save(replace(HAZEL, poses=()))
    version = about(shelf, kept, AboutChange(heroes=(hazel,))).version
    hang(shelf, kept, 1, 56, 9)
    assert shelf.undo(kept.id, version=version).chapters[1].picture == kept.chapters[1].picture


def test_a_story_that_was_ordered_later_is_none_of_the_change(shelf: Shelf, kept: Book) -> None:
    """It is as little taken back as any story."""
    version = about(shelf, kept, AboutChange(age_band="7-8"), drafted=False, drafts=2).version
    shelf.update(kept.id, lambda book: replace(book, drafts=3), what="edit")
    shelf.update(kept.id, lambda book: with_page(book, replace(book.chapters[0], text="Second.")), what="story")
    shelf.update(kept.id, lambda book: replace(book, drafted=True), what="story")
    shelf.update(kept.id, lambda book: replace(book, drafted=False, drafts=4))
    shelf.update(kept.id, lambda book: with_page(book, replace(book.chapters[1], text="Third.")), what="story")
    after = shelf.undo(kept.id, version=version)
    assert [page.text for page in after.chapters] == ["Bramble a.", "Third."]
    assert after.brief.age_band == "5-6"


def test_a_story_that_is_under_way_is_taken_back_as_far_as_it_came(shelf: Shelf, kept: Book) -> None:
    """And the book is whole again."""
    about(shelf, kept, AboutChange(age_band="7-8"), drafted=False, drafts=2)
    shelf.update(kept.id, lambda book: with_page(book, replace(book.chapters[0], text="New.")), what="story")
    after = shelf.undo(kept.id)
    assert (after.chapters, after.drafted) == (kept.chapters, True)


def test_a_copy_takes_its_changes_back_as_well(shelf: Shelf, kept: Book) -> None:
    """Its journal names jobs of the book that it came from."""
    hazel = shelf.cast.save(replace(HAZEL, poses=()))

    def order(book: Book) -> Book:
        after = redone_by(book, AboutChange(heroes=(hazel,), draw=True)).after
        return with_page(after, replace(after.chapters[0], attempt=2))

    shelf.bring(kept.id, hazel)
    shelf.update(kept.id, order, what="about")
    hang(shelf, kept, 0, 77, 2)
    copy = shelf.copy(kept.id)
    after = shelf.undo(copy.id)
    assert [page.picture for page in after.chapters] == [page.picture for page in kept.chapters]
    assert (shelf.folder(copy.id) / "characters" / hazel.id / "character.json").exists()
