"""The callback address of KernelCI's backend: who may use it, what it takes, and what it says."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from paddles.controllers.kcing.callback import NEEDED
from paddles.db.engine import Database
from paddles.settings import Settings
from paddles.sweep import documents
from tests.client import Client
from tests.conftest import NOW
from tests.controllers.kernelci.wire import make_person
from tests.ingest.kernel_units import LAVA_KEY, LAVA_RUN, METADATA, lava, token_of
from tests.units import job_of, rows

PLACE = "/callback/lava/test"
WHERE = f"{PLACE}?lab_name=lab-x&status=2&status_string=complete"
JSON, FORM = {"CONTENT_TYPE": "application/json"}, {"CONTENT_TYPE": "application/x-www-form-urlencoded"}


@pytest.fixture
def lab(database: Database) -> dict[str, str]:
    """The header of the lab's token."""
    return token_of(database, "lab-x")


def test_a_lab_tells_of_a_job(client: Client, database: Database, settings: Settings, lab: dict[str, str]) -> None:
    """202 and where it is to be seen; the job is there when it was read, and the token nowhere."""
    said = client.send("POST", WHERE, lava(), status=202, **lab)
    again = client.send("POST", WHERE, lava(), status=202, **lab)

    assert {"href": said.json["href"]} == said.json == again.json
    documents.read(database, settings, NOW)
    assert f"/runs/{LAVA_RUN}/jobs/{LAVA_KEY}/" == client.get(said.json["href"]).json["job"]
    assert "pass" == job_of(database, LAVA_RUN, LAVA_KEY).status


def test_a_form_will_do(client: Client, database: Database, settings: Settings, lab: dict[str, str]) -> None:
    """As LAVA sends it unless it is told otherwise: values as text, of results no more than names."""
    said: dict[str, Any] = {**lava(), "metadata": ""}
    body = urlencode(said, doseq=True).encode()

    client.send("POST", WHERE, body, status=202, **lab, **FORM)
    documents.read(database, settings, NOW)

    (boot,) = rows(database, "SELECT lab, external_id, details ->> 'partial' AS partial, result FROM kernel_boots")
    assert ("lab-x", "577", "true", "unknown") == tuple(boot)
    assert [] == rows(database, "SELECT FROM receipts WHERE state = 'failed'")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nothing_else_can_be_done_there(client: Client, method: str) -> None:
    """501, as there."""
    assert 501 == client.send(method, PLACE, status=501).json["status"]


def test_there_is_no_other_action(client: Client, lab: dict[str, str]) -> None:
    """Nor another system."""
    client.send("POST", "/callback/lava/boot?lab_name=lab-x", lava(), status=404, **lab)
    client.send("POST", "/callback/other/test?lab_name=lab-x", lava(), status=404, **lab)


def test_only_the_lab_itself_may(client: Client, database: Database, settings: Settings, lab: dict[str, str]) -> None:
    """No token, a wrong one, another lab's, one that only reads and a user's are 403; an administrator's will do."""
    administrator = make_person(database, settings, "root", is_superuser=True).token
    for who in (
        {},
        {"HTTP_AUTHORIZATION": "pdl_wrong"},
        token_of(database, "lab-z"),
        token_of(database, "lab-r", "read"),
        {"HTTP_AUTHORIZATION": f"Bearer {make_person(database, settings, 'ann').token}"},
    ):
        client.send("POST", WHERE, lava(), status=403, **who)
    assert [] == rows(database, "SELECT FROM receipts")

    client.send("POST", WHERE, lava(), status=202, HTTP_AUTHORIZATION=f"Bearer {administrator}")
    assert "root" == rows(database, "SELECT username FROM receipts")[0].username


def test_it_must_be_said_which_lab_it_is(client: Client, lab: dict[str, str]) -> None:
    """In the address."""
    client.send("POST", PLACE, lava(), status=400, **lab)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 422),
        (b"[]", JSON, 422),
        (b"", JSON, 422),
        (b"{}", JSON, 400),
        (b"%ff=%ff", FORM, 422),
        (b"{}", {"CONTENT_TYPE": "text/plain"}, 415),
        (b"{}", {"CONTENT_TYPE": ""}, 400),
        (b"{}", FORM, 400),
        (json.dumps(lava(status=9, status_string="?")).encode(), JSON, 400),
        (json.dumps(lava(id=None)).encode(), JSON, 400),
        (json.dumps(lava(definition="a: [")).encode(), JSON, 400),
        (json.dumps(lava(definition="a: &a [*a]")).encode(), JSON, 400),
        (json.dumps(lava(definition="[" * 100)).encode(), JSON, 400),
    ],
)
def test_what_is_no_callback(
    client: Client, database: Database, lab: dict[str, str], body: bytes, kind: dict[str, str], status: int
) -> None:
    """Is refused with what is wrong, and nothing is kept."""
    said = client.send("POST", WHERE, body, status=status, **lab, **kind).json

    assert status == said["status"]
    assert said["detail"]
    assert [] == rows(database, "SELECT FROM receipts")


@pytest.mark.parametrize("name", NEEDED)
def test_the_definition_names_the_kernel(client: Client, lab: dict[str, str], name: str) -> None:
    """Each of what it has to say; ``None`` says nothing."""
    for metadata in ({k: v for k, v in METADATA.items() if k != name}, {**METADATA, name: "None"}):
        said = client.send("POST", WHERE, lava(metadata), status=400, **lab).json

        assert name in said["detail"]
