"""The worker of a build machine: it registers, asks for runs and executes them beside each other."""

import base64
import fcntl
import json
import time

import pytest

from tests.agents.peer import Peer
from tests.agents.worker import HELD, Worker, go, shared
from tests.waiting import until


def test_registering(worker: Worker, peer: Peer) -> None:
    """The server is told of the machine and of a key that the worker made; only its user can read what it keeps."""
    worker.register("--concurrent-runs", "3")

    method, path, _, document = peer.workers[0]
    assert ("POST", "/workers/w1/") == (method, path)
    assert {
        "name": "w1",
        "concurrent_runs": 3,
        "host_tags": "amd64,Docker",
        "surges_only": False,
    }.items() <= document.items()
    assert {"distro", "mem_total", "cpu_total", "cpu_type", "api_key"} <= set(document)
    assert len(document["api_key"]) >= 32
    assert 0 == (worker.home / "settings.conf").stat().st_mode & 0o077


def test_a_token_instead_of_a_key(worker: Worker, peer: Peer) -> None:
    """It is sent as a bearer, and the worker does not register but says what it is."""
    token = jwt(time.time() + 3600)
    worker.register("--jwt", token)
    worker.do("check")

    assert ["PATCH", "GET"] == [method for method, _, _, _ in peer.workers]
    assert {f"Bearer {token}"} == {headers["authorization"] for _, _, headers, _ in peer.workers}


def test_a_token_that_ends(worker: Worker, peer: Peer) -> None:
    """A worker without runs whose token is about to end takes itself back."""
    worker.register("--jwt", jwt(time.time() + 30))
    worker.do("check", code=1)

    assert ["PATCH", "DELETE"] == [method for method, _, _, _ in peer.workers]


def jwt(exp: float) -> str:
    """Return a token that nobody signed."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({}, {"exp": exp})]
    return f"{parts[0]}.{parts[1]}.sig"


def test_a_worker_that_is_not_registered(worker: Worker) -> None:
    """It says so."""
    assert "register first" in worker.do("check", code=1)


def test_asking_for_work(worker: Worker, peer: Peer) -> None:
    """It says how the machine is, and what changed since it was registered."""
    worker.register()
    worker.do("check")

    found = worker.metrics()[-1]
    assert "1" == found["available_runners"]
    assert int(found["mem_free"]) > 0
    assert int(found["disk_free"]) > 0
    assert {"load_avg_1", "load_avg_5", "load_avg_15"} < set(found)
    assert ["POST", "GET"] == [method for method, _, _, _ in peer.workers]

    settings = worker.home / "settings.conf"
    settings.write_text(settings.read_text().replace("concurrent_runs = 1", "concurrent_runs = 2"))
    worker.do("check")
    worker.do("check")

    assert ["PATCH", "GET", "GET"] == [method for method, _, _, _ in peer.workers[2:]]
    assert 2 == peer.workers[2][3]["concurrent_runs"]


def test_a_run_from_its_beginning_to_its_end(worker: Worker, peer: Peer) -> None:
    """The first line is the worker's, the run knows where it is, and nothing of it is left."""
    worker.register()
    peer.rundefs = [worker.machine.rundef("echo on $H_WORKER")]
    worker.do("check")

    until(lambda: peer.statuses[-1:] == ["PASSED"])
    lines = peer.log.decode().splitlines()
    assert lines[0].startswith("== ")
    assert lines[0].endswith(": Setting up runner on worker")
    assert "on w1" in lines
    until(lambda: not worker.runs())
    worker.do("check")
    assert "1" == worker.available()[-1]


def test_runs_beside_each_other(worker: Worker, peer: Peer) -> None:
    """A worker asks until its slots are taken; each run has one for as long as it lives."""
    worker.register("--concurrent-runs", "2")
    peer.rundefs = [shared(worker, HELD), shared(worker, "echo second"), shared(worker, "echo third")]
    worker.do("check")

    assert 2 == peer.checked_in()
    assert ["2", "1"] == worker.available()
    until(lambda: b"\nsecond\n" in peer.log)
    until(lambda: len(worker.runs()) == 1)
    peer.rundefs = []
    worker.do("check")
    assert "1" == worker.available()[-1]
    go(worker)
    until(lambda: not worker.runs())
    assert b"third" not in peer.log


def test_a_worker_without_a_slot_asks_for_nothing(worker: Worker, peer: Peer) -> None:
    """It checks in all the same, which is its sign of life; a run that is sent in spite of that is not begun."""
    worker.register()
    peer.rundefs = [shared(worker, HELD), shared(worker, "echo second")]
    worker.do("check")
    worker.do("check")

    assert ["1", "0"] == worker.available()
    assert 1 == len(worker.runs())
    go(worker)
    until(lambda: not worker.runs())
    assert b"second" not in peer.log


def test_two_checks_at_once(worker: Worker, peer: Peer) -> None:
    """The second one leaves it to the first."""
    worker.register()
    with (worker.home / "check.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another check" in worker.do("check")

    assert 0 == peer.checked_in()


@pytest.mark.parametrize("trigger_type", ["../simple", "unknown"])
def test_what_cannot_be_begun_is_said(worker: Worker, peer: Peer, trigger_type: str) -> None:
    """The run fails with the stack in its log, and the slot is free again."""
    worker.register()
    peer.rundefs = [worker.machine.rundef("true", trigger_type=trigger_type)]
    worker.do("check")

    until(lambda: peer.statuses[-1:] == ["FAILED"])
    assert b"Traceback" in peer.log
    until(lambda: not worker.runs())


def test_a_runner_that_is_not_to_be_had(worker: Worker, peer: Peer) -> None:
    """The run fails with the stack in its log."""
    worker.register()
    peer.rundefs = [worker.machine.rundef("true", runner_url=f"{peer.url}/files/none")]
    peer.rundefs[0]["runner_url"] = "http://127.0.0.1:1/runner"
    worker.do("check")

    assert ["RUNNING", "FAILED"] == peer.statuses
    assert b"Traceback" in peer.log


def test_a_run_that_somebody_else_has_is_not_begun(worker: Worker, peer: Peer) -> None:
    """Its key is no longer good: the check goes on without it."""
    worker.register()
    peer.rundefs = [worker.machine.rundef("true", api_key="old")]

    assert "not begun" in worker.do("check")
    assert [] == worker.runs()
