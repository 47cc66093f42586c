"""Tests of runs: told of by the run, gone on with by others, and what they make of the run."""

from typing import Any
from urllib.parse import quote

import pytest

from paddles.db.engine import Database
from tests.client import Client
from tests.concurrency.threads import together
from tests.projects.held import Held, held, write
from tests.units import rows

FIRST = b"# Run sent to worker: w1\n"


@pytest.fixture
def job(database: Database) -> Held:
    """A job that a machine was given."""
    return held(database)


def tell(client: Client, job: Held, name: str, code: int = 200, method: str = "POST", **said: Any) -> Any:
    """Tell of a test, or with PUT tell more of it."""
    path = f"{job.path}tests/{name}/"
    headers = {f"HTTP_{key.upper()}": value for key, value in job.headers.items()}
    return client.send(method, path, said, status=code, **headers).json


def more(client: Client, job: Held, name: str, code: int = 200, **said: Any) -> Any:
    """Tell more of a test, and return whether that ended the run."""
    answer = tell(client, job, name, code, "PUT", **said)
    return answer["data"]["complete"] if code == 200 else answer


def end(client: Client, job: Held, said: str = "PASSED") -> None:
    """Say the run's last word."""
    client.post(job.path, b"done\n", headers={**job.headers, "X-RUN-STATUS": said}, status=200)


def run_status(client: Client, job: Held) -> str:
    """Return how a run is."""
    return str(client.get(f"{job.path}").json["data"]["run"]["status"])


def listed(client: Client, job: Held) -> list[dict[str, Any]]:
    """Return the tests of a run."""
    found: list[dict[str, Any]] = client.get(f"{job.path}tests/").json["data"]["tests"]
    return found


def one(client: Client, job: Held, name: str) -> Any:
    """Return one test of a run."""
    return client.get(f"{job.path}tests/{name}/").json["data"]["test"]


def test_what_is_told_is_shown(client: Client, job: Held) -> None:
    """In its order, with its results."""
    results = [
        {"name": "a", "status": "PASSED"},
        {"name": "b", "status": "FAILED", "context": "c", "output": "why\n"},
        {"name": "a", "status": "SKIPPED", "output": None, "context": None},
    ]
    tell(client, job, "suite", context="junit.xml skipped=1", status="FAILED", results=results)
    tell(client, job, "other", status="PASSED")

    assert ["suite", "other"] == [test["name"] for test in listed(client, job)]
    shown = one(client, job, "suite")
    assert ("FAILED", "junit.xml skipped=1") == (shown["status"], shown["context"])
    assert shown["url"] == f"http://localhost:80{job.path}tests/suite/"
    assert shown["created"].endswith("+00:00")
    expected = [("a", "PASSED", "", ""), ("b", "FAILED", "c", "why\n"), ("a", "SKIPPED", "", "")]
    assert expected == [
        tuple(each[key] for key in ("name", "status", "context", "output")) for each in shown["results"]
    ]
    assert client.get(job.path).json["data"]["run"]["tests"] == f"http://localhost:80{job.path}tests/"


@pytest.mark.parametrize(
    "name", ["a b", "a/b", "a/b/c", "100%", "x[1]", "ü😀", "a%2Fb", "rerun", "tests", "console.log", "a.json", "-", "'"]
)
def test_tests_are_called_anything(client: Client, job: Held, name: str) -> None:
    """However they are written in an address; the address that is shown leads to them."""
    tell(client, job, quote(name, safe=""), status="PASSED")

    (shown,) = listed(client, job)
    assert name == shown["name"]
    assert name == client.get(shown["url"].removeprefix("http://localhost:80")).json["data"]["test"]["name"]
    assert name == one(client, job, quote(name, safe=""))["name"]


def test_several_of_a_name_are_several(client: Client, job: Held) -> None:
    """Of which the first is shown; what is only told again adds nothing."""
    for status, times in (("PASSED", 3), ("FAILED", 2), ("PASSED", 1)):
        for _ in range(times):
            tell(client, job, "t", status=status, results=[{"name": "x", "status": status}])

    assert ["PASSED", "FAILED", "PASSED"] == [test["status"] for test in listed(client, job)]
    assert 1 == len(one(client, job, "t")["results"])


def test_a_long_output_loses_its_beginning(client: Client, job: Held) -> None:
    """And says so; a long name loses its end."""
    results = [{"name": "x" * 600, "status": "FAILED", "output": "a" * 70_000 + "end"}]
    for _ in range(2):
        tell(client, job, "t", status="FAILED", results=results)

    (result,) = one(client, job, "t")["results"]
    assert 65_535 == len(result["output"])
    assert result["output"].startswith("<truncated>\n")
    assert result["output"].endswith("aend")
    assert "x" * 512 == result["name"]
    assert 1 == len(listed(client, job))


