"""``/regressions``, ``/flaky`` and ``/tests/<path>``: what they show of results over time."""

import csv
import io
from typing import Any

import pytest

from paddles.db.engine import Database
from tests.analysis.boots import Boot, tell
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.units import events_of, submit

PASS, FAIL = {"0_dmesg/alert": "pass"}, {"0_dmesg/alert": "fail"}
HOSTILE = '<script>alert(1)</script>"; DROP TABLE jobs; -- ${x} \U0001f4a5 ,\n=1+1'
PINE = {"board": "pine"}


def turning(database: Database, *, place: Any = None, many: int = 4, first: int = 0) -> None:
    """Have a test fail and pass by turns."""
    for number in range(first, first + many):
        board = (place or {}).get("board", "rock")
        tell(database, Boot(f"{board}-{number}", number, FAIL if number % 2 else PASS, place=place or {}))


def read(text: str) -> list[dict[str, str]]:
    """Return the rows of CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def test_a_regression_is_shown_with_its_jobs_and_kernels(client: Client, database: Database) -> None:
    """What was good, what is bad, where their logs are, and where the whole history is."""
    tell(database, Boot("1", 1, PASS, kernel="v1"), Boot("2", 2, FAIL, kernel="v2"), Boot("3", 3, FAIL, kernel="v3"))

    (shown,) = client.get("/regressions").json["items"]

    assert ("open", "dmesg/alert", "v1", "v2", "v3", "", 2) == (
        *(shown[name] for name in ("state", "path", "good_kernel", "bad_kernel", "last_kernel", "fixed_kernel")),
        shown["n_failures"],
    )
    assert ("c-v1", "c-v2", "2026-01-31T12:00:02.000000Z") == (
        *(shown[name] for name in ("good_commit", "bad_commit", "bad_at")),
    )
    assert ("mainline", "rock", "lab-a", 1, None) == (
        *(shown[name] for name in ("tree", "board", "lab", "flips", "fixed_href")),
    )
    assert "/runs/r/jobs/1/" == shown["good_href"]
    assert all(200 == client.get(shown[name]).status_int for name in ("good_href", "bad_href", "history_href"))


def test_regressions_are_chosen_by_anything(client: Client, database: Database) -> None:
    """By state, by facets under either name, by path; the latest first, page by page, and as CSV."""
    turning(database, many=6)
    turning(database, place=PINE)

    def counted(query: str) -> int:
        return int(client.get(f"/regressions?{query}").json["total"])

    assert (5, 3, 2) == (counted(""), counted("state=fixed"), counted("state=open"))
    assert (2, 3, 5, 0) == (counted("board=pine"), counted("-board=pine"), counted("job=mainline"), counted("suite=x"))
    assert (5, 5, 1) == (counted("path=dmesg/alert"), counted("~name=ALE"), counted("bad_kernel=v5"))
    page = client.get("/regressions?count=2").json
    rest = client.get(page["next"]).json
    moments = [row["bad_at"] for row in page["items"] + rest["items"]]
    assert sorted(moments, reverse=True) == moments
    assert 5 == len(read(client.get("/regressions.csv").text))
    assert 400 == client.get("/regressions?state=green", status=400).status_int


def test_regressions_are_sorted_by_numbers(client: Client, database: Database) -> None:
    """Page by page, too; and a place in the list that nobody was given is refused."""
    turning(database, many=6)

    shown = client.get("/regressions?sort=-n_failures&count=1").json
    rest = client.get(shown["next"]).json["items"]

    assert 1 == len(rest)
    assert shown["items"][0]["id"] != rest[0]["id"]
    assert 400 == client.get("/regressions?after=AAAA", status=400).status_int


def test_a_regression_has_a_record_for_each_kernel(client: Client, database: Database) -> None:
    """From the pass before it to the pass that fixed it, the latest first, each with its jobs."""
    kernels = ("v1", "v2", "v2", "v3", "v4")
    said = (PASS, PASS, FAIL, FAIL, PASS)
    tell(database, *(Boot(str(n), n, result, kernel=kernels[n]) for n, result in enumerate(said)))
    (found,) = client.get("/regressions").json["items"]

    shown = client.get(f"/regressions/{found['id']}").json

    history = [(each["kernel"], [result["status"] for result in each["results"]]) for each in shown["history"]]
    assert [("v4", ["pass"]), ("v3", ["fail"]), ("v2", ["fail", "pass"])] == history
    assert "/runs/r/jobs/4/" == shown["history"][0]["results"][0]["href"]


def test_people_say_whose_it_is(client: Client, database: Database) -> None:
    """What is not said stays, what is blank goes; it is an event."""
    turning(database, many=2)
    address = f"/regressions/{client.get('/regressions').json['items'][0]['id']}"

    client.put_json(address, {"owner": "kim", "issue": "https://bugs.example/1"})
    shown = client.put_json(address, {"note": HOSTILE, "owner": ""}).json

    assert ("", HOSTILE, "https://bugs.example/1") == (shown["owner"], shown["note"], shown["issue"])
    assert ["regression.opened", "regression.changed", "regression.changed"] == [
        event.type for event in events_of(database, "regression")
    ]
    assert 1 == client.get("/regressions?~note=drop+table").json["total"]
    assert 1 == client.get("/regressions?owner=").json["total"]


@pytest.mark.parametrize(
    "said",
    [
        {"owner": "a\nb"},
        {"owner": "x" * 513},
        {"owner": 1},
        {"note": "a\0b"},
        {"note": "x" * 10_001},
        {"issue": "javascript:alert(1)"},
        {"issue": "data:text/html,x"},
        ["owner"],
    ],
)
def test_what_cannot_be_said_is_refused(client: Client, database: Database, said: Any) -> None:
    """400, and nothing is changed."""
    turning(database, many=2)
    address = f"/regressions/{client.get('/regressions').json['items'][0]['id']}"

    assert 400 == client.put_json(address, said, status=400).status_int
    assert ("", "", "") == tuple(client.get(address).json[name] for name in ("owner", "note", "issue"))


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 40, "x", "-1", "1e3", "%00", "1%0a"])
def test_a_regression_that_is_not_there(client: Client, number: str) -> None:
    """404, whatever it is called."""
    assert 404 == client.get(f"/regressions/{number}", status=404).status_int
    assert 404 == client.put_json(f"/regressions/{number}", {}, status=404).status_int


def test_the_life_of_a_test(client: Client, database: Database) -> None:
    """Its results, the latest first; how often it turned; the first and the last pass and fail."""
    turning(database)
    tell(database, Boot("5", 5, FAIL), Boot("6", 6, {"0_dmesg/alert": "skip"}))

    shown = client.get("/tests/dmesg/alert").json

    assert ("dmesg/alert", "dmesg", "alert") == (shown["path"], shown["suite"], shown["name"])
    assert (2, 3, 3) == (shown["n_pass"], shown["n_fail"], shown["flips"])
    assert [("fail", "no"), ("fail", "yes"), ("pass", "yes"), ("fail", "yes"), ("pass", "no")] == [
        (row["result"], row["flip"]) for row in shown["items"]
    ]
    assert ["v0", "v2", "v1", "v5"] == [
        shown[name]["kernel"] for name in ("first_pass", "last_pass", "first_fail", "last_fail")
    ]
    assert "/runs/r/jobs/5/" == shown["items"][0]["href"]
    assert {"7d", "30d", "90d"} == shown["rates"].keys()


def test_the_life_of_a_test_in_some_lineages(client: Client, database: Database) -> None:
    """Filters hold for all that is shown; page by page, and as CSV."""
    turning(database)
    turning(database, place=PINE, many=3)

    shown = client.get("/tests/dmesg/alert?board=pine&count=2").json

    whole = client.get("/tests/dmesg/alert").json["lineages"]
    assert [("rock", 2, 2, 3, "fail"), ("pine", 2, 1, 2, "pass")] == [
        tuple(each[name] for name in ("board", "n_pass", "n_fail", "flips", "result")) for each in whole
    ]
    assert "2026-01-31T12:00:02.000000Z" == whole[0]["last_pass"]
    assert ["pine"] == [each["board"] for each in shown["lineages"]]
    assert (2, 1, 2, 3) == (shown["n_pass"], shown["n_fail"], shown["flips"], shown["total"])
    rest = client.get(shown["next"]).json["items"]
    assert ["pine"] * 3 == [row["board"] for row in [*shown["items"], *rest]]
    assert 4 == len(read(client.get("/tests/dmesg/alert?format=csv&lab=lab-a&-board=pine").text))
    assert 7 == client.get("/tests/dmesg/alert").json["total"]
    assert 0 == client.get("/tests/dmesg/alert?board=x").json["total"]
    assert client.get("/tests/dmesg/alert?board=x").json["first_pass"] is None


@pytest.mark.parametrize("path", ["x", "dmesg", "dmesg/alert/x", "..%2f..%2fetc", "%3Cscript%3E", "a/b/c/d"])
def test_a_test_that_nobody_knows(client: Client, database: Database, path: str) -> None:
    """404, and it is named."""
    turning(database, many=1)

    assert 404 == client.get(f"/tests/{path}", status=404).status_int


def test_a_test_may_be_called_anything(client: Client, database: Database) -> None:
    """Whatever its name has in it, its address leads to it."""
    name = HOSTILE.replace("\n", " ")
    tell(database, Boot("1", 1, {f"s/{name}": "pass"}), Boot("2", 2, {f"s/{name}": "fail"}))

    (found,) = client.get("/regressions").json["items"]

    assert name == client.get(found["history_href"]).json["name"]


def test_boots_have_a_life_too(client: Client, database: Database) -> None:
    """Their path is ``boot``."""
    tell(database, Boot("1", 1, boot="pass"), Boot("2", 2, boot="fail"))

    assert (1, 1, 1) == tuple(client.get("/tests/boot").json[name] for name in ("n_pass", "n_fail", "flips"))


def test_what_turns_most_often_is_first(client: Client, database: Database) -> None:
    """With how many results there were; what was skipped has not turned."""
    turning(database, many=6)
    turning(database, place=PINE, many=3)
    for number, status in enumerate(("pass", "skip", "pass", "fail")):
        tell(database, Boot(f"other-{number}", number, {"s/c": status, "s/steady": "pass"}))

    shown = client.get("/flaky?since=2026-01-01").json["items"]

    assert [("dmesg/alert", 7, 9, 2), ("s/c", 1, 3, 1)] == [
        (row["path"], row["flips"], row["results"], row["sequences"]) for row in shown
    ]
    assert ("case", round(7 / 9, 4), "2026-01-31T12:00:05.000000Z") == (
        *(shown[0][name] for name in ("kind", "rate", "last_flip")),
    )
    pine = client.get("/flaky?since=2026-01-01&board=pine").json["items"]
    assert [("dmesg/alert", 2, 3)] == [(row["path"], row["flips"], row["results"]) for row in pine]
    assert [] == client.get("/flaky?since=2026-03-01").json["items"]
    assert ["s/c"] == [row["path"] for row in client.get("/flaky?since=2026-01-01&suite=s").json["items"]]
    page = client.get("/flaky?since=2026-01-01&count=1").json
    assert ["s/c"] == [row["path"] for row in client.get(page["next"]).json["items"]]
    assert ["7", "1"] == [row["flips"] for row in read(client.get("/flaky.csv?since=2026-01-01").text)]


def test_jobs_are_ranked_by_their_description(client: Client, database: Database) -> None:
    """Jobs of one description, branch and machine type, in the order in which they were posted."""
    for number, (branch, status) in enumerate(
        (("a", "pass"), ("a", "fail"), ("b", "pass"), ("a", "pass"), ("b", "pass"))
    ):
        submit(database, key=str(number), description="rados/x", branch=branch, suite="rados", status=status)
    submit(database, key="9", description="rados/y", suite="rados", status="fail")

    (shown,) = client.get("/flaky?kind=job&since=2026-01-01").json["items"]

    assert ("job", "rados/x", "rados", 2, 5, 1) == (
        *(shown[name] for name in ("kind", "path", "suite", "flips", "results", "sequences")),
    )
    assert [] == client.get("/flaky?kind=job&since=2026-01-01&branch=b").json["items"]


def test_retries_that_passed(client: Client, database: Database) -> None:
    """A pass behind a failure of the same kernel is one, of another kernel it is none."""
    said = (("a", "v1", "fail"), ("b", "v1", "pass"), ("c", "v2", "fail"), ("d", "v3", "pass"))
    for number, (key, kernel, status) in enumerate(said):
        tell(database, Boot(key, number, {"s/c": status, "t/c": status, "s/steady": "pass"}, kernel=kernel))
    for key, seconds, status in (("e", 10, "fail"), ("f", 11, "skip"), ("g", 12, "pass")):
        tell(database, Boot(key, seconds, {"t/c": status}, kernel="v9"))

    both = client.get("/flaky?since=2026-01-01&fields=path,flips,retries").json["items"]
    assert {"t/c": (5, 2), "s/c": (3, 1)} == {row["path"]: (row["flips"], row["retries"]) for row in both}
    ranked = client.get("/flaky?since=2026-01-01&by=retries").json["items"]
    assert [("t/c", 2), ("s/c", 1)] == [(row["path"], row["retries"]) for row in ranked]
    few = client.get("/flaky?since=2026-01-01&by=retries&suite=t").json["items"]
    assert ["t/c"] == [row["path"] for row in few]


def test_retries_of_jobs(client: Client, database: Database) -> None:
    """Of the same run, or of the same commit; what a machine lost and had again has no result in between."""
    jobs = (("1", "fail", "abc"), ("2", "pass", "abc"), ("3", "fail", "def"), ("4", "pass", "012"))
    for key, status, sha1 in jobs:
        submit(database, f"run-{key}", key=key, description="rados/x", suite="rados", sha1=sha1, status=status)
    for key, status in (("1", "fail"), ("2", "pass")):
        submit(database, "one", key=key, description="rados/y", suite="rados", status=status)

    ranked = client.get("/flaky?kind=job&since=2026-01-01&by=retries").json["items"]

    assert {"rados/x": (3, 1), "rados/y": (1, 1)} == {row["path"]: (row["flips"], row["retries"]) for row in ranked}


@pytest.mark.parametrize("query", ["kind=x", "by=x", "since=x", "sort=x", "fields=x", "after=x", "tree=%00", "count=0"])
def test_what_cannot_be_asked_of_the_ranking(client: Client, query: str) -> None:
    """400 and why."""
    assert client.get(f"/flaky?{query}", status=400).json["message"]


@pytest.mark.parametrize("path", ["/regressions", "/tests/dmesg/alert", "/flaky?since=2026-01-01"])
def test_more_rows_take_no_more_statements(client: Client, database: Database, path: str) -> None:
    """As few as for one."""
    turning(database, many=2)
    few = statements_of(client, path)
    turning(database, first=2, many=20)

    assert few == statements_of(client, path)
