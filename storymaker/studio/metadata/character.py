"""Somebody new for the cast, or somebody known: name, kind, and photos that are cut out while the parent looks on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import ipywidgets as widgets

from storymaker.contract.values import (
    CharacterOut,
    CharacterPatch,
    FaceIn,
    NewCharacter,
    StrokesIn,
    Upload,
)
from storymaker.errors import NotFoundError, StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.guard import Guard, Work
from storymaker.studio.markup import fault
from storymaker.studio.metadata.parting import Parting
from storymaker.studio.metadata.photos import (
    Dismiss,
    Faced,
    Happening,
    Mend,
    Painted,
    Part,
    Photos,
    Refused,
    Remove,
    Seek,
    Tile,
    Unread,
    too_large,
)
from storymaker.studio.metadata.sitting import Sitting
from storymaker.studio.pictures import CARD_PX, COVER_PX, Pictures
from storymaker.studio.step import row

PRONOUNS: Final = (("she", "she"), ("he", "he"), ("they", "they"), ("it", "it"))
_UPPER_THIRD: Final = (0.5, 1 / 6)
"""Where a face is taken to be until the parent says: the middle of the cut-out's upper third."""
_NAMELESS: Final = "My plushie"
"""What somebody is called whose photos came before a name was typed."""


class CharacterEditor:
    """The panel where somebody gets a name and photos.

    Args:
        backend: Whom to ask.
        pictures: Where cut-outs are.
        guard: Where clicks are done.
        on_done: Called with the character when the parent is content, or with None when they gave it up.
        on_gone: Called with the name of somebody who was deleted.
        lead_to: Leads the keyboard to what a selector names.
    """

    def __init__(
        self,
        backend: Backend,
        pictures: Pictures,
        guard: Guard,
        on_done: Callable[[CharacterOut | None], Awaitable[None]],
        on_gone: Callable[[str], Awaitable[None]],
        lead_to: Callable[[str], None],
    ) -> None:
        self._backend, self._pictures, self._guard = backend, pictures, guard
        self._on_done, self._on_gone = on_done, on_gone
        self._sitting = Sitting(None, over=True)
        self.name = widgets.Text(description="Name", placeholder="for example, Bramble")
        self.kind = widgets.Text(description="What is it?", placeholder="bear, rabbit, dinosaur …")
        self.pronouns = widgets.Dropdown(description="In the story it is", options=PRONOUNS, value="they")
        self.trait = widgets.Text(description="What is it like?", placeholder="brave, sleepy, curious …")
        self.look = widgets.Textarea(
            description="How does it look?",
            placeholder="Painted pictures ask for it. Left empty, it is told from the photos.",
            rows=3,
        )
        self.name_fault, self.photos_fault = widgets.HTML(), widgets.HTML()
        self.name.observe(lambda _: guard.call(self._name_typed), names="value")
        self.photos = Photos(guard, self._happened)
        self.done = widgets.Button(description="Done", button_style="primary")
        self.cancel = widgets.Button(description="Cancel")
        self.done.on_click(lambda _: guard.do_once("done", self._press_done, settles=False))
        self.cancel.on_click(lambda _: guard.do_once("cancel", self._give_up, settles=False))
        self.parting = Parting(lambda: self._do(self._part()), lead_to)
        names = widgets.Box([self.name, self.kind, self.pronouns, self.trait, self.look])
        names.add_class("sm-fields")
        self.box = widgets.VBox(
            [names, self.name_fault, self.photos, self.photos_fault, row(self.done, self.cancel), self.parting.box]
        )
        self.box.add_class("sm-panel")

    async def open(self, character: CharacterOut | None) -> None:
        """Begin with somebody of the cast, or with nobody yet."""
        self._sitting = Sitting(character)
        self.name.value = character.name if character else ""
        self.kind.value = character.kind if character else ""
        self.trait.value = character.trait if character else ""
        self.look.value = character.look if character else ""
        self.pronouns.value = character.pronouns if character else "they"
        self.name_fault.value = self.photos_fault.value = ""
        self.parting.offer(character.name if character else "")
        await self._show()

    def _name_typed(self) -> None:
        if self.name.value.strip():
            self.name_fault.value = ""

    # Photos

    def _happened(self, event: Happening) -> None:
        sitting = self._sitting
        match event:
            case Part():
                whole = sitting.uploads.add(event)
                if whole is not None:
                    self._do(self._take(sitting, event.name, whole))
            case Refused():
                self._do(self._fail(sitting, event.name, too_large(event)))
            case Unread():
                self._do(self._fail(sitting, event.name, f"“{event.name}” could not be read. Please choose it again."))
            case Mend():
                self._do(self._mend(sitting, event.photo))
            case Painted():
                self._do(self._repaint(sitting, event))
            case Seek():
                self._do(self._ask_face(sitting, event.photo))
            case Faced():
                self._do(self._set_face(sitting, event))
            case Remove():
                self._do(self._remove(sitting, event.photo))
            case Dismiss():
                sitting.failed.pop(event.photo, None)
                self._do(self._show())

    def _do(self, work: Work) -> None:
        self._guard.do(work, lambda error: setattr(self.photos_fault, "value", fault(error.message)))

    async def _take(self, sitting: Sitting, name: str, data: bytes) -> None:
        """Have a photo cut out; its trouble stands in its own place, and keeps no other from coming."""
        self.photos_fault.value = ""
        sitting.failed.pop(name, None)
        sitting.cutting.append(name)
        await self._show()
        try:
            character = await self._joined(sitting)
            sitting.know(await self._backend.add_photo(character.id, Upload(name=name, data=data)))
        except StorymakerError as error:
            sitting.failed[name] = error.message
        finally:
            sitting.cutting.remove(name)
        await self._show()

    async def _joined(self, sitting: Sitting) -> CharacterOut:
        """The character; somebody new joins the cast with the first photo, so that nothing is lost from then on."""
        async with sitting.joining:
            if sitting.over:
                raise NotFoundError("This photo came when the panel was closed already. Please choose it again.")
            if sitting.character is None:
                sitting.character = await self._backend.add_character(
                    NewCharacter(name=self.name.value.strip() or _NAMELESS, kind=self.kind.value)
                )
            return sitting.character

    async def _fail(self, sitting: Sitting, name: str, sentence: str) -> None:
        sitting.failed[name] = sentence
        await self._show()

    async def _mend(self, sitting: Sitting, photo: str) -> None:
        character, pose = sitting.pose(photo)
        self.photos.open_desk(
            photo,
            await self._pictures.of_character(character.id, pose.photo or pose.cutout, CARD_PX),
            await self._pictures.of_character(character.id, pose.cutout, COVER_PX),
        )

    async def _repaint(self, sitting: Sitting, painted: Painted) -> None:
        character, _ = sitting.pose(painted.photo)
        strokes = StrokesIn(keep=painted.lines("keep"), remove=painted.lines("remove"), radius=painted.radius)
        self.photos_fault.value = ""
        sitting.cutting.append("the photo")
        await self._show()
        try:
            sitting.know(await self._backend.recut(character.id, painted.photo, strokes))
        finally:
            sitting.cutting.remove("the photo")
            await self._show()

    async def _ask_face(self, sitting: Sitting, photo: str) -> None:
        character, pose = sitting.pose(photo)
        cutout = await self._pictures.of_character(character.id, pose.cutout, CARD_PX)
        self.photos.open_face(photo, cutout, pose.face or _UPPER_THIRD)

    async def _set_face(self, sitting: Sitting, faced: Faced) -> None:
        character, pose = sitting.pose(faced.photo)
        at = (faced.at[0], faced.at[1])
        sitting.character = await self._backend.set_face(character.id, pose.photo or pose.cutout, FaceIn(at=at))
        await self._show()

    async def _remove(self, sitting: Sitting, photo: str) -> None:
        character, pose = sitting.pose(photo)
        sitting.character = await self._backend.delete_photo(character.id, pose.photo or pose.cutout)
        await self._show()

    async def _show(self) -> None:
        sitting = self._sitting
        character = sitting.character
        tiles = [
            Tile(
                photo=pose.photo or "",
                name=pose.cutout,
                cutout=await self._pictures.of_character(character.id, pose.cutout, COVER_PX),
                sentence=sitting.remarks.get(pose.photo or "", ""),
            )
            for pose in (character.poses if character else ())
            if character
        ]
        tiles += [Tile(name=name, state="cutting") for name in sitting.cutting]
        tiles += [Tile(name=name, state="failed", sentence=sentence) for name, sentence in sitting.failed.items()]
        self.photos.show(tiles)

    # The end

    @property
    def is_open(self) -> bool:
        """Whether somebody is being entered or changed."""
        return not self._sitting.over

    async def finish(self) -> bool:
        """Save who is in the panel, as *Done* does; a panel for somebody new with nothing in it is closed.

        Returns:
            Whether the panel is closed; else its faults say what is missing.
        """
        sitting = self._sitting
        if sitting.untouched and not self.name.value.strip():
            await self._give_up()
        else:
            await self._save(sitting)
        return sitting.over

    async def _press_done(self) -> None:
        await self._save(self._sitting)

    async def _save(self, sitting: Sitting) -> None:
        name = self.name.value.strip()
        self.name_fault.value = fault("" if name else "It needs a name. Please type one.")
        self.photos_fault.value = fault(_photo_fault(sitting))
        if not name or _photo_fault(sitting) or sitting.character is None:
            return
        patch = CharacterPatch(
            name=name,
            kind=self.kind.value,
            pronouns=self.pronouns.value or "they",
            trait=self.trait.value,
            look=self.look.value.strip(),
        )
        try:
            character = await self._backend.patch_character(sitting.character.id, patch)
        except StorymakerError as error:
            self.name_fault.value = fault(error.message)
            return
        sitting.over = True
        await self._on_done(character)

    async def _give_up(self) -> None:
        """Somebody new who was given up leaves no trace; somebody known stays as the photos are now."""
        sitting = self._sitting
        sitting.over = True
        async with sitting.joining:  # somebody who is just joining the cast has joined, and can be taken out
            gone = sitting.character if sitting.new else None
            sitting.character = None
        if gone is not None:
            await self._backend.delete_character(gone.id)
        await self._on_done(None)

    async def _part(self) -> None:
        """Somebody known leaves the cast with all photos; what was begun with them in a book stays there."""
        sitting = self._sitting
        if sitting.character is None or sitting.new or sitting.over:
            return
        await self._backend.delete_character(sitting.character.id)
        sitting.over = True
        await self._on_gone(sitting.character.name)


def _photo_fault(sitting: Sitting) -> str:
    if sitting.busy:
        return "A photo is still being cut out. Please press again when it is there."
    if not (sitting.character and sitting.character.poses):
        return "It needs a photo, so that it can be in the pictures."
    return ""
