"""``/jobs/``: search in the jobs of all runs."""

import datetime

import pytest

from tests.client import Client
from tests.factories import SHA1, job_of, make_job, names_of


@pytest.fixture
def found(client: Client) -> Client:
    """Jobs 1 to 4 of two runs, posted in this order."""
    make_job(client, "a", job_id=1, status="pass", sha1=SHA1, branch="main", user="ann", description="rados/thrash {x}")
    make_job(client, "b", job_id=2, status="fail", sha1="f" * 40, branch="main", user="bob", description="rados/100%_y")
    make_job(client, "a", job_id=3, status="pass", sha1=SHA1, branch="wip", user="ann", description="rbd/thrash a\\b")
    make_job(client, "b", job_id=4, status="queued", user="bob")
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "4321"),
        ("status=pass", "31"),
        (f"sha1={SHA1}", "31"),
        ("sha1=deadbeef", ""),
        ("branch=main", "21"),
        (f"sha1={SHA1}&branch=main", "31"),
        ("user=bob", "42"),
        ("user=ann&status=pass&branch=wip", "3"),
        ("description=thrash", "31"),
        ("description=thrash&user=ann&status=pass", "31"),
        ("description=rados", "21"),
        ("description=%25", "2"),
        ("description=_", "2"),
        ("description=%5C", "3"),
        ("description=RADOS", ""),
        ("description=nope", ""),
        ("description=", "4321"),
        ("status=&sha1=&branch=&user=", "4321"),
        ("nope=1", "4321"),
        ("count=2", "43"),
        ("count=2&page=2", "21"),
        ("count=2&page=0", "43"),
        ("count=3&page=9", ""),
        ("count=0", ""),
        ("description=a&count=1&page=2", "2"),
        ("description=thrash&page=7", ""),
    ],
)
def test_jobs_are_searched(found: Client, query: str, expected: str) -> None:
    """Every parameter narrows, texts are taken literally, and the newest posted comes first; both slash and none."""
    for path in ("/jobs/", "/jobs"):
        assert list(expected) == names_of(found.get(f"{path}?{query}").json, "job_id")


def test_found_jobs_are_whole(found: Client) -> None:
    """A job that was found is shown as at its own address."""
    assert [job_of(found, "a", job_id=3)] == found.get("/jobs/?count=1&user=ann").json


def test_the_fields_of_found_jobs_may_be_chosen(found: Client) -> None:
    """``fields=`` works here as in a run's list."""
    assert [{"job_id": "4", "user": "bob"}] == found.get("/jobs/?count=1&fields=job_id,user").json
    assert "an invalid field was specified" == found.refused("GET", "/jobs/?fields=x", 400)


def test_ten_jobs_are_found_by_default(client: Client) -> None:
    """Without a count the list has ten."""
    for number in range(12):
        make_job(client, job_id=number)

    assert 10 == len(client.get("/jobs/").json)
    assert 2 == len(client.get("/jobs/?page=2").json)
    assert 12 == len(client.get("/jobs/?count=9999").json)


def test_jobs_are_searched_by_the_day_they_were_posted(found: Client) -> None:
    """``posted_after`` and ``posted_before`` are midnights: dates, today and yesterday."""
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)

    assert 4 == len(found.get("/jobs/?posted_after=yesterday").json)
    assert 4 == len(found.get(f"/jobs/?posted_after=2026-1-1&posted_before={tomorrow}").json)
    assert [] == found.get(f"/jobs/?posted_after={tomorrow}").json
    assert [] == found.get("/jobs/?posted_before=yesterday&description=thrash").json


@pytest.mark.parametrize("parameter", ["posted_after", "posted_before"])
@pytest.mark.parametrize("value", ["nope", "2026-02-30", "2026-01-01 10:00:00"])
def test_a_bad_day_is_refused(client: Client, parameter: str, value: str) -> None:
    """Whatever is no day is refused in full."""
    assert "date format must match %Y-%m-%d" == client.refused("GET", f"/jobs/?{parameter}={value}", 400)


def test_the_search_only_reads(client: Client) -> None:
    """Nothing can be posted to all jobs, and there are none below it."""
    assert "GET, HEAD, OPTIONS" == client.send("POST", "/jobs/", {}, status=405).headers["Allow"]
    client.get("/jobs/1/", status=404)
