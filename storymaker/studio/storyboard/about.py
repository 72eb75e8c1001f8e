"""About this book: for whom it is, who is in it and who makes it, changed after it was made; told what that redoes and costs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import ipywidgets as widgets

from storymaker.contract.values import AboutPatch, AboutPlan, BookOut, CharacterOut, MakerOut, StudioOut, UndoRequest
from storymaker.display.markup import joined, markup
from storymaker.errors import StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.choice import Choice, Option
from storymaker.studio.guard import Guard
from storymaker.studio.markup import fault
from storymaker.studio.shell import Shell
from storymaker.studio.step import dollars, row
from storymaker.studio.storyboard.board import Board

OURS: Final = "ours"
"""In the place of a character's id: our own paper plushie."""
STORY: Final = "story"
"""In the place of a friend's id: the story brings one."""
AGES: Final = (("3 to 4 years", "3-4"), ("5 to 6 years", "5-6"), ("7 to 8 years", "7-8"))
PRONOUNS: Final = ("she", "he", "they", "it")
_TYPING_SECONDS: Final = 0.25
"""Between two letters nothing is worked out."""
_MAKERS: Final = ("author", "illustrator")
_UNSEEN: Final = "The price was not there yet when you pressed. Please look at it, and press again."
_CHANGE: Final = "Change the book"
_UNCHANGED: Final = "Nothing is different yet. What a change redoes and costs is said here before you make it."


