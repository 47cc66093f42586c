"""``/matrix``: builds, boots and tests by what they have in common."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from tests.client import Client
from tests.controllers.test_statements import statements_of
from tests.kernels.rows import make_boot, make_build

# Boots of two revisions of two trees, on boards of two labs: tree, kernel, lab, board, result.
BOOTED = """
    mainline v1 lab-a rpi3 pass
    mainline v1 lab-a rpi4 fail
    mainline v1 lab-b rpi4 pass
    mainline v2 lab-a rpi3 fail
    mainline v2 lab-a rpi3 pass
    mainline v2 lab-a rpi4 pass
    mainline v2 lab-b qemu unknown
    next n1 lab-a rpi3 offline
    next n1 lab-b rpi4 pass
"""


@pytest.fixture
def booted(database: Database) -> Database:
    """The boots, one a second."""
    for number, line in enumerate(BOOTED.split("\n")[1:-1]):
        said = dict(zip(("tree", "kernel", "lab", "board", "result"), line.split(), strict=True))
        make_boot(database, number, **said)
    return database


def shown(client: Client, query: str) -> dict[str, str]:
    """Return the cells of a matrix, each as ``status passed/total change``, by the keys of row and column."""
    found = client.get(f"/matrix?{query}", status=200).json
    rows, cols = ([" ".join(line["keys"]) for line in found[side]["items"]] for side in ("rows", "cols"))
    return {
        f"{rows[cell['row']]}|{cols[cell['col']]}": " ".join(
            filter(None, (cell["status"], f"{cell['counts'].get('pass', 0)}/{cell['total']}", cell["change"]))
        )
        for cell in found["cells"]
    }


def test_cells_count_what_rows_and_columns_have_in_common(client: Client, booted: Database) -> None:
    """A cell has the worst that happened, and what the newest revision changed; where nothing ran there is none."""
    assert {
        "mainline|rpi3": "fail 2/3 broken",
        "mainline|rpi4": "fail 2/3 fixed",
        "mainline|qemu": "unknown 0/1",
        "next|rpi3": "offline 0/1",
        "next|rpi4": "pass 1/1",
    } == shown(client, "rows=tree&cols=board&cell=boot")


def test_revisions_are_compared_with_those_before_them(client: Client, booted: Database) -> None:
    """Where revisions are told apart each is, and they come in the order in which they were seen, the newest first."""
    found = client.get("/matrix?rows=board,lab&cols=kernel", status=200).json

    assert [["n1"], ["v2"], ["v1"]] == [line["keys"] for line in found["cols"]["items"]]
    assert {
        "rpi3 lab-a|v1": "pass 1/1",
        "rpi4 lab-a|v1": "fail 0/1",
        "rpi4 lab-b|v1": "pass 1/1",
        "rpi3 lab-a|v2": "fail 1/2 broken",
        "rpi4 lab-a|v2": "pass 1/1 fixed",
        "qemu lab-b|v2": "unknown 0/1",
        "rpi3 lab-a|n1": "offline 0/1",
        "rpi4 lab-b|n1": "pass 1/1",
    } == shown(client, "rows=board,lab&cols=kernel")


def test_rows_columns_and_all_are_added_up(client: Client, booted: Database) -> None:
    """What is not decided is in no rate; a row of which all passed says so."""
    found = client.get("/matrix?rows=lab&cols=tree&lab=lab-b", status=200).json

    assert {"pass": 2, "unknown": 1} == found["total"]["counts"] == found["rows"]["items"][0]["counts"]
    assert (1.0, 3, "unknown") == tuple(found["total"][name] for name in ("rate", "total", "status"))
    assert [False, True] == [line["passed"] for line in found["cols"]["items"]]
    assert None is client.get("/matrix?rows=lab&cols=tree&board=qemu").json["total"]["rate"]
    assert 0.0 == client.get("/matrix?rows=lab&cols=tree&boot_result=offline").json["total"]["rate"]


@pytest.mark.parametrize(
    "query", ["rows=tree&cols=board", "rows=tree&cols=kernel,lab", "rows=board&cols=tree&-lab=lab-b"]
)
def test_a_cell_leads_to_the_list_of_what_it_counts(client: Client, booted: Database, query: str) -> None:
    """As many rows as it says, and they all match; a stretch of time is kept."""
    found = client.get(f"/matrix?{query}&cell=boot&since=2026-01-31", status=200).json

    assert found["cells"]
    for cell in found["cells"]:
        listed = client.get(cell["href"], status=200).json
        assert cell["total"] == listed["total"]
        assert [] == listed["ignored"]
        assert "since=2026-01-31" in cell["href"]


def test_builds_and_tests_are_counted_too(client: Client, database: Database) -> None:
    """What is counted is said, or follows from the fields; tests are cases, found by their names as well."""
    make_build(database, 1, result="fail")
    make_build(database, 2, arch="arm")
    make_boot(database, 3, suites={"ltp": "pass fail skip", "dmesg": "pass"})

    assert {"mainline|arm": "pass 1/1", "mainline|arm64": "fail 0/1"} == shown(client, "")
    assert {"ltp|lab-a": "fail 1/3", "dmesg|lab-a": "pass 1/1"} == shown(client, "rows=suite&cols=lab_name")
    assert {"baseline|rpi4": "fail 2/4"} == shown(client, "rows=plan&cols=board&cell=tests")
    assert {"ltp|rpi4": "fail 0/1"} == shown(client, "rows=suite&cols=board&result=fail")
    assert {"ltp|rpi4": "fail 0/1"} == shown(client, "rows=suite&cols=board&name=case-2")
    assert {"ltp|v6.1": "fail 0/1"} == shown(client, "rows=suite&cols=kernel&name=case-2")
    assert {"ltp|rpi4": "skip 0/1"} == shown(client, "rows=suite&cols=board&-result=pass&-result=fail")


def test_csv_has_the_same_cells(client: Client, booted: Database) -> None:
    """A line for each cell, by address, parameter or what is accepted."""
    cells = client.get("/matrix?rows=tree&cols=board,lab&cell=boot").json["cells"]

    for path, accept in (("/matrix.csv?", ""), ("/matrix?format=csv&", ""), ("/matrix?", "text/csv")):
        answer = client.get(f"{path}rows=tree&cols=board,lab&cell=boot", headers={"Accept": accept} if accept else {})
        lines: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(answer.text)))
        assert "text/csv" == answer.content_type
        assert [(c["status"], str(c["total"]), c["href"]) for c in cells] == [
            (line["status"], line["total"], line["href"]) for line in lines
        ]
        assert ("mainline", "qemu", "lab-b", "0", "1") == tuple(
            lines[0][name] for name in ("tree", "board", "lab", "pass", "unknown")
        )


REFUSED = [
    ("rows=nope", "a matrix has no nope"),
    ("rows=tree&cols=tree", "each of rows and cols is another one"),
    ("rows=tree&cols=job", "each of rows and cols is another one"),
    ("rows=tree,branch,kernel", "rows and cols name one or two each"),
    ("rows=", "rows and cols name one or two each"),
    ("cols=lab&cell=build", "builds have no lab"),
    ("cols=suite&cell=boot", "boots have no suite"),
    ("cell=worst", "cell is one of build, boot, test, not 'worst'"),
    ("build_result=green", "build_result is one of"),
    ("since=x", "since must be a moment"),
    ("rows=" + quote("tree;drop"), "a matrix has no tree;drop"),
]


@pytest.mark.parametrize(("query", "message"), REFUSED)
def test_what_cannot_be_is_400_and_named(client: Client, query: str, message: str) -> None:
    """For CSV as for JSON."""
    assert message in client.get(f"/matrix?{query}", status=400).json["message"]
    assert message in client.get(f"/matrix.csv?{query}", status=400).json["message"]


@pytest.mark.parametrize(("query", "statements"), [("rows=tree&cols=board", 2), ("rows=kernel&cols=board", 1)])
def test_a_matrix_takes_as_few_statements_however_large(
    client: Client, database: Database, query: str, statements: int
) -> None:
    """Two at the most."""
    make_boot(database, 1)
    assert statements == len(statements_of(client, f"/matrix?{query}&cell=boot"))
    for number in range(2, 12):
        make_boot(database, number, board=f"b{number}", kernel=f"k{number % 3}")
    assert statements == len(statements_of(client, f"/matrix?{query}&cell=boot"))


def test_a_matrix_that_is_too_large_is_refused(
    client: Client, booted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than cut off without a word."""
    monkeypatch.setattr("paddles.dashboards.matrix.MOST_CELLS", 4)

    message = client.get("/matrix?rows=tree&cols=board&cell=boot", status=400).json["message"]

    assert "this matrix has more than 4 cells: ask for less" == message
