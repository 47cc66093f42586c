"""/openapi.json: valid, complete, and true of the addresses; ``test_conformance`` holds the answers against it."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from openapi_spec_validator import validate

import paddles
from paddles.app import serve
from paddles.controllers.root import Root, description
from paddles.db import engine
from paddles.settings import Settings
from paddles.web import openapi
from paddles.web.openapi import Operation
from tests.client import Client
from tests.test_docs import addresses

BASE = "http://paddles.example"
OPERATIONS = list(openapi.operations(Root()))


def described() -> Any:
    """Return the description of the service."""
    return json.loads(description(BASE))


def plain(path: str) -> str:
    """Return a path without the names in braces."""
    return re.sub(r"{\w+}", "<>", path)


def identify(operation: Operation) -> str:
    """Name an operation in a test's id."""
    return f"{operation.method} {operation.path}"


def test_the_service_describes_itself(client: Client) -> None:
    """The document is served as JSON, with the version of the service and the address that links begin with."""
    answer = client.get("/openapi.json", status=200)

    assert "application/json" == answer.content_type
    assert ("paddles", paddles.__version__) == (answer.json["info"]["title"], answer.json["info"]["version"])
    assert [{"url": BASE}] == answer.json["servers"]
    assert described() == answer.json


def test_the_description_is_made_once_and_needs_no_database(settings: Settings) -> None:
    """It is the same bytes for every request, and is there when the database is not."""
    nowhere = settings.model_copy(update={"database_url": "postgresql+psycopg2://paddles@127.0.0.1:1/none"})

    Client(serve(engine.connect(nowhere), nowhere)).get("/openapi.json", status=200)
    assert description(BASE) is description(BASE)


def test_the_description_is_valid() -> None:
    """It is OpenAPI 3.1 to the letter."""
    document = described()

    validate(document)
    assert document["openapi"].startswith("3.1.")


def test_every_address_is_described_and_no_other() -> None:
    """Its paths and methods are those that the resources declare; a chain is described by its first words."""
    # Which speak to Prometheus and to browsers, and no JSON.
    others = {"GET /metrics/", "GET /docs/", "GET /docs/rapidoc.js/"}
    declared = set(addresses(Root())) - others
    chains = {each.removesuffix("...") for each in declared if each.endswith("...")}
    found = {f"{operation.method} {plain(operation.path)}" for operation in OPERATIONS}
    chained = {each for each in found - declared if each.startswith(tuple(chains))}

    assert sorted(each for each in declared if not each.endswith("...")) == sorted(found - chained)
    assert chains == {chain for chain in chains if any(each.startswith(chain) for each in chained)}
    assert {identify(operation) for operation in OPERATIONS} == {
        f"{method.upper()} {path}" for path, item in described()["paths"].items() for method in item
    }


# What is followed tells two streams at one address apart.
ASKED = {"QUERY_STRING": "topics=runs"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=identify)
def test_a_described_address_leads_to_what_is_described(operation: Operation) -> None:
    """A request for it reaches the very handler, which declares what it answers with."""
    path = [part for part in operation.path.replace("{", "").replace("}", "").split("/") if part]

    found = Root().locate(path, operation.method).meant(ASKED)

    assert found.handler is not None
    assert operation.endpoint is found.handler.declared  # type: ignore[attr-defined]
    assert operation.answers is not Any


def test_names_are_told_apart() -> None:
    """No two operations have one name, and no two paths differ by the names in braces alone."""
    names = Counter(operation.name for operation in OPERATIONS)
    paths = Counter(plain(path) for path in described()["paths"])

    assert {1} == set(names.values()) | set(paths.values())


def test_reserved_words_are_no_names() -> None:
    """What has a meaning of its own where a name would stand is excluded by the name's schema."""
    reserved = {
        (operation.path, name): schema["not"]["enum"]
        for operation in OPERATIONS
        for name, schema in operation.ids.items()
        if "not" in schema
    }

    assert ["job_stats", "lock_many", "machine_types", "unlock_many"] == reserved["/nodes/{name}/", "name"]
    assert ["failures", "jobs"] == reserved["/runs/{run_name}/{job_id}/", "job_id"]
    assert "branch" in reserved["/runs/{run_name}/{job_id}/", "run_name"]
    assert ("/runs/{run_name}/jobs/{job_id}/", "job_id") not in reserved


def test_bodies_and_parameters_come_from_the_models() -> None:
    """Bounds, what is required, and the keys that the archive checks are said; a null that nobody can send is not."""
    document = described()
    runs = {each["name"]: each["schema"] for each in document["paths"]["/runs/"]["get"]["parameters"]}
    job = document["paths"]["/runs/{run_name}/jobs/"]["post"]["requestBody"]
    models = document["components"]["schemas"]

    assert {"type": "integer", "minimum": 0, "maximum": 1000000} == runs["count"]
    assert {"type": "string"} == runs["branch"]["items"]
    assert "#/components/schemas/NewJob" == job["content"]["application/json"]["schema"]["$ref"]
    assert job["required"]
    assert not document["paths"]["/queue/stats/"]["post"]["requestBody"]["required"]
    assert "dead" in models["NewJob"]["properties"]["status"]["enum"]
    assert {"kernel", "tasks", "repo"} <= models["JobReport"]["properties"].keys()
    assert ["count", "locked_by", "machine_type", "description"] == models["LockMany"]["required"]
    assert "default" not in models["JobReport"]["properties"]["priority"]


def test_refusals_are_described() -> None:
    """Every operation says which errors it may answer with; those that the face renames have its status."""
    paths = described()["paths"]

    assert ["200", "400", "503"] == list(paths["/runs/"]["get"]["responses"])
    assert ["200", "400", "403", "404", "413", "503"] == list(paths["/nodes/{name}/lock/"]["put"]["responses"])
    assert ["400", "403", "404", "503"] == list(paths["/errors/invalid/"]["get"]["responses"])
    assert "exists already" in paths["/runs/"]["post"]["responses"]["400"]["description"]
    assert "Retry-After" in paths["/runs/"]["get"]["responses"]["503"]["headers"]
