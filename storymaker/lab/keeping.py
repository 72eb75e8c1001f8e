"""What keeping a winner means: its prompts under a name, and the settings that the studio needs besides."""

from __future__ import annotations

from dataclasses import dataclass

from storymaker.errors import InvalidInputError
from storymaker.lab.variants import Variant


class InUse(dict[str, str]):
    """Which kept versions are in use: prompt to title; a prompt that is missing is the built-in one."""

    def __repr__(self) -> str:
        told = ", ".join(f"{prompt} → “{title}”" for prompt, title in self.items())
        return f"In use: {told}" if told else "All built-in"


@dataclass(frozen=True)
class Keeping:
    """What was kept of a variant, and what is still to be set by hand.

    Attributes:
        title: The name it was kept under.
        prompts: The prompts that were kept.
        settings: Lines for the environment: a model, a quality and a style are settings and no prompts.
    """

    title: str
    prompts: tuple[str, ...]
    settings: tuple[str, ...]

    @classmethod
    def of(cls, variant: Variant, title: str) -> Keeping:
        """What keeping this variant means.

        Raises:
            InvalidInputError: If it has no prompt of its own; says what the studio takes instead.
        """
        settings = tuple(f"STORYMAKER_{name.upper()}={value}" for name, value in variant.settings.items())
        if not variant.prompts:
            instead = f" Its settings are for you to set: {', '.join(settings)}." if settings else ""
            raise InvalidInputError(
                f"“{variant.name}” has no prompt of its own to keep.{instead} Seed, story, ages and cut-outs belong to a book, "
                "and are chosen when one is begun."
            )
        return cls(title.strip(), tuple(prompt.name for prompt in variant.prompts), settings)

    def __repr__(self) -> str:
        told = f"Kept as “{self.title}”: {', '.join(self.prompts)}. lab.use({self.title!r}) puts it in use."
        return "\n".join([told, *(f"To have the rest of it, set {line}" for line in self.settings)])
