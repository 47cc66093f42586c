"""Machines that register, say how they are, and are shown."""

import datetime
from typing import Any

import pytest
from sqlalchemy import text

from paddles.db.engine import Database
from paddles.db.work import transact
from tests.client import Client
from tests.controllers.scheduler.lkp import CGI, boot, submit
from tests.units import rows

AGE = text("UPDATE machines SET checked_in = checked_in - CAST(:age AS interval)")


def register(client: Client, kind: str = "dc", name: str = "h1") -> None:
    """Register a machine."""
    path = f"/register-host2redis?type={kind}&arch=aarch64&owner=ann&max_mem=8&hostname={name}&is_remote=true"
    assert "Done\n" == client.send("PUT", path, status=200).text


def beat(client: Client, kind: str = "dc", name: str = "h1") -> Any:
    """Say that a machine lives, and return the answer's code."""
    answer = client.get(f"/heart-beat?type={kind}&hostname={name}&is_remote=true", status=200).json
    assert {"status_code"} == set(answer)
    return answer["status_code"]


def age(database: Database, seconds: int) -> None:
    """Let so many seconds pass for every machine."""
    transact(database, lambda session: session.execute(AGE, {"age": datetime.timedelta(seconds=seconds)}))


@pytest.mark.parametrize(("kind", "held"), [("dc", 60), ("vm", 60), ("hw", 600)])
def test_a_registration_holds_while_there_are_heart_beats(
    client: Client, database: Database, kind: str, held: int
) -> None:
    """1000 as long as the last word is so many seconds old, 1001 after that and before the first."""
    assert 1001 == beat(client, kind)
    register(client, kind)

    for _ in range(3):
        age(database, held - 5)
        assert 1000 == beat(client, kind)
    age(database, held + 5)
    assert 1001 == beat(client, kind)
    register(client, kind)
    assert 1000 == beat(client, kind)


def test_an_unknown_machine_is_not_made_by_a_heart_beat(client: Client, database: Database) -> None:
    """It is to register first; and looking at the address is no beat."""
    beat(client)
    assert [] == rows(database, "SELECT name FROM machines")
    assert 405 == client.send("HEAD", "/heart-beat?type=dc&hostname=h1", status="*").status_int


@pytest.mark.parametrize("query", ["", "?type=dc", "?hostname=h1", "?type=x&hostname=h1", "?type=dc&hostname=a%2Fb",
                                   "?type=dc&hostname=a%00b", "?type=dc&hostname=" + "x" * 300])  # fmt: skip
def test_a_registration_says_who_and_what(client: Client, query: str) -> None:
    """400 otherwise, of both."""
    client.refused("PUT", f"/register-host2redis{query}", 400)
    client.refused("GET", f"/heart-beat{query}", 400)


def test_a_machine_says_what_it_has_and_is_shown(client: Client) -> None:
    """What it said last of each thing, with its queues, its addresses and its job."""
    path = "/scheduler/v1/hosts/dc-1g-1"
    client.refused("GET", path, 404)
    assert "Done\n" == client.post_json(path, {"hostname": "dc-1g-1", "arch": "x86_64", "nr_cpu": 2}).text
    client.post_json(f"{path}?report_metrics", {"hostname": "dc-1g-1", "freemem": 17, "nr_cpu": 4, "job_token": "s"})
    client.put("/set_host_mac?hostname=dc-1g-1&mac=52:54:00:12:34:56")
    job_id = submit(client, my_account="ann")
    boot(client)

    found = client.get(path).json

    assert ("dc-1g-1", "x86_64", 4, 17) == (found["hostname"], found["arch"], found["nr_cpu"], found["freemem"])
    assert (["dc-1g"], ["52:54:00:12:34:56"]) == (found["queues"], found["mac_addr"])
    assert (job_id, "nap", "ann") == (found["job_id"], found["suite"], found["my_account"])
    assert found["boot_time"] < found["deadline"]
    assert "job_token" not in found
    assert found == client.get("/get_testbox?testbox=dc-1g-1").json
    assert found == client.get("/scheduler/get_testbox?testbox=dc-1g-1").json


@pytest.mark.parametrize("body", [{}, {"hostname": "h2"}, {"hostname": 5}, {"hostname": None}, b"", b"[]", b"{"])
def test_a_machine_speaks_for_itself(client: Client, body: Any) -> None:
    """400 where the body names another one, or none."""
    client.refused("POST", "/scheduler/v1/hosts/h1", 400, body)
    client.refused("GET", "/scheduler/v1/hosts/h1", 404)


def test_what_a_machine_says_has_bounds(client: Client) -> None:
    """413 beyond them, and what was said before is kept."""
    client.post_json("/scheduler/v1/hosts/h1", {"hostname": "h1", "a": 1})
    client.refused("POST", "/scheduler/v1/hosts/h1", 413, {"hostname": "h1", "b": "x" * 262144})

    found = client.get("/scheduler/v1/hosts/h1").json
    assert 1 == found["a"]
    assert "b" not in found


def test_a_machine_says_its_state(client: Client) -> None:
    """By its name, or by its address alone."""
    answer = client.get(f"{CGI}/lkp-wtmp?tbox_name=vm-1&tbox_state=booting&mac=&ip=10.0.0.1&job_id=7", status=200)
    assert "Done\n" == answer.text
    client.put("/set_host_mac?hostname=vm-1&mac=52-54-00-12-34-56")
    client.get(f"/scheduler{CGI}/lkp-wtmp?mac=52:54:00:12:34:56&tbox_state=rebooting", status=200)

    found = client.get("/get_testbox?testbox=vm-1").json
    assert ("rebooting", "10.0.0.1") == (found["tbox_state"], found["ip"])
    client.refused("GET", f"{CGI}/lkp-wtmp?tbox_state=x", 400)
    client.refused("GET", f"{CGI}/lkp-wtmp?mac=zz", 400)
    client.refused("GET", f"{CGI}/lkp-wtmp?mac=52:54:00:12:34:57", 404)


def test_the_scheduler_says_that_it_is_well(client: Client) -> None:
    """While it has a database."""
    assert {"status": "ok"} == client.get("/scheduler/v1/health", status=200).json


def test_everything_without_a_version_is_below_scheduler_too(client: Client) -> None:
    """At both addresses the same."""
    submit(client)
    client.put("/scheduler/set_host_mac?hostname=dc-1g-9&mac=52-54-00-12-34-56", status=200)

    script = client.get("/scheduler/boot.ipxe/mac/52-54-00-12-34-56", status=200).text
    job_id = script.split("/job_initrd_tmpfs/")[1].split("/")[0]
    archives = [client.get(f"{at}/job_initrd_tmpfs/{job_id}/job.cgz").body for at in ("", "/scheduler")]
    assert archives[0] == archives[1]
    assert "Done\n" == client.get(f"/scheduler{CGI}/lkp-post-run?job_id={job_id}").text
