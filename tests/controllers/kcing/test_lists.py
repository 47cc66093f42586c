"""``/builds``, ``/boots``, ``/tests`` and ``/logs``: what they answer, page by page and as CSV."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.kernels.rows import make_boot, make_build, make_lines

HOSTILE = '<script>alert(1)</script>"; DROP TABLE jobs; -- ${x} \U0001f4a5 ,\n=1+1'


def names(client: Client, path: str, key: str = "job_id") -> list[Any]:
    """Return the values of a key of the rows at an address."""
    return [row[key] for row in client.get(path, status=200).json["items"]]


def read(text: str) -> list[dict[str, str]]:
    """Return the rows of CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def test_a_boot_is_shown_with_its_usual_fields(client: Client, database: Database) -> None:
    """Under the names of kernelci.org's documents, with the address of its job."""
    make_boot(database, 7, duration_s=12.5, mach="bcm", details={"dtb": "x.dtb"})

    shown = client.get("/boots", status=200).json

    assert {"items", "total", "exact", "next", "ignored"} == shown.keys()
    assert (1, True, None, []) == (shown["total"], shown["exact"], shown["next"], shown["ignored"])
    assert {
        "@timestamp": "2026-01-31T12:00:07.000000Z",
        "job": "mainline",
        "git_branch": "master",
        "kernel": "v6.1",
        "git_describe": "v6.1",
        "git_commit": "c" * 40,
        "arch": "arm64",
        "defconfig_full": "defconfig",
        "build_environment": "gcc-12",
        "lab_name": "lab-a",
        "board": "rpi4",
        "plan": "baseline",
        "boot_result": "pass",
        "boot_time": 12.5,
        "job_id": "7",
        "href": "/runs/a%20run%2Fof%20kernels/jobs/boot%207/",
    } == shown["items"][0]
    assert 200 == client.get(shown["items"][0]["href"]).status_int
    few = client.get("/boots?fields=dtb,tree,job").json["items"]
    assert [{"dtb": "x.dtb", "tree": "mainline", "job": "mainline"}] == few


def test_each_list_shows_its_rows(client: Client, database: Database) -> None:
    """Builds, tests and lines have their own fields, and those of the boot that they belong to."""
    make_build(database, 1, warnings=2)
    make_lines(database, make_boot(database, 1, suites={"ltp": "fail"}), [("error", "Oops")])

    (build,) = client.get("/builds").json["items"]
    (test,) = client.get("/tests").json["items"]
    (line,) = client.get("/logs?q=oops").json["items"]

    assert ("pass", 0, 2, 60.5) == tuple(build[f"build_{name}"] for name in ("result", "errors", "warnings", "time"))
    assert ("ltp", "case-1", "fail", "lab-a", "1") == tuple(
        test[name] for name in ("suite", "name", "result", "lab_name", "job_id")
    )
    assert (1, "error", "Oops", "rpi4") == tuple(line[name] for name in ("lineno", "lvl", "msg", "board"))
    assert line["href"] == test["href"] != build["href"]


def test_what_means_nothing_is_said_to_be_ignored(client: Client, database: Database) -> None:
    """A parameter that is no filter of this list changes nothing, and the answer names it."""
    make_boot(database, 1)

    shown = client.get("/boots?nope=1&suite=x&-lab=y&access_token=z").json

    assert ["nope", "suite"] == shown["ignored"]
    assert 1 == shown["total"]


REFUSED = [
    ("/boots?fields=nope", "boots have no field nope"),
    ("/boots?sort=nope", "boots cannot be asked for by nope"),
    ("/boots?boot_result=green", "boot_result is one of pass, fail, offline, untried, unknown, not 'green'"),
    ("/boots?boot_time=long", "boot_time must be a number"),
    ("/boots?since=never", "since must be a moment"),
    ("/boots?until=2026-13-01", "until must be a moment"),
    ("/boots?count=1001", "count: Input should be less than or equal to 1000"),
    ("/boots?count=0", "count: Input should be greater than or equal to 1"),
    ("/boots?page=x", "page must be an integer"),
    ("/boots?after=x", "after is no place in this list"),
    ("/boots?format=xml", "format: Input should be 'json', 'csv' or 'html'"),
    ("/boots?job=%00", "job.0 must not hold a NUL character"),
    ("/boots?~job=%00", "NUL"),
    ("/boots?q=x", "boots have no text"),
    ("/boots?total=maybe", "total: Input should be 'yes' or 'no'"),
]


