"""Somebody new for the cast, or somebody known: name, kind, and photos that are cut out while the parent looks on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import ipywidgets as widgets

from storymaker.contract.values import (
    CharacterOut,
    CharacterPatch,
    NewCharacter,
    PhotoTaken,
    PoseOut,
    StrokesIn,
    Upload,
)
from storymaker.errors import NotFoundError, StorymakerError
from storymaker.studio.backend import Backend
from storymaker.studio.guard import Guard, Work
from storymaker.studio.markup import fault
from storymaker.studio.metadata.photos import (
    Dismiss,
    Happening,
    Mend,
    Painted,
    Part,
    Photos,
    Refused,
    Remove,
    Tile,
    Unread,
    Uploads,
    too_large,
)
from storymaker.studio.pictures import CARD_PX, COVER_PX, Pictures

PRONOUNS: Final = (("she", "she"), ("he", "he"), ("they", "they"), ("it", "it"))
_NAMELESS: Final = "My plushie"
"""What somebody is called whose photos came before a name was typed."""


class CharacterEditor:
    """The panel where somebody gets a name and photos.

    Args:
        backend: Whom to ask.
        pictures: Where cut-outs are.
        guard: Where clicks are done.
        on_done: Called with the character when the parent is content, or with None when they gave it up.
    """

    def __init__(
        self,
        backend: Backend,
        pictures: Pictures,
        guard: Guard,
        on_done: Callable[[CharacterOut | None], Awaitable[None]],
    ) -> None:
        self._backend, self._pictures, self._guard, self._on_done = backend, pictures, guard, on_done
        self._making = asyncio.Lock()
        self._begin(None)
        self.name = widgets.Text(description="Name", placeholder="for example, Bramble")
        self.kind = widgets.Text(description="What is it?", placeholder="bear, rabbit, dinosaur …")
        self.pronouns = widgets.Dropdown(description="In the story it is", options=PRONOUNS, value="they")
        self.trait = widgets.Text(description="What is it like?", placeholder="brave, sleepy, curious …")
        self.name_fault, self.photos_fault = widgets.HTML(), widgets.HTML()
        self.photos = Photos(guard, self._happened)
        self.done = widgets.Button(description="Done", button_style="primary")
        self.cancel = widgets.Button(description="Cancel")
        self.done.on_click(lambda _: guard.do(self._finish()))
        self.cancel.on_click(lambda _: guard.do(self._give_up()))
        names = widgets.Box([self.name, self.kind, self.pronouns, self.trait])
        names.add_class("sm-fields")
        row = widgets.Box([self.done, self.cancel])
        row.add_class("sm-row")
        self.box = widgets.VBox([names, self.name_fault, self.photos, self.photos_fault, row])
        self.box.add_class("sm-panel")

    def _begin(self, character: CharacterOut | None) -> None:
        self._character, self._new = character, character is None
        self._uploads, self._cutting, self._failed = Uploads(), list[str](), dict[str, str]()
        self._remarks: dict[str, str] = {}

    async def open(self, character: CharacterOut | None) -> None:
        """Begin with somebody of the cast, or with nobody yet."""
        self._begin(character)
        self.name.value = character.name if character else ""
        self.kind.value = character.kind if character else ""
        self.trait.value = character.trait if character else ""
        self.pronouns.value = character.pronouns if character else "they"
        self.name_fault.value = self.photos_fault.value = ""
        await self._show()

    # Photos

    def _happened(self, event: Happening) -> None:
        match event:
            case Part():
                whole = self._uploads.add(event)
                if whole is not None:
                    self._do(self._take(event.name, whole))
            case Refused():
                self._do(self._fail(event.name, too_large(event)))
            case Unread():
                self._do(self._fail(event.name, f"“{event.name}” could not be read. Please choose it again."))
            case Mend():
                self._do(self._mend(event.photo))
            case Painted():
                self._do(self._repaint(event))
            case Remove():
                self._do(self._remove(event.photo))
            case Dismiss():
                self._failed.pop(event.photo, None)
                self._do(self._show())

    def _do(self, work: Work) -> None:
        self._guard.do(work, lambda error: setattr(self.photos_fault, "value", fault(error.message)))

    async def _take(self, name: str, data: bytes) -> None:
        """Have a photo cut out; its trouble stands in its own place, and keeps no other from coming."""
        self.photos_fault.value = ""
        self._failed.pop(name, None)
        self._cutting.append(name)
        await self._show()
        try:
            character = await self._made()
            self._know(await self._backend.add_photo(character.id, Upload(name=name, data=data)))
        except StorymakerError as error:
            self._failed[name] = error.message
        finally:
            self._cutting.remove(name)
        await self._show()

    async def _made(self) -> CharacterOut:
        """The character; somebody new joins the cast with the first photo, so that nothing is lost from then on."""
        async with self._making:
            if self._character is None:
                self._character = await self._backend.add_character(
                    NewCharacter(name=self.name.value.strip() or _NAMELESS, kind=self.kind.value)
                )
            return self._character

    def _know(self, taken: PhotoTaken) -> None:
        known = {pose.cutout for pose in self._character.poses} if self._character else set()
        for pose in taken.character.poses:
            if pose.cutout not in known and pose.photo:
                self._remarks[pose.photo] = " ".join(taken.remarks)
        self._character = taken.character

    async def _fail(self, name: str, sentence: str) -> None:
        self._failed[name] = sentence
        await self._show()

    def _pose(self, photo: str) -> tuple[CharacterOut, PoseOut]:
        for pose in self._character.poses if self._character else ():
            if self._character and photo in (pose.photo, pose.cutout):
                return self._character, pose
        raise NotFoundError("There is no such photo any more. Please reload the page.")

    async def _mend(self, photo: str) -> None:
        character, pose = self._pose(photo)
        self.photos.open_desk(
            photo,
            await self._pictures.of_character(character.id, pose.photo or pose.cutout, CARD_PX),
            await self._pictures.of_character(character.id, pose.cutout, COVER_PX),
        )

    async def _repaint(self, painted: Painted) -> None:
        character, _ = self._pose(painted.photo)
        strokes = StrokesIn(keep=painted.lines("keep"), remove=painted.lines("remove"), radius=painted.radius)
        self.photos_fault.value = ""
        self._cutting.append("the photo")
        await self._show()
        try:
            self._know(await self._backend.recut(character.id, painted.photo, strokes))
        finally:
            self._cutting.remove("the photo")
            await self._show()

    async def _remove(self, photo: str) -> None:
        character, pose = self._pose(photo)
        self._character = await self._backend.delete_photo(character.id, pose.photo or pose.cutout)
        await self._show()

    async def _show(self) -> None:
        character = self._character
        tiles = [
            Tile(
                photo=pose.photo or "",
                name=pose.cutout,
                cutout=await self._pictures.of_character(character.id, pose.cutout, COVER_PX),
                sentence=self._remarks.get(pose.photo or "", ""),
            )
            for pose in (character.poses if character else ())
            if character
        ]
        tiles += [Tile(name=name, state="cutting") for name in self._cutting]
        tiles += [Tile(name=name, state="failed", sentence=sentence) for name, sentence in self._failed.items()]
        self.photos.show(tiles)

    # The end

    async def _finish(self) -> None:
        name = self.name.value.strip()
        has_photo = bool(self._character and self._character.poses)
        self.name_fault.value = fault("" if name else "It needs a name. Please type one.")
        self.photos_fault.value = fault("" if has_photo else "It needs a photo, so that it can be in the pictures.")
        if not name or not has_photo or self._character is None:
            return
        patch = CharacterPatch(
            name=name, kind=self.kind.value, pronouns=self.pronouns.value or "they", trait=self.trait.value
        )
        try:
            character = await self._backend.patch_character(self._character.id, patch)
        except StorymakerError as error:
            self.name_fault.value = fault(error.message)
            return
        await self._on_done(character)

    async def _give_up(self) -> None:
        """Somebody new who was given up leaves no trace; somebody known stays as the photos are now."""
        gone = self._character if self._new else None
        self._character = None
        if gone is not None:
            await self._backend.delete_character(gone.id)
        await self._on_done(None)
