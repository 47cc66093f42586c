"""``/labs`` over the wire."""

import csv
import datetime
import io
from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.kernels.rows import make_boot

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def lab(client: Client, database: Database) -> Client:
    """A lab with two devices, one of them offline, and a callback that was refused."""
    now = datetime.datetime.now(datetime.UTC)
    times = {"details": {"started": (now - 2 * HOUR).isoformat()}, "ended": now - HOUR}
    make_boot(database, 1, now=now - HOUR, lab="a/b", device="d1", **times)
    make_boot(database, 2, now=now - HOUR, lab="a/b", device="d2", result="offline")
    client.send("POST", "/ingest/lava?lab_name=a/b", b"{", status=422)
    return client


def test_labs_are_told_of(lab: Client) -> None:
    """As JSON and as a line of CSV."""
    found = lab.get("/labs?since=24h&colour=red", status=200).json

    (one,) = found["items"]
    assert ("a/b", 2, 1, 2, 1, 1.0, ["colour"]) == (
        one["name"], one["devices"], one["offline"], one["boots"], one["refused"], one["error_rate"], found["ignored"]
    )  # fmt: skip
    assert (3600, 0.0417) == (round(one["busy"]), one["utilisation"])
    (line,) = csv.DictReader(io.StringIO(lab.get("/labs.csv?since=24h", status=200).text))
    assert {name: "" if value is None else str(value) for name, value in one.items()} == line | {
        "busy": str(one["busy"])
    }


def test_a_lab_is_told_of(lab: Client) -> None:
    """With its devices, those that are offline first, and what they did by the hour; CSV has the devices."""
    found = lab.get("/labs/a%2Fb?since=24h", status=200).json

    assert ["d2", "d1"] == [device["name"] for device in found["devices"]]
    assert ("hour", 3600) == (found["interval"], round(sum(point["values"]["busy"] for point in found["points"])))
    assert found["lab"]["name"] == "a/b"
    lines = list(csv.DictReader(io.StringIO(lab.get("/labs/a%2Fb?since=24h&format=csv", status=200).text)))
    assert [("d2", "true", "offline"), ("d1", "false", "pass")] == [
        (line["name"], line["offline"], line["result"]) for line in lines
    ]


@pytest.mark.parametrize(
    ("address", "status", "word"),
    [
        ("/labs?since=later", 400, "since"),
        ("/labs?since=9999d", 400, "since"),
        ("/labs/none", 404, "none"),
        (f"/labs/{quote('<script>', safe='')}", 404, "<script>"),
        ("/labs/%00", 404, ""),
    ],
)
def test_what_cannot_be_told(client: Client, address: str, status: int, word: str) -> None:
    """The answer says what is wrong."""
    assert word in client.refused("GET", address, status)


def test_statements_do_not_grow(lab: Client, database: Database) -> None:
    """One for all labs, three for one."""
    for number in range(3, 9):
        make_boot(database, number, lab=f"l{number}", device=f"d{number}")

    assert [1, 3] == [len(statements_of(lab, path)) for path in ("/labs", "/labs/a%2Fb")]
