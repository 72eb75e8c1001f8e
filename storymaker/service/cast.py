"""The family's cast: characters, photos and cut-outs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from storymaker.books.checking import checked, replace
from storymaker.books.model import Character
from storymaker.child import studio_pool
from storymaker.contract.routes import PNG
from storymaker.contract.values import (
    CastOut,
    CharacterOut,
    CharacterPatch,
    FaceIn,
    File,
    NewCharacter,
    PhotoTaken,
    StrokesIn,
    Upload,
)
from storymaker.errors import BusyError, InvalidInputError, NotFoundError
from storymaker.fair_queue import Caller, Urgency
from storymaker.images.cutout import Strokes
from storymaker.images.photo import PhotoBytes
from storymaker.images.thumbnail import thumbnail
from storymaker.service.desk import Desk
from storymaker.service.told import character_out, file_out, offered_width, taken_out

T = TypeVar("T")

PHOTOS_WAITING: Final = 20
"""How many photos of one family may be under way at a time; each is held in memory until it was cut out."""


class Cast(Desk):
    """Who can play in a book."""

    async def cast(self) -> CastOut:
        """List the family's cast."""
        # Whoever asks this is about to bring photos: their children load their libraries meanwhile.
        self._hands.slow.submit(Caller(self._family, Urgency.BULK), lambda: self._workshop.casting.warm_up(photos=True))
        found = await self._quick(self._shelf.cast.list)
        return CastOut(characters=tuple(CharacterOut.model_validate(character) for character in found))

    async def add_character(self, new: NewCharacter) -> CharacterOut:
        """Add a character to the cast."""
        return character_out(await self._slow(self._add_character, new))

    def _add_character(self, new: NewCharacter) -> Character:
        if not new.name:
            raise InvalidInputError("The character needs a name. Please type one.", code="name")
        if new.builtin:
            return self._workshop.casting.hero(new.name)
        return self._shelf.cast.save(checked(Character, **new.model_dump(exclude={"builtin"})))

    async def patch_character(self, character_id: str, patch: CharacterPatch) -> CharacterOut:
        """Change a character; books keep their snapshots."""
        changes = patch.model_dump(exclude_unset=True)
        if changes.get("name") == "":
            raise InvalidInputError("The character needs a name. Please type one.", code="name")
        return character_out(
            await self._quick(self._shelf.cast.update, character_id, lambda known: replace(known, **changes))
        )

    async def delete_character(self, character_id: str) -> None:
        """Remove a character; books keep their snapshots."""
        await self._quick(self._shelf.cast.delete, character_id)

    async def add_photo(self, character_id: str, upload: Upload) -> PhotoTaken:
        """Cut the character out of a photo."""
        photo = PhotoBytes(Path(upload.name.replace("\\", "/")).name or "photo", upload.data)
        return taken_out(await self._cut(self._workshop.casting.add_photo, character_id, photo))

    async def delete_photo(self, character_id: str, photo: str) -> CharacterOut:
        """Remove one photo of a character."""

        def without(character: Character) -> Character:
            poses = tuple(pose for pose in character.poses if photo not in (pose.photo, pose.cutout))
            if poses == character.poses:
                raise NotFoundError("There is no such photo of this character. It may have been removed.")
            return replace(character, poses=poses)

        return character_out(await self._quick(self._shelf.cast.update, character_id, without))

    async def recut(self, character_id: str, photo: str, strokes: StrokesIn) -> PhotoTaken:
        """Cut a photo out again, with the parent's strokes."""
        painted = Strokes(strokes.keep, strokes.remove, strokes.radius)
        return taken_out(await self._cut(self._workshop.casting.recut, character_id, photo, painted))

    async def _cut(self, call: Callable[..., T], *args: Any) -> T:
        """Have something cut out: the family's only photo soon, further ones when others had their turn.

        Raises:
            BusyError: If many of the family's photos wait already.
        """
        if self._photos >= PHOTOS_WAITING:
            raise BusyError(
                f"{PHOTOS_WAITING} of your photos are being cut out right now. Please wait until some of them are there, "
                "then send the others.",
                code="too-many",
            )
        urgency = Urgency.BULK if self._photos else Urgency.SOON
        self._photos += 1
        try:
            return await self._slow(call, *args, urgency=urgency)
        finally:
            self._photos -= 1

    async def set_face(self, character_id: str, photo: str, face: FaceIn) -> CharacterOut:
        """Say where the face is in a cut-out."""
        return character_out(await self._quick(self._workshop.casting.set_face, character_id, photo, face.at))

    async def character_image(self, character_id: str, name: str, w: int | None = None) -> File:
        """Give a character's photo or cut-out."""

        def give() -> File:
            character = self._shelf.cast.open(character_id)
            if not any(name in (pose.cutout, pose.photo) for pose in character.poses):
                raise NotFoundError("There is no such picture of this character. It may have been removed.")
            file = self._shelf.cast.folder(character_id) / name
            if w is not None:
                width = offered_width(w)
                file = thumbnail(studio_pool(), file, file.parent / ".state" / f"{file.stem}-{width}.png", width)
            return file_out(file, PNG)

        return await self._slow(give)