@pytest.mark.parametrize(("path", "message"), REFUSED)
def test_a_value_that_cannot_be_is_400_and_named(client: Client, path: str, message: str) -> None:
    """The message says which, and what may be said instead; for CSV as for JSON."""
    assert message in client.get(path, status=400).json["message"]
    if "format" not in path:
        assert message in client.get(f"{path}&format=csv", status=400).json["message"]


@pytest.mark.parametrize("more", ["", "&sort=board", "&sort=-kernel", "&lab=lab-a"])
def test_next_leads_through_the_whole_list(client: Client, database: Database, more: str) -> None:
    """Each page names the address of the next one, which keeps what was asked for, and the last names none."""
    for number in range(7):
        make_boot(database, number, board=f"board {number % 3}")

    path, seen = f"/boots?count=3&page=1{more}", []
    while path:
        shown = client.get(path, status=200).json
        seen += [row["job_id"] for row in shown["items"]]
        assert 7 == shown["total"]
        path = shown["next"]

    assert 7 == len(seen) == len(set(seen))
    assert seen[3:6] == names(client, f"/boots?count=3&page=2{more}")
    assert seen == [row["job_id"] for row in read(client.get(f"/boots?format=csv{more}").text)]


@pytest.mark.parametrize(("path", "accept"), [("/boots.csv?", ""), ("/boots?format=csv", ""), ("/boots?", "text/csv")])
def test_csv_has_the_same_rows(client: Client, database: Database, path: str, accept: str) -> None:
    """By its address, by a parameter or by what is accepted; all of them, or the page that is asked for."""
    for number in range(3):
        make_boot(database, number, kernel=HOSTILE)
    items = client.get("/boots").json["items"]

    answer = client.get(path, headers={"Accept": accept} if accept else {})

    assert "text/csv" == answer.content_type
    assert [{name: str(value if value is not None else "") for name, value in row.items()} for row in items] == read(
        answer.text
    )
    assert 'attachment; filename="boots.csv"' == answer.headers["Content-Disposition"]
    second = client.get(f"{path}&count=1&page=2", headers={"Accept": accept}).text
    assert ["1"] == [row["job_id"] for row in read(second)]


def test_csv_of_nothing_has_its_first_line(client: Client) -> None:
    """Fields are named even where there are no rows; HEAD is answered without any."""
    assert "job,board\n" == client.get("/boots.csv?fields=job,board").text
    assert "text/csv" == client.head("/boots.csv").content_type
    assert "" == client.head("/boots.csv").text


def test_a_list_longer_than_a_part_is_written_whole(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CSV is read in parts that follow each other."""
    monkeypatch.setattr("paddles.controllers.lists.MOST", 2)
    for number in range(5):
        make_boot(database, number)

    assert ["4", "3", "2", "1", "0"] == [row["job_id"] for row in read(client.get("/boots.csv").text)]
    assert ["0", "1", "2", "3", "4"] == [row["job_id"] for row in read(client.get("/boots.csv?sort=job_id").text)]


def test_hostile_values_are_values(client: Client, database: Database) -> None:
    """What looks like SQL, script or a formula is found and shown as it was stored."""
    make_boot(database, 1, board=HOSTILE)
    make_boot(database, 2)

    assert [HOSTILE] == names(client, f"/boots?board={quote(HOSTILE)}", "board")
    assert ["2"] == names(client, f"/boots?-board={quote(HOSTILE)}")
    assert HOSTILE == read(client.get("/boots.csv?job_id=1").text)[0]["board"]


@pytest.mark.parametrize("path", ["/builds", "/boots", "/tests", "/logs"])
def test_a_page_takes_two_statements_however_long_the_list(client: Client, database: Database, path: str) -> None:
    """The rows, and their number."""
    counts = []
    for many in (1, 5):
        for number in range(many):
            make_build(database, 10 * many + number)
            boot = make_boot(database, 10 * many + number, suites={"a": "pass", "b": "fail pass"})
            make_lines(database, boot, [("error", "x")] * many)
        counts.append((len(statements_of(client, f"{path}?count=1&job=mainline&after=")), 2))

    assert all(found <= most for found, most in counts)
    assert 1 == len(statements_of(client, f"{path}?count=1&total=no"))
    assert 2 == len(statements_of(client, f"{path}?count=1"))
