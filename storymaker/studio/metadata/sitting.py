"""One time that the panel of a character is open: who is in it, and what became of each photo."""

from __future__ import annotations

import asyncio

from storymaker.contract.values import CharacterOut, PhotoTaken, PoseOut
from storymaker.errors import NotFoundError
from storymaker.studio.metadata.photos import Uploads


class Sitting:
    """One time that the panel is open, for one character: what comes late for an earlier one stays with that one.

    Args:
        character: Who is in it; None is somebody new, who joins the cast with the first photo.
        over: Whether the panel is closed.
    """

    def __init__(self, character: CharacterOut | None, *, over: bool = False) -> None:
        self.character, self.new, self.over = character, character is None, over
        self.joining = asyncio.Lock()
        self.uploads = Uploads()
        self.cutting: list[str] = []
        self.failed: dict[str, str] = {}
        self.remarks: dict[str, str] = {}

    @property
    def busy(self) -> bool:
        """Whether a photo is on its way, or being cut out."""
        return bool(self.cutting or self.uploads.under_way)

    @property
    def untouched(self) -> bool:
        """Whether it is for somebody new, and no photo was chosen."""
        return self.character is None and not self.busy and not self.failed

    def pose(self, photo: str) -> tuple[CharacterOut, PoseOut]:
        """Who is in it, and a pose by its photo or its cut-out.

        Raises:
            NotFoundError: If there is none.
        """
        for pose in self.character.poses if self.character else ():
            if self.character and photo in (pose.photo, pose.cutout):
                return self.character, pose
        raise NotFoundError("There is no such photo any more. Please reload the page.")

    def know(self, taken: PhotoTaken) -> None:
        """Keep what became of a photo, and what was remarked on it."""
        known = {pose.cutout for pose in self.character.poses} if self.character else set()
        for pose in taken.character.poses:
            if pose.cutout not in known and pose.photo:
                self.remarks[pose.photo] = " ".join(taken.remarks)
        self.character = taken.character
