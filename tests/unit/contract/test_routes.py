"""The route table: no two calls are one, and the OpenAPI document says the same."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from openapi_spec_validator import validate

from storymaker.contract.openapi import document
from storymaker.contract.routes import BY_NAME, ROUTES, Route
from storymaker.service import StudioService


def test_every_call_has_one_name_and_one_place() -> None:
    """Names and addresses are unique."""
    assert len(BY_NAME) == len(ROUTES)
    assert Counter((route.method, route.path) for route in ROUTES).most_common(1)[0][1] == 1


def test_only_the_way_in_is_open() -> None:
    """Everything else asks who is there."""
    assert {route.name for route in ROUTES if route.public} == {"token", "health"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_path_is_found_again_by_its_pattern(route: Route) -> None:
    """With what varies, and only a whole part of the path each."""
    filled = re.sub(r"{(\w+)}", r"the-\1", route.path)
    found = re.fullmatch(route.pattern, filled)
    assert found is not None
    assert found.groupdict() == {name: f"the-{name}" for name in route.parameters}
    assert not re.fullmatch(route.pattern, filled + "/more")


def test_the_service_has_a_method_for_every_call() -> None:
    """Of the same name; the way in and the document itself are the server's."""
    assert {route.name for route in ROUTES} - {"token", "openapi"} <= set(dir(StudioService))


def test_the_document_is_one() -> None:
    """By the standard's own schema, with every route in it."""
    validate(document())
    operations = {
        (path, method.upper(), operation["operationId"])
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {(route.path, route.method, route.name) for route in ROUTES}


def test_the_document_says_what_needs_a_login() -> None:
    """By default everything."""
    assert document()["security"] == [{"bearer": []}]
    paths = document()["paths"]
    assert [route.name for route in ROUTES if paths[route.path][route.method.lower()].get("security") == []] == [
        "token",
        "health",
    ]
