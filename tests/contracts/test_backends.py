"""What every backend owes a page, held to by the one in this process and the one over HTTP; and that they refuse alike."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, cast, get_type_hints

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from storymaker.books.checking import replace
from storymaker.books.edits import Edit, add_chapter
from storymaker.books.model import Book, Brief, Character, Picture
from storymaker.books.shelf import Shelf
from storymaker.contract.routes import BY_NAME, MULTIPART, Route
from storymaker.contract.values import (
    AboutPatch,
    BookOut,
    BookPatch,
    ChapterPatch,
    CharacterPatch,
    DraftRequest,
    ExportRequest,
    FaceIn,
    File,
    JobOut,
    NewChapter,
    NewCharacter,
    PageSession,
    PictureChoice,
    PicturesRequest,
    RewriteRequest,
    StoryRequest,
    StrokesIn,
    UndoRequest,
    Upload,
)
from storymaker.errors import (
    ConflictError,
    ExportError,
    InvalidInputError,
    NotFoundError,
    PhotoError,
    ScriptError,
    StorymakerError,
)
from storymaker.images.photo import MAX_BYTES
from storymaker.service import StudioService
from storymaker.settings import Settings
from storymaker.studio.backend import Backend
from storymaker.studio.backend.http import Http
from storymaker.studio.backend.in_process import InProcess
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.testing.photos import plushie_photo
from storymaker.text import keyed_id, short_id
from storymaker.workshop import Workshop
from tests.loops import in_loop
from tests.server.served import Served, served

NOT_FOR_PAGES = {"token", "openapi", "keep_key", "forget_key"}
"""A page's kernel signs nobody in, and hears no key: those go from the browser to the server."""
PAGE_ROUTES = [route for route in BY_NAME.values() if route.name not in NOT_FOR_PAGES]
IMPLEMENTATIONS = (Backend, StudioService, InProcess, Http)
SESSION = PageSession(access_token="t", expires_in=900, ticket="", query="", user="")


# One table


