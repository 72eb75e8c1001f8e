"""From photos to a character: cleaned, cut out, kept in the family's cast; a photo seen before is not cut out again."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from storymaker.books.checking import replace
from storymaker.books.files import scratch_folder
from storymaker.books.model import Character, Pose
from storymaker.books.shelf import Shelf
from storymaker.child import photo_pool, studio_pool
from storymaker.errors import InvalidInputError, NotFoundError, PhotoError
from storymaker.images.paper.studio import builtin_hero, draw_builtin_hero
from storymaker.images.photo import Source, clean_photo, photo_key, shown_name
from storymaker.text import clean_name

if TYPE_CHECKING:
    from storymaker.images.cutout import CutoutInfo, Strokes

log = logging.getLogger(__name__)

_CUT_SECONDS: Final = 60.0
_NO_PHOTO: Final = "There is no such photo of this character. It may have been removed."


@dataclass(frozen=True)
class _Cut:
    """A photo that was cleaned and cut out, in files of a working folder.

    Attributes:
        key: What its bytes are called.
        cutout: The cut-out.
        cleaned: The photo.
        lying: Whether the toy lies.
        lightness: How light it is.
        remarks: Sentences for the parent.
    """

    key: str
    cutout: Path
    cleaned: Path
    lying: bool
    lightness: float
    remarks: tuple[str, ...]

    @property
    def pose(self) -> Pose:
        """How a character has it."""
        files = {"cutout": f"cutout-{self.key}.png", "photo": f"photo-{self.key}.png"}
        return Pose(**files, lying=self.lying, lightness=self.lightness)


def _keys(photos: Sequence[Path | str]) -> list[str]:
    """What the photos' bytes are called; of one that cannot be read it is said later, when it is tried."""
    keys = []
    for photo in photos:
        with contextlib.suppress(PhotoError):
            keys.append(photo_key(Path(photo)))
    return keys


def _all_of(refused: Sequence[PhotoError]) -> PhotoError:
    """One refusal that says what is wrong with each of several photos."""
    sentences = " ".join(error.message for error in refused)
    return PhotoError(f"None of the {len(refused)} photos can be used. {sentences}", code=refused[0].code)


