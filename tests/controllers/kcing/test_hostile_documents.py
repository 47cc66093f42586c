"""Documents that mean harm: refused or neutralised, seen afterwards, never an error of ours, and nothing half there."""

import gzip
import json
import zlib
from typing import Any

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.factories import make_job
from tests.ingest.kernel_units import ACCEPTS, BOOT, BUILD, METADATA, lava, tables
from tests.ingest.lavas import case, suites
from tests.units import inexact, rows

LIMIT = 100_000
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n"
TAG = '- !!python/object/apply:os.system ["touch /tmp/harm"]\n'
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite name="s"><testcase name="&b;"/></testsuite>"""
XXE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<testsuite name="s"><testcase name="&a;"/></testsuite>"""
NO_OBJECTS = (b"", b" ", b"null", b"[]", b"{", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 9**5)
VALUES: tuple[Any, ...] = (None, True, -1, 2**62, 1e300, "", "x" * 5000, "a\u0000b", [], [[]], {}, {"a": {"b": []}})


@pytest.fixture
def small(database: Database, settings: Settings) -> Client:
    """The service, where documents are small."""
    return Client(serve(database, settings.model_copy(update={"max_document_bytes": LIMIT})))


def unread(client: Client) -> list[tuple[str, str]]:
    """Return the states and reasons of what nobody reads."""
    return [(each["state"], each["reason"]) for each in client.get("/ingest/errors").json["items"]]


@pytest.mark.parametrize("log", [BOMB, TAG, "- " + "[" * 5000 + "\n", "\u0000" * 9])
def test_a_log_that_means_harm_is_empty_lines(client: Client, database: Database, settings: Settings, log: str) -> None:
    """The job is there with its tests: nothing of a log is executed, and none grows."""
    client.send("POST", "/ingest/lava", lava(log=log), status=201, **ACCEPTS)
    documents.read(database, settings, NOW)

    assert [] == unread(client)
    assert 1 == tables(database)["kernel_boots"]


@pytest.mark.parametrize(
    "said",
    [
        {"definition": BOMB},
        {"definition": "[" * 5000},
        {"results": {"lava": BOMB}},
        {"results": {"lava": "[" * 5000}},
        {"results": {"lava": "- {a: b"}},
        {"results": {"lava": "- [x]\n" * 300_000}},
    ],
    ids=str,
)
def test_yaml_that_means_harm_fails(
    client: Client, database: Database, settings: Settings, said: dict[str, Any]
) -> None:
    """With the reason, and nothing of the document is loaded."""
    client.send("POST", "/ingest/lava", lava(**said), status=201, **ACCEPTS)
    documents.read(database, settings, NOW)

    ((state, reason),) = unread(client)
    assert ("failed", True) == (state, "YAML" in reason)
    assert not any(tables(database).values())


def test_tags_in_results_are_text(client: Client, database: Database, settings: Settings) -> None:
    """Nobody is called."""
    client.send("POST", "/ingest/lava", lava(results={"lava": TAG, "0_t": "- {name: !!python/name:os.system x}"}))
    documents.read(database, settings, NOW)

    assert ["x"] == [row.name for row in rows(database, "SELECT name FROM cases")]


@pytest.mark.parametrize("body", [LAUGHS, XXE, b"<testsuite>", b"\x00", b"<a/>"])
def test_xml_that_means_harm_fails(client: Client, database: Database, settings: Settings, body: bytes) -> None:
    """Entities are not followed, whatever they are."""
    make_job(client, "r", job_id="1")
    client.send("POST", "/ingest/junit?run=r", body, status=201, **ACCEPTS)
    documents.read(database, settings, NOW)

    assert 1 == len(unread(client))
    assert 0 == tables(database)["tests"]


