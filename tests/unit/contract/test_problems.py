"""Problems: every error of ours crosses the wire and comes back as itself."""

from __future__ import annotations

import pytest

from storymaker import errors
from storymaker.contract.problems import Problem, error_of, problem_of
from storymaker.errors import ConflictError, NotFoundError, PhotoError, StorymakerError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StorymakerError)]


def across(error: StorymakerError) -> StorymakerError:
    """An error as the other side sees it."""
    return error_of(Problem.model_validate_json(problem_of(error).model_dump_json(exclude_none=True)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not ConflictError])
def test_an_error_stays_itself(kind: type[StorymakerError]) -> None:
    """Class, sentence and code, with a status of an error."""
    arrived = across(kind("Please try again."))
    assert (type(arrived), arrived.message, arrived.code) == (kind, "Please try again.", kind.code)
    assert 400 <= problem_of(arrived).status < 600


def test_a_conflict_carries_both_sides() -> None:
    """Whatever they are."""
    arrived = across(ConflictError("Choose.", field="n", mine=3, theirs=["a", None]))
    assert isinstance(arrived, ConflictError)
    assert (arrived.field, arrived.mine, arrived.theirs) == ("n", 3, ["a", None])


def test_a_special_code_takes_the_status_of_its_class_unless_it_has_one() -> None:
    """A photo that is too large is still a photo that cannot be used; a body that is too large is 413."""
    assert problem_of(PhotoError("No.", code="photo-too-large")).status == 422
    assert problem_of(StorymakerError("No.", code="too-large")).status == 413
    assert problem_of(NotFoundError("No.", code="not-made")).status == 404


def test_an_error_of_a_newer_studio_is_still_an_error() -> None:
    """Its sentence is what counts."""
    problem = Problem(type="urn:storymaker:NewError", title="New", status=418, detail="Please wait.", code="tea")
    assert (type(error_of(problem)), error_of(problem).message, error_of(problem).code) == (
        StorymakerError,
        "Please wait.",
        "tea",
    )