class Casting:
    """Brings characters into the cast of a shelf.

    Args:
        shelf: The shelf.
        on_remark: Told, in a sentence that names the photo, what is not quite right with one that could be used all the same,
            and which could not be used beside others that could.
    """

    def __init__(self, shelf: Shelf, on_remark: Callable[[str], None] = log.warning) -> None:
        self._shelf = shelf
        self.on_remark = on_remark

    def warm_up(self, *, photos: bool) -> None:
        """Start the child processes, so that they load their libraries while the caller does something else."""
        studio_pool().warm_up()
        if photos:
            photo_pool().warm_up()

    def hero(self, name: str, photos: Sequence[Path | str] = (), *, kind: str = "") -> Character:
        """The character of this name with a pose for each photo; the one in the cast that has just these is taken again.

        Args:
            name: As typed.
            photos: Photo files; none gives the plushie that we drew. One that cannot be used beside others that can is told to
                ``on_remark``.
            kind: What animal or thing it is; empty keeps what the cast knows.

        Raises:
            InvalidInputError: If the name cannot be used.
            PhotoError: If no photo can be opened or shows something to cut out; then the cast is as before.
            StorageError: If the disk refuses.
        """
        name = clean_name(name)
        if not name:
            raise InvalidInputError("The hero needs a name. Please give it one.")
        if not photos:
            return self._built_in(name)
        return self._known(name, kind, _keys(photos)) or self._new(name, kind, [Path(photo) for photo in photos])

    def add_photo(self, character_id: str, photo: Source) -> tuple[Character, tuple[str, ...]]:
        """Add a photo of a character as a further pose.

        Args:
            character_id: Whose.
            photo: The photo.

        Returns:
            The character, and sentences for the parent about the photo.

        Raises:
            NotFoundError: If there is no such character.
            PhotoError: If it cannot be used.
        """
        character = self._shelf.cast.open(character_id)
        with scratch_folder(self._shelf.cast.root) as workdir:
            cut = self._cut(photo, workdir)
            return self._shelf.cast.add_pose(character.id, cut.pose, cut.cutout, cut.cleaned), cut.remarks

    def recut(self, character_id: str, photo: str, strokes: Strokes) -> tuple[Character, tuple[str, ...]]:
        """Cut one of a character's photos out again, with the parent's strokes.

        Args:
            character_id: Whose.
            photo: Name of the cleaned photo.
            strokes: Where to keep and where to remove.

        Raises:
            NotFoundError: If there is no such character or photo.
            PhotoError: If nothing is left of it.
        """
        character = self._shelf.cast.open(character_id)
        pose = next((pose for pose in character.poses if pose.photo == photo), None)
        if pose is None:
            raise NotFoundError(_NO_PHOTO)
        with scratch_folder(self._shelf.cast.root) as workdir:
            cutout = workdir / "cutout.png"
            cut = self._cut_out(self._shelf.cast.folder(character.id) / photo, cutout, strokes)
            # Another name for another cut-out of the same photo: what books hold already stays as it is.
            renewed = Pose(
                cutout=f"cutout-{uuid4().hex}.png",
                photo=photo,
                face=pose.face,
                lying=not cut.upright,
                lightness=cut.lightness,
            )
            return self._shelf.cast.add_pose(character.id, renewed, cutout), cut.remarks

    def _known(self, name: str, kind: str, keys: Collection[str]) -> Character | None:
        wanted = {f"photo-{key}.png" for key in keys}
        for character in self._shelf.cast.list():
            photos = {pose.photo for pose in character.poses}
            if character.name == name and photos == wanted and kind in ("", character.kind):
                return character
        return None

    def _new(self, name: str, kind: str, photos: Sequence[Path]) -> Character:
        """Only when each photo was tried does the cast learn of the character; with those that could be cut out."""
        with scratch_folder(self._shelf.cast.root) as workdir:
            with ThreadPoolExecutor(len(photos)) as at_once:
                tried = list(at_once.map(lambda photo: self._tried(photo, workdir), photos))
            cuts = {cut.key: cut for cut in tried if isinstance(cut, _Cut)}
            refused = [error for error in tried if isinstance(error, PhotoError)]
            if not cuts:
                raise refused[0] if len(refused) == 1 else _all_of(refused)
            for error in refused:
                self.on_remark(f"{error.message} The book goes on without this photo.")
            known = self._known(name, kind, cuts) if refused else None
            if known:
                return known
            character = self._shelf.cast.save(Character(name=name, kind=clean_name(kind, what="kind")))
            for cut in cuts.values():
                character = self._shelf.cast.add_pose(character.id, cut.pose, cut.cutout, cut.cleaned)
            return character

    def _tried(self, photo: Path, workdir: Path) -> _Cut | PhotoError:
        """A photo cut out, or why not, in a sentence that names it."""
        name = shown_name(photo)
        try:
            cut = self._cut(photo, workdir)
        except PhotoError as error:
            return error if name in error.message else PhotoError(f"“{name}”: {error.message}", code=error.code)
        for remark in cut.remarks:
            self.on_remark(f"{name}: {remark}")
        return cut

    def set_face(self, character_id: str, photo: str, at: tuple[float, float] | None) -> Character:
        """Say where the face is in one of a character's cut-outs; books keep their snapshots.

        Args:
            character_id: Whose.
            photo: Name of the cleaned photo.
            at: From left and top, 0–1; None for the upper part.

        Raises:
            InvalidInputError: If the point is outside.
            NotFoundError: If there is no such character or photo.
        """

        def moved(character: Character) -> Character:
            if all(pose.photo != photo for pose in character.poses):
                raise NotFoundError(_NO_PHOTO)
            poses = (replace(pose, face=at) if pose.photo == photo else pose for pose in character.poses)
            return replace(character, poses=tuple(poses))

        return self._shelf.cast.update(character_id, moved)

    def _cut(self, photo: Source, workdir: Path) -> _Cut:
        key = photo_key(photo)
        cleaned, cutout = workdir / f"{uuid4().hex}-photo.png", workdir / f"{uuid4().hex}-cutout.png"
        opened = clean_photo(photo_pool(), photo, cleaned)
        found = self._cut_out(cleaned, cutout, None)
        return _Cut(key, cutout, cleaned, not found.upright, found.lightness, (*opened.remarks, *found.remarks))

    def _cut_out(self, cleaned: Path, cutout: Path, strokes: Strokes | None) -> CutoutInfo:
        task = "storymaker.images.cutout:cut_out"
        cut: CutoutInfo = studio_pool().call(task, str(cleaned), str(cutout), strokes, timeout=_CUT_SECONDS)
        return cut

    def _built_in(self, name: str) -> Character:
        """Our own plushie under the family's name for it; its kind is what the picture shows."""
        ours = builtin_hero()
        for character in self._shelf.cast.list():
            if character.name == name and character.figure == "hero":
                return character
        with scratch_folder(self._shelf.cast.root) as workdir:
            cutouts = draw_builtin_hero(workdir)
            character = self._shelf.cast.save(Character(name=name, kind=ours["kind"], look=ours["look"], figure="hero"))
            for cutout in cutouts:
                pose = Pose(cutout=f"cutout-{photo_key(cutout)}.png")
                character = self._shelf.cast.add_pose(character.id, pose, cutout)
            return character
