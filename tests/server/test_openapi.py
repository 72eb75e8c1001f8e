"""The OpenAPI document, taken at its word: what it says may be sent is sent, and so is what it says may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from storymaker.contract.openapi import document
from storymaker.settings import Settings
from storymaker.testing import PlainIllustrator, ScriptedAuthor
from storymaker.workshop import Workshop
from tests.server.cupboard import cupboard_in
from tests.server.served import Served, served

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    ignored_auth,
    use_after_free,
]
EXAMPLES = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)

API = [found.ok() for found in schemathesis.openapi.from_dict(document()).get_all_operations() if isinstance(found, Ok)]
NOTHING_TO_GET_WRONG = {"health", "cast"}
OPERATIONS = [
    (operation, mode)
    for operation in API
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation.definition.raw["operationId"] not in NOTHING_TO_GET_WRONG
]


def test_what_is_begun_says_where_to_look_and_what_is_done_does_not() -> None:
    """A story that was waited for is there: nobody has to look how it comes on."""
    answers = document()["paths"]["/api/studio/generate_story"]["post"]["responses"]
    assert set(answers["202"]["headers"]) == {"Location", "Retry-After"}
    assert "headers" not in answers["200"] and answers["200"]["content"]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio whose author is scripted and whose illustrator is plain; both are the ones that are taken unless said."""
    folder = tmp_path_factory.mktemp("openapi")
    chosen = Settings(books=folder / "books", home=folder / "home", author="scripted", illustrator="plain")
    authors, illustrators = {"scripted": ScriptedAuthor()}, {"plain": PlainIllustrator()}
    with (
        cupboard_in(folder / "cupboard.json"),  # whatever is taken for a key must not reach the keyring of this machine
        Workshop(settings=chosen, authors=authors, illustrators=illustrators) as workshop,
        served(workshop, chosen.home) as server,
    ):
        workshop.start_worker()
        yield server


@pytest.fixture(scope="module")
def things(studio: Served) -> dict[str, str]:
    """What is really there, for paths that would else name nothing in every example."""
    family = studio.caller(studio.local())
    hero = family.post(f"{studio.url}/api/characters", json={"name": "Bramble"}, timeout=20).json()["id"]
    order = family.post(
        f"{studio.url}/api/studio/generate_story", json={"chapters": 2}, headers={"Prefer": "wait=30"}, timeout=60
    ).json()
    book = family.get(f"{studio.url}/api/books/{order['book_id']}", timeout=20).json()
    return {
        "book_id": book["id"],
        "chapter_id": book["chapters"][0]["id"],
        "job_id": order["job_id"],
        "character_id": hero,
        "format_": "pdf",
        "page": "1",
    }


@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # schemathesis does, in its strategies
@pytest.mark.parametrize("there", [True, False], ids=["there", "anywhere"])
@pytest.mark.parametrize(("operation", "mode"), OPERATIONS, ids=lambda part: getattr(part, "label", None) or part.value)
def test_the_studio_keeps_its_contract(
    studio: Served, things: dict[str, str], operation: Any, there: bool, mode: Any
) -> None:
    """No server error, no answer that the document does not promise, and nothing taken that it says is wrong."""
    token = studio.local()

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        if there:
            case.path_parameters = {name: things.get(name, value) for name, value in case.path_parameters.items()}
        case.call_and_validate(
            base_url=studio.url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS, timeout=60
        )

    check()
