"""Jobs of several machines: submitted as one, kept in step."""

from pathlib import Path

import pytest

from paddles.app import serve
from paddles.db.engine import Database
from paddles.settings import Settings
from tests.client import Client
from tests.controllers.scheduler.lkp import CGI, boot, finish, shown, submit, update
from tests.units import rows

FILE = """
nodes:
  dc-a-1: {roles: [server], macs: ['0a:00:00:00:00:01']}
  dc-b-1: {roles: [client], macs: ['0a:00:00:00:00:02']}
ip0: 7
"""


@pytest.fixture
def lab(database: Database, settings: Settings, tmp_path: Path) -> Client:
    """A service that knows clusters."""
    (tmp_path / "pair").write_text(FILE)
    (tmp_path / "triple.yaml").write_text("{dc-a-1: {}, dc-b-1: {}, dc-c-1: {}}")
    (tmp_path / "broken").write_text("{[")
    (tmp_path / "odd").write_text("5")
    (tmp_path.parent / "outside").write_text(FILE)
    return Client(serve(database, settings.model_copy(update={"clusters_dir": tmp_path})))


def pair(lab: Client, cluster: str = "pair") -> list[str]:
    """Submit a job of a cluster, boot its machines, and return the numbers of its jobs."""
    made = lab.post_json("/submit_job", {"suite": "nap", "testbox": "x", "cluster": cluster}).json
    ids = [each["job_id"] for each in made]
    assert ids == [boot(lab, f"dc-{name}-1") for name in "abc"[: len(ids)]]
    return ids


def sync(lab: Client, job_id: str, state: str, more: str = "") -> str:
    """Say how far a job is, and return the answer."""
    return lab.get(f"{CGI}/lkp-cluster-sync?job_id={job_id}&state={state}{more}", status=200).text


def test_a_job_becomes_one_for_each_machine(lab: Client) -> None:
    """All are answered, each knows its place, and waits for its own machine."""
    ids = pair(lab)

    server, client_ = (shown(lab, job_id) for job_id in ids)
    assert ("dc-a-1", "server", "192.168.222.7") == (server["testbox"], server["node_roles"], server["direct_ips"])
    assert ("dc-b-1", "client", "0a:00:00:00:00:02") == (
        client_["testbox"],
        client_["node_roles"],
        client_["direct_macs"],
    )
    first = lab.post_json("/scheduler/v1/jobs/submit", {"suite": "nap", "testbox": "x", "cluster": "triple"}).text
    assert 3 == len(rows_of(lab, first))


def rows_of(lab: Client, first: str) -> list[str]:
    """Return the jobs there are from one on."""
    answers = [lab.get(f"/scheduler/v1/jobs/{int(first) + more}", status="*") for more in range(4)]
    return [answer.json["testbox"] for answer in answers if answer.status_int == 200]


@pytest.mark.parametrize("cluster", ["none", "", "../outside", "pair/../pair", "/etc/passwd", 5, None, {}, "."])
def test_a_name_without_a_file_is_one_job(lab: Client, database: Database, cluster: object) -> None:
    """And no name leads out of the directory; the job runs alone, and is told that all are there."""
    job_id = submit(lab, cluster=cluster)

    assert [(int(job_id),)] == rows(database, "SELECT id FROM jobs")
    assert ["start", "ready", "finish", "finish", "", "Done\n"] == [
        sync(lab, job_id, state)
        for state in ("wait_start", "wait_ready", "wait_finish", "finished", "roles_ip", "write_state")
    ]


@pytest.mark.parametrize("cluster", ["broken", "odd"])
def test_a_file_that_is_no_cluster_is_said(lab: Client, database: Database, cluster: str) -> None:
    """400, and nothing is stored."""
    body = {"suite": "nap", "testbox": "x", "cluster": cluster}
    assert "cluster" in lab.refused("POST", "/scheduler/v1/jobs/submit", 400, body)
    assert [] == rows(database, "SELECT id FROM jobs")