class About:
    """The panel in which a finished book is changed as a whole.

    Args:
        backend: Whom to ask.
        board: The book at hand.
        shell: Where to say what was done.
        guard: Where clicks are done.
    """

    def __init__(self, backend: Backend, board: Board, shell: Shell, guard: Guard) -> None:
        self._backend, self._board, self._shell, self._guard = backend, board, shell, guard
        self._before: dict[str, Any] = {}
        self._book: BookOut | None = None
        self._cast: tuple[CharacterOut, ...] = ()
        self._asked, self._filling = 0, False
        self._plan: tuple[AboutPatch, AboutPlan] | None = None
        self._last: int | None = None
        self._build()

    def _build(self) -> None:
        self.dedication = widgets.Text(description="Dedication", placeholder="For …")
        self.child = widgets.Text(description="The child’s name", placeholder="Stays in this house")
        self.age = widgets.Dropdown(description="How old is the child?", options=AGES)
        self.hero = widgets.Dropdown(description="Who is the book about?")
        self.hero_name = widgets.Text(description="The hero’s name in this book")
        self.pronouns = widgets.Dropdown(description="In the story the hero is", options=PRONOUNS)
        self.friend = widgets.Dropdown(description="Who comes along?")
        self.friend_name = widgets.Text(description="The friend’s name in this book")
        self.author = widgets.Dropdown(description="Who writes this book?")
        self.illustrator = widgets.Dropdown(description="Who draws this book?")
        self._fields: dict[str, widgets.Text | widgets.Dropdown] = {
            "dedication": self.dedication, "child": self.child, "age_band": self.age, "hero": self.hero,
            "hero_name": self.hero_name, "pronouns": self.pronouns, "friend": self.friend, "friend_name": self.friend_name,
            "author": self.author, "illustrator": self.illustrator,
        }  # fmt: skip
        self.words = Choice("What becomes of the words?", [Option("names", "Keep the words")])
        self.draw = widgets.Checkbox(indent=False)
        self.plan, self.trouble = widgets.HTML(), widgets.HTML()
        self.change = self._button(_CHANGE, self._make, "primary")
        self.cancel = self._button("Close", self._cancel)
        self.back = self._button("Take back the last change made here", self._take_back)
        for name, entry in self._fields.items():
            entry.observe(lambda _, name=name: self._edited(name), names="value")
        self.words.on_choice(lambda _: self._edited("words"))
        self.draw.observe(lambda _: self._edited("draw"), names="value")
        fields = widgets.Box([entry for name, entry in self._fields.items() if name not in _MAKERS])
        makers = widgets.Box([self.author, self.illustrator])
        for part in (fields, makers):
            part.add_class("sm-fields")
        makers.add_class("sm-makers")
        self.box = widgets.VBox([
            widgets.HTML('<h3 tabindex="-1">About this book</h3>'), fields, makers, self.words, self.draw,
            self.plan, self.trouble,
            row(self.change, self.cancel, self.back),
        ])  # fmt: skip
        self.box.add_class("sm-panel")
        self.box.add_class("sm-about")
        self.close()

    def _button(self, label: str, work: Callable[[], Awaitable[None]], style: str = "") -> widgets.Button:
        button = widgets.Button(description=label, button_style=style)

        async def pressed() -> None:
            if not button.disabled:  # a second click, while the first is being done
                button.disabled = True
                try:
                    await work()
                finally:
                    button.disabled = False

        button.on_click(lambda _: self._guard.do(pressed(), self._say))
        return button

    # Coming and going

    async def open(self, studio: StudioOut) -> None:
        """Show what the book at hand is about.

        Args:
            studio: Who can write and draw.
        """
        book = self._board.book
        cast, history = await asyncio.gather(self._backend.cast(), self._backend.history(book.id))
        undone = {entry.undoes for entry in history.entries}
        standing = [entry.version for entry in history.entries if entry.what == "about" and entry.version not in undone]
        self._last = standing[-1] if standing else None
        self._cast, self._book = cast.characters, book
        self._fill(book, studio)
        self.trouble.value = ""
        self.box.layout.display = ""
        self.back.layout.display = "" if self._last else "none"
        self._shell.lead_to(".sm-about h3")

    def close(self) -> None:
        """Show nothing."""
        self.box.layout.display = "none"
        self._book, self._plan = None, None
        self._asked += 1

    async def _cancel(self) -> None:
        self.close()
        self._shell.lead_to(".sm-about-button")

    def _fill(self, book: BookOut, studio: StudioOut) -> None:
        hero, friend = next(iter(book.heroes), None), book.friend
        playable = [one for one in self._cast if one.poses and one.figure is None]
        self._filling = True
        _offer(self.hero, [*_others(playable, hero), ("Pip, our own paper rabbit", OURS)], hero)
        _offer(self.friend, [*_others(playable, friend), ("The story brings a friend", STORY)], friend)
        _offer_makers(self.author, studio.authors, book.brief.author)
        _offer_makers(self.illustrator, studio.illustrators, book.brief.illustrator)
        self._before = {
            "dedication": book.dedication,
            "child": book.brief.child,
            "age_band": book.brief.age_band,
            "hero": hero.id if hero else OURS,
            "hero_name": hero.name if hero else "Pip",
            "pronouns": hero.pronouns if hero else "they",
            "friend": friend.id if friend else STORY,
            "friend_name": friend.name if friend else "",
            "author": book.brief.author,
            "illustrator": book.brief.illustrator,
        }
        for name, value in self._before.items():
            self._fields[name].value = value
        self.words.value, self.draw.value = "names", False
        self._filling = False
        self._show(None)

    # What is different

    def _edited(self, name: str) -> None:
        if self._filling or self._book is None:
            return
        if name == "hero":
            self._introduce(self.hero, self.hero_name, "Pip", self.pronouns)
        if name == "friend":
            self._introduce(self.friend, self.friend_name, "")
        self._asked += 1
        self.change.disabled = self.patch() is None
        self._guard.do(self._look(self._asked, _TYPING_SECONDS), self._say)

    def _introduce(
        self,
        chosen: widgets.Dropdown,
        name: widgets.Text,
        nobody: str,
        pronouns: widgets.Dropdown | None = None,
    ) -> None:
        """Show the name and the pronouns of whoever was chosen."""
        somebody = self._somebody(chosen.value)
        self._filling = True
        name.value = somebody.name if somebody else nobody
        if pronouns is not None:
            pronouns.value = somebody.pronouns if somebody else "they"
        self._filling = False

    def _somebody(self, character_id: str) -> CharacterOut | None:
        book = self._book
        there = (*book.heroes, *((book.friend,) if book.friend else ())) if book else ()
        return next((one for one in (*there, *self._cast) if one.id == character_id), None)

    def patch(self) -> AboutPatch | None:
        """What was changed in the fields; None where nothing was."""
        differs = {name: entry.value for name, entry in self._fields.items() if entry.value != self._before[name]}
        if not differs:
            return None
        asked: dict[str, Any] = {
            name: differs[name]
            for name in ("dedication", "child", "age_band", "author", "illustrator")
            if name in differs
        }
        names, pronouns = {}, {}
        if "hero" in differs:
            asked["heroes"] = () if self.hero.value == OURS else (self.hero.value, *self._companions())
            asked["hero_name"] = self.hero_name.value or "Pip"
        if self.hero.value != OURS:
            if self.hero_name.value != self._known(self.hero, "name"):
                names[self.hero.value] = self.hero_name.value
            if self.pronouns.value != self._known(self.hero, "pronouns"):
                pronouns[self.hero.value] = self.pronouns.value
        if "friend" in differs:
            asked["friend"] = "" if self.friend.value == STORY else self.friend.value
        if self.friend.value != STORY and self.friend_name.value != self._known(self.friend, "name"):
            names[self.friend.value] = self.friend_name.value
        more = {"names": names, "pronouns": pronouns, "words": self.words.value, "draw": self.draw.value}
        return AboutPatch.model_validate(asked | more)

    def _known(self, chosen: widgets.Dropdown, what: str) -> str:
        somebody = self._somebody(chosen.value)
        return str(getattr(somebody, what, ""))

    def _companions(self) -> tuple[str, ...]:
        """Ids of the heroes beside the first, who stay."""
        return tuple(hero.id for hero in self._book.heroes[1:]) if self._book else ()

    async def _look(self, asked: int, pause: float = 0.0) -> None:
        """Say what the change would redo and cost; only the latest question is asked, and only its answer shown."""
        await asyncio.sleep(pause)
        if asked != self._asked:
            return
        patch, book = self.patch(), self._book
        plan = await self._backend.plan_about(book.id, patch) if patch and book else None
        if asked == self._asked:
            self.trouble.value = ""
            self._show((patch, plan) if patch and plan else None)

    def _show(self, planned: tuple[AboutPatch, AboutPlan] | None) -> None:
        self._plan = planned
        plan = planned[1] if planned else None
        lines = joined(markup("<li>{line}</li>", line=line) for line in (plan.sentences if plan else (_UNCHANGED,)))
        self.plan.value = markup('<div role="status"><ul class="sm-plan">{lines}</ul></div>', lines=lines)
        asks = plan is not None and bool(plan.unsaid or self.words.value != "names")
        self.words.layout.display = "" if asks else "none"
        self.draw.layout.display = "" if plan is not None and (plan.pictures or self.words.value == "again") else "none"
        self.friend_name.layout.display = "none" if self.friend.value == STORY else ""
        self.pronouns.layout.display = "none" if self.hero.value == OURS else ""
        self.change.disabled = self._book is None or self.patch() is None
        self.change.description = f"{_CHANGE} (${plan.total_usd:.2f})" if plan and plan.total_usd else _CHANGE
        if plan is not None:
            self._filling = True
            self.words.offer(_ways(plan), self.words.value)
            self._filling = False
            many = f"{plan.pictures} picture{'s' if plan.pictures != 1 else ''}" if plan.pictures else "the pictures"
            self.draw.description = f"Draw {many} anew now; it costs {dollars(plan.pictures_usd)}"

    # What is done

    async def _make(self) -> None:
        """Make the change whose price stands on the button."""
        patch, book = self.patch(), self._book
        if book is None or patch is None:
            return
        if self._plan is None or self._plan[0] != patch:
            self._asked += 1
            await self._look(self._asked)
            if self._plan is None or self._plan[1].total_usd:
                self.trouble.value = fault(_UNSEEN)
                return
        changed = await self._backend.patch_about(book.id, patch)
        undo = self._board.undoing(version=changed.version)
        self.close()
        await self._board.take(changed)
        self._board.poke()
        self._shell.say("The book is changed.", "success", action="Undo", do=undo)
        self._shell.lead_to(".sm-about-button")

    async def _take_back(self) -> None:
        book = self._book
        if book is None or self._last is None:
            return
        back = await self._backend.undo(book.id, UndoRequest(version=self._last))
        self.close()
        await self._board.take(back)
        self._board.poke()
        self._shell.say("The change was taken back: words, names and pictures are as they were before it.", "success")
        self._shell.lead_to(".sm-about-button")

    def _say(self, error: StorymakerError) -> None:
        self.trouble.value = fault(error.message)
        self.change.disabled = False


