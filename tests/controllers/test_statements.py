"""How many SQL statements a request takes: a number that does not grow with what it is about."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.client import Client
from tests.factories import RUN, SHA1, make_job, make_node, make_queue, make_run

Make = Callable[[Client, int], None]


class Noted(logging.Handler):
    """Keeps the statements that sessions tell of."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what a session says that it executes."""
        self.statements.append(record.getMessage())


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are executed meanwhile."""
    noted, told = Noted(), logging.getLogger("paddles.db.session")
    before = told.level
    told.addHandler(noted)
    told.setLevel(logging.DEBUG)
    try:
        yield noted.statements
    finally:
        told.setLevel(before)
        told.removeHandler(noted)


def statements_of(client: Client, path: str) -> list[str]:
    """Return the statements that a GET takes."""
    with counted() as statements:
        client.get(path, status=200)
    return statements


def runs(client: Client, number: int) -> None:
    """Make the run numbered so, with two jobs."""
    for key in (1, 2):
        make_job(client, f"u-2026-01-31_10:00:00-s-b-k-f-{number:03}", job_id=key, sha1=SHA1, flavor="f", branch="b")


def jobs(client: Client, number: int) -> None:
    """Make the job numbered so, on a machine of its own and one that all share."""
    targets = {f"u@own{number}": "k", "u@shared": "k"}
    make_job(client, job_id=number, queue="q", user="u", description=f"d{number}", targets=targets)


def nodes(client: Client, number: int) -> None:
    """Make the machine numbered so, a guest of a host."""
    if number == 1:
        make_node(client, "host")
    make_node(client, f"guest{number:03}", vm_host="host")


def queues(client: Client, number: int) -> None:
    """Make the queue numbered so."""
    make_queue(client, f"q{number:03}")


# Who makes what there is much of, how much, and the addresses that show it with the statements each may take.
LISTS: list[tuple[Make, int, dict[str, int]]] = [
    (
        runs,
        100,
        {
            "/runs/?count=200": 1,
            "/runs/?count=200&format=summary": 1,
            "/runs/?count=200&fields=name": 1,
            "/runs/branch/b/user/u/sha1/dead/flavor/f/?count=200": 1,
            "/runs/date/from/2026-01-01/to/2026-01-31": 1,
            "/runs/queued/": 1,
            "/runs/machine_type/": 1,
            "/runs/branch/b/sha1/": 1,
            "/": 1,
        },
    ),
    (
        jobs,
        50,
        {
            f"/runs/{RUN}/": 2,
            f"/runs/{RUN}/?format=summary": 2,
            f"/runs/{RUN}/?fields=name,status": 1,
            f"/runs/{RUN}/jobs/": 2,
            f"/runs/{RUN}/jobs/?fields=job_id,status,repo": 2,
            f"/runs/{RUN}/jobs/1/": 1,
            "/jobs/?count=200": 1,
            "/jobs/?count=200&description=d": 2,
            "/nodes/shared/jobs/": 2,
            "/nodes/shared/job_stats/": 2,
            "/nodes/job_stats/": 1,
            "/queue/stats/?queue=q": 1,
        },
    ),
    (nodes, 50, {"/nodes/": 1, "/nodes/machine_types/": 1, "/nodes/guest001/": 1}),
    (queues, 50, {"/queue/": 1}),
]


@pytest.mark.parametrize(("make", "many", "paths"), LISTS)
def test_a_list_of_many_takes_as_few_statements_as_a_list_of_one(
    client: Client, make: Make, many: int, paths: dict[str, int]
) -> None:
    """However long the answer, the number of statements is the same, and small."""
    make(client, 1)
    for_one = {path: statements_of(client, path) for path in paths}

    for number in range(2, many + 1):
        make(client, number)
    for_many = {path: statements_of(client, path) for path in paths}

    assert paths == {path: len(statements) for path, statements in for_one.items()}
    assert for_one == for_many


@pytest.mark.parametrize("slash", ["", "/"])
def test_locking_many_takes_as_few_statements_as_locking_one(client: Client, slash: str) -> None:
    """One statement takes them all, behind the one that undoing it would go back to; one step gives them back."""
    for number in range(1, 10):
        make_node(client, f"n{number}")
    wish = {"locked_by": "ann", "machine_type": "smithi", "description": "d"}
    statements = {}

    for count in (1, 8):
        with counted() as taking:
            taken = client.post_json(f"/nodes/lock_many{slash}", {**wish, "count": count}).json
        with counted() as giving:
            names = [node["name"] for node in taken]
            client.post_json(f"/nodes/unlock_many{slash}", {"names": names, "locked_by": "ann"})
        statements[count] = taking, giving

    assert statements[1] == statements[8]
    assert (2, 2) == (len(statements[1][0]), len(statements[1][1]))


# The life of a job: created, started, a heartbeat, finished and deleted.
LIFE: list[tuple[str, str, Any]] = [
    ("POST", f"/runs/{RUN}/jobs/", {"job_id": "new", "queue": "q", "description": "d0"}),
    ("PUT", f"/runs/{RUN}/jobs/new/", {"status": "running"}),
    ("PUT", f"/runs/{RUN}/jobs/new/", {"job_id": "new"}),
    ("PUT", f"/runs/{RUN}/jobs/new/", {"success": True, "duration": 5}),
    ("DELETE", f"/runs/{RUN}/jobs/new/", None),
]


def test_a_report_takes_as_few_statements_in_a_run_of_many_jobs(client: Client) -> None:
    """Creating, starting, a heartbeat, finishing and deleting cost the same in a run of one and in one of fifty."""
    make_job(client, job_id=0, queue="q", description="d0")
    with counted() as among_one:
        for method, path, body in LIFE:
            client.send(method, path, body)

    for number in range(1, 50):
        jobs(client, number)
    with counted() as among_many:
        for method, path, body in LIFE:
            client.send(method, path, body)

    assert among_one == among_many
    assert 16 >= len(among_one)


def test_targets_take_as_few_statements_however_many_they_are(client: Client) -> None:
    """A job on eight new machines is linked as a job on one is."""
    counts = []
    for key, number in ((1, 1), (2, 8)):
        make_job(client, job_id=key)
        targets = {f"u@n{key}-{index}": "k" for index in range(number)}
        with counted() as statements:
            client.put_json(f"/runs/{RUN}/jobs/{key}/", {"targets": targets})
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", [f"/runs/{RUN}/", "/queue/pop_queue?queue=q"])
def test_a_deletion_or_a_claim_takes_as_few_statements_among_many(client: Client, path: str) -> None:
    """Deleting a run of fifty jobs, or taking one job of fifty, is as many statements as with one."""
    method = "GET" if path.startswith("/queue") else "DELETE"
    counts = []

    for many in (1, 50):
        for number in range(many):
            make_job(client, job_id=number, queue="q")
        with counted() as statements:
            client.send(method, path)
        counts.append(len(statements))
        client.send("DELETE", f"/runs/{RUN}/", status="*")

    assert counts[0] == counts[1]


# What the scheduler is asked, with the statements that each may take; a transaction's end is none.
BOOTING: list[tuple[str, str, Any, int]] = [
    ("GET", "/boot.ipxe/mac/52-54-00-12-34-56", None, 1),
    ("GET", "/boot.container/host/vm-1-2", None, 1),
    ("POST", "/scheduler/v1/jobs/submit", {"suite": "nap", "testbox": "vm-1-9"}, 3),
    ("GET", "/boot.ipxe/mac/52-54-00-12-34-56", None, 4),
    ("GET", "/job_initrd_tmpfs/{}/job.cgz", None, 1),
    ("GET", "/~lkp/cgi-bin/lkp-jobfile-append-var?job_id={}&job_state=running", None, 4),
    ("GET", "/~lkp/cgi-bin/lkp-jobfile-append-var?job_id={}&loadavg=1", None, 4),
    ("GET", "/scheduler/v1/jobs/{}", None, 1),
    ("GET", "/~lkp/cgi-bin/lkp-post-run?job_id={}", None, 4),
    ("GET", "/~lkp/cgi-bin/lkp-post-run?job_id={}", None, 1),
]


def test_a_machines_requests_take_as_few_statements_among_many(client: Client) -> None:
    """A machine for which there is nothing costs one statement; the others a handful, however many jobs there are."""
    client.put("/set_host_mac?hostname=vm-1-1&mac=52-54-00-12-34-56")
    client.post_json("/scheduler/v1/jobs/submit", {"suite": "nap", "testbox": "vm-1-9"})
    client.get("/boot.container/host/vm-1-3")
    counts = []

    for many in (0, 50):
        for _ in range(many):
            client.post_json("/scheduler/v1/jobs/submit", {"suite": "nap", "testbox": "other"})
            make_job(client, "r", job_id=None, queue="vm-1")
        number = ""
        for method, path, body, most in BOOTING:
            with counted() as statements:
                answer = client.send(method, path.format(number), body)
            number = answer.text if method == "POST" else number
            counts.append((path, most, len(statements)))
        assert f"/{number}/" not in client.get("/boot.container/host/vm-1-2").text

    assert [] == [each for each in counts if each[1] != each[2]]


def test_a_refused_request_costs_nothing(client: Client) -> None:
    """What cannot be so is refused before the database hears of it."""
    make_run(client)
    with counted() as statements:
        client.post("/runs/", b"{", status=400)
        client.post_json(f"/runs/{RUN}/jobs/", {"job_id": 1, "duration": "long"}, status=400)
        client.get("/runs/?count=x", status=400)
        client.get("/runs/?fields=nope", status=400)
        client.get("/nope/", status=404)
        client.patch("/runs/", status=405)

    assert [] == statements
