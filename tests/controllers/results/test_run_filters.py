"""``/runs/<word>/<value>/...``: runs by any chain of filters, and what there is to choose from."""

import datetime
from urllib.parse import quote

import pytest

from tests.client import Client
from tests.factories import SHA1, make_job, make_run, names_of

BAD_DATE = "date format must match %Y-%m-%d"
BAD_DATES = ["nope", "2026-13-01", "2026-02-30", "26-01-01", "20260101", "2026-01-01T00", "٢٠٢٦-01-01"]

OLD = "ann-2026-01-01_10:00:00-rados-main-distro-default-smithi"
MIDDLE = "bob-2026-01-02_00:00:00-rbd-wip-x-distro-default-gibba"
NEW = "ann-2026-01-03_23:59:59-fs-main-distro-default-smithi"


@pytest.fixture
def three(client: Client) -> Client:
    """Three runs: the oldest failed, the middle one is queued, the newest passed."""
    make_job(client, NEW, status="pass", sha1=SHA1, flavor="basic")
    make_job(client, OLD, status="fail", sha1="0123456789" * 4, flavor="crimson")
    make_job(client, MIDDLE, status="queued", sha1=SHA1, flavor="basic", branch="wip/x")
    return client


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("branch/main", [NEW, OLD]),
        ("branch/wip%2Fx", [MIDDLE]),
        ("suite/rbd", [MIDDLE]),
        ("user/ann", [NEW, OLD]),
        ("machine_type/smithi", [NEW, OLD]),
        ("status/finished%20pass", [NEW]),
        ("status/fail", [OLD]),
        ("status/queued", [MIDDLE]),
        ("sha1/deadbee", [NEW, MIDDLE]),
        ("sha1/" + SHA1, [NEW, MIDDLE]),
        ("sha1/eadbee", []),
        ("flavor/basic", [NEW, MIDDLE]),
        ("flavors/crimson", [OLD]),
        ("flavor/bas", []),
        ("date/2026-01-01", [OLD]),
        ("date/2026-1-2", [MIDDLE]),
        ("date/from/2026-01-01/to/2026-01-02", [MIDDLE, OLD]),
        ("date/from/2026-01-03/to/2026-01-03", [NEW]),
        ("date/from/2026-01-03/to/2026-01-01", []),
        ("date/from/2026-01-01", []),
        ("date/from/2026-01-01/to/2026-01-03/branch/main", [NEW, OLD]),
        ("queued", [MIDDLE]),
        ("queued/user/ann", []),
        ("user/bob/queued", [MIDDLE]),
        ("branch/main/suite/fs/user/ann/machine_type/smithi/status/finished%20pass/sha1/dead/flavor/basic", [NEW]),
        ("branch/main/suite/fs/date/2026-01-03", [NEW]),
        ("flavors/basic/branch/main", [NEW]),
        ("branch/main/flavors/basic", [NEW]),
        ("branch/nope", []),
        ("branch/%25", []),
        ("sha1/%25", []),
        ("sha1/_", []),
    ],
)
def test_filters_choose_runs(three: Client, path: str, expected: list[str]) -> None:
    """Each word chooses by its value, a chain by all; the newest scheduled comes first; slash or none at the end."""
    assert expected == names_of(three.get(f"/runs/{path}/").json)
    assert expected == names_of(three.get(f"/runs/{path}").json)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("branch", ["main", "wip/x"]),
        ("suite", ["fs", "rados", "rbd"]),
        ("user", ["ann", "bob"]),
        ("machine_type", ["gibba", "smithi"]),
        ("status", ["finished fail", "finished pass", "queued"]),
        ("sha1", ["0123456789" * 4, SHA1]),
        ("flavor", ["basic", "crimson"]),
        ("flavors", ["basic", "crimson"]),
        ("date", ["2026-01-01", "2026-01-02", "2026-01-03"]),
        ("branch/main/suite", ["fs", "rados"]),
        ("user/ann/date", ["2026-01-01", "2026-01-03"]),
        ("branch/main/sha1", ["0123456789" * 4, SHA1]),
        ("suite/rbd/sha1", [SHA1]),
        ("suite/rados/flavor", ["crimson"]),
        ("sha1/dead/flavor", ["basic"]),
        ("flavor/basic/user", ["ann", "bob"]),
        ("queued/branch", ["wip/x"]),
        ("date/2026-01-02/branch", ["wip/x"]),
        ("date/from/2026-01-01/to/2026-01-02/branch", ["main", "wip/x"]),
        ("branch/nope/sha1", []),
    ],
)
def test_a_word_without_a_value_lists_the_values(three: Client, path: str, expected: list[str]) -> None:
    """The values are distinct, sorted, of the selected runs only, at the root and at the end of any chain."""
    assert expected == three.get(f"/runs/{path}/").json


def test_blank_values_are_not_listed(client: Client) -> None:
    """A run that says nothing of itself, or has no jobs, adds no value to any list but status and date."""
    make_run(client, "just a name")

    for word in ("branch", "suite", "user", "machine_type", "sha1", "flavor", "user/x/branch"):
        assert [] == client.get(f"/runs/{word}/").json, word


def test_an_empty_archive_has_no_values(client: Client) -> None:
    """Lists of values are empty without runs."""
    for word in ("branch", "suite", "user", "machine_type", "status", "sha1", "flavors", "date", "queued"):
        assert [] == client.get(f"/runs/{word}/").json, word


@pytest.mark.parametrize(
    "path",
    ["branch/a/branch/b", "branch/a/branch", "flavor/a/flavors/b", "date/today/date", "branch/a/nope", "branch/a/jobs",
     "queued/queued", "date/from/2026-01-01/until/2026-01-02", "date/today/date/from/2026-01-01/to/2026-01-02"],
)  # fmt: skip
def test_a_chain_of_unknown_or_repeated_words_is_not_found(client: Client, path: str) -> None:
    """A word comes once in a chain, and only the known ones do."""
    assert "resource was not found" == client.refused("GET", f"/runs/{path}/", 404)


