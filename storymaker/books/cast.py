"""The family's cast: characters with their cleaned photos and cut-outs, from which books take their snapshot."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from storymaker.books.checking import replace
from storymaker.books.files import (
    adopt_file,
    copy_file,
    disk_errors,
    make_folder,
    read_errors,
    remove_folder,
    write_file,
)
from storymaker.books.locks import locked, remove_locks
from storymaker.books.model import Character, Pose
from storymaker.errors import InvalidInputError, NotFoundError, StorageError

_ID = re.compile(r"[a-z0-9]{4,32}")
_NOBODY = "There is no such character in the cast. Please choose another or add it anew."


class Cast:
    """A folder of characters, ``<shelf>/.cast/<id>/``.

    Args:
        root: The folder; made when the first character comes.
        locks: Where lock files live.
    """

    def __init__(self, root: Path, locks: Path) -> None:
        self.root = root
        self._locks = locks

    def list(self) -> tuple[Character, ...]:
        """All characters, by name; a folder that holds none is passed over."""
        with disk_errors(self.root):
            folders = sorted(path for path in self.root.glob("*/character.json")) if self.root.exists() else []
        found = []
        for path in folders:
            try:
                found.append(Character.model_validate(from_json(path.read_bytes(), allow_inf_nan=False)))
            except (OSError, ValueError, ValidationError):
                continue
        return tuple(sorted(found, key=lambda character: (character.name.casefold(), character.id)))

    def open(self, character_id: str) -> Character:
        """One character.

        Raises:
            NotFoundError: If there is none of this id.
            StorageError: If the card is damaged (code "damaged") or could not be read just now (code "unread").
        """
        try:
            with read_errors("This character's card (character.json)"):
                data = (self.folder(character_id) / "character.json").read_bytes()
            return Character.model_validate(from_json(data, allow_inf_nan=False))
        except ValueError:
            raise StorageError(
                "This character's card (character.json) is damaged. The photos are safe in the folder "
                f".cast/{character_id}; please put the card back from a backup.",
                code="damaged",
            ) from None
        except StorageError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            raise NotFoundError(_NOBODY) from None

    def folder(self, character_id: str) -> Path:
        """Where a character's files are.

        Raises:
            NotFoundError: If the id is none.
        """
        if not _ID.fullmatch(character_id):
            raise NotFoundError(_NOBODY)
        return self.root / character_id

    def save(self, character: Character) -> Character:
        """Write a character's card.

        Raises:
            InvalidInputError: If it has no name.
            StorageError: If the disk refuses.
        """
        if not character.name:
            raise InvalidInputError("The character needs a name. Please type one.", code="name")
        folder = make_folder(self.folder(character.id))
        write_file(folder / "character.json", character.model_dump_json(indent=1).encode())
        return character

    def add_pose(self, character_id: str, pose: Pose, cutout: Path, photo: Path | None = None) -> Character:
        """Take finished files into a character's folder and add them as a pose; a pose that is there is replaced.

        Args:
            character_id: Whose.
            pose: The names that the files shall have.
            cutout: The cut-out, on the shelf's own disk; it is moved.
            photo: The cleaned photo it came from, likewise.

        Raises:
            NotFoundError: If there is no such character.
            StorageError: If the disk refuses.
        """
        folder = self.folder(character_id)

        def add(character: Character) -> Character:
            adopt_file(cutout, folder / pose.cutout)
            if photo is not None and pose.photo is not None:
                adopt_file(photo, folder / pose.photo)
            others = tuple(old for old in character.poses if old.photo is None or old.photo != pose.photo)
            return replace(character, poses=(*others, pose))

        return self.update(character_id, add)

    def update(self, character_id: str, change: Callable[[Character], Character]) -> Character:
        """Lock, read, change, save; files that no pose names any more are removed, books have copies of their own.

        Raises:
            NotFoundError: If there is no such character.
            StorageError: If the disk refuses.
        """
        folder = self.folder(character_id)
        with self._locked(character_id):
            before = self.open(character_id)
            after = self.save(change(before))
            for name in _files(before) - _files(after):
                with disk_errors(folder):
                    for file in (folder / name, *folder.glob(f".state/{Path(name).stem}-*")):  # and its small copies
                        file.unlink(missing_ok=True)
            return after

    def copy_into(self, character: Character, characters: Path) -> None:
        """Put a snapshot of a character with its cut-outs into a book's ``characters`` folder; its photos stay where they are.

        Raises:
            StorageError: If the disk refuses.
        """
        target = make_folder(characters / character.id)
        for pose in character.poses:
            if not (target / pose.cutout).exists():
                copy_file(self.folder(character.id) / pose.cutout, target / pose.cutout)
        write_file(target / "character.json", character.model_dump_json(indent=1).encode())

    def delete(self, character_id: str) -> None:
        """Remove a character and every file of it from the cast; books keep their snapshots.

        Raises:
            NotFoundError: If there is no such character.
        """
        self.open(character_id)
        with self._locked(character_id):
            remove_folder(self.folder(character_id))
        remove_locks(self._locks, f"cast-{character_id}")

    def _locked(self, character_id: str) -> AbstractContextManager[object]:
        return locked(self._locks, f"cast-{character_id}")


def _files(character: Character) -> set[str]:
    return {name for pose in character.poses for name in (pose.cutout, pose.photo) if name}
