"""Documents that nobody reads: shown with the reason, and read again when that is gone."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import text

from paddles.archive import contents
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.ingest.kernel_units import ACCEPTS, BUILD, lava, post, tables, token_of
from tests.units import rows


def errors(client: Client, query: str = "") -> list[dict[str, Any]]:
    """Return the documents that nobody reads."""
    found: list[dict[str, Any]] = client.get(f"/ingest/errors{query}").json["items"]
    return found


def test_what_is_refused_is_shown(client: Client) -> None:
    """With its kind, lab, size, beginning, and why."""
    client.send("POST", "/ingest/lava?lab_name=lab-q", b'{"id": 1, "x\x00', status=422)

    (found,) = errors(client)
    assert ("refused", "lava", "lab-q", 13) == tuple(found[name] for name in ("state", "kind", "lab", "size"))
    assert found["reason"].startswith("is not JSON: ")
    assert '{"id": 1, "x\ufffd' == found["head"]
    assert 64 == len(found["sha256"])
    assert found["again"] is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"token": "very secret", ',
        b'{"a": 1, "token"  :  "very secret \\" more',
        b'{"token":"very secret',
        b"id=1&token=very secret&x=",
    ],
)
def test_no_token_is_shown(client: Client, body: bytes) -> None:
    """Whether what it stands in can be read or not."""
    client.send("POST", "/ingest/lava", body, status=422)

    (found,) = errors(client)
    assert "secret" not in json.dumps(found)


def test_what_failed_is_shown_and_read_again(client: Client, database: Database, settings: Settings) -> None:
    """The store was away, for instance; once it is back the document is read as if nothing had been."""
    href = post(client, "build", BUILD)["href"]
    digest = bytes.fromhex(client.get(href).json["sha256"])
    content = contents.read(contents.store(settings), digest)
    contents.forget(contents.store(settings), [digest])
    documents.read(database, settings, NOW)

    (found,) = errors(client)
    assert ("failed", "build", digest.hex()) == tuple(found[name] for name in ("state", "kind", "sha256"))
    assert "the file store does not have it" in found["reason"] == client.get(href).json["reason"]
    contents.keep(contents.store(settings), content)
    assert "ready" == client.post(found["again"], status=202).json["state"]
    documents.read(database, settings, NOW)

    assert [] == errors(client)
    assert "processed" == client.get(href).json["state"]
    client.post(found["again"], status=404)


def test_one_that_cannot_be_read_leaves_nothing(client: Client, database: Database, settings: Settings) -> None:
    """Its YAML is none: it was taken, since that is seen later; those behind it are read."""
    post(client, "lava", lava(results={"lava": "a: ["}))
    post(client, "build", BUILD)
    before = documents.read(database, settings, NOW)

    assert 2 == before
    assert [("failed", "lava", "lab-x")] == [(each["state"], each["kind"], each["lab"]) for each in errors(client)]
    assert {"runs": 1, "jobs": 1, "kernel_builds": 1} == {k: v for k, v in tables(database).items() if v}


def test_the_list_goes_on_where_it_stopped(client: Client, database: Database, settings: Settings) -> None:
    """The newest first, refused and failed ones together, each once; and all of it as CSV."""
    for number in range(4):
        client.send("POST", f"/ingest/build?lab_name=lab-{number}", b"{", status=422)
        post(client, "lava", lava(id=number, log=str(number), results={"lava": "a: ["}))
    documents.read(database, settings, NOW)
    # All at one moment: what they are called then tells them apart.
    for table in ("refusals", "receipts"):
        stamp = text(f"UPDATE {table} SET received = :now WHERE id % 2 = 0")
        transact(database, lambda session, stamp=stamp: session.execute(stamp, {"now": NOW}))

    found, address = [], "/ingest/errors?count=3"
    while address:
        page = client.get(address).json
        found += page["items"]
        address = page["next"]

    assert 8 == len(found) == len({(each["state"], each["id"]) for each in found})
    assert sorted(found, key=lambda each: each["received"], reverse=True) == found
    assert found == errors(client)
    lines = list(csv.DictReader(io.StringIO(client.get("/ingest/errors.csv").text)))
    assert [(each["state"], str(each["id"])) for each in found] == [(line["state"], line["id"]) for line in lines]
    assert 4 == len(errors(client, "?kind=lava"))
    assert 1 == len(errors(client, "?lab=lab-2"))


@pytest.mark.parametrize("after", ["x", "AAAA", "MjAyNiByZWZ1c2VkIDE=", "\u00e9"])
def test_a_place_that_is_none_is_refused(client: Client, after: str) -> None:
    """Whatever it is made of."""
    client.get("/ingest/errors", {"after": after}, status=400)


@pytest.mark.parametrize("name", ["0", "x", "99999999999999999999", "-1"])
def test_a_document_that_is_not_there(client: Client, name: str) -> None:
    """404, also where it is to be read again."""
    client.get(f"/ingest/documents/{name}", status=404)
    client.post(f"/ingest/errors/{name}/again", status=404)


def test_who_was_refused_is_kept(client: Client, database: Database) -> None:
    """The name of the token, never the token."""
    token = token_of(database, "lab-t")
    client.send("POST", "/ingest/lava", lava(lab_name="lab-a"), status=403, **token, **ACCEPTS)

    (found,) = errors(client)
    assert ("lab-t", "a token of lab-t does not speak for lab-a") == (found["username"], found["reason"])
    assert token["HTTP_AUTHORIZATION"] not in str(rows(database, "SELECT * FROM refusals"))


def test_documents_are_listed(client: Client, database: Database, settings: Settings) -> None:
    """The newest first, by what became of them, with their jobs; the same as CSV."""
    post(client, "build", BUILD)
    post(client, "lava", lava(results={"lava": "a: ["}))
    documents.read(database, settings, NOW)

    second, first = client.get("/ingest/documents").json["items"]
    assert ("failed", "lava", "lab-x", None) == tuple(second[name] for name in ("state", "kind", "lab", "job"))
    assert ("processed", "build", client.get(first["href"]).json["job"]) == (
        first["state"],
        first["kind"],
        first["job"],
    )
    assert [second] == client.get("/ingest/documents?state=failed&~lab=lab").json["items"]
    lines = list(csv.DictReader(io.StringIO(client.get("/ingest/documents?format=csv").text)))
    assert [str(second["id"]), str(first["id"])] == [line["id"] for line in lines]
    client.get("/ingest/documents?state=gone", status=400)