@pytest.mark.parametrize("date", BAD_DATES)
def test_a_bad_date_is_refused_in_full(client: Client, date: str) -> None:
    """Whatever is no day is refused, with the whole text that pulpito shows, wherever a day is asked for."""
    day = quote(date)
    paths = (f"date/{day}/", f"date/from/{day}/", f"date/from/2026-01-01/to/{day}/", f"date/from/{day}/to/today/",
             f"branch/x/date/{day}/", f"branch/main/?since={day}")  # fmt: skip

    for path in paths:
        assert BAD_DATE == client.refused("GET", f"/runs/{path}", 400), path


def test_a_range_needs_its_end(client: Client) -> None:
    """``/to/`` with nothing behind it is a bad date."""
    assert BAD_DATE == client.refused("GET", "/runs/date/from/2026-01-01/to/", 400)


def test_today_and_yesterday_are_days(client: Client) -> None:
    """The two words stand for the days they name, alone, in a range and as ``since``."""
    today = datetime.datetime.now(datetime.UTC).date()
    yesterday = today - datetime.timedelta(days=1)
    make_run(client, f"u-{today}_00:00:00-a-today-k-f-m")
    make_run(client, f"u-{yesterday}_00:00:00-a-yesterday-k-f-m")

    assert ["today"] == names_of(client.get("/runs/date/today/").json, "branch")
    assert ["yesterday"] == names_of(client.get("/runs/date/yesterday/").json, "branch")
    assert ["today", "yesterday"] == names_of(client.get("/runs/date/from/yesterday/to/today").json, "branch")
    assert ["today"] == names_of(client.get("/runs/user/u/?since=today").json, "branch")


def test_since_includes_its_midnight(three: Client) -> None:
    """``since`` leaves out what was scheduled before that midnight and keeps what was scheduled at it."""
    assert [NEW, MIDDLE] == names_of(three.get("/runs/sha1/dead/?since=2026-01-02").json)
    assert [NEW] == names_of(three.get("/runs/date/from/2026-01-01/to/2026-01-09/?since=2026-01-03").json)
    assert [MIDDLE, NEW] == names_of(three.get("/runs/?since=2026-01-02").json)


def test_a_filtered_list_is_cut_into_pages(client: Client) -> None:
    """25 runs by default, ``count`` and ``page`` as in the list of all; past the end is empty."""
    for day in range(1, 29):
        make_run(client, f"u-2026-01-{day:02}_00:00:00-rados-main-k-f-m")

    paged = names_of(client.get("/runs/user/u/?count=2&page=2").json)

    assert ["u-2026-01-26_00:00:00-rados-main-k-f-m", "u-2026-01-25_00:00:00-rados-main-k-f-m"] == paged
    assert 25 == len(client.get("/runs/user/u/").json)
    assert 3 == len(client.get("/runs/user/u/?page=2").json)
    assert [] == client.get("/runs/user/u/?page=9").json
    assert 2 == len(client.get("/runs/date/from/2026-01-01/to/2026-01-31?count=2").json)
    assert 28 == len(client.get("/runs/date/from/2026-01-01/to/2026-01-31").json)


def test_queued_lists_runs_with_a_queued_job_oldest_first(client: Client) -> None:
    """All of them, whatever their status, unless a count cuts the list."""
    for day in range(1, 29):
        make_job(client, f"u-2026-01-{day:02}_00:00:00-rados-main-k-f-m", status="queued")
    make_job(client, "u-2026-01-01_00:00:00-rados-main-k-f-m", job_id=2, status="running")

    listed = client.get("/runs/queued/").json

    assert 28 == len(listed)
    assert sorted(names_of(listed)) == names_of(listed)
    assert "running" == listed[0]["status"]
    assert names_of(listed)[2:4] == names_of(client.get("/runs/queued/?count=2&page=2").json)


def test_a_run_is_listed_once_however_many_of_its_jobs_match(client: Client) -> None:
    """sha1 and flavor are those of any job of a run, and the run comes once."""
    for number in range(5):
        make_job(client, OLD, job_id=number, sha1=SHA1, flavor="basic")
    make_job(client, OLD, job_id=9, sha1="f" * 40, flavor="other")

    assert [OLD] == names_of(client.get("/runs/sha1/dead/").json)
    assert [OLD] == names_of(client.get("/runs/sha1/ffff/flavor/basic/").json)


def test_the_fields_of_a_filtered_list_may_be_chosen(three: Client) -> None:
    """``fields=`` works on filtered lists as on the list of all."""
    assert [{"name": NEW}] == three.get("/runs/suite/fs/?fields=name").json
    assert "an invalid field was specified" == three.refused("GET", "/runs/suite/fs/?fields=x", 400)


def test_a_parameter_that_is_a_filter_filters(three: Client) -> None:
    """A parameter named like a word filters where the path does not; unknown parameters are ignored."""
    assert [NEW] == names_of(three.get("/runs/user/ann/?suite=fs").json)
    assert [NEW, OLD] == names_of(three.get("/runs/machine_type/smithi/?machine_type=smithi").json)
    assert [NEW, OLD] == names_of(three.get("/runs/user/ann/?nope=1").json)
    assert [NEW] == names_of(three.get("/runs/?status=finished%20pass&count=9999").json)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_filters_only_read(client: Client, method: str) -> None:
    """No other method does anything at the address of a filter."""
    answer = client.send(method, "/runs/branch/main/", {}, status=405)

    assert "GET, HEAD, OPTIONS" == answer.headers["Allow"]
