"""One way of writing or drawing that is tried beside others: frozen values, and the sentences for what a maker cannot vary."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator

from storymaker.books.checking import checked
from storymaker.books.model import AgeBand, Line
from storymaker.books.values import Value, said
from storymaker.errors import InvalidInputError
from storymaker.lab.wording import swaps
from storymaker.prompts import Prompt, prompt_names
from storymaker.prompts.kept import load_prompt
from storymaker.settings import Settings, load_settings

Role = Literal["words", "pictures"]

_SHAPES: Final = {
    "prompts": "a list: prompts=[reworded(…)]",
    "settings": 'names with words: settings={"text_model": "…"}',
    "seed": "a whole number from 0 to 2147483647",
    "arc": "the name of a story, in quotation marks",
    "age_band": '"3-4", "5-6" or "7-8"',
    "cutouts": "a list of whole numbers from 1: cutouts=[1]",
    "liked": "True or False",
}
"""What can be varied, and in which form it is given."""


class Variant(Value):
    """What differs in one trial; everything else is as the studio would do it now.

    Attributes:
        name: What it is called in the grid.
        role: Whether a story is written or pages are drawn.
        maker: Which author or illustrator.
        prompts: Prompts in the place of those in use.
        settings: Settings in the place of those in force: ``text_model``, ``image_model``, ``image_quality``, ``image_style``.
        seed: In the place of the brief's. A model takes none: to it another seed is another try.
        arc: Which built-in story, or one of its kind; for words.
        age_band: For which ages; for words.
        cutouts: Which of the hero's cut-outs are shown, counted from 1; empty is all; for pictures.
        liked: Whether a picture that the book has goes along, for its style; for pictures.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=60)]
    role: Role
    maker: Line = "paper"
    prompts: tuple[Prompt, ...] = ()
    settings: Mapping[str, str] = Field(default_factory=dict)
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    arc: Line = ""
    age_band: AgeBand | None = None
    cutouts: tuple[Annotated[int, Field(ge=1)], ...] = ()
    liked: bool = False

    @field_validator("prompts")
    @classmethod
    def _one_of_each(cls, prompts: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
        if len({prompt.name for prompt in prompts}) < len(prompts):
            raise ValueError("there is one prompt twice")
        return prompts

    def __repr__(self) -> str:
        return f"{self.name}: {self.role} by {self.maker}, {', '.join(self.differs) or 'as it is now'}"

    @property
    def differs(self) -> tuple[str, ...]:
        """What it varies, a few words each."""
        told = [f"prompt “{prompt.name}”" for prompt in self.prompts]
        told += [f"{name.replace('_', ' ')} {value}" for name, value in self.settings.items()]
        told += [f"seed {self.seed}"] if self.seed is not None else []
        told += [f"arc {self.arc}"] if self.arc else []
        told += [f"ages {self.age_band}"] if self.age_band else []
        told += [f"cut-out {', '.join(map(str, self.cutouts))}"] if self.cutouts else []
        return (*told, "a liked page goes along") if self.liked else tuple(told)

    def swaps(self, settings: Settings) -> tuple[str, ...]:
        """What its prompts say where those in use say something else.

        Args:
            settings: Whose prompts are in use.
        """
        known = [prompt for prompt in self.prompts if prompt.name in prompt_names()]
        return tuple(swap for prompt in known for swap in swaps(load_prompt(prompt.name, settings), prompt))


def words(name: str, maker: str = "paper", **varied: Any) -> Variant:
    """A variant of an author.

    Args:
        name: What to call it.
        maker: Which author.
        varied: Fields of :class:`Variant`.

    Raises:
        InvalidInputError: If a field cannot be that.
    """
    return _variant(name=name, role="words", maker=maker, **varied)


def pictures(name: str, maker: str = "paper", **varied: Any) -> Variant:
    """A variant of an illustrator.

    Args:
        name: What to call it.
        maker: Which illustrator.
        varied: Fields of :class:`Variant`.

    Raises:
        InvalidInputError: If a field cannot be that.
    """
    return _variant(name=name, role="pictures", maker=maker, **varied)


def _variant(**fields: Any) -> Variant:
    """A variant, or a sentence in the words of whoever calls: pydantic would speak of tuples and strings."""
    try:
        return Variant.model_validate(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = str(fault["loc"][0])
    if field not in Variant.model_fields:
        raise InvalidInputError(f"A variant has no “{field}” to vary. It has: {', '.join(_SHAPES)}.")
    if field in _SHAPES and fault["type"] != "value_error":
        raise InvalidInputError(f"{field} must be {_SHAPES[field]}, and {reprlib.repr(fields[field])} is not that.")
    return checked(Variant, **fields)


def side_by_side(asked: Variant | Iterable[Variant]) -> tuple[Variant, ...]:
    """The variants of one run, which the grid tells apart by their names.

    Args:
        asked: One, or several.

    Raises:
        InvalidInputError: If one of them is none, or two have one name.
    """
    alone = isinstance(asked, Variant) or not isinstance(asked, Iterable)
    variants: tuple[Any, ...] = (asked,) if alone else tuple(asked)  # a person may have given anything
    if not variants or not all(isinstance(one, Variant) for one in variants):
        raise InvalidInputError("Give a variant to try, words(…) or pictures(…), or a list of them.")
    names = [one.name for one in variants]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise InvalidInputError(f"Two variants are called “{twice}”. Please give one another name.")
    return variants


def reworded(
    prompt: str | Prompt,
    swaps: Mapping[str, str] | None = None,
    *,
    settings: Settings | None = None,
    **parts: object,
) -> Prompt:
    """A prompt in other words, its placeholders checked.

    Args:
        prompt: The name of the one in use ("story"), or one that was changed already.
        swaps: Words that stand in it just once, each with what shall stand there.
        settings: Where the one in use is looked up; None reads environment and storymaker.toml.
        parts: Whole parts anew: ``system``, ``user``, ``bands``.

    Raises:
        InvalidInputError: If words do not stand there just once, or a placeholder is lost or invented.
    """
    told = load_prompt(prompt, settings or load_settings()) if isinstance(prompt, str) else prompt
    if strange := parts.keys() - {"system", "user", "bands"}:
        raise InvalidInputError(
            f"A prompt has system, user and bands; there is no {', '.join(sorted(strange))} to change."
        )
    told = _changed(told, parts)
    for old, new in (swaps or {}).items():
        count = told.system.count(old) + told.user.count(old) if old else 0
        if count != 1:
            raise InvalidInputError(
                f"“{old}” stands {count} times in the prompt “{told.name}”, and must stand there once. "
                "Please copy a few words more, or fewer, from it."
            )
        told = _changed(told, {"system": told.system.replace(old, new), "user": told.user.replace(old, new)})
    return told


def _changed(prompt: Prompt, parts: Mapping[str, object]) -> Prompt:
    try:
        return Prompt.model_validate(dict(prompt) | dict(parts))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        told = ": ".join([*map(str, fault["loc"]), said(fault)])
        raise InvalidInputError(f"The prompt “{prompt.name}” does not hold together so: {told}.") from None


def check_variant(variant: Variant, maker: object, poses: int, *, liked: bool) -> None:
    """Refuse what this maker would pass over in silence.

    Args:
        variant: What is to be tried.
        maker: Its author or illustrator; ``tunes_prompts``, ``tunes_settings`` and ``tunes_page`` say what it varies by.
        poses: How many cut-outs the hero has.
        liked: Whether there is a picture that can go along.

    Raises:
        InvalidInputError: With what cannot be varied, and what can.
    """
    if faults := list(_faults(variant, maker, poses, liked=liked)):
        raise InvalidInputError(f"“{variant.name}” cannot be tried: {'; '.join(faults)}.")


def _faults(variant: Variant, maker: object, poses: int, *, liked: bool) -> Iterable[str]:
    for what, asked, can in (
        ("prompt", [prompt.name for prompt in variant.prompts], getattr(maker, "tunes_prompts", ())),
        ("setting", list(variant.settings), getattr(maker, "tunes_settings", ())),
    ):
        if strange := [name for name in asked if name not in can]:
            there = f"its {what}s are {', '.join(can)}" if can else f"it works by no {what}"
            yield f"{variant.maker} does not heed the {what} {', '.join(strange)} here ({there})"
    if variant.role == "words" and (variant.cutouts or variant.liked):
        yield "an author sees no pictures, so no cut-outs and no liked page"
    if variant.role == "pictures" and (variant.arc or variant.age_band):
        yield "pictures are drawn for the words there are, so arc and ages belong to the sample or book"
    if beyond := [number for number in variant.cutouts if number > poses]:
        yield f"the hero has {poses} cut-out{'s' * (poses != 1)}, and no number {', '.join(map(str, beyond))}"
    if variant.role == "pictures" and variant.liked and not getattr(maker, "tunes_page", False):
        yield f"{variant.maker} looks at no other page"
    elif variant.role == "pictures" and variant.liked and not liked:
        yield "there is no finished picture, besides those to be drawn, that could go along"