def _others(playable: list[CharacterOut], present: CharacterOut | None) -> list[tuple[str, str]]:
    return [(_label(one), one.id) for one in playable if present is None or one.id != present.id]


def _label(one: CharacterOut) -> str:
    return f"{one.name}, {one.kind}" if one.kind else one.name


def _offer(field: widgets.Dropdown, options: list[tuple[str, str]], present: CharacterOut | None) -> None:
    field.options = ([(_label(present), present.id)] if present else []) + options


def _offer_makers(field: widgets.Dropdown, makers: tuple[MakerOut, ...], present: str) -> None:
    """Whoever is there, and whoever makes this book now, though they be away."""
    options = [(_credit(one), one.name) for one in makers]
    if all(name != present for _, name in options):
        options.insert(0, (f"{present} (cannot be asked here just now)", present))
    field.options = options


def _ways(plan: AboutPlan) -> list[Option]:
    """What can become of the words."""
    names = "With the new names in them; nothing is written anew." if plan.renamed else "Nothing in them changes."
    return [
        Option("names", "Keep the words", names),
        Option("again", "Write the story anew", f"It costs {dollars(plan.words_usd)}. Locked pages stay."),
        *(
            [Option("keep", "Change only the note of it", "Not even names change in the words.")]
            if plan.renamed
            else []
        ),
    ]


def _credit(maker: MakerOut) -> str:
    """What a maker costs, and who it is: on a phone the end of it does not fit."""
    price = f"{dollars(maker.estimate_usd)} a page" if maker.estimate_usd else "free"
    return f"{price[:1].upper()}{price[1:]}: {maker.credit.partition(',')[0]}"