@pytest.mark.parametrize("kind", ["build", "boot", "lava", "junit"])
def test_one_that_is_too_large_is_refused(small: Client, kind: str) -> None:
    """As it came, or unpacked: 413, and it is seen that it came."""
    make_job(small, "r", job_id="1")
    place = f"/ingest/{kind}" + ("?run=r" if kind == "junit" else "")
    large = b'{"a": "' + b"x" * LIMIT + b'"}'
    packed = gzip.compress(large)

    small.send("POST", place, large, status=413)
    small.send("POST", place, packed, status=413, HTTP_CONTENT_ENCODING="gzip")

    assert [("refused", f"a document has at most {LIMIT} bytes"), ("refused", f"a file has at most {LIMIT} bytes")] == (
        unread(small)
    )


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], "gzip"),
        (zlib.compress(b"{}"), "deflate"),
        (b"", "gzip"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(client: Client, body: bytes, coding: str) -> None:
    """And seen."""
    client.send("POST", "/ingest/build", body, status=400, HTTP_CONTENT_ENCODING=coding)

    assert 1 == len(unread(client))


@pytest.mark.parametrize(
    "body", [b"", b" ", b"null", b"[]", b"{", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 9**5]
)
@pytest.mark.parametrize("kind", ["build", "boot", "lava"])
def test_what_is_no_object_is_refused(client: Client, database: Database, kind: str, body: bytes) -> None:
    """422, and seen."""
    client.send("POST", f"/ingest/{kind}", body, status=422)

    assert 1 == len(unread(client))
    assert [] == rows(database, "SELECT FROM receipts")


def test_what_nests_too_deep_is_refused(client: Client, database: Database, settings: Settings) -> None:
    """When it comes, or when it is read."""
    for levels, status in ((600, 400), (220, 201)):
        nested = b'{"a":' * levels + b"1" + b"}" * levels
        body = json.dumps(BUILD).encode()[:-1] + b',"x":' + nested + b"}"
        client.send("POST", "/ingest/build", body, status=status, **ACCEPTS)
    documents.read(database, settings, NOW)

    assert ["failed", "refused"] == sorted(state for state, _ in unread(client))
    assert not any(tables(database).values())


@pytest.mark.parametrize(("kind", "whole"), [("build", BUILD), ("boot", BOOT), ("lava", lava())])
def test_every_field_may_be_of_any_type(
    client: Client, database: Database, settings: Settings, kind: str, whole: dict[str, Any]
) -> None:
    """Refused with 4xx where the field names something, else not there: whole or not at all."""
    extra = {"git_url": "u", "modules_size": 1, "boot_retries": 1, "endian": "e", "boot_job_id": "7", "priority": 50}
    taken = 0
    for name in {**whole, **extra}:
        for value in VALUES:
            body = {**whole, **extra, name: value}
            status = client.send("POST", f"/ingest/{kind}", body, status="*", **ACCEPTS).status_int
            assert status in (200, 201, 400), (name, value)
            taken += status == 201
    documents.read(database, settings, NOW)

    states = [row.state for row in rows(database, "SELECT state FROM receipts")]
    reasons = {reason for state, reason in unread(client) if state == "failed"}
    assert (taken, set()) == (len(states), {r for r in reasons if "internal" in r})
    assert tables(database)["jobs"] == tables(database)["kernel_builds"] + tables(database)["kernel_boots"]
    assert [] == inexact(database)


@pytest.mark.parametrize("value", [*VALUES, "!!python/name:os.system x"])
def test_every_key_of_the_metadata_may_be_of_any_type(
    client: Client, database: Database, settings: Settings, value: Any
) -> None:
    """What is no word is not there."""
    said = dict.fromkeys(METADATA, value)
    client.send("POST", "/ingest/lava", lava(definition=json.dumps({"metadata": said})), status=201, **ACCEPTS)
    documents.read(database, settings, NOW)

    assert ["processed"] == [row.state for row in rows(database, "SELECT state FROM receipts")]


@pytest.mark.parametrize("name", ["id", "name", "result", "measurement", "unit", "level", "logged", "log_start_line"])
def test_every_field_of_a_case_may_be_anything(
    client: Client, database: Database, settings: Settings, name: str
) -> None:
    """The case is there all the same."""
    cases = [{**case("c"), name: value} for value in VALUES]
    client.send("POST", "/ingest/lava", lava(results=suites(_0_t=cases)), status=201, **ACCEPTS)
    documents.read(database, settings, NOW)

    assert ["processed"] == [row.state for row in rows(database, "SELECT state FROM receipts")]
    assert len(cases) == tables(database)["cases"]


@pytest.mark.parametrize("lab", ["<script>alert(1)</script>", "../../etc/passwd", "'; DROP TABLE jobs; --", "ü" * 300])
def test_labs_are_called_anything(client: Client, database: Database, settings: Settings, lab: str) -> None:
    """Names are text; those of runs and jobs are safe in an address."""
    href = client.send("POST", "/ingest/lava", lava(lab_name=lab), status=201, **ACCEPTS).json["href"]
    documents.read(database, settings, NOW)

    said = client.get(href).json
    assert lab[:512] == said["lab"]
    assert "%" not in said["job"]
    assert 200 == client.get(said["job"]).status_int
