"""The contract as an OpenAPI 3.1 document."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from storymaker._version import __version__
from storymaker.contract.problems import Problem
from storymaker.contract.routes import JSON, MULTIPART, PROBLEM, ROUTES, Route

_REF = "#/components/schemas/{model}"


@functools.cache
def document() -> dict[str, Any]:
    """The whole document, as plain data."""
    schemas, definitions = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Storymaker",
            "version": __version__,
            "description": "Picture books with a child's own plushie as the hero. Every error is an RFC 9457 problem document. "
            "With the session cookie instead of a bearer token, calls that change something also need the XSRF header.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"bearer": []}],
    }


def _models() -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    parts = [part for route in ROUTES for part in (route.takes, route.query)]
    taken = {part for part in parts if isinstance(part, type)}
    given = {route.gives for route in ROUTES if isinstance(route.gives, type)} | {Problem}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in taken]
    return sorted(wanted + [(model, "serialization") for model in given], key=lambda pair: (pair[0].__name__, pair[1]))


def _schemas() -> tuple[dict[Any, Any], dict[str, Any]]:
    references, document = models_json_schema(_models(), ref_template=_REF)
    return dict(references), document["$defs"]


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.does,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route, schemas),
    }
    if route.takes is not None:
        operation["requestBody"] = {"required": not route.body_optional, "content": _body(route, schemas)}
    if route.public:
        operation["security"] = []
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.parameters
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": _plain(part)}
        for name, part in schema["properties"].items()
    ]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    if not route.takes_version:
        return []
    does = "ETag of the book that the change is meant for: if it has gone on, nothing changes, and the answer is 412."
    return [{"name": "If-Match", "in": "header", "required": False, "description": does, "schema": {"type": "string"}}]


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what may be nothing is left out."""
    options = [option for option in part.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if options else part


def _body(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    if route.takes == MULTIPART:
        photo = {"type": "string", "contentMediaType": "application/octet-stream"}
        schema = {"type": "object", "properties": {"photo": photo}, "required": ["photo"]}
        return {MULTIPART: {"schema": schema}}
    if isinstance(route.takes, str):
        return {route.takes: {"schema": {"type": "string"}}}
    return {JSON: {"schema": schemas[route.takes, "validation"]}}


def _responses(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if isinstance(route.gives, tuple):
        binary = {"type": "string"} if route.gives[0].startswith(("text/", JSON)) else {}
        good["content"] = {media_type: {"schema": {} if media_type == JSON else binary} for media_type in route.gives}
    elif route.gives is not None:
        good["content"] = {JSON: {"schema": schemas[route.gives, "serialization"]}}
    if route.versioned:
        good["headers"] = {"ETag": {"description": "The book's version.", "schema": {"type": "string"}}}
    if route.status == 202:
        good["description"] = "Begun."
        good["headers"] = {
            "Location": {"description": "Where to look how it comes on.", "schema": {"type": "string"}},
            "Retry-After": {"description": "Seconds to wait before that.", "schema": {"type": "integer"}},
        }
    responses = {str(route.status): good}
    if route.name == "generate_story":
        responses["200"] = {"description": "With “Prefer: wait”: written.", "content": good["content"]}
    if route.tagged:
        good["headers"] = {"ETag": {"description": "Of what it holds.", "schema": {"type": "string"}}}
    if route.tagged or (route.versioned and route.method == "GET"):
        responses["304"] = {"description": "The caller has it."}
    problem = {PROBLEM: {"schema": schemas[Problem, "serialization"]}}
    if route.takes_version:
        responses["412"] = {"description": "The book has gone on since the version of If-Match.", "content": problem}
    return responses | {"default": {"description": "What went wrong, and what to do.", "content": problem}}
