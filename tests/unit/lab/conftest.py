"""A lab with makers that cost a little, count what they do, and heed what a test says."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from storymaker.books.shelf import Shelf
from storymaker.casting import Casting
from storymaker.errors import ProviderError
from storymaker.images.illustrator import PictureFile, PictureRequest
from storymaker.jobs.queue import JobQueue
from storymaker.lab import Lab
from storymaker.lab.trials import Makers
from storymaker.prompts.kept import PromptSource, load_prompt
from storymaker.settings import Settings
from storymaker.story.author import Assignment, ChapterDraft, StoryOpening
from storymaker.testing import PlainIllustrator, ScriptedAuthor


class TunedAuthor(ScriptedAuthor):
    """Writes what its prompt says, and remembers whom it wrote for; the model “broken” breaks on page 3."""

    tunes_prompts = ("story",)
    tunes_settings = ("text_model",)
    wrote: ClassVar[list[str]]

    def __init__(self, settings: Settings, *, prompts: PromptSource = load_prompt) -> None:
        super().__init__(stops_after=2 if settings.text_model == "broken" else None)
        self.settings, self.prompts = settings, prompts

    async def write(self, assignment: Assignment) -> AsyncGenerator[StoryOpening | ChapterDraft]:
        self.wrote.append(assignment.heroes[0].name)
        said = self.prompts("story", self.settings).user.splitlines()[0]
        async for piece in super().write(assignment):
            if isinstance(piece, ChapterDraft):
                yield ChapterDraft(piece.title, f"{piece.text} {said}", piece.image_prompt, "", "sea", 0.01)
            else:
                yield piece


class TunedIllustrator(PlainIllustrator):
    """Draws one colour for a cent, and remembers what it was shown; the model “broken” draws nothing."""

    tunes_prompts = ("picture",)
    tunes_settings = ("image_model",)
    tunes_page = True
    shown: ClassVar[list[PictureRequest]]

    def __init__(self, settings: Settings, *, prompts: PromptSource = load_prompt) -> None:
        super().__init__(cost_usd=0.01)
        self.settings = settings

    async def draw(self, request: PictureRequest) -> PictureFile:
        self.shown.append(request)
        if self.settings.image_model == "broken":
            raise ProviderError("The brush is dry. Please try again.", paid=True, cost_usd=0.01)
        return await super().draw(request)


@pytest.fixture
def makers() -> Makers:
    """Doubles that can be tuned, under names of their own, and two that cannot."""
    author = type("Author", (TunedAuthor,), {"wrote": []})
    illustrator = type("Illustrator", (TunedIllustrator,), {"shown": []})
    return {
        "words": {"tuned": author, "scripted": ScriptedAuthor},
        "pictures": {"tuned": illustrator, "plain": PlainIllustrator},
    }


@pytest.fixture(scope="session")
def new_lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab's folder with what takes seconds to make: a jobs database, and our own plushie in the cast."""
    folder = tmp_path_factory.mktemp("lab")
    queue = JobQueue(f"sqlite:///{folder / 'jobs.sqlite'}")
    queue.jobs()
    queue.close()
    Casting(Shelf(folder / "shelf")).hero("Pip")
    return folder


@pytest.fixture
def lab(settings: Settings, makers: Makers, new_lab: Path) -> Lab:
    """A lab in a temporary home."""
    shutil.copytree(new_lab, settings.home / "lab")
    return Lab(settings, makers=makers)


@pytest.fixture
def wrote(makers: Makers) -> list[str]:
    """Whom the tuned author wrote for, as often as it did."""
    names: list[str] = makers["words"]["tuned"].wrote
    return names


@pytest.fixture
def shown(makers: Makers) -> list[Any]:
    """What the tuned illustrator was shown."""
    requests: list[Any] = makers["pictures"]["tuned"].shown
    return requests
