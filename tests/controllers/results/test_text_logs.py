"""Logs that are text: those of runs, while they grow and when they are filed, and files that jobs left behind."""

import gzip
from typing import Any
from urllib.parse import quote

import pytest

from paddles.app import serve
from paddles.archive import contents, files
from paddles.db.engine import Database
from paddles.db.work import transact
from paddles.projects import filing
from paddles.settings import Settings
from tests.client import Client
from tests.conftest import NOW
from tests.factories import make_job
from tests.projects.held import Held, held, write
from tests.units import rows

FIRST = "# Run sent to worker: w1"
SAID = b"one\n\x1b[31mBUG: red\x1b[0m\n2026-01-31T12:00:00 INFO: three\n2026-01-31T12:00:01 WARNING: four\n<b>five"


@pytest.fixture
def job(database: Database) -> Held:
    """A job that a machine was given."""
    return held(database)


@pytest.fixture
def place(client: Client, job: Held) -> str:
    """The address of its log, which grows."""
    client.post(job.path, SAID, headers=job.headers)
    return f"/jobs/{job.job_id}/log"


def put(database: Database, settings: Settings, job_id: int, path: str, content: bytes) -> None:
    """Have a job have left a file behind."""
    contents.keep(contents.store(settings), content)
    digest = contents.digest(content)
    transact(database, lambda session: files.expect(session, {digest: len(content)}, NOW))
    transact(database, lambda session: files.add(session, job_id, path, digest, NOW))


def file(database: Database, settings: Settings, job: Held) -> None:
    """End a job, and make a file of its log."""
    write(database, "UPDATE leases SET ended = now(), outcome = 'x' WHERE job_id = :id", id=job.job_id)
    write(database, "UPDATE jobs SET status = 'fail', finished = now(), leased = false WHERE id = :id", id=job.job_id)
    for _ in range(2):
        filing.file_logs(database, settings, NOW)


def found(client: Client, address: str) -> list[int]:
    """Return the numbers of the lines at an address."""
    return [line["lineno"] for line in client.get(address).json["items"]]


def test_a_log_that_grows_has_lines(client: Client, job: Held, place: str) -> None:
    """What it says of itself is told from the words; what is for terminals is left out; more may come."""
    said = client.get(place).json

    assert (6, {}, None) == (said["lines"], said["levels"], said["next"])
    assert [FIRST, "one", "BUG: red"] == [line["msg"] for line in said["items"][:3]]
    four = {"lineno": 5, "dt": "2026-01-31T12:00:01", "lvl": "warning", "msg": "2026-01-31T12:00:01 WARNING: four"}
    assert four == said["items"][4]
    client.post(job.path, b" and more\nsix\n", headers=job.headers)
    assert ["<b>five and more", "six"] == [line["msg"] for line in client.get(f"{place}?tail=2").json["items"]]


QUERIES: list[tuple[str, list[int]]] = [
    ("lines=2-3", [2, 3]),
    ("lines=L2-L3", [2, 3]),
    ("lines=4", [4]),
    ("lines=900-901", []),
    ("tail=1", [6]),
    ("lvl=warning", [5]),
    ("lvl=warning,info&to=4", [4]),
    ("errors", [3, 5]),
    ("errors=1&from=4", [5]),
    ("errors=0&to=2", [1, 2]),
    ("search=e$", [2, 4, 6]),
    ("search=e$&errors", []),
    ("search=(three|four)&lvl=info", [4]),
    ("search=%5EBUG", [3]),
]


@pytest.mark.parametrize(("query", "wanted"), QUERIES)
def test_lines_are_asked_for(client: Client, place: str, query: str, wanted: list[int]) -> None:
    """By number, from the end, by level, by what they tell of, by expressions."""
    assert wanted == found(client, f"{place}?{query}")


def test_it_is_the_same_when_it_is_a_file(client: Client, database: Database, settings: Settings, job: Held) -> None:
    """Of the job that has ended."""
    client.post(job.path, SAID, headers=job.headers)
    file(database, settings, job)
    run = quote(rows(database, "SELECT name FROM runs")[0].name, safe="")

    assert ["console.log"] == [each.path for each in rows(database, "SELECT path FROM files")]
    for query, wanted in QUERIES:
        assert wanted == found(client, f"/runs/{run}/jobs/{job.key}/log?{query}")


@pytest.mark.parametrize(
    "query",
    ["lines=x", "lines=5-2", "lines=1-", "search=(", f"search={'x' * 1001}", "errors=maybe", "format=zip", "file=a.gz"],
)
def test_what_cannot_be_asked(client: Client, place: str, query: str) -> None:
    """400."""
    client.get(f"{place}?{query}", status=400)


@pytest.mark.parametrize("query", ["search=o&count=1", "errors&count=1", "count=2"])
def test_it_goes_on(client: Client, place: str, query: str) -> None:
    """Where an answer stopped: each line is there once."""
    wanted = found(client, f"{place}?{query.replace('count', 'c')}")
    address, lines = f"{place}?{query}", list[int]()
    while address:
        page = client.get(address).json
        lines += [line["lineno"] for line in page["items"]]
        address = page["next"] and place + page["next"]

    assert wanted
    assert wanted == lines


def test_the_whole_is_there_too(client: Client, place: str) -> None:
    """As it is, in parts, packed, and as text without what is for terminals; none of it runs anywhere."""
    whole = f"{FIRST}\n".encode() + SAID
    answer = client.get(f"{place}?format=raw")
    assert (whole, "text/plain") == (answer.body, answer.content_type)
    assert whole[5:10] == client.get(f"{place}?format=raw", headers={"Range": "bytes=5-9"}, status=206).body
    packed = client.get(f"{place}?format=gz")
    assert (whole, "application/gzip") == (gzip.decompress(packed.body), packed.content_type)
    assert 'filename="console.log.gz"' in packed.headers["Content-Disposition"]
    assert "BUG: red\n" == client.get(f"{place}?format=text&lines=3").text
    assert all("default-src 'none'" in each.headers["Content-Security-Policy"] for each in (answer, packed))


def test_files_of_jobs_are_read_by_lines(client: Client, database: Database, settings: Settings) -> None:
    """One that is called as logs are without a word, any other by its path."""
    make_job(client, "r", job_id="1")
    job_id = rows(database, "SELECT id FROM jobs")[0].id
    put(database, settings, job_id, "sub/other", b"a\nb\n")
    client.get("/runs/r/jobs/1/log", status=404)
    put(database, settings, job_id, "dmesg", b"[    1.5] c\n")

    assert "[    1.5] c\n" == client.get("/runs/r/jobs/1/log?format=text").text
    assert "b\n" == client.get("/runs/r/jobs/1/log?file=sub/other&tail=1&format=text").text
    for path in ("nothing", "../dmesg", "sub/../dmesg", "'--", "console.log"):
        client.get(f"/runs/r/jobs/1/log?file={path}", status=404)
    client.get("/runs/r/jobs/1/log?file=%00", status=400)


def test_what_is_guarded_is_guarded_here(database: Database, settings: Settings, job: Held) -> None:
    """The log of a run is shown where all may read it, or whoever may read here may read it there."""
    address = f"/jobs/{job.job_id}/log"
    Client(serve(database, settings)).post(job.path, SAID, headers=job.headers)

    def status(**access: Any) -> int:
        return int(Client(serve(database, settings.model_copy(update=access))).get(address, status="*").status_code)

    assert 404 == status(jobserv_access="token")
    assert 404 == status(jobserv_access="closed")
    assert 401 == status(jobserv_access="token", results_access="token")
    assert 200 == status(scheduler_access="token")