@pytest.mark.parametrize("route", PAGE_ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("kind", IMPLEMENTATIONS, ids=lambda kind: kind.__name__)
def test_every_route_has_its_method(kind: type, route: Route) -> None:
    """The same name; first what varies in the path, then the body, then the query with its defaults; the same answer."""
    method = getattr(kind, route.name)
    assert inspect.iscoroutinefunction(method)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    hints = get_type_hints(method)
    taken = len(route.parameters)
    assert tuple(parameter.name for parameter in parameters[:taken]) == route.parameters
    assert all(hints[name] is str for name in route.parameters)
    if route.takes is not None:
        body = {MULTIPART: Upload}.get(route.takes, bytes) if isinstance(route.takes, str) else route.takes
        assert hints[parameters[taken].name] is body
        assert parameters[taken].name == list(inspect.signature(getattr(Backend, route.name)).parameters)[taken + 1]
        taken += 1
    fields = route.query.model_fields if route.query else {}
    assert [parameter.name for parameter in parameters[taken:]] == list(fields)
    for parameter in parameters[taken:]:
        default = fields[parameter.name].default
        assert parameter.default == (inspect.Parameter.empty if default is PydanticUndefined else default)
    assert hints["return"] is (route.gives if isinstance(route.gives, type) else File if route.gives else NoneType)


def test_a_backend_has_no_calls_of_its_own() -> None:
    """What a page can do, any program can do over HTTP."""
    ours = {name for name, value in vars(Backend).items() if inspect.iscoroutinefunction(value)}
    assert ours == {route.name for route in PAGE_ROUTES} | {"close"}
    assert {name for name in vars(Http) if not name.startswith("_")} == ours


@in_loop
async def test_each_method_makes_the_call_of_its_name() -> None:
    """What varies in the path, the body and the query each go where the route has them."""
    called: list[tuple[Any, ...]] = []

    class Recorder(Http):
        async def _send(self, *call: Any) -> Any:
            called.append(call)

    backend = Recorder("http://127.0.0.1:1", SESSION)
    for route in PAGE_ROUTES:
        method = getattr(backend, route.name)
        given = tuple(inspect.signature(method).parameters)
        await method(*given)
        sent, path, body, query = called.pop()
        assert (sent, len(path), body is None) == (route, len(route.parameters), route.takes is None), route.name
        assert set(query) == set(route.query.model_fields if route.query else ()), route.name
        assert given == (*path, *([body] if body else ()), *query.values()), route.name


# Two sides


@dataclass(frozen=True)
class Studio:
    """A workshop with one worker, and the server over it."""

    workshop: Workshop
    served: Served


@dataclass(frozen=True)
class Side:
    """A backend and the empty shelf behind it."""

    backend: Backend
    shelf: Shelf


class Stubborn(PlainIllustrator):
    """Hears no wishes."""

    follows_wishes = False


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Doubles write and draw; some draw for ever, and some fail."""
    root = tmp_path_factory.mktemp("studio")
    home = root / "home"
    with (
        Workshop(
            settings=Settings(books=root / "books", home=home, author="scripted", illustrator="plain"),
            authors={"scripted": ScriptedAuthor()},
            illustrators={
                "plain": PlainIllustrator(cost_usd=0.25),
                "slow": PlainIllustrator(seconds=600),
                "failing": PlainIllustrator(fails=[1]),
                "stubborn": Stubborn(),
            },
        ) as workshop,
        served(workshop, home) as running,
    ):
        workshop.start_worker()
        yield Studio(workshop, running)


def over_http(studio: Studio) -> Side:
    """As a page's kernel under the server sees it."""
    name = f"family-{short_id()}"
    session = SESSION.model_copy(update={"access_token": studio.served.family(name)})
    user = studio.served.users.find(name)
    assert user is not None
    return Side(
        cast(Backend, Http(studio.served.url, session)), Shelf(studio.workshop.shelf.root / "families" / user.id)
    )


def in_process(studio: Studio) -> Side:
    """As a notebook in JupyterLab sees it."""
    shelf = Shelf(studio.workshop.settings.home / "in-process" / short_id())
    return Side(InProcess(studio.workshop.over(shelf)), shelf)


def let_go(side: Side) -> None:
    """Close a side, but not the workshop that all tests share."""
    if isinstance(side.backend, InProcess):
        side.backend._hands.close()
    else:
        asyncio.run(side.backend.close())


@pytest.fixture(params=[in_process, over_http], ids=lambda side: side.__name__)
def side(studio: Studio, request: pytest.FixtureRequest) -> Iterator[Side]:
    """Each backend in turn."""
    made: Side = request.param(studio)
    yield made
    let_go(made)


@pytest.fixture
def backend(side: Side) -> Backend:
    """Each backend in turn."""
    return side.backend


def written(shelf: Shelf) -> Book:
    """A book of three chapters, without pictures."""
    hero = shelf.cast.save(Character(name="Bramble", kind="bear", figure="hero"))
    brief = Brief(title="Bramble and the Sea", author="scripted", illustrator="plain", chapters=3)
    begun = shelf.create(brief, (hero,))

    def write(book: Book) -> Book:
        for n in (1, 2, 3):
            book = add_chapter(book, title=f"Part {n}", text=f"Text {n}.", image_prompt=f"Prompt {n}", scene="sea")
        return replace(book, drafted=True)

    return shelf.update(begun.id, write, what="story")


async def ended(backend: Backend, book_id: str) -> tuple[JobOut, ...]:
    """All jobs of a book, when nothing more will happen to them."""
    while True:
        jobs = (await backend.jobs(book_id)).jobs
        if all(job.ended for job in jobs):
            return jobs
        await asyncio.sleep(0.02)


async def drawn(side: Side) -> BookOut:
    """A book with all its pictures."""
    book = written(side.shelf)
    await side.backend.generate_image(PicturesRequest(book_id=book.id))
    await ended(side.backend, book.id)
    return await side.backend.book(book.id)


# What a backend does


@in_loop
async def test_it_is_alive_and_tells_what_there_is(backend: Backend) -> None:
    """Makers, stories told with the family's names, friends, the budget."""
    assert (await backend.health()).worker == "up"
    there = await backend.studio(hero="Bramble & Co", child="Mina")
    assert [maker.credit for maker in there.authors] == ["a scripted author"]
    assert (there.author, there.illustrator, there.budget_usd) == ("scripted", "plain", 5.0)
    assert any("Bramble & Co" in arc.summary + arc.title for arc in there.arcs)
    assert {arc.title for arc in (await backend.studio()).arcs} and there.friends


@in_loop
async def test_a_page_s_price_is_told_before_the_click(backend: Backend) -> None:
    """What a page by each maker costs, and whether it can follow a wish."""
    there = await backend.studio()
    prices = {maker.name: maker.estimate_usd for maker in (*there.authors, *there.illustrators)}
    assert prices == pytest.approx({"scripted": 0.01, "plain": 0.25, "slow": 0.0, "failing": 0.0, "stubborn": 0.0})
    wishes = {maker.name: maker.follows_wishes for maker in (*there.authors, *there.illustrators)}
    assert wishes == {"scripted": True, "plain": True, "slow": True, "failing": True, "stubborn": False}


@in_loop
async def test_a_price_is_told_before_anything_is_ordered(backend: Backend) -> None:
    """Words and pictures apart, and nothing is on the shelf."""
    estimate = await backend.estimate(StoryRequest(chapters=3))
    assert (estimate.words_usd, estimate.pictures_usd) == pytest.approx((0.03, 1.0))
    assert estimate.total_usd == pytest.approx(1.03)
    assert (await backend.shelf()).books == ()


@in_loop
async def test_a_book_is_ordered_and_made(backend: Backend) -> None:
    """From a name to all pictures; jobs say how they stand, the shelf counts, the history knows each save."""
    ordered = await backend.generate_story(StoryRequest(hero_name="Bramble", chapters=2, draw=True, seed=7))
    assert ordered.script is None
    jobs = await ended(backend, ordered.book_id)
    assert [job.state for job in jobs] == ["done"] * 4
    story = await backend.job(ordered.job_id)
    assert (story.kind, story.book_id, story.progress, story.chapter_id) == ("story", ordered.book_id, 1.0, None)
    assert story.created is not None and story.finished is not None and story.created <= story.finished
    book = await backend.book(ordered.book_id)
    assert book.complete and book.drafted and book.title == "Bramble counts" and book.brief.seed == 7
    assert [page.state for page in book.pages] == ["done"] * 3
    assert book.cost_usd == pytest.approx(2 * 0.01 + 3 * 0.25)
    (card,) = (await backend.shelf()).books
    assert (card.id, card.hero, card.chapters, card.done, card.total) == (book.id, "Bramble", 2, 3, 3)
    assert card.cover and book.cover.picture and card.cover == book.cover.picture.file
    entries = (await backend.history(book.id)).entries
    assert entries[0].what == "created" and entries[-1].version == book.version


KEYED = StoryRequest(hero_name="Bramble", chapters=2, key="order-1_A")


@in_loop
async def test_an_order_with_a_key_begins_one_book(backend: Backend) -> None:
    """However often it is sent, also at the same time and when the story is long written."""
    sent = await asyncio.gather(*(backend.generate_story(KEYED) for _ in range(4)))
    ordered = sent[0]
    assert sent == [ordered] * 4
    (job,) = await ended(backend, ordered.book_id)
    assert (job.id, job.state) == (ordered.job_id, "done")
    before = await backend.book(ordered.book_id)
    assert await backend.generate_story(KEYED) == ordered
    assert await backend.book(ordered.book_id) == before
    again = await backend.draft(ordered.book_id, DraftRequest(again=True))
    assert (await backend.generate_story(KEYED)).job_id == again.id, "the latest story"
    assert len((await backend.shelf()).books) == 1
    for other in (KEYED.model_copy(update={"key": "order-2"}), KEYED.model_copy(update={"key": ""})):
        assert (await backend.generate_story(other)).book_id != ordered.book_id
    assert len((await backend.shelf()).books) == 3


@in_loop
async def test_an_order_that_was_cut_off_is_taken_up(backend: Backend, side: Side) -> None:
    """A book that was begun, and whose story was never handed in, is written."""
    hero = side.shelf.cast.save(Character(name="Bramble", figure="hero"))
    brief = Brief(author="scripted", illustrator="plain", chapters=2)
    book = side.shelf.create(brief, (hero,), book_id=keyed_id(str(side.shelf.root), KEYED.key))
    ordered = await backend.generate_story(KEYED.model_copy(update={"draw": True}))
    assert ordered.book_id == book.id
    await ended(backend, book.id)
    assert (await backend.book(book.id)).complete


@in_loop
async def test_an_order_whose_book_was_thrown_away_begins_another(backend: Backend) -> None:
    """The one in the trash stays what it is, and can be restored."""
    ordered = await backend.generate_story(KEYED)
    await ended(backend, ordered.book_id)
    await backend.delete_book(ordered.book_id)
    another = await backend.generate_story(KEYED)
    await ended(backend, another.book_id)
    assert another.book_id != ordered.book_id
    assert [card.id for card in (await backend.shelf()).books] == [another.book_id]
    await backend.restore_book(ordered.book_id)
    assert (await backend.generate_story(KEYED)).book_id == ordered.book_id


@pytest.mark.parametrize("make", [in_process, over_http], ids=lambda make: make.__name__)
def test_two_families_with_one_key_have_two_books(studio: Studio, make: Callable[[Studio], Side]) -> None:
    """A key says nothing about anybody else's book."""
    sides = make(studio), make(studio)
    ordered = []
    for side in sides:

        async def order(backend: Backend = side.backend) -> None:
            ordered.append(await backend.generate_story(KEYED))
            await ended(backend, ordered[-1].book_id)

        asyncio.run(order())
        let_go(side)
    assert ordered[0].book_id != ordered[1].book_id
    assert [len(side.shelf.list().books) for side in sides] == [1, 1]


@pytest.mark.parametrize("key", ["with space", "../x", "x" * 65, "ä", "x\n"])
def test_a_key_is_a_plain_word(key: str) -> None:
    """Anything else is refused before it is sent."""
    with pytest.raises(ValidationError):
        StoryRequest(key=key)


@in_loop
async def test_the_same_book_again_is_the_same_value(backend: Backend, side: Side) -> None:
    """Asking twice changes nothing, and a change from elsewhere is seen at once."""
    book = written(side.shelf)
    first = await backend.book(book.id)
    assert await backend.book(book.id) == first
    side.shelf.update(book.id, lambda book: replace(book, dedication="For Mina"))
    later = await backend.book(book.id)
    assert (later.dedication, later.version) == ("For Mina", first.version + 1)


@in_loop
async def test_words_are_edited(backend: Backend, side: Side) -> None:
    """Each edit answers with the whole book; what it started from is named, and what is left out stays."""
    book = written(side.shelf)
    one, two, three = (chapter.id for chapter in book.chapters)
    titled = await backend.patch_book(book.id, BookPatch(title="  Déjà <b>vu</b>  ", base={"title": book.title}))
    assert titled.title == titled.cover.title == "Déjà <b>vu</b>"
    edited = await backend.patch_chapter(two, ChapterPatch(text="New.\nLines.", locked=True, base={"text": "Text 2."}))
    assert (edited.chapters[1].text, edited.chapters[1].title, edited.chapters[1].locked) == (
        "New.\nLines.",
        "Part 2",
        True,
    )
    moved = await backend.patch_chapter(three, ChapterPatch(n=1))
    assert [chapter.id for chapter in moved.chapters] == [three, one, two]
    added = await backend.add_chapter(book.id, NewChapter(n=2, title="Between"))
    assert [chapter.title for chapter in added.chapters] == ["Part 3", "Between", "Part 1", "Part 2"]
    deleted = await backend.delete_chapter(one)
    assert [chapter.title for chapter in deleted.chapters] == ["Part 3", "Between", "Part 2"]
    back = await backend.undo(book.id, UndoRequest())
    assert [chapter.title for chapter in back.chapters] == [chapter.title for chapter in added.chapters]
    words = await backend.undo(book.id, UndoRequest(chapter_id=two, scope="words"))
    assert words.chapters[3].text == "Text 2."
    assert words == await backend.book(book.id)
    order = await backend.undo(book.id, UndoRequest(version=moved.version))
    assert [chapter.title for chapter in order.chapters] == ["Part 1", "Between", "Part 2", "Part 3"]


@in_loop
async def test_a_conflict_brings_both_sides(backend: Backend, side: Side) -> None:
    """Whoever comes second is shown what stands there, and nothing is lost."""
    book = written(side.shelf)
    chapter = book.chapters[0].id
    await backend.patch_chapter(chapter, ChapterPatch(text="Theirs."))
    with pytest.raises(ConflictError) as conflict:
        await backend.patch_chapter(chapter, ChapterPatch(text="Mine.", base={"text": "Text 1."}))
    assert (conflict.value.field, conflict.value.mine, conflict.value.theirs) == ("text", "Mine.", "Theirs.")
    assert (await backend.book(book.id)).chapters[0].text == "Theirs."


@in_loop
async def test_the_script_goes_out_and_comes_in(backend: Backend, side: Side) -> None:
    """As a file with a name; what was changed in it is in the book."""
    book = written(side.shelf)
    script = await backend.script(book.id)
    assert (script.media_type, script.name) == ("text/csv", "bramble-and-the-sea.csv")
    changed = await backend.put_script(book.id, script.data.replace(b"Text 2.", "Zwölf Bären.".encode()))
    assert [chapter.text for chapter in changed.chapters] == ["Text 1.", "Zwölf Bären.", "Text 3."]


@in_loop
async def test_a_book_goes_into_the_trash_and_comes_back(backend: Backend, side: Side) -> None:
    """Whole, as it was; what is purged is gone for good."""
    book = written(side.shelf)
    before = await backend.book(book.id)
    deleted = await backend.delete_book(book.id)
    assert (deleted.book_id, deleted.days) == (book.id, 30)
    assert (await backend.shelf()).books == ()
    assert [card.id for card in (await backend.trash()).books] == [book.id]
    assert await backend.restore_book(book.id) == before == await backend.book(book.id)
    await backend.delete_book(book.id)
    assert await backend.purge_book(book.id) is None  # type: ignore[func-returns-value]
    assert (await backend.trash()).books == ()


@in_loop
async def test_a_copy_is_a_book_of_its_own(backend: Backend, side: Side) -> None:
    """Beside the first, with ids of its own, and no jobs."""
    book = written(side.shelf)
    copy = await backend.copy_book(book.id)
    assert {card.id for card in (await backend.shelf()).books} == {book.id, copy.id}
    assert [page.text for page in copy.pages] == [page.text for page in (await backend.book(book.id)).pages]
    assert (await backend.jobs(copy.id)).jobs == ()
    assert await backend.book(copy.id) == copy


@in_loop
async def test_a_lost_picture_is_still_to_be_drawn(backend: Backend, side: Side) -> None:
    """The page says why, over the wire too."""
    book = written(side.shelf)
    picture = Picture(file="a" * 32 + ".png", illustrator="plain", seed=1, width=8, height=8)
    side.shelf.update(book.id, lambda book: replace(book, cover=replace(book.cover, picture=picture)))
    cover = (await backend.book(book.id)).cover
    assert (cover.state, cover.picture) == ("missing", None) and "missing in the book's folder" in cover.trouble


@in_loop
async def test_shelf_and_trash_come_page_by_page(backend: Backend, side: Side) -> None:
    """So many at once, each once, and a search counts what it finds; without a word it is all of a family's shelf."""
    books = [side.shelf.create(Brief(title=f"Part {n}"), ()) for n in range(5)]
    whole = await backend.shelf()
    assert (len(whole.books), whole.total, whole.next) == (5, 5, None)
    first = await backend.shelf(limit=2)
    assert first.next is not None
    side.shelf.edit(books[0].id, Edit("title", "The front"))
    rest = await backend.shelf(limit=9, after=first.next)
    assert [card.id for card in first.books] == [book.id for book in reversed(books[3:])]
    assert [card.id for card in rest.books] == [book.id for book in reversed(books[1:3])]
    assert (first.total, rest.total, rest.next) == (5, 5, None)
    found = await backend.shelf(limit=1, search="THE fr")
    assert ([card.title for card in found.books], found.total, found.next) == (["The front"], 1, None)
    for book in books:
        await backend.delete_book(book.id)
    assert (await backend.shelf()).total == 0
    thrown = await backend.trash(limit=4, search="part")
    assert (len(thrown.books), thrown.total, thrown.next) == (4, 4, None)
    assert (await backend.trash(limit=1)).next is not None
    with pytest.raises(InvalidInputError, match="from the beginning"):
        await backend.shelf(after="nowhere")


@in_loop
async def test_of_many_odd_folders_the_first_are_named(backend: Backend, side: Side) -> None:
    """And how many more there are; with the beginning of the shelf only."""
    for n in range(60):
        (side.shelf.root / f"odd-{n:02}").mkdir(parents=True)
    problems = (await backend.shelf()).problems
    assert len(problems) == 51 and problems[-1].reason.startswith("10 more folders")
    assert (await backend.shelf(search="odd")).problems == ()


@in_loop
async def test_a_folder_that_is_no_book_is_said(backend: Backend, side: Side) -> None:
    """The others are still there."""
    book = written(side.shelf)
    (side.shelf.root / "odd-one").mkdir()
    shelf = await backend.shelf()
    assert [card.id for card in shelf.books] == [book.id]
    assert [trouble.folder for trouble in shelf.problems] == ["odd-one"] and shelf.problems[0].reason


@in_loop
async def test_words_are_written_anew(backend: Backend, side: Side) -> None:
    """A chapter with a wish, and the whole story when it is said again."""
    book = written(side.shelf)
    job = await backend.rewrite(book.chapters[0].id, RewriteRequest(wish="Twice!"))
    assert (job.kind, job.chapter_id) == ("chapter", book.chapters[0].id)
    await ended(backend, book.id)
    assert (await backend.book(book.id)).chapters[0].text == "Text 1. Twice!"
    again = await backend.draft(book.id, DraftRequest(again=True))
    assert again.kind == "story"
    await ended(backend, book.id)
    assert (await backend.book(book.id)).chapters[2].text == "Bramble counted to 3."


@in_loop
async def test_words_that_a_page_had_are_told_and_taken_again(backend: Backend, side: Side) -> None:
    """The author's, the parent's, the script's; what stands is the last."""
    book = written(side.shelf)
    page = book.chapters[1].id
    await backend.patch_chapter(page, ChapterPatch(title="Mine", text="Mine."))
    script = await backend.script(book.id)
    await backend.put_script(book.id, script.data.replace(b"Mine.", b"Typed."))
    had = (await backend.wordings(page)).wordings
    assert [(words.title, words.text, words.what) for words in had] == [
        ("Part 2", "Text 2.", "story"), ("Mine", "Mine.", "edit"), ("Mine", "Typed.", "script"),
    ]  # fmt: skip
    assert had[0].at <= had[1].at <= had[2].at
    again = await backend.patch_chapter(page, ChapterPatch(title=had[0].title, text=had[0].text))
    assert again.chapters[1].text == "Text 2."
    texts = [words.text for words in (await backend.wordings(page)).wordings]
    assert texts == ["Mine.", "Typed.", "Text 2."]
    await backend.undo(book.id, UndoRequest(chapter_id=page, scope="words"))
    assert (await backend.wordings(page)).wordings[-1].what == "undo"
    (cover,) = (await backend.wordings(book.cover.id)).wordings
    assert (cover.title, cover.what) == (book.title, "created")


@in_loop
async def test_pictures_are_drawn_kept_and_hung_again(backend: Backend, side: Side) -> None:
    """All that are missing, then one anew; the earlier one is a click away; masters and thumbnails are pictures."""
    book = await drawn(side)
    assert book.complete
    chapter = book.chapters[0]
    assert chapter.picture is not None
    (job,) = (await backend.generate_image(PicturesRequest(book_id=book.id, chapter_ids=(chapter.id,)))).jobs
    assert job.id == f"{chapter.id}.2"
    await ended(backend, book.id)
    had = [picture.file for picture in (await backend.pictures(chapter.id)).pictures]
    assert len(had) == 2 and had[0] == chapter.picture.file
    hung = await backend.use_picture(chapter.id, PictureChoice(file=had[0]))
    assert hung.chapters[0].picture == chapter.picture
    master = await backend.picture(book.id, had[0])
    assert master.media_type == "image/png" and master.data.startswith(b"\x89PNG") and master.name == ""
    small = await backend.picture(book.id, had[0], w=100)
    assert small.media_type == "image/jpeg" and small.data.startswith(b"\xff\xd8")
    assert (await backend.generate_image(PicturesRequest(book_id=book.id))).jobs == ()


@in_loop
async def test_a_page_is_drawn_anew_with_a_wish(backend: Backend, side: Side) -> None:
    """The illustrator hears it, one that it cannot follow is said on the picture, and the page is as true as before."""
    book = await drawn(side)
    chapter = book.chapters[0]
    request = PicturesRequest(book_id=book.id, chapter_ids=(chapter.id,), wish="  by\x00 night ")
    (job,) = (await backend.generate_image(request)).jobs
    assert job.id == f"{chapter.id}.2"
    await ended(backend, book.id)
    page = (await backend.book(book.id)).chapters[0]
    assert page.state == "done" and page.picture
    assert page.picture.notes == ("This is as “by night” as one colour can be.",)
    assert chapter.picture and chapter.picture.notes == ()


@in_loop
async def test_a_drawing_is_stopped_and_drawn_later(backend: Backend, side: Side) -> None:
    """A cancelled job says so, and can be done again as another."""
    hero = side.shelf.cast.save(Character(name="Bramble", figure="hero"))
    book = side.shelf.create(Brief(author="scripted", illustrator="slow"), (hero,))
    (job,) = (await backend.generate_image(PicturesRequest(book_id=book.id, chapter_ids=(book.cover.id,)))).jobs
    assert not job.ended
    assert (await backend.cancel(job.id)).state == "cancelled"
    assert (await backend.cancel(job.id)).state == "cancelled"
    again = await backend.retry(job.id)
    assert again.id == f"{book.cover.id}.2"
    await backend.cancel(again.id)
    assert {job.state for job in await ended(backend, book.id)} == {"cancelled"}


@in_loop
async def test_a_failed_drawing_says_why(backend: Backend, side: Side) -> None:
    """A sentence and a code; the page stays without a picture."""
    book = written(side.shelf)
    side.shelf.update(book.id, lambda book: replace(book, brief=replace(book.brief, illustrator="failing")))
    await backend.generate_image(PicturesRequest(book_id=book.id, chapter_ids=(book.chapters[0].id,)))
    (job,) = await ended(backend, book.id)
    assert (job.state, job.code) == ("failed", "scripted")
    assert job.reason == "Page 1 will not be drawn. Please try again."
    assert (await backend.book(book.id)).chapters[0].state == "missing"


@in_loop
async def test_a_character_joins_changes_and_leaves(backend: Backend, tmp_path: Path) -> None:
    """With a photo that is cut out, cut out again by strokes, shown, and taken away."""
    new = await backend.add_character(NewCharacter(name="Bramble 🐻", kind="bear", trait="brave"))
    assert (await backend.cast()).characters == (new,)
    patched = await backend.patch_character(new.id, CharacterPatch(kind="panda"))
    assert (patched.name, patched.kind, patched.trait) == ("Bramble 🐻", "panda", "brave")
    photo = plushie_photo(tmp_path / "photo.jpg").read_bytes()
    taken = await backend.add_photo(new.id, Upload(name="teddy.jpg", data=photo))
    (pose,) = taken.character.poses
    assert pose.photo is not None
    for name, w in ((pose.cutout, None), (pose.photo, 160)):
        shown = await backend.character_image(new.id, name, w=w)
        assert shown.media_type == "image/png" and shown.data.startswith(b"\x89PNG")
    strokes = StrokesIn(keep=(((0.5, 0.4), (0.5, 0.6)),), remove=(((0.05, 0.05), (0.95, 0.05)),))
    (again,) = (await backend.recut(new.id, pose.photo, strokes)).character.poses
    assert again.photo == pose.photo and again.cutout != pose.cutout
    (faced,) = (await backend.set_face(new.id, pose.photo, FaceIn(at=(0.5, 0.3)))).poses
    assert (pose.face, faced.face, faced.cutout) == (None, (0.5, 0.3), again.cutout)
    (cut,) = (await backend.recut(new.id, pose.photo, strokes)).character.poses
    assert cut.face == (0.5, 0.3)
    assert (await backend.set_face(new.id, pose.photo, FaceIn())).poses[0].face is None
    assert (await backend.delete_photo(new.id, pose.photo)).poses == ()
    assert await backend.delete_character(new.id) is None  # type: ignore[func-returns-value]
    assert (await backend.cast()).characters == ()


async def two_toys(side: Side) -> tuple[BookOut, str]:
    """A drawn book about Bramble, and the id of another toy that can be drawn."""
    book = await drawn(side)
    hazel = await side.backend.add_character(NewCharacter(name="Hazel", builtin=True))
    return book, hazel.id


@in_loop
async def test_what_a_book_is_about_is_told_and_changed(backend: Backend, side: Side) -> None:
    """First what it redoes and costs; then in one save, which one undo takes back."""
    book = await drawn(side)
    hero = book.heroes[0]
    patch = AboutPatch(dedication="For Lena", child="Lena", names={hero.id: "Hazel"}, pronouns={hero.id: "she"})
    plan = await backend.plan_about(book.id, patch)
    assert (plan.renamed, plan.unsaid, plan.pictures, plan.stale) == (1, ("child’s name", "pronouns"), 1, True)
    assert [plan.words_usd, plan.pictures_usd, plan.total_usd] == pytest.approx([0.03, 0.25, 0.0])
    assert any("$0.03" in sentence for sentence in plan.sentences)
    assert await backend.book(book.id) == book
    after = await backend.patch_about(book.id, patch)
    assert (after.title, after.dedication, after.brief.child) == ("Hazel and the Sea", "For Lena", "Lena")
    assert (after.heroes[0].name, after.heroes[0].pronouns, after.version) == ("Hazel", "she", book.version + 1)
    assert [page.state for page in after.pages] == ["stale", "done", "done", "done"]
    back = await backend.undo(book.id, UndoRequest())
    assert back == book.model_copy(update={"version": back.version, "updated": back.updated})


@in_loop
async def test_another_hero_is_written_and_drawn_and_taken_back_at_once(backend: Backend, side: Side) -> None:
    """A new story of the same brief, with new pictures; a locked page stays; one undo brings back all of it."""
    book, hazel = await two_toys(side)
    locked = await backend.patch_chapter(book.chapters[2].id, ChapterPatch(locked=True))
    patch = AboutPatch(heroes=(hazel,), words="again", draw=True)
    plan = await backend.plan_about(book.id, patch)
    assert (plan.pictures, plan.locked) == (3, 1) and plan.total_usd == pytest.approx(0.03 + 3 * 0.25)
    ordered = await backend.patch_about(book.id, patch)
    assert not ordered.drafted
    await ended(backend, book.id)
    after = await backend.book(book.id)
    assert [page.text for page in after.chapters] == ["Hazel counted to 1.", "Hazel counted to 2.", "Text 3."]
    assert after.complete and after.chapters[2] == locked.chapters[2]
    assert all(new.picture != old.picture for new, old in zip(after.pages[:3], book.pages[:3], strict=True))
    assert after.heroes[0].id == hazel
    back = await backend.undo(book.id, UndoRequest())
    assert (back.chapters, back.cover, back.heroes) == (locked.chapters, locked.cover, locked.heroes)
    assert back.drafted and back.complete and back.cost_usd == after.cost_usd


@in_loop
async def test_who_makes_a_book_is_changed_for_that_book(backend: Backend, side: Side) -> None:
    """Nothing is redone unless that is asked for."""
    book = await drawn(side)
    plan = await backend.plan_about(book.id, AboutPatch(illustrator="stubborn"))
    assert (plan.pictures, plan.stale, plan.total_usd) == (4, False, 0.0)
    after = await backend.patch_about(book.id, AboutPatch(illustrator="stubborn", draw=True))
    assert after.brief.illustrator == "stubborn" and after.complete
    await ended(backend, book.id)
    pictures = [page.picture for page in (await backend.book(book.id)).pages]
    assert {picture and picture.illustrator for picture in pictures} == {"stubborn"}
    assert [page.picture for page in (await backend.undo(book.id, UndoRequest())).pages] == [
        page.picture for page in book.pages
    ]


@in_loop
async def test_the_books_that_somebody_is_in_are_told(backend: Backend, side: Side) -> None:
    """By the name that they have there, so that they can be called otherwise there too; whoever is in none is in none."""
    book, hazel = await two_toys(side)
    hero = book.heroes[0].id
    await backend.patch_character(hero, CharacterPatch(name="Otis"))
    (role,) = (await backend.roles(hero)).books
    assert (role.book_id, role.title, role.name) == (book.id, "Bramble and the Sea", "Bramble")
    assert (await backend.roles(hazel)).books == ()
    await backend.patch_about(book.id, AboutPatch(names={hero: "Otis"}, friend=hazel))
    assert [role.name for role in (await backend.roles(hero)).books] == ["Otis"]
    assert [role.name for role in (await backend.roles(hazel)).books] == ["Hazel"]
    await backend.patch_about(book.id, AboutPatch(friend=""))
    assert (await backend.roles(hazel)).books == ()
    await backend.delete_character(hero)
    again = await backend.patch_about(book.id, AboutPatch(heroes=(), hero_name="Pip", friend=hazel))
    assert (again.heroes[0].name, again.heroes[0].figure) == ("Pip", "hero")


@in_loop
async def test_our_own_plushie_can_be_chosen(backend: Backend) -> None:
    """It brings its own cut-outs, and plays the hero of a book."""
    ours = await backend.add_character(NewCharacter(name="Pip", builtin=True))
    assert ours.figure == "hero" and ours.poses
    ordered = await backend.generate_story(StoryRequest(heroes=(ours.id,), chapters=1))
    await ended(backend, ordered.book_id)
    assert [hero.id for hero in (await backend.book(ordered.book_id)).heroes] == [ours.id]


@in_loop
async def test_a_finished_book_is_printed(backend: Backend, side: Side) -> None:
    """Made, then downloaded; any page can be looked at before."""
    book = await drawn(side)
    page = await backend.preview(book.id, "2", w=200)
    assert page.media_type == "image/png" and page.data.startswith(b"\x89PNG")
    made = await backend.export(book.id, "pdf", ExportRequest(easy_reading=True))
    assert (made.name, made.pages) == ("bramble-and-the-sea.pdf", 10)
    file = await backend.download(book.id, "pdf")
    assert (file.media_type, file.name) == ("application/pdf", made.name) and file.data.startswith(b"%PDF")
    cover = await backend.export(book.id, "cover", ExportRequest())
    assert (cover.name, cover.pages) == ("bramble-and-the-sea-cover.pdf", 2)
    assert (await backend.download(book.id, "cover")).data.startswith(b"%PDF")
    await backend.patch_book(book.id, BookPatch(title="Another"))
    for format_ in ("pdf", "cover"):
        with pytest.raises(NotFoundError):
            await backend.download(book.id, format_)


def test_closing_twice_is_no_fault(studio: Studio) -> None:
    """A page may go in any state, also before it asked anything; who asks again after all is answered."""
    backend = over_http(studio).backend

    async def come_and_go() -> None:
        await backend.close()
        for _ in range(2):
            assert (await backend.health()).status == "ok"
            await backend.close()
            await backend.close()

    asyncio.run(come_and_go())


# What a backend refuses


Call = Callable[[Backend, "Book"], Awaitable[object]]
NOBODY = "nobody22"

REFUSED: dict[str, tuple[type[StorymakerError], str, Call]] = {
    # Not there
    "book": (NotFoundError, "not-found", lambda b, _: b.book(NOBODY)),
    "book by a path": (NotFoundError, "not-found", lambda b, _: b.book("../families")),
    "book by a question": (NotFoundError, "not-found", lambda b, book: b.book(f"{book.id}?w=1#x")),
    "book by markup": (NotFoundError, "not-found", lambda b, _: b.book("<script>alert(1)</script>\r\n\0ä")),
    "book by ten thousand letters": (NotFoundError, "not-found", lambda b, _: b.book("x" * 10_000)),
    "jobs of no book": (NotFoundError, "not-found", lambda b, _: b.jobs(NOBODY)),
    "patch of no book": (NotFoundError, "not-found", lambda b, _: b.patch_book(NOBODY, BookPatch(title="x"))),
    "delete of no book": (NotFoundError, "not-found", lambda b, _: b.delete_book(NOBODY)),
    "copy of no book": (NotFoundError, "not-found", lambda b, _: b.copy_book(NOBODY)),
    "restore of what is not in the trash": (NotFoundError, "not-found", lambda b, book: b.restore_book(book.id)),
    "purge of what is not in the trash": (NotFoundError, "not-found", lambda b, book: b.purge_book(book.id)),
    "draft of no book": (NotFoundError, "not-found", lambda b, _: b.draft(NOBODY, DraftRequest())),
    "history of no book": (NotFoundError, "not-found", lambda b, _: b.history(NOBODY)),
    "undo of no book": (NotFoundError, "not-found", lambda b, _: b.undo(NOBODY, UndoRequest())),
    "chapter for no book": (NotFoundError, "not-found", lambda b, _: b.add_chapter(NOBODY, NewChapter())),
    "script of no book": (NotFoundError, "not-found", lambda b, _: b.script(NOBODY)),
    "pictures for no book": (NotFoundError, "not-found", lambda b, _: b.generate_image(PicturesRequest(book_id=NOBODY))),
    "export of no book": (NotFoundError, "not-found", lambda b, _: b.export(NOBODY, "pdf", ExportRequest())),
    "preview of no book": (NotFoundError, "not-found", lambda b, _: b.preview(NOBODY, "1")),
    "picture of no book": (NotFoundError, "not-found", lambda b, _: b.picture(NOBODY, "0" * 32 + ".png")),
    "chapter": (NotFoundError, "not-found", lambda b, book: b.patch_chapter(f"{book.id}.nope", ChapterPatch(text="x"))),
    "chapter without its book": (NotFoundError, "not-found", lambda b, _: b.patch_chapter("nope", ChapterPatch(text="x"))),
    "delete of no chapter": (NotFoundError, "not-found", lambda b, book: b.delete_chapter(f"{book.id}.nope")),
    "rewrite of no chapter": (NotFoundError, "not-found", lambda b, book: b.rewrite(f"{book.id}.nope", RewriteRequest())),
    "words of no chapter": (NotFoundError, "not-found", lambda b, book: b.wordings(f"{book.id}.nope")),
    "words of no book": (NotFoundError, "not-found", lambda b, _: b.wordings(f"{NOBODY}.cover")),
    "pictures of no chapter": (NotFoundError, "not-found", lambda b, book: b.pictures(f"{book.id}.nope")),
    "picture for no chapter": (
        NotFoundError, "not-found",
        lambda b, book: b.generate_image(PicturesRequest(book_id=book.id, chapter_ids=(f"{book.id}.nope",))),
    ),
    "picture that the page never had": (
        NotFoundError, "not-found", lambda b, book: b.use_picture(book.cover.id, PictureChoice(file="0" * 32 + ".png")),
    ),
    "picture by a path": (NotFoundError, "not-found", lambda b, book: b.picture(book.id, "../book.json", w=100)),
    "page": (NotFoundError, "not-found", lambda b, book: b.preview(book.id, "99")),
    "page that is no number": (NotFoundError, "not-found", lambda b, book: b.preview(book.id, "one")),
    "format": (NotFoundError, "format", lambda b, book: b.export(book.id, "epub", ExportRequest())),
    "download of no format": (NotFoundError, "format", lambda b, book: b.download(book.id, "exe")),
    "download of what was not made": (NotFoundError, "not-made", lambda b, book: b.download(book.id, "pdf")),
    "job": (NotFoundError, "not-found", lambda b, book: b.job(f"{book.id}.story.9")),
    "cancel of no job": (NotFoundError, "not-found", lambda b, _: b.cancel("nope")),
    "retry of no job": (NotFoundError, "not-found", lambda b, _: b.retry("../nope")),
    "hero": (NotFoundError, "not-found", lambda b, _: b.generate_story(StoryRequest(heroes=(NOBODY,)))),
    "friend": (NotFoundError, "not-found", lambda b, _: b.generate_story(StoryRequest(friend=NOBODY))),
    "character": (NotFoundError, "not-found", lambda b, _: b.patch_character(NOBODY, CharacterPatch(name="x"))),
    "delete of no character": (NotFoundError, "not-found", lambda b, _: b.delete_character("../.trash")),
    "photo of no character": (NotFoundError, "not-found", lambda b, _: b.add_photo(NOBODY, Upload(name="x", data=b"x"))),
    "a face in no photo": (NotFoundError, "not-found", lambda b, book: b.set_face(hero_of(book), "nope.png", FaceIn(at=(0.5, 0.5)))),
    "strokes for no photo": (NotFoundError, "not-found", lambda b, book: b.recut(hero_of(book), "nope.png", StrokesIn())),
    "delete of no photo": (NotFoundError, "not-found", lambda b, book: b.delete_photo(hero_of(book), "nope.png")),
    "image of no character": (NotFoundError, "not-found", lambda b, _: b.character_image(NOBODY, "x.png")),
    "image that is a card": (NotFoundError, "not-found", lambda b, book: b.character_image(hero_of(book), "character.json")),
    # Not possible
    "no title": (InvalidInputError, "invalid", lambda b, book: b.patch_book(book.id, BookPatch(title="  "))),
    "a title too long": (InvalidInputError, "invalid", lambda b, book: b.patch_book(book.id, BookPatch(title="x" * 81))),
    "a dedication too long": (
        InvalidInputError, "invalid", lambda b, book: b.patch_book(book.id, BookPatch(dedication="x" * 10_000)),
    ),
    "nothing to change": (InvalidInputError, "nothing", lambda b, book: b.patch_book(book.id, BookPatch())),
    "nothing as a value": (InvalidInputError, "invalid", lambda b, book: b.patch_book(book.id, BookPatch(title=None))),
    "text too long": (
        InvalidInputError, "invalid", lambda b, book: b.patch_chapter(book.cover.id, ChapterPatch(text="x" * 10_000)),
    ),
    "no such place": (InvalidInputError, "invalid", lambda b, book: b.patch_chapter(book.chapters[0].id, ChapterPatch(n=9))),
    "the cover elsewhere": (InvalidInputError, "invalid", lambda b, book: b.patch_chapter(book.cover.id, ChapterPatch(n=1))),
    "no cover": (InvalidInputError, "invalid", lambda b, book: b.delete_chapter(book.cover.id)),
    "a story twice": (InvalidInputError, "invalid", lambda b, book: b.draft(book.id, DraftRequest())),
    "nothing to undo": (
        InvalidInputError, "invalid", lambda b, book: b.undo(book.id, UndoRequest(chapter_id=book.cover.id, scope="picture")),
    ),
    "a wish too far": (InvalidInputError, "invalid", lambda b, _: b.generate_story(StoryRequest(wish="impossible"))),
    "a book too dear": (InvalidInputError, "budget", lambda b, _: b.generate_story(StoryRequest(chapters=40))),
    "a hero without a photo": (InvalidInputError, "no-photo", lambda b, _: with_new_hero(b)),
    "a hero without a name": (InvalidInputError, "invalid", lambda b, _: b.generate_story(StoryRequest(hero_name=" "))),
    "an unknown author": (InvalidInputError, "maker", lambda b, _: b.generate_story(StoryRequest(author="nobody"))),
    "an unknown illustrator": (InvalidInputError, "maker", lambda b, _: b.estimate(StoryRequest(illustrator="nobody"))),
    "a character without a name": (InvalidInputError, "name", lambda b, _: b.add_character(NewCharacter(name=" "))),
    "a character that loses its name": (
        InvalidInputError, "name", lambda b, book: b.patch_character(hero_of(book), CharacterPatch(name="")),
    ),
    "a book with gaps": (ExportError, "export", lambda b, book: b.export(book.id, "pdf", ExportRequest())),
    "a change of no book": (NotFoundError, "not-found", lambda b, _: b.patch_about(NOBODY, AboutPatch())),
    "a plan for no book": (NotFoundError, "not-found", lambda b, _: b.plan_about(NOBODY, AboutPatch())),
    "books of no character": (NotFoundError, "not-found", lambda b, _: b.roles(NOBODY)),
    "another hero that is nobody": (
        NotFoundError, "not-found", lambda b, book: b.patch_about(book.id, AboutPatch(heroes=(NOBODY,))),
    ),
    "another hero without a photo": (
        InvalidInputError, "no-photo", lambda b, book: b.plan_about(book.id, AboutPatch(heroes=(hero_of(book),))),
    ),
    "another author who is nobody": (
        InvalidInputError, "maker", lambda b, book: b.plan_about(book.id, AboutPatch(author="nobody")),
    ),
    "a hero that loses its name": (
        InvalidInputError, "name", lambda b, book: b.patch_about(book.id, AboutPatch(names={hero_of(book): " "})),
    ),
    # Conflicts
    "a title changed meanwhile": (
        ConflictError, "conflict", lambda b, book: b.patch_book(book.id, BookPatch(title="Mine", base={"title": "Old"})),
    ),
    "words changed meanwhile": (
        ConflictError, "conflict",
        lambda b, book: b.patch_chapter(book.chapters[0].id, ChapterPatch(locked=True, text="Mine", base={"text": "Old"})),
    ),
    # Files
    "an empty script": (ScriptError, "script", lambda b, book: b.put_script(book.id, b"")),
    "a script that is a photo": (ScriptError, "script", lambda b, book: b.put_script(book.id, b"\xff\xd8\xff\xe0" * 99)),
    "a script of another book": (ScriptError, "script", lambda b, book: b.put_script(book.id, b"id,n\r\n1,2\r\n")),
    "a script as large as a film": (ScriptError, "script", lambda b, book: b.put_script(book.id, b"x" * 5_000_000)),
    "a photo that is none": (
        PhotoError, "photo-not-a-picture",
        lambda b, book: b.add_photo(hero_of(book), Upload(name='C:\\My "Pictures"\\Bär\r\n<b>.jpg', data=b"not a picture")),
    ),
    "an empty photo": (PhotoError, "photo-empty", lambda b, book: b.add_photo(hero_of(book), Upload(name="", data=b""))),
    "a photo too large": (
        PhotoError, "photo-too-large",
        lambda b, book: b.add_photo(hero_of(book), Upload(name="x" * 50_000 + ".jpg", data=b"x" * (MAX_BYTES + 1))),
    ),
    "a photo far too large": (
        PhotoError, "photo-too-large",
        lambda b, book: b.add_photo(hero_of(book), Upload(name="teddy.jpg", data=b"x" * 40 * 2**20)),
    ),
}  # fmt: skip


def hero_of(book: Book) -> str:
    """The id of the book's hero in the cast."""
    return book.heroes[0].id


async def with_new_hero(backend: Backend) -> object:
    """A story about somebody who has no photo yet."""
    hero = await backend.add_character(NewCharacter(name="Nobody's face", kind="unicorn"))
    return await backend.generate_story(StoryRequest(heroes=(hero.id,)))


@pytest.fixture(scope="module")
def both(studio: Studio) -> Iterator[list[tuple[Side, Book]]]:
    """Both backends, each with the same book behind it."""
    sides = [in_process(studio), over_http(studio)]
    yield [(side, written(side.shelf)) for side in sides]
    for side in sides:
        let_go(side)


@pytest.mark.parametrize("case", list(REFUSED))
def test_both_refuse_alike(both: list[tuple[Side, Book]], case: str) -> None:
    """The same error with the same code and the same sentence, and the book as it was."""
    kind, code, call = REFUSED[case]
    told = []
    for side, book in both:

        async def ask(backend: Backend = side.backend, book: Book = book) -> StorymakerError:
            with pytest.raises(StorymakerError) as raised:
                await call(backend, book)
            return raised.value

        before = side.shelf.open(book.id).pages
        error = asyncio.run(ask())
        assert type(error) is kind and error.code == code, error.message
        assert side.shelf.open(book.id).pages == before
        sides = (error.field, error.mine, error.theirs) if isinstance(error, ConflictError) else ()
        told.append((error.message.replace(book.id, "<book>"), sides))
    assert told[0] == told[1]
    assert told[0][0].endswith((".", "?"))