def test_all_go_on_when_all_are_there(lab: Client) -> None:
    """Step by step; who is early is told to ask again, who is late finds the others there."""
    server, client_ = pair(lab)

    for state, told in (("wait_start", "start"), ("wait_ready", "ready")):
        assert "retry" == sync(lab, server, state)
        assert told == sync(lab, client_, state)
        assert told == sync(lab, server, state)
    assert "retry" == sync(lab, server, "wait_finish")
    assert "finish" == sync(lab, client_, "finished")
    assert "finish" == sync(lab, server, "wait_finish")
    assert "start" == sync(lab, server, "wait_start")


def test_three_wait_for_the_last(lab: Client) -> None:
    """However many they are."""
    ids = pair(lab, "triple")
    assert ["retry", "retry", "start"] == [sync(lab, job_id, "wait_start") for job_id in ids]


@pytest.mark.parametrize("way", ["failed", "abort", "health", "cancel"])
def test_who_breaks_off_is_not_waited_for(lab: Client, way: str) -> None:
    """The others hear it, now and later."""
    server, client_ = pair(lab)
    sync(lab, server, "wait_start")

    if way in ("failed", "abort"):
        assert "Done\n" == sync(lab, client_, way)
        sync(lab, client_, "wait_start")
    elif way == "health":
        finish(lab, client_, "oom")
    else:
        lab.post_json(f"/scheduler/v1/jobs/{client_}/terminate")

    assert ["abort"] * 2 == [sync(lab, server, state) for state in ("wait_start", "wait_ready")]


def test_who_has_ended_well_is_there(lab: Client) -> None:
    """Even when it did not say so, or died after it had finished."""
    server, client_ = pair(lab)
    finish(lab, client_)
    assert "finish" == sync(lab, server, "wait_finish")

    server, client_ = pair(lab)
    assert "retry" == sync(lab, client_, "finished")
    update(lab, client_, job_stage="abort_provider")
    assert "finish" == sync(lab, server, "wait_finish")


def test_roles_and_addresses_are_told(lab: Client) -> None:
    """As lines that a shell exports."""
    server, client_ = pair(lab)
    sync(
        lab,
        server,
        "write_state",
        "&node_roles=server&ip=10.0.0.1&direct_ips=192.168.222.7&direct_macs=0a:00:00:00:00:01",
    )
    sync(lab, client_, "write_state", "&node_roles=client%20extra&ip=10.0.0.2")

    expected = "server=10.0.0.1\ndirect_server_ips=192.168.222.7\nclient=10.0.0.2\nextra=10.0.0.2\n"
    assert expected == sync(lab, server, "roles_ip")
    assert expected == sync(lab, client_, "roles_ip")


@pytest.mark.parametrize("query", [
    "", "?state=wait_start", "?job_id={id}", "?job_id={id}&state=nope", "?job_id={id}&state=write_state&ip=$(x)",
    "?job_id={id}&state=write_state&node_roles=a;b", "?job_id={id}&state=write_state&ip=1%0a2",
    "?job_id={id}&state=write_state&direct_macs=%60x%60",
    "?job_id={id}&state=write_state&direct_ips=" + "1" * 5000])  # fmt: skip
def test_what_cannot_be_said_is_refused(lab: Client, query: str) -> None:
    """400, and nothing that a shell would run is kept."""
    server, _ = pair(lab)
    lab.refused("GET", f"{CGI}/lkp-cluster-sync" + query.replace("{id}", server), 400)
    assert "" == sync(lab, server, "roles_ip")
    assert 405 == lab.send("HEAD", f"{CGI}/lkp-cluster-sync?job_id={server}&state=failed", status="*").status_int
    lab.refused("GET", f"{CGI}/lkp-cluster-sync?job_id=9999999&state=wait_start", 404)


def test_a_wait_lasts_as_long_as_one_for_peers(lab: Client, database: Database) -> None:
    """Two hours from the first word on, and not from every word."""
    server, _ = pair(lab)
    sync(lab, server, "wait_start")
    expires = "SELECT expires, expires - granted AS held FROM leases WHERE job_id = :id"

    (first,) = rows(database, expires, id=int(server))
    sync(lab, server, "wait_start")
    assert [first] == rows(database, expires, id=int(server))
    assert 7200 <= first.held.total_seconds() < 7260