@pytest.mark.parametrize(
    "said",
    [
        {"status": "passed"}, {"status": "UPLOADING"}, {"status": 1}, {"results": [{"name": "a"}]},
        {"results": [{"status": "PASSED"}]}, {"results": [{"name": "a", "status": "x"}]}, {"results": {}},
        {"results": ["a"]}, {"context": 1}, {"results": [{"name": "a", "status": "PASSED", "output": 1}]},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(client: Client, job: Held, said: dict[str, Any]) -> None:
    """400, and nothing of it is kept."""
    headers = {f"HTTP_{key.upper()}": value for key, value in job.headers.items()}
    for method in ("POST", "PUT"):
        client.send(method, f"{job.path}tests/t/", said, status=400, **headers)
    client.send("POST", f"{job.path}tests/", {}, status=400, **headers)
    assert [] == listed(client, job)


def test_only_the_run_tells_of_its_tests(client: Client, job: Held) -> None:
    """401 without its key, and after its end; 404 where there is no such test, run or build."""
    for method in ("POST", "PUT"):
        client.send(method, f"{job.path}tests/t/", {}, status=401)
    more(client, job, "t", 404)
    client.get(f"{job.path}tests/t/", status=404)
    client.get("/projects/p/builds/1/runs/x/tests/", status=404)
    end(client, job)
    tell(client, job, "t", 401)
    more(client, job, "t", 401)


def test_an_open_test_keeps_its_run_open(client: Client, database: Database, job: Held) -> None:
    """The run waits for it, and then is what its tests are; all that was said is in its log."""
    tell(client, job, "later")
    tell(client, job, "now", status="PASSED")
    end(client, job)
    assert "RUNNING" == run_status(client, job)

    assert more(client, job, "later", message="half way\n") is False
    assert more(client, job, "later", results=[{"name": "r", "status": "PASSED"}]) is False
    more(client, job, "later", 200, message="over\n")
    last = tell(client, job, "later", 200, "PUT", status="PASSED")
    assert last["data"]["complete"] is True
    assert "PASSED" == run_status(client, job)
    address = client.get(f"{job.path}console.log", status=302).location
    assert FIRST + b"done\nhalf way\nover\n" == client.get(address).body


@pytest.mark.parametrize(
    ("reported", "test", "expected"),
    [("PASSED", "FAILED", "FAILED"), ("FAILED", "PASSED", "FAILED"), ("PASSED", "SKIPPED", "PASSED")],
)
def test_a_run_is_what_it_says_and_what_its_tests_are(
    client: Client, job: Held, reported: str, test: str, expected: str
) -> None:
    """Either makes it fail."""
    tell(client, job, "t", status="RUNNING")
    end(client, job, reported)
    tell(client, job, "t", 200, "PUT", status=test)

    assert expected == run_status(client, job)


def test_a_run_whose_tests_are_over_is_what_it_says(client: Client, job: Held) -> None:
    """Also where one of them has failed: it knows."""
    tell(client, job, "t", status="FAILED")
    end(client, job)

    assert "PASSED" == run_status(client, job)


def test_a_test_is_open_as_long_as_a_result_of_it_is(client: Client, job: Held) -> None:
    """Whatever is said of the test itself with it."""
    tell(client, job, "t", status="PASSED", results=[{"name": "r", "status": "RUNNING"}])
    assert "RUNNING" == one(client, job, "t")["status"]
    end(client, job)
    assert "RUNNING" == run_status(client, job)
    done = {"status": "PASSED", "results": [{"name": "r", "status": "PASSED"}]}
    assert tell(client, job, "t", 200, "PUT", **done)["data"]["complete"] is True


def test_of_several_of_a_name_the_open_one_is_gone_on_with(client: Client, job: Held) -> None:
    """Or the one of the context that is said."""
    tell(client, job, "t", context="a", status="PASSED")
    tell(client, job, "t", context="b")
    tell(client, job, "t", context="c")
    headers = {f"HTTP_{key.upper()}": value for key, value in job.headers.items()}
    client.send("PUT", f"{job.path}tests/t/?context=c", {"status": "FAILED"}, status=200, **headers)
    tell(client, job, "t", 200, "PUT", status="SKIPPED")

    assert [("a", "PASSED"), ("b", "SKIPPED"), ("c", "FAILED")] == [
        (test["context"], test["status"]) for test in listed(client, job)
    ]


def test_a_run_that_waits_for_its_tests_is_kept_for_them(client: Client, database: Database, job: Held) -> None:
    """For hours: those who test say nothing meanwhile."""
    soon = "UPDATE leases SET expires = now() + interval '15 s' WHERE job_id = :id"
    left = "SELECT expires - now() > interval '11 h' AS long FROM leases WHERE job_id = :id"
    tell(client, job, "t")
    end(client, job)
    assert rows(database, left, id=job.job_id)[0].long
    write(database, soon, id=job.job_id)
    more(client, job, "t", message="still here\n")
    assert rows(database, left, id=job.job_id)[0].long


def test_tests_that_end_at_once_end_their_run_once(client: Client, database: Database) -> None:
    """Real threads: exactly the last one is told that the run is over."""
    job = held(database)
    for number in range(6):
        tell(client, job, f"t{number}")
    end(client, job)

    said = together(6, lambda n: tell(client, job, f"t{n}", 200, "PUT", status="PASSED")["data"]["complete"])

    assert 1 == said.count(True)
    assert "PASSED" == run_status(client, job)


def test_tests_tell_no_secrets(client: Client, database: Database) -> None:
    """Neither their names nor what is said of them, by the run or by others; what is told again is the same."""
    job = held(database, secrets={"word": "correct-horse"})
    told = "correct-horse it is"
    result = {"name": told, "status": "PASSED", "context": told, "output": f"{told}\n"}
    for _ in range(2):
        tell(client, job, "correct-horse", context=told, status="RUNNING", results=[result])
    more(client, job, "correct-horse", results=[result])

    (test,) = listed(client, job)
    seen = f"{'*' * 13} it is"
    assert ("*" * 13, seen) == (test["name"], test["context"])
    results = one(client, job, "*" * 13)["results"]
    assert [(seen, seen, f"{seen}\n")] * 2 == [(each["name"], each["context"], each["output"]) for each in results]


def test_what_others_say_last_is_seen_to_its_end(client: Client, database: Database) -> None:
    """Also when its last letter is the first one of a secret."""
    job = held(database, secrets={"word": "secret"})
    tell(client, job, "t", status="RUNNING")
    end(client, job)

    assert more(client, job, "t", status="PASSED", message="all passes")

    text = client.get(client.get(f"{job.path}console.log", status=302).location).body
    assert FIRST + b"done\nall passes" == text
