"""The description of the service in OpenAPI, made from the resources and what their endpoints declare."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Never

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from paddles.errors import (
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    PaddlesError,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from paddles.web.body import FORM, Fillable, Form
from paddles.web.endpoint import JSON, PRODUCED, Endpoint
from paddles.web.face import Face
from paddles.web.incoming import Incoming
from paddles.web.resource import Resource

OPENAPI = "3.1.1"
NAMED = re.compile(r"{(\w+)}")
# A part of a path: a word, or for an id the words that have a meaning of their own in its place.
Part = str | frozenset[str]


@dataclass(frozen=True)
class Operation:
    """One method at one address: ``path`` has names in braces, ``ids`` the schema of each, ``answers`` the type."""

    method: str
    path: str
    ids: Mapping[str, JsonSchemaValue]
    endpoint: Endpoint
    face: Face
    answers: Any

    @property
    def name(self) -> str:
        """What generated clients call it: ``get_runs_name_jobs``."""
        return "_".join([self.method.lower(), *re.findall(r"\w+", self.path)])

    @property
    def refusals(self) -> dict[int, list[type[PaddlesError]]]:
        """The errors that it may answer with, by status."""
        kinds: list[type[PaddlesError]] = [Invalid, Unavailable]
        kinds += [NotFound] if self.ids else []
        kinds += [TooLarge] if self.endpoint.body else []
        kinds += [Malformed] if Malformed in self.face.statuses else []
        kinds += [Unauthenticated, Forbidden] if self.endpoint.who else []
        found: dict[int, list[type[PaddlesError]]] = {}
        for kind in dict.fromkeys((*kinds, *self.endpoint.refuses)):
            found.setdefault(self.face.statuses.get(kind, kind.status), []).append(kind)
        return dict(sorted(found.items()))


class Schemas(GenerateJsonSchema):
    """Pydantic's schemas without what says nothing: titles made of names, and None for a key that may be absent."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave a default of None out: what is not sent stays as it is, which a null would not."""
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Give no title to a field: it would be its name once more."""
        return False


def describe(root: Resource, info: Mapping[str, str], server: str) -> dict[str, Any]:
    """Return the description of the service under ``root``; ``server`` is the address that its paths begin with."""
    found = list(operations(root))
    schemas, components = _schemas(found)
    paths: dict[str, dict[str, Any]] = {}
    for at, operation in enumerate(found):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas[at])
    return {
        "openapi": OPENAPI,
        "info": dict(info),
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"schemas": components},
    }


def operations(
    resource: Resource, path: tuple[Part, ...] = (), claimed: frozenset[str] | None = None
) -> Iterator[Operation]:
    """Yield what can be asked of a resource and of all that is below it, as :meth:`Resource.locate` finds it.

    ``claimed`` is given for what is ``below`` an item: the words nested in that item, whose address is its own.
    """
    if resource.chain:
        for method, handler in resource._chains.items():
            yield from _chained(resource, method, getattr(resource, handler).declared, path)
        return
    item = (*path, frozenset(resource.words) | (claimed or frozenset()))
    for at, handlers in zip((path, item), resource._handlers, strict=True):
        if at is item or claimed is None:
            # What speaks no face's language, such as the figures for Prometheus, is no part of the description.
            described = [pair for pair in handlers.items() if hasattr(getattr(resource, pair[1]), "declared")]
            yield from (_declared(resource, method, handler, at) for method, handler in described)
    for word, child in resource.words.items():
        yield from operations(child, (*path, word))
    for word, child in resource.nested.items():
        yield from operations(child, (*item, word))
    if resource.below is not None:
        yield from operations(resource.below, item, frozenset(resource.nested))


def _declared(resource: Resource, method: str, handler: str, path: tuple[Part, ...]) -> Operation:
    endpoint: Endpoint = getattr(resource, handler).declared
    names = _names(endpoint)
    ids = dict(zip(names, (_id(part) for part in path if not isinstance(part, str)), strict=True))
    return Operation(method, _address(path, names), ids, endpoint, resource.face, endpoint.answers)


def _chained(resource: Resource, method: str, endpoint: Endpoint, path: tuple[Part, ...]) -> Iterator[Operation]:
    outer = _names(endpoint)[:-1]
    above = dict(zip(outer, (_id(part) for part in path if not isinstance(part, str)), strict=True))
    for form in resource.forms:
        below = {name: _schema(form.ids[name]) if name in form.ids else _id() for name in NAMED.findall(form.path)}
        address = _address(path, outer) + form.path
        yield Operation(method, address, above | below, endpoint, resource.face, form.answers)


def _names(endpoint: Endpoint) -> list[str]:
    return [name for name in inspect.signature(endpoint.handler).parameters if name not in ("self", "call")]


def _address(path: tuple[Part, ...], names: list[str]) -> str:
    left = iter(names)
    return "/" + "".join(f"{part}/" if isinstance(part, str) else f"{{{next(left)}}}/" for part in path)


def _id(reserved: Part = frozenset()) -> JsonSchemaValue:
    text: JsonSchemaValue = {"type": "string", "minLength": 1}
    return {**text, "not": {"enum": sorted(reserved)}} if reserved else text


def _schema(kind: Any) -> JsonSchemaValue:
    return TypeAdapter(kind).json_schema(schema_generator=Schemas)


def _schemas(found: list[Operation]) -> tuple[list[dict[str, JsonSchemaValue]], JsonSchemaValue]:
    """Return, for each operation, the schemas of its answer, body and error, and those which they refer to by name."""
    kinds: list[Any] = []
    for at, each in enumerate(found):
        if each.face.error is not Never:
            kinds.append(((at, "error"), "serialization", TypeAdapter(each.face.error)))
        if each.answers is not Never:
            kinds.append(((at, "answer"), "serialization", TypeAdapter(each.answers)))
        for status, answer in each.endpoint.by_status.items():
            if status != each.endpoint.status and answer is not Never:
                kinds.append(((at, str(status)), "serialization", TypeAdapter(answer)))
        if each.endpoint.body:
            sent = bytes if each.endpoint.body is Incoming else each.endpoint.body
            kinds.append(((at, "body"), "validation", TypeAdapter(sent)))
    made, shared = TypeAdapter.json_schemas(
        kinds, ref_template="#/components/schemas/{model}", schema_generator=Schemas
    )
    schemas: list[dict[str, JsonSchemaValue]] = [{} for _ in found]
    for ((at, what), _), schema in made.items():
        schemas[at][what] = schema
    return schemas, shared.get("$defs", {})


def _operation(operation: Operation, schemas: Mapping[str, JsonSchemaValue]) -> dict[str, Any]:
    endpoint = operation.endpoint
    # Docstrings mark code as reStructuredText does, descriptions as Markdown.
    summary, _, more = (inspect.getdoc(endpoint.handler) or "").replace("``", "`").partition("\n")
    described: dict[str, Any] = {"operationId": operation.name, "tags": [operation.face.name]}
    described["summary"] = summary.replace("`", "")
    if more.strip():
        described["description"] = more.strip()
    parameters = [*_path_parameters(operation.ids), *_query_parameters(_schema(endpoint.query))]
    if parameters:
        described["parameters"] = parameters
    if endpoint.body:
        content = {kind: {"schema": schemas["body"]} for kind in _consumes(endpoint.body)}
        described["requestBody"] = {"required": not endpoint.body_optional, "content": content}
    described["responses"] = _responses(operation, schemas)
    return described


def _consumes(body: Any) -> tuple[str, ...]:
    if body in (bytes, Incoming):
        return (PRODUCED[bytes],)
    if issubclass(body, Fillable):
        return JSON, FORM
    return (FORM,) if issubclass(body, Form) else (JSON,)


def _path_parameters(ids: Mapping[str, JsonSchemaValue]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in ids.items()]


def _query_parameters(query: JsonSchemaValue) -> list[dict[str, Any]]:
    required = query.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _given(schema)}
        for name, schema in query.get("properties", {}).items()
    ]


def _given(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of a parameter that is there: a query can say no null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **choices[0]}


def _responses(operation: Operation, schemas: Mapping[str, JsonSchemaValue]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status in sorted(operation.endpoint.by_status):
        responses[str(status)] = {"description": "Done."}
        usual = status == operation.endpoint.status
        if usual and "answer" in schemas:
            others = {PRODUCED[kind]: {"schema": {"type": "string"}} for kind in operation.endpoint.also}
            responses[str(status)]["content"] = {operation.endpoint.produces: {"schema": schemas["answer"]}, **others}
        elif str(status) in schemas:
            responses[str(status)]["content"] = _content(schemas[str(status)])
    for status, kinds in operation.refusals.items():
        text = " ".join(inspect.getdoc(kind) or "" for kind in kinds)
        responses[str(status)] = {"description": text}
        if "error" in schemas:
            responses[str(status)]["content"] = _content(schemas["error"])
        if Unavailable in kinds:
            seconds = {"description": "When to ask again, in seconds.", "required": True, "schema": {"type": "integer"}}
            responses[str(status)]["headers"] = {"Retry-After": seconds}
    return responses


def _content(schema: JsonSchemaValue) -> dict[str, Any]:
    return {JSON: {"schema": schema}}
