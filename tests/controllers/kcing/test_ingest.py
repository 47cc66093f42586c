"""What builders, labs and feeders post: kept, answered as each understands it, and there once."""

import gzip
import json

import pytest

from paddles.app import serve
from paddles.archive import contents
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.factories import make_job
from tests.ingest.kernel_units import (
    ACCEPTS,
    BOOT,
    BUILD,
    BUILD_KEY,
    BUILD_RUN,
    lava,
    load,
    post,
    tables,
    token_of,
)
from tests.units import rows

KINDS = {"build": BUILD, "boot": BOOT, "lava": lava()}
JUNIT = b'<testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>'


@pytest.mark.parametrize("kind", KINDS)
def test_a_feeder_asks_first_and_then_posts_files(client: Client, kind: str) -> None:
    """As KCING's does: ``ok`` to a GET, and to a file without a content type, the first time and again."""
    asked = client.get(f"/ingest/{kind}", status=200)
    assert ("ok", "text/plain") == (asked.text, asked.content_type)

    body = json.dumps(KINDS[kind]).encode()
    for _ in range(2):
        said = client.send("POST", f"/ingest/{kind}", body, status=200, CONTENT_TYPE="", HTTP_ACCEPT="*/*")
        assert ("ok", "text/plain") == (said.text, said.content_type)


@pytest.mark.parametrize("kind", KINDS)
def test_who_accepts_json_is_told_more(client: Client, database: Database, settings: Settings, kind: str) -> None:
    """201 and where it is; the same in other words is a duplicate of that."""
    first = post(client, kind, KINDS[kind], status=201)
    again = json.dumps(dict(reversed(KINDS[kind].items())), indent=3).encode()
    second = post(client, kind, again, status=200)

    assert {"status": "created", "href": first["href"]} == first
    assert {"status": "duplicate", "href": first["href"]} == second
    assert "ready" == client.get(first["href"]).json["state"]
    documents.read(database, settings, NOW)
    document = client.get(first["href"]).json
    assert ("processed", kind) == (document["state"], document["kind"])
    assert 200 == client.get(document["job"]).status_int


def test_it_is_on_the_disk_before_it_is_answered(client: Client, settings: Settings) -> None:
    """In one spelling, without the token, and with the lab in it."""
    said = client.get(post(client, "lava", lava())["href"]).json

    kept = json.loads(contents.read(contents.store(settings), bytes.fromhex(said["sha256"])))
    assert {name: value for name, value in lava().items() if name != "token"} == kept
    assert ("lab-x", "ready") == (said["lab"], said["state"])


def test_a_packed_document_is_the_same(client: Client) -> None:
    """By gzip."""
    packed = gzip.compress(json.dumps(BUILD).encode())
    post(client, "build", packed, status=201, HTTP_CONTENT_ENCODING="gzip")
    post(client, "build", BUILD, status=200)


@pytest.mark.parametrize(
    ("asked", "said", "lab"),
    [("lab-a", "lab-b", "lab-a"), ("", "lab-b", "lab-b"), ("", None, "lab-t"), ("lab-t", None, "lab-t")],
)
def test_which_lab_it_is_from(client: Client, database: Database, asked: str, said: str | None, lab: str) -> None:
    """The one in the address, else the one in it, else the one that the token is called after."""
    token = token_of(database, "lab-t") if lab == "lab-t" else {}

    href = post(client, "lava", lava(lab_name=said), lab=asked, **token)["href"]

    assert lab == client.get(href).json["lab"]


@pytest.mark.parametrize(("asked", "said"), [("lab-a", None), ("", "lab-a")])
def test_a_token_speaks_for_its_own_lab_alone(client: Client, database: Database, asked: str, said: str) -> None:
    """Wherever the other one is named."""
    answer = client.send(
        "POST", f"/ingest/lava?lab_name={asked}", lava(lab_name=said), status=403, **token_of(database, "lab-t")
    )

    assert "lab-t does not speak for lab-a" in answer.json["detail"]
    assert [] == rows(database, "SELECT FROM receipts")


def test_a_token_that_is_worth_nothing_is_refused(client: Client, database: Database) -> None:
    """Even where nobody needs one: its sender believes to be known."""
    client.send("POST", "/ingest/build", BUILD, status=401, HTTP_AUTHORIZATION="pdl_nothing")
    client.send("POST", "/ingest/junit?run=r", JUNIT, status=401, HTTP_AUTHORIZATION="pdl_nothing")

    assert [] == rows(database, "SELECT FROM receipts")


def test_where_tokens_are_asked_for_there_is_no_way_without(
    closed: Client, database: Database, settings: Settings
) -> None:
    """A token that only reads is not enough."""
    closed.send("POST", "/ingest/build", BUILD, status=401)
    closed.send("POST", "/ingest/build", BUILD, status=403, **token_of(database, "reader", "read"))
    closed.send("POST", "/ingest/build", BUILD, status=200, **token_of(database, "builder"))
    assert "ok" == closed.get("/ingest/build", status=200).text


@pytest.fixture
def closed(database: Database, settings: Settings) -> Client:
    """The service where tokens are asked for."""
    return Client(serve(database, settings.model_copy(update={"results_access": "token"})))


def test_results_of_one_job_are_its_tests(client: Client, database: Database, settings: Settings) -> None:
    """JUnit, TAP and LTP, for the job that the address names: by its run and name, by the run alone, by its number."""
    make_job(client, "r", job_id="k")
    number = rows(database, "SELECT id FROM jobs")[0].id
    tap, ltp = b"1..1\nok 1 - works\n", b"abs01    PASS    0\n"

    for kind, body, where in (("junit", JUNIT, "run=r&job=k"), ("tap", tap, "run=r"), ("ltp", ltp, f"job={number}")):
        client.send("POST", f"/ingest/{kind}?{where}", body, status=201, **ACCEPTS)
    client.send("POST", "/ingest/junit?run=r", JUNIT, status=200, **ACCEPTS)
    documents.read(database, settings, NOW)

    found = rows(database, "SELECT tests.name, n_pass, n_fail FROM tests ORDER BY tests.id")
    assert [("s", 1, 1), ("tap", 1, 0)] == [tuple(row) for row in found][:2]
    assert 3 == len(found)


@pytest.mark.parametrize(
    ("where", "status"),
    [("", 400), ("run=none&job=1", 404), ("run=none", 404), ("job=x", 404), ("job=0", 404), ("run=two", 404)],
)
def test_which_job_it_is_must_be_said(client: Client, where: str, status: int) -> None:
    """And there must be one."""
    make_job(client, "two", job_id="1")
    make_job(client, "two", job_id="2")

    client.send("POST", f"/ingest/junit?{where}", JUNIT, status=status)


def test_kcidb_is_taken_as_it_always_was(client: Client) -> None:
    """By whoever has a token for it."""
    client.send("POST", "/ingest/kcidb", {"version": {"major": 5, "minor": 3}}, status=401)


def test_a_build_is_a_job_of_its_revision(client: Client, database: Database, settings: Settings) -> None:
    """With all that was said of it beside it."""
    (said,) = load(client, database, settings, "build", BUILD)

    assert f"/runs/{BUILD_RUN}/jobs/{BUILD_KEY}/" == said["job"]
    job = client.get(said["job"]).json
    assert ("pass", "master", "f" * 40, "build") == tuple(job[name] for name in ("status", "branch", "sha1", "suite"))
    assert {"runs": 1, "jobs": 1, "kernel_builds": 1} == {k: v for k, v in tables(database).items() if v}
