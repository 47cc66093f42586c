"""``/compare`` over the wire."""

import csv
import io
from collections.abc import Iterator

import pytest

from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.factories import make_job

HOSTILE = "<script>alert(1)</script> ' OR 1=1 -- %s {0}"
ENDED = {
    "lost": ("pass", "fail"),
    "mended": ("fail", "pass"),
    "bad": ("fail", "fail"),
    "good": ("pass", "pass"),
    "gone": ("pass", "dead"),
    HOSTILE: ("pass", "fail"),
}


@pytest.fixture
def compared(client: Client) -> Client:
    """Two runs, ``r0`` and ``r1``, of the same jobs."""
    for side in (0, 1):
        for key, (name, statuses) in enumerate(ENDED.items()):
            make_job(client, f"r{side}", job_id=key, status=statuses[side], description=name)
    return client


def shown(client: Client, query: str) -> dict[str, str]:
    """Return the class of each test that is shown."""
    return {test["name"]: test["class"] for test in client.get(f"/compare?{query}", status=200).json["tests"]}


def test_what_broke_and_what_was_mended_is_shown(compared: Client) -> None:
    """Unless more is asked for; all classes are counted."""
    found = compared.get("/compare?a=r0&b=r1&colour=red", status=200).json

    assert {HOSTILE: "regression", "lost": "regression", "mended": "fixed"} == {
        test["name"]: test["class"] for test in found["tests"]
    }
    assert {"regression": 2, "fixed": 1, "still_failing": 1, "infra": 1, "unchanged": 1} == {
        name: number for name, number in found["counts"].items() if number
    }
    assert ["regression", "fixed", "new_failure"] == found["classes"]
    assert (3, ["colour"]) == (found["total"], found["ignored"])
    assert [("r0", 4, 0), ("r1", 2, 1)] == [
        (run["name"], run["counts"]["pass"], run["counts"]["dead"]) for run in found["runs"]
    ]
    assert [{"status": "fail", "duration": None, "job": "1"}, {"status": "pass", "duration": None, "job": "1"}] == [
        dict(each, duration=None) for each in found["tests"][-1]["results"]
    ]


def test_classes_are_chosen(compared: Client) -> None:
    """By name, several together, all of them; without those that are the lab's trouble."""
    assert {"bad": "still_failing", "gone": "infra"} == shown(compared, "a=r0&b=r1&class=still_failing&class=infra")
    assert set(ENDED) == set(shown(compared, "a=r0&b=r1&class=all"))
    assert set(ENDED) - {"gone"} == set(shown(compared, "a=r0&b=r1&class=all&infra=skip"))
    assert "infra" not in compared.get("/compare?a=r0&b=r1&infra=skip").json["counts"]
    assert {"bad": "still_failing"} == shown(compared, "a=r0&b=r1&class=all&q=BAD")


def test_runs_are_named_by_letters_or_in_order(compared: Client) -> None:
    """Both ways mean the same."""
    assert shown(compared, "a=r1&b=r0") == shown(compared, "run=r1&run=r0") == shown(compared, "f=r0&a=r1")
    assert {"lost": "fixed", "mended": "regression", HOSTILE: "fixed"} == shown(compared, "run=r1&run=r0")


def lines(text: str) -> Iterator[list[str]]:
    """Yield the lines of a CSV."""
    yield from csv.reader(io.StringIO(text))


def test_a_comparison_as_lines(compared: Client) -> None:
    """All that JSON shows, and the same part of it."""
    answer = compared.get("/compare.csv?a=r0&b=r1", status=200)
    head, *rest = lines(answer.text)

    assert "text/csv" == answer.content_type
    assert [
        "name",
        "test",
        "class",
        *(f"r{n} {what}" for n in (0, 1) for what in ("status", "duration", "job")),
    ] == head
    assert shown(compared, "a=r0&b=r1") == {line[0]: line[2] for line in rest}
    assert ["name", "lost"] == [
        line[0] for line in lines(compared.get("/compare?format=csv&a=r0&b=r1&count=1&page=2").text)
    ]


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("", 400, "2 to 6"),
        ("a=r0", 400, "2 to 6"),
        ("a=r0&b=r0", 400, "2 to 6"),
        ("a=r0&b=nobody", 404, "nobody"),
        ("a=r0&b=r1&class=worse", 400, "class"),
        ("a=r0&b=r1&infra=maybe", 400, "infra"),
        ("a=r0&b=r1&count=0", 400, "count"),
        ("a=r0&b=r1&page=x", 400, "page"),
        ("a=r0&b=r1&q=%00", 400, "q"),
    ],
)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_cannot_be_compared(compared: Client, query: str, status: int, word: str, form: str) -> None:
    """The answer says which parameter it is, in JSON whatever was asked for."""
    assert word in compared.refused("GET", f"/compare?{query}&format={form}", status)


def test_a_comparison_takes_two_statements(compared: Client) -> None:
    """However many jobs there are."""
    before = statements_of(compared, "/compare?a=r0&b=r1&class=all")
    for key in range(10, 30):
        make_job(compared, "r1", job_id=key, status="fail", description=f"more {key}")

    assert 2 == len(before) == len(statements_of(compared, "/compare?a=r0&b=r1&class=all"))
