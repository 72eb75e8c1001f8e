"""Step 1 as the parent sees it: a form that says what is wrong beside each field, and the price before the click."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Final

import ipywidgets as widgets

from storymaker.books.model import TEXT_MAX
from storymaker.contract.values import CharacterOut, MakerOut, StudioOut
from storymaker.errors import StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.choice import Choice, Option
from storymaker.studio.guard import Guard, Work
from storymaker.studio.markup import STEP_1, fault, note
from storymaker.studio.metadata.character import CharacterEditor
from storymaker.studio.metadata.key import KeyField
from storymaker.studio.metadata.model import AGES, ANY, BUILTIN, SPELLINGS, WISH, Choices
from storymaker.studio.metadata.price import Price
from storymaker.studio.metadata.renaming import Renaming
from storymaker.studio.pictures import COVER_PX, Pictures
from storymaker.studio.shell import Shell
from storymaker.studio.step import State, become, row

_FIELDS: Final = ("title", "hero", "hero_name", "friend", "wish", "child", "dedication")
_OURS: Final = Option(BUILTIN, "Pip", "Our own paper rabbit, if you have no photo at hand")
_THEIRS: Final = Option(ANY, "The story brings a friend", "Somebody who fits the story")


class Metadata:
    """The form of step 1.

    Args:
        backend: Whom to ask.
        pictures: Where cut-outs are.
        shell: Where to say what was done.
        guard: Where clicks are done.
        on_ordered: Called with the id of the book that was begun.
        on_back: Called to go home.
        served: Whether the page comes from our own server, to which a key may be given without passing through here.
    """

    def __init__(
        self,
        backend: Backend,
        pictures: Pictures,
        shell: Shell,
        guard: Guard,
        on_ordered: Callable[[str], Work],
        on_back: Callable[[], Work],
        *,
        served: bool = False,
    ) -> None:
        self._served = served
        self._backend, self._pictures, self._shell, self._guard = backend, pictures, shell, guard
        self._on_ordered = on_ordered
        self._studio: StudioOut | None = None
        self._cast: tuple[CharacterOut, ...] = ()
        self._order_key, self._ordered, self._told = "", False, ("", "")
        self._options: list[Option] = []
        self._build(on_back)

    # What stands where

    def _build(self, on_back: Callable[[], Work]) -> None:
        guard = self._guard
        self.hero = Choice("Who is the book about?", [_OURS])
        self.hero_name = _text("What is it called?", "hero_name", "Pip")
        self.add = widgets.Button(description="Somebody new, from photos")
        self.change = widgets.Button(description="Change name or photos")
        self.editor = CharacterEditor(
            self._backend, self._pictures, guard, self._edited, self._gone, self._shell.lead_to
        )
        self.editor.box.layout.display = "none"
        self.renaming = Renaming(self._backend, self._shell, guard)
        self.friend = Choice("Who comes along?", [_THEIRS])
        self.title = _text("The book’s name", "title", placeholder="Leave it empty, and the story names itself")
        self.age = Choice("How old is the child?", [Option(value, title, line) for value, title, line in AGES], "5-6")
        self.arc = Choice("What kind of story?", [Option(ANY, "Surprise us", "Any of the stories")])
        self.arc.add_class("sm-wide")
        self.wish = widgets.Textarea(description="What should happen?", placeholder="In a sentence or two", rows=3)
        self.wish.add_class("sm-keep-wish")
        self.child = _text("The child’s name, if you like", "child")
        self.dedication = _text("Dedication", "dedication", placeholder="For …")
        self.spelling = widgets.Dropdown(description="Spelling", options=SPELLINGS)
        self.author = widgets.Dropdown(description="Who writes?")
        self.illustrator = widgets.Dropdown(description="Who draws?")
        self.key = KeyField(guard, lambda _: guard.do(self._key_changed()))
        self.draw = widgets.Checkbox(
            description="Draw each picture as soon as its words are there", value=True, indent=False
        )
        self._price = Price(self._backend)
        self.price, self.make = self._price.line, self._price.button
        self.back = widgets.Button(description="‹ Your books")
        self.back.add_class("sm-back")
        self.faults = {name: widgets.HTML() for name in _FIELDS}
        self.trouble = widgets.HTML()
        self.add.on_click(lambda _: guard.do(self._open_editor(None)))
        self.change.on_click(lambda _: guard.do(self._open_editor(self._chosen())))
        self.back.on_click(lambda _: guard.do(on_back()))
        self.make.on_click(lambda _: guard.do_once("make", self._order, self._say, settles=False))
        self.hero.on_choice(lambda _: guard.do(self._hero_chosen()))
        self.age.on_choice(lambda _: guard.call(self._offer_arcs))
        self.arc.on_choice(lambda _: guard.call(self._show_wish))
        for asked in (self.author, self.illustrator, self.draw):
            asked.observe(lambda _: guard.do(self._show_price()), names="value")
        for told in (self.hero_name, self.child):
            told.continuous_update = False
            told.observe(lambda _: guard.do(self._retell()), names="value")
        fault_of = self.faults
        who = [
            self.hero,
            row(self.add, self.change),
            self.editor.box,
            self.renaming.box,
            fault_of["hero"],
            self.hero_name,
            fault_of["hero_name"],
        ]
        home = widgets.HTML(note("It stays in this house: no service ever hears it."))
        words = [
            self.title, fault_of["title"], self.child, fault_of["child"], home, self.dedication, fault_of["dedication"],
            self.spelling,
        ]  # fmt: skip
        makers = [
            row(self.author, self.illustrator),
            self.key,
            self.draw,
            self._price.notice,
            self.price,
            self.trouble,
            row(self.make),
        ]
        self.box = widgets.VBox([
            self.back,
            widgets.HTML(STEP_1),
            _section(who),
            _section([self.age, self.arc, self.wish, fault_of["wish"]]),
            _section([self.friend, fault_of["friend"]]),
            _section(words),
            _section(makers),
        ])  # fmt: skip
        self.box.add_class("sm-step-metadata")
        become(self.box, "configured")

    # Showing

    async def show(self, kept: Mapping[str, str] | None = None) -> None:
        """Show the form.

        Args:
            kept: What was typed before a reload, by the name of the field.
        """
        become(self.box, "configured")
        for name, text in (kept or {}).items():
            if name in ("title", "hero_name", "wish", "child", "dedication"):
                getattr(self, name).value = text[:TEXT_MAX]
        self._studio = await self._backend.studio(self.hero_name.value, self.child.value)
        self._order_key, self._ordered = "", False
        self._offer_makers(self._studio)
        await self._offer_cast()
        self._offer_arcs()
        await self._show_price()

    async def _key_changed(self) -> None:
        """Offer who can work now."""
        self._studio = await self._backend.studio(*self._told)
        self._offer_makers(self._studio)
        await self._show_price()

    def _offer_makers(self, studio: StudioOut) -> None:
        for field, makers, usual in (
            (self.author, studio.authors, studio.author),
            (self.illustrator, studio.illustrators, studio.illustrator),
        ):
            options = [(_credit(maker), maker.name) for maker in makers]
            if [name for _, name in field.options or ()] != [name for _, name in options]:
                field.options = options
                field.value = usual if any(name == usual for _, name in options) else options[0][1]
        self.key.show(studio.key if self._served else "closed")

    async def _offer_cast(self, chosen: str = "") -> None:
        self._cast = (await self._backend.cast()).characters
        theirs = [one for one in self._cast if one.figure is None]
        options = [
            Option(one.id, one.name, one.kind, await self._pictures.of_character(one.id, one.poses[0].cutout, COVER_PX))
            for one in theirs
            if one.poses
        ]
        # Somebody whose photos were all removed is there to get new ones, or to be deleted.
        bare = [Option(one.id, one.name, "Has no photo yet") for one in theirs if not one.poses]
        self.hero.offer(
            [*options, _OURS, *bare], chosen or (options[0].value if options and self.hero.value == BUILTIN else "")
        )
        self._options = options
        await self._hero_chosen()

    def _offer_arcs(self) -> None:
        if self._studio is None:
            return
        arcs = [arc for arc in self._studio.arcs if self.age.value in arc.bands]
        options = [
            Option(ANY, "Surprise us", "Any of the stories"),
            *(Option(arc.id, arc.title, arc.summary) for arc in arcs),
        ]
        if self._follows_wishes():
            options.append(Option(WISH, "Something else", "Tell in your own words what should happen"))
        self.arc.offer(options)
        self._show_wish()

    def _follows_wishes(self) -> bool:
        return any(maker.follows_wishes for maker in self._author())

    def _author(self) -> tuple[MakerOut, ...]:
        makers = self._studio.authors if self._studio else ()
        return tuple(maker for maker in makers if maker.name == self.author.value)

    def _show_wish(self) -> None:
        self.wish.layout.display = "" if self.arc.value == WISH else "none"

    def _chosen(self) -> CharacterOut | None:
        return next((one for one in self._cast if one.id == self.hero.value), None)

    async def _hero_chosen(self) -> None:
        ours = self.hero.value == BUILTIN
        self.friend.offer([_THEIRS, *(option for option in self._options if option.value != self.hero.value)])
        self.hero_name.layout.display = "" if ours else "none"
        self.change.layout.display = "none" if ours else ""
        await self._retell()

    async def _retell(self) -> None:
        """Tell the stories' titles with the names that are chosen."""
        hero = self._chosen()
        names = (hero.name if hero else self.hero_name.value or "Pip", self.child.value)
        if names != self._told and self._studio is not None:
            self._told = names
            self._studio = await self._backend.studio(*names)
            self._offer_arcs()

    async def _show_price(self) -> None:
        self._offer_arcs()
        await self._price.show(self._choices(), self._studio)

    # Somebody new

    async def _open_editor(self, character: CharacterOut | None) -> None:
        await self.editor.open(character)
        self.editor.box.layout.display = ""
        self._shell.lead_to(".sm-panel input")

    async def _edited(self, character: CharacterOut | None) -> None:
        self.editor.box.layout.display = "none"
        before = next((one for one in self._cast if character and one.id == character.id), None)
        await self._offer_cast(character.id if character else "")
        if character is not None:
            self._shell.lead_to(".sm-choice input:checked")  # who closes a panel stays by the hero
            self._shell.say(f"{character.name} is in the cast now, for this book and the next.", "success")
        await self.renaming.offer(before, character)

    async def _gone(self, name: str) -> None:
        await self._edited(None)
        self._shell.lead_to(".sm-choice input:checked")
        self._shell.say(f"{name} has left the cast, and all photos of it are gone from this computer.", "success")

    # The order

    def _choices(self) -> Choices:
        return Choices(
            title=self.title.value, hero=self.hero.value, hero_name=self.hero_name.value, friend=self.friend.value,
            age_band=self.age.value, arc=self.arc.value, wish=self.wish.value, child=self.child.value,
            dedication=self.dedication.value, author=self.author.value or "", illustrator=self.illustrator.value or "",
            draw=self.draw.value, language=self.spelling.value or "en-GB",
        )  # fmt: skip

    async def _order(self) -> None:
        if self._ordered:  # a click that came late: the form is empty by now, and its book is begun
            return
        self.trouble.value = ""
        if not await self._finish_editor():
            return
        choices = self._choices()
        faults = choices.faults()
        for name, place in self.faults.items():
            place.value = fault(faults.get(name, ""))
        if faults:
            self._shell.lead_to(".sm-fault")
            return
        if not await self._price.was_seen(choices, self._studio):
            self.trouble.value = fault(
                "The price was not there yet when you pressed. Please look at it, and press again."
            )
            return
        # The same key until the book is there: a second press after a lost answer makes no second book.
        self._order_key = self._order_key or secrets.token_urlsafe(12)
        self.make.disabled = True
        become(self.box, "active")
        outcome: State = "fail"
        try:
            ordered = await self._backend.generate_story(choices.request(self._order_key))
            outcome = "success"
        finally:
            self.make.disabled = False
            become(self.box, outcome)
        self._ordered = True
        self._order_key = ""
        self._clear()
        await self._on_ordered(ordered.book_id)

    async def _finish_editor(self) -> bool:
        """Take whoever is being entered as the hero, as *Done* does.

        Returns:
            Whether the order may go on: nobody is being entered any more.
        """
        if not self.editor.is_open or await self.editor.finish():
            return True
        self._shell.lead_to(".sm-panel .sm-fault")
        return False

    def _clear(self) -> None:
        """The next book begins with an empty form, but for who makes it."""
        self._shell.forget()
        for field in (self.title, self.wish, self.child, self.dedication):
            field.value = ""

    def _say(self, error: StorymakerError) -> None:
        self.trouble.value = fault(error.message)


def _credit(maker: MakerOut) -> str:
    price = "free" if maker.estimate_usd == 0 else f"about ${maker.estimate_usd:.2f} a page"
    return f"{maker.credit[:1].upper()}{maker.credit[1:]} ({price})"


def _text(label: str, name: str, value: str = "", placeholder: str = "") -> widgets.Text:
    field = widgets.Text(description=label, value=value, placeholder=placeholder)
    field.add_class(f"sm-keep-{name}")
    return field


def _section(children: list[widgets.Widget]) -> widgets.VBox:
    box = widgets.VBox(children)
    box.add_class("sm-sheet")
    return box
