"""Definitions that are only looked at: what is wrong with one, which runs it has, and how one of these is executed."""

from typing import Any

import orjson
import pytest
import yaml

from tests.client import Client
from tests.controllers.test_statements import counted
from tests.projects.definitions import SCRIPT, definition, loop, run, trigger

PATH = "/simulator-validate"
FORM = "application/x-www-form-urlencoded"
YAML_TYPES = [
    "application/yaml",
    "text/yaml",
    "application/x-yaml",
    "text/x-yaml; charset=utf-8",
    FORM,
    "text/plain",
    "",
]
LOOPED = run("{loop}", loop_on=[loop("CC", "gcc", "clang")], params={"A": "of the run"})
PROJECT = definition(trigger("main", LOOPED), trigger("nightly"), params={"A": "1", "B": "2"})
# Each list is nine times the one before it.
LISTS = [
    b"%c: &%c [%s]" % (at, at, b",".join(([b"*%c" % (at - 1)] if at > 97 else [b"x"]) * 9)) for at in b"abcdefghij"
]
BOMB = b"\n".join(LISTS)
TRIGGERS = {"main": ["gcc", "clang"], "nightly": ["unit"]}


def said(client: Client, body: Any, query: str = "", kind: str = "application/yaml", status: int = 200) -> Any:
    """Send a definition and return what is said of it."""
    content = body if isinstance(body, bytes) else yaml.safe_dump(body).encode()
    answer = client.send("POST", PATH + query, content, status=status, CONTENT_TYPE=kind).json
    assert {"status", "message" if status >= 400 else "data"} == set(answer)
    return answer["message"] if status >= 400 else answer["data"]


@pytest.mark.parametrize("kind", YAML_TYPES)
def test_yaml_is_read_whatever_it_is_called(client: Client, kind: str) -> None:
    """As files of curl are, and those of clients that know no type for it; loops are expanded."""
    assert {"triggers": TRIGGERS} == said(client, PROJECT, kind=kind)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", *YAML_TYPES])
def test_json_is_read_whatever_it_is_called(client: Client, kind: str) -> None:
    """It need not be YAML, which some of it is not."""
    assert {"triggers": TRIGGERS} == said(client, b"\t" + orjson.dumps(PROJECT), kind=kind)


@pytest.mark.parametrize(("query", "project"), [("", "simulated"), ("&project=lab/tool", "lab/tool")])
def test_the_definition_of_a_run_is_made(client: Client, query: str, project: str) -> None:
    """As its runner would read it, of no build that there is, and with no secret."""
    rundef = said(client, PROJECT, f"?trigger=main&run=clang{query}")["rundef"]

    assert (SCRIPT, "simple", {}, 30) == tuple(rundef[key] for key in ("script", "trigger_type", "secrets", "timeout"))
    url = f"https://service.invalid/projects/{project}/builds/1/runs/clang/"
    env = {"A": "of the run", "B": "2", "CC": "clang", "H_BUILD": "1", "H_RUN": "clang"}
    assert {**env, "H_PROJECT": project, "H_RUN_URL": url} == rundef["env"]
    assert "api_key" not in rundef


@pytest.mark.parametrize(("query", "message"), [
    ("?trigger=x&run=unit", "there is no trigger x; there are main, nightly"),
    ("?trigger=main&run={loop}", "trigger main has no run {loop}; it has gcc, clang"),
    ("?trigger=main", "a run is named by trigger and run"),
    ("?run=gcc", "a run is named by trigger and run"),
    ("?trigger=main&run=gcc&project=a//b", "a project's name has 1 to 256 characters, and something on each side"),
    ("?trigger=main&run=%00", "run must not hold a NUL character"),
])  # fmt: skip
def test_a_run_that_there_is_not(client: Client, query: str, message: str) -> None:
    """400, and which there are."""
    assert said(client, PROJECT, query, status=400).startswith(message)


@pytest.mark.parametrize(("body", "message"), [
    (definition(trigger("main", run(container=5))), "triggers[0].runs[0].container: must be text; quote it"),
    ({**definition(), "more": 1, "timeout": "5"}, "timeout: must be a whole number\nmore: is not known here"),
    (b"timeout: 5\n\ttriggers: []\n", "not YAML: line 2: found a "),
    (b"", "the definition: must be a mapping"), (b"[]", "the definition: must be a mapping"),
    (b"\xff", "not UTF-8: byte 0"), (b"--- a\n--- b\n", "a value is one document of YAML"),
    (b"!!python/object/apply:os.system [id]", "line 1: the tag tag:yaml.org,2002:python/object/apply:os.system"),
])  # fmt: skip
def test_all_that_is_wrong_is_said_by_its_place(client: Client, body: Any, message: str) -> None:
    """400, also when a run of it is asked for."""
    for query in ("", "?trigger=main&run=unit"):
        assert said(client, body, query, status=400).startswith(message)


@pytest.mark.parametrize("body", [
    BOMB, b"a: &a [*a]", b"[" * 100_000, b"- a\n" * 250_000, b'{"a":' * 100_000,
], ids=["aliases", "circle", "depth", "values", "depth of JSON"])  # fmt: skip
def test_what_is_meant_to_blow_up_is_refused(client: Client, body: bytes) -> None:
    """400, before much is made of it."""
    assert len(said(client, body, status=400)) < 5000


@pytest.mark.parametrize("kind", ["application/json", "application/yaml"])
def test_a_large_one_is_not_looked_at(client: Client, kind: str) -> None:
    """413: to find all that is wrong with it would take long."""
    largest = b'{"a":"' + b"x" * (2**20 - 8) + b'"}'

    assert "timeout: is required" in said(client, largest, kind=kind, status=400)
    assert "1048576 bytes" in said(client, largest + b" ", kind=kind, status=413)


def test_json_that_is_called_so_is_nothing_else(client: Client) -> None:
    """YAML under that name is a mistake of the client's."""
    assert "could not decode JSON body" == said(client, PROJECT, kind="application/json", status=400)


def test_the_database_is_not_asked(client: Client) -> None:
    """Nothing is read there, and nothing kept."""
    with counted() as statements:
        said(client, PROJECT, "?trigger=main&run=gcc")
        said(client, b"{}", status=400)

    assert [] == statements
